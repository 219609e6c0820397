"""Each rule is seen accepting, and refusing once for each of its side conditions."""

from __future__ import annotations

import pytest
from kernelkit import cases_reals  # noqa: F401  (registers its cases)
from kernelkit.cases import ACCEPTS, REFUSES, all_cases
from kernelkit.checks import check, same_after_replay
from kernelkit.deleting import outcome

from twinproof.proofs.kernel.rules import RULES

PAIRS = [(rule, condition) for rule, row in RULES.items() for condition in row.conditions]


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_accepts(rule):
    check(bool(ACCEPTS.get(rule)), f"no case in which {rule} accepts")
    for run in ACCEPTS[rule]:
        theorem = run()
        check(any(t.step.rule == rule for t in same_after_replay(theorem)), f"{rule} is not in the trace")


@pytest.mark.parametrize(("rule", "condition"), PAIRS, ids="-".join)
def test_the_condition_refuses(rule, condition):
    check(bool(REFUSES.get((rule, condition))), f"no case in which {rule} ({condition}) refuses")


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_the_case_is_refused(case):
    found = outcome(case.run)
    wanted = ("refused", case.rule, case.condition)
    check(found == wanted, f"found {found}, expected {wanted}")


def test_no_case_for_what_does_not_exist():
    check(set(REFUSES) <= set(PAIRS), f"cases without a condition: {set(REFUSES) - set(PAIRS)}")
    check(set(ACCEPTS) <= set(RULES), f"cases without a rule: {set(ACCEPTS) - set(RULES)}")
