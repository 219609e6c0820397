"""The initialisation that nn.Linear has by default: means and variances in a deep network of any widths."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.notation import (
    And,
    E,
    Eq,
    ForAll,
    Implies,
    Integrable,
    Le,
    Lt,
    S,
    absolute,
    bracket,
    function,
    lim,
    naturals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library import powers
from .library.calculus import applied
from .library.finite_random_networks import Matrix, finite_network
from .library.order import at
from .library.random_networks import A, Network, b, j, k, l, layer_equation, n, p, w, x, y

L, m, K = naturals("L m K")  # layers, a width that all of them have, any depth
i = naturals("i")
V = function("V", "N>R")
NET = Network(biases=True)
WEIGHT, OTHER, BIAS = A(w, l, j, k), A(w, l, j, p), b(w, l, j)

BLOCKS = Hypothesis(
    "blocks", NET.blocks, "block 0 is the input, block l + 1 are the weights and biases of layer l", role="definition"
)
LAYERS = Hypothesis("layers", NET.layers, "y(w, l, j) is unit j of layer l: no activations", role="definition")
RECURSION = Hypothesis(
    "recursion",
    And(Eq(V(0), 1), ForAll(l, Eq(V(l + 1), (V(l) + 1 / n(l)) / 3))),
    "V(l + 1) takes a third of V(l) and 1/(3 fan-in) from the bias",
    role="definition",
)
WIDTHS = Hypothesis("widths", ForAll(l < L, Lt(0, n(l))), "every layer has inputs", role="meaning")
INDEPENDENT = Hypothesis(
    "independent", NET.independent, "the input and the layers are independent", needed_by="tied-layers"
)
INTEGRABLE = Hypothesis(
    "integrable",
    And(
        ForAll(k < n(0), Integrable(w, x(w, k) ** 2)),
        ForAll(l < L, j < n(l + 1), k < n(l), Integrable(w, WEIGHT**2)),
        ForAll(l < L, j < n(l + 1), Integrable(w, BIAS**2)),
    ),
    "the squares of inputs, weights and biases have an expectation",
    role="meaning",
)
INPUT = Hypothesis(
    "input",
    ForAll(k < n(0), Eq(E(w, x(w, k) ** 2), 1)),
    "every input has the second moment 1; a mean and correlations are allowed",
    needed_by="one-large-input",
)
CENTRED = Hypothesis(
    "centred",
    And(
        ForAll(l < L, j < n(l + 1), k < n(l), Eq(E(w, WEIGHT), 0)),
        ForAll(l < L, j < n(l + 1), Eq(E(w, BIAS), 0)),
    ),
    "weights and biases are centred",
    needed_by="constant-biases",
)
WEIGHTS = Hypothesis(
    "weights",
    ForAll(l < L, j < n(l + 1), k < n(l), p < n(l), Eq(E(w, WEIGHT * OTHER), bracket(Eq(k, p)) / (3 * n(l)))),
    "the weights of a row are uncorrelated, each of variance 1/(3 n(l)): uniform up to 1/sqrt(fan-in)",
    needed_by="he-weights",
)
BIASES = Hypothesis(
    "biases",
    ForAll(l < L, j < n(l + 1), Eq(E(w, BIAS**2), 1 / (3 * n(l)))),
    "so are the biases: uniform up to the same bound",
    needed_by="bias-variance-one-over-n",
)
CROSS = Hypothesis(
    "bias and weights",
    ForAll(l < L, j < n(l + 1), k < n(l), Eq(E(w, WEIGHT * BIAS), 0)),
    "the bias of a unit is uncorrelated with its weights",
    needed_by="bias-is-a-weight",
)


def moment(layer: Any, unit: Any) -> Any:
    """The second moment of a unit."""
    return E(w, y(w, layer, unit) ** 2)


EQUAL = 1 / 3**K + (1 - 1 / 3**K) / (2 * m)
PARTS = {
    "second moment": Implies(Lt(j, n(L)), Eq(moment(L, j), V(L))),
    "mean": Implies(Lt(l, L), Lt(j, n(l + 1)), Eq(E(w, y(w, l + 1, j)), 0)),
    "variance": Implies(
        Lt(l, L), Lt(j, n(l + 1)), Eq(E(w, (y(w, l + 1, j) - E(w, y(w, l + 1, j))) ** 2), V(l + 1))
    ),
    "closed form": Eq(V(L), (1 + S(i, L, 3**i / n(i))) / 3**L),
    "equal widths": Implies(Lt(0, m), ForAll(l < L, Eq(n(l), m)), Eq(V(L), 1 / 3**L + (1 - 1 / 3**L) / (2 * m))),
    "limit": Implies(Lt(0, m), lim(K, "n", EQUAL, 1 / (2 * m))),
}


def _derive(B: Board) -> None:
    NET.use_blocks(B)
    NET.determined(B)

    start = B.have(Eq(V(0), 1), "the recursion of V, clause by clause")
    recursion = B.have(ForAll(l, Eq(V(l + 1), (V(l) + 1 / n(l)) / 3)), "its second clause")
    B.ignore(RECURSION.formula, recursion.statement)

    def claim(layer: Any) -> Any:
        return ForAll(j < n(layer), And(Integrable(w, y(w, layer, j) ** 2), Eq(moment(layer, j), V(layer))))

    def base() -> None:
        with B.likewise("layer 0 is the input"):
            B.have(claim(0), by=layer_equation(B, NET, True))

    def step() -> None:
        with B.suppose(Lt(l, L)), B.suppose(Lt(j, n(l + 1)), fix=[j]):
            with B.likewise("the layer is independent of what it gets, so its weights' moments come out"):
                B.have(Le(l, L))
                NET.moments(B, bracket(Eq(k, p)) / (3 * n(l)))
            with B.likewise("and so does the covariance of the bias with a weight"):
                NET.bias_moments(B)
            with B.likewise("finite sums of integrable terms are integrable"):
                B.have(Integrable(w, BIAS**2))
                B.integrable(w, NET.output**2)
            B.start(E(w, NET.output**2))
            both = S(p, n(l), bracket(Eq(k, p)) / (3 * n(l)) * E(w, y(w, l, k) * y(w, l, p)))
            B.equals(S(k, n(l), both) + E(w, BIAS**2), "square out; the expectation passes finite sums")
            B.equals(S(k, n(l), moment(l, k)) / (3 * n(l)) + 1 / (3 * n(l)), "only k = p survives")
            B.equals(n(l) * V(l) / (3 * n(l)) + 1 / (3 * n(l)), "n(l) equal terms")
            with B.likewise("cancel n(l), which is not 0"):
                width = B.have(Lt(0, n(l)))
                ratio = B.have(Eq(n(l) / (3 * n(l)), Fraction(1, 3)), using=[width])
                B.equals((V(l) + 1 / n(l)) / 3, using=[width, ratio])
            B.equals(V(l + 1), "the recursion", using=[recursion])
            with B.likewise("so this is the second moment of layer l + 1"):
                layer = And(Integrable(w, y(w, l + 1, j) ** 2), Eq(moment(l + 1, j), V(l + 1)))
                B.have(layer, by=layer_equation(B, NET, False))

    B.induction(l, Implies(Le(l, L), claim(l)), "layer by layer", base=base, step=step)
    B.conclude("second moment")
    with B.suppose(Lt(l, L)), B.suppose(Lt(j, n(l + 1)), fix=[j]):
        with B.likewise("centred weights, independent of what the layer gets"):
            B.have(Le(l, L))
            NET.means(B)
            B.integrable(w, BIAS, by=BIAS**2 + 1)
            B.integrable(w, NET.output)
        with B.likewise("a sum of products of mean 0, and a bias of mean 0"):
            B.have(Eq(E(w, NET.output), 0))
            B.have(Eq(E(w, y(w, l + 1, j)), 0), by=layer_equation(B, NET, False))
    B.conclude("mean")
    with B.suppose(Lt(l, L), Lt(j, n(l + 1))) as variance, B.likewise("the mean is 0"):
        mean = B.have(Eq(E(w, y(w, l + 1, j)), 0))
        B.have(Le(l + 1, L))
        squared = B.have(Eq(moment(l + 1, j), V(l + 1)))
        B.have(Eq(E(w, (y(w, l + 1, j) - E(w, y(w, l + 1, j))) ** 2), V(l + 1)), by=mean, using=[squared])
    B.conclude("variance", using=variance)
    B.ignore(*(fact.statement for fact in B.theorems))
    B.use(start, recursion)
    with B.likewise("induction on the layers"):
        B.induction(l, Eq(V(l), (1 + S(i, l, 3**i / n(i))) / 3**l))
        B.conclude("closed form")
    with B.likewise("likewise, at equal widths"):
        with B.suppose(Lt(0, m), ForAll(l < L, Eq(n(l), m))) as equal:

            def widen() -> None:
                with B.suppose(Le(l + 1, L)):
                    B.have(Lt(l, L))
                    known = B.have(And(Eq(n(l), m), Eq(V(l), 1 / 3**l + (1 - 1 / 3**l) / (2 * m))))
                    after = Eq(V(l + 1), 1 / 3 ** (l + 1) + (1 - 1 / 3 ** (l + 1)) / (2 * m))
                    B.have(after, using=[recursion, known])

            B.induction(l, Implies(Le(l, L), Eq(V(l), 1 / 3**l + (1 - 1 / 3**l) / (2 * m))), step=widen)
            B.have(Eq(V(L), 1 / 3**L + (1 - 1 / 3**L) / (2 * m)))
        B.conclude("equal widths", using=equal)
    B.ignore(*(fact.statement for fact in B.theorems))
    with B.suppose(Lt(0, m)) as deep:
        with B.suppose(fix=[K]), B.likewise("what is left of the input decays like 1/3^K"):
            B.use(at(powers.positive(), 3))
            B.have(Lt(0, 3**K))
            B.have(Lt(0, 1 / 3**K))
            B.have(And(Le(1, m), Lt(0, 1 / m)))
            B.have(Le(0, (m - 1) * (1 / m)))
            B.have(Eq(m * (1 / m), 1))
            B.have(And(Lt(0, 1 / (2 * m)), Le(1 / (2 * m), 1)))
            rest, share = (1 - 1 / (2 * m)) * (1 / 3**K), 1 / 3**K
            apart = B.have(Eq(EQUAL - 1 / (2 * m), rest), using=[])
            small = B.have(And(Le(0, rest), Le(rest, share)))
            B.have(Le(absolute(EQUAL - 1 / (2 * m)), share), by=apart, using=[at(powers.within(), rest, share), small])
        B.use(at(applied(powers.geometric(), {powers.F: (K, EQUAL)}), 3, 1 / (2 * m)))
        B.have(lim(K, "n", EQUAL, 1 / (2 * m)), "and powers of 3 exceed every bound")
    B.conclude("limit", using=deep)


# --- false siblings -----------------------------------------------------------------------------------------------


def _layer(fan_in: int, *, weight: int = 1, bias: int = 1, of: int = 0, units: int = 1) -> tuple[Matrix, ...]:
    """Rows of `fan_in` weights and a bias, at most one entry not 0, equally probable, the same row for all units.

    Of the 6 fan_in rows (or `of`) each entry is 1 in `weight` or `bias` of them and -1 in as many.
    """
    counts = (weight,) * fan_in + (bias,)
    rows = [
        tuple(sign * int(place == k) for k in range(fan_in + 1))
        for place, count in enumerate(counts)
        for sign in (1, -1)
        for _ in range(count)
    ]
    rows += [(0,) * (fan_in + 1)] * ((of or 6 * fan_in) - len(rows))
    return tuple((row,) * units for row in rows)


THREE = tuple(((*row[0][:-1], Fraction(1, 3)),) for row in _layer(3, bias=0))
SAME = ((1, 1),), ((-1, -1),), *[((0, 0),)] * 4
HE = tuple(((a, c),) for a in (2, -2, 0, 0) for c in (1, -1, 0, 0, 0, 0))  # variances 2 and 1/3
UNIT_BIAS = tuple(((a, c),) for a in (1, -1, 0, 0, 0, 0) for c in (1, -1))  # variances 1/3 and 1
NONE = (1,)


def _other(name: str, hypothesis: Hypothesis, formula: Any, words: str, layers: Sequence[Any]) -> FalseStatement:
    return FalseStatement(
        name,
        hypotheses={hypothesis.name: Hypothesis(hypothesis.name, formula, words, hypothesis.role)},
        countermodel=finite_network(layers, NONE, biases=True),
    )


FALSE = (
    FalseStatement(
        "tied-layers",
        hypotheses={"independent": None},
        countermodel=finite_network([_layer(1), _layer(1)], NONE, tied=True, biases=True),
    ),
    FalseStatement(
        "one-large-input",
        hypotheses={"input": None},
        countermodel=finite_network([_layer(1)], NONE, x=(2,), biases=True),
    ),
    FalseStatement(
        "constant-biases", hypotheses={"centred": None}, countermodel=finite_network([THREE], NONE, biases=True)
    ),
    _other(
        "he-weights",
        WEIGHTS,
        ForAll(l < L, j < n(l + 1), k < n(l), p < n(l), Eq(E(w, WEIGHT * OTHER), bracket(Eq(k, p)) * 2 / n(l))),
        "the weights of a row are uncorrelated, each of variance 2/n(l)",
        [HE],
    ),
    _other(
        "bias-variance-one-over-n",
        BIASES,
        ForAll(l < L, j < n(l + 1), Eq(E(w, BIAS**2), 1 / n(l))),
        "the biases have the variance 1/n(l)",
        [UNIT_BIAS],
    ),
    _other(
        "bias-fan-out",
        BIASES,
        ForAll(l < L, j < n(l + 1), Eq(E(w, BIAS**2), 1 / (3 * n(l + 1)))),
        "the biases have the variance 1/(3 n(l + 1)): the bound is that of fan-out",
        [_layer(1, weight=2, bias=1, of=12, units=2)],
    ),
    FalseStatement(
        "bias-is-a-weight",
        hypotheses={"bias and weights": None},
        countermodel=finite_network([SAME], NONE, biases=True),
    ),
    _other(
        "widths-after",
        RECURSION,
        And(Eq(V(0), 1), ForAll(l, Eq(V(l + 1), (V(l) + 1 / n(l + 1)) / 3))),
        "V(l) with the width after the layer",
        [_layer(2)],
    ),
    FalseStatement(
        "no-biases",
        {"closed form": Eq(V(L), 1 / 3**L)},
        countermodel=finite_network([_layer(1)], NONE, biases=True),
    ),
    FalseStatement(
        "a-third-in-the-limit",
        {
            "equal widths": Implies(
                Lt(0, m), ForAll(l < L, Eq(n(l), m)), Eq(V(L), 1 / 3**L + (1 - 1 / 3**L) / (3 * m))
            )
        },
        countermodel=finite_network([_layer(1)], NONE, biases=True),
    ),
)

PROPOSITIONS = {
    proposition.id: proposition
    for proposition in (
        Proposition(
            id="default-init-variance",
            title="The variance that nn.Linear's default initialisation gives a deep network",
            sources=(("003", "2"),),
            hypotheses=(
                BLOCKS,
                LAYERS,
                RECURSION,
                WIDTHS,
                INDEPENDENT,
                INTEGRABLE,
                INPUT,
                CENTRED,
                WEIGHTS,
                BIASES,
                CROSS,
            ),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "That nn.Linear draws from the uniform law: its moments are assumed, and tested on live layers.",
                "The law of the output, which is not normal.",
            ),
            false=FALSE,
            models=(
                finite_network([_layer(1), _layer(1)], NONE, biases=True),
                finite_network([_layer(2)], NONE, biases=True),
            ),
            rewording={"closed form": Eq(3**L * V(L), 1 + S(i, L, 3**i / n(i)))},
            readings={
                "weights": Eq(E(w, WEIGHT * OTHER), bracket(Eq(k, p)) / (3 * n(l))),
                "biases": Eq(E(w, BIAS**2), 1 / (3 * n(l))),
            },
        ),
    )
}
