"""The dual of XOR with a Gaussian kernel: the live solver, objective and predictor against the closed forms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import cast

import numpy as np
import torch
from torch import Tensor

from ..models import svm
from .comparison import UNIT, Check, Key, compare, gamma
from .harness.evidence import Evidence
from .harness.experiment import Trial

SIGMAS = (0.5, 1.0, 2.0, 4.0)


def _xor(sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the corners (4, 2), their labels (4,) and the live signed Gram matrix (4, 4)."""
    x, y = svm.xor_data()
    return x, y, svm.signed_gram(svm.rbf(sigma)(x, x), y)


def _smallest(q: Tensor) -> float:
    return float(torch.linalg.eigvalsh(q)[0])


def _closed_form_error(q: Tensor, a: float) -> float:
    """Bound |solver - closed form| in one coordinate from what is rounded on either side.

    Q and k carry a few u; both sides divide by the smallest eigenvalue mu = (1-k)^2 of Q, so a relative error of
    32 u / mu covers the conditioning of either.
    """
    return 32.0 * UNIT / _smallest(q) * a


def solver(trial: Trial) -> Evidence:
    """Run the live projected-gradient solver on the dual, from zero and from elsewhere, against the closed form."""
    option = trial.options
    labelled, C = bool(option["labelled"]), float(cast("float", option["C"]))
    starts = 2 if trial.profile == "quick" else 20

    def examine(key: Key) -> Iterator[Check]:
        sigma, number = SIGMAS[int(key[0])], int(key[1])
        x, y, q = _xor(sigma)
        start = None
        if number:
            start = torch.from_numpy(trial.stream.spawn(*key).generator().uniform(0.0, 3.0, 4))
        labels = y if labelled else torch.ones_like(y)
        gram = svm.rbf(sigma)(x, x)
        solution = svm.solve_dual(gram, labels, C=C, start=start, max_steps=60_000, tolerance=1e-13)
        a = float(trial.formulas.right("alpha", s=sigma))
        # |Q (alpha - a)| <= residual, so alpha errs by residual / smallest eigenvalue at most
        bound = 2.0 * solution.kkt / _smallest(q) + _closed_form_error(q, a)
        detail = {"sigma": sigma, "start": [0.0] * 4 if start is None else start.tolist(), "steps": solution.steps}
        yield Check("alpha of the solver, closed form", solution.alpha.numpy(), a, bound, "=", detail)
        value = float(trial.formulas.right("value", s=sigma))
        # at the maximum the value errs by the square of alpha's error only, and by its own rounding
        slack = 2.0 * bound * bound * 4.0 + 4.0 * _closed_form_error(q, a)
        yield Check("dual value of the solver, closed form", solution.value, value, slack, "=", detail)
        yield Check("duality gap", solution.gap, 0.0, 8.0 * bound * max(1.0, a), "<=", detail)

    return compare(
        trial,
        "solver-reaches-closed-form",
        [(index, number) for index in range(len(SIGMAS)) for number in range(starts)],
        examine,
        holds="projected gradient ascent ends at a = 1/(1-k)^2 from every start, with the value 2a",
    )


def stationarity(trial: Trial) -> Evidence:
    """Differentiate the live dual objective at the closed form."""

    def examine(key: Key) -> Iterator[Check]:
        sigma = SIGMAS[int(key[0])]
        _, _, q = _xor(sigma)
        a = float(trial.formulas.right("alpha", s=sigma))
        alpha = torch.full((4,), a, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(svm.dual_value(alpha, q), alpha)
        # 1 - a (1 - 2k + k^2): four products of size <= a, k itself rounded, a conditioned by 1 / (1 - k)
        bound = gamma(16) * a * 4.0 + 32.0 * UNIT / math.sqrt(_smallest(q))
        detail = {"sigma": sigma, "alpha": a}
        yield Check("gradient of the dual at the closed form", gradient.numpy(), 0.0, bound, "=", detail)

    return compare(
        trial,
        "stationarity",
        [(index,) for index in range(len(SIGMAS))],
        examine,
        holds="the gradient of the live dual vanishes at the closed form for sigma = .5, 1, 2, 4",
    )


def concavity(trial: Trial) -> Evidence:
    """Compare the live quadratic form with Q(v) and with the drop of the dual from its maximum."""
    repeats = 4 if trial.profile == "quick" else 100

    def examine(key: Key) -> Iterator[Check]:
        sigma = SIGMAS[int(key[0])]
        _, _, q = _xor(sigma)
        draw = trial.stream.spawn(*key).generator()
        v = draw.standard_normal(4)
        if int(key[1]) == 0:  # the flattest directions are those that a generic v does not show
            v = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0]])[int(key[0]) % 2]
        live = float(torch.from_numpy(v) @ (q @ torch.from_numpy(v)))
        size = float(np.abs(v).sum()) ** 2
        detail = {"sigma": sigma, "v": v.tolist()}
        stated = float(trial.formulas.left("unique", s=sigma, v=v))
        yield Check("quadratic form of the live matrix, Q(v)", live, stated, gamma(48) * size, "=", detail)
        yield Check("the quadratic form is positive", gamma(48) * size, live, 0.0, "<", detail)
        yield Check("smallest eigenvalue", 64.0 * UNIT, _smallest(q), 0.0, "<", detail)
        alpha = np.abs(draw.standard_normal(4)) * 3.0
        a = float(trial.formulas.right("alpha", s=sigma))
        best, other = (float(svm.dual_value(torch.from_numpy(point), q)) for point in (np.full(4, a), alpha))
        drop = float(trial.formulas.right("maximum", s=sigma, al=alpha))
        weight = 4.0 * a + float(alpha.sum())
        bound = gamma(64) * (weight + weight * weight) + 64.0 * UNIT * weight / math.sqrt(_smallest(q))
        label = "drop of the live dual from its maximum, 1/2 Q(alpha - a)"
        yield Check(label, best - other, drop, bound, "=", detail | {"alpha": alpha.tolist()})

    return compare(
        trial,
        "strict-concavity",
        [(index, repeat) for repeat in range(repeats) for index in range(len(SIGMAS))],
        examine,
        holds="the live quadratic form is Q, positive in every direction tried, and measures the drop of the dual",
    )


def predictor(trial: Trial) -> Evidence:
    """Compare the live predictor at the closed form with the sinh form, and its sign with x1 x2."""
    count = 40 if trial.profile == "quick" else 400

    def examine(key: Key) -> Iterator[Check]:
        sigma = SIGMAS[int(key[0])]
        x, y, _ = _xor(sigma)
        a = float(trial.formulas.right("alpha", s=sigma))
        draw = trial.stream.spawn(*key).generator()
        points = np.concatenate([draw.uniform(-3.0, 3.0, (count, 2)), [[0.0, 1.0], [2.0, 0.0], [0.0, 0.0], [1.0, 1.0]]])
        inputs = torch.from_numpy(points)
        alpha = torch.full((4,), a, dtype=torch.float64)
        live = svm.svm_predictor(alpha, x, y, inputs, svm.rbf(sigma)).numpy()
        # the four terms cancel: rounding is relative to the sum of their sizes, and an exponent u errs by u * 4 u_r
        kernel = svm.rbf(sigma)(inputs, x).numpy()
        exponent = svm.squared_distances(inputs, x).numpy() / (2.0 * sigma * sigma)
        bound = a * (kernel * (gamma(24) + 8.0 * UNIT * exponent)).sum(axis=1)
        stated = np.array([float(trial.formulas.right("predictor", s=sigma, x=point)) for point in points])
        entries = {"x1": points[:, 0], "x2": points[:, 1]}
        yield Check("live score, sinh form", live, stated, 4.0 * bound, "=", {"sigma": sigma}, entries)
        clear = np.abs(live) > bound
        signs = np.sign(points[:, 0] * points[:, 1])[clear]
        pair = {"x1": points[clear, 0], "x2": points[clear, 1]}
        yield Check("sign of the live score, quadrant", np.sign(live[clear]), signs, 0.0, "=", {"sigma": sigma}, pair)

    return compare(
        trial,
        "predictor",
        [(index,) for index in range(len(SIGMAS))],
        examine,
        holds="the live score is 4a exp(-(|x|^2+2)/2s^2) sinh(x1/s^2) sinh(x2/s^2), its sign that of x1 x2",
    )
