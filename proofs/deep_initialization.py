"""Deep linear networks with random weights: what fan-in and variance do to the second moment, layer by layer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.notation import (
    And,
    E,
    Eq,
    Exists,
    ForAll,
    Iff,
    Implies,
    Integrable,
    Le,
    Lt,
    S,
    bracket,
    function,
    lim,
    naturals,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library import powers
from .library.finite_random_networks import finite_network
from .library.order import at
from .library.random_networks import A, Network, j, k, l, layer_equation, n, p, w, x, y

L, K, m = naturals("L K m")  # layers, and other depths
q, r, t = reals("q r t")  # second moment of an input, gain of every layer, any bound
s2, P = function("s2", "N>R"), function("P", "N>R")
HALF = Fraction(1, 2)
NET = Network(biases=False)

BLOCKS = Hypothesis(
    "blocks", NET.blocks, "block 0 is the input, block l + 1 are the weights of layer l", role="definition"
)
LAYERS = Hypothesis("layers", NET.layers, "y(w, l, j) is unit j of layer l, without biases", role="definition")
GAINS = Hypothesis(
    "gains",
    And(Eq(P(0), 1), ForAll(l, Eq(P(l + 1), n(l) * s2(l) * P(l)))),
    "P(l) is the product of fan-in times variance over the first l layers",
    role="definition",
)
INDEPENDENT = Hypothesis(
    "independent", NET.independent, "the input and the layers are independent", needed_by="tied-weights"
)
INTEGRABLE = Hypothesis(
    "integrable",
    And(
        ForAll(k < n(0), Integrable(w, x(w, k) ** 2)),
        ForAll(l < L, j < n(l + 1), k < n(l), Integrable(w, A(w, l, j, k) ** 2)),
    ),
    "the squares of inputs and weights have an expectation",
    role="meaning",
)
INPUT = Hypothesis(
    "input",
    ForAll(k < n(0), Eq(E(w, x(w, k) ** 2), q)),
    "every input has the second moment q; a mean and correlations are allowed",
    needed_by="one-large-input",
)
UNCORRELATED = Hypothesis(
    "uncorrelated",
    ForAll(l < L, j < n(l + 1), k < n(l), p < n(l), Eq(E(w, A(w, l, j, k) * A(w, l, j, p)), bracket(Eq(k, p)) * s2(l))),
    "the weights of a row of layer l are centred and uncorrelated, each of variance s2(l)",
    needed_by="weights-with-a-mean",
)


def moment(layer: Any, unit: Any) -> Any:
    """The second moment of a unit."""
    return E(w, y(w, layer, unit) ** 2)


EQUAL_GAINS = ForAll(l < L, Eq(n(l) * s2(l), r))
WIDE = ForAll(l < L + 1, Lt(0, n(l)))
KEPT = ForAll(l < L + 1, Eq(moment(l, 0), q))
UNBOUNDED = ForAll(t, Exists(K, ForAll(m, Implies(Le(K, m), Le(t, r**m)))))
PARTS = {
    "second moment": Implies(Lt(j, n(L)), Eq(moment(L, j), P(L) * q)),
    "one layer": Implies(Lt(0, L), Lt(j, n(1)), Eq(moment(1, j), n(0) * s2(0) * q)),
    "wide layer": Implies(
        Lt(0, L), Lt(j, n(1)), Lt(0, s2(0)), Lt(0, q), Iff(Le(t, moment(1, j)), Le(t / (s2(0) * q), n(0)))
    ),
    "kept": Implies(Lt(0, q), WIDE, Iff(KEPT, ForAll(l < L, Eq(n(l) * s2(l), 1)))),
    "equal gains": Implies(EQUAL_GAINS, Lt(j, n(L)), Eq(moment(L, j), r**L * q)),
    "growth": Implies(EQUAL_GAINS, Lt(j, n(L)), Le(0, q), Le(0, r), Le((1 + L * (r - 1)) * q, moment(L, j))),
    "decay": Implies(EQUAL_GAINS, Lt(j, n(L)), Le(0, q), Lt(0, r), Le(moment(L, j) * (1 + L * (1 / r - 1)), q)),
    "explodes": Implies(Lt(1, r), UNBOUNDED),
    "vanishes": Implies(Lt(0, r), Lt(r, 1), lim(m, "n", r**m, 0)),
}


def _derive(B: Board) -> None:
    NET.use_blocks(B)
    NET.determined(B)

    def claim(layer: Any) -> Any:
        return ForAll(j < n(layer), And(Integrable(w, y(w, layer, j) ** 2), Eq(moment(layer, j), P(layer) * q)))

    def base() -> None:
        with B.likewise("layer 0 is the input"):
            B.have(claim(0), by=layer_equation(B, NET, True))

    def step() -> None:
        with B.suppose(Lt(l, L)), B.suppose(Lt(j, n(l + 1)), fix=[j]):
            with B.likewise("the layer is independent of what it gets, so its weights' moments come out"):
                B.have(Le(l, L))
                NET.moments(B, bracket(Eq(k, p)) * s2(l))
            with B.likewise("finite sums of integrable terms are integrable"):
                B.integrable(w, NET.output**2)
            B.start(E(w, NET.output**2))
            both = S(p, n(l), bracket(Eq(k, p)) * s2(l) * E(w, y(w, l, k) * y(w, l, p)))
            B.equals(S(k, n(l), both), "square out; the expectation passes finite sums")
            B.equals(s2(l) * S(k, n(l), moment(l, k)), "only k = p survives")
            B.equals(P(l + 1) * q, "n(l) equal terms")
            with B.likewise("so the layer multiplies the second moment by n(l) s2(l)"):
                layer = And(Integrable(w, y(w, l + 1, j) ** 2), Eq(moment(l + 1, j), P(l + 1) * q))
                B.have(layer, by=layer_equation(B, NET, False))

    B.induction(l, Implies(Le(l, L), claim(l)), "layer by layer", base=base, step=step)
    B.conclude("second moment")
    _derive_gains(B)


def _derive_gains(B: Board) -> None:
    """What the product formula says of one layer, of equal gains and of great depth."""
    with B.likewise("P(1) is the gain of the first layer"):
        every = B.have(ForAll(l < L + 1, j < n(l), Eq(moment(l, j), P(l) * q)))
        product = [B.have(Eq(P(0), 1)), B.have(ForAll(l, Eq(P(l + 1), n(l) * s2(l) * P(l))))]
        B.ignore(*(fact.statement for fact in B.theorems))
        B.use(every, *product)
        with B.suppose(Lt(0, L)):
            B.have(Lt(1, L + 1))
            B.have(Implies(Lt(j, n(1)), Eq(moment(1, j), n(0) * s2(0) * q)))
        B.conclude("one layer")
    with B.likewise("divide by the positive s2 q"):
        with B.suppose(Lt(0, L), Lt(j, n(1)), Lt(0, s2(0)), Lt(0, q)) as wide:
            scale = B.have(Lt(0, s2(0) * q))
            fits = at(powers.divided(), t, s2(0) * q, n(0))
            B.have(Iff(Le(t, n(0) * s2(0) * q), Le(t / (s2(0) * q), n(0))), using=[scale, fits])
            B.have(Iff(Le(t, moment(1, j)), Le(t / (s2(0) * q), n(0))), by=B.have(Eq(moment(1, j), n(0) * s2(0) * q)))
        B.conclude("wide layer", using=wide)
    _derive_kept(B)
    with B.suppose(EQUAL_GAINS), B.likewise("a product of equal factors: induction on the layers"):
        B.induction(l, Implies(Le(l, L), Eq(P(l), r**l)))
        B.have(Eq(P(L), r**L))
    B.conclude("equal gains")
    B.use(powers.bernoulli(), powers.decay())
    for part, sign, bernoulli, bound in (
        ("growth", Le(0, r), Le(1 + L * (r - 1), r**L), Le((1 + L * (r - 1)) * q, moment(L, j))),
        ("decay", Lt(0, r), Le(r**L * (1 + L * (1 / r - 1)), 1), Le(moment(L, j) * (1 + L * (1 / r - 1)), q)),
    ):
        with B.suppose(EQUAL_GAINS, Lt(j, n(L)), Le(0, q), sign) as finite:
            B.have(bernoulli, "Bernoulli's inequality" + ("" if part == "growth" else " for 1/r"))
            with B.likewise("times q"):
                B.have(Eq(moment(L, j), r**L * q))
                B.have(bound)
        B.conclude(part, using=finite)
    B.use(powers.unbounded(), powers.to_zero())
    B.conclude("explodes", "Bernoulli's inequality, and the naturals exceed every bound")
    B.conclude("vanishes", "the same for 1/r")


def _derive_kept(B: Board) -> None:
    with B.suppose(Lt(0, q), WIDE) as kept:
        with B.suppose(KEPT), B.suppose(Lt(l, L), fix=[l]):
            with B.likewise("two layers in a row with the same second moment"):
                B.have(And(Lt(l, L + 1), Lt(l + 1, L + 1)))
                for layer in (l, l + 1):
                    B.have(Eq(moment(layer, 0), q))
                    B.have(Eq(moment(layer, 0), P(layer) * q))
                    B.have(Eq(P(layer), 1))
                B.have(And(Eq(P(l), 1), Eq(P(l + 1), 1)))
            with B.likewise("and P(l + 1) is n(l) s2(l) P(l)"):
                B.have(Eq(P(l + 1), n(l) * s2(l) * P(l)))
                B.have(Eq(n(l) * s2(l), 1))
        with B.suppose(ForAll(l < L, Eq(n(l) * s2(l), 1))), B.likewise("conversely a product of ones is 1"):
            B.have(ForAll(l < L + 1, Eq(moment(l, 0), P(l) * q)))
            B.induction(l, Implies(Le(l, L), Eq(P(l), 1)))
            B.have(KEPT)
        B.have(Iff(KEPT, ForAll(l < L, Eq(n(l) * s2(l), 1))))
    B.conclude("kept", using=kept)


# --- false siblings -----------------------------------------------------------------------------------------------

RARE = ((2,),), ((-2,),), *[((0,),)] * 6  # one weight of variance 1 and fourth moment 4
ONE_OF_TWO = ((1, 0),), ((-1, 0),), ((0, 1),), ((0, -1),)  # variance 1/2
ROW = tuple(((a, b),) for a in (1, -1) for b in (1, -1))  # two independent signs
WITH_A_MEAN = Hypothesis(
    "uncorrelated",
    ForAll(
        l < L,
        j < n(l + 1),
        k < n(l),
        p < n(l),
        Eq(
            E(w, A(w, l, j, k) * A(w, l, j, p)) - E(w, A(w, l, j, k)) * E(w, A(w, l, j, p)),
            bracket(Eq(k, p)) * s2(l),
        ),
    ),
    "the weights of a row are uncorrelated, each of variance s2(l)",
)
FAN_OUT = Hypothesis(
    "gains",
    And(Eq(P(0), 1), ForAll(l, Eq(P(l + 1), n(l + 1) * s2(l) * P(l)))),
    "P(l) is the product of fan-out times variance over the first l layers",
    role="definition",
)
FALSE = (
    FalseStatement(
        "tied-weights", hypotheses={"independent": None}, countermodel=finite_network([RARE, RARE], (1, 1), tied=True)
    ),
    FalseStatement("one-large-input", hypotheses={"input": None}, countermodel=finite_network([ROW], (1,), x=(2, 1))),
    FalseStatement(
        "weights-with-a-mean",
        hypotheses={"uncorrelated": WITH_A_MEAN},
        countermodel=finite_network([(((2,),), ((0,),))], (1,)),
    ),
    FalseStatement("fan-out", hypotheses={"gains": FAN_OUT}, countermodel=finite_network([ROW], (1,))),
    FalseStatement(
        "one-over-root-n",
        {"kept": Implies(Lt(0, q), WIDE, Iff(KEPT, ForAll(l < L, Eq(n(l) * s2(l) ** 2, 1))))},
        countermodel=finite_network([ONE_OF_TWO], (HALF,)),
    ),
    FalseStatement(
        "additive-depth",
        {"equal gains": Implies(EQUAL_GAINS, Lt(j, n(L)), Eq(moment(L, j), L * r * q))},
        countermodel=finite_network([RARE, RARE], (1, 1)),
    ),
    FalseStatement(
        "bernoulli-without-minus-one",
        {"growth": Implies(EQUAL_GAINS, Lt(j, n(L)), Le(0, q), Le(0, r), Le((1 + L * r) * q, moment(L, j)))},
        countermodel=finite_network([RARE], (1,)),
    ),
    FalseStatement(
        "almost-surely",
        {"second moment": Implies(Lt(j, n(L)), Eq(y(w, L, j) ** 2, P(L) * q))},
        countermodel=finite_network([ROW], (1,)),
    ),
)

PROPOSITIONS = {
    proposition.id: proposition
    for proposition in (
        Proposition(
            id="fanin-rule",
            title="A layer multiplies the second moment by fan-in times variance, so only 1/fan-in keeps it at depth",
            sources=(("002", "2b"),),
            hypotheses=(BLOCKS, LAYERS, GAINS, INDEPENDENT, INTEGRABLE, INPUT, UNCORRELATED),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "Single networks: the second moment is a mean over weights, and a deep product varies widely about it.",
            ),
            false=FALSE,
            models=(
                finite_network([RARE, RARE], (1, 1)),
                finite_network([ROW], (1,)),
                finite_network([ONE_OF_TWO], (HALF,)),
            ),
            rewording={"one layer": Implies(Lt(0, L), Lt(j, n(1)), Eq(moment(1, j), q * s2(0) * n(0)))},
        ),
    )
}
