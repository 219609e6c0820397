"""The studies of the sigmoid network that fits a function of one variable; see `study_tests` for what is tested."""

from __future__ import annotations

from typing import ClassVar

import torch
from study_tests import StudyTests

from twinproof import catalogue
from twinproof.models.minibatches import half_squared_error
from twinproof.numerics.studies.mlp_regression import make


def _silent(original):
    return lambda self, x: original(self, x) * 0.0


class TestMlpRegression(StudyTests):
    theme = "mlp_regression"
    claims = ("mlp-univariate", "mlp-overparam")
    sabotages: ClassVar = {"mlp-univariate": _silent, "mlp-overparam": _silent}


def test_the_network_starts_as_the_source_says() -> None:
    settings = catalogue.study("mlp-univariate").settings
    model = make(settings, torch.Generator().manual_seed(0))
    assert sum(parameter.numel() for parameter in model.parameters()) == 4353
    assert all(bool((model.linear(index).bias == 0.03).all()) for index in range(3))
    assert abs(float(model.linear(1).weight.detach().std()) - 1.0) < 0.05


def test_the_stated_objective_is_half_of_mse_loss() -> None:
    output, target = torch.randn(7, 1), torch.randn(7, 1)
    assert half_squared_error(output, target) == 0.5 * torch.nn.MSELoss()(output, target)
