"""Symbols and numeric heads as SymPy expressions that stay as written: variables, functions, sums, expectations.

SymPy's classes are untyped, so the classes here derive from Any as far as mypy can see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy.core.symbol import Str

from ..kernel.language import signature
from .operations import SERVICES, formulas, unevaluated_node
from .operations import Exact as Exact
from .operations import Expression as Expression
from .operations import Plus as Plus
from .operations import Power as Power
from .operations import Times as Times
from .operations import latex as latex
from .operations import numeric as numeric
from .operations import shown as shown

Scopes: TypeAlias = "list[tuple[tuple[Any, ...], tuple[Any, ...]]]"  # (variables, the parts they are bound in)

# --- symbols --------------------------------------------------------------------------------------------------------


class Variable(Exact, sympy.Symbol):  # type: ignore[misc]
    """A symbol with a sort: N (a natural), R (a real) or W (an outcome). Sort and name together make it what it is."""

    __slots__ = ("sort",)
    sort: str

    def __new__(cls, name: str, sort: str) -> Variable:
        """Build it as written."""
        signature((name, ">" + sort))
        made: Variable = sympy.Symbol.__xnew__(cls, name)
        made.sort = sort
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        return (self.name, self.sort), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        return self.name, self.sort


class Loose(Exact, sympy.Symbol):  # type: ignore[misc]
    """A bound variable whose binder is not part of the expression: what an open kernel term reads as."""

    __slots__ = ("index", "sort")
    index: int
    sort: str

    def __new__(cls, index: int, sort: str) -> Loose:
        """Build it as written."""
        made: Loose = sympy.Symbol.__xnew__(cls, f"#{index}")
        made.index, made.sort = index, sort
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[int, str], dict[str, Any]]:
        return (self.index, self.sort), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        return self.index, self.sort


@dataclass(frozen=True)
class Symbolic:
    """An undefined function or predicate: a name with a signature. Call it to apply it."""

    name: str
    signature: str

    def __post_init__(self) -> None:
        signature((self.name, self.signature))

    def __call__(self, *args: Any) -> Expression:
        """Apply it; TypeError unless it gets as many arguments as its signature says."""
        sorts, result = signature((self.name, self.signature))
        if len(args) != len(sorts):
            found = f"{len(args)} arguments given, {len(sorts)} expected"
            raise TypeError(f"{self.name} has signature {self.signature}: {found}")
        kind = formulas().Holds if result == "F" else Applied
        return kind(self.name, self.signature, *map(numeric, args))


# --- numeric heads --------------------------------------------------------------------------------------------------


class CaptureFree:
    """Substitution of symbols by way of kernel terms, in which no name can be captured."""

    __slots__ = ()

    def _eval_subs(self, old: Any, new: Any) -> Expression:
        return _substituted(self, {old: new}) if isinstance(old, Variable) else None

    def _xreplace(self, rule: Any) -> tuple[Expression, bool]:
        if self not in rule and rule and all(isinstance(old, Variable) for old in rule):
            found = _substituted(self, rule)
            return found, found != self
        return super()._xreplace(rule)  # type: ignore[misc, no-any-return]


def _substituted(e: Any, rule: Any) -> Expression:
    found: Expression = SERVICES["substituted"](e, rule)
    return found


class Total(CaptureFree, Exact, sympy.Sum):  # type: ignore[misc]
    """The sum over 0 <= k <= upper, never flattened and never evaluated; `S` builds it."""

    __slots__ = ()

    def __new__(cls, body: Any, *limits: Any, **_: Any) -> Expression:
        """Build it as written."""
        return unevaluated_node(cls, (body, *(sympy.Tuple(*limit) for limit in limits)))

    def doit(self, **hints: Any) -> Expression:
        """The terms added up if their number is one, else the sum as it is."""
        index, _, upper = self.args[1]
        if not upper.is_Integer:
            return self
        return sympy.Add(
            *(self.args[0].xreplace({index: sympy.Integer(i)}).doit(**hints) for i in range(int(upper) + 1))
        )

    def _eval_evalf(self, precision: int) -> Expression:
        return self


class Node(Exact, sympy.Expr):  # type: ignore[misc]
    """A numeric head of our own."""

    __slots__ = ()
    is_commutative = True


class Applied(Node):
    """f(args); the first two arguments of the node are the name and the signature of f."""

    __slots__ = ()

    def __new__(cls, name: Any, kind: Any, *args: Any) -> Applied:
        """Build it as written."""
        made: Applied = application(cls, name, kind, args)
        return made


class Macro(Node):
    """A function that the bridge expands (relu, abs, max, min, sigmoid, tanh); first its name."""

    __slots__ = ()

    def __new__(cls, name: Any, *args: Any) -> Macro:
        """Build it as written."""
        made: Macro = sympy.Expr.__new__(cls, Str(str(name)), *map(numeric, args))
        return made


class Bracket(Node):
    """Iverson's bracket [p]: 1 if p holds, else 0."""

    __slots__ = ()

    def __new__(cls, p: Any) -> Bracket:
        """Build it as written; TypeError if a part is of the wrong kind."""
        made: Bracket = sympy.Expr.__new__(cls, formulas().formula(p))
        return made


class Scoped(CaptureFree):
    """What binds: free symbols are those of the parts without the ones bound there."""

    __slots__ = ()
    args: tuple[Any, ...]

    @property
    def scopes(self) -> Scopes:
        """(variables, the parts that they are bound in); variables first, unless a subclass says otherwise."""
        raise NotImplementedError

    @property
    def bound_symbols(self) -> list[Any]:
        """What is bound here."""
        return [v for variables, _ in self.scopes for v in variables]

    @property
    def free_symbols(self) -> set[Any]:
        """The symbols of the parts without those bound in them."""
        found: set[Any] = set()
        for variables, parts in self.scopes:
            found |= set().union(*(part.free_symbols for part in parts)) - set(variables)
        return found


class Expectation(Scoped, Node):
    """E over the outcome w of the body."""

    __slots__ = ()

    def __new__(cls, w: Any, body: Any) -> Expectation:
        """Build it as written; TypeError if a part is of the wrong kind."""
        made: Expectation = sympy.Expr.__new__(cls, bindable(w, "W"), numeric(body))
        return made

    @property
    def scopes(self) -> Scopes:
        """The outcome, in the body."""
        return [((self.args[0],), (self.args[1],))]


def bindable(v: Any, sort: str) -> Variable:
    """`v` if it is a variable of this sort. Raises TypeError otherwise."""
    if not isinstance(v, Variable) or v.sort != sort:
        kind = {"N": "a natural", "R": "a real", "W": "an outcome"}[sort]
        raise TypeError(f"{v} cannot be bound here: a symbol for {kind} is expected (naturals, reals, outcomes)")
    return v


def application(cls: Any, name: Any, kind: Any, args: Sequence[Any]) -> Any:
    """A node that applies the symbol of this name and signature."""
    return sympy.Basic.__new__(cls, Str(str(name)), Str(str(kind)), *map(numeric, args))


def upper_limit(count: Any) -> Expression:
    """The upper bound count - 1 of a sum with this number of terms: n for n + 1, 3 for 4."""
    if count.is_Integer:
        return sympy.Integer(int(count) - 1)
    if isinstance(count, sympy.Add) and len(count.args) == 2 and count.args[1] == 1 and not count.args[0].is_Number:
        return count.args[0]
    return Plus(count, -1)


def count(upper: Any) -> Expression:
    """The number of terms of a sum with this upper bound: undoes `upper_limit`."""
    if upper.is_Integer:
        return sympy.Integer(int(upper) + 1)
    if isinstance(upper, sympy.Add) and -1 in upper.args:
        parts = list(upper.args)
        del parts[-1 if parts[-1] == -1 else parts.index(-1)]
        return parts[0] if len(parts) == 1 else Plus(*parts)
    return Plus(upper, 1)


SERVICES["absolute"] = lambda e: Macro("abs", e)
