"""The theme "step_approximation_highdim", verified as users verify it."""

from __future__ import annotations

import pytest
import torch
from theme_tests import ThemeTests

from twinproof.models.step_networks import CellNetwork


class TestStepApproximationHighdim(ThemeTests):
    theme = "step_approximation_highdim"
    claims = ("step-approximation-highdim",)


def test_a_cell_network_gives_each_cell_its_height() -> None:
    heights = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    net = CellNetwork([0.0, 1.0, 2.0], heights)
    x = torch.tensor([[0.5, 0.5], [0.5, 2.0], [1.5, 1.0], [2.0, 2.0], [0.0, 1.0], [2.5, 1.0]], dtype=torch.float64)
    assert net(x).tolist() == [1.0, 2.0, 3.0, 4.0, 0.0, 0.0]
    assert (net.half_spaces.out_features, net.cells.out_features) == (6, 4)
    with pytest.raises(ValueError, match="expected n \\+ 1 and n\\^d"):
        CellNetwork([0.0, 1.0], heights)
