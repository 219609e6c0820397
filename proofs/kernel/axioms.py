"""What the kernel takes on trust: facts of analysis, each with its reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from .term import ONE, Term, add, eq, forall, le, mul, symbol

X: Final = ("x", ">R")
Y: Final = ("y", ">R")


class Axiom(NamedTuple):
    """A closed formula taken on trust, what it says in words, and where a proof is printed."""

    statement: Term
    words: str
    reference: str


def _exp(t: Term) -> Term:
    return symbol("exp", "R>R", t)


_x, _y = symbol(*X), symbol(*Y)

AXIOMS: Final[Mapping[str, Axiom]] = {
    "exp.add": Axiom(
        forall([X, Y], eq(_exp(add(_x, _y)), mul(_exp(_x), _exp(_y)))),
        "the exponential turns sums into products",
        "W. Rudin, Principles of Mathematical Analysis, 3rd ed. (1976), chapter 8, the exponential function",
    ),
    "exp.tangent": Axiom(
        forall([X], le(add(ONE, _x), _exp(_x))),
        "the exponential lies above its tangent at 0",
        "W. Rudin, Principles of Mathematical Analysis, 3rd ed. (1976), chapter 8, the exponential function",
    ),
}
