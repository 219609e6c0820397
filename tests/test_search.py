"""The search for counterexamples: small first, edges, Hypothesis, shrunk and re-checked."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import find, settings

from twinproof.numerics.harness.search import (
    KINDS,
    Seeded,
    edge_values,
    search_counterexample,
    seeded,
    shrink_array,
    small_arrays,
    small_shapes,
)
from twinproof.numerics.harness.streams import Stream

ROOT = Stream(0).spawn("search")


def spectral_is_frobenius(matrix: Any) -> bool:
    """A misconception, exactly: the norms agree iff the rank is at most 1 (all 2x2 minors vanish)."""
    m = np.asarray(matrix)
    rows, columns = m.shape
    return all(
        m[i, k] * m[j, h] == m[i, h] * m[j, k]
        for i, j in itertools.combinations(range(rows), 2)
        for k, h in itertools.combinations(range(columns), 2)
    )


def test_small_arrays_are_exact_complete_and_simplest_first() -> None:
    arrays = list(small_arrays((1, 2)))
    assert len(arrays) == 25
    assert all(isinstance(entry, Fraction) for entry in arrays[7].flat)
    assert not arrays[0].any()
    assert len({tuple(a.flat) for a in arrays}) == 25
    assert {tuple(a.shape) for a in arrays} == {(1, 2)}


def test_small_shapes_come_by_size_and_include_unequal_ones() -> None:
    assert small_shapes(2, 4) == ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (2, 2), (4, 1))


def test_a_misconception_falls_to_a_small_exact_matrix() -> None:
    cases = itertools.chain.from_iterable(small_arrays(shape) for shape in small_shapes(2, 4))
    found = search_counterexample(spectral_is_frobenius, cases=cases, stream=ROOT)
    assert found.status == "refuted"
    assert found.witness is not None
    matrix = np.asarray(found.witness["case"])
    assert matrix.shape == (2, 2)
    assert abs(matrix).sum() == 2


def test_edges_hold_kinks_and_their_neighbours_in_both_signs() -> None:
    edges = edge_values(6.0, dtype="float32", infinite=True)
    assert {0.0, 6.0, 1.0, -1.0, math.inf, -math.inf} <= set(edges)
    assert {float(np.nextafter(np.float32(6), np.float32(side))) for side in (0, 9)} <= set(edges)
    assert {-float(np.finfo(np.float32).max), float(np.finfo(np.float32).smallest_subnormal)} <= set(edges)
    assert any(math.copysign(1, e) < 0 for e in edges if e == 0)
    assert len({repr(e) for e in edges}) == len(edges)
    assert not any(math.isinf(e) for e in edge_values())


def test_edges_find_a_defect_at_a_kink() -> None:
    def relu6_is_idempotent_below_6(z: float) -> bool:
        return z < 6.0 or min(max(z, 0.0), 6.0) == z

    found = search_counterexample(relu6_is_idempotent_below_6, cases=edge_values(6.0), stream=ROOT)
    assert found.status == "refuted"


@pytest.mark.parametrize("kind", KINDS)
def test_recipes_give_the_same_array_every_time(kind: Any) -> None:
    recipe = Seeded((3, 4), kind, 7)
    np.testing.assert_array_equal(recipe.array(), recipe.array())
    assert recipe.array().shape == (3, 4)
    assert not np.array_equal(recipe.array(), Seeded((3, 4), kind, 8).array())


def test_the_kinds_are_what_they_say() -> None:
    assert set(Seeded((200,), "integers", 1).array()) == set(range(-3, 4))
    assert np.count_nonzero(Seeded((200,), "coordinate", 1).array()) == 1
    assert len(set(np.abs(Seeded((200,), "ties", 1).array()))) == 1
    assert 20 < np.count_nonzero(Seeded((200,), "sparse", 1).array()) < 90
    assert np.abs(Seeded((200,), "tiny", 1).array()).max() < 1e-11
    assert np.abs(Seeded((200,), "huge", 1).array()).max() > 1e11


def test_hypothesis_shrinks_a_recipe_to_a_small_shape() -> None:
    recipe = find(seeded(2, 6), lambda r: r.array().size >= 4, settings=settings(database=None))
    assert math.prod(recipe.shape) == 4


def test_the_random_search_shrinks_rechecks_and_repeats() -> None:
    calls: list[Any] = []

    def sums_below_two(recipe: Any) -> bool:
        array = recipe.array() if isinstance(recipe, Seeded) else recipe
        calls.append(array)
        return bool(array.sum() < 2)

    def run() -> Any:
        return search_counterexample(
            sums_below_two,
            strategy=seeded(1, 6),
            examples=200,
            stream=ROOT,
            shrink=lambda fails, recipe: shrink_array(fails, recipe.array()),
        )

    found, again = run(), run()
    assert found == again
    assert found.status == "refuted"
    assert found.witness is not None
    assert not sums_below_two(np.asarray(found.witness["case"]))


def test_shrinking_gives_few_and_round_entries_and_never_a_passing_case() -> None:
    array = np.random.default_rng(0).standard_normal(64) * 10
    array[17] = 31.7
    simple = shrink_array(lambda a: bool(a[17] > 3), array)
    assert np.count_nonzero(simple) == 1
    assert simple[17] == 30
    assert array[17] == 31.7


def test_what_holds_is_corroborated_with_the_number_of_cases() -> None:
    found = search_counterexample(lambda case: True, cases=range(10), strategy=seeded(), examples=20, stream=ROOT)
    assert found.status == "corroborated"
    assert (found.samples or 0) >= 20


def test_nothing_tried_is_undecided() -> None:
    assert search_counterexample(lambda case: True, stream=ROOT).status == "undecided"


def test_none_may_be_a_counterexample() -> None:
    assert search_counterexample(lambda case: case is not None, cases=[1, None], stream=ROOT).status == "refuted"


def test_a_counterexample_that_does_not_repeat_is_undecided() -> None:
    answers = iter([False, True, True])
    found = search_counterexample(lambda case: next(answers), cases=[1], stream=ROOT)
    assert found.status == "undecided"
    assert "did not repeat" in found.summary


def test_a_shrinker_that_goes_wrong_is_not_believed() -> None:
    found = search_counterexample(lambda case: case < 5, cases=[3, 7], stream=ROOT, shrink=lambda fails, case: 0)
    assert found.witness == {"case": 7}


def test_exceptions_are_no_counterexamples() -> None:
    def broken(case: object) -> bool:
        raise ZeroDivisionError("broken")

    with pytest.raises(ZeroDivisionError):
        search_counterexample(broken, cases=[1], stream=ROOT)


def test_the_check_is_called_before_every_case() -> None:
    calls: list[None] = []
    search_counterexample(lambda case: True, cases=range(5), stream=ROOT, check=lambda: calls.append(None))
    assert len(calls) == 5
