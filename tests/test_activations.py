"""The numeric arm of the theme "activations": one test for each experiment and each twin."""

from __future__ import annotations

import pytest
from numeric_arm import assert_refuted, name, pairs, run_experiment

from twinproof.numerics.activations import EXPERIMENTS, TWINS
from twinproof.numerics.harness.experiment import Experiment, Twin


def test_the_theme_has_its_claims_each_with_three_twins_or_more() -> None:
    assert set(EXPERIMENTS) == set(TWINS) == {"tanh-sigmoid"}
    assert {claim: len(twins) for claim, twins in TWINS.items() if len(twins) < 3} == {}


@pytest.mark.parametrize(("claim", "experiment"), pairs(EXPERIMENTS), ids=name)
def test_the_experiment_corroborates(claim: str, experiment: Experiment) -> None:
    evidence = run_experiment(claim, experiment)
    assert evidence.status == "corroborated", evidence.summary
    assert evidence.samples


@pytest.mark.parametrize(("claim", "twin"), pairs(TWINS), ids=name)
def test_the_twin_is_refuted(claim: str, twin: Twin) -> None:
    assert_refuted(claim, twin, EXPERIMENTS)
