"""The study of the residual net on digits; see `study_tests` for what is tested."""

from __future__ import annotations

from typing import ClassVar

import torch
from study_tests import StudyTests

from twinproof import catalogue
from twinproof.numerics.studies.digits import torch_digits


class TestResnetDigits(StudyTests):
    theme = "resnet_digits"
    claims = ("resnet-digits-12-plots",)
    sabotages: ClassVar = {"resnet-digits-12-plots": lambda original: lambda self, x: original(self, x) * 0.0}


def test_the_digits_are_as_the_source_divides_them() -> None:
    train, val = torch_digits()
    assert (len(train), len(val)) == (1617, 180)
    images, labels = train.tensors
    assert images.shape == (1617, 1, 8, 8)
    assert (float(images.min()), float(images.max())) == (0.0, 16.0)
    assert labels.dtype == torch.int64
    assert sorted(set(labels.tolist())) == list(range(10))


def test_twelve_runs_are_asked_for() -> None:
    study = catalogue.study("resnet-digits-12-plots")
    assert len(study.keys(study.settings)) == 12
