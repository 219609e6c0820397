"""Xavier's compromise: the two gains of a live linear layer, and which variance keeps the larger deviation least."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .comparison import UNIT, Check, Key, compare, gamma
from .harness import rounding
from .harness.decision import Sample, decide_mean
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .harness.streams import Stream
from .sign_layers import one_number_a_column, one_number_a_row, sign_matrices

PASSES = ("forward gain", "backward gain")
LAWS = {"signs": sign_matrices, "one number a row": one_number_a_row, "one number a column": one_number_a_column}


def _both_passes(layer: nn.Linear, x: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Return the layer's outputs at the inputs x (N, a), and what it passes back of the gradients (N, b)."""
    inputs = x.detach().requires_grad_()
    outputs = layer(inputs)
    (passed,) = torch.autograd.grad(outputs, inputs, gradient)
    return outputs.detach(), passed


def _fractions(values: Tensor) -> list[Fraction]:
    return [Fraction(float(value)) for value in values]


# --- the initialisers, by Monte Carlo -----------------------------------------------------------------------------

_ROWS = 32  # inputs and gradients that meet each draw of the weights


def _gain(trial: Trial) -> Evidence:
    """Decide whether a live nn.Linear has the stated gains, its weights drawn by the initialiser, at every shape."""
    name = str(trial.options["name"])
    shapes = cast("tuple[tuple[int, int], ...]", trial.options["shapes"])
    if trial.profile == "full":
        shapes += ((400, 100), (100, 400), (1, 30), (30, 1), (7, 11))
    share = trial.budget.split(2 * len(shapes))
    found: list[Evidence] = []
    for a, b in shapes:
        draw = trial.stream.spawn("inputs", a, b).generator()
        x, g = (torch.from_numpy(draw.integers(-16, 17, (_ROWS, size)) / 16.0).float() for size in (a, b))
        x[0] = g[0] = 1.0  # nonzero sums, so that a mean of the weights would show
        variance = trial.formulas.right("compromise", a=a, b=b)
        for part, vectors, fan in ((PASSES[0], x, a), (PASSES[1], g, b)):
            symbol = "x" if part == PASSES[0] else "g"
            targets = [
                float(trial.formulas.right(part, a=a, b=b, s=variance, **{symbol: _fractions(row)})) for row in vectors
            ]
            evidence = decide_mean(
                _sampler(str(trial.options["initialiser"]), a, b, x, g, part),
                math.fsum(targets) / _ROWS,
                tau=_tau(float(variance), vectors, fan),
                stream=trial.stream.spawn("draws", a, b, part),
                eps=trial.eps,
                budget=share,
                max_draws=20_000 if trial.profile == "quick" else 500_000,
                check=trial.check_deadline,
                name=name,
            )
            if evidence.status != "corroborated":
                place = f"{part}, {a} inputs, {b} outputs: {evidence.summary}"
                witness = {"a": a, "b": b, "pass": part, **evidence.witness} if evidence.witness else None
                return replace(evidence, summary=place, witness=witness)
            found.append(evidence)
    worst = max(found, key=lambda one: abs((one.estimate or 0.0) / (one.target or 1.0) - 1.0))
    holds = f"both gains are those of the theorem within {trial.eps:.1%} at {len(shapes)} shapes"
    return replace(worst, summary=holds, samples=sum(one.samples or 0 for one in found))


def _sampler(initialiser: str, a: int, b: int, x: Tensor, g: Tensor, part: str) -> Sample:
    """Return the sampler of the mean square of what comes out of a pass, over all rows and units."""
    layer = nn.Linear(a, b, bias=False)

    def sample(stream: Stream, n: int) -> NDArray[np.float64]:
        draws = np.empty(n)
        with stream.torch_default():
            for index in range(n):
                getattr(nn.init, initialiser)(layer.weight)
                result = layer(x).detach() if part == PASSES[0] else _both_passes(layer, x, g)[1]
                draws[index] = float((result.double() ** 2).mean())
        return draws

    return sample


def _tau(variance: float, vectors: Tensor, fan: int) -> float:
    """Bound what float32 does to the mean square of one unit, averaged over the rows.

    A unit errs by at most e sum |w_k| |x_k|, e = gamma(fan + 4) (a product of inner size fan, and the rounding of the
    weight's own scale); E (sum |w_k| |x_k|)^2 <= s |x|_1^2 by Minkowski, so by Cauchy-Schwarz the mean of
    (z + error)^2 - z^2 is at most s (2 e |x|_2 |x|_1 + e^2 |x|_1^2).
    """
    e = rounding.gamma(fan + 4, "float32")
    rows = vectors.double()
    one, two = rows.abs().sum(1), rows.norm(dim=1)
    return variance * float((2.0 * e * two * one + (e * one) ** 2).mean())


# --- all variances, by enumeration --------------------------------------------------------------------------------

SHAPES = ((5, 2), (2, 5), (3, 3), (7, 1), (1, 4), (1, 1), (4, 3))


@cache
def _matrices(law: str, a: int, b: int) -> Tensor:
    return LAWS[law](b, a)


def _enumerated(law: str, variance: float, x: Tensor, g: Tensor) -> tuple[float, float]:
    """Return the expected mean squares of the outputs and of what is passed back, over all matrices of the law.

    Each of the H matrices goes through a live nn.Linear. The errors: see `_enumeration_error`.
    """
    matrices = _matrices(law, len(x), len(g))
    layer = nn.Linear(len(x), len(g), bias=False, dtype=torch.float64)
    totals = [0.0, 0.0]
    for matrix in matrices:
        with torch.no_grad():
            layer.weight.copy_(matrix * math.sqrt(variance))
        for index, result in enumerate(_both_passes(layer, x[None], g[None])):
            totals[index] += float((result**2).mean())
    return totals[0] / len(matrices), totals[1] / len(matrices)


def _enumeration_error(variance: float, vector: Tensor, other: int, matrices: int) -> float:
    """Bound the rounding of one of the two means: a dot product a unit, its square, the mean over units and matrices.

    A unit is at most sqrt(v) |x|_1 in size and carries len(x) + 3 roundings (weight, products and sum); its square
    twice as many and one more; the additions follow. All squares, and so their means, are at most v |x|_1^2.
    """
    operations = 2 * (len(vector) + 3) + 1 + other + matrices + 8
    return gamma(operations) * variance * float(vector.abs().sum()) ** 2


class _Gains:
    """The two live gains at one shape and variance, with a bound on their errors."""

    def __init__(self, law: str, variance: float, x: Tensor, g: Tensor) -> None:
        self.means = _enumerated(law, variance, x, g)
        count = len(_matrices(law, len(x), len(g)))
        self.mean_errors = (
            _enumeration_error(variance, x, len(g), count),
            _enumeration_error(variance, g, len(x), count),
        )
        sizes = [float((vector**2).mean()) for vector in (x, g)]
        self.gains = tuple(mean / size for mean, size in zip(self.means, sizes, strict=True))
        self.error = max(error / size for error, size in zip(self.mean_errors, sizes, strict=True)) * (1 + gamma(8))

    def deviation(self, combine: str) -> float:
        """The larger deviation of the two gains from 1, or their sum."""
        off = [abs(gain - 1.0) for gain in self.gains]
        return max(off) if combine == "largest" else sum(off)

    @property
    def deviation_error(self) -> float:
        """Twice the error of a gain: of a sum of two deviations, and so of the larger one."""
        return 2.0 * self.error + 4.0 * UNIT * (1.0 + max(self.gains))


def _vectors(trial: Trial, key: Key, a: int, b: int) -> tuple[Tensor, Tensor]:
    draw = trial.stream.spawn(*key).generator()
    x, g = (torch.from_numpy(draw.integers(-8, 25, size) / 16.0) for size in (a, b))
    x[0] = g[0] = 1.5
    return x, g


def _variances(a: int, b: int) -> dict[str, Fraction | float]:
    """The variances that other rules would take, and neighbours of the compromise."""
    best = Fraction(2, a + b)
    return {
        "1/fan-in": Fraction(1, a),
        "1/fan-out": Fraction(1, b),
        "2/(fan-in + fan-out)": best,
        "1/(fan-in + fan-out)": best / 2,
        "2/(fan-in fan-out)": Fraction(2, a * b),
        "arithmetic mean of 1/fan": (Fraction(1, a) + Fraction(1, b)) / 2,
        "geometric mean of 1/fan": 1.0 / math.sqrt(a * b),
        "least squares": Fraction(a + b, a * a + b * b),
        "a little less": best * Fraction(127, 128),
        "a little more": best * Fraction(129, 128),
    }


def _least(trial: Trial) -> Evidence:
    """Compare the live deviation at s0 with that at other variances, and both with the statement."""
    law, combine = str(trial.options["law"]), str(trial.options["combine"])

    def examine(key: Key) -> Iterator[Check]:
        a, b = SHAPES[int(key[0])]
        x, g = _vectors(trial, key, a, b)
        best = trial.formulas.right("compromise", a=a, b=b)
        live = _Gains(law, float(best), x, g)
        for label, variance in _variances(a, b).items():
            other = _Gains(law, float(variance), x, g)
            detail = {"a": a, "b": b, "s0": float(best), "v": float(variance), "x": x.tolist(), "g": g.tolist()}
            for part, vector, index in ((PASSES[0], x, 0), (PASSES[1], g, 1)):
                values = {"a": a, "b": b, "s": variance, "xg"[index]: _fractions(vector)}
                stated = float(trial.formulas.right(part, **values))
                yield Check(part, other.means[index], stated, 2.0 * other.mean_errors[index], "=", detail)
            error = live.deviation_error + other.deviation_error
            here, there = live.deviation(combine), other.deviation(combine)
            yield Check(f"deviation at s0, at {label}", here, there, error, "<=", detail)
            if abs(float(best) - float(variance)) > 8.0 * UNIT * float(best):
                yield Check(f"not the deviation at s0, that at {label}", here, there, error, "!=", detail)
            stated = float(trial.formulas.right("minimiser", a=a, b=b, v=variance))
            yield Check(f"deviation at {label}", there, stated, other.deviation_error, "=", detail)
        stated = float(trial.formulas.right("deviation", a=a, b=b))
        yield Check("deviation at s0", live.deviation(combine), stated, live.deviation_error, "=", {"a": a, "b": b})

    return compare(
        trial,
        str(trial.options["name"]),
        [(index, repeat) for repeat in range(1 if trial.profile == "quick" else 12) for index in range(len(SHAPES))],
        examine,
        holds=f"the larger deviation is least at s0, of {len(_variances(1, 1))} variances at {len(SHAPES)} shapes",
    )


def _square(trial: Trial) -> Evidence:
    """Compare whether both live gains are 1 at s0 with the statement."""

    def examine(key: Key) -> Iterator[Check]:
        a, b = SHAPES[int(key[0])]
        x, g = _vectors(trial, key, a, b)
        live = _Gains("signs", float(trial.formulas.right("compromise", a=a, b=b)), x, g)
        # at unequal fans the gains are |a - b| / (a + b) off, at least 1/9 here
        exact = live.deviation("largest") <= live.deviation_error
        detail = {"a": a, "b": b, "forward gain": live.gains[0], "backward gain": live.gains[1]}
        yield Check(
            "both gains are 1", float(exact), float(bool(trial.formulas.right("exact", a=a, b=b))), 0.0, "=", detail
        )

    return compare(
        trial,
        "exact-if-square",
        [(index, repeat) for repeat in range(1 if trial.profile == "quick" else 12) for index in range(len(SHAPES))],
        examine,
        holds="both gains are 1 at the square shapes and at no other",
    )


def _initialiser(name: str, initialiser: str, *shapes: tuple[int, int]) -> Experiment:
    return Experiment(
        name,
        f"{initialiser} on a live nn.Linear: both gains, forward and through autograd",
        f"torch.nn.init.{initialiser}",
        _gain,
        {"name": name, "initialiser": initialiser, "shapes": shapes},
    )


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "xavier-rule": (
        _initialiser("uniform-gains", "xavier_uniform_", (60, 15), (24, 24)),
        _initialiser("normal-gains", "xavier_normal_", (15, 60)),
        Experiment(
            "least-deviation",
            "all matrices of a law of signs through a live nn.Linear: ten variances, forward and through autograd",
            "torch.nn.Linear.forward",
            _least,
            {"name": "least-deviation", "law": "signs", "combine": "largest"},
        ),
        Experiment(
            "exact-if-square",
            "the same at 2/(fan-in + fan-out): both gains are 1 only if the layer is square",
            "torch.nn.Linear.forward",
            _square,
        ),
    ),
}


def _twin(name: str, change: str, experiment: str = "least-deviation", **options: object) -> Twin:
    return Twin(name, change, experiment, options, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "xavier-rule": (
        _twin("half-of-it", "1/(fan-in + fan-out) in place of 2/(fan-in + fan-out)"),
        _twin("product-of-the-fans", "2/(fan-in fan-out) in place of 2/(fan-in + fan-out)"),
        _twin("arithmetic-mean", "the arithmetic mean of 1/fan-in and 1/fan-out in place of the harmonic one"),
        _twin("geometric-mean", "the geometric mean of 1/fan-in and 1/fan-out: the gains are off by equal factors"),
        _twin("least-squares", "the minimiser of the squared deviations also has the least larger one"),
        _twin("sum-of-deviations", "2/(fan-in + fan-out) has the least sum of the two deviations", combine="sum"),
        _twin("both-preserved", "both passes are preserved at every shape", "exact-if-square"),
        _twin("fans-exchanged", "the forward gain is fan-out times the variance"),
        _twin("fan-in-on-both-passes", "the backward gain is fan-in times the variance as well"),
        _twin("one-number-a-row", "uncorrelated rows dropped: the weights of a row are equal", law="one number a row"),
        _twin(
            "one-number-a-column",
            "uncorrelated columns dropped: the weights of a column are equal",
            law="one number a column",
        ),
        Twin(
            "kaiming-variance",
            "kaiming_normal_ (2/fan-in) has the gains of 2/(fan-in + fan-out)",
            "normal-gains",
            {"initialiser": "kaiming_normal_", "shapes": ((60, 15),)},
        ),
    ),
}
