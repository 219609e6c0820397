"""Matching of patterns against canonical terms and monomials, under binders and modulo linear arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ..kernel.language import TermError
from ..kernel.normal import canonical, normal
from ..kernel.polynomial import Monomial, minus, to_term
from ..kernel.term import Term, rebuild, shift
from .facts import has_pattern, is_pattern_variable

Binding: TypeAlias = Mapping[tuple[str, str], Term]  # pattern variable -> value


def bound(t: Term, binding: Binding) -> Term:
    """`t` with the pattern variables replaced, below binders too. Raises TermError if a value has the wrong sort."""

    def change(node: Term, depth: int) -> Term | None:
        if not has_pattern(node):
            return node
        value = binding.get(node.data) if is_pattern_variable(node) else None
        return shift(value, depth) if value is not None else None

    return rebuild(t, change) if binding else t


def matches(pattern: Term, t: Term, binding: Binding, depth: int = 0) -> Iterator[Binding]:
    """The extensions of `binding` that turn the pattern into `t`, both canonical; `depth` binders were passed."""
    if not has_pattern(pattern):
        if pattern is t:
            yield binding
        return
    if is_pattern_variable(pattern):
        yield from _bind(pattern, t, binding, depth)
        return
    if pattern.sort in "NR" and pattern.head in ("add", "mul"):
        yield from _solve(pattern, t, binding, depth)
        return
    if pattern.head != t.head or pattern.data != t.data or len(pattern.args) != len(t.args):
        return
    if pattern.head in ("eq", "lt", "le"):
        yield from _difference(pattern, t, binding, depth)
        return
    found = [binding]
    for a, b, sorts in zip(pattern.args, t.args, pattern.binds, strict=True):
        found = [extended for known in found for extended in matches(a, b, known, depth + len(sorts))]
    yield from found


def _bind(variable: Term, t: Term, binding: Binding, depth: int) -> Iterator[Binding]:
    if any(i < depth for i in t.loose):
        return
    value = shift(t, -depth)
    known = binding.get(variable.data)
    if known is None:
        if value.sort == variable.sort or (value.sort, variable.sort) == ("N", "R"):
            yield {**binding, variable.data: value}
    elif known is value or (value.sort in "NR" and canonical(known) is canonical(value)):
        yield binding


def _solve(pattern: Term, t: Term, binding: Binding, depth: int) -> Iterator[Binding]:
    """Match an arithmetic pattern: by its one unknown variable if it stands alone, else piece by piece."""
    try:
        shifted = {name: shift(value, depth) for name, value in binding.items()}
        known = bound(pattern, shifted)
    except TermError:
        return
    p = normal(known)
    unknown = {s for s in known.symbols if s[0].startswith("_")}
    if not unknown:
        if p == normal(t):
            yield binding
        return
    for m, c in p.items():
        if len(m) == 1 and m[0][1] == 1 and is_pattern_variable(m[0][0]):
            variable = m[0][0]
            rest = minus(p, {m: c})
            if any(s in a.symbols for n in rest for a, _ in n for s in unknown):
                continue
            value = to_term({n: k / c for n, k in minus(normal(t), rest).items()})
            yield from _bind(variable, value, binding, depth)
            return
    if len(p) == 1:
        target = normal(t)
        if len(target) == 1:
            ((m, c),), ((n, k),) = p.items(), target.items()
            if c == k:
                yield from (b for b, rest in divide(m, n, binding, depth) if not rest)
        return
    if known.head == t.head and len(known.args) == len(t.args):
        found: list[Binding] = [binding]
        for a, b in zip(known.args, t.args, strict=True):
            found = [extended for old in found for extended in matches(canonical(a), b, old, depth)]
        yield from found


def _difference(pattern: Term, t: Term, binding: Binding, depth: int) -> Iterator[Binding]:
    """Comparisons inside brackets stand as difference against 0, up to a sign that equations do not fix."""
    sides = [(pattern.args[0], t.args[0], pattern.args[1], t.args[1])]
    for a, b, c, d in sides:
        for known in matches(a, b, binding, depth):
            yield from matches(c, d, known, depth)
    if pattern.head == "eq":
        negated = to_term({m: -k for m, k in normal(t.args[0]).items()})
        for known in matches(pattern.args[0], negated, binding, depth):
            yield from matches(pattern.args[1], t.args[1], known, depth)


def divide(pattern: Monomial, m: Monomial, binding: Binding, depth: int = 0) -> Iterator[tuple[Binding, Monomial]]:
    """(binding, cofactor) with pattern[binding] * cofactor = m."""
    rigid = sorted((f for f in pattern if not is_pattern_variable(f[0])), key=lambda f: (-f[0].size, f[0]))
    loose = [f for f in pattern if is_pattern_variable(f[0])]

    def walk(number: int, left: dict[Term, int], known: Binding) -> Iterator[tuple[Binding, Monomial]]:
        if number == len(rigid):
            yield from _divide_loose(loose, left, known, depth)
            return
        atom, e = rigid[number]
        for candidate, f in list(left.items()):
            if f * e <= 0 or abs(f) < abs(e) or candidate.head != atom.head:
                continue
            for extended in matches(atom, candidate, known, depth):
                rest = dict(left)
                rest[candidate] = f - e
                if not rest[candidate]:
                    del rest[candidate]
                yield from walk(number + 1, rest, extended)

    yield from walk(0, dict(m), binding)


def _divide_loose(
    loose: list[tuple[Term, int]], left: dict[Term, int], known: Binding, depth: int
) -> Iterator[tuple[Binding, Monomial]]:
    """Divide by powers of pattern variables that the other factors have determined."""
    rest = dict(left)
    for variable, e in loose:
        value = known.get(variable.data)
        if value is None:
            return
        poly = normal(shift(value, depth))
        if len(poly) != 1:
            return
        ((m, _),) = poly.items()
        for atom, f in m:
            have = rest.get(atom, 0) - e * f
            if rest.get(atom, 0) * (e * f) <= 0 or have * rest[atom] < 0:
                return
            rest[atom] = have
            if not have:
                del rest[atom]
    yield known, tuple(sorted(rest.items(), key=lambda item: item[0]))
