"""P3: draws to a decision at 1 %, against Wald's bound and against the fixed-size z test.

python benchmarks/decision_draws.py [--quick] [--seed N]

The squared norm behind a ReLU layer of 512 units, false refutation 1e-6, false corroboration 1e-3. Goals: at most 2.0
(claim true) and 1.7 (claim off by 1 %) of Wald's bound on the expected draws of any sequential test of these rates; at
most 0.45 and 0.70 of the fixed sample size; at most 80 draws for an error of a factor of 2.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from scipy.stats import norm

from twinproof.numerics.harness.budget import ErrorBudget
from twinproof.numerics.harness.honesty import CORROBORATED, REFUTED, simulate
from twinproof.numerics.harness.rule import Rule
from twinproof.numerics.harness.streams import Stream

WIDTH, EPS, BUDGET, MAX_DRAWS = 512, 0.01, ErrorBudget(1e-6, 1e-3), 20_000


def decide(factor: float, runs: int, stream: Stream) -> tuple[float, float, float, float]:
    """Return the mean and median draws of both streams together, and the shares refuted and corroborated."""

    def draw(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        active = generator.binomial(WIDTH, 0.5, shape)  # chi square of as many degrees of freedom as active units
        return factor * 4 / WIDTH * generator.standard_gamma(active / 2)

    one, two = Rule.stages(BUDGET, MAX_DRAWS)
    first = stream.spawn("first").generator()
    outcome, draws = simulate(one, draw, 1.0, runs=runs, generator=first, delta=EPS)
    again = outcome == REFUTED
    if again.any():
        second = stream.spawn("second").generator()
        outcome[again], more = simulate(two, draw, 1.0, runs=int(again.sum()), generator=second, delta=EPS)
        draws[again] += more
    shares = float((outcome == REFUTED).mean()), float((outcome == CORROBORATED).mean())
    return float(draws.mean()), float(np.median(draws)), *shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    runs = 300 if arguments.quick else 3000
    alpha, beta = BUDGET.false_refutation, BUDGET.false_corroboration
    unit = 5 / WIDTH / EPS**2  # variance over squared distance of the two hypotheses
    # Wald: on average, a test takes at least (relative entropy of its errors) / (that of one draw)
    true_bound = 2 * unit * ((1 - alpha) * math.log((1 - alpha) / beta) + alpha * math.log(alpha / (1 - beta)))
    false_bound = 2 * unit * ((1 - beta) * math.log((1 - beta) / alpha) + beta * math.log(beta / (1 - alpha)))
    fixed = (norm.isf(alpha / 2) + norm.isf(beta)) ** 2 * unit
    print(f"Wald's bound {true_bound:.0f} draws (true), {false_bound:.0f} (off by 1 %); fixed size {fixed:.0f}")
    missed = 0
    for factor, bound, goal, part in (
        (1.0, true_bound, 2.0, 0.45),
        (1 + EPS, false_bound, 1.7, 0.70),
        (1 - EPS, false_bound, 1.7, 0.70),
    ):
        mean, median, refuted, agreed = decide(factor, runs, Stream(arguments.seed).spawn(str(factor)))
        bad = bool(mean > goal * bound or mean > part * fixed)
        missed += bad
        print(
            f"mean {factor:.2f} of target: {mean:6.0f} draws (median {median:.0f}), {mean / bound:.2f} of the bound "
            f"(goal {goal}), {mean / fixed:.2f} of the fixed size (goal {part}); refuted {refuted:.2%}, "
            f"corroborated {agreed:.2%}{' MISSED' * bad}"
        )
    for factor in (0.5, 2.0):
        mean, median, refuted, _ = decide(factor, runs, Stream(arguments.seed).spawn(str(factor)))
        missed += mean > 80
        print(f"mean {factor} of target: {mean:.1f} draws (median {median:.0f}, goal 80); refuted {refuted:.2%}")
    print(f"{missed} goals missed")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
