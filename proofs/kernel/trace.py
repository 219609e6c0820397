"""Proofs as data: the cone of a theorem as JSON, and back through the rules."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from .language import TermError
from .rules import RuleError
from .term import Term, term
from .theorem import FORMAT, Theorem, infer

_FRACTION: Final = re.compile("-?[0-9]+(/[0-9]+)?")


class TraceError(ValueError):
    """The trace is not a proof written by this format; the message names the place."""


def decode(trace: Any) -> list[Theorem]:
    """The theorem of every step, by the rules. Raises TraceError (not a trace) or RuleError (not a proof)."""
    if not isinstance(trace, Mapping) or trace.get("format") != FORMAT:
        found = trace.get("format") if isinstance(trace, Mapping) else trace
        raise TraceError(f"format: expected {FORMAT!r}, found {found!r}")
    if not isinstance(trace.get("terms"), list) or not isinstance(trace.get("steps"), list) or not trace["steps"]:
        raise TraceError("terms and steps: expected two lists, the second not empty")
    terms = _terms(trace["terms"])
    theorems: list[Theorem] = []
    for number, line in enumerate(trace["steps"]):
        if not (isinstance(line, list) and len(line) == 3 and isinstance(line[0], str) and isinstance(line[1], list)):
            raise TraceError(f"step {number}: expected [rule, premises, parameters]")
        if not isinstance(line[2], list):
            raise TraceError(f"step {number}: parameters are a list")
        premises = [_at(theorems, i, f"step {number}: premise") for i in line[1]]
        parameters = [_parameter(p, terms, number) for p in line[2]]
        try:
            theorems.append(infer(line[0], premises, *parameters))
        except RuleError as error:
            error.add_note(f"in step {number} of the trace of {trace.get('claim')!r}")
            raise
    return theorems


def _terms(rows: Sequence[Any]) -> list[Term]:
    terms: list[Term] = []
    for number, row in enumerate(rows):
        place = f"term {number}"
        if not (isinstance(row, list) and len(row) == 3 and isinstance(row[0], str) and isinstance(row[2], list)):
            raise TraceError(f"{place}: expected [head, data, arguments]")
        args = [_at(terms, i, place) for i in row[2]]
        try:
            terms.append(term(row[0], _data(row[0], row[1]), args))
        except (TermError, ValueError, ZeroDivisionError) as error:
            raise TraceError(f"{place}: {error}") from error
    return terms


def _data(head: str, data: Any) -> Any:
    if head == "num":
        if not isinstance(data, str) or len(data) > 2000 or not _FRACTION.fullmatch(data):  # 1e999999999 never ends
            raise TermError(f"num: data {data!r:.60}, expected a fraction as text")
        return Fraction(data)
    if isinstance(data, list):
        data = tuple(data)
        if not all(type(part) in (str, int) for part in data):
            raise TermError(f"{head}: data {data!r}, expected texts and integers")
    elif data is not None and not isinstance(data, str):
        raise TermError(f"{head}: data {data!r}, expected text")
    return data


def _at(items: Sequence[Any], index: Any, place: str) -> Any:
    if type(index) is not int or not 0 <= index < len(items):
        raise TraceError(f"{place}: {index!r} names nothing before it")
    return items[index]


def _parameter(value: Any, terms: Sequence[Term], step: int) -> Any:
    if isinstance(value, dict):
        if set(value) != {"term"}:
            raise TraceError(f"step {step}: parameter {value!r}, expected a term, a text, an integer or a list")
        return _at(terms, value["term"], f"step {step}: parameter")
    if isinstance(value, list):
        return tuple(_parameter(v, terms, step) for v in value)
    if type(value) not in (str, int):
        raise TraceError(f"step {step}: parameter {value!r}, expected a term, a text, an integer or a list")
    return value


def digest(hypotheses: frozenset[Term], statement: Term) -> str:
    """A fingerprint of a sequent that does not depend on the run: what a replay reports and a claim expects."""
    lines = [*sorted(map(repr, hypotheses)), "|-", repr(statement)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def dumps(trace: Mapping[str, Any]) -> str:
    """The trace as text, the same for the same trace."""
    return json.dumps(trace, separators=(",", ":"), sort_keys=True) + "\n"
