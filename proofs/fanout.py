"""The gradient on its way back through a layer, and through ReLU before it; `signal_variance` states the claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import (
    And,
    D,
    E,
    Eq,
    ForAll,
    Iff,
    Implies,
    Independent,
    Integrable,
    Lt,
    Ne,
    S,
    SameLaw,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
    relu,
)
from .board.proposition import FalseStatement, Hypothesis
from .kernel.theorem import infer
from .library.calculus import applied
from .library.differentiation import by_calculus
from .library.finite_signals import entry
from .library.order import at
from .library.rectified import one_unit_moves, positive_half_the_time, specialised, v
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

m, n = naturals("m n")  # outputs and inputs of the layer
i, j, k, b = naturals("i j k b")  # the input at hand; outputs; inputs; blocks
s2, g2 = reals("s2 g2")  # variance of a weight; second moment of the gradient in an output
t, r = reals("t r")
w, o = outcomes("w o")
W, x, u = function("W", "WNN>R"), function("x", "WN>R"), function("u", "WN>R")
g, loss = function("g", "WN>R"), function("l", "WNR>R")


def weight(unit: Any) -> Any:
    """The weight from input i to this output."""
    return W(w, unit, i)


def signal(unit: Any) -> Any:
    """The gradient of the loss in this output."""
    return g(w, unit)


PREACTIVATION = S(k, n, W(w, j, k) * x(w, k))
GRADIENT = Hypothesis(
    "gradient",
    ForAll(w, j < m, D(r, loss(w, j, r), PREACTIVATION, g(w, j))),
    "g(j) is the derivative of the loss in output j of the layer",
    role="meaning",
)
INDEPENDENT = Hypothesis(
    "independent",
    two_blocks(weight, signal),
    "the weights of input i are independent of the gradient that arrives: a simplification, for in a real network that "
    "gradient was computed with these weights",
    needed_by="weights-in-the-gradient",
)
INTEGRABLE = weights_integrable(m, weight)
GRADIENTS_INTEGRABLE = Hypothesis(
    "gradients integrable",
    ForAll(k < m, Integrable(w, g(w, k) ** 2)),
    "the squares of the gradient's entries have an expectation",
    role="meaning",
)
CENTRED = weights_centred(m, weight)
UNCORRELATED = weights_uncorrelated(m, weight, "the weights of input i are uncorrelated, each of variance s2")
HYPOTHESES = (GRADIENT, INDEPENDENT, INTEGRABLE, GRADIENTS_INTEGRABLE, CENTRED, UNCORRELATED)


def moved(o: Any) -> Any:
    """The loss at outcome o when input i moves by t."""
    return S(j, m, loss(o, j, S(k, n, W(o, j, k) * (x(o, k) + t * bracket(Eq(k, i))))))


def moved_before(o: Any) -> Any:
    """The loss at outcome o when the inputs are relu(u) and u(i) moves by t."""
    return S(j, m, loss(o, j, S(k, n, W(o, j, k) * relu(u(o, k) + bracket(Eq(k, i)) * t))))


def active(o: Any) -> Any:
    """The slope of ReLU at u(i)."""
    return bracket(Lt(0, u(o, i)))


def back(o: Any) -> Any:
    """What the layer sends back to input i."""
    return S(k, m, W(o, k, i) * g(o, k))


BACK = back(w)
VARIANCE = E(w, (BACK - E(w, BACK)) ** 2)
EQUAL_GRADIENTS = ForAll(k < m, Eq(E(w, g(w, k) ** 2), g2))

ACTIVE = active(w)
BEHIND = E(w, (ACTIVE * BACK) ** 2)
BLOCKS = Independent(
    w, (b,), (k,), bracket(Eq(b, 0)) * weight(k) + bracket(Eq(b, 1)) * g(w, k) + bracket(Eq(b, 2)) * u(w, i)
)
SYMMETRIC = SameLaw(w, (), u(w, i), -u(w, i))
NO_TIE = Eq(E(w, bracket(Eq(u(w, i), 0))), 0)
RECTIFIED = ForAll(w, j < m, D(r, loss(w, j, r), S(k, n, W(w, j, k) * relu(u(w, k))), g(w, j)))  # x = relu(u)


def behind_relu(conclusion: Any) -> Any:
    """The conclusion, if the input is ReLU of a symmetric u(i), independent of weights and gradient, almost never 0."""
    return Implies(BLOCKS, SYMMETRIC, NO_TIE, conclusion)


def only(condition: Any) -> Any:
    """The gradient keeps its second moment g2 exactly if the condition holds."""
    return Implies(Lt(0, m), Lt(0, g2), EQUAL_GRADIENTS, Iff(Eq(VARIANCE, g2), condition))


def only_behind_relu(condition: Any) -> Any:
    """The same before ReLU."""
    return behind_relu(Implies(Lt(0, m), Lt(0, g2), EQUAL_GRADIENTS, Iff(Eq(BEHIND, g2), condition)))


PARTS = {
    "gradient": Implies(Lt(i, n), D(t, moved(o), 0, back(o))),
    "gradient behind ReLU": Implies(Lt(i, n), RECTIFIED, Ne(u(o, i), 0), D(t, moved_before(o), 0, active(o) * back(o))),
    "mean": Eq(E(w, BACK), 0),
    "variance": Eq(VARIANCE, s2 * S(k, m, E(w, g(w, k) ** 2))),
    "equal gradients": Implies(EQUAL_GRADIENTS, Eq(VARIANCE, m * s2 * g2)),
    "only 1/m": only(Eq(s2, 1 / m)),
    "behind ReLU": behind_relu(Eq(BEHIND, s2 / 2 * S(k, m, E(w, g(w, k) ** 2)))),
    "only 2/m": only_behind_relu(Eq(s2, 2 / m)),
}
REWORDING = {"variance": Eq(VARIANCE, S(k, m, s2 * E(w, g(w, k) ** 2)))}


def derive(B: Board) -> None:
    """The chain rule, then the moments of its sum as for a pre-activation; ReLU keeps half of the gradients."""
    _gradients(B)
    blocks = B.given(INDEPENDENT.formula)
    centred_products(B, m, weight, signal, blocks)
    B.start(E(w, BACK))
    B.equals(S(k, m, E(w, weight(k) * g(w, k))), "the expectation passes the sum")
    B.integrable(w, BACK)
    B.conclude("mean")
    uncorrelated_products(B, m, weight, signal, blocks)
    second_moment(B, m, weight, signal)
    B.have(Eq(VARIANCE, E(w, BACK**2)), "the mean is 0")
    B.conclude("variance")
    B.conclude("equal gradients", "m equal terms")
    B.conclude("only 1/m", "divide by g2, which is not 0")
    _behind_relu(B)


def _gradients(B: Board) -> None:
    with B.suppose(Lt(i, n)):
        B.have(D(t, moved(o), 0, back(o)), "chain rule, a finite sum", prover=by_calculus)
    B.conclude("gradient")
    with B.suppose(Lt(i, n), RECTIFIED, Ne(u(o, i), 0)):
        slopes = at(applied(one_unit_moves(), {v: (k, u(o, k))}), i)
        B.use(infer("taut", [slopes, B.given(slopes.statement.args[0])], slopes.statement.args[1]))
        B.have(
            D(t, moved_before(o), 0, active(o) * back(o)),
            "chain rule: unit i, which alone moves, is not at the kink",
            prover=by_calculus,
        )
    B.conclude("gradient behind ReLU")


def _behind_relu(B: Board) -> None:
    with B.suppose(BLOCKS, SYMMETRIC, NO_TIE):
        specialised(B, positive_half_the_time(), w, u(w, i))
        B.have(And(Integrable(w, ACTIVE), Eq(E(w, ACTIVE), Fraction(1, 2))), "u is symmetric, and almost never 0")
        B.product_mean(
            w, ACTIVE, BACK**2, "u is independent of both", independence=B.given(BLOCKS), indices=[b], selected=Eq(b, 2)
        )
        B.have(Eq(BEHIND, s2 / 2 * S(k, m, E(w, g(w, k) ** 2))), "half of the variance")
    B.conclude("behind ReLU")
    with B.suppose(BLOCKS, SYMMETRIC, NO_TIE, EQUAL_GRADIENTS):
        B.have(Eq(BEHIND, m * s2 * g2 / 2), "m equal terms")
    B.conclude("only 2/m", "divide by g2, which is not 0")


# --- finite models ------------------------------------------------------------------------------------------------

Vector = Sequence[int | Fraction]
Outcome = tuple[Sequence[Vector], Vector, Vector]  # weights (m rows of n), gradient in the outputs, u


def _backward(
    outcomes: Sequence[Outcome], *, inputs: Vector = (1, 2), squared: bool = False, **values: Any
) -> Callable[[], Model]:
    """A layer behind which the loss is g.a, or |a|^2 / 2 if it is `squared`; all outcomes equally probable."""

    def build() -> Model:
        height, width = len(outcomes[0][0]), len(outcomes[0][0][0])
        tables: dict[tuple[str, str], Any] = {
            ("m", ">N"): height,
            ("n", ">N"): width,
            ("i", ">N"): 0,
            ("o", ">W"): 0,
            ("s2", ">R"): 1,
            ("g2", ">R"): 1,
            ("W", "WNN>R"): lambda w, j, k: entry(outcomes[w][0], j, k),
            ("g", "WN>R"): lambda w, j: entry(outcomes[w][1], j),
            ("u", "WN>R"): lambda w, k: entry(outcomes[w][2], k),
            ("x", "WN>R"): lambda w, k: entry(inputs, k),
            ("l", "WNR>R"): lambda w, j, r: r * r * Fraction(1, 2) if squared else entry(outcomes[w][1], j) * r,
            **{(name, ">R"): value for name, value in values.items()},
        }
        return Model((Fraction(1, len(outcomes)),) * len(outcomes), tables, naturals=max(height, width, 3))

    return build


def _independent(weights: Sequence[Any], gradients: Sequence[Vector], before: Sequence[Vector]) -> list[Outcome]:
    return list(product(weights, gradients, before))


ONE = (((1,),), ((-1,),))  # one weight, 1 or -1
WIDE = (((1, 3),), ((-1, 3),))  # two inputs, one output
TALL = tuple(((p,), (q,)) for p in (1, -1) for q in (1, -1))  # one input, two outputs
SAME = (((1,), (1,)), ((-1,), (-1,)))
SQUARE = (((1, 2), (0, 1)), ((-1, 2), (0, 1)), ((0, 2), (1, 1)), ((0, 2), (-1, 1)))
SIGNS = ((1,), (-1,))
OUTSIDE = _backward(_independent(ONE, SIGNS, SIGNS))
TWO_OUTPUTS = _backward(_independent(TALL, ((1, 1), (-1, -1)), SIGNS))
TWO_INPUTS = _backward(_independent(WIDE, SIGNS, ((1, 2), (-1, 2))))
INACTIVE = _backward(_independent(ONE, ((1,),), ((-1,),)))
TIE = _backward(_independent(ONE, ((1,),), ((0,),)))
MODELS = (OUTSIDE, TWO_OUTPUTS, TWO_INPUTS)

FALSE = (
    FalseStatement(
        "weights-in-the-gradient",
        hypotheses={"independent": None},
        countermodel=_backward(((((1,),), (1,), (1,)), (((-1,),), (-1,), (1,))), inputs=(1,), squared=True),
    ),
    FalseStatement(
        "nonzero-mean-weights",
        hypotheses={
            "centred": None,
            "uncorrelated": Hypothesis(
                "uncorrelated",
                covariances(m, weight),
                "the weights of input i are uncorrelated, each of variance s2, whatever their mean",
            ),
        },
        countermodel=_backward(_independent((((0,),), ((2,),)), ((1,),), SIGNS)),
    ),
    FalseStatement(
        "correlated-weights",
        hypotheses={
            "uncorrelated": Hypothesis(
                "uncorrelated", ForAll(k < m, Eq(E(w, weight(k) ** 2), s2)), "each weight of input i has variance s2"
            )
        },
        countermodel=_backward(_independent(SAME, ((1, 1),), SIGNS)),
    ),
    FalseStatement(
        "counts-the-inputs",
        {"equal gradients": Implies(EQUAL_GRADIENTS, Eq(VARIANCE, n * s2 * g2))},
        countermodel=TWO_INPUTS,
    ),
    FalseStatement("fan-in", {"only 1/m": only(Eq(s2, 1 / n))}, countermodel=TWO_INPUTS),
    FalseStatement(
        "rows-for-columns",
        {"gradient": Implies(Lt(i, n), D(t, moved(o), 0, S(k, m, W(o, i, k) * g(o, k))))},
        countermodel=_backward(_independent(SQUARE, ((1, 1),), ((1, 1),)), s2=Fraction(1, 2)),
    ),
    FalseStatement(
        "mask-forgotten",
        {"gradient behind ReLU": Implies(Lt(i, n), RECTIFIED, Ne(u(o, i), 0), D(t, moved_before(o), 0, back(o)))},
        countermodel=INACTIVE,
    ),
    FalseStatement(
        "at-the-kink",
        {"gradient behind ReLU": Implies(Lt(i, n), RECTIFIED, D(t, moved_before(o), 0, active(o) * back(o)))},
        countermodel=TIE,
    ),
    FalseStatement(
        "ties-allowed",
        {"behind ReLU": Implies(BLOCKS, SYMMETRIC, Eq(BEHIND, s2 / 2 * S(k, m, E(w, g(w, k) ** 2))))},
        countermodel=TIE,
    ),
    FalseStatement(
        "skewed-units",
        {"behind ReLU": Implies(BLOCKS, NO_TIE, Eq(BEHIND, s2 / 2 * S(k, m, E(w, g(w, k) ** 2))))},
        countermodel=_backward(_independent(ONE, SIGNS, ((2,), (-1,), (-1,)))),
    ),
    FalseStatement(
        "mask-sees-the-gradient",
        {"behind ReLU": Implies(SYMMETRIC, NO_TIE, Eq(BEHIND, s2 / 2 * S(k, m, E(w, g(w, k) ** 2))))},
        countermodel=_backward([(matrix, (1 + sign,), (sign,)) for matrix in ONE for sign in (1, -1)]),
    ),
    FalseStatement(
        "no-half",
        {"behind ReLU": behind_relu(Eq(BEHIND, s2 * S(k, m, E(w, g(w, k) ** 2))))},
        countermodel=OUTSIDE,
    ),
    FalseStatement("factor-one", {"only 2/m": only_behind_relu(Eq(s2, 1 / m))}, countermodel=OUTSIDE),
)
