"""Finite sums: bounds term by term."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import ForAll, Le, S, absolute, function, naturals, reals
from ..kernel.theorem import Theorem

i, n = naturals("i n")
K = reals("K")
a, b = function("a", "N>R"), function("b", "N>R")


@cache
def dominated() -> Theorem:
    """|sum of a(i) over i < n| <= K sum of b(i), if |a(i)| <= K b(i) for all i < n"""
    board = Board([], {})
    with board.suppose(ForAll(i < n, Le(absolute(a(i)), K * b(i))), fix=[K, n]) as result:
        board.have(ForAll(i, Le(a(i), absolute(a(i)))))
        board.have(ForAll(i, Le(-absolute(a(i)), a(i))))
        board.have(ForAll(i < n, Le(a(i), K * b(i))))
        board.have(ForAll(i < n, Le(-K * b(i), a(i))))
        board.have(Le(S(i, n, a(i)), K * S(i, n, b(i))))
        board.have(Le(-K * S(i, n, b(i)), S(i, n, a(i))))
        board.have(Le(absolute(S(i, n, a(i))), K * S(i, n, b(i))))
    return result[0]
