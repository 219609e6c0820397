"""Theorems of general use: each is made, without hypotheses but definitions, and its trace replays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twinproof.proofs.kernel.definition import defined
from twinproof.proofs.kernel.theorem import Theorem
from twinproof.proofs.kernel.trace import decode
from twinproof.proofs.library import dyadic, exponential, independence, inverse, least_squares, products

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
    dyadic.three_is_no_power,
    dyadic.doubles_without_homogeneity,
    products.positive_factor,
    products.decay,
    inverse.square_is_zero,
    inverse.solves,
    inverse.rank_one_update,
    inverse.nonnegative,
    inverse.regular,
    inverse.positive_denominators,
    least_squares.trivial_kernel,
    least_squares.back_to_primal,
    least_squares.dual_inverse,
    least_squares.square_rule,
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
