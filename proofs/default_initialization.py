"""The initialisation that nn.Linear has by default: means and variances in a deep network of any widths."""

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
    ForAll,
    Implies,
    Integrable,
    Le,
    Lt,
    Ne,
    S,
    absolute,
    bracket,
    function,
    lim,
    naturals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library import powers, uniform_law
from .library.calculus import applied
from .library.finite_uniform_layers import (
    EQUAL_WEIGHTS,
    HE,
    ONE_SIDED,
    SAME,
    UNIT_BIAS,
    sign_of_the_parameter,
    uniform_layer,
    uniform_network,
)
from .library.order import at
from .library.random_networks import A, Network, b, j, k, l, layer_equation, n, p, w, x, y

L, m, K = naturals("L m K")  # layers, a width that all of them have, any depth
i = naturals("i")
V, a = function("V", "N>R"), function("a", "N>R")
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
BOUND = Hypothesis(
    "bound",
    ForAll(l < L, Eq(a(l) ** 2 * n(l), 1)),
    "a(l) = 1/sqrt(fan-in); so every layer has inputs",
    needed_by="interval-of-that-length",
)
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
WEIGHTS = Hypothesis(
    "weights",
    ForAll(l < L, j < n(l + 1), k < n(l), uniform_law.mixed(WEIGHT, a(l))),
    "each weight is uniform on [-a(l), a(l)]: the even mixture of its halves, demanded of w and w^2 only",
    needed_by="he-weights",
)
BIASES = Hypothesis(
    "biases",
    ForAll(l < L, j < n(l + 1), uniform_law.mixed(BIAS, a(l))),
    "so is each bias, up to the same bound",
    needed_by="bias-variance-one-over-n",
)
UNCORRELATED = Hypothesis(
    "uncorrelated",
    ForAll(l < L, j < n(l + 1), k < n(l), p < n(l), Implies(Ne(k, p), Eq(E(w, WEIGHT * OTHER), 0))),
    "the weights of a row are uncorrelated",
    needed_by="one-weight-per-row",
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
    "halves": uniform_law.HALVES,
    "uniform law": uniform_law.ROW,
}


def _derive(B: Board) -> None:
    NET.use_blocks(B)
    NET.determined(B)

    with B.likewise("the recursion of V, its second clause"):
        start = B.have(Eq(V(0), 1))
        recursion = B.have(ForAll(l, Eq(V(l + 1), (V(l) + 1 / n(l)) / 3)))
    B.ignore(RECURSION.formula, recursion.statement)

    _moments(B)

    def claim(layer: Any) -> Any:
        return ForAll(j < n(layer), And(Integrable(w, y(w, layer, j) ** 2), Eq(moment(layer, j), V(layer))))

    def base() -> None:
        with B.likewise("layer 0 is the input"):
            B.have(claim(0), by=layer_equation(B, NET, True))

    def step() -> None:
        with B.suppose(Lt(l, L)), B.suppose(Lt(j, n(l + 1)), fix=[j]):
            with B.likewise("the layer is independent of what it gets: moments of its parameters come out"):
                B.have(Le(l, L))
                NET.bias_moments(B)
                NET.moments(B, bracket(Eq(k, p)) / (3 * n(l)))
            with B.likewise("finite sums of integrable terms are integrable"):
                B.have(Integrable(w, BIAS**2))
                B.integrable(w, NET.output**2)
            B.start(E(w, NET.output**2))
            both = S(p, n(l), bracket(Eq(k, p)) / (3 * n(l)) * E(w, y(w, l, k) * y(w, l, p)))
            B.equals(S(k, n(l), both) + E(w, BIAS**2), "square out; the expectation passes finite sums")
            B.equals(S(k, n(l), moment(l, k)) / (3 * n(l)) + 1 / (3 * n(l)), "only k = p survives")
            B.equals(n(l) * V(l) / (3 * n(l)) + 1 / (3 * n(l)), "n(l) equal terms")
            with B.likewise("cancel n(l), which is not 0; the recursion"):
                width = B.have(Lt(0, n(l)))
                ratio = B.have(Eq(n(l) / (3 * n(l)), Fraction(1, 3)), using=[width])
                B.equals(V(l + 1), using=[width, ratio, recursion])
            with B.likewise("so this is the second moment of layer l + 1"):
                layer = And(Integrable(w, y(w, l + 1, j) ** 2), Eq(moment(l + 1, j), V(l + 1)))
                B.have(layer, by=layer_equation(B, NET, False))

    B.induction(l, Implies(Le(l, L), claim(l)), "layer by layer", base=base, step=step)
    B.conclude("second moment")
    centred = "centred weights, independent of what the layer gets, and a centred bias"
    with B.suppose(Lt(l, L)), B.suppose(Lt(j, n(l + 1)), fix=[j]), B.likewise(centred):
        B.have(Le(l, L))
        NET.means(B)
        B.integrable(w, BIAS, by=BIAS**2 + 1)
        B.integrable(w, NET.output)
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
    B.conclude("halves", "the sign chooses the half", using=[uniform_law.halves()])
    B.conclude("uniform law", "read the halves by 1, t and t^2; independent means factor", using=[uniform_law.row()])


def _moments(B: Board) -> None:
    """Facts, in place of the laws of the parameters: the moments that these give them."""
    with B.likewise("a(l)^2 n(l) = 1"):
        with B.suppose(Lt(l, L), fix=[l]):
            B.have(Eq(a(l) ** 2 * n(l), 1))
            with B.suppose(Eq(n(l), 0)):
                B.contradiction()
            B.have(Lt(0, n(l)))
        with B.suppose(Lt(l, L), fix=[l]) as bound:
            known = [B.have(Eq(a(l) ** 2 * n(l), 1)), B.have(Lt(0, n(l)))]
            known.append(B.have(Eq(n(l) * (1 / n(l)), 1), using=known))
            B.have(Eq(a(l) ** 2, 1 / n(l)), using=known)
        B.have(ForAll(l < L, Lt(0, n(l))))
    aside = list(bound)
    inside = Lt(l, L), Lt(j, n(l + 1)), Lt(k, n(l)), Lt(p, n(l))
    for kind, variable, fix in (("weight", WEIGHT, [l, j, k]), ("bias", BIAS, [l, j])):
        guards, words = inside[: len(fix)], f"solve for the moments of a {kind}: an even mixture of its halves"
        law = applied(uniform_law.two_moments(), {uniform_law.X: (w, variable), uniform_law.r: a(l)})
        B.use(law)
        with B.likewise(words):
            with B.suppose(*guards, fix=fix) as solved:
                B.have(And(Integrable(w, variable**2), uniform_law.mixed(variable, a(l))))
                B.have(uniform_law.moments(variable, a(l)))
            with B.suppose(*guards, fix=fix):
                B.have(Eq(E(w, variable), 0))
            with B.suppose(*guards, fix=fix) as square:
                B.have(Eq(E(w, variable**2), 1 / (3 * n(l))))
            B.have(ForAll(*guards, uniform_law.moments(variable, a(l))))
        aside += [law, *solved, *(square if kind == "weight" else ())]
    with B.likewise("a(l)^2 = 1/n(l), and the weights of a row are uncorrelated"):
        product = Eq(E(w, WEIGHT * OTHER), bracket(Eq(k, p)) / (3 * n(l)))
        with B.suppose(*inside, fix=[l, j, k, p]):
            with B.suppose(Ne(k, p)):
                B.have(product)
            with B.suppose(Eq(p, k)):
                B.have(product, by=B.have(Eq(p, k)))
            B.have(product)
        B.have(ForAll(*inside, product))
    B.ignore(*(h.formula for h in (BOUND, WEIGHTS, BIASES, UNCORRELATED)), *(fact.statement for fact in aside))


# --- false siblings -----------------------------------------------------------------------------------------------


def _other(
    name: str, hypothesis: Hypothesis, formula: Any, words: str, model: Callable[[], Model], *more: Hypothesis
) -> FalseStatement:
    replaced = Hypothesis(hypothesis.name, formula, words, hypothesis.role)
    return FalseStatement(name, hypotheses={h.name: h for h in (replaced, *more)}, countermodel=model)


def _dropped(name: str, hypothesis: Hypothesis, model: Callable[[], Model]) -> FalseStatement:
    return FalseStatement(name, hypotheses={hypothesis.name: None}, countermodel=model)


def _of_weights(formula: Any) -> Any:
    return ForAll(l < L, j < n(l + 1), k < n(l), formula)


def _of_biases(formula: Any) -> Any:
    return ForAll(l < L, j < n(l + 1), formula)


OUTPUTS_TOO = Hypothesis("bound", ForAll(l < L + 1, Eq(a(l) ** 2 * n(l), 1)), "a(l) = 1/sqrt(n(l)), up to the output")

FALSE = (
    _dropped("tied-layers", INDEPENDENT, uniform_network(uniform_layer(1), uniform_layer(1), tied=True)),
    _dropped("one-large-input", INPUT, uniform_network(uniform_layer(1), x=(2,))),
    _dropped("one-weight-per-row", UNCORRELATED, uniform_network(EQUAL_WEIGHTS)),
    _dropped("bias-is-a-weight", CROSS, uniform_network(SAME)),
    _other(
        "interval-of-that-length",
        BOUND,
        ForAll(l < L, Eq((2 * a(l)) ** 2 * n(l), 1)),
        "2 a(l) = 1/sqrt(fan-in): so long is the interval",
        uniform_network(uniform_layer(1, of=24), half=True),
    ),
    _other(
        "he-weights",
        WEIGHTS,
        _of_weights(And(Eq(E(w, WEIGHT), 0), Eq(E(w, WEIGHT**2), 2 / n(l)))),
        "each weight is centred, of variance 2/fan-in",
        uniform_network(HE),
    ),
    _other(
        "constant-biases",
        BIASES,
        _of_biases(Eq(E(w, BIAS**2), a(l) ** 2 / 3)),
        "each bias has the second moment a(l)^2/3, whatever its mean",
        uniform_network(ONE_SIDED),
    ),
    _other(
        "bias-variance-one-over-n",
        BIASES,
        _of_biases(And(Eq(E(w, BIAS), 0), Eq(E(w, BIAS**2), a(l) ** 2))),
        "each bias is centred, of variance a(l)^2: the square of the bound",
        uniform_network(UNIT_BIAS),
    ),
    _other(
        "bias-fan-out",
        BIASES,
        _of_biases(uniform_law.mixed(BIAS, a(l + 1))),
        "each bias is uniform up to 1/sqrt(fan-out)",
        uniform_network(uniform_layer(1, weight=4, of=24, units=4)),
        OUTPUTS_TOO,
    ),
    _other(
        "widths-after",
        RECURSION,
        And(Eq(V(0), 1), ForAll(l, Eq(V(l + 1), (V(l) + 1 / n(l + 1)) / 3))),
        "V(l) with the width after the layer",
        uniform_network(uniform_layer(1, units=4)),
    ),
    FalseStatement("no-biases", {"closed form": Eq(V(L), 1 / 3**L)}, countermodel=uniform_network(uniform_layer(1))),
    FalseStatement(
        "a-third-in-the-limit",
        {
            "equal widths": Implies(
                Lt(0, m), ForAll(l < L, Eq(n(l), m)), Eq(V(L), 1 / 3**L + (1 - 1 / 3**L) / (3 * m))
            )
        },
        countermodel=uniform_network(uniform_layer(1)),
    ),
    FalseStatement(
        "sign-of-the-weight",
        {
            "halves": uniform_law.halves_of(uniform_law.uniform(uniform_law.X(w), uniform_law.r)[1]),
            "uniform law": uniform_law.row_of(uniform_law.uniform(uniform_law.U(w, k), uniform_law.r)[1]),
        },
        countermodel=sign_of_the_parameter,
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
                BOUND,
                INDEPENDENT,
                INTEGRABLE,
                INPUT,
                WEIGHTS,
                BIASES,
                UNCORRELATED,
                CROSS,
            ),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "That torch's generator draws from the uniform law, bit by bit: the law is tested on live layers.",
                "The law of the output, which is not normal.",
            ),
            false=FALSE,
            models=(uniform_network(uniform_layer(1), uniform_layer(1)), uniform_network(uniform_layer(4))),
            rewording={"closed form": Eq(3**L * V(L), 1 + S(i, L, 3**i / n(i)))},
            readings={
                "mean of a parameter": Eq(E(w, uniform_law.U(w, k)), 0),
                "square of a parameter": Eq(E(w, uniform_law.U(w, k) ** 2), uniform_law.r**2 / 3),
                "two parameters": Eq(E(w, uniform_law.U(w, k) * uniform_law.U(w, p)), 0),
            },
        ),
    )
}
