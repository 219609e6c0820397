"""What one experiment found, as plain data that goes into a verdict, a JSON file and a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

Outcome: TypeAlias = Literal["corroborated", "refuted", "undecided", "error"]
"""What an experiment can say. `undecided` is an answer of its own and is never read as success."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def jsonable(value: object) -> Json:
    """Return `value` as JSON can hold it without loss of meaning.

    Infinite and undefined floats become the strings "inf", "-inf" and "nan" (JSON has none), fractions become
    "p/q" (or an int when whole), arrays and tensors become nested lists, complex numbers [re, im].

    Raises:
        TypeError: for an object that has no such form (a function, a module).
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, complex):
        return [jsonable(value.real), jsonable(value.imag)]
    if isinstance(value, Mapping):
        return {str(key): jsonable(entry) for key, entry in value.items()}
    if isinstance(value, (Sequence, set, frozenset, range)):
        return [jsonable(entry) for entry in value]
    to_list = getattr(value, "tolist", None)  # numpy and torch have it; neither is imported here
    if callable(to_list):
        return jsonable(to_list())
    raise TypeError(
        f"value: found {type(value).__name__}, expected a number, a string, an array, "
        "or a list or mapping of these"
    )


@dataclass(frozen=True)
class Evidence:
    """What one experiment found.

    Attributes:
        name: name of the experiment (or of the twin it was run for).
        status: "corroborated", "refuted", "undecided" or "error".
        summary: one line for the reader; for "undecided" the reason, for "error" what was raised.
        samples: number of draws or cases that were looked at.
        estimate: measured value, in the units of `target`.
        target: value of the statement's own term.
        interval: interval for the measured quantity; for a decision, the one that decided.
        seconds: wall-clock seconds taken; the only field that may differ between two runs with one seed.
        witness: concrete numbers that refute (lists, numbers, strings); needed for "refuted".
        reproduce: a line that produces this evidence anew.

    Raises:
        ValueError: for a status that is not an `Outcome`, or "refuted" without a witness.
    """

    name: str
    status: Outcome
    summary: str
    samples: int | None = None
    estimate: float | None = None
    target: float | None = None
    interval: tuple[float, float] | None = None
    seconds: float = 0.0
    witness: Mapping[str, object] | None = None
    reproduce: str | None = None

    def __post_init__(self) -> None:
        if self.status not in get_args(Outcome):
            raise ValueError(f"status: found {self.status!r}, expected one of {', '.join(get_args(Outcome))}")
        if self.status == "refuted" and not self.witness:
            raise ValueError(f"witness: {self.name!r} is refuted without one; expected numbers that refute")

    def to_dict(self) -> dict[str, Json]:
        """Return the evidence as an entry of `experiments` in `verify --json` (absent values are None)."""
        return {
            "name": self.name,
            "status": self.status,
            "summary": self.summary,
            "samples": self.samples,
            "estimate": jsonable(self.estimate),
            "target": jsonable(self.target),
            "interval": None if self.interval is None else jsonable(tuple(self.interval)),
            "seconds": jsonable(self.seconds),
            "witness": jsonable(self.witness),
            "reproduce": self.reproduce,
        }
