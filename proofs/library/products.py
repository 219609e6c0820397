"""Signs of products, and sums of squares: for all reals and all sizes."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import ForAll, Iff, Implies, Lt, reals
from ..kernel.theorem import Theorem

x, y = reals("x y")


@cache
def positive_factor() -> Theorem:
    """0 < x implies that 0 < x y exactly if 0 < y"""
    board = Board([], {})
    return board.have(ForAll(x, y, Implies(Lt(0, x), Iff(Lt(0, x * y), Lt(0, y)))))
