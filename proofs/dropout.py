"""Dropout: for which activations it does not matter whether the mask comes before or after."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.notation import (
    And,
    Eq,
    ForAll,
    Iff,
    Implies,
    Le,
    Lt,
    Ne,
    Not,
    Or,
    S,
    bracket,
    function,
    naturals,
    reals,
    relu,
    sigmoid,
    tanh,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.term import lnot, num, substitute
from .kernel.theorem import Theorem, infer
from .library import dyadic, exponential

d, j, k = naturals("d j k")  # inputs of the layer; a unit; an input
p, z, mu, c, al = reals("p z mu c al")  # rate, pre-activation, one entry of a mask, a factor, a slope
sg, A, b = function("sg", "R>R"), function("A", "NN>R"), function("b", "N>R")
x, M = function("x", "N>R"), function("M", "N>R")

RATE = Hypothesis("rate", Lt(p, 1), "units are dropped at a rate below 1", needed_by="rate-above-one")

SCALE = 1 / (1 - p)  # what a mask multiplies the kept units by
PREACTIVATION = S(k, d, A(j, k) * x(k)) + b(j)


def _mask(entry: Any) -> Any:
    """An entry of a mask of inverted dropout: a dropped unit, or a kept one."""
    return Or(Eq(entry, 0), Eq(entry, SCALE))


def _leaky(t: Any) -> Any:
    return t * bracket(Lt(0, t)) + al * t * bracket(Le(t, 0))


HOMOGENEOUS = ForAll(c, z, Implies(Lt(0, c), Eq(sg(c * z), c * sg(z))))
COMMUTES = ForAll(z, mu, Implies(_mask(mu), Eq(sg(mu * z), mu * sg(z))))
SCALES = Eq(sg(z / (1 - p)), sg(z) / (1 - p))
SIGMOID = Implies(_mask(mu), Eq(sigmoid(mu * z), mu * sigmoid(z)))


def _derive(D: Board) -> None:
    D.have(Lt(0, SCALE))
    with D.suppose(HOMOGENEOUS):
        D.have(ForAll(z, Eq(sg(2 * z), 2 * sg(z))), "at c = 2")
        D.have(Eq(sg(0), 0), "at z = 0")
        D.have(Implies(_mask(M(j)), Eq(sg(M(j) * PREACTIVATION), M(j) * sg(PREACTIVATION))), "dropped, or c = 1/(1-p)")
    D.conclude("layer")
    with D.suppose(COMMUTES):
        D.have(Eq(sg(0 * z), 0 * sg(z)), "a dropped unit")
        D.have(ForAll(z, Eq(sg(SCALE * z), SCALE * sg(z))), "a kept unit")
        D.have(And(Eq(sg(0), 0), ForAll(z, SCALES)))
    D.conclude("criterion", "and conversely, these are the two values of a mask")
    D.conclude("relu", "the sign of mu z is that of z, or mu = 0")
    D.conclude("leaky relu", "the same on either side of the kink")
    D.use(exponential.at_zero())
    D.have(Eq(sigmoid(0 * z), Fraction(1, 2)), "exp(0) = 1")
    with D.suppose(ForAll(z, mu, SIGMOID)):
        D.have(Eq(sigmoid(0 * z), 0 * sigmoid(z)), "a dropped unit")
        D.contradiction("1/2 = 0")
    D.conclude("sigmoid")


# --- finite models ------------------------------------------------------------------------------------------------


def _model(act: Callable[[Any], Any] = lambda t: t, **numbers: Fraction | int) -> Callable[[], Model]:
    """One unit with one input, at these values of p, z, mu, c and al; the mask keeps it at a rate of 1/2."""

    def build() -> Model:
        values: dict[str, Any] = {"p": Fraction(1, 2), "z": 1, "mu": 2, "c": 1, "al": 1} | numbers
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {("d", ">N"): 1, ("j", ">N"): 0, ("sg", "R>R"): act}
        tables |= {("A", "NN>R"): lambda j, k: 1, ("x", "N>R"): lambda k: 1}
        tables |= {("b", "N>R"): lambda j: 0, ("M", "N>R"): lambda j: values["mu"]}
        return Model((Fraction(1),), tables, points=tuple(Fraction(t) for t in (0, 1, -1, 2, -2)))

    return build


def _homogeneity_is_not_needed() -> Theorem:
    """At the rate 1/2 a function that doubles commutes with every mask, homogeneous or not."""
    half = {("p", ">R"): num(Fraction(1, 2))}
    board = Board([], {})
    board.use(dyadic.doubles_without_homogeneity())
    needless = board.have(Not(HOMOGENEOUS))
    with board.suppose(substitute(to_term(_mask(mu)), half), fix=[z, mu]) as commutes:
        board.have(Or(Eq(mu, 0), Eq(mu, 2)), "1/(1 - 1/2) = 2")
        board.have(Eq(sg(mu * z), mu * sg(z)))
    return infer("taut", [*commutes, needless], lnot(substitute(to_term(Iff(COMMUTES, HOMOGENEOUS)), half)))


FALSE = (
    FalseStatement("sigmoid-commutes", {"sigmoid": SIGMOID}, countermodel=_model(mu=0)),
    FalseStatement(
        "tanh-commutes",
        {"layer": Implies(_mask(M(j)), Eq(tanh(M(j) * PREACTIVATION), M(j) * tanh(PREACTIVATION)))},
        countermodel=_model(),
    ),
    FalseStatement("zero-is-enough", {"criterion": Iff(COMMUTES, Eq(sg(0), 0))}, countermodel=_model(lambda t: t * t)),
    FalseStatement(
        "homogeneity-is-needed",
        {"criterion": Iff(COMMUTES, HOMOGENEOUS)},
        readings={"criterion: homogeneous": Eq(sg(c * z), c * sg(z))},
        negation=_homogeneity_is_not_needed,
    ),
    FalseStatement(
        "leaky-refused",
        {"leaky relu": Implies(Ne(al, 0), Ne(al, 1), Lt(z, 0), Eq(mu, SCALE), Ne(_leaky(mu * z), mu * _leaky(z)))},
        countermodel=_model(z=-1, al=Fraction(1, 2)),
    ),
    FalseStatement("rate-above-one", hypotheses={"rate": None}, countermodel=_model(p=2, mu=-1)),
)

PROPOSITIONS = {
    q.id: q
    for q in (
        Proposition(
            id="dropout-commutes",
            title="Dropout commutes with every positively homogeneous activation, and not with the sigmoid",
            sources=(("003", "1 a-c"),),
            hypotheses=(RATE,),
            parts={
                "layer": Implies(HOMOGENEOUS, _mask(M(j)), Eq(sg(M(j) * PREACTIVATION), M(j) * sg(PREACTIVATION))),
                "criterion": Iff(COMMUTES, And(Eq(sg(0), 0), ForAll(z, SCALES))),
                "relu": Implies(_mask(mu), Eq(relu(mu * z), mu * relu(z))),
                "leaky relu": Implies(_mask(mu), Eq(_leaky(mu * z), mu * _leaky(z))),
                "sigmoid": Not(ForAll(z, mu, SIGMOID)),
            },
            derive=_derive,
            not_covered=(
                "That commuting at every rate forces positive homogeneity: the criterion is for one rate.",
                "Infinite inputs, and floats so large that z/(1 - p) overflows.",
            ),
            false=FALSE,
            models=(_model(), _model(lambda t: t * t, mu=0, z=-2, al=-1)),
            readings={
                "criterion: zero": Eq(sg(0), 0),
                "criterion: scale": SCALES,
                "sigmoid": SIGMOID,
            },
            rewording={"relu": Implies(_mask(mu), Eq(relu(z * mu), relu(z) * mu))},
        ),
    )
}
