"""The logarithm of a positive number: what its axiom, exp(log y) = y, and the theorems about exp imply."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.notation import And, Eq, Le, Lt, exp, log, reals
from ..kernel.theorem import Theorem, infer
from .exponential import addition, at_zero, injective, monotone, positive, tangent
from .exponential import increasing as strictly_increasing_exponential
from .exponential import inverse as exponential_inverse
from .order import at

x, y = reals("x y")


def inverse() -> Theorem:
    """exp(log(x)) = x for 0 < x, an axiom."""
    return infer("axiom", (), "exp.log")


def _proved(statement: Any, *facts: Theorem, fix: Any, suppose: Any = (), lines: Callable[[Board], None]) -> Theorem:
    """The statement after `lines`, for fixed values and under assumptions."""
    board = Board([], {})
    board.use(*facts)
    with board.suppose(*suppose, fix=fix) as result:
        lines(board)
        board.have(statement)
    return result[0]


@cache
def of_exponential() -> Theorem:
    """log(exp(x)) = x."""

    def lines(board: Board) -> None:
        board.have(Lt(0, exp(x)))
        board.have(Eq(exp(log(exp(x))), exp(x)))
        board.use(at(injective(), log(exp(x)), x))

    return _proved(Eq(log(exp(x)), x), inverse(), positive(), fix=[x], lines=lines)


@cache
def at_one() -> Theorem:
    """log(1) = 0."""
    board = Board([], {})
    board.use(inverse(), at_zero(), at(injective(), log(1), 0))
    board.have(Eq(exp(log(1)), 1))
    board.have(Eq(exp(log(1)), exp(0)))
    return board.have(Eq(log(1), 0))


@cache
def upper() -> Theorem:
    """log(x) <= x - 1 for 0 < x."""

    def lines(board: Board) -> None:
        board.have(Eq(exp(log(x)), x))
        board.use(at(tangent(), log(x)))

    return _proved(Le(log(x), x - 1), inverse(), fix=[x], suppose=[Lt(0, x)], lines=lines)


@cache
def of_reciprocal() -> Theorem:
    """log(1 / x) = -log(x) for 0 < x."""

    def lines(board: Board) -> None:
        board.have(Lt(0, 1 / x))
        board.have(Eq(exp(log(x)), x))
        board.use(at(exponential_inverse(), log(x)))
        board.have(Eq(x * exp(-log(x)), 1))
        board.ignore(at(exponential_inverse(), log(x)).statement)
        board.have(Eq(exp(-log(x)), 1 / x))
        board.have(Eq(exp(log(1 / x)), 1 / x))
        board.have(Eq(exp(log(1 / x)), exp(-log(x))))
        board.use(at(injective(), log(1 / x), -log(x)))

    return _proved(Eq(log(1 / x), -log(x)), inverse(), fix=[x], suppose=[Lt(0, x)], lines=lines)


@cache
def lower() -> Theorem:
    """1 - 1 / x <= log(x) for 0 < x."""

    def lines(board: Board) -> None:
        board.have(Lt(0, 1 / x))
        board.use(at(upper(), 1 / x), at(of_reciprocal(), x))

    return _proved(Le(1 - 1 / x, log(x)), fix=[x], suppose=[Lt(0, x)], lines=lines)


@cache
def of_product() -> Theorem:
    """log(x y) = log(x) + log(y) for 0 < x and 0 < y."""

    def lines(board: Board) -> None:
        board.have(Lt(0, x * y))
        board.have(Eq(exp(log(x)), x))
        board.have(Eq(exp(log(y)), y))
        board.use(at(addition(), log(x), log(y)))
        board.have(Eq(exp(log(x * y)), exp(log(x) + log(y))))
        board.use(at(injective(), log(x * y), log(x) + log(y)))

    return _proved(Eq(log(x * y), log(x) + log(y)), inverse(), fix=[x, y], suppose=[Lt(0, x), Lt(0, y)], lines=lines)


@cache
def above_zero() -> Theorem:
    """0 < log(x) for 1 < x."""

    def lines(board: Board) -> None:
        board.have(Lt(0, x))
        board.have(Eq(exp(log(x)), x))
        with board.suppose(Le(log(x), 0)):
            board.have(Le(exp(log(x)), exp(0)), using=[*board.theorems, monotone()])
            board.have(Le(x, 1), using=[*board.theorems, at_zero()])
            board.contradiction()

    return _proved(Lt(0, log(x)), inverse(), fix=[x], suppose=[Lt(1, x)], lines=lines)


@cache
def strictly_increasing() -> Theorem:
    """log(x) < log(y) for 0 < x < y."""

    def lines(board: Board) -> None:
        board.have(Lt(0, y))
        board.have(Eq(exp(log(x)), x))
        board.have(Eq(exp(log(y)), y))
        with board.suppose(Le(log(y), log(x))):
            board.have(Le(exp(log(y)), exp(log(x))), using=[*board.theorems, monotone()])
            board.contradiction()

    return _proved(Lt(log(x), log(y)), inverse(), fix=[x, y], suppose=[Lt(0, x), Lt(x, y)], lines=lines)


@cache
def increasing() -> Theorem:
    """log(x) <= log(y) for 0 < x <= y."""

    def lines(board: Board) -> None:
        board.have(Lt(0, y))
        with board.suppose(Lt(log(y), log(x))):
            board.have(Eq(exp(log(x)), x))
            board.have(Eq(exp(log(y)), y))
            board.have(Lt(exp(log(y)), exp(log(x))), using=[*board.theorems, strictly_increasing_exponential()])
            board.contradiction()

    return _proved(Le(log(x), log(y)), inverse(), fix=[x, y], suppose=[Lt(0, x), Le(x, y)], lines=lines)


@cache
def of_sum_with_exponential() -> Theorem:
    """log(1 + exp(x)) = x + log(1 + exp(-x))."""

    def lines(board: Board) -> None:
        grown = board.have(Lt(0, exp(x)), using=[positive()])
        small = board.have(Lt(0, exp(-x)), using=[positive()])
        inverses = board.have(Eq(exp(x) * exp(-x), 1), using=[exponential_inverse()])
        factors = board.have(Eq(exp(x) * (1 + exp(-x)), 1 + exp(x)), using=[inverses])
        room = board.have(Lt(0, 1 + exp(-x)), using=[small])
        split = Eq(log(exp(x) * (1 + exp(-x))), log(exp(x)) + log(1 + exp(-x)))
        split = board.have(split, using=[of_product(), grown, room])
        undone = board.have(Eq(log(exp(x)), x), using=[of_exponential()])
        whole = board.have(Eq(log(1 + exp(x)), log(exp(x)) + log(1 + exp(-x))), using=[split, factors])
        board.ignore(*(q.statement for q in board.theorems))
        board.use(whole, undone)

    return _proved(Eq(log(1 + exp(x)), x + log(1 + exp(-x))), fix=[x], lines=lines)


@cache
def of_one_plus_decay() -> Theorem:
    """0 < log(1 + exp(-x)) <= log(2) for x >= 0."""

    def lines(board: Board) -> None:
        small = board.have(Lt(0, exp(-x)), using=[positive()])
        sign = board.have(Le(-x, 0), using=[board.given(Le(0, x))])
        most = board.have(Le(exp(-x), exp(0)), using=[monotone(), sign])
        most = board.have(Le(exp(-x), 1), using=[most, at_zero()])
        room = board.have(Lt(1, 1 + exp(-x)), using=[small])
        above = board.have(Lt(0, log(1 + exp(-x))), using=[at(above_zero(), 1 + exp(-x)), room])
        below = board.have(Le(log(1 + exp(-x)), log(2)), using=[at(increasing(), 1 + exp(-x), 2), room, most])
        board.ignore(*(q.statement for q in board.theorems))
        board.use(above, below)

    return _proved(And(Lt(0, log(1 + exp(-x))), Le(log(1 + exp(-x)), log(2))), fix=[x], suppose=[Le(0, x)], lines=lines)
