"""Streams: a figure depends on its seed and its address alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twinproof.numerics.harness.streams import Stream


def test_the_same_address_gives_the_same_numbers_every_time() -> None:
    stream = Stream(3).spawn("claim", 5)
    np.testing.assert_array_equal(stream.generator().random(4), stream.generator().random(4))
    assert torch.equal(torch.rand(4, generator=stream.torch()), torch.rand(4, generator=stream.torch()))


KEYS = st.lists(st.text(max_size=8) | st.integers(0, 2**32 - 1), max_size=4).map(tuple)


@given(KEYS, KEYS)
def test_an_address_may_be_spelt_in_parts(first: tuple[str | int, ...], second: tuple[str | int, ...]) -> None:
    whole = Stream(3).spawn(*first, *second)
    assert Stream(3).spawn(*first).spawn(*second) == whole
    assert Stream(whole.seed, whole.key).number() == whole.number()  # what a witness stores is enough


@given(KEYS, KEYS)
def test_other_addresses_give_other_numbers(one: tuple[str | int, ...], two: tuple[str | int, ...]) -> None:
    assert (Stream(3).spawn(*one).number() == Stream(3).spawn(*two).number()) is (one == two)


def test_spawning_twice_is_spawning_once_with_a_longer_key() -> None:
    assert Stream(1).spawn("a").spawn(2) == Stream(1).spawn("a", 2)


def test_addresses_give_different_numbers() -> None:
    root = Stream(0)
    streams = [root, Stream(1), root.spawn(0), root.spawn(1), root.spawn("0"), root.spawn(0, 0), root.spawn("a", "b")]
    streams += [root.spawn("ab"), root.spawn("b", "a")]
    assert len({float(stream.generator().random()) for stream in streams}) == len(streams)
    assert len({stream.number() for stream in streams}) == len(streams)


def test_spawned_streams_are_uncorrelated() -> None:
    rows = np.stack([Stream(0).spawn(i).generator().standard_normal(4000) for i in range(40)])
    correlations = np.corrcoef(rows)[np.triu_indices(40, 1)]
    # 780 correlations of deviation 1/sqrt(4000); 5.5 deviations are exceeded by chance once in 30,000 such tests
    assert np.abs(correlations).max() < 5.5 / np.sqrt(4000)


def test_a_key_does_not_depend_on_the_hash_seed() -> None:
    code = "from twinproof.numerics.harness.streams import Stream; print(Stream(0).spawn('claim', 1).number())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("0", "1")
    }
    assert found == {f"{Stream(0).spawn('claim', 1).number()}\n"}


def test_the_default_generator_of_torch_is_lent_and_given_back() -> None:
    before = torch.get_rng_state()
    with Stream(0).spawn("x").torch_default():
        first = torch.nn.Linear(3, 2).weight.detach().clone()
    assert torch.equal(torch.get_rng_state(), before)
    with Stream(0).spawn("x").torch_default():
        assert torch.equal(torch.nn.Linear(3, 2).weight, first)


@pytest.mark.parametrize("key", [-1, 2**32])
def test_a_key_of_more_than_32_bits_is_refused(key: int) -> None:
    with pytest.raises(ValueError, match="key: found"):
        Stream(0).spawn(key)


@pytest.mark.parametrize("key", [1.0, None, True])
def test_a_key_of_another_type_is_refused(key: object) -> None:
    with pytest.raises(TypeError, match="key: found"):
        Stream(0).spawn(key)  # type: ignore[arg-type]


def test_a_wrong_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="seed: found -1"):
        Stream(-1)
    with pytest.raises(TypeError, match="seed: found 'x'"):
        Stream("x")  # type: ignore[arg-type]
