"""The study of the dual solver on XOR; see `study_tests` for what is tested. Then the solver's edges."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import ClassVar

import pytest
import torch
from study_tests import StudyTests

from twinproof.models import svm
from twinproof.models.kernels import GaussianKernel, PolynomialKernel, ProductKernel
from twinproof.numerics.studies.xor_cases import QUADRATIC, optimum


def _solver_is_off(original):
    def broken(*args, **kwargs):
        solution = original(*args, **kwargs)
        return replace(solution, alpha=solution.alpha * 1.001)

    return broken


class TestSolver(StudyTests):
    theme = "support_vectors"
    claims = ("svm-solver",)
    sabotages: ClassVar = {"svm-solver": _solver_is_off}


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
        ({"kernel": lambda a, b: -(a @ b.T)}, "kernel: expected a positive semidefinite matrix, got the eigenvalue -4"),
        ({"kernel": lambda a, b: (a @ b.T).long()}, "kernel: found torch.int64, expected a floating dtype"),
        ({"x_train": X[:0], "y_train": Y[:0]}, "y_train: expected at least one point, got none"),
        ({"kernel": svm.polynomial(1)}, "y_train: no hard margin separates the data"),
        ({"lr": 0.17}, r"step \(lr\): expected a number in \(0, 2/lambda_max\) = \(0, 0.166667\), got 0.17"),
        ({"lr": math.nan}, r"step \(lr\): expected a number"),
        ({"num_iters": -1}, r"max_steps \(num_iters\): found -1, expected an integer >= 0"),
        ({"c": -1.0}, "C: expected a positive number, got -1.0"),
    ],
)
def test_the_solver_says_what_it_found_and_what_it_expects(arguments, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        svm.svm_solver(**{"x_train": X, "y_train": Y, "kernel": svm.polynomial(2), **arguments})


@pytest.mark.parametrize("steps", [2.5, 100.0, True, "100"])
def test_a_number_of_steps_that_is_no_integer_is_refused(steps) -> None:
    with pytest.raises(TypeError, match=rf"max_steps \(num_iters\): found {steps!r}, expected an integer >= 0"):
        svm.svm_solver(X, Y, num_iters=steps, kernel=svm.polynomial(2))


@pytest.mark.parametrize("C", [2.0, math.inf])
@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_start_that_is_not_finite_is_refused(C: float, wrong: float) -> None:
    with pytest.raises(ValueError, match="start: found inf or nan, expected finite entries"):
        svm.fit_svm(X, Y, svm.polynomial(2), C=C, start=torch.tensor([wrong, 0.0, 0.0, 0.0]))


def test_the_start_is_put_into_the_box_and_left_alone() -> None:
    start = torch.full((4,), 9.0, dtype=torch.float64)
    assert svm.fit_svm(X, Y, svm.polynomial(2), C=2.0, start=start, max_steps=0).alpha.tolist() == [2.0] * 4
    assert start.tolist() == [9.0] * 4
