"""The exchange of two hidden units: the network does not notice it, and its gradient goes along with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, D, Eq, ForAll, Iff, Lt, Ne, S, bracket, function, naturals, reals
from ..board.rewriting import rewritten
from ..kernel.theorem import Theorem, infer
from .two_layers import (
    i,
    incoming_moves,
    j,
    m,
    outgoing_moves,
    output,
    p,
    preactivation,
    q,
    risk,
    sg,
    substituted,
    t,
    u,
)

e = naturals("e")  # an input
g = reals("g")
G, tau = function("G", "N>R"), function("tau", "N>N")
A, b = function("A", "NN>R"), function("b", "N>R")  # the weights of any network at all
OTHERS = And(Ne(j, p), Ne(j, q))
SWAP = ForAll(j, Eq(tau(j), q * bracket(Eq(j, p)) + p * bracket(And(Eq(j, q), Ne(j, p))) + j * bracket(OTHERS)))
"""tau exchanges p and q and leaves every other number where it is."""
_CASES = ((Eq(j, p), q), (And(Eq(j, q), Ne(j, p)), p), (OTHERS, j))  # and what tau(j) is then


@cache
def exchange() -> Theorem:
    """The sum over j < m of G(tau(j)) is that of G(j), for p, q < m."""
    board = Board([to_term(SWAP)], {})
    difference = G(p) - G(q)
    with board.suppose(fix=[j]):
        same = Eq(G(tau(j)), G(j) - bracket(Eq(j, p)) * difference + bracket(Eq(j, q)) * difference)
        for case, _ in _CASES:
            with board.suppose(case):
                board.have(same)
        board.have(same)
    with board.suppose(Lt(p, m), Lt(q, m)) as result:
        board.have(Eq(S(j, m, G(tau(j))), S(j, m, G(j))))
    return infer("discharge", [result[0]], to_term(SWAP))


def order_is_immaterial(unit: Callable[[Any], Any]) -> Theorem:
    """The sum over the m units of unit(tau(j)) is that of unit(j): if tau exchanges p and q, for p, q < m."""
    return substituted(exchange(), {G: ((j,), unit(j))})


@cache
def exchange_is_one_to_one() -> Theorem:
    """[tau(j) = tau(u)] = [j = u] for all u and j, if tau exchanges p and q"""
    board = Board([to_term(SWAP)], {})
    twice = Eq(tau(tau(j)), j)
    with board.suppose(fix=[j]):
        board.have(Eq(tau(p), q))
        board.have(Eq(tau(q), p))
        for case, place in _CASES:
            with board.suppose(case):
                board.have(twice, by=board.have(Eq(tau(j), place)))
        board.have(twice)
    with board.suppose(fix=[u, j]) as result:
        with board.suppose(Eq(tau(j), tau(u))):
            board.have(Eq(tau(tau(j)), tau(tau(u))), by=board.given(Eq(tau(j), tau(u))))
            board.have(Eq(j, u))
        with board.suppose(Eq(j, u)):
            board.have(Eq(tau(j), tau(u)), by=board.given(Eq(j, u)))
        board.have(Eq(bracket(Eq(tau(j), tau(u))), bracket(Eq(j, u))))
    return infer("discharge", [result[0]], to_term(SWAP))


@cache
def exchange_of_equals() -> Theorem:
    """G(tau(j)) = G(j) for all j, if tau exchanges p and q, and G(p) = G(q)"""
    board = Board([to_term(SWAP)], {})
    with board.suppose(Eq(G(p), G(q))) as result, board.suppose(fix=[j]):
        for case, _ in _CASES:
            with board.suppose(case):
                board.have(Eq(G(tau(j)), G(j)))
        board.have(Eq(G(tau(j)), G(j)))
    return infer("discharge", [result[0]], to_term(SWAP))


def of_equals(weight: Callable[[Any], Any], *variables: Any) -> Theorem:
    """The same for the weight of each unit, for all values of the variables."""
    return _generalised(substituted(exchange_of_equals(), {G: ((j,), weight(j))}), *variables)


def swapped_incoming(unit: Any, entry: Any) -> Any:
    """The incoming weights of the network A, b after the exchange."""
    return A(tau(unit), entry)


def swapped_outgoing(unit: Any) -> Any:
    """Its outgoing weights after the exchange."""
    return b(tau(unit))


SAME_LOSS = Eq(risk(output(swapped_incoming, swapped_outgoing)), risk(output(A, b)))


def incoming_path(unit: Any, weights: Any = A, outgoing: Any = b) -> Any:
    """The training loss while t is added to the weight from input e to the unit."""
    return risk(output(incoming_moves(unit, e, weights), outgoing))


def outgoing_path(unit: Any, weights: Any = A, outgoing: Any = b) -> Any:
    """The training loss while t is added to the outgoing weight of the unit."""
    return risk(output(weights, outgoing_moves(unit, outgoing)))


def equivariance(path: Callable[..., Any], place: Any = None) -> Any:
    """After the exchange unit u has the derivative that the unit at `place` (of itself, tau(u)) has before it."""
    moved, original = path(u, swapped_incoming, swapped_outgoing), path(tau(u) if place is None else place)
    return Iff(D(t, moved, 0, g), D(t, original, 0, g))


def _generalised(theorem: Theorem, *variables: Any) -> Theorem:
    for variable in variables:
        theorem = infer("generalise", [theorem], to_term(variable).data)
    return theorem


def with_premises(board: Board, theorem: Theorem, *premises: Any) -> Theorem:
    """What the theorem concludes from its first premises, which the board has."""
    core = theorem.statement
    for _ in premises:
        core = core.args[1]
    return infer("taut", [theorem, *map(board.given, premises)], core)


def unnoticed(board: Board, incoming: Callable[[Any, Any], Any], outgoing: Callable[[Any], Any]) -> Theorem:
    """The output is the same after the exchange, on every example and whatever t: given SWAP, p < m and q < m."""
    order = order_is_immaterial(lambda unit: outgoing(unit) * sg(preactivation(incoming, unit)))
    return _generalised(with_premises(board, order, SWAP, Lt(p, m), Lt(q, m)), t, i)


def derive_equivariance(
    board: Board, path: Callable[..., Any], incoming: Callable[[Any, Any], Any], outgoing: Callable[[Any], Any]
) -> Theorem:
    """Lines: the path of u after the exchange is that of tau(u) before it, and so have the same derivatives.

    `incoming` and `outgoing` are the weights before the exchange, while one of unit tau(u) moves. Returns that the
    paths are one function of t.
    """
    one_to_one = with_premises(board, exchange_is_one_to_one(), SWAP)
    with board.suppose(Lt(p, m), Lt(q, m)):
        exchanged = rewritten(unnoticed(board, incoming, outgoing), one_to_one)
        moved, original = path(u, swapped_incoming, swapped_outgoing), path(tau(u))
        reason = "to move unit u after the exchange is to move tau(u) before it"
        one = board.have(ForAll(t, Eq(moved, original)), reason, by=exchanged)
        board.have(equivariance(path), "so one is differentiable if the other is, and with the same slope", by=one)
    return one
