"""Checkers of activations: answers about true and false ones, and about nasty ones."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

import twinproof as tp
from twinproof.check import coverage
from twinproof.numerics.harness.verdict import ProofResult

HOMOGENEOUS = {
    "relu": nn.ReLU(),
    "relu in place": nn.ReLU(inplace=True),
    "functional relu": functional.relu,
    "leaky relu": nn.LeakyReLU(0.3),
    "steep leaky relu": nn.LeakyReLU(3.0),
    "prelu": nn.PReLU(),
    "prelu of four channels": nn.PReLU(4),
    "rrelu in eval mode": nn.RReLU().eval(),
    "abs": torch.abs,
    "identity": nn.Identity(),
    "zero": lambda z: 0 * z,
    "double": lambda z: 2 * z,
    "nan at infinity": lambda z: z * (z > 0),
    "maximum": lambda z: torch.maximum(z, 0.3 * z),
    "root of square": lambda z: (z * z).sqrt(),
    "cancelling": lambda z: (z + 1) - 1,
    "through exp and log": lambda z: torch.exp(torch.log(torch.relu(z))),
    "through float32": lambda z: torch.relu(z.float()).to(z.dtype) * 1.1,
}
NOT_HOMOGENEOUS = {
    "gelu": nn.GELU(),
    "tanh gelu": nn.GELU(approximate="tanh"),
    "silu": nn.SiLU(),
    "mish": nn.Mish(),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "softplus": nn.Softplus(),
    "relu6": nn.ReLU6(),
    "hardtanh": nn.Hardtanh(),
    "hardswish": nn.Hardswish(),
    "elu": nn.ELU(),
    "selu": nn.SELU(),
    "square": torch.square,
    "square root, nan below 0": torch.sqrt,
    "sine, chaotic far out": torch.sin,
    "rounded": torch.round,
    "softmax": nn.Softmax(dim=-1),
    "layer norm": nn.LayerNorm(8),
    "batch norm": nn.BatchNorm1d(4),
    "defect beyond 1e4": lambda z: torch.where(z.abs() > 1e4, z + 1, z),
    "defect below 1e-6": lambda z: torch.where(z.abs() < 1e-6, torch.zeros_like(z), z),
    "defect below 1e-20": lambda z: torch.where(z.abs() < 1e-20, 2 * z, z),
    "defect at 3": lambda z: torch.where(z == 3, z + 1e-3, z),
    "defect on a negative interval": lambda z: torch.where((z > -0.51) & (z < -0.5), z * 1.01, torch.relu(z)),
    "offset of 1e-9": lambda z: z + 1e-9,
    "ripple of 1e-9": lambda z: torch.relu(z) + 1e-9 * torch.sin(z),
}


def _named(table: dict[str, object]) -> object:
    return pytest.mark.parametrize("activation", table.values(), ids=table.keys())


@_named(HOMOGENEOUS)
def test_homogeneous_activations_commute_with_dropout(activation: object) -> None:
    assert tp.check.commutes_with_dropout(activation).holds


@_named(HOMOGENEOUS)
def test_homogeneous_activations_are_seen_as_such(activation: object) -> None:
    assert tp.check.positively_homogeneous(activation).holds


@_named(NOT_HOMOGENEOUS)
def test_other_activations_do_not_commute_with_dropout(activation: object) -> None:
    verdict = tp.check.commutes_with_dropout(activation)
    assert verdict.status == "refuted"
    assert verdict.witness
    assert not verdict.holds


@_named(NOT_HOMOGENEOUS)
def test_other_activations_are_not_homogeneous(activation: object) -> None:
    verdict = tp.check.positively_homogeneous(activation)
    assert verdict.status == "refuted"
    assert verdict.witness


IDEMPOTENT = {
    "relu": nn.ReLU(),
    "relu6": nn.ReLU6(),
    "hardtanh": nn.Hardtanh(),
    "abs": torch.abs,
    "identity": nn.Identity(),
    "sign": torch.sign,
    "round": torch.round,
    "heaviside": lambda z: (z > 0).to(z.dtype),
    "clamp": lambda z: z.clamp(-0.3, 0.7),
    "constant": lambda z: torch.full_like(z, 0.1),
    "normalised": lambda z: functional.normalize(z, dim=-1),
    "nan at infinity": lambda z: z * (z > 0),
}
NOT_IDEMPOTENT = {
    "leaky relu": nn.LeakyReLU(),
    "leaky relu of slope 1e-9": nn.LeakyReLU(1e-9),
    "leaky relu of slope 1 - 1e-9": nn.LeakyReLU(1 - 1e-9),
    "prelu of four channels, one wrong": nn.PReLU(4),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "gelu": nn.GELU(),
    "softplus": nn.Softplus(),
    "negated": torch.neg,
    "softmax": nn.Softmax(dim=-1),
    "hard sigmoid": nn.Hardsigmoid(),
    "defect at 5": lambda z: torch.where(z == 5, -torch.ones_like(z), torch.relu(z)),
    "defect beyond 1e6": lambda z: torch.where(z > 1e6, 2 * z, torch.relu(z)),
}
with torch.no_grad():
    NOT_IDEMPOTENT["prelu of four channels, one wrong"].weight.copy_(torch.tensor([0.0, 1.0, 0.5, 0.0]))


@_named(IDEMPOTENT)
def test_idempotent_activations(activation: object) -> None:
    assert tp.check.idempotent(activation).holds


@_named(NOT_IDEMPOTENT)
def test_activations_that_are_not_idempotent(activation: object) -> None:
    verdict = tp.check.idempotent(activation)
    assert verdict.status == "refuted"
    assert verdict.witness


def test_the_column_of_a_defect_is_named() -> None:
    verdict = tp.check.idempotent(NOT_IDEMPOTENT["prelu of four channels, one wrong"])
    assert verdict.witness["column"] == 2


class Gated(nn.Module):
    """Takes six columns; one column broadcasts to six and must not be mistaken for a change of shape."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0, 2.0, 0.5, 1.0, 0.0, 3.0]))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.relu(z) * self.scale


def test_a_function_that_broadcasts_gets_its_own_columns() -> None:
    assert tp.check.commutes_with_dropout(Gated()).holds
    assert tp.check.idempotent(Gated()).status == "refuted"


def test_a_witness_reproduces_by_hand() -> None:
    seen = tp.check.commutes_with_dropout(nn.GELU()).witness
    z = torch.tensor(seen["z"], dtype=torch.float64)
    before, after = functional.gelu(seen["mask"] * z), seen["mask"] * functional.gelu(z)
    assert before.item() == pytest.approx(seen["act(mask * z)"], rel=1e-12)
    assert after.item() == pytest.approx(seen["mask * act(z)"], rel=1e-12)
    assert abs(before - after) > 1e-3


def test_a_witness_is_easy_to_read() -> None:
    assert tp.check.positively_homogeneous(nn.GELU()).witness["c"] == 2.0
    assert tp.check.idempotent(nn.Tanh()).witness["z"] == 1.0


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75, 1 - 1e-6])
def test_every_probability_is_answered(p: float) -> None:
    assert tp.check.commutes_with_dropout(nn.LeakyReLU(0.2), p=p).holds
    assert tp.check.commutes_with_dropout(nn.SiLU(), p=p).status == "refuted"


def test_dropping_nothing_commutes_with_anything() -> None:
    assert tp.check.commutes_with_dropout(nn.Sigmoid(), p=0.0).holds


def test_dropping_everything_asks_for_zero_at_zero_only() -> None:
    assert tp.check.commutes_with_dropout(nn.Tanh(), p=1).holds
    assert tp.check.commutes_with_dropout(nn.Sigmoid(), p=1).status == "refuted"


def test_commuting_at_one_p_is_not_homogeneity() -> None:
    def periodic(z: torch.Tensor) -> torch.Tensor:
        size = z.abs() + (z == 0).to(z.dtype)
        return z * (1 + 0.5 * torch.sin(2 * math.pi * torch.log(size) / -math.log(0.6)))

    assert tp.check.commutes_with_dropout(periodic, p=0.4).holds
    assert tp.check.commutes_with_dropout(periodic, p=0.5).status == "refuted"
    assert tp.check.positively_homogeneous(periodic).status == "refuted"


@pytest.mark.parametrize("check", ["commutes_with_dropout", "positively_homogeneous", "idempotent"])
def test_nan_leaves_it_undecided_and_is_named(check: str) -> None:
    verdict = getattr(tp.check, check)(lambda z: torch.where(z > 5, torch.full_like(z, math.nan), torch.relu(z)))
    assert verdict.status == "undecided"
    assert "nan" in verdict.summary


@pytest.mark.parametrize("check", ["commutes_with_dropout", "positively_homogeneous", "idempotent"])
def test_a_random_activation_is_undecided(check: str) -> None:
    verdict = getattr(tp.check, check)(nn.RReLU().train())
    assert verdict.status == "undecided"
    assert "random" in verdict.summary


def test_functions_that_change_the_shape() -> None:
    assert tp.check.positively_homogeneous(lambda z: z.norm().reshape(1)).holds
    assert tp.check.positively_homogeneous(lambda z: (z * z).sum().reshape(1)).status == "refuted"
    for check in (tp.check.commutes_with_dropout, tp.check.idempotent):
        with pytest.raises(ValueError, match="activation: changes the shape"):
            check(nn.GLU())


WRONG = [
    ({"activation": 3}, TypeError, "activation: found 3"),
    ({"activation": nn.ReLU}, TypeError, "activation: found the class ReLU"),
    ({"activation": lambda z: 3}, TypeError, "activation: returned 3"),
    ({"activation": lambda z: z > 0}, TypeError, "activation: returned a tensor of dtype torch.bool"),
    ({"activation": nn.Conv2d(1, 1, 3)}, ValueError, "activation: raised RuntimeError"),
    ({"activation": nn.ReLU(), "seed": -1}, ValueError, "seed: found -1"),
    ({"activation": nn.ReLU(), "seed": 0.5}, TypeError, "seed: found 0.5"),
    ({"activation": nn.ReLU(), "seed": True}, TypeError, "seed: found True"),
]


@pytest.mark.parametrize("check", ["commutes_with_dropout", "positively_homogeneous", "idempotent"])
@pytest.mark.parametrize(("arguments", "error", "message"), WRONG)
def test_a_wrong_argument_is_named(check: str, arguments: dict[str, object], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        getattr(tp.check, check)(**arguments)


@pytest.mark.parametrize(
    ("p", "error"), [(-0.1, ValueError), (1.1, ValueError), (math.nan, ValueError), ("a", TypeError), (None, TypeError)]
)
def test_a_wrong_probability_is_named(p: object, error: type) -> None:
    with pytest.raises(error, match="p: found"):
        tp.check.commutes_with_dropout(nn.ReLU(), p=p)


@given(
    st.floats(max_value=0.0, exclude_max=True)
    | st.floats(min_value=1.0, exclude_min=True)
    | st.none()
    | st.text(max_size=3),
    st.integers(max_value=-1) | st.floats() | st.booleans() | st.none(),
)
def test_no_wrong_argument_passes_unnamed(p: object, seed: object) -> None:
    with pytest.raises((ValueError, TypeError), match=r"^p: found"):
        tp.check.commutes_with_dropout(nn.ReLU(), p=p)
    with pytest.raises((ValueError, TypeError), match=r"^seed: found"):
        tp.check.commutes_with_dropout(nn.ReLU(), seed=seed)


# -- coverage by theorems --


@pytest.fixture
def theorem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "replayed", lambda claim: ProofResult("proved"))


@pytest.mark.usefixtures("theorem")
@pytest.mark.parametrize(
    "activation",
    [nn.ReLU(), nn.LeakyReLU(0.7), torch.relu, functional.leaky_relu],
    ids=["ReLU", "LeakyReLU", "relu", "leaky_relu"],
)
def test_a_covered_object_is_proved(activation: object) -> None:
    assert tp.check.commutes_with_dropout(activation).status == "proved"
    assert tp.check.positively_homogeneous(activation).status == "proved"


@pytest.mark.usefixtures("theorem")
def test_what_is_not_covered_is_corroborated_at_best() -> None:
    class Own(nn.ReLU):
        pass

    hooked = nn.ReLU()
    hooked.register_forward_hook(lambda module, inputs, output: output)
    for activation in (Own(), hooked, nn.PReLU(), lambda z: torch.relu(z)):
        assert tp.check.commutes_with_dropout(activation).status == "corroborated"
    assert tp.check.idempotent(nn.ReLU()).status == "proved"
    assert tp.check.commutes_with_dropout(nn.GELU()).status == "refuted"


def test_without_a_theorem_it_is_corroborated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "replayed", lambda claim: None)
    assert tp.check.commutes_with_dropout(nn.ReLU()).status == "corroborated"


@pytest.mark.usefixtures("theorem")
def test_a_patched_relu_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.ReLU, "forward", lambda self, z: functional.gelu(z))
    assert tp.check.commutes_with_dropout(nn.ReLU()).status == "refuted"


@pytest.mark.usefixtures("theorem")
def test_a_theorem_against_the_experiment_is_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(coverage.COVERED_TYPES["commutes_with_dropout"], nn.GELU, "dropout-commutes")
    monkeypatch.setitem(coverage._FORWARDS, nn.GELU, nn.GELU.forward)
    verdict = tp.check.commutes_with_dropout(nn.GELU())
    assert verdict.status == "contradiction"
    assert verdict.witness


def test_an_unknown_claim_has_no_theorem() -> None:
    assert coverage.replayed("no-such-claim") is None


# -- the user's objects --


def test_modules_buffers_mode_and_random_state_are_left_alone() -> None:
    norm = nn.BatchNorm1d(4).train()
    before = {key: value.clone() for key, value in norm.state_dict().items()}
    state = torch.get_rng_state()
    for activation in (norm, lambda z: norm(z)):
        tp.check.commutes_with_dropout(activation)
        tp.check.idempotent(activation)
    assert norm.training
    assert all(torch.equal(before[key], value) for key, value in norm.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_the_same_seed_gives_the_same_answer() -> None:
    one, two = (tp.check.commutes_with_dropout(nn.ELU(), seed=5).to_dict() for _ in range(2))
    for verdict in (one, two):
        verdict["experiments"][0]["seconds"] = verdict["proof"]["seconds"] = 0.0
    assert one == two
