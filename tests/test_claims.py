"""Every claim, verified as users verify it: one test for the claim, one for each experiment, one for each twin.

A claim is verified once, with the quick profile and seed 0; its tests share the verdict, and stay in one worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

import twinproof as tp
from twinproof.numerics.harness.verdict import Verdict


@cache
def verdict(claim_id: str) -> Verdict:
    return tp.verify([claim_id])[claim_id]


def parameters(part: str) -> Iterator[object]:
    for claim in tp.claims(kind="theory"):
        together = pytest.mark.xdist_group(claim.id)
        if part == "claim":
            yield pytest.param(claim.id, id=claim.id, marks=together)
        else:
            for item in claim.experiments if part == "experiment" else claim.twins:
                yield pytest.param(claim.id, item.name, id=f"{claim.id}-{item.name}", marks=together)


@pytest.mark.parametrize("claim_id", parameters("claim"))
def test_claim_is_proved(claim_id: str) -> None:
    found = verdict(claim_id)
    assert found.status == "proved", str(found)
    found.raise_unless_holds()


@pytest.mark.parametrize(("claim_id", "name"), parameters("experiment"))
def test_experiment_corroborates(claim_id: str, name: str) -> None:
    (found,) = [evidence for evidence in verdict(claim_id).evidence if evidence.name == name]
    assert found.status == "corroborated", found.summary


@pytest.mark.parametrize(("claim_id", "name"), parameters("twin"))
def test_twin_is_refuted_with_a_witness_and_is_not_derivable(claim_id: str, name: str) -> None:
    (found,) = [twin for twin in verdict(claim_id).twins if twin.name == name]
    assert found.evidence.status == "refuted", found.evidence.summary
    assert found.evidence.witness
    (twin,) = [twin for twin in tp.claim(claim_id).twins if twin.name == name]
    assert found.derivable is (None if twin.statement is None else False)
