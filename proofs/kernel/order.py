"""The rule `cert`: a comparison from a certificate (a Positivstellensatz identity checked by the normal form)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .instance import instance, summed, under
from .normal import normal
from .polynomial import minus
from .rules import require
from .term import ONE, ZERO, Term, add, bracket, mul, sub
from .theorem import Sequent, Theorem, inference, joined

# One factor: (index of a premise, values of its quantifiers, "gap" for r - l or "bracket" for the equation [p] - 1 = 0)
Factor: TypeAlias = "tuple[int, tuple[Term, ...], str]"
# One summand: (counts of the sums around it, coefficient, factors)
Entry: TypeAlias = "tuple[tuple[Term, ...], Term, tuple[Factor, ...]]"


@inference("cert", None, "term", [(["term"], "term", [("int", ["term"], "text")])], "term")
def cert(premises: Sequence[Theorem], goal: Term, entries: Sequence[Entry], slack: Term) -> Sequent:
    """The comparison `goal`: right minus left is `slack` plus the summands, none of which is negative."""
    require("cert", "goal", goal.head in ("eq", "lt", "le") and not goal.loose, goal)
    require("cert", "instance", not slack.loose, slack)
    left, right = goal.args
    parts = [slack]
    strict = _visibly_positive(slack)
    for counts, coefficient, factors in entries:
        indices = len(counts)
        closed = all(under(c, i) for i, c in enumerate(counts)) and under(coefficient, indices)
        require("cert", "instance", closed, coefficient, f"terms in {indices} indices")
        equation, positive = False, indices == 0 and coefficient.head == "num" and coefficient.data > 0
        product = coefficient
        for number, values, mode in factors:
            named = 0 <= number < len(premises) and mode in ("gap", "bracket")
            require("cert", "premise", named, number, len(premises))
            found = instance("cert", "instance", premises[number].statement, values, indices, strip=mode == "gap")
            core = found.core
            if mode == "bracket":
                require("cert", "premise", core.borel, core)
                product = mul(product, sub(bracket(core), ONE))
            else:
                compares = core.head in ("eq", "lt", "le") and all(g.borel for g in found.guards)
                require("cert", "premise", compares, core)
                product = found.weight(mul(product, sub(core.args[1], core.args[0])))
            equation = equation or mode == "bracket" or core.head == "eq"
            positive = positive and core.head == "lt" and not found.guards and mode == "gap"
        require("cert", "sign", equation or (goal.head != "eq" and visibly_nonnegative(coefficient)), coefficient)
        strict = strict or (positive and not equation)
        parts.append(summed(counts, product))
    require("cert", "slack", slack is ZERO or (goal.head != "eq" and visibly_nonnegative(slack)), slack)
    require("cert", "strict", goal.head != "lt" or strict, goal)
    residual = minus(normal(sub(right, left)), normal(add(*parts)))
    require("cert", "residual", not residual, residual and sub(sub(right, left), add(*parts)), "0")
    return Sequent(joined(premises), goal)


def visibly_nonnegative(t: Term) -> bool:
    """Whether the shape of the term shows that it is never negative: naturals, even powers, squares, sums of such."""
    if t.sort == "N":
        return True
    if t.head == "num":
        return bool(t.data >= 0)
    if t.head == "pow":
        exponent = t.args[1]
        return visibly_nonnegative(t.args[0]) or (exponent.head == "num" and exponent.data % 2 == 0)
    if t.head == "mul":
        once: set[Term] = set()
        for factor in t.args:
            if not visibly_nonnegative(factor):
                once ^= {factor}
        return not once
    if t.head in ("add", "inv", "E"):
        return all(map(visibly_nonnegative, t.args))
    return t.head == "sum" and visibly_nonnegative(t.args[1])


def _visibly_positive(t: Term) -> bool:
    if t.head == "num":
        return bool(t.data > 0)
    return t.head == "add" and any(map(_visibly_positive, t.args)) and visibly_nonnegative(t)
