"""Checkers of functions and of gradients: same function? right formula, and if not, which coordinate?"""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

import twinproof as tp

torch.manual_seed(0)
SIGMOID_NET = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 3))
TANH_NET = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
with torch.no_grad():
    first, last = SIGMOID_NET[0], SIGMOID_NET[2]
    TANH_NET[0].weight.copy_(first.weight / 2)
    TANH_NET[0].bias.copy_(first.bias / 2)
    TANH_NET[2].weight.copy_(last.weight / 2)
    TANH_NET[2].bias.copy_(last.bias + last.weight.sum(1) / 2)
    WRONG_NET = copy.deepcopy(TANH_NET)
    WRONG_NET[2].bias[1] += 1e-4
CONV = nn.Conv2d(2, 3, 3)


def smooth_plus(z: torch.Tensor) -> torch.Tensor:
    return torch.logaddexp(z, torch.zeros_like(z))


SAME = {
    "converted network": (SIGMOID_NET, TANH_NET, (4,)),
    "converted network on a batch": (SIGMOID_NET, TANH_NET, (5, 4)),
    "converted network behind lambdas": (lambda x: SIGMOID_NET(x), lambda x: TANH_NET(x), (4,)),
    "relu": (nn.ReLU(), lambda z: z.clamp_min(0), (3,)),
    "sigmoid through tanh": (torch.sigmoid, lambda z: 0.5 + torch.tanh(z / 2) / 2, (7,)),
    "sums in another order": (lambda x: x.sum(), lambda x: x.flip(0).sum(), (9,)),
    "dropout in eval mode": (nn.Dropout().eval(), nn.Identity(), (4,)),
    "undefined at the same inputs": (torch.log, lambda z: z.log(), (3,)),
    "layer norm": (nn.LayerNorm(6), lambda x: functional.layer_norm(x, (6,)), (6,)),
    "copies": (CONV, copy.deepcopy(CONV), (2, 5, 5)),
    "softmax": (lambda x: torch.softmax(x, 0), lambda x: torch.exp(x - torch.logsumexp(x, 0)), (5,)),
    "one number": (torch.square, lambda x: x * x, ()),
}
DIFFERENT = {
    "one bias off by 1e-4": (SIGMOID_NET, WRONG_NET, (4,)),
    "one bias off by 1e-4, behind lambdas": (lambda x: SIGMOID_NET(x), lambda x: WRONG_NET(x), (4,)),
    "softplus beyond its threshold": (functional.softplus, smooth_plus, (1,)),
    "softplus in a long vector": (functional.softplus, smooth_plus, (50,)),
    "softplus of one number": (functional.softplus, smooth_plus, ()),
    "gelu and its approximation": (nn.GELU(), nn.GELU(approximate="tanh"), (7,)),
    "one point": (lambda z: torch.where(z == 3, z + 1, z), nn.Identity(), (3,)),
    "one corner": (lambda x: x[0] * x[1], lambda x: x[0] * x[1] + 1e-3 * (x[0] > 2) * (x[1] < -2), (2,)),
    "shapes": (lambda x: x.sum(), lambda x: x.sum().reshape(1), (4,)),
    "other weights": (nn.Conv2d(2, 3, 3), nn.Conv2d(2, 3, 3), (2, 5, 5)),
    "negative side only": (nn.LeakyReLU(1e-6), nn.ReLU(), (4,)),
    "far out": (lambda z: z.clamp_max(5e5), nn.Identity(), (4,)),
}


@pytest.mark.parametrize(("f", "g", "shape"), SAME.values(), ids=SAME.keys())
def test_equal_functions(f: object, g: object, shape: tuple[int, ...]) -> None:
    assert tp.check.equivalent(f, g, shape=shape).holds


@pytest.mark.parametrize(("f", "g", "shape"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_functions(f: object, g: object, shape: tuple[int, ...]) -> None:
    verdict = tp.check.equivalent(f, g, shape=shape)
    assert verdict.status == "refuted"
    assert torch.tensor(verdict.witness["x"]).shape == shape


def test_the_witness_is_shrunk() -> None:
    seen = tp.check.equivalent(lambda z: torch.where(z == 3, z + 1, z), nn.Identity(), shape=(3,)).witness
    assert sorted(map(abs, seen["x"])) == [0, 0, 3]


def test_dropout_in_training_mode_is_undecided() -> None:
    assert tp.check.equivalent(nn.Dropout(), nn.Identity(), shape=(40,)).status == "undecided"


def test_overflow_on_one_side_is_undecided() -> None:
    verdict = tp.check.equivalent(lambda z: torch.log(torch.exp(z)), nn.Identity(), shape=(4,))
    assert verdict.status in ("undecided", "refuted")
    grown = tp.check.equivalent(lambda z: z * torch.exp(z - z), lambda z: z + 0 * torch.exp(z), shape=(4,))
    assert grown.status == "undecided"
    assert "nan" in grown.summary


# -- gradients --


def square(x: torch.Tensor) -> torch.Tensor:
    return (x**2).sum()


def outside_autograd(x: torch.Tensor) -> torch.Tensor:
    return torch.tensor(float((x.detach().numpy() ** 2).sum()), dtype=x.dtype)


def one_wrong(x: torch.Tensor) -> torch.Tensor:
    slope = 2 * x
    slope[2] *= 1 + 1e-6
    return slope


RIGHT = {
    "square": (square, lambda x: 2 * x, (4,)),
    "relu, with its kink": (lambda x: torch.relu(x).sum(), lambda x: (x > 0).to(x.dtype), (4,)),
    "absolute value": (lambda x: x.abs().sum(), torch.sign, (4,)),
    "log-sum-exp": (lambda x: torch.logsumexp(x, 0), lambda x: torch.softmax(x, 0), (6,)),
    "network": (lambda x: SIGMOID_NET(x).sum(), lambda x: torch.func.grad(lambda z: SIGMOID_NET(z).sum())(x), (4,)),
    "outside autograd": (outside_autograd, lambda x: 2 * x, (4,)),
    "constant": (lambda x: 0 * x.sum() + 1, torch.zeros_like, (4,)),
    "unused input": (lambda x: torch.ones((), dtype=x.dtype), torch.zeros_like, (4,)),
    "matrix": (lambda X: (X @ X).trace(), lambda X: 2 * X.T, (3, 3)),
    "one number": (torch.square, lambda x: 2 * x, ()),
    "steep": (lambda x: torch.exp(x).sum(), torch.exp, (5,)),
    "maximum, with ties": (lambda x: x.max(), lambda x: functional.one_hot(x.argmax(), 5).to(x), (5,)),
    "autograd cut by a detach": (lambda x: (x * x.detach()).sum(), lambda x: 2 * x, (4,)),
    "branches on data": (
        lambda x: x.sum() if x[0] > 0 else -x.sum(),
        lambda x: torch.sign(x[0] - 1e-300) * torch.ones_like(x),
        (3,),
    ),
}
WRONG = {
    "one coordinate": (square, one_wrong, (4,)),
    "offset": (square, lambda x: 2 * x + 1e-8, (4,)),
    "relu' = 1": (lambda x: torch.relu(x).sum(), torch.ones_like, (4,)),
    "scale": (lambda x: torch.logsumexp(x, 0), lambda x: torch.softmax(x, 0) * 1.0001, (6,)),
    "outside autograd": (outside_autograd, lambda x: 3 * x, (4,)),
    "not transposed": (lambda X: (X @ X).trace(), lambda X: 2 * X, (3, 3)),
    "cut off": (lambda x: torch.exp(x).sum(), lambda x: torch.exp(x) * (x < 2), (5,)),
    "sigma at a for sigma at z": (
        lambda x: torch.sigmoid(x).sum(),
        lambda x: torch.sigmoid(torch.sigmoid(x)) * (1 - torch.sigmoid(torch.sigmoid(x))),
        (3,),
    ),
}


@pytest.mark.parametrize(("function", "formula", "shape"), RIGHT.values(), ids=RIGHT.keys())
def test_right_gradients(function: object, formula: object, shape: tuple[int, ...]) -> None:
    assert tp.check.gradient(function, formula, shape=shape).holds


@pytest.mark.parametrize(("function", "formula", "shape"), WRONG.values(), ids=WRONG.keys())
def test_wrong_gradients(function: object, formula: object, shape: tuple[int, ...]) -> None:
    verdict = tp.check.gradient(function, formula, shape=shape)
    assert verdict.status == "refuted"
    assert len(verdict.witness["coordinate"]) == len(shape)


def test_the_wrong_coordinate_is_named() -> None:
    verdict = tp.check.gradient(square, one_wrong, shape=(4,))
    assert verdict.witness["coordinate"] == [2]
    assert verdict.witness["wrong coordinates"] == [[2]]
    assert "coordinate (2,)" in verdict.summary
    seen = tp.check.gradient(lambda X: (X @ X).trace(), lambda X: 2 * X, shape=(2, 2)).witness
    assert sorted(seen["wrong coordinates"]) == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x: x.sqrt().sum(), lambda x: 0.5 / x.sqrt()),
        (lambda x: (x + (x.round() - x).detach()).sum(), torch.ones_like),
        (lambda x: (x + torch.rand(())).sum(), torch.ones_like),
    ],
    ids=["nan", "straight-through", "random"],
)
def test_undecided_gradients(function: object, formula: object) -> None:
    verdict = tp.check.gradient(function, formula, shape=(4,))
    assert verdict.status == "undecided"
    assert verdict.summary


# -- arguments, and what is left alone --

IDENTITY = nn.Identity()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"f": 3}, TypeError, "f: found 3"),
        ({"g": nn.ReLU}, TypeError, "g: found the class ReLU"),
        ({"g": lambda x: 3}, TypeError, "g: returned 3"),
        ({"f": lambda x: x > 0}, TypeError, "f: returned a tensor of dtype torch.bool"),
        ({"f": nn.Linear(7, 1)}, ValueError, "f: raised RuntimeError"),
        ({"shape": 4}, TypeError, "shape: found 4"),
        ({"shape": "4"}, TypeError, "shape: found '4'"),
        ({"shape": (0,)}, ValueError, "shape: found 0"),
        ({"seed": 1.5}, TypeError, "seed: found 1.5"),
    ],
)
def test_equivalent_names_a_wrong_argument(change: dict[str, object], error: type, message: str) -> None:
    arguments: dict[str, object] = {"f": IDENTITY, "g": IDENTITY, "shape": (4,)} | change
    with pytest.raises(error, match=message):
        tp.check.equivalent(**arguments)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"function": 3}, TypeError, "function: found 3"),
        ({"gradient": None}, TypeError, "gradient: found None"),
        ({"function": lambda x: x}, ValueError, r"function: returned a tensor of shape \(4,\)"),
        ({"function": lambda x: 3.0}, TypeError, "function: returned float"),
        ({"gradient": lambda x: x.sum()}, ValueError, r"gradient: returned shape \(\)"),
        ({"gradient": lambda x: [1.0]}, TypeError, "gradient: returned"),
        ({"gradient": nn.Linear(7, 1)}, ValueError, "gradient: raised RuntimeError"),
        ({"shape": (2, -1)}, ValueError, "shape: found -1"),
        ({"seed": -1}, ValueError, "seed: found -1"),
    ],
)
def test_gradient_names_a_wrong_argument(change: dict[str, object], error: type, message: str) -> None:
    arguments: dict[str, object] = {"function": square, "gradient": lambda x: 2 * x, "shape": (4,)} | change
    with pytest.raises(error, match=message):
        tp.check.gradient(**arguments)


def test_objects_and_random_state_are_left_alone() -> None:
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    net(torch.ones(3, 4)).sum().backward()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    slopes = [held.grad.clone() for held in net.parameters()]
    state = torch.get_rng_state()
    tp.check.equivalent(net, lambda x: net(x), shape=(3, 4))
    tp.check.gradient(lambda x: net(x).sum(), lambda x: x, shape=(3, 4))
    assert net.training
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert all(torch.equal(a, held.grad) for a, held in zip(slopes, net.parameters(), strict=True))
    assert net[0].weight.dtype == torch.float32
    assert torch.equal(torch.get_rng_state(), state)


def test_a_counter_in_a_closure_is_put_back() -> None:
    calls = torch.zeros(())

    def counted(x: torch.Tensor) -> torch.Tensor:
        calls.add_(1)
        return (x**2).sum()

    tp.check.gradient(counted, lambda x: 2 * x, shape=(3,))
    assert calls.item() == 0


def test_the_same_seed_gives_the_same_witness() -> None:
    one, two = (tp.check.equivalent(nn.GELU(), nn.SiLU(), shape=(5,), seed=7).witness for _ in range(2))
    assert one == two
    assert math.isfinite(one["f(x)"])


@pytest.mark.parametrize("seed", range(4))
def test_cancellation_is_rounding(seed: int) -> None:
    """Identities whose sides lose digits where terms cancel or underflow: no seed may take that for a difference."""
    pairs = (
        (torch.tanh, lambda x: 2 * torch.sigmoid(2 * x) - 1, ()),
        (lambda x: (x + 1) ** 2 - 1, lambda x: x * x + 2 * x, ()),
        (torch.tanh, lambda x: (torch.exp(2 * x) - 1) / (torch.exp(2 * x) + 1), ()),
        (lambda x: torch.log_softmax(x, -1), lambda x: torch.log(torch.softmax(x, -1)), (4,)),
    )
    found = [tp.check.equivalent(f, g, shape=shape, seed=seed) for f, g, shape in pairs]
    assert [verdict.status for verdict in found] == ["corroborated", "corroborated", "undecided", "undecided"]
    told = "one of them is nan or infinite where the other is not"
    assert all(told in verdict.summary for verdict in found[2:])
    slightly = tp.check.equivalent(torch.tanh, lambda x: torch.tanh(x) * (1 + 1e-9), shape=(), seed=seed)
    assert slightly.status == "refuted"
