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
    with pytest.raises(ValueError, match="batch: found 0, expected a positive integer"):
        network().train_epoch(x, y, step=0.1, batch=0)
    for batch in (2.5, True):
        with pytest.raises(TypeError, match=f"batch: found {batch}, expected a positive integer"):
            network().train_epoch(x, y, step=0.1, batch=batch)
    with pytest.raises(ValueError, match="step: found -1"):
        network().train_epoch(x, y, step=-1, batch=1)


@pytest.mark.parametrize(
    ("widths", "error"),
    [(3, TypeError), ((3, 2.5), TypeError), ((3, True), TypeError), ("34", TypeError), ((3, 0), ValueError)],
)
def test_bad_widths_are_named(widths, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"widths: found .*, expected at least two positive integers"):
        network(widths)


def test_a_dtype_that_is_not_floating_is_named() -> None:
    with pytest.raises(ValueError, match="dtype: found int64, expected a floating one"):
        Network((3, 2), generator=np.random.default_rng(0), dtype=np.int64)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ([0, 1, 2, 3, 5], "found rows from 0 to 5"),
        ([0, 1, 2, 3, -1], "found rows from -1 to 3"),
        ([0, 1, 2, 3, 3], "found 4 of 5 rows"),
        ([0, 1, 2], r"found shape \(3,\) of int64"),
        ([True] * 5, r"found shape \(5,\) of bool"),
        ([0.0, 1.0, 2.0, 3.0, 4.0], r"found shape \(5,\) of float64"),
    ],
)
def test_an_order_that_is_no_permutation_is_named_and_nothing_is_trained(order: list[int], told: str) -> None:
    net = network()
    before = [weight.copy() for weight in net.weights]
    with pytest.raises(ValueError, match=f"order: {told}, expected"):
        net.train_epoch(np.ones((5, 3)), np.zeros(5, dtype=np.int64), step=0.1, batch=2, order=order)
    assert all(np.array_equal(weight, old) for weight, old in zip(net.weights, before, strict=True))


def test_no_example_is_named() -> None:
    x, y = np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
    told = r"x: found shape \(0, 3\), expected at least one row"
    with pytest.raises(ValueError, match=told):
        network().gradients(x, y)
    with pytest.raises(ValueError, match=told):
        network().train_epoch(x, y, step=0.1, batch=1)
    assert network().forward(x).shape == (0, 2)


def test_lists_do_as_well_as_arrays() -> None:
    x, y = np.arange(6.0).reshape(2, 3), np.array([1, 0])
    lists, arrays = network(), network()
    assert lists.gradients(x.tolist(), y.tolist()).loss == arrays.gradients(x, y).loss
    told = lists.train_epoch(x.tolist(), y.tolist(), step=0.1, batch=1, order=[1, 0])
    assert told == arrays.train_epoch(x, y, step=0.1, batch=1, order=np.array([1, 0]))
    assert np.array_equal(lists.weights[0], arrays.weights[0])
    with pytest.raises(ValueError, match="x: found list"):
        network().gradients([[1.0], [1.0, 2.0]], y)
    with pytest.raises(TypeError, match="y: found dtype <U1, expected real numbers"):
        network().gradients(x, ["0", "1"])
