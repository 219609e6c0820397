"""Deep linear networks: live stacks of nn.Linear layer by layer, and small ones over all their weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .comparison import Check, Key, compare
from .harness import rounding
from .harness.budget import ErrorBudget
from .harness.decision import Sample, decide_mean
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .harness.streams import Stream
from .sign_layers import sign_matrices

# --- live stacks, layer by layer ----------------------------------------------------------------------------------


def _rounding(fan: int, variance: float, q: float) -> float:
    """Bound what float32 does to the mean square of a unit with `fan` inputs of second moment q.

    A unit errs by at most e sum |w_k| |x_k|, e = gamma(fan + 4), of second moment fan^2 s q at most (Minkowski); so by
    Cauchy-Schwarz the mean of (z + error)^2 - z^2 is at most s q (2 e sqrt(fan) fan + e^2 fan^2).
    """
    e = rounding.gamma(fan + 4, "float32")
    return variance * q * (2.0 * e * fan * math.sqrt(fan) + (e * fan) ** 2)


_ROWS = 32  # inputs that meet each draw of the weights


def _redrawn(layer: nn.Linear, deviation: float, inputs: Callable[[], Tensor]) -> Sample:
    """Return the sampler of the mean square over the units of a live layer: weights and inputs are drawn afresh."""

    def sample(stream: Stream, n: int) -> NDArray[np.float64]:
        draws = np.empty(n)
        with torch.no_grad(), stream.torch_default():
            for index in range(n):
                nn.init.normal_(layer.weight, std=deviation)
                draws[index] = float((layer(inputs()).double() ** 2).mean())
        return draws

    return sample


def _decide(trial: Trial, sample: Sample, target: float, tau: float, budget: ErrorBudget, *key: int | str) -> Evidence:
    return decide_mean(
        sample,
        target,
        tau=tau,
        stream=trial.stream.spawn("draws", *key),
        eps=trial.eps,
        budget=budget,
        max_draws=20_000 if trial.profile == "quick" else 500_000,
        check=trial.check_deadline,
        name=str(trial.options["name"]),
    )


def _joined(found: list[Evidence], holds: str) -> Evidence:
    worst = max(found, key=lambda one: abs((one.estimate or 0.0) / (one.target or 1.0) - 1.0))
    return replace(worst, summary=holds, samples=sum(one.samples or 0 for one in found))


def _placed(evidence: Evidence, place: str, **detail: object) -> Evidence:
    witness = {**detail, **(evidence.witness or {})} if evidence.status == "refuted" else None
    return replace(evidence, summary=f"{place}: {evidence.summary}", witness=witness)


def _one_layer(trial: Trial) -> Evidence:
    """Decide the second moment behind one live layer at one variance of the weights and several fan-ins.

    The inputs are all 3/2 or all 1/2: they have a mean and are equal, neither of which matters.
    """
    fans = (4, 32, 96) if trial.profile == "quick" else (1, 4, 32, 96, 512)
    variance, q, units = Fraction(1, 32), Fraction(5, 4), 256
    found = []
    for fan in fans:
        layer = nn.Linear(fan, units, bias=False)

        def inputs(fan: int = fan) -> Tensor:
            return torch.tensor([[1.5], [0.5]]).expand(-1, fan)  # both inputs: the second moment is 5/4

        target = float(trial.formulas.right("one layer", L=1, n=[fan, units], s2=[variance], q=q))
        sample = _redrawn(layer, math.sqrt(variance), inputs)
        tau = _rounding(fan, float(variance), float(q))
        evidence = _decide(trial, sample, target, tau, trial.budget.split(len(fans)), fan)
        if evidence.status != "corroborated":
            return _placed(evidence, f"fan-in {fan}", **{"fan-in": fan, "variance": float(variance)})
        found.append(evidence)
    return _joined(found, f"fan-in times variance at fan-ins {', '.join(map(str, fans))} and one variance")


def _layer_by_layer(trial: Trial) -> Evidence:
    """Decide the gain of every layer of a live stack, given what the layers before it put out.

    The relative variance of the squared norm grows like (1 + 2/n)^L, so the product is never sampled: each layer is
    asked about the live activations of the layer before, in random order (each entry then has their mean square).
    """
    depth = 5 if trial.profile == "quick" else 40
    width, gain = 32, float(str(trial.options["gain"]))
    variance = gain / width
    stack = nn.Sequential(*(nn.Linear(width, width, bias=False) for _ in range(depth)))
    states: list[Tensor] = [torch.from_numpy(trial.stream.spawn("input").generator().standard_normal(width)).float()]
    with torch.no_grad(), trial.stream.spawn("stack").torch_default():
        for layer in stack:
            nn.init.normal_(_linear(layer).weight, std=math.sqrt(variance))
            states.append(layer(states[-1]))
    found = []
    for index, (layer, state) in enumerate(zip(stack, states[:-1], strict=True)):
        q = float((state.double() ** 2).mean())

        def inputs(state: Tensor = state) -> Tensor:
            return state[torch.rand(_ROWS, width).argsort(1)]

        target = float(trial.formulas.right("one layer", L=1, n=[width, width], s2=[1.0 / width], q=q))
        sample = _redrawn(_linear(layer), math.sqrt(variance), inputs)
        tau = _rounding(width, variance, q)
        evidence = _decide(trial, sample, target, tau, trial.budget.split(depth), index)
        if evidence.status != "corroborated":
            return _placed(evidence, f"layer {index}", layer=index, activations=state.tolist())
        found.append(evidence)
    return _joined(found, f"each of {depth} layers multiplies the second moment by fan-in times variance")


def _linear(layer: nn.Module) -> nn.Linear:
    """Return the layer as what it is. Raises TypeError for another one."""
    if not isinstance(layer, nn.Linear):
        raise TypeError(f"layer: found {type(layer).__name__}, expected nn.Linear")
    return layer


# --- small stacks, over all their weights -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Law:
    """Equally probable matrices for a layer of any shape, and the variance of an entry."""

    matrices: Callable[[int, int], Tensor]
    variance: Fraction


def _scaled(scale: float) -> Callable[[int, int], Tensor]:
    return lambda height, width: scale * sign_matrices(height, width)


RARE = torch.tensor([2.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], dtype=torch.float64)
"""One weight of variance 1 and fourth moment 4."""

LAWS: Mapping[str, _Law] = {
    "signs": _Law(_scaled(1.0), Fraction(1)),
    "half signs": _Law(_scaled(0.5), Fraction(1, 4)),
    "twice signs": _Law(_scaled(2.0), Fraction(4)),
    "rare": _Law(lambda height, width: RARE.expand(height, width, -1).permute(2, 0, 1), Fraction(1)),
    "0 or 2": _Law(lambda height, width: sign_matrices(height, width) + 1.0, Fraction(1)),
}

CASES: tuple[tuple[tuple[int, ...], tuple[str, ...]], ...] = (
    ((3, 2), ("signs",)),
    ((2, 3, 1), ("half signs", "signs")),
    ((4, 1, 3), ("half signs", "signs")),
    ((4, 4), ("half signs",)),
    ((2, 2, 2, 1), ("signs", "half signs", "twice signs")),
    ((4, 2, 2, 2), ("half signs", "half signs", "half signs")),
    ((1, 1, 1, 1), ("signs", "signs", "signs")),
    ((4, 1), ("signs",)),
    ((2, 2, 2, 2), ("signs", "signs", "signs")),
)
"""Widths and the law of each layer; entries are multiples of 1/2, so that float64 is exact throughout."""


def _outputs(widths: tuple[int, ...], laws: tuple[str, ...], tied: bool, large_input: bool) -> list[Tensor]:
    """Return the units of each layer, shape (outcomes, n(l)), over all inputs and all weights of the layers before.

    Two inputs, x = (1, 1, ...) and (1, -1, 1, ...): a mean and correlations, second moment 1. Each matrix goes into a
    live nn.Linear.
    """
    first = torch.ones(2, widths[0], dtype=torch.float64)
    first[1, 1::2] = -1.0
    if large_input:
        first[:, 0] *= 2.0
    states = [first]
    chosen: list[Tensor] = []
    for index, law in enumerate(laws):
        fan, units = widths[index], widths[index + 1]
        layer = nn.Linear(fan, units, bias=False, dtype=torch.float64)
        matrices = LAWS[law].matrices(units, fan)
        before, results, used = states[-1], [], []
        for place, matrix in enumerate(matrices):
            rows = before if not chosen or not tied else before[chosen[-1] == place]
            if len(rows) == 0:
                continue
            with torch.no_grad():
                layer.weight.copy_(matrix)
                results.append(layer(rows))
            used.append(torch.full((len(rows),), place))
        states.append(torch.cat(results))
        chosen.append(torch.cat(used))
    return states


def _all_weights(trial: Trial) -> Evidence:
    """Compare the exact second moments of live stacks with the statement; no rounding occurs, so nothing is allowed."""
    option = trial.options
    tied, large = bool(option["tied"]), bool(option["large input"])
    cases = [((1, 1, 1), ("rare", "rare"))] if tied else list(CASES)
    if option["law"]:
        cases = [(widths, (str(option["law"]),) * len(laws)) for widths, laws in cases]

    def examine(key: Key) -> Iterator[Check]:
        widths, laws = cases[int(key[0])]
        depth = len(laws)
        states = _outputs(widths, laws, tied, large)
        variances = [LAWS[law].variance for law in laws]
        gains = [fan * variance for fan, variance in zip(widths, variances, strict=False)]
        values: dict[str, object] = {"L": depth, "n": list(widths), "s2": variances, "q": 1}
        detail: dict[str, object] = {"widths": list(widths), "laws": list(laws)}
        moments = [(state**2).mean(0) for state in states]
        stated = float(trial.formulas.right("second moment", **values))
        if option["every draw"]:
            yield Check("squares of the last layer", states[-1] ** 2, stated, 0.0, "=", detail)
        yield Check("second moments of the last layer", moments[-1], stated, 0.0, "=", detail)
        first = float(trial.formulas.right("one layer", **values))
        yield Check("second moments of the first layer", moments[1], first, 0.0, "=", detail)
        kept = all(float(moment[0]) == 1.0 for moment in moments)
        claim = bool(trial.formulas.right("kept", **values))
        yield Check("the second moment is kept in every layer", float(kept), float(claim), 0.0, "=", detail)
        for bound in (0.25, float(moments[1][0]), float(moments[1][0]) + 0.25):
            reached = bool(trial.formulas.right("wide layer", t=Fraction(bound), **values))
            yield Check(f"{bound} is reached", float(moments[1][0] >= bound), float(reached), 0.0, "=", detail)
        if len(set(gains)) == 1:
            r = gains[0]
            power = float(trial.formulas.right("equal gains", r=r, **values))
            yield Check("second moments at equal gains", moments[-1], power, 0.0, "=", detail)
            lower = float(trial.formulas.left("growth", r=r, **values))
            yield Check("Bernoulli's lower bound", lower, float(moments[-1][0]), 0.0, "<=", detail)
            # 1 + L (1/r - 1) is rational and exact here: r is a power of 2
            rate = float(1 + depth * (1 / r - 1))
            yield Check("Bernoulli's upper bound", float(moments[-1][0]) * rate, 1.0, 0.0, "<=", detail)

    return compare(
        trial,
        "all-weights",
        [(index,) for index in range(len(cases))],
        examine,
        holds=f"exact second moments of {len(CASES)} live stacks over all their weights, of up to three layers",
    )


_ALL: Mapping[str, object] = {"tied": False, "large input": False, "every draw": False, "law": ""}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "fanin-rule": (
        Experiment(
            "one-layer",
            "a live nn.Linear with weights from normal_ at one variance, fan-in varying; inputs with a mean, all equal",
            "torch.nn.init.normal_",
            _one_layer,
            {"name": "one-layer"},
        ),
        Experiment(
            "layer-by-layer",
            "a live stack with variance 1/fan-in: the gain of each layer given the live activations before it",
            "torch.nn.init.normal_",
            _layer_by_layer,
            {"name": "layer-by-layer", "gain": 1.0},
        ),
        Experiment(
            "all-weights",
            "live stacks of up to three layers and unequal widths over all weights of laws of signs, exactly",
            "torch.nn.Linear.forward",
            _all_weights,
            _ALL,
        ),
    ),
}


def _twin(name: str, change: str, experiment: str = "all-weights", **options: object) -> Twin:
    return Twin(name, change, experiment, options, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "fanin-rule": (
        _twin("tied-weights", "independence dropped: both layers have the same weight", tied=True),
        Twin(
            "one-large-input",
            "equal second moments of the inputs dropped: the first is twice as large",
            "all-weights",
            {"large input": True},
            "one-large-input",
        ),
        _twin("weights-with-a-mean", "centred weights dropped: variance 1 about the mean 1", law="0 or 2"),
        _twin("fan-out", "a layer multiplies by fan-out times variance"),
        _twin("one-over-root-n", "the second moment is kept if the variance is 1/sqrt(fan-in)"),
        _twin("additive-depth", "L layers multiply by L times the gain of one"),
        _twin("bernoulli-without-minus-one", "the growth is at least 1 + L r in place of 1 + L (r - 1)"),
        Twin(
            "almost-surely",
            "the square of every draw, not its mean, is the product of the gains",
            "all-weights",
            {"every draw": True},
            "almost-surely",
        ),
        Twin(
            "he-variance",
            "variance 2/fan-in keeps the second moment without an activation",
            "layer-by-layer",
            {"gain": 2.0},
        ),
    ),
}
