"""Finite sums: bounds term by term."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import ForAll, Le, Lt, S, absolute, function, naturals, reals
from ..kernel.theorem import Theorem
from .calculus import applied
from .order import absolute_scaled, at

i, n = naturals("i n")
K = reals("K")
a, b = function("a", "N>R"), function("b", "N>R")
r, p, c = function("r", "N>R"), function("p", "N>R"), function("c", "N>R")


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


@cache
def weighted() -> Theorem:
    """|sum of r(i) c(i) over i < n| <= K sum of p(i) |c(i)|, if 0 <= r(i) <= K p(i) for all i < n"""
    board = Board([], {})
    bounds = ForAll(i < n, Le(0, r(i))), ForAll(i < n, Le(r(i), K * p(i)))
    with board.suppose(*bounds, fix=[K, n]) as result:
        with board.suppose(Lt(i, n), fix=[i]):
            board.have(Le(0, r(i)))
            board.have(Le(r(i), K * p(i)))
            board.use(at(absolute_scaled(), r(i), K * p(i), c(i)))
            board.have(Le(absolute(r(i) * c(i)), K * (p(i) * absolute(c(i)))))
        board.use(at(applied(dominated(), {a: (i, r(i) * c(i)), b: (i, p(i) * absolute(c(i)))}), K, n))
        board.have(Le(absolute(S(i, n, r(i) * c(i))), K * S(i, n, p(i) * absolute(c(i)))))
    return result[0]
