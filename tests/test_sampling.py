"""Samplers: the law that they promise, the object that they use, the memory that they need."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from twinproof.numerics.harness.decision import decide_mean
from twinproof.numerics.harness.sampling import fill_normal, gaussian_norm_sampler, squared_norm_sampler
from twinproof.numerics.harness.streams import Stream


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 131_073, 300_001])
def test_filled_normals_are_normal_throughout(size: int) -> None:
    weight = torch.full((size,), float("nan"))
    fill_normal(weight, 2.0, Stream(0).spawn(size).generator())
    assert bool(torch.isfinite(weight).all())
    if size > 100:
        assert kstest(weight.numpy(), "norm", (0, 2)).pvalue > 1e-4
        half = (size + 1) // 2
        first, second = weight[: size - half].double(), weight[half:].double()
        for f in (torch.abs, torch.square, lambda z: z):  # the two halves share their radii, and yet are independent
            assert abs(float(torch.corrcoef(torch.stack([f(first), f(second)]))[0, 1])) < 5 / np.sqrt(size - half)


def test_filling_keeps_the_shape_and_repeats() -> None:
    a, b = torch.empty(3, 5), torch.empty(3, 5)
    fill_normal(a, 1.0, Stream(1).generator())
    fill_normal(b, 1.0, Stream(1).generator())
    assert torch.equal(a, b)
    parameter = torch.nn.Parameter(torch.zeros(4))
    fill_normal(parameter, 1.0, Stream(1).generator())
    assert bool((parameter != 0).all())


def test_filling_refuses_what_it_cannot_fill() -> None:
    with pytest.raises(TypeError, match=r"weight: found dtype torch\.float64"):
        fill_normal(torch.empty(3, dtype=torch.float64), 1.0, Stream(0).generator())
    with pytest.raises(ValueError, match="not contiguous"):
        fill_normal(torch.empty(3, 4).T, 1.0, Stream(0).generator())


@pytest.mark.parametrize("kind", ["initialiser", "gaussian"])
def test_both_samplers_draw_the_squared_norm_of_a_layer(kind: str) -> None:
    x = torch.ones(6) / 6**0.5
    if kind == "gaussian":
        sample = gaussian_norm_sampler((2 / 64) ** 0.5, x, rows=64, activation=torch.relu)
    else:
        sample = squared_norm_sampler(
            lambda w: torch.nn.init.kaiming_normal_(w, mode="fan_out"), x, rows=64, activation=torch.relu
        )
    found = decide_mean(sample, 1.0, tau=1e-5, stream=Stream(0), eps=0.05)
    assert found.status == "corroborated", found.summary
    stream = Stream(0).spawn("x")
    np.testing.assert_array_equal(sample(stream, 5), sample(stream, 5))


def test_the_initialiser_itself_is_called() -> None:
    sample = squared_norm_sampler(torch.nn.init.ones_, torch.tensor([1.0, 2.0]), rows=3)
    np.testing.assert_array_equal(sample(Stream(0), 2), [27.0, 27.0])


def test_the_default_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    squared_norm_sampler(torch.nn.init.normal_, torch.ones(3), rows=2)(Stream(0), 4)
    assert torch.equal(torch.get_rng_state(), before)


def test_memory_does_not_grow_with_the_draws() -> None:
    sample = gaussian_norm_sampler(1.0, torch.ones(256), rows=256)
    sample(Stream(0), 2)
    peaks = []
    for n in (4, 40):
        tracemalloc.start()
        sample(Stream(0), n)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] <= peaks[0] + 4096


@pytest.mark.parametrize(
    ("x", "rows", "error", "message"),
    [
        (torch.ones(2, 2), 1, ValueError, r"x: found shape \(2, 2\)"),
        (torch.ones(2, dtype=torch.int64), 1, TypeError, r"x: found dtype torch\.int64"),
        (torch.ones(2), 0, ValueError, "rows: found 0"),
    ],
)
def test_wrong_arguments_are_named(x: torch.Tensor, rows: int, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        squared_norm_sampler(torch.nn.init.ones_, x, rows=rows)
    with pytest.raises(error, match=message):
        gaussian_norm_sampler(1.0, x, rows=rows)
