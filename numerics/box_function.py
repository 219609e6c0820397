"""The box function: live step networks against it, at the points where two step functions can differ.

Every number here is exact: the weights are 1 and -1, sums of multiples of h by 0, 1 and 2 round nothing, and the sign
of a difference of two floats is never rounded. So tolerances are 0, except where h is divided by 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from ..models.step_networks import StepNetwork
from .comparison import UNIT, Check, Key, compare
from .definitions import defined
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .step_points import deciding_points, outputs

Array = NDArray[np.float64]

BOXES = (
    (1.0, 1.0),
    (-2.5, 0.1),
    (3.0, 1e-9),
    (1e-30, 1e6),
    (-7e11, 0.75),
)
"""Heights and widths, from tiny to huge."""


def _boxes(trial: Trial) -> list[Key]:
    """Return the cases: the boxes above, then random ones."""
    return [("box", number) for number in range(10 if trial.profile == "quick" else 200)]


def _box(trial: Trial, key: Key) -> tuple[float, float]:
    """Return height and width of a case."""
    number = int(key[1])
    if number < len(BOXES):
        h, de = BOXES[number]
    else:
        draw = trial.stream.spawn(*key).generator()
        h, de = float(draw.normal()), float(np.exp(draw.normal(0.0, 3.0)))
    return h, de * float(cast("float", trial.options.get("width", 1.0)))


def _drawn(trial: Trial, h: float, de: float) -> StepNetwork:
    """Build the live network whose weights and biases the statement defines."""
    options = trial.options
    w, b, v, c = (defined(trial.formulas, "exact", name, h=h, de=de) for name in ("w", "b", "v", "c"))
    net = StepNetwork(
        [[float(w(k))] for k in (0, 1)],
        [float(b(k)) for k in (0, 1)],
        [float(v(k)) for k in (0, 1)],
        float(c()),
        at_zero=float(cast("float", options["at_zero"])),
    )
    return net.float().double() if options["single"] else net


def _usual(h: float, de: float) -> StepNetwork:
    """h step(x) - h step(x - delta): the answer that comes to mind first."""
    return StepNetwork([[1.0], [1.0]], [0.0, -de], [h, -h])


def _other_step(h: float, de: float) -> StepNetwork:
    """The network for units that are 1 at their threshold."""
    return StepNetwork([[-1.0], [1.0]], [0.0, -de], [-h, -h], h, at_zero=1.0)


def _with_a_third_unit(h: float, de: float) -> StepNetwork:
    """The network whose output bias is a unit that is always on."""
    return StepNetwork([[1.0], [-1.0], [0.0]], [0.0, de, 1.0], [h, h, -h])


NETWORKS = {
    "usual answer": _usual,
    "step with value 1 at 0": _other_step,
    "a third unit for the bias": _with_a_third_unit,
}


def _points(trial: Trial, key: Key, net: StepNetwork, de: float) -> Array:
    """Return the points that decide, and random ones around the box."""
    draw = trial.stream.spawn(*key, "inputs").generator()
    return np.unique(np.concatenate([deciding_points(net, (0.0, de)), abs(de) * draw.uniform(-1.0, 2.0, 16)]))


def _exact(trial: Trial) -> Evidence:
    """Compare a live network with the statement's box at every point where they can differ."""
    part = str(trial.options["part"])

    def examine(key: Key) -> Iterator[Check]:
        h, de = _box(trial, key)
        net = _drawn(trial, h, de) if part == "exact" else NETWORKS[part](h, de)
        points = _points(trial, key, net, de)
        live = outputs(net, points)
        values = [{"h": h, "de": de, "x": float(x)} for x in points]
        box = [float(trial.formulas.right(part, **each)) for each in values]
        stated = [float(trial.formulas.left(part, **each)) for each in values]
        detail = {"h": h, "delta": de}
        yield Check("live network, box", live, box, detail=detail, entries={"x": points})
        yield Check("live network, formula of the network", live, stated, detail=detail, entries={"x": points})

    return compare(
        trial,
        str(trial.options["name"]),
        _boxes(trial),
        examine,
        holds="the live network is the box, bit for bit, at its own thresholds, beside them and in between",
    )


def _usual_answer(trial: Trial) -> Evidence:
    """Find where the usual answer fails: search its own thresholds, and compare what is found with the statement."""
    part = "usual answer"

    def examine(key: Key) -> Iterator[Check]:
        h, de = _box(trial, key)
        net = _usual(h, de)
        points = _points(trial, key, net, de)
        live = outputs(net, points)
        box = np.array([float(trial.formulas.right("exact", h=h, de=de, x=float(x))) for x in points])
        found = points[live != box]
        stated = [float(trial.formulas.right(part, h=h, de=de, x=float(x))) for x in points]
        detail = {"h": h, "delta": de, "fails at": found.tolist()}
        yield Check("number of points at which the usual answer is no box", found.size, 1, detail=detail)
        yield Check("live usual answer, right side", live, stated, detail=detail, entries={"x": points})
        yield Check("the one point at which it fails", found, de, detail=detail)
        left, right = np.nextafter(de, -np.inf), np.nextafter(de, np.inf)
        beside = outputs(net, np.array([left, float(found[0]), right]))
        yield Check("limits and value there: h, h and 0", beside, [h, h, 0.0], detail=detail)

    return compare(
        trial,
        "usual-answer",
        _boxes(trial),
        examine,
        holds="the search among its thresholds finds one point, delta: h from the left, h there, 0 from the right",
    )


SLOPES = (-2.0, -1.0, 0.0, 1.0, 2.0)
PLACES = (-1.0, 0.0, 0.5, 1.0, 1.5)
"""Thresholds of the two units, in units of delta; biases for a unit with weight 0."""
USUAL = ((1.0, 0.0), (-1.0, 1.0), (1.0, 1.0))
"""Units that switch on at 0, off at delta, on at delta: always among those tried."""


def _fits(columns: Array, box: Array, h: float) -> Iterator[tuple[float, float]]:
    """Yield output weights: those that come to mind, and the least-squares fit."""
    yield from ((h, h), (h, -h), (-h, h), (h, 0.0), (h / 3.0, h / 3.0), (0.0, 0.0))
    fitted = np.linalg.lstsq(columns, box, rcond=None)[0]
    yield float(fitted[0]), float(fitted[1])


def _two_units(trial: Trial) -> Evidence:
    """Try many live networks of two units without an output bias: how far is the best one off?

    An output of the live network is a sum of two weights, rounded once; h/3 is rounded once. So the largest error is
    |h|/3 up to a few u (|v_1| + |v_2| + |h|); a network that is not the box differs by that much less at one point.
    """
    heights = cast("Sequence[float]", trial.options["heights"])

    def examine(key: Key) -> Iterator[Check]:
        h, de = float(heights[int(key[1])]), (1.0, 0.375)[int(key[1]) % 2]
        numbers = [(float(s), float(t)) for s, t in product(SLOPES, PLACES)]
        if trial.profile == "quick":
            chosen = trial.stream.spawn(*key).generator().permutation(len(numbers))[:3]
            numbers = [*USUAL, *(numbers[i] for i in chosen)]
        units = [(s, -s * t * de if s else t) for s, t in numbers]
        least, worst, stated = [], [], []
        tried: list[tuple[float, ...]] = []
        for (w0, b0), (w1, b1) in product(units, repeat=2):
            net = StepNetwork([[w0], [w1]], [b0, b1], [1.0, 1.0])
            points = deciding_points(net, (0.0, de))
            values = [{"h": h, "de": de, "x": float(x)} for x in points]
            box = np.array([float(trial.formulas.right("exact", **each)) for each in values])
            with torch.no_grad():
                columns = net.activation(net.hidden(torch.from_numpy(points[:, None]))).numpy()
            for v0, v1 in _fits(columns, box, h):
                with torch.no_grad():
                    net.output.weight.copy_(torch.tensor([[v0, v1]], dtype=torch.float64))
                off = np.abs(outputs(net, points) - box)
                at = int(np.argmax(off))
                table = {"W": [w0, w1], "B": [b0, b1], "V": [v0, v1], **values[at]}
                least.append(float(trial.formulas.left("error", **table)))
                worst.append(float(off[at]))
                stated.append(float(trial.formulas.right("error", **table)))
                tried.append((w0, b0, w1, b1, v0, v1))
        names = ("w_1", "b_1", "w_2", "b_2", "v_1", "v_2")
        entries = {name: [row[i] for row in tried] for i, name in enumerate(names)}
        slack = 4.0 * UNIT * (np.abs([row[4:] for row in tried]).sum(axis=1) + abs(h))
        detail = {"h": h, "delta": de}
        yield Check("largest error, live and by the formula", worst, stated, slack, "=", detail, entries)
        yield Check("the least possible error, the largest error", least, worst, slack, "<=", detail, entries)
        yield Check("no network is the box", worst, 0.0, slack, "!=", detail, entries)
        best = StepNetwork([[1.0], [-1.0]], [0.0, de], [h / 3.0, h / 3.0])
        points = deciding_points(best, (0.0, de))
        values = [{"h": h, "de": de, "x": float(x)} for x in points]
        limit = [float(trial.formulas.right("a third is attained", **each)) for each in values]
        box = np.array([float(trial.formulas.right("exact", **each)) for each in values])
        off = np.abs(outputs(best, points) - box)
        yield Check("error of two units of height h/3", off, limit, 4.0 * UNIT * abs(h), "<=", detail, {"x": points})

    return compare(
        trial,
        "two-units",
        [("height", number) for number in range(len(heights))],
        examine,
        holds="no live network of two units without an output bias comes nearer than |h|/3; one comes as near",
    )


_DRAWN: Mapping[str, object] = {"name": "drawn-network", "part": "exact", "at_zero": 0.0, "width": 1.0, "single": False}
_STEP = "twinproof.models.step_networks.Step.forward"

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "box-function": (
        Experiment(
            "drawn-network",
            "the live network of the drawing, bit for bit, wherever two step functions can differ",
            _STEP,
            _exact,
            _DRAWN,
        ),
        Experiment(
            "usual-answer",
            "a search among the thresholds of h step(x) - h step(x - delta) for points where it is no box",
            "torch.heaviside",
            _usual_answer,
        ),
        Experiment(
            "step-with-value-one-at-zero",
            "units that are 1 at their threshold, with the weights for these",
            _STEP,
            _exact,
            {"name": "step-with-value-one-at-zero", "part": "step with value 1 at 0"},
        ),
        Experiment(
            "third-unit",
            "a third unit that is always on in the place of the output bias",
            _STEP,
            _exact,
            {"name": "third-unit", "part": "a third unit for the bias"},
        ),
        Experiment(
            "two-units",
            "networks of two units without an output bias: thresholds of all kinds, output weights also fitted",
            _STEP,
            _two_units,
            {"heights": (1.0, -0.7)},
        ),
    ),
}

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "box-function": (
        Twin(
            "usual-weights",
            "the usual answer is exact: weights 1 and 1, biases 0 and -delta, output weights h and -h, no output bias",
            "drawn-network",
            statement="usual-weights",
        ),
        Twin(
            "no-output-bias",
            "the weights of the drawing without the output bias -h",
            "drawn-network",
            {},
            "no-output-bias",
        ),
        Twin(
            "step-is-one-at-zero",
            "the weights of the drawing with units that are 1 at their threshold",
            "drawn-network",
            {"at_zero": 1.0},
            "step-is-one-at-zero",
        ),
        Twin(
            "usual-answer-fails-at-zero",
            "the usual answer is wrong at the left end 0, not at delta",
            "usual-answer",
            statement="usual-answer-fails-at-zero",
        ),
        Twin(
            "half-the-height-off",
            "without an output bias two units are off by at least h/2 somewhere",
            "two-units",
            statement="half-the-height-off",
        ),
        Twin(
            "any-height",
            "without an output bias two units are never the box, whatever its height (0 included)",
            "two-units",
            {"heights": (0.0,)},
            "any-height",
        ),
        Twin(
            "no-width",
            "the same for a negative width delta: no box at all",
            "drawn-network",
            {"width": -1.0},
            "no-width",
        ),
        Twin(
            "single-precision",
            "weights and biases rounded to single precision, delta among them",
            "drawn-network",
            {"single": True},
        ),
    ),
}
