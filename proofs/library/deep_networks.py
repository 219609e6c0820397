"""Deep networks with or without skip connections: how the output moves with one weight or one bias.

Layers are counted from the input: layer 0 has n inputs, each of the K hidden layers m units; the first hidden layer has
no skip. Layer l maps the units of layer l to those of layer l + 1. The parameter that moves belongs to layer la, and e
more hidden layers follow, so K = la + 1 + e. The argument t of the units is what is added to the parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, D, Eq, ForAll, Implies, Le, Lt, S, bracket, function, naturals, reals
from ..kernel.theorem import Theorem, infer
from .differentiation import by_calculus

n, m, la, e = naturals("n m la e")
l, i, j, k, p, q, r = naturals("l i j k p q r")
t, z, c0 = reals("t z c0")
x, b, c = function("x", "N>R"), function("b", "NN>R"), function("c", "N>R")
A, s, sg = function("A", "NNN>R"), function("s", "NN>R"), function("sg", "R>R")
K = la + 1 + e

Units = Callable[[Any, Any, Any], Any]  # of t, the layer and the unit
Factors = Callable[[Any, Any, Any], Any]  # of the number of layers, the row and the column
HERE = t * bracket(Eq(l, la)) * bracket(Eq(j, p))  # what moves: in layer la, at unit p


def width(layer: Any) -> Any:
    """The units of a layer: n in layer 0, m in every other."""
    return n * bracket(Eq(layer, 0)) + m * bracket(Lt(0, layer))


def network(units: Units, *, weight: Any = None, bias: Any = None, skips: bool = True) -> Any:
    """The units, while `weight` is added to the weights A(l, j, k) and `bias` to the biases b(l, j)."""
    moved = A(l, j, k) if weight is None else A(l, j, k) + weight
    inside = S(k, width(l), moved * units(t, l, k)) + b(l, j)
    activated = sg(inside if bias is None else inside + bias)
    after = activated + bracket(Lt(0, l)) * units(t, l, j) if skips else activated
    return And(ForAll(t, k, Eq(units(t, 0, k), x(k))), ForAll(t, l, j, Eq(units(t, l + 1, j), after)))


def preactivation(units: Units, layer: Any, unit: Any) -> Any:
    """The input of the activation at t = 0."""
    return S(k, width(layer), A(layer, unit, k) * units(0, layer, k)) + b(layer, unit)


def slopes(units: Units) -> Any:
    """The activation is differentiable wherever the network uses it; s are its slopes there."""
    return ForAll(l < K, j < m, D(z, sg(z), preactivation(units, l, j), s(l, j)))


def jacobian(row: Any, column: Any, *, skips: bool = True) -> Any:
    """An entry of the Jacobian of layer la + 1 + i: slopes times weights, and the identity that the skip adds."""
    chained = s(la + 1 + i, row) * A(la + 1 + i, row, column)
    return chained + bracket(Eq(row, column)) if skips else chained


def product(factors: Factors, entry: Any = None) -> Any:
    """The product of the Jacobians of i layers above layer la, whose entries (j, r) are `entry`, layer by layer."""
    factor = jacobian(j, r) if entry is None else entry
    return And(
        ForAll(j, k, Eq(factors(0, j, k), bracket(Eq(j, k)))),
        ForAll(i, j, k, Eq(factors(i + 1, j, k), S(r, m, factor * factors(i, r, k)))),
    )


def output(units: Units) -> Any:
    """The output of the network: linear in its last hidden layer."""
    return S(j, m, c(j) * units(t, K, j)) + c0


def differentiate(
    B: Board, units: Units, base: Units, factors: Factors, *given: Any, own: Any = None, skips: bool = True
) -> None:
    """Lines that differentiate the output in the parameter that moves in `units`, at t = 0, if `given`.

    Args:
        B: the board, whose facts are the definitions of `units` and `factors`, and the slopes of `base`.
        units: the network while one parameter at unit p of layer la moves.
        base: the network whose units at t = 0 the slopes are stated for (`units` itself, or one that equals it there).
        factors: the product of the Jacobians of the layers above.
        given: assumptions on the indices.
        own: what the parameter multiplies (None: 1, a bias).
        skips: whether the layers have skips.
    """
    step_in = t * bracket(Eq(j, p)) if own is None else t * bracket(Eq(j, p)) * own
    own_slope = s(la, p) if own is None else s(la, p) * own
    if units is not base:
        B.induction(l, ForAll(j, Eq(units(0, l, j), base(0, l, j))), "at t = 0 both are the same network")
    at_rest = Implies(Le(l, la), ForAll(t, j, Eq(units(t, l, j), base(0, l, j))))
    B.induction(l, at_rest, "the layers below the parameter do not move")
    with B.suppose(*given):
        activated = sg(preactivation(base, la, j) + step_in)
        moved = activated + bracket(Lt(0, la)) * base(0, la, j) if skips else activated
        first = B.have(ForAll(t, j, Eq(units(t, la + 1, j), moved)), "unit p of the next layer alone moves")
        slope = D(t, units(t, la + 1, j), 0, bracket(Eq(j, p)) * own_slope)
        B.have(ForAll(j < m, slope), "chain rule", by=first, prover=by_calculus)

        def one_more_layer() -> None:
            layer = la + 1 + i
            inside = S(k, m, A(layer, j, k) * units(t, layer, k)) + b(layer, j)
            at_zero = S(k, m, A(layer, j, k) * units(0, layer, k)) + b(layer, j)
            after = sg(inside) + units(t, layer, j) if skips else sg(inside)
            following = units(t, la + 1 + (i + 1), j)
            later = B.have(ForAll(t, j, Eq(following, after)), "a later layer: all its inputs have m units")
            used = B.have(
                ForAll(j, Eq(at_zero, preactivation(base, layer, j))), "where it uses the activation at t = 0"
            )
            with B.suppose(Le(i + 1, e)):
                known = ForAll(j < m, D(z, sg(z), at_zero, s(layer, j)))
                B.have(known, "so the slopes there are given", by=used, prover=by_calculus)
                rows = ForAll(j < m, D(t, following, 0, factors(i + 1, j, p) * own_slope))
                B.have(rows, "chain rule: one more factor", by=later, prover=by_calculus)

        rows = ForAll(j < m, D(t, units(t, la + 1 + i, j), 0, factors(i, j, p) * own_slope))
        B.induction(
            i, Implies(Le(i, e), rows), "layer by layer, one factor each", step=one_more_layer, prover=by_calculus
        )
        total = D(t, output(units), 0, S(j, m, c(j) * factors(e, j, p)) * own_slope)
        B.have(total, "the output is linear in the last hidden layer", prover=by_calculus)


@cache
def bias_gradient(units: str, factors: str, *, skips: bool) -> Theorem:
    """The derivative of the output in bias p of layer la.

    For a network of the name `units` with the product `factors`:

        network -> product -> slopes -> p < m -> the derivative is (sum_j c(j) factors(e, j, p)) s(la, p)
    """
    g, P = function(units, "RNN>R"), function(factors, "NNN>R")
    assumed = (network(g, bias=HERE, skips=skips), product(P, jacobian(j, r, skips=skips)), slopes(g))
    goal = Implies(Lt(p, m), D(t, output(g), 0, S(j, m, c(j) * P(e, j, p)) * s(la, p)))
    B = Board([to_term(h) for h in assumed], {"gradient": to_term(goal)})
    differentiate(B, g, g, P, Lt(p, m), skips=skips)
    B.conclude("gradient")
    theorem = B.theorem()
    for h in reversed(assumed):
        theorem = infer("discharge", [theorem], to_term(h))
    return theorem
