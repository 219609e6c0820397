"""A network with one hidden layer of ReLUs whose first weights stay as they were drawn: linear in what is trained."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from . import ridge
from .split_transform import check_sizes


class RandomFeatures(nn.Module):
    """f(x) = theta' relu(W x), W (p, d) drawn from N(0, 1/p) and fixed, theta (p,) trained by ridge regression.

    W is a buffer (no optimiser sees it), theta a parameter that starts at 0.

    Args:
        inputs: d.
        width: p.
        generator: of W; None takes torch's own.
        dtype, device: of both.

    Raises:
        ValueError, TypeError: a size that is not a positive integer.

    Reference: Rahimi and Recht, "Random features for large-scale kernel machines" (2007).
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        check_sizes(inputs=inputs, width=width)
        where = device if generator is None else generator.device
        drawn = torch.randn(width, inputs, generator=generator, dtype=dtype, device=where)
        self.register_buffer("weight", (drawn / math.sqrt(width)).to(device or drawn.device))
        self.theta = nn.Parameter(torch.zeros(width, dtype=dtype, device=self.get_buffer("weight").device))

    def extra_repr(self) -> str:
        """Return the sizes, as `nn.Linear` does."""
        width, inputs = self.get_buffer("weight").shape
        return f"inputs={inputs}, width={width}"

    def features(self, x: Tensor) -> Tensor:
        """Map (n, d) to (n, p): the design matrix of the regression.

        Raises:
            ValueError: another shape.
        """
        weight = self.get_buffer("weight")
        if x.ndim != 2 or x.shape[1] != weight.shape[1]:
            raise ValueError(f"x: expected shape (n, {weight.shape[1]}), got {tuple(x.shape)}")
        return relu(x @ weight.mT)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, d) to (n,)."""
        return self.features(x) @ self.theta

    @torch.no_grad()
    def fit(self, x: Tensor, y: Tensor, penalty: float) -> RandomFeatures:
        """Set theta to the minimiser of |features(x) theta - y|^2 / 2 + penalty |theta|^2 / 2, and return self.

        x is (n, d), y is (n,). Raises what `ridge.path` raises.
        """
        self.theta.copy_(ridge.path(self.features(x), y, torch.tensor([penalty], dtype=torch.float64))[:, 0])
        return self
