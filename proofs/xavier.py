"""Xavier's compromise: one variance of the weights for two passes that ask for different ones."""

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
    Exists,
    ForAll,
    Iff,
    Implies,
    Integrable,
    Le,
    Lt,
    Ne,
    Or,
    S,
    absolute,
    bracket,
    exp,
    function,
    log,
    maxi,
    naturals,
    outcomes,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.theorem import infer
from .library.deviations import absolute_scaled_up, larger_above, opposite, opposite_either
from .library.differentiation import by_calculus
from .library.order import at

HALF = Fraction(1, 2)

a, b = naturals("a b")  # fan-in and fan-out of the layer
i, j, k, l = naturals("i j k l")
s, v, s0, z, t = reals("s v s0 z t")  # the variance of a weight, any variance, Xavier's
w = outcomes("w")
W, x, g = function("W", "WNN>R"), function("x", "N>R"), function("g", "N>R")
dev = function("dev", "R>R")
ENTRY = W(w, j, k)

SIZES = Hypothesis("sizes", And(Lt(0, a), Lt(0, b)), "the layer has inputs and outputs", role="meaning")
COMPROMISE = Hypothesis("compromise", Eq(s0, 2 / (a + b)), "s0 is Xavier's variance", role="definition")
INTEGRABLE = Hypothesis(
    "integrable",
    ForAll(j < b, k < a, i < b, l < a, Integrable(w, ENTRY * W(w, i, l))),
    "products of two weights have an expectation",
    role="meaning",
)
ROWS = Hypothesis(
    "rows",
    ForAll(j < b, k < a, l < a, Eq(E(w, ENTRY * W(w, j, l)), bracket(Eq(k, l)) * s)),
    "the weights of a row are centred and uncorrelated, each of variance s",
    needed_by="one-number-a-row",
)
COLUMNS = Hypothesis(
    "columns",
    ForAll(j < b, k < a, i < b, Eq(E(w, ENTRY * W(w, i, k)), bracket(Eq(j, i)) * s)),
    "and so are those of a column",
    needed_by="one-number-a-column",
)

OUTPUT, BACK = S(k, a, ENTRY * x(k)), S(j, b, ENTRY * g(j))
FORWARD = E(w, S(j, b, OUTPUT**2)) / b
BACKWARD = E(w, S(k, a, BACK**2)) / a
MEAN_INPUT, MEAN_GRADIENT = S(k, a, x(k) ** 2) / a, S(j, b, g(j) ** 2) / b
LOSS = S(j, b, g(j) * S(k, a, ENTRY * (x(k) + t * bracket(Eq(k, i)))))


DEVIATION = Hypothesis(
    "deviation",
    ForAll(v, Eq(dev(v), maxi(absolute(a * v - 1), absolute(b * v - 1)))),
    "dev(v) is the larger deviation of the two gains a v and b v from 1",
    role="definition",
)
TOGETHER = Exists(v, And(Eq(a * v, 1), Eq(b * v, 1)))

PARTS = {
    "forward gain": Eq(FORWARD, a * s * MEAN_INPUT),
    "backward pass": Implies(Lt(i, a), D(t, LOSS, 0, S(j, b, W(w, j, i) * g(j)))),
    "backward gain": Eq(BACKWARD, b * s * MEAN_GRADIENT),
    "deviation": Eq(dev(s0), absolute(a - b) / (a + b)),
    "only minimiser": Implies(Ne(v, s0), Lt(dev(s0), dev(v))),
    "minimiser": Le(dev(s0), dev(v)),
    "exact": Iff(And(Eq(a * s0, 1), Eq(b * s0, 1)), Eq(a, b)),
    "no other": Iff(TOGETHER, Eq(a, b)),
}


def _derive(B: Board) -> None:
    B.start(FORWARD)
    B.equals(
        S(j, b, S(k, a, S(l, a, x(k) * x(l) * E(w, ENTRY * W(w, j, l))))) / b,
        "square out; the expectation passes finite sums",
    )
    B.equals(a * s * MEAN_INPUT, "in a row only k = l survives")
    B.conclude("forward gain")
    B.conclude("backward pass", "the loss is linear in each input", prover=by_calculus)
    B.start(BACKWARD)
    B.equals(
        S(k, a, S(j, b, S(i, b, g(j) * g(i) * E(w, ENTRY * W(w, i, k))))) / a,
        "square out; the expectation passes finite sums",
    )
    B.equals(b * s * MEAN_GRADIENT, "in a column only i = j survives")
    B.conclude("backward gain")
    B.ignore(INTEGRABLE.formula, ROWS.formula, COLUMNS.formula)
    reciprocal = B.have(Lt(0, 1 / (a + b)), "there are inputs and outputs")
    distance = B.have(Eq(a * s0 - 1, 1 / (a + b) * (a - b)), "the two gains add up to 2:")
    opposed = B.have(Eq(b * s0 - 1, -(a * s0 - 1)), "they lie as far from 1, on its two sides")
    meant = at(B.given(DEVIATION.formula), s0)
    B.start(dev(s0))
    equal = at(opposite(), a * s0 - 1, b * s0 - 1)
    B.equals(absolute(a * s0 - 1), "so the two deviations are equal", using=[meant, opposed, equal])
    B.equals(absolute(1 / (a + b) * (a - b)), "the distance above", by=distance, using=[])
    B.use(at(absolute_scaled_up(), 1 / (a + b), a - b))
    B.equals(1 / (a + b) * absolute(a - b), "a positive factor")
    B.conclude("deviation")
    largest = B.have(
        Or(Eq(dev(s0), a * s0 - 1), Eq(dev(s0), b * s0 - 1)),
        "it is that of the gain above 1",
        by=meant,
        using=[opposed, at(opposite_either(), a * s0 - 1, b * s0 - 1)],
    )
    bounds = at(larger_above(), a * v - 1, b * v - 1)
    sides = [Le(excess, dev(v)) for gain in (a, b) for excess in (gain * v - 1, 1 - gain * v)]
    either = [at(B.given(DEVIATION.formula), v), bounds]
    above = B.have(And(*sides), "the larger deviation is at least either", using=either)
    sizes, value = B.given(SIZES.formula), B.given(COMPROMISE.formula)
    facts = [sizes, opposed, above]
    with B.suppose(Lt(s0, v)) as wider:
        further = And(Lt(a * s0 - 1, dev(v)), Lt(b * s0 - 1, dev(v)))
        B.have(further, "the gain above 1 grows", using=[*facts, B.given(Lt(s0, v))])
        B.have(Lt(dev(s0), dev(v)), "and dev(s0) is one of the two", using=[largest, B.theorems[-1]])
    with B.suppose(Lt(v, s0)) as narrower:
        further = And(Lt(a * s0 - 1, dev(v)), Lt(b * s0 - 1, dev(v)))
        B.have(further, "the gain below 1 shrinks", using=[*facts, B.given(Lt(v, s0))])
        B.have(Lt(dev(s0), dev(v)), "and dev(s0) is one of the two", using=[largest, B.theorems[-1]])
    apart = B.conclude("only minimiser", using=[*wider, *narrower])
    with B.suppose(Eq(v, s0)) as same:
        B.have(Le(dev(s0), dev(v)), "then they are equal", by=B.given(Eq(v, s0)), using=[])
    B.conclude("minimiser", using=[apart, *same])
    B.conclude("exact", "1/(a + b) (a - b) = 0 only if a = b", using=[sizes, value, reciprocal])
    with B.suppose(Eq(a, b)) as square:
        B.witness(TOGETHER, 1 / a, "then 1/a serves both")
    with B.suppose(TOGETHER) as serves, B.obtain(B.given(TOGETHER), z):
        B.have(Eq(a, b), "a = a (b z) = b (a z) = b", using=B.theorems[-1:])
    B.conclude("no other", prover=lambda _, goal: infer("taut", [*square, *serves], goal))


# --- finite models ------------------------------------------------------------------------------------------------

Matrix = tuple[tuple[int, ...], ...]


def _layer(
    matrices: Sequence[Matrix],
    *,
    x: Sequence[int] = (),
    g: Sequence[int] = (),
    v: Fraction = HALF,
    s0: Fraction | None = None,
) -> Callable[[], Model]:
    """A layer whose weights take the given matrices of signs, all equally probable."""
    height, width = len(matrices[0]), len(matrices[0][0])

    def entry(row: Sequence[int]) -> Callable[[int], int]:
        return lambda k: row[k] if k < len(row) else 0

    def build() -> Model:
        tables: dict[tuple[str, str], Any] = {
            ("a", ">N"): width,
            ("b", ">N"): height,
            ("i", ">N"): 0,
            ("s", ">R"): Fraction(1),
            ("v", ">R"): v,
            ("x", "N>R"): entry(x or (1,) * width),
            ("g", "N>R"): entry(g or (1,) * height),
            ("W", "WNN>R"): lambda w, j, k: matrices[w][j][k] if j < height and k < width else 0,
            ("w", ">W"): 0,
        }
        if s0 is not None:
            tables["s0", ">R"] = s0
        return Model((Fraction(1, len(matrices)),) * len(matrices), tables)

    return build


def _signs(height: int, width: int) -> tuple[Matrix, ...]:
    """All matrices of signs of this size."""
    rows = tuple(product((1, -1), repeat=width))
    return tuple(product(rows, repeat=height))


UNIT, TALL, FLAT = _signs(1, 1), _signs(2, 1), _signs(1, 2)

# --- false siblings -----------------------------------------------------------------------------------------------


def _other_variance(name: str, value: Any, model: Callable[[], Model]) -> FalseStatement:
    """Another variance said to have the least larger deviation."""
    return FalseStatement(
        name,
        {"minimiser": PARTS["minimiser"]},
        hypotheses={"compromise": Hypothesis("compromise", Eq(s0, value), "s0 is another variance", "definition")},
        readings={"compromise": Eq(s0, value)},
        countermodel=model,
    )


FALSE = (
    _other_variance("half-of-it", 1 / (a + b), _layer(UNIT, v=Fraction(1))),
    _other_variance("product-of-the-fans", 2 / (a * b), _layer(_signs(1, 4), v=Fraction(2, 5))),
    _other_variance("arithmetic-mean", (1 / a + 1 / b) / 2, _layer(_signs(1, 4), v=Fraction(2, 5))),
    _other_variance("least-squares", (a + b) / (a**2 + b**2), _layer(_signs(1, 3), v=HALF)),
    FalseStatement(
        "geometric-mean",
        {"minimiser": PARTS["minimiser"]},
        hypotheses={
            "compromise": Hypothesis(
                "compromise", And(Lt(0, s0), Eq(a * s0 * (b * s0), 1)), "at s0 the gains have the product 1"
            )
        },
        readings={"compromise": Eq(s0, exp(-(log(a) + log(b)) / 2))},
        countermodel=_layer(_signs(1, 4), v=Fraction(2, 5), s0=HALF),
    ),
    FalseStatement(
        "sum-of-deviations",
        {"minimiser": PARTS["minimiser"]},
        hypotheses={
            "deviation": Hypothesis(
                "deviation",
                ForAll(v, Eq(dev(v), absolute(a * v - 1) + absolute(b * v - 1))),
                "dev(v) is the sum of the deviations",
                role="definition",
            )
        },
        countermodel=_layer(FLAT, v=HALF),
    ),
    FalseStatement(
        "both-preserved",
        {"exact": Iff(And(Eq(a * s0, 1), Eq(b * s0, 1)), Lt(0, a))},
        countermodel=_layer(FLAT),
    ),
    FalseStatement(
        "fans-exchanged", {"forward gain": Eq(FORWARD, b * s * MEAN_INPUT)}, countermodel=_layer(FLAT, x=(1, 2))
    ),
    FalseStatement(
        "fan-in-on-both-passes", {"backward gain": Eq(BACKWARD, a * s * MEAN_GRADIENT)}, countermodel=_layer(FLAT)
    ),
    FalseStatement(
        "one-number-a-row", hypotheses={"rows": None}, countermodel=_layer((((1, 1),), ((-1, -1),)), x=(1, 2))
    ),
    FalseStatement(
        "one-number-a-column",
        hypotheses={"columns": None},
        countermodel=_layer((((1,), (1,)), ((-1,), (-1,))), g=(1, 2)),
    ),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="xavier-rule",
            title="Xavier's variance 2/(fan-in + fan-out) has the least larger deviation of the two gains from 1",
            sources=(("002", "2e"),),
            hypotheses=(SIZES, COMPROMISE, DEVIATION, INTEGRABLE, ROWS, COLUMNS),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "That this deviation is the right thing to minimise: other compromises have other minimisers.",
            ),
            false=FALSE,
            models=(_layer(TALL, g=(1, 2)), _layer(FLAT, x=(3, -1), v=Fraction(2)), _layer(_signs(2, 2), x=(1, 2))),
            rewording={"deviation": Eq((a + b) * dev(s0), absolute(b - a))},
            readings={"compromise": Eq(s0, 2 / (a + b))},
        ),
    )
}
