"""Laws of a row of weights with finitely many equally probable outcomes: expectations become exact finite means.

Outcomes are a power of two in number and dyadic, so that float64 sums and means of small polynomials in them are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

import torch
from torch import Tensor

ENTRIES: Mapping[str, tuple[int, ...]] = {
    "signs": (1, -1),
    "mostly zero": (2, 0, 0, -2),
    "skewed": (3, -1, -1, -1),
    "shifted": (0, 2),
}
"""The equally probable values of one entry; rows have independent entries."""

ROWS: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "pairwise": ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)),
    "one number": ((1, 1, 1), (-1, -1, -1)),
}
"""Equally probable rows of three dependent entries, each 1 or -1: uncorrelated in "pairwise", equal in "one number"."""


def rows(law: str, d: int, scale: float = 1.0) -> Tensor:
    """Return every outcome of the row times `scale`, shape (outcomes, d), float64.

    Raises KeyError for an unknown law, ValueError for a width that the law does not have.
    """
    if law in ROWS:
        if d != 3:
            raise ValueError(f"d: found {d}, expected 3 for the law {law!r}")
        outcomes = list(ROWS[law])
    else:
        outcomes = list(product(ENTRIES[law], repeat=d))
    return torch.tensor(outcomes, dtype=torch.float64) * scale


def fractions(outcomes: Tensor) -> list[list[Fraction]]:
    """Return the outcomes as exact numbers, for the statement's own terms."""
    return [[Fraction(float(v)) for v in row] for row in outcomes]


def omega(count: int) -> list[tuple[int, Fraction]]:
    """Return the probability space of that many equally probable outcomes, as formulas take it."""
    return [(outcome, Fraction(1, count)) for outcome in range(count)]


def mean_and_variance(law: str, scale: float = 1.0) -> tuple[Fraction, Fraction]:
    """Return the mean and the variance of one entry."""
    values = ENTRIES[law] if law in ENTRIES else tuple(row[0] for row in ROWS[law])
    mean = Fraction(sum(values), len(values))
    factor = Fraction(scale)
    return factor * mean, factor**2 * (Fraction(sum(v * v for v in values), len(values)) - mean**2)
