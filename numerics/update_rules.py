"""Updates of PyTorch's optimisers as functions of one weight, and how far they drive two almost equal ones apart.

The statement's rules U, A, B of an optimiser are `update`, `first` and `second`. `spread` bounds the distance of two
weights after one step, from that before it, with the rounding errors of both: each of its terms allows every operation
on either side four roundings, which covers fused operations and `lerp` as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch import nn

from .comparison import UNIT
from .forward_error import Array

ROUNDINGS = 8.0 * UNIT


@dataclass(frozen=True)
class Weights:
    """Weights with their two memories, or bounds on distances of them: three arrays of one shape."""

    weight: Array
    first: Array
    second: Array


class Rule(Protocol):
    """An optimiser and what it does to one weight."""

    def optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Return the live optimiser."""
        ...

    def update(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the weight after the step (the statement's U)."""
        ...

    def first(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the first memory after the step (the statement's A)."""
        ...

    def second(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the second memory after the step (the statement's B)."""
        ...

    def spread(self, step: int, now: Weights, slope: Array, gap: Weights, slope_gap: Array) -> Weights:
        """Bound the distances after the step of weights that are `gap` from `now`, under gradients that far apart."""
        ...


@dataclass(frozen=True)
class Descent:
    """torch.optim.SGD: with momentum (the first memory), Nesterov's variant, an L2 term, or uphill."""

    rate: float
    momentum: float = 0.0
    nesterov: bool = False
    decay: float = 0.0
    maximize: bool = False

    def optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Return the live optimiser."""
        return torch.optim.SGD(
            parameters,
            lr=self.rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.decay,
            maximize=self.maximize,
        )

    def first(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the momentum after the step."""
        return self.momentum * first + (-slope if self.maximize else slope) + self.decay * weight

    def second(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return 0: there is no second memory."""
        return 0.0

    def update(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the weight after the step."""
        direction = self.first(step, place, weight, slope, first, second)
        if self.nesterov:
            direction = (-slope if self.maximize else slope) + self.decay * weight + self.momentum * direction
        return weight - self.rate * direction

    def spread(self, step: int, now: Weights, slope: Array, gap: Weights, slope_gap: Array) -> Weights:
        """Bound the distances after the step: the update is linear."""
        size = np.abs(slope) + slope_gap + self.decay * (np.abs(now.weight) + gap.weight)
        fresh = slope_gap + self.decay * gap.weight + ROUNDINGS * size
        buffer_size = self.momentum * (np.abs(now.first) + gap.first) + size
        buffer = self.momentum * gap.first + fresh + ROUNDINGS * buffer_size
        moved_size, moved = buffer_size, buffer
        if self.nesterov:
            moved_size = size + self.momentum * buffer_size
            moved = fresh + self.momentum * buffer + ROUNDINGS * moved_size
        weight = gap.weight + self.rate * moved
        weight = weight + ROUNDINGS * (np.abs(now.weight) + gap.weight + self.rate * moved_size)
        return Weights(weight, buffer, np.zeros_like(buffer))


@dataclass(frozen=True)
class Adaptive:
    """torch.optim.Adam, or AdamW where `decay` is not 0: the memories are the moments."""

    rate: float
    decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Return the live optimiser."""
        if self.decay:
            return torch.optim.AdamW(parameters, lr=self.rate, betas=self.betas, eps=self.eps, weight_decay=self.decay)
        return torch.optim.Adam(parameters, lr=self.rate, betas=self.betas, eps=self.eps)

    def first(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the first moment after the step."""
        return self.betas[0] * first + (1.0 - self.betas[0]) * slope

    def second(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the second moment after the step."""
        return self.betas[1] * second + (1.0 - self.betas[1]) * slope * slope

    def _corrections(self, step: int) -> tuple[float, float]:
        return 1.0 - self.betas[0] ** (step + 1), math.sqrt(1.0 - self.betas[1] ** (step + 1))

    def update(self, step: int, place: int, weight: float, slope: float, first: float, second: float) -> float:
        """Return the weight after the step."""
        mean = self.first(step, place, weight, slope, first, second)
        square = self.second(step, place, weight, slope, first, second)
        bias, root = self._corrections(step)
        kept = weight - self.rate * self.decay * weight
        return kept - self.rate / bias * mean / (math.sqrt(square) / root + self.eps)

    def spread(self, step: int, now: Weights, slope: Array, gap: Weights, slope_gap: Array) -> Weights:
        """Bound the distances after the step: |sqrt x - sqrt y| <= min(sqrt |x - y|, |x - y| / sqrt x)."""
        (b1, b2), (bias, root) = self.betas, self._corrections(step)
        size = np.abs(slope) + slope_gap
        mean = b1 * now.first + (1.0 - b1) * slope
        first = b1 * gap.first + (1.0 - b1) * slope_gap + ROUNDINGS * (np.abs(now.first) + gap.first + size)
        square = b2 * now.second + (1.0 - b2) * slope * slope
        second = b2 * gap.second + (1.0 - b2) * (size + np.abs(slope)) * slope_gap
        second = second + ROUNDINGS * (now.second + gap.second + size * size)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.where(square > 0.0, np.minimum(np.sqrt(second), second / np.sqrt(square)), np.sqrt(second))
        below = np.sqrt(square) / root + self.eps
        below_gap = apart / root + ROUNDINGS * below
        ratio = np.abs(mean) / below
        quotient = (first + ratio * below_gap) / np.maximum(below - below_gap, self.eps / 2.0) + ROUNDINGS * ratio
        reach = self.rate / bias
        weight = gap.weight + reach * quotient
        weight = weight + ROUNDINGS * (np.abs(now.weight) + gap.weight + reach * (ratio + quotient))
        return Weights(weight, first, second)


def nothing(like: Array) -> Weights:
    """Return zeros of this shape."""
    return Weights(np.zeros_like(like), np.zeros_like(like), np.zeros_like(like))


def following(rule: Rule, step: int, now: Weights, slope: Array) -> Weights:
    """Return weights and memories after a step of the rule."""
    new = [np.empty_like(slope) for _ in range(3)]
    for place, kept in np.ndenumerate(now.weight):
        numbers = float(kept), float(slope[place]), float(now.first[place]), float(now.second[place])
        for column, change in zip(new, (rule.update, rule.first, rule.second), strict=True):
            column[place] = change(step, 0, *numbers)
    return replace(now, weight=new[0], first=new[1], second=new[2])
