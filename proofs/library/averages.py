"""Sums with weights that add up to 1."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import Eq, ForAll, Le, S, absolute, function, naturals, reals
from ..kernel.theorem import Theorem
from .calculus import applied
from .order import at
from .sums import a, b, dominated

i, n = naturals("i n")
K, y = reals("K y")
p, c = function("p", "N>R"), function("c", "N>R")


@cache
def near_average() -> Theorem:
    """|sum of c(i) p(i) over i < n, less y| <= K, if the p(i) add up to 1 and |(c(i) - y) p(i)| <= K p(i) for i < n"""
    board = Board([], {})
    off = (c(i) - y) * p(i)
    bounds = ForAll(i < n, Le(absolute(off), K * p(i)))
    with board.suppose(Eq(S(i, n, p(i)), 1), bounds, fix=[K, y, n]) as result:
        board.use(at(applied(dominated(), {a: (i, off), b: (i, p(i))}), K, n))
        board.have(Le(absolute(S(i, n, off)), K * S(i, n, p(i))))
        one = board.have(Eq(S(i, n, p(i)), 1))
        same = board.have(Eq(S(i, n, c(i) * p(i)) - y, S(i, n, off)), using=[one])
        board.have(Le(absolute(S(i, n, off)), K))
        board.have(Le(absolute(S(i, n, c(i) * p(i)) - y), K), by=same)
    return result[0]
