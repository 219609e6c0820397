"""The theme "smooth_activations", verified as users verify it."""

from __future__ import annotations

import pytest
import torch
from theme_tests import ThemeTests
from torch import nn


class TestSmoothActivations(ThemeTests):
    theme = "smooth_activations"
    claims = ("softplus-lipschitz",)


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_the_threshold_of_the_live_softplus_is_the_edge_case(beta: float) -> None:
    """At be z = 20 the live value drops and the live derivative jumps; without the threshold neither happens."""
    at = 20.0 / beta
    x = torch.tensor([at, at * (1.0 + 2.0**-40)], dtype=torch.float64, requires_grad=True)
    for threshold, falls in ((20.0, True), (40.0, False)):
        value = nn.Softplus(beta, threshold)(x)
        (slope,) = torch.autograd.grad(value.sum(), x)
        assert bool(value[1] < value[0]) is falls
        assert bool(slope[1] - slope[0] > 2e-9) is falls
