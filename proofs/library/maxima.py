"""The greatest of finitely many functions: continuity, and what the derivative of a maximum can be."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import (
    And,
    Eq,
    Exists,
    ForAll,
    Implies,
    Le,
    Lt,
    Ne,
    absolute,
    function,
    lim,
    mini,
    naturals,
    reals,
)
from ..board.notation import D as derivative  # noqa: N811 - a name with meaning, where a is a point and d a radius
from ..kernel.definition import epsilon_delta
from ..kernel.term import Term
from ..kernel.theorem import Theorem, infer
from .calculus import applied, increments, scaling_rule, sum_rule
from .order import absolute_nonnegative, at, below_minimum, minimum_positive, near, room, scaled
from .uniqueness import at_a_minimum, estimate

f, g = function("f", "R>R"), function("g", "R>R")
a, u, v, c, t = reals("a u v c t")
e, d, d1, d2, h, x = reals("e d d1 d2 h x")


def continuous(value: Any, at_point: Any) -> Any:
    """Epsilon and delta: `value`, a function of a real, is continuous at the point."""
    return ForAll(e, Implies(Lt(0, e), _radius(value, at_point, e)))


def approaches(value: Any, at_point: Any) -> Any:
    """The limits from the right and from the left are the value: continuous at the point."""
    points = (at_point + x, at_point - x)
    return And(*(lim(x, "0+", value(point), value(at_point)) for point in points))


def _radius(value: Any, at_point: Any, epsilon: Any) -> Any:
    """There is a d > 0 within which the function changes by at most epsilon."""
    close = Le(absolute(value(at_point + h) - value(at_point)), epsilon)
    return Exists(d, And(Lt(0, d), ForAll(h, Implies(Le(absolute(h), d), close))))


@cache
def from_limits() -> Theorem:
    """f(a + x) -> f(a) and f(a - x) -> f(a) as x -> 0 from above imply that f is continuous at a"""
    right, left = approaches(f, a).args
    board = Board([], {})
    with board.suppose(right, left, fix=[a]) as result, board.suppose(Lt(0, e), fix=[e]):
        sides = []
        for limit in (right, left):
            text = infer(
                "taut", [board.given(limit), infer("unfold", (), to_term(limit))], epsilon_delta(to_term(limit))
            )
            near_by = at(text, e)
            sides.append(infer("taut", [near_by, board.given(Lt(0, e))], near_by.statement.args[1]))
        with board.obtain(sides[0], d1), board.obtain(sides[1], d2):
            board.use(at(minimum_positive(), d1, d2))
            with board.suppose(Le(absolute(h), mini(d1, d2)), fix=[h]):
                board.use(at(below_minimum(), absolute(h), d1, d2))
                board.use(at(increments(board, d1), h), at(increments(board, d2), -h))
                close = Le(absolute(f(a + h) - f(a)), e)
                for case, size, radius in ((Lt(0, h), h, d1), (Lt(h, 0), -h, d2)):
                    with board.suppose(case):
                        board.have(Eq(absolute(h), size), using=[board.given(case)])
                        board.have(And(Lt(0, size), Le(size, radius)))
                        board.have(Le(absolute(f(a + h) - f(a)), e))
                with board.suppose(Eq(h, 0)):
                    board.have(Eq(f(a + h), f(a)))
                    board.have(close)
                board.have(close)
            board.witness(_radius(f, a, e), mini(d1, d2))
    return result[0]


@cache
def stays_below() -> Theorem:
    """If f(a) < g(a) and both are continuous at a, then f < g near a."""
    near_by = Exists(d, And(Lt(0, d), ForAll(h, Implies(Le(absolute(h), d), Lt(f(a + h), g(a + h))))))
    board = Board([], {})
    third = (g(a) - f(a)) / 3
    with board.suppose(continuous(f, a), continuous(g, a), Lt(f(a), g(a)), fix=[a]) as result:
        board.have(Lt(0, third))
        found = []
        for function_ in (f, g):
            at_third = at(board.given(continuous(function_, a)), third)
            found.append(infer("taut", [at_third, board.given(Lt(0, third))], at_third.statement.args[1]))
        with board.obtain(found[0], d1), board.obtain(found[1], d2):
            board.use(at(minimum_positive(), d1, d2))
            with board.suppose(Le(absolute(h), mini(d1, d2)), fix=[h]):
                board.use(at(below_minimum(), absolute(h), d1, d2))
                board.use(at(increments(board, d1), h), at(increments(board, d2), h))
                first = board.have(Le(absolute(f(a + h) - f(a)), third))
                second = board.have(Le(absolute(g(a + h) - g(a)), third))
                board.have(Lt(f(a + h), g(a + h)), using=[first, second, board.given(Lt(f(a), g(a)))])
            board.witness(near_by, mini(d1, d2))
    return result[0]


@cache
def differentiable_is_continuous() -> Theorem:
    """f'(a) = u implies that f is continuous at a"""
    slope = derivative(t, f(t), a, u)
    board = Board([], {})
    with board.suppose(slope, fix=[a, u]) as result:
        with board.suppose(Lt(0, e), fix=[e]):
            board.have(Lt(0, 1))
            board.have(Le(0, absolute(u) + 1), using=[absolute_nonnegative()])
            scale = at(room(), e, absolute(u))
            small = infer(
                "taut", [scale, board.given(Lt(0, e)), at(absolute_nonnegative(), u)], scale.statement.args[1].args[1]
            )
            with board.obtain(estimate(board, slope, 1), d1), board.obtain(small, d2):
                board.use(at(minimum_positive(), d1, d2))
                with board.suppose(Le(absolute(h), mini(d1, d2)), fix=[h]):
                    board.use(at(below_minimum(), absolute(h), d1, d2))
                    board.use(at(increments(board, d1), h))
                    board.have(Le(absolute(f(a + h) - f(a) - u * h), absolute(h)))
                    board.use(at(scaled(), absolute(u) + 1, absolute(h), d2))
                    board.have(Le((absolute(u) + 1) * absolute(h), e))
                    board.use(at(near(), f(a + h) - f(a), u, h, e))
                    board.have(Le(absolute(f(a + h) - f(a)), e))
                board.witness(_radius(f, a, e), mini(d1, d2))
        board.have(continuous(f, a))
    return result[0]


@cache
def touching() -> Theorem:
    """If f <= g everywhere and f(a) = g(a), their derivatives at a agree"""
    below = ForAll(t, Le(f(t), g(t)))
    first, second = derivative(t, f(t), a, u), derivative(t, g(t), a, v)
    board = Board([], {})
    with board.suppose(below, Eq(f(a), g(a)), first, second, fix=[a, u, v]) as result:
        board.use(applied(scaling_rule(), {c: -1}))
        board.use(applied(sum_rule(), {f: (t, g(t)), g: (t, -1 * f(t)), u: v, v: -1 * u}))
        board.have(derivative(t, g(t) + -1 * f(t), a, v + -1 * u))
        board.use(at(applied(at_a_minimum(), {f: (t, g(t) + -1 * f(t))}), a, v + -1 * u))
        board.have(ForAll(t, Le(g(a) + -1 * f(a), g(t) + -1 * f(t))))
        board.have(Eq(u, v))
    return result[0]


def _conclusion(theorem: Theorem) -> Term:
    """What is left of an implication without its premises."""
    p = theorem.statement
    while p.head == "imp":
        p = p.args[1]
    return p


F, q = function("F", "NR>R"), function("q", "R>R")
i, m, w = naturals("i m w")  # w: the one function of the family that need not be below q


@cache
def all_stay_below() -> Theorem:
    """If F(i, a) < q(a) for i < m, i /= w, and all are continuous at a, there is one radius within which F(i) < q"""

    def premise(count: Any) -> Any:
        member = lambda value: F(i, value)  # noqa: E731 - a member of the family as a function
        return ForAll(i < count, Implies(Ne(i, w), And(continuous(member, a), Lt(F(i, a), q(a)))))

    def below(count: Any, radius: Any) -> Any:
        each = ForAll(i < count, Implies(Ne(i, w), Lt(F(i, a + h), q(a + h))))
        return ForAll(h, Implies(Le(absolute(h), radius), each))

    def wanted(count: Any) -> Any:
        return Exists(d, And(Lt(0, d), below(count, d)))

    board = Board([to_term(continuous(q, a))], {})

    def base() -> None:
        with board.suppose(premise(0)):
            board.witness(wanted(0), 1, "there is none")

    def one_more(last: Theorem) -> None:
        """Lines: F(i) < q for i < m + 1 at a + h, where it holds for i < m; `last` says F(m) < q, or m = w."""
        one = Lt(F(i, a + h), q(a + h))
        each = board.have(ForAll(i < m, Implies(Ne(i, w), one)))
        with board.suppose(Lt(i, m + 1), Ne(i, w), fix=[i]):
            other = board.given(Ne(i, w))
            with board.suppose(Lt(i, m)) as before:
                board.have(one, using=[each, other, board.given(Lt(i, m))])
            with board.suppose(Eq(i, m)) as now:
                same = board.given(Eq(i, m))
                if last.statement.head == "eq":
                    board.have(one, using=[other, same, last])
                else:
                    board.have(one, by=same, using=[last])
            board.have(one, using=[*before, *now, board.given(Lt(i, m + 1))])

    def step() -> None:
        with board.suppose(premise(m + 1)):
            with board.suppose(Lt(i, m), Ne(i, w), fix=[i]):
                board.have(And(continuous(lambda value: F(i, value), a), Lt(F(i, a), q(a))))
            with board.obtain(board.have(wanted(m)), d1):
                with board.suppose(Eq(m, w)):
                    with board.suppose(Le(absolute(h), d1), fix=[h]):
                        board.use(at(increments(board, d1), h))
                        one_more(board.given(Eq(m, w)))
                    board.witness(wanted(m + 1), d1)
                with board.suppose(Ne(m, w)):
                    last = board.have(And(continuous(lambda value: F(m, value), a), Lt(F(m, a), q(a))))
                    lemma = at(applied(stays_below(), {f: (t, F(m, t)), g: (t, q(t))}), a)
                    near_by = infer("taut", [lemma, last, board.given(continuous(q, a))], _conclusion(lemma))
                    with board.obtain(near_by, d2):
                        board.use(at(minimum_positive(), d1, d2))
                        with board.suppose(Le(absolute(h), mini(d1, d2)), fix=[h]):
                            board.use(at(below_minimum(), absolute(h), d1, d2))
                            board.use(at(increments(board, d1), h), at(increments(board, d2), h))
                            one_more(board.have(Lt(F(m, a + h), q(a + h))))
                        board.witness(wanted(m + 1), mini(d1, d2))
                board.have(wanted(m + 1))

    theorem = board.induction(m, Implies(premise(m), wanted(m)), base=base, step=step)
    return infer("discharge", [theorem], to_term(continuous(q, a)))
