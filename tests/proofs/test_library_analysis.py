"""Theorems on log, elementary derivatives and Lipschitz constants: each is made without hypotheses, and replays."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import partial

import pytest

from twinproof.proofs.kernel.theorem import Theorem
from twinproof.proofs.kernel.trace import decode
from twinproof.proofs.library import (
    elementary_derivatives,
    exponential,
    limits,
    lipschitz,
    logarithm,
    positive_sums,
    small_naturals,
)

NONE: Set[str] = frozenset()
EXP = frozenset({"exp.add", "exp.tangent"})
LOG = EXP | {"exp.log"}

THEOREMS: list[tuple[Callable[[], Theorem], Set[str]]] = [
    (small_naturals.below_one, NONE),
    (small_naturals.above_zero, NONE),
    (small_naturals.above_one, NONE),
    (positive_sums.above_each, NONE),
    (positive_sums.below_total, NONE),
    (positive_sums.above_two, NONE),
    (positive_sums.strictly_below_total, NONE),
    (exponential.sigmoid_by_exponential, EXP),
    (logarithm.of_exponential, LOG),
    (logarithm.at_one, LOG),
    (logarithm.upper, frozenset({"exp.tangent", "exp.log"})),
    (logarithm.of_reciprocal, LOG),
    (logarithm.lower, LOG),
    (logarithm.of_product, LOG),
    (logarithm.above_zero, LOG),
    (logarithm.strictly_increasing, LOG),
    (logarithm.increasing, LOG),
    (logarithm.of_sum_with_exponential, LOG),
    (logarithm.of_one_plus_decay, LOG),
    (limits.vanishing, EXP),
    (elementary_derivatives.quadratic_rule, NONE),
    (elementary_derivatives.exp_slope, EXP),
    (elementary_derivatives.log_slope, LOG),
    (elementary_derivatives.reciprocal_slope, NONE),
    (elementary_derivatives.sigmoid_slope, EXP),
    (elementary_derivatives.sigmoid_slope_bounds, EXP),
    (elementary_derivatives.relu_slope, NONE),
    (partial(elementary_derivatives.one_sided_slope, 1), NONE),
    (partial(elementary_derivatives.one_sided_slope, -1), NONE),
    (lipschitz.increasing, frozenset({"mean_value"})),
    (lipschitz.bounded_slope, frozenset({"mean_value"})),
    (lipschitz.constant_at_least_slope, NONE),
    (lipschitz.narrow, NONE),
]


@pytest.mark.parametrize(("make", "axioms"), THEOREMS)
def test_the_theorem_replays_with_these_axioms(make: Callable[[], Theorem], axioms: Set[str]) -> None:
    theorem = make()
    assert not theorem.hypotheses
    replayed = decode(theorem.trace())[-1]
    assert (replayed.statement, replayed.hypotheses) == (theorem.statement, theorem.hypotheses)
    assert replayed.axioms == theorem.axioms == axioms
    assert make() is theorem  # derived once
