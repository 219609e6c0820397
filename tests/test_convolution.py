"""The theme "convolution", verified as users verify it, and the two forms of the split bottleneck as functions."""

from __future__ import annotations

import pytest
import torch
from theme_tests import ThemeTests

from twinproof.models.split_transform import Bottleneck, GroupedSplitTransformMerge, SplitTransformMerge, trainable


class TestConvolution(ThemeTests):
    theme = "convolution"
    claims = ("stm-params",)


def test_the_live_modules_count_the_figures() -> None:
    assert trainable(Bottleneck()) == 213_504
    assert trainable(SplitTransformMerge()) == trainable(GroupedSplitTransformMerge()) == 78_592


def test_frozen_parameters_are_not_trainable() -> None:
    module = Bottleneck(3, 2)
    everything = trainable(module)
    module.conv2.requires_grad_(False)
    assert trainable(module) == everything - (2 * 2 * 9 + 2)


def plain_reference(split: SplitTransformMerge, x: torch.Tensor) -> torch.Tensor:
    """The sum over the branches, each written out in functional calls."""
    outputs = []
    for index in range(len(split.branches)):
        h = x
        for conv in (split.branch(index).conv1, split.branch(index).conv2, split.branch(index).conv3):
            padding = conv.kernel_size[0] // 2
            h = torch.nn.functional.conv2d(h, conv.weight, conv.bias, padding=padding).clamp(min=0.0)
        outputs.append(h)
    return torch.stack(outputs).sum(0)


@pytest.mark.parametrize(("channels", "width", "branches", "kernel"), [(5, 2, 3, 3), (3, 1, 1, 1), (4, 3, 7, 5)])
def test_both_forms_are_the_same_function(channels: int, width: int, branches: int, kernel: int) -> None:
    torch.manual_seed(0)
    split = SplitTransformMerge(channels, width, branches, kernel, dtype=torch.float64)
    grouped = GroupedSplitTransformMerge.from_branches(split)
    assert trainable(split) == trainable(grouped)
    x = torch.randn(2, channels, 6, 4, dtype=torch.float64)
    out = split(x)
    assert out.shape == x.shape
    # inputs and weights are of size 1, so a sum of n products errs by about n units of rounding: 1e-13 is far above
    torch.testing.assert_close(out, plain_reference(split, x), rtol=0.0, atol=1e-13)
    torch.testing.assert_close(grouped(x), out, rtol=0.0, atol=1e-13)
    torch.testing.assert_close(grouped(x[0]), out[0], rtol=0.0, atol=1e-13)


def test_relu_comes_before_the_sum() -> None:
    """A branch that is negative somewhere is cut off by itself, not after it was added to others."""
    torch.manual_seed(1)
    split = SplitTransformMerge(3, 2, 4, dtype=torch.float64)
    x = torch.randn(1, 3, 5, 5, dtype=torch.float64)
    raw = sum(b.conv3(torch.relu(b.conv2(torch.relu(b.conv1(x))))) for b in map(split.branch, range(4)))
    assert isinstance(raw, torch.Tensor)
    assert float((split(x) - torch.relu(raw)).detach().abs().max()) > 1e-3


def test_both_forms_have_the_same_gradients() -> None:
    torch.manual_seed(3)
    split = SplitTransformMerge(5, 2, 3, dtype=torch.float64)
    grouped = GroupedSplitTransformMerge.from_branches(split)
    inputs = [torch.randn(2, 5, 6, 4, dtype=torch.float64).requires_grad_()]
    inputs.append(inputs[0].detach().clone().requires_grad_())
    for module, x in zip((split, grouped), inputs, strict=True):
        module(x).square().sum().backward()
    torch.testing.assert_close(inputs[1].grad, inputs[0].grad, rtol=0.0, atol=1e-12)
    for name, parameter in grouped.named_parameters():
        stated = torch.cat([split.branch(index).get_parameter(name).grad for index in range(3)])
        torch.testing.assert_close(parameter.grad, stated, rtol=0.0, atol=1e-12)


def test_the_grouped_form_passes_the_gradient_checks_of_first_and_second_order() -> None:
    torch.manual_seed(4)
    grouped = GroupedSplitTransformMerge(3, 2, 3, dtype=torch.float64)
    x = torch.randn(1, 3, 3, 2, dtype=torch.float64).requires_grad_()
    names, parameters = zip(*grouped.named_parameters(), strict=True)

    def layer(x: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.func.functional_call(grouped, dict(zip(names, values, strict=True)), (x,))
        return found.square()

    assert torch.autograd.gradcheck(layer, (x, *parameters))
    assert torch.autograd.gradgradcheck(layer, (x, *parameters))


def test_branches_get_gradients_of_their_own() -> None:
    torch.manual_seed(2)
    split = SplitTransformMerge(3, 2, 3)
    split(torch.randn(2, 3, 4, 4)).square().sum().backward()
    gradients = [split.branch(index).conv3.weight.grad for index in range(3)]
    found = [g for g in gradients if g is not None and bool(g.abs().sum() > 0)]
    assert len(found) == 3
    assert not torch.equal(found[0], found[1])


@pytest.mark.parametrize("wrong", [{"channels": 0}, {"width": -1}, {"branches": 0}, {"kernel": 2}, {"kernel": 0}])
@pytest.mark.parametrize("module", [SplitTransformMerge, GroupedSplitTransformMerge])
def test_wrong_sizes_are_refused_by_name(module: type, wrong: dict[str, int]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        module(**({"channels": 2, "width": 2, "branches": 2, "kernel": 3} | wrong))


def test_sizes_that_are_no_integers_are_refused() -> None:
    with pytest.raises(TypeError, match="width"):
        Bottleneck(2, 1.5)  # type: ignore[arg-type]
