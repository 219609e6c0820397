"""Independence: what independent entries of the rows of a random matrix have as consequences."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from ..board.board import Board
from ..board.bridge import to_term
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
    SameLaw,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
)
from ..kernel.theorem import Theorem

m, d = naturals("m d")
i, j, k, l = naturals("i j k l")
s2 = reals("s2")
w = outcomes("w")
W = function("W", "WNN>R")
ENTRY, OTHER = W(w, j, k), W(w, j, l)


class Conditions(NamedTuple):
    """What may be said of the entries of a random matrix, as formulas; s2 is their variance."""

    independent: Any
    symmetric: Any
    square_integrable: Any
    variance: Any
    centred: Any
    integrable: Any
    uncorrelated: Any
    symmetric_rows: Any


def conditions(matrix: Any) -> Conditions:
    """The conditions, for a matrix of this name."""
    entry, other = matrix(w, j, k), matrix(w, j, l)
    return Conditions(
        independent=ForAll(j < m, Independent(w, (k,), (), entry)),
        symmetric=ForAll(j < m, k, SameLaw(w, (), entry, -entry)),
        square_integrable=ForAll(j < m, k < d, Integrable(w, entry**2)),
        variance=ForAll(j < m, k < d, Eq(E(w, entry**2), s2)),
        centred=ForAll(j < m, k < d, Eq(E(w, entry), 0)),
        integrable=ForAll(j < m, k < d, l < d, Integrable(w, entry * other)),
        uncorrelated=ForAll(j < m, k < d, l < d, Eq(E(w, entry * other), bracket(Eq(k, l)) * s2)),
        symmetric_rows=ForAll(j < m, SameLaw(w, (k,), entry, -entry)),
    )


(INDEPENDENT, SYMMETRIC, SQUARE_INTEGRABLE, VARIANCE, CENTRED, INTEGRABLE, UNCORRELATED, SYMMETRIC_ROWS) = conditions(W)


@cache
def uncorrelated() -> Theorem:
    """Independent centred entries of variance s2: E W(j,k) W(j,l) = [k = l] s2, and these products are integrable."""
    statement = Implies(INDEPENDENT, SQUARE_INTEGRABLE, VARIANCE, CENTRED, And(INTEGRABLE, UNCORRELATED))
    board = Board([], {"statement": to_term(statement)})
    moment = And(Integrable(w, ENTRY * OTHER), Eq(E(w, ENTRY * OTHER), bracket(Eq(k, l)) * s2))
    with board.suppose(INDEPENDENT, SQUARE_INTEGRABLE, VARIANCE, CENTRED):
        with board.suppose(Lt(j, m), Lt(k, d), fix=[j, k]):
            board.integrable(w, ENTRY, "|W| <= W^2 + 1", by=ENTRY**2 + 1)
        with board.suppose(Lt(j, m), Lt(k, d), Lt(l, d), fix=[j, k, l]):
            with board.suppose(Ne(k, l)):
                row = board.have(Independent(w, (k,), (), ENTRY))
                board.product_mean(
                    w, ENTRY, OTHER, "different entries", independence=row, indices=[i], selected=Eq(i, k)
                )
                board.have(moment)
            with board.suppose(Eq(l, k)):
                board.have(moment, "one entry", by=board.have(Eq(l, k)))
            board.have(moment)
        board.have(And(INTEGRABLE, UNCORRELATED))
    return board.conclude("statement")


@cache
def centred() -> Theorem:
    """Symmetric square-integrable entries have mean 0."""
    statement = Implies(SYMMETRIC, SQUARE_INTEGRABLE, CENTRED)
    board = Board([], {"statement": to_term(statement)})
    with board.suppose(SYMMETRIC, SQUARE_INTEGRABLE), board.suppose(Lt(j, m), Lt(k, d), fix=[j, k]):
        board.integrable(w, ENTRY, "|W| <= W^2 + 1", by=ENTRY**2 + 1)
        same = board.have(SameLaw(w, (), ENTRY, -ENTRY))
        board.same_mean(w, ENTRY, -ENTRY, "W and -W have one law", law=same)
        board.have(Eq(E(w, ENTRY), 0))
    return board.conclude("statement")


@cache
def symmetric_rows() -> Theorem:
    """Independent symmetric entries: each row has jointly the law of its negative."""
    statement = Implies(INDEPENDENT, SYMMETRIC, SYMMETRIC_ROWS)
    board = Board([], {"statement": to_term(statement)})
    with board.suppose(INDEPENDENT, SYMMETRIC, Lt(j, m), fix=[j]):
        row = board.have(Independent(w, (k,), (), ENTRY))
        board.same_law(w, [k], -ENTRY, "entry by entry", independence=row)
    return board.conclude("statement")
