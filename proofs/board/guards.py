"""Guards: from where on a formula about a natural number is true (or false) whatever else holds."""

from __future__ import annotations

from ..kernel.term import ONE, ZERO, Term, add, bracket, lt, mul, shift, term


def bound(quantified: Term) -> Term | None:
    """A term t, free of the bound variable, with p(i) true for every natural i >= t, or None if none is visible.

    `quantified` is a formula `all i. p(i)` over the naturals, such as `all i. i < n -> q(i)`: then t = n.
    """
    if quantified.head != "all" or quantified.data != "N":
        return None
    return _settled(quantified.args[0], 0, True)


def _settled(p: Term, depth: int, wanted: bool) -> Term | None:
    """The bound from which on `p` is `wanted`, for the variable that lies `depth` binders further out than `p`."""
    if p.head in ("lt", "le", "eq"):
        return None if wanted else _comparison(p, depth)
    if p.head == "not":
        return _settled(p.args[0], depth, not wanted)
    if p.head == "imp":
        parts = [_settled(p.args[0], depth, not wanted), _settled(p.args[1], depth, wanted)]
        return _any(parts) if wanted else _all(parts)
    if p.head in ("and", "or"):
        parts = [_settled(a, depth, wanted) for a in p.args]
        return _any(parts) if wanted == (p.head == "or") else _all(parts)
    if p.head == "all" and wanted:
        return _settled(p.args[0], depth + 1, wanted)
    return None


def _comparison(p: Term, depth: int) -> Term | None:
    """A bound from which on i < t, i <= t or i = t is false."""
    left, right = p.args
    variable = term("var", (depth, "N"))
    if p.head == "eq" and right is variable:
        left, right = right, left
    if left is not variable or any(i <= depth for i in right.loose):
        return None
    limit = shift(right, -1 - depth)
    return limit if p.head == "lt" else add(limit, ONE)


def _any(parts: list[Term | None]) -> Term | None:
    return next((t for t in parts if t is not None), None)


def _all(parts: list[Term | None]) -> Term | None:
    """A bound above all of them: naturals and reals alike lie below the sum of their positive parts."""
    known = [t for t in parts if t is not None]
    if len(known) < len(parts):
        return None
    return known[0] if len(set(known)) == 1 else add(*(_positive_part(t) for t in known))


def _positive_part(t: Term) -> Term:
    return t if t.sort == "N" else mul(t, bracket(lt(ZERO, t)))
