"""Projection onto a box: live clips against the statement, and exactly against every other point of the box.

Points are dyadic, so that what torch clips is what the statement speaks of, and all distances are fractions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

import numpy as np
import scipy.optimize
import torch
from torch import Tensor, nn

from .comparison import Check, Key, compare
from .definitions import defined
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Formulas, Trial, Twin
from .harness.search import edge_values
from .margin_cases import SHARP

Point = tuple[Fraction, ...]

HALVES = tuple(Fraction(q, 2) for q in range(-4, 7))
SIDES = tuple(Fraction(q) for q in ("1", "2", "1/2", "0"))
NO_SIDES = tuple(Fraction(q) for q in ("-1", "-1/2"))


def _clamp(point: Tensor, side: float) -> Tensor:
    return torch.clamp(point, 0.0, side)


def _maximum_minimum(point: Tensor, side: float) -> Tensor:
    return torch.minimum(torch.maximum(point, torch.zeros_like(point)), torch.full_like(point, side))


def _minimum_maximum(point: Tensor, side: float) -> Tensor:
    return torch.maximum(torch.minimum(point, torch.full_like(point, side)), torch.zeros_like(point))


def _corners(point: Tensor, side: float) -> Tensor:
    return side * (2.0 * point > side).double()  # the nearest point of {0, C}^n; of two, the smaller one


def _hardtanh(point: Tensor, side: float) -> Tensor:
    return nn.Hardtanh(0.0, side)(point) if side > 0 else torch.zeros_like(point)  # it refuses an interval of length 0


CLIPS: Mapping[str, Callable[[Tensor, float], Tensor]] = {
    "clamp": _clamp,
    "minimum of maximum": _maximum_minimum,
    "maximum of minimum": _minimum_maximum,
    "hardtanh": _hardtanh,
    "corners": _corners,
}


def _stated(formulas: Formulas, point: Sequence[Fraction], side: Fraction) -> list[Fraction]:
    """Return the projection by the statement's definition of it."""
    entry = defined(formulas, "nearest", "p", al=list(point), C=side, n=len(point))
    return [Fraction(entry(i)) for i in range(len(point))]


def _clip(name: str, point: Sequence[Fraction], side: Fraction) -> Point:
    """Return the live clip of a point with short binary fractions, exactly."""
    clipped = CLIPS[name](torch.tensor([float(z) for z in point], dtype=torch.float64), float(side))
    return tuple(Fraction(float(z)) for z in clipped)


def _text(point: Sequence[Fraction]) -> list[str]:
    return [str(z) for z in point]


def _at_edges(trial: Trial) -> Evidence:
    """Clip awkward numbers in both precisions, and compare with the statement without any tolerance.

    The statement takes the number as the fraction it is; a clip copies one of its arguments, so nothing is rounded.
    """
    name = str(trial.options["clip"])
    sides = (1.0, 0.1, 2.0**-30, 1e30, 0.0)

    def examine(key: Key) -> Iterator[Check]:
        kind, side = ("float64", "float32")[int(key[0])], sides[int(key[1])]
        dtype = getattr(torch, kind)
        side = float(torch.tensor(side, dtype=dtype))
        points = np.array(edge_values(side, dtype=kind))
        live = CLIPS[name](torch.tensor(points, dtype=dtype), side).double().numpy()
        stated = [float(_stated(trial.formulas, [Fraction(z)], Fraction(side))[0]) for z in points.tolist()]
        yield Check(
            "live clip, the statement's", live, stated, detail={"C": side, "dtype": kind}, entries={"al": points}
        )
        for z in points.tolist():
            holds = trial.formulas.holds("in the box", al=[Fraction(z)], C=Fraction(side), i=0)
            yield Check("in the box: the statement holds", float(holds), 1.0, detail={"C": side, "al": z})

    return compare(
        trial,
        f"{name.replace(' ', '-')}-at-edges",
        [(kind, side) for kind in (0, 1) for side in range(len(sides))],
        examine,
        holds="the live clip is the stated projection, exactly",
    )


def _nearest(trial: Trial) -> Evidence:
    """Compare the live clip with every point of a grid in the box, in exact arithmetic."""
    option = trial.options
    name = str(option["clip"])
    sides = NO_SIDES if option["empty"] else SIDES
    parts = cast("Sequence[str]", option["parts"])

    def examine(key: Key) -> Iterator[Check]:
        side, point = sides[int(key[0])], tuple(Fraction(str(z)) for z in key[1:])
        n = len(point)
        clip = _clip(name, point, side)
        detail = {"C": str(side), "al": _text(point), "clip": _text(clip)}
        given = {"al": list(point), "C": side, "n": n}
        for i, part in itertools.product(range(n), ("in the box", "either order")):
            if part in parts:
                holds = float(trial.formulas.holds(part, **given, i=i))
                yield Check(f"{part}: the statement holds", holds, 1.0, detail=detail)
        stated = [float(z) for z in _stated(trial.formulas, point, side)]
        yield Check("live clip, the statement's", [float(z) for z in clip], stated, detail=detail)
        steps = int(cast("int", option["steps"])) if n == 1 else min(2, int(cast("int", option["steps"])))
        near = sum((c - z) ** 2 for c, z in zip(clip, point, strict=True))
        for other in itertools.product([side * q / steps for q in range(steps + 1)], repeat=n):
            far = sum((q - z) ** 2 for q, z in zip(other, point, strict=True))
            between = sum((q - c) ** 2 for q, c in zip(other, clip, strict=True))
            seen = detail | {"q": _text(other)}
            at = {**given, "q": list(other)}
            for part in ("nearest", "unique"):
                if part in parts:
                    yield Check(
                        f"{part}: the statement holds", float(trial.formulas.holds(part, **at)), 1.0, detail=seen
                    )
            gain = float(near + between - far)
            yield Check("squared distances: of the clip, plus between, minus of the other", gain, 0.0, 0.0, "<=", seen)
            for i in range(n):
                turned = float(trial.formulas.holds("obtuse", **at, i=i))
                yield Check("obtuse: the statement holds", turned, 1.0, detail=seen | {"i": i})

    plane = (HALVES[0], *HALVES[3:7], HALVES[8])
    cases: list[Key] = [(s, str(z)) for s in range(len(sides)) for z in HALVES]
    cases += [(s, str(y), str(z)) for s in range(2) for y in plane for z in plane]
    return compare(
        trial,
        str(option["name"]),
        cases,
        examine,
        holds="no point of a grid in the box is as near as the clip, by the margin that the statement says",
    )


def _solver(trial: Trial) -> Evidence:
    """Let a solver for bounded least squares find the nearest point of the box; its answer is judged exactly.

    For a point q of the box the statement bounds |q - p|^2 by |q - al|^2 - |p - al|^2, both computed exactly: how
    far q may be from the projection p follows from how good it is.
    """

    def examine(key: Key) -> Iterator[Check]:
        n = int(key[0])
        draw = trial.stream.spawn(*key).generator()
        side = Fraction(int(draw.integers(1, 33)), 16)
        point = [Fraction(int(z), 16) for z in draw.integers(-48, 49, n)]
        target = np.array([float(z) for z in point])
        found = scipy.optimize.lsq_linear(np.eye(n), target, bounds=(0.0, float(side)), method="bvls")
        inside = [min(max(Fraction(float(z)), Fraction(0)), side) for z in found.x]
        at = {"al": point, "C": side, "n": n, "q": inside}
        detail = {"C": str(side), "al": target.tolist(), "answer": found.x.tolist()}
        excess = Fraction(trial.formulas.left("nearest", **at)) - Fraction(trial.formulas.right("nearest", **at))
        yield Check("distances of projection and answer: bound exceeded by", float(excess), 0.0, 0.0, "<=", detail)
        clip = _stated(trial.formulas, point, side)
        beyond = sum((q - z) ** 2 - (c - z) ** 2 for q, c, z in zip(inside, clip, point, strict=True))
        yield Check("squared distance of the answer beyond the least", float(beyond), float(SHARP), 0.0, "<=", detail)

    return compare(
        trial,
        "bounded-least-squares",
        [(n, number) for n in (1, 2, 5, 20) for number in range(3 if trial.profile == "quick" else 30)],
        examine,
        holds="the solver of a least squares problem with bounds ends at the projection",
    )


_NEAREST = {
    "clip": "clamp",
    "empty": False,
    "steps": 4,
    "parts": ("in the box", "either order", "nearest", "unique"),
    "name": "nearest-on-a-grid",
}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "box-projection": (
        Experiment(
            "nearest-on-a-grid",
            "torch.clamp against every point of a grid in the box, exactly, for all small halves",
            "torch.clamp",
            _nearest,
            _NEAREST,
        ),
        Experiment(
            "clamp-at-edges",
            "torch.clamp at kinks, neighbours, tiny and huge numbers, in both precisions, exactly (0 and -0 are equal)",
            "torch.clamp",
            _at_edges,
            {"clip": "clamp"},
        ),
        Experiment(
            "minimum-of-maximum-at-edges",
            "torch.minimum of torch.maximum, exactly",
            "torch.minimum",
            _at_edges,
            {"clip": "minimum of maximum"},
        ),
        Experiment(
            "maximum-of-minimum-at-edges",
            "the other order, exactly",
            "torch.maximum",
            _at_edges,
            {"clip": "maximum of minimum"},
        ),
        Experiment(
            "hardtanh-at-edges",
            "nn.Hardtanh(0, C), exactly",
            "torch.nn.Hardtanh.forward",
            _at_edges,
            {"clip": "hardtanh"},
        ),
        Experiment(
            "bounded-least-squares",
            "scipy's least squares with bounds, as a second opinion on what is nearest",
            "scipy.optimize.lsq_linear",
            _solver,
        ),
    ),
}


def _statements(*pairs: tuple[str, str]) -> tuple[Twin, ...]:
    """Return twins that change the formula alone."""
    return tuple(Twin(name, change, "nearest-on-a-grid", statement=name) for name, change in pairs)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "box-projection": (
        *_statements(
            ("reflected", "|al(i)|, cut off at C, in place of the clip"),
            ("distance", "|min(max(al(i), 0), C) - al(i)|, the distance in place of the point"),
            ("shrunk", "the whole vector shrunk towards 0 in place of a clip in each coordinate"),
            ("right-angle", "the squared distances add up exactly: al, clip and q form a right angle"),
        ),
        Twin(
            "corners",
            "the corners {0, C}^n in place of the box: they too have one nearest point",
            "nearest-on-a-grid",
            {"clip": "corners", "steps": 1, "parts": ("unique",)},
            "corners",
        ),
        Twin(
            "empty-box",
            "any C in place of C >= 0: the two orders of the clip differ, and neither is in the box",
            "nearest-on-a-grid",
            {"empty": True},
            "empty-box",
        ),
    ),
}
