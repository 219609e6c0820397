"""The rectifier: its derivative beside the kink, and its mean under a symmetric law."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import (
    And,
    D,
    E,
    Eq,
    Integrable,
    Le,
    Lt,
    Ne,
    Or,
    SameLaw,
    absolute,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
    relu,
)
from ..kernel.term import Term, eq, substitute
from ..kernel.theorem import Theorem, infer
from .calculus import applied, increments, local_rule
from .differentiation import by_calculus
from .order import at, stays_negative

w = outcomes("w")
X = function("X", "W>R")
v = function("v", "N>R")
i, k = naturals("i k")
t, u, c, h, d1 = reals("t u c h d1")
at_zero, slope = reals("a u")  # as the theorems of calculus call the point and the value
f, g = function("f", "R>R"), function("g", "R>R")


@cache
def half_the_magnitude() -> Theorem:
    """E relu(X) = E |X| / 2, if X has the law of -X and X^2 is integrable; X and relu(X) are integrable."""
    x, opposite = X(w), relu(-X(w))
    symmetric = SameLaw(w, (), x, -x)
    result = And(Integrable(w, x), Integrable(w, relu(x)), Eq(E(w, relu(x)), E(w, absolute(x)) / 2))
    board = Board([], {})
    with board.suppose(symmetric, Integrable(w, x**2)):
        known = [board.integrable(w, y, "|X| <= X^2 + 1", by=x**2 + 1) for y in (x, relu(x))]
        board.have(Eq(E(w, opposite), E(w, relu(x)) - E(w, x)), "relu(-X) = relu(X) - X", using=known)
        board.have(Eq(E(w, absolute(x)), 2 * E(w, relu(x)) - E(w, x)), "|X| = 2 relu(X) - X", using=known)
        board.integrable(w, opposite, "at most X^2 + 1", by=x**2 + 1)
        board.same_mean(w, relu(x), opposite, "one law", law=board.have(symmetric))
        board.have(result)
    return board.theorems[-1]


@cache
def positive_half_the_time() -> Theorem:
    """E [0 < X] = 1/2, if X has the law of -X and is almost never 0."""
    positive, negative, zero = bracket(Lt(0, X(w))), bracket(Lt(0, -X(w))), bracket(Eq(X(w), 0))
    symmetric = SameLaw(w, (), X(w), -X(w))
    board = Board([], {})
    with board.suppose(symmetric, Eq(E(w, zero), 0)):
        known = [board.integrable(w, event, "between 0 and 1", by=1) for event in (positive, zero)]
        board.have(Eq(E(w, negative), 1 - E(w, positive) - E(w, zero)), "positive, negative or 0", using=known)
        board.integrable(w, negative, "between 0 and 1", by=1)
        board.same_mean(w, positive, negative, "one law", law=board.have(symmetric))
        board.have(And(Integrable(w, positive), Eq(E(w, positive), Fraction(1, 2))))
    return board.theorems[-1]


def specialised(board: Board, theorem: Theorem, outcome: Any, x: Any) -> None:
    """A fact: the theorem for the random variable x, of which lines above grant its premises."""
    theorem = applied(theorem, {X: (outcome, x)})
    while theorem.statement.head == "imp":
        theorem = infer("taut", [theorem, board.given(theorem.statement.args[0])], theorem.statement.args[1])
    board.use(theorem)


@cache
def slope_beside_the_kink() -> Theorem:
    """The derivative of relu(u + c t) at t = 0 is c [0 < u], unless u = 0 and c /= 0."""
    line, rectified = (u + c * t) * bracket(Lt(0, u)), relu(u + c * t)
    local = applied(local_rule(), {f: (t, line), g: (t, rectified), at_zero: 0, slope: c * bracket(Lt(0, u))})
    board = Board([], {})
    with board.suppose(Or(Ne(u, 0), Eq(c, 0)), fix=[u, c]):
        linear = board.have(D(t, line, 0, c * bracket(Lt(0, u))), "a line", prover=by_calculus)
        local = infer("taut", [local, linear], local.statement.args[1])
        agree = local.statement.args[0]
        with board.suppose(Eq(u, 0)):
            board.have(Eq(c, 0))
            with board.suppose(Le(absolute(h), 1), fix=[h]):
                board.have(_at_increment(line, rectified))
            board.witness(agree, 1)
        for sign in (1, -1):
            with board.suppose(Lt(sign * u, 0)):
                room = at(stays_negative(), sign * u, sign * c)
                negative = board.have(room.statement.args[0])
                with board.obtain(infer("taut", [room, negative], room.statement.args[1]), d1):
                    with board.suppose(Le(absolute(h), d1), fix=[h]):
                        board.use(at(increments(board, d1), h))
                        board.have(Lt(sign * (u + c * h), 0))
                        board.have(_at_increment(line, rectified))
                    board.witness(agree, d1)
        board.have(agree)
        board.use(infer("taut", [local, board.theorems[-1]], local.statement.args[1]))
        board.have(D(t, rectified, 0, c * bracket(Lt(0, u))))
    return board.theorems[-1]


def _at_increment(line: Any, rectified: Any) -> Term:
    """The equation of the two at t = 0 + h."""
    moved = {to_term(t).data: to_term(0 + h)}
    return eq(substitute(to_term(line), moved), substitute(to_term(rectified), moved))


@cache
def one_unit_moves() -> Theorem:
    """For every k, relu(v(k) + [k = i] t) has the derivative [k = i] [0 < v(k)] at t = 0, unless v(i) = 0."""
    board = Board([], {})
    unit = bracket(Eq(k, i))
    with board.suppose(Ne(v(i), 0), fix=[i]), board.suppose(fix=[k]):
        beside = at(slope_beside_the_kink(), v(k), unit)
        smooth = beside.statement.args[0]
        with board.suppose(Ne(k, i)):
            board.have(smooth)
        with board.suppose(Eq(k, i)):
            board.have(smooth, by=board.have(Eq(k, i)))
        board.use(infer("taut", [beside, board.have(smooth)], beside.statement.args[1]))
        board.have(beside.statement.args[1])
    return board.theorems[-1]
