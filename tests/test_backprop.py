"""Backpropagation by hand: the study, the theorem on two layers, training as PyTorch does it, bad input."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
import torch
from study_tests import StudyTests, twin_evidence

from twinproof import catalogue
from twinproof.models.backprop import Network
from twinproof.models.minibatches import train_epoch
from twinproof.numerics.studies.backprop import live_twin


class TestBackprop(StudyTests):
    theme = "backprop"
    claims = ("backprop-from-scratch",)
    sabotages: ClassVar = {
        "backprop-from-scratch": lambda original: lambda *arguments: original(*arguments) * (1.0 + 1e-6)
    }


def network(widths=(3, 4, 2), activation="tanh", loss="cross entropy") -> Network:
    return Network(widths, activation, loss, generator=np.random.default_rng(0))


def test_the_check_names_the_gradients_below_the_mistake() -> None:
    for twin in catalogue.claim("backprop-from-scratch").twins:
        witness = twin_evidence("backprop-from-scratch", twin.name).witness
        named = witness["measured"]["wrong gradients"]["sigmoid, cross entropy"].split(", ")
        assert named == [f"{kind} {l}" for l in range(3) for kind in ("weight", "bias")], twin.name


def test_two_layers_agree_with_the_theorem() -> None:
    right = catalogue.claim("two-layer-gradients").formulas().right
    net = network((3, 4, 1), "tanh", "half squared error")
    draw = np.random.default_rng(1)
    x, y = draw.standard_normal((5, 3)), draw.standard_normal((5, 1))
    found = net.gradients(x, y)
    z = x @ net.weights[0].T
    values = {"d": 3, "m": 4, "N": 5, "w": net.weights[0], "v": net.weights[1][0], "X": x, "c": np.full(5, 0.2)}
    values |= {"dl": (net.forward(x) - y)[:, 0], "sg": lambda t: float(np.tanh(t))}
    for p in range(4):
        s = 1.0 / np.cosh(z[:, p]) ** 2
        assert found.weights[1][0, p] == pytest.approx(float(right("outgoing", **values, s=s, p=p, q=0)), rel=1e-10)
        for q in range(3):
            stated = float(right("incoming", **values, s=s, p=p, q=q))
            assert found.weights[0][p, q] == pytest.approx(stated, rel=1e-10)


def test_training_goes_where_pytorch_goes() -> None:
    net = network((6, 5, 4, 3), "relu")
    live = live_twin(net, "relu")
    draw = np.random.default_rng(2)
    x, y = draw.standard_normal((50, 6)), draw.integers(0, 3, 50)
    optimizer = torch.optim.SGD(live.parameters(), lr=0.1)
    for _ in range(5):
        net.train_epoch(x, y, step=0.1, batch=8)
        train_epoch(
            live,
            torch.from_numpy(x),
            torch.from_numpy(y),
            loss=torch.nn.functional.cross_entropy,
            optimizer=optimizer,
            batch_size=8,
            generator=None,
        )
    for l in range(net.depth):
        assert np.abs(net.weights[l] - live.linear(l).weight.detach().numpy()).max() < 1e-10


def test_large_numbers_overflow_nowhere() -> None:
    net = network((1, 2, 2), "sigmoid")
    found = net.gradients(np.array([[1e6], [-1e6]]), np.array([0, 1]))
    assert np.isfinite(found.loss)
    assert all(np.isfinite(gradient).all() for gradient in found.named().values())


def test_bad_arguments_are_named() -> None:
    x, y = np.zeros((5, 3)), np.zeros(5, dtype=np.int64)
    with pytest.raises(ValueError, match=r"widths: found \(3,\)"):
        network((3,))
    with pytest.raises(ValueError, match="activation: found 'step'"):
        network(activation="step")
    with pytest.raises(ValueError, match="loss: found 'hinge'"):
        network(loss="hinge")
    with pytest.raises(ValueError, match=r"x: found shape \(5, 2\), expected \(b, 3\)"):
        network().gradients(x[:, :2], y)
    with pytest.raises(ValueError, match="x: found 15 entries that are not finite"):
        network().gradients(x * np.nan, y)
    with pytest.raises(ValueError, match="y: found labels from 2 to 2, expected labels from 0 to 1"):
        network().gradients(x, y + 2)
    with pytest.raises(ValueError, match=r"y: found shape \(4,\) of int64"):
        network().gradients(x, y[:4])
    with pytest.raises(ValueError, match=r"y: found shape \(5,\), expected \(5, 2\)"):
        network(loss="half squared error").gradients(x, y)
    with pytest.raises(ValueError, match="batch: found 0"):
        network().train_epoch(x, y, step=0.1, batch=0)
    with pytest.raises(ValueError, match="step: found -1"):
        network().train_epoch(x, y, step=-1, batch=1)
