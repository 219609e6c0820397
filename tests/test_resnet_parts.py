"""The studies of the residual net's parts; the models themselves, and what they refuse."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch
from study_tests import StudyTests
from torch import nn

from twinproof import catalogue
from twinproof.models.resnet import Block, ResNet
from twinproof.models.split_transform import trainable
from twinproof.numerics.studies.reproduction import reproduce


def _slightly_off(original):
    return lambda self, x: original(self, x) * (1.0 + 1e-9)


class TestResnetParts(StudyTests):
    theme = "resnet_parts"
    claims = ("resnet-block", "resnet-shallow")
    sabotages: ClassVar = {
        "resnet-block": _slightly_off,
        "resnet-shallow": _slightly_off,
    }


@pytest.mark.parametrize(("use_layernorm", "count"), [(False, 5018), (True, 5690)])
@pytest.mark.parametrize("use_silu", [False, True])
def test_the_net_has_the_parameters_of_the_source(use_silu: bool, use_layernorm: bool, count: int) -> None:
    net = ResNet(16, 8, 8, use_silu, use_layernorm)
    assert trainable(net) == count
    assert sum(isinstance(module, nn.SiLU) for module in net.modules()) == 2 * use_silu
    assert not any(isinstance(module, nn.ReLU) for module in net.modules()) or not use_silu


@pytest.mark.parametrize(("height", "width"), [(3, 3), (4, 9), (8, 8), (28, 31)])
@pytest.mark.parametrize("use_layernorm", [False, True])
def test_any_size_that_leaves_maps_will_do(height: int, width: int, use_layernorm: bool) -> None:
    net = ResNet(3, height, width, use_layernorm=use_layernorm, num_classes=4)
    assert net(torch.randn(2, 1, height, width)).shape == (2, 4)
    assert f"shape=(1, {height}, {width})" in repr(net)


@pytest.mark.parametrize("use_layernorm", [False, True])
def test_parameters_set_by_hand_are_the_nets(use_layernorm: bool) -> None:
    net, other = (ResNet(2, 8, 8, use_layernorm=use_layernorm, dtype=torch.float64) for _ in range(2))
    values = [torch.randn_like(parameter) for parameter in net.parameters()]
    net.set_param(*values)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), values, strict=True))
    other.set_param(*values)
    x = torch.randn(3, 1, 8, 8, dtype=torch.float64)
    assert torch.equal(net(x), other(x))


def test_a_wrong_parameter_is_named_and_nothing_is_set() -> None:
    net = ResNet(2, 8, 8)
    before = [parameter.clone() for parameter in net.parameters()]
    values = [torch.randn_like(parameter) for parameter in before]
    values[-1] = torch.zeros(3)
    with pytest.raises(ValueError, match=r"fc_bias: found shape \(3,\), expected \(10,\)"):
        net.set_param(*values)
    values[6] = torch.zeros(2, 2, 5, 5)
    with pytest.raises(ValueError, match=r"kernel_2: found shape \(2, 2, 5, 5\), expected \(2, 2, 3, 3\)"):
        net.set_param(*values)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), before, strict=True))


def test_sizes_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="width: found 2, expected at least 3"):
        ResNet(4, 8, 2)
    with pytest.raises(ValueError, match="height: expected a positive integer, got 0"):
        Block(4, 0, 2)
    with pytest.raises(TypeError, match="num_channels: expected an integer"):
        Block(4.0, 2, 2)
    with pytest.raises(ValueError, match="use_layernorm: found maps of one channel, 1x1"):
        Block(1, 1, 1, use_layernorm=True)
    with pytest.raises(ValueError, match=r"x: found shape \(2, 1, 8, 9\), expected \(N, 1, 8, 8\)"):
        ResNet(4, 8, 8)(torch.zeros(2, 1, 8, 9))
    with pytest.raises(ValueError, match=r"x: found shape \(4, 2, 2\), expected \(N, 4, 2, 2\)"):
        Block(4, 2, 2)(torch.zeros(4, 2, 2))


def test_batch_normalisation_of_a_single_value_is_refused_in_training_only() -> None:
    net = ResNet(4, 4, 4)
    with pytest.raises(ValueError, match="x: found one example whose maps are 1x1"):
        net(torch.zeros(1, 1, 4, 4))
    assert net.eval()(torch.zeros(1, 1, 4, 4)).shape == (1, 10)


def test_a_silenced_block_passes_gradients_through_its_skip_alone() -> None:
    block = Block(3, 2, 2, dtype=torch.float64)
    nn.init.zeros_(block.norm2.weight)
    x = torch.randn(4, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    back = torch.randn_like(x)
    (found,) = torch.autograd.grad(block(x), x, back)
    assert torch.equal(found, torch.where(x > 0, back, 0.0))


def test_unknown_variants_are_named(tmp_path) -> None:
    for name, key in (("resnet-block", "ends"), ("fit-and-validate", "mistake")):
        with pytest.raises(ValueError, match=f"{key}: found 'else', expected one of"):
            reproduce(catalogue.study(name), tmp_path, profile="quick", changes={key: "else"})
