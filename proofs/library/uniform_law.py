"""The uniform law on [-r, r]: the even mixture of its two halves, each of them the whole, shrunk by 2 and moved by r/2.

No other law is: where U has the law of (U + r s)/2, for a fair sign s that is independent of U, it has the law of
r (s1/2 + s2/4 + s3/8 + ...), and such signs are the binary digits of a number drawn evenly.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import (
    And,
    E,
    Eq,
    ForAll,
    Implies,
    Independent,
    Integrable,
    Le,
    Lt,
    Ne,
    Or,
    SameLaw,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
)
from ..kernel.theorem import Theorem
from .calculus import applied
from .order import at
from .small_naturals import below_three

d, i, k, p, q = naturals("d i k p q")
r, t = reals("r t")
w = outcomes("w")
X, s, U = function("X", "W>R"), function("s", "W>R"), function("U", "WN>R")
phi = function("phi", "R>R")

FAIR = ForAll(w, Or(Eq(s(w), 1), Eq(s(w), -1))), Eq(E(w, s(w)), 0)
"""s is a fair sign."""


def uniform(variable: Any, bound: Any) -> tuple[Any, Any]:
    """A random term is uniform on [-bound, bound]: it has the law of (itself + bound s)/2, and s is independent."""
    pair = bracket(Eq(i, 0)) * variable + bracket(Eq(i, 1)) * s(w)
    return Independent(w, (i,), (), pair), SameLaw(w, (), variable, (variable + bound * s(w)) / 2)


def mixture(variable: Any, bound: Any, read: Any) -> Any:
    """What the halves of a random term give in place of it, read by a function of reals."""
    return (read((variable + bound) / 2) + read((variable - bound) / 2)) / 2


def mixed(variable: Any, bound: Any) -> Any:
    """Up to its second moment, a random term is the even mixture of its halves."""
    return ForAll(q < 3, Eq(E(w, variable**q), E(w, mixture(variable, bound, lambda value: value**q))))


def moments(variable: Any, bound: Any) -> Any:
    """A random term has the mean 0 and the second moment bound^2/3."""
    return And(Eq(E(w, variable), 0), Eq(E(w, variable**2), bound**2 / 3))


ABOVE, BELOW = phi((X(w) + r) / 2), phi((X(w) - r) / 2)
ALL_MIXED = ForAll(k < d, mixed(U(w, k), r))
MOMENTS = ForAll(k < d, moments(U(w, k), r))
UNCORRELATED = ForAll(k < d, p < d, Implies(Ne(k, p), Eq(E(w, U(w, k) * U(w, p)), 0)))


def halves_of(*law: Any) -> Any:
    """A random term X with this law is the even mixture of its halves."""
    mean = E(w, mixture(X(w), r, phi))
    return Implies(*FAIR, *law, Integrable(w, ABOVE), Integrable(w, BELOW), Eq(E(w, phi(X(w))), mean))


def row_of(*law: Any) -> Any:
    """Independent entries U(k) with this law are such mixtures, of mean 0 and moment r^2/3, and uncorrelated."""
    given = Independent(w, (k,), (), U(w, k)), ForAll(k < d, And(*law)), ForAll(k < d, Integrable(w, U(w, k) ** 2))
    return Implies(*FAIR, *given, And(ALL_MIXED, MOMENTS, UNCORRELATED))


HALVES, ROW = halves_of(*uniform(X(w), r)), row_of(*uniform(U(w, k), r))


@cache
def halves() -> Theorem:
    """A uniform law is the even mixture of its halves: E phi(X) = E (phi((X + r)/2) + phi((X - r)/2))/2"""
    board = Board([], {"statement": to_term(HALVES)})
    independent, law = uniform(X(w), r)
    with board.suppose(*FAIR, independent, law, Integrable(w, ABOVE), Integrable(w, BELOW)):
        with board.suppose(fix=[w]):
            board.use(at(board.given(FAIR[0]), w))
            board.have(And(Le(-1, s(w)), Le(s(w), 1)))
        board.integrable(w, s(w), by=1)
        for half in (ABOVE, BELOW):
            blocks = board.given(independent)
            board.product_mean(w, s(w), half, independence=blocks, indices=[i], selected=Eq(i, 1))
        moved, either = phi((X(w) + r * s(w)) / 2), (ABOVE + BELOW) / 2 + s(w) * (ABOVE - BELOW) / 2
        board.integrable(w, either)
        with board.suppose(fix=[w]) as same:
            board.use(at(board.given(FAIR[0]), w))
            board.have(Eq(moved, either))
        board.have(And(Integrable(w, moved), Eq(E(w, moved), E(w, mixture(X(w), r, phi)))), by=same[0])
        board.same_mean(w, phi(X(w)), moved, law=board.given(law))
        board.have(Eq(E(w, phi(X(w))), E(w, mixture(X(w), r, phi))))
    return board.conclude("statement")


@cache
def two_moments() -> Theorem:
    """An even mixture of its halves, if only up to the second moment, has mean 0 and second moment r^2/3"""
    statement = Implies(Integrable(w, X(w) ** 2), mixed(X(w), r), moments(X(w), r))
    board = Board([], {"statement": to_term(statement)})
    with board.suppose(Integrable(w, X(w) ** 2), mixed(X(w), r)):
        board.integrable(w, X(w), "|X| <= X^2 + 1", by=X(w) ** 2 + 1)
        for power, value in ((1, E(w, X(w)) / 2), (2, (E(w, X(w) ** 2) + r**2) / 4)):
            board.use(at(board.given(mixed(X(w), r)), power))
            board.have(Eq(E(w, mixture(X(w), r, lambda z, power=power: z**power)), value), "square out")
        board.have(moments(X(w), r), "solve for the moment")
    return board.conclude("statement")


@cache
def row() -> Theorem:
    """Independent uniform entries are even mixtures of their halves, of mean 0 and moment r^2/3, and uncorrelated"""
    board = Board([], {"statement": to_term(ROW)})
    independent, square = Independent(w, (k,), (), U(w, k)), Integrable(w, U(w, k) ** 2)
    entry = {X: (w, U(w, k))}
    laws = ForAll(k < d, And(*uniform(U(w, k), r)))
    with board.suppose(*FAIR, independent, laws, ForAll(k < d, square)):
        with board.suppose(Lt(k, d), fix=[k]):
            board.have(And(*uniform(U(w, k), r)))
            board.have(square)
            board.integrable(w, U(w, k), "|U| <= U^2 + 1", by=U(w, k) ** 2 + 1)
            with board.suppose(Lt(q, 3), fix=[q]):
                board.use(at(below_three(), q))
                for power in range(3):
                    with board.suppose(Eq(q, power)):
                        for sign in (1, -1):
                            board.integrable(w, ((U(w, k) + sign * r) / 2) ** power)
                        board.use(applied(halves(), {**entry, phi: (t, t**power)}))
                        equal = board.have(Eq(q, power))
                        board.have(mixed(U(w, k), r).args[1], by=equal)
                board.have(mixed(U(w, k), r).args[1])
        with board.suppose(Lt(k, d), fix=[k]):
            board.have(And(square, mixed(U(w, k), r)))
            board.use(applied(two_moments(), entry))
            board.have(moments(U(w, k), r))
        with board.suppose(Lt(k, d), Lt(p, d), Ne(k, p), fix=[k, p]):
            for one in (U(w, k), U(w, p)):
                board.integrable(w, one, "|U| <= U^2 + 1", by=one**2 + 1)
            blocks = board.given(independent)
            board.product_mean(w, U(w, k), U(w, p), independence=blocks, indices=[i], selected=Eq(i, k))
            board.have(Eq(E(w, U(w, k) * U(w, p)), 0))
        board.have(And(ALL_MIXED, MOMENTS, UNCORRELATED))
    return board.conclude("statement")
