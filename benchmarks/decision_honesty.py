"""P4: the error rates of the decision rule on nine laws, against the stated ones, beside a plain z test.

python benchmarks/decision_honesty.py [--quick] [--seed N]

Goals: a stage at most 1.5 times its stated rate (Pareto 3 times), both stages together at most 1.5 times theirs,
false corroborations at most 1.5 times theirs. The brackets are 95 % intervals of the measured multiple (Clopper and
Pearson); a goal counts as missed only where the whole interval lies beyond it.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy.stats import beta
from twinproof.numerics.harness.honesty import CORROBORATED, REFUTED, PlainZ, simulate
from twinproof.numerics.harness.laws import LAWS, Law
from twinproof.numerics.harness.rule import Rule
from twinproof.numerics.harness.streams import Stream

RATE = 1e-2  # of one stage, so that the confirmed rate 1e-4 can be measured
LAST = 298  # the eleventh look from 32
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


def corroborations(law: Law, runs: int, last: int, rate: float, early: float, stream: Stream) -> list[object]:
    """Return the multiples of a claim that is off by exactly delta, either way, and what a true one meets.

    delta is such that a claim true on the point would be corroborated at `early` times the least possible sample:
    the smaller the sample, the further the law of its mean from normal.
    """
    rule = Rule(last, 1e-3, rate)
    delta = law.deviation * rule.corroboration_boundary / np.sqrt(early * rule.seen)
    rows: list[object] = []
    for side in (1, -1):
        generator = stream.spawn("corroborate", side + 1, int(early)).generator()
        outcome, _ = simulate(rule, law.draw, 1 + side * delta, runs=runs, generator=generator, delta=delta)
        rows.append(Row(int((outcome == CORROBORATED).sum()), runs, rate, GOAL))
        rows.append(float((outcome == REFUTED).mean()))
    true, _ = simulate(rule, law.draw, 1.0, runs=max(runs // 20, 100), generator=generator, delta=delta)
    rows.append(float((true == CORROBORATED).mean()))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    runs, half = (30_000, 2_000) if arguments.quick else (300_000, 20_000)
    started, missed = time.perf_counter(), 0
    print(f"False refutations of true claims, looks from 32 to {LAST}: measured as a multiple of the stated rate")
    for law in LAWS:
        stage, both, plain = refutations(law, runs, Stream(arguments.seed).spawn(law.name))
        missed += stage.missed + both.missed
        print(f"{law.name:32s} stage ({RATE:g}) {stage}\n{'':32s} both ({RATE * RATE:g}) {both}")
        print(f"{'':32s} plain z, one stage {plain}", flush=True)
    print("False corroborations of claims off by exactly delta: measured as a multiple of the stated rate 0.01")
    for law in LAWS:
        slow = 5 if "product" in law.name else 1
        for early in (1.0, 4.0):
            last = 4096 if early == 1.0 else 16384
            few = max(half // slow // (1 if early == 1.0 else 4), 400)
            stream = Stream(arguments.seed).spawn(law.name)
            above, r1, below, r2, true = corroborations(law, few, last, RATE, early, stream)
            missed += above.missed + below.missed  # type: ignore[attr-defined]
            print(f"{law.name:32s} earliest at {early:g} x {Rule(last, 1e-3, RATE).seen} draws")
            print(f"{'':32s} target above {above}; refuted {r1:.1%}\n{'':32s} target below {below}; refuted {r2:.1%}")
            print(f"{'':32s} true claim corroborated {true:.1%}", flush=True)
    print(f"{missed} goals missed; {time.perf_counter() - started:.0f} s")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
