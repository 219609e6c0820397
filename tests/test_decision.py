"""The decision rule: its boundaries are exact, its error rates kept, and it has power."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, multivariate_normal, norm

from twinproof.numerics.harness.boundaries import constant_boundary, crossing_probability, look_sizes, student_boundary
from twinproof.numerics.harness.budget import ErrorBudget
from twinproof.numerics.harness.decision import decide_mean, draws_needed, product_relative_variance
from twinproof.numerics.harness.evidence import Evidence
from twinproof.numerics.harness.honesty import CORROBORATED, REFUTED, LookRule, PlainZ, simulate
from twinproof.numerics.harness.laws import LAWS, TAME, Law, relu_layer
from twinproof.numerics.harness.rule import Rule, hall, sound
from twinproof.numerics.harness.streams import Stream
from twinproof.numerics.harness.tally import Tally

# ---- boundaries


def test_looks_grow_by_a_quarter_and_end_at_the_limit() -> None:
    sizes = look_sizes(1000)
    assert sizes[0] == 32
    assert sizes[-1] == 1000
    assert all(b / a <= 1.25 * 1.1 + 1 / a for a, b in itertools.pairwise(sizes))
    assert look_sizes(32) == (32,)


def test_crossing_probability_agrees_with_the_joint_normal_law() -> None:
    sizes = (32, 40, 50)
    covariance = np.sqrt([[min(a, b) / max(a, b) for a in sizes] for b in sizes])
    for boundary in (1.0, 2.0, 2.5):
        joint = multivariate_normal(np.zeros(3), covariance, abseps=1e-7, seed=0)
        high = np.full(3, boundary)
        one, two = 1 - joint.cdf(high), 1 - joint.cdf(high, lower_limit=-high)
        assert crossing_probability(sizes, boundary, two_sided=False) == pytest.approx(one, abs=1e-6)
        assert crossing_probability(sizes, boundary, two_sided=True) == pytest.approx(two, abs=1e-6)


@pytest.mark.parametrize("two_sided", [True, False])
def test_the_quadrature_has_converged(two_sided: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = look_sizes(100_000)
    usual = crossing_probability(sizes, 4.0, two_sided=two_sided)
    monkeypatch.setattr("twinproof.numerics.harness.boundaries._NODES", 400)
    assert usual == pytest.approx(crossing_probability(sizes, 4.0, two_sided=two_sided), rel=1e-9)


def test_the_boundary_spends_its_rate_exactly() -> None:
    sizes = look_sizes(5000)
    for rate in (1e-2, 1e-6):
        boundary = constant_boundary(sizes, rate, two_sided=True)
        assert crossing_probability(sizes, boundary, two_sided=True) == pytest.approx(rate, rel=1e-6)
    assert constant_boundary((50,), 0.05, two_sided=True) == pytest.approx(norm.isf(0.025))


def test_student_boundary_has_the_normal_tail() -> None:
    assert student_boundary(3.0, 10) > student_boundary(3.0, 100) > 3.0
    assert student_boundary(3.0, 10**7) == pytest.approx(3.0, abs=1e-5)


# ---- moments


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_running_moments_agree_with_the_textbook(law: Law) -> None:
    x = law.draw(np.random.default_rng(0), (3, 200))
    tally = Tally()
    for block in (x[:, :32], x[:, 32:33], x[:, 33:]):
        tally.add(block)
    centred = x - x.mean(1, keepdims=True)
    assert tally.mean == pytest.approx(x.mean(1), rel=1e-12)
    assert tally.deviation == pytest.approx(x.std(1, ddof=1), rel=1e-9)
    with np.errstate(invalid="ignore"):
        skewness = np.nan_to_num((centred**3).mean(1) / (centred**2).mean(1) ** 1.5)
        share = np.nan_to_num((centred**2).max(1) / (centred**2).sum(1))
    assert tally.skewness == pytest.approx(skewness, rel=1e-8, abs=1e-9)
    assert tally.heaviest == pytest.approx(share, rel=1e-8)


def test_equal_draws_have_no_spread_and_their_own_value_as_mean() -> None:
    tally = Tally()
    tally.add(np.full(100, 0.1))
    assert float(tally.mean) == 0.1
    assert float(tally.deviation) == 0.0
    assert float(tally.skewness) == 0.0
    assert float(tally.heaviest) == 0.0


def test_the_laws_have_the_mean_and_variance_they_claim() -> None:
    for law in TAME:
        x = law.draw(np.random.default_rng(1), (1, 400_000))
        assert x.mean() == pytest.approx(1, abs=6 * law.deviation / math.sqrt(x.size))
        assert x.var() == pytest.approx(law.variance, rel=0.1)


# ---- honesty

RATE, RUNS = 1e-2, 20_000
ALLOWED = int(binom.isf(1e-6, RUNS, RATE))
"""Most errors in RUNS runs that a rule of error rate RATE makes, but for a chance of one in a million."""


def false_refutations(rule: LookRule, law: Law) -> int:
    generator = Stream(0).spawn("honesty", law.name).generator()
    outcome, _ = simulate(rule, law.draw, 1.0, runs=RUNS, generator=generator)
    return int((outcome == REFUTED).sum())


@pytest.mark.parametrize("law", TAME, ids=lambda law: law.name)
def test_the_rule_keeps_its_false_refutation_rate(law: Law) -> None:
    assert false_refutations(Rule(800, RATE, 1e-3), law) <= ALLOWED


def test_a_plain_z_test_fails_the_test_of_honesty() -> None:
    assert false_refutations(PlainZ(800, RATE, 1e-3), relu_layer(1)) > 2 * ALLOWED


@pytest.mark.parametrize("law", TAME, ids=lambda law: law.name)
@pytest.mark.parametrize("side", [1, -1])
def test_the_rule_keeps_its_false_corroboration_rate(law: Law, side: int) -> None:
    runs = 4000
    rule = Rule(2048, 1e-3, RATE)
    delta = law.deviation * rule.corroboration_boundary / math.sqrt(rule.seen)  # decides at the earliest look it may
    generator = Stream(0).spawn("corroboration", law.name, side + 1).generator()
    outcome, _ = simulate(rule, law.draw, 1 + side * delta, runs=runs, generator=generator, delta=delta)
    assert (outcome == CORROBORATED).sum() <= binom.isf(1e-6, runs, RATE)


def test_a_plain_z_test_corroborates_too_much() -> None:
    runs, delta = 4000, 0.6  # the target lies below the mean: a sample that misses the tail looks like it
    generator = Stream(0).spawn("corroboration by z").generator()
    rule, draw = PlainZ(2048, 1e-3, RATE), relu_layer(1).draw
    outcome, _ = simulate(rule, draw, 1 - delta, runs=runs, generator=generator, delta=delta)
    assert (outcome == CORROBORATED).sum() > 2 * binom.isf(1e-6, runs, RATE)


def test_the_second_stream_multiplies_the_rate() -> None:
    one, two = Rule.stages(ErrorBudget(1e-6, 1e-3), 1000)
    assert one.refutation * two.refutation == pytest.approx(1e-6)
    assert one.corroboration + two.corroboration == pytest.approx(1e-3)


def test_a_sample_that_one_draw_governs_is_not_sound() -> None:
    tally = Tally()
    tally.add(np.concatenate([np.linspace(0, 1, 5000), [200.0]]))
    assert not sound(tally)
    tally = Tally()
    tally.add(np.linspace(0, 1, 32))
    assert sound(tally)


def test_hall_is_the_cubic_of_its_reference() -> None:
    tally = Tally()
    tally.add(np.random.default_rng(0).exponential(size=(5, 40)))
    g, u = tally.skewness, np.array([-1.0, -0.2, 0.0, 0.3, 2.0])
    cubic = ((1 + g * u / 3) ** 3 - 1) / g + g / (6 * 40)
    assert hall(tally, u) == pytest.approx(math.sqrt(40) * cubic)


def test_both_statistics_are_needed_and_all_guards() -> None:
    rule, tally = Rule(300, RATE, 1e-3), Tally()
    tally.add(np.random.default_rng(0).exponential(size=(40_000, 40)))
    boundary = student_boundary(rule.refutation_boundary, 40)
    t = (tally.mean - 1) / tally.deviation * math.sqrt(40)
    corrected = np.sign(t) * hall(tally, (tally.mean - 1) / tally.deviation)
    guarded = (20 + 60 * tally.skewness**2 <= 40) & (tally.heaviest < 0.25)
    refuted = rule.refutes(tally, 1.0, 0.0)
    expected = (np.abs(t) > boundary) & (corrected > boundary) & guarded
    assert (refuted == expected).all()
    parts = (np.abs(t) > boundary, corrected > boundary, guarded)
    for i in range(3):  # each condition alone decides for some sample, or this test would not notice its loss
        others = np.logical_and.reduce([part for j, part in enumerate(parts) if j != i])
        assert (others & ~parts[i]).any(), i


# ---- decisions


def layer(factor: float, width: int = 512) -> Callable[[Stream, int], Any]:
    """Squared ReLU layer with its mean off by `factor`."""

    def sample(stream: Stream, n: int) -> Any:
        g = stream.generator()
        return factor * 4 / width * g.standard_gamma(g.binomial(width, 0.5, n) / 2)

    return sample


def decide(factor: float, seed: int = 0, **options: Any) -> Evidence:
    settings: dict[str, Any] = {"tau": 1e-6, "stream": Stream(seed).spawn("test"), "max_draws": 20_000}
    return decide_mean(layer(factor), 1.0, **{**settings, **options})


@pytest.mark.parametrize("seed", range(10))
def test_a_true_claim_is_corroborated(seed: int) -> None:
    found = decide(1.0, seed)
    assert found.status == "corroborated", found.summary
    assert found.interval is not None
    assert 0.99 <= found.interval[0] <= found.interval[1] <= 1.01


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("factor", [0.98, 1.02, 0.99, 1.01])
def test_a_false_claim_is_refuted(factor: float, seed: int) -> None:
    found = decide(factor, seed)
    assert found.status == "refuted", found.summary
    assert found.witness is not None


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_an_error_of_a_factor_of_two_takes_at_most_eighty_draws(factor: float) -> None:
    samples = [decide(factor, seed).samples or 0 for seed in range(60)]
    assert np.mean(samples) <= 80
    assert np.median(samples) <= 80


def test_a_refutation_comes_again_from_its_witness() -> None:
    found = decide(1.02)
    assert found.witness is not None
    key = tuple(found.witness["key"])  # type: ignore[arg-type]
    again = decide(1.02, stream=Stream(int(found.witness["seed"]), key))  # type: ignore[call-overload]
    assert again == found


def test_a_deviation_below_the_rounding_bound_is_no_refutation() -> None:
    def sample(stream: Stream, n: int) -> Any:
        return 1 + 1e-7 + 1e-8 * stream.generator().standard_normal(n)

    exact = decide_mean(sample, 1.0, tau=0.0, stream=Stream(0))
    assert exact.status == "refuted"
    bounded = decide_mean(sample, 1.0, tau=1e-6, stream=Stream(0))
    assert bounded.status == "corroborated"


def test_draws_without_spread_are_decided_once_a_rare_event_had_its_chance() -> None:
    same = decide_mean(lambda stream, n: np.ones(n), 1.0, tau=1e-9, stream=Stream(0))
    assert same.status == "corroborated"
    assert (same.samples or 0) >= 900
    zero = decide_mean(lambda stream, n: np.zeros(n), 1.0, tau=1e-9, stream=Stream(0))
    assert zero.status == "refuted"
    assert (zero.samples or 0) >= 900


def test_rounding_noise_of_the_last_digit_does_not_look_like_a_heavy_tail() -> None:
    def sample(stream: Stream, n: int) -> Any:
        return 1.0 + 2.0**-52 * (stream.generator().random(n) < 0.001)

    assert decide_mean(sample, 1.0, tau=1e-12, stream=Stream(0)).status == "corroborated"


def test_a_draw_that_is_not_finite_refutes_by_itself() -> None:
    def sample(stream: Stream, n: int) -> Any:
        return np.where(stream.generator().random(n) < 0.01, np.nan, 1.0)

    found = decide_mean(sample, 1.0, tau=1e-9, stream=Stream(0))
    assert found.status == "refuted"
    assert found.witness is not None
    seed, key = found.witness["seed"], found.witness["key"]
    assert np.isnan(sample(Stream(seed, tuple(key)), 50)[found.witness["index"]])  # type: ignore[arg-type, index]


def test_a_heavy_tail_stays_undecided_and_says_why() -> None:
    def sample(stream: Stream, n: int) -> Any:
        return np.exp(2 * stream.generator().standard_normal(n) - 2)

    found = decide_mean(sample, 1.0, tau=1e-9, stream=Stream(0), eps=0.5, max_draws=3000)
    assert found.status == "undecided"
    assert "heavy tail" in found.summary or "under-powered" in found.summary


def test_an_underpowered_run_is_refused_before_the_first_draw() -> None:
    def never(stream: Stream, n: int) -> Any:
        raise RuntimeError("drawn")

    variance = product_relative_variance(16, 10)
    assert variance == pytest.approx((1 + 5 / 16) ** 10 - 1)
    found = decide_mean(never, 1.0, tau=1e-9, stream=Stream(0), relative_variance=variance)
    assert found.status == "undecided"
    assert found.samples == 0
    assert "under-powered" in found.summary
    assert draws_needed(variance) > 100_000 > draws_needed(product_relative_variance(512, 1))


def test_an_underpowered_run_is_given_up_early() -> None:
    found = decide(1.0, eps=1e-5)
    assert found.status == "undecided"
    assert "under-powered" in found.summary
    assert (found.samples or 0) < 200


def test_rounding_as_coarse_as_the_question_stays_undecided() -> None:
    found = decide(1.0, tau=0.02)
    assert found.status == "undecided"
    assert "rounding" in found.summary


def test_scale_makes_zero_a_target_and_units_do_not_matter() -> None:
    def sample(stream: Stream, n: int) -> Any:
        return stream.generator().standard_normal(n)

    centred = decide_mean(sample, 0.0, tau=1e-9, stream=Stream(0), eps=0.1, scale=1.0)
    assert centred.status == "corroborated"
    for unit in (1e-200, 1e200):
        found = decide_mean(
            lambda stream, n, unit=unit: unit * layer(1.02)(stream, n),  # type: ignore[misc]
            unit,
            tau=1e-6 * unit,
            stream=Stream(0),
        )
        assert found.status == "refuted"


def test_progress_and_check_are_called_and_the_batch_is_kept() -> None:
    seen: list[tuple[int, int]] = []
    sizes: list[int] = []
    checks: list[None] = []

    def sample(stream: Stream, n: int) -> Any:
        sizes.append(n)
        return layer(1.0)(stream, n)

    decide_mean(
        sample,
        1.0,
        tau=1e-6,
        stream=Stream(0),
        batch=100,
        progress=lambda n, most: seen.append((n, most)),
        check=lambda: checks.append(None),
    )
    assert max(sizes) <= 100
    assert len(checks) == len(seen) == len(sizes)
    assert [n for n, _ in seen] == list(np.cumsum(sizes))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": math.nan}, "target: found nan"),
        ({"target": 0.0}, "scale: found 0.0"),
        ({"eps": 0.0}, "eps: found 0.0"),
        ({"eps": 1.0}, "eps: found 1.0"),
        ({"tau": -1.0}, "tau: found -1.0"),
        ({"tau": math.inf}, "tau: found inf"),
        ({"max_draws": 31}, "max_draws: found 31"),
        ({"batch": 0}, "batch: found 0"),
    ],
)
def test_wrong_arguments_are_named(options: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"target": 1.0, "tau": 0.0, "stream": Stream(0), **options}
    with pytest.raises(ValueError, match=message):
        decide_mean(layer(1.0), **arguments)


def test_a_sampler_of_the_wrong_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"sample: returned shape \(32, 1\), expected \(32,\)"):
        decide_mean(lambda stream, n: np.ones((n, 1)), 1.0, tau=0.0, stream=Stream(0))


@pytest.mark.parametrize("rates", [(0.0, 0.1), (0.1, 0.5), (math.nan, 0.1)])
def test_rates_outside_their_range_are_refused(rates: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="expected a rate strictly between 0 and 1/2"):
        ErrorBudget(*rates)


def test_parts_of_an_experiment_share_its_refutation_rate() -> None:
    part = ErrorBudget(1e-6, 1e-3).split(4)
    assert part.false_refutation == pytest.approx(2.5e-7)
    assert part.false_corroboration == 1e-3
    with pytest.raises(ValueError, match="parts: found 0"):
        part.split(0)
