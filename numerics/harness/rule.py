"""The rule that decides about a mean at one look: refuted, corroborated or go on.

Its reasons and its measured error rates: docs/decision-rule.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .boundaries import FIRST_LOOK, constant_boundary, look_sizes, student_boundary
from .budget import ErrorBudget
from .tally import Array, Tally

SKEW_BASE, SKEW_FACTOR, SKEW_FACTOR_CORROBORATION = 20, 60, 240
"""Nothing is refuted before 20 + 60 skew^2 draws, nothing corroborated before 20 + 240 skew^2.

The error that Hall's correction leaves is of order skew^2 / n, through kurtosis and the error of the skewness
estimate itself, so the bound must have this form. Its factors are measured: see docs/decision-rule.md. A
corroboration has no second stream that must agree, hence the larger one; with 60, claims about a
lognormal(1) were falsely corroborated at 1.5 times the stated 1e-3. It costs nothing at eps = 1 %, which
asks for more draws anyway."""

HEAVIEST = 0.25
"""Nothing is decided while one draw carries a quarter of the squared deviations from the sample mean.

Then the deviation, and with it every quantile, is a statement about that draw. About the sample mean:
centred at the target a true refutation hides, because its shift inflates all squares alike."""

RARE = 0.01
"""Share of draws that a sample must have had the chance to show before it may be called tight (see `Rule`).

No rule can exclude that a law keeps its mean in an event rarer than its draws can show (Bahadur and Savage
1956); what it can do is say how rare. Also a corroboration, which is good for all later use, waits for this
chance."""

TIGHT_SHARE = 0.05
"""Share of each rate that is left to the rule for tight samples; the sequential tests have the rest."""

CONFIRMING_SHARE = 0.1
"""Share of the false-corroboration rate of the second stream, which is only run after a refutation."""


def hall(tally: Tally, u: Array) -> Array:
    """Return Hall's skew-corrected t statistic.

    With u = (mean - hypothesis) / deviation it is
    sqrt(n) (u + g u^2 / 3 + g^2 u^3 / 27 + g / (6 n)), g the sample skewness: a monotone transformation
    whose law is normal to order 1 / n where that of t is so to order skew / sqrt(n) only. Reference: P.
    Hall, On the removal of skewness by transformation, J. R. Statist. Soc. B 54 (1992) 221-228.
    """
    g = tally.skewness
    return np.asarray(math.sqrt(tally.n) * (u + g * u**2 / 3 + g**2 * u**3 / 27 + g / (6 * tally.n)))


def sound(tally: Tally, factor: float = SKEW_FACTOR) -> NDArray[np.bool_]:
    """Return where the sample is far enough from heavy tails for its t statistic to mean something."""
    enough = tally.n >= SKEW_BASE + factor * tally.skewness**2
    return np.asarray((tally.squares > 0) & enough & (tally.heaviest < HEAVIEST))


def plain_t(tally: Tally, gap: Array) -> Array:
    """Return gap / standard error; with no spread, infinite unless the gap is 0."""
    error = tally.deviation / math.sqrt(tally.n)
    ratio = gap / np.where(error > 0, error, 1.0)
    return np.asarray(np.where(error > 0, ratio, np.where(gap == 0, 0.0, np.copysign(np.inf, gap))))


@dataclass(frozen=True)
class Rule:
    """One stream's sequential test of "the mean is target", with its looks and boundaries.

    *Refuted*: the sample is `sound`, and both t and Hall's statistic for the nearer end of target +- tau
    lie beyond the two-sided boundary. *Corroborated*: it is sound by the stricter measure, has `seen`
    draws, and both statistics for either end of target +- delta lie beyond the one-sided boundary. Tight
    samples, whose spread may be mere rounding, need no statistics: with `seen` draws, corroborated if all
    lie within delta / 2 of the target; refuted if all lie beyond tau on one side and closer together than
    to the target.

    Attributes:
        max_draws: draws at the last look.
        refutation: chance that this stream refutes although the mean lies within tau of the target.
        corroboration: chance that it corroborates although the mean is off by delta or more.
        first: draws at the first look.
    """

    max_draws: int
    refutation: float
    corroboration: float
    first: int = FIRST_LOOK
    sizes: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", look_sizes(self.max_draws, self.first))

    @classmethod
    def stages(cls, budget: ErrorBudget, max_draws: int, first: int = FIRST_LOOK) -> tuple[Rule, Rule]:
        """Return the rules of the first stream and of the second, which must refute again.

        The streams are independent, so the rate of both refuting is the square of one stream's. A false
        corroboration may come from either stream: their rates add up.
        """
        refutation = math.sqrt(budget.false_refutation)
        second = CONFIRMING_SHARE * budget.false_corroboration
        return (
            cls(max_draws, refutation, budget.false_corroboration - second, first),
            cls(max_draws, refutation, second, first),
        )

    @property
    def seen(self) -> int:
        """Draws that miss an event of chance `RARE` at most as often as the share kept for that allows."""
        rate = TIGHT_SHARE * min(self.refutation, self.corroboration)
        return math.ceil(math.log(rate) / math.log1p(-RARE))

    @property
    def refutation_boundary(self) -> float:
        """Two-sided boundary of the refutation, on the normal scale."""
        return constant_boundary(self.sizes, (1 - TIGHT_SHARE) * self.refutation, two_sided=True)

    @property
    def corroboration_boundary(self) -> float:
        """One-sided boundary of the corroboration, over the looks that have `seen` draws."""
        late = tuple(n for n in self.sizes if n >= self.seen) or self.sizes[-1:]
        return constant_boundary(late, (1 - TIGHT_SHARE) * self.corroboration, two_sided=False)

    def refutes(self, tally: Tally, target: float, tau: float) -> NDArray[np.bool_]:
        """Return where this look refutes that the mean lies within tau of the target."""
        boundary = student_boundary(self.refutation_boundary, tally.n)
        shift = tally.mean - target
        gap = np.sign(shift) * np.maximum(np.abs(shift) - tau - tally.rounding, 0.0)
        u = gap / np.where(tally.deviation > 0, tally.deviation, 1.0)
        corrected = np.sign(gap) * hall(tally, u)
        beyond = (np.abs(plain_t(tally, gap)) > boundary) & (corrected > boundary) & (gap != 0)
        decided = sound(tally) & beyond
        if tally.n >= self.seen:
            nearest = np.maximum(tally.low - target, target - tally.high)  # of all draws, if on one side
            decided = decided | ((nearest > tau + tally.rounding) & (tally.high - tally.low <= nearest))
        return np.asarray(decided)

    def corroborates(self, tally: Tally, target: float, delta: float) -> NDArray[np.bool_]:
        """Return where this look corroborates that the mean lies within delta of the target."""
        if tally.n < self.seen:
            return np.zeros(np.shape(tally.mean), dtype=bool)
        boundary = student_boundary(self.corroboration_boundary, tally.n)
        inside = sound(tally, SKEW_FACTOR_CORROBORATION)
        for end, side in ((target - delta, 1.0), (target + delta, -1.0)):
            gap = tally.mean - end
            u = gap / np.where(tally.deviation > 0, tally.deviation, 1.0)
            inside = inside & (side * plain_t(tally, gap) > boundary) & (side * hall(tally, u) > boundary)
        tight = np.maximum(tally.high - target, target - tally.low) <= delta / 2
        return np.asarray(inside | tight)

    def needed(self, deviation: float, delta: float) -> float:
        """Return the draws that a corroboration needs at least, if the mean is right on the target."""
        return max(float(self.seen), (self.corroboration_boundary * deviation / delta) ** 2)
