"""Dead units: a ReLU that is negative on the whole training set never moves again under stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from .board.board import Board
from .board.notation import (
    And,
    D,
    Eq,
    Exists,
    ForAll,
    Implies,
    Le,
    Lt,
    Ne,
    S,
    absolute,
    bracket,
    function,
    naturals,
    reals,
    relu,
)
from .board.bridge import to_term
from .board.existence import matrix
from .board.proposition import Hypothesis, Proposition
from .kernel.term import Term, instantiate
from .kernel.theorem import infer
from .library.calculus import applied, constant_rule, local_rule
from .library.differentiation import by_calculus
from .library.order import absolute_nonnegative, absolute_product, at, below_absolute, room, scaled

m, N = naturals("m N")  # units, examples
s, i, j, k = naturals("s i j k")  # step, example, the dead unit, any unit
t, g, h, d1 = reals("t g h d1")
at_zero, slope, c = reals("a u c")  # as the theorems of calculus call the point, the value, the constant
f, gg = function("f", "R>R"), function("g", "R>R")
a, b, u = function("a", "NN>R"), function("b", "NN>R"), function("u", "NN>R")  # by step and unit
X, Y, eta = function("X", "N>R"), function("Y", "N>R"), function("eta", "N>R")
weight = function("c", "NN>R")  # of an example in the loss of a step: full batch, mini-batch or a single example
loss = function("l", "RR>R")
UNIT = bracket(Eq(k, j))


def preactivation(unit: Any, example: Any) -> Any:
    return a(s, unit) * X(example) + b(s, unit)


AT_REST = S(k, m, u(s, k) * relu(preactivation(k, i)))
PATHS = {
    "weight": S(k, m, u(s, k) * relu((a(s, k) + t * UNIT) * X(i) + b(s, k))),
    "bias": S(k, m, u(s, k) * relu(a(s, k) * X(i) + b(s, k) + t * UNIT)),
    "output weight": S(k, m, (u(s, k) + t * UNIT) * relu(preactivation(k, i))),
}


def objective(path: str) -> Any:
    return S(i, N, weight(s, i) * loss(PATHS[path], Y(i)))


def update(path: str, parameter: Any) -> Hypothesis:
    step = Eq(parameter(s + 1, j), parameter(s, j) - eta(s) * g)
    return Hypothesis(
        f"step of the {path}",
        ForAll(s, g, Implies(D(t, objective(path), 0, g), step)),
        f"where the loss has a derivative in the {path} of the unit, the step subtracts eta times it",
    )


UPDATES = (update("weight", a), update("bias", b), update("output weight", u))
DEAD = Hypothesis("dead", ForAll(i < N, Lt(a(0, j) * X(i) + b(0, j), 0)), "at the start the unit is negative on every example")
PARTS = {
    "weight stays": Eq(a(s, j), a(0, j)),
    "bias stays": Eq(b(s, j), b(0, j)),
    "output weight stays": Eq(u(s, j), u(0, j)),
    "stays negative": Implies(Lt(i, N), Lt(preactivation(j, i), 0)),
}


MOVED = {  # the input of the activation of unit k, as a path moves it by h
    "weight": (a(s, k) + h * UNIT) * X(i) + b(s, k),
    "bias": a(s, k) * X(i) + b(s, k) + h * UNIT,
}


def _example_does_not_notice(B: Board, path: str) -> None:
    """The loss of an example has derivative 0 along the path: for small |h| the unit stays negative, its output 0."""
    still, moving = loss(AT_REST, Y(i)), loss(PATHS[path], Y(i))
    constant = applied(constant_rule(), {c: still, at_zero: 0})
    local = applied(local_rule(), {f: (t, still), gg: (t, moving), at_zero: 0, slope: 0})
    agree, derivative = local.statement.args[1].args
    slack = -preactivation(j, i) / 2
    with B.suppose(Lt(i, N), fix=[i]):
        B.have(Lt(preactivation(j, i), 0), "the unit is negative on this example")
        B.have(Lt(0, slack))
        B.use(at(absolute_nonnegative(), X(i)), at(room(), slack, absolute(X(i))))
        radius = B.have(Exists(d1, And(Lt(0, d1), Le(d1, 1), Le(d1 * (absolute(X(i)) + 1), slack))))
        with B.obtain(radius, d1):
            within, same = _instance(agree, d1)
            with B.suppose(within, fix=[h]):
                B.use(at(absolute_product(), h, X(i)), at(scaled(), absolute(X(i)), absolute(h), d1))
                B.use(at(below_absolute(), h * X(i)), at(below_absolute(), h))
                B.have(Lt(preactivation(j, i) + (h * X(i) if path == "weight" else h), 0), "and stays so for small h")
                if path in MOVED:
                    unchanged = Eq(relu(MOVED[path]), relu(preactivation(k, i)))
                    with B.suppose(fix=[k]):
                        for case in (Eq(k, j), Ne(k, j)):
                            with B.suppose(case):
                                B.have(unchanged)
                        B.have(unchanged, "no unit's output changes")
                else:
                    B.have(Eq(relu(preactivation(j, i)), 0), "its output is 0")
                B.have(same, "so the loss of the example does not change")
            B.witness(agree, d1)
        B.use(infer("taut", [local, constant, B.theorems[-1]], derivative))
        B.have(D(t, moving, 0, 0), "a function that is constant near 0 has derivative 0")


def _instance(agree: Term, radius: Any) -> tuple[Term, Term]:
    """(|h| <= radius, the equation) of an agreement near a point."""
    _, body = matrix(agree)
    universal = instantiate(body, [to_term(radius)]).args[1]
    implication = instantiate(universal.args[0], [to_term(h)])
    return implication.args[0], implication.args[1]


def _derive(B: Board) -> None:
    still = And(Eq(a(s, j), a(0, j)), Eq(b(s, j), b(0, j)), Eq(u(s, j), u(0, j)))

    def step() -> None:
        with B.suppose(Lt(i, N), fix=[i]):
            B.have(Lt(a(0, j) * X(i) + b(0, j), 0))
            B.have(Lt(preactivation(j, i), 0), "the unit is as negative as at the start")
        for path, hypothesis in zip(PATHS, UPDATES, strict=True):
            _example_does_not_notice(B, path)
            B.have(D(t, objective(path), 0, 0), "a sum of zeros", prover=by_calculus)
            B.use(at(B.have(hypothesis.formula), s, 0))

    B.induction(s, still, "the step subtracts eta times 0", step=step)
    with B.suppose(Lt(i, N)):
        B.have(Lt(a(0, j) * X(i) + b(0, j), 0))
        B.have(Lt(preactivation(j, i), 0))
    for part in PARTS:
        B.conclude(part)


PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="dead-relu",
            title="A ReLU that is negative on all the training data never moves again under SGD",
            sources=(("004", "6"),),
            hypotheses=(*UPDATES, DEAD),
            parts=PARTS,
            derive=_derive,
        ),
    )
}
