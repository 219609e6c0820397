"""Signs of products, and sums of squares: for all reals and all sizes."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import And, ForAll, Iff, Implies, Le, Lt, naturals, reals
from ..kernel.theorem import Theorem
from .order import at, weighted_square

k = naturals("k")
x, y = reals("x y")


@cache
def positive_factor() -> Theorem:
    """0 < x implies that 0 < x y exactly if 0 < y"""
    board = Board([], {})
    return board.have(ForAll(x, y, Implies(Lt(0, x), Iff(Lt(0, x * y), Lt(0, y)))))


@cache
def decay() -> Theorem:
    """0 <= x <= 1 implies 0 <= x^k and x^k (1 + k (1 - x)) <= 1"""
    board = Board([], {})
    with board.suppose(Le(0, x), Le(x, 1), fix=[x]):

        def positive() -> None:
            board.use(at(weighted_product(), x, x**k))

        def smaller() -> None:
            board.have(Le(0, x**k))
            board.use(at(weighted_product(), k + 1, x**k))
            board.use(at(weighted_square(), (k + 1) * x**k, 1 - x))
            board.have(Le(x**k * x * (1 + (k + 1) * (1 - x)), x**k * (1 + k * (1 - x))))

        board.induction(k, Le(0, x**k), step=positive)
        board.induction(k, Le(x**k * (1 + k * (1 - x)), 1), step=smaller)
        board.have(ForAll(k, And(Le(0, x**k), Le(x**k * (1 + k * (1 - x)), 1))))
    return board.theorems[-1]


@cache
def weighted_product() -> Theorem:
    """0 <= x and 0 <= y imply 0 <= x y"""
    return Board([], {}).have(ForAll(x, y, Implies(Le(0, x), Le(0, y), Le(0, x * y))))
