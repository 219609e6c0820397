"""Derivatives of exp, log, 1/x and the logistic function: each increment is linear up to a multiple of h^2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import (
    And,
    Eq,
    ForAll,
    Implies,
    Le,
    Lt,
    Ne,
    absolute,
    exp,
    function,
    log,
    mini,
    reals,
    relu,
    sigmoid,
    step,
)
from ..board.notation import D as derivative  # noqa: N811 - as in `calculus`
from ..kernel.definition import epsilon_delta
from ..kernel.term import instantiate
from ..kernel.theorem import Theorem, infer
from . import exponential, logarithm
from .calculus import applied, chain_rule, increments
from .differentiation import by_calculus
from .order import absolute_nonnegative, absolute_product, at, below_minimum, minimum_positive, small_is_zero

f, g = function("f", "R>R"), function("g", "R>R")
a, u, v, c, t = reals("a u v c t")
e, d, h, r, K = reals("e d h r K")


@cache
def quadratic_rule() -> Theorem:
    """The derivative of f at a is u, if |f(a + h) - f(a) - u h| <= K h^2 for all |h| <= r, where r > 0 and K >= 0"""
    slope = derivative(t, f(t), a, u)
    error = absolute(f(a + h) - f(a) - u * h)
    bound = ForAll(h, Implies(Le(absolute(h), r), Le(error, K * h**2)))
    radius = mini(r, e / (K + 1))
    board = Board([], {})
    with board.suppose(Lt(0, r), Le(0, K), bound, fix=[a, u, K, r]) as result:
        with board.suppose(Lt(0, e), fix=[e]):
            board.have(Lt(0, 1 / (K + 1)))
            board.have(Lt(0, e / (K + 1)))
            share = board.have(Le(K * (e / (K + 1)), e))
            board.use(at(minimum_positive(), r, e / (K + 1)))
            with board.suppose(Le(absolute(h), radius), fix=[h]):
                board.use(at(below_minimum(), absolute(h), r, e / (K + 1)))
                near = board.have(Le(absolute(h), r))
                small = board.have(Le(absolute(h), e / (K + 1)))
                sign = at(absolute_nonnegative(), h)
                first = board.have(Le(error, K * h**2), using=[near, board.given(bound)])
                square = board.have(Eq(h**2, absolute(h) * absolute(h)), using=[])
                grown = board.have(Le(K * absolute(h), K * (e / (K + 1))), using=[small, board.given(Le(0, K))])
                linear = board.have(Le(K * absolute(h), e), using=[grown, share])
                second = board.have(Le(K * absolute(h) * absolute(h), e * absolute(h)), using=[linear, sign])
                board.have(Le(error, e * absolute(h)), using=[first, square, second])
            board.witness(instantiate(epsilon_delta(to_term(slope)).args[0], [to_term(e)]).args[1], radius)
        board.use(infer("unfold", (), to_term(slope)))
        board.have(slope)
    return result[0]


def _slope(
    body: Callable[[Any], Any],
    value: Any,
    factor: Any,
    radius: Any,
    lines: Callable[[Board], list[Theorem]],
    suppose: Sequence[Any] = (),
    facts: Sequence[Theorem] = (),
) -> Theorem:
    """The derivative of body(t) at a is value, as the error is at most factor h^2 for |h| <= radius."""
    board = Board([], {})
    board.use(*facts)
    with board.suppose(*suppose, fix=[a]) as result:
        with board.suppose(Le(absolute(h), radius), fix=[h]):
            found = lines(board)
            board.have(Le(absolute(body(a + h) - body(a) - value * h), factor * h**2), using=found)
        near = board.theorems[-1]
        large = board.have(Lt(0, radius))
        sign = board.have(Le(0, factor))
        rule = at(applied(quadratic_rule(), {f: (t, body(t))}), a, value, factor, radius)
        board.have(derivative(t, body(t), a, value), using=[rule, near, large, sign])
    return result[0]


@cache
def exp_slope() -> Theorem:
    """exp'(a) = exp(a), as 1 + h <= exp(h) <= 1/(1 - h) for |h| <= 1/2."""

    def lines(board: Board) -> list[Theorem]:
        product = board.have(Eq(exp(a + h), exp(a) * exp(h)), using=[exponential.addition()])
        size = board.have(Lt(0, exp(a)), using=[exponential.positive()])
        half = board.have(And(Le(h, Fraction(1, 2)), Le(-Fraction(1, 2), h)))
        low = board.have(Le(1 + h, exp(h)), using=[exponential.tangent()])
        opposite = board.have(Le(1 - h, exp(-h)), using=[exponential.tangent()])
        inverse = board.have(Eq(exp(h) * exp(-h), 1), using=[exponential.inverse()])
        grown = board.have(Lt(0, exp(h)), using=[exponential.positive()])
        bound = board.have(Le(exp(h) * (1 - h), 1), using=[opposite, inverse, grown])
        room = board.have(Lt(0, 1 - h), using=[half])
        positive = board.have(Lt(0, 1 / (1 - h)), using=[room])
        divided = board.have(Eq((1 - h) * (1 / (1 - h)), 1), using=[room])
        twice = board.have(Le(1 / (1 - h), 2), using=[half, positive, divided])
        top = board.have(Le(exp(h) * (1 - h) * (1 / (1 - h)), 1 / (1 - h)), using=[bound, positive])
        top = board.have(Le(exp(h), 1 / (1 - h)), using=[top, divided])
        series = board.have(Eq(1 / (1 - h), 1 + h + h**2 * (1 / (1 - h))), using=[divided])
        rest = board.have(Le(h**2 * (1 / (1 - h)), 2 * h**2), using=[twice])
        high = board.have(Le(exp(h) - 1 - h, 2 * h**2), using=[top, series, rest])
        below = board.have(Le(0, exp(a) * (exp(h) - 1 - h)), using=[size, low])
        above = board.have(Le(exp(a) * (exp(h) - 1 - h), exp(a) * (2 * h**2)), using=[size, high])
        error = board.have(Eq(exp(a + h) - exp(a) - exp(a) * h, exp(a) * (exp(h) - 1 - h)), using=[product])
        return [below, above, error]

    return _slope(exp, exp(a), 2 * exp(a), Fraction(1, 2), lines, facts=[exponential.positive()])


@cache
def log_slope() -> Theorem:
    """log'(a) = 1/a for a > 0, as 1 - 1/x <= log(x) <= x - 1 at x = (a + h)/a."""

    def lines(board: Board) -> list[Theorem]:
        q = h / a
        positive = board.given(Lt(0, a))
        inverse = board.have(Eq(a * (1 / a), 1), using=[positive])
        above = board.have(Lt(0, 1 / a), using=[positive])
        near = board.have(Le(-a / 2, h))
        scaled = board.have(Le(-a / 2 * (1 / a), h * (1 / a)), using=[near, above])
        near = board.have(Le(-Fraction(1, 2), q), using=[scaled, inverse])
        board.have(Lt(0, 1 + q), using=[near])
        product = board.have(Eq(a * (1 + q), a + h), using=[inverse])
        board.use(at(logarithm.of_product(), a, 1 + q))
        split = board.have(Eq(log(a * (1 + q)), log(a) + log(1 + q)))
        split = board.have(Eq(log(a + h), log(a) + log(1 + q)), using=[split, product])
        upper = board.have(Le(log(1 + q), q), using=[at(logarithm.upper(), 1 + q), *board.theorems])
        lower = board.have(Le(1 - 1 / (1 + q), log(1 + q)), using=[at(logarithm.lower(), 1 + q), *board.theorems])
        room = board.have(Lt(0, 1 / (1 + q)), using=[board.given(Lt(0, 1 + q))])
        divided = board.have(Eq((1 + q) * (1 / (1 + q)), 1), using=[board.given(Lt(0, 1 + q))])
        twice = board.have(Le(1 / (1 + q), 2), using=[near, room, divided])
        series = board.have(Eq(1 / (1 + q), 1 - q + q**2 * (1 / (1 + q))), using=[divided])
        rest = board.have(Le(q**2 * (1 / (1 + q)), 2 * q**2), using=[twice])
        lower = board.have(Le(q - 2 * q**2, log(1 + q)), using=[lower, series, rest])
        return [split, upper, lower]

    return _slope(log, 1 / a, 2 / a**2, a / 2, lines, suppose=[Lt(0, a)])


@cache
def reciprocal_slope() -> Theorem:
    """The derivative of 1/t at a > 0 is -1/a^2."""

    def lines(board: Board) -> list[Theorem]:
        positive = board.given(Lt(0, a))
        inverse = board.have(Eq(a * (1 / a), 1), using=[positive])
        above = board.have(Lt(0, 1 / a), using=[positive])
        near = board.have(Le(a / 2, a + h))
        moved = board.have(Lt(0, a + h), using=[near, positive])
        room = board.have(Lt(0, 1 / (a + h)), using=[moved])
        divided = board.have(Eq((a + h) * (1 / (a + h)), 1), using=[moved])
        twice = board.have(Le(a * (1 / (a + h)), 2), using=[near, room, divided])
        twice = board.have(Le(a * (1 / (a + h)) * (1 / a), 2 * (1 / a)), using=[twice, above])
        twice = board.have(Le(1 / (a + h), 2 / a), using=[twice, inverse])
        series = board.have(
            Eq(1 / (a + h), 1 / a - h * (1 / a) ** 2 + h**2 * (1 / a) ** 2 * (1 / (a + h))), using=[divided, inverse]
        )
        rest = board.have(Le(h**2 * (1 / a) ** 2 * (1 / (a + h)), h**2 * (1 / a) ** 2 * (2 / a)), using=[twice])
        sign = board.have(Le(0, h**2 * (1 / a) ** 2 * (1 / (a + h))), using=[room])
        return [series, rest, sign]

    return _slope(lambda s: 1 / s, -1 / a**2, 2 / a**3, a / 2, lines, suppose=[Lt(0, a)])


@cache
def sigmoid_slope() -> Theorem:
    """The derivative of sigmoid(c t) at a is c sigmoid(c a) (1 - sigmoid(c a))."""
    inner, shift = 1 + exp(-(c * t)), 1 + exp(-(c * a))
    value = c * sigmoid(c * a) * (1 - sigmoid(c * a))
    board = Board([], {})
    with board.suppose(fix=[a, c]) as result:
        board.use(exp_slope())
        below = board.have(derivative(t, inner, a, -c * exp(-(c * a))), prover=by_calculus)
        weight = board.have(Lt(0, exp(-(c * a))), using=[exponential.positive()])
        denominator = board.have(Lt(0, shift), using=[weight])
        outer = board.have(derivative(t, 1 / t, shift, -1 / shift**2), using=[reciprocal_slope(), denominator])
        values = {f: (t, inner), g: (t, 1 / t), a: a, u: -c * exp(-(c * a)), v: -1 / shift**2}
        chained = applied(chain_rule(), values)
        found = board.have(
            derivative(t, sigmoid(c * t), a, -1 / shift**2 * (-c * exp(-(c * a)))), using=[chained, below, outer]
        )
        unit = board.have(Eq(shift * (1 / shift), 1), using=[denominator])
        same = board.have(Eq(value, -1 / shift**2 * (-c * exp(-(c * a)))), using=[unit])
        board.have(derivative(t, sigmoid(c * t), a, value), by=same, using=[found])
    return result[0]


@cache
def relu_slope() -> Theorem:
    """The derivative of the rectifier at a /= 0 is [0 < a]: the sign stays for |h| <= |a|/2."""

    def lines(board: Board) -> list[Theorem]:
        return list(board.theorems)

    return _slope(relu, step(a), 0, absolute(a) / 2, lines, suppose=[Ne(a, 0)])


@cache
def sigmoid_slope_bounds() -> Theorem:
    """0 < sigmoid(t) (1 - sigmoid(t)) <= 1/4, as s (1 - s) = 1/4 - (s - 1/2)^2 and 0 < s < 1."""
    inside = And(Lt(0, sigmoid(t)), Lt(sigmoid(t), 1))
    product = sigmoid(t) * (1 - sigmoid(t))
    positive = Board([], {}).have(ForAll(u, Implies(Lt(0, u), Lt(u, 1), Lt(0, u * (1 - u)))))
    square = Board([], {}).have(ForAll(u, Le(0, u**2)))
    board = Board([], {})
    with board.suppose(fix=[t]) as result:
        board.have(Lt(0, exp(-t)), using=[exponential.positive()])
        board.have(inside)
        first = board.have(Lt(0, product), using=[board.theorems[-1], at(positive, sigmoid(t))])
        second = board.have(Le(product, Fraction(1, 4)), using=[at(square, sigmoid(t) - Fraction(1, 2))])
        board.have(And(Lt(0, product), Le(product, Fraction(1, 4))), using=[first, second])
    return result[0]


@cache
def one_sided_slope(side: int) -> Theorem:
    """If f has a derivative at a, and f(a + side h) = f(a) + u side h for all h >= 0, then it is u (side: 1 or -1)."""
    slope = derivative(t, f(t), a, v)
    straight = ForAll(h, Implies(Le(0, h), Eq(f(a + side * h), f(a) + u * (side * h))))
    board = Board([], {})
    with board.suppose(slope, straight, fix=[a, u, v]) as result:
        text = infer("taut", [board.given(slope), infer("unfold", (), to_term(slope))], epsilon_delta(to_term(slope)))
        with board.suppose(Lt(0, e), fix=[e]):
            near = at(text, e)
            near = infer("taut", [near, board.theorems[-1]], near.statement.args[1])
            with board.obtain(near, d):
                positive = infer("taut", [board.theorems[-1]], to_term(Lt(0, d)))
                error = at(increments(board, d), side * d)
                value = Eq(f(a + side * d), f(a) + u * (side * d))
                value = board.have(value, using=[at(board.given(straight), d), positive])
                size = board.have(Eq(absolute(side * d), d), using=[positive])
                error = board.have(
                    Le(absolute(f(a + side * d) - f(a) - v * (side * d)), e * d), using=[error, positive, size]
                )
                error = board.have(Le(absolute((u - v) * d), e * d), using=[error, value])
                board.use(at(absolute_product(), u - v, d))
                error = board.have(Le(absolute(u - v) * d, e * d), using=[error, positive, board.theorems[-1]])
                board.have(Le(absolute(u - v), e), using=[error, positive])
        small = board.have(Eq(u - v, 0), using=[at(small_is_zero(), u - v), board.theorems[-1]])
        board.have(Eq(v, u), using=[small])
    return result[0]
