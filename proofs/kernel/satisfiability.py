"""Whether formulas can be true at once, for all truth values of opaque atoms and all signs of differences.

A formula is read once into literals below "and", "or" and "iff". A literal is an atom and the values for which it is
true, of 0 and 1 for an opaque atom, of the signs -1, 0 and 1 for a difference (0 and 1 for one that is a natural). What
is known of an atom is its domain, the values that are left: literals that must hold shrink it, then one is split.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .brackets import is_natural
from .normal import canonical, normal
from .polynomial import Polynomial, as_constant, minus, primitive, to_term
from .rules import require
from .term import Term

SPLITS = 20_000  # the largest of a shipped proof takes a few hundred

Values: TypeAlias = frozenset[int]
Domains: TypeAlias = dict[Term, Values]
Formula: TypeAlias = bool | tuple[Any, Any]
"""A truth value; (atom, values for which it is true); or ("and" or "or" or "iff", formulas)."""

TRUTHS: Values = frozenset((0, 1))
SIGNS: Values = frozenset((-1, 0, 1))
HOLDS = {"eq": (0,), "lt": (1,), "le": (0, 1)}
"""The signs of right - left for which a comparison holds."""


class Reader:
    """Reads formulas, and collects the values of their atoms."""

    def __init__(self) -> None:
        self.domains: Domains = {}

    def read(self, p: Term, wanted: bool = True) -> Formula:
        """The formula, or its negation if it is not wanted, with negations at the literals."""
        match p.head:
            case "not":
                return self.read(p.args[0], not wanted)
            case "and" | "or":
                head = p.head if wanted else _DUAL[p.head]
                return head, tuple(self.read(q, wanted) for q in p.args)
            case "imp":
                a, b = p.args
                return "or" if wanted else "and", (self.read(a, not wanted), self.read(b, wanted))
            case "iff":
                a, b = p.args
                return "iff", (self.read(a), self.read(b, wanted))
        leaf = self._comparison(p) if p.head in HOLDS else self._literal(canonical(p), TRUTHS, {1})
        return leaf if wanted else self.negated(leaf)

    def negated(self, p: Formula) -> Formula:
        """The negation of what was read."""
        if isinstance(p, bool):
            return not p
        head, parts = p
        if isinstance(head, Term):
            return head, self.domains[head] - parts
        if head == "iff":
            return head, (parts[0], self.negated(parts[1]))
        return _DUAL[head], tuple(map(self.negated, parts))

    def reduced(self, p: Formula, domains: Domains) -> Formula:
        """What is left of a formula where the atoms have values in these domains."""
        if isinstance(p, bool):
            return p
        head, parts = p
        if isinstance(head, Term):
            left = domains[head]
            return True if left <= parts else p if left & parts else False
        if head == "iff":
            a, b = (self.reduced(q, domains) for q in parts)
            if isinstance(b, bool):
                a, b = b, a
            return (b if a else self.negated(b)) if isinstance(a, bool) else (head, (a, b))
        decisive, open_ = head == "or", []
        for q in parts:
            found = self.reduced(q, domains)
            if found is decisive:
                return decisive
            if not isinstance(found, bool):
                open_.append(found)
        if len(open_) < 2:
            return open_[0] if open_ else not decisive
        return head, tuple(open_)

    def _comparison(self, p: Term) -> Formula:
        if "sign" not in p.cache:
            p.cache["sign"] = _sign(minus(normal(p.args[1]), normal(p.args[0])))
        atom, orientation, values = p.cache["sign"]
        if atom is None:
            return orientation in HOLDS[p.head]
        return self._literal(atom, values, {orientation * sign for sign in HOLDS[p.head]})

    def _literal(self, atom: Term, values: Values, holds: set[int]) -> Formula:
        self.domains[atom] = values
        return atom, values & holds


def _sign(difference: Polynomial) -> tuple[Term | None, int, Values]:
    """(atom, s, the signs that the atom can have): the difference has s times the atom's sign; without atom, s."""
    value = as_constant(difference)
    if value is not None:
        return None, (value > 0) - (value < 0), SIGNS
    content, q = primitive(difference)
    return to_term(q), 1 if content > 0 else -1, TRUTHS if is_natural(q) else SIGNS


_DUAL = {"and": "or", "or": "and"}


def satisfiable(formulas: Sequence[Term]) -> bool:
    """Whether all formulas can be true at once. Raises RuleError beyond SPLITS splits."""
    reader = Reader()
    pending = [reader.read(p) for p in formulas]
    splits = 0

    def search(pending: list[Formula], domains: Domains) -> bool:
        nonlocal splits
        settled = False
        while not settled:
            settled, kept = True, []
            for p in pending:
                left = reader.reduced(p, domains)
                if left is False:
                    return False
                if isinstance(left, bool):
                    continue
                head, parts = left
                if isinstance(head, Term):
                    domains[head] &= parts
                    settled = False
                elif head == "and":
                    kept.extend(parts)
                    settled = False
                else:
                    kept.append(left)
            pending = kept
        if not pending:
            return True
        atom, values = _first(min(pending, key=_width))
        for part in (domains[atom] & values, domains[atom] - values):
            splits += 1
            require("taut", "budget", splits <= SPLITS, splits, f"at most {SPLITS}")
            if search(pending, {**domains, atom: part}):
                return True
        return False

    return search(pending, dict(reader.domains))


def _width(p: Formula) -> int:
    """How many parts a formula has that is no truth value."""
    return 0 if isinstance(p, bool) else len(p[1])


def _first(p: Formula) -> tuple[Term, Values]:
    """The first literal of a formula that is no truth value."""
    while not isinstance(p, bool):
        head, parts = p
        if isinstance(head, Term):
            return head, parts
        p = parts[0]
    raise ValueError("a truth value has no literal")
