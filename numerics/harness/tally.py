"""Running moments of draws, of one run or of many runs at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Tally:
    """Sample size, mean, spread, skewness and extremes of draws that arrive block by block.

    The runs are the leading axes of the blocks, the draws the last: a block of shape (n,) is one run, (R,
    n) are R runs side by side (which is how the error rates of the rule are measured with the code that
    decides).

    Power sums are kept about the first draw of each run. It lies among the draws, so the subtraction of the
    mean loses at most the digits by which that draw is an outlier, and equal draws give a spread of exactly
    0.
    """

    def __init__(self) -> None:
        self.n = 0
        self._blocks = 0

    def add(self, block: ArrayLike) -> None:
        """Take in a block of shape (..., k), k >= 1."""
        x = np.asarray(block, dtype=np.float64)
        if self.n == 0:
            self._origin = x[..., :1].copy()
            zero = np.zeros(x.shape[:-1])
            self._sums = [zero, zero, zero]
            self.low: Array = x[..., 0]
            self.high: Array = x[..., 0]
        y = x - self._origin
        square = y * y
        self._sums = [
            self._sums[0] + y.sum(-1),
            self._sums[1] + square.sum(-1),
            self._sums[2] + np.einsum("...i,...i->...", square, y),
        ]
        self.low = np.minimum(self.low, x.min(-1))
        self.high = np.maximum(self.high, x.max(-1))
        self.n += x.shape[-1]
        self._blocks += 1

    def keep(self, runs: NDArray[np.bool_]) -> None:
        """Forget all but some runs of blocks of shape (R, k); `runs` has shape (R,)."""
        self._origin = self._origin[runs]
        self._sums = [total[runs] for total in self._sums]
        self.low, self.high = self.low[runs], self.high[runs]

    @property
    def mean(self) -> Array:
        """Sample mean of each run."""
        return np.asarray(self._origin[..., 0] + self._sums[0] / self.n)

    @property
    def squares(self) -> Array:
        """Sum of squared deviations from the sample mean, of each run."""
        m = self._sums[0] / self.n
        squares = np.maximum(self._sums[1] - self.n * m * m, 0.0)
        return np.asarray(np.where(self.high > self.low, squares, 0.0))

    @property
    def deviation(self) -> Array:
        """Sample standard deviation of each run (n - 1 degrees of freedom)."""
        return np.asarray(np.sqrt(self.squares / max(self.n - 1, 1)))

    @property
    def skewness(self) -> Array:
        """Sample skewness of each run, 0 where there is no spread."""
        m = self._sums[0] / self.n
        third = self._sums[2] - 3 * m * self._sums[1] + 2 * self.n * m**3
        squares = self.squares
        safe = np.where(squares > 0, squares, 1.0)
        return np.asarray(np.where(squares > 0, np.sqrt(self.n) * third / safe**1.5, 0.0))

    @property
    def heaviest(self) -> Array:
        """Largest share of one draw in the sum of squared deviations, 0 where there is no spread."""
        squares = self.squares
        safe = np.where(squares > 0, squares, 1.0)
        mean = self.mean
        reach = np.maximum(self.high - mean, mean - self.low)
        return np.asarray(np.where(squares > 0, reach * reach / safe, 0.0))

    @property
    def rounding(self) -> Array:
        """Bound on the rounding error of `mean` itself.

        With u = 2^-53: u |x| for the division of each draw by its scale, u |mean| for the last addition, and
        about the origin u |x - origin| for each of: the subtraction, at most 32 additions in NumPy's pairwise sum
        of up to 2^20 draws (19 in a block of 128, 13 to join the blocks), and one for each block added.
        """
        u = np.finfo(np.float64).eps / 2
        size = np.maximum(np.abs(self.low), np.abs(self.high))
        return np.asarray(u * (2 * size + (33 + self._blocks) * (self.high - self.low)))
