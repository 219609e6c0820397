"""Training with a dead unit: live models under real optimisers, compared to the last bit at every step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from ..models import mlp
from .comparison import Check, Key, Relation, compare
from .forward_error import Array
from .harness.evidence import Evidence
from .harness.experiment import Trial

UNIT = 1
"""Index of the unit that starts dead."""

Optimizer = torch.optim.Optimizer
Parameters = Iterable[nn.Parameter]


def _momentum_with_decay(model: mlp.MLP) -> Optimizer:
    """Momentum .9 with eta wd = .02 > (1 - sqrt .9)^2 = .0026: the decayed weights oscillate through 0."""
    return torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1.0)


def _buffer(model: mlp.MLP) -> Optimizer:
    """Momentum from a buffer that is not zero."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for parameter in model.parameters():
        optimizer.state[parameter]["momentum_buffer"] = torch.full_like(parameter, -2.0)
    return optimizer


def _decay_on_weights(model: mlp.MLP) -> Optimizer:
    """SGD with weight decay on the weights and none on the biases."""
    weights = [model.linear(index).weight for index in range(model.depth)]
    others = [model.linear(index).bias for index in range(model.depth)]
    groups: list[dict[str, Any]] = [
        {"params": weights, "weight_decay": 0.5},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=0.05)


OPTIMIZERS: Mapping[str, Callable[[mlp.MLP], Optimizer]] = {
    "sgd": lambda model: torch.optim.SGD(model.parameters(), lr=0.05),
    "momentum": lambda model: torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9),
    "nesterov": lambda model: torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True),
    "adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.01),
    "rmsprop": lambda model: torch.optim.RMSprop(model.parameters(), lr=0.01),
    "adagrad": lambda model: torch.optim.Adagrad(model.parameters(), lr=0.05),
    "adamw": lambda model: torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1),
    "decay": lambda model: torch.optim.SGD(model.parameters(), lr=0.05, weight_decay=0.1),
    "overshooting decay": lambda model: torch.optim.SGD(model.parameters(), lr=0.05, weight_decay=30.0),
    "momentum with decay": _momentum_with_decay,
    "momentum buffer": _buffer,
    "decay on weights": _decay_on_weights,
    "adam with l2": lambda model: torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=0.1),
}

LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squared": nn.functional.mse_loss,
    "huber": nn.functional.huber_loss,
    "logistic": lambda f, y: nn.functional.softplus(-f * y.sign()).mean(),
    "log-cosh": lambda f, y: (f - y + nn.functional.softplus(-2.0 * (f - y)) - math.log(2.0)).mean(),
}


class _RightSlope(torch.autograd.Function):
    """max(z, 0) with the other one-sided derivative at the kink, 1 where PyTorch takes 0."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        ctx.save_for_backward(z)
        return z.clamp(min=0.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (z,) = ctx.saved_tensors
        return cast("Tensor", grads[0] * (z >= 0.0))


class RightReLU(nn.Module):
    """ReLU whose derivative at 0 is taken from the right."""

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        return cast("Tensor", _RightSlope.apply(z))  # type: ignore[no-untyped-call]  # torch ships it without types


@dataclass(frozen=True)
class History:
    """What training did to a one-hidden-layer network, step by step.

    a, b, u: (steps + 1, units), input weights, biases and output weights; X: (N,) the inputs seen first;
    before: (steps + 1, N) pre-activations of the unit on the inputs of that step.
    """

    a: Array
    b: Array
    u: Array
    X: Array
    before: Array


def _start(start: str, draw: np.random.Generator) -> tuple[float, float, Array]:
    """Return (a, b, X) of the dead unit and its inputs.

    "dead": negative on every input; "boundary": 0 on one of them; "batch": positive on one that the first batch leaves
    out (the last); "positive bias": dead with b > 0, on positive inputs.
    """
    X = draw.uniform(-2.0, 2.0, 16)
    if start == "dead":
        a = float(draw.choice([-1.0, 1.0]) * draw.uniform(0.2, 1.0))
        return a, float(-2.0 * abs(a) - draw.uniform(0.05, 0.5)), X
    if start == "boundary":
        X[0] = 2.0
        return 0.5, -1.0, X
    if start == "batch":
        X[:-1] = draw.uniform(-2.0, 1.0, 15)
        X[-1] = 2.0
        return 1.0, -1.25, X
    if start == "positive bias":
        return -3.0, 0.5, draw.uniform(0.5, 2.0, 16)
    if start == "heavy weight":  # |a| > |b|
        return -1.0, -0.25, draw.uniform(0.5, 2.0, 16)
    raise ValueError(f"start: found {start!r}, expected dead, boundary, batch, positive bias or heavy weight")


def train(trial: Trial, key: Key, optimizer: str, loss: str, steps: int) -> History:
    """Train a live network 1-5-1 in minibatches, with unit `UNIT` placed by the option "start"."""
    option = trial.options
    draw = trial.stream.spawn(*key, "data").generator()
    a, b, X = _start(str(option["start"]), draw)
    activation: str | nn.Module = {"right relu": RightReLU()}.get(str(option["activation"]), str(option["activation"]))
    model = mlp.MLP((1, 5, 1), activation).normal_(0.7, trial.stream.spawn(*key, "parameters").torch())
    first, last = model.linear(0), model.linear(1)
    with torch.no_grad():
        first.weight[UNIT, 0] = a
        first.bias[UNIT] = b
        last.weight[0, UNIT] = 0.8
        first.weight[0, 0], first.bias[0], last.weight[0, 0] = 0.5, 2.0, 0.5  # one unit is alive on every input
        last.bias.zero_()
    last.bias.requires_grad_(False)  # the statement's network has no output bias
    x = torch.from_numpy(X)[:, None]
    y = torch.from_numpy(np.sin(2.0 * X) + 0.3 * draw.standard_normal(16))[:, None]
    stepper, criterion = OPTIMIZERS[optimizer](model), LOSSES[loss]
    noisy = option["data"] == "noisy"
    records: tuple[list[Array], ...] = ([], [], [], [])
    for step in range(steps + 1):
        inputs = x + torch.from_numpy(0.5 * draw.standard_normal(x.shape)) if noisy and step else x
        record = (first.weight[:, 0], first.bias, last.weight[0], first(inputs)[:, UNIT])
        for column, entry in zip(records, record, strict=True):
            column.append(entry.detach().numpy().copy())
        if step == steps:
            break
        if step == 0 and option["start"] == "batch":
            batch = np.arange(8)
        else:
            batch = draw.permutation(16)[:8] if option["start"] != "boundary" else np.arange(8)
        stepper.zero_grad()
        torch.autograd.backward(criterion(model(inputs[batch]), y[batch]))
        stepper.step()
    a_path, b_path, u_path, before = (np.array(column) for column in records)
    return History(a_path, b_path, u_path, X, before)


def _conclusions(trial: Trial, history: History, detail: Mapping[str, object]) -> Iterator[Check]:
    """Compare the live history with the two sides of each conclusion that the option "parts" names."""
    parts = cast("tuple[str, ...]", trial.options["parts"])
    steps = len(history.a) - 1
    values = {"a": history.a, "b": history.b, "u": history.u, "X": history.X, "j": UNIT}
    paths = {"weight stays": history.a, "bias stays": history.b, "output weight stays": history.u}
    for part, path in paths.items():
        if part not in parts:
            continue
        live = path[:, UNIT]
        stated = float(trial.formulas.right(part, **values, s=steps))
        yield Check(f"{part}, every step", live, stated, 0.0, "=", detail, {"step": np.arange(steps + 1)})
    if "stays negative" in parts:
        bound = float(trial.formulas.right("stays negative", **values, s=steps, i=0))
        step = np.broadcast_to(np.arange(steps + 1)[:, None], history.before.shape)
        relation: Relation = "<"
        label = "pre-activation on every input, every step"
        yield Check(label, history.before, bound, 0.0, relation, detail, {"step": step})
        if trial.options["data"] == "fixed":
            left = [float(trial.formulas.left("stays negative", **values, s=steps, i=i)) for i in range(len(history.X))]
            yield Check("pre-activation of the statement, last step", left, bound, 0.0, relation, detail)


def dead_unit(trial: Trial) -> Evidence:
    """Train with each optimiser and loss named in the options, and watch the dead unit."""
    option = trial.options
    optimizers = cast("tuple[str, ...]", option["optimizers"])
    steps = int(cast("int", option["steps"])) * (1 if trial.profile == "quick" else 10)
    losses = tuple(LOSSES) if len(optimizers) == 1 else ("squared", "huber")

    def examine(key: Key) -> Iterator[Check]:
        optimizer, loss = str(key[0]), str(key[1])
        history = train(trial, key, optimizer, loss, steps)
        others = np.delete(history.a, UNIT, axis=1)
        detail = {
            "optimizer": optimizer,
            "loss": loss,
            "a": float(history.a[0, UNIT]),
            "b": float(history.b[0, UNIT]),
            "X": history.X.tolist(),
        }
        yield from _conclusions(trial, history, detail)
        moved = float(np.abs(others[-1] - others[0]).max())
        yield Check("the other units are trained", moved, 0.0, 0.0, "!=", detail)

    return compare(
        trial,
        str(option["name"]),
        [(optimizer, loss) for optimizer in optimizers for loss in losses],
        examine,
        holds=f"{steps} steps of {', '.join(optimizers)}: {', '.join(cast('tuple[str, ...]', option['parts']))}",
    )


def deeper_unit(trial: Trial) -> Evidence:
    """Train a network of two hidden layers in which a unit of the second starts dead (a twin's claim)."""
    steps = int(cast("int", trial.options["steps"]))

    def examine(key: Key) -> Iterator[Check]:
        draw = trial.stream.spawn(*key, "data").generator()
        model = mlp.MLP((1, 5, 5, 1), "relu").normal_(0.8, trial.stream.spawn(*key, "parameters").torch())
        x = torch.from_numpy(draw.uniform(-2.0, 2.0, 16))[:, None]
        y = torch.sin(2.0 * x)
        second = model.linear(1)

        def before() -> Array:
            with torch.no_grad():
                return cast("Array", second(torch.relu(model.linear(0)(x)))[:, UNIT].numpy())

        with torch.no_grad():  # just dead: negative on all inputs by a small margin
            second.bias[UNIT] -= float(before().max()) + 0.01
        stepper = torch.optim.SGD(model.parameters(), lr=0.05)
        path = [before()]
        for _ in range(steps):
            stepper.zero_grad()
            torch.autograd.backward(nn.functional.mse_loss(model(x), y))
            stepper.step()
            path.append(before())
        step = np.broadcast_to(np.arange(steps + 1)[:, None], (steps + 1, 16))
        label = "pre-activation of the unit in the second layer, every step"
        yield Check(label, np.array(path), 0.0, 0.0, "<", {"X": x[:, 0].tolist()}, {"step": step})

    return compare(
        trial,
        str(trial.options["name"]),
        [("deep", number) for number in range(8)],
        examine,
        holds="a dead unit of the second layer stays dead",
    )


def run(trial: Trial) -> Evidence:
    """Watch a dead unit of the only hidden layer, or of the second of two (option "layer")."""
    return deeper_unit(trial) if trial.options["layer"] == 2 else dead_unit(trial)
