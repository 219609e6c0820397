"""Limits from epsilon and delta: how to open one, how to close one, that there is only one, and one rate of decay."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, Eq, ForAll, Implies, Le, Lt, absolute, exp, function, lim, mini, reals
from ..kernel.definition import epsilon_delta
from ..kernel.term import Term, instantiate
from ..kernel.theorem import Theorem, infer
from .exponential import decay, positive
from .order import at, small_is_zero, triangle, triangle_from

F = function("F", "R>R")
C, L, K, g, s, d, d1, d2, e, x = reals("C L K g s d d1 d2 e x")


def text(limit: Any) -> Term:
    """What the limit says, in epsilon and delta."""
    return epsilon_delta(to_term(limit))


def _conclude(board: Board, limit: Any) -> None:
    board.use(infer("unfold", (), to_term(limit)))
    board.have(limit)


@cache
def bounded_product() -> Theorem:
    """x exp(-x) <= 1 for x >= 0"""
    board = Board([], {})
    board.use(decay(), positive())
    with board.suppose(Le(0, x), fix=[x]) as result:
        board.have(Le(exp(-x), 1 / (1 + x)))
        board.have(Lt(0, exp(-x)))
        board.have(Le((1 + x) * exp(-x), 1))
        board.have(Le(x * exp(-x), 1))
    return result[0]


@cache
def decaying() -> Theorem:
    """F(s) -> L as s -> 0 from above, if |F(s) - L| <= C exp(-g/2s^2) for all s > 0, where g > 0 and C >= 0"""
    bound = ForAll(s, Implies(Lt(0, s), Le(absolute(F(s) - L), C * exp(-g / (2 * s**2)))))
    limit = lim(s, "0+", F(s), L)
    radius, rate = e * g / (2 * C + e * g), g / (2 * s**2)
    board = Board([], {})
    board.use(bounded_product())
    with board.suppose(Lt(0, g), Le(0, C), bound, fix=[C, L, g]) as result:
        with board.suppose(Lt(0, e), fix=[e]):
            board.have(Lt(0, 1 / (2 * C + e * g)))
            board.have(Lt(0, radius))
            board.have(Le(radius, 1))
            board.have(Le(2 * C * radius, e * g))
            with board.suppose(And(Lt(0, s), Le(s, radius)), fix=[s]):
                board.have(Lt(0, 1 / s))
                board.have(Le(s**2, radius))
                board.have(Le(0, rate))
                board.have(Le(rate * exp(-rate), 1))
                board.have(Le(g * exp(-rate), 2 * s**2))
                board.have(Le(g * exp(-rate), 2 * radius))
                board.have(Le(g * (C * exp(-rate)), g * e))
                board.have(Le(C * exp(-rate), e))
                board.have(Le(absolute(F(s) - L), e))
            board.witness(instantiate(text(limit).args[0], [to_term(e)]).args[1], radius)
        _conclude(board, limit)
    return result[0]


@cache
def unique() -> Theorem:
    """F(s) has one limit at most as s -> 0 from above"""
    first, second = lim(s, "0+", F(s), L), lim(s, "0+", F(s), K)
    board = Board([], {})
    with board.suppose(first, second, fix=[L, K]) as result:
        texts = [_opened(board, limit) for limit in (first, second)]
        with board.suppose(Lt(0, e), fix=[e]):
            board.have(Lt(0, e / 2))
            near = [infer("taut", [at(t, e / 2), board.theorems[-1]], at(t, e / 2).statement.args[1]) for t in texts]
            with board.obtain(near[0], d1), board.obtain(near[1], d2):
                board.have(And(Lt(0, mini(d1, d2)), Le(mini(d1, d2), d1), Le(mini(d1, d2), d2)))
                board.have(Le(absolute(F(mini(d1, d2)) - L), e / 2))
                board.have(Le(absolute(F(mini(d1, d2)) - K), e / 2))
                board.use(at(triangle_from(), L - K, F(mini(d1, d2)) - K), at(triangle(), L - K, F(mini(d1, d2)) - L))
                board.have(Le(absolute(L - K), e))
        board.use(at(small_is_zero(), L - K))
        board.have(Eq(L - K, 0))
        board.have(Eq(L, K))
    return result[0]


def _opened(board: Board, limit: Any) -> Theorem:
    return infer("taut", [board.have(limit), infer("unfold", (), to_term(limit))], text(limit))


@cache
def vanishing() -> Theorem:
    """F(x) -> L as x -> oo, if |F(x) - L| <= C exp(-x) for all x >= 0, where C >= 0"""
    bound = ForAll(x, Implies(Le(0, x), Le(absolute(F(x) - L), C * exp(-x))))
    limit = lim(x, "oo", F(x), L)
    board = Board([], {})
    board.use(decay())
    with board.suppose(Le(0, C), bound, fix=[C, L]) as result:
        with board.suppose(Lt(0, e), fix=[e]):
            board.have(Lt(0, 1 / e))
            board.have(Le(0, C / e))
            with board.suppose(Le(C / e, x), fix=[x]):
                board.have(Le(0, x))
                board.have(Le(exp(-x), 1 / (1 + x)))
                board.have(Lt(0, 1 / (1 + x)))
                board.have(Le(C, e * (1 + x)))
                board.have(Le(C * exp(-x), C * (1 / (1 + x))))
                board.have(Le(C * (1 / (1 + x)), e))
                board.have(Le(absolute(F(x) - L), e))
            board.witness(instantiate(text(limit).args[0], [to_term(e)]).args[1], C / e)
        _conclude(board, limit)
    return result[0]
