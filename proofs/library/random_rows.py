"""A row of random weights: what independence of its entries has as consequence, and small finite rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.finite import Model
from ..board.notation import (
    And,
    E,
    Eq,
    ForAll,
    Implies,
    Independent,
    Integrable,
    Lt,
    Ne,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
)
from ..kernel.theorem import Theorem

d, i, k, l = naturals("d i k l")
mu, s2 = reals("mu s2")
w = outcomes("w")
W = function("W", "WN>R")
ENTRY, OTHER = W(w, k), W(w, l)

INDEPENDENT = Independent(w, (k,), (), ENTRY)
SQUARE_INTEGRABLE = ForAll(k < d, Integrable(w, ENTRY**2))
MEAN = ForAll(k < d, Eq(E(w, ENTRY), mu))
VARIANCE = ForAll(k < d, Eq(E(w, ENTRY**2), s2 + mu**2))

INTEGRABLE = ForAll(k < d, Integrable(w, ENTRY))
PRODUCTS_INTEGRABLE = ForAll(k < d, l < d, Integrable(w, ENTRY * OTHER))
UNCORRELATED = ForAll(k < d, l < d, Eq(E(w, ENTRY * OTHER), bracket(Eq(k, l)) * s2 + mu**2))


@cache
def uncorrelated() -> Theorem:
    """Independent entries of mean mu and variance s2: E W(k) W(l) = [k = l] s2 + mu^2, and all is integrable."""
    statement = Implies(
        INDEPENDENT, SQUARE_INTEGRABLE, MEAN, VARIANCE, And(INTEGRABLE, PRODUCTS_INTEGRABLE, UNCORRELATED)
    )
    board = Board([], {"statement": to_term(statement)})
    product = And(Integrable(w, ENTRY * OTHER), Eq(E(w, ENTRY * OTHER), bracket(Eq(k, l)) * s2 + mu**2))
    with board.suppose(INDEPENDENT, SQUARE_INTEGRABLE, MEAN, VARIANCE):
        with board.suppose(Lt(k, d), fix=[k]):
            board.integrable(w, ENTRY, "|W| <= W^2 + 1", by=ENTRY**2 + 1)
        with board.suppose(Lt(k, d), Lt(l, d), fix=[k, l]):
            with board.suppose(Ne(k, l)):
                independent = board.have(INDEPENDENT)
                board.product_mean(
                    w, ENTRY, OTHER, "different entries", independence=independent, indices=[i], selected=Eq(i, k)
                )
                board.have(product)
            with board.suppose(Eq(l, k)):
                board.have(product, "one entry", by=board.have(Eq(l, k)))
            board.have(product)
        board.have(And(INTEGRABLE, PRODUCTS_INTEGRABLE, UNCORRELATED))
    return board.conclude("statement")


Number = int | Fraction


def finite_row(rows: Sequence[Sequence[Number]], vector: Sequence[Number], **values: Any) -> Callable[[], Model]:
    """A row of weights that is each of `rows` with equal probability, before the input `vector`.

    Args:
        rows: the equally probable values of (W(0), ..., W(d-1)).
        vector: the input x, of length d.
        values: mu, s2, m (a natural) and w (an outcome); mu is 0 and m is 1 unless named.
    """

    def build() -> Model:
        chosen = {"mu": 0, "m": 1} | values
        sorts = {"m": "N", "w": "W"}
        tables: dict[tuple[str, str], Any] = {
            ("d", ">N"): len(vector),
            ("x", "N>R"): lambda k: vector[k] if k < len(vector) else 0,
            ("W", "WN>R"): lambda w, k: rows[w][k] if k < len(vector) else 0,
            **{(name, f">{sorts.get(name, 'R')}"): value for name, value in chosen.items()},
        }
        return Model((Fraction(1, len(rows)),) * len(rows), tables, naturals=max(len(vector), 1))

    return build
