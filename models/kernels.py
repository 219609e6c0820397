"""Kernels of support vector machines: polynomial and Gaussian, callables that others may replace by their own.

Reference: Scholkopf and Smola, Learning with Kernels (2002), chapter 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor

Kernel: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Maps points (n, d) and (m, d) to the matrix of kernel values (n, m): symmetric and positive semidefinite."""


@runtime_checkable
class ProductKernel(Protocol):
    """A kernel that is a product over the coordinates, K(x, z) = prod_k factor(x_k, z_k): cheap on a grid."""

    def __call__(self, x: Tensor, z: Tensor, /) -> Tensor:
        """Return the kernel values (n, m) of points x (n, d) and z (m, d)."""
        ...

    def factor(self, x: Tensor, z: Tensor) -> Tensor:
        """Return the factor (n, m) of one coordinate, from its values x (n,) and z (m,)."""
        ...


def checked_points(name: str, x: Tensor) -> Tensor:
    """Return x. Raises ValueError unless it has the shape (n, d) and a floating dtype."""
    if x.ndim != 2:
        raise ValueError(f"{name}: expected points of shape (n, d), got shape {tuple(x.shape)}")
    if not x.is_floating_point():
        raise ValueError(f"{name}: expected a floating dtype, got {x.dtype}")
    return x


def _pair(x: Tensor, z: Tensor) -> None:
    if checked_points("x", x).shape[1] != checked_points("z", z).shape[1]:
        raise ValueError(f"z: expected {x.shape[1]} coordinates as in x, got {z.shape[1]}")


def squared_distances(x: Tensor, z: Tensor) -> Tensor:
    """Return |x_i - z_j|^2 for x (n, d) and z (m, d), shape (n, m).

    Differences are taken before squares, so that close points keep their relative accuracy (the expansion
    |x|^2 + |z|^2 - 2 x.z loses it) and points that are equal get exactly 0. Raises ValueError on other
    shapes.
    """
    _pair(x, z)
    total = torch.zeros((x.shape[0], z.shape[0]), dtype=torch.promote_types(x.dtype, z.dtype), device=x.device)
    difference = torch.empty_like(total)
    for axis in range(x.shape[1]):
        torch.sub(x[:, axis, None], z[None, :, axis], out=difference)
        total.addcmul_(difference, difference)
    return total


@dataclass(frozen=True)
class GaussianKernel:
    """exp(-|x - z|^2 / (2 sigma^2)), a product over the coordinates."""

    sigma: float

    def __post_init__(self) -> None:
        if not (self.sigma > 0 and math.isfinite(self.sigma)):
            raise ValueError(f"sigma: expected a positive number, got {self.sigma!r}")

    def __call__(self, x: Tensor, z: Tensor, /) -> Tensor:
        """Return the kernel values (n, m) of points x (n, d) and z (m, d)."""
        return squared_distances(x, z).div_(-2.0 * self.sigma * self.sigma).exp_()

    def factor(self, x: Tensor, z: Tensor) -> Tensor:
        """Return exp(-(x_i - z_j)^2 / (2 sigma^2)), shape (n, m), for numbers x (n,) and z (m,)."""
        return torch.sub(x[:, None], z[None, :]).square_().div_(-2.0 * self.sigma * self.sigma).exp_()


@dataclass(frozen=True)
class PolynomialKernel:
    """(offset + x . z)^degree; an offset of 0 is the homogeneous kernel."""

    degree: int
    offset: float = 1.0

    def __post_init__(self) -> None:
        if self.degree < 1 or self.degree != int(self.degree):
            raise ValueError(f"degree: expected a positive integer, got {self.degree!r}")
        if not (self.offset >= 0 and math.isfinite(self.offset)):
            raise ValueError(f"offset: expected a number >= 0, got {self.offset!r}")

    def __call__(self, x: Tensor, z: Tensor, /) -> Tensor:
        """Return the kernel values (n, m) of points x (n, d) and z (m, d)."""
        _pair(x, z)
        powers: Tensor = (self.offset + x @ z.T) ** self.degree
        return powers


def rbf(sigma: float) -> GaussianKernel:
    """Return the Gaussian kernel exp(-|x - z|^2 / (2 sigma^2)). Raises ValueError unless sigma > 0."""
    return GaussianKernel(sigma)


def polynomial(degree: int, offset: float = 1.0) -> PolynomialKernel:
    """Return the polynomial kernel (offset + x . z)^degree.

    Raises ValueError unless degree is a positive integer and offset >= 0 (otherwise it is not positive
    semidefinite).
    """
    return PolynomialKernel(degree, offset)
