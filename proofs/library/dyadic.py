"""A function that commutes with doubling and yet is not homogeneous: z on the numbers 2^n and 1/2^n, 0 elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.existence import matrix
from ..board.notation import (
    And,
    Eq,
    Exists,
    ForAll,
    Iff,
    Implies,
    Le,
    Lt,
    Ne,
    Not,
    Or,
    bracket,
    function,
    naturals,
    predicate,
    reals,
)
from ..kernel.term import Term, instantiate
from ..kernel.theorem import Theorem

n, r = naturals("n r")
c, z, mu = reals("c z mu")
power = predicate("power", "R>F")  # a power of 2, with a positive or a negative exponent
sg = function("sg", "R>R")

POWERS = ForAll(z, Iff(power(z), Exists(n, r, Eq(z * 2**n, 2**r))))
FUNCTION = ForAll(z, Eq(sg(z), z * bracket(power(z))))
DOUBLES = ForAll(z, mu, Implies(Or(Eq(mu, 0), Eq(mu, 2)), Eq(sg(mu * z), mu * sg(z))))
HOMOGENEOUS = ForAll(c, z, Implies(Lt(0, c), Eq(sg(c * z), c * sg(z))))


@cache
def three_is_no_power() -> Theorem:
    """3 * 2^n is never 2^r."""
    board = Board([], {})
    board.induction(n, Le(1, 2**n))

    def base() -> None:
        board.induction(r, And(Ne(3, 2**r), Ne(3, 2 * 2**r)))

    def halve() -> None:
        with board.suppose(Eq(3 * 2 ** (n + 1), 2 ** (r + 1))):
            board.have(Eq(3 * 2**n, 2**r))
            board.have(Ne(3 * 2**n, 2**r))
            board.contradiction()

    def step() -> None:
        board.induction(r, Ne(3 * 2 ** (n + 1), 2**r), step=halve)

    return board.induction(n, ForAll(r, Ne(3 * 2**n, 2**r)), base=base, step=step)


def _text(t: Any) -> Term:
    """There are n and r with t 2^n = 2^r."""
    return instantiate(to_term(POWERS).args[0].args[1], [to_term(t)])


@contextmanager
def _exponents(board: Board, t: Any) -> Iterator[None]:
    """A block in which t 2^n = 2^r."""
    with board.obtain(board.have(_text(t)), n), board.obtain(board.theorems[-1], r):
        yield


def _power(board: Board, t: Any, first: Any, second: Any) -> None:
    """A line: t is a power of 2, because t 2^first = 2^second."""
    board.witness(instantiate(matrix(_text(t))[1], [to_term(first)]), second)
    board.witness(_text(t), first)


@cache
def doubles_without_homogeneity() -> Theorem:
    """The function commutes with 0 and 2, and is not positively homogeneous."""
    board = Board([to_term(POWERS), to_term(FUNCTION)], {})
    board.use(three_is_no_power())
    _power(board, 1, 0, 0)
    board.have(power(1))
    with board.suppose(power(3)), _exponents(board, 3):
        board.have(Ne(3 * 2**n, 2**r))
        board.contradiction()
    board.have(Not(power(3)))
    for source, target, first, second in ((z, 2 * z, n, r + 1), (2 * z, z, n + 1, r)):
        with board.suppose(power(source), fix=[z]):
            with _exponents(board, source):
                _power(board, target, first, second)
            board.have(power(target))
    board.ignore(POWERS)
    board.have(ForAll(z, Iff(power(2 * z), power(z))))
    with board.suppose(Or(Eq(mu, 0), Eq(mu, 2)), fix=[z, mu]):
        with board.suppose(Eq(mu, 2)):
            board.have(Eq(sg(mu * z), mu * sg(z)), by=board.have(Eq(mu, 2)))
        board.have(Eq(sg(mu * z), mu * sg(z)))
    with board.suppose(HOMOGENEOUS):
        board.have(ForAll(z, Eq(sg(3 * z), 3 * sg(z))))
        board.have(Eq(sg(3), 3 * sg(1)))
        board.have(Eq(sg(1), 1))
        board.have(Eq(sg(3), 0))
        board.contradiction()
    return board.have(And(DOUBLES, Not(HOMOGENEOUS)))
