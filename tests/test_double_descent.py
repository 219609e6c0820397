"""The study of double descent (what every study is tested for: `study_tests`), its network and its solver."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest
import torch
from study_tests import StudyTests

from twinproof import catalogue
from twinproof.models import ridge
from twinproof.models.random_features import RandomFeatures
from twinproof.numerics.harness.experiment import Trial
from twinproof.numerics.harness.streams import Stream
from twinproof.numerics.ridge_cases import KINDS, make
from twinproof.numerics.studies.double_descent import draw, penalties_of, rise, widths_of
from twinproof.numerics.studies.reproduction import reproduce

STUDY = catalogue.study("double-descent")


class TestDoubleDescent(StudyTests):
    theme = "double_descent"
    claims = ("double-descent",)
    sabotages: ClassVar = {"double-descent": lambda original: lambda x, y, penalties: original(x, y, 2.0 * penalties)}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def regression(n: int, p: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(n, p, generator=generator(n), dtype=torch.float64)
    return x.to(dtype), torch.randn(n, generator=generator(p), dtype=torch.float64).to(dtype)


# ---------------------------------------------------------------- the solver


@pytest.mark.parametrize("kind", KINDS)
def test_the_path_is_the_closed_form_of_the_theorem(kind: str) -> None:
    formulas = catalogue.claim("ridge-closed-form").formulas()
    data = make(Trial(Stream(0), formulas=formulas), (kind, 0))
    values = data.values() | data.inverses(formulas)
    stated = [[float(side("dual", **values, i=i)) for i in range(data.p)] for side in (formulas.left, formulas.right)]
    found = ridge.path(data.x, data.y, torch.tensor([data.penalty, 3.0]))[:, 0].numpy()
    for form in stated:
        np.testing.assert_allclose(found, form, rtol=0, atol=1e-12 * max(1.0, max(map(abs, form))))


@pytest.mark.parametrize(("n", "p"), [(1, 1), (1, 7), (7, 1), (2, 2), (30, 20), (20, 30), (25, 25)])
def test_each_column_of_the_path_is_the_solution_for_its_penalty(n: int, p: int) -> None:
    x, y = regression(n, p)
    penalties = torch.tensor([1e-2, 5.0, 0.3], dtype=torch.float64)
    found = ridge.path(x, y, penalties)
    assert found.shape == (p, 3)
    for column, penalty in zip(found.mT, penalties.tolist(), strict=True):
        for solve in (ridge.primal, ridge.dual):
            torch.testing.assert_close(column, solve(x, y, penalty), rtol=1e-10, atol=1e-10)


def test_the_path_ends_where_the_gradient_of_the_live_objective_is_zero() -> None:
    x, y = regression(12, 5)
    layer = torch.nn.Linear(5, 1, bias=False, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(ridge.path(x, y, torch.tensor([0.7])).mT)
    ridge.objective(layer, x, y, float(torch.tensor(0.7))).backward()
    assert float(layer.weight.grad.abs().max()) < 1e-12


def test_the_path_keeps_the_type_and_leaves_its_arguments_alone() -> None:
    x, y = regression(9, 4, torch.float32)
    before = x.clone(), y.clone()
    found = ridge.path(x.requires_grad_(), y, torch.tensor([1.0]))
    assert found.dtype == torch.float32
    assert not found.requires_grad
    assert torch.equal(x.detach(), before[0])
    assert torch.equal(y, before[1])


def test_the_path_names_what_is_wrong() -> None:
    x, y = regression(4, 3)
    one = torch.ones(1)
    with pytest.raises(ValueError, match=r"y: found shape \(3,\), expected \(4,\)"):
        ridge.path(x, y[:3], one)
    with pytest.raises(ValueError, match=r"penalties: found shape \(\), expected \(L,\) with L >= 1"):
        ridge.path(x, y, torch.tensor(1.0))
    with pytest.raises(ValueError, match=r"penalties: found 0\.0, expected a positive number"):
        ridge.path(x, y, torch.zeros(1))
    with pytest.raises(ValueError, match="penalties: found nan, expected a positive number"):
        ridge.path(x, y, one * math.nan)
    for bad in (math.nan, math.inf, 1e200):
        with pytest.raises(ValueError, match="x: found nan, inf or entries whose squares overflow"):
            ridge.path(torch.full_like(x, bad), y, one)
    with pytest.raises(ValueError, match="y: found nan or inf"):
        ridge.path(x, y * math.nan, one)
    for dtype in (torch.int64, torch.float16, torch.bfloat16):
        with pytest.raises(ValueError, match=rf"x: found {dtype}, expected torch\.float32 or torch\.float64"):
            ridge.path(x.to(dtype), y.to(dtype), one)
    with pytest.raises(ValueError, match=r"y: found torch\.float32, expected torch\.float64 as in x"):
        ridge.path(x, y.float(), one)
    for n, p in ((0, 3), (4, 0)):
        with pytest.raises(ValueError, match=rf"x: found shape \({n}, {p}\), expected at least one row and one column"):
            ridge.path(torch.zeros(n, p), torch.zeros(n), one)
    with pytest.raises(ValueError, match="too small for float32"):
        ridge.path(torch.full((5, 9), 1e3), torch.ones(5), torch.tensor([1e-12]))


# ---------------------------------------------------------------- the network


def test_the_network_is_theta_times_the_features_and_only_theta_is_trained() -> None:
    model = RandomFeatures(3, 5, generator=generator())
    x, y = regression(20, 3)
    assert [name for name, _ in model.named_parameters()] == ["theta"]
    assert not bool(model(x).any())
    weight = model.get_buffer("weight").clone()
    assert model.fit(x, y, 0.1) is model
    assert torch.equal(model.get_buffer("weight"), weight)
    by_hand = torch.relu(x @ weight.mT)
    torch.testing.assert_close(model(x), by_hand @ ridge.primal(by_hand, y, 0.1), rtol=1e-10, atol=1e-10)
    assert repr(model) == "RandomFeatures(inputs=3, width=5)"


def test_the_first_weights_have_variance_one_over_the_width() -> None:
    weight = RandomFeatures(200, 500, generator=generator()).get_buffer("weight")
    assert abs(float(weight.var()) * 500 - 1.0) < 6 * math.sqrt(2 / weight.numel())


def test_the_network_names_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="width: expected a positive integer, got 0"):
        RandomFeatures(3, 0)
    with pytest.raises(TypeError, match="inputs: expected an integer"):
        RandomFeatures(3.0, 2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"x: expected shape \(n, 3\), got \(4, 2\)"):
        RandomFeatures(3, 2)(torch.zeros(4, 2, dtype=torch.float64))


# ---------------------------------------------------------------- the study


def test_widths_and_penalties_are_those_of_the_source() -> None:
    widths, penalties = widths_of(STUDY.settings), penalties_of(STUDY.settings)
    assert (widths[0], widths[-1], len(widths)) == (1, 1491, 150)
    assert len(penalties) == 26
    assert penalties[[0, 1, -1]].tolist() == pytest.approx([0.01, 0.01, 100.0])


def test_the_large_test_set_stands_for_the_population() -> None:
    """The exact mean square error of a network for Gaussian inputs, by the arc-cosine kernel (Cho and Saul, 2009)."""
    settings = STUDY.chosen("full", {"population": 40_000})
    stream = Stream(0).spawn("population")
    data, beta = draw(settings, stream), torch.randn(35, generator=stream.torch(), dtype=torch.float64)
    beta /= beta.norm()
    model = RandomFeatures(35, 301, generator=generator()).fit(*data["training"], 0.01)
    weight, theta = model.get_buffer("weight"), model.theta.detach()
    norms = weight.norm(dim=1)
    cosine = ((weight @ weight.mT) / norms[:, None] / norms).clamp(-1.0, 1.0)
    angle = cosine.arccos()
    kernel = norms[:, None] * norms * (angle.sin() + (math.pi - angle) * cosine) / (2 * math.pi)
    exact = float(theta @ kernel @ theta - theta @ weight @ beta + 1.0)
    x, y = data["population"]
    torch.testing.assert_close(y, x @ beta, rtol=1e-12, atol=1e-12)
    squares = ((model(x) - y) ** 2).detach()
    assert abs(float(squares.mean()) - exact) < 5 * float(squares.std()) / math.sqrt(len(squares))


def test_a_rise_is_measured_against_the_lowest_before() -> None:
    assert rise(np.array([4.0, 2.0, 1.0])) == 1.0
    assert rise(np.array([2.0, 1.0, 3.0, 0.5, 1.0])) == 3.0


def test_an_unknown_judge_is_named(tmp_path) -> None:
    with pytest.raises(ValueError, match="tuned on: found 'test', expected one of validation, training"):
        reproduce(STUDY, tmp_path, profile="quick", changes={"tuned on": "test"})
