"""Residual networks: the derivatives of a deep network with skip connections, and what the skips do for its gradients.

Layers are counted from the input: layer 0 has the n inputs, each of the K hidden layers m units; the first hidden layer has
no skip. The parameter sits below layer la + 1, and e more hidden layers follow, so K = la + 1 + e.
"""

from __future__ import annotations

from typing import Any

from .board.board import Board
from .board.notation import And, D, Eq, Exists, ForAll, Iff, Implies, Le, Lt, Ne, Or, S, bracket, function, naturals, reals
from .board.proposition import Hypothesis, Proposition
from .board.rewriting import rewritten
from .library.differentiation import by_calculus

n, m = naturals("n m")
l, i, j, k, p, q, r = naturals("l i j k p q r")
la, e = naturals("la e")
t, z, c0 = reals("t z c0")
x, y, b, c = function("x", "N>R"), function("y", "N>R"), function("b", "NN>R"), function("c", "N>R")
A, P, O = function("A", "NNN>R"), function("P", "NNN>R"), function("O", "NNN>R")
s, sg = function("s", "NN>R"), function("sg", "R>R")
h, g, f = function("h", "RNN>R"), function("g", "RNN>R"), function("f", "RNN>R")
K = la + 1 + e
HERE = bracket(Eq(l, la)) * bracket(Eq(j, p))


def width(layer: Any) -> Any:
    """The units of a layer: n in layer 0, m in every other."""
    return n * bracket(Eq(layer, 0)) + m * bracket(Lt(0, layer))


def network(units: Any, weight: Any, bias: Any, *, skips: bool = True) -> Any:
    """The units along a path on which the weights move by `weight` and the biases by `bias`."""
    activated = sg(S(k, width(l), (A(l, j, k) + weight) * units(t, l, k)) + b(l, j) + bias)
    after = activated + bracket(Lt(0, l)) * units(t, l, j) if skips else activated
    return And(ForAll(t, k, Eq(units(t, 0, k), x(k))), ForAll(t, l, j, Eq(units(t, l + 1, j), after)))


def preactivation(units: Any, layer: Any, unit: Any) -> Any:
    """The input of the activation at t = 0."""
    return S(k, width(layer), A(layer, unit, k) * units(0, layer, k)) + b(layer, unit)


def slopes(units: Any) -> Any:
    """The activation is differentiable wherever the network uses it; s are its slopes there."""
    return ForAll(l, j, D(z, sg(z), preactivation(units, l, j), s(l, j)))


def product(factors: Any, *, skips: bool = True) -> Any:
    """The product of the Jacobians of i layers above layer la + 1, layer by layer."""
    jacobian = s(la + 1 + i, j) * A(la + 1 + i, j, r)
    return And(
        ForAll(j, k, Eq(factors(0, j, k), bracket(Eq(j, k)))),
        ForAll(i, j, k, Eq(factors(i + 1, j, k), S(r, m, (jacobian + bracket(Eq(j, r)) if skips else jacobian) * factors(i, r, k)))),
    )


def output(units: Any) -> Any:
    return S(j, m, c(j) * units(t, K, j)) + c0


def along(B: Board, units: Any, base: Any, factors: Any, own: Any, *given: Any, skips: bool = True) -> None:
    """The derivative along a path of one weight (own: the unit that it reads) or one bias (own: 1), at t = 0, if `given`."""

    def carried(layer: Any) -> Any:
        return units(t, layer, j) if skips else 0

    if units is not base:
        B.induction(l, ForAll(j, Eq(units(0, l, j), base(0, l, j))), "at t = 0 both paths are the network itself")
    B.induction(
        l, Implies(Le(l, la), ForAll(t, j, Eq(units(t, l, j), base(0, l, j)))), "layers up to the parameter do not move"
    )
    with B.suppose(*given):
        skip = bracket(Lt(0, la)) * base(0, la, j) if skips else 0
        moved = sg(preactivation(base, la, j) + t * bracket(Eq(j, p)) * own) + skip
        here = B.have(ForAll(t, j, Eq(units(t, la + 1, j), moved)), "unit p of the next layer alone sees the parameter")
        slope_here = ForAll(j, D(t, units(t, la + 1, j), 0, bracket(Eq(j, p)) * s(la, p) * own))
        B.have(slope_here, "chain rule", by=here, prover=by_calculus)

        def step() -> None:
            layer = la + 1 + i
            inside = S(k, m, A(layer, j, k) * units(t, layer, k)) + b(layer, j)
            next_unit = units(t, la + 1 + (i + 1), j)
            later = B.have(ForAll(t, j, Eq(next_unit, sg(inside) + carried(layer))), "a later layer")
            at_rest = S(k, m, A(layer, j, k) * units(0, layer, k)) + b(layer, j)
            B.have(ForAll(j, Eq(at_rest, preactivation(base, layer, j))), "at t = 0 it is the network itself")
            B.have(ForAll(j, D(z, sg(z), at_rest, s(layer, j))), "the slope there", by=B.theorems[-1], prover=by_calculus)
            slope_later = ForAll(j < m, D(t, next_unit, 0, factors(i + 1, j, p) * s(la, p) * own))
            B.have(slope_later, "chain rule: one more factor of the product", by=later, prover=by_calculus)

        slope = ForAll(j < m, D(t, units(t, la + 1 + i, j), 0, factors(i, j, p) * s(la, p) * own))
        B.induction(i, slope, "layer by layer", step=step, prover=by_calculus)
        B.have(
            D(t, output(units), 0, S(j, m, c(j) * factors(e, j, p)) * s(la, p) * own),
            "the output is linear in the last layer",
            prover=by_calculus,
        )


# --- residual-jacobian --------------------------------------------------------------------------------------------

s1, A1, b1 = function("s", "N>R"), function("A", "NN>R"), function("b", "N>R")
INSIDE = S(i, m, A1(j, i) * y(i)) + b1(j)
INSIDE_FIRST = S(i, n, A1(j, i) * x(i)) + b1(j)


def _derive_jacobian(B: Board) -> None:
    B.conclude("hidden", "chain rule; the skip adds the identity", prover=by_calculus)
    B.conclude("output", "the output is linear", prover=by_calculus)
    B.conclude("first", "chain rule, without a skip", prover=by_calculus)


def _moved(vector: Any, index: Any) -> Any:
    return vector(index) + t * bracket(Eq(index, k))


JACOBIAN = Proposition(
    id="residual-jacobian",
    title="Jacobians of the layers of a residual network: the skip adds the identity",
    sources=(("003", "3i"),),
    hypotheses=(
        Hypothesis(
            "differentiable",
            ForAll(j, D(z, sg(z), INSIDE, s1(j))),
            "the activation is differentiable at the inputs of the hidden layer, with slopes s",
            role="meaning",
        ),
        Hypothesis(
            "differentiable at the first layer",
            ForAll(j, D(z, sg(z), INSIDE_FIRST, s1(j))),
            "and at those of the first layer (another layer, whose slopes are called s as well)",
            role="meaning",
        ),
    ),
    parts={
        "hidden": Implies(
            Lt(k, m),
            D(t, sg(S(i, m, A1(j, i) * _moved(y, i)) + b1(j)) + _moved(y, j), 0, s1(j) * A1(j, k) + bracket(Eq(j, k))),
        ),
        "output": Implies(Lt(k, m), D(t, S(i, m, c(i) * _moved(y, i)) + c0, 0, c(k))),
        "first": Implies(Lt(k, n), D(t, sg(S(i, n, A1(j, i) * _moved(x, i)) + b1(j)), 0, s1(j) * A1(j, k))),
    },
    derive=_derive_jacobian,
)

# --- residual-gradients -------------------------------------------------------------------------------------------

WEIGHTS = Hypothesis("path of a weight", network(h, t * HERE * bracket(Eq(k, q)), 0), "the network while weight (p, q) of layer la moves", role="definition")
BIASES = Hypothesis("path of a bias", network(g, 0, t * HERE), "the network while bias p of layer la moves", role="definition")
FACTORS = Hypothesis("product", product(P), "the product of the Jacobians above layer la + 1", role="definition")
SLOPES = Hypothesis("differentiable", slopes(h), "the activation is differentiable at every input it gets, with slopes s", role="meaning")
FLOW = S(j, m, c(j) * P(e, j, p))


def _derive_gradients(B: Board) -> None:
    along(B, h, h, P, h(0, la, q), Lt(p, m), Lt(q, width(la)))
    B.conclude("weight")
    along(B, g, h, P, 1, Lt(p, m))
    B.conclude("bias")
    B.conclude("output weight", "only c_i moves", prover=by_calculus)
    B.conclude("output bias", prover=by_calculus)


GRADIENTS = Proposition(
    id="residual-gradients",
    title="Gradients of a residual network of any depth and width",
    sources=(("003", "3ii"),),
    hypotheses=(WEIGHTS, BIASES, FACTORS, SLOPES),
    parts={
        "weight": Implies(Lt(p, m), Lt(q, width(la)), D(t, output(h), 0, FLOW * s(la, p) * h(0, la, q))),
        "bias": Implies(Lt(p, m), D(t, output(g), 0, FLOW * s(la, p))),
        "output weight": Implies(Lt(j, m), D(t, S(k, m, (c(k) + t * bracket(Eq(k, j))) * h(0, K, k)) + c0, 0, h(0, K, j))),
        "output bias": D(t, S(k, m, c(k) * h(0, K, k)) + c0 + t, 0, 1),
    },
    derive=_derive_gradients,
)

# --- residual-flow ------------------------------------------------------------------------------------------------

PLAIN = Hypothesis("plain network", network(f, 0, t * HERE, skips=False), "the network without skips, while bias p of layer la moves", role="definition")
PLAIN_FACTORS = Hypothesis("plain product", product(O, skips=False), "its product of Jacobians above layer la + 1", role="definition")
PLAIN_SLOPES = Hypothesis("plain differentiable", slopes(f), "its activation has the same slopes s where it is used", role="meaning")


def saturated(depth: Any) -> Any:
    """Layer la + 1 + depth passes nothing on: its slopes times its weights are 0."""
    return ForAll(j < m, k < m, Eq(s(la + 1 + depth, j) * A(la + 1 + depth, j, k), 0))


ALL_SATURATED = ForAll(i < e, saturated(i))
ONE_SATURATED = (Lt(i, e), saturated(i))


NEED_NOT = Exists(z, And(D(t, output(g), 0, z), Iff(Ne(z, 0), And(Ne(c(p), 0), Ne(s(la, p), 0)))))


def _derive_flow(B: Board) -> None:
    B.conclude("collapse", "only the identity is left of the factor")
    along(B, g, g, P, 1, Lt(p, m))
    with B.suppose(ALL_SATURATED):
        B.induction(i, Implies(Le(i, e), ForAll(j < m, k < m, Eq(P(i, j, k), bracket(Eq(j, k))))), "the product is the identity")
        with B.suppose(Lt(p, m)):
            B.have(Eq(S(j, m, c(j) * P(e, j, p)), c(p)))
            B.have(D(t, output(g), 0, c(p) * s(la, p)), "so the output layer sees the parameter's layer", prover=by_calculus)
    B.conclude("bias gradient")
    along(B, f, f, O, 1, Lt(p, m), skips=False)
    with B.suppose(saturated(i)):

        def step() -> None:
            with B.suppose(Eq(r, i)):
                B.have(saturated(r))
                B.have(ForAll(j < m, k < m, Eq(O(r + 1, j, k), 0)), "the saturated layer is a factor 0")
            with B.suppose(Lt(i, r)):
                B.have(ForAll(j < m, k < m, Eq(O(r + 1, j, k), 0)), "so is the product below it")
            B.have(Implies(Lt(i, r + 1), Or(Eq(r, i), Lt(i, r))))

        B.induction(r, Implies(Lt(i, r), ForAll(j < m, k < m, Eq(O(r, j, k), 0))), "the product is 0 from there on", step=step)
        with B.suppose(Lt(i, e), Lt(p, m)):
            B.have(D(t, output(f), 0, 0), "nothing reaches the parameter's layer", prover=by_calculus)
    B.conclude("plain net")
    with B.suppose(ALL_SATURATED, Lt(p, m)):
        B.witness(NEED_NOT, c(p) * s(la, p), "the product c_p s_p, which is 0 only if a factor is")
    B.conclude("need not")
    with B.suppose(Eq(m, 1), ForAll(l, Eq(s(l, 0), 1)), Eq(A(la + 1, 0, 0), -1)):

        one = B.have(Eq(m, 1))

        def next_layer() -> None:
            factor = s(la + 1 + i, 0) * A(la + 1 + i, 0, r) + bracket(Eq(0, r))
            B.use(rewritten(B.have(Eq(P(i + 1, 0, 0), S(r, m, factor * P(i, r, 0)))), one))
            with B.suppose(Eq(i, 0)):
                B.have(Eq(P(i + 1, 0, 0), 0), "identity and Jacobian cancel")
            with B.suppose(Lt(0, i)):
                B.have(Eq(P(i + 1, 0, 0), 0), "and stay so")

        B.induction(i, Implies(Lt(0, i), Eq(P(i, 0, 0), 0)), "the product is 0 from the second layer on", step=next_layer)
        with B.suppose(Lt(0, e), Eq(p, 0)):
            B.have(D(t, output(g), 0, 0), prover=by_calculus)
    B.conclude("can")


FLOW_PROPOSITION = Proposition(
    id="residual-flow",
    title="Gradients flow through saturated layers of a residual network, and not through those of a plain one",
    sources=(("003", "3iii"),),
    hypotheses=(BIASES, FACTORS, Hypothesis("differentiable", slopes(g), SLOPES.words, role="meaning"), PLAIN, PLAIN_FACTORS, PLAIN_SLOPES),
    parts={
        "collapse": Implies(saturated(i), Lt(j, m), Lt(k, m), Eq(P(i + 1, j, k), P(i, j, k))),
        "bias gradient": Implies(ALL_SATURATED, Lt(p, m), D(t, output(g), 0, c(p) * s(la, p))),
        "plain net": Implies(*ONE_SATURATED, Lt(p, m), D(t, output(f), 0, 0)),
        "need not": Implies(ALL_SATURATED, Lt(p, m), NEED_NOT),
        "can": Implies(
            Eq(m, 1), ForAll(l, Eq(s(l, 0), 1)), Eq(A(la + 1, 0, 0), -1), Lt(0, e), Eq(p, 0), D(t, output(g), 0, 0)
        ),
    },
    derive=_derive_flow,
)
PROPOSITIONS = {proposition.id: proposition for proposition in (JACOBIAN, GRADIENTS, FLOW_PROPOSITION)}
