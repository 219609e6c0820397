"""The exponential: what its two axioms, the addition formula and the tangent at 0, have as consequences."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.notation import Eq, ForAll, Implies, Le, Lt, exp, reals, sigmoid, tanh
from ..kernel.theorem import Theorem, infer

x, y = reals("x y")


def addition() -> Theorem:
    """exp(x + y) = exp(x) exp(y), an axiom."""
    return infer("axiom", (), "exp.add")


def tangent() -> Theorem:
    """1 + x <= exp(x), an axiom."""
    return infer("axiom", (), "exp.tangent")


def _proved(
    statement: Any, *facts: Theorem, fix: Any = (), suppose: Any = (), lines: Callable[[Board], None] | None = None
) -> Theorem:
    """The statement; its last step is taken after `lines`, for fixed values and under assumptions."""
    board = Board([], {})
    board.use(*facts)
    if lines is None:
        return board.have(statement)
    with board.suppose(*suppose, fix=fix) as result:
        lines(board)
        board.have(statement)
    return result[0]


@cache
def at_zero() -> Theorem:
    """exp(0) = 1."""
    return _proved(Eq(exp(0), 1), addition(), tangent())


@cache
def inverse() -> Theorem:
    """exp(x) exp(-x) = 1."""
    return _proved(ForAll(x, Eq(exp(x) * exp(-x), 1)), addition(), at_zero())


@cache
def positive() -> Theorem:
    """0 < exp(x)."""

    def lines(board: Board) -> None:
        board.have(ForAll(y, Eq(exp(y), exp(y / 2) ** 2)), "addition", using=[addition()])
        board.have(ForAll(y, Le(0, exp(y))), "a square")
        board.have(Eq(1, exp(x) * exp(-x)), "so neither factor is 0")

    return _proved(Lt(0, exp(x)), inverse(), fix=[x], lines=lines)


@cache
def reciprocal() -> Theorem:
    """exp(-x) = 1 / exp(x)."""

    def lines(board: Board) -> None:
        board.have(Eq(exp(x) * exp(-x), 1))
        board.have(Lt(0, exp(x)))

    return _proved(Eq(exp(-x), 1 / exp(x)), inverse(), positive(), fix=[x], lines=lines)


@cache
def quotient() -> Theorem:
    """exp(x - y) = exp(x) / exp(y)."""
    return _proved(ForAll(x, y, Eq(exp(x - y), exp(x) / exp(y))), addition(), reciprocal())


@cache
def above_one() -> Theorem:
    """1 < exp(x) for 0 < x."""
    return _proved(ForAll(x, Implies(Lt(0, x), Lt(1, exp(x)))), tangent())


@cache
def increasing() -> Theorem:
    """exp(x) < exp(y) for x < y."""

    def lines(board: Board) -> None:
        board.have(Lt(1, exp(y - x)), "the tangent", using=[tangent(), *board.theorems])
        board.have(Lt(0, exp(x)))
        board.have(Eq(exp(y), exp(x) * exp(y - x)), "addition", using=[addition()])

    return _proved(Lt(exp(x), exp(y)), positive(), fix=[x, y], suppose=[Lt(x, y)], lines=lines)


@cache
def monotone() -> Theorem:
    """exp(x) <= exp(y) for x <= y."""

    def lines(board: Board) -> None:
        board.have(Le(1, exp(y - x)), "the tangent", using=[tangent(), *board.theorems])
        board.have(Lt(0, exp(x)))
        board.have(Eq(exp(y), exp(x) * exp(y - x)), "addition", using=[addition()])

    return _proved(Le(exp(x), exp(y)), positive(), fix=[x, y], suppose=[Le(x, y)], lines=lines)


@cache
def injective() -> Theorem:
    """If exp(x) = exp(y), then x = y."""

    def lines(board: Board) -> None:
        board.have(Implies(Lt(x, y), Lt(exp(x), exp(y))))
        board.have(Implies(Lt(y, x), Lt(exp(y), exp(x))))

    return _proved(Eq(x, y), increasing(), fix=[x, y], suppose=[Eq(exp(x), exp(y))], lines=lines)


@cache
def decay() -> Theorem:
    """exp(-x) <= 1 / (1 + x) for 0 <= x."""

    def lines(board: Board) -> None:
        board.have(Lt(0, exp(-x)))
        board.have(Le((1 + x) * exp(-x), exp(x) * exp(-x)), "the tangent")
        board.have(Eq((1 + x) * (1 / (1 + x)), 1))

    return _proved(Le(exp(-x), 1 / (1 + x)), inverse(), positive(), tangent(), fix=[x], suppose=[Le(0, x)], lines=lines)


@cache
def tanh_by_sigmoid() -> Theorem:
    """tanh(x / 2) = 2 sigmoid(x) - 1."""

    def lines(board: Board) -> None:
        for t in (x, -x):
            board.have(Eq(exp(t), exp(t / 2) ** 2), "addition", using=[addition()])
        board.have(Eq(exp(x / 2) * exp(-x / 2), 1))
        for t in (x / 2, -x / 2, -x):
            board.have(Lt(0, exp(t)))

    return _proved(Eq(tanh(x / 2), 2 * sigmoid(x) - 1), inverse(), positive(), fix=[x], lines=lines)


@cache
def sigmoid_by_exponential() -> Theorem:
    """sigmoid(x) = exp(x) / (1 + exp(x))."""

    def lines(board: Board) -> None:
        board.have(Eq(exp(x) * exp(-x), 1))
        board.have(Lt(0, exp(x)))
        board.have(Lt(0, exp(-x)))

    return _proved(Eq(sigmoid(x), exp(x) / (1 + exp(x))), inverse(), positive(), fix=[x], lines=lines)
