"""What the kernel takes on trust: facts of analysis, each with its reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from .term import ONE, ZERO, Term, abstract, add, eq, exists, forall, imp, le, lt, mul, symbol, term

X: Final = ("x", ">R")
Y: Final = ("y", ">R")
Z: Final = ("z", ">R")
N: Final = ("n", ">N")


class Axiom(NamedTuple):
    """A closed formula taken on trust, what it says in words, and where a proof is printed."""

    statement: Term
    words: str
    reference: str


def _exp(t: Term) -> Term:
    return symbol("exp", "R>R", t)


def _log(t: Term) -> Term:
    return symbol("log", "R>R", t)


def _f(t: Term) -> Term:
    return symbol("f", "R>R", t)


def _df(t: Term) -> Term:
    return symbol("df", "R>R", t)


_x, _y, _z, _n = symbol(*X), symbol(*Y), symbol(*Z), symbol(*N)
_SLOPE = term("hd", None, (abstract(_f(_z), [Z]), _z, _df(_z)))

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
    "exp.log": Axiom(
        forall([X], imp(lt(ZERO, _x), eq(_exp(_log(_x)), _x))),
        "the logarithm of a positive number is the exponent that gives it",
        "W. Rudin, Principles of Mathematical Analysis, 3rd ed. (1976), chapter 8, the logarithm",
    ),
    "mean_value": Axiom(
        imp(
            le(_x, _y),
            forall([Z], imp(le(_x, _z), le(_z, _y), _SLOPE)),
            forall([Z], imp(le(_x, _z), le(_z, _y), le(ZERO, _df(_z)))),
            le(_f(_x), _f(_y)),
        ),
        "a function whose derivative is nowhere negative on an interval does not decrease over it",
        "W. Rudin, Principles of Mathematical Analysis, 3rd ed. (1976), theorem 5.11",
    ),
    "archimedes": Axiom(
        forall([X], exists([N], le(_x, _n))),
        "every real number is below some natural number",
        "W. Rudin, Principles of Mathematical Analysis, 3rd ed. (1976), theorem 1.20",
    ),
}
