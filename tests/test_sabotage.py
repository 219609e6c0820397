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


def step_on_at_zero(original: Callable[..., Any]) -> Callable[..., Any]:
    """A step that is 1 at 0 where it should be 0, and conversely."""
    return lambda self, z: torch.heaviside(z, z.new_tensor(1.0 - self.at_zero))


def heaviside_on_at_zero(original: Callable[..., Any]) -> Callable[..., Any]:
    """Heaviside's function with the value 1 at 0, whatever was asked for."""
    return lambda z, values: original(z, torch.ones_like(values))


def step_that_falls_again(original: Callable[..., Any]) -> Callable[..., Any]:
    """A step that goes back to 0 at 1."""
    return lambda self, z: ((z > 0.0) & (z < 1.0)).to(z.dtype)


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
    ("box-function", "drawn-network"): step_on_at_zero,
    ("box-function", "usual-answer"): heaviside_on_at_zero,
    ("box-function", "step-with-value-one-at-zero"): step_on_at_zero,
    ("box-function", "third-unit"): step_on_at_zero,
    ("box-function", "two-units"): step_that_falls_again,
    ("step-approximation", "error-bound"): step_on_at_zero,
    ("step-approximation", "rate"): times(1.01),
    ("step-approximation", "any-accuracy"): times(2.0),
    ("step-approximation", "one-unit-a-tile"): times(1.0 + 1e-9),
    ("step-approximation", "open-boxes"): step_on_at_zero,
    ("step-approximation-highdim", "and-unit"): plus(1.0),
    ("step-approximation-highdim", "cells"): times(2.0),
    ("step-approximation-highdim", "one-hidden-layer"): plus(1e-6),
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
