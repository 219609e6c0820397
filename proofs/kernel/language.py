"""The language of terms: its heads, its constants of fixed meaning, and the signatures of symbols.

Sorts: ``N`` naturals (0 included), ``R`` reals (every N is an R), ``W`` outcomes of the probability space, ``F``
formulas.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class TermError(ValueError):
    """A term that is not well formed; the message says what was found and what was expected."""


class Head(NamedTuple):
    """How a head is formed: the sorts of its arguments, what it binds in each, the sort of the whole."""

    arguments: str  # one sort an argument; '*' after a sort: two or more of it
    result: str  # '=' : N if every argument is N, else R
    binds: tuple[str, ...] = ()  # for each argument the sorts bound in it, outermost first


# The language. `var`, `app`, `num`, `all`, `law`, `ind` and `lim` read their sorts from their data (see `_shape`).
HEADS: Final[dict[str, Head]] = {
    "add": Head("R*", "="),
    "mul": Head("R*", "="),
    "inv": Head("R", "R"),
    "pow": Head("RN", "R"),  # sort of the base
    "sum": Head("NR", "=", ("", "N")),  # sum of args[1] over i < args[0]
    "bracket": Head("F", "N"),  # 1 if the formula holds, else 0
    "E": Head("R", "R", ("W",)),  # expectation over the outcome
    "eq": Head("RR", "F"),
    "lt": Head("RR", "F"),
    "le": Head("RR", "F"),
    "not": Head("F", "F"),
    "and": Head("F*", "F"),
    "or": Head("F*", "F"),
    "imp": Head("FF", "F"),
    "iff": Head("FF", "F"),
    "int": Head("R", "F", ("W",)),  # args[0] is integrable
    "hd": Head("RRR", "F", ("R", "", "")),  # the derivative of t -> args[0] at args[1] is args[2]
}
CONSTANTS: Final = {"exp": "R>R", "log": "R>R"}  # the names of fixed meaning; no rule substitutes for them
LIMITS: Final = {"oo": "R", "0+": "R", "n": "N"}  # x -> infinity, x -> 0 from above, n -> infinity over the naturals
UNMEASURED: Final = frozenset({"int", "law", "ind", "hd", "lim"})  # formulas that no bracket may contain


def is_tuple(data: Any, length: int) -> bool:
    """Whether the data of a node is a tuple of this length."""
    return type(data) is tuple and len(data) == length


def within(sort: str, expected: str) -> bool:
    """Whether a term of this sort may stand where the other is expected."""
    return sort == expected or (sort == "N" and expected == "R")


def signature(data: Any) -> tuple[str, str]:
    """Argument sorts and result sort of a symbol (name, signature). Raises TermError on anything else."""
    if is_tuple(data, 2) and all(type(part) is str for part in data):
        name, text = data
        arguments, arrow, result = text.partition(">")
        if (
            name.isascii()
            and name.isidentifier()
            and arrow
            and set(arguments) <= {"N", "R", "W"}
            and result in ("N", "R", "W", "F")
            and (result != "W" or not arguments)
            and CONSTANTS.get(name, text) == text
        ):
            return arguments, result
    raise TermError(f"symbol {data!r}, expected an ASCII name and a signature such as 'WN>R'")
