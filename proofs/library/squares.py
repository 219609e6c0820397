"""Sums of squares: one that does not exceed 0 has no term but 0."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import And, Eq, ForAll, Implies, Le, Lt, S, function, naturals, reals
from ..kernel.theorem import Theorem
from .calculus import applied
from .order import at

i, n = naturals("i n")
a, h = function("a", "N>R"), function("h", "N>R")
c, v = reals("c v")


@cache
def vanishing() -> Theorem:
    """A sum of a(i)^2 over i < n that is at most 0 has a(i) = 0 for every i < n"""
    board = Board([], {})

    def claim(size: object) -> object:
        return Implies(Le(S(i, size, a(i) ** 2), 0), ForAll(i < size, Eq(a(i), 0)))

    def step() -> None:
        board.have(Le(0, S(i, n, a(i) ** 2)))
        with board.suppose(Le(S(i, n + 1, a(i) ** 2), 0)):
            board.have(Le(S(i, n, a(i) ** 2), 0), "the last square is not negative")
            board.have(Le(a(n) ** 2, 0))
            board.have(Eq(a(n) ** 2, 0))
            board.have(Eq(a(n), 0))
            board.have(ForAll(i < n, Eq(a(i), 0)))
            with board.suppose(Lt(i, n + 1), fix=[i]):
                board.have(Eq(a(i), 0))

    return board.induction(n, claim(n), step=step)


@cache
def nonnegative() -> Theorem:
    """A sum of a(i)^2 over i < n is not negative"""
    return Board([], {}).have(ForAll(n, Le(0, S(i, n, a(i) ** 2))))


@cache
def pinned() -> Theorem:
    """c + S/2 <= v <= c, where S sums (a(i) - h(i))^2 over i < n, leaves only a(i) = h(i) for i < n"""
    board = Board([], {})
    away = S(i, n, (a(i) - h(i)) ** 2)
    with board.suppose(Le(c + away / 2, v), Le(v, c), fix=[n, c, v]) as result:
        board.have(Le(away, 0))
        board.use(at(applied(vanishing(), {a: (i, a(i) - h(i))}), n))
        board.have(ForAll(i < n, Eq(a(i) - h(i), 0)))
        board.have(ForAll(i < n, Eq(a(i), h(i))))
    return result[0]


@cache
def small_square() -> Theorem:
    """0 <= (2/(x + 1))^2/2 <= y, if y > 0 and x >= 2/y"""
    board = Board([], {})
    x, y = reals("x y")
    small = 2 / (x + 1)
    with board.suppose(Lt(0, y), Le(2 / y, x), fix=[x, y]) as result:
        board.have(Lt(0, 1 / y))
        board.have(Le(2, y * x))
        board.have(Lt(0, x))
        board.have(Lt(0, 1 / (x + 1)))
        board.have(Eq((x + 1) / (x + 1), 1))
        board.have(And(Le(1 / (x + 1), 1), Le(small, y)))
        board.have(Le(small**2 / 2, y))
        board.have(And(Le(0, small**2 / 2), Le(small**2 / 2, y)))
    return result[0]
