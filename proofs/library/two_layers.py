"""Networks with one hidden layer: what their outputs are, and how they move with one unit.

The network has d inputs, m hidden units without biases and one output. Example i has the inputs X(i, k), the loss
l(i, output) and the weight c(i) in the training loss: 1 for a single example, 1/N for the mean over N of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import Eq, Lt, Ne, S, bracket, function, naturals, reals
from ..kernel.term import abstract
from ..kernel.theorem import Theorem, infer
from .order import at

m, d, N = naturals("m d N")  # hidden units, inputs, examples
i, j, k, p, q, u = naturals("i j k p q u")
t, r = reals("t r")
w, v, X = function("w", "NN>R"), function("v", "N>R"), function("X", "NN>R")
sg, loss, c = function("sg", "R>R"), function("l", "NR>R"), function("c", "N>R")
F = function("F", "NR>R")


def preactivation(incoming: Callable[[Any, Any], Any], unit: Any) -> Any:
    """What enters the activation of the unit on example i."""
    return S(k, d, incoming(unit, k) * X(i, k))


def output(incoming: Callable[[Any, Any], Any], outgoing: Callable[[Any], Any]) -> Any:
    """The output of the network on example i."""
    return S(j, m, outgoing(j) * sg(preactivation(incoming, j)))


def risk(outputs: Any, weight: Any = None) -> Any:
    """The training loss: the losses of the examples, each with its weight."""
    return S(i, N, (c(i) if weight is None else weight) * loss(i, outputs))


def incoming_moves(unit: Any, entry: Any, weights: Callable[[Any, Any], Any] = w) -> Callable[[Any, Any], Any]:
    """The incoming weights while t is added to w(unit, entry)."""
    return lambda row, column: weights(row, column) + t * bracket(Eq(row, unit)) * bracket(Eq(column, entry))


def outgoing_moves(unit: Any, weights: Callable[[Any], Any] = v) -> Callable[[Any], Any]:
    """The outgoing weights while t is added to v(unit)."""
    return lambda row: weights(row) + t * bracket(Eq(row, unit))


def substituted(theorem: Theorem, values: Mapping[Any, tuple[tuple[Any, ...], Any]]) -> Theorem:
    """The theorem with a body, in the variables named, for each of these functions."""
    table = tuple(
        ((name.name, name.signature), abstract(to_term(body), [to_term(x).data for x in variables]))
        for name, (variables, body) in values.items()
    )
    return infer("substitute", [theorem], table)


@cache
def one_unit_moves() -> Theorem:
    """The sum over j < m of F(j, [j = p] t) moves with its term p alone, for p < m."""
    board = Board([], {})
    with board.suppose(fix=[j]):
        same = Eq(F(j, t * bracket(Eq(j, p))), F(j, 0) + bracket(Eq(j, p)) * (F(p, t) - F(p, 0)))
        with board.suppose(Eq(j, p)):
            board.have(same)
        with board.suppose(Ne(j, p)):
            board.have(same)
        board.have(same)
    with board.suppose(Lt(p, m), fix=[m, p, t]) as result:
        board.have(Eq(S(j, m, F(j, t * bracket(Eq(j, p)))), S(j, m, F(j, 0)) + F(p, t) - F(p, 0)))
    return result[0]


def unit_moves(unit: Callable[[Any, Any], Any], moving: Any, shift: Any) -> Theorem:
    """The sum of unit(j, [j = moving] shift) over the m units moves with that of the moving one, if there is one."""
    theorem = substituted(one_unit_moves(), {F: ((j, r), unit(j, r))})
    return at(theorem, m, moving, shift)
