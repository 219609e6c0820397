"""Functions of one real that are live in PyTorch, with one of them the greatest at a point, or with a flaw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .comparison import Key
from .forward_error import Array
from .harness.experiment import Trial

STEP = 2.0**-20
"""The step of difference quotients; all numbers below are short dyadic ones, so that nothing is rounded."""

Curve = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Family:
    """Live functions of one real, and what they are at the point a.

    slopes: their derivatives at a (nan where there is none); bend: the greatest factor of (x - a)^2 among them.
    """

    curves: Sequence[Curve]
    a: float
    slopes: Sequence[float]
    bend: float = 0.0

    def values(self, x: float | Tensor) -> Tensor:
        """Return the values at x, one entry for each function."""
        point = torch.as_tensor(x, dtype=torch.float64)
        return torch.stack([member(point) for member in self.curves])

    def ranked(self) -> Array:
        """Return the values at a."""
        return np.asarray(self.values(self.a).detach().numpy())

    def symbols(self) -> dict[str, object]:
        """Return what the statement's symbols stand for."""
        return {
            "n": len(self.curves) - 1,
            "a": self.a,
            "f": lambda i, x: float(self.values(float(x))[i]),
            "s": np.nan_to_num(np.array(self.slopes)),
        }

    def detail(self) -> dict[str, object]:
        """Return the family as plain numbers, for a witness."""
        return {"a": self.a, "values at a": self.ranked().tolist(), "slopes at a": [str(s) for s in self.slopes]}


def quotients(family: Family, step: float = STEP) -> list[float]:
    """Return the difference quotients of the live maximum from the right and from the left."""
    start = float(torch.amax(family.values(family.a), 0))
    return [(float(torch.amax(family.values(family.a + h), 0)) - start) / h for h in (step, -step)]


def curve(height: float, slope: float, bend: float, a: float) -> Curve:
    """height + slope (x - a) + bend (x - a)^2"""
    return lambda x: height + slope * (x - a) + bend * (x - a) ** 2


def bent(height: float, slope: float, a: float) -> Curve:
    """Continuous with a kink at a, where it has no derivative."""
    return lambda x: height + slope * (x - a).abs()


def jumping(height: float, a: float) -> Curve:
    """`height` at a, and higher than all else beside it."""
    return lambda x: torch.where(x == a, height, 8.0 + 0.0 * x)


def drawn(trial: Trial, key: Key, kind: str) -> tuple[Family, int]:
    """Draw a family with one greatest function at a, and its index; `kind` says what is wrong with it otherwise.

    The others are curves or have kinks at a. kind "tie": two are the greatest, with other slopes; "jump": another one
    jumps above it beside a; "least": the index is that of the one least function.
    """
    draw = trial.stream.spawn(*key, "family").generator()
    count = int(draw.integers(2, 7))
    a = float(draw.integers(-8, 9)) / 4.0
    heights = draw.permutation(count) / 2.0
    slopes = [float(s) / 4.0 for s in draw.choice(np.arange(-12, 13), count, replace=False)]
    bends = [float(b) / 4.0 for b in draw.integers(-4, 5, count)]
    p = int(np.argmin(heights) if kind == "least" else np.argmax(heights))
    curves = [curve(heights[i], slopes[i], bends[i], a) for i in range(count)]
    other = (p + 1) % count
    if kind == "tie":
        curves[other] = curve(heights[p], slopes[other], bends[other], a)
    elif kind == "jump":
        curves[other] = jumping(heights[other], a)
    elif kind == "one" and count > 2:
        curves[other], slopes[other] = bent(heights[other], slopes[other], a), float("nan")
    return Family(curves, a, slopes, max(map(abs, bends))), p
