"""Calculus from epsilon and delta: the rules of differentiation, as theorems about arbitrary functions.

``D(t, f(t), a, u)`` says that the derivative of t -> f(t) at a exists and is u.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.conversion import converted
from ..board.notation import And, Eq, Exists, ForAll, Implies, Le, Lt, S, absolute, function, mini, naturals, reals
from ..board.notation import D as derivative  # noqa: N811 - a name with meaning, where a is a point and d a radius
from ..kernel.definition import epsilon_delta
from ..kernel.term import Term, abstract, eq, instantiate, substitute
from ..kernel.theorem import Theorem, infer
from .order import (
    absolute_nonnegative,
    absolute_product,
    at,
    below_minimum,
    composed_increment,
    minimum_positive,
    near,
    room,
    scaled,
    share,
    triangle,
)

f, g = function("f", "R>R"), function("g", "R>R")
F, U = function("F", "NR>R"), function("U", "N>R")
a, u, v, c, t = reals("a u v c t")
e, e1, e2, d, d1, d2, h = reals("e e1 e2 d d1 d2 h")
j, n = naturals("j n")


def _proved(statement: Any, derive: Callable[[Board], None], *hypotheses: Any) -> Theorem:
    board = Board([to_term(p) for p in hypotheses], {"rule": to_term(statement)})
    derive(board)
    theorem = board.theorem()
    for p in reversed(hypotheses):
        theorem = infer("discharge", [theorem], to_term(p))
    return theorem


def applied(theorem: Theorem, values: Mapping[Any, Any]) -> Theorem:
    """The theorem with values for its free symbols; for a function a pair of its variables and its value there."""
    table = []
    for name, value in values.items():
        if isinstance(value, tuple):
            variables, body = value
            bound = [to_term(v).data for v in (variables if isinstance(variables, tuple) else (variables,))]
            table.append(((name.name, name.signature), abstract(to_term(body), bound)))
        else:
            table.append((to_term(name).data, to_term(value)))
    return infer("substitute", [theorem], tuple(table))


def _estimate(board: Board, slope: Any, epsilon: Any) -> Theorem:
    """There is d > 0 such that the increment is linear up to epsilon |h| for all |h| <= d."""
    text = infer("taut", [board.have(slope), infer("unfold", (), to_term(slope))], epsilon_delta(to_term(slope)))
    at = infer("instantiate", [text], to_term(epsilon))
    return infer("taut", [at, board.have(Lt(0, epsilon))], at.statement.args[1])


def increments(board: Board, radius: Any) -> Theorem:
    """The bound on the increments for |h| <= radius, from the block that named the radius."""
    positive = to_term(Lt(0, radius))
    pairs = (t for t in board.theorems if t.statement.head == "and" and len(t.statement.args) == 2)
    found = next(t for t in pairs if t.statement.args[0] is positive)
    return infer("taut", [found], found.statement.args[1])


@contextmanager
def _for_every_epsilon(board: Board, slope: Any) -> Iterator[Term]:
    """A block for arbitrary e > 0 that has to end in the existence it yields; afterwards `slope` is concluded."""
    goal = to_term(slope)
    text = epsilon_delta(goal)
    with board.suppose(Lt(0, e), fix=[e]):
        yield instantiate(text.args[0], [to_term(e)]).args[1]
    meant = board.have(text)
    board.use(infer("taut", [meant, infer("unfold", (), goal)], goal))
    board.conclude("rule")


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
            board.use(at(minimum_positive(), d1, d2))
            with board.suppose(Le(absolute(h), mini(d1, d2)), fix=[h]):
                board.use(at(below_minimum(), absolute(h), d1, d2))
                board.have(Le(absolute(h), d1))
                board.have(Le(absolute(h), d2))
                board.use(at(increments(board, d1), h), at(increments(board, d2), h))
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
                    board.use(at(increments(board, d), h))
                    board.have(Le(absolute(f(a + h) - f(a) - u * h), e / factor * absolute(h)))
                    board.use(at(absolute_product(), c, f(a + h) - f(a) - u * h), at(absolute_nonnegative(), h))
                    board.use(at(share(), absolute(c), e, absolute(h), absolute(f(a + h) - f(a) - u * h)))
                    board.have(Le(absolute(c * f(a + h) - c * f(a) - c * u * h), e * absolute(h)))
                board.witness(wanted, d)

    return _proved(rule, derive, slope)


@cache
def chain_rule() -> Theorem:
    """(g o f)'(a) = g'(f(a)) f'(a)"""
    rule = derivative(t, g(f(t)), a, v * u)
    inner, outer = derivative(t, f(t), a, u), derivative(t, g(t), f(a), v)
    p, q = f(a + h) - f(a), g(f(a + h)) - g(f(a))

    def derive(board: Board) -> None:
        with _for_every_epsilon(board, rule) as wanted:
            board.use(at(absolute_nonnegative(), u), at(absolute_nonnegative(), v))
            board.have(Lt(0, e / 2))
            with (
                board.obtain(_room(board, e / 2, absolute(u)), e1),
                board.obtain(_room(board, e / 2, absolute(v)), e2),
                board.obtain(_estimate(board, outer, e1), d1),
                board.obtain(_estimate(board, inner, e2), d2),
                board.obtain(_room(board, d1, absolute(u)), d),
            ):
                board.use(at(minimum_positive(), d, d2))
                with board.suppose(Le(absolute(h), mini(d, d2)), fix=[h]):
                    board.use(at(below_minimum(), absolute(h), d, d2))
                    board.have(Le(absolute(h), d2))
                    board.use(at(increments(board, d2), h))
                    board.have(Le(absolute(p - u * h), e2 * absolute(h)))
                    board.use(at(absolute_nonnegative(), h), at(scaled(), absolute(h), e2, 1))
                    board.have(Le(absolute(p - u * h), absolute(h)))
                    board.have(Le(0, absolute(u) + 1))
                    board.use(at(scaled(), absolute(u) + 1, absolute(h), d))
                    board.have(Le((absolute(u) + 1) * absolute(h), d1))
                    board.use(at(near(), p, u, h, d1))
                    board.have(Le(absolute(p), d1))
                    board.use(at(increments(board, d1), p))
                    board.have(Le(absolute(q - v * p), e1 * absolute(p)))
                    board.have(Le(absolute(v) * e2, e / 2))
                    board.use(at(composed_increment(), p, q, u, v, h, e, e1, e2))
                    board.have(Le(absolute(q - v * u * h), e * absolute(h)))
                board.witness(wanted, mini(d, d2))

    return _proved(rule, derive, inner, outer)


def _turned(equation: Theorem) -> Theorem:
    left, right = equation.statement.args
    return infer("taut", [equation], eq(right, left))


def _room(board: Board, epsilon: Any, x: Any) -> Theorem:
    implication = at(room(), epsilon, x)
    conclusion = implication.statement.args[1].args[1]
    return infer("taut", [implication, board.have(Lt(0, epsilon)), board.have(Le(0, x))], conclusion)


@cache
def local_rule() -> Theorem:
    """Functions that agree near a have the same derivative at a."""
    rule, slope = derivative(t, g(t), a, u), derivative(t, f(t), a, u)
    agree = Exists(d1, And(Lt(0, d1), ForAll(h, Implies(Le(absolute(h), d1), Eq(f(a + h), g(a + h))))))

    def derive(board: Board) -> None:
        with (
            _for_every_epsilon(board, rule) as wanted,
            board.obtain(board.have(agree), d1),
            board.obtain(_estimate(board, slope, e), d2),
        ):
            board.use(at(minimum_positive(), d1, d2))
            board.use(at(increments(board, d1), 0))
            board.have(Le(absolute(0), d1))
            board.have(Eq(f(a), g(a)))
            with board.suppose(Le(absolute(h), mini(d1, d2)), fix=[h]):
                board.use(at(below_minimum(), absolute(h), d1, d2))
                board.use(at(increments(board, d1), h), at(increments(board, d2), h))
                board.have(Eq(f(a + h), g(a + h)))
                board.have(Eq(f(a + h) - f(a) - u * h, g(a + h) - g(a) - u * h))
                board.have(Le(absolute(f(a + h) - f(a) - u * h), e * absolute(h)))
                board.have(Le(absolute(g(a + h) - g(a) - u * h), e * absolute(h)), by=_turned(board.theorems[-2]))
            board.witness(wanted, mini(d1, d2))

    return _proved(rule, derive, slope, agree)


@cache
def finite_sum_rule() -> Theorem:
    """The derivative of a sum over j < n is the sum of the derivatives."""

    def claim(size: Any) -> Any:
        each = ForAll(j, Implies(Lt(j, size), derivative(t, F(j, t), a, U(j))))
        return Implies(each, derivative(t, S(j, size, F(j, t)), a, S(j, size, U(j))))

    board = Board([], {})

    def base() -> None:
        empty = to_term(claim(n)).args[1]
        board.use(converted(applied(constant_rule(), {c: 0}), _with_size(empty, to_term(0))))

    def step() -> None:
        goal = _with_size(to_term(claim(n)), to_term(n + 1))
        each, whole = goal.args
        with board.suppose(each):
            with board.suppose(Lt(j, n), fix=[j]):
                board.have(derivative(t, F(j, t), a, U(j)))
            before = board.have(derivative(t, S(j, n, F(j, t)), a, S(j, n, U(j))))
            last = board.have(derivative(t, F(n, t), a, U(n)))
            both = applied(sum_rule(), {f: (t, S(j, n, F(j, t))), g: (t, F(n, t)), u: S(j, n, U(j)), v: U(n)})
            joined = infer("taut", [both, before, last], both.statement.args[1].args[1])
            board.use(converted(joined, whole))
            board.have(whole)

    return board.induction(n, claim(n), base=base, step=step)


def _with_size(p: Term, size: Term) -> Term:
    return substitute(p, {to_term(n).data: size})
