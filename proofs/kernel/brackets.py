"""Brackets in the normal form: every comparison becomes statements about the sign of one canonical difference."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from . import normal as nf
from .polynomial import (
    UNIT,
    Monomial,
    Polynomial,
    as_constant,
    constant,
    leading,
    minus,
    primitive,
    scaled,
    single,
    to_term,
    total,
)
from .term import ZERO, Term, bracket, eq, lt

SPREAD = 3  # [d + c > 0] for natural d is expanded into [d > 0] and equations for |c| up to this


def indicator(p: Term) -> Polynomial:
    """The normal form of the bracket [p]."""
    head = p.head
    if head in ("eq", "lt", "le"):
        d = minus(nf.normal(p.args[1]), nf.normal(p.args[0]))
        if head == "eq":
            return is_zero(d)
        return is_positive(d) if head == "lt" else total((is_positive(d), is_zero(d)))
    if head == "not":
        return _complement(indicator(p.args[0]))
    if head == "and":
        return reduce(nf.times, map(indicator, p.args))
    if head == "or":
        return _complement(reduce(nf.times, (_complement(indicator(a)) for a in p.args)))
    if head == "imp":
        premise, conclusion = map(indicator, p.args)
        return _complement(nf.times(premise, _complement(conclusion)))
    if head == "iff":
        a, b = map(indicator, p.args)
        return total((nf.times(a, b), nf.times(_complement(a), _complement(b))))
    return single(bracket(nf.canonical(p)))  # a predicate or a quantifier over the naturals


def _complement(p: Polynomial) -> Polynomial:
    return minus(constant(1), p)


def is_zero(d: Polynomial) -> Polynomial:
    """[d = 0]"""
    value = as_constant(d)
    if value is not None:
        return constant(int(value == 0))
    _, d = primitive(d)
    if len(d) == 1:  # a product vanishes when a factor does
        (m,) = d
        return _complement(reduce(nf.times, (_complement(_atom_is_zero(a)) for a, _ in m)))
    if is_natural(d) and d.get(UNIT, 0) > 0:
        return {}
    return single(bracket(eq(to_term(d), ZERO)))


def _atom_is_zero(atom: Term) -> Polynomial:
    if nf.never_zero(atom):
        return {}
    if atom.head == "add":  # the base of a reciprocal
        return is_zero(nf.normal(atom))
    if atom.head == "bracket":
        return _complement(single(atom))
    return single(bracket(eq(atom, ZERO)))


def is_positive(d: Polynomial) -> Polynomial:
    """[d > 0]"""
    value = as_constant(d)
    if value is not None:
        return constant(int(value > 0))
    content, d = primitive(d)
    positive = _canonical_is_positive(d)
    return positive if content > 0 else minus(_complement(positive), is_zero(d))


def _canonical_is_positive(d: Polynomial) -> Polynomial:
    if is_natural(d):
        return _complement(is_zero(d))
    if len(d) == 1:  # the sign of a product is the product of the signs
        (m,) = d
        even, odd = constant(1), constant(0)
        for atom, e in m:
            zero = _atom_is_zero(atom)
            plus = _atom_is_positive(atom, zero)
            negative = minus(_complement(plus), zero)
            if e % 2 == 0:
                plus, negative = total((plus, negative)), {}
            even, odd = (
                total((nf.times(even, plus), nf.times(odd, negative))),
                total((nf.times(even, negative), nf.times(odd, plus))),
            )
        return even
    c = d.get(UNIT, Fraction(0))
    if c and abs(c) <= SPREAD and is_integral(d):  # integers: d > 0 means d >= 1
        rest = {m: k for m, k in d.items() if m != UNIT}
        if c > 0:
            return total((is_positive(rest), *(is_zero(total((rest, constant(i)))) for i in range(int(c)))))
        lost = (scaled(is_zero(minus(rest, constant(i))), -1) for i in range(1, 1 - int(c)))
        return total((is_positive(rest), *lost))
    return single(bracket(lt(ZERO, to_term(d))))


def _atom_is_positive(atom: Term, zero: Polynomial) -> Polynomial:
    if atom.sort == "N" or (atom.head == "pow" and atom.args[0].head == "num" and atom.args[0].data > 0):
        return _complement(zero)
    return is_positive(nf.normal(atom)) if atom.head == "add" else single(bracket(lt(ZERO, atom)))


def is_integral(d: Polynomial) -> bool:
    """Whether every value is an integer, visibly."""
    return all(c.denominator == 1 and all(a.sort == "N" and e > 0 for a, e in m) for m, c in d.items())


def is_natural(d: Polynomial) -> bool:
    """Whether no value is negative, visibly: natural atoms (or reciprocals and even powers) with positive weights."""
    return all(c > 0 and all(a.sort == "N" or e % 2 == 0 for a, e in m) for m, c in d.items())


# --- products in which brackets meet other factors ----------------------------------------------------------------


def reduced(m: Monomial) -> Polynomial | None:
    """A monomial with its brackets applied to the other factors; None if nothing changes."""
    for atom, _ in m:
        if atom.head == "bracket" and atom.args[0].head == "eq":
            result = _apply(m, atom)
            if result is not None:
                return result
    return None


def _apply(m: Monomial, equation: Term) -> Polynomial | None:
    """`m`, which contains [d = 0], simplified by d = 0; None if nothing changes."""
    d = nf.normal(equation.args[0].args[0])
    rest = tuple((a, e) for a, e in m if a is not equation)
    atoms = {a for a, _ in rest}
    if bracket(lt(ZERO, equation.args[0].args[0])) in atoms:
        return {}
    if len(d) == 1 and equation.args[0].args[0] in atoms:
        return {}
    solution = solve(d)
    if solution is not None:
        old, new = solution
        if any(occurs(old, a) for a, _ in rest):
            substituted = tuple((nf.replaced(a, old, new), e) for a, e in rest)
            return nf.times(nf.product(substituted), single(equation))
        return None
    head = leading(d)
    if all(e > 0 for n in d for _, e in n) and head != UNIT:
        exponents = dict(rest)
        if all(exponents.get(a, 0) >= e for a, e in head):
            quotient = tuple((a, e - dict(head).get(a, 0)) for a, e in rest if e != dict(head).get(a, 0))
            lower = scaled({n: c for n, c in d.items() if n != head}, -1 / d[head])
            return nf.times(nf.times(lower, {quotient: Fraction(1)}), single(equation))
    return None


def occurs(variable: Term, t: Term) -> bool:
    """Whether the variable, bound or nullary symbol, occurs in `t`."""
    if variable.head == "var":
        return variable.data[0] in t.loose
    return variable.data in t.symbols


def solve(d: Polynomial, only: Term | None = None) -> tuple[Term, Term] | None:
    """(x, t) with d = 0 exactly if x = t, where x is a nullary symbol or variable that t does not contain.

    The largest such x is taken, or `only`. A natural x needs a t that is visibly natural, a real one nothing.
    """
    best: tuple[Term, Term] | None = None
    for m, c in d.items():
        if len(m) != 1 or m[0][1] != 1:
            continue
        x = m[0][0]
        if (x.head != "var" and (x.head != "app" or x.args)) or x.sort not in "NR":
            continue
        if (only is not None and x is not only) or (best is not None and x < best[0]):
            continue
        if any(occurs(x, a) for n in d if n != m for a, _ in n):
            continue
        t = to_term(scaled({n: k for n, k in d.items() if n != m}, -1 / c))
        if x.sort == "R" or t.sort == "N":
            best = (x, t)
    return best


nf.FORMS["bracket"] = lambda t: indicator(t.args[0])
nf.MEETINGS.append(reduced)
