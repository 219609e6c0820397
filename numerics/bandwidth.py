"""The Gaussian score as its bandwidth goes to 0: the live scaled score against the error bound and the limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from ..models import svm
from .comparison import UNIT, Check, Key, compare, gamma
from .forward_error import Array
from .harness.evidence import Evidence
from .harness.experiment import Trial


@dataclass(frozen=True)
class _Query:
    """Points X (n, d) with labels y, coefficients alpha and support S in {0, 1} (n,), and a query x (d,).

    The score sums over the support only; a point outside it has a coefficient that must not matter.

    Points and queries are eighths of integers, so that squared distances are exact and ties are ties.
    """

    X: Array
    y: Array
    alpha: Array
    S: Array
    x: Array

    @property
    def distances(self) -> Array:
        """Squared distances of the query to all points, exact."""
        return np.asarray(((self.X - self.x) ** 2).sum(axis=1))

    def nearest(self, over: str) -> tuple[float, float]:
        """Return (rho, g): a squared distance and its gap to the next one of a support vector.

        rho is the smallest over the "support", over "all" points, or (for a twin) the "largest" over the support.
        Without a further support vector the gap is any positive number: 1.
        """
        inside = self.distances if over == "all" else self.distances[self.S != 0.0]
        rho = float(inside.max() if over == "largest" else inside.min())
        further = self.distances[(self.S != 0.0) & (self.distances > rho)]
        return rho, float(further.min()) - rho if further.size else 1.0

    def values(self, over: str) -> dict[str, object]:
        """Return what the statement's symbols stand for."""
        rho, gap = self.nearest(over)
        return {
            "n": len(self.y),
            "d": len(self.x),
            "X": self.X,
            "y": self.y,
            "al": self.alpha,
            "x": self.x,
            "S": self.S.astype(bool),
            "rho": rho,
            "g": gap,
        }

    def tensors(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return X, y, alpha (0 off the support) and x (1, d) for the live predictors."""
        return (
            torch.from_numpy(self.X),
            torch.from_numpy(self.y),
            torch.from_numpy(self.alpha * self.S),
            torch.from_numpy(self.x[None, :]),
        )

    def live(self, sigma: float) -> svm.ScaledScore:
        """Return the live score with its largest exponential taken out."""
        X, y, alpha, x = self.tensors()
        return svm.rbf_scaled_score(alpha, X, y, x, sigma)

    def detail(self, sigma: float) -> dict[str, object]:
        """Return the query as plain numbers, for a witness."""
        names = {"X": self.X, "y": self.y, "alpha": self.alpha, "S": self.S, "x": self.x}
        return {"sigma": sigma} | {name: value.tolist() for name, value in names.items()}


def _query(trial: Trial, key: Key) -> _Query:
    """Draw a query of one of five kinds: generic, tie, cancelling tie, on a point, off the support."""
    kind = str(key[0])
    draw = trial.stream.spawn(*key).generator()
    n, d = int(draw.integers(4, 9)), int(draw.integers(1, 4))
    X = draw.integers(-16, 17, (n, d)) / 8.0
    y = draw.choice([-1.0, 1.0], n)
    alpha = draw.integers(1, 33, n) / 16.0
    S = np.ones(n)
    S[-1] = 0.0  # a point outside the support
    x = draw.integers(-16, 17, d) / 8.0 + 0.0625  # between the points of the grid: no distance is 0
    if kind == "on a point":
        x = X[0].copy()
    elif kind == "off the support":
        X[-1] = x  # the nearest of all points is no support vector
    elif kind in ("tie", "cancelling tie"):
        # two nearest vectors, mirror images in x, the others further out
        offset = np.full(d, 0.125)
        X[0], X[1] = x + offset, x - offset
        X[2:] = x + np.sign(X[2:] - x + 1e-3) * (np.abs(X[2:] - x) + 0.25)
        y[0], y[1] = 1.0, -1.0
        alpha[0], alpha[1] = (0.6875, 1.3125) if kind == "tie" else (0.75, 0.75)
    return _Query(X, y, alpha, S, x)


def _rounding(query: _Query) -> float:
    """Bound the rounding of the live scaled score: exponents are exact but for two roundings, exp 2 ulp, a sum of n.

    |u exp(-u) error| <= u exp(-u) (2 u_r) <= u_r for every exponent u, so each term errs by at most 8 u_r |c_i|.
    """
    return float((gamma(len(query.y) + 12)) * np.abs(query.alpha).sum()) + 8.0 * UNIT


KINDS = ("generic", "tie", "cancelling tie", "on a point", "off the support")


def limit(trial: Trial) -> Evidence:
    """Shrink the bandwidth, and compare the scaled live score with the bound and the limit of the statement."""
    option = trial.options
    over, scaled = str(option["over"]), bool(option["scaled"])
    repeats = 3 if trial.profile == "quick" else 60
    kinds, parts = cast("tuple[str, ...]", option["kinds"]), cast("tuple[str, ...]", option["parts"])

    def examine(key: Key) -> Iterator[Check]:
        query = _query(trial, key)
        values = query.values(over)
        rho, _ = query.nearest(over)
        allowance = 2.0 * _rounding(query)
        target = float(trial.formulas.right("limit", **values))
        for sigma in (4.0, 1.0, 0.5, 0.25, 0.125, 2.0**-6, 2.0**-9):
            score = query.live(sigma)
            # the nearest support vector's exponential is out; the statement takes out that of rho
            exponent = float(score.log_scale[0]) + (rho / (2.0 * sigma * sigma) if scaled else 0.0)
            # beyond 700 the scaled score would overflow: larger than any limit
            value = float(score.scaled[0]) * (math.exp(exponent) if exponent < 700.0 else math.inf)
            detail = query.detail(sigma)
            if "error bound" not in parts:
                continue
            bound = float(trial.formulas.right("error bound", **values, s=sigma))
            error = abs(value - target)
            yield Check("distance from the limit, against the bound", error, bound, allowance, "<=", detail)
        # at the last bandwidth the bound is below rounding: gap >= 1/64, gap / (2 sigma^2) >= 2048
        yield Check("scaled score at the smallest bandwidth", value, target, allowance, "=", detail)

    return compare(
        trial,
        str(option["name"]),
        [(kind, repeat) for repeat in range(repeats) for kind in kinds],
        examine,
        holds="the scaled score keeps the error bound down to sigma = 2^-9 and ends at the sum over the nearest",
    )


def underflow(trial: Trial) -> Evidence:
    """Go to bandwidths at which the raw live score is 0.0, and read the sign off the scaled one."""
    repeats = 5 if trial.profile == "quick" else 100
    by_label = bool(trial.options["by_label"])
    kinds = cast("tuple[str, ...]", trial.options["kinds"])

    def examine(key: Key) -> Iterator[Check]:
        query = _query(trial, key)
        values = query.values("support")
        rho, _ = query.nearest("support")
        target = float(trial.formulas.right("limit", **values))
        sigma = 2.0 ** math.floor(math.log2(math.sqrt(rho) / 40.0))  # raw exponent below -800
        X, y, alpha, x = query.tensors()
        raw = svm.svm_predictor(alpha, X, y, x, svm.rbf(sigma))
        detail = query.detail(sigma)
        yield Check("the raw score underflows to 0.0", float(raw[0]), 0.0, 0.0, "=", detail)
        sign = float(torch.sign(query.live(sigma).scaled)[0])
        if by_label:  # the misconception: the label of a nearest vector
            inside = np.where(query.S != 0.0, query.distances, np.inf)
            yield Check(
                "sign of the score, label of a nearest", sign, query.y[int(np.argmin(inside))], 0.0, "=", detail
            )
            return
        yield Check("sign of the scaled score, sign of the limit", sign, float(np.sign(target)), 0.0, "=", detail)

    return compare(
        trial,
        "sign-below-underflow",
        [(kind, repeat) for repeat in range(repeats) for kind in kinds],
        examine,
        holds="where the raw score is 0.0 the scaled one has the sign of the sum over the nearest vectors",
    )
