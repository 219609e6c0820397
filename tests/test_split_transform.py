"""The study of the split-transform-merge layer; see `study_tests` for what is tested."""

from __future__ import annotations

from typing import ClassVar

import pytest
from study_tests import StudyTests

from twinproof import catalogue
from twinproof.models.split_transform import Bottleneck, GroupedSplitTransformMerge, SplitTransformMerge
from twinproof.numerics.studies.reproduction import reproduce
from twinproof.numerics.studies.split_transform import counts


def _grouped_is_off(original):
    """A convolution that is off by 1e-9 where it has groups."""

    def broken(self, x):
        return original(self, x) * (1.0 + 1e-9 * (self.groups > 1))

    return broken


class TestSplitTransform(StudyTests):
    theme = "split_transform"
    claims = ("stm-layer",)
    sabotages: ClassVar = {"stm-layer": _grouped_is_off}


def test_the_counts_are_those_of_the_theorem() -> None:
    assert counts(catalogue.study("stm-layer").settings) == (78_592, 213_504)


def test_an_unknown_place_is_named(tmp_path) -> None:
    with pytest.raises(ValueError, match="last relu: found 'nowhere', expected one of"):
        reproduce(catalogue.study("stm-layer"), tmp_path, profile="quick", changes={"last relu": "nowhere"})


def test_a_branch_that_is_not_there_is_named() -> None:
    split = SplitTransformMerge(2, 1, 3)
    assert split.branch(-1) is split.branch(2)
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"index: found {index}, expected -3 to 2"):
            split.branch(index)
    for wrong in (1.0, True, slice(2)):
        with pytest.raises(TypeError, match=r"index: found .*, expected an integer"):
            split.branch(wrong)  # type: ignore[arg-type]


def test_only_branches_are_grouped() -> None:
    for wrong in (Bottleneck(2, 1), GroupedSplitTransformMerge(2, 1, 3), None):
        with pytest.raises(TypeError, match=f"split: found {type(wrong).__name__}, expected SplitTransformMerge"):
            GroupedSplitTransformMerge.from_branches(wrong)  # type: ignore[arg-type]
