"""The two programs with a bias on live objects: exact grids, a solver with certificates, and what they say of a claim.

Nothing here has a tolerance: grids consist of dyadic numbers, on which torch computes exactly, and what the
solver proposes is judged in rational arithmetic.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..models.primal_svm import MarginProgram, two_points
from .comparison import Check
from .harness.experiment import Formulas

Solution = tuple[Fraction, ...]
"""A normal vector and then a bias, d + 1 entries."""
Program = Literal["first", "second"]
"""With the bias as an appended coordinate, or by itself."""

SHARP = Fraction(1, 2**30)
"""How far apart the certified bounds of a solver's answer may lie: a solver that does worse has failed."""
SHORT = 4096
"""Entries of solutions are fractions with denominators up to this."""


def one_point(d: int, *, penalised: bool) -> MarginProgram:
    """Return the program of the single point e_1 with label 1 in d dimensions."""
    x = torch.zeros((1, d), dtype=torch.float64)
    x[0, 0] = 1.0
    return MarginProgram(x, torch.ones(1, dtype=torch.float64), penalised)


def live(program: Program, d: int, a: Fraction | None) -> MarginProgram:
    """Return the live program: of e_1 and -a e_1, or of e_1 alone if there is no a."""
    penalised = program == "first"
    return one_point(d, penalised=penalised) if a is None else two_points(float(a), d, penalised=penalised)


def tensor(solution: Sequence[Fraction]) -> Tensor:
    """Return a solution in float64; exact for dyadic entries."""
    return torch.tensor([float(entry) for entry in solution], dtype=torch.float64)


def values(program: Program, solution: Sequence[Fraction], a: Fraction | None) -> Mapping[str, object]:
    """Return what the symbols of the statement stand for at a solution."""
    d = len(solution) - 1
    place = {} if a is None else {"a": a}
    if program == "first":
        return {"u": list(solution), "d": d, **place}
    return {"v": list(solution[:-1]), "b": solution[-1], "d": d, **place}


def region(a: Fraction | None) -> str:
    """Return which of the two cases of the first program applies."""
    return "" if a is None else ", a >= 3" if a >= 3 else ", a < 3"


def dyadic(draw: np.random.Generator, shape: Sequence[int], size: int = 16) -> NDArray[np.object_]:
    """Return multiples of 1/8 up to size/8, as exact fractions."""
    flat = [Fraction(int(q), 8) for q in draw.integers(-size, size + 1, int(np.prod(shape)))]
    array = np.empty(len(flat), dtype=object)
    array[:] = flat
    return array.reshape(tuple(shape))


def grid(d: int, low: int, high: int, step: Fraction | int) -> list[Solution]:
    """Return solutions with entries on a grid: first coordinate and bias in [low, high], the others in -1/2, 0, 1/2."""
    line = [Fraction(low + step * q) for q in range(int((high - low) / step) + 1)]
    others = [Fraction(q, 2) for q in (-1, 0, 1)]
    return list(itertools.product(line, *[others] * (d - 1), line))


def minimisers(program: MarginProgram, points: Sequence[Solution]) -> list[bool]:
    """Return which points have the least live value among those whose live margins are all at least 1, if any."""
    found = [tensor(point) for point in points]
    least: list[float | None] = []
    for point in found:
        feasible = bool((program.margins(point) >= 1.0).all())
        least.append(float(program.value(point)) if feasible else None)
    best = min((value for value in least if value is not None), default=None)
    return [value is not None and value == best for value in least]


def grid_checks(
    formulas: Formulas,
    growth: str,
    part: str,
    program: Program,
    d: int,
    a: Fraction | None,
    points: Sequence[Solution],
) -> Iterator[Check]:
    """Compare the live minimisers on a grid that contains a solution with what the statement says are solutions.

    Live values are compared with the statement's at every seventh point of the grid.
    """
    problem = live(program, d, a)
    best = minimisers(problem, points)
    stated = [bool(formulas.right(part, **values(program, point, a))) for point in points]
    entries = {f"entry {index}": [float(point[index]) for point in points] for index in range(d + 1)}
    detail = {"a": None if a is None else str(a), "d": d}
    yield Check(
        "is a live minimiser, is a solution by the statement",
        [float(found) for found in best],
        [float(found) for found in stated],
        detail=detail,
        entries=entries,
    )
    for point in points[::7]:
        value = float(problem.value(tensor(point)))
        meant = float(formulas.right(growth, **values(program, point, a)))
        yield Check("live value, the statement's", value, meant, detail=detail | {"point": [str(z) for z in point]})


def solver_checks(
    formulas: Formulas,
    growth: str,
    solution: str,
    program: Program,
    d: int,
    a: Fraction | None,
    start: Sequence[float],
) -> Iterator[Check]:
    """Compare the statement with what the live solver finds from `start`, exactly, by the certificate of its answer.

    The bounds of the certificate hold whatever the solver did: lower <= least value <= upper. The answer itself is
    known up to rounding; the nearest short fractions are the solution that it found.
    """
    problem = live(program, d, a)
    answer = problem.solve(torch.tensor(list(start), dtype=torch.float64))
    certificate = problem.certify(answer)
    found = tuple(Fraction(float(entry)).limit_denominator(SHORT) for entry in answer)
    detail = {
        "a": None if a is None else str(a),
        "start": list(start),
        "answer": answer.tolist(),
        "solution": [str(entry) for entry in found],
        "certified": [float(certificate.lower), float(certificate.upper)],
    }
    width = certificate.upper - certificate.lower
    yield Check("width of the certificate", float(width), float(SHARP), 0.0, "<=", detail)
    at = values(program, certificate.feasible, a)
    excess = Fraction(formulas.left(growth, **at)) - Fraction(formulas.right(growth, **at))
    yield Check("bound minus value, at the solver's feasible point", float(excess), 0.0, 0.0, "<=", detail)
    short = values(program, found, a)
    below = certificate.lower - Fraction(formulas.left(growth, **short))
    yield Check("certified lower bound minus the stated optimum", float(below), 0.0, 0.0, "<=", detail)
    stated = [float(formulas.left(solution, **short)), float(formulas.right(solution, **short))]
    yield Check("what the solver finds meets both sides of the statement", stated, 1.0, detail=detail)
