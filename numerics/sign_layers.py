"""Layers whose weights are random signs, few enough to enumerate: expectations without sampling.

Any two different columns of a Sylvester matrix but the first agree in half of the rows: as random signs, one row drawn
at random, they are centred and uncorrelated.
"""

from __future__ import annotations

import torch
from torch import Tensor


def sylvester(order: int) -> Tensor:
    """Return the Sylvester matrix of the least size 2^k > order, float64."""
    matrix = torch.ones(1, 1, dtype=torch.float64)
    while matrix.shape[0] <= order:
        matrix = torch.kron(matrix, torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64))
    return matrix


def sign_matrices(height: int, width: int) -> Tensor:
    """Return N equally probable matrices of signs, shape (N, height, width), all entries centred and uncorrelated."""
    rows = sylvester(height * width)
    return rows[:, 1 : height * width + 1].reshape(-1, height, width)


def one_number_a_row(height: int, width: int) -> Tensor:
    """Return such matrices whose rows repeat one sign: uncorrelated in a column, not in a row."""
    return sign_matrices(height, 1).expand(-1, height, width)


def one_number_a_column(height: int, width: int) -> Tensor:
    """Return such matrices whose columns repeat one sign: uncorrelated in a row, not in a column."""
    return sign_matrices(1, width).expand(-1, height, width)
