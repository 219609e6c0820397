"""Powers with a natural exponent that grows: Bernoulli's bounds, and what follows as the exponent tends to infinity."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, Eq, Exists, ForAll, Iff, Implies, Le, Lt, absolute, function, lim, naturals, reals
from ..kernel.definition import epsilon_delta
from ..kernel.term import instantiate
from ..kernel.theorem import Theorem, infer
from .calculus import applied
from .order import at, proved, weighted_square

n, k = naturals("n k")
r, t, c, e = reals("r t c e")
F = function("F", "N>R")


@cache
def archimedes() -> Theorem:
    """Every real is below a natural number: an axiom."""
    return infer("axiom", (), "archimedes")


@cache
def bernoulli() -> Theorem:
    """1 + n (r - 1) <= r^n for 0 <= r"""
    board = Board([], {})
    with board.suppose(Le(0, r), fix=[r]) as result:

        def step() -> None:
            board.use(at(weighted_square(), n, r - 1))
            board.have(Le(0, n * (r - 1) ** 2))
            board.have(Le(r * (1 + n * (r - 1)), r * r**n))

        board.induction(n, Le(1 + n * (r - 1), r**n), step=step)
    return result[0]


@cache
def positive() -> Theorem:
    """0 < r^n for 0 < r"""
    board = Board([], {})
    with board.suppose(Lt(0, r), fix=[r]) as result:
        board.induction(n, Lt(0, r**n))
    return result[0]


@cache
def decay() -> Theorem:
    """r^n (1 + n (1/r - 1)) <= 1 for 0 < r"""
    board = Board([], {})
    with board.suppose(Lt(0, r), fix=[r]) as result:
        board.have(Lt(0, 1 / r))
        board.induction(n, Eq(r**n * (1 / r) ** n, 1))
        board.use(at(bernoulli(), 1 / r), at(positive(), r))
        with board.suppose(fix=[n]):
            board.have(Lt(0, r**n))
            board.have(Le(1 + n * (1 / r - 1), (1 / r) ** n))
            board.have(Le(r**n * (1 + n * (1 / r - 1)), r**n * (1 / r) ** n))
            board.have(Le(r**n * (1 + n * (1 / r - 1)), 1))
    return result[0]


@cache
def within() -> Theorem:
    """|t| <= c if 0 <= t <= c"""
    return proved(ForAll(t, c, Implies(Le(0, t), Le(t, c), Le(absolute(t), c))))


@cache
def multiplied() -> Theorem:
    """t / c <= r implies t <= r c, and t <= r implies t c <= r c, for 0 < c"""
    board = Board([], {})
    with board.suppose(Lt(0, c), fix=[t, c, r]) as result:
        board.have(Implies(Le(t, r), Le(t * c, r * c)))
        with board.suppose(Le(t / c, r)):
            board.have(Le(t / c * c, r * c))
            board.have(Eq(t / c * c, t))
            board.have(Le(t, r * c))
        board.have(And(Implies(Le(t / c, r), Le(t, r * c)), Implies(Le(t, r), Le(t * c, r * c))))
    return result[0]


@cache
def divided() -> Theorem:
    """t <= r c if and only if t / c <= r, for 0 < c"""
    board = Board([], {})
    with board.suppose(Lt(0, c), fix=[t, c, r]) as result:
        board.use(at(multiplied(), t, c, r))
        board.have(Eq(t / c * c, t))
        with board.suppose(Lt(r, t / c)):
            board.have(Lt(r * c, t / c * c))
            board.have(Lt(r * c, t))
        board.have(Implies(Le(t / c, r), Le(t, r * c)))
        *_, larger, smaller = board.theorems
        board.have(Iff(Le(t, r * c), Le(t / c, r)), prover=lambda _, goal: infer("taut", [larger, smaller], goal))
    return result[0]


@cache
def unbounded() -> Theorem:
    """r^n exceeds every bound from some n on, if 1 < r"""
    board = Board([], {})
    board.use(bernoulli())
    with board.suppose(Lt(1, r), fix=[r]) as result, board.suppose(fix=[t]):
        board.have(Lt(0, r - 1))
        with board.obtain(at(archimedes(), t / (r - 1)), k):
            board.use(at(multiplied(), t, r - 1, k))
            board.have(Le(t, k * (r - 1)))
            with board.suppose(Le(k, n), fix=[n]):
                board.use(at(multiplied(), k, r - 1, n))
                board.have(Le(k * (r - 1), n * (r - 1)))
                board.have(Le(1 + n * (r - 1), r**n))
                board.have(Le(t, r**n))
            board.witness(Exists(k, ForAll(n, Implies(Le(k, n), Le(t, r**n)))), k)
    return result[0]


@cache
def small() -> Theorem:
    """r^n is at most e from some n on, if 0 < r < 1 and 0 < e"""
    rate = 1 / r - 1
    board = Board([], {})
    board.use(decay(), positive())
    with board.suppose(Lt(0, r), Lt(r, 1), Lt(0, e), fix=[r, e]) as result:
        board.have(Lt(0, 1 / r))
        board.have(Lt(0, (1 - r) * (1 / r)))
        board.have(Lt(0, rate))
        board.have(Lt(0, rate * e))
        with board.obtain(at(archimedes(), 1 / (rate * e)), k):
            board.use(at(multiplied(), 1, rate * e, k))
            board.have(Le(1, k * (rate * e)))
            with board.suppose(Le(k, n), fix=[n]):
                board.have(Lt(0, r**n))
                board.use(at(multiplied(), k, rate * e, n))
                board.have(Le(k * (rate * e), n * (rate * e)))
                board.have(Le(1, (1 + n * rate) * e))
                board.have(Le(r**n, r**n * (1 + n * rate) * e))
                board.have(Le(r**n * (1 + n * rate), 1))
                board.use(at(multiplied(), r**n * (1 + n * rate), e, 1))
                board.have(Le(r**n, e))
            board.witness(Exists(k, ForAll(n, Implies(Le(k, n), Le(r**n, e)))), k)
    return result[0]


@cache
def vanishing() -> Theorem:
    """F(n) tends to c, if |F(n) - c| <= r^n for all n, where 0 < r < 1"""
    limit: Any = lim(n, "n", F(n), c)
    bound = ForAll(n, Le(absolute(F(n) - c), r**n))
    board = Board([], {})
    with board.suppose(Lt(0, r), Lt(r, 1), bound, fix=[r, c]) as result:
        with board.suppose(Lt(0, e), fix=[e]):
            board.use(at(small(), r, e))
            with board.obtain(board.have(Exists(k, ForAll(n, Implies(Le(k, n), Le(r**n, e))))), k):
                with board.suppose(Le(k, n), fix=[n]):
                    board.have(Le(absolute(F(n) - c), r**n))
                    board.have(Le(r**n, e))
                    board.have(Le(absolute(F(n) - c), e))
                near = board.theorems[-1]
                board.ignore(*(p.statement for p in board.theorems if p is not near))
                wanted = epsilon_delta(to_term(limit)).args[0]
                board.witness(instantiate(wanted, [to_term(e)]).args[1], k)
        board.use(infer("unfold", (), to_term(limit)))
        board.have(limit)
    return result[0]


@cache
def to_zero() -> Theorem:
    """r^n tends to 0, if 0 < r < 1"""
    board = Board([], {})
    board.use(positive())
    with board.suppose(Lt(0, r), Lt(r, 1), fix=[r]) as result:
        with board.suppose(fix=[n]):
            board.have(Lt(0, r**n))
            board.use(at(within(), r**n, r**n))
            board.have(Le(absolute(r**n - 0), r**n))
        board.use(at(applied(vanishing(), {F: (n, r**n)}), r, 0))
        board.have(lim(n, "n", r**n, 0))
    return result[0]


@cache
def geometric() -> Theorem:
    """F(n) tends to c, if |F(n) - c| <= 1/r^n for all n, where 1 < r"""
    bound = ForAll(n, Le(absolute(F(n) - c), 1 / r**n))
    board = Board([], {})
    with board.suppose(Lt(1, r), bound, fix=[r, c]) as result:
        board.have(Lt(0, r))
        board.have(Lt(0, 1 / r))
        board.have(Lt(0, (r - 1) * (1 / r)))
        board.have(Eq((r - 1) * (1 / r), 1 - 1 / r))
        board.have(Lt(1 / r, 1))
        equal = board.induction(n, Eq(1 / r**n, (1 / r) ** n))
        board.have(ForAll(n, Le(absolute(F(n) - c), (1 / r) ** n)), using=[equal, board.given(bound)])
        board.use(at(vanishing(), 1 / r, c))
        board.have(lim(n, "n", F(n), c))
    return result[0]
