"""False statements: the steps that would conclude each, the side condition that must refuse, a control that replays."""

from __future__ import annotations

import random
from collections import Counter
from typing import NamedTuple

import pytest
from kernelkit.checks import check, same_after_replay
from kernelkit.deleting import outcome
from kernelkit.suite import ATTACKS

from twinproof.proofs.board.models import falsify
from twinproof.proofs.kernel.term import Term

BY_NAME = {a.name: a for a in ATTACKS}


class Claimed(NamedTuple):
    hypotheses: frozenset[Term]
    statement: Term


def test_there_are_at_least_sixty_attacks_under_different_names():
    check(len(ATTACKS) >= 60, f"{len(ATTACKS)} attacks")
    check(
        len(BY_NAME) == len(ATTACKS), f"used twice: {[n for n, c in Counter(a.name for a in ATTACKS).items() if c > 1]}"
    )
    shown = sum(not a.why for a in ATTACKS)
    check(shown >= 60, f"only {shown} are shown to be false in a model")


@pytest.mark.parametrize("name", BY_NAME)
def test_the_attack_is_refused_where_it_must_be(name):
    a = BY_NAME[name]
    found = outcome(a.run)
    check(found == ("refused", a.rule, a.condition), f"found {found}, expected a refusal by {a.rule} ({a.condition})")


@pytest.mark.parametrize("name", BY_NAME)
def test_the_control_replays(name):
    same_after_replay(BY_NAME[name].control())


@pytest.mark.parametrize("name", [a.name for a in ATTACKS if not a.why])
def test_what_the_attack_claims_is_false(name):
    a = BY_NAME[name]
    if a.model is not None:
        check(a.falsified(), "the stated model does not refute it")
        return
    claimed = Claimed(frozenset(a.hypotheses), a.false)
    rng = random.Random(name)  # noqa: S311
    check(falsify(claimed, rng, 2_000) is not None, "no finite model refutes it")


@pytest.mark.parametrize("name", [a.name for a in ATTACKS if a.model is None and not a.why])
def test_the_control_is_not_refuted(name):
    check(falsify(BY_NAME[name].control(), random.Random(name), 20) is None, "a model refutes the control")  # noqa: S311
