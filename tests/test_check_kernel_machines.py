"""Checkers of kernel machines: duality gaps, and votes of the nearest support vectors."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import twinproof as tp
from twinproof.check import coverage
from twinproof.numerics.harness.verdict import ProofResult

POINTS = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], dtype=float)
LABELS = [1, -1, 1, -1]
DISTANCES = ((POINTS[:, None] - POINTS) ** 2).sum(-1)
INNER = POINTS @ POINTS.T


def rbf(sigma: float) -> np.ndarray:
    return np.exp(-DISTANCES / (2 * sigma**2))


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0, 4.0])
def test_the_closed_form_of_xor_is_optimal(sigma: float) -> None:
    k = math.exp(-2 / sigma**2)
    assert tp.check.dual_optimal([1 / (1 - k) ** 2] * 4, rbf(sigma), LABELS).holds


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_other_closed_forms_are_not(sigma: float) -> None:
    k = math.exp(-2 / sigma**2)
    wrong = [1 / (1 - k), 1 / (1 - k * k), 1 / (1 - math.exp(-1 / sigma**2)) ** 2, 1 / (1 - k * k) ** 2]
    for alpha in wrong:
        verdict = tp.check.dual_optimal([alpha] * 4, rbf(sigma), LABELS)
        assert verdict.status == "refuted"
        assert verdict.witness["dual after"] > verdict.witness["dual"]


def test_a_box_clips_the_optimum() -> None:
    assert tp.check.dual_optimal([3.0] * 4, rbf(2), LABELS, C=3).holds
    assert tp.check.dual_optimal([2.9] * 4, rbf(2), LABELS, C=3).status == "refuted"
    beyond = tp.check.dual_optimal([6.459] * 4, rbf(2), LABELS, C=3)
    assert beyond.status == "refuted"
    assert "above C" in beyond.summary


def test_negative_multipliers_are_infeasible() -> None:
    verdict = tp.check.dual_optimal([-1e-3, 0.1, 0.1, 0.1], (1 + INNER) ** 2, LABELS)
    assert verdict.status == "refuted"
    assert verdict.witness == {"index": 0, "alpha": -1e-3}


@pytest.mark.parametrize("alpha", [[0.0] * 4, [1.0] * 4, [1000.0] * 4])
def test_an_unbounded_dual_is_recognised(alpha: list[float]) -> None:
    verdict = tp.check.dual_optimal(alpha, 1 + INNER, LABELS)
    assert verdict.status == "refuted"
    assert "unbounded" in verdict.summary
    direction = np.array(verdict.witness["direction"])
    assert (direction >= 0).all()
    assert np.abs(((1 + INNER) * np.outer(LABELS, LABELS)) @ direction).max() < 1e-12


def test_the_same_program_in_a_box_has_an_optimum() -> None:
    assert tp.check.dual_optimal([1.0] * 4, 1 + INNER, LABELS, C=1.0).holds


def test_every_optimum_of_a_singular_kernel_will_do() -> None:
    for alpha in ([0.125] * 4, [0.25, 0.25, 0.0, 0.0], [0.0, 0.25, 0.25, 0.0]):
        assert tp.check.dual_optimal(alpha, INNER**2, LABELS).holds


def test_inactive_points_and_mixed_boxes() -> None:
    x = np.array([1.0, 3.0, -1.0, -4.0])
    y = [1, 1, -1, -1]
    gram = np.outer(x, x)
    assert tp.check.dual_optimal([0.5, 0, 0.5, 0], gram, y).holds
    assert tp.check.dual_optimal([0.5, 0, 0.5, 0], gram, y, C=0.5).holds
    assert tp.check.dual_optimal([0.5, 0.1, 0.5, 0], gram, y).status == "refuted"
    assert tp.check.dual_optimal([0.0, 0, 0, 0], gram, y, C=2).status == "refuted"


def test_the_gap_is_relative() -> None:
    alpha = 1.001 / (1 - math.exp(-0.5)) ** 2
    assert tp.check.dual_optimal([1.05 * alpha] * 4, rbf(2), LABELS).status == "refuted"
    assert tp.check.dual_optimal([alpha] * 4, rbf(2), LABELS, gap=1e-3).holds
    scaled = 1e-8 * rbf(2)
    assert tp.check.dual_optimal([1.05e8 * alpha] * 4, scaled, LABELS).status == "refuted"
    assert tp.check.dual_optimal([1e8 * alpha] * 4, scaled, LABELS, gap=1e-3).holds


def test_a_gap_below_rounding_is_undecided() -> None:
    alpha = 1 / (1 - math.exp(-0.5)) ** 2
    single = torch.tensor(rbf(2), dtype=torch.float32)
    verdict = tp.check.dual_optimal(torch.full((4,), alpha), single, LABELS, gap=1e-13)
    assert verdict.status == "undecided"
    assert tp.check.dual_optimal(torch.full((4,), alpha), single, LABELS, gap=1e-5).holds


NAN = math.nan


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"alpha": [1.0, NAN, 1.0, 1.0]}, ValueError, r"alpha: found nan at index \(1,\)"),
        ({"alpha": [1.0, 1.0]}, ValueError, r"gram: found shape \(4, 4\)"),
        ({"alpha": "abcd"}, TypeError, "alpha: found 'abcd'"),
        ({"alpha": []}, ValueError, "alpha: found"),
        ({"gram": np.full((4, 4), NAN)}, ValueError, "gram: found nan"),
        ({"gram": np.arange(16.0).reshape(4, 4)}, ValueError, "gram: found entries that differ"),
        ({"gram": -np.eye(4)}, ValueError, "gram: found the eigenvalue -1"),
        ({"gram": np.ones(4)}, ValueError, "gram: found an array of shape"),
        ({"labels": [1, 2, 1, -1]}, ValueError, "labels: found 2 at index 1"),
        ({"labels": [1, -1]}, ValueError, "labels: found 2 labels, expected 4"),
        ({"labels": None}, TypeError, "labels: found None"),
        ({"C": 0}, ValueError, "C: found 0"),
        ({"C": NAN}, ValueError, "C: found nan"),
        ({"C": "1"}, TypeError, "C: found '1'"),
        ({"gap": 0}, ValueError, "gap: found 0"),
        ({"gap": math.inf}, ValueError, "gap: found inf"),
        ({"seed": -3}, ValueError, "seed: found -3"),
    ],
)
def test_dual_optimal_names_a_wrong_argument(change: dict[str, object], error: type, message: str) -> None:
    arguments: dict[str, object] = {"alpha": [1.0] * 4, "gram": rbf(1), "labels": LABELS} | change
    with pytest.raises(error, match=message):
        tp.check.dual_optimal(**arguments)


# -- the limit of small bandwidths --


def vote(alpha: list[float], points: list[list[float]], labels: list[int], query: list[float]) -> tp.Verdict:
    return tp.check.nearest_neighbor_limit(alpha, points, labels, query)


def test_a_tie_is_summed() -> None:
    verdict = vote([0.7, 1.3], [[1, 0], [-1, 0]], [1, -1], [0, 0])
    assert verdict.holds
    assert "sign -1" in verdict.summary
    assert verdict.evidence[0].estimate == pytest.approx(-0.6)


def test_a_cancelling_tie_is_refuted() -> None:
    verdict = vote([1, 1, 5], [[1, 0], [-1, 0], [3, 0]], [1, -1, 1], [0, 0])
    assert verdict.status == "refuted"
    assert verdict.witness["nearest"] == [0, 1]
    assert verdict.witness["vote"] == 0


def test_points_that_are_no_support_vectors_have_no_vote() -> None:
    verdict = vote([1, 0], [[1, 0], [0.1, 0]], [-1, 1], [0, 0])
    assert verdict.holds
    assert "sign -1" in verdict.summary


def test_the_nearest_wins_by_a_hair() -> None:
    verdict = vote([1, 1], [[1, 0], [-1, 0]], [1, -1], [1e-9, 0])
    assert verdict.holds
    assert "sign +1" in verdict.summary


def test_a_query_on_a_point() -> None:
    assert "sign +1" in vote([1, 100], [[0, 0], [1, 0]], [1, -1], [0, 0]).summary


def test_far_queries_underflow_in_the_open_but_not_here() -> None:
    verdict = vote([1, 5], [[1e6, 0], [1e6, 1]], [1, -1], [0, 0])
    assert verdict.holds
    assert "sign +1" in verdict.summary


def test_the_bandwidth_of_the_summary_is_right() -> None:
    summary = vote([1, 5], [[0], [0.51]], [1, -1], [0]).summary
    sigma = float(summary.rpartition("< ")[2])
    assert sigma == pytest.approx(0.51 / math.sqrt(2 * math.log(5)), rel=1e-5)
    assert 1 - 5 * math.exp(-(0.51**2) / (2 * (0.999 * sigma) ** 2)) > 0


def test_a_tie_that_rounding_broke_is_undecided_if_it_matters() -> None:
    assert vote([1, 1], [[0.1], [0.5]], [1, -1], [0.3]).status == "undecided"
    assert vote([0.7, 1.3], [[0.1], [0.5]], [1, -1], [0.3]).status == "undecided"
    assert vote([0.7, 1.3], [[0.1], [0.5]], [1, 1], [0.3]).holds


def test_a_vote_within_the_rounding_of_alpha_is_undecided() -> None:
    assert vote([0.1, 0.2, 0.3], [[1, 0], [0, 1], [-1, 0]], [1, 1, -1], [0, 0]).status == "undecided"


def test_coverage_by_the_theorem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "replayed", lambda claim: ProofResult("proved"))
    assert vote([1, 5], [[0], [0.51]], [1, -1], [0]).status == "proved"
    monkeypatch.setattr(coverage, "replayed", lambda claim: None)
    assert vote([1, 5], [[0], [0.51]], [1, -1], [0]).status == "corroborated"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"alpha": [1.0, -1.0]}, ValueError, "alpha: found -1 at index 1"),
        ({"alpha": [0.0, 0.0]}, ValueError, "alpha: found no positive entry"),
        ({"alpha": [NAN, 1.0]}, ValueError, "alpha: found nan"),
        ({"points": [[0.0, 0.0]]}, ValueError, "points: found 1 points, expected 2"),
        ({"points": [0.0, 1.0]}, ValueError, "points: found an array of shape"),
        ({"points": [[0.0], [1.0, 2.0]]}, TypeError, "points: found"),
        ({"labels": [1, 0]}, ValueError, "labels: found 0 at index 1"),
        ({"query": [0.0]}, ValueError, "query: found 1 coordinates, expected 2"),
        ({"query": [math.inf, 0.0]}, ValueError, "query: found inf"),
        ({"query": 3.0}, ValueError, "query: found an array of shape"),
        ({"seed": "x"}, TypeError, "seed: found 'x'"),
    ],
)
def test_nearest_neighbor_limit_names_a_wrong_argument(change: dict[str, object], error: type, message: str) -> None:
    arguments: dict[str, object] = {
        "alpha": [1.0, 1.0], "points": [[0.0, 0.0], [1.0, 0.0]], "labels": [1, -1], "query": [0.1, 0.0],
    } | change  # fmt: skip
    with pytest.raises(error, match=message):
        tp.check.nearest_neighbor_limit(**arguments)


def test_arrays_are_left_alone() -> None:
    alpha, points, query = np.array([1.0, 2.0]), POINTS[:2].copy(), torch.zeros(2)
    tp.check.nearest_neighbor_limit(alpha, points, [1, -1], query)
    assert alpha.tolist() == [1.0, 2.0]
    assert (points == POINTS[:2]).all()
