"""Calculus from epsilon and delta: the rules of differentiation, as theorems about arbitrary functions.

``D(t, f(t), a, u)`` says that the derivative of t -> f(t) at a exists and is u.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import D as derivative
from ..board.notation import Eq, Exists, ForAll, Implies, Le, Lt, S, absolute, function, mini, naturals, reals
from ..kernel.definition import epsilon_delta
from ..kernel.term import Term, instantiate
from ..kernel.theorem import Theorem, infer
from .order import absolute_nonnegative, absolute_product, at, reciprocal_positive, share, small_is_zero, triangle, triangle_from

f, g = function("f", "R>R"), function("g", "R>R")
F, U = function("F", "NR>R"), function("U", "N>R")
a, u, v, c, t = reals("a u v c t")
e, d, d1, d2, h = reals("e d d1 d2 h")
j, n = naturals("j n")


def _proved(statement: Any, derive: Callable[[Board], None], *hypotheses: Any) -> Theorem:
    board = Board([to_term(p) for p in hypotheses], {"rule": to_term(statement)})
    derive(board)
    theorem = board.theorem()
    for p in reversed(hypotheses):
        theorem = infer("discharge", [theorem], to_term(p))
    return theorem


def _estimate(board: Board, slope: Any, epsilon: Any) -> Theorem:
    """There is d > 0 such that the increment is linear up to epsilon |h| for all |h| <= d."""
    text = infer("taut", [board.have(slope), infer("unfold", (), to_term(slope))], epsilon_delta(to_term(slope)))
    at = infer("instantiate", [text], to_term(epsilon))
    return infer("taut", [at, board.have(Lt(0, epsilon))], at.statement.args[1])


@contextmanager
def _for_every_epsilon(board: Board, slope: Any) -> Iterator[Term]:
    """A block for arbitrary e > 0 that has to end in the existence it yields; afterwards `slope` is concluded."""
    goal = to_term(slope)
    text = epsilon_delta(goal)
    with board.suppose(Lt(0, e), fix=[e]):
        yield instantiate(text.args[0], [to_term(e)]).args[1]
    infer_text = board.have(text)
    board.use(infer("taut", [infer_text, infer("unfold", (), goal)], goal))
    board.conclude("rule")


def _within(board: Board, radius: Any, lines: Callable[[], None]) -> None:
    with board.suppose(Le(absolute(h), radius), fix=[h]):
        lines()


@cache
def constant_rule() -> Theorem:
    """The derivative of a constant is 0."""
    rule = derivative(t, c, a, 0)

    def derive(board: Board) -> None:
        with _for_every_epsilon(board, rule) as wanted:
            board.witness(wanted, 1)

    return _proved(rule, derive)


@cache
def identity_rule() -> Theorem:
    """The derivative of t is 1."""
    rule = derivative(t, t, a, 1)

    def derive(board: Board) -> None:
        with _for_every_epsilon(board, rule) as wanted:
            board.witness(wanted, 1)

    return _proved(rule, derive)


@cache
def sum_rule() -> Theorem:
    """(f + g)' = f' + g'"""
    rule = derivative(t, f(t) + g(t), a, u + v)
    first, second = derivative(t, f(t), a, u), derivative(t, g(t), a, v)

    def derive(board: Board) -> None:
        with (
            _for_every_epsilon(board, rule) as wanted,
            board.obtain(_estimate(board, first, e / 2), d1),
            board.obtain(_estimate(board, second, e / 2), d2),
        ):
            with board.suppose(Le(absolute(h), mini(d1, d2)), fix=[h]):
                board.have(Le(absolute(h), d1))
                board.have(Le(absolute(h), d2))
                board.have(Le(absolute(f(a + h) - f(a) - u * h), e / 2 * absolute(h)))
                board.have(Le(absolute(g(a + h) - g(a) - v * h), e / 2 * absolute(h)))
                board.use(at(triangle(), f(a + h) - f(a) - u * h, g(a + h) - g(a) - v * h))
                board.have(Le(absolute(f(a + h) + g(a + h) - (f(a) + g(a)) - (u + v) * h), e * absolute(h)))
            board.witness(wanted, mini(d1, d2))

    return _proved(rule, derive, first, second)


@cache
def scaling_rule() -> Theorem:
    """(c f)' = c f'"""
    rule, slope = derivative(t, c * f(t), a, c * u), derivative(t, f(t), a, u)
    factor = absolute(c) + 1

    def derive(board: Board) -> None:
        with _for_every_epsilon(board, rule) as wanted:
            board.use(at(absolute_nonnegative(), c))
            board.have(Lt(0, factor))
            board.have(Lt(0, e / factor))
            with board.obtain(_estimate(board, slope, e / factor), d):
                with board.suppose(Le(absolute(h), d), fix=[h]):
                    board.have(Le(absolute(f(a + h) - f(a) - u * h), e / factor * absolute(h)))
                    board.use(at(absolute_product(), c, f(a + h) - f(a) - u * h), at(absolute_nonnegative(), h))
                    board.use(at(share(), absolute(c), e, absolute(h), absolute(f(a + h) - f(a) - u * h)))
                    board.have(Le(absolute(c * f(a + h) - c * f(a) - c * u * h), e * absolute(h)))
                board.witness(wanted, d)

    return _proved(rule, derive, slope)
