"""Finite models of deep linear networks with random parameters: every layer takes one of finitely many matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from ..board.finite import Model

Matrix = tuple[tuple[int | Fraction, ...], ...]


def finite_network(
    layers: Sequence[Sequence[Matrix]],
    variances: Sequence[int | Fraction],
    *,
    x: Sequence[int] = (),
    tied: bool = False,
    biases: bool = False,
    **more: Any,
) -> Callable[[], Model]:
    """A network whose layers take their matrices independently, or all the same one (`tied`), equally probable.

    With `biases` the last column of a matrix is the bias of each unit. The input is the constant `x`, by default ones.
    `more` gives values of further symbols by name, functions of the layer too; q is 1, r the gain of the first layer.
    """
    count = len(layers)
    spare = int(biases)
    widths = [len(layers[0][0][0]) - spare, *(len(matrices[0]) for matrices in layers)] if layers else [len(x)]
    inputs = tuple(x) or (1,) * widths[0]
    choices = [(matrix,) * count for matrix in layers[0]] if tied else list(product(*layers))

    def weight(w: int, layer: int, j: int, k: int) -> int | Fraction:
        inside = layer < count and j < widths[int(layer) + 1] and k < widths[int(layer)]
        return choices[w][int(layer)][int(j)][int(k)] if inside else 0

    def bias(w: int, layer: int, j: int) -> int | Fraction:
        return choices[w][int(layer)][int(j)][-1] if layer < count and j < widths[int(layer) + 1] else 0

    def build() -> Model:
        tables: dict[tuple[str, str], Any] = {
            ("L", ">N"): count,
            ("j", ">N"): 0,
            ("n", "N>N"): lambda layer: widths[int(layer)] if layer <= count else 1,
            ("s2", "N>R"): lambda layer: variances[int(layer)] if layer < len(variances) else 0,
            ("q", ">R"): Fraction(1),
            ("r", ">R"): Fraction(widths[0]) * variances[0],
            ("t", ">R"): Fraction(1),
            ("x", "WN>R"): lambda w, k: inputs[int(k)] if k < len(inputs) else 0,
            ("A", "WNNN>R"): weight,
            ("b", "WNN>R"): bias,
            ("w", ">W"): 0,
            ("l", ">N"): 0,
            ("m", ">N"): widths[0],
            **{(name, "N>R" if callable(value) else ">R"): value for name, value in more.items()},
        }
        size = max(count + 1, *widths)
        return Model((Fraction(1, len(choices)),) * len(choices), tables, naturals=size)

    return build
