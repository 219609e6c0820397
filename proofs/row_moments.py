"""One row of weights against an input: the square of the sum, and its expectation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import (
    And,
    E,
    Eq,
    Iff,
    Implies,
    Lt,
    Ne,
    S,
    absolute,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library import random_rows
from .library.random_rows import finite_row

d, m = naturals("d m")  # inputs; units of the layer
k, l = naturals("k l")
mu, s2 = reals("mu s2")  # mean and variance of a weight
w = outcomes("w")
v, x = function("w", "N>R"), function("x", "N>R")  # fixed weights and inputs
W = function("W", "WN>R")  # the row of a unit

# --- the square of a sum ------------------------------------------------------------------------------------------

SQUARE = S(k, d, v(k) * x(k)) ** 2
DIAGONAL = S(k, d, v(k) ** 2 * x(k) ** 2)
OFF_DIAGONAL = S(k, d, S(l, d, bracket(Ne(k, l)) * v(k) * v(l) * x(k) * x(l)))
PAIRS = S(k, d, S(l, k, v(k) * v(l) * x(k) * x(l)))  # l < k: each unordered pair once


def _derive_square(D: Board) -> None:
    D.start(SQUARE)
    D.equals(S(k, d, S(l, d, v(k) * x(k) * v(l) * x(l))), "the product of two sums")
    D.equals(DIAGONAL + OFF_DIAGONAL, "k = l, and k /= l")
    D.conclude("square")
    D.induction(d, Eq(SQUARE, DIAGONAL + 2 * PAIRS), "(s + t)^2 = s^2 + t^2 + 2 t s, t = v(d) x(d)")
    D.conclude("unordered pairs")
    D.conclude("terms", "d choices of k, d of l")
    D.conclude("off-diagonal terms", "all but the d with k = l")


def _vectors(first: tuple[int, ...], second: tuple[int, ...]) -> Callable[[], Model]:
    """The vectors w and x."""

    def build() -> Model:
        tables: dict[tuple[str, str], Any] = {
            ("d", ">N"): len(first),
            ("w", "N>R"): lambda k: first[int(k)] if k < len(first) else 0,
            ("x", "N>R"): lambda k: second[int(k)] if k < len(second) else 0,
        }
        return Model((Fraction(1),), tables)

    return build


TWO, THREE = _vectors((1, 2), (3, -1)), _vectors((1, -2, 3), (2, 1, 1))
FALSE_SQUARE = (
    FalseStatement("no-cross-terms", {"square": Eq(SQUARE, DIAGONAL)}, countermodel=TWO),
    FalseStatement("each-pair-once", {"unordered pairs": Eq(SQUARE, DIAGONAL + PAIRS)}, countermodel=TWO),
    FalseStatement(
        "diagonal-twice",
        {"square": Eq(SQUARE, DIAGONAL + S(k, d, S(l, d, v(k) * v(l) * x(k) * x(l))))},
        countermodel=TWO,
    ),
    FalseStatement("pairs-twice", {"square": Eq(SQUARE, DIAGONAL + 2 * OFF_DIAGONAL)}, countermodel=TWO),
    FalseStatement(
        "neighbours-only",
        {"square": Eq(SQUARE, DIAGONAL + 2 * S(k, d, bracket(Lt(k + 1, d)) * v(k) * v(k + 1) * x(k) * x(k + 1)))},
        countermodel=THREE,
    ),
    FalseStatement(
        "squares-multiply", {"square": Eq(SQUARE, S(k, d, v(k) ** 2) * S(k, d, x(k) ** 2))}, countermodel=TWO
    ),
)

# --- its expectation ----------------------------------------------------------------------------------------------

ENTRY, OTHER = W(w, k), W(w, l)
INTEGRABLE = Hypothesis("integrable", random_rows.INTEGRABLE, "each weight has an expectation", role="meaning")
PRODUCTS_INTEGRABLE = Hypothesis(
    "products integrable",
    random_rows.PRODUCTS_INTEGRABLE,
    "products of two weights have an expectation",
    role="meaning",
)
MEAN = Hypothesis("mean", random_rows.MEAN, "each weight has mean mu", needed_by="moment-is-variance")
UNCORRELATED = Hypothesis(
    "uncorrelated",
    random_rows.UNCORRELATED,
    "the weights of the row are uncorrelated, each of variance s2",
    needed_by="correlated-entries",
)

PREACTIVATION = S(k, d, ENTRY * x(k))
SQUARED_NORM = S(k, d, x(k) ** 2)
MOMENT = E(w, PREACTIVATION**2)
VARIANCE = E(w, (PREACTIVATION - E(w, PREACTIVATION)) ** 2)
SUM = S(k, d, x(k))


def _derive_moment(D: Board) -> None:
    D.start(MOMENT)
    D.equals(S(k, d, S(l, d, x(k) * x(l) * E(w, ENTRY * OTHER))), "square out; the expectation passes finite sums")
    D.equals(s2 * SQUARED_NORM + mu**2 * SUM**2, "s2 only for k = l, mu^2 for all k and l")
    D.conclude("second moment")
    D.start(E(w, PREACTIVATION))
    D.equals(S(k, d, x(k) * E(w, ENTRY)), "the expectation passes the sum")
    D.equals(mu * SUM, "each weight has mean mu")
    D.conclude("mean")
    D.integrable(w, PREACTIVATION)
    D.integrable(w, PREACTIVATION**2)
    D.have(Eq(VARIANCE, MOMENT - E(w, PREACTIVATION) ** 2), "the variance is E z^2 - (E z)^2")
    D.conclude("variance", "what the mean adds, cancels")
    D.conclude("variance 1/m", "mu = 0, s2 = 1/m")
    D.conclude("only 1/m", "divide by the squared norm, which is not 0")
    D.use(random_rows.uncorrelated())
    D.conclude("independent entries", "E W(k) W(l) = mu^2 for k /= l, by independence")


def _one_over_m(variance: Any) -> Any:
    return Implies(Eq(mu, 0), Lt(0, m), Eq(s2, variance), Eq(MOMENT, 1 / m * SQUARED_NORM))


SIGNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
CENTRED = finite_row(SIGNS, (1, -2), s2=1)
SHIFTED = finite_row(((0, 0), (0, 2), (2, 0), (2, 2)), (1, 1), s2=1, mu=1)  # independent, mean 1, variance 1
HALVES = finite_row(((1,), (0,), (-1,), (0,)), (3,), s2=Fraction(1, 2), m=2)
CONSTANT = finite_row(((1,),), (1,), s2=1)  # E W^2 = 1, but the variance is 0

FALSE_MOMENT = (
    FalseStatement("moment-is-variance", hypotheses={"mean": None}, countermodel=CONSTANT),
    FalseStatement(
        "correlated-entries",
        hypotheses={
            "uncorrelated": Hypothesis(
                "uncorrelated", random_rows.VARIANCE, "each weight has variance s2, whatever their correlation"
            )
        },
        countermodel=finite_row(((1, 1), (-1, -1)), (1, 1), s2=1),
    ),
    FalseStatement("mean-ignored", {"second moment": Eq(MOMENT, s2 * SQUARED_NORM)}, countermodel=SHIFTED),
    FalseStatement(
        "variance-of-mean", {"variance": Eq(VARIANCE, s2 * SQUARED_NORM + mu**2 * SUM**2)}, countermodel=SHIFTED
    ),
    FalseStatement(
        "square-of-the-sum", {"second moment": Eq(MOMENT, s2 * SUM**2 + mu**2 * SUM**2)}, countermodel=CENTRED
    ),
    FalseStatement(
        "one-norm",
        {"second moment": Eq(MOMENT, s2 * S(k, d, absolute(x(k))) + mu**2 * SUM**2)},
        countermodel=CENTRED,
    ),
    FalseStatement(
        "fan-in-variance", {"variance 1/m": _one_over_m(1 / d)}, countermodel=finite_row(((1,), (-1,)), (1,), s2=1, m=2)
    ),
    FalseStatement(
        "deviation-one-over-m",
        {"variance 1/m": _one_over_m(1 / m**2)},
        countermodel=finite_row(((Fraction(1, 2),), (Fraction(-1, 2),)), (1,), s2=Fraction(1, 4), m=2),
    ),
    FalseStatement(
        "almost-surely",
        {"second moment": Eq(PREACTIVATION**2, s2 * SQUARED_NORM + mu**2 * SUM**2)},
        countermodel=finite_row(SIGNS, (1, -2), s2=1, w=0),
    ),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="row-square-expansion",
            title="The square of w.x is its diagonal and its off-diagonal sum, d^2 terms in all",
            sources=(("001", "4d"),),
            parts={
                "square": Eq(SQUARE, DIAGONAL + OFF_DIAGONAL),
                "unordered pairs": Eq(SQUARE, DIAGONAL + 2 * PAIRS),
                "terms": Eq(S(k, d, S(l, d, 1)), d**2),
                "off-diagonal terms": Eq(S(k, d, S(l, d, bracket(Ne(k, l)))), d * (d - 1)),
            },
            derive=_derive_square,
            false=FALSE_SQUARE,
            models=(TWO, THREE),
            rewording={"square": Eq(SQUARE - DIAGONAL, OFF_DIAGONAL)},
        ),
        Proposition(
            id="row-second-moment",
            title="A unit's pre-activation has second moment |x|^2/m if its weights are centred of variance 1/m",
            sources=(("001", "4e"),),
            hypotheses=(INTEGRABLE, PRODUCTS_INTEGRABLE, MEAN, UNCORRELATED),
            parts={
                "second moment": Eq(MOMENT, s2 * SQUARED_NORM + mu**2 * SUM**2),
                "mean": Eq(E(w, PREACTIVATION), mu * SUM),
                "variance": Eq(VARIANCE, s2 * SQUARED_NORM),
                "variance 1/m": _one_over_m(1 / m),
                "only 1/m": Implies(
                    Eq(mu, 0), Lt(0, m), Lt(0, SQUARED_NORM), Iff(Eq(MOMENT, 1 / m * SQUARED_NORM), Eq(s2, 1 / m))
                ),
                "independent entries": Implies(
                    random_rows.INDEPENDENT,
                    random_rows.SQUARE_INTEGRABLE,
                    random_rows.MEAN,
                    random_rows.VARIANCE,
                    And(random_rows.INTEGRABLE, random_rows.PRODUCTS_INTEGRABLE, random_rows.UNCORRELATED),
                ),
            },
            derive=_derive_moment,
            false=FALSE_MOMENT,
            models=(CENTRED, SHIFTED, HALVES),
            rewording={"variance": Eq(VARIANCE, S(k, d, s2 * x(k) ** 2))},
        ),
    )
}
