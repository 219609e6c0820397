"""Convexity without derivatives: the square, and the points of which a quadratic says that they are its minimum."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import And, Eq, ForAll, Implies, Le, S, naturals, reals
from ..kernel.theorem import Theorem
from .order import at, proved, weighted_square
from .squares import a, h

i, n = naturals("i n")
x, y, al, value, other, slope, curvature = reals("x y al value other slope curvature")


@cache
def convex_square() -> Theorem:
    """(u x + (1 - u) y)^2 <= u x^2 + (1 - u) y^2 for 0 <= u <= 1"""
    board = Board([], {})
    with board.suppose(Le(0, al), Le(al, 1), fix=[al, x, y]) as result:
        board.have(Le(0, al * (1 - al)))
        board.use(at(weighted_square(), al * (1 - al), x - y))
        board.have(Le((al * x + (1 - al) * y) ** 2, al * x**2 + (1 - al) * y**2))
    return result[0]


@cache
def stationary_minimum() -> Theorem:
    """Where a quadratic has no negative slope, value + slope + curvature is at least value + curvature"""
    expanded = Eq(other, value + slope + curvature)
    above = Le(value + curvature, other)
    equality = Implies(Le(0, curvature), And(Le(value, other), Implies(Le(other, value), Eq(curvature, 0))))
    return proved(ForAll(value, other, slope, curvature, Implies(expanded, Le(0, slope), And(above, equality))))


@cache
def least_norm() -> Theorem:
    """A point h with no negative slope of |h|^2/2 towards a point a has |h|^2/2 + |a - h|^2/2 <= |a|^2/2"""
    half_square, slope = S(i, n, a(i) ** 2) / 2, S(i, n, h(i) * (a(i) - h(i)))
    least, apart = S(i, n, h(i) ** 2) / 2, S(i, n, (a(i) - h(i)) ** 2) / 2
    board = Board([], {})
    with board.suppose(Le(0, slope), fix=[n]) as result:
        expanded = board.have(Eq(half_square, least + slope + apart))
        minimum = at(stationary_minimum(), least, half_square, slope, apart)
        board.have(Le(least + apart, half_square), using=[board.given(Le(0, slope)), expanded, minimum])
    return result[0]
