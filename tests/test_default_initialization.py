"""The theme "default_initialization", verified as users verify it; and the source of the installed PyTorch."""

from __future__ import annotations

import inspect
import math
from typing import Any

import pytest
import torch
from theme_tests import ThemeTests
from torch import Tensor, nn


class TestDefaultInitialization(ThemeTests):
    theme = "default_initialization"
    claims = ("default-init-variance",)


class TestTheInstalledPyTorch:
    """The theorem is about this initialisation of nn.Linear: a PyTorch that changes it has to fail here."""

    def test_the_source_says_kaiming_uniform_with_sqrt_5_and_the_bound_of_the_fan_in(self) -> None:
        source = "".join(inspect.getsource(nn.Linear.reset_parameters).split())
        assert "init.kaiming_uniform_(self.weight,a=math.sqrt(5))" in source
        assert "fan_in,_=init._calculate_fan_in_and_fan_out(self.weight)" in source
        assert "bound=1/math.sqrt(fan_in)iffan_in>0else0" in source
        assert "init.uniform_(self.bias,-bound,bound)" in source

    @pytest.mark.parametrize(("fan_in", "fan_out"), [(1, 5), (4, 1), (9, 7), (100, 3)])
    def test_weights_and_biases_are_drawn_uniformly_up_to_one_over_the_root_of_the_fan_in(
        self, fan_in: int, fan_out: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The intervals that torch's generator is asked for, at whatever depth of calls."""
        asked: list[tuple[tuple[int, ...], float, float]] = []
        original = Tensor.uniform_

        def recorded(self: Tensor, low: float = 0.0, high: float = 1.0, **more: Any) -> Tensor:
            asked.append((tuple(self.shape), low, high))
            return original(self, low, high, **more)

        monkeypatch.setattr(Tensor, "uniform_", recorded)
        nn.Linear(fan_in, fan_out)
        bound = 1.0 / math.sqrt(fan_in)
        assert [shape for shape, _, _ in asked] == [(fan_out, fan_in), (fan_out,)]
        for _, low, high in asked:
            assert high == -low == pytest.approx(bound, rel=1e-15)

    def test_the_parameters_fill_that_interval_and_do_not_leave_it(self) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            layer = nn.Linear(16, 4096)
        for parameter in (layer.weight.detach(), layer.bias.detach()):
            assert float(parameter.abs().max()) <= 0.25
            # 4096 draws all short of 99 % of an end: probability .995^4096 = 1.2e-9
            assert float(parameter.max()) > 0.2475
            assert float(parameter.min()) < -0.2475
