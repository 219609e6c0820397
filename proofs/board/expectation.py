"""Moves about expectations: linear expansion, domination, equal laws, independent blocks. Each ends in one kernel rule."""

from __future__ import annotations

from collections.abc import Sequence

from ..kernel.chance import determined, everywhere, integrable
from ..kernel.instance import summed
from ..kernel.normal import canonical, normal
from ..kernel.polynomial import Monomial, monomial_term
from ..kernel.term import Term, abstract, add, eq, imp, instantiate, le, lnot, mul, neg, num, var
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from .certify import Stuck
from .facts import fact, fresh
from .match import matches
from .rows import opened
from .search import Search


def expansion(body: Term, theorems: Sequence[Theorem]) -> Theorem:
    """int(body) and E body = the sum of its terms' expectations, from facts that say which terms are integrable.

    `body` is under the binder of the outcome. Raises Stuck with the first term that no fact calls integrable.
    """
    outcome = fresh("W", "w")
    known = [(t, fact(t)) for t in theorems]
    known = [(t, f) for t, f in known if f.core.head == "int"]
    premises: dict[Theorem, int] = {}
    entries = []
    constants: list[Term] = []
    for m, c in normal(instantiate(body, [outcome])).items():
        counts, factors = _all_opened(m, outcome)
        random = tuple(f for f in factors if outcome.data in f[0].symbols)
        free = tuple(f for f in factors if outcome.data not in f[0].symbols)
        coefficient = mul(num(c), monomial_term(free))
        if not random:
            constants.append(summed(counts, coefficient))
            continue
        wanted = integrable(abstract(monomial_term(random), [outcome.data]))
        for theorem, found in known:
            values = _instance(found.core, wanted, found.variables)
            if values is not None:
                entries.append((counts, coefficient, premises.setdefault(theorem, len(premises)), values))
                break
        else:
            raise Stuck(f"not known to be integrable: {text(monomial_term(random))}")
    return infer("expect_linear", list(premises), body, add(*constants), tuple(entries), 0)


def _all_opened(m: Monomial, outcome: Term) -> tuple[tuple[Term, ...], Monomial]:
    counts: tuple[Term, ...] = ()
    while True:
        random = [a for a, e in m if a.head == "sum" and e > 0 and outcome.data in a.symbols]
        if not random:
            return counts, m
        counts, m = opened(counts, m, random[0])


def _instance(pattern: Term, wanted: Term, variables: Sequence[Term]) -> tuple[Term, ...] | None:
    for binding in matches(canonical(pattern), canonical(wanted), {}):
        if all(v.data in binding for v in variables):
            return tuple(binding[v.data] for v in variables)
    return None


def dominated(body: Term, bound: Term, search: Search) -> Theorem:
    """int X and -E Y <= E X <= E Y, from |X| <= Y (proved by the search) and int Y (a fact, or an expansion)."""
    known = integral(bound, search.theorems)
    below = search.prove(everywhere("W", le(neg(bound), body)))
    above = search.prove(everywhere("W", le(body, bound)))
    return infer("dominated", [below, above, known])


def integral(body: Term, theorems: Sequence[Theorem]) -> Theorem:
    """The theorem int(body), from a fact or by expansion."""
    goal = integrable(body)
    for theorem in theorems:
        if theorem.statement is goal:
            return theorem
    return infer("taut", [expansion(body, theorems)], goal)


def same_mean(body: Term, other: Term, law: Theorem, search: Search) -> Theorem:
    """int X and E X = E Y from law(Z; Z'), int Y and: Z(w) = Z'(w') implies X(w) = Y(w') (proved by the search)."""
    z, z_other = law.statement.args
    sorts, size = law.statement.data, len(law.statement.data)
    indices = [var(size - 1 - i, s) for i, s in enumerate(sorts)]
    same = eq(instantiate(z, [var(size + 1, "W"), *indices]), instantiate(z_other, [var(size, "W"), *indices]))
    equal = eq(instantiate(body, [var(1, "W")]), instantiate(other, [var(0, "W")]))
    link = search.prove(everywhere("WW", imp(everywhere(sorts, same), equal)))
    return infer("transport", [law, link, integral(other, search.theorems)], body, other)


def product(body: Term, other: Term, independence: Theorem, selected: Term, search: Search) -> Theorem:
    """int XY and E XY = E X E Y, X determined by the blocks with `selected`, Y by the others (proved by the search)."""
    z = independence.statement.args[0]
    block, inner = independence.statement.data
    left = search.prove(determined(body, z, block, inner, selected))
    right = search.prove(determined(other, z, block, inner, lnot(selected)))
    integrals = [integral(x, search.theorems) for x in (body, other)]
    return infer("factor", [independence, left, right, *integrals], body, other, selected)

