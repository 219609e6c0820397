"""Comparisons within a rounding bound, the bounds of small networks, and the moments of the weight laws."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twinproof.numerics.comparison import Check, Key, compare
from twinproof.numerics.definitions import defined
from twinproof.numerics.forward_error import SMOOTH, Smooth, backward, gradient_errors, run
from twinproof.numerics.harness.experiment import NoFormulas, Trial
from twinproof.numerics.harness.streams import Stream
from twinproof.numerics.weight_laws import LAWS, second_moment


@pytest.fixture
def trial() -> Trial:
    """A trial that begins with the test: its deadline runs from when it is made."""
    return Trial(Stream(0))


@pytest.mark.parametrize(
    ("live", "formula", "tolerance", "relation", "holds"),
    [
        (1.0, 1.0, 0.0, "=", True),
        (1.0, 1.1, 0.2, "=", True),
        (1.0, 1.1, 0.05, "=", False),
        (math.nan, 1.0, 9.0, "=", False),
        (math.inf, 1.0, 9.0, "=", False),
        (-0.0, 0.0, 0.0, "=", True),
        (1.0, 1.0, 0.0, "<=", True),
        (1.1, 1.0, 0.05, "<=", False),
        (math.nan, 1.0, 0.0, "<=", False),
        (1.0, 1.0, 0.0, "<", False),
        (0.9, 1.0, 0.0, "<", True),
        (1.1, 1.0, 0.2, "<", True),
        (1.0, 1.1, 0.05, "!=", True),
        (1.0, 1.1, 0.2, "!=", False),
        (math.nan, 1.0, 0.0, "!=", False),
    ],
)
def test_relations(live: float, formula: float, tolerance: float, relation: str, holds: bool) -> None:
    check = Check("a number", live, formula, tolerance, relation)  # type: ignore[arg-type]
    assert (check.failure() is None) is holds


def test_the_worst_entry_is_the_witness() -> None:
    entries = {"z": np.array([1.0, 2.0, 3.0])}
    check = Check("three", [1.0, 5.0, 2.0], [1.0, 1.0, 1.0], 0.0, "=", {"p": 0.5}, entries)
    assert check.failure() == (1,)
    witness = check.witness(("case", 0), (1,))
    assert (witness["live"], witness["formula"], witness["z"], witness["p"]) == (5.0, 1.0, 2.0, 0.5)
    json.dumps(witness)


def test_agreement_counts_the_entries_and_measures_against_the_bound(trial: Trial) -> None:
    def examine(key: Key) -> Iterator[Check]:
        yield Check("two", [1.0, 2.0], [1.0, 2.5], 1.0)

    evidence = compare(trial, "two", [("a",), ("b",)], examine, holds="they agree")
    assert (evidence.status, evidence.samples, evidence.estimate) == ("corroborated", 4, 0.5)


def test_a_failure_is_computed_anew_before_it_is_reported(trial: Trial) -> None:
    calls = itertools.count()

    def fickle(key: Key) -> Iterator[Check]:
        yield Check("fickle", float(next(calls)), 1.0)  # fails at the first call only

    assert compare(trial, "fickle", [("a",)], fickle, holds="").status == "undecided"

    def firm(key: Key) -> Iterator[Check]:
        yield Check("right", 1.0, 1.0)
        yield Check("wrong", 2.0, 1.0)

    evidence = compare(trial, "firm", [("a", 3)], firm, holds="")
    assert evidence.status == "refuted"
    assert evidence.witness is not None
    assert evidence.witness["case"] == ["a", 3]


def test_nothing_compared_is_undecided(trial: Trial) -> None:
    assert compare(trial, "nothing", [], lambda key: [], holds="").status == "undecided"
    empty = [Check("empty", np.zeros(0), 0.0)]
    assert compare(trial, "empty", [("a",)], lambda key: empty, holds="").status == "undecided"


def test_formulas_without_definitions_are_named() -> None:
    with pytest.raises(TypeError, match="function"):
        defined(NoFormulas(), "sigmoid to tanh", "C")


EXTENDED = np.longdouble


@given(st.sampled_from(sorted(set(SMOOTH) - {"gelu", "relu"})), st.integers(1, 5), st.booleans(), st.integers(0, 2**16))
def test_error_bounds_cover_the_distance_from_extended_precision(name: str, depth: int, skip: bool, seed: int) -> None:
    draw = np.random.default_rng(seed)
    m = int(draw.integers(1, 6))
    weights = [draw.standard_normal((m, m)) for _ in range(depth)]
    biases = [draw.standard_normal(m) for _ in range(depth)]
    x, c = draw.standard_normal(m), draw.standard_normal(m)
    activation = SMOOTH[name]
    forward = run(weights, biases, x, activation, skip=skip)
    wide = [w.astype(EXTENDED) for w in weights]
    h, slopes = x.astype(EXTENDED), []
    for index, (weight, bias) in enumerate(zip(wide, biases, strict=True)):
        z = weight @ h + bias.astype(EXTENDED)
        slopes.append(activation.slope(z))
        h = activation.value(z) + (h if skip and index else 0)
        assert bool((np.abs(h - forward.states[index + 1]) <= forward.state_errors[index + 1]).all())
        assert bool((np.abs(slopes[-1] - forward.slopes[index]) <= forward.slope_errors[index]).all())
    exact = backward(wide, c.astype(EXTENDED), slopes, skip=skip)  # type: ignore[arg-type]
    found = backward(weights, c, forward.slopes, skip=skip)
    for one, two, bound in zip(exact, found, gradient_errors(weights, c, forward, skip=skip), strict=True):
        assert bool((np.abs(one - two) <= bound).all())


def test_error_bounds_are_not_vacuous() -> None:
    draw = np.random.default_rng(0)
    weights = [0.5 * draw.standard_normal((4, 4)) for _ in range(3)]
    forward = run(weights, [draw.standard_normal(4)] * 3, draw.standard_normal(4), SMOOTH["tanh"], skip=True)
    assert max(float(error.max()) for error in forward.state_errors) < 1e-13
    assert float(gradient_errors(weights, np.ones(4), forward, skip=True)[0].max()) < 1e-12


@pytest.mark.parametrize("name", sorted(set(SMOOTH) - {"relu"}))
def test_slopes_are_derivatives_within_the_stated_bounds(name: str) -> None:
    activation: Smooth = SMOOTH[name]
    z = np.linspace(-6.0, 6.0, 2001)
    step = 1e-5
    quotient = (activation.value(z + step) - activation.value(z - step)) / (2 * step)
    assert np.allclose(activation.slope(z), quotient, atol=1e-9)
    assert float(np.abs(activation.slope(z)).max()) <= activation.lipschitz * (1 + 1e-12)
    curvature = np.diff(activation.slope(z)) / np.diff(z)
    assert float(np.abs(curvature).max()) <= activation.curvature * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("law", sorted(LAWS))
def test_weight_laws_have_the_second_moment_they_state(law: str) -> None:
    m, d = (400, 2) if law == "entrywise symmetric" else (200, 40)
    weight = torch.empty(m, d)
    total, mean = 0.0, 0.0
    with Stream(0).spawn(law).torch_default():
        for _ in range(20):
            LAWS[law](weight)
            total += float(weight.double().square().mean()) / 20
            mean += float(weight.double().mean()) / 20
    stated = float(second_moment(law, m, d))
    # 16,000 independent entries or more (4,000 rows where a row is one number): five deviations of a kurtosis of 9
    off = 5 * math.sqrt(8 / (4000 if law == "one number a row" else 16000))
    assert total - (mean**2 if law == "positive uniform" else 0.0) == pytest.approx(stated, rel=off)
    if law != "positive uniform":
        assert abs(mean) <= off * math.sqrt(stated)
