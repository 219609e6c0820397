"""Residual networks: the derivatives of a deep network with skip connections, and what the skips do for its gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .board.board import Board
from .board.notation import And, D, Eq, ForAll, Implies, Le, Lt, S, bracket, function, naturals, reals
from .board.proposition import Hypothesis, Proposition
from .library.differentiation import by_calculus

n, m = naturals("n m")  # inputs; units of a layer
l, i, j, k, p, q, r = naturals("l i j k p q r")
la, e = naturals("la e")  # the layer of the parameter; how many layers follow it
t, u, c0 = reals("t u c0")
x, b, c = function("x", "N>R"), function("b", "NN>R"), function("c", "N>R")
A, P = function("A", "NNN>R"), function("P", "NNN>R")
s, sg = function("s", "NN>R"), function("sg", "R>R")
h, g = function("h", "RNN>R"), function("g", "RNN>R")  # the units along a path of weights, of biases
K = la + 1 + e


def width(layer: Any) -> Any:
    """n units in layer 0 (the input), m in every other."""
    return n * bracket(Eq(layer, 0)) + m * bracket(Lt(0, layer))


def path(units: Any, layer: Any, unit: Any, weight: Any, bias: Any) -> Any:
    """A unit of the next layer when weights and biases move with t."""
    moved = S(k, width(layer), (A(layer, unit, k) + weight) * units(t, layer, k)) + b(layer, unit) + bias
    return sg(moved) + bracket(Lt(0, layer)) * units(t, layer, unit)


def network(units: Any, weight: Any, bias: Any) -> Any:
    return And(
        ForAll(t, k, Eq(units(t, 0, k), x(k))),
        ForAll(t, l, j, Eq(units(t, l + 1, j), path(units, l, j, weight, bias))),
    )


HERE = bracket(Eq(l, la)) * bracket(Eq(j, p))
WEIGHT_PATH = network(h, t * HERE * bracket(Eq(k, q)), 0)
BIAS_PATH = network(g, 0, t * HERE)


def output(units: Any) -> Any:
    return S(j, m, c(j) * units(t, K, j)) + c0


def _derive_gradients(B: Board) -> None:
    for units, own, part in ((h, h(0, la, q), "weight"), (g, 1, "bias")):
        B.induction(
            l,
            Implies(Le(l, la), ForAll(t, j, Eq(units(t, l, j), units(0, l, j)))),
            "layers up to the parameter do not move",
        )
