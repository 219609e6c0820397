"""Activations: networks of tanh and of sigmoid converted into each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from ..models import mlp
from .comparison import Check, Key, compare, gamma
from .definitions import defined
from .forward_error import SMOOTH, Array, affine_error, run
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin

DIRECTIONS = {
    # from, to, then the names of the weights and biases, hidden and output, on either side
    "sigmoid to tanh": ("sigmoid", "tanh", ("A", "b", "Ao", "bo"), ("C", "D", "Co", "Do")),
    "tanh to sigmoid": ("tanh", "sigmoid", ("C", "D", "Co", "Do"), ("A", "b", "Ao", "bo")),
}


def _parameters(net: mlp.MLP) -> tuple[list[Array], list[Array]]:
    """Return the weights and biases of a live network, layer by layer."""
    layers = [net.linear(index) for index in range(net.depth)]
    weights = [cast("Array", layer.weight.detach().numpy().copy()) for layer in layers]
    return weights, [cast("Array", layer.bias.detach().numpy().copy()) for layer in layers]


def _convert(trial: Trial, part: str, net: mlp.MLP) -> mlp.MLP:
    """Build the live network whose parameters the statement defines from those of `net`."""
    _, target, (weight, bias, weight_out, bias_out), names = DIRECTIONS[part]
    weights, biases = _parameters(net)
    hidden = net.depth - 1
    values: dict[str, object] = {
        "K": hidden,
        "n": np.array(net.widths),
        weight: lambda la, j, k: float(weights[la][j, k]),
        bias: lambda la, j: float(biases[la][j]),
        weight_out: weights[-1],
        bias_out: biases[-1],
    }
    C, D, Co, Do = (defined(trial.formulas, part, name, **values) for name in names)
    converted = mlp.MLP(net.widths, target)
    for la in range(net.depth):
        rows, columns = range(net.widths[la + 1]), range(net.widths[la])
        if la < hidden:
            table = [[float(C(la, j, k)) for k in columns] for j in rows]
            shift = [float(D(la, j)) for j in rows]
        else:
            table = [[float(Co(j, k)) for k in columns] for j in rows]
            shift = [float(Do(j)) for j in rows]
        mlp.set_layer(
            converted.linear(la),
            torch.tensor(table, dtype=torch.float64),
            torch.tensor(shift, dtype=torch.float64),
        )
    return converted


def _output_error(net: mlp.MLP, activation: str, x: Array, bias_errors: list[Array] | None) -> Array:
    """Bound the rounding error of the live network's output at x."""
    weights, biases = _parameters(net)
    hidden_errors = None if bias_errors is None else bias_errors[:-1]
    forward = run(weights[:-1], biases[:-1], x, SMOOTH[activation], skip=False, bias_errors=hidden_errors)
    error = affine_error(weights[-1], forward.states[-1], forward.state_errors[-1], biases[-1])
    return error if bias_errors is None else error + bias_errors[-1]


def _tolerance(net: mlp.MLP, converted: mlp.MLP, part: str, points: Array) -> Array:
    """Bound the difference of two live networks that are equal in exact arithmetic, at points (N, n_0).

    Weights are converted by powers of two, exactly; every bias is a sum of at most width + 1 terms with coefficients of
    at most 2, whose rounding the converted network carries through its layers.
    """
    source, target, _, _ = DIRECTIONS[part]
    weights, biases = _parameters(net)
    shifts = [
        gamma(weight.shape[1] + 3) * 2.0 * (np.abs(bias) + np.abs(weight).sum(axis=1))
        for weight, bias in zip(weights, biases, strict=True)
    ]
    if source == "tanh":  # the back conversion sums 2 C, up to 4 times the sigmoid network's own share
        shifts = [2.0 * shift for shift in shifts]
    return np.array([_output_error(net, source, x, None) + _output_error(converted, target, x, shifts) for x in points])


def _train(net: mlp.MLP, x: Tensor, y: Tensor, steps: int, rate: float) -> None:
    """Take plain gradient steps on the mean squared error."""
    parameters = list(net.parameters())
    for _ in range(steps):
        gradients = torch.autograd.grad(nn.functional.mse_loss(net(x), y), parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(gradient, alpha=rate)


def _conversion(trial: Trial) -> Evidence:
    """Convert live networks of random depth and width, and compare their outputs."""
    part = str(trial.options["part"])
    depths = cast("tuple[int, ...]", trial.options["depths"])
    steps = int(cast("int", trial.options["training_steps"]))
    repeats, count = (3, 12) if trial.profile == "quick" else (40, 64)

    def examine(key: Key) -> Iterator[Check]:
        hidden = int(key[0])
        draw = trial.stream.spawn(*key, "shape").generator()
        widths = [int(width) for width in draw.integers(1, 6, hidden + 2)]
        net = mlp.MLP(widths, DIRECTIONS[part][0])
        net.normal_(1.0, trial.stream.spawn(*key, "parameters").torch())
        # magnitudes from the linear to the saturated regime
        points = draw.standard_normal((count, widths[0])) * 10.0 ** draw.uniform(-2.0, 2.0, (count, 1))
        weights, biases = _parameters(net)
        converted = _convert(trial, part, net)
        detail = {
            "widths": widths,
            "weights": [weight.tolist() for weight in weights],
            "biases": [bias.tolist() for bias in biases],
        }
        x = torch.from_numpy(points)
        if steps:
            y = torch.from_numpy(draw.standard_normal((count, widths[-1])))
            for each in (net, converted):
                _train(each, x, y, steps, 0.1)
        with torch.no_grad():
            outputs, others = net(x).numpy(), converted(x).numpy()
        label = f"{part}: outputs of the two networks"
        bound = _tolerance(net, converted, part, points)
        inputs = {f"x{axis}": np.broadcast_to(points[:, axis, None], outputs.shape) for axis in range(widths[0])}
        yield Check(label, others, outputs, bound, "=", detail, inputs)

    return compare(
        trial,
        part.replace(" ", "-"),
        [(hidden, repeat) for repeat in range(repeats) for hidden in depths],
        examine,
        holds=f"{part}: live networks of 1 to {max(depths)} hidden layers keep their outputs",
    )


_CONVERSION: Mapping[str, object] = {"depths": (1, 2, 3, 4, 6), "training_steps": 0}


def _twin(name: str, part: str, change: str, options: Mapping[str, object] | None = None) -> Twin:
    """Return a twin of one direction whose conversion formulas are changed."""
    return Twin(name, change, part.replace(" ", "-"), options or {}, name)


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "tanh-sigmoid": (
        Experiment(
            "sigmoid-to-tanh",
            "live sigmoid networks of random depth and width, converted to tanh",
            "torch.nn.Tanh.forward",
            _conversion,
            {**_CONVERSION, "part": "sigmoid to tanh"},
        ),
        Experiment(
            "tanh-to-sigmoid",
            "live tanh networks of random depth and width, converted to sigmoid",
            "torch.nn.Sigmoid.forward",
            _conversion,
            {**_CONVERSION, "part": "tanh to sigmoid"},
        ),
    ),
}

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "tanh-sigmoid": (
        _twin(
            "hidden-half",
            "sigmoid to tanh",
            "hidden weights A/2 in place of A/4 (the factor 1/2 of the layer before forgotten)",
        ),
        _twin("no-hidden-shift", "sigmoid to tanh", "hidden biases b/2 without the shift sum_k A(j,k)/4"),
        _twin("no-output-shift", "sigmoid to tanh", "output biases b without the shift sum_k A(j,k)/2"),
        _twin(
            "no-hidden-layer",
            "sigmoid to tanh",
            "the output formulas without any hidden layer: A/2 and b + sum_k A(j,k)/2 on the inputs",
            {"depths": (0,)},
        ),
        _twin("back-without-shift", "tanh to sigmoid", "hidden biases 2 d without the shift -2 sum_k C(j,k)"),
        _twin("back-doubles-everywhere", "tanh to sigmoid", "hidden weights 2 C in place of 4 C"),
        Twin(
            "same-training",
            "the two networks stay equal under five gradient steps on the same data",
            "sigmoid-to-tanh",
            {"training_steps": 5},
        ),
    ),
}
