"""Several inputs: live networks of two hidden layers of steps, and what differences make of a single hidden layer.

Rounding: a unit of the first layer takes the sign of x - t exactly, one of the second sums at most 2d ones exactly. The
output sums n^d heights of which one is on: every other product is 0, so only that height is left, and nothing is
rounded. A grid point is computed to 4 u B, by which the error grows K sqrt(d) times that at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import sqrt
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from ..models.step_networks import CellNetwork, Step, StepNetwork, linear
from .comparison import UNIT, Check, Key, compare
from .definitions import defined
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin

Array = NDArray[np.float64]

TARGETS = ("wave", "constant", "distance")
SIDE = 1.5
"""B, the half side of the cube."""


def _target(name: str, points: Array) -> Array:
    """Return the values at points (N, d) of a function that is Lipschitz for the Euclidean norm."""
    if name == "constant":
        return np.ones(len(points))
    if name == "distance":
        return cast("Array", np.sqrt((points**2).sum(axis=1)))
    return cast("Array", np.sin(2.0 * points[:, 0] - points[:, -1]))


def _constant(name: str) -> float:
    """Return the Lipschitz constant of a target."""
    return {"constant": 0.0, "distance": 1.0, "wave": sqrt(5.0)}[name]


def _and_unit(trial: Trial) -> Evidence:
    """Feed every pattern of d bits to a live AND unit, and compare with both sides of the statement."""

    def examine(key: Key) -> Iterator[Check]:
        d = int(key[1])
        unit, step = linear([[1.0] * d], [-(d - 0.5)], torch.float64), Step()
        patterns = np.array(list(product((0.0, 1.0), repeat=d)))
        with torch.no_grad():
            live = step(unit(torch.from_numpy(patterns)))[:, 0].numpy()
        values = [{"d": d, "a": [int(bit) for bit in bits]} for bits in patterns]
        left = [float(trial.formulas.left("and unit", **each)) for each in values]
        right = [float(trial.formulas.right("and unit", **each)) for each in values]
        entries = {f"a{k}": patterns[:, k] for k in range(d)}
        yield Check("live unit, all inputs are on", live, right, detail={"d": d}, entries=entries)
        yield Check("sum above the threshold, all inputs are on", left, right, detail={"d": d}, entries=entries)

    return compare(
        trial,
        "and-unit",
        [("inputs", d) for d in range(1, 7 if trial.profile == "quick" else 11)],
        examine,
        holds="a live unit with threshold d - 1/2 is on exactly if all d inputs are",
    )


def _cells(trial: Trial) -> Evidence:
    """Compare the live error with K sqrt(d) B/n, at random points, at corners of cells and beside them."""

    def examine(key: Key) -> Iterator[Check]:
        name, d, n = str(key[0]), int(key[1]), int(key[2])
        K, B, root = _constant(name), SIDE, sqrt(d)
        if n == 0:
            grid, middles = [-B, -B], np.array([0.0])  # no tile: a cell of width 0
        else:
            t, m = (defined(trial.formulas, "error", symbol, B=B) for symbol in ("t", "m"))
            grid, middles = [float(t(n, i)) for i in range(n + 1)], np.array([float(m(n, i)) for i in range(n)])
            grid[-1] = B
        places = np.stack([axis.ravel() for axis in np.meshgrid(*[middles] * d, indexing="ij")], axis=1)
        heights = torch.from_numpy(_target(name, places).reshape((len(middles),) * d))
        net = CellNetwork(grid, heights, threshold=cast("float | None", trial.options["threshold"]))
        repeated = bool(trial.options["repeated"])
        if repeated:  # every cell is the first one
            with torch.no_grad():
                net.cells.weight[:] = net.cells.weight[0].clone()
        yield Check("units of the first layer", net.half_spaces.out_features, d * len(grid), detail={"n": n, "d": d})
        yield Check("units of the second layer", net.cells.out_features, max(n, 1) ** d, detail={"n": n, "d": d})
        draw = trial.stream.spawn(*key).generator()
        points = draw.uniform(-B, B, (40, d))
        corners = draw.choice(np.array(grid), (40, d))
        beside = np.nextafter(corners, draw.choice([-np.inf, np.inf], corners.shape))
        points = np.concatenate([points, corners, beside, np.full((1, d), B)])
        points = points[((points > -B) & (points <= B)).all(axis=1)]
        with torch.no_grad():
            live = net(torch.from_numpy(points)).numpy()
        off = np.abs(live - _target(name, points))
        values = {"B": B, "K": K, "n": n, "r": root, "f": lambda a, b: float(_target(name, np.array([[a, b]]))[0])}
        bound = float(trial.formulas.right("error", x=0.0, y=0.0, **values))
        slack = 16.0 * UNIT * (1.0 + K * root * B) * 4.0
        detail = {"target": name, "d": d, "n": n, "units": [d * (n + 1), n**d]}
        entries = {f"x{k}": points[:, k] for k in range(d)}
        yield Check("live error, K sqrt(d) B/n", off, bound, slack, "<=", detail, entries)
        apart = np.abs(points[:, :, None] - np.array(grid)).min(axis=(1, 2)) > 64.0 * UNIT * B
        if n:
            digits = np.zeros((n**d, d), int) if repeated else np.array(list(product(range(n), repeat=d)))
            numbered: dict[str, object] = {"B": B, "K": K, "n": n, "d": d, "r": root, "F": heights.reshape(-1).tolist()}
            numbered["g"] = lambda cell, k: int(digits[cell, k])
            each = [numbered | {"z": a.tolist(), "b": float(_target(name, a[None])[0])} for a in points[apart][:3]]
            stated = [float(trial.formulas.left("any number of inputs", **one)) for one in each]
            limit = [float(trial.formulas.right("any number of inputs", **one)) for one in each]
            yield Check("live error, error for d inputs", off[apart][:3], stated, 2.0 * slack, "=", detail)
            yield Check("error for d inputs, its bound", stated, limit, slack, "<=", detail)
        if d == 2:
            some = points[apart][:8]
            stated = [float(trial.formulas.left("error", x=float(a), y=float(b), **values)) for a, b in some]
            yield Check("live error, error by the formula", off[apart][:8], stated, 2.0 * slack, "=", detail)

    shapes = cast("tuple[tuple[int, int], ...]", trial.options["shapes"])
    return compare(
        trial,
        "cells",
        [(name, *shape) for name in TARGETS for shape in shapes],
        examine,
        holds="live networks of d (n + 1) and n^d units stay within K sqrt(d) B/n for two, three and four inputs",
    )


def _one_hidden_layer(trial: Trial) -> Evidence:
    """Take one difference a unit, along its hyperplane and far: the live network gives 0, the box gives h.

    The points are x + the sum of any of the shifts, all in the plane of the first two inputs; the signs alternate. A
    network that were the box would give the same sum, so it is off by |h|/2^H at one of them. Weights are whole
    numbers, biases halves, output weights and the other inputs eighths: all is exact.
    """
    h, place = float(cast("float", trial.options["height"])), cast("float | None", trial.options["place"])
    shape = str(trial.options["shape"])

    def examine(key: Key) -> Iterator[Check]:
        inputs, count = int(key[1]), int(key[2])
        draw = trial.stream.spawn(*key).generator()
        weights = draw.integers(-3, 4, (count, inputs)).astype(np.float64)
        biases, outgoing = draw.integers(-3, 4, count) / 2.0, draw.integers(-8, 9, count) / 8.0
        if h == 0.0 or place is not None:
            outgoing = np.zeros(count)
        across = np.zeros((count, inputs))
        across[:, :2] = np.stack([-weights[:, 1], weights[:, 0]], axis=1)
        across[(weights[:, :2] == 0.0).all(axis=1), 0] = 1.0
        if shape != "cube":  # hyperplanes x = 0, ..., count, heights between them, 0 beyond: shifts cross them
            heights = draw.choice([-3.0, -1.0, 2.0, 5.0], count + 1) / 8.0
            heights[-1] = 0.0
            outgoing, biases = np.diff(heights, prepend=0.0), -np.arange(count + 1.0)
            count += 1
            weights, across = np.zeros((count, inputs)), np.zeros((count, inputs))
            weights[:, 0] = across[:, 0] = 1.0
            across[:, 1] = 0.0 if shape == "interval" else draw.integers(-3, 4, count)
        width = 1 if shape == "interval" else inputs
        net = StepNetwork(weights[:, :width].tolist(), biases.tolist(), outgoing.tolist())
        shifts = across * (4.0 * 16.0 ** np.arange(count))[:, None]
        chosen = np.array(list(product((0.0, 1.0), repeat=count)))
        signs = (-1.0) ** (count - chosen.sum(axis=1))
        start = draw.integers(1, 9, inputs) / 8.0 if place is None else np.full(inputs, place)
        start[:2] = 0.5
        points = start + chosen @ shifts
        with torch.no_grad():
            live = net(torch.from_numpy(points[:, :width])).numpy()
        table = {"d": inputs - 2, "H": count, "W": weights.tolist(), "c": biases.tolist(), "v": outgoing.tolist()}
        values = [table | {"h": h, "x": float(a[0]), "y": float(a[1]), "z": a.tolist()} for a in points]
        stated = [float(trial.formulas.left("box", **each)) for each in values]
        box = np.array([float(trial.formulas.right("box", **each)) for each in values])
        detail = {"H": count, "W": weights.tolist(), "c": biases.tolist(), "v": outgoing.tolist(), "h": h}
        entries = {f"z{k}": points[:, k] for k in range(inputs)}
        yield Check("live network, left side", live, stated, detail=detail, entries=entries)
        yield Check("alternating sum of the live network", float(signs @ live), 0.0, detail=detail)
        yield Check("alternating sum of the box", abs(float(signs @ box)), abs(h), detail=detail)
        yield Check("the network is not the box", float(np.abs(live - box).max()), 0.0, 0.0, "!=", detail)

    repeats = range(1 if trial.profile == "quick" else 20)
    inputs = cast("tuple[int, ...]", trial.options["inputs"])
    return compare(
        trial,
        "one-hidden-layer",
        [("units", d, count, repeat) for d in inputs for count in range(1, 8) for repeat in repeats],
        examine,
        holds="differences along its hyperplanes make every live network of one hidden layer 0, and the box h",
    )


_CELLS: Mapping[str, object] = {
    "threshold": None,
    "repeated": False,
    "shapes": ((2, 1), (2, 3), (2, 12), (3, 4), (4, 3)),
}
_LAYER: Mapping[str, object] = {"height": 1.0, "shape": "cube", "inputs": (2, 3, 4), "place": None}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "step-approximation-highdim": (
        Experiment(
            "and-unit",
            "a live unit of the second hidden layer on every pattern of bits, one to six inputs",
            "torch.nn.Linear.forward",
            _and_unit,
        ),
        Experiment(
            "cells",
            "live networks of two hidden layers for three functions of two, three and four inputs",
            "twinproof.models.step_networks.CellNetwork.forward",
            _cells,
            _CELLS,
        ),
        Experiment(
            "one-hidden-layer",
            "random live networks of one hidden layer and two to four inputs, differences along their hyperplanes",
            "twinproof.models.step_networks.StepNetwork.forward",
            _one_hidden_layer,
            _LAYER,
        ),
    ),
}

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "step-approximation-highdim": (
        Twin(
            "one-unit-may-be-off",
            "the threshold d - 3/2 in the place of d - 1/2",
            "and-unit",
            statement="one-unit-may-be-off",
        ),
        Twin(
            "added-boxes",
            "the boxes of the two sides added instead of joined by AND",
            "cells",
            {"shapes": ((2, 3),)},
            "added-boxes",
        ),
        Twin(
            "repeated-cells",
            "any n^d cells do: a numbering that repeats the first cell and leaves the others out",
            "cells",
            {"repeated": True, "shapes": ((3, 2),)},
            "repeated-cells",
        ),
        Twin("no-tiles", "no tile at all: n = 0, the bound read as 0", "cells", {"shapes": ((2, 0),)}, "no-tiles"),
        Twin(
            "one-input",
            "the impossibility for one input: half-open tiles beside each other have bounded support",
            "one-hidden-layer",
            {"shape": "interval", "inputs": (2,)},
            "one-input",
        ),
        Twin(
            "strip",
            "0 outside a strip is enough: all hyperplanes parallel, shifts across the strip at any slope",
            "one-hidden-layer",
            {"shape": "strip", "inputs": (2, 3)},
            "strip",
        ),
        Twin(
            "any-height",
            "one hidden layer is never the box, whatever its height (0 included)",
            "one-hidden-layer",
            {"height": 0.0},
            "any-height",
        ),
        Twin(
            "beside-the-cube",
            "one hidden layer is not the box in any plane of the first two inputs, one beside the cube included",
            "one-hidden-layer",
            {"place": 2.0, "inputs": (3,)},
            "beside-the-cube",
        ),
        Twin(
            "fires-outside",
            "cells with the threshold d - 3/2 for the sum of their d tiles: with one tile off they fire as well",
            "cells",
            {"threshold": 0.5, "shapes": ((2, 3),)},
        ),
    ),
}
