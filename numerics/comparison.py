"""Experiments without chance in their answer: a live number against the statement's own term, case by case.

A case is a key of the trial's stream. What it yields is compared within a tolerance that bounds the rounding
of both sides; a violation is computed anew from its key before it is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .harness.evidence import Evidence
from .harness.experiment import Trial

Relation: TypeAlias = Literal["=", "<=", "<", "!="]
Key: TypeAlias = tuple[int | str, ...]

UNIT = float(np.finfo(np.float64).eps) / 2
"""The unit roundoff u = 2^-53 of float64."""


def gamma(operations: int) -> float:
    """Return n u / (1 - n u), a bound on n accumulated rounding errors.

    Reference: Higham, Accuracy and Stability of Numerical Algorithms, Lemma 3.1.
    """
    return operations * UNIT / (1.0 - operations * UNIT)


@dataclass(frozen=True)
class Check:
    """One comparison of a case: `live` REL `formula`, entry by entry, each within `tolerance`.

    live, formula and tolerance broadcast against each other. `detail` joins the witness if an entry fails
    (JSON-able values: the parameters that reproduce it). "!=" holds only where the two differ by MORE than
    the tolerance.
    """

    label: str
    live: ArrayLike
    formula: ArrayLike
    tolerance: ArrayLike = 0.0
    relation: Relation = "="
    detail: Mapping[str, object] = field(default_factory=dict)
    entries: Mapping[str, ArrayLike] = field(default_factory=dict)

    def excess(self) -> NDArray[np.float64]:
        """Return by how much each entry misses: > 0 (or nan) where it fails, <= 0 where it holds."""
        live = np.asarray(self.live, dtype=np.float64)
        formula = np.asarray(self.formula, dtype=np.float64)
        tolerance = np.asarray(self.tolerance, dtype=np.float64)
        if self.relation == "=":
            return np.abs(live - formula) - tolerance
        if self.relation == "!=":
            distance = np.abs(live - formula)
            return np.where(distance > tolerance, -1.0, 1.0) * np.where(np.isnan(distance), np.nan, 1.0)
        if self.relation == "<":
            gap = live - formula - tolerance
            return np.where(gap < 0.0, gap, np.maximum(gap, np.finfo(np.float64).tiny))
        return live - formula - tolerance

    def failure(self) -> tuple[int, ...] | None:
        """Return the index of the worst entry that fails, or None if all hold."""
        excess = np.atleast_1d(self.excess())
        bad = ~(excess <= 0.0)  # nan is a failure
        if not bad.any():
            return None
        worst = np.argmax(np.where(np.isnan(excess), np.inf, excess))
        return tuple(int(i) for i in np.unravel_index(worst, excess.shape))

    def witness(self, key: Key, index: tuple[int, ...]) -> dict[str, object]:
        """Return the failing entry as plain numbers, with the key that reproduces it."""
        shape = np.atleast_1d(self.excess()).shape

        def entry(value: ArrayLike) -> float:
            return float(np.broadcast_to(np.asarray(value, dtype=np.float64), shape)[index])

        return {
            "case": list(key),
            "compared": self.label,
            "relation": self.relation,
            "live": entry(self.live),
            "formula": entry(self.formula),
            "tolerance": entry(self.tolerance),
            **({"entry": list(index)} if shape != (1,) else {}),
            **self.detail,
            **{name: entry(value) for name, value in self.entries.items()},
        }


def compare(
    trial: Trial,
    name: str,
    cases: Iterable[Key],
    examine: Callable[[Key], Iterable[Check]],
    *,
    holds: str,
) -> Evidence:
    """Examine the cases in order and return refuted at the first check that fails, else corroborated.

    `examine` must be a function of the key alone (it draws from `trial.stream.spawn(*key)`), so that the
    failing case can be computed anew; a failure that does not come back is reported as undecided. `holds`
    says in words what was seen when everything agrees. The evidence counts the entries compared; its estimate
    is the largest difference seen of an equation, its interval runs from 0 to the tolerance there.
    Raises what `examine` raises, and DeadlineExceeded.
    """
    compared, largest = 0, 0.0
    for key in cases:
        trial.check_deadline()
        for position, check in enumerate(examine(key)):
            index = check.failure()
            if index is not None:
                return _refute(name, key, position, index, examine, compared)
            excess = check.excess()
            compared += excess.size
            if check.relation == "=" and excess.size:
                tolerance = np.broadcast_to(np.asarray(check.tolerance, dtype=np.float64), excess.shape)
                difference = np.where(tolerance > 0.0, excess + tolerance, 0.0)
                largest = max(largest, float(np.max(difference / np.where(tolerance > 0.0, tolerance, 1.0))))
    if compared == 0:
        return Evidence(name, "undecided", "nothing was compared", samples=0)
    return Evidence(
        name,
        "corroborated",
        holds,
        samples=compared,
        estimate=largest,
        target=0.0,
        interval=(0.0, 1.0),
    )


def _refute(
    name: str,
    key: Key,
    position: int,
    index: tuple[int, ...],
    examine: Callable[[Key], Iterable[Check]],
    compared: int,
) -> Evidence:
    """Compute the failing check anew from its key and report it, if it fails again."""
    for place, check in enumerate(examine(key)):
        if place == position:
            if check.failure() != index:
                break
            witness = check.witness(key, index)
            return Evidence(
                name,
                "refuted",
                f"{check.label}: {witness['live']:.6g} against {check.relation} {witness['formula']:.6g}",
                samples=compared + 1,
                estimate=float(str(witness["live"])),
                target=float(str(witness["formula"])),
                witness=witness,
            )
    return Evidence(
        name,
        "undecided",
        f"a failure at case {list(key)} did not come back when computed anew",
        samples=compared,
    )
