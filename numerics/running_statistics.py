"""Two live batch normalisations that saw the same batches, one behind a bias: what its statistics remember of it."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from .comparison import UNIT, gamma
from .harness.streams import Stream
from .normalization_live import SHAPES, Array, Live, Moments, rows, subset

T = 3.0
"""The bias of the second layer, added to one channel."""


class Pair:
    """Two equal layers after k batches in training mode, now in evaluation mode; the second had a bias T all the time.

    The running figures are convex combinations of those at the start and those of the batches, and so are their
    errors; each of k steps rounds four times. That gives `mean_error` and `variance_error`, from the batches as the
    second layer saw them.

    Attributes:
        al: the momentum.
        k: the number of batches.
        c: the channel that has the bias.
        inputs: some pre-activations z of channel c, without the bias, for evaluation mode.
    """

    def __init__(self, stream: Stream, al: float, k: int) -> None:
        shape = SHAPES[1]
        self.al, self.k, self.c = al, k, k % shape.m
        self.plain, self.moved = Live(stream, shape), Live(stream, shape)
        with torch.no_grad():
            self.moved.bias[self.c] += T
        draw = stream.spawn("batches").generator()
        sizes = (k, shape.batch, shape.inputs, shape.height, shape.width)
        batches = torch.from_numpy(draw.standard_normal(sizes))
        self.start = float(draw.standard_normal()), 0.5 + abs(float(draw.standard_normal()))
        for live in (self.plain, self.moved):
            norm = cast("nn.BatchNorm2d", live.norm)
            norm.momentum = al
            cast("Tensor", norm.running_mean).fill_(self.start[0])
            cast("Tensor", norm.running_var).fill_(self.start[1])
            for batch in batches:
                live(batch)
            norm.eval()
        self.handed = [self.plain.preactivation(batch)[0][self.c] for batch in batches]
        self.z, self.z_error = (found[self.c] for found in self.plain.preactivation(self.plain.x))
        self.picked = subset(shape.positions, 4)
        self.inputs = self.z[self.picked]
        self._bound([self.moved.preactivation(batch) for batch in batches], shape.positions)

    def _bound(self, seen: list[tuple[Array, Array]], n: int) -> None:
        found = [Moments.of(y, 2.0 * error) for y, error in seen]
        c, unbiased = self.c, n / (n - 1)
        self.mean_size = max([abs(self.start[0]), *(float(np.abs(f.x[c]).max()) for f in found)])
        self.mean_error = max([0.0, *(float(f.mean_error[c, 0]) for f in found)])
        self.mean_error += gamma(4 * self.k + 4) * self.mean_size
        size = max([self.start[1], *(unbiased * float(f.variance[c, 0]) for f in found)])
        self.variance_error = max([0.0, *(unbiased * float(f.variance_error[c, 0]) for f in found)])
        self.variance_error += gamma(4 * self.k + 8) * size

    @property
    def running_mean(self) -> float:
        """The live running mean of channel c, with the bias."""
        return float(cast("Tensor", cast("nn.BatchNorm2d", self.moved.norm).running_mean)[self.c])

    @property
    def running_variance(self) -> float:
        """The live running variance of channel c, with the bias."""
        return float(cast("Tensor", cast("nn.BatchNorm2d", self.moved.norm).running_var)[self.c])

    def lag(self) -> tuple[Array, Array, float]:
        """Return (difference of the live outputs at `inputs`, its tolerance, the difference before any batch)."""
        with torch.no_grad():
            difference = rows(self.moved())[self.c] - rows(self.plain())[self.c]
        low = self.running_variance + self.plain.norm.eps - 2.0 * self.variance_error
        a = abs(float(self.plain.scale[self.c])) / np.sqrt(low)
        reach = np.abs(self.z) + T + self.mean_size
        error = a * (self.z_error + self.mean_error + reach * (self.variance_error / low + 8.0 * UNIT))
        error += gamma(8) * (a * reach + abs(float(self.plain.offset[self.c])))
        return difference[self.picked], 4.0 * error[self.picked], float(a * T)

    def values(self) -> dict[str, object]:
        """What the statement's symbols stand for, but for z."""
        return self.plain.values() | {
            "Y": lambda s, i: float(self.handed[s][i]),
            "r0": self.start[0],
            "v0": self.start[1],
            "al": self.al,
            "t": T,
            "k": self.k,
            "c": self.c,
        }

    def detail(self) -> dict[str, object]:
        """The case as plain numbers, for a witness."""
        return {"momentum": self.al, "batches": self.k, "t": T, "channel": self.c} | self.plain.detail()
