"""The normal form of field terms with finite sums, brackets, powers and expectations.

``normal(t)`` is a polynomial over atoms; two terms with one normal form are equal in every model. Every step is an
identity that holds without side conditions, for total functions with 1/0 = 0 and sums over i < n:

products      distribute; x^a x^b = x^(a+b); x / x = 1 - [x = 0]; 1/(x y) = (1/x)(1/y); (x y)^n = x^n y^n;
              x^(m+n) = x^m x^n
sums          linear; a factor without the index moves out; nested sums swap; sum of [i = t] f(i) is [t < n] f(t);
              sum over i < 0 is 0; the last term of a sum over i < n + 1 splits off; [i < n] is 1 below the sum
brackets      [p]^2 = [p]; [not p] = 1 - [p]; [p and q] = [p][q]; a comparison is about the sign of a difference d:
              [d >= 0] = [d > 0] + [d = 0]; [d > 0][d = 0] = 0; d [d = 0] = 0; f(x)[x = t] = f(t)[x = t]
expectations  E(c X) = c E(X) for c free of the outcome (not E(X + Y): that needs integrability, and a rule)
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cmp_to_key, reduce

from .language import TermError
from .polynomial import (
    Monomial,
    Polynomial,
    constant,
    minus,
    primitive,
    scaled,
    single,
    to_term,
    total,
)
from .term import ONE, ZERO, Term, bracket, compare, eq, instantiate, num, power, rebuild, shift, term

# Filled by brackets.py and sums.py, which the package always loads: the forms of their heads, and what happens when
# brackets meet other factors in a product.
FORMS: dict[str, Callable[[Term], Polynomial]] = {}
MEETINGS: list[Callable[[Monomial], Polynomial | None]] = []

LIMIT = 400_000  # products of two monomials for one call of `normal` from outside; far above what any theorem needs


class NormalFormError(TermError):
    """The term is too large to normalise within the step budget."""


DEPTH = 60  # of rewritings by brackets; a chain of that many equations in one product is no theorem's

_steps = 0
_nesting = 0
_depth = 0


def normal(t: Term) -> Polynomial:
    """The normal form of a term of sort N or R. Raises NormalFormError if it takes more than LIMIT steps."""
    global _steps, _nesting
    known: Polynomial | None = t.cache.get("normal")
    if known is None:
        if _nesting == 0:
            _steps = 0
        _nesting += 1
        try:
            known = _normal(t)
        finally:
            _nesting -= 1
        t.cache["normal"] = known
    return known


def equal(a: Term, b: Term) -> bool:
    """Whether the normal forms agree."""
    return a is b or normal(a) == normal(b)


def canonical(t: Term) -> Term:
    """`t` with every numeric part in normal form; a term of sort N stays one."""
    known: Term | None = t.cache.get("canonical")
    if known is None:
        if t.sort == "W" or t.head in ("num", "var"):
            known = t
        elif t.sort in "NR":
            known = to_term(normal(t))
            known = t if t.sort == "N" and known.sort != "N" else known
        else:
            known = term(t.head, t.data, [canonical(a) for a in t.args])
        t.cache["canonical"] = known
    return known


def _normal(t: Term) -> Polynomial:
    head, args = t.head, t.args
    if head == "num":
        return constant(t.data)
    if head in ("var", "app"):
        return single(term(head, t.data, [canonical(a) for a in args]))
    if head == "add":
        return total(normal(a) for a in args)
    if head == "mul":
        return reduce(times, (normal(a) for a in args))
    if head == "inv":
        return reciprocal(normal(args[0]))
    if head == "pow":
        return _power(normal(args[0]), args[1])
    if head == "E":
        return _expectation(normal(args[0]))
    if head in FORMS:
        return FORMS[head](t)
    raise TermError(f"{head}: a formula has no normal form")


def times(p: Polynomial, q: Polynomial) -> Polynomial:
    """The product of two polynomials. Raises NormalFormError beyond LIMIT products of monomials."""
    global _steps
    _steps += len(p) * len(q)
    if _steps > LIMIT:
        raise NormalFormError(f"normal form: more than {LIMIT} products of monomials")
    return total(scaled(_merge(m, n), c * d) for m, c in p.items() for n, d in q.items())


def _merge(m: Monomial, n: Monomial) -> Polynomial:
    """The product of two monomials."""
    if not m or not n:
        return {m or n: Fraction(1)}
    exponents = dict(m)
    vanished: list[Term] = []
    for atom, e in n:
        old = exponents.pop(atom, 0)
        if atom.head == "bracket":
            exponents[atom] = 1
        elif old + e:
            exponents[atom] = old + e
        elif not never_zero(atom):
            vanished.append(atom)
    result = _met(tuple(sorted(exponents.items(), key=_BY_ATOM)))
    for atom in vanished:
        result = times(result, minus(constant(1), is_zero(atom)))
    return result


def _compare_atoms(x: tuple[Term, int], y: tuple[Term, int]) -> int:
    return compare(x[0], y[0])


_BY_ATOM = cmp_to_key(_compare_atoms)


def _met(m: Monomial) -> Polynomial:
    """The brackets of a monomial applied to its other factors.

    A substitution and a division by a leading term can undo each other without end, hence the limit.
    """
    global _depth
    if _depth >= DEPTH:
        raise NormalFormError(f"normal form: more than {DEPTH} rewritings of brackets, one inside the other")
    _depth += 1
    try:
        for meeting in MEETINGS:
            result = meeting(m)
            if result is not None:
                return result
    finally:
        _depth -= 1
    return {m: Fraction(1)}


def is_zero(t: Term) -> Polynomial:
    """The normal form of [t = 0]."""
    return normal(bracket(eq(t, ZERO)))


def product(factors: Monomial) -> Polynomial:
    """The product of atoms that are not in normal form any more (after a substitution)."""
    return reduce(times, (raised(normal(a), e) for a, e in factors), constant(1))


def raised(p: Polynomial, e: int) -> Polynomial:
    """p^e for an integer e, with 1/0 = 0."""
    if e < 0:
        p, e = reciprocal(p), -e
    result = constant(1)
    for _ in range(e):
        result = times(result, p)
    return result


def never_zero(atom: Term) -> bool:
    """Whether the atom is a power of a number other than 0, which no exponent makes 0."""
    return atom.head == "pow" and atom.args[0].head == "num" and atom.args[0].data != 0


def reciprocal(p: Polynomial) -> Polynomial:
    """1/p, with 1/0 = 0."""
    if not p:
        return {}
    if len(p) == 1:
        ((m, c),) = p.items()
        factors = (
            raised(normal(a), -e) if a.head == "add" else single(a, e if a.head == "bracket" else -e) for a, e in m
        )
        return scaled(reduce(times, factors, constant(1)), 1 / c)
    content, q = primitive(p)
    return scaled(single(to_term(q), -1), 1 / content)


def _power(base: Polynomial, exponent: Term) -> Polynomial:
    """base^exponent with x^0 = 1, also for x = 0."""
    parts = [(to_term({m: Fraction(1)}), c) for m, c in normal(exponent).items()]
    if any(c < 0 or c.denominator != 1 or m.sort != "N" for m, c in parts):
        return single(power(to_term(base), canonical(exponent)))
    result = constant(1)
    for m, c in parts:
        factor = base if m is ONE else _symbolic_power(base, m)
        result = times(result, raised(factor, int(c)))
    return result


def _symbolic_power(base: Polynomial, exponent: Term) -> Polynomial:
    if not base:
        return is_zero(exponent)
    if len(base) == 1:
        ((m, c),) = base.items()
        factors = [(num(c.numerator), 1), (num(c.denominator), -1), *m]
    else:
        c, q = primitive(base)
        factors = [(num(c.numerator), 1), (num(c.denominator), -1), (to_term(q), 1)]
    powers = (single(power(a, exponent), e) for a, e in factors if a is not ONE)
    return reduce(times, powers, constant(1))


def _expectation(body: Polynomial) -> Polynomial:
    """E of a polynomial under the binder of the outcome."""
    if all(0 not in a.loose for m in body for a, _ in m):
        return total(scaled(product(lowered(m)), c) for m, c in body.items())
    if len(body) > 1:
        content, q = primitive(body)
        return scaled(single(term("E", None, (to_term(q),))), content)
    ((m, c),) = body.items()
    free = tuple((a, e) for a, e in m if 0 not in a.loose)
    bound = tuple((a, e) for a, e in m if 0 in a.loose)
    atom = term("E", None, (to_term({bound: Fraction(1)}),))
    return scaled(times(product(lowered(free)), single(atom)), c)


def lowered(m: Monomial) -> Monomial:
    """A monomial without the innermost bound variable, seen from outside its binder."""
    return tuple((shift(a, -1), e) for a, e in m)


def replaced(t: Term, old: Term, new: Term) -> Term:
    """`t` with the nullary symbol or loose variable `old` replaced by `new`."""

    def change(node: Term, depth: int) -> Term | None:
        if node is (shift(old, depth) if old.loose else old):
            return shift(new, depth)
        return None

    return rebuild(t, change)


def at(p: Polynomial, value: Term) -> Polynomial:
    """A polynomial under a binder with the bound variable replaced by `value`, seen from outside."""
    return total(scaled(product(tuple((instantiate(a, [value]), e) for a, e in m)), c) for m, c in p.items())

