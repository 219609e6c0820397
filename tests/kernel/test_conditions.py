"""A condition that no test misses when it is gone is not tested: delete each of them, and see a case notice.

`delete_conditions.py` prints the same as a table.
"""

from __future__ import annotations

import pytest
from kernelkit.checks import check
from kernelkit.deleting import sites
from kernelkit.suite import noticed_condition, noticed_site, suite

from twinproof.proofs.kernel.rules import RULES

PAIRS = [(rule, condition) for rule, row in RULES.items() for condition in row.conditions]


@pytest.mark.parametrize(("rule", "condition"), PAIRS, ids="-".join)
def test_deleting_the_condition_is_noticed(rule, condition):
    check(noticed_condition(rule, condition) > 0, f"{rule} without {condition}: every case ends as before")


@pytest.mark.parametrize("site", sites(), ids=lambda site: f"{site.module}-{site.line}")
def test_deleting_the_call_is_noticed(site):
    check(noticed_site(site) > 0, f"{site.module}.py without the check in line {site.line}: every case ends as before")


def test_the_suite_is_refused_as_long_as_nothing_is_deleted():
    wrong = [case.name for case in suite() if case.expected() != ("refused", case.rule, case.condition)]
    check(not wrong, f"not refused as stated: {wrong}")
