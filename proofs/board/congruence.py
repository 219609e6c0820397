"""Congruence: f(a) = f(b) from a = b, also below the indices of sums, for the atoms of what remains to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..kernel.normal import normal
from ..kernel.polynomial import Polynomial
from ..kernel.term import ZERO, Term, eq, instantiate, lt, sub
from ..kernel.theorem import Theorem, infer
from .certify import OutOfTime, Stuck, certify
from .conversion import differences, replaced
from .facts import fresh, readings
from .knowledge import Knowledge
from .rows import openings

NESTED = 3  # congruences inside congruences


def congruences(known: Knowledge, goal: Term, remainder: Polynomial) -> list[Theorem]:
    """Equations between atoms of the remainder, and between those of the goal where equal indices rename them."""
    return [*_congruences(known, remainder), *_renamings(known, goal)]


def _renamings(known: Knowledge, goal: Term) -> Iterator[Theorem]:
    """f(i) = f(n) for the closed atoms f(i) at hand, where i = n is known of an index i."""
    equal = [t for t in known.theorems if t.statement.head == "eq" and _is_index(t.statement.args[0])]
    if not equal:
        return
    polynomials = [normal(sub(goal.args[1], goal.args[0])), *(f.gap for f in known.facts if not f.variables)]
    atoms = dict.fromkeys(
        a for p in polynomials for m in p for a, _ in m if a.head in ("app", "bracket") and a.args and not a.loose
    )
    for theorem in equal:
        old, new = theorem.statement.args
        for atom in atoms:
            if old.data in atom.symbols:
                same = infer("cert", [], eq(atom, atom), (), ZERO)
                yield infer("rewrite", [theorem, same], eq(atom, replaced(atom, old, new)))


def _congruences(known: Knowledge, remainder: Polynomial, depth: int = NESTED) -> Iterator[Theorem]:
    """Equations between atoms of the remainder that differ in their arguments alone."""
    sites = [(counts, below) for m in remainder for counts, below in openings(m)]
    tried: set[tuple[Term, Term]] = set()
    for i, (counts, first) in enumerate(sites):
        for other, second in sites[i:]:
            if other != counts:
                continue
            for a, _ in first:
                for b, _ in second:
                    if (a, b) in tried or (b, a) in tried or len(tried) > 60:
                        continue
                    tried.add((a, b))
                    if (
                        a is not b
                        and a.data == b.data
                        and a.head == b.head
                        and a.head in ("app", "bracket", "pow")
                        and a.args
                    ):
                        lemma = _congruent(known, counts, a, b, depth)
                        if lemma is not None:
                            yield lemma


def _congruent(known: Knowledge, counts: Sequence[Term], a: Term, b: Term, depth: int) -> Theorem | None:
    """for all indices below the counts, a = b"""
    indices = [fresh("N", "i") for _ in counts]
    guards = [lt(i, instantiate(c, indices[:k])) for k, (i, c) in enumerate(zip(indices, counts, strict=True))]
    a, b = instantiate(a, indices), instantiate(b, indices)
    inner = known
    for guard in guards:
        inner = inner.assuming(guard, "")
    same = infer("cert", [], eq(a, a), (), ZERO)
    for x, y in differences(a, b):
        try:
            equal = inner.certified(eq(x, y), 60, 2)
        except OutOfTime:
            raise
        except Stuck as error:
            nested = list(_congruences(inner, error.remainder, depth - 1)) if error.remainder and depth else []
            if not nested:
                return None
            try:
                equal = certify(
                    eq(x, y), [*inner.facts, *(f for t in nested for f in readings(t))], known.deadline, 60, 2
                )
            except OutOfTime:
                raise
            except Stuck:
                return None
        same = infer("rewrite", [equal, same], eq(a, replaced(same.statement.args[1], x, y)))
    if same.statement is not eq(a, b):
        return None
    for guard, index in zip(reversed(guards), reversed(indices), strict=True):
        same = infer("generalise", [infer("discharge", [same], guard)], index.data)
    return same


def _is_index(t: Term) -> bool:
    return t.head == "app" and not t.args and t.sort == "N"
