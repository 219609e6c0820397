"""A bound on the derivative is a Lipschitz constant, by the mean value theorem; and no smaller constant will do."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, Exists, ForAll, Implies, Le, Lt, absolute, function, reals
from ..board.notation import D as derivative  # noqa: N811 - as in `calculus`
from ..kernel.definition import epsilon_delta
from ..kernel.theorem import Theorem, infer
from .calculus import applied, increments
from .differentiation import by_calculus
from .order import absolute_nonnegative, at, below_absolute, room

f, df = function("f", "R>R"), function("df", "R>R")
x, y, z, t, K, C, a, u, e, d, h = reals("x y z t K C a u e d h")
SLOPES = ForAll(z, derivative(t, f(t), z, df(z)))


@cache
def increasing() -> Theorem:
    """f(x) <= f(y) for x <= y, if f has the derivative df everywhere and df >= 0."""
    board = Board([], {})
    theorem = infer("axiom", (), "mean_value")
    with board.suppose(SLOPES, ForAll(z, Le(0, df(z))), Le(x, y), fix=[x, y]) as result:
        while theorem.statement.head == "imp":
            premise, conclusion = theorem.statement.args
            theorem = infer("taut", [theorem, board.have(premise)], conclusion)
        board.use(theorem)
        board.have(Le(f(x), f(y)))
    return result[0]


@cache
def bounded_slope() -> Theorem:
    """|f(x) - f(y)| <= K |x - y|, if f has the derivative df everywhere and 0 <= df <= K."""
    board = Board([], {})
    bounds = ForAll(z, Le(0, df(z))), ForAll(z, Le(df(z), K))
    with board.suppose(SLOPES, *bounds, fix=[K]) as result:
        board.have(ForAll(z, derivative(t, K * t + (-1) * f(t), z, K - df(z))), prover=by_calculus)
        board.have(ForAll(z, Le(0, K - df(z))))
        board.use(increasing(), applied(increasing(), {f: (t, K * t + (-1) * f(t)), df: (t, K - df(t))}))
        up = board.have(ForAll(x, y, Implies(Le(x, y), Le(f(x), f(y)))))
        down = board.have(ForAll(x, y, Implies(Le(x, y), Le(K * x + (-1) * f(x), K * y + (-1) * f(y)))))
        close = Le(absolute(f(x) - f(y)), K * absolute(x - y))
        with board.suppose(fix=[x, y]):
            for first, second in ((x, y), (y, x)):
                with board.suppose(Le(first, second)):
                    risen = board.have(Le(f(first), f(second)), using=[up, board.given(Le(first, second))])
                    grown = Le(K * first + (-1) * f(first), K * second + (-1) * f(second))
                    grown = board.have(grown, using=[down, board.given(Le(first, second))])
                    board.have(close, using=[risen, grown, board.given(Le(first, second))])
            board.have(close, using=board.theorems[-2:])
    return result[0]


@cache
def constant_at_least_slope() -> Theorem:
    """u <= C, if f has the derivative u at a, and |f(x) - f(y)| <= C |x - y| for all x and y."""
    slope = derivative(t, f(t), a, u)
    lipschitz = ForAll(x, y, Le(absolute(f(x) - f(y)), C * absolute(x - y)))
    epsilon = (u - C) / 2
    board = Board([], {})
    with board.suppose(slope, lipschitz, fix=[a, u, C]) as result:
        with board.suppose(Lt(C, u)):
            board.have(Lt(0, epsilon))
            unfolded = infer("unfold", (), to_term(slope))
            text = infer("taut", [board.given(slope), unfolded], epsilon_delta(to_term(slope)))
            near = at(text, epsilon)
            near = infer("taut", [near, board.theorems[-1]], near.statement.args[1])
            with board.obtain(near, d):
                positive = infer("taut", [board.theorems[-1]], to_term(Lt(0, d)))
                error = at(increments(board, d), d)
                error = board.have(Le(absolute(f(a + d) - f(a) - u * d), epsilon * d), using=[error, positive])
                steep = at(board.given(lipschitz), a + d, a)
                steep = board.have(Le(absolute(f(a + d) - f(a)), C * d), using=[steep, positive])
                board.have(Le(u * d - C * d, epsilon * d), using=[error, steep])
                board.have(Lt(0, epsilon * d))
                board.contradiction()
        board.have(Le(u, C))
    return result[0]


@cache
def narrow() -> Theorem:
    """For every C there is w > 0 with 2 C w < 1."""
    wanted = Exists(x, And(Lt(0, x), Lt(2 * C * x, 1)))
    board = Board([], {})
    with board.suppose(fix=[C]) as result:
        board.use(at(absolute_nonnegative(), C), at(below_absolute(), C), at(room(), Fraction(1, 4), absolute(C)))
        with board.obtain(board.have(board.theorems[-1].statement.args[1].args[1]), y):
            positive = infer("taut", [board.theorems[-1]], to_term(Lt(0, y)))
            small = infer("taut", [board.theorems[-1]], to_term(Le(y * (absolute(C) + 1), Fraction(1, 4))))
            board.have(Le(C * y, absolute(C) * y), using=[at(below_absolute(), C), positive])
            board.have(Lt(2 * C * y, 1), using=[board.theorems[-1], small, positive])
            board.witness(wanted, y)
    return result[0]
