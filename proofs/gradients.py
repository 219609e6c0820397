"""Gradients of a network with one hidden layer: what back-propagation computes, for any activation and any loss."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import D, Eq, ForAll, Implies, Lt, S, bracket, function, reals
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library.differentiation import by_calculus
from .library.finite_networks import DOUBLE, IDENTITY, SQUARE
from .library.finite_two_layers import finite_two_layers, hinged
from .library.two_layers import (
    N,
    X,
    c,
    d,
    i,
    incoming_moves,
    j,
    loss,
    m,
    outgoing_moves,
    output,
    p,
    preactivation,
    q,
    risk,
    sg,
    t,
    unit_moves,
    v,
    w,
)

y, z = reals("y z")
dl, s = function("dl", "N>R"), function("s", "N>R")  # slopes of the losses; of the activation, at unit p
Z = preactivation(w, p)
OUTGOING_PATH = risk(output(w, outgoing_moves(p)))
INCOMING_PATH = risk(output(incoming_moves(p, q), v))


def _outgoing(term: Any) -> Any:
    """The derivative in the outgoing weight of unit p is the sum of this term over the examples."""
    return Implies(Lt(p, m), D(t, OUTGOING_PATH, 0, S(i, N, term)))


def _incoming(term: Any) -> Any:
    """The derivative in the weight from input q to unit p is the sum of this term over the examples."""
    return Implies(Lt(p, m), Lt(q, d), D(t, INCOMING_PATH, 0, S(i, N, term)))


OUTGOING = c(i) * dl(i) * sg(Z)
INCOMING = c(i) * dl(i) * v(p) * s(i) * X(i, q)
LOSS = Hypothesis(
    "loss",
    ForAll(i < N, D(y, loss(i, y), output(w, v), dl(i))),
    "the loss of example i, whose weight c(i) is 1 if it is the only one and 1/N in a mean, is differentiable at the "
    "output of the network, with slope dl(i)",
    needed_by="kink-of-the-loss",
)
ACTIVATION = Hypothesis(
    "activation",
    ForAll(i < N, D(z, sg(z), Z, s(i))),
    "the activation is differentiable at the pre-activation of unit p on example i, with slope s(i)",
    needed_by="kink-of-the-activation",
)


def _derive(B: Board) -> None:
    B.conclude("outgoing", "the output is linear in v_p; chain rule for the loss", prover=by_calculus)
    with B.suppose(Lt(p, m), Lt(q, d)):
        entering = preactivation(w, j) + t * bracket(Eq(j, p)) * X(i, q)
        reached = B.have(
            ForAll(i, t, j, Eq(preactivation(incoming_moves(p, q), j), entering)), "input q reaches unit p alone"
        )
        moved = output(w, v) + v(p) * sg(Z + t * X(i, q)) - v(p) * sg(Z)
        with B.suppose(fix=[i, t]) as result:
            B.use(unit_moves(lambda unit, shift: v(unit) * sg(preactivation(w, unit) + shift * X(i, q)), p, t))
            B.have(Eq(output(incoming_moves(p, q), v), moved), "so its term alone moves", by=reached)
        (alone,) = result
        B.have(D(t, INCOMING_PATH, 0, S(i, N, INCOMING)), "chain rule, twice", by=alone, prover=by_calculus)
    B.conclude("incoming")


# --- finite models and false siblings ------------------------------------------------------------------------------

SMALL = finite_two_layers(((1, 2), (-1, 3)), (2, 3), ((2, 5),), p=1, q=1)
BATCH = finite_two_layers(((1, 2), (-1, 3)), (2, -3), ((2, 1), (-1, 3)), (Fraction(1, 2), 3), SQUARE, SQUARE, q=1)
SINGLE = finite_two_layers(((1,),), (1,), loss=DOUBLE)
REST = finite_two_layers(((0,),), (1,), activation=IDENTITY)


def _twin(name: str, part: str, formula: Any, model: Callable[[], Model] = SMALL) -> FalseStatement:
    return FalseStatement(name, {part: formula}, countermodel=model)


FALSE = (
    _twin("outgoing-weight-forgotten", "incoming", _incoming(c(i) * dl(i) * s(i) * X(i, q))),
    _twin("activation-for-slope", "incoming", _incoming(c(i) * dl(i) * v(p) * sg(Z) * X(i, q))),
    _twin("weight-for-input", "incoming", _incoming(c(i) * dl(i) * v(p) * s(i) * w(p, q))),
    _twin("loss-slope-forgotten", "incoming", _incoming(c(i) * v(p) * s(i) * X(i, q)), BATCH),
    _twin("loss-slope-forgotten-in-outgoing", "outgoing", _outgoing(c(i) * sg(Z)), SINGLE),
    _twin("slope-for-activation", "outgoing", _outgoing(c(i) * dl(i) * s(i))),
    _twin("outgoing-weight-kept", "outgoing", _outgoing(c(i) * dl(i) * v(p) * sg(Z))),
    _twin("every-example-counts-once", "incoming", _incoming(dl(i) * v(p) * s(i) * X(i, q)), BATCH),
    FalseStatement("kink-of-the-loss", hypotheses={"loss": None}, countermodel=hinged(REST, ("l", "NR>R"))),
    FalseStatement("kink-of-the-activation", hypotheses={"activation": None}, countermodel=hinged(REST, ("sg", "R>R"))),
)

PROPOSITIONS = {
    proposition.id: proposition
    for proposition in (
        Proposition(
            id="two-layer-gradients",
            title="Gradients of the training loss of a network with one hidden layer",
            sources=(("000", "1a"), ("001", "4a")),
            hypotheses=(LOSS, ACTIVATION),
            parts={"outgoing": _outgoing(OUTGOING), "incoming": _incoming(INCOMING)},
            derive=_derive,
            not_covered=(
                "Biases, which the network of the sources does not have.",
                "Kinks at which no slope is declared.",
            ),
            false=FALSE,
            models=(SMALL, BATCH, SINGLE),
            rewording={"incoming": _incoming(X(i, q) * s(i) * v(p) * dl(i) * c(i))},
        ),
    )
}
