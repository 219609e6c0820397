"""Derivatives that are given: there is only one, and at a minimum it is 0."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import D as derivative  # noqa: N811 - a name with meaning, where a is a point and d a radius
from ..board.notation import Eq, ForAll, Implies, Le, Lt, Or, absolute, function, reals
from ..kernel.definition import epsilon_delta
from ..kernel.theorem import Theorem, infer
from .calculus import applied, increments, scaling_rule, sum_rule
from .order import at, small_is_zero

f, g = function("f", "R>R"), function("g", "R>R")
a, u, v, c, t = reals("a u v c t")
e, d, h = reals("e d h")


def estimate(board: Board, slope: Any, epsilon: Any) -> Theorem:
    """There is d > 0 such that the increment is linear up to epsilon |h| for all |h| <= d."""
    text = infer("taut", [board.have(slope), infer("unfold", (), to_term(slope))], epsilon_delta(to_term(slope)))
    at_epsilon = infer("instantiate", [text], to_term(epsilon))
    return infer("taut", [at_epsilon, board.have(Lt(0, epsilon))], at_epsilon.statement.args[1])


@cache
def at_a_minimum() -> Theorem:
    """Where f has its least value, its derivative can only be 0: f(a) <= f(t) for all t, f'(a) = u imply u = 0"""
    least, slope = ForAll(t, Le(f(a), f(t))), derivative(t, f(t), a, u)
    board = Board([], {})
    with board.suppose(least, slope, fix=[a, u]) as result:
        with board.suppose(Lt(0, e), fix=[e]), board.obtain(estimate(board, slope, e), d):
            for step in (d, -d):
                board.use(at(increments(board, d), step))
                board.have(Eq(absolute(step), d))
                linear = board.have(Le(absolute(f(a + step) - f(a) - u * step), e * d))
                above = board.have(Le(f(a), f(a + step)))
                board.have(Le(-u * step, e * d), using=[linear, above])
            board.have(Le(absolute(u) * d, e * d))
            board.have(Le(absolute(u), e))
        board.use(at(small_is_zero(), u))
        board.have(Eq(u, 0))
    return result[0]


@cache
def unique() -> Theorem:
    """f has one derivative at a at most: f'(a) = u and f'(a) = v imply u = v"""
    first, second = derivative(t, f(t), a, u), derivative(t, f(t), a, v)
    difference = derivative(t, f(t) + -1 * f(t), a, u + -1 * v)
    board = Board([], {})
    with board.suppose(first, second, fix=[a, u, v]) as result:
        board.use(applied(scaling_rule(), {c: -1, u: v}))
        board.use(applied(sum_rule(), {g: (t, -1 * f(t)), v: -1 * v}))
        board.have(difference)
        board.use(at(applied(at_a_minimum(), {f: (t, f(t) + -1 * f(t))}), a, u + -1 * v))
        board.have(ForAll(t, Le(f(a) + -1 * f(a), f(t) + -1 * f(t))))
        board.have(Eq(u, v))
    return result[0]


@cache
def no_zero_divisors() -> Theorem:
    """x y = 0 implies x = 0 or y = 0"""
    x, y = reals("x y")
    return Board([], {}).have(ForAll(x, y, Implies(Eq(x * y, 0), Or(Eq(x, 0), Eq(y, 0)))))
