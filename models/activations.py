"""Activations by name, and one that is invariant under scaling by a single factor."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn


class LogPeriodic(nn.Module):
    """z (1 + sin(2 pi ln z / ln c) / 2) for z > 0, else 0.

    f(c z) = c f(z) for this c > 1 (and its powers) alone: not positively homogeneous, yet it commutes with
    dropout at 1/(1-p) = c. Raises ValueError unless c > 1.
    """

    def __init__(self, c: float) -> None:
        super().__init__()
        if not c > 1.0:
            raise ValueError(f"c: expected a number > 1, got {c!r}")
        self.frequency = 2.0 * math.pi / math.log(c)

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        positive = z.clamp(min=torch.finfo(z.dtype).tiny)
        return torch.where(z > 0, z * (1.0 + 0.5 * torch.sin(self.frequency * positive.log())), 0.0)


class Sine(nn.Module):
    """sin(z), entry by entry."""

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        return torch.sin(z)


class Absolute(nn.Module):
    """|z|, entry by entry."""

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        return z.abs()


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "abs": Absolute,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "identity": nn.Identity,
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "sine": Sine,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def make_activation(activation: str | nn.Module) -> nn.Module:
    """Return the activation as a module.

    `activation` is a key of `ACTIVATIONS` or a module, which is returned as it is.
    Raises ValueError for an unknown name, TypeError for anything else.
    """
    if isinstance(activation, nn.Module):
        return activation
    if not isinstance(activation, str):
        raise TypeError(f"activation: expected a name or an nn.Module, got {type(activation).__name__}")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation: unknown name {activation!r}; expected one of {sorted(ACTIVATIONS)}")
    return ACTIVATIONS[activation]()
