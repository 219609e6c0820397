"""The larger of two absolute values: bounds from below, and its value where the two agree."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.notation import And, Eq, ForAll, Implies, Le, Lt, Or, absolute, maxi, reals
from ..kernel.theorem import Theorem, infer
from .order import at, proved

x, y = reals("x y")


@cache
def maximum_above() -> Theorem:
    """x <= max(x, y) and y <= max(x, y)"""
    return proved(ForAll(x, y, And(Le(x, maxi(x, y)), Le(y, maxi(x, y)))))


@cache
def absolute_above() -> Theorem:
    """x <= |x| and -x <= |x|"""
    return proved(ForAll(x, And(Le(x, absolute(x)), Le(-x, absolute(x)))))


@cache
def larger_above() -> Theorem:
    """x, -x, y and -y are at most max(|x|, |y|)"""
    largest = maxi(absolute(x), absolute(y))
    bounds = And(*(Le(t, largest) for t in (x, -x, y, -y)))
    board = Board([], {})
    facts = at(maximum_above(), absolute(x), absolute(y)), at(absolute_above(), x), at(absolute_above(), y)
    with board.suppose(fix=[x, y]) as result:
        board.have(bounds, using=facts)
    return result[0]


@cache
def opposite() -> Theorem:
    """max(|x|, |y|) = |x| if y = -x"""
    return proved(ForAll(x, y, Implies(Eq(y, -x), Eq(maxi(absolute(x), absolute(y)), absolute(x)))))


@cache
def absolute_scaled_up() -> Theorem:
    """|x y| = x |y| if 0 < x"""
    return proved(ForAll(x, y, Implies(Lt(0, x), Eq(absolute(x * y), x * absolute(y)))))


@cache
def opposite_either() -> Theorem:
    """max(|x|, |y|) = x or max(|x|, |y|) = y, if y = -x"""
    board = Board([], {})
    largest = maxi(absolute(x), absolute(y))
    with board.suppose(Eq(y, -x), fix=[x, y]) as result:
        size = board.have(Eq(largest, absolute(x)), using=[at(opposite(), x, y), *board.theorems])
        cases = [board.have(Implies(p, Eq(absolute(x), z))) for p, z in ((Le(0, x), x), (Lt(x, 0), y))]
        facts = [size, *cases]
        found = [board.have(Implies(p, Eq(largest, z)), using=facts) for p, z in ((Le(0, x), x), (Lt(x, 0), y))]
        board.have(Or(Eq(largest, x), Eq(largest, y)), prover=lambda _, goal: infer("taut", found, goal))
    return result[0]
