"""The theme "losses", verified as users verify it, and the loss by its margins."""

from __future__ import annotations

import math

import pytest
import torch
from theme_tests import ThemeTests
from torch import nn

from twinproof.models.losses import cross_entropy_by_margins


class TestLosses(ThemeTests):
    theme = "losses"
    claims = ("ce-positive", "ce-limit")


def test_by_margins_is_the_cross_entropy() -> None:
    logits = torch.randn(50, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 5
    labels = torch.arange(50) % 7
    expected = nn.CrossEntropyLoss(reduction="none")(logits, labels)
    assert torch.allclose(cross_entropy_by_margins(logits, labels), expected, rtol=1e-12, atol=1e-14)


def test_by_margins_keeps_what_rounds_to_zero() -> None:
    logits, labels = torch.tensor([[100.0, 0.0, 0.0]], dtype=torch.float64), torch.tensor([0])
    assert nn.CrossEntropyLoss()(logits, labels) == 0.0
    assert float(cross_entropy_by_margins(logits, labels)) == pytest.approx(2 * math.exp(-100), rel=1e-12)


def test_by_margins_of_one_class_and_of_infinite_logits() -> None:
    assert cross_entropy_by_margins(torch.tensor([[3.0]]), torch.tensor([0])).tolist() == [0.0]
    logits = torch.tensor([[0.0, -math.inf], [0.0, -math.inf]])
    assert cross_entropy_by_margins(logits, torch.tensor([0, 1])).tolist() == [0.0, math.inf]


@pytest.mark.parametrize(("logits", "labels"), [((3,), (1,)), ((2, 3), (1,)), ((2, 3), (3,))])
def test_by_margins_refuses_shapes_that_do_not_fit(logits: tuple[int, ...], labels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="labels"):
        cross_entropy_by_margins(torch.zeros(logits), torch.zeros(labels, dtype=torch.long))


@pytest.mark.parametrize("label", [-1, 3, -100])
def test_by_margins_refuses_a_label_that_is_no_class(label: int) -> None:
    with pytest.raises(ValueError, match="labels"):
        cross_entropy_by_margins(torch.zeros(2, 3), torch.tensor([0, label]))
