"""When a sequential test looks, and how far out its boundary lies so that all looks together keep one rate.

At sample sizes n_1 < n_2 < ... the standardised sums Z_k = S_k / sqrt(n_k) are jointly normal with
corr(Z_j, Z_k) = sqrt(n_j / n_k), a Markov chain: given Z_{k-1} = z, Z_k is normal with mean z sqrt(n_{k-1}
/ n_k) and variance 1 - n_{k-1} / n_k. The chance of crossing a boundary at any look follows by carrying the
density of the paths that have not crossed from look to look (Armitage, McPherson and Rowe 1969; Jennison
and Turnbull 2000, chapter 19).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

RATIO = 1.25
"""Growth of the sample from look to look. A decision comes at most this factor late (on average about half
of it), and the boundary pays for only log(max / first) / log(1.25) looks; between 1.1 and 1.5 the cost is
flat."""

FIRST_LOOK = 32
"""Draws at the first look: two stages see 64, which leaves one of them a second look (40) within 80 draws.
Fewer are useless: below it the guard's skewness estimate (standard error sqrt(6 / n) for a normal law) is
mostly noise."""

_NODES = 96
"""Gauss-Legendre nodes a look. The integrand is entire and its narrowest factor has width sqrt(1 - 1 /
1.25) = 0.45 on an interval of length at most 18: 96 nodes agree with 400 to 1e-12 (tested)."""

_FAR = 9.0
"""Where a one-sided integral starts: P(Z < -9) = 1e-19."""


def look_sizes(max_draws: int, first: int = FIRST_LOOK) -> tuple[int, ...]:
    """Return the sample sizes of the looks: from `first` by factors of 1.25 to `max_draws`.

    Each is rounded up. A last step of under a tenth is merged into the look before it.

    Raises:
        ValueError: if `max_draws` < `first` or `first` < 2.
    """
    if first < 2:
        raise ValueError(f"first: found {first}, expected at least 2 draws")
    if max_draws < first:
        raise ValueError(f"max_draws: found {max_draws}, expected at least the first look's {first}")
    sizes = [first]
    while sizes[-1] < max_draws:
        sizes.append(min(max_draws, math.ceil(sizes[-1] * RATIO)))
    if len(sizes) > 2 and sizes[-1] < 1.1 * sizes[-2]:
        del sizes[-2]
    return tuple(sizes)


def crossing_probability(sizes: Sequence[int], boundary: float, *, two_sided: bool) -> float:
    """Return P(Z_k > boundary at some look) or, if `two_sided`, P(|Z_k| > boundary at some look)."""
    low = -boundary if two_sided else -_FAR
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = (boundary - low) / 2
    z: NDArray[np.float64] = low + half * (nodes + 1)
    w: NDArray[np.float64] = half * weights
    crossed = float(ndtr(-boundary)) * (2 if two_sided else 1)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    for before, now in itertools.pairwise(sizes):
        root = math.sqrt(before / now)
        spread = math.sqrt(1 - before / now)
        mass = w * density
        leave = ndtr((z * root - boundary) / spread)
        if two_sided:
            leave = leave + ndtr((-boundary - z * root) / spread)
        crossed += float(mass @ leave)
        step = (z[:, None] - root * z[None, :]) / spread
        density = np.exp(-step * step / 2) @ mass / (spread * math.sqrt(2 * math.pi))
    return crossed


@lru_cache(maxsize=256)
def constant_boundary(sizes: tuple[int, ...], rate: float, *, two_sided: bool) -> float:
    """Return the boundary that a path crosses at any of the looks with probability `rate` exactly.

    Constant on the scale of Z (Pocock 1977): at geometric looks Z is a stationary chain, so every look gets
    the same chance, and the expected sample size is near its least for all sizes of the effect at once.

    Raises:
        ValueError: for a rate that is not strictly between 0 and 1/2, or sizes that do not increase.
    """
    if not 0.0 < rate < 0.5:
        raise ValueError(f"rate: found {rate!r}, expected a rate strictly between 0 and 1/2")
    if not sizes or any(b <= a for a, b in itertools.pairwise(sizes)):
        raise ValueError(f"sizes: found {sizes}, expected one or more increasing sample sizes")
    sides = 2 if two_sided else 1
    least = float(-ndtri(rate / sides))  # one look; more looks need more, at most Bonferroni's
    most = float(-ndtri(rate / sides / len(sizes)))
    if len(sizes) == 1:
        return least

    def excess(boundary: float) -> float:
        return crossing_probability(sizes, boundary, two_sided=two_sided) / rate - 1

    return float(brentq(excess, least, most + 1e-6, xtol=1e-10))


def student_boundary(boundary: float, n: int) -> float:
    """Return where Student's t has the tail that a normal has beyond `boundary`.

    n - 1 degrees of freedom: the boundary at a look of n draws when the variance is estimated from them.
    Without it a stage of stated rate 1e-3 with early looks errs at 1.4e-3 on a normal law.
    """
    return float(-stdtrit(n - 1, ndtr(-boundary)))
