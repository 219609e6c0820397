"""Step networks on an interval: the live network's error against the bound of the statement, tile by tile.

Rounding: the network has the statement's grid as its biases, and the sign of a difference of floats is never rounded,
so every unit is right. The output sums at most 2n heights and increments, in any order: gamma(2n + 2) times the sum of
the |output weights| bounds its error. A grid point or midpoint is computed with an error of 4 u B at most, by which a
tile ends elsewhere and the error grows K times that; f itself is computed to a few ulp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..models.step_networks import StepNetwork, boxed, stepped, tiled
from .comparison import UNIT, Check, Key, compare, gamma
from .definitions import defined
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .step_points import outputs

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """A function on [-B, B] with a Lipschitz constant, and the largest |value|."""

    function: Callable[[Array], Array]
    B: float
    K: float
    size: float


TARGETS: Mapping[str, Target] = {
    "wave": Target(lambda x: np.sin(3.0 * x) + x / 2.0, 2.0, 3.5, 2.0),
    "constant": Target(np.ones_like, 0.75, 0.0, 1.0),
    "line": Target(lambda x: 2.0 * x, 1.0, 2.0, 2.0),
    "kink": Target(np.abs, 3.0, 1.0, 3.0),
    "exponential": Target(np.exp, 1.0, 2.7182818284590455, 2.8),
    "narrow": Target(lambda x: 1e3 * np.sin(x), 1e-6, 1e3, 1e-3),
    "oscillation": Target(lambda x: np.sin(1.0 / np.where(x > 0.0, x, 1.0)) * (x > 0.0), 1.0, 1.0, 1.0),
}
"""The last one is bounded by K and not Lipschitz."""

LIPSCHITZ = ("wave", "constant", "line", "kink", "exponential", "narrow")


@dataclass(frozen=True)
class Approximation:
    """A target with a live network of n tiles for it, as the statement's grid and midpoints say."""

    target: Target
    n: int
    net: StepNetwork
    grid: Array
    heights: Array

    @property
    def slack(self) -> float:
        """The rounding of output, grid and target."""
        weights = float(self.net.output.weight.detach().abs().sum() + self.net.output.bias.detach().abs().sum())
        moved = 8.0 * UNIT * self.target.K * self.target.B
        return gamma(2 * self.n + 2) * weights + moved + 16.0 * UNIT * self.target.size

    def values(self) -> dict[str, object]:
        """What the statement's symbols stand for."""
        function = self.target.function

        def f(x: float) -> float:
            return float(function(np.array([x]))[0])

        return {"B": self.target.B, "K": self.target.K, "n": self.n, "f": f}


def _approximation(trial: Trial, name: str, n: int) -> Approximation:
    """Build the live network: grid and midpoints are the statement's, the heights are the target's."""
    target, options = TARGETS[name], trial.options
    t, m = (defined(trial.formulas, "error", symbol, B=target.B) for symbol in ("t", "m"))
    if n == 0:  # no tile: a unit that is always off
        return Approximation(target, n, tiled([0.0, 0.0], [0.0]), np.array([-target.B, target.B]), np.zeros(1))
    grid = np.array([float(t(n, i)) for i in range(n + 1)])
    grid[-1] = target.B  # -B + 2 B n / n is rounded
    places = grid[:-1] if options["heights"] == "left" else np.array([float(m(n, i)) for i in range(n)])
    heights = target.function(places)
    build = {"tiled": tiled, "stepped": stepped, "boxed": boxed}[str(options["network"])]
    return Approximation(target, n, build(grid.tolist(), heights.tolist()), grid, heights)


def _points(trial: Trial, key: Key, made: Approximation) -> Array:
    """Return points of the interval: grid points, the floats beside them, and some within each tile."""
    grid, B = made.grid, made.target.B
    beside = np.concatenate([np.nextafter(grid, -np.inf), np.nextafter(grid, np.inf)])
    within = trial.stream.spawn(*key, "inputs").generator().uniform(-B, B, 64)
    points = np.unique(np.concatenate([grid, beside, within, (grid[:-1] + grid[1:]) / 2.0]))
    low = points >= -B if trial.options["left end"] else points > -B
    return points[low & (points <= B)]


def _cases(trial: Trial) -> list[Key]:
    """Return (target, tiles) of every case."""
    names = cast("tuple[str, ...]", trial.options["targets"])
    sizes = cast("tuple[int, ...]", trial.options["sizes"])
    return [(name, n) for name in names for n in (sizes if trial.profile == "quick" else (*sizes, 64, 333))]


def _error(trial: Trial) -> Evidence:
    """Compare the live error with the bound everywhere, and the live output with the statement's sum."""

    def examine(key: Key) -> Iterator[Check]:
        made = _approximation(trial, str(key[0]), int(key[1]))
        points = _points(trial, key, made)
        live = outputs(made.net, points)
        bound = float(trial.formulas.right("error", x=0.0, **made.values()))
        off = np.abs(live - made.target.function(points))
        detail = {"target": key[0], "B": made.target.B, "K": made.target.K, "n": made.n}
        entries = {"x": points, "network": live, "f(x)": made.target.function(points)}
        yield Check("live error, K B/n", off, bound, made.slack, "<=", detail, entries)
        # the statement's own grid may be an ulp beside the network's, so it is read away from the grid points
        apart = np.min(np.abs(points[:, None] - made.grid), axis=1) > 64.0 * UNIT * made.target.B
        some = points[apart][:: max(1, int(apart.sum()) // 12)]
        stated = [float(trial.formulas.left("error", x=float(x), **made.values())) for x in some]
        found = np.abs(outputs(made.net, some) - made.target.function(some))
        yield Check("live error, error by the formula", found, stated, 2.0 * made.slack, "=", detail, {"x": some})

    return compare(
        trial,
        "error-bound",
        _cases(trial),
        examine,
        holds="the live network stays within K B/n of every target, at the grid points and beside them too",
    )


def _rate(trial: Trial) -> Evidence:
    """Halve the error by doubling the tiles: for a straight line the bound is reached, for a wave nearly so.

    For a line the largest error is K B/n exactly, at the ends of the tiles. For the wave it lies between half the
    bound and the bound from n = 10 on: in the half tile beside 0, of length 2/n, its slope is at least
    3 cos(0.6) + 1/2 > K/2.
    """

    def examine(key: Key) -> Iterator[Check]:
        made = _approximation(trial, str(key[0]), int(key[1]))
        points = _points(trial, key, made)
        worst = float(np.max(np.abs(outputs(made.net, points) - made.target.function(points))))
        bound = float(trial.formulas.right("error", x=0.0, **made.values()))
        detail = {"target": key[0], "n": made.n, "bound": bound}
        yield Check("largest live error, K B/n", worst, bound, made.slack, "<=", detail)
        share = 1.0 if key[0] == "line" else 0.5
        yield Check("K B/n is no more than needed", share * bound, worst, made.slack, "<=", detail)

    return compare(
        trial,
        "rate",
        _cases(trial),
        examine,
        holds="the error falls like 1/n: K B/n for a line, between half of that and that for a wave",
    )


def _accuracy(trial: Trial) -> Evidence:
    """Ask for an accuracy e and take the least n >= K B/e, n >= 1: the live error is at most e."""

    def examine(key: Key) -> Iterator[Check]:
        target, e = TARGETS[str(key[0])], (0.5, 0.07)[int(key[1])] * TARGETS[str(key[0])].size
        n = max(1, int(np.ceil(target.K * target.B / e)))
        made = _approximation(trial, str(key[0]), n)
        points = _points(trial, key, made)
        off = np.abs(outputs(made.net, points) - target.function(points))
        detail = {"target": key[0], "accuracy": e, "n": n}
        yield Check("live error, the accuracy asked for", off, e, made.slack, "<=", detail, {"x": points})

    return compare(
        trial,
        "any-accuracy",
        [(name, number) for name in LIPSCHITZ for number in (0, 1)],
        examine,
        holds="with n >= K B/e tiles the live error is at most e",
    )


def _increments(trial: Trial) -> Evidence:
    """Compare the networks of one unit and of two units a tile, and both with the statement."""
    part = "one unit a tile"

    def examine(key: Key) -> Iterator[Check]:
        made = _approximation(trial, str(key[0]), int(key[1]))
        two = tiled(made.grid.tolist(), made.heights.tolist())
        points = _points(trial, key, made)
        if trial.options["beyond"]:
            points = np.append(points, 2.0 * made.target.B)
        units = made.net.hidden.out_features
        detail = {"target": key[0], "n": made.n, "units": units}
        slack = made.slack + gamma(2 * made.n + 2) * float(np.abs(two.output.weight.detach().numpy()).sum())
        yield Check("number of units", units, made.n, detail=detail)
        live = outputs(made.net, points)
        yield Check("one unit a tile, two units a tile", live, outputs(two, points), slack, "=", detail, {"x": points})
        apart = np.min(np.abs(points[:, None] - made.grid), axis=1) > 64.0 * UNIT * made.target.B
        some = points[apart][:: max(1, int(apart.sum()) // 6)]
        stated = [float(trial.formulas.left(part, x=float(x), **made.values())) for x in some]
        yield Check("live, left side", outputs(made.net, some), stated, 2.0 * slack, "=", detail, {"x": some})
        right = [float(trial.formulas.right(part, x=float(x), **made.values())) for x in some]
        yield Check("live, right side", outputs(two, some), right, 2.0 * slack, "=", detail, {"x": some})

    return compare(
        trial,
        "one-unit-a-tile",
        _cases(trial),
        examine,
        holds="n units whose output weights are the increments give what 2n units give, up to B",
    )


def _open_boxes(trial: Trial) -> Evidence:
    """Evaluate a live network of exact open boxes at its own grid points: it is 0 at every one."""

    def examine(key: Key) -> Iterator[Check]:
        made = _approximation(trial, str(key[0]), int(key[1]))
        detail = {"target": key[0], "n": made.n}
        live = outputs(made.net, made.grid)
        lost = made.target.function(made.grid)
        yield Check("open boxes at the grid points", live, 0.0, made.slack, "=", detail, {"x": made.grid, "f(x)": lost})
        for j in range(1, made.n):
            stated = float(trial.formulas.left("open boxes", j=j, **made.values()))
            yield Check("the statement's sum there", stated, 0.0, detail=detail | {"j": j})
        inner = (made.grid[:-1] + made.grid[1:]) / 2.0
        yield Check("open boxes at the midpoints", outputs(made.net, inner), made.heights, made.slack, "=", detail)

    return compare(
        trial,
        "open-boxes",
        _cases(trial),
        examine,
        holds="the exact boxes of part a give 0 at every grid point, however fine the grid",
    )


_NET: Mapping[str, object] = {
    "network": "tiled",
    "heights": "midpoints",
    "left end": False,
    "targets": LIPSCHITZ,
    "sizes": (1, 2, 7),
}
_FORWARD = "twinproof.models.step_networks.StepNetwork.forward"
_STEP = "twinproof.models.step_networks.Step.forward"

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "step-approximation": (
        Experiment(
            "error-bound",
            "live networks of half-open boxes for six Lipschitz functions, read at the grid, beside it and within",
            _STEP,
            _error,
            _NET,
        ),
        Experiment(
            "rate",
            "largest error of the live network for 10, 20, ..., 160 tiles",
            _FORWARD,
            _rate,
            {**_NET, "targets": ("wave", "line"), "sizes": (10, 20, 40, 80, 160)},
        ),
        Experiment("any-accuracy", "an accuracy is asked for, K B/e tiles are taken", _FORWARD, _accuracy, _NET),
        Experiment(
            "one-unit-a-tile",
            "n units, the increments of the heights as output weights, against 2n units",
            _FORWARD,
            _increments,
            {**_NET, "network": "stepped", "beyond": False},
        ),
        Experiment(
            "open-boxes",
            "the exact open boxes of part a, side by side, at the grid points",
            _STEP,
            _open_boxes,
            {**_NET, "network": "boxed", "targets": ("wave", "constant", "line")},
        ),
    ),
}

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "step-approximation": (
        Twin(
            "open-boxes",
            "the exact open boxes in the place of half-open ones: |sum f(m) [t < x < t'] - f(x)| <= K B/n",
            "error-bound",
            {"network": "boxed"},
            "open-boxes",
        ),
        Twin(
            "left-end-included",
            "the bound on all of [-B, B], the left end included",
            "error-bound",
            {"left end": True},
            "left-end-included",
        ),
        Twin("half-the-bound", "the bound K B/(2n), a quarter of a tile", "error-bound", {}, "half-the-bound"),
        Twin("quadratic-rate", "the bound K B/n^2, as midpoints are best", "error-bound", {}, "quadratic-rate"),
        Twin(
            "heights-at-the-left-ends",
            "heights f(t(n, i)) from the left ends of the tiles, the same bound",
            "error-bound",
            {"heights": "left"},
            "heights-at-the-left-ends",
        ),
        Twin(
            "bounded-is-enough",
            "f bounded by K in the place of Lipschitz: sin(1/x) for x > 0",
            "error-bound",
            {"targets": ("oscillation",), "sizes": (5, 50)},
            "bounded-is-enough",
        ),
        Twin(
            "beyond-the-interval",
            "n units give what 2n units give for x > B too",
            "one-unit-a-tile",
            {"beyond": True},
            "beyond-the-interval",
        ),
        Twin(
            "no-tiles", "no tile at all: n = 0, the bound K B/0 read as 0", "error-bound", {"sizes": (0,)}, "no-tiles"
        ),
    ),
}
