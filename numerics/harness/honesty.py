"""Error rates of the decision rule, measured: many runs side by side, through the very code that decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .boundaries import constant_boundary, look_sizes
from .tally import Tally

Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.floating[Any]]]
"""Returns draws of shape (runs, n) of one law."""

UNDECIDED, REFUTED, CORROBORATED = 0, 1, 2


class LookRule(Protocol):
    """What `Rule` offers, and what a rival rule must offer to be measured beside it."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Draws at each look."""
        ...

    def refutes(self, tally: Tally, target: float, tau: float) -> NDArray[np.bool_]:
        """Return where this look refutes."""
        ...

    def corroborates(self, tally: Tally, target: float, delta: float) -> NDArray[np.bool_]:
        """Return where this look corroborates."""
        ...


@dataclass(frozen=True)
class PlainZ:
    """The rival: the usual z test at every look, with the same exact boundary for the looks and no guard."""

    max_draws: int
    refutation: float
    corroboration: float
    first: int = 32

    @property
    def sizes(self) -> tuple[int, ...]:
        """Draws at each look."""
        return look_sizes(self.max_draws, self.first)

    def refutes(self, tally: Tally, target: float, tau: float) -> NDArray[np.bool_]:
        """Return where |mean - target| - tau lies beyond the boundary."""
        boundary = constant_boundary(self.sizes, self.refutation, two_sided=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (np.abs(tally.mean - target) - tau) * np.sqrt(tally.n) / tally.deviation
        return np.asarray(z > boundary)

    def corroborates(self, tally: Tally, target: float, delta: float) -> NDArray[np.bool_]:
        """Return where both ends of target +- delta lie beyond the boundary."""
        boundary = constant_boundary(self.sizes, self.corroboration, two_sided=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (delta - np.abs(tally.mean - target)) * np.sqrt(tally.n) / tally.deviation
        return np.asarray(z > boundary)


def simulate(
    rule: LookRule,
    draw: Draw,
    target: float,
    *,
    runs: int,
    generator: np.random.Generator,
    tau: float = 0.0,
    delta: float = 0.0,
    cells: int = 4_000_000,
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return what each of `runs` runs of one stream decides, and after how many draws.

    The outcomes are UNDECIDED, REFUTED and CORROBORATED. With delta = 0 nothing is corroborated and the
    rate of refutations alone is measured. Runs that have decided draw no further; `cells` bounds the draws
    held at once.
    """
    outcome = np.zeros(runs, dtype=np.int8)
    used = np.full(runs, rule.sizes[-1], dtype=np.int64)
    batch = max(1, cells // rule.sizes[0])
    for start in range(0, runs, batch):
        alive = np.arange(start, min(start + batch, runs))
        tally = Tally()
        for n in rule.sizes:
            step = max(1, cells // alive.size)
            while tally.n < n:
                tally.add(draw(generator, (alive.size, min(step, n - tally.n))))
            refuted = rule.refutes(tally, target, tau)
            agreed = np.zeros_like(refuted) if delta <= 0 else ~refuted & rule.corroborates(tally, target, delta)
            outcome[alive[refuted]], outcome[alive[agreed]] = REFUTED, CORROBORATED
            open_ = ~(refuted | agreed)
            used[alive[~open_]] = n
            alive = alive[open_]
            if not alive.size:
                break
            tally.keep(open_)
    return outcome, used
