"""The audited steps of a worked solution on live tensors: margins, clamps and sample variances in exact small numbers.

Every value is a small dyadic rational and every a one less than a power of two, so that float64 computes each side
without rounding: the comparison with the step's own formula is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, cast

import torch
from torch import Tensor

from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin

Values: TypeAlias = Mapping[str, Tensor]
Step: TypeAlias = Callable[[Values], tuple[Tensor, Tensor]]
"""From the variables' values, tensors of shape (points,), to truth tensors: what is given, what is concluded."""

SMALL = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
WEIGHTS = (0.0, 0.25, 0.5, 1.0)
SIDES = (3.0, 7.0)  # of a: 2/(a + 1) is 1/2 and 1/4
DRAWN = 4096  # points of the grid that are looked at


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The scalar product of (x, 1) and (weight, bias), by torch."""
    product: Tensor = torch.linalg.vecdot(torch.stack([x, torch.ones_like(x)], -1), torch.stack([weight, bias], -1))
    return product


def _hypotheses(of: Values) -> tuple[Tensor, Tensor]:
    first = of["y"] * affine(of["x"], of["v"], of["b"])
    second = of["y"] * affine(of["x1"], of["v"], of["b1"])
    weight = of["al"] * of["v"] + (1 - of["al"]) * of["v1"]
    bias = of["al"] * of["b"] + (1 - of["al"]) * of["b1"]
    return (first >= 1) & (second >= 1), of["y"] * affine(of["x"], weight, bias) >= 1


def _first(of: Values) -> Tensor:
    return affine(torch.ones_like(of["u"]), of["u"], of["c"])


def _second(of: Values) -> Tensor:
    return -affine(-of["a"], of["u"], of["c"])


def _bound(of: Values) -> Tensor:
    return 2 / (of["a"] + 1)


def _clipped(of: Values) -> Tensor:
    return torch.clamp(of["r"], torch.zeros_like(of["r"]), of["C"])


def _distance(p: Tensor, p1: Tensor, of: Values) -> Tensor:
    return (p - of["r"]) ** 2 + (p1 - of["r1"]) ** 2


def _moments(of: Values) -> tuple[Tensor, Tensor]:
    """Mean, mean square and variance of a weight with the two equally probable values mu - d and mu + d."""
    sample = torch.stack([of["mu"] - of["d"], of["mu"] + of["d"]])
    return (sample**2).mean(0) + sample.mean(0) ** 2, torch.var(sample, 0, correction=0)


def _all(of: Values) -> Tensor:
    return torch.ones_like(next(iter(of.values())), dtype=torch.bool)


STEPS: Mapping[str, tuple[Mapping[str, Sequence[float]], Step]] = {
    "1a: hypotheses": (
        {**dict.fromkeys(("x", "x1", "v", "v1", "b", "b1"), SMALL), "y": (-1.0, 1.0), "al": WEIGHTS},
        _hypotheses,
    ),
    "1b: greatest bias": ({"t": SMALL}, lambda of: (of["t"] >= 1, of["t"] + 1 <= of["t"])),
    "1b: solution set": (
        {"v": SMALL, "b": SMALL},
        lambda of: (affine(_all(of).double(), of["v"], of["b"]) >= 1, of["v"] == 0),
    ),
    "1c: e2 for x2": (
        {"a": SIDES, "u": SMALL, "c": SMALL},
        lambda of: (_all(of), _second(of) == -_first(of)),
    ),
    "1c: signs": (
        {"a": SIDES, "u": SMALL, "c": SMALL},
        lambda of: (_all(of), -affine(of["a"], of["u"], of["c"]) == _second(of)),
    ),
    "1e: squared norm": (
        {"u": SMALL, "z": SMALL, "c": SMALL},
        lambda of: (
            _first(of) >= 1,
            torch.stack([of["u"], of["z"], of["c"]]).square().sum(0) == torch.stack([of["u"], of["c"]]).square().sum(0),
        ),
    ),
    "1e: second constraint": (
        {"a": SIDES, "u": SMALL, "c": SMALL},
        lambda of: ((_first(of) >= 1) & (of["u"] >= _bound(of)), _second(of) >= 1),
    ),
    "1e: bound for v": (
        {"a": SIDES, "u": SMALL, "v": SMALL},
        lambda of: ((of["a"] + 1) * of["u"] >= 2, (of["a"] + 1) * of["v"] >= 2),
    ),
    "1e: other coordinates of v": (
        {"a": SIDES, "v": (0.25, 0.5), "z": SMALL},
        lambda of: (of["v"] == _bound(of), of["z"] == 0),
    ),
    "2a: coordinatewise": (
        dict.fromkeys(("p", "p1", "q", "q1", "r", "r1"), SMALL),
        lambda of: (
            _distance(of["p"], of["p1"], of) <= _distance(of["q"], of["q1"], of),
            (of["p"] - of["r"]) ** 2 <= (of["q"] - of["r"]) ** 2,
        ),
    ),
    "2a-ii: the same as": (
        {"r": SMALL, "C": SMALL},
        lambda of: (of["C"] >= 0, _clipped(of) == (_clipped(of) - of["r"]).abs()),
    ),
    "2a-ii: case A": (
        {"q": SMALL, "r": SMALL, "C": SMALL},
        lambda of: (
            (of["r"] >= of["C"]) & (of["q"] >= 0) & (of["q"] <= of["C"]),
            (_clipped(of) - of["r"]).abs() == (of["q"] - of["r"]).abs(),
        ),
    ),
    "2a-ii: cases": (
        {"r": SMALL, "C": SMALL},
        lambda of: (
            of["C"] >= 0,
            (of["r"] >= of["C"]) | ((of["r"] > 0) & (_clipped(of) == of["r"])) | (of["r"] < 0),
        ),
    ),
    "4e: variance": (
        {"mu": SMALL, "d": (0.0, 0.5, 1.0, 2.0)},
        lambda of: (_all(of), torch.eq(*_moments(of))),
    ),
}


def _point(name: str, of: Mapping[str, float]) -> dict[str, object]:
    """What the step's symbols stand for at a point of the grid."""
    exact: dict[str, object] = {variable: Fraction(value) for variable, value in of.items()}
    if name == "4e: variance":  # the second moment and the variance of mu - d, mu + d
        mu, d = Fraction(of["mu"]), Fraction(of["d"])
        exact |= {"s": mu**2 + d**2, "var": d**2}
    return exact


def _drawn(trial: Trial, name: str) -> dict[str, Tensor]:
    """Points of the grid: all of them where there are at most `DRAWN`, else so many drawn."""
    axes = STEPS[name][0]
    sizes = [len(axis) for axis in axes.values()]
    total = int(torch.tensor(sizes).prod())
    chosen = torch.arange(total)
    if total > DRAWN:
        chosen = torch.from_numpy(trial.stream.spawn(name).generator().integers(0, total, DRAWN))
    places = torch.unravel_index(chosen, sizes)
    pairs = zip(axes.items(), places, strict=True)
    return {variable: torch.tensor(axis, dtype=torch.float64)[place] for (variable, axis), place in pairs}


_SHOWN = 64  # points at which the step's own formula is evaluated as well, of those that hold and of those that fail


def _steps(trial: Trial) -> Evidence:
    """Each step on the grid: its live truth is that of its formula, and somewhere it fails."""
    names = cast("tuple[str, ...]", trial.options["steps"])

    def examine(key: Key) -> Iterable[Check]:
        name = names[int(key[0])]
        of = _drawn(trial, name)
        given, concluded = STEPS[name][1](of)
        live = ~given | concluded
        shown = torch.cat([torch.nonzero(live).flatten()[:_SHOWN], torch.nonzero(~live).flatten()[:_SHOWN]])
        for place in shown.tolist():
            values = {variable: float(tensor[place]) for variable, tensor in of.items()}
            stated = trial.formulas.holds(f"step {name}", **_point(name, values))
            yield Check(f"{name}, as written", float(live[place]), float(stated), detail=values)
        yield Check(f"{name}: points where it fails", 0.0, float((~live).sum()), relation="<")

    holds = f"{len(names)} steps hold and fail where their formulas do, and each fails somewhere"
    return compare(trial, str(trial.options["name"]), [(place,) for place in range(len(names))], examine, holds=holds)


def _experiment(name: str, summary: str, subject: str, start: tuple[str, ...]) -> Experiment:
    steps = tuple(step for step in STEPS if step.startswith(start))
    return Experiment(name, summary, subject, _steps, {"name": name, "steps": steps})


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "solution-audit": (
        _experiment(
            "margin-steps",
            "parts 1a to 1e: margins of one and two points by scalar products of (x, 1) and (v, b)",
            "torch.linalg.vecdot",
            ("1",),
        ),
        _experiment("projection-steps", "part 2a: the projection on a box by clamp", "torch.clamp", ("2a",)),
        _experiment("moment-steps", "part 4e: moments of two equally probable weights", "torch.var", ("4e",)),
    )
}


def _twin(name: str, change: str, experiment: str, step: str) -> Twin:
    return Twin(name, change, experiment, {"steps": (step,)}, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "solution-audit": (
        _twin("signs-agree", "-(a u + c) = a u - c", "margin-steps", "1c: signs"),
        _twin("e2-is-x2", "the second point is e2 in place of -a e1", "margin-steps", "1c: e2 for x2"),
        _twin(
            "bound-suffices",
            "u >= 2/(a + 1) gives the second constraint a u - c >= 1",
            "margin-steps",
            "1e: second constraint",
        ),
        _twin(
            "bound-is-for-both-programs",
            "v >= 2/(a + 1) because u >= 2/(a + 1)",
            "margin-steps",
            "1e: bound for v",
        ),
        _twin(
            "projection-is-a-distance",
            "min(max(0, r), C) is |min(max(0, r), C) - r|",
            "projection-steps",
            "2a-ii: the same as",
        ),
        _twin(
            "case-a-is-an-equation",
            "|C - r| = |q - r| for every q of the box, r >= C",
            "projection-steps",
            "2a-ii: case A",
        ),
        _twin("cases-cover-all", "r >= C, 0 < r <= C and r < 0 are all cases", "projection-steps", "2a-ii: cases"),
        _twin(
            "coordinatewise-on-any-set",
            "the nearest point of any set is nearest in each coordinate",
            "projection-steps",
            "2a: coordinatewise",
        ),
        _twin("mean-squared-is-added", "Var w = E w^2 + (E w)^2", "moment-steps", "4e: variance"),
    )
}
