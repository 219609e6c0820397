"""Rounding bounds hold for computations that really round."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twinproof.numerics.harness.rounding import Tracked, dot_bound, gamma, least_positive, sum_bound, unit_roundoff


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_the_unit_of_rounding_is_that_of_torch(name: str) -> None:
    info = torch.finfo(getattr(torch, name))
    assert unit_roundoff(getattr(torch, name)) == unit_roundoff(name) == info.eps / 2
    assert least_positive(name) <= info.smallest_normal


def test_dtypes_of_numpy_are_read() -> None:
    assert unit_roundoff(np.float32) == unit_roundoff(np.dtype("float32")) == 2.0**-24


@pytest.mark.parametrize("dtype", ["int8", object(), torch.int32])
def test_other_dtypes_are_refused(dtype: object) -> None:
    with pytest.raises(TypeError, match="dtype: found"):
        unit_roundoff(dtype)


def test_gamma_refuses_what_it_cannot_bound() -> None:
    assert gamma(0, "float32") == 0
    with pytest.raises(ValueError, match="n: found 16777216"):
        gamma(2**24, "float32")


@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_sums_and_products_in_float32_stay_within_their_bounds(seed: int, n: int) -> None:
    g = np.random.default_rng(seed)
    a, b = (g.standard_normal((2, n)) * 10.0 ** g.integers(-6, 7, (2, n))).astype(np.float32)
    exact = sum((Fraction(float(x)) for x in a), Fraction(0))
    assert abs(Fraction(float(a.sum(dtype=np.float32))) - exact) <= Fraction(sum_bound(a, "float32"))
    product = sum((Fraction(float(x)) * Fraction(float(y)) for x, y in zip(a, b, strict=True)), Fraction(0))
    assert abs(Fraction(float(np.dot(a, b))) - product) <= Fraction(float(dot_bound(a, b, "float32")))


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_a_running_analysis_covers_a_layer_in_float32(seed: int, n: int) -> None:
    g = np.random.default_rng(seed)
    w, x, c = (g.standard_normal(size).astype(np.float32) for size in ((n, n), n, n))
    y = torch.relu(torch.from_numpy(w) @ torch.from_numpy(x) - torch.from_numpy(c)) / 3
    found = float((y * y).sum())

    def exact(values: np.ndarray) -> np.ndarray:
        return np.vectorize(lambda v: Fraction(float(v)), otypes=[object])(values)

    rows = exact(w) @ exact(x) - exact(c)
    squares = [max(row, Fraction(0)) ** 2 / 9 for row in rows]
    tracked = Tracked.exact(w, "float32") @ Tracked.exact(x, "float32") - c
    layer = tracked.apply(lambda z: np.maximum(z, 0), lipschitz=1, ulps=0) / 3.0
    total = (layer * layer).sum()
    truth = sum(squares, Fraction(0))
    assert abs(Fraction(found) - truth) <= Fraction(float(total.error))
    assert abs(Fraction(float(total.value)) - truth) <= Fraction(float(total.error))
    assert float(total.error) <= 1e-3 * (1 + float(truth))  # and says something


def test_functions_carry_errors_by_their_lipschitz_constant_and_add_their_own() -> None:
    x = Tracked(np.array(1.0), np.array(1e-3), "float32")
    y = x.apply(np.tanh, lipschitz=1.0, ulps=2)
    assert float(y.value) == math.tanh(1.0)
    assert 1e-3 < float(y.error) < 1e-3 + 20 * 2.0**-24


def test_a_quotient_whose_divisor_may_be_zero_has_no_bound() -> None:
    one = Tracked.exact(1.0, "float64")
    assert math.isinf(float((one / Tracked(np.array(1.0), np.array(1.0), "float64")).error))
    assert float((one / 4.0 + 1.0).error) < 1e-15
