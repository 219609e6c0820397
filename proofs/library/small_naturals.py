"""No natural number lies between 0 and 1, nor between 1 and 2: by induction, as naturals are reals here."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import Eq, ForAll, Implies, Le, Lt, Or, naturals
from ..kernel.theorem import Theorem

n = naturals("n")


@cache
def below_one() -> Theorem:
    """n = 0 for n < 1"""
    return Board([], {}).induction(n, Implies(Lt(n, 1), Eq(n, 0)))


@cache
def above_zero() -> Theorem:
    """1 <= n for 0 < n"""
    return Board([], {}).induction(n, Implies(Lt(0, n), Le(1, n)))


@cache
def above_one() -> Theorem:
    """2 <= n for 1 < n"""
    board = Board([], {})
    board.use(above_zero())
    board.have(ForAll(n, Implies(Lt(0, n), Le(1, n))))
    return board.induction(n, Implies(Lt(1, n), Le(2, n)))


@cache
def below_three() -> Theorem:
    """n is 0, 1 or 2 for n < 3"""
    board = Board([], {})
    return board.induction(n, Implies(Lt(n, 3), Or(Eq(n, 0), Eq(n, 1), Eq(n, 2))))
