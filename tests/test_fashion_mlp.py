"""The study of the network that classifies FashionMNIST; see `study_tests` for what is tested."""

from __future__ import annotations

from typing import ClassVar

import torch
from study_tests import StudyTests

from twinproof import catalogue
from twinproof.models.mlp import MLP


def _silent(original):
    return lambda self, x: original(self, x) * 0.0


class TestFashionMlp(StudyTests):
    theme = "fashion_mlp"
    claims = ("fashion-mlp",)
    sabotages: ClassVar = {"fashion-mlp": _silent}


def test_the_network_of_the_source_has_242762_parameters() -> None:
    model = MLP((784, *catalogue.study("fashion-mlp").settings["hidden"], 10), "relu", dtype=torch.float32)
    assert sum(parameter.numel() for parameter in model.parameters()) == 242_762
