"""Monte Carlo decisions about a mean, with stated error.

The rule, its constants and the rates that were measured are on one page: docs/decision-rule.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .budget import ErrorBudget
from .evidence import Evidence, Outcome
from .rule import HEAVIEST, SKEW_BASE, SKEW_FACTOR_CORROBORATION, Rule
from .streams import Stream
from .tally import Tally

Sample = Callable[[Stream, int], NDArray[np.float64]]
"""Returns n independent draws, shape (n,), from the stream it is given and from nothing else."""

_DEFAULT_BUDGET = ErrorBudget()

_HOPELESS = 2.0
"""A run is given up as under-powered when it would need this many times the draws it may take. The
deviation is estimated; a factor of 2 in draws is a factor of 1.41 in it, far outside its error after 100
sound draws. Giving up says "undecided", which no rate counts as an error."""

_PILOT = 100


@dataclass(frozen=True)
class _Found:
    """What one stream found: outcome, its draws, and the last look's mean, standard error and interval."""

    outcome: Outcome
    reason: str
    n: int
    mean: float
    error: float
    interval: tuple[float, float]


def product_relative_variance(width: int, depth: int, layer: float = 5.0) -> float:
    """Return Var / mean^2 of the squared norm after `depth` independent layers of `width` units.

    One layer multiplies the squared norm by an average of `width` terms whose relative variance is `layer`
    (5 for relu(w.x)^2 of a Gaussian row: E relu^4 / (E relu^2)^2 - 1 = (3/2) / (1/4) - 1; 2 for (w.x)^2).
    Factors are independent, so second moments multiply: (1 + layer / width)^depth - 1.
    """
    if width < 1 or depth < 1:
        raise ValueError(f"width, depth: found {width}, {depth}, expected at least 1")
    return math.expm1(depth * math.log1p(layer / width))


def draws_needed(
    relative_variance: float,
    *,
    eps: float = 0.01,
    budget: ErrorBudget = _DEFAULT_BUDGET,
    max_draws: int = 100_000,
) -> float:
    """Return how many draws a corroboration to within `eps` needs at least, when the claim is true."""
    first, _ = Rule.stages(budget, max_draws)
    return first.needed(math.sqrt(relative_variance), eps)


def decide_mean(
    sample: Sample,
    target: float,
    *,
    tau: float,
    stream: Stream,
    eps: float = 0.01,
    budget: ErrorBudget = _DEFAULT_BUDGET,
    max_draws: int = 100_000,
    scale: float | None = None,
    relative_variance: float | None = None,
    batch: int = 4096,
    check: Callable[[], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    name: str = "mean",
    reproduce: str | None = None,
) -> Evidence:
    """Decide whether the draws have mean `target`: corroborated, refuted or undecided.

    Args:
        sample: draws from a law; called as sample(stream, n) with a stream of its own each time.
        target: value that the statement's own term gives.
        tau: derived bound on what rounding may do to the mean, in the units of the draws; see `rounding`.
        Refuted
            means beyond it, never merely off the exact point.
        stream: address of randomness of this decision.
        eps: corroborated means within eps * scale.
        budget: chance of a false refutation (mean within tau of the target) and of a false corroboration
        (mean off
            by eps * scale or more).
        max_draws: draws that each of the two streams may take.
        scale: what eps is relative to; |target| unless given, and must be given for the target 0.
        relative_variance: variance / scale^2 where theory knows it: an under-powered run is then refused
        before a
            single draw. Known for deep products, whose sample variance is itself hopelessly small (see
            `product_relative_variance`): test such claims layer by layer.
        batch: most draws asked for at once.
        check: called between batches; may raise, for instance `Trial.check_deadline`.
        progress: called as progress(draws so far, most draws).
        name: name of the evidence.
        reproduce: line that reproduces it.

    Returns:
        Evidence; if refuted, its witness holds both streams' findings and the address that yields them
        again. A draw that is not a finite number refutes by itself.

    Raises:
        ValueError, TypeError: for arguments out of range, or a `sample` that does not return n numbers.
    """
    if not math.isfinite(target):
        raise ValueError(f"target: found {target}, expected a finite number")
    unit = abs(float(target)) if scale is None else float(scale)
    if not (math.isfinite(unit) and unit > 0):
        raise ValueError(f"scale: found {unit}, expected a finite number > 0 (needed when the target is 0)")
    if not 0 < eps < 1:
        raise ValueError(f"eps: found {eps}, expected a number strictly between 0 and 1")
    if not (tau >= 0 and math.isfinite(tau)):
        raise ValueError(f"tau: found {tau}, expected a finite number >= 0")
    if batch < 1:
        raise ValueError(f"batch: found {batch}, expected at least 1")

    def evidence(outcome: Outcome, summary: str, found: _Found | None, samples: int) -> Evidence:
        if found is None:
            return Evidence(name, outcome, summary, samples, target=target, reproduce=reproduce)
        low, high = (edge * unit for edge in found.interval)
        return Evidence(
            name, outcome, summary, samples, found.mean * unit, target, (low, high), reproduce=reproduce
        )

    if tau >= eps * unit:
        reason = f"rounding may move the mean by {tau:.3g}, as much as the {eps * unit:.3g} asked about"
        return evidence("undecided", reason, None, 0)
    first, second = Rule.stages(budget, max_draws)
    if relative_variance is not None:
        needed = first.needed(math.sqrt(relative_variance), eps)
        if needed > max_draws:
            return evidence("undecided", _underpowered(needed, max_draws, eps), None, 0)

    plan = _Plan(sample, target / unit, tau / unit, eps, unit, batch, check, progress)
    try:
        one = plan.run(first, stream.spawn("first"))
        if one.outcome != "refuted":
            return evidence(one.outcome, plan.words(one), one, one.n)
        two = plan.run(second, stream.spawn("second"))
    except _NotFinite as bad:
        return Evidence(
            name, "refuted", str(bad), bad.n, target=target, witness=bad.witness, reproduce=reproduce
        )
    total = one.n + two.n
    if two.outcome == "undecided":
        return evidence("undecided", f"one stream refutes, the other is undecided: {two.reason}", two, total)
    if two.outcome == "corroborated":
        return evidence("corroborated", f"{plan.words(two)} (a first stream's alarm was false)", two, total)
    witness: dict[str, object] = {"target": target, "seed": stream.seed, "key": list(stream.key)}
    for label, found in (("first", one), ("second", two)):
        witness[label] = {"mean": found.mean * unit, "standard error": found.error * unit, "draws": found.n}
    told = evidence("undecided", "", two, total)
    return Evidence(
        name,
        "refuted",
        f"{plan.words(two)}; so does a first stream of {one.n} draws",
        total,
        told.estimate,
        target,
        told.interval,
        witness=witness,
        reproduce=reproduce,
    )


def _underpowered(needed: float, max_draws: int, eps: float) -> str:
    wanted = f"a mean to within {eps:.3g} needs about {math.ceil(needed):,} draws"
    return f"under-powered: {wanted}, {max_draws:,} are allowed"


class _NotFinite(Exception):  # noqa: N818 - not an error: it carries a refutation out of the loop
    def __init__(self, stream: Stream, index: int, n: int, value: float) -> None:
        super().__init__(f"draw {index} is {value}, not a finite number")
        self.n = n
        self.witness = {"draw": value, "index": index, "seed": stream.seed, "key": list(stream.key)}


@dataclass(frozen=True)
class _Plan:
    """The question in units of `unit`, and how to draw."""

    sample: Sample
    target: float
    tau: float
    delta: float
    unit: float
    batch: int
    check: Callable[[], None] | None
    progress: Callable[[int, int], None] | None

    def run(self, rule: Rule, stream: Stream) -> _Found:
        """Draw from look to look until the rule decides or the draws run out."""
        tally = Tally()
        for n in rule.sizes:
            for block in self._draws(stream, tally.n, n, rule.max_draws):
                tally.add(block)
            if rule.refutes(tally, self.target, self.tau):
                return self._found("refuted", "", tally, rule.refutation_boundary)
            if rule.corroborates(tally, self.target, self.delta):
                return self._found("corroborated", "", tally, rule.corroboration_boundary)
            needed = rule.needed(float(tally.deviation), self.delta)
            far = abs(float(tally.mean) - self.target) - self.tau
            error = float(tally.deviation) / math.sqrt(n)
            quiet = far < error * rule.refutation_boundary / 2
            if n >= _PILOT and needed > _HOPELESS * rule.max_draws and quiet:
                reason = _underpowered(needed, rule.max_draws, self.delta)
                return self._found("undecided", reason, tally, rule.refutation_boundary)
        return self._found("undecided", self._why(rule, tally), tally, rule.refutation_boundary)

    def _draws(self, stream: Stream, start: int, stop: int, most: int) -> Iterator[NDArray[np.float64]]:
        while start < stop:
            n = min(self.batch, stop - start)
            if self.check is not None:
                self.check()
            x = np.asarray(self.sample(stream.spawn(start), n), dtype=np.float64)
            if x.shape != (n,):
                raise ValueError(f"sample: returned shape {x.shape}, expected ({n},)")
            finite = np.isfinite(x)
            if not finite.all():
                index = int(np.argmin(finite))
                raise _NotFinite(stream.spawn(start), index, start + n, float(x[index]))
            start += n
            if self.progress is not None:
                self.progress(start, most)
            yield x / self.unit

    def _found(self, outcome: Outcome, reason: str, tally: Tally, boundary: float) -> _Found:
        mean, error = float(tally.mean), float(tally.deviation) / math.sqrt(tally.n)
        reach = boundary * error
        return _Found(outcome, reason, tally.n, mean, error, (mean - reach, mean + reach))

    def _why(self, rule: Rule, tally: Tally) -> str:
        """Say why the draws ran out without a decision."""
        skew, share = float(tally.skewness), float(tally.heaviest)
        least = math.ceil(SKEW_BASE + SKEW_FACTOR_CORROBORATION * skew**2)
        if share >= HEAVIEST:
            return f"heavy tail: one of {tally.n:,} draws carries {share:.0%} of the squared deviations"
        if tally.n < least:
            return f"heavy tail: skewness {skew:.3g} asks for {least:,} draws, {tally.n:,} were taken"
        needed = rule.needed(float(tally.deviation), self.delta)
        if needed > tally.n:
            return _underpowered(needed, tally.n, self.delta)
        return f"budget: {tally.n:,} draws put the mean {float(tally.mean) / self.target - 1:+.2%} off" if (
            self.target
        ) else f"budget: {tally.n:,} draws did not settle it"

    def words(self, found: _Found) -> str:
        """Say in one line what one stream found."""
        if found.outcome == "undecided":
            return found.reason
        mean, error, target = (value * self.unit for value in (found.mean, found.error, self.target))
        off = f" ({found.mean / self.target - 1:+.3%})" if self.target else ""
        relation = f"within {self.delta:.3g} of" if found.outcome == "corroborated" else "not"
        return f"mean {mean:.6g} +- {error:.2g} of {found.n:,} draws{off} is {relation} {target:.6g}"
