"""Initialisation: which variance of the weights keeps the mean squared norm of a layer's output."""

from __future__ import annotations

from .board.board import Board
from .board.notation import E, Eq, ForAll, Iff, Implies, Integrable, Lt, S, bracket, function, naturals, outcomes, reals
from .board.proposition import Hypothesis, Proposition

m, d = naturals("m d")  # outputs and inputs of the layer
j, k, l = naturals("j k l")
s2 = reals("s2")  # the variance of an entry
w = outcomes("w")
W, x = function("W", "WNN>R"), function("x", "N>R")

INTEGRABLE = Hypothesis(
    "integrable",
    ForAll(j, k, l, Integrable(w, W(w, j, k) * W(w, j, l))),
    "products of two weights of a row have an expectation",
    role="meaning",
)
UNCORRELATED = Hypothesis(
    "uncorrelated",
    ForAll(j, k, l, Eq(E(w, W(w, j, k) * W(w, j, l)), bracket(Eq(k, l)) * s2)),
    "the weights of a row are centred and uncorrelated, each of variance s2",
    needed_by="correlated-entries",
)

SQUARED_NORM = S(k, d, x(k) ** 2)
PREACTIVATION = S(k, d, W(w, j, k) * x(k))
OUTPUT = E(w, S(j, m, PREACTIVATION**2))


def _derive_linear(D: Board) -> None:
    D.start(OUTPUT)
    D.equals(
        S(j, m, S(k, d, S(l, d, x(k) * x(l) * E(w, W(w, j, k) * W(w, j, l))))),
        "square out; the expectation passes finite sums",
    )
    D.equals(m * s2 * SQUARED_NORM, "only k = l survives, in each of the m rows")
    D.conclude("second moment")
    D.conclude("variance 1/m", "m s2 = 1")
    D.conclude("only 1/m", "divide by the squared norm, which is not 0")
    D.conclude("default fan-in", "at s2 = 2/d this is m s2 = 2m/d")


PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="linear-norm-preservation",
            title="A linear layer keeps the mean squared norm exactly if the weights have variance 1/fan-out",
            sources=(("000", "1c-i"), ("001", "4f")),
            hypotheses=(INTEGRABLE, UNCORRELATED),
            parts={
                "second moment": Eq(OUTPUT, m * s2 * SQUARED_NORM),
                "variance 1/m": Implies(Lt(0, m), Eq(s2, 1 / m), Eq(OUTPUT, SQUARED_NORM)),
                "only 1/m": Implies(Lt(0, SQUARED_NORM), Iff(Eq(OUTPUT, SQUARED_NORM), Eq(m * s2, 1))),
                "default fan-in": Implies(Lt(0, SQUARED_NORM), Lt(0, d), Eq(s2, 2 / d), Iff(Eq(OUTPUT, SQUARED_NORM), Eq(d, 2 * m))),
            },
            derive=_derive_linear,
        ),
    )
}
