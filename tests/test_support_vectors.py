"""The studies of support vector machines on XOR; see `study_tests` for what is tested. Then the solver's edges."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.svm import SVC
from study_tests import StudyTests

from twinproof import catalogue
from twinproof.models import svm
from twinproof.models.kernels import GaussianKernel, PolynomialKernel, ProductKernel
from twinproof.numerics.studies.reproduction import reproduce
from twinproof.numerics.studies.xor_cases import QUADRATIC, optimum


def _solver_is_off(original):
    def broken(*args, **kwargs):
        solution = original(*args, **kwargs)
        return replace(solution, alpha=solution.alpha * 1.001)

    return broken


def _score_is_off(original):
    return lambda *args: original(*args) * 1.001


class TestSolver(StudyTests):
    theme = "support_vectors"
    claims = ("svm-solver",)
    sabotages: ClassVar = {"svm-solver": _solver_is_off}


class TestScores(StudyTests):
    theme = "support_vector_scores"
    claims = ("svm-predictor", "svm-contours")
    sabotages: ClassVar = {"svm-predictor": _score_is_off, "svm-contours": _score_is_off}


def test_unknown_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="returns: found 'label', expected one of score, sign"):
        reproduce(catalogue.study("svm-predictor"), tmp_path, profile="quick", changes={"returns": "label"})
    with pytest.raises(ValueError, match="captions: found 3, expected 1"):
        reproduce(catalogue.study("svm-contours"), tmp_path, profile="quick", changes={"bandwidths": (1.0,)})
    with pytest.raises(ValueError, match=r"step \(lr\)"):
        reproduce(catalogue.study("svm-predictor"), tmp_path, profile="quick", changes={"lr": 0.2})


# ---------------------------------------------------------------- closed forms at the source's defaults


def test_the_defaults_are_the_source_s_and_reach_the_closed_forms() -> None:
    x, y = svm.xor_data()
    for key, kernel in ((QUADRATIC, svm.polynomial(2)), *((("rbf", s), svm.rbf(float(s))) for s in ("1", "2", "4"))):
        alpha = svm.svm_solver(x, y, kernel=kernel)
        expected = torch.full((4,), optimum(key)[0], dtype=torch.float64)
        assert torch.allclose(alpha, expected, rtol=1e-4, atol=0.0), key


def test_single_precision_comes_close() -> None:
    x, y = svm.xor_data(torch.float32)
    alpha = svm.svm_solver(x, y, kernel=svm.rbf(4.0))
    assert alpha.dtype == torch.float32
    assert float(alpha[0]) == pytest.approx(optimum(("rbf", "4"))[0], rel=2e-4)


# ---------------------------------------------------------------- any kernel, any data


def test_any_callable_is_a_kernel() -> None:
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(20, 3, generator=draw, dtype=torch.float64)
    y = torch.where(x.sum(dim=1) > 0, 1.0, -1.0).double()

    def laplacian(a, b):
        return torch.exp(-torch.cdist(a, b, p=1))

    found = svm.fit_svm(x, y, laplacian, C=2.0, max_steps=100_000)
    assert found.converged
    assert found.kkt <= 1e-9
    assert 0.0 <= float(found.alpha.min()) <= float(found.alpha.max()) <= 2.0
    grid = svm.svm_grid_predictor(found.alpha, x, y, (torch.arange(2.0).double(),) * 3, laplacian)
    assert grid.shape == (2, 2, 2)
    corner = svm.svm_predictor(found.alpha, x, y, torch.tensor([[1.0, 0.0, 1.0]], dtype=torch.float64), laplacian)
    assert float(grid[1, 0, 1]) == pytest.approx(float(corner), abs=1e-12)


@given(st.integers(1, 3), st.integers(0, 2**16))
def test_the_grid_has_the_scores_of_its_nodes(d: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(7, d, generator=draw, dtype=torch.float64)
    alpha = torch.rand(7, generator=draw, dtype=torch.float64)
    alpha[::3] = 0.0
    y = torch.where(x[:, 0] > 0, 1.0, -1.0).double()
    axes = [torch.randn(size, generator=draw, dtype=torch.float64) for size in range(2, 2 + d)]
    nodes = torch.cartesian_prod(*axes).reshape(-1, d)
    for kernel in (svm.rbf(0.7), svm.polynomial(3)):
        grid = svm.svm_grid_predictor(alpha, x, y, axes, kernel)
        assert grid.shape == tuple(range(2, 2 + d))
        assert torch.allclose(grid.flatten(), svm.svm_predictor(alpha, x, y, nodes, kernel), rtol=1e-11, atol=1e-13)


def test_a_grid_without_support_is_zero() -> None:
    x, y = svm.xor_data()
    axis = torch.arange(3.0, dtype=torch.float64)
    for kernel in (svm.rbf(1.0), svm.polynomial(2)):
        scores = svm.svm_grid_predictor(torch.zeros_like(y), x, y, (axis, axis), kernel)
        assert torch.equal(scores, torch.zeros(3, 3, dtype=torch.float64))


def test_scores_are_scikit_learn_s() -> None:
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(40, 2, generator=draw, dtype=torch.float64)
    y = torch.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0).double()
    library = SVC(kernel="rbf", gamma=0.5, C=1.0).fit(x.numpy(), y.numpy())
    alpha = torch.zeros(40, dtype=torch.float64)
    alpha[library.support_.tolist()] = torch.from_numpy(library.dual_coef_[0]).abs()
    points = torch.randn(60, 2, generator=draw, dtype=torch.float64)
    scores = svm.svm_predictor(alpha, x, y, points, svm.rbf(1.0)) + float(library.intercept_[0])
    assert torch.allclose(scores, torch.from_numpy(library.decision_function(points.numpy())), rtol=1e-12, atol=1e-12)


def test_kernels_say_what_they_are() -> None:
    assert svm.rbf(2.0) == GaussianKernel(2.0)
    assert repr(svm.polynomial(2)) == "PolynomialKernel(degree=2, offset=1.0)"
    assert isinstance(svm.rbf(2.0), ProductKernel)
    assert not isinstance(PolynomialKernel(2), ProductKernel)


# ---------------------------------------------------------------- infeasible data, bad input


def test_an_infeasible_verdict_travels_between_processes() -> None:
    x, y = svm.xor_data()
    with pytest.raises(svm.InfeasibleError) as caught:
        svm.svm_solver(x, y)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert str(again) == str(caught.value)
    assert torch.equal(again.direction, caught.value.direction)


@pytest.mark.parametrize("seed", range(3))
def test_overlapping_classes_are_infeasible_and_separable_ones_are_not(seed: int) -> None:
    x = torch.randn(60, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    apart = torch.where(x[:, 0] > 0.1, 1.0, -1.0).double()
    mixed = apart.clone()
    mixed[:10] = -mixed[:10]
    linear = svm.polynomial(1)
    assert svm.infeasible_direction(svm.signed_gram(linear(x, x), apart)) is None
    with pytest.raises(svm.InfeasibleError) as caught:
        svm.fit_svm(x, mixed, linear)
    direction = caught.value.direction
    assert float(direction.min()) >= 0.0
    assert float((svm.signed_gram(linear(x, x), mixed) @ direction).abs().max()) <= 1e-10


X, Y = svm.xor_data()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"x_train": X[0]}, r"x_train: expected points of shape \(n, d\), got shape \(2,\)"),
        ({"x_train": X.long()}, "x_train: expected a floating dtype"),
        ({"x_train": torch.where(X > 0, math.nan, X)}, "x_train: expected finite entries, got inf or nan in row 0"),
        ({"y_train": Y[:3]}, r"y_train: expected shape \(4,\), got \(3,\)"),
        ({"y_train": (Y + 1) / 2}, r"y_train: expected entries \+1 or -1, got \[0.0, 1.0\]"),
        ({"kernel": lambda a, b: (a @ b.T)[0]}, r"kernel: expected values of shape \(4, 4\) for 4 points, got \(4,\)"),
        ({"kernel": lambda a, b: -(a @ b.T)}, "gram: expected a positive semidefinite matrix, got the eigenvalue -4"),
        ({"lr": 0.17}, r"step \(lr\): expected a number in \(0, 2/lambda_max\) = \(0, 0.166667\), got 0.17"),
        ({"lr": math.nan}, r"step \(lr\): expected a number"),
        ({"num_iters": -1}, r"max_steps \(num_iters\): expected a number >= 0, got -1"),
        ({"c": -1.0}, "C: expected a positive number, got -1.0"),
    ],
)
def test_the_solver_says_what_it_found_and_what_it_expects(arguments, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        svm.svm_solver(**{"x_train": X, "y_train": Y, "kernel": svm.polynomial(2), **arguments})


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"alpha": torch.ones(3)}, r"alpha: expected shape \(4,\), got \(3,\)"),
        ({"x_test": torch.ones(3, 3)}, "x_test: expected 2 coordinates as in x_train, got 3"),
        ({"x_test": torch.full((2, 2), math.inf)}, "x_test: expected finite entries, got inf or nan in row 0"),
        ({"y_train": torch.zeros(4)}, r"y_train: expected entries \+1 or -1, got \[0.0\]"),
    ],
)
def test_the_predictor_says_what_it_found_and_what_it_expects(arguments, told: str) -> None:
    given = {"alpha": torch.ones(4).double(), "x_train": X, "y_train": Y, "x_test": X, "kernel": svm.rbf(1.0)}
    with pytest.raises(ValueError, match=told):
        svm.svm_predictor(**{**given, **arguments})


def test_the_grid_predictor_says_what_it_found_and_what_it_expects() -> None:
    alpha, axis, kernel = torch.ones(4).double(), torch.ones(3).double(), svm.rbf(1.0)
    with pytest.raises(ValueError, match="axes: expected 2, one for each coordinate of x_train, got 1"):
        svm.svm_grid_predictor(alpha, X, Y, (axis,), kernel)
    with pytest.raises(ValueError, match=r"axes\[1\]: expected shape \(m,\), got \(3, 1\)"):
        svm.svm_grid_predictor(alpha, X, Y, (axis, axis[:, None]), kernel)
    with pytest.raises(ValueError, match=r"axes\[0\]: expected finite entries, got inf or nan in row 2"):
        svm.svm_grid_predictor(alpha, X, Y, (torch.tensor([0.0, 1.0, math.nan]).double(), axis), kernel)
