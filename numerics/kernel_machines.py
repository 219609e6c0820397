"""Kernel machines: the Gaussian score at small bandwidths, and the dual of XOR."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from . import bandwidth, xor_dual
from .harness.experiment import Experiment, Twin

_LIMIT: Mapping[str, object] = {
    "name": "bandwidth-to-zero",
    "over": "support",
    "scaled": True,
    "kinds": bandwidth.KINDS,
    "parts": ("error bound", "limit"),
}
_SOLVER: Mapping[str, object] = {"labelled": True, "C": math.inf}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "rbf-one-nn-limit": (
        Experiment(
            "bandwidth-to-zero",
            "the scaled live score for sigma from 4 to 2^-9: error bound and limit, with ties",
            "twinproof.models.svm.rbf_scaled_score",
            bandwidth.limit,
            _LIMIT,
        ),
        Experiment(
            "sign-below-underflow",
            "bandwidths at which the raw live score is 0.0: the scaled one still has the sign of the limit",
            "twinproof.models.svm.rbf_scaled_score",
            bandwidth.underflow,
            {"by_label": False, "kinds": ("generic", "tie", "off the support")},
        ),
    ),
    "xor-rbf-dual": (
        Experiment(
            "solver-reaches-closed-form",
            "projected gradient ascent on the live dual, sigma = .5, 1, 2, 4, from two starts",
            "twinproof.models.svm.solve_dual",
            xor_dual.solver,
            _SOLVER,
        ),
        Experiment(
            "stationarity",
            "autograd's gradient of the live dual objective at the closed form",
            "twinproof.models.svm.dual_value",
            xor_dual.stationarity,
        ),
        Experiment(
            "strict-concavity",
            "quadratic form and eigenvalues of the live signed Gram matrix, and the drop of the dual",
            "twinproof.models.svm.signed_gram",
            xor_dual.concavity,
        ),
        Experiment(
            "predictor",
            "the live predictor on a square, near the axes and on them, against the sinh form",
            "twinproof.models.svm.svm_predictor",
            xor_dual.predictor,
        ),
    ),
}


def _formula_twins(experiment: str, rows: Sequence[tuple[str, str]], **options: object) -> tuple[Twin, ...]:
    """Return twins of one experiment with changed terms (name, change)."""
    return tuple(Twin(name, change, experiment, options, name) for name, change in rows)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "rbf-one-nn-limit": (
        *_formula_twins(
            "bandwidth-to-zero",
            [
                ("all-support-vectors", "the limit is the sum over all support vectors: sum_S c(i)"),
                ("bound-without-half", "error bound exp(-g/s^2) sum |c(i)| in place of exp(-g/2s^2)"),
                ("half-bound", "error bound exp(-g/2s^2) |sum c(i)| / 2: half, and signs before sizes"),
            ],
        ),
        *_formula_twins(
            "bandwidth-to-zero",
            [("first-nearest-only", "one nearest support vector decides, the first in a tie: c(i1)")],
            kinds=("tie",),
        ),
        *_formula_twins(
            "bandwidth-to-zero",
            [("nearest-of-all-points", "rho and T over all points in place of the support vectors")],
            kinds=("off the support",),
            over="all",
        ),
        *_formula_twins(
            "bandwidth-to-zero",
            [("not-the-least", "rho the squared distance of any support vector (here the farthest), not the least")],
            kinds=("generic",),
            over="largest",
            parts=("limit",),
        ),
        *_formula_twins(
            "bandwidth-to-zero",
            [("unscaled", "f(x) itself tends to the sum over the nearest (no factor exp(rho/2s^2))")],
            scaled=False,
        ),
        Twin(
            "nearest-label-decides",
            "the label of a nearest support vector is the sign of the score, in ties as well",
            "sign-below-underflow",
            {"by_label": True, "kinds": ("tie",)},
        ),
    ),
    "xor-rbf-dual": (
        *_formula_twins(
            "stationarity",
            [
                ("first-power", "a = 1/(1-k) in place of 1/(1-k)^2"),
                ("k-squared", "a = 1/(1-k^2) in place of 1/(1-k)^2"),
                ("unsquared-side", "k = exp(-1/s^2) in place of exp(-2/s^2)"),
                ("diagonal-distance", "k = exp(-4/s^2), the diagonal's kernel, in place of the side's"),
            ],
        ),
        *_formula_twins("solver-reaches-closed-form", [("value-a", "the dual's maximum is a in place of 2a")]),
        *_formula_twins(
            "predictor",
            [
                ("no-damping", "4a sinh(x1/s^2) sinh(x2/s^2) without exp(-(|x|^2+2)/2s^2)"),
                ("cosh", "4a exp(-(|x|^2+2)/2s^2) sinh(x1/s^2) cosh(x2/s^2)"),
            ],
        ),
        Twin(
            "no-labels",
            "the dual without the labels y_i y_j has the same maximiser",
            "solver-reaches-closed-form",
            {"labelled": False},
        ),
        Twin(
            "soft-margin",
            "the closed form holds under any box 0 <= alpha <= C (here C = 1)",
            "solver-reaches-closed-form",
            {"C": 1.0},
        ),
    ),
}
