"""How a layer scales a signal: the variance of a pre-activation, behind ReLU, and of the gradient on its way back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from . import fanout, relu_factor
from .board.board import Board
from .board.notation import (
    E,
    Eq,
    ForAll,
    Iff,
    Implies,
    Integrable,
    Lt,
    S,
    function,
    naturals,
    outcomes,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library.finite_signals import finite_signal, independent
from .library.signal_products import (
    centred_products,
    covariances,
    second_moment,
    two_blocks,
    uncorrelated_products,
    weights_centred,
    weights_integrable,
    weights_uncorrelated,
)

n, m = naturals("n m")  # inputs of a unit; another number
k = naturals("k")
s2, v2 = reals("s2 v2")  # variance of a weight; of an entry of the signal
w, u = outcomes("w u")
W, x = function("W", "WN>R"), function("x", "WN>R")


def weight(unit: Any) -> Any:
    """The weight for this input."""
    return W(w, unit)


def signal(unit: Any) -> Any:
    """The input itself."""
    return x(w, unit)


INPUT = x(w, k)
INDEPENDENT = Hypothesis(
    "independent",
    two_blocks(weight, signal),
    "the weights are independent of the inputs (either may depend within itself)",
    needed_by="weights-see-the-inputs",
)
INTEGRABLE = weights_integrable(n, weight)
INPUTS_INTEGRABLE = Hypothesis(
    "inputs integrable",
    ForAll(k < n, Integrable(w, INPUT**2)),
    "the squares of the inputs have an expectation",
    role="meaning",
)
CENTRED = weights_centred(n, weight)
UNCORRELATED = weights_uncorrelated(n, weight, "the weights are uncorrelated, each of variance s2")

PREACTIVATION = S(k, n, weight(k) * INPUT)
VARIANCE = E(w, (PREACTIVATION - E(w, PREACTIVATION)) ** 2)
EQUAL_INPUTS = ForAll(k < n, Eq(E(w, INPUT**2), v2))
INPUT_VARIANCE = ForAll(k < n, Eq(E(w, (INPUT - E(w, INPUT)) ** 2), v2))
CENTRED_INPUTS = ForAll(k < n, Eq(E(w, INPUT), 0))


def _derive_fanin(D: Board) -> None:
    blocks = D.given(INDEPENDENT.formula)
    centred_products(D, n, weight, signal, blocks)
    D.start(E(w, PREACTIVATION))
    D.equals(S(k, n, E(w, weight(k) * INPUT)), "the expectation passes the sum")
    D.integrable(w, PREACTIVATION)
    D.conclude("mean")
    uncorrelated_products(D, n, weight, signal, blocks)
    second_moment(D, n, weight, signal)
    D.have(Eq(VARIANCE, E(w, PREACTIVATION**2)), "the mean is 0")
    D.conclude("variance")
    D.conclude("equal inputs", "n equal terms")
    with D.suppose(CENTRED_INPUTS, INPUT_VARIANCE):
        with D.suppose(Lt(k, n), fix=[k]):
            D.integrable(w, INPUT, "|p| <= p^2 + 1", by=INPUT**2 + 1)
            D.have(Eq(E(w, (INPUT - E(w, INPUT)) ** 2), E(w, INPUT**2) - E(w, INPUT) ** 2), "E x^2 - (E x)^2")
            D.have(Eq(E(w, INPUT**2), v2), "so v2 is the second moment of a centred input")
        D.have(Eq(VARIANCE, n * s2 * v2), "n equal terms")
    D.conclude("centred inputs")
    D.conclude("only 1/n", "divide by v2, which is not 0")


def _only(condition: Any) -> Any:
    """The unit has the variance v2 of its inputs exactly if the condition holds."""
    return Implies(Lt(0, n), Lt(0, v2), EQUAL_INPUTS, Iff(Eq(VARIANCE, v2), condition))


ONE, TWO, PAIR = ((1,), (-1,)), ((2,), (-2,)), ((1, 1), (1, -1), (-1, 1), (-1, -1))
SAME = ((1, 1), (-1, -1))
HALF = Fraction(1, 2)
SIGNS = finite_signal(independent(ONE, TWO), s2=1, v2=4)
IDENTICAL_INPUTS = finite_signal(independent(PAIR, SAME), s2=1, v2=1)
CONSTANT_INPUTS = finite_signal(independent(PAIR, ((3, 1),)), s2=1, v2=0)
SMALL = ((HALF, HALF), (HALF, -HALF), (-HALF, HALF), (-HALF, -HALF))

FALSE_FANIN = (
    FalseStatement(
        "weights-see-the-inputs",
        hypotheses={"independent": None},
        countermodel=finite_signal((((1,), (1,)), ((-1,), (-1,))), s2=1, v2=1),
    ),
    FalseStatement(
        "nonzero-mean-weights",
        hypotheses={
            "centred": None,
            "uncorrelated": Hypothesis(
                "uncorrelated",
                covariances(n, weight),
                "the weights are uncorrelated, each of variance s2, whatever their mean",
            ),
        },
        countermodel=finite_signal(independent(((0,), (2,)), ((1,), (1,))), s2=1, v2=1),
    ),
    FalseStatement(
        "correlated-weights",
        hypotheses={
            "uncorrelated": Hypothesis(
                "uncorrelated", ForAll(k < n, Eq(E(w, weight(k) ** 2), s2)), "each weight has variance s2"
            )
        },
        countermodel=finite_signal(independent(SAME, SAME), s2=1, v2=1),
    ),
    FalseStatement(
        "variance-of-the-inputs",
        {"centred inputs": Implies(INPUT_VARIANCE, Eq(VARIANCE, n * s2 * v2))},
        countermodel=CONSTANT_INPUTS,
    ),
    FalseStatement(
        "one-draw-of-weights",
        {"equal inputs": Implies(EQUAL_INPUTS, Eq(E(w, S(k, n, W(u, k) * INPUT) ** 2), n * s2 * v2))},
        countermodel=finite_signal(independent(((2,), (0,), (0,), (-2,)), ONE), s2=2, v2=1, u=0),
    ),
    FalseStatement(
        "fan-out",
        {"only 1/n": _only(Eq(s2, 1 / m))},
        countermodel=finite_signal(independent(ONE, ONE), s2=1, v2=1, m=2),
    ),
    FalseStatement(
        "deviation-one-over-n",
        {"only 1/n": _only(Eq(s2, 1 / n**2))},
        countermodel=finite_signal(independent(SMALL, PAIR), s2=Fraction(1, 4), v2=1),
    ),
    FalseStatement(
        "one-over-root-n",
        {"only 1/n": _only(Eq(s2**2, 1 / n))},
        countermodel=finite_signal(independent(((1, 0), (-1, 0), (0, 1), (0, -1)), PAIR), s2=HALF, v2=1),
    ),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="fanin-variance",
            title="A pre-activation has variance n_in s2 v2: the number of inputs times weight and input variance",
            sources=(("002", "2a"),),
            hypotheses=(INDEPENDENT, INTEGRABLE, INPUTS_INTEGRABLE, CENTRED, UNCORRELATED),
            parts={
                "mean": Eq(E(w, PREACTIVATION), 0),
                "variance": Eq(VARIANCE, s2 * S(k, n, E(w, INPUT**2))),
                "equal inputs": Implies(EQUAL_INPUTS, Eq(VARIANCE, n * s2 * v2)),
                "centred inputs": Implies(CENTRED_INPUTS, INPUT_VARIANCE, Eq(VARIANCE, n * s2 * v2)),
                "only 1/n": _only(Eq(s2, 1 / n)),
            },
            derive=_derive_fanin,
            not_covered=("Several layers: see fanin-rule.",),
            false=FALSE_FANIN,
            models=(SIGNS, IDENTICAL_INPUTS, CONSTANT_INPUTS),
            rewording={"variance": Eq(VARIANCE, S(k, n, s2 * E(w, INPUT**2)))},
        ),
        Proposition(
            id="relu-factor",
            title="ReLU halves the second moment of a symmetric signal, so the next layer needs variance 2/n_in",
            sources=(("002", "2c"),),
            hypotheses=relu_factor.HYPOTHESES,
            parts=relu_factor.PARTS,
            derive=relu_factor.derive,
            not_covered=(
                "That symmetric weights make a pre-activation symmetric is a hypothesis here, not derived.",
                "The figure 2.934 of the normal law: it is measured; the theorem has the general ratio.",
            ),
            false=relu_factor.FALSE,
            models=(relu_factor.MATCHING, relu_factor.DEPENDENT_SIGNAL, relu_factor.UNIT),
            rewording=relu_factor.REWORDING,
        ),
        Proposition(
            id="fanout-rule",
            title="A gradient behind a layer has variance n_out s2 g2 if it is independent of the layer's weights",
            sources=(("002", "2d"),),
            hypotheses=fanout.HYPOTHESES,
            parts=fanout.PARTS,
            derive=fanout.derive,
            not_covered=(
                "A loss of the whole output vector: it is a sum over outputs, each of its own.",
                "A real network, in which the gradient depends on the weights: their independence is an assumption.",
            ),
            false=fanout.FALSE,
            models=fanout.MODELS,
            rewording=fanout.REWORDING,
        ),
    )
}
