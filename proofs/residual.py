"""Residual networks: the derivatives of a deep network with skips, and what the skips do for its gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import (
    And,
    D,
    Eq,
    Exists,
    ForAll,
    Iff,
    Implies,
    Le,
    Lt,
    Ne,
    Or,
    S,
    bracket,
    function,
    naturals,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library.deep_networks import (
    HERE,
    Factors,
    K,
    Units,
    bias_gradient,
    differentiate,
    jacobian,
    network,
    output,
    product,
    slopes,
    width,
)
from .library.differentiation import by_calculus
from .library.finite_networks import DOUBLE, SQUARE, at_a_kink, finite_layer, finite_network

n, m, la, e = naturals("n m la e")
l, i, j, k, p, q, r = naturals("l i j k p q r")
t, z, c0 = reals("t z c0")
x, y, c = function("x", "N>R"), function("y", "N>R"), function("c", "N>R")
b, s, sg = function("b", "NN>R"), function("s", "NN>R"), function("sg", "R>R")
A, P, O = function("A", "NNN>R"), function("P", "NNN>R"), function("O", "NNN>R")
h, g, f = function("h", "RNN>R"), function("g", "RNN>R"), function("f", "RNN>R")

# --- one layer ----------------------------------------------------------------------------------------------------

s1, A1, b1 = function("s", "N>R"), function("A", "NN>R"), function("b", "N>R")


def _layer(inputs: Any, count: Any) -> Any:
    """What unit j of a layer puts into its activation."""
    return S(i, count, A1(j, i) * inputs(i)) + b1(j)


def _moved(inputs: Any) -> Callable[[Any], Any]:
    """The inputs, while t is added to input k."""
    return lambda index: inputs(index) + t * bracket(Eq(index, k))


HIDDEN = sg(_layer(_moved(y), m)) + _moved(y)(j)
FIRST = sg(_layer(_moved(x), n))
LAST = S(i, m, c(i) * _moved(y)(i)) + c0


def _hidden(value: Any) -> Any:
    return Implies(Lt(j, m), Lt(k, m), D(t, HIDDEN, 0, value))


def _first(value: Any) -> Any:
    return Implies(Lt(j, m), Lt(k, n), D(t, FIRST, 0, value))


def _last(value: Any) -> Any:
    return Implies(Lt(k, m), D(t, LAST, 0, value))


def _derive_jacobian(B: Board) -> None:
    B.conclude("hidden", "chain rule; the skip adds the identity", prover=by_calculus)
    B.conclude("output", "the output is linear", prover=by_calculus)
    B.conclude("first", "chain rule, without a skip", prover=by_calculus)


# --- the whole network --------------------------------------------------------------------------------------------

WEIGHT_MOVES = Hypothesis(
    "path of a weight",
    network(h, weight=HERE * bracket(Eq(k, q))),
    "the units h(t, l, j) while t is added to weight (p, q) of layer la",
    role="definition",
)
BIAS_MOVES = Hypothesis(
    "path of a bias", network(g, bias=HERE), "the units while t is added to bias p of layer la", role="definition"
)
PRODUCT = Hypothesis("product", product(P), "the product of the Jacobians above layer la", role="definition")
SLOPES = Hypothesis(
    "differentiable",
    slopes(h),
    "the activation is differentiable where the network uses it, with slopes s",
    needed_by="kink",
)
WEIGHT = Implies(Lt(p, m), Lt(q, width(la)), D(t, output(h), 0, S(j, m, c(j) * P(e, j, p)) * s(la, p) * h(0, la, q)))
OUTPUT_WEIGHT = S(k, m, (c(k) + t * bracket(Eq(k, j))) * h(0, K, k)) + c0
OUTPUT_BIAS = S(k, m, c(k) * h(0, K, k)) + c0 + t


def _bias_gradient(units: Units, value: Any) -> Any:
    return Implies(Lt(p, m), D(t, output(units), 0, value))


def _derive_gradients(B: Board) -> None:
    differentiate(B, h, h, P, Lt(p, m), Lt(q, width(la)), own=h(0, la, q))
    B.conclude("weight")
    with B.likewise("likewise, with 1 in place of the unit that the weight reads"):
        differentiate(B, g, h, P, Lt(p, m))
    B.conclude("bias")
    B.conclude("output weight", "c_j alone moves, and the output is linear in it", prover=by_calculus)
    B.conclude("output bias", prover=by_calculus)


# --- what flows ---------------------------------------------------------------------------------------------------

PLAIN = Hypothesis(
    "plain network",
    network(f, bias=HERE, skips=False),
    "the units of the network without skips while t is added to bias p of layer la",
    role="definition",
)
PLAIN_PRODUCT = Hypothesis(
    "plain product",
    product(O, jacobian(j, r, skips=False)),
    "the product of its Jacobians above layer la",
    role="definition",
)
PLAIN_SLOPES = Hypothesis(
    "plain differentiable", slopes(f), "so it is in the network without skips", needed_by="kink-without-skips"
)


def _saturated(depth: Any) -> Any:
    """Layer la + 1 + depth passes nothing on: its slopes times its weights are 0."""
    layer = la + 1 + depth
    return ForAll(j < m, k < m, Eq(s(layer, j) * A(layer, j, k), 0))


def _cancelling(depth: Any) -> Any:
    """The slopes of layer la + 1 + depth times its weights are the negative of the identity, which the skip adds."""
    layer = la + 1 + depth
    return ForAll(j < m, k < m, Eq(s(layer, j) * A(layer, j, k), -bracket(Eq(j, k))))


ALL_SATURATED = ForAll(i < e, _saturated(i))
FLOWS = And(Ne(c(p), 0), Ne(s(la, p), 0))
NEED_NOT = Exists(z, And(D(t, output(g), 0, z), Iff(Ne(z, 0), FLOWS)))


def _blocked(B: Board, units: Units, factors: Factors, layer: Callable[[Any], Any], reason: str) -> None:
    """Lines: if one layer above la has the Jacobian 0, the output does not see the bias."""

    def zero(count: Any) -> Any:
        return ForAll(j < m, k < m, Eq(factors(count, j, k), 0))

    with B.suppose(layer(i)):

        def step() -> None:
            with B.suppose(Eq(r, i)):
                B.have(layer(r))
                B.have(zero(r + 1), reason)
            with B.suppose(Lt(i, r)):
                B.have(zero(r + 1), "the product below it is 0 already")
            B.have(Implies(Lt(i, r + 1), Or(Eq(r, i), Lt(i, r))))

        B.induction(r, Implies(Lt(i, r), zero(r)), "the product is 0 from there on", step=step)
        with B.suppose(Lt(i, e), Lt(p, m)):
            B.have(D(t, output(units), 0, 0), "so nothing reaches the bias", prover=by_calculus)


def _derive_flow(B: Board) -> None:
    B.conclude("collapse", "only the identity is left of the factor")
    B.use(bias_gradient("g", "P", skips=True))
    with B.suppose(Lt(p, m)):
        value = S(j, m, c(j) * P(e, j, p)) * s(la, p)
        B.have(D(t, output(g), 0, value), "the gradient in a bias (residual-gradients)", prover=by_calculus)
    with B.suppose(ALL_SATURATED):
        identity = ForAll(j < m, k < m, Eq(P(i, j, k), bracket(Eq(j, k))))
        B.induction(i, Implies(Le(i, e), identity), "the product is the identity")
        with B.suppose(Lt(p, m)):
            B.have(Eq(S(j, m, c(j) * P(e, j, p)), c(p)), "row c times the identity")
            B.have(D(t, output(g), 0, c(p) * s(la, p)), "so the output sees layer la itself", prover=by_calculus)
    B.conclude("bias gradient")
    B.use(bias_gradient("f", "O", skips=False))
    with B.suppose(Lt(p, m)):
        value = S(j, m, c(j) * O(e, j, p)) * s(la, p)
        B.have(D(t, output(f), 0, value), "without skips it is the same but for the factors", prover=by_calculus)
    _blocked(B, f, O, _saturated, "the saturated layer is a factor 0")
    B.conclude("plain net")
    with B.suppose(ALL_SATURATED, Lt(p, m)):
        B.witness(NEED_NOT, c(p) * s(la, p), "the product c_p s_p, which is 0 only if a factor is")
    B.conclude("need not")
    _blocked(B, g, P, _cancelling, "identity and Jacobian cancel")
    B.conclude("can")


# --- finite models ------------------------------------------------------------------------------------------------

ONE, NOTHING, MINUS = ((1,),), ((0,),), ((-1,),)  # 1x1 matrices
COLUMN, UP, DOWN = ((1,), (2,)), ((0, 1), (0, 0)), ((0, 0), (1, 0))
LAYER = ((1, 2), (0, 1))
DIAGONAL, OFF_DIAGONAL = finite_layer(LAYER, (1, 1), 0, 0), finite_layer(LAYER, (1, 1), 0, 1)
GENERAL = finite_network((((1, 0), (2, -1)), UP, DOWN), (1, -1), (1, 2), SQUARE, la=1, p=1, q=0)
SATURATED = finite_network((ONE, NOTHING), (-1,), activation=DOUBLE)
CANCELLED = finite_network((ONE, MINUS), (1,))
SINGLE = finite_layer(ONE, (1,), 0, 0)
RISING, FALLING = (((4,),), ((5,),), ONE), finite_network((ONE, NOTHING, MINUS), (1,), (0,), la=1)

# --- false statements ---------------------------------------------------------------------------------------------


def _twin(
    name: str, part: str, formula: Any, model: Callable[[], Model], readings: Mapping[str, Any] | None = None
) -> FalseStatement:
    return FalseStatement(name, {part: formula}, readings=readings or {}, countermodel=model)


def _at_a_kink(name: str, hypothesis: str, model: Callable[[], Model]) -> FalseStatement:
    return FalseStatement(name, hypotheses={hypothesis: None}, countermodel=model)


def _other_product(name: str, formula: Any, model: Callable[[], Model]) -> FalseStatement:
    return FalseStatement(
        name,
        hypotheses={"product": Hypothesis("product", formula, PRODUCT.words, role="definition")},
        countermodel=model,
    )


FLOW = S(j, m, c(j) * P(e, j, p))
REVERSED = And(
    ForAll(j, k, Eq(P(0, j, k), bracket(Eq(j, k)))),
    ForAll(i, j, k, Eq(P(i + 1, j, k), S(r, m, P(i, j, r) * jacobian(r, k)))),
)
FALSE_JACOBIAN = (
    _twin("slopes-on-the-right", "hidden", _hidden(A1(j, k) * s1(k) + bracket(Eq(j, k))), OFF_DIAGONAL),
    _twin("no-identity", "hidden", _hidden(s1(j) * A1(j, k)), DIAGONAL),
    _twin("transposed", "hidden", _hidden(s1(j) * A1(k, j) + bracket(Eq(j, k))), OFF_DIAGONAL),
    _twin("skip-on-first", "first", _first(s1(j) * A1(j, k) + bracket(Eq(j, k))), DIAGONAL),
    _twin("skip-on-output", "output", _last(c(k) + bracket(Eq(k, 0))), DIAGONAL),
    _at_a_kink("kink", "differentiable", at_a_kink(SINGLE, 0, (1,), y=(0,))),
    _at_a_kink("kink-in-the-first-layer", "differentiable at the first layer", at_a_kink(SINGLE, 0, (1,), x=(0,))),
)
FALSE_GRADIENTS = (
    _other_product(
        "slopes-on-the-right",
        product(P, A(la + 1 + i, j, r) * s(la + 1 + i, r) + bracket(Eq(j, r))),
        finite_network((COLUMN, UP), (1, 0), activation=SQUARE, p=1),
    ),
    _other_product("no-identity", product(P, jacobian(j, r, skips=False)), finite_network((ONE, ONE), (1,))),
    _other_product("reversed-product", REVERSED, finite_network((COLUMN, UP, DOWN), (1, 0))),
    _twin(
        "transposed",
        "weight",
        Implies(
            Lt(0, la),
            Lt(p, m),
            Lt(q, m),
            D(t, output(h), 0, S(j, m, c(j) * P(e, j, q)) * s(la, q) * h(0, la, p)),
        ),
        finite_network((COLUMN, UP), (1, 0), la=1, q=1),
    ),
    _twin("no-own-slope", "bias", _bias_gradient(g, FLOW), finite_network((ONE,), (1,), activation=DOUBLE)),
    _twin(
        "next-input",
        "weight",
        Implies(Lt(p, m), Lt(q, width(la)), Lt(q, m), D(t, output(h), 0, FLOW * s(la, p) * h(0, la + 1, q))),
        finite_network((((2,),),), (1,)),
    ),
    _twin(
        "stale-output-input",
        "output weight",
        Implies(Lt(0, la + e), Lt(j, m), D(t, OUTPUT_WEIGHT, 0, h(0, la + e, j))),
        finite_network((ONE, ONE), (1,)),
    ),
    _at_a_kink("kink", "differentiable", at_a_kink(finite_network((ONE,), (1,)), 1, (1,))),
)
FALSE_FLOW = (
    _twin(
        "never-vanishes",
        "can",
        Implies(Lt(p, m), ForAll(z, Implies(D(t, output(g), 0, z), Iff(Ne(z, 0), FLOWS)))),
        CANCELLED,
        {"can": Iff(Ne(z, 0), FLOWS)},
    ),
    _twin(
        "plain-net-flows",
        "plain net",
        Implies(Lt(i, e), _saturated(i), _bias_gradient(f, c(p) * s(la, p))),
        SATURATED,
    ),
    _twin("vanishes-anyway", "bias gradient", Implies(ALL_SATURATED, _bias_gradient(g, 0)), SATURATED),
    _twin("no-own-slope", "bias gradient", Implies(ALL_SATURATED, _bias_gradient(g, c(p))), SATURATED),
    _twin(
        "one-layer-is-enough",
        "bias gradient",
        Implies(Lt(i, e), _saturated(i), _bias_gradient(g, c(p) * s(la, p))),
        finite_network((ONE, NOTHING, ONE), (1,)),
    ),
    # with skips the last layer gets 3, the kink; without them 2, where the slope is 0
    _at_a_kink("kink", "differentiable", at_a_kink(finite_network(RISING, (1,), la=2), 3, (1, 1, 0))),
    # without skips the last layer gets -1, the kink; with them -2, where the slope is 0
    _at_a_kink("kink-without-skips", "plain differentiable", at_a_kink(FALLING, -1, (1, 1, 0))),
)

# --- the three claims ---------------------------------------------------------------------------------------------

PROPOSITIONS = {
    proposition.id: proposition
    for proposition in (
        Proposition(
            id="residual-jacobian",
            title="Jacobians of the layers of a residual network: the skip adds the identity",
            sources=(("003", "3i"),),
            hypotheses=(
                Hypothesis(
                    "differentiable",
                    ForAll(j < m, D(z, sg(z), _layer(y, m), s1(j))),
                    "the activation is differentiable where the units of a hidden layer use it, with slopes s",
                    needed_by="kink",
                ),
                Hypothesis(
                    "differentiable at the first layer",
                    ForAll(j < m, D(z, sg(z), _layer(x, n), s1(j))),
                    "and where those of the first layer do (another layer, whose slopes are called s as well)",
                    needed_by="kink-in-the-first-layer",
                ),
            ),
            parts={
                "hidden": _hidden(s1(j) * A1(j, k) + bracket(Eq(j, k))),
                "output": _last(c(k)),
                "first": _first(s1(j) * A1(j, k)),
            },
            derive=_derive_jacobian,
            not_covered=("Kinks of the activation: its slope at the pre-activations is given.",),
            false=FALSE_JACOBIAN,
            models=(DIAGONAL, OFF_DIAGONAL),
            rewording={"hidden": _hidden(bracket(Eq(j, k)) + A1(j, k) * s1(j))},
        ),
        Proposition(
            id="residual-gradients",
            title="Gradients of a residual network of any depth and width",
            sources=(("003", "3ii"),),
            hypotheses=(WEIGHT_MOVES, BIAS_MOVES, PRODUCT, SLOPES),
            parts={
                "weight": WEIGHT,
                "bias": _bias_gradient(g, FLOW * s(la, p)),
                "output weight": Implies(Lt(j, m), D(t, OUTPUT_WEIGHT, 0, h(0, K, j))),
                "output bias": D(t, OUTPUT_BIAS, 0, 1),
            },
            derive=_derive_gradients,
            not_covered=("Kinks of the activation: its slope at the pre-activations is given.",),
            false=FALSE_GRADIENTS,
            models=(GENERAL, finite_network((COLUMN, UP, DOWN), (1, 1), activation=DOUBLE, p=1)),
            rewording={"bias": _bias_gradient(g, S(j, m, s(la, p) * P(e, j, p) * c(j)))},
        ),
        Proposition(
            id="residual-flow",
            title="Gradients flow through saturated layers of a residual network, and not through those of a plain one",
            sources=(("003", "3iii"),),
            hypotheses=(
                BIAS_MOVES,
                PRODUCT,
                Hypothesis("differentiable", slopes(g), SLOPES.words, needed_by="kink"),
                PLAIN,
                PLAIN_PRODUCT,
                PLAIN_SLOPES,
            ),
            parts={
                "collapse": Implies(_saturated(i), Lt(j, m), Lt(k, m), Eq(P(i + 1, j, k), P(i, j, k))),
                "bias gradient": Implies(ALL_SATURATED, _bias_gradient(g, c(p) * s(la, p))),
                "plain net": Implies(Lt(i, e), _saturated(i), _bias_gradient(f, 0)),
                "need not": Implies(ALL_SATURATED, Lt(p, m), NEED_NOT),
                "can": Implies(Lt(i, e), _cancelling(i), _bias_gradient(g, 0)),
            },
            derive=_derive_flow,
            not_covered=("That a gradient cannot vanish: with weights that cancel the identity it does.",),
            false=FALSE_FLOW,
            models=(SATURATED, CANCELLED, finite_network((COLUMN, UP, DOWN), (1, 1), activation=DOUBLE, p=1)),
            rewording={"collapse": Implies(_saturated(i), Lt(j, m), Lt(k, m), Eq(P(i, j, k), P(i + 1, j, k)))},
            readings={"need not": Iff(Ne(z, 0), FLOWS)},
        ),
    )
}
