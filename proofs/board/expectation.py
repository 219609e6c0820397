"""Moves about expectations: linear expansion, domination, equal laws, independent blocks. Each ends in one rule."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from ..kernel.chance import determined, everywhere, integrable
from ..kernel.instance import summed
from ..kernel.normal import canonical, normal
from ..kernel.polynomial import Monomial, monomial_term
from ..kernel.term import (
    ONE,
    Term,
    abstract,
    add,
    eq,
    imp,
    instantiate,
    le,
    lnot,
    mul,
    neg,
    num,
    shift,
    subterms,
    term,
    var,
)
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from .certify import Stuck
from .conversion import converted
from .facts import Fact, fact, fresh
from .match import matches
from .rows import opened
from .search import Search


def expansion(body: Term, theorems: Sequence[Theorem]) -> Theorem:
    """int(body) and E body = the sum of its terms' expectations, from facts that say which terms are integrable.

    `body` is under the binder of the outcome. Its products are multiplied out; if a term of them is not known to be
    integrable, the terms of `body` as it is written are tried. Raises Stuck with the first term that no fact calls
    integrable.
    """
    outcome = fresh("W", "w")
    x = instantiate(body, [outcome])
    opened_terms = [(num(c), *_all_opened(m, outcome)) for m, c in normal(x).items()]
    multiplied = [(counts, c, monomial_term(m)) for c, counts, m in opened_terms]
    try:
        return _expanded(body, multiplied, outcome, theorems)
    except Stuck as error:
        try:
            return _expanded(body, list(_written(x, (), ONE, outcome)), outcome, theorems)
        except Stuck:
            raise error from None


def _written(
    t: Term, counts: tuple[Term, ...], c: Term, outcome: Term
) -> Iterator[tuple[tuple[Term, ...], Term, Term]]:
    """(counts of the sums around it, coefficient, term) for the summands of t as it is written."""
    if t.head == "add":
        for a in t.args:
            yield from _written(a, counts, c, outcome)
    elif t.head == "sum":
        yield from _written(t.args[1], (*counts, t.args[0]), shift(c, 1), outcome)
    elif t.head == "mul":
        free = [a for a in t.args if outcome.data not in a.symbols]
        random = [a for a in t.args if outcome.data in a.symbols]
        if free and len(random) == 1:
            yield from _written(random[0], counts, mul(c, *free), outcome)
        else:
            yield counts, mul(c, *free), mul(*random)
    else:
        yield counts, c, t


def _expanded(
    body: Term, terms: Sequence[tuple[tuple[Term, ...], Term, Term]], outcome: Term, theorems: Sequence[Theorem]
) -> Theorem:
    """The expansion into these terms, each the sum over its counts of a coefficient times a random term."""
    known = [(t, f) for t, f in ((t, fact(t)) for t in theorems) if f.core.head == "int"]
    granted = {t.statement: t for t in theorems}
    premises: dict[Theorem, int] = {}
    entries = []
    constants: list[Term] = []
    for counts, c, t in terms:
        (m, factor), *others = normal(t).items() or [((), Fraction(0))]
        free = mul(num(factor), monomial_term(tuple(f for f in m if outcome.data not in f[0].symbols)))
        random = t if others else monomial_term(tuple(f for f in m if outcome.data in f[0].symbols))
        coefficient = c if others else mul(c, free)
        if outcome.data not in random.symbols:
            constants.append(summed(counts, mul(coefficient, random)))
            continue
        found = _known_integral(random, outcome, known)
        if found is None:
            raise Stuck(f"not known to be integrable: {text(random)}")
        theorem, values = _specialised(*found, granted)
        entries.append((counts, coefficient, premises.setdefault(theorem, len(premises)), values))
    return infer("expect_linear", list(premises), body, add(*constants), tuple(entries), 0)


def _known_integral(
    t: Term, outcome: Term, known: Sequence[tuple[Theorem, Fact]]
) -> tuple[Theorem, tuple[Term, ...]] | None:
    """The fact that calls t integrable, and the values at which it does."""
    wanted = integrable(abstract(t, [outcome.data]))
    for theorem, found in known:
        values = _instance(found.core, wanted, found.variables)
        if values is not None:
            return theorem, values
    return None


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


def _specialised(
    theorem: Theorem, values: tuple[Term, ...], known: Mapping[Term, Theorem]
) -> tuple[Theorem, tuple[Term, ...]]:
    """The theorem at its first values, as far as they are closed, without guards that are known; the values left."""
    while True:
        statement = theorem.statement
        if statement.head == "all" and values and not values[0].loose:
            theorem, values = infer("instantiate", [theorem], values[0]), values[1:]
        elif statement.head == "imp" and statement.args[0] in known:
            theorem = infer("taut", [theorem, known[statement.args[0]]], statement.args[1])
        else:
            return theorem, values


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
    left = _by_blocks(determined(body, z, block, inner, selected), z, block, inner, search)
    right = _by_blocks(determined(other, z, block, inner, lnot(selected)), z, block, inner, search)
    integrals = [integral(x, search.theorems) for x in (body, other)]
    return infer("factor", [independence, left, right, *integrals], body, other, selected)


def _by_blocks(goal: Term, z: Term, block: str, inner: str, search: Search) -> Theorem:
    """`goal`, a formula of `determined`, from the members of a family such as [i = 0] X + [i = 1] Y, block by block."""
    brackets = [t.args[0] for t in subterms(z) if t.head == "bracket" and t.args[0].head == "eq"]
    numbers = dict.fromkeys(a for p in brackets for a in p.args if a.head == "num" and a.sort == "N")
    outcomes = [fresh("W", "w"), fresh("W", "w")]
    opened_goal = instantiate(instantiate(goal.args[0], outcomes[:1]).args[0], outcomes[1:])
    same, conclusion = opened_goal.args
    granted = infer("assume", (), same)
    found = []
    for values in itertools.product(numbers, repeat=len(block)):
        instance, indices = granted, [fresh(s, "r") for s in inner]
        for value in (*values, *indices):
            instance = infer("instantiate", [instance], value)
        guard, equation = instance.statement.args
        selected = search.taut(guard)
        if selected is None:
            continue
        instance = converted(infer("taut", [instance, selected], equation), canonical(equation))
        for index in reversed(indices):
            instance = infer("generalise", [instance], index.data)
        found.append(instance)
    if not found:
        return search.prove(goal)
    theorem = infer("discharge", [search.extended(found).prove(conclusion)], same)
    for outcome in reversed(outcomes):
        theorem = infer("generalise", [theorem], outcome.data)
    return theorem


def same_law(other: Term, independence: Theorem, search: Search) -> Theorem:
    """law(Z; Z') for independent blocks of Z, each of which determines that of Z' and is like it in law.

    The search proves both. `other` is Z' under the binders of the outcome, the block indices and the inner ones.
    """
    z = independence.statement.args[0]
    block, inner = independence.statement.data
    size = len(inner)
    inside = [var(size - 1 - i, s) for i, s in enumerate(inner)]

    def at(family: Term, outcome: int, shifted: int) -> Term:
        blocks = [var(len(block) - 1 - i + shifted + size, s) for i, s in enumerate(block)]
        return instantiate(family, [var(outcome, "W"), *blocks, *inside])

    same, same_other = (everywhere(inner, eq(at(f, size + 1, 2), at(f, size, 2))) for f in (z, other))
    outright = everywhere("W" + inner, eq(at(z, size, 1), at(other, size, 1)))
    alike = term("law", inner, (at(z, size, 1), at(other, size, 1)))
    determining = search.prove(everywhere(block + "WW", imp(same, same_other)))
    marginals = search.prove(everywhere(block, term("or", None, (outright, alike))))
    return infer("joint", [independence, determining, marginals], other)
