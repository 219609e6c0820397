"""Inverses of sums of squares of rows plus a multiple of the identity, built row by row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.conversion import converted
from ..board.notation import And, Eq, ForAll, Le, Lt, Or, S, bracket, function, naturals, reals
from ..kernel.term import ZERO, abstract, eq, instantiate, le, mul, term, var
from ..kernel.theorem import Theorem, infer
from .calculus import applied
from .order import at

n, p, i, j, k, r, s = naturals("n p i j k r s")
lam, e = reals("lam e")
M, T = function("M", "NN>R"), function("T", "NN>R")
x, u, v = function("x", "N>R"), function("u", "N>R"), function("v", "N>R")
X, U = function("X", "NN>R"), function("U", "NNN>R")


def identity(row: Any, column: Any) -> Any:
    """An entry of the identity matrix."""
    return bracket(Eq(row, column))


@cache
def square_is_zero() -> Theorem:
    """If the sum of v(i)^2 over i < p is at most 0, then v(k) = 0 for k < p"""
    board = Board([], {})

    def step() -> None:
        with board.suppose(Lt(k, p + 1), fix=[k]):
            with board.suppose(Lt(k, p)):
                board.have(Le(v(k) ** 2, S(i, p + 1, v(i) ** 2)))
            with board.suppose(Eq(k, p)):
                board.have(Le(v(k) ** 2, S(i, p + 1, v(i) ** 2)))
            board.have(Or(Lt(k, p), Eq(k, p)))
            board.have(Le(v(k) ** 2, S(i, p + 1, v(i) ** 2)))

    board.induction(p, ForAll(k < p, Le(v(k) ** 2, S(i, p, v(i) ** 2))), step=step)
    with board.suppose(Le(S(i, p, v(i) ** 2), 0), Lt(k, p), fix=[p, k]):
        board.have(Le(v(k) ** 2, 0))
        board.have(Eq(v(k), 0))
    return board.theorems[-1]


def squares(total: Any) -> Theorem:
    """0 <= total, a sum of squares as it is written"""
    t = to_term(total)
    return infer("cert", [], le(ZERO, t), (), t)


def weighted(board: Board, index: Any, count: Any, weight: Any, equation: Theorem) -> Theorem:
    """A fact: the sums of weight * left and weight * right over index < count agree, as left = right for each index."""
    name, size, factor = to_term(index).data, to_term(count), to_term(weight)
    left, right = instantiate(equation.statement.args[0], [to_term(index)]).args[1].args
    sums = [term("sum", None, (size, abstract(mul(factor, side), [name]))) for side in (left, right)]
    entry = ((size,), abstract(factor, [name]), ((0, (var(0, "N"),), "gap"),))
    found = infer("cert", [equation], eq(*sums), (entry,), ZERO)
    board.use(found)
    return found


def detached(board: Board, theorem: Theorem, using: Sequence[Theorem]) -> Theorem:
    """The conclusion of closed implications, as a fact; the search proves each premise from `using` alone."""
    while theorem.statement.head == "imp":
        premise, conclusion = theorem.statement.args
        theorem = infer("taut", [theorem, board.have(premise, using=using)], conclusion)
    board.use(theorem)
    return theorem


INVERSE = ForAll(i < p, k < p, Eq(S(j, p, M(i, j) * T(j, k)), identity(i, k)))
SOLUTION = ForAll(i, Eq(u(i), S(j, p, T(i, j) * x(j))))


@cache
def solves() -> Theorem:
    """If M T = I and u = T x, then M u = x"""
    board = Board([], {})
    with board.suppose(INVERSE, SOLUTION, fix=[p]), board.suppose(Lt(i, p), fix=[i]):
        row = detached(board, at(board.given(INVERSE), i), [board.given(Lt(i, p))])
        known = weighted(board, k, p, x(k), row)
        board.start(S(j, p, M(i, j) * u(j)))
        board.equals(S(j, p, M(i, j) * S(k, p, T(j, k) * x(k))))
        board.equals(S(k, p, S(j, p, M(i, j) * T(j, k)) * x(k)))
        board.equals(x(i), using=[known, board.given(Lt(i, p))])
        board.have(Eq(S(j, p, M(i, j) * u(j)), x(i)))
    return board.theorems[-1]


@cache
def rank_one_update() -> Theorem:
    """If M T = I, T is symmetric, u = T x and e = 1 + x.u is positive, then (M + x x') (T - u u'/e) = I"""
    board = Board([], {})
    symmetric = ForAll(i, k, Eq(T(i, k), T(k, i)))
    with board.suppose(INVERSE, SOLUTION, symmetric, Eq(e, 1 + S(j, p, x(j) * u(j))), Lt(0, e), fix=[p, e]):
        board.use(at(solves(), p))
        board.have(ForAll(i < p, Eq(S(j, p, M(i, j) * u(j)), x(i))))
        board.have(ForAll(k, Eq(S(j, p, x(j) * T(j, k)), u(k))))
        board.ignore(SOLUTION, symmetric)
        updated = (M(i, j) + x(i) * x(j)) * (T(j, k) - u(j) * u(k) / e)
        board.have(ForAll(i < p, k < p, Eq(S(j, p, updated), identity(i, k))))
    return board.theorems[-1]


def gram(rows: Any, row: Any, column: Any) -> Any:
    """An entry of X'X + lam I, X having so many rows."""
    return S(r, rows, X(r, row) * X(r, column)) + lam * identity(row, column)


@cache
def quadratic_form() -> Theorem:
    """v' (X'X + lam I) v is |X v|^2 + lam |v|^2"""
    board = Board([], {})
    form = S(i, p, v(i) * S(j, p, gram(n, i, j) * v(j)))
    board.have(Eq(form, S(r, n, S(i, p, X(r, i) * v(i)) ** 2) + lam * S(i, p, v(i) ** 2)))
    return infer("generalise", [infer("generalise", [board.theorems[-1]], to_term(p).data)], to_term(n).data)


@cache
def nonnegative() -> Theorem:
    """If (X'X + lam I) u = x and lam > 0, then x.u >= 0"""
    board = Board([], {})
    solution = ForAll(i < p, Eq(S(j, p, gram(n, i, j) * u(j)), x(i)))
    with board.suppose(solution, Lt(0, lam), fix=[n, p, lam]):
        board.use(at(applied(quadratic_form(), {v: (i, u(i))}), n, p))
        weighted(board, i, p, u(i), board.given(solution))
        board.have(Le(0, lam * S(i, p, u(i) ** 2)))
        board.use(squares(S(r, n, S(i, p, X(r, i) * u(i)) ** 2)))
        board.have(Le(0, S(i, p, x(i) * u(i))))
    return board.theorems[-1]


IMAGE = S(j, p, U(s, i, j) * X(s, j))  # entry i of u = U(s) x, where x is row s of X
DENOMINATOR = 1 + S(i, p, X(s, i) * IMAGE)
UPDATED = U(s, i, k) - IMAGE * S(j, p, U(s, k, j) * X(s, j)) / DENOMINATOR
RECURSION = And(
    ForAll(i, k, Eq(U(0, i, k), identity(i, k) / lam)),
    ForAll(s, i, k, Eq(U(s + 1, i, k), UPDATED)),
)


def _at(theorem: Theorem) -> Theorem:
    """A theorem about M, T, x and u for the Gram matrix of s rows, U(s), row s of X and U(s) times it."""
    table = {
        M: abstract(to_term(gram(s, i, k)), [to_term(i).data, to_term(k).data]),
        T: abstract(to_term(U(s, i, k)), [to_term(i).data, to_term(k).data]),
        x: abstract(to_term(X(s, i)), [to_term(i).data]),
        u: abstract(to_term(IMAGE), [to_term(i).data]),
    }
    return infer("substitute", [theorem], tuple(((f.name, f.signature), body) for f, body in table.items()))


def _positive(board: Board, known: Sequence[Theorem]) -> Theorem:
    """A line: the denominator is positive, as `known` says that U(s) inverts the matrix of s rows."""
    solved = detached(board, at(_at(solves()), p), known)
    positive = detached(board, at(_at(nonnegative()), s, p, lam), [solved, board.given(Lt(0, lam))])
    return board.have(Lt(0, DENOMINATOR), using=[positive])


@cache
def regular() -> Theorem:
    """If lam > 0, the matrix U(s) that is built row by row is symmetric, and inverts X'X + lam I, X having s rows"""
    board = Board([to_term(RECURSION), to_term(Lt(0, lam))], {})

    def claim(size: Any) -> Any:
        symmetric = ForAll(i, k, Eq(U(size, i, k), U(size, k, i)))
        return And(symmetric, ForAll(i < p, k < p, Eq(S(j, p, gram(size, i, j) * U(size, j, k)), identity(i, k))))

    def base() -> None:
        board.have(Eq(lam * (1 / lam), 1))

    def onwards() -> None:
        before = board.given(claim(s))
        known = [infer("taut", [before], part) for part in before.statement.args]
        inverse = detached(board, at(_at(rank_one_update()), p, DENOMINATOR), [*known, _positive(board, known)])
        definition = board.given(RECURSION)
        symmetric, inverted = to_term(claim(s + 1)).args
        board.have(symmetric, using=[known[0], definition])
        step = infer("taut", [definition], definition.statement.args[1])
        board.have(inverted, by=step, prover=lambda _, goal: converted(inverse, goal))

    theorem = board.induction(s, claim(s), base=base, step=onwards)
    return infer("discharge", [theorem], to_term(Lt(0, lam)))


@cache
def positive_denominators() -> Theorem:
    """If lam > 0, the denominators 1 + x' U(s) x by which the rows are taken in are positive"""
    board = Board([to_term(RECURSION), to_term(Lt(0, lam))], {})
    built = infer("taut", [regular(), board.given(Lt(0, lam))], regular().statement.args[1])
    theorem = infer("generalise", [_positive(board, [at(built, s)])], to_term(s).data)
    return infer("discharge", [theorem], to_term(Lt(0, lam)))
