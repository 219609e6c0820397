"""Sums in the normal form: linear, contracted, pulled apart, and with nested sums in one canonical order."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, permutations
from typing import NamedTuple

from . import brackets
from . import normal as nf
from .polynomial import (
    UNIT,
    Monomial,
    Polynomial,
    as_constant,
    constant,
    minus,
    monomial_term,
    scaled,
    single,
    to_term,
    total,
)
from .term import Term, add, lt, num, rebuild, shift, term, var

EXPAND = 32  # sums over i < c are written out for numbers c up to this
ORDERS = 120  # orders of nested sums that are tried


def summed(count: Term, body: Polynomial) -> Polynomial:
    """The sum of `body` (under the binder of the index) over indices below `count`."""
    size = nf.normal(count)
    value = as_constant(size)
    last = int(size.get(UNIT, 0)) if value is None else int(value)
    if value is not None and value > EXPAND:
        return total(scaled(_sum_of_monomial(count, m), c) for m, c in body.items())
    parts = []
    start: Term = num(0)
    if value is None:
        rest = minus(size, constant(last))
        start = to_term(rest)
        if last < 0 or start.sort != "N":
            start, last = count, 0
        parts = [scaled(_sum_of_monomial(start, m), c) for m, c in body.items()]
    parts += [nf.at(body, add(start, num(i))) for i in range(last)]
    return total(parts)


def _sum_of_monomial(count: Term, m: Monomial) -> Polynomial:
    index = var(0, "N")
    known = _below(count)
    factors = []
    for atom, e in m:
        if known.get(atom) == 0:
            return {}
        if atom not in known:
            factors.append((atom, e))
    for atom, _ in factors:
        if atom.head == "bracket" and atom.args[0].head == "eq" and 0 in atom.loose:
            solution = brackets.solve(nf.normal(atom.args[0].args[0]), only=index)
            if solution is not None:
                target = shift(solution[1], -1)
                rest = nf.at({tuple(f for f in factors if f[0] is not atom): Fraction(1)}, target)
                return nf.times(brackets.indicator(lt(target, count)), rest)
    free = tuple((a, e) for a, e in factors if 0 not in a.loose)
    bound = tuple((a, e) for a, e in factors if 0 in a.loose)
    inner = single(_canonical_sum(count, bound)) if bound else nf.normal(count)
    return nf.times(nf.product(nf.lowered(free)), inner)


def _below(count: Term) -> dict[Term, int]:
    """The brackets whose value i < count decides, for the index i of the sum."""
    bound = shift(count, 1)
    value = brackets.indicator(lt(var(0, "N"), bound))  # is 1 here, and [i = count] is 0
    decided: dict[Term, int] = {}
    for vanishing in (minus(constant(1), value), brackets.is_zero(minus(nf.normal(bound), nf.normal(var(0, "N"))))):
        if brackets.is_natural(vanishing):  # no term is negative, so each is 0; with other signs they may cancel
            decided.update((m[0][0], 0) for m in vanishing if len(m) == 1)
    if len(value) == 1:
        ((m, c),) = value.items()
        if len(m) == 1 and c == 1:
            decided[m[0][0]] = 1
    return decided


class _Nest(NamedTuple):
    """A nest of sums: the counts (outermost first, free of the indices of the nest) and a product below them all."""

    counts: tuple[Term, ...]
    factors: Monomial


def _canonical_sum(count: Term, factors: Monomial) -> Term:
    nest = _flattened(count, factors)
    if nest is None:
        return term("sum", None, (count, monomial_term(factors)))
    best: Term | None = None
    size = len(nest.counts)
    for tried, order in enumerate(permutations(range(size))):
        if tried >= ORDERS:
            break
        counts = [nest.counts[i] for i in order]
        if any(b < a for a, b in pairwise(counts)):
            continue
        candidate = _nested(counts, nest.factors, order)
        if candidate is not None and (best is None or candidate < best):
            best = candidate
    return best if best is not None else term("sum", None, (count, monomial_term(factors)))


def _flattened(count: Term, factors: Monomial) -> _Nest | None:
    """The nest with the sums among `factors` opened; None if a count depends on an index of the nest."""
    counts = [count]
    pending = list(factors)
    done: list[tuple[Term, int]] = []
    while pending:
        atom, e = pending.pop()
        if atom.head != "sum" or e < 1:
            done.append((atom, e))
            continue
        if e > 1:
            pending.append((atom, e - 1))
        depth = len(counts)
        if atom.args[0].loose and atom.args[0].loose[0] < depth:
            return None
        counts.append(shift(atom.args[0], -depth))
        pending = [(shift(a, 1), k) for a, k in pending]
        done = [(shift(a, 1), k) for a, k in done]
        body = nf.normal(atom.args[1])
        if len(body) != 1:
            return None
        ((m, c),) = body.items()
        if c != 1:
            return None
        pending.extend(m)
    merged = nf.product(tuple(done))
    if len(merged) != 1:
        return None
    ((m, c),) = merged.items()
    return _Nest(tuple(counts), m) if c == 1 else None


def _nested(counts: list[Term], factors: Monomial, order: tuple[int, ...]) -> Term | None:
    """The nest with its binders in the given order; None if a factor does not keep its shape under the renaming."""
    size = len(counts)
    place = {size - 1 - old: size - 1 - new for new, old in enumerate(order)}

    def rename(node: Term, depth: int) -> Term | None:
        if not node.loose or node.loose[-1] < depth:
            return node
        if node.head == "var" and depth <= node.data[0] < depth + size:
            return var(place[node.data[0] - depth] + depth, node.sort)
        return None

    renamed = nf.product(tuple((rebuild(a, rename), e) for a, e in factors))
    if len(renamed) != 1:
        return None
    ((m, c),) = renamed.items()
    if c != 1:
        return None
    body = monomial_term(m)
    for depth in range(size - 1, -1, -1):
        body = term("sum", None, (shift(counts[depth], depth), body))
    return body


nf.FORMS["sum"] = lambda t: summed(nf.canonical(t.args[0]), nf.normal(t.args[1]))
