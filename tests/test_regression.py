"""The theme "regression", verified as users verify it, and what the ridge solvers refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from theme_tests import ThemeTests

from twinproof.models import ridge


class TestRegression(ThemeTests):
    theme = "regression"
    claims = ("ridge-closed-form",)


@pytest.mark.parametrize("solve", [ridge.primal, ridge.dual])
@pytest.mark.parametrize("penalty", [0.0, -1.0, float("nan"), float("inf")])
def test_a_penalty_that_is_not_positive_is_refused(solve: object, penalty: float) -> None:
    with pytest.raises(ValueError, match="penalty"):
        solve(torch.eye(2), torch.ones(2), penalty)  # type: ignore[operator]


@pytest.mark.parametrize(("x", "y"), [((2, 3), (3,)), ((2, 3), (2, 1))])
def test_labels_that_do_not_fit_are_refused(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"y: found shape .*, expected \(2,\)"):
        ridge.primal(torch.ones(x), torch.ones(y), 1.0)


def test_data_that_are_no_matrix_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x: found shape \(3,\), expected \(n, p\)"):
        ridge.dual(torch.ones(3), torch.ones(3), 1.0)


@pytest.mark.parametrize("solve", [ridge.primal, ridge.dual])
def test_numbers_and_types_that_cannot_be_solved_are_named(solve: Callable[..., torch.Tensor]) -> None:
    x, y = torch.ones(3, 2), torch.ones(3)
    for wrong in (float("nan"), float("inf"), 1e30):
        with pytest.raises(ValueError, match="x: found nan, inf or entries whose squares overflow"):
            solve(x * wrong, y, 1.0)
    with pytest.raises(ValueError, match="y: found nan or inf, expected finite numbers"):
        solve(x, y * float("nan"), 1.0)
    with pytest.raises(ValueError, match=r"x: found torch\.int64, expected torch\.float32 or torch\.float64"):
        solve(x.long(), y.long(), 1.0)
    with pytest.raises(ValueError, match=r"y: found torch\.float64, expected torch\.float32 as in x"):
        solve(x, y.double(), 1.0)


def test_a_wide_regression_is_the_same_in_both_forms() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(30, 200, dtype=torch.float64), torch.randn(30, dtype=torch.float64)
    # condition number about 1e5 at most, so agreement to 1e-9 is well within float64
    torch.testing.assert_close(ridge.primal(x, y, 0.01), ridge.dual(x, y, 0.01), rtol=0.0, atol=1e-9)
