"""Mutated traces: refused by RuleError or TraceError, or what they prove is found true; never a crash.

At least 2,000 of them; TWINPROOF_PROFILE=full tries ten times as many.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from kernelkit import shipped
from kernelkit.checks import check
from kernelkit.mutations import mutated

from twinproof.proofs.board.models import falsify
from twinproof.proofs.kernel.rules import RuleError
from twinproof.proofs.kernel.trace import TraceError, decode, digest

SCALE = 10 if os.environ.get("TWINPROOF_PROFILE") == "full" else 1
PER_THEOREM, PER_CLAIM = 30, 12_000  # a claim: as many as replay so many steps, from 10 to 60


def tried(name: str, theorem, count: int) -> Counter[str]:
    found: Counter[str] = Counter()
    trace = shipped.written(theorem)
    own = digest(theorem.hypotheses, theorem.statement)
    for number in range(count * SCALE):
        rng = random.Random(f"{name} {number}")  # noqa: S311
        kind, changed = mutated(trace, rng)
        try:
            last = decode(changed)[-1]
        except (RuleError, TraceError):
            found["refused"] += 1
            continue
        except Exception as error:
            raise AssertionError(f"{name}, mutation {number} ({kind}): crashed with {error!r}") from error
        if digest(last.hypotheses, last.statement) == own:
            found["the same theorem"] += 1
            continue
        witness = falsify(last, rng, 12)
        check(witness is None, f"{name}, mutation {number} ({kind}): {last!r} is false: {witness}")
        found["another theorem, not refuted"] += 1
    return found


def test_mutated_small_traces_prove_nothing_false(record_property):
    found: Counter[str] = Counter()
    for name, theorem in shipped.theorems().items():
        found += tried(name, theorem, PER_THEOREM)
    record_property("mutations", dict(found))
    check(sum(found.values()) >= 2_000, f"too few: {found}")
    check(found["refused"] > 0.5 * sum(found.values()), f"too many accepted: {found}")


@pytest.mark.parametrize("claim", shipped.claim_ids())
def test_a_mutated_claim_proves_nothing_false(claim, record_property):
    theorem = shipped.claim(claim)
    steps = len(shipped.written(theorem)["steps"])
    found = tried(claim, theorem, min(60, max(10, PER_CLAIM // steps)))
    record_property("mutations", dict(found))
