"""Cells of a grid with any number of sides: units that are on if all their sides are."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from ..board.board import Board
from ..board.notation import Eq, ForAll, Implies, Le, Lt, Or, S, absolute, bracket, function, naturals, reals
from ..kernel.theorem import Theorem
from .averages import c as height
from .averages import near_average
from .averages import p as weight
from .calculus import applied
from .order import at, scaled
from .premises import discharged
from .steps import weighed

d, c, k, N = naturals("d c k N")  # sides, a cell, a side, cells
b, r, h, K = reals("b r h K")  # the value at the point, the root of d, half a side, the Lipschitz constant
side, middle = function("side", "NN>R"), function("mid", "NN>R")
z, F, on = function("z", "N>R"), function("F", "N>R"), function("a", "N>R")

TOTAL = S(k, d, side(c, k))
CELL = bracket(Lt(d - Fraction(1, 2), TOTAL))
APART = S(k, d, (middle(c, k) - z(k)) ** 2)
BITS = ForAll(c < N, ForAll(k < d, Or(Eq(side(c, k), 0), Eq(side(c, k), 1))))
NEAR = ForAll(c < N, ForAll(k < d, Implies(Eq(side(c, k), 1), Le((middle(c, k) - z(k)) ** 2, h**2))))
LIPSCHITZ = ForAll(c < N, Le((F(c) - b) ** 2, K**2 * APART))
ONE = Eq(S(c, N, CELL), 1)


@cache
def root_of_square() -> Theorem:
    """|x| <= y if x^2 <= y^2 and 0 <= y"""
    x, y = reals("x y")
    board = Board([], {})
    with board.suppose(Le(x**2, y**2), Le(0, y), fix=[x, y]) as result:
        with board.suppose(Lt(y, absolute(x))):
            board.have(Lt(y * y, absolute(x) * absolute(x)))
            board.have(Eq(absolute(x) * absolute(x), x**2))
            board.contradiction()
        board.have(Le(absolute(x), y))
    return result[0]


def approximates(and_unit: Theorem) -> Theorem:
    """The sum of F(c) over the cells that are on is K r h away from b at most, r^2 >= d, if exactly one cell is on.

    A cell is on if all its d sides are, each side is on within h of the cell's midpoint, and F(c) differs from b by
    K times the Euclidean distance of the midpoint from z at most. `and_unit`: d bits a(k) exceed d - 1/2 iff all are 1.
    """
    board = Board([], {})
    bound = K * (r * h)
    premises = (Le(0, K), Le(0, h), Le(0, r), Le(d, r**2), BITS, NEAR, LIPSCHITZ, ONE)
    with board.suppose(*premises, fix=[K, h, r, b, d, N]) as result:
        bits, near, lipschitz, one = (board.given(p) for p in (BITS, NEAR, LIPSCHITZ, ONE))
        board.ignore(BITS, NEAR, LIPSCHITZ, ONE)
        board.have(Le(0, r * h))
        board.have(Le(0, bound))
        board.have(Le(0, h**2))
        with board.suppose(Lt(c, N), fix=[c]) as cells:
            unit = applied(and_unit, {on: (k, side(c, k))})
            board.use(*(discharged(board, at(p, c)) for p in (bits, near, lipschitz)))
            all_on = discharged(board, unit)
            with board.suppose(Eq(CELL, 1)) as inside:
                board.have(Lt(d - Fraction(1, 2), TOTAL), using=[board.given(Eq(CELL, 1))])
                every = board.have(ForAll(k < d, Eq(side(c, k), 1)), using=[all_on, board.theorems[-1]])
                close = discharged(board, at(near, c))
                each = board.have(ForAll(k < d, Le((middle(c, k) - z(k)) ** 2, h**2)), using=[every, close])
                total = board.have(Le(APART, S(k, d, h**2)), using=[each])
                longer = discharged(board, at(scaled(), h**2, d, r**2))
                board.have(Le(APART, r**2 * h**2), using=[total, longer])
                reach = board.theorems[-1]
                square = board.have(Le(0, K**2), using=[])
                board.use(square, reach)
                grown = discharged(board, at(scaled(), K**2, APART, r**2 * h**2))
                step = discharged(board, at(lipschitz, c))
                board.have(Le((F(c) - b) ** 2, bound**2), using=[grown, step])
                rule = discharged(board, at(root_of_square(), F(c) - b, bound))
                board.have(rule.statement, using=[rule])
            bit = board.have(Or(Eq(CELL, 0), Eq(CELL, 1)), using=[])
            board.use(bit, inside[0])
            rule = discharged(board, at(weighed(), F(c) - b, bound, CELL))
            board.have(rule.statement, using=[rule])
        average = at(applied(near_average(), {height: (c, F(c)), weight: (c, CELL)}), bound, b, N)
        board.use(one, cells[0])
        rule = discharged(board, average)
        board.have(rule.statement, using=[rule])
    return result[0]
