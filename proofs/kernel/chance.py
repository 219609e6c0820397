"""Rules of probability: the expectation is linear and monotone, independent blocks factor, equal laws transport."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .instance import instance, summed, under
from .logic import loose_sorts
from .normal import equal, normal
from .polynomial import scaled
from .rules import require
from .term import Term, add, eq, imp, instantiate, land, le, lnot, mul, neg, shift, term, var
from .theorem import Sequent, Theorem, inference, joined

# One summand of expect_linear: (counts of the sums around it, coefficient, index of a premise, values of its
# quantifiers)
Entry: TypeAlias = "tuple[tuple[Term, ...], Term, int, tuple[Term, ...]]"


def integrable(body: Term) -> Term:
    """The formula: `body`, under the binder of the outcome, is integrable."""
    return term("int", None, (body,))


def expectation(body: Term) -> Term:
    """The term E(body), which binds the outcome in `body`."""
    return term("E", None, (body,))


def everywhere(sorts: str, p: Term) -> Term:
    """For all variables of these sorts, outermost first; `p` has them as loose indices."""
    for sort in reversed(sorts):
        p = term("all", sort, (p,))
    return p


def _random(rule: str, condition: str, body: Term) -> None:
    require(rule, condition, loose_sorts(body) <= {(0, "W")} and body.sort in "NR", body, "a term in the outcome")


@inference("expect_linear", None, "term", "term", [(["term"], "term", "int", ["term"])], "int")
def expect_linear(
    premises: Sequence[Theorem], x: Term, constant: Term, entries: Sequence[Entry], by_equation: int
) -> Sequent:
    """E of `x` (under the binder of the outcome).

    With by_equation = 1 the last premise is: for all outcomes, x = the sum.
    """
    rule = "expect_linear"
    _random(rule, "equation", x)
    require(rule, "free", not constant.loose, constant)
    available = len(premises) - (by_equation == 1)
    points, means = [constant], [constant]
    for counts, coefficient, number, values in entries:
        indices = len(counts)
        free = all(under(c, i) for i, c in enumerate(counts)) and under(coefficient, indices)
        require(rule, "free", free, coefficient, f"a term in {indices} indices")
        require(rule, "integrable", 0 <= number < available, number, available)
        found = instance(rule, "instance", premises[number].statement, values, indices)
        require(rule, "integrable", found.core.head == "int" and all(g.borel for g in found.guards), found.core)
        (body,) = found.core.args
        weight = found.weight(coefficient)
        points.append(summed(counts, mul(weight, instantiate(body, [var(indices, "W")]))))
        means.append(summed(counts, mul(weight, expectation(body))))
    claimed = x
    if by_equation == 1:
        given = premises[-1].statement if premises else constant
        require(rule, "equation", given.head == "all" and given.data == "W" and given.args[0].head == "eq", given)
        require(rule, "equation", equal(given.args[0].args[0], x), given)
        claimed = given.args[0].args[1]
    require(rule, "equation", equal(claimed, add(*points)), claimed, add(*points))
    return Sequent(joined(premises), land(integrable(x), eq(expectation(x), add(*means))))


@inference("dominated", 3)
def dominated(premises: Sequence[Theorem]) -> Sequent:
    """From -y <= x, x <= y everywhere and y integrable: x is integrable, and -E(y) <= E(x) <= E(y)."""
    lower, upper, bound = (p.statement for p in premises)
    for condition, p in (("lower", lower), ("upper", upper)):
        require("dominated", condition, p.head == "all" and p.data == "W" and p.args[0].head == "le", p)
    x, y = upper.args[0].args
    below, above = lower.args[0].args
    require("dominated", "lower", normal(below) == scaled(normal(y), -1) and equal(above, x), lower)
    require("dominated", "integrable", bound.head == "int" and equal(bound.args[0], y), bound)
    between = le(neg(expectation(y)), expectation(x)), le(expectation(x), expectation(y))
    return Sequent(joined(premises), land(integrable(x), *between))


def determined(x: Term, z: Term, block: str, inner: str, selected: Term) -> Term:
    """x(w) is determined by the blocks i of z(w, i, r) with `selected` (a formula in the indices i)."""
    sizes, size = len(block) + len(inner), len(inner)
    first = [var(sizes + 1, "W"), *_indices(block + inner)]
    second = [var(sizes, "W"), *_indices(block + inner)]
    same = imp(shift(selected, size), eq(instantiate(z, first), instantiate(z, second)))
    equal_x = eq(instantiate(x, [var(1, "W")]), instantiate(x, [var(0, "W")]))
    return everywhere("WW", imp(everywhere(block + inner, same), equal_x))


def _indices(sorts: str) -> list[Term]:
    return [var(len(sorts) - 1 - i, s) for i, s in enumerate(sorts)]


def _family(rule: str, premise: Theorem) -> tuple[Term, str, str]:
    p = premise.statement
    require(rule, "independent", p.head == "ind", p)
    return p.args[0], p.data[0], p.data[1]


@inference("factor", 5, "term", "term", "term")
def factor(premises: Sequence[Theorem], x: Term, y: Term, selected: Term) -> Sequent:
    """x, y under the binder of the outcome; `selected` a formula in the block indices."""
    z, block, inner = _family("factor", premises[0])
    _random("factor", "left", x)
    _random("factor", "right", y)
    require("factor", "left", selected.sort == "F" and under(selected, len(block)), selected)
    for condition, premise, body, p in (("left", premises[1], x, selected), ("right", premises[2], y, lnot(selected))):
        wanted = determined(body, z, block, inner, p)
        require("factor", condition, premise.statement is wanted, premise.statement, wanted)
    for premise, body in zip(premises[3:], (x, y), strict=True):
        require("factor", "integrable", premise.statement is integrable(body), premise.statement, body)
    both = mul(x, y)
    return Sequent(joined(premises), land(integrable(both), eq(expectation(both), mul(expectation(x), expectation(y)))))


@inference("transport", 3, "term", "term")
def transport(premises: Sequence[Theorem], x: Term, y: Term) -> Sequent:
    """From equal laws, a link everywhere, y integrable: x is integrable, and E(x) = E(y)."""
    law = premises[0].statement
    require("transport", "law", law.head == "law", law)
    _random("transport", "link", x)
    _random("transport", "link", y)
    sorts, size = law.data, len(law.data)
    z, other = law.args
    first = instantiate(z, [var(size + 1, "W"), *_indices(sorts)])
    second = instantiate(other, [var(size, "W"), *_indices(sorts)])
    equal_values = eq(instantiate(x, [var(1, "W")]), instantiate(y, [var(0, "W")]))
    wanted = everywhere("WW", imp(everywhere(sorts, eq(first, second)), equal_values))
    require("transport", "link", premises[1].statement is wanted, premises[1].statement, wanted)
    require("transport", "integrable", premises[2].statement is integrable(y), premises[2].statement, y)
    return Sequent(joined(premises), land(integrable(x), eq(expectation(x), expectation(y))))


@inference("joint", 3, "term")
def joint(premises: Sequence[Theorem], other: Term) -> Sequent:
    """`other` is the second family, under the binders of the outcome, the block and the inner indices."""
    z, block, inner = _family("joint", premises[0])
    sorts = dict(enumerate(reversed("W" + block + inner)))
    require("joint", "determined", all(sorts.get(i) == s for i, s in loose_sorts(other)), other)

    def at(family: Term, outcome: int, shifted: int) -> Term:
        """The family at an outcome, at block indices that stand `shifted` binders further out than the inner ones."""
        blocks = [var(len(block) - 1 - i + shifted + len(inner), s) for i, s in enumerate(block)]
        return instantiate(family, [var(outcome, "W"), *blocks, *_indices(inner)])

    # for all blocks, for all w, w': equal block of z -> equal block of the other family
    size = len(inner)
    wanted = everywhere(
        block + "WW",
        imp(
            everywhere(inner, eq(at(z, size + 1, 2), at(z, size, 2))),
            everywhere(inner, eq(at(other, size + 1, 2), at(other, size, 2))),
        ),
    )
    require("joint", "determined", premises[1].statement is wanted, premises[1].statement, wanted)
    outright = everywhere("W" + inner, eq(at(z, size, 1), at(other, size, 1)))
    same_law = term("law", inner, (at(z, size, 1), at(other, size, 1)))
    marginals = everywhere(block, term("or", None, (outright, same_law)))
    require("joint", "marginals", premises[2].statement is marginals, premises[2].statement, marginals)
    return Sequent(joined(premises), term("law", block + inner, (z, other)))

