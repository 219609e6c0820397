"""The two points e_1 with label 1 and -a e_1 with label -1, and the two programs for a large margin with a bias."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import And, Eq, ForAll, Le, Lt, S, bracket, function, naturals, reals
from .board.proposition import Hypothesis
from .kernel.theorem import Theorem, infer
from .library import convexity, squares
from .library.calculus import applied
from .library.order import at
from .library.premises import logic

d, i, k = naturals("d i k")  # dimension; a point; a coordinate
a, b = reals("a b")  # where the second point lies; the bias of the second program
X, Z, y = function("X", "NN>R"), function("Z", "NN>R"), function("y", "N>R")
u, v = function("u", "N>R"), function("v", "N>R")

DIMENSION = Hypothesis("dimension", Lt(0, d), "there is a first coordinate, whose index is 0", role="meaning")
POINTS = Hypothesis(
    "points",
    ForAll(i, k, Eq(X(i, k), bracket(Eq(k, 0)) * (bracket(Eq(i, 0)) - a * bracket(Eq(i, 1))))),
    "point 0 is e_1 and point 1 is -a e_1",
    role="definition",
)
LABELS = Hypothesis(
    "labels",
    ForAll(i, Eq(y(i), bracket(Eq(i, 0)) - bracket(Eq(i, 1)))),
    "their labels are 1 and -1",
    role="definition",
)
APPENDED = Hypothesis(
    "appended",
    ForAll(i, k, Eq(Z(i, k), X(i, k) * bracket(Lt(k, d)) + bracket(Eq(k, d)))),
    "Z(i) is point i with a 1 appended, as coordinate d: the first program takes Z, the second X",
    role="definition",
)
DATA = (DIMENSION, POINTS, LABELS, APPENDED)


def first_margin(point: Any, solution: Any = u) -> Any:
    """The margin of a point in the first program, where the bias is coordinate d of the solution."""
    return y(point) * S(k, d + 1, Z(point, k) * solution(k))


def second_margin(point: Any, solution: Any = v, bias: Any = b) -> Any:
    """The margin of a point in the second program, where the bias stands by itself."""
    return y(point) * (S(k, d, X(point, k) * solution(k)) + bias)


def first_feasible(solution: Any = u) -> Any:
    """Both margins of the first program are at least 1."""
    return And(Le(1, first_margin(0, solution)), Le(1, first_margin(1, solution)))


def second_feasible(solution: Any = v, bias: Any = b) -> Any:
    """Both margins of the second program are at least 1."""
    return And(Le(1, second_margin(0, solution, bias)), Le(1, second_margin(1, solution, bias)))


FIRST, WRITTEN_OUT = (first_margin(0), first_margin(1)), (u(0) + u(d), a * u(0) - u(d))
SECOND, WRITTEN_OUT_TOO = (second_margin(0), second_margin(1)), (v(0) + b, a * v(0) - b)
FIRST_CONSTRAINTS = And(Le(1, u(0) + u(d)), Le(1, a * u(0) - u(d)))
SECOND_CONSTRAINTS = And(Le(1, v(0) + b), Le(1, a * v(0) - b))
FIRST_VALUE, SECOND_VALUE = S(k, d + 1, u(k) ** 2) / 2, S(k, d, v(k) ** 2) / 2


def explicit(D: Board, *, keep: bool = False) -> list[Theorem]:
    """Lines that write out the points and, unless `keep` keeps what defines them, the margins: these are returned."""
    data = D.have(ForAll(k, And(Eq(X(0, k), bracket(Eq(k, 0))), Eq(X(1, k), -a * bracket(Eq(k, 0))))), "e_1 and -a e_1")
    signs = D.have(And(Eq(y(0), 1), Eq(y(1), -1)), "the labels")
    D.ignore(POINTS.term, LABELS.term)
    one = bracket(Eq(k, d))
    rows = D.have(
        ForAll(k, And(Eq(Z(0, k), bracket(Eq(k, 0)) + one), Eq(Z(1, k), -a * bracket(Eq(k, 0)) + one))), "a 1 appended"
    )
    D.ignore(APPENDED.term)
    if keep:
        return []
    margins = [
        D.have(
            And(*(Eq(margin, value) for margin, value in zip(FIRST, WRITTEN_OUT, strict=True))),
            "the margins of the first program",
        ),
        D.have(
            And(*(Eq(margin, value) for margin, value in zip(SECOND, WRITTEN_OUT_TOO, strict=True))),
            "and of the second",
        ),
    ]
    D.ignore(*(t.statement for t in (data, signs, rows)))
    return margins


def settle(D: Board, size: Any, found: Any, wanted: Any, least: Any, value: Any) -> None:
    """A line: `found`, a function of k, is `wanted` for k < size, since its value is at most `least`."""
    pinned = applied(squares.pinned(), {squares.a: (k, found(k)), squares.h: (k, wanted)})
    with D.likewise("no room is left"):
        known = [D.have(growth(least, size, found, wanted, value)), D.have(Le(value, least))]
        D.have(ForAll(k < size, Eq(found(k), wanted)), using=[at(pinned, size, least, value), *known])


def grows(
    D: Board, size: Any, found: Any, wanted: Any, least: Any, value: Any, reason: str, facts: Sequence[Theorem]
) -> None:
    """Lines: `growth`, since the norm has no negative slope at `wanted` towards `found`, which follows from `facts`."""
    dimension = D.given(DIMENSION.formula)
    minimum = at(applied(convexity.least_norm(), {squares.a: (k, found(k)), squares.h: (k, wanted)}), size)
    slope = D.have(minimum.statement.args[0], reason, using=[*facts, dimension])
    above = infer("taut", [minimum, slope], minimum.statement.args[1])
    D.have(growth(least, size, found, wanted, value), "no negative slope there", using=[above, dimension])


def both_ways(D: Board, part: str, *implications: Theorem) -> None:
    """The part, an equivalence, from its two directions."""
    D.conclude(part, "both ways", prover=logic(*implications))


def growth(least: Any, size: Any, found: Any, wanted: Any, value: Any) -> Any:
    """The value exceeds `least` by half the squared distance of `found` from `wanted`, or more."""
    return Le(least + S(k, size, (found(k) - wanted) ** 2) / 2, value)


def squared_distance(size: Any, found: Any, wanted: Any) -> Theorem:
    """The squared distance of `found` from `wanted` is not negative."""
    return at(applied(squares.nonnegative(), {squares.a: (k, found(k) - wanted)}), size)


def model(
    first: Sequence[Any], second: Sequence[Any] = (0,), bias: Any = 0, *, a: Any = 3, d: int | None = None
) -> Callable[[], Model]:
    """Solutions of both programs, as their entries; d is by default what `first` without its bias has."""
    size = len(first) - 1 if d is None else d
    tables: Mapping[tuple[str, str], Any] = {
        ("d", ">N"): size,
        ("a", ">R"): Fraction(a),
        ("b", ">R"): Fraction(bias),
        ("u", "N>R"): entries(first),
        ("v", "N>R"): entries(second),
    }
    return lambda: Model((Fraction(1),), tables)


def entries(values: Sequence[Any]) -> Callable[[int], Fraction]:
    """The function with these values, and 0 after them."""
    return lambda k: Fraction(values[int(k)]) if k < len(values) else Fraction(0)
