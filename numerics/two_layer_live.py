"""A live network with one hidden layer under a training loss, and what the statements' symbols stand for in it.

Its biases are 0 and stay so: the statements' network has none. Slopes of activations and losses are computed in NumPy
from their formulas, apart from autograd; every error is a running bound in float64 (`forward_error`, `rounding`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from ..models.mlp import MLP
from .comparison import UNIT, Key, gamma
from .forward_error import ACTIVATION_ULPS, SMOOTH, Array, run
from .harness.experiment import Trial
from .harness.rounding import Tracked


@dataclass(frozen=True)
class Loss:
    """The loss of one example: in PyTorch, entry by entry; its slope in NumPy, and a bound on how fast that changes."""

    live: Callable[[Tensor, Tensor], Tensor]
    slope: Callable[[Array, Array], Array]
    curvature: float

    def slopes(self, outputs: Tracked, targets: Array) -> Tracked:
        """Return the slopes at outputs that carry errors."""
        value = self.slope(outputs.value, targets)
        size = 1.0 + np.abs(value) + np.abs(outputs.value) + np.abs(targets)
        return Tracked(value, self.curvature * outputs.error + ACTIVATION_ULPS * UNIT * size, "float64")


LOSSES: dict[str, Loss] = {
    "squared": Loss(lambda f, y: nn.functional.mse_loss(f, y, reduction="none"), lambda f, y: 2.0 * (f - y), 2.0),
    "huber": Loss(
        lambda f, y: nn.functional.huber_loss(f, y, reduction="none"), lambda f, y: np.clip(f - y, -1.0, 1.0), 1.0
    ),
    "logistic": Loss(
        lambda f, y: nn.functional.binary_cross_entropy_with_logits(f, y, reduction="none"),
        lambda f, y: np.asarray(0.5 * (1.0 + np.tanh(0.5 * f)) - y),
        0.25,
    ),
    "absolute": Loss(lambda f, y: nn.functional.l1_loss(f, y, reduction="none"), lambda f, y: np.sign(f - y), np.inf),
    "output": Loss(lambda f, y: f, lambda f, y: np.ones_like(f), 0.0),
    "sine": Loss(lambda f, y: torch.sin(2.0 * f + y), lambda f, y: 2.0 * np.cos(2.0 * f + y), 4.0),
}


@dataclass(frozen=True)
class Shape:
    """Inputs d, hidden units m, examples N, activation, loss, and the weights of the examples in the training loss.

    Weights are "one" (a single example), "mean" (1/N each) or "any" (drawn, of both signs).
    """

    d: int
    m: int
    N: int
    activation: str
    loss: str
    weights: str


class Live:
    """A live network with parameters drawn from the case's stream, and its training loss.

    The outgoing weights are of sizes 0.2 to 0.5 or 2 to 3, of both signs: a statement that forgets one is far off.
    """

    def __init__(self, trial: Trial, key: Key, shape: Shape, activation: nn.Module | None = None) -> None:
        self.shape = shape
        draw = trial.stream.spawn(*key, "network").generator()
        self.model = MLP((shape.d, shape.m, 1), activation or shape.activation)
        sizes = np.where(np.arange(shape.m) % 2 == 0, draw.uniform(2.0, 3.0, shape.m), draw.uniform(0.2, 0.5, shape.m))
        self.assign(draw.normal(0.0, 0.7, (shape.m, shape.d)), sizes * draw.choice([-1.0, 1.0], shape.m))
        for index in (0, 1):
            nn.init.zeros_(self.model.linear(index).bias)
            self.model.linear(index).bias.requires_grad_(False)
        self.x = draw.normal(0.0, 1.0, (shape.N, shape.d))
        self.y = draw.uniform(0.0, 1.0, shape.N)
        if shape.weights == "any":
            self.c = draw.choice([-1.0, 1.0], shape.N) * draw.uniform(0.3, 2.0, shape.N)
        else:
            self.c = np.full(shape.N, 1.0 if shape.weights == "one" else 1.0 / shape.N)
        self.loss = LOSSES[shape.loss]

    @torch.no_grad()
    def assign(self, incoming: Array, outgoing: Array) -> None:
        """Set the weights w (m, d) and v (m,)."""
        self.incoming.copy_(torch.from_numpy(np.asarray(incoming, dtype=np.float64)))
        self.outgoing.copy_(torch.from_numpy(np.asarray(outgoing, dtype=np.float64))[None, :])

    @property
    def incoming(self) -> nn.Parameter:
        """The live weights w, (m, d)."""
        return cast("nn.Parameter", self.model.linear(0).weight)

    @property
    def outgoing(self) -> nn.Parameter:
        """The live weights v, (1, m)."""
        return cast("nn.Parameter", self.model.linear(1).weight)

    @property
    def w(self) -> Array:
        """A copy of w, (m, d)."""
        return self.incoming.detach().numpy().copy()

    @property
    def v(self) -> Array:
        """A copy of v, (m,)."""
        return cast("Array", self.outgoing.detach().numpy()[0].copy())

    def risk(self) -> Tensor:
        """Return the live training loss: the losses of the examples, each with its weight."""
        losses = self.loss.live(self.model(torch.from_numpy(self.x))[:, 0], torch.from_numpy(self.y))
        if self.shape.weights == "mean":
            return losses.mean()
        return (torch.from_numpy(self.c) * losses).sum()

    def loss_of(self, example: int, output: float) -> float:
        """Return the loss of an example at an output of one's own."""
        numbers = torch.tensor([output], dtype=torch.float64), torch.from_numpy(self.y[example : example + 1])
        return float(self.loss.live(*numbers))

    def loss_error(self, bounded: Bounded) -> float:
        """Bound the distance of two evaluations of the training loss.

        The outputs carry their errors, times a bound on the slope, and a loss has at most 16 roundings of its own.
        """
        outputs, dl = bounded.outputs, np.abs(bounded.dl.value) + bounded.dl.error
        losses = np.array([self.loss_of(i, float(value)) for i, value in enumerate(outputs.value)])
        size = 1.0 + np.abs(losses)
        own = (dl + self.loss.curvature * outputs.error) * outputs.error + 16.0 * UNIT * size
        return float(2.0 * np.abs(self.c) @ (own + gamma(self.shape.N + 2) * (size + own)))

    def gradient(self) -> tuple[Array, Array]:
        """Return autograd's gradient in w, (m, d), and in v, (m,)."""
        found = torch.autograd.grad(self.risk(), [self.incoming, self.outgoing])
        return found[0].numpy(), cast("Array", found[1].numpy()[0])

    def bounded(self) -> Bounded:
        """Return a NumPy evaluation of the network and its gradient, with error bounds."""
        activation, w, v = SMOOTH[self.shape.activation], self.w, self.v
        passes = [run([w], [np.zeros(self.shape.m)], x, activation, skip=False) for x in self.x]
        if self.shape.activation == "relu":
            gaps = [np.abs(one.pre[0]) - one.pre_errors[0] for one in passes]
            if min(float(gap.min()) for gap in gaps) <= 0.0:
                raise ArithmeticError("a pre-activation lies within rounding of ReLU's kink; take another seed")
        h = _stack([one.states[1] for one in passes], [one.state_errors[1] for one in passes])
        s = _stack([one.slopes[0] for one in passes], [one.slope_errors[0] for one in passes])
        outputs = h @ Tracked.exact(v[:, None], "float64")
        outputs = replace(outputs, value=outputs.value[:, 0], error=outputs.error[:, 0])
        dl = self.loss.slopes(outputs, self.y)
        pull = dl * self.c
        row = replace(pull, value=pull.value[None, :], error=pull.error[None, :])
        column = replace(pull, value=pull.value[:, None], error=pull.error[:, None])
        through = column * v[None, :] * s
        back = replace(through, value=through.value.T, error=through.error.T)
        return Bounded(h, s, outputs, dl, back @ Tracked.exact(self.x, "float64"), row @ h)

    def values(self, bounded: Bounded, p: int) -> dict[str, object]:
        """Return what the statements' symbols stand for, with the slopes of the activation at unit p."""
        return {
            "d": self.shape.d,
            "m": self.shape.m,
            "N": self.shape.N,
            "w": self.w,
            "v": self.v,
            "X": self.x,
            "c": self.c,
            "dl": bounded.dl.value,
            "s": bounded.s.value[:, p],
            "sg": SMOOTH[self.shape.activation].scalar,
            "p": p,
        }

    def detail(self) -> dict[str, object]:
        """Return the network and its data as plain numbers, for a witness."""
        return {
            "activation": self.shape.activation,
            "loss": self.shape.loss,
            "w": self.w.tolist(),
            "v": self.v.tolist(),
            "X": self.x.tolist(),
            "y": self.y.tolist(),
            "c": self.c.tolist(),
        }


@dataclass(frozen=True)
class Bounded:
    """Values with error bounds.

    h, s: hidden units and slopes of the activation, (N, m); outputs: (N,); dl: slopes of the losses, (N,); incoming:
    the gradient in w, (m, d); outgoing: that in v, (1, m).
    """

    h: Tracked
    s: Tracked
    outputs: Tracked
    dl: Tracked
    incoming: Tracked
    outgoing: Tracked


def _stack(values: list[Array], errors: list[Array]) -> Tracked:
    return Tracked(np.array(values), np.array(errors), "float64")


def cases(trial: Trial, shapes: Sequence[Shape]) -> list[Key]:
    """Return (number of the shape, repeat): each shape once in the quick profile, 20 times in the full one."""
    repeats = 1 if trial.profile == "quick" else 20
    return [(number, repeat) for repeat in range(repeats) for number in range(len(shapes))]


def dyadic(trial: Trial, key: Key, activation: nn.Module | None = None) -> Live:
    """Return a ReLU network with two inputs, three units and three examples under absolute losses.

    All numbers have three bits behind the point, so that sums and products are exact.
    """
    live = Live(trial, key, Shape(2, 3, 3, "relu", "absolute", "any"), activation)
    draw = trial.stream.spawn(*key, "dyadic").generator()

    def numbers(*shape: int) -> Array:
        return np.asarray(draw.choice([-1.0, 1.0], shape) * draw.integers(1, 24, shape) / 8.0)

    live.assign(numbers(3, 2), numbers(3))
    live.x, live.y, live.c = numbers(3, 2), numbers(3), numbers(3)
    return live
