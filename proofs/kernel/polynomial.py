"""Polynomials over atoms: the shape of the normal form, and arithmetic that knows nothing about atoms.

A monomial is a tuple of (atom, exponent) sorted by the order of terms, exponents nonzero integers (negative: the
reciprocal, with 1/0 = 0); a polynomial maps monomials to nonzero rationals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cmp_to_key
from typing import TypeAlias

from .term import ONE, Term, add, compare, inv, mul, num, power

Monomial: TypeAlias = tuple[tuple[Term, int], ...]
Polynomial: TypeAlias = dict[Monomial, Fraction]

UNIT: Monomial = ()


def constant(value: int | Fraction) -> Polynomial:
    """The polynomial of one number."""
    return {UNIT: Fraction(value)} if value else {}


def single(atom: Term, exponent: int = 1) -> Polynomial:
    """The polynomial atom^exponent; the exponent is not 0."""
    return {((atom, exponent),): Fraction(1)}


def total(parts: Iterable[Polynomial]) -> Polynomial:
    """The sum of polynomials, without the monomials that cancel."""
    result: Polynomial = {}
    for part in parts:
        for m, c in part.items():
            value = result.get(m, 0) + c
            if value:
                result[m] = value
            else:
                del result[m]
    return result


def scaled(p: Polynomial, by: int | Fraction) -> Polynomial:
    """The polynomial times a number."""
    return {m: c * by for m, c in p.items()} if by else {}


def minus(p: Polynomial, q: Polynomial) -> Polynomial:
    """p - q."""
    return total((p, scaled(q, -1)))


def as_constant(p: Polynomial) -> Fraction | None:
    """The value of a constant polynomial, else None."""
    if not p:
        return Fraction(0)
    return p.get(UNIT) if len(p) == 1 else None


def degree(m: Monomial) -> int:
    """The sum of the absolute values of the exponents."""
    return sum(abs(e) for _, e in m)


def _compare(a: Monomial, b: Monomial) -> int:
    """Graded, then lexicographic from the largest atom: compatible with products of positive powers."""
    if a == b:
        return 0
    if order := degree(a) - degree(b):
        return order
    for (x, e), (y, f) in zip(reversed(a), reversed(b), strict=False):
        if order := compare(x, y) or e - f:
            return order
    return len(a) - len(b)


_KEY = cmp_to_key(_compare)


def ordered(p: Polynomial) -> list[tuple[Monomial, Fraction]]:
    """Monomials with their coefficients, the leading one first."""
    return [(m, p[m]) for m in sorted(p, key=_KEY, reverse=True)]


def leading(p: Polynomial) -> Monomial:
    """The largest monomial of a polynomial that is not 0."""
    return max(p, key=_KEY)


def primitive(p: Polynomial) -> tuple[Fraction, Polynomial]:
    """(c, q) with p = c q, the coefficients of q coprime integers and the leading one positive. `p` is not 0."""
    numerator = math.gcd(*(c.numerator for c in p.values()))
    denominator = math.lcm(*(c.denominator for c in p.values()))
    content = Fraction(numerator, denominator)
    if p[leading(p)] < 0:
        content = -content
    return content, {m: c / content for m, c in p.items()}


def monomial_term(m: Monomial) -> Term:
    """The product of the powers as a term, in the order of the monomial."""
    return mul(*(_power(a, e) for a, e in m))


def _power(atom: Term, exponent: int) -> Term:
    base = atom if exponent > 0 else inv(atom)
    return base if abs(exponent) == 1 else power(base, num(abs(exponent)))


def to_term(p: Polynomial) -> Term:
    """The polynomial as a term; its normal form is `p` again if `p` is one."""
    parts = []
    for m, c in ordered(p):
        body = monomial_term(m)
        factors = body.args if body.head == "mul" else (body,)
        parts.append(num(c) if body is ONE else body if c == 1 else mul(num(c), *factors))
    return add(*parts)
