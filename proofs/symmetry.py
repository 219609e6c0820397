"""Symmetry between hidden units: units that start equal stay equal, whatever the activation, the loss and the step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.notation import And, D, Eq, ForAll, Implies, Le, Lt, S, function, reals
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .board.rewriting import rewritten
from .kernel.theorem import Theorem, infer
from .library import exchange, training
from .library.calculus import applied
from .library.exchange import SAME_LOSS, SWAP, e, incoming_path, outgoing_path, tau
from .library.finite_networks import DOUBLE, IDENTITY, SQUARE
from .library.finite_two_layers import Rows, finite_step, finite_training
from .library.order import at
from .library.training import T, s
from .library.two_layers import (
    d,
    i,
    incoming_moves,
    j,
    k,
    m,
    outgoing_moves,
    p,
    preactivation,
    q,
    risk,
    sg,
    substituted,
    t,
    u,
    v,
    w,
)
from .library.uniqueness import unique

# --- one step -----------------------------------------------------------------------------------------------------

eta = reals("eta")
gw, gv = function("gw", "NN>R"), function("gv", "N>R")
w1, v1 = function("w1", "NN>R"), function("v1", "N>R")

EXCHANGE = Hypothesis("exchange", SWAP, "tau exchanges the units p and q", role="definition")
EQUAL_INCOMING = Hypothesis(
    "equal incoming",
    ForAll(k < d, Eq(w(p, k), w(q, k))),
    "the units p and q have the same incoming weights",
    needed_by="unequal-incoming",
)
EQUAL_OUTGOING = Hypothesis(
    "equal outgoing", Eq(v(p), v(q)), "and the same outgoing weight", needed_by="unequal-outgoing"
)
INCOMING_GRADIENT = Hypothesis(
    "incoming gradient",
    ForAll(u < m, e < d, D(t, incoming_path(u, w, v), 0, gw(u, e))),
    "the training loss of the network w, v has the derivative gw(u, e) in the weight from input e to unit u",
    role="meaning",
)
OUTGOING_GRADIENT = Hypothesis(
    "outgoing gradient",
    ForAll(u < m, D(t, outgoing_path(u, w, v), 0, gv(u))),
    "and the derivative gv(u) in the outgoing weight of unit u",
    role="meaning",
)


def _incoming_step(rate: Callable[[Any], Any]) -> Hypothesis:
    return Hypothesis(
        "incoming step",
        ForAll(u, e, Eq(w1(u, e), w(u, e) - rate(u) * gw(u, e))),
        "the incoming weights after one step of gradient descent",
        role="definition",
    )


OUTGOING_STEP = Hypothesis(
    "outgoing step",
    ForAll(u, Eq(v1(u), v(u) - eta * gv(u))),
    "the outgoing weights after it; the step size eta is any number",
    role="definition",
)


def _both(*conclusion: Any) -> Any:
    """What is said of two units."""
    return Implies(Lt(p, m), Lt(q, m), *conclusion)


STEP = {
    "invariance": _both(SAME_LOSS),
    "incoming equivariance": _both(exchange.equivariance(incoming_path)),
    "outgoing equivariance": _both(exchange.equivariance(outgoing_path)),
    "equal incoming gradients": _both(Lt(e, d), Eq(gw(p, e), gw(q, e))),
    "equal outgoing gradients": _both(Eq(gv(p), gv(q))),
    "incoming weights stay equal": _both(Lt(e, d), Eq(w1(p, e), w1(q, e))),
    "outgoing weights stay equal": _both(Eq(v1(p), v1(q))),
}


def _equal_gradients(
    B: Board, path: Callable[..., Any], moved: Theorem, unchanged: tuple[Theorem, ...], slope: Callable[[Any], Any]
) -> None:
    """Lines: p and q have equal derivatives, by the equivariance `moved`, since an exchange leaves w, v `unchanged`."""
    theorem = substituted(moved, {exchange.A: ((j, k), w(j, k)), exchange.b: ((j,), v(j))})
    theorem = infer("substitute", [theorem], ((to_term(u).data, to_term(p)),))
    for equation in unchanged:
        theorem = rewritten(theorem, equation)
    B.use(theorem)
    path_of_p = path(p, w, v)
    one = B.have(ForAll(t, Eq(path_of_p, path(q, w, v))), "so the loss is one function of t for p and q")
    slopes = [
        B.have(D(t, path_of_p, 0, slope(p)), "its slope is the derivative in the weight of p"),
        B.have(D(t, path_of_p, 0, slope(q)), "and in that of q", by=one),
    ]
    one = at(applied(unique(), {training.f: (t, path_of_p)}), 0, slope(p), slope(q))
    B.use(infer("taut", [one, *slopes], one.statement.args[1].args[1]))
    B.have(Eq(slope(p), slope(q)), "a function has one derivative")


def _derive_step(B: Board) -> None:
    with B.suppose(Lt(p, m), Lt(q, m)):
        unnoticed = exchange.unnoticed(B, exchange.A, exchange.b)
        B.have(SAME_LOSS, "a sum does not depend on the order of its terms", by=unnoticed)
    B.conclude("invariance")
    moves = incoming_moves(tau(u), e, exchange.A), outgoing_moves(tau(u), exchange.b)
    incoming = exchange.derive_equivariance(B, incoming_path, moves[0], exchange.b)
    B.conclude("incoming equivariance")
    with B.likewise("likewise"):
        outgoing = exchange.derive_equivariance(B, outgoing_path, exchange.A, moves[1])
    B.conclude("outgoing equivariance")
    with B.suppose(Lt(p, m), Lt(q, m)):
        goes = B.have(Eq(tau(p), q), "by definition")
        B.use(exchange.of_equals(v), exchange.of_equals(lambda unit: w(unit, k), k))
        same_v = B.have(ForAll(j, Eq(v(tau(j)), v(j))), "to exchange equal units changes nothing")
        B.have(ForAll(j, k < d, Eq(w(tau(j), k), w(j, k))))
        after = preactivation(incoming_moves(p, e, lambda unit, entry: w(tau(unit), entry)), j)
        same_w = B.have(ForAll(i, t, j, Eq(after, preactivation(incoming_moves(p, e), j))), "nor does it here")
        with B.suppose(Lt(e, d)):
            _equal_gradients(B, incoming_path, incoming, (same_v, same_w, goes), lambda unit: gw(unit, e))
        with B.likewise("likewise"):
            after = preactivation(lambda unit, entry: w(tau(unit), entry), j)
            same_w = B.have(ForAll(i, j, Eq(after, preactivation(w, j))))
            _equal_gradients(B, outgoing_path, outgoing, (same_v, same_w, goes), gv)
        B.have(And(Implies(Lt(e, d), Eq(gw(p, e), gw(q, e))), Eq(gv(p), gv(q))))
    B.conclude("equal incoming gradients")
    B.conclude("equal outgoing gradients")
    for part in ("incoming weights stay equal", "outgoing weights stay equal"):
        B.conclude(part, "eta times the same is subtracted")


# --- every step ---------------------------------------------------------------------------------------------------

LOSS = Hypothesis(
    "loss",
    training.LOSS,
    "unit j has at step s the weights w(s, j, k), incoming for k < d and outgoing for k = d; L is the loss of the step "
    "while t is added to weight e of unit u",
    role="definition",
)
BACK_PROPAGATION = Hypothesis(
    "back-propagation",
    training.BACK_PROPAGATION,
    "what back-propagation computes in that weight, where r is taken for the slope of the activation, kinks included",
    role="definition",
)
WEIGHTS = Hypothesis(
    "weights",
    training.RULES[training.w],
    "each step updates a weight by a rule U of the weight, its gradient and its two memories, the same for every unit",
    role="definition",
)
FIRST = Hypothesis("first memory", training.RULES[training.a], "and the first memory by a rule A", role="definition")
SECOND = Hypothesis("second memory", training.RULES[training.b], "and the second by a rule B", role="definition")
W0, A0, B0 = training.w0, training.a0, training.b0
SAME_WEIGHTS = Hypothesis(
    "equal weights",
    ForAll(k < d + 1, Eq(W0(p, k), W0(q, k))),
    "the units p and q start with the same weights: the incoming ones, and the outgoing one at k = d",
    needed_by="unequal-outgoing",
)
SAME_MEMORIES = Hypothesis(
    "equal memories",
    ForAll(k < d + 1, And(Eq(A0(p, k), A0(q, k)), Eq(B0(p, k), B0(q, k)))),
    "and with the same memories",
    needed_by="unequal-memories",
)


def _later(*conclusion: Any, gradient: Any = None) -> Any:
    """What is said of two units at every step up to T, of each of their weights."""
    assumed = training.gradient() if gradient is None else gradient
    return Implies(assumed, Lt(p, m), Lt(q, m), Le(s, T), Le(e, d), *conclusion)


PERSISTENCE = {
    "weights": _later(training.EQUAL),
    "memories": _later(training.MEMORIES),
    "weights, back-propagated": _later(training.EQUAL, gradient=training.BACK_PROPAGATED),
}


def _derive_persistence(B: Board) -> None:
    with B.suppose(training.gradient(), Lt(p, m), Lt(q, m)):
        training.persists(B, training.gradients_agree)
    B.conclude("weights")
    B.conclude("memories")
    with B.suppose(training.BACK_PROPAGATED, Lt(p, m), Lt(q, m)):
        training.persists(B, training.back_propagation_agrees)
    B.conclude("weights, back-propagated")


# --- false siblings -----------------------------------------------------------------------------------------------

rate, K = function("rate", "N>R"), function("K", "N>R")
KEPT, xi = function("K", "NNN>R"), function("xi", "NNN>R")
EQUAL_AFTER = ForAll(k < d, Eq(w1(p, k), w1(q, k))), Eq(v1(p), v1(q))
EQUAL_NEXT = ForAll(k < d + 1, Eq(training.w(s + 1, p, k), training.w(s + 1, q, k)))
THREE_UNITS = ((1, 2, 2), (1, 2, 2), (0, 3, -1))
PAIR, TURNED, MEETING = ((1, 1), (1, 1)), ((1, 1), (1, -1)), ((1, 2), (2, 3))


def _changed(hypothesis: Hypothesis, formula: Any) -> dict[str, Hypothesis]:
    return {hypothesis.name: replace(hypothesis, formula=formula, needed_by="")}


def _masked(incoming: Any, outgoing: Any) -> Any:
    """The training loss where each unit has a factor of its own."""
    return risk(S(j, m, K(j) * outgoing(j) * sg(preactivation(incoming, j))))


def _of_its_own(rule: Callable[..., Any]) -> dict[str, Hypothesis]:
    """Weights that follow another rule."""
    return _changed(WEIGHTS, training.recursion(training.w, W0, rule))


def _step_of(units: Rows, **more: Any) -> Callable[[], Model]:
    return finite_step([row[:-1] for row in units], [row[-1] for row in units], **more)


def _masked_loss(unit: Any, entry: Any) -> Any:
    """The loss of step s while t is added to a weight of the unit, where each unit has a factor of its own."""
    return training.path(unit, entry, lambda which: KEPT(s, i, which))


FALSE_STEP = (
    FalseStatement("unequal-outgoing", hypotheses={"equal outgoing": None}, countermodel=_step_of(((1, 1), (1, 2)))),
    FalseStatement("unequal-incoming", hypotheses={"equal incoming": None}, countermodel=_step_of(((1, 1), (2, 1)))),
    FalseStatement(
        "stay-opposite",
        {"outgoing weights stay equal": _both(Eq(v1(p), -v1(q)))},
        hypotheses=_changed(EQUAL_OUTGOING, Eq(v(p), -v(q))),
        countermodel=_step_of(TURNED),
    ),
    FalseStatement(
        "gradient-invariant",
        {"incoming equivariance": _both(exchange.equivariance(incoming_path, u))},
        readings={"unit before the exchange": Eq(u, u)},
        countermodel=_step_of(THREE_UNITS, inputs=((1, 1),)),
    ),
    FalseStatement(
        "step-size-of-its-own", hypotheses={"incoming step": _incoming_step(rate)}, countermodel=_step_of(PAIR)
    ),
    FalseStatement(
        "dropout-of-its-own",
        {"equal incoming gradients": STEP["equal incoming gradients"]},
        hypotheses=_changed(
            INCOMING_GRADIENT, ForAll(u < m, e < d, D(t, _masked(incoming_moves(u, e), v), 0, gw(u, e)))
        )
        | _changed(OUTGOING_GRADIENT, ForAll(u < m, D(t, _masked(w, outgoing_moves(u)), 0, gv(u)))),
        countermodel=_step_of(PAIR, masks=(1, 0)),
    ),
    FalseStatement(
        "equal-before",
        {"incoming weights stay equal": _both(*EQUAL_AFTER, Lt(e, d), Eq(w(p, e), w(q, e)))},
        hypotheses={"equal incoming": None, "equal outgoing": None},
        countermodel=_step_of(MEETING, activation=IDENTITY),
    ),
)
FALSE_PERSISTENCE = (
    FalseStatement(
        "unequal-outgoing",
        {"weights": _later(Lt(e, d), training.EQUAL)},
        hypotheses=_changed(SAME_WEIGHTS, ForAll(k < d, Eq(W0(p, k), W0(q, k)))),
        countermodel=finite_training(((1, 1), (1, 2))),
    ),
    FalseStatement(
        "unequal-incoming",
        {"weights": _later(Eq(training.w(s, p, d), training.w(s, q, d)))},
        hypotheses=_changed(SAME_WEIGHTS, Eq(W0(p, d), W0(q, d))),
        countermodel=finite_training(((1, 1), (2, 1))),
    ),
    FalseStatement(
        "unequal-memories",
        hypotheses={"equal memories": None},
        countermodel=finite_training(PAIR, memories=((1, 0), (0, 0))),
    ),
    FalseStatement(
        "stay-opposite",
        {"weights": _later(Eq(training.w(s, p, d), -training.w(s, q, d)))},
        hypotheses=_changed(SAME_WEIGHTS, And(ForAll(k < d, Eq(W0(p, k), W0(q, k))), Eq(W0(p, d), -W0(q, d)))),
        countermodel=finite_training(TURNED),
    ),
    FalseStatement(
        "step-size-of-its-own",
        hypotheses=_of_its_own(lambda step, unit, entry, weight, slope, *memories: weight - rate(unit) * slope),
        countermodel=finite_training(PAIR),
    ),
    FalseStatement(
        "noise-of-its-own",
        hypotheses=_of_its_own(lambda step, unit, entry, *now: training.U(step, entry, *now) + xi(step, unit, entry)),
        countermodel=finite_training(PAIR),
    ),
    FalseStatement(
        "dropout-of-its-own",
        {"weights": _later(training.EQUAL, gradient=training.gradient(_masked_loss))},
        countermodel=finite_training(PAIR, masks=(1, 0)),
    ),
    FalseStatement(
        "equal-before",
        {"weights": _later(EQUAL_NEXT, training.EQUAL)},
        hypotheses={"equal weights": None, "equal memories": None},
        countermodel=finite_training(MEETING, activation=IDENTITY, s=0),
    ),
)

PROPOSITIONS = {
    proposition.id: proposition
    for proposition in (
        Proposition(
            id="symmetry-step",
            title="Hidden units with equal weights get equal gradients, and are equal after a step",
            sources=(("001", "4b"),),
            hypotheses=(
                EXCHANGE,
                EQUAL_INCOMING,
                EQUAL_OUTGOING,
                INCOMING_GRADIENT,
                OUTGOING_GRADIENT,
                _incoming_step(lambda unit: eta),
                OUTGOING_STEP,
            ),
            parts=STEP,
            derive=_derive_step,
            not_covered=("Permutations other than an exchange of two units; they are products of such.",),
            false=FALSE_STEP,
            models=(
                _step_of(THREE_UNITS, inputs=((1, 1), (2, -1)), weights=(3, -2), loss=SQUARE, u=2, e=1),
                _step_of(PAIR, activation=IDENTITY, loss=SQUARE),
            ),
            rewording={"equal outgoing gradients": _both(Eq(gv(q), gv(p)))},
            readings={"unit before the exchange": Eq(tau(u), tau(u))},
        ),
        Proposition(
            id="symmetry-persistence",
            title="Hidden units that start equal stay equal under any update that is the same for every unit",
            sources=(("000", "1b"), ("001", "4c")),
            hypotheses=(LOSS, BACK_PROPAGATION, WEIGHTS, FIRST, SECOND, SAME_WEIGHTS, SAME_MEMORIES),
            parts=PERSISTENCE,
            derive=_derive_persistence,
            not_covered=(
                "Rules with more than two memories a weight (AMSGrad), or that read a unit's whole row.",
                "Rounding: in floats the two units may drift apart by the bound of the experiment.",
            ),
            false=FALSE_PERSISTENCE,
            models=(
                finite_training(THREE_UNITS, inputs=((1, 1), (2, -1)), weights=(3, -2), loss=SQUARE, e=2),
                finite_training(PAIR, memories=((2, 3), (2, 3)), activation=DOUBLE, loss=SQUARE),
            ),
            rewording={"weights": _later(Eq(training.w(s, q, e), training.w(s, p, e)))},
        ),
    )
}
