"""Convexity without derivatives: the square, and the point at which a quadratic expansion ends a search."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import And, Eq, ForAll, Implies, Le, reals
from ..kernel.theorem import Theorem
from .order import at, proved, weighted_square

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
    """A convex quadratic, expanded at a point of slope >= 0, is least there, and elsewhere only where it is flat"""
    expanded = Eq(other, value + slope + curvature)
    least = And(Le(value, other), Implies(Eq(other, value), And(Eq(slope, 0), Eq(curvature, 0))))
    return proved(ForAll(value, other, slope, curvature, Implies(expanded, Le(0, slope), Le(0, curvature), least)))
