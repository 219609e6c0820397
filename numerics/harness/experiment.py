"""What an experiment and a false twin are, and what an experiment is given."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol, TypeAlias

from .budget import ErrorBudget
from .evidence import Evidence
from .streams import Stream

Profile: TypeAlias = Literal["quick", "full"]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class DeadlineError(TimeoutError):
    """An experiment took longer than its trial allows; the runner reports it as an error."""


class Formulas(Protocol):
    """The statement's own terms, evaluated at concrete values; nothing is typed in a second time.

    `part` names an equation, inequality or property inside the statement. `values` holds numbers for nullary
    symbols, and arrays or callables for indexed ones (W(j, k) reads values["W"][j, k] or calls
    values["W"](j, k)).
    """

    def left(self, part: str, **values: object) -> float | Fraction:
        """Return the left side of `part`."""
        ...

    def right(self, part: str, **values: object) -> float | Fraction:
        """Return the right side of `part`."""
        ...

    def holds(self, part: str, **values: object) -> bool:
        """Return whether `part` holds at these values."""
        ...


class NoFormulas:
    """The formulas of a claim that declares none: asking for one is an error that says so."""

    def left(self, part: str, **values: object) -> float | Fraction:
        """Raise LookupError."""
        raise LookupError(f"part: {part!r} was asked for, but this claim has no statement to evaluate")

    def right(self, part: str, **values: object) -> float | Fraction:
        """Raise LookupError."""
        raise LookupError(f"part: {part!r} was asked for, but this claim has no statement to evaluate")

    def holds(self, part: str, **values: object) -> bool:
        """Raise LookupError."""
        raise LookupError(f"part: {part!r} was asked for, but this claim has no statement to evaluate")


_BUDGET = ErrorBudget()
_NO_FORMULAS = NoFormulas()


@dataclass(frozen=True)
class Trial:
    """What an experiment is given. Two runs with equal trials give equal evidence, but for the seconds.

    Attributes:
        stream: this trial's own address of randomness; spawn from it, one address a use.
        profile: "quick" or "full": how much to look at, never how strict to be.
        eps: relative precision to which a mean is corroborated.
        budget: this experiment's own fixed share of the error rates.
        deadline: seconds that the trial may take; see `check_deadline`.
        formulas: the statement's own terms, evaluated.
        options: the experiment's defaults, overridden by a twin.
        started: `time.monotonic()` when the trial was made.
    """

    stream: Stream
    profile: Profile = "quick"
    eps: float = 0.01
    budget: ErrorBudget = _BUDGET
    deadline: float = 120.0
    formulas: Formulas = _NO_FORMULAS
    options: Mapping[str, object] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic, compare=False)

    def check_deadline(self) -> None:
        """Raise DeadlineError if the trial has run longer than `deadline` seconds.

        Call it between steps of a long loop; `decide_mean` takes it as its `check`.
        """
        taken = time.monotonic() - self.started
        if taken > self.deadline:
            raise DeadlineError(f"took {taken:.1f} s, {self.deadline:g} s are allowed")


def _check_slug(name: str) -> None:
    if not _SLUG.fullmatch(name):
        raise ValueError(f"name: found {name!r}, expected lower-case words joined by hyphens")


@dataclass(frozen=True)
class Experiment:
    """A numeric trial of a claim on the real object.

    Attributes:
        name: slug, unique within its claim.
        summary: one line that says what is tried.
        subject: dotted path of the live object that is tested ("torch.nn.init.kaiming_normal_"); a test
            replaces exactly that object by a broken one and must see the experiment refute.
        run: the trial itself. A module-level function: workers find it by claim id and name.
        options: defaults of what a twin may change.
    """

    name: str
    summary: str
    subject: str
    run: Callable[[Trial], Evidence]
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_slug(self.name)


@dataclass(frozen=True)
class Twin:
    """A false sibling of a claim: a misconception that the named experiment must refute.

    Attributes:
        name: slug, unique within its claim.
        change: what was changed, in words.
        experiment: name of the experiment that is run for it.
        options: what replaces the experiment's options.
        statement: name of the false statement whose terms the trial gets as `formulas`; None if the object is
            changed and not the formula.
    """

    name: str
    change: str
    experiment: str
    options: Mapping[str, object] = field(default_factory=dict)
    statement: str | None = None

    def __post_init__(self) -> None:
        _check_slug(self.name)
