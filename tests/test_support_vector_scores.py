"""The studies of scores on XOR; see `study_tests` for what is tested. Then the predictors' edges."""

from __future__ import annotations

import math
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
from twinproof.numerics.studies.reproduction import reproduce

X, Y = svm.xor_data()


def _score_is_off(original):
    return lambda *args: original(*args) * 1.001


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
