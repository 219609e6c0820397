"""Sums of ridge functions phi(p x + q y): one with bounded support is 0, since differences kill unit after unit."""

from __future__ import annotations

from collections.abc import Callable
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
    Or,
    S,
    bracket,
    function,
    naturals,
    reals,
)
from ..board.rewriting import rewritten
from ..kernel.theorem import Theorem, infer
from .order import at, scaled, weighted_square
from .premises import discharged

H, i, r = naturals("H i r")  # units, a unit, how many differences were taken
x, y, z, u, w, R = reals("x y z u w R")
phi, p, q = function("phi", "NR>R"), function("p", "N>R"), function("q", "N>R")
U = function("U", "NNRR>R")  # unit i after r differences
rho, a, b = function("rho", "N>R"), function("a", "N>R"), function("b", "N>R")  # the support's radius, the shifts

NETWORK = S(i, H, phi(i, p(i) * x + q(i) * y))


def beyond(radius: Any, x: Any = x, y: Any = y) -> Any:
    """(x, y) lies outside the square of this radius."""
    return Or(Lt(radius, x), Lt(x, -radius), Lt(radius, y), Lt(y, -radius))


BOUNDED = ForAll(x, y, Implies(beyond(R), Eq(NETWORK, 0)))
VANISHES = ForAll(x, y, Eq(NETWORK, 0))

LENGTH = 2 * rho(r) + 1
RADIUS = And(Eq(rho(0), R * bracket(Lt(0, R))), ForAll(r, Eq(rho(r + 1), rho(r) + LENGTH * (1 + (p(r) / q(r)) ** 2))))
FLAT = bracket(Eq(q(r), 0))
ACROSS = ForAll(r, Eq(a(r), LENGTH * (1 - FLAT)))
ALONG = ForAll(r, Eq(b(r), LENGTH * (FLAT - p(r) / q(r))))
DIFFERENCES = And(
    ForAll(i, x, y, Eq(U(0, i, x, y), phi(i, p(i) * x + q(i) * y))),
    ForAll(r, i, x, y, Eq(U(r + 1, i, x, y), U(r, i, x + a(r), y + b(r)) - U(r, i, x, y))),
)
DEFINITIONS = (RADIUS, ACROSS, ALONG, DIFFERENCES)


@cache
def shift() -> Theorem:
    """A vector (u, w) at right angles to (x, y): z (1, -x/y), or z (0, 1) if y = 0, for z > 0.

    x u + y w = 0; one of u and w is z; and both lie within z (1 + (x/y)^2) of 0.
    """
    board = Board([], {})
    first, second, reach = z * (1 - bracket(Eq(y, 0))), z * (bracket(Eq(y, 0)) - x / y), z * (1 + (x / y) ** 2)
    wanted = (
        Eq(x * first + y * second, 0),
        Or(Eq(first, z), Eq(second, z)),
        *(q for t in (first, second) for q in (Le(-reach, t), Le(t, reach))),
    )
    with board.suppose(Lt(0, z), fix=[x, y, z]) as result:
        with board.suppose(Eq(y, 0)):
            board.have(Eq(bracket(Eq(y, 0)), 1))
            board.have(Eq(x / y, 0))
            board.have(And(Eq(first, 0), Eq(second, z), Eq(reach, z)))
            board.have(And(*wanted))
        with board.suppose(Ne(y, 0)):
            board.have(Eq(bracket(Eq(y, 0)), 0))
            board.have(Eq(y * (x / y), x))
            board.use(at(scaled(), z, 0, 1 + (x / y) ** 2 - x / y), at(scaled(), z, 0, 1 + (x / y) ** 2 + x / y))
            half = Fraction(1, 2)
            board.use(at(weighted_square(), 1, x / y - half), at(weighted_square(), 1, x / y + half))
            board.have(And(Le(0, 1 + (x / y) ** 2 - x / y), Le(0, 1 + (x / y) ** 2 + x / y)))
            board.have(And(Eq(first, z), Eq(second, -z * (x / y))))
            for t in wanted:
                board.have(t)
            board.have(And(*wanted))
        board.have(And(*wanted))
    return result[0]


@cache
def vanishes() -> Theorem:
    """A sum of ridge functions of two variables that is 0 outside some square is 0 everywhere."""
    board = Board([to_term(p) for p in DEFINITIONS], {"statement": to_term(Implies(BOUNDED, VANISHES))})
    facts = dict(zip(("radius", "across", "along", "differences"), DEFINITIONS, strict=True))
    board.ignore(*DEFINITIONS)

    def fact(*names: str) -> list[Theorem]:
        return [infer("assume", (), to_term(facts[name])) for name in names]

    def total(count: Any, x: Any = x, y: Any = y) -> Any:
        return S(i, H, U(count, i, x, y))

    board.use(*fact("radius"))
    board.induction(r, Le(0, rho(r)), step=lambda: _grows(board))
    board.have(ForAll(r, Lt(0, 2 * rho(r) + 1)))
    board.have(ForAll(r, Eq(rho(r + 1), rho(r) + LENGTH * (1 + (p(r) / q(r)) ** 2))))
    start = board.have(And(Le(0, rho(0)), Le(R, rho(0))))
    with board.suppose(fix=[r]) as shifts:
        rule = at(shift(), p(r), q(r), LENGTH)
        rule = infer("taut", [rule, board.have(Lt(0, LENGTH))], rule.statement.args[1])
        board.use(*fact("across", "along"))
        shifted = ((a, LENGTH * (1 - FLAT)), (b, LENGTH * (FLAT - p(r) / q(r))))
        for name, value in shifted:
            rule = rewritten(rule, board.have(Eq(value, name(r))))
        board.ignore(ACROSS, ALONG)
        board.use(rule)
        reach = [Le(rho(r) - rho(r + 1), a(r)), Le(a(r), rho(r + 1) - rho(r))]
        reach += [Le(rho(r) - rho(r + 1), b(r)), Le(b(r), rho(r + 1) - rho(r))]
        outcome = (Eq(p(r) * a(r) + q(r) * b(r), 0), Or(Eq(a(r), LENGTH), Eq(b(r), LENGTH)), *reach)
        for t in outcome:
            board.have(t)
        board.have(And(*outcome))
    board.ignore(RADIUS)
    moved = shifts[0]
    board.ignore(*(t.statement for t in board.theorems))
    board.use(*fact("differences"))
    along = _depends_on_the_product(board)
    killed = _kills(board, along, moved)
    difference = board.have(
        ForAll(r, x, y, Eq(total(r + 1), total(r, x + a(r), y + b(r)) - total(r))), by=board.have(DIFFERENCES.args[1])
    )
    network = board.have(ForAll(x, y, Eq(total(0), NETWORK)))
    board.ignore(*(t.statement for t in board.theorems))
    with board.suppose(BOUNDED):
        board.use(difference)
        board.use(network)
        outside = _supported(board, total, start, moved)
        down = _comes_down(board, total, outside, moved)
        with board.suppose(fix=[x, y]) as last:
            board.use(killed)
            board.have(Eq(total(H), 0))
        zero = infer("taut", [at(down, H), last[0]], at(down, H).statement.args[1])
        with board.suppose(fix=[x, y]):
            board.have(Eq(NETWORK, 0), using=[at(zero, x, y), at(network, x, y)])
        board.have(VANISHES)
    theorem = board.conclude("statement")
    for definition in (DIFFERENCES, ALONG, ACROSS, RADIUS):
        theorem = infer("forget", [theorem], to_term(definition))
    return theorem


Total = Callable[..., Any]


def _supported(board: Board, total: Total, start: Theorem, moved: Theorem) -> Theorem:
    """After r differences the sum is 0 outside the square of radius rho(r)."""

    def base() -> None:
        with board.suppose(beyond(rho(0)), fix=[x, y]):
            board.use(start)
            board.have(beyond(R))
            board.have(Eq(NETWORK, 0))
            board.have(Eq(total(0), 0))

    def step() -> None:
        with board.suppose(beyond(rho(r + 1)), fix=[x, y]):
            board.use(at(moved, r))
            board.have(Le(rho(r), rho(r + 1)))
            for place in to_term(beyond(rho(r + 1))).args:
                with board.suppose(place):
                    board.have(beyond(rho(r)))
                    board.have(beyond(rho(r), x + a(r), y + b(r)))
                    board.have(Eq(total(r), 0))
                    board.have(Eq(total(r, x + a(r), y + b(r)), 0))
                    board.have(Eq(total(r + 1), 0))
            board.have(Eq(total(r + 1), 0))

    return board.induction(r, ForAll(x, y, Implies(beyond(rho(r)), Eq(total(r), 0))), base=base, step=step)


def _either(board: Board, moved: Theorem, goal: Any, near: Theorem, far: Theorem) -> Theorem:
    """What holds if (x, y) or its shifted copy lies outside the square of radius rho(r): one of the two does."""
    halves = []
    for point, move in ((x, a(r)), (y, b(r))):
        far_enough = board.have(Implies(Eq(move, LENGTH), Le(point + move, rho(r)), Lt(point, -rho(r))), using=[])
        places = Lt(rho(r), point + move), Lt(point, -rho(r))
        ways = [infer("taut", [t], to_term(Implies(p, goal))) for t, p in zip((far, near), places, strict=True)]
        halves.append(infer("taut", [far_enough, *ways], to_term(Implies(Eq(move, LENGTH), goal))))
    shifted = at(moved, r)
    some = infer("taut", [shifted], shifted.statement.args[1])
    return infer("taut", [some, *halves], to_term(goal))


def _comes_down(board: Board, total: Total, outside: Theorem, moved: Theorem) -> Theorem:
    """If the sum is 0 after r differences it was 0 before: a point or its shifted copy is outside the square."""

    def zero(count: Any) -> Any:
        return ForAll(x, y, Eq(total(count), 0))

    def step() -> None:
        with board.suppose(zero(r + 1)):
            with board.suppose(fix=[x, y]):
                board.have(Eq(total(r + 1), 0))
                same = board.have(Eq(total(r), total(r, x + a(r), y + b(r))))
                here, there = (at(outside, r, *point) for point in ((x, y), (x + a(r), y + b(r))))
                with board.suppose(here.statement.args[0]) as near:
                    board.have(Eq(total(r), 0), using=[discharged(board, here)])
                with board.suppose(there.statement.args[0]) as far:
                    board.have(Eq(total(r), 0), using=[same, discharged(board, there)])
                board.use(_either(board, moved, Eq(total(r), 0), near[0], far[0]))
                board.have(Eq(total(r), 0))
            board.have(zero(r))
            board.have(zero(0))

    return board.induction(r, Implies(zero(r), zero(0)), step=step)


def _depends_on_the_product(board: Board) -> Theorem:
    """Unit i is a function of p(i) x + q(i) y, however often differences were taken."""
    same = Eq(p(i) * x + q(i) * y, p(i) * u + q(i) * w)

    def step() -> None:
        with board.suppose(same, fix=[i, x, y, u, w]):
            board.have(Eq(p(i) * (x + a(r)) + q(i) * (y + b(r)), p(i) * (u + a(r)) + q(i) * (w + b(r))))
            board.have(Eq(U(r, i, x, y), U(r, i, u, w)))
            board.have(Eq(U(r, i, x + a(r), y + b(r)), U(r, i, u + a(r), w + b(r))))
            board.have(Eq(U(r + 1, i, x, y), U(r + 1, i, u, w)))

    def base() -> None:
        with board.suppose(same, fix=[i, x, y, u, w]):
            board.have(Eq(phi(i, p(i) * x + q(i) * y), phi(i, p(i) * u + q(i) * w)))
            board.have(Eq(U(0, i, x, y), U(0, i, u, w)))

    return board.induction(
        r, ForAll(i, x, y, u, w, Implies(same, Eq(U(r, i, x, y), U(r, i, u, w)))), base=base, step=step
    )


def _kills(board: Board, along: Theorem, moved: Theorem) -> Theorem:
    """Difference number i makes unit i 0, and it stays so."""

    def step() -> None:
        with board.suppose(Lt(i, r + 1), fix=[i, x, y]):
            with board.suppose(Lt(i, r)):
                board.have(Eq(U(r, i, x + a(r), y + b(r)), 0))
                board.have(Eq(U(r, i, x, y), 0))
                board.have(Eq(U(r + 1, i, x, y), 0))
            with board.suppose(Eq(i, r)):
                board.use(at(moved, r))
                board.have(Eq(p(r) * (x + a(r)) + q(r) * (y + b(r)), p(r) * x + q(r) * y))
                board.use(at(along, r))
                board.have(Eq(U(r, r, x + a(r), y + b(r)), U(r, r, x, y)))
                board.have(Eq(U(r + 1, r, x, y), 0))
                board.have(Eq(U(r + 1, i, x, y), 0), by=board.have(Eq(i, r)))
            board.have(Eq(U(r + 1, i, x, y), 0))

    return board.induction(r, ForAll(i, x, y, Implies(Lt(i, r), Eq(U(r, i, x, y), 0))), step=step)


def _grows(board: Board) -> None:
    board.use(at(weighted_square(), 2 * rho(r) + 1, p(r) / q(r)))
    board.have(Le(0, 2 * rho(r) + 1))
    board.have(Le(0, (2 * rho(r) + 1) * (p(r) / q(r)) ** 2))
