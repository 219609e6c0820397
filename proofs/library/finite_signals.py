"""Weights and signals with finitely many outcomes: finite models of statements about the variance of a layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from ..board.finite import Model

Number = int | Fraction
Vector = Sequence[Number]
Outcome = tuple[Vector, Vector]

SORTS = {"n": "N", "m": "N", "i": "N", "u": "W"}


def independent(weights: Sequence[Any], signals: Sequence[Any]) -> tuple[tuple[Any, Any], ...]:
    """Every weight with every signal, all equally probable."""
    return tuple(product(weights, signals))


def entry(values: Any, *indices: int) -> Any:
    """An entry of nested sequences, 0 outside."""
    for index in indices:
        if index >= len(values):
            return 0
        values = values[int(index)]
    return values


def finite_signal(outcomes: Sequence[Outcome], signal: str = "x", **values: Any) -> Callable[[], Model]:
    """A unit with n weights W and a signal of n entries, all outcomes equally probable.

    Args:
        outcomes: pairs of the weights and the signal.
        signal: the name of the signal.
        values: s2 and whatever else the statement names.
    """

    def build() -> Model:
        n = len(outcomes[0][0])
        tables: dict[tuple[str, str], Any] = {
            ("n", ">N"): n,
            ("k", ">N"): 0,
            ("W", "WN>R"): lambda w, k: entry(outcomes[int(w)][0], k),
            (signal, "WN>R"): lambda w, k: entry(outcomes[int(w)][1], k),
            **{(name, f">{SORTS.get(name, 'R')}"): value for name, value in values.items()},
        }
        return Model((Fraction(1, len(outcomes)),) * len(outcomes), tables, naturals=max(n, 2))

    return build
