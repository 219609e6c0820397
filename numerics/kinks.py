"""Networks in exact arithmetic, and ReLUs with a slope of one's choice at their kink."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from .comparison import Key
from .forward_error import Array
from .harness.experiment import Trial
from .two_layer_live import Live, Shape


class _Kinked(torch.autograd.Function):
    """max(z, 0) with a derivative of one's choice at 0."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, at_zero: float) -> Tensor:
        ctx.save_for_backward(z)
        ctx.at_zero = at_zero
        return z.clamp(min=0.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (z,) = ctx.saved_tensors
        return grads[0] * torch.where(z == 0.0, ctx.at_zero, (z > 0.0).double()), None


class KinkedReLU(nn.Module):
    """ReLU whose derivative at 0 is `at_zero`."""

    def __init__(self, at_zero: float) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        return cast("Tensor", _Kinked.apply(z, self.at_zero))  # type: ignore[no-untyped-call]  # torch ships it without types


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
