"""Claims for the tests of the runner; a module, so that worker processes can look them up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from twinproof.numerics.harness.decision import decide_mean
from twinproof.numerics.harness.evidence import Evidence
from twinproof.numerics.harness.experiment import Experiment, Formulas, NoFormulas, Trial, Twin
from twinproof.numerics.harness.runner import Runnable
from twinproof.numerics.harness.verdict import ProofResult


class Target:
    def __init__(self, value: float) -> None:
        self.value = value

    def left(self, part: str, **values: object) -> float:
        return 0.0

    def right(self, part: str, **values: object) -> float:
        return self.value

    def holds(self, part: str, **values: object) -> bool:
        return True


@dataclass(frozen=True)
class Claim:
    id: str
    run: Callable[[Trial], Evidence]
    proof: Callable[[], ProofResult] = field(default=lambda: ProofResult("proved", twins={"shift": False}))
    twins: tuple[Twin, ...] = ()
    title: str = "A claim"
    theme: str = "tests"
    kind: str = "theory"
    sources: tuple[tuple[str, str], ...] = (("document", "1"), ("other", "2"))

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        return (Experiment("mean", "a mean", "torch.randn", self.run, {"shift": 1.0}),)

    def formulas(self, statement: str | None = None) -> Formulas:
        return NoFormulas() if statement == "none" else Target(2.0 if statement else 1.0)

    def check_proof(self) -> ProofResult:
        return self.proof()


def mean(trial: Trial) -> Evidence:
    shift = float(trial.options["shift"])  # type: ignore[arg-type]

    def sample(stream: Any, n: int) -> Any:
        with stream.torch_default():
            return shift + 0.1 * torch.randn(n, dtype=torch.float64).numpy()

    return decide_mean(
        sample, float(trial.formulas.right("mean")), tau=1e-9, stream=trial.stream, eps=trial.eps, budget=trial.budget
    )


def raises(trial: Trial) -> Evidence:
    raise ZeroDivisionError("in the experiment")


def slow(trial: Trial) -> Evidence:
    object.__setattr__(trial, "deadline", 0.01)
    time.sleep(0.02)
    trial.check_deadline()
    return Evidence("mean", "corroborated", "never")


def interrupts(trial: Trial) -> Evidence:
    raise KeyboardInterrupt


def wrong(trial: Trial) -> Any:
    return True


def bad_proof() -> ProofResult:
    raise ArithmeticError("in the proof")


TWINS = (
    Twin("shift", "the mean is off", "mean", {"shift": 1.05}),
    Twin("statement", "the formula is off", "mean", statement="off"),
)
CLAIMS = {
    claim.id: claim
    for claim in (
        Claim("good", mean, twins=TWINS),
        Claim("second", mean, twins=TWINS),
        Claim("raises", raises),
        Claim("slow", slow),
        Claim("interrupts", interrupts),
        Claim("wrong", wrong),
        Claim("bad-proof", mean, bad_proof),
        Claim("unproved", mean, ProofResult),
        Claim("true-twin", mean, twins=(Twin("same", "nothing", "mean"),)),
        Claim("bad-twin", mean, twins=(Twin("typo", "a typo", "mean", {"shfit": 2.0}), Twin("lost", "x", "none"))),
        Claim("no-formula", mean, twins=(Twin("off", "no term", "mean", statement="none"),)),
    )
}


def lookup(name: str) -> Runnable:
    return CLAIMS[name]
