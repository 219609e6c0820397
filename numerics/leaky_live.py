"""A live network of one hidden layer with one unit that is placed, and the gradients of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..models import mlp
from .comparison import UNIT, Key, gamma
from .dead_training import LOSSES
from .forward_error import Array
from .harness.experiment import Trial

PARAMETERS = ("weight", "bias", "output weight")
"""The parameters of the placed unit, named as the statement's parts."""

STEP = 2.0**-18
"""The step of difference quotients: a unit that is below -.01 stays negative."""

Loss = Callable[[Tensor, Tensor], Tensor]
CRITERIA: Mapping[str, Loss] = {**LOSSES, "absolute": nn.functional.l1_loss}
"""Losses of one example; the second derivative of each is at most 2 where it has one."""


@dataclass(frozen=True)
class Placed:
    """A live network x -> sum_k u(k) act(a(k) x + b(k)), examples, and the unit j at hand.

    model: nn.Linear(1, m), activation, nn.Linear(m, 1) without a bias, float64; X, Y: (N,); loss: of one example.
    """

    model: mlp.MLP
    X: Tensor
    Y: Tensor
    loss: Loss
    j: int
    slope: float

    @property
    def entries(self) -> tuple[tuple[Tensor, tuple[int, ...]], ...]:
        """The parameters of the unit and where it stands in them, in the order of PARAMETERS."""
        first, last = self.model.linear(0), self.model.linear(1)
        return (first.weight, (self.j, 0)), (first.bias, (self.j,)), (last.weight, (0, self.j))

    def parameters(self) -> Array:
        """Return weight, bias and output weight of the unit as they are now."""
        return np.array([float(tensor.detach()[place]) for tensor, place in self.entries])

    def outputs(self) -> Tensor:
        """Return the outputs, (N,)."""
        return torch.as_tensor(self.model(self.X[:, None])[:, 0])

    def total(self, weights: Sequence[float]) -> Tensor:
        """Return the sum of the losses of the examples, so weighted."""
        values = [self.loss(f, y) for f, y in zip(self.outputs(), self.Y, strict=True)]
        return torch.stack([c * value for c, value in zip(weights, values, strict=True)]).sum()

    def alone(self, i: int) -> list[float]:
        """Return the weights of example i alone."""
        return [float(index == i) for index in range(len(self.X))]

    def gradient(self, weights: Sequence[float]) -> Array:
        """Return the derivative of the weighted loss in weight, bias and output weight of the unit, by autograd."""
        tensors = [tensor for tensor, _ in self.entries]
        found = torch.autograd.grad(self.total(weights), tensors)
        return np.array([float(g[place]) for g, (_, place) in zip(found, self.entries, strict=True)])

    @torch.no_grad()
    def quotient(self, weights: Sequence[float], step: float = STEP) -> Array:
        """Return the difference quotients of the weighted loss along the three parameters of the unit."""
        before = float(self.total(weights))
        found = []
        for tensor, place in self.entries:
            kept = float(tensor[place])
            tensor[place] = kept + step
            moved = float(tensor[place]) - kept
            found.append((float(self.total(weights)) - before) / moved)
            tensor[place] = kept
        return np.array(found)

    def derivatives(self) -> list[float]:
        """Return the derivative of each example's loss at the live output: the statement's dl."""
        outputs = self.outputs().detach().requires_grad_()
        losses = torch.stack([self.loss(f, y) for f, y in zip(outputs, self.Y, strict=True)])
        (found,) = torch.autograd.grad(losses.sum(), outputs)
        return [float(entry) for entry in found]

    def values(self) -> dict[str, Any]:
        """Return what the statement's symbols stand for."""
        first, last = self.model.linear(0), self.model.linear(1)
        return {
            "m": first.out_features,
            "N": len(self.X),
            "j": self.j,
            "a": first.weight.detach().numpy()[:, 0],
            "b": first.bias.detach().numpy(),
            "u": last.weight.detach().numpy()[0],
            "X": self.X.numpy(),
            "Y": self.Y.numpy(),
            "dl": np.array(self.derivatives()),
            "al": self.slope,
        }

    def detail(self) -> dict[str, object]:
        """Return the case as plain numbers, for a witness."""
        return {name: np.asarray(value).tolist() for name, value in self.values().items()}

    def bound(self, weights: Sequence[float]) -> Array:
        """Bound the rounding of the three gradients, in the live network and in the statement.

        Each example gives a product of at most six factors, of which z = a x + b is itself rounded three times;
        the sum of the examples adds N more roundings.
        """
        v = self.values()
        a, b, u = (abs(float(v[name][self.j])) for name in "abu")
        rate = np.abs(v["dl"] * self.slope * np.array(weights))
        x = np.abs(v["X"])
        sizes = np.array([float(rate @ x) * u, float(rate.sum()) * u, float(rate @ (a * x + b))])
        return 2.0 * gamma(12 + len(x)) * sizes

    def quotient_bound(self, weights: Sequence[float]) -> Array:
        """Bound the distance of the quotients from the derivatives where the activation is linear along the step.

        The loss has a second derivative of at most 2, so the quotient is off by at most (df/dp)^2 h; and each of
        the two losses is rounded: at most 32 + m times for the output, relative to the absolute sum, and through a
        slope of at most |dl| + 1.
        """
        v = self.values()
        z = v["a"][:, None] * v["X"] + v["b"][:, None]
        size = np.abs(v["u"]) @ np.maximum(np.abs(z), np.abs(self.slope * z)) + np.abs(v["Y"]) + 1.0
        rate = np.array([abs(float(v["u"][self.j]) * self.slope), 0.0, 0.0])
        moved = np.array(
            [
                rate[0] * np.abs(v["X"]).max(),
                rate[0],
                abs(self.slope) * float(np.abs(z[self.j]).max()),
            ]
        )
        used = np.array(weights)
        rounding = (32 + len(z)) * UNIT * float(np.abs(used) @ (size * (np.abs(v["dl"]) + 1.0) * 2.0 + size)) * 2.0
        return np.asarray(moved**2 * STEP * np.abs(used).sum() * 1.001 + rounding / STEP)


def placed(
    trial: Trial,
    key: Key,
    activation: nn.Module,
    slope: float,
    loss: str = "squared",
    *,
    highest: float = -0.05,
    examples: int = 4,
) -> Placed:
    """Draw a network of 1 to 5 hidden units and examples, with unit j at `highest` or below on every example.

    All numbers are multiples of 1/16, so that pre-activations are exact; `highest` is reached where it is one.
    """
    draw = trial.stream.spawn(*key, "network").generator()
    m = int(draw.integers(1, 6))
    model = mlp.MLP((1, m, 1), activation)
    X = draw.integers(-32, 33, examples) / 16.0
    a, b, u = (draw.integers(1, 33, m) / 16.0 * draw.choice([-1.0, 1.0], m) for _ in range(3))
    j = int(draw.integers(m))
    top = float((a[j] * X).max())
    b[j] = (
        highest - top
        if highest == 0.0
        else -np.ceil(16.0 * (top - highest)) / 16.0 - float(draw.integers(0, 16)) / 16.0
    )
    mlp.set_layer(model.linear(0), torch.from_numpy(a)[:, None], torch.from_numpy(b))
    mlp.set_layer(model.linear(1), torch.from_numpy(u)[None, :], torch.zeros(1, dtype=torch.float64))
    model.linear(1).bias.requires_grad_(False)  # the statement's network has no output bias
    Y = torch.from_numpy(draw.integers(-32, 33, examples) / 16.0)
    return Placed(model, torch.from_numpy(X), Y, CRITERIA[loss], j, slope)
