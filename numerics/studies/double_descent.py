"""Double descent of the test error over the width at a fixed penalty, and its absence where the penalty is tuned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from ...models import ridge
from ...models.random_features import RandomFeatures
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .drawing import INK, PALETTE, grid
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

SETTINGS: Mapping[str, Any] = {
    "inputs": 35,
    "noise": 0.5,
    "validation noise": 0.0,
    "training": 300,
    "validation": 60,
    "test": 30,
    "population": 2000,
    "widths": (1, 1491, 10),
    "penalty": 0.01,
    "penalties": (0.01, 100.0, 25),
    "tuned on": "validation",
    "repeats": 10,
}
"""Widths are first, last and step; penalties first, last and number, evenly spaced in the logarithm."""

TUNED_ON = ("validation", "training")
KINDS = ("fixed", "tuned")
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "fixed": {"color": PALETTE[1], "linestyle": "--"},
    "tuned": {"color": PALETTE[0], "linestyle": "-"},
}
AGREE = 1e-9
"""Predictions of the solver and of the closed form: the Gram matrices have a condition of at most some 1e6 here."""


def _keys(settings: Settings) -> list[Key]:
    return [("repeat", number) for number in range(settings["repeats"])]


def widths_of(settings: Settings) -> range:
    """The widths p."""
    first, last, step = settings["widths"]
    return range(first, last + 1, step)


def penalties_of(settings: Settings) -> Tensor:
    """The penalties among which one is chosen, (L,), and before them the fixed one: (L + 1,)."""
    first, last, count = settings["penalties"]
    return torch.tensor([settings["penalty"], *np.geomspace(first, last, count).tolist()], dtype=torch.float64)


def draw(settings: Settings, stream: Stream) -> dict[str, tuple[Tensor, Tensor]]:
    """Inputs from N(0, I), labels x' beta with |beta| = 1; noise in the training labels (and where it is asked for)."""
    generator = stream.torch()
    beta = torch.randn(settings["inputs"], generator=generator, dtype=torch.float64)
    beta /= beta.norm()
    noises = {"training": settings["noise"], "validation": settings["validation noise"], "test": 0.0, "population": 0.0}
    data = {}
    for name, noise in noises.items():
        x = torch.randn(settings[name], settings["inputs"], generator=generator, dtype=torch.float64)
        data[name] = x, x @ beta + noise * torch.randn(len(x), generator=generator, dtype=torch.float64)
    return data


def _rms(values: Tensor) -> Tensor:
    """Root mean square along the first axis."""
    return (values**2).mean(0).sqrt()


@torch.no_grad()
def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    """One data set; at each width a fresh W, all penalties at once, and the errors of the fixed and the chosen one."""
    if settings["tuned on"] not in TUNED_ON:
        raise ValueError(f"tuned on: found {settings['tuned on']!r}, expected one of {', '.join(TUNED_ON)}")
    data, penalties = draw(settings, stream.spawn("data")), penalties_of(settings)
    x, y = data["training"]
    found: dict[str, list[float]] = {name: [] for name in ("chosen", "solver error")}
    found |= {f"{kind} {name}": [] for kind in KINDS for name in ("training", "test", "population", "norm")}
    for width in widths_of(settings):
        model = RandomFeatures(settings["inputs"], width, generator=stream.spawn("weights", width).torch())
        features = {name: model.features(inputs) for name, (inputs, _) in data.items()}
        thetas = ridge.path(features["training"], y, penalties)
        judged = settings["tuned on"]
        errors = _rms(features[judged] @ thetas[:, 1:] - data[judged][1][:, None])
        best = 1 + int(errors.argmin())
        pair = thetas[:, [0, best]]
        for name in ("training", "test", "population"):
            for kind, error in zip(KINDS, _rms(features[name] @ pair - data[name][1][:, None]).tolist(), strict=True):
                found[f"{kind} {name}"].append(error)
        for kind, norm in zip(KINDS, pair.norm(dim=0).tolist(), strict=True):
            found[f"{kind} norm"].append(norm)
        found["chosen"].append(float(penalties[best]))
        solve = ridge.primal if width <= len(x) else ridge.dual
        stated = features["training"] @ solve(features["training"], y, settings["penalty"])
        found["solver error"].append(float((features["training"] @ pair[:, 0] - stated).norm() / stated.norm()))
    return {"widths": np.array(widths_of(settings)), **{name: np.array(values) for name, values in found.items()}}


def median(results: Results, name: str) -> NDArray[np.float64]:
    """The median over the runs at each width."""
    return np.asarray(np.median([arrays[name] for arrays in results.values()], axis=0))


def rise(curve: NDArray[np.float64]) -> float:
    """How far a curve rises: the largest ratio of a value to a value before it, 1 if it never rises."""
    return float((curve / np.minimum.accumulate(curve)).max())


def _expect(settings: Settings, results: Results) -> Sequence[Expectation]:
    widths, count = np.array(widths_of(settings)), settings["training"]
    fixed, tuned = median(results, "fixed population"), median(results, "tuned population")
    peak = int(np.where(widths >= count / 2, fixed, -np.inf).argmax())
    narrow, around = widths < count / 2, np.abs(widths - count) <= count / 5
    at = int(np.abs(widths - count).argmin())
    least, after = float(fixed[narrow].min()), float(fixed[-1])
    error = max(float(arrays["solver error"].max()) for arrays in results.values())
    return (
        Expectation(
            "peak",
            f"at the fixed penalty {settings['penalty']:g} the median test error peaks within a fifth of p = {count}, "
            "at twice or more of what it is at the best smaller width below half of that",
            bool(abs(widths[peak] - count) <= count / 5 and fixed[peak] > 2 * least),
            {"peak at width": int(widths[peak]), "peak": float(fixed[peak]), "best below": least},
        ),
        Expectation(
            "second-descent",
            "behind the peak the median error falls below half of the peak, and below the best of the first descent",
            bool(after < fixed[peak] / 2 and after < least),
            {"widest": after, "first descent": least, "peak": float(fixed[peak])},
        ),
        Expectation(
            "no-peak-when-tuned",
            f"with the penalty tuned at each width there is no peak: within a fifth of p = {count} every median error "
            "is below the best of the widths under half of that, and the widest network's is below all of these",
            bool(float(tuned[narrow].min()) > tuned[around].max() and tuned[around].min() > tuned[-1]),
            {
                "best below": float(tuned[narrow].min()),
                f"worst around {count}": float(tuned[around].max()),
                "widest": float(tuned[-1]),
                "largest rise": rise(tuned),
                "largest rise at the fixed penalty": rise(fixed),
            },
        ),
        Expectation(
            "tuning-helps-most-at-the-peak",
            f"tuning divides the median error by 3 or more at the width next to {count}, and by more than at the "
            "widest network",
            bool(fixed[at] / tuned[at] >= 3.0 and fixed[at] / tuned[at] > fixed[-1] / tuned[-1]),
            {"at width": int(widths[at]), "factor": float(fixed[at] / tuned[at]), "widest": fixed[-1] / tuned[-1]},
        ),
        Expectation(
            "minimiser",
            f"the solver's predictions agree with those of the closed form to {AGREE:g} of their norm at every width",
            error <= AGREE,
            {"largest difference": error},
        ),
    )


def _band(axes: Axes, settings: Settings, results: Results, name: str, kind: str, label: str) -> None:
    """Draw the median over the runs and the range from lowest to highest."""
    widths = np.array(widths_of(settings))
    runs = np.array([arrays[name] for arrays in results.values()])
    colour = LOOKS[kind]["color"]
    axes.fill_between(widths, runs.min(0), runs.max(0), color=colour, alpha=0.22, linewidth=0)
    axes.plot(widths, np.median(runs, axis=0), label=label, linewidth=1.6, **LOOKS[kind])


def _labels(settings: Settings) -> dict[str, str]:
    return {"fixed": f"penalty {settings['penalty']:g}", "tuned": f"penalty tuned on {settings['tuned on']} data"}


def _threshold(axes: Axes, settings: Settings) -> None:
    axes.axvline(settings["training"], color=INK, linewidth=0.8, linestyle=":")
    axes.set_xlabel("width p")


def _figure(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=8.0, height=3.4, sharey=True)
    titles = {"test": f"{settings['test']} test points", "population": f"{settings['population']:,} test points"}
    for axes, (name, title) in zip((left, right), titles.items(), strict=True):
        for kind, label in _labels(settings).items():
            _band(axes, settings, results, f"{kind} {name}", kind, label)
        _threshold(axes, settings)
        axes.set_ylim(bottom=0.0)
        axes.set_title(f"{title}, {len(results)} runs", fontsize=9)
    left.set_ylabel("root mean square test error")
    left.text(settings["training"], 0.02, f" p = N = {settings['training']}", fontsize=7, color=INK)
    right.legend(fontsize=8, title="median; band: all runs", title_fontsize=7)
    return figure


def _second_figure(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=8.0, height=3.2)
    _band(left, settings, results, "chosen", "tuned", "chosen")
    left.axhline(settings["penalty"], **LOOKS["fixed"], label="fixed")
    left.set_ylabel("penalty")
    for kind, label in _labels(settings).items():
        _band(right, settings, results, f"{kind} training", kind, label)
    right.axhline(settings["noise"], color=INK, linewidth=0.8)
    right.text(
        0.99,
        settings["noise"],
        "noise of the labels",
        ha="right",
        va="bottom",
        fontsize=7,
        transform=right.get_yaxis_transform(),
    )
    right.set_ylabel("root mean square training error")
    for axes in (left, right):
        axes.set_yscale("log")
        _threshold(axes, settings)
        axes.legend(fontsize=8)
    return figure


def _table(settings: Settings, results: Results) -> Table:
    widths = np.array(widths_of(settings))
    wanted = (1, 81, 201, settings["training"], 351, 501, 1001, widths[-1])
    rows = []
    for index in sorted({int(np.abs(widths - width).argmin()) for width in wanted}):
        names = ("fixed test", "tuned test", "fixed population", "tuned population", "chosen")
        rows.append((int(widths[index]), *(float(median(results, name)[index]) for name in names)))
    few, many = f"{settings['test']} points", f"{settings['population']} points"
    columns = ("width", f"fixed, {few}", f"tuned, {few}", f"fixed, {many}", f"tuned, {many}", "chosen penalty")
    return Table(f"Root mean square test errors, medians over {len(results)} runs", columns, tuple(rows))


def _discussion(settings: Settings, results: Results) -> Sequence[str]:
    widths, count = np.array(widths_of(settings)), settings["training"]
    fixed, tuned = median(results, "fixed population"), median(results, "tuned population")
    sizes = {kind: median(results, f"{kind} norm") for kind in KINDS}
    low = int(np.where(widths < count / 2, fixed, np.inf).argmin())
    peak = int(np.where(widths >= count / 2, fixed, -np.inf).argmax())
    wide = median(results, "chosen")[widths > count / 5]
    ratio = wide.min() / settings["penalty"]
    blamed = ": what makes the peak is a penalty that is too small for the width, not the number of parameters"
    alone = (
        f"With the penalty fixed at {settings['penalty']:g} the test error descends to {fixed[low]:.3f} at p = "
        f"{widths[low]}, climbs to {fixed[peak]:.3f} at p = {widths[peak]}, and is {fixed[-1]:.3f} at p = "
        f"{widths[-1]}. The coefficients tell why: their norm is {sizes['fixed'][low]:.2g}, {sizes['fixed'][peak]:.2g} "
        f"and {sizes['fixed'][-1]:.2g} at these widths, where the tuned ones have {sizes['tuned'][low]:.2g}, "
        f"{sizes['tuned'][peak]:.2g} and {sizes['tuned'][-1]:.2g}. With about as many parameters as the {count} noisy "
        "labels the network follows nearly all of them, and only with large coefficients."
    )
    chosen = (
        f"Tuned on {settings['tuned on']} data at each width, the error is {tuned[peak]:.3f} at p = {widths[peak]} "
        f"and {tuned[-1]:.3f} at p = {widths[-1]}. For p > {count // 5} the chosen penalties lie between "
        f"{wide.min():.2g} and {wide.max():.2g} in the median, {ratio:.3g} times the fixed one or more"
        f"{blamed if tuned[peak] < fixed[peak] / 2 else ''}."
    )
    return alone, chosen


STUDIES: Mapping[str, Study] = {
    "double-descent": Study(
        id="double-descent",
        title="Double descent of the test error, and how a tuned penalty removes it",
        sources=(("003", "5"),),
        settings=SETTINGS,
        quick={"widths": (1, 1491, 50), "repeats": 3},
        subject="twinproof.models.ridge.path",
        keys=_keys,
        run=_run,
        expect=_expect,
        figures={"errors": _figure, "penalties": _second_figure},
        table=_table,
        discussion=_discussion,
        twins=(
            Twin(
                "tuned-on-training",
                "a penalty that is tuned on the training data removes the peak as well",
                "expectations",
                {"tuned on": "training"},
            ),
            Twin(
                "any-penalty",
                "the peak is there at whatever fixed penalty",
                "expectations",
                {"penalty": 10.0},
            ),
        ),
    )
}
