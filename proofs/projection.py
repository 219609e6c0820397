"""Projection onto a box: the nearest point is the clip, coordinate by coordinate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import (
    And,
    Eq,
    ForAll,
    Implies,
    Le,
    Lt,
    Or,
    S,
    absolute,
    bracket,
    function,
    maxi,
    mini,
    naturals,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library.calculus import applied
from .library.convexity import least_norm
from .library.order import at
from .library.squares import a, h, pinned

n, i, j = naturals("n i j")
C = reals("C")  # the side of the box
al, p, q = function("al", "N>R"), function("p", "N>R"), function("q", "N>R")

SIDE = Hypothesis("side", Le(0, C), "the box [0, C]^n is not empty", needed_by="empty-box")


def _definition(value: Any, words: str) -> Hypothesis:
    return Hypothesis("clip", ForAll(i, Eq(p(i), value)), words, role="definition")


CLIP = _definition(mini(maxi(al(i), 0), C), "p is the point al, clipped to [0, C] in each coordinate")

IN_BOX = ForAll(i < n, Le(0, q(i))), ForAll(i < n, Le(q(i), C))
SLOPE = S(i, n, (q(i) - p(i)) * (p(i) - al(i)))
NEAR, BETWEEN, FAR = S(i, n, (p(i) - al(i)) ** 2), S(i, n, (q(i) - p(i)) ** 2), S(i, n, (q(i) - al(i)) ** 2)
PARTS = {
    "in the box": And(Le(0, p(i)), Le(p(i), C)),
    "obtuse": Implies(Le(0, q(i)), Le(q(i), C), Le(0, (q(i) - p(i)) * (p(i) - al(i)))),
    "either order": Eq(p(i), maxi(mini(al(i), C), 0)),
    "nearest": Implies(*IN_BOX, Le(NEAR + BETWEEN, FAR)),
    "unique": Implies(*IN_BOX, Le(FAR, NEAR), ForAll(i < n, Eq(q(i), p(i)))),
}


def _derive(D: Board) -> None:
    D.have(ForAll(i, PARTS["in the box"]), "below, in and above the box")
    D.conclude("in the box")
    D.have(ForAll(i, Implies(Le(al(i), 0), Eq(p(i), 0))), "below")
    D.have(ForAll(i, Implies(Le(C, al(i)), Eq(p(i), C))), "above")
    D.have(ForAll(i, Implies(Le(0, al(i)), Le(al(i), C), Eq(p(i), al(i)))), "inside")
    D.have(ForAll(i, PARTS["obtuse"]), "q - p >= 0 >= al - p, q - p <= 0 <= al - p, or p = al")
    D.conclude("obtuse")
    D.conclude("either order", "the three cases")
    D.ignore(CLIP.term)
    from_al = {a: (i, q(i) - al(i)), h: (i, p(i) - al(i))}
    with D.suppose(*IN_BOX):
        D.have(ForAll(i < n, Le(0, (q(i) - p(i)) * (p(i) - al(i)))))
        slope = D.have(Le(0, SLOPE), "term by term")
        least = at(applied(least_norm(), from_al), n)
        D.have(Le(NEAR + BETWEEN, FAR), "no negative slope at p", using=[slope, least])
    D.conclude("nearest")
    only = at(applied(pinned(), from_al), n, NEAR / 2, FAR / 2)
    with D.suppose(*IN_BOX, Le(FAR, NEAR)):
        known = [D.have(Le(NEAR + BETWEEN, FAR)), D.given(Le(FAR, NEAR))]
        D.have(ForAll(i < n, Eq(q(i) - al(i), p(i) - al(i))), "no room is left", using=[only, *known])
        D.have(ForAll(i < n, Eq(q(i), p(i))))
    D.conclude("unique")


def _model(point: Sequence[Any], other: Sequence[Any], side: Any) -> Callable[[], Model]:
    """The point al and another point q of the box with this side."""

    def entries(values: Sequence[Any]) -> Callable[[int], Fraction]:
        return lambda i: Fraction(values[i]) if i < len(values) else Fraction(0)

    def build() -> Model:
        tables: dict[tuple[str, str], Any] = {("n", ">N"): len(point), ("i", ">N"): 0, ("C", ">R"): Fraction(side)}
        return Model((Fraction(1),), tables | {("al", "N>R"): entries(point), ("q", "N>R"): entries(other)})

    return build


def _other(name: str, value: Any, words: str, model: Callable[[], Model], **parts: Any) -> FalseStatement:
    """Another point in place of the clip."""
    return FalseStatement(name, parts, hypotheses={"clip": _definition(value, words)}, countermodel=model)


HALF = Fraction(1, 2)
VERTEX = ForAll(i < n, Or(Eq(q(i), 0), Eq(q(i), C)))
FALSE = (
    _other("reflected", mini(absolute(al(i)), C), "p is |al|, cut off at C", _model([-2], [0], 2)),
    _other(
        "distance",
        absolute(mini(maxi(al(i), 0), C) - al(i)),
        "p is how far the clip has moved al",
        _model([HALF], [HALF], 1),
    ),
    _other(
        "shrunk",
        al(i) * mini(1, C / S(j, n, absolute(al(j)))),
        "p is the whole vector al, shrunk",
        _model([1, 1], [1, 1], 1),
    ),
    _other(
        "corners",
        C * bracket(Lt(C, 2 * al(i))),
        "p is the corner that rounding gives",
        _model([HALF], [1], 1),
        unique=Implies(VERTEX, Le(FAR, NEAR), ForAll(i < n, Eq(q(i), p(i)))),
    ),
    FalseStatement(
        "right-angle", {"nearest": Implies(*IN_BOX, Eq(NEAR + BETWEEN, FAR))}, countermodel=_model([2], [0], 1)
    ),
    FalseStatement("empty-box", hypotheses={"side": None}, countermodel=_model([1], [0], -1)),
)

PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="box-projection",
            title="The projection onto a box clips each coordinate",
            sources=(("001", "2a"),),
            hypotheses=(SIDE, CLIP),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "Sets that are no boxes, on which the projection is not taken coordinate by coordinate.",
            ),
            false=FALSE,
            models=(_model([2, -1, HALF], [0, 1, 1], 1), _model([3], [0], 0)),
            rewording={"obtuse": Implies(Le(0, q(i)), Le(q(i), C), Le((q(i) - p(i)) * (al(i) - p(i)), 0))},
        ),
    )
}
