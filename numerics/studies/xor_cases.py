"""XOR with the source's four kernels: what is solved, and the closed forms that the answers are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...models import svm
from ...models.kernels import Kernel
from ..harness.experiment import Formulas
from .study import Expectation, Key, Results, Settings

QUADRATIC: Key = ("polynomial", "2")

COMMON = {"lr": 0.1, "num_iters": 10_000, "offset": 1.0, "bandwidths": (1.0, 2.0, 4.0)}
"""The source's step and number of steps, (offset + x . z)^2, and the bandwidths of the Gaussian kernels."""

AGREE = 1e-4
"""How far, relatively, an answer after the source's number of steps may be from its closed form."""


def keys(bandwidths: Sequence[float]) -> list[Key]:
    """The four kernels: the quadratic one, and the Gaussian ones by bandwidth."""
    return [QUADRATIC, *(("rbf", f"{sigma:g}") for sigma in bandwidths)]


def kernel(settings: Settings, key: Key) -> Kernel:
    """The kernel of a run."""
    return svm.polynomial(2, settings["offset"]) if key == QUADRATIC else svm.rbf(float(key[1]))


def caption(key: Key) -> str:
    """How figures and tables call a kernel."""
    return "polynomial, degree 2" if key == QUADRATIC else f"Gaussian, bandwidth {key[1]}"


@cache
def _theorem() -> Formulas:
    from ...proofs.kernel_machines import PROPOSITIONS

    found: Formulas = PROPOSITIONS["xor-rbf-dual"].formulas()
    return found


def optimum(key: Key) -> tuple[float, float]:
    """Each multiplier at the maximum of the dual without bound, and the maximum.

    Gaussian kernels: the terms of the theorem xor-rbf-dual. Quadratic kernel: each row of Q sums to
    (c + 2)^2 - 2 c^2 + (c - 2)^2 = 8 whatever the offset c, so alpha = 1/8, and the value is half of the sum.
    """
    if key == QUADRATIC:
        return 1 / 8, 4 / 8 / 2
    sigma = float(key[1])
    return float(_theorem().right("alpha", s=sigma)), float(_theorem().right("value", s=sigma))


def score(key: Key, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score (m,) of the maximiser at points (m, 2): x_1 x_2, or the theorem's term of the predictor."""
    if key == QUADRATIC:
        product: NDArray[np.float64] = points[:, 0] * points[:, 1]
        return product
    sigma = float(key[1])
    return np.array([float(_theorem().right("predictor", s=sigma, x=point)) for point in points])


def trained(settings: Settings, chosen: Kernel) -> tuple[Tensor, Tensor, Tensor]:
    """The corners (4, 2), their labels (4,) and the solver's multipliers (4,) after all steps from zero."""
    x, y = svm.xor_data(torch.float64)
    solution = svm.fit_svm(x, y, chosen, step=settings["lr"], max_steps=settings["num_iters"], tolerance=0.0)
    return x, y, solution.alpha


def margins(results: Results) -> Expectation:
    """Every corner lies on the margin: each is a support vector."""
    apart = {caption(key): float(np.abs(arrays["margins"] - 1.0).max()) for key, arrays in results.items()}
    return Expectation(
        "margins",
        f"y f(x) is 1 at all four corners, within {AGREE:g}: all of them are support vectors",
        max(apart.values()) <= AGREE,
        apart,
    )


def close(results: Results, scores: str, forms: str) -> Expectation:
    """The scores are the closed form's."""
    apart = {
        caption(key): float(np.abs(arrays[scores] - arrays[forms]).max() / np.abs(arrays[forms]).max())
        for key, arrays in results.items()
    }
    return Expectation(
        "closed-form",
        f"the scores differ from the closed form by at most {AGREE:g} of the largest",
        max(apart.values()) <= AGREE,
        apart,
    )
