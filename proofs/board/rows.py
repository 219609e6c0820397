"""Proposals for certificates: multiples of facts whose monomials meet the monomials of what is left to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from ..kernel.instance import summed
from ..kernel.language import TermError
from ..kernel.normal import canonical, normal
from ..kernel.order import visibly_nonnegative
from ..kernel.polynomial import Monomial, Polynomial, degree, leading, monomial_term
from ..kernel.term import ONE, ZERO, Term, add, bracket, eq, inv, mul, shift, sub, symbol
from ..kernel.theorem import infer
from .facts import RELATIONS, Fact, fact, has_pattern
from .match import Binding, bound, divide, matches

_x = symbol("x", ">R")
_RECIPROCAL = eq(mul(_x, inv(_x)), sub(ONE, bracket(eq(_x, ZERO))))
DEPTH = 5  # sums that are opened at once

Part: TypeAlias = "tuple[Fact, tuple[Term, ...]]"  # a fact and the values of its quantifiers


@dataclass(frozen=True, eq=False)
class Row:
    """One summand of a certificate up to a rational weight: a sum over `counts` of coefficient * gaps of `parts`."""

    counts: tuple[Term, ...]
    coefficient: Term
    parts: tuple[Part, ...]
    origin: Monomial | None = None  # the monomial it was proposed for: what an equation rewrites

    @property
    def equation(self) -> bool:
        """Whether its weight may be negative."""
        return any(found.equation for found, _ in self.parts)

    @property
    def strict(self) -> bool:
        """Whether it is a product of strict inequalities without guards, and nothing else."""
        plain = not self.counts and self.coefficient is ONE
        return plain and all(f.core.head == "lt" and f.mode == "gap" and not f.guards for f, _ in self.parts)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from other rows."""
        return self.counts, self.coefficient, tuple((id(f), values) for f, values in self.parts)

    @property
    def guards(self) -> Iterator[Term]:
        """The guards of its parts, at their values."""
        for found, values in self.parts:
            table = {v.data: value for v, value in zip(found.variables, values, strict=True)}
            yield from (bound(g, table) for g in found.guards)

    @cached_property
    def polynomial(self) -> Polynomial:
        """The normal form of the summand. Raises TermError if a value has the wrong sort."""
        factors = [self.coefficient]
        for found, values in self.parts:
            table = {v.data: value for v, value in zip(found.variables, values, strict=True)}
            factors += [bracket(bound(g, table)) for g in found.guards]
            left, right = (ONE, bracket(found.core)) if found.mode == "bracket" else found.core.args
            factors.append(bound(sub(right, left), table))
        return normal(summed(self.counts, mul(*factors)))


def openings(m: Monomial) -> Iterator[tuple[tuple[Term, ...], Monomial]]:
    """(counts, product below them): the monomial itself, and with its sums opened one after the other."""
    seen: set[tuple[tuple[Term, ...], Monomial]] = set()
    pending: list[tuple[tuple[Term, ...], Monomial]] = [((), m)]
    while pending:
        counts, below = pending.pop(0)
        if (counts, below) in seen:
            continue
        seen.add((counts, below))
        yield counts, below
        if len(counts) < DEPTH:
            pending.extend(opened(counts, below, atom) for atom, e in below if atom.head == "sum" and e > 0)


def opened(counts: tuple[Term, ...], m: Monomial, atom: Term) -> tuple[tuple[Term, ...], Monomial]:
    """`m` with one factor `atom`, a sum, moved under its binder."""
    factors = dict(m)
    factors[atom] -= 1
    rest = [(shift(a, 1), e) for a, e in factors.items() if e]
    ((inner, _),) = normal(atom.args[1]).items()  # an atom in normal form has a monomial as its body
    below = dict(rest)
    for a, e in inner:
        below[a] = 1 if a.head == "bracket" else below.get(a, 0) + e
    return (*counts, atom.args[0]), tuple(sorted((f for f in below.items() if f[1]), key=lambda f: f[0]))


def proposals(m: Monomial, facts: Sequence[Fact]) -> Iterator[Row]:
    """Rows in which some monomial of a fact's gap, times a cofactor, is `m`."""
    for counts, below in openings(m):
        for found in facts:
            for row in _from_fact(counts, below, found, facts):
                yield replace(row, origin=m)


def _from_fact(counts: tuple[Term, ...], below: Monomial, found: Fact, facts: Sequence[Fact]) -> Iterator[Row]:
    patterns = found.gap if found.defined is None else [((canonical(found.defined), 1),)]
    for pattern in patterns:
        if not pattern:
            anywhere = found.core.head == "eq" and any(degree(m) > 1 for m in found.gap)
            if found.mode == "gap" and not found.variables and (anywhere or not (below or counts)):
                yield Row(counts, monomial_term(below), ((found, ()),))
            continue
        if counts and not any(0 <= i < len(counts) for a, _ in below for i in a.loose):
            continue
        if not found.variables:
            yield from _cleared(counts, pattern, below, found)
        for partial, rest in divide(pattern, below, {}):
            for binding in _completed(partial, found, facts):
                values = tuple(binding[v.data] for v in found.variables)
                if any(has_pattern(v) for v in values):
                    continue
                try:
                    row = Row(counts, monomial_term(rest), ((found, values),))
                    row.polynomial  # noqa: B018 - computed here so that a wrong sort shows up here
                except TermError:
                    continue
                yield row


def _completed(binding: Binding, found: Fact, facts: Sequence[Fact]) -> Iterator[Binding]:
    """The binding if it has all the variables, else its extensions by which a guard is a known comparison."""
    if all(v.data in binding for v in found.variables):
        yield binding
        return
    for guard in found.guards:
        if guard.head not in RELATIONS or all(v.data in binding for v in found.variables if v.data in guard.symbols):
            continue
        try:
            wanted = canonical(bound(guard, binding))
        except TermError:
            return
        for known in facts:
            if known.core.head == guard.head and not known.variables and not known.guards and known.mode == "gap":
                for extended in matches(wanted, canonical(known.core), binding):
                    if all(v.data in extended for v in found.variables):
                        yield extended


def _cleared(counts: tuple[Term, ...], pattern: Monomial, below: Monomial, found: Fact) -> Iterator[Row]:
    """A closed fact times what clears a denominator of it: a b^-1 meets a when multiplied by b."""
    factors, wanted = dict(below), dict(pattern)
    if all(e > 0 or factors.get(a, 0) < 0 for a, e in pattern):
        return
    if all(e < 0 or factors.get(a, 0) >= e for a, e in pattern) and any(e > 0 for _, e in pattern):
        atoms = sorted({*factors, *wanted})
        rest = tuple((a, e) for a in atoms if (e := factors.get(a, 0) - wanted.get(a, 0)))
        yield Row(counts, monomial_term(rest), ((found, ()),))


RECIPROCAL = fact(infer("generalise", [infer("cert", [], _RECIPROCAL, (), ZERO)], ("x", ">R")))


def denominators(m: Monomial, bases: Iterable[Term]) -> Iterator[Row]:
    """Multiples of b (1/b) = 1 - [b = 0] for the composite denominators b."""
    factors = dict(m)
    for base in bases:
        cofactors = [m]
        head = dict(leading(normal(base)))
        if factors.get(base, 0) < 0 and all(factors.get(a, 0) >= e for a, e in head.items()):
            rest = {a: e - head.get(a, 0) + (a is base) for a, e in factors.items()}
            cofactors.append(tuple((a, e) for a, e in rest.items() if e))
        for cofactor in cofactors:
            yield Row((), monomial_term(cofactor), ((RECIPROCAL, (base,)),))


def squares(m: Monomial, residual: Polynomial) -> Iterator[Row]:
    """(a - b)^2 and (a + b)^2 for a mixed product a b; also for b = 1 where a^2 is at hand."""
    if len(m) == 1 and m[0][1] == 1 and ((m[0][0], 2),) in residual:
        for t in (sub(m[0][0], ONE), add(m[0][0], ONE)):
            yield Row((), mul(t, t), ())
    if len(m) == 2 and all(e == 1 and atom.head != "bracket" for atom, e in m):
        (a, _), (b, _) = m
        for t in (sub(a, b), add(a, b)):
            yield Row((), mul(t, t), ())


def signed(row: Row, facts: Sequence[Fact]) -> Row | None:
    """The row with a visibly nonnegative coefficient, factors of it moved to facts; None if there is no way."""
    if row.equation or visibly_nonnegative(row.coefficient):
        return row
    kept: list[tuple[Term, int]] = []
    parts = list(row.parts)
    for m in normal(row.coefficient):
        for atom, e in m:
            if visibly_nonnegative(atom) or e % 2 == 0:
                kept.append((atom, e))
                continue
            part = positive(atom, facts)  # a^e = a * a^(e-1) for odd e, also for e < 0 and a = 0
            if part is None:
                return None
            parts.append(part)
            if e != 1:
                kept.append((atom, e - 1))
    coefficient = monomial_term(tuple(kept))
    return Row(row.counts, coefficient, tuple(parts), row.origin) if visibly_nonnegative(coefficient) else None


def positive(atom: Term, facts: Sequence[Fact]) -> Part | None:
    """A fact that says that the atom is not negative."""
    for found in facts:
        if found.equation or found.guards or len(found.gap) != 1:
            continue
        ((pattern, c),) = found.gap.items()
        if c < 0:
            continue
        for binding, rest in divide(pattern, ((atom, 1),), {}):
            if not rest and all(v.data in binding for v in found.variables) and Fraction(c) == 1:
                return found, tuple(binding[v.data] for v in found.variables)
    return None
