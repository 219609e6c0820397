"""The corpus of attacks: steps that would conclude something false, who must refuse, and the repaired control."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from twinproof.proofs.board.finite import Model, Reading
from twinproof.proofs.kernel.term import Term
from twinproof.proofs.kernel.theorem import Theorem

from .notation import F


class Attack(NamedTuple):
    name: str
    theme: str
    false: Term | None  # what it would conclude, false in some model
    hypotheses: tuple[Term, ...]
    model: Model | None  # in which it is false; None: one is searched at random
    why: str  # why no finite model can show it, where none can
    rule: str
    condition: str
    run: Callable[[], Theorem]
    control: Callable[[], Theorem]

    def falsified(self) -> bool:
        """Whether the stated model makes the hypotheses true and the statement false."""
        if self.model is None or self.false is None:
            return False
        reading = Reading(self.model)
        return all(reading.truth(h) for h in self.hypotheses) and reading.truth(self.false) is False


ATTACKS: list[Attack] = []


def attack(
    theme: str, name: str, false: str | Term | None, refused: str, run, control, *, given=(), model=None, why=""
):
    """Add one attack. `refused` is "rule condition"; `given` the hypotheses under which `false` would be concluded."""
    rule, condition = refused.split()
    statement = F(false) if isinstance(false, str) else false
    hypotheses = tuple(F(h) if isinstance(h, str) else h for h in given)
    ATTACKS.append(Attack(name, theme, statement, hypotheses, model, why, rule, condition, run, control))
