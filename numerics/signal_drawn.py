"""Layers that torch.nn.init fills: variances and second moments by Monte Carlo, against the statement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from . import weight_laws
from .harness.decision import decide_mean
from .harness.evidence import Evidence
from .harness.experiment import Trial
from .harness.rounding import gamma
from .harness.streams import Stream

Draw = Callable[[], float]


def normal_moments() -> dict[str, object]:
    """Return values of `a` and `Omega` whose second moment and mean magnitude are those of a standard normal.

    The statement reads the law of a only through E a^2 and E |a|: 1 and c = sqrt(2/pi) for a standard normal (see
    Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, vol. 1, chapter 13). With e = sqrt(1 - c^2) the
    four equally probable numbers c + e, c - e and their negatives have E a^2 = c^2 + e^2 = 1 and E |a| = c.
    """
    c = math.sqrt(2.0 / math.pi)
    e = math.sqrt(1.0 - c * c)
    values = (c + e, c - e, -c - e, -c + e)
    return {"a": lambda w, k: values[w], "Omega": [(w, Fraction(1, 4)) for w in range(4)]}


def decide(
    trial: Trial, make: Callable[[], Draw], target: float, tau: float, detail: Mapping[str, object], share: int = 1
) -> Evidence:
    """Decide by Monte Carlo whether the draws have that mean; `make` gives a sampler of one draw."""

    def sample(stream: Stream, n: int) -> NDArray[np.float64]:
        with torch.no_grad(), stream.torch_default():
            draw = make()
            return np.array([draw() for _ in range(n)])

    evidence = decide_mean(
        sample,
        target,
        tau=tau,
        stream=trial.stream.spawn("draws", share),
        eps=trial.eps,
        budget=trial.budget.split(max(share, 1)),
        max_draws=20_000 if trial.profile == "quick" else 200_000,
        batch=64,
        check=trial.check_deadline,
        name=str(trial.options["name"]),
    )
    return evidence if evidence.witness is None else replace(evidence, witness={**detail, **evidence.witness})


def rounding(n: int, weight: float, signal: float) -> float:
    """Bound what float32 does to E z^2 of z = sum of w_k y_k over n terms, E w_k^2 = weight, E y_k^2 = signal.

    z errs by at most g sum |w_k y_k|, g = gamma(n + 4) (an inner product, and the rounding of the weight's scale and of
    the signal); E (sum |w_k y_k|)^2 <= n^2 weight signal by Cauchy-Schwarz, so E z^2 moves by (2 g + g^2) times that.
    """
    g = gamma(n + 4, "float32")
    return (2.0 * g + g * g) * n * n * weight * signal


def _fill(trial: Trial, weight: Tensor) -> None:
    weight_laws.LAWS[str(trial.options["law"])](weight)


INPUTS: Mapping[str, tuple[Callable[[int, int], Tensor], Fraction]] = {
    "normal": (lambda batch, n: torch.randn(batch, n), Fraction(1)),
    "identical": (lambda batch, n: torch.randn(batch, 1).expand(batch, n), Fraction(1)),
    "uniform": (lambda batch, n: torch.rand(batch, n), Fraction(1, 3)),
}
"""Inputs of a batch, and E x^2; those of "uniform" have mean 1/2, those of "identical" are one number n times."""


def fanin(trial: Trial) -> Evidence:
    """Decide whether fresh units have the variance n s2 v2 of the statement; the mean of a unit is 0 by its weights.

    A draw is the mean of z^2 over the units of a fresh layer and a fresh batch of inputs.
    """
    n, m, batch = 32, 400, 48
    kind, law = str(trial.options["inputs"]), str(trial.options["law"])
    make_inputs, v2 = INPUTS[kind]
    s2 = weight_laws.second_moment(law, m, n)
    target = float(trial.formulas.right("equal inputs", n=n, s2=s2, v2=v2))

    def make() -> Draw:
        layer = nn.Linear(n, m, bias=False)

        def draw() -> float:
            _fill(trial, layer.weight)
            return float(layer(make_inputs(batch, n)).square().mean(dtype=torch.float64))

        return draw

    tau = rounding(n, float(s2), float(v2)) + 2.0 * gamma(2, "float32") * target
    return decide(trial, make, target, tau, {"n": n, "m": m, "law": law, "inputs": kind, "s2": s2, "v2": v2})


def gaussian(trial: Trial) -> Evidence:
    """Decide the variance that nn.ReLU leaves of a standard normal: 1/2 - 1/(2 pi), about .3408.

    A draw is the unbiased variance of 2,048 outputs in float64, rounded at most 2,056 times, as gamma accounts for.
    """
    size = 2048
    moments = normal_moments()
    target = float(trial.formulas.right("variance", **moments, n=1, k=0))
    relu = nn.ReLU()

    def make() -> Draw:
        return lambda: float(relu(torch.randn(size, dtype=torch.float64)).var())

    return decide(trial, make, target, 2.0 * gamma(size + 8, "float64"), {"size": size})


def next_layer(trial: Trial) -> Evidence:
    """Decide the second moment of the layer behind nn.ReLU, whose inputs are rectified standard normals.

    With "matched" the weights are drawn at the variance that makes n s2 Var relu(a) = E a^2 (2.934/n): the statement's
    own "variance" says which.
    """
    n, m, batch = 32, 400, 160
    law = str(trial.options["law"])
    moments = normal_moments()
    if law == "matched":
        s2 = 1.0 / (n * float(trial.formulas.right("variance", **moments, n=n, k=0)))
    else:
        s2 = float(weight_laws.second_moment(law, m, n))
    target = float(trial.formulas.right("next layer", **moments, n=n, s2=s2))
    relu = nn.ReLU()

    def make() -> Draw:
        layer = nn.Linear(n, m, bias=False)

        def draw() -> float:
            if law == "matched":
                nn.init.normal_(layer.weight, std=math.sqrt(s2))
            else:
                _fill(trial, layer.weight)
            return float(layer(relu(torch.randn(batch, n))).square().mean(dtype=torch.float64))

        return draw

    tau = rounding(n, s2, 0.5) + 2.0 * gamma(2, "float32") * target
    return decide(trial, make, target, tau, {"n": n, "m": m, "law": law, "s2": s2})
