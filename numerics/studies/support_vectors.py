"""Projected gradient on the dual of a support vector machine: XOR with four kernels, and data that strain it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...models import svm
from ..harness.experiment import Twin
from ..harness.streams import Stream
from . import xor_cases
from .drawing import INK, MARKERS, grid, styles
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table
from .xor_cases import AGREE, QUADRATIC, caption, optimum

SETTINGS: Settings = {
    **xor_cases.COMMON,
    "starts": 5,
    "labelled": True,
    "clamped": True,
    "idle point": (2.0, 2.0),
    "strained bandwidth": 2.0,
    "C": 3.0,
    "unguarded": 1.2,
}
IDLE, SOFT, LINEAR, LONG = ("idle point",), ("soft margin",), ("linear kernel",), ("step too long",)
STRAINED: tuple[Key, ...] = (IDLE, SOFT, LINEAR, LONG)
MARKS = 48
"""At how many numbers of steps, in geometric progression, the way of the iterates is looked at."""


def _keys(settings: Settings) -> list[Key]:
    return [*xor_cases.keys(settings["bandwidths"]), *STRAINED]


def _ascend(q: Tensor, start: Tensor, lr: float, steps: int, least: float) -> Tensor:
    """The iteration and nothing else: no check of the step, and a lower bound that may be missing."""
    alpha = start.clone()
    for _ in range(steps):
        alpha = (alpha + lr * (1.0 - q @ alpha)).clamp(min=least)
    return alpha


def _solve(settings: Settings, gram: Tensor, labels: Tensor, C: float = math.inf) -> svm.DualSolution | Tensor:
    """All steps from zero, by the live solver; without its clamp only the multipliers."""
    if settings["clamped"]:
        return svm.solve_dual(gram, labels, C=C, step=settings["lr"], max_steps=settings["num_iters"], tolerance=0.0)
    q = svm.signed_gram(gram, labels)
    return _ascend(q, torch.zeros_like(labels), settings["lr"], settings["num_iters"], -math.inf)


def _alpha(solution: svm.DualSolution | Tensor) -> Tensor:
    return solution if isinstance(solution, Tensor) else solution.alpha


def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    x, y = svm.xor_data(torch.float64)
    if key == IDLE:
        return _idle(settings, x, y)
    if key == SOFT:
        gram = svm.rbf(settings["strained bandwidth"])(x, x)
        return {"alpha": _alpha(_solve(settings, gram, y, settings["C"])).numpy()}
    if key == LINEAR:
        return _infeasible(settings, x, y)
    if key == LONG:
        return _too_long(settings, x, y)
    return _way(settings, key, stream, x, y)


def _way(settings: Settings, key: Key, stream: Stream, x: Tensor, y: Tensor) -> Arrays:
    """The iterates from zero, looked at on their way, and the ends from starts drawn in the box [0, 2a]^4."""
    lr, last = settings["lr"], settings["num_iters"]
    labels = y if settings["labelled"] else torch.ones_like(y)
    gram = xor_cases.kernel(settings, key)(x, x)
    closed, _ = optimum(key)
    marks = np.unique(np.geomspace(1, last, MARKS).round().astype(int))
    alpha, seen = torch.zeros(4, dtype=torch.float64), []
    for steps in np.diff(marks, prepend=0):
        found = svm.solve_dual(gram, labels, step=lr, max_steps=int(steps), tolerance=0.0, start=alpha)
        alpha = found.alpha
        seen.append((float((alpha / closed - 1.0).abs().max()), found.value, found.gap, found.kkt))
    draw = stream.spawn("starts").torch()
    starts = 2.0 * closed * torch.rand(settings["starts"], 4, generator=draw, dtype=torch.float64)
    ends = [
        svm.solve_dual(gram, labels, step=lr, max_steps=last, tolerance=0.0, start=start).alpha.numpy()
        for start in starts
    ]
    errors, values, gaps, residuals = np.array(seen).T
    return {
        "steps": marks,
        "alpha": alpha.numpy(),
        "errors": errors,
        "values": values,
        "gaps": gaps,
        "residuals": residuals,
        "ends": np.array(ends).reshape(-1, 4),
        "lambda": torch.linalg.eigvalsh(svm.signed_gram(gram, labels)).numpy(),
    }


def _idle(settings: Settings, x: Tensor, y: Tensor) -> Arrays:
    """XOR and one more point that lies beyond the margin of XOR's own solution."""
    more = torch.tensor([settings["idle point"]], dtype=torch.float64)
    points, labels = torch.cat([x, more]), torch.cat([y, torch.sign(more[:, 0] * more[:, 1])])
    chosen = svm.rbf(settings["strained bandwidth"])
    solution = _solve(settings, chosen(points, points), labels)
    alpha = _alpha(solution)
    scores = chosen(points, points) @ (alpha * labels)
    return {"alpha": alpha.numpy(), "margins": (labels * scores).numpy()}


def _infeasible(settings: Settings, x: Tensor, y: Tensor) -> Arrays:
    """The linear kernel: what the solver says, and where the iterates go if only a distant bound holds them."""
    gram = svm.polynomial(1, settings["offset"])(x, x)
    q = svm.signed_gram(gram, y)
    far = 2.0 * settings["lr"] * settings["num_iters"]
    run_away = svm.solve_dual(gram, y, C=far, step=settings["lr"], max_steps=settings["num_iters"], tolerance=0.0)
    direction = torch.zeros(4, dtype=torch.float64)
    try:
        svm.svm_solver(x, y, settings["lr"], settings["num_iters"], svm.polynomial(1, settings["offset"]))
        recognised = False
    except svm.InfeasibleError as found:
        recognised, direction = True, found.direction
    return {
        "recognised": np.array(recognised),
        "direction": direction.numpy(),
        "image": (q @ direction).numpy(),
        "run away": run_away.alpha.numpy(),
        "margins": (q @ run_away.alpha).numpy(),
    }


def _too_long(settings: Settings, x: Tensor, y: Tensor) -> Arrays:
    """Steps on either side of 2 / lambda_max, and the bare iteration with one that is too long."""
    chosen = svm.polynomial(2, settings["offset"])
    q = svm.signed_gram(chosen(x, x), y)
    limit = 2.0 / float(torch.linalg.eigvalsh(q)[-1])

    def refused(lr: float) -> bool:
        try:
            svm.svm_solver(x, y, lr, 1, chosen)
        except ValueError:
            return True
        return False

    start = torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64) / 3.0
    free = _ascend(q, start, settings["unguarded"] * limit, settings["num_iters"], 0.0)
    held = svm.solve_dual(chosen(x, x), y, step=settings["lr"], max_steps=settings["num_iters"], start=start)
    return {
        "limit": np.array(limit),
        "refused": np.array([refused(0.999 * limit), refused(1.001 * limit)]),
        "unguarded": free.numpy(),
        "guarded": held.alpha.numpy(),
    }


def _kernels(results: Results) -> dict[Key, Arrays]:
    return {key: arrays for key, arrays in results.items() if key not in STRAINED}


def _expect(settings: Settings, results: Results) -> Sequence[Expectation]:
    return *_on_xor(settings, _kernels(results)), *_strained(settings, results)


def _on_xor(settings: Settings, results: Results) -> Sequence[Expectation]:
    errors = {caption(key): float(arrays["errors"][-1]) for key, arrays in results.items()}
    rates, gaps, below, ends = {}, {}, {}, {}
    for key, arrays in results.items():
        closed, value = optimum(key)
        predicted = (1.0 - settings["lr"] / closed) ** arrays["steps"]
        clear = predicted > 1e-8  # below that rounding shows
        rates[caption(key)] = float(np.abs(arrays["errors"][clear] / predicted[clear] - 1.0).max(initial=0.0))
        gaps[caption(key)] = float(arrays["gaps"][-1]) / value
        below[caption(key)] = float((value - arrays["values"] - arrays["gaps"]).max()) / value
        ends[caption(key)] = float(np.abs(arrays["ends"] / closed - 1.0).max(initial=0.0))
    return (
        Expectation(
            "closed-form",
            f"after {settings['num_iters']} steps of {settings['lr']:g} from zero every multiplier is the closed form, "
            f"within {AGREE:g} relatively",
            max(errors.values()) <= AGREE,
            errors,
        ),
        Expectation(
            "rate",
            "on its way the relative error is (1 - step / alpha)^steps, within 0.1 %: 1 / alpha is the eigenvalue of Q "
            "at (1, 1, 1, 1)",
            max(rates.values()) <= 1e-3,
            rates,
        ),
        Expectation(
            "gap",
            f"the duality gap at the end is below {AGREE:g} of the maximum, and on the way never less than what is "
            "missing to the maximum",
            max(gaps.values()) <= AGREE and max(below.values()) <= 1e-9,
            {f"gap, {name}": gap for name, gap in gaps.items()} | {"largest shortfall": max(below.values())},
        ),
        Expectation(
            "one-maximiser",
            f"from {settings['starts']} starts that are drawn the multipliers end at the same values, within {AGREE:g}",
            max(ends.values()) <= AGREE,
            ends,
        ),
    )


def _strained(settings: Settings, results: Results) -> Sequence[Expectation]:
    idle, soft, linear, long = (results[key] for key in STRAINED)
    closed, _ = optimum(("rbf", f"{settings['strained bandwidth']:g}"))
    inside = float(np.abs(idle["alpha"][:4] / closed - 1.0).max())
    bounded = float(np.abs(soft["alpha"] - min(closed, settings["C"])).max())
    image, far = float(np.abs(linear["image"]).max()), float(linear["run away"].min())
    held, free = (float(np.abs(long[name] * 8.0 - 1.0).max()) for name in ("guarded", "unguarded"))
    return (
        Expectation(
            "idle-point",
            "a fifth point beyond the margin gets the multiplier 0 and leaves the other four where they were",
            bool(idle["alpha"][4] == 0.0 and idle["margins"][4] > 1.0 and inside <= AGREE),
            {"its multiplier": float(idle["alpha"][4]), "its margin": float(idle["margins"][4]), "others": inside},
        ),
        Expectation(
            "soft-margin",
            f"with C = {settings['C']:g} every multiplier is the smaller of C and {closed:.5g}",
            bounded <= AGREE * settings["C"],
            {"largest difference": bounded},
        ),
        Expectation(
            "infeasible",
            "the linear kernel on XOR is recognised: v >= 0 of sum 1 with Q v = 0 proves that the dual has no bound",
            bool(linear["recognised"] and image <= 1e-12 and linear["direction"].min() >= 0.0)
            and abs(float(linear["direction"].sum()) - 1.0) <= 1e-12,
            {"largest |Q v|": image, "alpha without the check": far, "its margins": float(linear["margins"].max())},
        ),
        Expectation(
            "step-limit",
            "steps beyond 2 / lambda_max are refused and those below are not: from an unsymmetric start the bare "
            "iteration with a longer one stays away from the maximum",
            bool(not long["refused"][0] and long["refused"][1] and held <= AGREE < free),
            {"limit": float(long["limit"]), "error below it": held, "error beyond it": free},
        ),
    )


def _figure(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=8.0, height=3.4)
    kernels = _kernels(results)
    for look, marker, (key, arrays) in zip(styles(len(kernels)), MARKERS, kernels.items(), strict=False):
        closed, value = optimum(key)
        steps = arrays["steps"]
        left.plot(steps, (1.0 - settings["lr"] / closed) ** steps, color=look["color"], linewidth=0.8)
        shown = {"color": look["color"], "marker": marker, "markersize": 3.5, "linestyle": "none"}
        left.plot(steps, arrays["errors"], label=caption(key), **shown)
        right.plot(steps, arrays["gaps"] / value, label=caption(key), **shown)
    left.axhline(AGREE, color=INK, linewidth=0.8, linestyle=":")
    left.text(11.0, AGREE, "asked for", fontsize=7, va="bottom")
    left.set_ylabel("relative error of the multipliers")
    left.set_ylim(1e-12, 3.0)
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=8)
    right.set_ylabel("duality gap, relative to the maximum")
    right.set_ylim(1e-13, 3.0)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("steps")
    left.set_title(r"markers: live solver; lines: $(1 - \mathrm{step}/\alpha)^{\mathrm{steps}}$", fontsize=8)
    right.set_title("what the solver certifies", fontsize=8)
    return figure


def _table(settings: Settings, results: Results) -> Table:
    rows = []
    for key, arrays in _kernels(results).items():
        closed, _ = optimum(key)
        ending = (float(arrays[name][-1]) for name in ("errors", "gaps", "residuals"))
        rows.append((caption(key), float(arrays["alpha"].mean()), closed, *ending, 2.0 / float(arrays["lambda"][-1])))
    columns = ("kernel", "multiplier", "closed form", "relative error", "duality gap", "KKT residual", "step limit")
    told = f"XOR, hard margin, {settings['num_iters']} steps of {settings['lr']:g} from zero"
    return Table(told, columns, tuple(rows))


def _discussion(settings: Settings, results: Results) -> Sequence[str]:
    kernels, linear, long = _kernels(results), results[LINEAR], results[LONG]
    slowest = max(kernels, key=lambda key: float(kernels[key]["errors"][-1]))
    enough = (
        f"{settings['num_iters']} steps of {settings['lr']:g} suffice: the slowest is {caption(slowest)}, with a "
        f"relative error of {float(kernels[slowest]['errors'][-1]):.1e}. A wide Gaussian makes the points alike, the "
        "multipliers large and the smallest eigenvalue of Q small; that eigenvalue sets the pace."
    )
    linear_kernel = (
        "The source's solver has the linear kernel as its default, and no line separates XOR: without the check all "
        f"multipliers would stand at {float(linear['run away'].min()):.0f} after the last step and grow by "
        f"{settings['lr']:g} with each, at margins of {float(linear['margins'].max()):.0g}."
    )
    limit = (
        f"With the {caption(QUADRATIC)}, a step must be below {float(long['limit']):.4f}. From zero longer ones may "
        "still arrive, since only one eigenvector is excited; from an unsymmetric start they do not."
    )
    return enough, linear_kernel, limit


STUDIES: Mapping[str, Study] = {
    "svm-solver": Study(
        id="svm-solver",
        title="Projected gradient on the dual of a support vector machine reaches the closed forms on XOR",
        sources=(("001", "2b"),),
        settings=SETTINGS,
        quick={"starts": 2},
        subject="twinproof.models.svm.solve_dual",
        keys=_keys,
        run=_run,
        expect=_expect,
        figures={"convergence": _figure},
        table=_table,
        discussion=_discussion,
        twins=(
            Twin("no-labels", "Q is K(x_i, x_j), without y_i y_j", "expectations", {"labelled": False}),
            Twin(
                "no-clamp",
                "without the projection a point beyond the margin gets the multiplier 0 as well",
                "expectations",
                {"clamped": False},
            ),
            Twin(
                "homogeneous-kernel",
                "with (x . z)^2, which gives the same multipliers from zero, the maximiser is unique as well",
                "expectations",
                {"offset": 0.0},
            ),
        ),
    )
}
