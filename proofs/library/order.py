"""Absolute values, products and reciprocals in an ordered field: for all reals."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, Eq, Exists, ForAll, Implies, Le, Lt, Ne, absolute, mini, reals
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
def below_absolute() -> Theorem:
    """x <= |x|"""
    return proved(ForAll(x, Le(x, absolute(x))))


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


@cache
def composed_increment() -> Theorem:
    """|p - u h| <= min(1, e2) |h| and |q - v p| <= e1 |p| bound |q - v u h|, for e1 (|u| + 1) and e2 |v| up to e/2.

    The arithmetic of the chain rule: p and q are the increments of the inner and the outer function.
    """
    board = Board([], {})
    p, q, u, v, h, e, e1, e2 = reals("p q u v h e e1 e2")
    assumed = (
        Le(0, e1),
        Le(e1 * (absolute(u) + 1), e / 2),
        Le(absolute(v) * e2, e / 2),
        Le(absolute(p - u * h), absolute(h)),
        Le(absolute(p - u * h), e2 * absolute(h)),
        Le(absolute(q - v * p), e1 * absolute(p)),
    )
    with board.suppose(*assumed, fix=[p, q, u, v, h, e, e1, e2]):
        board.use(at(absolute_nonnegative(), h), at(absolute_nonnegative(), v))
        board.use(at(triangle(), p - u * h, u * h), at(absolute_product(), u, h))
        board.have(Le(absolute(p), (absolute(u) + 1) * absolute(h)))
        board.use(at(triangle(), q - v * p, v * (p - u * h)), at(absolute_product(), v, p - u * h))
        board.use(at(scaled(), e1, absolute(p), (absolute(u) + 1) * absolute(h)))
        board.use(at(scaled(), absolute(h), e1 * (absolute(u) + 1), e / 2))
        board.use(at(scaled(), absolute(h), absolute(v) * e2, e / 2))
        board.use(at(scaled(), absolute(v), absolute(p - u * h), e2 * absolute(h)))
        board.have(Le(absolute(q - v * u * h), e * absolute(h)))
    return board.theorems[-1]


@cache
def scaled() -> Theorem:
    """x >= 0 and y <= z imply x y <= x z"""
    return proved(ForAll(x, y, z, Implies(Le(0, x), Le(y, z), Le(x * y, x * z))))


@cache
def room() -> Theorem:
    """For e > 0 and x >= 0 there is a y in (0, 1] with y (x + 1) <= e."""
    board = Board([], {})
    e = reals("e")
    found = e / (x + 1 + e)
    with board.suppose(Lt(0, e), Le(0, x), fix=[e, x]):
        board.have(Lt(0, found))
        board.have(Eq(found * (x + 1 + e), e))
        board.have(Le(found, 1))
        board.have(Le(found * (x + 1), e))
        board.witness(Exists(y, And(Lt(0, y), Le(y, 1), Le(y * (x + 1), e))), found)
    return board.theorems[-1]


@cache
def below_minimum() -> Theorem:
    """x <= min(y, z) implies x <= y and x <= z"""
    return proved(ForAll(x, y, z, Implies(Le(x, mini(y, z)), And(Le(x, y), Le(x, z)))))


@cache
def minimum_positive() -> Theorem:
    """y > 0 and z > 0 imply min(y, z) > 0"""
    return proved(ForAll(y, z, Implies(Lt(0, y), Lt(0, z), Lt(0, mini(y, z)))))


@cache
def near() -> Theorem:
    """|x - y z| <= |z| and (|y| + 1) |z| <= e imply |x| <= e"""
    board = Board([], {})
    e = reals("e")
    with board.suppose(Le(absolute(x - y * z), absolute(z)), Le((absolute(y) + 1) * absolute(z), e), fix=[x, y, z, e]):
        board.use(at(triangle(), x - y * z, y * z), at(absolute_product(), y, z))
        board.have(Le(absolute(x), e))
    return board.theorems[-1]


@cache
def absolute_scaled() -> Theorem:
    """|x z| <= y |z| if 0 <= x <= y"""
    return proved(ForAll(x, y, z, Implies(Le(0, x), Le(x, y), Le(absolute(x * z), y * absolute(z)))))


@cache
def weighted_square() -> Theorem:
    """0 <= x y^2 if 0 <= x"""
    return proved(ForAll(x, y, Implies(Le(0, x), Le(0, x * y**2))))


@cache
def stays_negative() -> Theorem:
    """x < 0 leaves room: there is a d > 0 with x + h y < 0 for all |h| <= d."""
    board = Board([], {})
    d, h = reals("d h")
    room_left = Exists(d, And(Lt(0, d), Le(d, 1), Le(d * (absolute(y) + 1), -x / 2)))
    wanted = Exists(d, And(Lt(0, d), ForAll(h, Implies(Le(absolute(h), d), Lt(x + h * y, 0)))))
    with board.suppose(Lt(x, 0), fix=[x, y]):
        board.have(Lt(0, -x / 2))
        board.use(at(absolute_nonnegative(), y), at(room(), -x / 2, absolute(y)))
        with board.obtain(board.have(room_left), d):
            with board.suppose(Le(absolute(h), d), fix=[h]):
                board.use(at(absolute_product(), h, y), at(scaled(), absolute(y), absolute(h), d))
                board.use(at(below_absolute(), h * y))
                board.have(Lt(x + h * y, 0))
            board.witness(wanted, d)
    return board.theorems[-1]


@cache
def divided() -> Theorem:
    """z <= x y implies z/x <= y if x > 0"""
    board = Board([], {})
    with board.suppose(Lt(0, x), Le(z, x * y), fix=[x, y, z]) as result:
        board.have(Lt(0, 1 / x))
        board.have(Le(z / x, y))
    return result[0]
