"""Existence: `not for all x, not p` from an instance, and the use of such a fact through a name for the instance."""

from __future__ import annotations

from ..kernel.term import Term, imp, instantiate, lnot, term
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from .certify import Stuck
from .knowledge import FALSE


def matrix(p: Term) -> tuple[str, Term]:
    """(sort, body) of an existence: body is under the binder of the variable. Raises Stuck for other formulas."""
    if p.head == "not" and p.args[0].head == "all" and p.args[0].args[0].head == "not":
        return p.args[0].data, p.args[0].args[0].args[0]
    raise Stuck(f"not an existence: {text(p)}")


def introduced(goal: Term, value: Term, instance: Theorem) -> Theorem:
    """The existence `goal` from the theorem that its body holds at `value`."""
    none = goal.args[0]
    refused = infer("instantiate", [infer("assume", (), none)], value)
    absurd = infer("discharge", [infer("taut", [refused, instance], FALSE)], none)
    return infer("taut", [absurd], goal)


def eliminated(existence: Theorem, name: Term, conclusion: Theorem) -> Theorem:
    """`conclusion` without the assumption that the body of the existence holds at `name`, a fresh symbol."""
    sort, body = matrix(existence.statement)
    assumed = instantiate(body, [name])
    goal = conclusion.statement
    without = infer("discharge", [conclusion], assumed)
    contrary = infer("assume", (), lnot(goal))
    never = infer("generalise", [infer("taut", [without, contrary], lnot(assumed))], name.data)
    wanted = term("all", sort, (lnot(body),))
    if never.statement is not wanted:
        raise Stuck(f"{text(name)} occurs in what is concluded: {text(goal)}")
    found = infer("discharge", [infer("taut", [existence, never], goal)], lnot(goal))
    return infer("taut", [found], goal) if found.statement is imp(lnot(goal), goal) else found
