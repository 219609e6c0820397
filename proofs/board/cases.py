"""The cases into which a search splits a goal: disjunctions among the facts, or the signs of a bracket's difference."""

from __future__ import annotations

from collections.abc import Sequence

from ..kernel.normal import normal
from ..kernel.polynomial import Polynomial
from ..kernel.term import ONE, ZERO, Term, add, bracket, eq, lnot, lor, lt, sub
from ..kernel.theorem import Theorem, infer
from .certify import certify
from .knowledge import FALSE, Knowledge
from .rows import Row


def cases(known: Knowledge, goal: Term, remainder: Polynomial | None) -> tuple[list[Theorem], list[Term]] | None:
    """(a theorem that one of the cases holds, or none if that is logic; the cases); None if nothing splits the goal."""
    for theorem in known.theorems:
        p = theorem.statement
        if p.head == "or" and not any(q.statement in p.args for q in known.theorems):
            return [theorem], list(p.args)
    for theorem in list(known.theorems):
        below = _below_successor(theorem.statement)
        if below and not any(q.statement in below for q in known.theorems):
            return [_either(known, theorem, below)], below
    for p in _brackets(known, goal, remainder):
        return [], _alternatives(p)
    return None


def _either(known: Knowledge, theorem: Theorem, cases: Sequence[Term]) -> Theorem:
    """i < n or i = n, from i < n + 1."""
    neither = lnot(lor(*cases))
    child = Knowledge([theorem, infer("assume", (), neither)], known.deadline)
    brackets = [Row((), ONE, ((f, ()),)) for f in child.facts if f.mode == "bracket"]
    absurd = certify(FALSE, child.facts, known.deadline, 60, 3, brackets)
    return infer("taut", [infer("discharge", [absurd], neither)], lor(*cases))


def _brackets(known: Knowledge, goal: Term, remainder: Polynomial | None) -> list[Term]:
    """Undecided formulas in closed brackets of the goal, of what is left of it, of closed facts; simplest first."""
    said = {t.statement for t in known.theorems}
    polynomials = [remainder or {}, normal(sub(goal.args[1], goal.args[0]))]
    polynomials += [f.gap for f in known.facts if not f.variables and f.mode == "gap"]
    found = dict.fromkeys(atom.args[0] for p in polynomials for m in p for atom, _ in m if atom.head == "bracket")
    return sorted(p for p in found if p.head in ("eq", "lt", "app") and not said & set(_alternatives(p)))


def _below_successor(p: Term) -> list[Term]:
    """[i < n, i = n] for a formula i < n + 1 about naturals, else []."""
    if p.head != "lt" or p.args[1].head != "add" or p.args[0].sort != "N" or p.args[1].sort != "N":
        return []
    *rest, last = p.args[1].args
    if last is not ONE:
        return []
    return [lt(p.args[0], add(*rest)), eq(p.args[0], add(*rest))]


def _alternatives(p: Term) -> list[Term]:
    """The cases that a bracket of `p` distinguishes: the signs of a difference, or p and its contrary."""
    if p.head not in ("eq", "lt"):
        return [p, lnot(p)]
    d = p.args[0] if p.head == "eq" else p.args[1]
    return [c for c in (lt(ZERO, d), eq(d, ZERO), lt(d, ZERO)) if normal(bracket(c))]
