"""Theorems of general use: each is made, without hypotheses but definitions, and its trace replays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twinproof.proofs.kernel.definition import defined
from twinproof.proofs.kernel.theorem import Theorem
from twinproof.proofs.kernel.trace import decode
from twinproof.proofs.library import dyadic, exponential, independence, random_rows, rectified

THEOREMS = [
    exponential.at_zero,
    exponential.inverse,
    exponential.positive,
    exponential.reciprocal,
    exponential.quotient,
    exponential.above_one,
    exponential.increasing,
    exponential.monotone,
    exponential.injective,
    exponential.decay,
    exponential.tanh_by_sigmoid,
    independence.uncorrelated,
    independence.centred,
    independence.symmetric_rows,
    random_rows.uncorrelated,
    rectified.half_the_magnitude,
    rectified.positive_half_the_time,
    rectified.slope_beside_the_kink,
    rectified.one_unit_moves,
    dyadic.three_is_no_power,
    dyadic.doubles_without_homogeneity,
]


@pytest.mark.parametrize("make", THEOREMS, ids=lambda make: make.__name__)
def test_the_theorem_replays(make: Callable[[], Theorem]) -> None:
    theorem = make()
    for h in theorem.hypotheses:
        defined(h)
    replayed = decode(theorem.trace())[-1]
    assert (replayed.statement, replayed.hypotheses, replayed.axioms) == (
        theorem.statement,
        theorem.hypotheses,
        theorem.axioms,
    )
    assert theorem.axioms <= {"exp.add", "exp.tangent"}
    assert make() is theorem  # derived once
