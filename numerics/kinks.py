"""ReLU and LeakyReLU with a derivative at the kink that one chooses; PyTorch has chosen one."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn


class _Kinked(torch.autograd.Function):
    """z for z > 0, else left z; backwards 1, left, and `at_zero` at the kink."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, left: float, at_zero: float) -> Tensor:
        ctx.save_for_backward(z)
        ctx.slopes = left, at_zero
        return torch.where(z > 0.0, z, left * z)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (z,) = ctx.saved_tensors
        left, at_zero = ctx.slopes
        slope = torch.where(z > 0.0, z.new_tensor(1.0), torch.where(z < 0.0, z.new_tensor(left), z.new_tensor(at_zero)))
        return grads[0] * slope, None, None


class KinkedReLU(nn.Module):
    """The function max(z, 0) + left min(z, 0), whose derivative at 0 is taken to be `at_zero`.

    PyTorch's `nn.ReLU` takes 0 there and its `nn.LeakyReLU` its own slope; other programs take 1/2 or 1.
    """

    def __init__(self, at_zero: float, left: float = 0.0) -> None:
        super().__init__()
        self.at_zero, self.left = at_zero, left

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        return cast("Tensor", _Kinked.apply(z, self.left, self.at_zero))  # type: ignore[no-untyped-call]  # no types
