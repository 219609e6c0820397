"""Softplus: the smooth relative of ReLU, its derivatives, their Lipschitz constant, and its distance from ReLU."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.notation import (
    And,
    D,
    Eq,
    ForAll,
    Implies,
    Le,
    Lt,
    Ne,
    Not,
    absolute,
    bracket,
    exp,
    function,
    log,
    reals,
    relu,
    sigmoid,
    step,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.theorem import Theorem, infer
from .library import elementary_derivatives, exponential, lipschitz, logarithm
from .library.calculus import applied
from .library.differentiation import by_calculus
from .library.order import at

a, b, z, t, v, C, w = reals("a b z t v C w")
be, r = reals("be r")  # the sharpness of softplus; what ReLU's derivative is taken to be at 0
sp, rd = function("sp", "R>R"), function("rd", "R>R")

SHARPNESS = Hypothesis("sharpness", Lt(0, be), "the sharpness of softplus is positive", needed_by="negative-sharpness")
SOFTPLUS = Hypothesis(
    "softplus",
    ForAll(z, Eq(sp(z), log(1 + exp(be * z)) / be)),
    "sp is softplus, of sharpness be (usually 1)",
    role="definition",
)
RELU_SLOPE = Hypothesis(
    "derivative of ReLU",
    ForAll(z, Eq(rd(z), step(z) + r * bracket(Eq(z, 0)))),
    "rd is ReLU's derivative, with any value r at the kink",
    role="definition",
)

RISE = absolute(sigmoid(be * a) - sigmoid(be * b))
GAP = sp(z) - relu(z)
PARTS = {
    "derivative": D(t, sp(t), a, sigmoid(be * a)),
    "second derivative": D(t, sigmoid(be * t), a, be * sigmoid(be * a) * (1 - sigmoid(be * a))),
    "lipschitz": Le(RISE, be / 4 * absolute(a - b)),
    "best constant": Implies(ForAll(a, b, Le(RISE, C * absolute(a - b))), Le(be / 4, C)),
    "increasing": Implies(Lt(a, b), Lt(sp(a), sp(b))),
    "distance": Eq(GAP, log(1 + exp(-be * absolute(z))) / be),
    "uniform": And(Lt(0, GAP), Le(GAP, log(2) / be), Eq(sp(0) - relu(0), log(2) / be)),
    "relu derivative": Implies(Ne(z, 0), D(t, relu(t), z, rd(z))),
    "relu kink": Not(D(t, relu(t), 0, v)),
    "relu not lipschitz": Not(ForAll(a, b, Le(absolute(rd(a) - rd(b)), C * absolute(a - b)))),
}


def _derive(B: Board) -> None:
    softplus, sharp = B.given(SOFTPLUS.formula), B.given(SHARPNESS.formula)
    _derivatives(B, softplus)
    _lipschitz(B, sharp)
    _near_relu(B, softplus, sharp)
    _kink(B)


def _derivatives(B: Board, softplus: Theorem) -> None:
    B.use(elementary_derivatives.exp_slope(), elementary_derivatives.log_slope())
    B.have(Lt(0, exp(be * a)), "exp is positive", using=[exponential.positive()])
    B.use(at(exponential.sigmoid_by_exponential(), be * a))
    chain = B.have(D(t, log(1 + exp(be * t)) / be, a, sigmoid(be * a)), "chain rule", prover=by_calculus)
    B.conclude("derivative", "sp by its definition", by=softplus, using=[chain])
    B.conclude("second derivative", "chain rule", using=[elementary_derivatives.sigmoid_slope()])


def _lipschitz(B: Board, sharp: Theorem) -> None:
    slope = be * sigmoid(be * z) * (1 - sigmoid(be * z))
    bounds = at(elementary_derivatives.sigmoid_slope_bounds(), be * z)
    within = And(Le(0, slope), Le(slope, be / 4))
    within = B.have(within, "s (1 - s) = 1/4 - (s - 1/2)^2, and 0 < s < 1", using=[bounds, sharp])
    within = infer("generalise", [within], to_term(z).data)
    derivative = infer("generalise", [at(elementary_derivatives.sigmoid_slope(), z, be)], to_term(z).data)
    f = (t, sigmoid(be * t))
    rule = at(applied(lipschitz.bounded_slope(), {lipschitz.f: f, lipschitz.df: (z, slope)}), be / 4)
    B.conclude("lipschitz", "mean value theorem", using=[rule, derivative, within])
    quarter = Eq(be / 4, be * sigmoid(be * 0) * (1 - sigmoid(be * 0)))
    quarter = B.have(quarter, "exp(0) = 1", using=[exponential.at_zero()])
    steepest = B.have(D(t, sigmoid(be * t), 0, be / 4), "the steepest place", by=quarter, using=[derivative])
    rule = at(applied(lipschitz.constant_at_least_slope(), {lipschitz.f: f}), 0, be / 4, C)
    B.conclude("best constant", "a difference quotient at 0", using=[rule, steepest])


def _near_relu(B: Board, softplus: Theorem, sharp: Theorem) -> None:
    rate = at(exponential.increasing(), be * a, be * b)
    rise = B.have(Implies(Lt(a, b), Lt(exp(be * a), exp(be * b))), "exp increases", using=[rate, sharp])
    log_rise = at(logarithm.strictly_increasing(), 1 + exp(be * a), 1 + exp(be * b))
    facts = [log_rise, rise, at(exponential.positive(), be * a), sharp]
    B.conclude("increasing", "and so does log", by=softplus, using=facts)
    with B.suppose(Le(z, 0)):
        B.have(PARTS["distance"], "relu(z) = 0", by=_absolute(Le(z, 0), -z), using=[softplus, sharp, B.theorems[-1]])
    with B.suppose(Lt(0, z)):
        split = at(logarithm.of_sum_with_exponential(), be * z)
        facts = [softplus, sharp, B.theorems[-1], split]
        B.have(PARTS["distance"], "log(1 + exp(x)) = x + log(1 + exp(-x))", by=_absolute(Lt(0, z), z), using=facts)
    B.conclude("distance", "one of the two", using=B.theorems[-2:])
    size = be * absolute(z)
    far = Board([sharp.statement], {}).have(Le(0, size))
    bounds = at(logarithm.of_one_plus_decay(), size)
    bounds = B.have(bounds.statement.args[1], "0 < exp(-x) <= 1 for x >= 0", using=[bounds, far])
    B.have(And(Lt(0, GAP), Le(GAP, log(2) / be)), "by the distance", using=[B.concluded["distance"], bounds, sharp])
    B.have(Eq(sp(0) - relu(0), log(2) / be), "exp(0) = 1", by=softplus, using=[exponential.at_zero()])
    B.conclude("uniform")


def _absolute(where: Any, value: Any) -> Theorem:
    """|z| is this value there."""
    return Board([to_term(where)], {}).have(Eq(absolute(z), value))


def _kink(B: Board) -> None:
    with B.suppose(Ne(z, 0)):
        off = B.have(Eq(rd(z), step(z)), "off the kink")
        nearby = [elementary_derivatives.relu_slope(), B.given(Ne(z, 0))]
        B.have(D(t, relu(t), z, rd(z)), "constant or the identity nearby", by=off, using=nearby)
    B.conclude("relu derivative")
    kink = D(t, relu(t), 0, v)
    with B.suppose(kink):
        for side, value in ((-1, 0), (1, 1)):
            rule = at(applied(elementary_derivatives.one_sided_slope(side), {lipschitz.f: (t, relu(t))}), 0, value, v)
            straight = Board([], {}).have(rule.statement.args[1].args[0])
            reason = "and on the right" if side == 1 else "the slope on the left"
            B.have(Eq(v, value), reason, using=[rule, straight, B.given(kink)])
        B.contradiction("1 = 0")
    B.conclude("relu kink")
    everywhere = ForAll(a, b, Le(absolute(rd(a) - rd(b)), C * absolute(a - b)))
    with B.obtain(at(lipschitz.narrow(), C), w), B.suppose(everywhere):
        narrow = B.given(And(Lt(0, w), Lt(2 * C * w, 1)))
        B.have(And(Eq(rd(w), 1), Eq(rd(-w), 0)), "whatever r is", using=[narrow, B.given(RELU_SLOPE.formula)])
        B.have(Le(1, 2 * C * w), "at w and -w", using=[at(B.given(everywhere), w, -w), narrow, B.theorems[-1]])
        B.contradiction("2 C w < 1")
    B.conclude("relu not lipschitz")


def _model(**numbers: Fraction | int) -> Callable[[], Model]:
    """Numbers for the symbols of the statement, 1 where none is given."""

    def build() -> Model:
        values = dict.fromkeys(("a", "b", "z", "v", "C", "be", "r"), Fraction(1)) | numbers
        return Model((Fraction(1),), {(name, ">R"): Fraction(value) for name, value in values.items()})

    return build


HALF = Fraction(1, 2)
FALSE = (
    FalseStatement("negative-sharpness", hypotheses={"sharpness": None}, countermodel=_model(be=-1, b=0)),
    FalseStatement(
        "constant-fifth", {"lipschitz": Le(RISE, be / 5 * absolute(a - b))}, countermodel=_model(a=HALF, b=-HALF)
    ),
    FalseStatement(
        "derivative-with-sharpness", {"derivative": D(t, sp(t), a, be * sigmoid(be * a))}, countermodel=_model(be=2)
    ),
    FalseStatement(
        "second-without-sharpness",
        {"second derivative": D(t, sigmoid(be * t), a, sigmoid(be * a) * (1 - sigmoid(be * a)))},
        countermodel=_model(be=2),
    ),
    FalseStatement(
        "near-the-identity",
        {"uniform": And(Lt(0, sp(z) - z), Le(sp(z) - z, log(2) / be), Eq(sp(0) - 0, log(2) / be))},
        readings={"bound": Le(sp(z) - z, log(2) / be)},
        countermodel=_model(z=-1),
    ),
    FalseStatement(
        "distance-without-absolute",
        {"distance": Eq(GAP, log(1 + exp(-be * z)) / be)},
        countermodel=_model(z=-1),
    ),
    FalseStatement("kink-too", {"relu derivative": D(t, relu(t), z, rd(z))}, countermodel=_model(z=0)),
    FalseStatement(
        "relu-lipschitz",
        {"relu not lipschitz": Le(absolute(rd(a) - rd(b)), C * absolute(a - b))},
        countermodel=_model(a=Fraction(1, 8), b=-Fraction(1, 8)),
    ),
)

PROPOSITIONS = {
    q.id: q
    for q in (
        Proposition(
            id="softplus-lipschitz",
            title="The derivative of softplus is Lipschitz, with the best constant be/4; that of ReLU is not",
            sources=(("004", "5b"),),
            hypotheses=(SHARPNESS, SOFTPLUS, RELU_SLOPE),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "PyTorch's softplus beyond its threshold, where it is the identity and jumps (twins `threshold-...`).",
            ),
            false=FALSE,
            models=(_model(), _model(be=2, a=-1, b=3, z=-2, r=HALF), _model(a=0, b=-1, z=0, r=0)),
            readings={
                "bound": Le(GAP, log(2) / be),
                "at zero": Eq(sp(0) - relu(0), log(2) / be),
                "steps of relu": Le(absolute(rd(a) - rd(b)), C * absolute(a - b)),
            },
            rewording={"lipschitz": Le(RISE, absolute(a - b) * (be / 4))},
        ),
    )
}
