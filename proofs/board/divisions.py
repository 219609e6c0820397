"""Definedness: 1/0 is 0 in the kernel, so a reader wants to know that no statement divides by 0."""

from __future__ import annotations

from collections.abc import Iterator

from ..kernel.term import ZERO, Term, eq, imp, instantiate, lnot, lt
from .facts import fresh
from .proposition import Proposition


def obligations(claim: Proposition, *, definitions: bool = True) -> list[Term]:
    """For each division of statement and hypotheses: what holds where it stands implies that its denominator is not 0.

    Quantified variables are free symbols here; numbers as denominators need no obligation. Together with the hypotheses
    each of these formulas has to be provable. Without `definitions` those are left out: one for all n may divide by n
    where no part asks for n = 0.
    """
    found: dict[Term, None] = {}
    assumed = [h.term for h in claim.hypotheses if definitions or h.role != "definition"]
    for formula in (*claim.terms.values(), *assumed):
        found.update(dict.fromkeys(_divisions(formula, ())))
    return list(found)


def _divisions(t: Term, given: tuple[Term, ...]) -> Iterator[Term]:
    if t.head == "inv" and t.args[0].head != "num":
        yield imp(*given, lnot(eq(t.args[0], ZERO)))
    if t.head == "imp":
        premise, conclusion = t.args
        yield from _divisions(premise, given)
        yield from _divisions(conclusion, (*given, premise))
        return
    for argument, sorts in zip(t.args, t.binds, strict=True):
        variables = [fresh(sort) for sort in sorts]
        positive = tuple(lt(ZERO, x) for x in variables) if t.head == "lim" and "R" in sorts else ()
        below = tuple(lt(i, t.args[0]) for i in variables) if t.head == "sum" else ()
        yield from _divisions(instantiate(argument, variables), (*given, *positive, *below))
