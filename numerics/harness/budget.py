"""Error rates: what a run may get wrong, and the fixed share of it that one experiment owns."""

from __future__ import annotations

from dataclasses import dataclass

RUN_FALSE_REFUTATION = 1e-3
"""Chance that a whole run refutes anything true, if every share below is spent."""

SHARES = 1000
"""Number of decisions that the run's rate is divided among.

Fixed, and larger than the number of experiments, so that no verdict depends on which others ran. A run of
fewer decisions is more careful than stated, never less."""


@dataclass(frozen=True)
class ErrorBudget:
    """Error rates of one experiment.

    Attributes:
        false_refutation: greatest chance of "refuted" when the claim is true (within its rounding bound tau).
        false_corroboration: greatest chance of "corroborated" when the claim is off by eps or more.

    Raises:
        ValueError: unless both lie strictly between 0 and 1/2.
    """

    false_refutation: float = RUN_FALSE_REFUTATION / SHARES
    false_corroboration: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("false_refutation", "false_corroboration"):
            rate = getattr(self, name)
            if not 0.0 < rate < 0.5:
                raise ValueError(f"{name}: found {rate!r}, expected a rate strictly between 0 and 1/2")

    def split(self, parts: int) -> ErrorBudget:
        """Return the budget of each of `parts` decisions of one experiment (Bonferroni for refutations).

        An experiment that is corroborated only if all its parts are keeps that rate without
        a split: a false claim is false in some part, and that part must pass too. So only the refutation is
        divided.
        """
        if parts < 1:
            raise ValueError(f"parts: found {parts!r}, expected at least 1")
        return ErrorBudget(self.false_refutation / parts, self.false_corroboration)
