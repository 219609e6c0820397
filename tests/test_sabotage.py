"""Each experiment names the live object that it tests; replaced by a subtly wrong one, the experiment must refute."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from twinproof import catalogue
from twinproof.models.svm import DualSolution, ScaledScore
from twinproof.numerics.harness.runner import Conditions, Task, run_task

EXPERIMENTS = [(claim.id, trial.name) for claim in catalogue.claims(kind="theory") for trial in claim.experiments]

Sabotage = Callable[[Callable[..., Any]], Callable[..., Any]]


def too_wide(original: Callable[..., Any]) -> Callable[..., Any]:
    """An initialiser whose deviation is 2 % too large."""

    def broken(weight: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        with torch.no_grad():
            filled: Tensor = original(weight, *args, **kwargs)
            return filled.mul_(1.02)

    return broken


def times(factor: float) -> Sabotage:
    """A function whose result is off by a factor."""
    return lambda original: lambda *args, **kwargs: original(*args, **kwargs) * factor


def plus(shift: float) -> Sabotage:
    """A function whose result is off by a constant."""
    return lambda original: lambda *args, **kwargs: original(*args, **kwargs) + shift


def unscaled_dropout(original: Callable[..., Any]) -> Callable[..., Any]:
    """Dropout without the factor 1/(1-p)."""

    def broken(self: nn.Dropout, x: Tensor) -> Tensor:
        out: Tensor = original(self, x)
        return out * (1.0 - self.p) if self.training else out

    return broken


def always_training(original: Callable[..., Any]) -> Callable[..., Any]:
    """Dropout that forgets evaluation mode."""
    return lambda self, x: nn.functional.dropout(x, self.p, training=True)


def threshold(original: Callable[..., Any]) -> Callable[..., Any]:
    """ReLU with its kink at 1e-9."""
    return lambda self, x: torch.relu(x - 1e-9)


def leaking(slope: float) -> Sabotage:
    """ReLU that leaks."""
    return lambda original: lambda self, x: nn.functional.leaky_relu(x, slope)


def imperfect_skip(original: Callable[..., Any]) -> Callable[..., Any]:
    """A layer that is off by 1e-6, and so is its skip."""

    def broken(self: Any, index: int, h: Tensor) -> Tensor:
        value: Tensor = original(self, index, h) * (1.0 + 1e-6)
        return value + 1e-6 * h if index else value

    return broken


def unsigned_score(original: Callable[..., Any]) -> Callable[..., Any]:
    """A score that loses its sign."""

    def broken(*args: Any) -> ScaledScore:
        score = original(*args)
        return ScaledScore(score.scaled.abs(), score.log_scale)

    return broken


def imprecise_solver(original: Callable[..., Any]) -> Callable[..., Any]:
    """A solver that is off by 1e-6 and says that it is not."""

    def broken(*args: Any, **kwargs: Any) -> DualSolution:
        solution: DualSolution = original(*args, **kwargs)
        return replace(solution, alpha=solution.alpha * (1.0 + 1e-6))

    return broken


def tilted_dual(original: Callable[..., Any]) -> Callable[..., Any]:
    """A dual objective with a small term too much."""
    return lambda alpha, q: original(alpha, q) + 1e-6 * (alpha @ alpha)


def tilted_value(original: Callable[..., Any]) -> Callable[..., Any]:
    """An objective with a small linear term too much."""
    return lambda self, solution: original(self, solution) + 1e-6 * solution[0]


def shifted_answer(original: Callable[..., Any]) -> Callable[..., Any]:
    """A solver of SciPy whose answer is off by a thousandth in each entry."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        found.x = found.x + 1e-3
        return found

    return broken


def first_of(change: Sabotage) -> Sabotage:
    """A function that returns several results, of which the first is changed."""

    def broken(original: Callable[..., Any]) -> Callable[..., Any]:
        def several(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
            first, *rest = original(*args, **kwargs)
            return change(lambda: first)(), *rest

        return several

    return broken


LINEAR, RELU = "linear-norm-preservation", "relu-norm-preservation"

SABOTAGES: dict[tuple[str, str], Sabotage] = {
    (LINEAR, "normal-fan-out"): too_wide,
    (LINEAR, "uniform-fan-out"): too_wide,
    (LINEAR, "only-one-over-m"): too_wide,
    (LINEAR, "default-fan-in"): too_wide,
    (RELU, "normal-fan-out"): too_wide,
    (RELU, "uniform-fan-out"): too_wide,
    (RELU, "other-symmetric-laws"): times(1.02),
    (RELU, "only-two-over-m"): too_wide,
    (RELU, "default-fan-in"): too_wide,
    ("dropout-commutes", "relu-one-mask"): unscaled_dropout,
    ("dropout-commutes", "leaky-relu-slopes"): plus(1e-6),
    ("dropout-commutes", "linear-layer"): threshold,
    ("dropout-commutes", "evaluation-mode"): always_training,
    ("dropout-commutes", "sigmoid-differs"): plus(-0.5),
    ("dropout-commutes", "criterion-decides"): unscaled_dropout,
    ("tanh-sigmoid", "sigmoid-to-tanh"): times(1.0 + 1e-9),
    ("tanh-sigmoid", "tanh-to-sigmoid"): times(1.0 + 1e-9),
    ("dead-relu", "sgd-minibatches"): leaking(1e-3),
    ("dead-relu", "other-optimizers"): leaking(1e-3),
    ("dead-relu", "weight-decay"): leaking(-1.0),
    ("residual-jacobian", "hidden-layer"): imperfect_skip,
    ("residual-jacobian", "first-layer"): imperfect_skip,
    ("residual-jacobian", "output-layer"): times(1.0 + 1e-6),
    ("residual-gradients", "weight-gradients"): imperfect_skip,
    ("residual-gradients", "bias-gradients"): imperfect_skip,
    ("residual-gradients", "output-gradients"): times(1.0 + 1e-6),
    ("residual-flow", "collapsed-layers"): imperfect_skip,
    ("residual-flow", "vanishes-all-the-same"): imperfect_skip,
    ("rbf-one-nn-limit", "bandwidth-to-zero"): unsigned_score,
    ("rbf-one-nn-limit", "sign-below-underflow"): unsigned_score,
    ("xor-rbf-dual", "solver-reaches-closed-form"): imprecise_solver,
    ("xor-rbf-dual", "stationarity"): tilted_dual,
    ("xor-rbf-dual", "strict-concavity"): times(1.0 + 1e-6),
    ("xor-rbf-dual", "predictor"): times(1.0 + 1e-6),
    ("svm-bias-convex", "mixed-solutions"): plus(1e-9),
    ("svm-bias-convex", "hessian"): plus(1e-9),
    ("svm-bias-single-point", "first-solver"): shifted_answer,
    ("svm-bias-single-point", "second-solver"): shifted_answer,
    ("svm-bias-single-point", "first-grid"): tilted_value,
    ("svm-bias-single-point", "second-grid"): tilted_value,
    ("svm-bias-constraints", "live-margins"): plus(1e-9),
    ("svm-bias-constraints", "jacobian"): times(1.0 + 1e-9),
    ("svm-bias-lower-bound", "feasible-points"): plus(1e-9),
    ("svm-bias-lower-bound", "linear-program"): shifted_answer,
    ("svm-bias-optima", "first-solver"): shifted_answer,
    ("svm-bias-optima", "second-solver"): shifted_answer,
    ("svm-bias-optima", "first-grid"): tilted_value,
    ("svm-bias-optima", "second-grid"): tilted_value,
    ("svm-bias-optima", "stationary"): first_of(plus(1e-9)),
    ("svm-bias-limits", "solved"): shifted_answer,
    ("svm-bias-limits", "limits"): plus(1.0),
    ("box-projection", "nearest-on-a-grid"): plus(1e-9),
    ("box-projection", "clamp-at-edges"): plus(1e-9),
    ("box-projection", "minimum-of-maximum-at-edges"): plus(1e-9),
    ("box-projection", "maximum-of-minimum-at-edges"): plus(1e-9),
    ("box-projection", "hardtanh-at-edges"): plus(1e-9),
    ("box-projection", "bounded-least-squares"): shifted_answer,
}


def owner(subject: str) -> tuple[Any, str]:
    """Return the module or class that holds the object of this dotted path, and its name there."""
    parts = subject.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            holder: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:-1]:
            holder = getattr(holder, part)
        return holder, parts[-1]
    raise AssertionError(f"no module on the path {subject!r}")


def test_every_experiment_has_a_sabotage_and_every_sabotage_an_experiment() -> None:
    assert set(SABOTAGES) == set(EXPERIMENTS)


@pytest.mark.parametrize(("claim", "experiment"), EXPERIMENTS)
def test_the_sabotaged_object_is_refuted(claim: str, experiment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (subject,) = [trial.subject for trial in catalogue.claim(claim).experiments if trial.name == experiment]
    holder, attribute = owner(subject)
    original = getattr(holder, attribute)
    monkeypatch.setattr(holder, attribute, SABOTAGES[claim, experiment](original))
    evidence = run_task(catalogue.claim, Task(claim, "experiment", experiment), Conditions())
    assert evidence.status == "refuted", f"{subject} was replaced unnoticed: {evidence}"
