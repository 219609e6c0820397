"""The study of fitting with validation; the functions themselves, and what they refuse."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
import torch
from study_tests import StudyTests
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset

from twinproof.models.fitting import fit_and_validate, loss_batch, mean_loss
from twinproof.models.resnet import ResNet


def _loss_off(original):
    def broken(model, loss_func, xb, yb, opt=None):
        loss, size = original(model, loss_func, xb, yb, opt)
        return loss * (1.0 + 1e-6), size

    return broken


class TestFitAndValidate(StudyTests):
    theme = "fit_and_validate"
    claims = ("fit-and-validate",)
    sabotages: ClassVar = {"fit-and-validate": _loss_off}


def _data(n: int = 33) -> TensorDataset:
    generator = torch.Generator().manual_seed(0)
    return TensorDataset(torch.randn(n, 1, 8, 8, generator=generator), torch.arange(n) % 10)


class _Given(nn.Module):
    """Hands out its input as losses."""

    def forward(self, x):
        return x


def test_the_mean_counts_a_short_batch_by_its_size() -> None:
    losses = torch.tensor([0.1] * 1616 + [5.0])
    data = TensorDataset(losses, losses)
    mean = mean_loss(_Given(), lambda output, target: output.mean(), data, 16)
    assert mean == pytest.approx((0.1 * 1616 + 5.0) / 1617, rel=1e-6)


def test_a_step_is_taken_only_with_an_optimiser() -> None:
    net = ResNet(2, 8, 8)
    before = net.linear.bias.detach().clone()
    x, y = _data().tensors
    loss, size = loss_batch(net, cross_entropy, x, y)
    assert (size, type(loss)) == (33, float)
    assert torch.equal(net.linear.bias, before)
    loss_batch(net, cross_entropy, x, y, torch.optim.SGD(net.parameters(), lr=0.1))
    assert not torch.equal(net.linear.bias, before)
    assert all(parameter.grad is None for parameter in net.parameters())


def test_losses_stand_before_training_and_after_each_epoch() -> None:
    net = ResNet(2, 8, 8)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    start = mean_loss(net, cross_entropy, _data())
    train, val = fit_and_validate(net, optimizer, cross_entropy, _data(), _data(5), 3)
    assert train.shape == val.shape == (4,)
    assert train[0] == start
    assert train[-1] == mean_loss(net, cross_entropy, _data())
    assert np.array_equal(fit_and_validate(net, optimizer, cross_entropy, _data(), _data(5), 0)[0], train[-1:])


def test_bad_data_is_named_before_anything_is_learnt() -> None:
    net = ResNet(2, 8, 8)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    before = net.linear.bias.detach().clone()

    def fit(train, val=None, **options):
        fit_and_validate(net, optimizer, cross_entropy, train, _data() if val is None else val, **options)

    x, y = _data().tensors
    with pytest.raises(ValueError, match="val: found labels from 0 to 10, expected from 0 to 9"):
        fit(_data(), (x, y + (y == 9)))
    with pytest.raises(ValueError, match="train: found labels from -1 to 8"):
        fit((x, y - 1))
    with pytest.raises(ValueError, match="train: found 1 inputs with nan or inf"):
        fit((torch.where(torch.arange(33).reshape(-1, 1, 1, 1) == 3, torch.nan, x), y))
    with pytest.raises(ValueError, match="train: found 33 inputs and 32 targets"):
        fit((x, y[1:]))
    with pytest.raises(ValueError, match="train: found 0 inputs"):
        fit((x[:0], y[:0]))
    with pytest.raises(ValueError, match="train: found targets with nan or inf"):
        fit((x, torch.full((33,), torch.nan)))
    with pytest.raises(ValueError, match="train: found 1 tensors"):
        fit(TensorDataset(x))
    with pytest.raises(ValueError, match="n_epochs: found -1"):
        fit(_data(), n_epochs=-1)
    with pytest.raises(ValueError, match="batch_size: found 0"):
        fit(_data(), batch_size=0)
    assert torch.equal(net.linear.bias, before)
