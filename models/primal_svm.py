"""Support vector machines with a bias: the two hard margin programs, a solver, and exact certificates of its answers.

A solution is a vector (d + 1,): the normal vector v and then the bias b. Both programs ask for margins
y_i (x_i . v + b) >= 1; with a `penalised` bias the objective is 1/2 (|v|^2 + b^2) (a 1 is appended to the
points), else it is 1/2 |v|^2.

Reference: Boyd and Vandenberghe, Convex Optimization (2004), sections 5.2.3 and 8.6.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import scipy.optimize
import torch
from numpy.typing import NDArray
from torch import Tensor

from .kernels import checked_points
from .svm import _labels

FTOL = 1e-15
"""The precision goal that SLSQP is given for the objective."""


@dataclass(frozen=True)
class Certificate:
    """What a point proves about the least value of a program, in exact rational arithmetic.

    `feasible` (d + 1) is the point, scaled until its least margin is 1, and `upper` its value. `lower` is the value
    of a dual point. So lower <= least value <= upper, whoever proposed the point and however badly.
    """

    feasible: tuple[Fraction, ...]
    lower: Fraction
    upper: Fraction


@dataclass(frozen=True)
class MarginProgram:
    """The hard margin program of points x (n, d), labels y (n,) in {-1, 1} and a bias that is penalised or free."""

    x: Tensor
    y: Tensor
    penalised: bool

    def __post_init__(self) -> None:
        _labels(self.y, checked_points("x", self.x).shape[0])

    def margins(self, solution: Tensor) -> Tensor:
        """Return y_i (x_i . v + b), shape (n,), for a solution (d + 1,); differentiable."""
        return self.y * (self.x @ solution[:-1] + solution[-1])

    def value(self, solution: Tensor) -> Tensor:
        """Return the objective, a scalar, for a solution (d + 1,); differentiable."""
        counted = solution if self.penalised else solution[:-1]
        return 0.5 * (counted @ counted)

    def solve(self, start: Tensor | None = None) -> Tensor:
        """Return SLSQP's answer (d + 1,), from `start` or from 0; `certify` says how good it is."""
        first = torch.zeros(self.x.shape[1] + 1, dtype=torch.float64) if start is None else start.double()
        rows = self.constraints()
        weights = torch.ones_like(first)
        weights[-1] = float(self.penalised)
        found = scipy.optimize.minimize(
            lambda z: float(self.value(torch.from_numpy(z))),
            first.numpy(),
            jac=lambda z: weights.numpy() * z,
            method="SLSQP",
            constraints={
                "type": "ineq",
                "fun": lambda z: self.margins(torch.from_numpy(z)).numpy() - 1.0,
                "jac": lambda z: rows,
            },
            options={"ftol": FTOL, "maxiter": 200},
        )
        return torch.from_numpy(np.array(found.x, dtype=np.float64))

    def certify(self, solution: Tensor) -> Certificate:
        """Return exact bounds on the least value from a solution (d + 1,).

        Multipliers come from a nonnegative least squares fit of the gradient and are made dual feasible in
        rational arithmetic. Raises ValueError if the solution has a margin that is not positive.
        """
        rows = self.constraints()
        exact = [[Fraction(float(entry)) for entry in row] for row in rows]
        point = [Fraction(float(entry)) for entry in solution]
        least = min(sum(m * z for m, z in zip(row, point, strict=True)) for row in exact)
        if least <= 0:
            raise ValueError(f"solution: expected positive margins, the least is {float(least):.3g}")
        feasible = tuple(z / least for z in point)
        gradient = solution.double().numpy().copy()
        gradient[-1] *= float(self.penalised)
        fitted, _ = scipy.optimize.nnls(rows.T, gradient)
        multipliers = self._balanced([Fraction(float(entry)) for entry in fitted])
        columns = list(zip(*exact, strict=True))
        normal = [sum(m * w for m, w in zip(column, multipliers, strict=True)) for column in columns]
        total, square = sum(multipliers), self._square(normal)
        lower = Fraction(total) ** 2 / (2 * square) if square else Fraction(0)  # the best multiple of the multipliers
        return Certificate(feasible, lower, self._square(feasible) / 2)

    def constraints(self) -> NDArray[np.float64]:
        """Return the matrix (n, d + 1) by which the margins depend on a solution: the Jacobian of `margins`."""
        zero = torch.zeros(self.x.shape[1] + 1, dtype=torch.float64)
        rows = torch.autograd.functional.jacobian(self.margins, zero)  # type: ignore[no-untyped-call]  # no types
        return np.asarray(rows)

    def _balanced(self, multipliers: list[Fraction]) -> list[Fraction]:
        """Multipliers with sum_i y_i multiplier_i = 0, which a free bias asks for: one class is scaled."""
        if self.penalised:
            return multipliers
        labels = [int(label) for label in self.y]
        sums = {s: sum(m for m, label in zip(multipliers, labels, strict=True) if label == s) for s in (-1, 1)}
        if not sums[1]:
            return [Fraction(0)] * len(multipliers)
        scale = Fraction(sums[-1]) / sums[1]
        return [m * scale if label == 1 else m for m, label in zip(multipliers, labels, strict=True)]

    def _square(self, vector: tuple[Fraction, ...] | list[Fraction]) -> Fraction:
        counted = vector if self.penalised else vector[:-1]
        return sum((z * z for z in counted), Fraction(0))


def two_points(a: float, d: int, *, penalised: bool) -> MarginProgram:
    """Return the program of e_1 with label 1 and -a e_1 with label -1 in d >= 1 dimensions (float64)."""
    if d < 1:
        raise ValueError(f"d: expected at least one dimension, got {d}")
    x = torch.zeros((2, d), dtype=torch.float64)
    x[0, 0], x[1, 0] = 1.0, -a
    return MarginProgram(x, torch.tensor([1.0, -1.0], dtype=torch.float64), penalised)
