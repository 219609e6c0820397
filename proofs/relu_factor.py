"""What ReLU leaves of a signal, and which weights make up for it; `signal_variance` states the claim."""

from __future__ import annotations

from typing import Any

from .board.board import Board
from .board.notation import (
    And,
    E,
    Eq,
    ForAll,
    Iff,
    Implies,
    Integrable,
    Lt,
    S,
    SameLaw,
    absolute,
    function,
    naturals,
    outcomes,
    reals,
    relu,
)
from .board.proposition import FalseStatement, Hypothesis
from .library.finite_signals import finite_signal, independent
from .library.rectified import half_the_magnitude, specialised
from .library.signal_products import (
    second_moment,
    two_blocks,
    uncorrelated_products,
    weights_integrable,
    weights_uncorrelated,
)

n = naturals("n")  # units of the layer, inputs of the next one
k = naturals("k")
s2 = reals("s2")  # the variance of a weight of the next layer
w = outcomes("w")
W, a = function("W", "WN>R"), function("a", "WN>R")


def weight(unit: Any) -> Any:
    """The weight of the next layer for this unit."""
    return W(w, unit)


def rectified(unit: Any) -> Any:
    """The output of the unit."""
    return relu(a(w, unit))


SIGNAL = a(w, k)
INDEPENDENT = Hypothesis(
    "independent",
    two_blocks(weight, lambda unit: a(w, unit)),
    "the weights of the next layer are independent of the pre-activations of this one",
    needed_by="weights-see-the-signal",
)
INTEGRABLE = weights_integrable(n, weight)
UNCORRELATED = weights_uncorrelated(
    n,
    weight,
    "different weights have mean product 0, and each has second moment s2: its variance, as far as it is centred",
)
SIGNAL_INTEGRABLE = Hypothesis(
    "signal integrable",
    ForAll(k < n, Integrable(w, SIGNAL**2)),
    "the squares of the pre-activations have an expectation",
    role="meaning",
)
SYMMETRIC = Hypothesis(
    "symmetric",
    ForAll(k < n, SameLaw(w, (), SIGNAL, -SIGNAL)),
    "each pre-activation has the law of its negative",
    needed_by="centred-only",
)

RECTIFIED = rectified(k)
NEXT = E(w, S(k, n, weight(k) * RECTIFIED) ** 2)
RECTIFIED_VARIANCE = E(w, (RECTIFIED - E(w, RECTIFIED)) ** 2)
q = reals("q")  # E a^2, the same for all units
EQUAL_SIGNALS = ForAll(k < n, Eq(E(w, SIGNAL**2), q))
MATCHED = ForAll(k < n, Eq(n * s2 * RECTIFIED_VARIANCE, q))
MAGNITUDES = ForAll(k < n, Lt(0, E(w, absolute(SIGNAL))))


def derive(D: Board) -> None:
    """Half of the second moment, what is left of the variance, and the next layer."""
    blocks = D.given(INDEPENDENT.formula)
    opposite = relu(-SIGNAL)
    with D.suppose(Lt(k, n), fix=[k]):
        halves = [D.have(Integrable(w, SIGNAL**2)), D.integrable(w, RECTIFIED**2, "at most a^2", by=SIGNAL**2)]
        D.have(
            Eq(E(w, opposite**2), E(w, SIGNAL**2) - E(w, RECTIFIED**2)),
            "one of relu(a), relu(-a) is 0, the other |a|",
            using=halves,
        )
        D.integrable(w, opposite**2, "at most a^2", by=SIGNAL**2)
        law = D.have(SameLaw(w, (), SIGNAL, -SIGNAL))
        D.same_mean(w, RECTIFIED**2, opposite**2, "the law of a is symmetric", law=law)
        D.have(Eq(E(w, RECTIFIED**2), E(w, SIGNAL**2) / 2), "half of the whole")
        specialised(D, half_the_magnitude(), w, SIGNAL)
        D.have(Eq(E(w, RECTIFIED), E(w, absolute(SIGNAL)) / 2), "half of the magnitude, likewise")
        D.have(Eq(RECTIFIED_VARIANCE, E(w, RECTIFIED**2) - E(w, RECTIFIED) ** 2), "E y^2 - (E y)^2")
        D.have(
            And(
                Integrable(w, RECTIFIED**2),
                Eq(E(w, RECTIFIED**2), E(w, SIGNAL**2) / 2),
                Eq(RECTIFIED_VARIANCE, E(w, SIGNAL**2) / 2 - E(w, absolute(SIGNAL)) ** 2 / 4),
            ),
            "from the two halves",
        )
    D.conclude("half")
    D.conclude("variance")
    uncorrelated_products(D, n, weight, rectified, blocks)
    second_moment(D, n, weight, rectified)
    D.conclude("next layer", "each term is s2 E a^2 / 2")
    with D.suppose(EQUAL_SIGNALS):
        D.have(Eq(NEXT, n * s2 * q / 2), "n equal terms")
    D.conclude("only 2/n", "divide by q, which is not 0")
    first = E(w, absolute(a(w, 0)))
    with D.suppose(Lt(0, n), Lt(0, s2), MAGNITUDES, EQUAL_SIGNALS, MATCHED):
        D.have(Lt(0, first), "of the first unit, say")
        D.have(Eq(n * s2 * (q / 2 - first**2 / 4), q), "its variance, matched")
        D.have(Lt(0, n * s2 * first**2), "a positive amount")
        D.have(Lt(q, NEXT), "n s2 q / 2 in the next layer exceeds q by a quarter of it")
    D.conclude("matching the variance")


def _only(condition: Any) -> Any:
    """The next layer has the second moment q of this one exactly if the condition holds."""
    return Implies(Lt(0, n), Lt(0, q), EQUAL_SIGNALS, Iff(Eq(NEXT, q), condition))


HYPOTHESES = (INDEPENDENT, INTEGRABLE, SIGNAL_INTEGRABLE, UNCORRELATED, SYMMETRIC)
PARTS = {
    "half": Implies(Lt(k, n), Eq(E(w, RECTIFIED**2), E(w, SIGNAL**2) / 2)),
    "variance": Implies(Lt(k, n), Eq(RECTIFIED_VARIANCE, E(w, SIGNAL**2) / 2 - E(w, absolute(SIGNAL)) ** 2 / 4)),
    "next layer": Eq(NEXT, s2 / 2 * S(k, n, E(w, SIGNAL**2))),
    "only 2/n": _only(Eq(s2, 2 / n)),
    "matching the variance": Implies(Lt(0, n), Lt(0, s2), MAGNITUDES, EQUAL_SIGNALS, MATCHED, Lt(q, NEXT)),
}
REWORDING = {"next layer": Eq(2 * NEXT, S(k, n, s2 * E(w, SIGNAL**2)))}

ONE = ((1,), (-1,))
PAIR = ((1, 1), (1, -1), (-1, 1), (-1, -1))
SAME = ((1, 1), (-1, -1))
MATCHING = finite_signal(independent(((2,), (-2,)), ((2,), (-2,))), "a", s2=4, q=4)  # n s2 Var relu(a) = q
DEPENDENT_SIGNAL = finite_signal(independent(PAIR, SAME), "a", s2=1, q=1)
UNIT = finite_signal(independent(((2,), (0,), (0,), (-2,)), ONE), "a", s2=2, q=1)

FALSE = (
    FalseStatement(
        "weights-see-the-signal",
        hypotheses={"independent": None},
        countermodel=finite_signal((((2,), (1,)), ((-2,), (1,)), ((0,), (-1,)), ((0,), (-1,))), "a", s2=2, q=1),
    ),
    FalseStatement(
        "correlated-weights",
        hypotheses={
            "uncorrelated": Hypothesis(
                "uncorrelated",
                ForAll(k < n, And(Eq(E(w, weight(k)), 0), Eq(E(w, weight(k) ** 2), s2))),
                "each weight is centred and has variance s2",
            )
        },
        countermodel=finite_signal(independent(SAME, PAIR), "a", s2=1, q=1),
    ),
    FalseStatement(
        "centred-only",
        hypotheses={
            "symmetric": Hypothesis("symmetric", ForAll(k < n, Eq(E(w, SIGNAL), 0)), "the pre-activations are centred")
        },
        countermodel=finite_signal(independent(ONE, ((2,), (-1,), (-1,))), "a", s2=1, q=2),
    ),
    FalseStatement(
        "variance-halves",
        {"variance": Implies(Lt(k, n), Eq(RECTIFIED_VARIANCE, E(w, SIGNAL**2) / 2))},
        countermodel=UNIT,
    ),
    FalseStatement(
        "mean-forgotten",
        {"next layer": Eq(NEXT, s2 * S(k, n, RECTIFIED_VARIANCE))},
        countermodel=UNIT,
    ),
    FalseStatement("variance-matching", {"only 2/n": _only(MATCHED)}, countermodel=UNIT),
    FalseStatement("factor-one", {"only 2/n": _only(Eq(s2, 1 / n))}, countermodel=UNIT),
    FalseStatement("factor-four", {"only 2/n": _only(Eq(s2, 4 / n))}, countermodel=UNIT),
)
