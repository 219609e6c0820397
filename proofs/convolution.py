"""Convolutions: how many parameters a bottleneck has, plain and split into branches."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import Eq, ForAll, Iff, Implies, Lt, Not, S, function, naturals
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.theorem import Theorem
from .library.order import at
from .library.products import positive_factor

C, w, v, B, k = naturals("C w v B k")  # channels outside; within, plain and in a branch; branches; kernel size
ci, co, q, g = naturals("ci co q g")
o, i, a, b = naturals("o i a b")
conv, grouped = function("conv", "NNN>N"), function("grouped", "NNNN>N")


CONV = Hypothesis(
    "convolution",
    ForAll(ci, co, q, Eq(conv(ci, co, q), S(o, co, S(i, ci, S(a, q, S(b, q, 1))) + 1))),
    "conv(ci, co, q) counts a convolution's parameters: q x q weights for each pair of channels, a bias an output",
    role="definition",
)
COUNT = Eq(conv(ci, co, q), co * (ci * q**2 + 1))
GROUPED = Hypothesis(
    "grouped convolution",
    ForAll(ci, co, q, g, Eq(grouped(ci, co, q, g), S(o, g, conv(ci, co, q)))),
    "a convolution in g groups is g convolutions side by side, of ci inputs and co outputs each",
    role="definition",
)


def _bottleneck(channels: Any, width: Any, kernel: Any) -> Any:
    return conv(channels, width, 1) + conv(width, width, kernel) + conv(width, channels, 1)


def _split(channels: Any, width: Any, branches: Any, kernel: Any) -> Any:
    return S(b, branches, _bottleneck(channels, width, kernel))


PLAIN, SPLIT = _bottleneck(C, w, k), _split(C, v, B, k)
PER_BRANCH = 2 * C * v + k**2 * v**2 + 2 * v + C
IN_GROUPS = conv(C, B * v, 1) + grouped(v, v, k, B) + grouped(v, C, 1, B)
MERGED = conv(C, B * v, 1) + grouped(v, v, k, B) + conv(B * v, C, 1)
SAVED = (B - 1) * (B * k**2 * v**2 - C)


def _same_width(*conclusion: Any) -> Any:
    """If the plain bottleneck is as wide as all the branches together."""
    return Implies(Eq(w, B * v), *conclusion)


def _derive(D: Board) -> None:
    D.have(ForAll(ci, co, q, COUNT), "count from the innermost sum outwards")
    D.conclude("convolution")
    D.ignore(CONV.formula)
    D.conclude("plain", "add the three convolutions")
    D.conclude("split", "B equal branches")
    D.conclude("plain figure", "C = 256, w = 128, k = 3")
    D.conclude("split figure", "C = 256, v = 4, B = 32, k = 3")
    D.conclude("in groups", "the first convolution stacks the branches' outputs, and the others are made of theirs")
    D.conclude("merged", "one bias in place of B for each output channel")
    saving = D.conclude("saving", "subtract")
    D.ignore(*(t.statement for t in D.theorems))
    D.use(saving, at(positive_factor(), B - 1, B * k**2 * v**2 - C))
    with D.suppose(Eq(w, B * v), Lt(1, B)):
        D.have(Iff(Lt(0, SAVED), Lt(C, B * k**2 * v**2)), "the factor B - 1 is positive")
        D.have(Iff(Lt(SPLIT, PLAIN), Lt(C, B * k**2 * v**2)))
    D.conclude("smaller")


def _model(**sizes: int) -> Callable[[], Model]:
    def build() -> Model:
        return Model((Fraction(1),), {(name, ">N"): size for name, size in sizes.items()})

    return build


SMALL = _model(C=3, w=4, v=2, B=2, k=3, ci=2, co=3, q=2)
NARROW = _model(C=5, w=2, v=1, B=2, k=1, ci=1, co=1, q=1)
ONE = _model(C=1, w=1, v=1, B=1, k=1, ci=1, co=1, q=1)

WITHOUT_BIASES = {
    "plain figure": Eq(_bottleneck(256, 128, 3), 212_992),
    "split figure": Eq(_split(256, 4, 32, 3), 70_144),
}


def _figures_have_biases() -> Theorem:
    return Board([CONV.term], {}).have(Not(WITHOUT_BIASES["plain figure"]))


def _twin(name: str, part: str, formula: Any, model: Callable[[], Model] = SMALL) -> FalseStatement:
    return FalseStatement(name, {part: formula}, countermodel=model)


FALSE = (
    _twin("no-biases", "convolution", Eq(conv(ci, co, q), co * ci * q**2)),
    _twin("bias-per-pair", "convolution", Eq(conv(ci, co, q), co * ci * (q**2 + 1))),
    _twin("kernel-not-squared", "plain", Eq(PLAIN, 2 * C * w + k * w**2 + 2 * w + C)),
    _twin("one-branch", "split", Eq(SPLIT, PER_BRANCH)),
    _twin("quadratic-in-branches", "split", Eq(SPLIT, 2 * C * B * v + k**2 * (B * v) ** 2 + 2 * B * v + C)),
    _twin("merged-last-costs-the-same", "merged", Eq(SPLIT - MERGED, 0)),
    _twin("ungrouped-middle", "in groups", Eq(conv(C, B * v, 1) + conv(B * v, B * v, k) + grouped(v, C, 1, B), SPLIT)),
    _twin("always-smaller", "smaller", _same_width(Lt(1, B), Iff(Lt(SPLIT, PLAIN), Lt(0, B))), NARROW),
    _twin("saves-the-factor", "saving", _same_width(Eq(PLAIN - SPLIT, (B - 1) * SPLIT))),
    FalseStatement("figures-without-biases", WITHOUT_BIASES, negation=_figures_have_biases),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="stm-params",
            title="Parameters of a bottleneck of three convolutions, plain and split into branches",
            sources=(("003", "4 first"),),
            hypotheses=(CONV, GROUPED),
            parts={
                "convolution": COUNT,
                "plain": Eq(PLAIN, 2 * C * w + k**2 * w**2 + 2 * w + C),
                "split": Eq(SPLIT, B * PER_BRANCH),
                "plain figure": Eq(_bottleneck(256, 128, 3), 213_504),
                "split figure": Eq(_split(256, 4, 32, 3), 78_592),
                "in groups": Eq(IN_GROUPS, SPLIT),
                "merged": Eq(SPLIT - MERGED, (B - 1) * C),
                "saving": _same_width(Eq(PLAIN - SPLIT, SAVED)),
                "smaller": _same_width(Lt(1, B), Iff(Lt(SPLIT, PLAIN), Lt(C, B * k**2 * v**2))),
            },
            derive=_derive,
            not_covered=("Sides of an even kernel: the live modules take odd ones, whose padding keeps the size.",),
            false=FALSE,
            models=(SMALL, NARROW, ONE),
            rewording={"split": Eq(SPLIT, B * C + B * v * (2 * C + 2 + k**2 * v))},
        ),
    )
}
