"""The theme "symmetry", verified as users verify it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from theme_tests import ThemeTests

from twinproof.numerics.symmetry_runs import RULES
from twinproof.numerics.update_rules import Weights, following


class TestSymmetry(ThemeTests):
    theme = "symmetry"
    claims = ("symmetry-step", "symmetry-persistence")


@pytest.mark.parametrize("name", RULES)
@given(seed=st.integers(0, 2**31 - 1), exponent=st.integers(-16, -1), step=st.integers(0, 50))
def test_two_weights_part_no_further_than_the_bound_says(name: str, seed: int, exponent: int, step: int) -> None:
    rule, draw = RULES[name], np.random.default_rng(seed)
    now = Weights(draw.normal(size=5), draw.normal(size=5), draw.normal(size=5) ** 2)
    gap = Weights(*(10.0**exponent * draw.random(5) for _ in range(3)))
    slope, slope_gap = draw.normal(size=5), 10.0**exponent * draw.random(5)
    other = Weights(
        now.weight + gap.weight * draw.uniform(-1.0, 1.0, 5),
        now.first + gap.first * draw.uniform(-1.0, 1.0, 5),
        np.maximum(now.second + gap.second * draw.uniform(-1.0, 1.0, 5), 0.0),
    )
    bound = rule.spread(step, now, slope, gap, slope_gap)
    here = following(rule, step, now, slope)
    there = following(rule, step, other, slope + slope_gap * draw.uniform(-1.0, 1.0, 5))
    assert np.all(np.abs(there.weight - here.weight) <= bound.weight)
    assert np.all(np.abs(there.first - here.first) <= bound.first)
    assert np.all(np.abs(there.second - here.second) <= bound.second)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_what_the_live_optimiser_does(name: str) -> None:
    rule, draw = RULES[name], np.random.default_rng(0)
    parameter = torch.nn.Parameter(torch.from_numpy(draw.normal(size=4)))
    optimizer = rule.optimizer([parameter])
    now = Weights(parameter.detach().numpy().copy(), np.zeros(4), np.zeros(4))
    for step in range(20):
        slope = draw.normal(size=4)
        parameter.grad = torch.from_numpy(slope.copy())
        optimizer.step()
        now = following(rule, step, now, slope)
    assert np.allclose(parameter.detach().numpy(), now.weight, rtol=0.0, atol=1e-14)
