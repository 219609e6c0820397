"""Each experiment names the live object that it tests; replaced by a subtly wrong one, the experiment must refute."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from theme_tests import owner
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


def uneven(original: Callable[..., Any]) -> Callable[..., Any]:
    """A linear layer whose units are scaled by different factors."""

    def broken(self: nn.Linear, x: Tensor) -> Tensor:
        z: Tensor = original(self, x)
        return z * (1.0 + 1e-6 * torch.arange(z.shape[-1], dtype=z.dtype))

    return broken


def uneven_step(original: Callable[..., Any]) -> Callable[..., Any]:
    """An optimiser that shrinks each row of a matrix by a factor of its own."""

    def broken(self: torch.optim.Optimizer, *args: Any) -> None:
        original(self, *args)
        with torch.no_grad():
            for parameter in (p for group in self.param_groups for p in group["params"]):
                parameter.mul_(1.0 - 1e-6 * torch.arange(parameter.shape[0], dtype=parameter.dtype)[:, None])

    return broken


def inflated(original: Callable[..., Any]) -> Callable[..., Any]:
    """A layer that draws all its parameters 2 % too large."""

    def broken(self: nn.Linear) -> None:
        original(self)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(1.02)

    return broken


def bell_shaped(original: Callable[..., Any]) -> Callable[..., Any]:
    """A layer that draws normal parameters, of the mean and the variance that they should have."""

    def broken(self: nn.Linear) -> None:
        original(self)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=1.0 / math.sqrt(3.0 * self.in_features))

    return broken


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


def smooth_maximum(original: Callable[..., Any]) -> Callable[..., Any]:
    """A maximum that is rounded off, as logsumexp is."""
    return lambda values, dim: torch.logsumexp(1e6 * values, dim) / 1e6


def without_biases(original: Callable[..., Any]) -> Callable[..., Any]:
    """A convolution whose biases were forgotten."""
    return lambda *args, **kwargs: original(*args, **{**kwargs, "bias": False})


def wider(original: Callable[..., Any]) -> Callable[..., Any]:
    """A bottleneck that is one channel wider than asked."""
    return lambda channels, width, *args, **kwargs: original(channels, width + 1, *args, **kwargs)


def leaky_norm(original: Callable[..., Any]) -> Callable[..., Any]:
    """A batch normalisation that hands on a millionth of what comes in."""
    return lambda self, x: original(self, x) + 1e-6 * x


def heavier_penalty(original: Callable[..., Any]) -> Callable[..., Any]:
    """A ridge objective whose penalty is a millionth too large."""
    return lambda layer, x, y, penalty: original(layer, x, y, penalty * (1.0 + 1e-6))


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
    ("solution-audit", "margin-steps"): plus(1e-6),
    ("solution-audit", "projection-steps"): plus(1e-6),
    ("solution-audit", "moment-steps"): times(1.0 + 1e-6),
    ("two-layer-gradients", "outgoing-gradients"): times(1.0 + 1e-6),
    ("two-layer-gradients", "incoming-gradients"): times(1.0 + 1e-6),
    ("two-layer-gradients", "at-the-kink"): leaking(1e-3),
    ("two-layer-gradients", "difference-quotients"): times(1.0 + 1e-6),
    ("symmetry-step", "exchanged-units"): uneven,
    ("symmetry-step", "equal-gradients"): uneven,
    ("symmetry-step", "one-step"): uneven_step,
    ("symmetry-persistence", "gradient-descent"): uneven_step,
    ("symmetry-persistence", "momentum"): uneven_step,
    ("symmetry-persistence", "adaptive-steps"): uneven_step,
    ("symmetry-persistence", "back-propagation-at-kinks"): uneven,
    ("row-square-expansion", "linear-layer"): times(1.0 + 1e-9),
    ("row-square-expansion", "outer-product"): times(1.0 + 1e-9),
    ("row-square-expansion", "float32-layer"): times(1.0 + 1e-4),
    ("row-second-moment", "every-outcome"): times(1.0 + 1e-9),
    ("row-second-moment", "only-one-over-m"): times(1.0 + 1e-9),
    ("row-second-moment", "kaiming-fan-out"): too_wide,
    ("row-second-moment", "uniform-fan-out"): too_wide,
    ("row-second-moment", "normal-with-mean"): too_wide,
    ("fanin-variance", "every-outcome"): times(1.0 + 1e-9),
    ("fanin-variance", "only-one-over-n"): times(1.0 + 1e-9),
    ("fanin-variance", "kaiming-fan-in"): too_wide,
    ("fanin-variance", "uniform-inputs"): too_wide,
    ("relu-factor", "every-outcome"): leaking(1e-9),
    ("relu-factor", "only-two-over-n"): times(1.0 + 1e-9),
    ("relu-factor", "gaussian-variance"): leaking(0.05),
    ("relu-factor", "next-layer"): too_wide,
    ("relu-factor", "matching-the-variance"): too_wide,
    ("fanout-rule", "autograd"): times(1.0 + 1e-9),
    ("fanout-rule", "autograd-behind-relu"): leaking(1e-9),
    ("fanout-rule", "difference-quotients"): leaking(1e-9),
    ("fanout-rule", "every-outcome"): times(1.0 + 1e-9),
    ("fanout-rule", "only-one-over-m"): times(1.0 + 1e-9),
    ("fanout-rule", "kaiming-fan-out"): too_wide,
    ("fanout-rule", "kaiming-fan-out-relu"): too_wide,
    ("xavier-rule", "uniform-gains"): too_wide,
    ("xavier-rule", "normal-gains"): too_wide,
    ("xavier-rule", "least-deviation"): times(1.0 + 1e-9),
    ("xavier-rule", "exact-if-square"): times(1.0 + 1e-9),
    ("fanin-rule", "one-layer"): too_wide,
    ("fanin-rule", "layer-by-layer"): too_wide,
    ("fanin-rule", "all-weights"): times(1.0 + 1e-15),
    ("default-init-variance", "parameters"): inflated,
    ("default-init-variance", "halves"): bell_shaped,
    ("default-init-variance", "layer-by-layer"): times(1.02),
    ("default-init-variance", "whole-stack"): inflated,
    ("relu-idempotent", "relu-twice"): threshold,
    ("relu-idempotent", "criterion-decides"): times(1.0 + 1e-6),
    ("relu-idempotent", "stacked"): leaking(1e-12),
    ("relu-idempotent", "clipped"): plus(1e-9),
    ("relu-idempotent", "leaky-slopes"): plus(1e-6),
    ("relu-idempotent", "backwards"): leaking(1e-3),
    ("leaky-relu", "one-example"): times(1.0 + 1e-6),
    ("leaky-relu", "silent-exactly"): leaking(0.125),
    ("leaky-relu", "batches"): times(1.0 + 1e-6),
    ("leaky-relu", "batches-cancel"): times(1.0 + 1e-6),
    ("leaky-relu", "at-the-kink"): times(1.0 + 1e-6),
    ("leaky-relu", "training-moves-it"): leaking(0.0),
    ("max-derivative", "unique-maximiser"): times(1.0 + 1e-6),
    ("max-derivative", "ties-in-pytorch"): times(1.0 + 1e-6),
    ("max-derivative", "one-sided-slopes"): times(1.0 + 1e-3),
    ("max-derivative", "maximum-with-zero"): times(1.0 + 1e-6),
    ("max-derivative", "many-functions"): smooth_maximum,
    ("stm-params", "single-convolutions"): without_biases,
    ("stm-params", "plain-bottleneck"): wider,
    ("stm-params", "split-bottleneck"): wider,
    ("stm-params", "grouped-bottleneck"): wider,
    ("stm-params", "saving"): wider,
    ("bn-bias-redundant", "training-mode"): leaky_norm,
    ("bn-bias-redundant", "bias-gradient"): leaky_norm,
    ("bn-bias-redundant", "running-statistics"): leaky_norm,
    ("ridge-closed-form", "closed-forms"): times(1.0 + 1e-9),
    ("ridge-closed-form", "inverse"): times(1.0 + 1e-9),
    ("ridge-closed-form", "kernel"): times(1.0 + 1e-6),
    ("ridge-closed-form", "gradient"): heavier_penalty,
    ("ridge-closed-form", "gap"): heavier_penalty,
    ("ridge-closed-form", "trained-layer"): heavier_penalty,
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
    ("ce-positive", "live-loss"): times(1.0 + 1e-9),
    ("ce-positive", "infinite-logits"): times(1.0 + 1e-9),
    ("ce-positive", "beyond-float-zero"): times(1.0 + 1e-9),
    ("ce-limit", "closed-form"): plus(1e-9),
    ("ce-limit", "rate"): times(1.0 + 1e-9),
    ("softplus-lipschitz", "derivatives"): times(1.0 + 1e-9),
    ("softplus-lipschitz", "lipschitz"): times(1.0 + 1e-6),
    ("softplus-lipschitz", "increasing"): plus(1e-9),
    ("softplus-lipschitz", "distance-from-relu"): plus(1e-9),
    ("softplus-lipschitz", "relu-kink"): threshold,
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
