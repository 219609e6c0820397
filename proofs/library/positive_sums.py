"""Finite sums of positive terms: no smaller than any one of their terms, and greater if there are two."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import Eq, ForAll, Implies, Le, Lt, Ne, S, bracket, function, naturals
from ..kernel.theorem import Theorem
from .calculus import applied
from .order import at

i, j, l, n = naturals("i j l n")
a = function("a", "N>R")
POSITIVE = ForAll(i, Lt(0, a(i)))


@cache
def above_each() -> Theorem:
    """a(j) <= sum of a(i) over i < n, if all a(i) >= 0 and j < n"""
    board = Board([], {})
    with board.suppose(ForAll(i, Le(0, a(i)))) as result:
        board.induction(n, Le(0, S(i, n, a(i))))
        board.induction(n, ForAll(j, Implies(Lt(j, n), Le(a(j), S(i, n, a(i))))))
    return result[0]


@cache
def below_total() -> Theorem:
    """a(j) <= sum of a(i) over i < n, if all a(i) > 0 and j < n"""
    board = Board([], {})
    with board.suppose(POSITIVE) as result:
        board.have(ForAll(i, Le(0, a(i))))
        board.use(above_each())
        board.have(ForAll(n, j, Implies(Lt(j, n), Le(a(j), S(i, n, a(i))))))
    return result[0]


@cache
def above_two() -> Theorem:
    """a(j) + a(l) <= sum of a(i) over i < n, if all a(i) > 0 and j, l < n differ"""
    board = Board([], {})
    board.use(applied(above_each(), {a: (i, bracket(Ne(i, l)) * a(i))}))
    with board.suppose(POSITIVE, fix=[l]) as result:
        board.have(ForAll(i, Le(0, bracket(Ne(i, l)) * a(i))))
        with board.suppose(Lt(j, n), Lt(l, n), Ne(j, l), fix=[n, j]):
            board.have(Le(bracket(Ne(j, l)) * a(j), S(i, n, bracket(Ne(i, l)) * a(i))))
            board.have(Le(a(j) + a(l), S(i, n, a(i))))
    return result[0]


@cache
def strictly_below_total() -> Theorem:
    """a(j) < sum of a(i) over i < n, if all a(i) > 0, j < n and n >= 2: there is another term, a(0) or a(1)"""
    board = Board([], {})
    with board.suppose(POSITIVE) as result, board.suppose(Lt(j, n), Le(2, n), fix=[n, j]):
        positive = board.given(POSITIVE)
        for other, where in ((1, Eq(j, 0)), (0, Lt(0, j))):
            with board.suppose(where):
                board.use(at(above_two(), other))
                board.have(Le(a(j) + a(other), S(i, n, a(i))))
                board.have(Lt(a(j), S(i, n, a(i))), using=[board.theorems[-1], positive])
        board.have(Lt(a(j), S(i, n, a(i))), using=board.theorems[-2:])
    return result[0]
