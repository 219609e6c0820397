"""The parameters that nn.Linear draws by default: their moments, their law, and other laws in its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .harness.budget import ErrorBudget
from .harness.decision import Sample, decide_mean
from .harness.evidence import Evidence
from .harness.experiment import Trial
from .harness.streams import Stream

GRID = 2.0**-23
"""Relative error of a parameter: torch draws on a grid of 2^-24 of the interval, and rounds once."""


def decide(
    trial: Trial,
    sample: Sample,
    target: float,
    tau: float,
    budget: ErrorBudget,
    *key: int | str,
    scale: float | None = None,
) -> Evidence:
    """Decide a mean within the trial's limits; `key` tells this decision's draws from the others of the trial."""
    return decide_mean(
        sample,
        target,
        tau=tau,
        stream=trial.stream.spawn("draws", *key),
        eps=trial.eps,
        budget=budget,
        max_draws=40_000 if trial.profile == "quick" else 1_000_000,
        scale=scale,
        check=trial.check_deadline,
        name=str(trial.options["name"]),
    )


def joined(found: list[Evidence], holds: str) -> Evidence:
    """Return the evidence that is furthest from its target, for all of them."""
    worst = max(found, key=lambda one: abs((one.estimate or 0.0) - (one.target or 0.0)) / (one.target or 1.0))
    return replace(worst, summary=holds, samples=sum(one.samples or 0 for one in found))


def placed(evidence: Evidence, place: str, **detail: object) -> Evidence:
    """Return the evidence with the place where it was found, which a witness names in detail."""
    witness = {**detail, **(evidence.witness or {})} if evidence.status == "refuted" else None
    return replace(evidence, summary=f"{place}: {evidence.summary}", witness=witness)


# --- laws of the parameters -------------------------------------------------------------------------------------------

Law = Callable[[nn.Linear, int, int], None]
"""Puts other parameters in place of those that a layer of that fan-in and that many units has drawn."""


def _he_weights(layer: nn.Linear, fan: int, units: int) -> None:
    nn.init.normal_(layer.weight, std=math.sqrt(2.0 / fan))


def _uniform_biases(variance: Callable[[int, int], float]) -> Law:
    def fill(layer: nn.Linear, fan: int, units: int) -> None:
        bound = math.sqrt(3.0 * variance(fan, units))
        nn.init.uniform_(layer.bias, -bound, bound)

    return fill


def _one_weight_per_row(layer: nn.Linear, fan: int, units: int) -> None:
    layer.weight.copy_(layer.weight[:, :1].expand_as(layer.weight))


def _interval_of_that_length(layer: nn.Linear, fan: int, units: int) -> None:
    for parameter in layer.parameters():
        parameter.div_(2.0)


def _signs(layer: nn.Linear, fan: int, units: int) -> None:
    for parameter in layer.parameters():
        parameter.copy_(parameter.sign() / math.sqrt(fan))


def _normal(layer: nn.Linear, fan: int, units: int) -> None:
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=1.0 / math.sqrt(3.0 * fan))


def _bias_is_a_weight(layer: nn.Linear, fan: int, units: int) -> None:
    layer.bias.copy_(layer.weight[:, 0])


def _constant_biases(layer: nn.Linear, fan: int, units: int) -> None:
    nn.init.constant_(layer.bias, 1.0 / math.sqrt(3.0 * fan))


LAWS: Final[Mapping[str, Law]] = {
    "default": lambda layer, fan, units: None,
    "he weights": _he_weights,
    "one weight per row": _one_weight_per_row,
    "interval of that length": _interval_of_that_length,
    "signs": _signs,
    "normal": _normal,
    "bias variance 1/n": _uniform_biases(lambda fan, units: 1.0 / fan),
    "bias fan-out": _uniform_biases(lambda fan, units: 1.0 / (3.0 * units)),
    "bias is a weight": _bias_is_a_weight,
    "constant biases": _constant_biases,
}


# --- the parameters -----------------------------------------------------------------------------------------------

_MEANS: Mapping[str, tuple[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "weights": ("square of a parameter", lambda weight, bias: (weight**2).mean()),
    "biases": ("square of a parameter", lambda weight, bias: (bias**2).mean()),
    "mean of a weight": ("mean of a parameter", lambda weight, bias: weight.mean()),
    "mean of a bias": ("mean of a parameter", lambda weight, bias: bias.mean()),
    "two weights of a row": ("two parameters", lambda weight, bias: (weight[:, 0] * weight[:, 1]).mean()),
    "a weight and its bias": ("two parameters", lambda weight, bias: (weight[:, 0] * bias).mean()),
}
"""What the uniform law gives the parameters, with the formula that says so: second moments, and means that are 0."""


def _reading(layer: nn.Linear, read: Callable[[Tensor, Tensor], Tensor | float], law: Law | None = None) -> Sample:
    """Return the sampler of a number read off the parameters that the live layer draws, or that the law then gives."""

    def sample(stream: Stream, n: int) -> NDArray[np.float64]:
        draws = np.empty(n)
        with torch.no_grad(), stream.torch_default():
            for index in range(n):
                layer.reset_parameters()
                if law is not None:
                    law(layer, layer.in_features, layer.out_features)
                draws[index] = float(read(layer.weight.double(), layer.bias.double()))
        return draws

    return sample


def parameters(trial: Trial) -> Evidence:
    """Decide the moments of live nn.Linear parameters that the theorem rests on; no one may exceed 1/sqrt(fan-in)."""
    fans = (5,) if trial.profile == "quick" else (2, 5, 31, 256)
    share = trial.budget.split(len(fans) * len(_MEANS))
    found = []
    for fan in fans:
        layer = nn.Linear(fan, 96)
        bound = 1.0 / math.sqrt(fan)
        for quantity, (formula, read) in _MEANS.items():
            target = float(trial.formulas.right(formula, r=bound))
            size = bound if formula == "mean of a parameter" else bound**2
            scale = None if target else size
            sample = _reading(layer, read)
            evidence = decide(trial, sample, target, 4.0 * GRID * size, share, fan, quantity, scale=scale)
            if evidence.status != "corroborated":
                return placed(evidence, f"{quantity}, fan-in {fan}", **{"fan-in": fan, "quantity": quantity})
            found.append(evidence)
        largest = max(float(layer.weight.detach().abs().max()), float(layer.bias.detach().abs().max()))
        if largest > bound * (1.0 + GRID):
            witness = {"fan-in": fan, "largest parameter": largest, "bound": bound}
            told = "a parameter exceeds 1/sqrt(fan-in)"
            return Evidence(str(trial.options["name"]), "refuted", told, witness=witness)
    return joined(found, f"weights and biases have the moments of the uniform law at fan-in {_listed(fans)}")


_EDGES = np.linspace(-1.0, 1.0, 17)  # of bins, in units of r
_THRESHOLDS = (-0.5, 0.625)  # of phi(t) = [t < c], in units of r


def _gaps(trial: Trial, c: float) -> NDArray[np.float64]:
    """Return left minus right of "halves" for each bin, the law being one number of that bin.

    Also of a number below -r and one above r. It is the same all over a bin: t < c, shrunk and moved, is t < 2c - r or
    t < 2c + r, and these are edges of bins where t is drawn.
    """
    middles = [-2.0, *((_EDGES[1:] + _EDGES[:-1]) / 2.0).tolist(), 2.0]
    given = [{"Omega": [(t, 1)], "X": lambda w: w, "r": 1, "phi": lambda t: int(t < c)} for t in middles]
    sides = trial.formulas.left, trial.formulas.right
    return np.array([float(sides[0]("halves", **one) - sides[1]("halves", **one)) for one in given])


def halves(trial: Trial) -> Evidence:
    """Decide whether the law that a live layer draws is the even mixture of its halves, read by phi(t) = [t < c].

    The mean of left minus right over the parameters is that over the bins they fall into. The fan-ins are powers of 4,
    so that r is exact.
    """
    law = LAWS[str(trial.options["law"])]
    fans = (4,) if trial.profile == "quick" else (4, 16, 64)
    share = trial.budget.split(len(fans) * len(_THRESHOLDS))
    found = []
    for fan in fans:
        layer = nn.Linear(fan, 256)
        for c in _THRESHOLDS:
            gaps = _gaps(trial, c)

            def read(weight: Tensor, bias: Tensor, fan: int = fan, gaps: NDArray[np.float64] = gaps) -> float:
                drawn = torch.cat([weight.flatten(), bias]).numpy() * math.sqrt(fan)
                return float(gaps[np.searchsorted(_EDGES, drawn, side="right")].mean())

            evidence = decide(trial, _reading(layer, read, law), 0.0, GRID, share, fan, repr(c), scale=0.25)
            if evidence.status != "corroborated":
                return placed(evidence, f"fan-in {fan}, phi(t) = [t < {c} r]", **{"fan-in": fan, "threshold": c})
            found.append(evidence)
    return joined(found, f"the law of a parameter is the even mixture of its halves at fan-in {_listed(fans)}")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
