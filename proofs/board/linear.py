"""Exact linear algebra behind the certificates: equations by elimination, inequalities by a linear program."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

K = TypeVar("K", bound=Hashable)
Vector = Mapping[K, Fraction]


def combination(
    target: Vector[K], vectors: Sequence[Vector[K]], preferred: Sequence[K | None] = ()
) -> tuple[dict[int, Fraction], dict[K, Fraction]]:
    """(coefficients, remainder) with target = sum of coefficients * vectors + remainder; remainder {} where possible.

    Each vector eliminates its `preferred` key where it can, so that a remainder is written in the others.
    """
    pivots: list[tuple[K, dict[K, Fraction], dict[int, Fraction]]] = []

    def reduce(vector: dict[K, Fraction], made_of: dict[int, Fraction]) -> None:
        for key, pivot, parts in pivots:
            factor = vector.get(key)
            if factor:
                _subtract(vector, pivot, factor)
                _subtract(made_of, parts, factor)

    for number, row in enumerate(vectors):
        vector, made_of = dict(row), {number: Fraction(1)}
        reduce(vector, made_of)
        if vector:
            wish = preferred[number] if number < len(preferred) else None
            small = min(vector, key=lambda k: abs(vector[k].numerator) + vector[k].denominator)
            key = wish if wish in vector else small
            scale = vector[key]
            pivots.append((key, {k: v / scale for k, v in vector.items()}, {k: v / scale for k, v in made_of.items()}))
    rest = dict(target)
    used: dict[int, Fraction] = {}
    reduce(rest, used)
    return {k: -v for k, v in used.items()}, rest


def _subtract(vector: dict[K, Fraction], other: Mapping[K, Fraction], factor: Fraction) -> None:
    for key, value in other.items():
        new = vector.get(key, Fraction(0)) - factor * value
        if new:
            vector[key] = new
        else:
            vector.pop(key, None)


def program(
    target: Vector[K], free: Sequence[Vector[K]], positive: Sequence[Vector[K]], strict: Sequence[int] | None = None
) -> tuple[dict[int, Fraction], dict[int, Fraction]] | None:
    """(a, b) with target = sum a free + sum b positive exactly and b >= 0, or None if none was found.

    With `strict`, some b among those is positive. A vertex comes from a floating-point linear program; its support is
    then solved in rationals.
    """
    keys = {key: i for i, key in enumerate(dict.fromkeys(k for v in (target, *free, *positive) for k in v))}
    columns = [*free, *positive]
    if not columns:
        return ({}, {}) if not target and strict is None else None
    entries = [(keys[k], j, float(v)) for j, column in enumerate(columns) for k, v in column.items()]
    rows, cols, data = zip(*entries, strict=True) if entries else ((), (), ())
    equations = coo_matrix((data, (rows, cols)), shape=(max(len(keys), 1), len(columns)))
    rhs = np.zeros(max(len(keys), 1))
    for k, v in target.items():
        rhs[keys[k]] = float(v)
    cost = np.zeros(len(columns))
    cost[len(free) :] = 1e-3
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * len(free) + [(0, None)] * len(positive)
    for number in strict or ():
        cost[len(free) + number] = -1
        bounds[len(free) + number] = (0, 1)
    found = linprog(cost, A_eq=equations, b_eq=rhs, bounds=bounds, method="highs")
    if found.x is None or found.status != 0:
        return None
    support = [j for j, value in enumerate(found.x) if abs(value) > 1e-9]
    return _exact(target, columns, support, len(free), strict, found.x)


def _exact(
    target: Vector[K],
    columns: Sequence[Vector[K]],
    support: list[int],
    size: int,
    strict: Sequence[int] | None,
    guess: Sequence[float],
) -> tuple[dict[int, Fraction], dict[int, Fraction]] | None:
    simple = {j: Fraction(float(guess[j])).limit_denominator(1000) for j in support}
    rest = dict(target)
    for j, c in simple.items():
        _subtract(rest, columns[j], c)
    if rest:
        solution, rest = combination(target, [columns[j] for j in support])
        simple = {support[i]: c for i, c in solution.items() if c}
    if rest or any(c < 0 for j, c in simple.items() if j >= size):
        return None
    if strict is not None and not any(simple.get(size + j, 0) > 0 for j in strict):
        return None
    free = {j: c for j, c in simple.items() if j < size and c}
    return free, {j - size: c for j, c in simple.items() if j >= size and c}
