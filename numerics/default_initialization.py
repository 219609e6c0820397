"""nn.Linear's default initialisation: the law of its parameters, and the variance behind live stacks of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .harness import rounding
from .harness.decision import Sample
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .harness.streams import Stream
from .uniform_parameters import LAWS, Law, decide, halves, joined, parameters, placed

# --- layer by layer -----------------------------------------------------------------------------------------------

_ROWS = 32  # inputs that meet each draw of the parameters


def _tau(widths: Sequence[int], moment: float) -> float:
    """Bound what float32 does to the mean square of a unit of that second moment behind layers of these fan-ins.

    Root mean squares, by Minkowski: a unit errs by gamma(n + 6) (sum |w_k| |x_k| + |b|) = gamma (n + 1) / sqrt(3 n) at
    most, since no second moment exceeds 1; an error r of what the layer gets, independent of its weights, becomes
    n r / sqrt(3 n). With r in the end, the mean of (z + error)^2 - z^2 is at most 2 r sqrt(moment) + r^2.
    """
    error = 0.0
    for n in widths:
        error = (rounding.gamma(n + 6, "float32") * (n + 1.0) + n * error) / math.sqrt(3.0 * n)
    return 2.0 * error * math.sqrt(moment) + error * error


def _layer_by_layer(trial: Trial) -> Evidence:
    """Decide the second moment behind each layer of a live stack, given what the layers before it put out.

    Each layer gets the live activations of the layer before, scaled to mean square 1 and in random order, so that every
    input has the second moment 1.
    """
    widths = (24, 40, 16, 32)
    with trial.stream.spawn("stack").torch_default():
        layers = [nn.Linear(fan, units) for fan, units in pairwise(widths)]
    state = torch.from_numpy(trial.stream.spawn("input").generator().standard_normal(widths[0])).float()
    found = []
    for index, layer in enumerate(layers):
        unit = state / (state**2).mean().sqrt()
        with torch.no_grad():
            state = layer(state)

        def sample(stream: Stream, n: int, layer: nn.Linear = layer, unit: Tensor = unit) -> NDArray[np.float64]:
            draws = np.empty(n)
            with torch.no_grad(), stream.torch_default():
                for place in range(n):
                    layer.reset_parameters()
                    inputs = unit[torch.rand(_ROWS, len(unit)).argsort(1)]
                    draws[place] = float((layer(inputs).double() ** 2).mean())
            return draws

        fan = widths[index]
        target = float(trial.formulas.right("second moment", L=1, n=[fan, widths[index + 1]]))
        evidence = decide(trial, sample, target, _tau([fan], target), trial.budget.split(len(layers)), index)
        if evidence.status != "corroborated":
            return placed(evidence, f"layer {index}", layer=index, activations=unit.tolist())
        found.append(evidence)
    return joined(found, "each layer of a live stack turns the second moment 1 into (1 + 1/fan-in)/3")


# --- whole networks -----------------------------------------------------------------------------------------------

_NETS = 256  # networks side by side

def _networks(widths: tuple[int, ...], law: Law, inputs: Tensor, tied: bool, squared: bool) -> Sample:
    """Return the sampler of the mean over many independent networks of the outputs, squared or not.

    The law of nn.Linear(n, m) depends on n alone, so one nn.Linear(n, 256 m) holds a layer of 256 networks.
    """
    layers = [nn.Linear(fan, _NETS * units) for fan, units in pairwise(widths)]

    def sample(stream: Stream, n: int) -> NDArray[np.float64]:
        draws = np.empty(n)
        with torch.no_grad(), stream.torch_default():
            for index in range(n):
                state = inputs.expand(_NETS, -1)
                for place, layer in enumerate(layers):
                    source = layers[0] if tied else layer
                    if source is layer:
                        layer.reset_parameters()
                        law(layer, widths[place], widths[place + 1])
                    weight = source.weight.view(_NETS, widths[place + 1], widths[place])
                    bias = source.bias.view(_NETS, widths[place + 1], 1)
                    state = torch.baddbmm(bias, weight, state[:, :, None])[:, :, 0]
                result = state.double()
                draws[index] = float((result**2).mean() if squared else result.mean())
        return draws

    return sample


def _whole(trial: Trial) -> Evidence:
    """Decide mean and variance behind whole networks of unequal widths, the input all ones."""
    option = trial.options
    cases = cast("tuple[tuple[int, ...], ...]", option["widths"])
    if trial.profile == "full" and cases == _WIDTHS:
        cases += ((10, 1), (5, 5, 5, 5), (2, 1, 7, 3, 6))
    part, law, tied = str(option["part"]), LAWS[str(option["law"])], bool(option["tied"])
    share = trial.budget.split(2 * len(cases))
    found = []
    for widths in cases:
        depth = len(widths) - 1
        inputs = torch.ones(widths[0])
        inputs[0] = float(cast("float", option["first input"]))
        detail = {"widths": list(widths), "input": inputs.tolist()}
        values = {"L": depth, "m": widths[0], "n": list(widths)}
        target = float(trial.formulas.right(part, **values))
        tau = _tau(widths[:-1], 1.0)
        if option["mean"]:
            mean = float(trial.formulas.right("mean", **values))
            sample = _networks(widths, law, inputs, tied, squared=False)
            evidence = decide(trial, sample, mean, tau, share, "mean", *widths, scale=math.sqrt(target))
            if evidence.status != "corroborated":
                return placed(evidence, f"mean, widths {widths}", **detail)
        sample = _networks(widths, law, inputs, tied, squared=True)
        evidence = decide(trial, sample, target, tau, share, "square", *widths)
        if evidence.status != "corroborated":
            return placed(evidence, f"second moment, widths {widths}", **detail)
        found.append(evidence)
    return joined(found, f"means 0 and the variances of the theorem at {len(cases)} lists of widths")


_WIDTHS: tuple[tuple[int, ...], ...] = ((4, 8, 3, 2), (2, 1, 7, 3))
_EQUAL: tuple[tuple[int, ...], ...] = ((3, 3, 3),)

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "default-init-variance": (
        Experiment(
            "parameters",
            "weights and biases of a live nn.Linear: variances 1/(3 fan-in), means and covariances 0, the bound",
            "torch.nn.Linear.reset_parameters",
            parameters,
            {"name": "parameters"},
        ),
        Experiment(
            "halves",
            "the law of the parameters that a live nn.Linear draws against the even mixture of its halves",
            "torch.nn.Linear.reset_parameters",
            halves,
            {"name": "halves", "law": "default"},
        ),
        Experiment(
            "layer-by-layer",
            "a live stack of nn.Linear of unequal widths: each layer given the live activations before it",
            "torch.nn.Linear.forward",
            _layer_by_layer,
            {"name": "layer-by-layer"},
        ),
        Experiment(
            "whole-stack",
            "whole networks of unequal widths with the parameters that nn.Linear draws: mean and variance",
            "torch.nn.Linear.reset_parameters",
            _whole,
            {
                "name": "whole-stack",
                "part": "second moment",
                "law": "default",
                "tied": False,
                "first input": 1.0,
                "mean": True,
                "widths": _WIDTHS,
            },
        ),
    ),
}


def _twin(name: str, change: str, **options: object) -> Twin:
    return Twin(name, change, "whole-stack", {"mean": False, **options}, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "default-init-variance": (
        _twin("tied-layers", "independence dropped: all layers share their parameters", tied=True, widths=_EQUAL),
        Twin(
            "one-large-input",
            "second moments 1 of the inputs dropped: the first is twice as large",
            "whole-stack",
            {"mean": False, "first input": 2.0},
            "one-large-input",
        ),
        _twin("constant-biases", "centred biases dropped: all are 1/sqrt(3 fan-in)", law="constant biases", mean=True),
        _twin("he-weights", "weights of variance 2/fan-in in place of 1/(3 fan-in)", law="he weights"),
        _twin(
            "interval-of-that-length", "the interval has the length 1/sqrt(fan-in)", law="interval of that length"
        ),
        _twin("one-weight-per-row", "all weights of a row are its first", law="one weight per row"),
        Twin(
            "sign-of-the-weight",
            "the sign that chooses the half is that of the weight, which is then 1/sqrt(fan-in) or its negative",
            "halves",
            {"law": "signs"},
            "sign-of-the-weight",
        ),
        Twin(
            "normal-weights", "normal weights and biases of the same variance", "halves", {"law": "normal"}, None
        ),
        _twin("bias-variance-one-over-n", "biases of variance 1/fan-in", law="bias variance 1/n"),
        _twin("bias-fan-out", "biases of variance 1/(3 fan-out)", law="bias fan-out"),
        _twin("bias-is-a-weight", "the bias of a unit is its first weight", law="bias is a weight"),
        _twin("widths-after", "the widths behind the layers in place of those before them"),
        _twin("no-biases", "3^-L: the biases forgotten", part="closed form"),
        _twin(
            "a-third-in-the-limit",
            "3^-L + (1 - 3^-L)/(3 n) at equal widths n",
            part="equal widths",
            widths=_EQUAL,
        ),
    ),
}
