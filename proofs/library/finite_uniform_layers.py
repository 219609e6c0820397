"""Finite models of layers as nn.Linear draws them: few rows of parameters, with the two moments of the uniform law."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from typing import Any

from ..board.finite import Model
from .finite_random_networks import Matrix, finite_network


def uniform_layer(fan_in: int, *, weight: int = 1, bias: int = 1, of: int = 0, units: int = 1) -> tuple[Matrix, ...]:
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


def uniform_network(*layers: Sequence[Matrix], half: bool = False, **more: Any) -> Callable[[], Model]:
    """A network of these layers, whose fan-ins are squares; a(l) is 1/sqrt(fan-in), or half of that."""
    widths = [len(layers[0][0][0]) - 1, *(len(matrices[0]) for matrices in layers)]
    bounds = [Fraction(1, (1 + half) * isqrt(width)) for width in widths]

    def bound(layer: int) -> Fraction:
        return bounds[int(layer)] if layer < len(bounds) else Fraction(0)

    return finite_network(layers, (1,), biases=True, a=bound, **more)


def sign_of_the_parameter() -> Model:
    """A parameter that is the sign itself, 1 or -1."""
    model = uniform_network(uniform_layer(1))()
    tables = {
        ("s", "W>R"): lambda w: 1 - 2 * (w % 2),
        ("U", "WN>R"): lambda w, k: 1 - 2 * (w % 2) if k == 0 else 0,
        ("r", ">R"): 1,
        ("d", ">N"): 1,
    }
    return replace(model, tables={**model.tables, **tables})


ONE_SIDED = tuple((row,) for row in ((1, 0), (-1, 0), (0, 1), (0, 1), (0, 0), (0, 0)))
EQUAL_WEIGHTS = *(((*(v,) * 4, c),) for v, c in ((1, 0), (-1, 0), (0, 1), (0, -1))), *[((0,) * 5,)] * 20
SAME = ((1, 1),), ((-1, -1),), *[((0, 0),)] * 4
HE = tuple(((v, c),) for v in (2, -2, 0, 0) for c in (1, -1, 0, 0, 0, 0))  # variances 2 and 1/3
UNIT_BIAS = tuple(((v, c),) for v in (1, -1, 0, 0, 0, 0) for c in (1, -1))  # variances 1/3 and 1
