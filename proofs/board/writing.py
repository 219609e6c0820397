"""Kernel terms as SymPy expressions for display: bound variables get names, abbreviations get theirs back.

Nothing is evaluated, reordered or merged, and ``to_term(to_sympy(t)) is t``. The name of a bound variable is that of no
symbol of the whole term and of no variable bound around it, so that a reader can never take one for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import sympy

from ..kernel.term import ZERO, Term
from . import expression as ex
from . import formulas as fo
from .macros import recognised

Names: TypeAlias = Mapping[Term, tuple[str, ...]]  # binder -> the names that its author gave to what it binds

LETTERS: Final = {"N": "ijklpqrs", "R": "tuvzxyh", "W": "w"}
INDEX: Final = {
    "m": "j",
    "d": "k",
    "L": "l",
    "K": "l",
}  # the index that goes with a count, where nothing is said
COMPARISONS: Final = {"eq": fo.Eq, "lt": fo.Lt, "le": fo.Le}
CONNECTIVES: Final = {"not": fo.Not, "and": fo.And, "or": fo.Or, "imp": fo.Implies, "iff": fo.Iff}


def to_sympy(t: Term, names: Names | None = None) -> Any:
    """The expression of a term or formula; `names` are wishes for bound variables, granted where nothing collides."""
    return _Writer({name for name, _ in t.symbols}, names or {}).write(t, ())


class _Writer:
    def __init__(self, taken: set[str], names: Names) -> None:
        self.taken, self.names = taken, names
        self.known: dict[tuple[Term, tuple[Any, ...]], Any] = {}

    def write(self, t: Term, scope: tuple[Any, ...]) -> Any:
        found = self.known.get((t, scope))
        if found is None:
            found = self.known[t, scope] = self._formula(t, scope) if t.sort == "F" else self._number(t, scope)
        return found

    def all(self, t: Term, scope: tuple[Any, ...]) -> list[Any]:
        return [self.write(a, scope) for a in t.args]

    def bound(self, t: Term, sorts: str, scope: tuple[Any, ...], count: Term | None = None) -> tuple[Any, ...]:
        """The scope with one variable more for each sort."""
        wishes = self.names.get(t, ())
        for place, sort in enumerate(sorts):
            wish = list(wishes[place : place + 1])
            if count is not None and count.head == "app" and count.data[0] in INDEX:
                wish.append(INDEX[count.data[0]])
            scope = (*scope, ex.Variable(self._free([*wish, *LETTERS[sort]], scope), sort))
        return scope

    def _free(self, letters: list[str], scope: tuple[Any, ...]) -> str:
        avoid = self.taken | {v.name for v in scope}
        number = 0
        while True:
            for letter in letters:
                name = f"{letter}{number}" if number else letter
                if name not in avoid:
                    return name
            number += 1

    def _number(self, t: Term, scope: tuple[Any, ...]) -> Any:
        if t.head == "num":
            return sympy.Rational(t.data.numerator, t.data.denominator)
        if t.head == "var":
            index, sort = t.data
            return scope[-1 - index] if index < len(scope) else ex.Loose(index - len(scope), sort)
        if t.head == "app":
            return ex.Applied(*t.data, *self.all(t, scope)) if t.args else ex.Variable(t.data[0], t.sort)
        macro = recognised(t)
        if macro is not None:
            return ex.Macro(macro[0], *(self.write(a, scope) for a in macro[1]))
        if t.head == "sum":
            inside = self.bound(t, "N", scope, t.args[0])
            upper = ex.upper_limit(self.write(t.args[0], scope))
            return ex.Total(self.write(t.args[1], inside), (inside[-1], 0, upper))
        if t.head == "E":
            inside = self.bound(t, "W", scope)
            return ex.Expectation(inside[-1], self.write(t.args[0], inside))
        args = self.all(t, scope)
        if t.head == "inv":
            return ex.Power(args[0], -1)
        return {"add": ex.Plus, "mul": ex.Times, "pow": ex.Power, "bracket": ex.Bracket}[t.head](*args)

    def _formula(self, t: Term, scope: tuple[Any, ...]) -> Any:
        if t.head == "all":
            return self._quantified(t, fo.ForAll, t, "imp", scope)
        if t.head == "not":
            (inner,) = t.args
            if inner.head == "all" and inner.args[0].head == "not":
                return self._quantified(t, fo.Exists, inner, "and", scope)
            if inner.head == "eq":
                return fo.Ne(*self.all(inner, scope))
        if t.head in COMPARISONS:
            return COMPARISONS[t.head](*self.all(t, scope))
        if t.head in CONNECTIVES:
            return CONNECTIVES[t.head](*self.all(t, scope))
        if t.head == "app":
            return fo.Holds(*t.data, *self.all(t, scope))
        inside = self.bound(t, t.binds[0], scope)
        new = inside[len(scope) :]
        body = self.write(t.args[0], inside)
        if t.head == "int":
            return fo.Integrable(new[0], body)
        if t.head == "hd":
            return fo.HasDerivative(new[0], body, *(self.write(a, scope) for a in t.args[1:]))
        if t.head == "lim":
            return fo.HasLimit(new[0], t.data, body, self.write(t.args[1], scope))
        if t.head == "law":
            return fo.SameLaw(new[0], new[1:], body, self.write(t.args[1], inside))
        blocks = 1 + len(t.data[0])
        return fo.Independent(new[0], new[1:blocks], new[blocks:], body)

    def _quantified(self, t: Term, kind: Any, quantifier: Term, guard: str, scope: tuple[Any, ...]) -> Any:
        """`quantifier` binds, ``guard`` is the connective between a range and the rest."""
        sort = quantifier.data
        body = quantifier.args[0] if kind is fo.ForAll else quantifier.args[0].args[0]
        count = None
        if body.head == guard and len(body.args) == 2 and body.args[0].head == "lt":
            low, high = body.args[0].args
            if sort == "N" and low.data == (0, "N") and low.head == "var" and 0 not in high.loose:
                count = high
            ranged = count is not None or (low is ZERO and high.head == "var" and high.data == (0, sort))
        else:
            ranged = False
        inside = self.bound(t, sort, scope, count)
        if ranged:
            return kind(self.write(body.args[0], inside), self.write(body.args[1], inside))
        return kind(inside[-1], self.write(body, inside))
