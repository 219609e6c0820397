"""Ridge regression: the objective on a live linear layer, and its closed forms by linear algebra."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def check_data(x: Tensor, y: Tensor) -> None:
    """Raise ValueError unless x is (n, p) and y is (n,)."""
    if x.ndim != 2:
        raise ValueError(f"x: expected shape (n, p), got {tuple(x.shape)}")
    if y.shape != x.shape[:1]:
        raise ValueError(f"y: expected shape {tuple(x.shape[:1])}, got {tuple(y.shape)}")


def check_penalty(penalty: float) -> None:
    """Raise ValueError unless the penalty is positive: only then is there one minimiser whatever the data."""
    if not penalty > 0.0:
        raise ValueError(f"penalty: expected a positive number, got {penalty!r}")


def objective(layer: nn.Linear, x: Tensor, y: Tensor, penalty: float) -> Tensor:
    """Half the sum of squared residuals plus half the penalty times the squared weights, a scalar.

    The layer maps p inputs to one output and has no bias; x is (n, p), y is (n,).
    """
    check_data(x, y)
    residuals = layer(x).squeeze(-1) - y
    value: Tensor = (residuals**2).sum() / 2.0 + penalty / 2.0 * (layer.weight**2).sum()
    return value


def normal_matrix(x: Tensor, penalty: float) -> Tensor:
    """Return x' x + penalty I, (p, p), for x of shape (n, p)."""
    return x.mT @ x + penalty * torch.eye(x.shape[1], dtype=x.dtype)


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    factor = torch.linalg.cholesky(matrix)
    return torch.cholesky_solve(right[:, None], factor)[:, 0]


def primal(x: Tensor, y: Tensor, penalty: float) -> Tensor:
    """Return (x' x + penalty I)^-1 x' y, (p,), by Cholesky: the form to take for p <= n."""
    check_data(x, y)
    check_penalty(penalty)
    return _solve(normal_matrix(x, penalty), x.mT @ y)


def dual(x: Tensor, y: Tensor, penalty: float) -> Tensor:
    """Return x' (x x' + penalty I)^-1 y, (p,), the same vector: the form to take for p > n."""
    check_data(x, y)
    check_penalty(penalty)
    return x.mT @ _solve(normal_matrix(x.mT, penalty), y)
