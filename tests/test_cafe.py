"""The network on faces and its training: studies, saved parameters, wrong input."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
import torch
from study_tests import StudyTests
from torch import nn

from twinproof.models.cafe import PIXELS, CAFENet, confusion, fit, load, save, weight_images


def _silent(original):
    return lambda self, x: original(self, x) * 0.0


def _idle(original):
    return lambda self, closure=None: None


class TestCafe(StudyTests):
    theme = "cafe"
    claims = ("cafe-net", "cafe-fit", "cafe-loss-curve")
    sabotages: ClassVar = {"cafe-net": _silent, "cafe-fit": _idle, "cafe-loss-curve": _idle}


class TestCafeResults(StudyTests):
    theme = "cafe_results"
    claims = ("cafe-confusion", "cafe-weights")
    sabotages: ClassVar = {"cafe-confusion": _silent, "cafe-weights": _silent}


def _examples(count: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.rand(count, PIXELS, generator=torch.Generator().manual_seed(0)), torch.arange(count) % 6


def test_the_network_is_one_linear_layer_that_says_what_its_outputs_are() -> None:
    net = CAFENet()
    assert sum(parameter.numel() for parameter in net.parameters()) == 547_206
    assert "anger, disgusted, happy, maudlin, fear, surprise" in repr(net)
    assert net(torch.zeros(2, 3, PIXELS)).shape == (2, 3, 6)
    assert CAFENet(dtype=torch.float64, device="meta").linear.weight.dtype == torch.float64
    with pytest.raises(ValueError, match=r"x: found shape \(1, 380, 240\), expected \(\.\.\., 91200\)"):
        net(torch.zeros(1, 380, 240))


def test_losses_are_those_before_each_step() -> None:
    x, y = _examples()
    net = CAFENet()
    with torch.no_grad():
        before = float(nn.functional.cross_entropy(net(x), y))
    losses = fit(net, x, y, 3)
    with torch.no_grad():
        after = float(nn.functional.cross_entropy(net(x), y))
    assert losses[0] == pytest.approx(before, rel=1e-6)
    assert len(losses) == 3
    assert losses[-1] != pytest.approx(after, rel=1e-3)


def test_fit_names_what_is_wrong_with_the_examples() -> None:
    net = CAFENet()
    x, y = _examples()
    holed = x.clone()
    holed[4, 17] = float("nan")
    for wrong_x, wrong_y, told in (
        (x[:, 1:], y, r"x: found shape \(6, 91199\), expected \(n, 91200\)"),
        (x[:0], y[:0], r"x: found shape \(0, 91200\)"),
        (x, y[:5], r"y: found shape \(5,\) of torch.int64, expected \(6,\) of integers"),
        (x, y.float(), r"y: found shape \(6,\) of torch.float32"),
        (x, y + 1, "y: found the label 6, expected 0 to 5"),
        (holed, y, "x: found NaN or an infinite value in row 4"),
    ):
        with pytest.raises(ValueError, match=told):
            fit(net, wrong_x, wrong_y, 1)
    with pytest.raises(ValueError, match="n_epochs: found 0"):
        fit(net, x, y, 0)
    with pytest.raises(ValueError, match="lr: found -1"):
        fit(net, x, y, 1, lr=-1)


def test_confusion_has_the_truth_in_its_rows() -> None:
    found = confusion(torch.tensor([0, 0, 1, 2]), torch.tensor([0, 2, 2, 2]), 3)
    assert found.tolist() == [[1, 0, 1], [0, 0, 1], [0, 0, 1]]
    with pytest.raises(ValueError, match="truth: found labels from 0 to 6, expected 0 to 5"):
        confusion(torch.tensor([0, 6]), torch.tensor([0, 1]))
    with pytest.raises(ValueError, match=r"predicted: found shape \(1,\)"):
        confusion(torch.tensor([0, 1]), torch.tensor([0]))


def test_weights_become_greys_by_one_map_row_by_row() -> None:
    weight = torch.zeros(2, PIXELS)
    weight[0, 240] = 2.0  # the first pixel of the second row
    weight[1, 1] = -1.0
    found = weight_images(weight)
    assert found.dtype == torch.int32
    assert found.shape == (2, 380, 240)
    assert (found[0, 1, 0], found[1, 0, 1], found[0, 5, 5]) == (255, 0, 85)


def test_weights_without_a_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weight: found the constant 0\.5"):
        weight_images(torch.full((6, PIXELS), 0.5))
    with pytest.raises(ValueError, match="weight: found NaN"):
        weight_images(torch.full((6, PIXELS), float("nan")))
    with pytest.raises(ValueError, match=r"weight: found shape \(6, 10\)"):
        weight_images(torch.zeros(6, 10))


def test_saved_parameters_come_back_and_other_files_are_refused(tmp_path: Path) -> None:
    net = CAFENet()
    save(net, tmp_path / "net.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["net.pt"]
    again = load(tmp_path / "net.pt")
    assert torch.equal(again.linear.weight, net.linear.weight)
    assert again.linear.weight.requires_grad
    torch.save(net, tmp_path / "module.pt")
    with pytest.raises(ValueError, match=r"module\.pt: found .* expected saved parameters"):
        load(tmp_path / "module.pt")
    torch.save(nn.Linear(3, 2).state_dict(), tmp_path / "small.pt")
    with pytest.raises(ValueError, match=r"small\.pt: found other contents than the parameters of a CAFENet"):
        load(tmp_path / "small.pt")
    torch.save(torch.zeros(3), tmp_path / "tensor.pt")
    with pytest.raises(ValueError, match=r"tensor\.pt: found other contents"):
        load(tmp_path / "tensor.pt")
    (tmp_path / "cut.pt").write_bytes((tmp_path / "net.pt").read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"cut\.pt: found"):
        load(tmp_path / "cut.pt")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent.pt")
