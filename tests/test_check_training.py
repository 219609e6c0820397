"""Checker of dead units: any optimiser, bit for bit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

import twinproof as tp
from twinproof.check import coverage
from twinproof.numerics.harness.verdict import ProofResult

X = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
Y = X.sum(1, keepdim=True)
Make = Callable[[nn.Module], Optimizer]


def net(bias: float = -5.0, activation: type[nn.Module] = nn.ReLU, norm: bool = False) -> nn.Sequential:
    made = nn.Sequential(nn.Linear(3, 4), activation(), nn.Linear(4, 1))
    if norm:
        made = nn.Sequential(*made[:2], nn.BatchNorm1d(4), nn.Dropout(0.5), made[2])
    values = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for held in made.parameters():
            if held.ndim == 2:
                held.uniform_(-0.5, 0.5, generator=values)
        made[0].bias.copy_(torch.tensor([0.1, bias, -0.1, 0.2]))
    return made


def plain(model: nn.Module) -> Optimizer:
    return SGD(model.parameters(), lr=0.05)


def ask(model: nn.Module, make: Make = plain, steps: int = 40, **other: object) -> tp.Verdict:
    return tp.check.unit_stays_dead(model, "0", 1, X, Y, loss=nn.MSELoss(), optimizer=make, steps=steps, **other)


KEEP: dict[str, Make] = {
    "sgd": plain,
    "momentum": lambda m: SGD(m.parameters(), lr=0.05, momentum=0.9),
    "adam": lambda m: Adam(m.parameters()),
    "adamw": lambda m: AdamW(m.parameters(), lr=0.01, weight_decay=0.1),
    "weight decay": lambda m: SGD(m.parameters(), lr=0.05, weight_decay=0.01),
    "lbfgs": lambda m: torch.optim.LBFGS(m.parameters(), max_iter=3),
    "rmsprop": lambda m: torch.optim.RMSprop(m.parameters()),
}


@pytest.mark.parametrize("make", KEEP.values(), ids=KEEP.keys())
def test_optimisers_that_keep_it_dead(make: Make) -> None:
    assert ask(net(), make).holds


def test_own_parameters_may_move() -> None:
    assert "did not move" in ask(net(), KEEP["adam"]).summary
    assert "parameters moved" in ask(net(), KEEP["adamw"]).summary


REVIVE: dict[str, Make] = {
    "weight decay with momentum": lambda m: SGD(m.parameters(), lr=0.05, weight_decay=0.2, momentum=0.9),
    "weight decay beyond 1": lambda m: SGD(m.parameters(), lr=0.1, weight_decay=15),
    "weight decay on biases": lambda m: SGD(
        [{"params": [m[0].bias], "weight_decay": 4.0}, {"params": [m[0].weight, *m[2].parameters()]}], lr=0.1
    ),
}


@pytest.mark.parametrize("make", REVIVE.values(), ids=REVIVE.keys())
def test_optimisers_that_revive_it(make: Make) -> None:
    verdict = ask(net(), make)
    assert verdict.status == "refuted"
    assert verdict.witness["pre-activation"] >= 0
    assert 1 <= verdict.witness["step"] <= 40


def test_the_step_of_the_catalogue() -> None:
    assert ask(net(), REVIVE["weight decay with momentum"]).witness["step"] == 24


@pytest.mark.parametrize(
    ("bias", "activation"), [(0.0, nn.ReLU), (-5.0, nn.LeakyReLU), (-5.0, nn.GELU), (-5.0, nn.ELU)]
)
def test_a_unit_that_is_not_dead_is_a_wrong_argument(bias: float, activation: type[nn.Module]) -> None:
    with pytest.raises(ValueError, match="unit: unit 1 of '0' is not dead at the start"):
        ask(net(bias, activation))


def test_a_unit_on_the_boundary_is_not_dead() -> None:
    model = net()
    with torch.no_grad():
        model[0].weight[1].zero_()
        model[0].bias[1] = 0.0
    with pytest.raises(ValueError, match="not dead at the start"):
        ask(model)


def test_divergence_is_undecided() -> None:
    verdict = ask(net(), lambda m: SGD(m.parameters(), lr=1e6))
    assert verdict.status == "undecided"
    assert "nan or infinite" in verdict.summary


def test_a_dead_unit_of_a_second_layer_may_be_revived_by_the_first() -> None:
    deep = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 1))
    values = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for held in deep.parameters():
            held.uniform_(-0.6, 0.6, generator=values)
        deep[0].weight.abs_()
        deep[2].weight[0] = torch.ones(4)
        deep[2].bias[0] = -6.0
        deep[2].weight[1] = 0.5  # the living unit asks for larger hidden units, and they wake the dead one
        deep[4].weight[0, 1] = 0.5
    verdict = tp.check.unit_stays_dead(
        deep, "2", 0, X, torch.full((20, 1), 30.0), loss=nn.MSELoss(), optimizer=plain, steps=60
    )
    assert verdict.status == "refuted"


def test_coverage_is_for_one_hidden_layer_and_plain_sgd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "replayed", lambda claim: ProofResult("proved"))
    assert ask(net(), steps=3).status == "proved"
    assert ask(net(), KEEP["momentum"], steps=3).status == "corroborated"
    wrapped = nn.Sequential(net())
    verdict = tp.check.unit_stays_dead(wrapped, "0.0", 1, X, Y, loss=nn.MSELoss(), optimizer=plain, steps=3)
    assert verdict.status == "corroborated"
    monkeypatch.setattr(coverage, "replayed", lambda claim: None)
    assert ask(net(), steps=3).status == "corroborated"


def test_the_model_and_the_random_state_are_left_alone() -> None:
    model = net(norm=True)
    model(X).sum().backward()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    slopes = [held.grad.clone() for held in model.parameters()]
    state = torch.get_rng_state()
    assert ask(model, KEEP["adamw"], steps=5).holds
    assert model.training
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert all(torch.equal(a, held.grad) for a, held in zip(slopes, model.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), state)


def test_the_same_seed_gives_the_same_run() -> None:
    one, two = (ask(net(), REVIVE["weight decay with momentum"], seed=3).witness for _ in range(2))
    assert one == two


OTHER = net()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": 3}, TypeError, "model: found 3"),
        ({"layer": 0}, TypeError, "layer: found 0"),
        ({"layer": "7"}, ValueError, "layer: found '7'.*'0', '2'"),
        ({"layer": "1"}, ValueError, r"layer: found '1' \(ReLU\)"),
        ({"unit": 4}, ValueError, "unit: found 4"),
        ({"unit": -1}, ValueError, "unit: found -1"),
        ({"unit": "1"}, TypeError, "unit: found '1'"),
        ({"inputs": [1.0]}, TypeError, r"inputs: found \[1.0\]"),
        ({"inputs": torch.full((2, 3), float("nan"))}, ValueError, "inputs: found entries that are nan"),
        ({"inputs": torch.ones(2, 7)}, ValueError, "inputs: the model raised"),
        ({"inputs": torch.ones(0, 3)}, ValueError, "inputs: found"),
        ({"targets": None}, TypeError, "targets: found None"),
        ({"loss": 3}, TypeError, "loss: found 3"),
        ({"loss": lambda out, target: out}, TypeError, "loss: returned"),
        ({"loss": lambda out, target: target.sum()}, ValueError, "loss: does not depend"),
        ({"optimizer": plain(OTHER)}, TypeError, "optimizer: found SGD"),
        ({"optimizer": lambda m: 3}, TypeError, "optimizer: returned 3"),
        ({"optimizer": lambda m: plain(OTHER)}, ValueError, "optimizer: steps parameters of another model"),
        ({"steps": 0}, ValueError, "steps: found 0"),
        ({"steps": 2.5}, TypeError, "steps: found 2.5"),
        ({"seed": None}, TypeError, "seed: found None"),
    ],
)
def test_a_wrong_argument_is_named(change: dict[str, object], error: type, message: str) -> None:
    arguments: dict[str, object] = {
        "model": net(), "layer": "0", "unit": 1, "inputs": X, "targets": Y, "loss": nn.MSELoss(), "optimizer": plain,
        "steps": 2,
    } | change  # fmt: skip
    with pytest.raises(error, match=message):
        tp.check.unit_stays_dead(**arguments)
