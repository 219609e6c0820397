"""Step units: where they keep their value."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.knowledge import FALSE
from ..board.notation import And, Eq, Exists, ForAll, Implies, Le, Lt, Ne, Not, Or, absolute, mini, reals, step
from ..kernel.theorem import Theorem, infer
from .order import (
    absolute_nonnegative,
    absolute_product,
    at,
    below_minimum,
    minimum_positive,
    proved,
    room,
    scaled,
    triangle,
    triangle_from,
)

x, y, z = reals("x y z")
d, p, q, r, s, u, v = reals("d p q r s u v")


@cache
def keeps_sign() -> Theorem:
    """|x| < |y| implies step(x + y) = step(y)"""
    return proved(ForAll(x, y, Implies(Lt(absolute(x), absolute(y)), Eq(step(x + y), step(y)))))


@cache
def not_zero() -> Theorem:
    """x /= 0 implies |x| > 0"""
    return proved(ForAll(x, Implies(Ne(x, 0), Lt(0, absolute(x)))))


def _two_units(t: Any) -> Any:
    return u * step(p * t + q) + v * step(r * t + s)


@cache
def monotone_unit() -> Theorem:
    """A unit gives at d/2 what it gives at 0 or at d."""
    half, first, last = x * (z / 2) + y, x * 0 + y, x * z + y
    outcome = Or(Eq(step(half), step(first)), Eq(step(half), step(last)))
    board = Board([], {})
    with board.suppose(fix=[x, y, z]):
        for here in (Lt(0, half), Le(half, 0)):
            with board.suppose(here):
                for start in (Lt(0, first), Le(first, 0)):
                    with board.suppose(start):
                        if start.func is here.func:
                            board.have(Eq(step(half), step(first)))
                        else:
                            board.have(Eq(step(half), step(last)))
                        board.have(outcome)
                board.have(outcome)
        board.have(outcome)
    return board.theorems[-1]


@cache
def below_three() -> Theorem:
    """Below three positive numbers there is a positive one."""
    board = Board([], {})
    least = mini(mini(p, q), r)
    with board.suppose(Lt(0, p), Lt(0, q), Lt(0, r), fix=[p, q, r]):
        board.use(at(minimum_positive(), p, q), at(minimum_positive(), mini(p, q), r))
        board.use(at(below_minimum(), least, mini(p, q), r), at(below_minimum(), mini(p, q), p, q))
        board.have(And(Le(least, mini(p, q)), Le(least, r)))
        board.have(And(Le(mini(p, q), p), Le(mini(p, q), q)))
        board.have(Lt(0, least))
        board.have(And(Lt(0, least / 2), Lt(least / 2, p), Lt(least / 2, q), Lt(least / 2, r)))
        board.witness(Exists(y, And(Lt(0, y), Lt(y, p), Lt(y, q), Lt(y, r))), least / 2)
    return board.theorems[-1]


@cache
def steady() -> Theorem:
    """Two units that are not at their thresholds at 0 keep their values a little to the right of it.

    For q, s /= 0 and d > 0 there is a y in (0, d) with step(p y + q) = step(q) and step(r y + s) = step(s).
    """
    board = Board([], {})
    wanted = Exists(y, And(Lt(0, y), Lt(y, d), Eq(step(p * y + q), step(q)), Eq(step(r * y + s), step(s))))
    slopes = absolute(p) + absolute(r)
    least = Exists(x, And(Lt(0, x), Lt(x, absolute(q)), Lt(x, absolute(s)), Lt(x, d)))
    small = Exists(y, And(Lt(0, y), Le(y, 1), Le(y * (slopes + 1), x)))

    def keeps(slope: Any, value: Any) -> None:
        board.use(at(absolute_product(), slope, y), at(keeps_sign(), slope * y, value))
        board.have(Lt(absolute(slope * y), absolute(value)))
        board.have(Eq(step(slope * y + value), step(value)))

    with board.suppose(Ne(q, 0), Ne(s, 0), Lt(0, d), fix=[p, q, r, s, d]):
        board.use(at(not_zero(), q), at(not_zero(), s), at(absolute_nonnegative(), p), at(absolute_nonnegative(), r))
        board.have(Lt(0, absolute(q)))
        board.have(Lt(0, absolute(s)))
        board.have(Le(0, slopes))
        board.use(at(below_three(), absolute(q), absolute(s), d))
        with board.obtain(board.have(least), x):
            board.have(Lt(0, x))
            board.use(at(room(), x, slopes))
            with board.obtain(board.have(small), y):
                board.have(Eq(absolute(y), y))
                board.have(Le(0, y * absolute(p)))
                board.have(Le(0, y * absolute(r)))
                board.have(Le(y, x))
                board.have(Lt(y, d))
                keeps(p, q)
                keeps(r, s)
                board.witness(wanted, y)
    return board.theorems[-1]


@cache
def three_points() -> Theorem:
    """|p| < |x|/3 and |q| < |x|/3 imply |p + q - x| > |x|/3"""
    third = absolute(x) / 3
    board = Board([], {})
    with board.suppose(Lt(absolute(p), third), Lt(absolute(q), third), fix=[p, q, x]):
        board.use(at(triangle(), p, q), at(triangle_from(), x, p + q))
        board.have(Lt(third, absolute(p + q - x)))
    return board.theorems[-1]


@cache
def one_number() -> Theorem:
    """|p| < |x|/3 implies |p - x| > |x|/3"""
    board = Board([], {})
    with board.suppose(Lt(absolute(p), absolute(x) / 3), fix=[p, x]):
        board.use(at(triangle_from(), x, p), at(absolute_nonnegative(), x))
        board.have(Lt(absolute(x) / 3, absolute(p - x)))
    return board.theorems[-1]


@cache
def middle() -> Theorem:
    """Two units of which one has its threshold at 0 and one at d > 0: what they give at d/2.

    It is what they give at 0, or what they give at d, or the sum of the two.
    """
    board = Board([], {})
    outcome = Or(
        Eq(_two_units(d / 2), _two_units(0)),
        Eq(_two_units(d / 2), _two_units(d)),
        Eq(_two_units(d / 2), _two_units(0) + _two_units(d)),
    )
    with board.suppose(Lt(0, d), Or(Eq(q, 0), Eq(s, 0)), Or(Eq(p * d + q, 0), Eq(r * d + s, 0))):
        for slope, start, other, other_start in ((p, q, r, s), (r, s, p, q)):
            with board.suppose(Eq(start, 0), Eq(slope * d + start, 0)):
                board.have(Eq(slope, 0))
                for t in (0, d / 2, d):
                    board.have(Eq(step(slope * t + start), 0))
                board.use(at(monotone_unit(), other, other_start, d))
                for end in (0, d):
                    with board.suppose(Eq(step(other * (d / 2) + other_start), step(other * end + other_start))):
                        board.have(Eq(_two_units(d / 2), _two_units(end)))
                        board.have(outcome)
                board.have(outcome)
            with board.suppose(Eq(start, 0), Eq(other * d + other_start, 0)):
                board.have(Eq(other_start, -other * d))
                board.have(Eq(_two_units(d / 2), _two_units(0) + _two_units(d)))
                board.have(outcome)
        board.have(outcome)
    return board.theorems[-1]


@cache
def on_its_tile() -> Theorem:
    """A tile from z - w to z + w, at x, of the height p in the place of q: off by at most s w, if |p - q| <= s |z - x|.

    For s, w >= 0: |(p - q) tile| <= s w tile, where tile = step(x - (z - w)) - step(x - (z + w)).
    """
    board = Board([], {})
    w = reals("w")
    tile = step(x - (z - w)) - step(x - (z + w))
    wanted = Le(absolute((p - q) * tile), s * w * tile)
    with board.suppose(Le(0, s), Le(0, w), Le(absolute(p - q), s * absolute(z - x)), fix=[x, z, w, p, q, s]) as result:
        change = board.given(Le(absolute(p - q), s * absolute(z - x)))
        known = [board.given(Le(0, s))]
        board.ignore(change.statement)
        with board.suppose(Lt(z - w, x), Le(x, z + w)):
            near = board.have(Le(absolute(z - x), w))
            larger = at(scaled(), s, absolute(z - x), w)
            scale = board.have(Le(s * absolute(z - x), s * w), using=[larger, near, *known])
            place = [board.given(Lt(z - w, x)), board.given(Le(x, z + w))]
            inside = board.have(Eq(tile, 1), using=place)
            board.have(Le(absolute(p - q), s * w), using=[scale, change])
            board.have(wanted, by=inside)
        for outside in (Le(x, z - w), Lt(z + w, x)):
            with board.suppose(outside):
                board.have(wanted, by=board.have(Eq(tile, 0)))
        board.have(wanted)
    return result[0]


@cache
def weighed() -> Theorem:
    """|x z| <= y z, if z is 0 or 1, and |x| <= y where it is 1"""
    board = Board([], {})
    with board.suppose(Or(Eq(z, 0), Eq(z, 1)), Implies(Eq(z, 1), Le(absolute(x), y)), fix=[x, y, z]) as result:
        wanted = Le(absolute(x * z), y * z)
        for value in (0, 1):
            with board.suppose(Eq(z, value)):
                if value:
                    board.have(Le(absolute(x), y))
                board.have(wanted, by=board.have(Eq(z, value)))
        board.have(wanted)
    return result[0]


@cache
def near_midpoint() -> Theorem:
    """Where a tile from z - w to z + w is 1, x is at most w away: (z - x)^2 <= w^2"""
    board = Board([], {})
    tile = step(x - (z - p)) - step(x - (z + p))
    with board.suppose(Le(0, p), Eq(tile, 1), fix=[x, z, p]) as result:
        one = board.given(Eq(tile, 1))
        board.ignore(one.statement)
        bits = [board.have(Le(0, step(x - (z + p)))), board.have(Le(step(x - (z - p)), 1))]
        for outside, unit, value in ((Le(x, z - p), step(x - (z - p)), 0), (Lt(z + p, x), step(x - (z + p)), 1)):
            with board.suppose(outside) as absurd:
                board.have(FALSE, using=[one, *bits, board.have(Eq(unit, value))])
            board.use(infer("taut", [absurd[0]], to_term(Not(outside))))
        within = [board.have(Le(0, p - (z - x))), board.have(Le(0, p + (z - x)))]
        board.have(Le(0, (p - (z - x)) * (p + (z - x))), using=within)
        board.have(Le((z - x) ** 2, p**2))
    return result[0]


@cache
def tile_is_a_bit() -> Theorem:
    """step(x - y) - step(x - z) is 0 or 1 if y <= z"""
    board = Board([], {})
    tile = step(x - y) - step(x - z)
    wanted = Or(Eq(tile, 0), Eq(tile, 1))
    with board.suppose(Le(y, z), fix=[x, y, z]) as result:
        values = []
        for place, value in (((Le(x, y),), 0), ((Lt(y, x), Le(x, z)), 1), ((Lt(z, x),), 0)):
            with board.suppose(*place) as found:
                board.have(Eq(tile, value))
            values += found
        board.use(infer("taut", values, to_term(wanted)))
        board.have(wanted)
    return result[0]
