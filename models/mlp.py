"""Multilayer perceptrons of any depth and width, with one activation on every hidden layer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .activations import make_activation


def check_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return the widths as a tuple of at least two positive integers, or raise ValueError or TypeError."""
    for width in widths:
        if isinstance(width, bool) or not isinstance(width, int):
            raise TypeError(f"widths: expected integers, got {width!r} in {tuple(widths)!r}")
    if len(widths) < 2:
        raise ValueError(f"widths: expected at least an input and an output width, got {tuple(widths)!r}")
    if min(widths) < 1:
        raise ValueError(f"widths: expected positive integers, got {tuple(widths)!r}")
    return tuple(widths)


class MLP(nn.Module):
    """A chain of linear layers with an activation between each two of them (none after the last).

    `widths` = (n_0, ..., n_L) gives L linear layers, layer l of shape (n_{l+1}, n_l) for l = 0, ..., L-1.
    Input (..., n_0), output (..., n_L). Parameters are PyTorch's defaults until `normal_` redraws them.
    Raises ValueError or TypeError for bad widths or an unknown activation.
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str | nn.Module = "relu",
        *,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.widths = check_widths(widths)
        self.activation = make_activation(activation)
        self.linears = nn.ModuleList(
            nn.Linear(n_in, n_out, dtype=dtype) for n_in, n_out in zip(self.widths[:-1], self.widths[1:], strict=True)
        )

    @property
    def depth(self) -> int:
        """The number of linear layers."""
        return len(self.linears)

    def linear(self, index: int) -> nn.Linear:
        """Return linear layer `index` (0 is the first; negative counts from the last)."""
        layer = self.linears[index]
        if not isinstance(layer, nn.Linear):
            raise TypeError(f"linear layer {index} is a {type(layer).__name__}, expected nn.Linear")
        return layer

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (..., n_0) to the raw outputs of shape (..., n_L)."""
        last = self.depth - 1
        for index, layer in enumerate(self.linears):
            x = layer(x)
            if index < last:
                x = self.activation(x)
        return x

    def normal_(self, std: float, generator: torch.Generator) -> MLP:
        """Redraw every weight and bias from N(0, std^2), in place; return the module itself."""
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=std, generator=generator)
        return self


@torch.no_grad()
def set_layer(layer: nn.Linear, weight: Tensor, bias: Tensor) -> None:
    """Copy `weight` (out, in) and `bias` (out,) into the layer; ValueError if a shape differs."""
    if weight.shape != layer.weight.shape:
        raise ValueError(f"weight: expected shape {tuple(layer.weight.shape)}, got {tuple(weight.shape)}")
    if layer.bias is None or bias.shape != layer.bias.shape:
        expected = None if layer.bias is None else tuple(layer.bias.shape)
        raise ValueError(f"bias: expected shape {expected}, got {tuple(bias.shape)}")
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)
