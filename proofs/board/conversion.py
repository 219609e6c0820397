"""Equal terms for each other: where two terms of one shape differ, and formulas with one canonical form."""

from __future__ import annotations

from collections.abc import Iterator

from ..kernel.logic import loose_sorts
from ..kernel.rules import RuleError
from ..kernel.term import ZERO, Term, eq, instantiate, rebuild
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from .certify import Stuck
from .facts import fresh


def converted(theorem: Theorem, goal: Term) -> Theorem:
    """`goal` from a theorem with the same canonical form, numeric part by numeric part. Raises Stuck."""
    statement = theorem.statement
    if statement is goal:
        return theorem
    try:
        return infer("taut", [theorem], goal)
    except RuleError:
        pass
    for x, y in formula_differences(statement, goal):
        lemma = general_equation(x, y)
        theorem = infer("rewrite", [lemma, theorem], replaced(theorem.statement, x, y))
    if theorem.statement is not goal:
        raise Stuck(f"cannot turn {text(theorem.statement)} into {text(goal)}")
    return theorem


def formula_differences(a: Term, b: Term) -> Iterator[tuple[Term, Term]]:
    """The numeric terms in which two formulas of one shape differ, below quantifiers too."""
    if a is b:
        return
    if a.sort == "F" and b.sort == "F" and a.head == b.head and a.data == b.data and len(a.args) == len(b.args):
        for x, y in zip(a.args, b.args, strict=True):
            yield from formula_differences(x, y)
    elif a.sort in "NR" and b.sort in "NR":
        yield a, b


def general_equation(x: Term, y: Term) -> Theorem:
    """x = y with its loose variables quantified, for two terms of one normal form."""
    sorts = dict(loose_sorts(x) | loose_sorts(y))
    size = max(sorts, default=-1) + 1
    values = [fresh(sorts.get(size - 1 - i, "N")) for i in range(size)]
    theorem = infer("cert", [], eq(instantiate(x, values), instantiate(y, values)), (), ZERO)
    for value in reversed(values):
        theorem = infer("generalise", [theorem], value.data)
    return theorem


def differences(a: Term, b: Term) -> Iterator[tuple[Term, Term]]:
    """The largest numeric terms in which two terms of one shape differ (none below binders)."""
    if a is b:
        return
    if (
        a.head == b.head
        and a.data == b.data
        and len(a.args) == len(b.args)
        and (a.head in ("app", "bracket") or a.sort == "F")
    ):
        for x, y in zip(a.args, b.args, strict=True):
            yield from differences(x, y)
    elif a.sort in "NR" and b.sort in "NR":
        yield a, b


def replaced(t: Term, old: Term, new: Term) -> Term:
    """`t` with `new` in every place of `old`."""
    return rebuild(t, lambda node, _: new if node is old else None)
