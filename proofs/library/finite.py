"""Finitely many positive reals have a positive lower bound: what replaces a choice of the smallest one."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, Exists, ForAll, Implies, Le, Lt, function, mini, naturals, reals
from ..kernel.theorem import Theorem

i, n = naturals("i n")
g, h = reals("g h")
a = function("a", "N>R")
INDEX = to_term(i).data


@cache
def positive_bound() -> Theorem:
    """There is g > 0 with g <= a(i) for every i < n with a(i) > 0"""

    def bounded(count: object) -> object:
        return Exists(g, And(Lt(0, g), ForAll(i < count, Implies(Lt(0, a(i)), Le(g, a(i))))))

    board = Board([], {})

    def base() -> None:
        board.witness(bounded(0), 1, "there is none")

    def step() -> None:
        with board.obtain(board.theorems[-1], h):
            with board.suppose(Lt(0, a(n))):
                board.witness(bounded(n + 1), mini(h, a(n)), "the smaller of the two")
            with board.suppose(Le(a(n), 0)):
                board.witness(bounded(n + 1), h, "no new one")
            board.have(bounded(n + 1))

    return board.induction(n, bounded(n), base=base, step=step)
