"""Training of a network with one hidden layer, step by step, by updates that are the same for every unit.

At step s unit j has the weights w(s, j, k): its incoming weights for k < d, its outgoing weight for k = d. The gradient
is g(s, j, k), and each weight has two memories a and b (momentum has one, Adam two, plain gradient descent none).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..board.board import Board
from ..board.notation import And, D, Eq, ForAll, Implies, Le, Lt, S, bracket, function, naturals
from ..kernel.theorem import Theorem, infer
from .calculus import applied
from .order import at
from .two_layers import N, X, d, i, j, k, loss, m, p, q, sg, t, u, unit_moves
from .uniqueness import unique

s, T, e = naturals("s T e")  # a step, the number of steps, a weight of a unit
w, g = function("w", "NNN>R"), function("g", "NNN>R")
a, b = function("a", "NNN>R"), function("b", "NNN>R")
w0, a0, b0 = function("w0", "NN>R"), function("a0", "NN>R"), function("b0", "NN>R")
U, A, B = function("U", "NNRRRR>R"), function("A", "NNRRRR>R"), function("B", "NNRRRR>R")
c, dl, r = function("c", "NN>R"), function("dl", "NN>R"), function("r", "R>R")
L, h = function("L", "RNNN>R"), function("h", "NNN>R")
f = function("f", "R>R")  # as the theorem of calculus calls it

Weights = Callable[[Any, Any], Any]  # of the unit and the place among its weights


def contribution(weights: Weights, unit: Any) -> Any:
    """What the unit adds to the output on example i."""
    return weights(unit, d) * sg(S(k, d, weights(unit, k) * X(i, k)))


def path(unit: Any, place: Any, mask: Callable[[Any], Any] | None = None) -> Any:
    """The loss of step s while t is added to one weight of the unit; `mask` is a factor of what each unit adds."""
    return S(i, N, c(s, i) * loss(i, _output(unit, place, mask)))


def _output(unit: Any, place: Any, mask: Callable[[Any], Any] | None = None) -> Any:
    def moved(row: Any, column: Any) -> Any:
        return w(s, row, column) + t * bracket(Eq(row, unit)) * bracket(Eq(column, place))

    return S(j, m, contribution(moved, j) if mask is None else mask(j) * contribution(moved, j))


def gradient(along: Callable[[Any, Any], Any] | None = None) -> Any:
    """At each of the T steps, g is the gradient of the loss of the step (of what moves along a weight)."""
    moved = L(t, s, u, e) if along is None else along(u, e)
    return ForAll(s < T, u < m, e < d + 1, D(t, moved, 0, g(s, u, e)))


def back_propagated(unit: Any) -> Any:
    """What back-propagation computes for weight e of the unit, where r is taken for the slope of the activation."""
    z = S(k, d, w(s, unit, k) * X(i, k))
    incoming = w(s, unit, d) * r(z) * X(i, e)
    return S(i, N, c(s, i) * dl(s, i) * (bracket(Lt(e, d)) * incoming + bracket(Eq(e, d)) * sg(z)))


LOSS = ForAll(t, s, u, e, Eq(L(t, s, u, e), path(u, e)))
BACK_PROPAGATION = ForAll(s, u, e, Eq(h(s, u, e), back_propagated(u)))
BACK_PROPAGATED = ForAll(s < T, u < m, e < d + 1, Eq(g(s, u, e), h(s, u, e)))


def recursion(symbol: Any, start: Any, rule: Callable[..., Any]) -> Any:
    """The symbol is `start` at step 0 and rule(s, j, k, weight, gradient, memories) of step s at step s + 1."""
    now = [x(s, j, k) for x in (w, g, a, b)]
    following = Eq(symbol(s + 1, j, k), rule(s, j, k, *now))
    return And(ForAll(j, k, Eq(symbol(0, j, k), start(j, k))), ForAll(s, j, k, following))


def of_every_unit(rule: Any) -> Callable[..., Any]:
    """The rule without regard to which unit it is."""
    return lambda step, unit, *others: rule(step, *others)


RULES = {
    symbol: recursion(symbol, *how)
    for symbol, how in zip(
        (w, a, b), ((w0, of_every_unit(U)), (a0, of_every_unit(A)), (b0, of_every_unit(B))), strict=True
    )
}
EQUAL = Eq(w(s, p, e), w(s, q, e))
MEMORIES = And(Eq(a(s, p, e), a(s, q, e)), Eq(b(s, p, e), b(s, q, e)))


def gradients_agree(board: Board) -> Theorem:
    """Lines: the units p and q have equal gradients at step s, if they have equal weights."""

    def unit(which: Any, shift: Any) -> Any:
        return contribution(lambda row, column: w(s, row, column) + shift * bracket(Eq(column, e)), which)

    with board.suppose(fix=[i, t]) as result:
        board.have(Eq(unit(p, t), unit(q, t)), "equal units, moved alike, add the same")
        board.have(Eq(unit(p, 0), unit(q, 0)), "and so they do unmoved")
        board.use(unit_moves(unit, p, t), unit_moves(unit, q, t))
        board.have(Eq(_output(p, e), _output(q, e)), "so the output is one function of t for p and q")
    loss_of_p, loss_of_q = L(t, s, p, e), L(t, s, q, e)
    board.have(ForAll(t, Eq(path(p, e), path(q, e))), "and so is the loss", by=result[0])
    one = board.have(ForAll(t, Eq(loss_of_p, loss_of_q)), "by definition", by=board.given(LOSS))
    slopes = [
        board.have(D(t, loss_of_p, 0, g(s, p, e)), "its slope is the gradient of p"),
        board.have(D(t, loss_of_p, 0, g(s, q, e)), "and that of q", by=one),
    ]
    one = at(applied(unique(), {f: (t, loss_of_p)}), 0, g(s, p, e), g(s, q, e))
    board.use(infer("taut", [one, *slopes], one.statement.args[1].args[1]))
    return board.have(Eq(g(s, p, e), g(s, q, e)), "a function has one derivative")


def back_propagation_agrees(board: Board) -> Theorem:
    """Lines: back-propagation computes the same for p and q at step s, if they have equal weights."""
    board.have(Eq(w(s, p, d), w(s, q, d)), "equal units pass on the same")
    entering = [S(k, d, w(s, unit, k) * X(i, k)) for unit in (p, q)]
    same = board.have(ForAll(i, Eq(*entering)), "and see the same")
    board.have(Eq(back_propagated(p), back_propagated(q)), "so what is propagated back to them is the same", by=same)
    facts = [board.have(Eq(h(s, p, e), h(s, q, e)), "by definition", by=board.given(BACK_PROPAGATION))]
    for unit in (p, q):
        where = map(board.given, (BACK_PROPAGATED, Lt(s, T), Lt(unit, m), Lt(e, d + 1)))
        facts.append(board.have(Eq(g(s, unit, e), h(s, unit, e)), using=list(where)))
    return board.have(Eq(g(s, p, e), g(s, q, e)), "for both units", using=facts)


def persists(board: Board, agree: Callable[[Board], Theorem]) -> None:
    """Lines: p and q are equal at every step, since their gradients agree whenever they are equal."""
    following = And(*(Eq(x(s + 1, p, e), x(s + 1, q, e)) for x in (w, a, b)))

    def step() -> None:
        with board.suppose(Lt(s, T), Lt(e, d + 1), fix=[e]):
            same = agree(board), board.have(And(EQUAL, MEMORIES), "and equal weights and memories")
            rules = [board.given(rule) for rule in RULES.values()]
            board.have(following, "the same update of the same numbers", using=[*rules, *same])

    still = Implies(Le(s, T), ForAll(e < d + 1, And(EQUAL, MEMORIES)))
    board.induction(s, still, "so they are equal at every step", step=step)
