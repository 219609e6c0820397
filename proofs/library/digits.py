"""Cells numbered by their digits: n^d numbers of d digits each, and one cell where one tile is on along each side."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, Eq, Exists, ForAll, Implies, Le, Lt, Or, S, bracket, function, naturals, reals
from ..board.rewriting import rewritten
from ..kernel.theorem import Theorem, infer
from .calculus import applied
from .naturals import next_within
from .order import at, scaled
from .premises import discharged

n, d, D, o = naturals("n d D o")  # tiles a side, sides, all sides, how many sides come before
l, i, j, k, N = naturals("l i j k N")  # a cell, a tile, whatever is counted, a side, how many
x, y = reals("x y")
G, A = function("G", "N>R"), function("A", "NN>R")  # what is summed
T = function("T", "NN>R")  # tile i of side k
q, g = function("q", "N>N"), function("g", "NN>N")

QUOTIENT = ForAll(l, Eq(q(l), S(j, l, bracket(Le(n * (j + 1), l)))))
DIGITS = And(
    ForAll(l, Eq(g(l, 0), S(j, l, bracket(Le(n * q(l), j))))),
    ForAll(l, k, Eq(g(l, k + 1), g(q(l), k))),
)
NUMBER = n * l + i  # of the cell whose first digit is i, and whose other digits are those of l

BITS = ForAll(k < D, ForAll(i, Or(Eq(T(i, k), 0), Eq(T(i, k), 1))))
ONE_A_SIDE = ForAll(k < D, Eq(S(i, n, T(i, k)), 1))


def all_on(l: Any, d: Any, o: Any) -> Any:
    """1 if the tiles of cell l are on along d sides, the first of which is side o."""
    return bracket(Lt(d - Fraction(1, 2), S(k, d, T(g(l, k), k + o))))


@cache
def split() -> Theorem:
    """The sum over l < N + n is the sum over l < N and that over N + i for i < n."""
    return Board([], {}).induction(n, Eq(S(l, N + n, G(l)), S(l, N, G(l)) + S(i, n, G(N + i))))


@cache
def peeled() -> Theorem:
    """The sum over k < d + 1 is what stands at 0 and the sum over k < d of what stands at k + 1."""
    return Board([], {}).induction(d, Eq(S(k, d + 1, G(k)), G(0) + S(k, d, G(k + 1))))


@cache
def blocks() -> Theorem:
    """The sum over l < n N is the sum over l < N and i < n of what stands at n l + i."""
    board = Board([], {})

    def step() -> None:
        board.use(at(applied(split(), {N: n * N}), n))
        board.have(Eq(S(l, n * N + n, G(l)), S(l, n * N, G(l)) + S(i, n, G(n * N + i))))

    return board.induction(N, Eq(S(l, n * N, G(l)), S(l, N, S(i, n, G(NUMBER)))), step=step)


@cache
def counted() -> Theorem:
    """There are l numbers below l among those below N, if l <= N"""
    board = Board([], {})
    count = S(j, N + 1, bracket(Lt(j, l)))

    def step() -> None:
        with board.suppose(Le(l, N + 1)):
            with board.suppose(Le(l, N)):
                board.have(Eq(S(j, N, bracket(Lt(j, l))), l))
                board.have(Eq(count, l))
            with board.suppose(Lt(N, l)):
                board.have(Eq(l, N + 1))
                board.have(Eq(count, l), by=board.theorems[-1])
            board.have(Eq(count, l))

    return board.induction(N, Implies(Le(l, N), Eq(S(j, N, bracket(Lt(j, l))), l)), step=step)


@cache
def quotient() -> Theorem:
    """q(n l + i) = l for i < n: so many multiples of n lie below"""
    board = Board([to_term(QUOTIENT)], {})
    with board.suppose(Lt(i, n), fix=[l, i]) as result:
        first = board.given(Lt(i, n))
        board.ignore(QUOTIENT)
        with board.suppose(fix=[j]) as each:
            with board.suppose(Lt(j, l)):
                after = discharged(board, at(next_within(), l, j))
                larger = board.have(Le(n * (j + 1), n * l), using=[at(scaled(), n, j + 1, l), after])
                board.have(Le(n * (j + 1), NUMBER), using=[larger])
                board.have(Eq(bracket(Le(n * (j + 1), NUMBER)), bracket(Lt(j, l))))
            with board.suppose(Le(l, j)):
                larger = board.have(Le(n * l, n * j), using=[at(scaled(), n, l, j), board.given(Le(l, j))])
                board.have(Lt(NUMBER, n * (j + 1)), using=[larger, first])
                board.have(Eq(bracket(Le(n * (j + 1), NUMBER)), bracket(Lt(j, l))))
            board.have(Eq(bracket(Le(n * (j + 1), NUMBER)), bracket(Lt(j, l))))
        one = board.have(Le(1, n), using=[discharged(board, at(next_within(), n, i))])
        larger = board.have(Le(l * 1, l * n), using=[at(scaled(), l, 1, n), one])
        board.have(Le(l, NUMBER), using=[larger])
        found = discharged(board, at(counted(), NUMBER))
        same = Eq(q(NUMBER), S(j, NUMBER, bracket(Le(n * (j + 1), NUMBER))))
        same = board.have(same, using=[infer("assume", (), to_term(QUOTIENT))])
        board.have(Eq(q(NUMBER), l), using=[rewritten(same, each[0]), found])
    return result[0]


@cache
def digits() -> Theorem:
    """g(n l + i, 0) = i and g(n l + i, k + 1) = g(l, k) for i < n"""
    board = Board([to_term(DIGITS)], {})
    first, others = (infer("taut", [board.given(DIGITS)], clause) for clause in to_term(DIGITS).args)
    board.ignore(DIGITS)
    with board.suppose(Lt(i, n), fix=[l, i]) as result:
        whole = discharged(board, at(quotient(), l, i))
        here = rewritten(at(first, NUMBER), whole)
        rest = at(applied(split(), {G: (j, bracket(Le(n * l, j))), N: n * l}), i)
        units = board.have(Eq(S(j, NUMBER, bracket(Le(n * l, j))), i), using=[rest])
        zero = board.have(Eq(g(NUMBER, 0), i), using=[here, units])
        moved = rewritten(at(others, NUMBER), whole)
        board.have(And(Eq(g(NUMBER, 0), i), ForAll(k, Eq(g(NUMBER, k + 1), g(l, k)))), using=[zero, moved])
    return result[0]


@cache
def divided() -> Theorem:
    """Every l is n j + i for some j and i < n, if 0 < n"""
    board = Board([], {})

    def sum_of(l: Any) -> Any:
        return Exists(j, Exists(i, And(Lt(i, n), Eq(l, n * j + i))))

    with board.suppose(Lt(0, n)) as result:

        def base() -> None:
            board.witness(Exists(i, And(Lt(i, n), Eq(0, n * 0 + i))), 0)
            board.witness(sum_of(0), 0)

        def step() -> None:
            with board.obtain(board.given(sum_of(l)), j):
                inner = Exists(i, And(Lt(i, n), Eq(l, n * j + i)))
                with board.obtain(board.given(inner), i):
                    board.have(Eq(l, n * j + i))
                    board.use(at(next_within(), n, i))
                    board.have(Le(i + 1, n))
                    with board.suppose(Lt(i + 1, n)):
                        board.witness(Exists(k, And(Lt(k, n), Eq(l + 1, n * j + k))), i + 1)
                        board.witness(sum_of(l + 1), j)
                    with board.suppose(Le(n, i + 1)):
                        board.witness(Exists(k, And(Lt(k, n), Eq(l + 1, n * (j + 1) + k))), 0)
                        board.witness(sum_of(l + 1), j + 1)
                    board.have(sum_of(l + 1))

        board.induction(l, sum_of(l), base=base, step=step)
    return result[0]


@cache
def below() -> Theorem:
    """g(l, k) < n for all l and k, if 0 < n: digits are below the base"""
    board = Board([], {})
    with board.suppose(Lt(0, n)) as result:
        number = discharged(board, divided())

        def at_number(goal: Any) -> None:
            with board.suppose(fix=[l]):
                parts = at(number, l)
                with board.obtain(parts, j), board.obtain(board.theorems[-1], i):
                    board.have(Lt(i, n))
                    same = board.have(Eq(l, n * j + i))
                    board.use(discharged(board, at(digits(), j, i)))
                    board.have(goal(l), by=same)

        board.induction(
            k,
            ForAll(l, Lt(g(l, k), n)),
            base=lambda: at_number(lambda l: Lt(g(l, 0), n)),
            step=lambda: at_number(lambda l: Lt(g(l, k + 1), n)),
        )
    return result[0]


@cache
def join() -> Theorem:
    """[d + 1/2 < x + y] = x [d - 1/2 < y], if x is 0 or 1 and y <= d"""
    board = Board([], {})
    half = Fraction(1, 2)
    wanted = Eq(bracket(Lt(d + 1 - half, x + y)), x * bracket(Lt(d - half, y)))
    with board.suppose(Or(Eq(x, 0), Eq(x, 1)), Le(y, d), fix=[d, x, y]) as result:
        for value in (0, 1):
            with board.suppose(Eq(x, value)):
                board.have(Eq(bracket(Lt(d + 1 - half, value + y)), value * bracket(Lt(d - half, y))))
                board.have(wanted, by=board.given(Eq(x, value)))
        board.have(wanted)
    return result[0]


@cache
def one_cell() -> Theorem:
    """One of n^d cells is on, if along each side one of n tiles is: of their tiles, numbered by their digits."""
    board = Board([], {})

    def claim(d: Any) -> Any:
        return ForAll(o, Implies(Le(o + d, D), Eq(S(l, n**d, all_on(l, d, o)), 1)))

    with board.suppose(BITS, ONE_A_SIDE) as result:
        bits, one = board.given(BITS), board.given(ONE_A_SIDE)
        board.ignore(BITS, ONE_A_SIDE)

        def step() -> None:
            before = board.given(claim(d))
            board.ignore(claim(d))
            with board.suppose(Le(o + (d + 1), D), fix=[o]):
                board.have(Lt(o, D))
                bit, full = (discharged(board, at(p, o)) for p in (bits, one))
                rest = S(k, d, T(g(l, k), k + (o + 1)))
                with board.suppose(Lt(k, d), fix=[k]) as small:
                    board.have(Lt(k + (o + 1), D))
                    within = at(discharged(board, at(bits, k + (o + 1))), g(l, k))
                    board.have(Le(T(g(l, k), k + (o + 1)), 1), using=[within])
                board.have(Le(rest, d), using=small)
                with board.suppose(Lt(i, n), fix=[i]) as each:
                    known = discharged(board, at(digits(), l, i))
                    zero, others = (infer("taut", [known], p) for p in known.statement.args)
                    sides = at(applied(peeled(), {G: (k, T(g(NUMBER, k), k + o))}), d)
                    same = rewritten(rewritten(sides, others), zero)
                    same = board.have(Eq(S(k, d + 1, T(g(NUMBER, k), k + o)), T(i, o) + rest), using=[same])
                    board.use(at(bit, i))
                    both = discharged(board, at(join(), d, T(i, o), rest))
                    board.have(Eq(all_on(NUMBER, d + 1, o), T(i, o) * all_on(l, d, o + 1)), by=same, using=[both])
                total = Eq(S(i, n, all_on(NUMBER, d + 1, o)), all_on(l, d, o + 1))
                column = infer("generalise", [board.have(total, using=[each[0], full])], to_term(l).data)
                cells = at(applied(blocks(), {G: (l, all_on(l, d + 1, o))}), n**d)
                last = at(before, o + 1)
                board.have(last.statement.args[0])
                last = discharged(board, last)
                board.have(Eq(S(l, n ** (d + 1), all_on(l, d + 1, o)), 1), using=[rewritten(cells, column), last])

        board.induction(d, claim(d), step=step)
    return result[0]


@cache
def rows() -> Theorem:
    """The sum over n^2 cells of what depends on their two digits is one over the second and the first digit."""
    board = Board([], {})
    both = A(g(l, 0), g(l, 1))
    with board.suppose(Lt(j, n), fix=[j]) as found:
        zero = discharged(board, at(digits(), 0, j))
        second = board.have(Eq(g(j, 0), j), using=[infer("taut", [zero], zero.statement.args[0])])
        with board.suppose(Lt(i, n), fix=[i]) as each:
            known = discharged(board, at(digits(), j, i))
            first, others = (infer("taut", [known], p) for p in known.statement.args)
            after = board.have(Eq(g(n * j + i, 1), j), using=[at(others, 0), second])
            board.have(Eq(A(g(n * j + i, 0), g(n * j + i, 1)), A(i, j)), by=after, using=[first])
        board.have(Eq(S(i, n, A(g(n * j + i, 0), g(n * j + i, 1))), S(i, n, A(i, j))), using=each)
    cells = at(applied(blocks(), {G: (l, both)}), n)
    return board.have(Eq(S(l, n**2, both), S(j, n, S(i, n, A(i, j)))), using=[cells, *found])
