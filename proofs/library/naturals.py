"""Natural numbers: what only they have."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import And, Eq, Exists, ForAll, Implies, Le, Lt, absolute, naturals, reals
from ..kernel.theorem import Theorem, infer
from .order import absolute_nonnegative, at, below_absolute

i, n = naturals("i n")
x = reals("x")


@cache
def next_within() -> Theorem:
    """i < n implies i + 1 <= n"""
    board = Board([], {})

    def step() -> None:
        with board.suppose(Lt(i, n + 1), fix=[i]):
            with board.suppose(Lt(i, n)):
                board.have(Le(i + 1, n + 1))
            with board.suppose(Eq(i, n)):
                board.have(Le(i + 1, n + 1))
            board.have(Le(i + 1, n + 1))

    return board.induction(n, ForAll(i, Implies(Lt(i, n), Le(i + 1, n))), step=step)


@cache
def large() -> Theorem:
    """There is a natural n > 0 with x <= n."""
    board = Board([], {})
    with board.suppose(fix=[x]) as result:
        board.use(at(absolute_nonnegative(), x), at(below_absolute(), x))
        board.have(Le(0, absolute(x)))
        board.have(Le(x, absolute(x)))
        with board.obtain(at(infer("axiom", (), "archimedes"), absolute(x) + 1), n):
            above = board.have(Le(absolute(x) + 1, n))
            known = [above, *board.theorems[-4:-1]]
            board.have(Lt(0, n), using=known)
            board.have(Le(x, n), using=known)
            board.witness(Exists(n, And(Lt(0, n), Le(x, n))), n)
    return result[0]


@cache
def as_many() -> Theorem:
    """For e > 0 there is a natural n > 0 with x/n <= e."""
    board = Board([], {})
    e = reals("e")
    with board.suppose(Lt(0, e), fix=[x, e]) as result, board.obtain(at(large(), x / e), n):
        board.have(Lt(0, n))
        board.have(Lt(0, 1 / n))
        board.have(Le(x / e, n))
        board.have(Le(x / e * e, n * e))
        board.have(Le(x, n * e))
        board.have(Le(x * (1 / n), n * e * (1 / n)))
        board.have(Le(x / n, e))
        board.witness(Exists(n, And(Lt(0, n), Le(x / n, e))), n)
    return result[0]
