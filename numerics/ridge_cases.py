"""Data of ridge regressions with small entries, the exact inverses that the statement speaks of, and error bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .comparison import Key, gamma
from .harness.experiment import Formulas, Trial

Array = NDArray[np.float64]
Exact = list[list[Fraction]]

PENALTIES = (0.5, 2.0, 0.0625, 1.0)
KINDS = ("tall", "wide", "square", "repeated", "zero", "single row", "single column")
"""More rows than columns, fewer, as many; two equal columns; X = 0; n = 1; p = 1."""


def exact_inverse(matrix: Sequence[Sequence[Fraction]]) -> Exact:
    """Return the inverse of a rational matrix. Raises ZeroDivisionError if it is singular."""
    size = len(matrix)
    rows = [[*row, *(Fraction(int(i == k)) for k in range(size))] for i, row in enumerate(matrix)]
    for pivot in range(size):
        best = next((r for r in range(pivot, size) if rows[r][pivot] != 0), None)
        if best is None:
            raise ZeroDivisionError("the matrix is singular")
        rows[pivot], rows[best] = rows[best], rows[pivot]
        rows[pivot] = [entry / rows[pivot][pivot] for entry in rows[pivot]]
        for other in range(size):
            if other != pivot and rows[other][pivot] != 0:
                factor = rows[other][pivot]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[pivot], strict=True)]
    return [row[size:] for row in rows]


def _unit(j: int, k: int) -> int:
    return int(j == k)


def as_fractions(values: Tensor) -> list[Fraction]:
    """Return a vector's entries exactly."""
    return [Fraction(float(entry)) for entry in values]


@dataclass(frozen=True)
class Data:
    """One regression: x (n, p) and y (n,) with integer entries and a dyadic penalty, so that x' x is exact."""

    kind: str
    x: Tensor
    y: Tensor
    penalty: float

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.x.shape[0])

    @property
    def p(self) -> int:
        """Columns."""
        return int(self.x.shape[1])

    def values(self) -> dict[str, object]:
        """Return what the statement's symbols stand for, exactly; R and Q are left to `inverses`."""
        rows = [[Fraction(int(entry)) for entry in row] for row in self.x]
        return {
            "n": self.n,
            "p": self.p,
            "X": rows,
            "Y": as_fractions(self.y),
            "lam": Fraction(self.penalty),
        }

    def inverses(self, formulas: Formulas) -> dict[str, object]:
        """Return R and Q: the exact inverses of the matrices that the statement multiplies them by.

        These are read off the statement: its left side is linear in R, so R = [j = k] shows the matrix.
        """
        found: dict[str, object] = {}
        rows = (("inverse", "R", self.p, "i", "k"), ("dual inverse", "Q", self.n, "r", "q"))
        for part, name, size, row, column in rows:
            given = self.values() | {name: _unit}
            entries = range(size)
            matrix = [[formulas.left(part, **given, **{row: i, column: k}) for k in entries] for i in entries]
            found[name] = exact_inverse([[Fraction(entry) for entry in line] for line in matrix])
        return found

    def detail(self) -> Mapping[str, object]:
        """Return the data as plain numbers, for a witness."""
        return {"kind": self.kind, "X": self.x.tolist(), "Y": self.y.tolist(), "penalty": self.penalty}


def make(trial: Trial, key: Key) -> Data:
    """Return the regression of this key, (kind, repeat)."""
    kind, repeat = str(key[0]), int(key[1])
    draw = trial.stream.spawn(*key, "data").generator()
    n, p = {
        "tall": (4, 2),
        "wide": (2, 4),
        "square": (3, 3),
        "repeated": (3, 3),
        "zero": (2, 2),
        "single row": (1, 3),
        "single column": (4, 1),
    }[kind]
    x = draw.integers(-3, 4, (n, p)).astype(np.float64)
    if kind == "repeated":
        x[:, 1] = x[:, 0]
    elif kind == "zero":
        x[:] = 0.0
    else:
        # The first column exceeds the first row, so x is not symmetric; the diagonal exceeds the rest of its row, so
        # that a wide or square x has independent rows.
        x[:, 0] += 4.0 * np.arange(1, n + 1)
        np.fill_diagonal(x, x.diagonal() + 30.0)
    y = draw.integers(-5, 6, n).astype(np.float64) + 0.5
    penalty = PENALTIES[(repeat + KINDS.index(kind)) % len(PENALTIES)]
    return Data(kind, torch.from_numpy(x), torch.from_numpy(y), penalty)


def cases(trial: Trial, kinds: Sequence[str] = KINDS) -> list[Key]:
    """Return (kind, repeat) of the regressions to look at."""
    repeats = 1 if trial.profile == "quick" else 8
    return [(kind, repeat) for repeat in range(repeats) for kind in kinds]


def solution_error(matrix: Array, solution: Array, penalty: float) -> float:
    """Bound |computed - exact| in the 2-norm for a system with a matrix that is exact and at least penalty I.

    By Cholesky (matrix + E) computed = right with |E| <= gamma(3 m + 1) |L| |L'| entry by entry, whose 2-norm is at
    most m times that of the matrix (Higham, theorem 10.4 and after it), here bounded by its trace, twice for the
    second order; the inverse of the matrix has norm 1/penalty at most. The right-hand side is exact.
    """
    m = len(matrix)
    return float(2.0 * gamma(3 * m + 1) * m * np.trace(matrix) / penalty * np.linalg.norm(solution))
