"""Absolute values, products and reciprocals in an ordered field: for all reals."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import Eq, ForAll, Implies, Le, Lt, Ne, absolute, reals
from ..kernel.theorem import Theorem, infer

x, y, z = reals("x y z")


def proved(statement: Any) -> Theorem:
    """A statement that the search proves in one line."""
    return Board([], {}).have(to_term(statement))


def at(theorem: Theorem, *values: Any) -> Theorem:
    """A universal theorem at these values."""
    for value in values:
        theorem = infer("instantiate", [theorem], to_term(value))
    return theorem


@cache
def triangle() -> Theorem:
    """|x + y| <= |x| + |y|"""
    return proved(ForAll(x, y, Le(absolute(x + y), absolute(x) + absolute(y))))


@cache
def absolute_product() -> Theorem:
    """|x y| = |x| |y|"""
    return proved(ForAll(x, y, Eq(absolute(x * y), absolute(x) * absolute(y))))


@cache
def absolute_nonnegative() -> Theorem:
    """|x| >= 0"""
    return proved(ForAll(x, Le(0, absolute(x))))


@cache
def reciprocal_positive() -> Theorem:
    """x > 0 implies 1/x > 0"""
    return proved(ForAll(x, Implies(Lt(0, x), Lt(0, 1 / x))))


@cache
def triangle_from() -> Theorem:
    """|x| <= |y| + |x - y|"""
    return proved(ForAll(x, y, Le(absolute(x), absolute(y) + absolute(x - y))))


@cache
def small_is_zero() -> Theorem:
    """|x| <= y for all y > 0 implies x = 0"""
    board = Board([], {})
    small = ForAll(y, Implies(Lt(0, y), Le(absolute(x), y)))
    with board.suppose(small, fix=[x]):
        with board.suppose(Ne(x, 0)):
            board.have(Lt(0, absolute(x) / 2))
            board.use(at(board.have(small), absolute(x) / 2))
            board.contradiction()
        board.have(Eq(x, 0))
    return board.theorems[-1]


@cache
def share() -> Theorem:
    """x >= 0, e > 0, y >= 0, z <= e/(x + 1) y imply x z <= e y"""
    board = Board([], {})
    e = reals("e")
    with board.suppose(Le(0, x), Lt(0, e), Le(0, y), Le(z, e / (x + 1) * y), fix=[x, e, y, z]):
        board.have(Lt(0, 1 / (x + 1)))
        board.have(Eq(x / (x + 1), 1 - 1 / (x + 1)))
        board.have(Le(x * z, x * (e / (x + 1) * y)))
        board.have(Le(x * z, e * y))
    return board.theorems[-1]
