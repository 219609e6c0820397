"""Several inputs: live networks of two hidden layers of steps, one unit a cell; `single_layers` tries a single one.

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

from ..models.step_networks import CellNetwork, Step, linear
from .comparison import UNIT, Check, Key, compare
from .definitions import defined
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .single_layers import differences

Array = NDArray[np.float64]

TARGETS = ("wave", "constant", "distance", "linear")
SIDE = 1.5
"""B, the half side of the cube."""


def _target(name: str, points: Array) -> Array:
    """Return the values at points (N, d) of a function that is Lipschitz for the Euclidean norm."""
    if name == "constant":
        return np.ones(len(points))
    if name == "distance":
        return cast("Array", np.sqrt((points**2).sum(axis=1)))
    if name == "linear":
        return cast("Array", points.sum(axis=1) / sqrt(points.shape[1]))
    return cast("Array", np.sin(2.0 * points[:, 0] - points[:, -1]))


def _at(name: str, *point: float) -> float:
    """Return the value of a target at one point."""
    return float(_target(name, np.array([point]))[0])


def _constant(name: str) -> float:
    """Return the Lipschitz constant of a target."""
    return {"constant": 0.0, "distance": 1.0, "linear": 1.0, "wave": sqrt(5.0)}[name]


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
    """Count the live cells that are on, and compare the live error with K sqrt(d) B/n.

    The cells are those that the statement numbers, in this order. The points are random ones, corners of cells, points
    beside these, and the far corner, where the error of a linear function is the bound itself.
    """

    def examine(key: Key) -> Iterator[Check]:
        name, d, n = str(key[0]), int(key[1]), int(key[2])
        K, B = _constant(name), SIDE
        values: dict[str, object] = {"B": B, "K": K, "n": n, "d": d, "r": sqrt(d)}
        net, places = _numbered(trial, name, values)
        heights = _target(name, places)
        detail = {"target": name, "d": d, "n": n, "units": [d * (n + 1), n**d]}
        yield Check("units of the first layer", net.half_spaces.out_features, d * (n + 1 if n else 2), detail=detail)
        yield Check("units of the second layer", net.cells.out_features, max(n, 1) ** d, detail=detail)
        yield Check("midpoints, the cube", np.abs(places), B, 0.0, "<=", detail)
        some = [{**values, "l": cell, "k": k} for cell in (0, n**d // 2) for k in range(d)]
        inside = [trial.formulas.holds("midpoints", **each) for each in some if n]
        yield Check("midpoints by the formula", inside, True, detail=detail)
        grid = [-float(bias) for bias in net.half_spaces.bias.detach()[: n + 1]]
        points = _points(trial, key, grid, d)
        with torch.no_grad():
            x = torch.from_numpy(points)
            live = net(x).numpy()
            count = net.activation(net.cells(net.activation(net.half_spaces(x)))).sum(dim=1).numpy()
        off, entries = np.abs(live - _target(name, points)), {f"z{k}": points[:, k] for k in range(d)}
        one = float(trial.formulas.right("one cell", **values))
        yield Check("live cells that are on", count, one, 0.0, "=", detail, entries)
        bound, slack = float(trial.formulas.right("error", **values)), 16.0 * UNIT * (1.0 + K * sqrt(d) * B) * 4.0
        yield Check("live error, K sqrt(d) B/n", off, bound, slack, "<=", detail, entries)
        away = np.abs(points[:, :, None] - np.array(grid)).min(axis=(1, 2)) > 64.0 * UNIT * B
        inner = np.flatnonzero(away)[:2]
        table = [values | {"F": heights.tolist(), "z": a.tolist(), "b": _at(name, *a)} for a in points[inner]]
        if name == TARGETS[0]:  # the cells do not depend on it
            found = [float(trial.formulas.left("one cell", **each)) for each in table]
            yield Check("live cells that are on, by the formula", count[inner], found, 0.0, "=", detail)
        stated = [float(trial.formulas.left("error", **each)) for each in table]
        yield Check("live error, error by the formula", off[inner], stated, 2.0 * slack, "=", detail)
        if d == 2:
            square = values | {"f": lambda a, b: _at(name, a, b)}
            stated = [float(trial.formulas.left("two inputs", x=a, y=b, **square)) for a, b in points[inner].tolist()]
            yield Check("live error, error of two inputs", off[inner], stated, 2.0 * slack, "=", detail)
            both = float(trial.formulas.right("two inputs", **values))
            yield Check("bound of two inputs, of d inputs", both, bound, detail=detail)

    shapes = cast("tuple[tuple[int, int], ...]", trial.options["shapes"])
    if trial.profile == "full":
        shapes += cast("tuple[tuple[int, int], ...]", trial.options["more"])
    return compare(
        trial,
        "cells",
        [(name, *shape) for name in TARGETS for shape in shapes],
        examine,
        holds="live networks of d (n + 1) and n^d units have one cell on, and stay within K sqrt(d) B/n",
    )


def _numbered(trial: Trial, name: str, values: Mapping[str, object]) -> tuple[CellNetwork, Array]:
    """Return the live network whose cell l lies at the digits of l, and the midpoint of each cell (N, d)."""
    d, n, B = cast("int", values["d"]), cast("int", values["n"]), cast("float", values["B"])
    threshold = cast("float | None", trial.options["threshold"])
    if n == 0:  # no tile: a cell of width 0
        return CellNetwork([-B, -B], torch.ones((1,) * d, dtype=torch.float64), threshold=threshold), np.zeros((1, d))
    t, m, g = (defined(trial.formulas, "error", symbol, B=B, n=n) for symbol in ("t", "m", "g"))
    grid = [float(t(n, i)) for i in range(n)] + [B]
    digits = np.array([[int(g(cell, k)) for k in range(d)] for cell in range(n**d)])
    places = np.array([float(m(n, i)) for i in range(n)])[digits]
    net = CellNetwork(grid, torch.zeros((n,) * d, dtype=torch.float64), threshold=threshold)
    rows = torch.from_numpy(np.ravel_multi_index(tuple(digits.T), (n,) * d))
    with torch.no_grad():
        net.cells.weight.copy_(net.cells.weight[rows])
        net.output.weight.copy_(torch.from_numpy(_target(name, places))[None])
    return net, places


def _points(trial: Trial, key: Key, grid: list[float], d: int) -> Array:
    """Return points (N, d) of the half-open cube, or of the closed one if the trial says so."""
    draw, B = trial.stream.spawn(*key).generator(), SIDE
    corners = draw.choice(np.array(grid), (40, d))
    beside = np.nextafter(corners, draw.choice([-np.inf, np.inf], corners.shape))
    points = np.concatenate([draw.uniform(-B, B, (40, d)), corners, beside, np.full((1, d), B)])
    lower = points >= -B if trial.options["closed"] else points > -B
    return cast("Array", points[(lower & (points <= B)).all(axis=1)])


_CELLS: Mapping[str, object] = {
    "threshold": None,
    "closed": False,
    "shapes": ((2, 1), (2, 4), (3, 3), (4, 2), (5, 2)),
    "more": ((2, 12), (3, 4), (4, 3)),
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
            "live networks of two hidden layers for four functions of two to five inputs, cells numbered by digits",
            "twinproof.models.step_networks.CellNetwork.forward",
            _cells,
            _CELLS,
        ),
        Experiment(
            "one-hidden-layer",
            "random live networks of one hidden layer and two to four inputs, differences along their hyperplanes",
            "twinproof.models.step_networks.StepNetwork.forward",
            differences,
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
            {"shapes": ((2, 3),), "more": ()},
            "added-boxes",
        ),
        Twin(
            "repeated-cells",
            "any n^d cells do: a numbering whose digits are all the last one repeats the cells of the diagonal",
            "cells",
            {"shapes": ((3, 2),), "more": ()},
            "repeated-cells",
        ),
        Twin(
            "no-tiles",
            "no tile at all: n = 0, the bound read as 0",
            "cells",
            {"shapes": ((2, 0),), "more": ()},
            "no-tiles",
        ),
        Twin(
            "lower-faces",
            "the half-open cells fill the whole cube, its lower faces included",
            "cells",
            {"closed": True, "shapes": ((3, 2),), "more": ()},
            "lower-faces",
        ),
        Twin(
            "without-the-root",
            "half a tile bounds the distance from the midpoint in any number of inputs: K B/n without the root of d",
            "cells",
            {"shapes": ((4, 2),), "more": ()},
            "without-the-root",
        ),
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
            {"threshold": 0.5, "shapes": ((2, 3),), "more": ()},
        ),
    ),
}
