"""Values of symbols: numbers, arrays, dicts and callables read alike, and the clauses of a definition."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..kernel.language import signature
from ..kernel.term import Term


class EvaluationError(ValueError):
    """A term has no value here: the message names the symbol or the head, and what was found."""


def entry(name: tuple[str, str], given: Any, arguments: tuple[Any, ...]) -> Any:
    """The value of a symbol at these arguments, as int, Fraction, float or bool.

    `given` is a number for a symbol without arguments; else a callable, a dict (keys: the argument, or the tuple of
    them) or an array or nested list. Raises EvaluationError if it has no value of the symbol's sort there.
    """
    if callable(given):
        value = given(*arguments)
    elif not arguments:
        value = given
    else:
        try:
            value = _looked_up(given, arguments)
        except (LookupError, TypeError) as error:
            found = f"{name[0]}({', '.join(map(str, arguments))})"
            raise EvaluationError(f"{found}: {given!r:.80} has no such entry") from error
    return plain(name, value)


def _looked_up(given: Any, arguments: tuple[Any, ...]) -> Any:
    key = arguments[0] if len(arguments) == 1 else arguments
    if isinstance(given, Mapping) or hasattr(given, "shape"):
        return given[key]
    for argument in arguments:
        given = given[argument]
    return given


def plain(name: tuple[str, str], value: Any) -> Any:
    """A number or truth value as Python's own type, checked against the result sort of the symbol."""
    if hasattr(value, "item"):
        value = value.item()
    sort = signature(name)[1]
    if sort == "W":
        return value
    if sort == "F":
        if value in (0, 1):
            return bool(value)
    elif sort == "N":
        if isinstance(value, int | float | Fraction) and value >= 0 and not math.isinf(value) and value == int(value):
            return int(value)
    elif isinstance(value, int | float | Fraction):
        return int(value) if isinstance(value, bool) else value
    raise EvaluationError(f"{name[0]}: found {value!r}, expected a value of sort {sort}")


def clauses(definition: Term) -> list[tuple[Term, Term]]:
    """(f(patterns), value) for each clause of a definition; the patterns are variables, 0 or n + 1.

    Loose indices are those under the clause's quantifiers. Raises ValueError if the formula is no definition.
    """
    found = []
    for clause in definition.args if definition.head == "and" else (definition,):
        body = clause
        while body.head == "all":
            body = body.args[0]
        if body.head not in ("eq", "iff") or body.args[0].head != "app":
            raise ValueError(f"definition: found {body.head}, expected f(xs) = e, or its two clauses at 0 and n + 1")
        found.append((body.args[0], body.args[1]))
    return found
