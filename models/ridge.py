"""Ridge regression: the objective on a live linear layer, and its closed forms by linear algebra."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import get_lapack_funcs
from torch import Tensor, nn

_BLOCK = 16
"""Columns that LAPACK's blocked routines take at once: how much workspace they are given."""


def check_data(x: Tensor, y: Tensor) -> None:
    """Raise ValueError unless x is (n, p) and y is (n,)."""
    if x.ndim != 2:
        raise ValueError(f"x: found shape {tuple(x.shape)}, expected (n, p)")
    if y.shape != x.shape[:1]:
        raise ValueError(f"y: found shape {tuple(y.shape)}, expected {tuple(x.shape[:1])}")


def check_penalty(penalty: float, name: str = "penalty") -> None:
    """Raise ValueError unless the penalty is positive: only then is there one minimiser whatever the data."""
    if not 0.0 < penalty < math.inf:
        raise ValueError(f"{name}: found {penalty!r}, expected a positive number")


def _check_solvable(x: Tensor, y: Tensor) -> None:
    """Raise ValueError unless x (n, p) and y (n,) are of one type that LAPACK knows, and y is finite."""
    check_data(x, y)
    if x.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"x: found {x.dtype}, expected torch.float32 or torch.float64")
    if y.dtype != x.dtype:
        raise ValueError(f"y: found {y.dtype}, expected {x.dtype} as in x")
    if not bool(y.isfinite().all()):
        raise ValueError("y: found nan or inf, expected finite numbers")


def _check_trace(trace: float) -> None:
    """Raise ValueError unless the trace of a Gram matrix is finite: the squares of all entries of x, added."""
    if not math.isfinite(trace):
        raise ValueError("x: found nan, inf or entries whose squares overflow, expected finite numbers")


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
    return x.mT @ x + penalty * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    _check_trace(float(matrix.detach().trace()))
    factor = torch.linalg.cholesky(matrix)
    return torch.cholesky_solve(right[:, None], factor)[:, 0]


def primal(x: Tensor, y: Tensor, penalty: float) -> Tensor:
    """Return (x' x + penalty I)^-1 x' y, (p,), by Cholesky: the form to take for p <= n.

    Raises:
        ValueError: shapes or types that do not fit, entries that are not finite, a penalty that is not positive.
    """
    _check_solvable(x, y)
    check_penalty(penalty)
    return _solve(normal_matrix(x, penalty), x.mT @ y)


def dual(x: Tensor, y: Tensor, penalty: float) -> Tensor:
    """Return x' (x x' + penalty I)^-1 y, (p,), the same vector: the form to take for p > n. Raises as `primal`."""
    _check_solvable(x, y)
    check_penalty(penalty)
    return x.mT @ _solve(normal_matrix(x.mT, penalty), y)


def path(x: Tensor, y: Tensor, penalties: Tensor) -> Tensor:
    """Return the minimisers for L penalties, (p, L), at little more than the price of one.

    The Gram matrix (x' x if p <= n, else x x') is brought to tridiagonal form once, Q T Q'; then each penalty costs a
    tridiagonal system, T + penalty I, and no factorisation (Elden, "Algorithms for the regularization of
    ill-conditioned least squares problems", 1977). x is (n, p), y is (n,), both float64 or both float32 on any device,
    penalties is (L,); the work is done on the CPU, without gradients.

    Raises:
        ValueError: shapes or types that do not fit, no row or no column, entries that are not finite, a penalty that is
            not positive or so small that Gram matrix plus penalty is not positive definite in this precision.
    """
    _check_solvable(x, y)
    if 0 in x.shape:
        raise ValueError(f"x: found shape {tuple(x.shape)}, expected at least one row and one column")
    if penalties.ndim != 1 or not len(penalties):
        raise ValueError(f"penalties: found shape {tuple(penalties.shape)}, expected (L,) with L >= 1")
    for penalty in penalties.tolist():
        check_penalty(penalty, "penalties")
    rows, labels, shifts = x.detach().cpu().numpy(), y.detach().cpu().numpy(), penalties.tolist()
    wide = x.shape[1] > x.shape[0]
    with np.errstate(over="ignore", invalid="ignore"):
        gram = rows @ rows.T if wide else rows.T @ rows  # NumPy makes half of such a product, and mirrors it
    _check_trace(float(gram.trace()))
    found = rows.T @ _shifted(gram, labels, shifts) if wide else _shifted(gram, rows.T @ labels, shifts)
    return torch.from_numpy(found).to(x.device)


def _shifted(gram: NDArray[np.floating], right: NDArray[np.floating], shifts: list[float]) -> NDArray[np.floating]:
    """Solve (gram + shift I) v = right for each shift, (m, L): gram (m, m) is symmetric and semidefinite, and lost."""
    size = len(gram)
    if size == 1:
        return np.asarray(right[:, None] / (gram + np.array([shifts], dtype=gram.dtype)))
    reduce, rotate, solve = get_lapack_funcs(("sytrd", "ormqr", "ptsv"), (gram,))
    # Q is 1 in the first coordinate, and in the others the product of the reflectors that stand below the diagonal.
    stored, diagonal, beside, factors, _ = reduce(gram.T, lower=1, lwork=_BLOCK * size, overwrite_a=1)
    reflectors = np.asfortranarray(stored[1:, :-1])
    turned = np.array(right)
    turned[1:] = rotate("L", "T", reflectors, factors, right[1:, None], _BLOCK)[0][:, 0]
    solved = np.empty((size, len(shifts)), dtype=gram.dtype, order="F")
    for index, shift in enumerate(shifts):
        _, _, solved[:, index], failed = solve(diagonal + shift, beside, turned)
        if failed:
            raise ValueError(f"penalties: found {shift!r}, too small for {gram.dtype} beside this x")
    solved[1:] = rotate("L", "N", reflectors, factors, solved[1:], _BLOCK * len(shifts))[0]
    return solved
