"""The theme "box_function", verified as users verify it, and the search for the point that is usually missed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from theme_tests import ThemeTests

from twinproof.models.step_networks import StepNetwork
from twinproof.numerics.step_points import deciding_points, outputs


class TestBoxFunction(ThemeTests):
    theme = "box_function"
    claims = ("box-function",)


def test_the_points_decide_between_step_functions() -> None:
    """A box that no threshold of the net names is still seen: its edges are among the points, and one point inside."""
    silent = StepNetwork([[0.0]], [1.0], [0.0])
    points = deciding_points(silent, (0.25, 0.5))
    assert ((points > 0.25) & (points < 0.5)).any()
    assert outputs(silent, points).tolist() == [0.0] * len(points)


def test_the_points_come_from_the_weights() -> None:
    net = StepNetwork([[2.0], [-1.0], [0.0]], [-3.0, 4.0, 1.0], [1.0, 1.0, 1.0])
    assert net.thresholds() == [1.5, 4.0]
    points = deciding_points(net, ())
    assert {1.5, 4.0, 2.75, float(np.nextafter(4.0, 5.0)), float(np.nextafter(4.0, 3.0))} <= set(points.tolist())


def test_a_step_network_is_what_it_says() -> None:
    net = StepNetwork([[1.0, -1.0]], [0.5], [2.0], -1.0)
    x = torch.tensor([[0.0, 0.0], [0.0, 0.5], [0.0, 1.0]], dtype=torch.float64)
    assert net(x).tolist() == [1.0, -1.0, -1.0]
    assert StepNetwork([[1.0, -1.0]], [0.5], [2.0], -1.0, at_zero=1.0)(x).tolist() == [1.0, 1.0, -1.0]
    assert {name for name, _ in net.named_parameters()} == {
        "hidden.weight", "hidden.bias", "output.weight", "output.bias",
    }  # fmt: skip
    with pytest.raises(ValueError, match="expected as many of each"):
        StepNetwork([[1.0]], [0.0, 1.0], [1.0])
    with pytest.raises(ValueError, match="inputs: found 2, expected 1"):
        net.thresholds()
