"""The matrices of ridge regression, X'X + lam I and X X' + lam I: kernel, inverses, and the objective along a line."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import D, Eq, ForAll, Le, Lt, S, absolute, function, naturals, reals
from ..kernel.definition import epsilon_delta
from ..kernel.term import abstract, instantiate
from ..kernel.theorem import Theorem, infer
from .inverse import (
    M,
    T,
    X,
    detached,
    gram,
    identity,
    quadratic_form,
    solves,
    square_is_zero,
    squares,
    u,
    weighted,
    x,
)
from .order import absolute_nonnegative, absolute_product, at

n, p, i, j, k, l, r, s, q = naturals("n p i j k l r s q")
lam, t, e, h = reals("lam t e h")
R, Q = function("R", "NN>R"), function("Q", "NN>R")
v, y, a = function("v", "N>R"), function("Y", "N>R"), function("al", "N>R")


def outer(columns: Any, row: Any, column: Any) -> Any:
    """An entry of X X' + lam I, X having so many columns."""
    return S(i, columns, X(row, i) * X(column, i)) + lam * identity(row, column)


def system(matrix: Any, inverse: Any, given: Any, solution: Any) -> Theorem:
    """`solves` for these: functions of a row and a column, and of an index."""
    row, column = naturals("row column")  # bound by none of the four
    names = [to_term(row).data, to_term(column).data]
    bodies = {
        M: abstract(to_term(matrix(row, column)), names),
        T: abstract(to_term(inverse(row, column)), names),
        x: abstract(to_term(given(row)), names[:1]),
        u: abstract(to_term(solution(row)), names[:1]),
    }
    return infer("substitute", [solves()], tuple(((f.name, f.signature), body) for f, body in bodies.items()))


@cache
def trivial_kernel() -> Theorem:
    """If lam > 0 and (X'X + lam I) v = 0, then v = 0"""
    board = Board([], {})
    vanishes = ForAll(i < p, Eq(S(j, p, gram(n, i, j) * v(j)), 0))
    with board.suppose(Lt(0, lam), vanishes, fix=[n, p, lam]):
        board.use(at(quadratic_form(), n, p), squares(S(r, n, S(i, p, X(r, i) * v(i)) ** 2)))
        weighted(board, i, p, v(i), board.given(vanishes))
        board.have(Le(lam * S(i, p, v(i) ** 2), 0))
        board.have(Le(S(i, p, v(i) ** 2), 0))
        board.use(at(square_is_zero(), p))
        board.have(ForAll(k < p, Eq(v(k), 0)))
    return board.theorems[-1]


@cache
def back_to_primal() -> Theorem:
    """If (X X' + lam I) al = Y, then (X'X + lam I) X' al = X'Y"""
    board = Board([], {})
    solution = ForAll(r < n, Eq(S(s, n, outer(p, r, s) * a(s)), y(r)))
    with board.suppose(solution, fix=[n, p, lam]), board.suppose(Lt(i, p), fix=[i]):
        known = weighted(board, r, n, X(r, i), board.given(solution))
        board.start(S(j, p, gram(n, i, j) * S(s, n, X(s, j) * a(s))))
        board.equals(S(r, n, X(r, i) * S(s, n, outer(p, r, s) * a(s))), using=[board.given(Lt(i, p))])
        board.equals(S(r, n, X(r, i) * y(r)), using=[known])
    return board.theorems[-1]


def woodbury(row: Any, column: Any) -> Any:
    """An entry of (I - X R X') / lam."""
    through = S(i, p, X(row, i) * S(j, p, R(i, j) * X(column, j)))
    return (identity(row, column) - through) / lam


@cache
def dual_inverse() -> Theorem:
    """If lam > 0 and (X'X + lam I) R = I, then (X X' + lam I) (I - X R X') / lam = I"""
    board = Board([], {})
    inverse = ForAll(i < p, k < p, Eq(S(j, p, gram(n, i, j) * R(j, k)), identity(i, k)))
    with board.suppose(Lt(0, lam), inverse, fix=[n, p, lam]):
        given = board.given(inverse)
        with board.suppose(Lt(r, n), Lt(q, n), fix=[r, q]):
            rows = [board.given(Lt(r, n)), board.given(Lt(q, n))]

            def image(index: Any) -> Any:
                return S(j, p, R(index, j) * X(q, j))

            solved = system(lambda i, k: gram(n, i, k), R, lambda i: X(q, i), image)
            image_solves = detached(board, at(solved, p), [given])
            known = weighted(board, l, p, X(r, l), image_solves)
            board.start(lam * S(s, n, outer(p, r, s) * woodbury(s, q)))
            whole = board.equals(
                outer(p, r, q) - S(l, p, X(r, l) * S(i, p, gram(n, l, i) * image(i))),
                using=[*rows, board.given(Lt(0, lam))],
            )
            board.have(Eq(lam * S(s, n, outer(p, r, s) * woodbury(s, q)), lam * identity(r, q)), using=[whole, known])
            board.have(
                Eq(S(s, n, outer(p, r, s) * woodbury(s, q)), identity(r, q)),
                using=[board.theorems[-1], board.given(Lt(0, lam))],
            )
    return board.theorems[-1]


@cache
def square_rule() -> Theorem:
    """The derivative of t^2 at 0 is 0"""
    board = Board([], {})
    rule = D(t, t**2, 0, 0)
    with board.suppose(Lt(0, e), fix=[e]):
        with board.suppose(Le(absolute(h), e), fix=[h]):
            board.use(at(absolute_nonnegative(), h), at(absolute_product(), h, h))
            board.have(Le(absolute(h) * absolute(h), e * absolute(h)))
            board.have(Le(absolute((0 + h) ** 2 - 0**2 - 0 * h), e * absolute(h)))
        wanted = instantiate(epsilon_delta(to_term(rule)).args[0], [to_term(e)]).args[1]
        board.witness(wanted, e)
    meant = board.have(epsilon_delta(to_term(rule)))
    return infer("taut", [meant, infer("unfold", (), to_term(rule))], to_term(rule))
