"""Layers and residual networks of a few units with small integers: finite models of statements about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..board.enclosures import sign
from ..board.finite import Model

Matrix = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Activation:
    """An activation, and u -> first * u + second, its derivative."""

    function: Callable[[Any], Any]
    first: int
    second: int

    def slope(self, u: int) -> int:
        """The derivative at u."""
        return self.first * u + self.second


IDENTITY = Activation(lambda u: u, 0, 1)
DOUBLE = Activation(lambda u: 2 * u, 0, 2)
SQUARE = Activation(lambda u: u * u, 2, 0)


def finite_network(
    weights: Sequence[Matrix],
    outgoing: Sequence[int],
    inputs: Sequence[int] = (1,),
    activation: Activation = IDENTITY,
    **indices: int,
) -> Callable[[], Model]:
    """A model of `deep_networks`: no biases, and s the slopes with skips.

    Args:
        weights: the matrix of each hidden layer.
        outgoing: the weights of the output.
        inputs: the vector x.
        activation: a linear one has the same slopes without skips.
        indices: la, p, q, i, j, k; those not named are 0.
    """

    def build() -> Model:
        units: list[int] = list(inputs)
        slopes: list[list[int]] = []
        for layer, matrix in enumerate(weights):
            before = _product(matrix, units)
            slopes.append([activation.slope(u) for u in before])
            skipped = units if layer else [0] * len(before)
            units = [activation.function(u) + v for u, v in zip(before, skipped, strict=True)]
        chosen = dict.fromkeys(("la", "p", "q", "i", "j", "k"), 0) | indices
        tables = {
            **{(name, ">N"): value for name, value in chosen.items()},
            ("n", ">N"): len(inputs),
            ("m", ">N"): len(outgoing),
            ("e", ">N"): len(weights) - 1 - chosen["la"],
            ("c0", ">R"): 0,
            ("x", "N>R"): lambda k: _entry(inputs, k),
            ("A", "NNN>R"): lambda l, j, k: _entry(weights, l, j, k),
            ("b", "NN>R"): lambda l, j: 0,
            ("c", "N>R"): lambda j: _entry(outgoing, j),
            ("s", "NN>R"): lambda l, j: _entry(slopes, l, j),
            ("sg", "R>R"): activation.function,
        }
        return Model((Fraction(1),), tables)

    return build


def finite_layer(matrix: Matrix, inputs: Sequence[int], unit: int, column: int) -> Callable[[], Model]:
    """A single layer with the square as activation, for its unit j and its input k; x and y are both `inputs`."""

    def build() -> Model:
        slopes = [SQUARE.slope(u) for u in _product(matrix, inputs)]
        tables = {
            ("n", ">N"): len(inputs),
            ("m", ">N"): len(matrix),
            ("j", ">N"): unit,
            ("k", ">N"): column,
            ("c0", ">R"): 0,
            ("x", "N>R"): lambda k: _entry(inputs, k),
            ("y", "N>R"): lambda k: _entry(inputs, k),
            ("c", "N>R"): lambda k: k + 1,
            ("A", "NN>R"): lambda j, k: _entry(matrix, j, k),
            ("b", "N>R"): lambda j: 0,
            ("s", "N>R"): lambda j: _entry(slopes, j),
            ("sg", "R>R"): SQUARE.function,
        }
        return Model((Fraction(1),), tables)

    return build


def _product(matrix: Matrix, vector: Sequence[int]) -> list[int]:
    return [sum(a * v for a, v in zip(row, vector, strict=True)) for row in matrix]


def _entry(values: Any, *indices: int) -> int:
    """An entry of nested sequences, 0 outside."""
    for index in indices:
        if index >= len(values):
            return 0
        values = values[int(index)]
    return int(values)


def at_a_kink(
    model: Callable[[], Model], kink: int, slopes: Sequence[int], **vectors: Sequence[int]
) -> Callable[[], Model]:
    """The model with max(u - kink, 0) as activation, `slopes` as s (by layer, or of the one layer), other vectors."""

    def build() -> Model:
        found = model()
        layered = ("s", "NN>R") in found.tables
        tables: dict[tuple[str, str], Any] = {
            ("sg", "R>R"): lambda u: u + -kink if sign(u + -kink) > 0 else Fraction(0),
            ("s", "NN>R" if layered else "N>R"): lambda l, *_: _entry(slopes, l),
        }
        tables |= {(name, "N>R"): (lambda k, vector=vector: _entry(vector, k)) for name, vector in vectors.items()}
        return replace(found, tables={**found.tables, **tables})

    return build
