"""P4: the error rates of the decision rule on nine laws, against the stated ones, beside a plain z test.

python benchmarks/decision_honesty.py [--quick] [--only refutations|long|corroborations] [--law NAME] [--seed N]

Goals: a stage at most 1.5 times its stated rate (Pareto 3 times), both stages together at most 1.5 times theirs,
false corroborations at most 1.5 times theirs. The brackets are 95 % intervals of the measured multiple (Clopper and
Pearson); a goal counts as missed only where the whole interval lies beyond it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
from scipy.stats import beta

from twinproof.numerics.harness.honesty import CORROBORATED, REFUTED, PlainZ, simulate
from twinproof.numerics.harness.laws import HEAVY, LAWS, Law
from twinproof.numerics.harness.rule import Rule
from twinproof.numerics.harness.streams import Stream

RATE = 1e-2  # of one stage, so that the confirmed rate 1e-4 can be measured
LAST = 298  # the eleventh look from 32
LONG_LAST = 8192
CORROBORATION_LAST = 16384
GOAL, GOAL_PARETO = 1.5, 3.0


class Row:
    """Counts of one measured rate, as a multiple of the stated one."""

    def __init__(self, count: int, runs: int, rate: float, goal: float) -> None:
        self.multiple = count / runs / rate
        self.low = float(beta.ppf(0.025, count, runs - count + 1)) / rate if count else 0.0
        self.high = float(beta.ppf(0.975, count + 1, runs - count)) / rate
        self.count, self.runs, self.goal = count, runs, goal
        self.missed = self.low > goal

    def __str__(self) -> str:
        mark = " MISSED" if self.missed else ""
        return f"{self.multiple:5.2f} [{self.low:.2f}, {self.high:.2f}] ({self.count} of {self.runs}){mark}"


def refutations(law: Law, runs: int, stream: Stream) -> tuple[Row, Row, Row]:
    """Return the multiples of one stage, of both, and of the plain z test, on a true claim."""
    rule = Rule(LAST, RATE, 1e-3)
    goal = GOAL_PARETO if law.name.startswith("Pareto") else GOAL
    first, _ = simulate(rule, law.draw, 1.0, runs=runs, generator=stream.spawn("first").generator())
    refuted = int((first == REFUTED).sum())
    both = 0
    if refuted:  # the second stream is only drawn after a refutation: so is it here
        second, _ = simulate(rule, law.draw, 1.0, runs=refuted, generator=stream.spawn("second").generator())
        both = int((second == REFUTED).sum())
    few = max(runs // 30, 1000)
    plain, _ = simulate(PlainZ(LAST, RATE, 1e-3), law.draw, 1.0, runs=few, generator=stream.spawn("z").generator())
    z_rate = Row(int((plain == REFUTED).sum()), few, RATE, float("inf"))
    return Row(refuted, runs, RATE, goal), Row(both, runs, RATE * RATE, GOAL), z_rate


def long_refutations(law: Law, runs: int, last: int, stream: Stream) -> Row:
    """Return the multiple of one stage that may go on to `last` draws, where the guards have long let go."""
    outcome, _ = simulate(Rule(last, RATE, 1e-3), law.draw, 1.0, runs=runs, generator=stream.spawn("long").generator())
    goal = GOAL_PARETO if law.name.startswith("Pareto") else GOAL
    return Row(int((outcome == REFUTED).sum()), runs, RATE, goal)


def corroborations(law: Law, runs: int, rate: float, early: float, stream: Stream) -> tuple[Row, Row, list[float]]:
    """Return the multiples of claims off by exactly delta, either way, and the shares of right answers.

    delta is such that a claim true on the point would be corroborated at `early` times the least possible sample:
    the smaller the sample, the further the law of its mean from normal. The shares: refuted when the target lies
    above or below the mean, corroborated when it lies on it.
    """
    rule = Rule(CORROBORATION_LAST, 1e-3, rate)
    delta = law.deviation * rule.corroboration_boundary / float(np.sqrt(early * rule.seen))
    rows, shares = [], []
    for side in (1, -1):
        generator = stream.spawn("corroborate", side + 1, f"{early:g} {rate:g}").generator()
        outcome, _ = simulate(rule, law.draw, 1 + side * delta, runs=runs, generator=generator, delta=delta)
        rows.append(Row(int((outcome == CORROBORATED).sum()), runs, rate, GOAL))
        shares.append(float((outcome == REFUTED).mean()))
    true, _ = simulate(rule, law.draw, 1.0, runs=max(runs // 50, 100), generator=generator, delta=delta)
    return rows[0], rows[1], [*shares, float((true == CORROBORATED).mean())]


def show_refutations(part: int, root: Stream, laws: Sequence[Law]) -> int:
    missed = 0
    print(f"False refutations of true claims, looks from 32 to {LAST}: measured as a multiple of the stated rate")
    for law in laws:
        stage, both, plain = refutations(law, 300_000 // part, root.spawn(law.name))
        missed += stage.missed + both.missed
        print(f"{law.name:32s} stage ({RATE:g}) {stage}\n{'':32s} both ({RATE * RATE:g}) {both}")
        print(f"{'':32s} plain z, one stage {plain}", flush=True)
    return missed


def show_long(part: int, root: Stream, laws: Sequence[Law]) -> int:
    missed = 0
    print(f"False refutations, one stage of {RATE:g} that goes on to {LONG_LAST} draws")
    for law in laws:
        if law in HEAVY and not law.name.startswith("Pareto"):
            continue  # never decided
        row = long_refutations(law, 20_000 // part, LONG_LAST, root.spawn(law.name))
        missed += row.missed
        print(f"{law.name:32s} stage ({RATE:g}) {row}", flush=True)
    return missed


def show_corroborations(part: int, root: Stream, laws: Sequence[Law]) -> int:
    missed = 0
    print(f"False corroborations of claims off by exactly delta, looks to {CORROBORATION_LAST}")
    for law in laws:
        for rate, early, runs in ((1e-2, 1.0, 10_000), (1e-2, 4.0, 5_000), (1e-3, 1.0, 50_000)):
            if law in HEAVY and rate < 1e-2:
                continue  # a tenth of what is hardly ever decided cannot be counted
            runs //= part * (10 if "product" in law.name else 1)
            above, below, shares = corroborations(law, runs, rate, early, root.spawn(law.name))
            missed += above.missed + below.missed
            print(f"{law.name:32s} rate {rate:g}, earliest at {early:g} times the least sample")
            print(f"{'':32s} target above {above}; refuted {shares[0]:.1%}")
            print(f"{'':32s} target below {below}; refuted {shares[1]:.1%}")
            print(f"{'':32s} true claim corroborated {shares[2]:.1%}", flush=True)
    return missed


PARTS = {"refutations": show_refutations, "long": show_long, "corroborations": show_corroborations}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--only", choices=PARTS, help="one of the three tables")
    parser.add_argument("--law", default="", help="only laws whose name contains this")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    laws = [law for law in LAWS if arguments.law in law.name]
    started, missed = time.perf_counter(), 0
    for name in [arguments.only] if arguments.only else PARTS:
        missed += PARTS[name](10 if arguments.quick else 1, Stream(arguments.seed), laws)
    print(f"{missed} goals missed; {time.perf_counter() - started:.0f} s")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
