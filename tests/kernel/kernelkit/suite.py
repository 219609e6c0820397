"""All cases that must be refused, and how they end when a check is deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from . import (  # noqa: F401  (register theirs)
    attacks_chance,
    attacks_logic,
    attacks_order,
    attacks_terms,
    cases_reals,
)
from .cases import all_cases
from .corpus import ATTACKS
from .deleting import Site, failing_site, outcome, without, without_site


class Refused(NamedTuple):
    name: str
    rule: str
    condition: str
    run: Callable[[], object]

    def expected(self) -> tuple[str, ...]:
        return outcome(self.run)


def suite() -> list[Refused]:
    rules = [Refused(case.name, case.rule, case.condition, case.run) for case in all_cases()]
    return rules + [Refused(a.name, a.rule, a.condition, a.run) for a in ATTACKS]


@cache
def _by_site() -> dict[Site, list[Refused]]:
    found: dict[Site, list[Refused]] = {}
    for case in suite():
        place = failing_site(case.run)
        if place is not None:
            found.setdefault(place, []).append(case)
    return found


def noticed_condition(rule: str, condition: str) -> int:
    """How many cases end otherwise once this side condition is deleted."""
    cases = [c for c in suite() if (c.rule, c.condition) == (rule, condition)]
    with without(rule, condition):
        return sum(outcome(c.run) != ("refused", rule, condition) for c in cases)


def noticed_site(site: Site) -> int:
    """How many cases end otherwise once this one check is deleted."""
    cases = _by_site().get(site, [])
    with without_site(site):
        return sum(outcome(c.run) != ("refused", c.rule, c.condition) for c in cases)
