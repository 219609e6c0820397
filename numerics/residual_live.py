"""A live residual network, its NumPy copy with error bounds, and what the statements' symbols stand for in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor

from ..models.residual import ResidualMLP
from .comparison import Key
from .forward_error import SMOOTH, Array, Pass, run
from .harness.experiment import Trial

NETS: tuple[tuple[int, int, int, str], ...] = (
    (3, 2, 1, "tanh"),
    (2, 3, 2, "sigmoid"),
    (2, 3, 4, "sine"),
    (3, 4, 3, "gelu"),
    (4, 1, 3, "softplus"),
    (1, 2, 5, "silu"),
    (2, 2, 3, "identity"),
)
"""Inputs n, width m, hidden layers K and activation; every case once in the quick profile."""


class Live:
    """A live network with parameters drawn from the case's stream, and its NumPy copy with error bounds."""

    def __init__(self, trial: Trial, key: Key, shape: tuple[int, int, int, str], *, skip: bool = True) -> None:
        self.n, self.m, self.hidden, self.name = shape
        self.model = ResidualMLP(self.n, self.m, self.hidden, self.name, skip=skip)
        generator = trial.stream.spawn(*key, "parameters").torch()
        self.model.normal_(0.8, generator)
        self.x = torch.randn(self.n, generator=generator, dtype=torch.float64)
        self.activation = SMOOTH[self.name]
        self.skip = skip

    @torch.no_grad()
    def set_block(self, index: int, weight: float | None = None, bias: float | None = None) -> None:
        """Make the weight matrix of a hidden layer `weight` times the identity, and its bias constant."""
        block = self.model.block(index)
        if weight is not None:
            block.weight.copy_(weight * torch.eye(*block.weight.shape, dtype=torch.float64))
        if bias is not None:
            block.bias.fill_(bias)

    @property
    def weights(self) -> list[Array]:
        """The matrices A_0, ..., A_{K-1}."""
        return [self.model.block(la).weight.detach().numpy() for la in range(self.hidden)]

    @property
    def biases(self) -> list[Array]:
        """The vectors b_0, ..., b_{K-1}."""
        return [self.model.block(la).bias.detach().numpy() for la in range(self.hidden)]

    @property
    def output(self) -> Array:
        """The output weights c."""
        return cast("Array", self.model.output.weight.detach().numpy()[0])

    def copy_run(self) -> Pass:
        """Run the NumPy copy with error bounds."""
        forward = run(self.weights, self.biases, self.x.numpy(), self.activation, skip=self.skip)
        if self.name == "relu":
            for z, error in zip(forward.pre, forward.pre_errors, strict=True):
                if bool((np.abs(z) <= error).any()):
                    raise ArithmeticError("a pre-activation lies within rounding of ReLU's kink; take another seed")
        return forward

    def values(self, forward: Pass) -> dict[str, object]:
        """Return what the statement's symbols stand for in this network."""
        weights, biases, output = self.weights, self.biases, self.output
        return {
            "n": self.n,
            "m": self.m,
            "x": self.x.numpy(),
            "A": lambda la, j, k: float(weights[la][j, k]),
            "b": lambda la, j: float(biases[la][j]),
            "c": output,
            "c0": float(self.model.output.bias.detach()[0]),
            "sg": self.activation.scalar,
            "s": lambda la, j: float(forward.slopes[la][j]),
        }

    def detail(self) -> dict[str, object]:
        """Return the network as plain numbers, for a witness."""
        return {
            "activation": self.name,
            "skip": self.skip,
            "x": self.x.tolist(),
            "A": [weight.tolist() for weight in self.weights],
            "b": [bias.tolist() for bias in self.biases],
            "c": self.output.tolist(),
        }

    def gradients(self) -> None:
        """Run autograd: fill the .grad of every parameter with the derivative of the output."""
        self.model.zero_grad()
        self.model(self.x).backward()


def grad(parameter: Tensor) -> Array:
    """Return a parameter's gradient; a parameter that the output does not depend on has none, that is 0."""
    if parameter.grad is None:
        return np.zeros(tuple(parameter.shape))
    return cast("Array", parameter.grad.numpy())


def cases(trial: Trial, least: int = 1) -> list[Key]:
    """Return (shape number, repeat) of the networks with at least so many hidden layers."""
    repeats = 1 if trial.profile == "quick" else 10
    numbers = [number for number, shape in enumerate(NETS) if shape[2] >= least]
    return [(number, repeat) for repeat in range(repeats) for number in numbers]


def jacobian(function: Callable[[Tensor], Tensor], at: Tensor) -> Array:
    """Return the Jacobian of `function` at a vector by autograd, (out, in), or (in,) of a scalar."""
    point = at.detach().clone().requires_grad_()
    value = function(point)
    rows = [torch.autograd.grad(entry, point, retain_graph=True, allow_unused=True)[0] for entry in value.reshape(-1)]
    full = torch.stack([torch.zeros_like(point) if row is None else row for row in rows])
    return cast("Array", full.reshape((*value.shape, *point.shape)).numpy())
