"""Initialisation: which variance of the weights keeps the mean squared norm of a layer's output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from .board.board import Board
from .board.finite import Model
from .board.notation import (
    And,
    E,
    Eq,
    ForAll,
    Iff,
    Implies,
    Integrable,
    Le,
    Lt,
    S,
    SameLaw,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
    relu,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library import independence

m, d = naturals("m d")  # outputs and inputs of the layer
j, k, l = naturals("j k l")
s2 = reals("s2")  # the variance of an entry
w = outcomes("w")
W, x = function("W", "WNN>R"), function("x", "N>R")
ENTRY, OTHER = W(w, j, k), W(w, j, l)

INTEGRABLE = Hypothesis(
    "integrable",
    ForAll(j < m, k < d, l < d, Integrable(w, ENTRY * OTHER)),
    "products of two weights of a row have an expectation",
    role="meaning",
)
UNCORRELATED = Hypothesis(
    "uncorrelated",
    ForAll(j < m, k < d, l < d, Eq(E(w, ENTRY * OTHER), bracket(Eq(k, l)) * s2)),
    "the weights of a row are centred and uncorrelated, each of variance s2",
    needed_by="correlated-entries",
)
SYMMETRIC = Hypothesis(
    "symmetric",
    ForAll(j < m, SameLaw(w, (k,), ENTRY, -ENTRY)),
    "each row of weights has jointly the law of its negative",
    needed_by="centred-only",
)
CENTRED = Hypothesis("centred", ForAll(j < m, k < d, Eq(E(w, ENTRY), 0)), "the weights are centred")
VARIANCE = Hypothesis("variance", ForAll(j < m, k < d, Eq(E(w, ENTRY**2), s2)), "each weight has variance s2")

SQUARED_NORM = S(k, d, x(k) ** 2)
PREACTIVATION = S(k, d, ENTRY * x(k))
MOMENTS = S(k, d, S(l, d, x(k) * x(l) * E(w, ENTRY * OTHER)))
OUTPUT = E(w, S(j, m, PREACTIVATION**2))
POSITIVE, NEGATIVE = relu(PREACTIVATION), relu(-PREACTIVATION)
RECTIFIED = E(w, S(j, m, POSITIVE**2))


def _derive_linear(D: Board) -> None:
    with D.suppose(Lt(j, m), fix=[j]):
        D.start(E(w, PREACTIVATION**2))
        D.equals(MOMENTS, "square out; the expectation passes finite sums")
        D.equals(s2 * SQUARED_NORM, "only k = l survives")
        D.integrable(w, PREACTIVATION**2)
        D.have(And(Integrable(w, PREACTIVATION**2), Eq(E(w, PREACTIVATION**2), s2 * SQUARED_NORM)))
    D.start(OUTPUT)
    D.equals(S(j, m, E(w, PREACTIVATION**2)), "the expectation passes the sum")
    D.equals(m * s2 * SQUARED_NORM, "m equal rows")
    D.conclude("second moment")
    D.conclude("variance 1/m", "m s2 = 1")
    D.conclude("only 1/m", "divide by the squared norm, which is not 0")
    D.conclude("default fan-in", "at s2 = 2/d this is m s2 = 2m/d")


def _derive_relu(D: Board) -> None:
    with D.suppose(Lt(j, m), fix=[j]):
        D.start(E(w, PREACTIVATION**2))
        D.equals(MOMENTS, "square out; the expectation passes finite sums")
        D.equals(s2 * SQUARED_NORM, "only k = l survives")
        bounded = [D.integrable(w, z**2, "at most the whole square", by=PREACTIVATION**2) for z in (POSITIVE, NEGATIVE)]
        halves = D.have(ForAll(w, Eq(PREACTIVATION**2, POSITIVE**2 + NEGATIVE**2)), "one of the two is 0")
        D.have(
            Eq(E(w, PREACTIVATION**2), E(w, POSITIVE**2) + E(w, NEGATIVE**2)),
            "the two halves add up",
            by=halves,
            using=bounded,
        )
        row = D.have(SameLaw(w, (k,), ENTRY, -ENTRY), "the row and its negative")
        D.same_mean(w, POSITIVE**2, NEGATIVE**2, "the law of the row is symmetric", law=row)
        D.have(And(Integrable(w, POSITIVE**2), Eq(E(w, POSITIVE**2), s2 * SQUARED_NORM / 2)), "half of the whole")
    D.start(RECTIFIED)
    D.equals(S(j, m, E(w, POSITIVE**2)), "the expectation passes the sum")
    D.equals(m * s2 / 2 * SQUARED_NORM, "m equal rows")
    D.conclude("second moment")
    D.conclude("variance 2/m", "m s2 / 2 = 1")
    D.conclude("only 2/m", "divide by the squared norm, which is not 0")
    D.conclude("default fan-in", "at s2 = 2/d this is m s2 / 2 = m/d")
    D.use(independence.uncorrelated(), independence.centred(), independence.symmetric_rows())
    D.conclude("independent symmetric entries", "independence: moments factor, and entries flip one by one")


# --- finite models ------------------------------------------------------------------------------------------------

HALF = Fraction(1, 2)
Rows = tuple[tuple[Fraction | int, tuple[tuple[int, ...], ...]], ...]


def _model(variance: Fraction | int, vector: tuple[int, ...], weights: Rows, **more: object) -> Callable[[], Model]:
    """A layer with the input `vector` whose weights take the given matrices with the given probabilities."""

    def build() -> Model:
        matrices = [matrix for _, matrix in weights]
        height, width = len(matrices[0]), len(vector)
        tables = {
            ("m", ">N"): height,
            ("d", ">N"): width,
            ("s2", ">R"): Fraction(variance),
            ("x", "N>R"): lambda k: vector[k] if k < width else 0,
            ("W", "WNN>R"): lambda w, j, k: matrices[w][j][k] if j < height and k < width else 0,
            **{(name, ">W"): value for name, value in more.items()},
        }
        return Model(tuple(Fraction(p) for p, _ in weights), tables, naturals=max(height, width, 1))

    return build


def _signs(*matrices: tuple[tuple[int, ...], ...]) -> Rows:
    """Each matrix and its negative, all equally probable."""
    both = [m for matrix in matrices for m in (matrix, tuple(tuple(-a for a in row) for row in matrix))]
    return tuple((Fraction(1, len(both)), m) for m in both)


SIGN = _model(1, (1,), _signs(((1,),)))  # one weight, 1 or -1
TWO_OUTPUTS = _model(1, (1,), _signs(((1,), (1,))))
TWO_INPUTS = _model(1, (1, 1), _signs(((1, 1),), ((1, -1),)))
ONE_SIGN = _model(1, (1, 1), _signs(((1, 1),)))  # two weights, always equal
WIDE = _model(2, (1,), ((Fraction(1, 4), ((2,),)), (HALF, ((0,),)), (Fraction(1, 4), ((-2,),))))
RADEMACHER = _model(1, (1, -2), _signs(((1, 1),) * 4, ((1, -1),) * 4, ((1, 1), (1, -1)) * 2, ((1, -1), (1, 1)) * 2))
SHIFTED = _model(1, (1,), ((HALF, ((2,),)), (HALF, ((0,),))))
SKEWED = _model(2, (1,), ((Fraction(1, 3), ((2,),)), (Fraction(2, 3), ((-1,),))))
ENTRYWISE = _model(
    Fraction(3, 5),
    (1, 1),
    (
        (Fraction(1, 5), ((1, 1),)),
        (Fraction(1, 10), ((1, -1),)),
        (Fraction(1, 10), ((-1, 1),)),
        (Fraction(1, 5), ((-1, 0),)),
        (Fraction(1, 5), ((0, -1),)),
        (Fraction(1, 5), ((0, 0),)),
    ),
)


def _kept(output: object, condition: object) -> object:
    """An output other than 0 keeps the squared norm exactly if the condition holds."""
    return Implies(Lt(0, SQUARED_NORM), Iff(Eq(output, SQUARED_NORM), condition))


def _default(output: object, condition: object) -> object:
    """The default variance 2/d keeps the squared norm exactly if the condition holds."""
    return Implies(Lt(0, SQUARED_NORM), Lt(0, d), Eq(s2, 2 / d), Iff(Eq(output, SQUARED_NORM), condition))


CORRELATED: Mapping[str, Hypothesis | None] = {"uncorrelated": None, "centred": CENTRED, "variance": VARIANCE}

FALSE_LINEAR = (
    FalseStatement(
        "fan-in-variance",
        {"variance 1/m": Implies(Lt(0, m), Lt(0, d), Eq(s2, 1 / d), Eq(OUTPUT, SQUARED_NORM))},
        countermodel=TWO_OUTPUTS,
    ),
    FalseStatement(
        "he-variance",
        {"variance 1/m": Implies(Lt(0, m), Eq(s2, 2 / m), Eq(OUTPUT, SQUARED_NORM))},
        countermodel=TWO_OUTPUTS,
    ),
    FalseStatement("counts-the-inputs", {"second moment": Eq(OUTPUT, d * s2 * SQUARED_NORM)}, countermodel=TWO_OUTPUTS),
    FalseStatement(
        "square-of-the-sum", {"second moment": Eq(OUTPUT, m * s2 * S(k, d, x(k)) ** 2)}, countermodel=TWO_INPUTS
    ),
    FalseStatement("correlated-entries", hypotheses=CORRELATED, countermodel=ONE_SIGN),
    FalseStatement(
        "nonzero-mean",
        hypotheses={
            "uncorrelated": Hypothesis(
                "uncorrelated",
                ForAll(
                    j < m,
                    k < d,
                    l < d,
                    Eq(E(w, ENTRY * OTHER) - E(w, ENTRY) * E(w, OTHER), bracket(Eq(k, l)) * s2),
                ),
                "the weights of a row are uncorrelated, each of variance s2",
            )
        },
        countermodel=SHIFTED,
    ),
    FalseStatement("default-always", {"default fan-in": _default(OUTPUT, Lt(0, d))}, countermodel=WIDE),
    FalseStatement(
        "almost-surely",
        {"second moment": Eq(S(j, m, PREACTIVATION**2), m * s2 * SQUARED_NORM)},
        countermodel=_model(2, (1,), ((Fraction(1, 4), ((2,),)), (HALF, ((0,),)), (Fraction(1, 4), ((-2,),))), w=1),
    ),
)

FALSE_RELU = (
    FalseStatement(
        "linear-variance",
        {"variance 2/m": Implies(Lt(0, m), Eq(s2, 1 / m), Eq(RECTIFIED, SQUARED_NORM))},
        countermodel=SIGN,
    ),
    FalseStatement("no-half", {"second moment": Eq(RECTIFIED, m * s2 * SQUARED_NORM)}, countermodel=SIGN),
    FalseStatement("default-always", {"default fan-in": _default(RECTIFIED, Lt(0, d))}, countermodel=TWO_INPUTS),
    FalseStatement("centred-only", hypotheses={"symmetric": None}, countermodel=SKEWED),
    FalseStatement(
        "entrywise-symmetric",
        hypotheses={
            "symmetric": Hypothesis(
                "symmetric", ForAll(j < m, k < d, SameLaw(w, (), ENTRY, -ENTRY)), "each weight has a symmetric law"
            )
        },
        countermodel=ENTRYWISE,
    ),
    FalseStatement("correlated-entries", hypotheses=CORRELATED, countermodel=ONE_SIGN),
    FalseStatement(
        "leaky-slope",
        {
            "second moment": Eq(
                E(
                    w,
                    S(
                        j,
                        m,
                        (
                            PREACTIVATION * bracket(Lt(0, PREACTIVATION))
                            + Fraction(3, 10) * PREACTIVATION * bracket(Le(PREACTIVATION, 0))
                        )
                        ** 2,
                    ),
                ),
                m * s2 / 2 * SQUARED_NORM,
            )
        },
        countermodel=SIGN,
    ),
    FalseStatement(
        "variance-not-moment",
        {"second moment": Eq(E(w, S(j, m, (POSITIVE - E(w, POSITIVE)) ** 2)), m * s2 / 2 * SQUARED_NORM)},
        countermodel=SIGN,
    ),
)

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
                "only 1/m": _kept(OUTPUT, Eq(m * s2, 1)),
                "default fan-in": _default(OUTPUT, Eq(d, 2 * m)),
            },
            derive=_derive_linear,
            not_covered=("Single draws: the squared norm is kept in the mean, and varies from draw to draw.",),
            false=FALSE_LINEAR,
            models=(RADEMACHER, SIGN, WIDE),
            rewording={"second moment": Eq(OUTPUT, S(j, m, S(k, d, s2 * x(k) ** 2)))},
        ),
        Proposition(
            id="relu-norm-preservation",
            title="A ReLU layer keeps the mean squared norm exactly if the weights have variance 2/fan-out",
            sources=(("000", "1c-ii"), ("001", "4 remark")),
            hypotheses=(INTEGRABLE, UNCORRELATED, SYMMETRIC),
            parts={
                "second moment": Eq(RECTIFIED, m * s2 / 2 * SQUARED_NORM),
                "variance 2/m": Implies(Lt(0, m), Eq(s2, 2 / m), Eq(RECTIFIED, SQUARED_NORM)),
                "only 2/m": _kept(RECTIFIED, Eq(m * s2, 2)),
                "default fan-in": _default(RECTIFIED, Eq(d, m)),
                "independent symmetric entries": Implies(
                    independence.INDEPENDENT,
                    independence.SYMMETRIC,
                    independence.SQUARE_INTEGRABLE,
                    independence.VARIANCE,
                    And(INTEGRABLE.formula, UNCORRELATED.formula, SYMMETRIC.formula),
                ),
            },
            derive=_derive_relu,
            not_covered=("Single draws; activations other than ReLU, whose factor is another (twin `leaky-slope`).",),
            false=FALSE_RELU,
            models=(RADEMACHER, SIGN, WIDE),
            rewording={"second moment": Eq(2 * RECTIFIED, S(j, m, S(k, d, s2 * x(k) ** 2)))},
        ),
    )
}
