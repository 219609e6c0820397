"""The theme "signal_variance", verified as users verify it."""

from __future__ import annotations

import pytest
import torch
from theme_tests import ThemeTests
from torch import nn

from twinproof import catalogue
from twinproof.numerics.signal_drawn import normal_moments


class TestSignalVariance(ThemeTests):
    theme = "signal_variance"
    claims = ("fanin-variance", "relu-factor", "fanout-rule")


def test_four_points_stand_for_the_normal_law() -> None:
    formulas = catalogue.claim("relu-factor").formulas()
    moments = normal_moments()
    left = formulas.right("variance", **moments, n=1, k=0)
    assert left == pytest.approx(0.5 - 0.5 / torch.pi, rel=1e-14)
    assert 1.0 / left == pytest.approx(2.934, abs=5e-4)
    assert formulas.right("next layer", **moments, n=10, s2=0.2) == pytest.approx(1.0, rel=1e-14)


def test_torch_takes_the_derivative_of_relu_at_0_to_be_0() -> None:
    u = torch.zeros(1, requires_grad=True)
    nn.ReLU()(u).sum().backward()
    assert u.grad is not None
    assert float(u.grad) == 0.0
