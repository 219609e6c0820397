"""Checker of initialisers: all x, not one lucky x."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import init

import twinproof as tp
from twinproof.check import coverage
from twinproof.numerics.harness.verdict import ProofResult

fan_out = functools.partial(init.kaiming_normal_, mode="fan_out", nonlinearity="linear")
fan_out_relu = functools.partial(init.kaiming_normal_, mode="fan_out", nonlinearity="relu")
uniform_relu = functools.partial(init.kaiming_uniform_, mode="fan_out", nonlinearity="relu")


def zero_column(w: torch.Tensor) -> None:
    fan_out(w)
    w[:, 3] = 0


def equal_columns(w: torch.Tensor) -> None:
    fan_out(w)
    w[:, 3] = w[:, 2]


def skewed(w: torch.Tensor) -> None:
    w.exponential_().sub_(1).mul_(w.shape[0] ** -0.5)


def skewed_twice(w: torch.Tensor) -> None:
    skewed(w)
    w.mul_(math.sqrt(2))


def signs(w: torch.Tensor) -> None:
    w.bernoulli_(0.5).mul_(2).sub_(1).mul_(w.shape[0] ** -0.5)


def from_numpy(w: torch.Tensor) -> None:
    w.copy_(torch.from_numpy(np.random.normal(size=w.shape) / math.sqrt(w.shape[0])))


def from_python(w: torch.Tensor) -> None:
    w.copy_(torch.tensor([[random.gauss(0, 1) for _ in row] for row in w]) / math.sqrt(w.shape[0]))


def sparse(w: torch.Tensor) -> None:
    init.sparse_(w, 0.5, std=(w.shape[0] - math.ceil(0.5 * w.shape[0])) ** -0.5)


def orthogonal_in_float32(w: torch.Tensor) -> None:
    w.copy_(init.orthogonal_(torch.empty(w.shape)))


def only_float32(w: torch.Tensor) -> None:
    if w.dtype != torch.float32:
        raise TypeError("float32 only")
    fan_out(w)


def symmetric_entries_only(w: torch.Tensor) -> None:
    """Each entry is symmetric, the row is not (see the hypothesis of relu-norm-preservation)."""
    rows = torch.tensor([[1, 1], [1, -1], [-1, 1], [-1, 0], [0, -1], [0, 0]], dtype=w.dtype)
    chance = torch.tensor([0.2, 0.1, 0.1, 0.2, 0.2, 0.2])
    w.copy_(rows[torch.multinomial(chance, w.shape[0], replacement=True)] * math.sqrt(2 / (0.6 * w.shape[0])))


def shifted(w: torch.Tensor) -> None:
    w.normal_(0.05, w.shape[0] ** -0.5)


def wide(w: torch.Tensor) -> None:
    w.normal_(0, 1.02 * w.shape[0] ** -0.5)


HOLDS: list[tuple[Callable[..., object], object, tuple[int, int]]] = [
    (fan_out, None, (50, 8)),
    (fan_out, torch.abs, (50, 8)),
    (uniform_relu, nn.ReLU(), (64, 32)),
    (fan_out_relu, nn.PReLU(50, init=0.0), (50, 8)),
    (init.kaiming_normal_, None, (8, 16)),
    (signs, None, (50, 8)),
    (from_numpy, None, (50, 8)),
    (functools.partial(init.normal_, std=0.25), None, (16, 3)),
    (only_float32, None, (50, 8)),
    (init.orthogonal_, None, (16, 8)),
    (orthogonal_in_float32, None, (16, 8)),
    (init.eye_, None, (8, 8)),
    (init.eye_, None, (9, 8)),
    (init.xavier_normal_, None, (16, 16)),
]
FAILS: list[tuple[Callable[..., object], object, tuple[int, int]]] = [
    (init.kaiming_normal_, nn.ReLU(), (50, 8)),
    (init.kaiming_normal_, None, (16, 16)),
    (init.kaiming_uniform_, nn.ReLU(), (8, 50)),
    (fan_out, nn.ReLU(), (50, 8)),
    (fan_out_relu, None, (50, 8)),
    (fan_out_relu, nn.SiLU(), (50, 8)),
    (fan_out_relu, nn.LeakyReLU(0.3), (50, 8)),
    (zero_column, None, (50, 8)),
    (equal_columns, None, (50, 8)),
    (skewed_twice, nn.ReLU(), (50, 8)),
    (symmetric_entries_only, nn.ReLU(), (40, 2)),
    (shifted, None, (50, 8)),
    (wide, None, (50, 8)),
    (functools.partial(init.sparse_, sparsity=0.5, std=0.1), None, (20, 8)),
    (init.orthogonal_, None, (8, 16)),
    (init.eye_, None, (8, 16)),
    (init.zeros_, None, (8, 4)),
    (init.xavier_normal_, None, (16, 32)),
    (torch.nn.init.ones_, None, (4, 4)),
]


def named(value: object) -> str:
    """What a test calls this argument: no address, for all workers must call it the same."""
    if isinstance(value, functools.partial):
        return "-".join([value.func.__name__, *map(str, value.keywords.values())])
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("initialise", "activation", "shape"), HOLDS, ids=named)
def test_keeps_the_norm(initialise: object, activation: object, shape: tuple[int, int]) -> None:
    assert tp.check.preserves_squared_norm(initialise, activation, shape=shape, eps=0.04).holds


@pytest.mark.parametrize(("initialise", "activation", "shape"), FAILS, ids=named)
def test_does_not_keep_the_norm(initialise: object, activation: object, shape: tuple[int, int]) -> None:
    verdict = tp.check.preserves_squared_norm(initialise, activation, shape=shape)
    assert verdict.status == "refuted"
    assert len(verdict.witness["x"]) == shape[1]


def test_the_default_kaiming_keeps_the_norm_under_relu_if_square() -> None:
    assert tp.check.preserves_squared_norm(init.kaiming_normal_, nn.ReLU(), shape=(24, 24), eps=0.05).holds


def test_sparse_and_skewed_weights_will_do_without_an_activation() -> None:
    for initialise in (sparse, skewed):
        assert tp.check.preserves_squared_norm(initialise, shape=(20, 4), eps=0.05).holds


def test_an_initialiser_may_use_the_random_module() -> None:
    assert tp.check.preserves_squared_norm(from_python, shape=(12, 2), eps=0.2).holds


def test_the_witness_of_a_zero_column_is_its_coordinate() -> None:
    x = tp.check.preserves_squared_norm(zero_column, shape=(50, 8)).witness["x"]
    assert [abs(entry) for entry in x] == [0, 0, 0, 1, 0, 0, 0, 0]


def test_too_small_a_precision_is_undecided_with_the_reason() -> None:
    verdict = tp.check.preserves_squared_norm(fan_out, shape=(1, 2), eps=1e-4)
    assert verdict.status == "undecided"
    assert "draws" in verdict.summary


def test_a_law_without_variance_is_undecided() -> None:
    assert tp.check.preserves_squared_norm(lambda w: w.cauchy_(), shape=(8, 8)).status == "undecided"


def test_coverage_takes_a_theorem_and_the_exact_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(initialise: object, activation: object) -> str:
        return tp.check.preserves_squared_norm(initialise, activation, shape=(64, 4), eps=0.05).status

    monkeypatch.setattr(coverage, "replayed", lambda claim: ProofResult("proved"))
    assert ask(fan_out, None) == "proved"
    assert ask(fan_out_relu, nn.ReLU()) == "proved"
    assert ask(lambda w: fan_out(w), None) == "corroborated"
    assert ask(fan_out_relu, None) == "refuted"
    monkeypatch.setattr(coverage, "replayed", lambda claim: None)
    assert ask(fan_out, None) == "corroborated"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"init": 3}, TypeError, "init: found 3"),
        ({"init": lambda w: None}, ValueError, "init: left 32 of 32 entries unset"),
        ({"init": lambda w: torch.randn(w.shape)}, ValueError, "init: left"),
        ({"init": lambda w: w.fill_(math.inf)}, ValueError, "init: left"),
        ({"init": lambda w: w.no_such()}, ValueError, "init: raised AttributeError"),
        ({"activation": 3}, TypeError, "activation: found 3"),
        ({"activation": lambda z: z @ z}, ValueError, "activation: raised RuntimeError"),
        ({"shape": (8,)}, ValueError, r"shape: found \(8,\)"),
        ({"shape": (8, 4, 2)}, ValueError, "shape: found"),
        ({"shape": 8}, TypeError, "shape: found 8"),
        ({"shape": (8, 0)}, ValueError, "shape: found 0"),
        ({"shape": (8, 2.5)}, TypeError, "shape: found 2.5"),
        ({"eps": 0}, ValueError, "eps: found 0"),
        ({"eps": 1.5}, ValueError, "eps: found 1.5"),
        ({"eps": "small"}, TypeError, "eps: found 'small'"),
        ({"seed": -1}, ValueError, "seed: found -1"),
    ],
)
def test_a_wrong_argument_is_named(change: dict[str, object], error: type, message: str) -> None:
    arguments: dict[str, object] = {"init": fan_out, "shape": (8, 4)} | change
    with pytest.raises(error, match=message):
        tp.check.preserves_squared_norm(**arguments)


def test_no_random_state_is_touched() -> None:
    generator = torch.Generator().manual_seed(3)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate(), generator.get_state()

    def mixed(w: torch.Tensor) -> None:
        from_numpy(w)
        w.add_(random.gauss(0, 1) * 0).add_(0 * torch.randn(w.shape, generator=generator))

    tp.check.preserves_squared_norm(mixed, shape=(20, 2), eps=0.2)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()
    assert random.getstate() == states[2]
    assert torch.equal(generator.get_state(), states[3])


def test_the_same_seed_gives_the_same_estimate() -> None:
    first, second, other = (
        tp.check.preserves_squared_norm(from_numpy, shape=(20, 2), eps=0.1, seed=seed).evidence[0].estimate
        for seed in (1, 1, 2)
    )
    assert first == second != other
