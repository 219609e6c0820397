"""Formulas that stay formulas: no comparison is ever decided, no connective reorders or merges its parts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.core.symbol import Str
from sympy.logic.boolalg import Boolean

from ..kernel.language import LIMITS
from . import expression as ex
from .operations import SERVICES


def formula(value: Any) -> Any:
    """`value` as a formula. Raises TypeError on anything else, Python's and SymPy's truth values included."""
    if isinstance(value, bool) or value is sympy.true or value is sympy.false:
        raise TypeError(f"{value} is a truth value: it was evaluated before it could be read; use Eq, Lt, Le")
    if not isinstance(value, (Formula, Relational)):
        raise TypeError(f"{value!s} is no formula; expected Eq, Lt, Le, And, Or, Not, Implies, Iff, ForAll, ...")
    return value


class Formula(Boolean):  # type: ignore[misc]
    """A formula. It has no truth value; ``p & q``, ``p | q``, ``~p`` and ``p >> q`` build And, Or, Not and Implies."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise TypeError(f"{self} is a formula, neither true nor false; for a < b < c write And(a < b, b < c)")

    def _sympystr(self, _: Any) -> str:
        return ex.shown(self)

    def _latex(self, _: Any) -> str:
        return ex.latex(self)

    def _eval_simplify(self, **_: Any) -> Any:
        return self

    def __and__(self, other: Any) -> Any:
        return And(self, other)

    def __or__(self, other: Any) -> Any:
        return Or(self, other)

    def __invert__(self) -> Any:
        return Not(self)

    def __rshift__(self, other: Any) -> Any:
        return Implies(self, other)


class _Comparison(Formula):
    __slots__ = ()

    def __new__(cls, a: Any, b: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return sympy.Basic.__new__(cls, ex.numeric(a), ex.numeric(b))


class Eq(_Comparison):
    """a = b."""

    __slots__ = ()


class Ne(_Comparison):
    """not a = b."""

    __slots__ = ()


class Lt(_Comparison):
    """a < b."""

    __slots__ = ()


class Le(_Comparison):
    """a <= b."""

    __slots__ = ()


class Not(Formula):
    """not p."""

    __slots__ = ()

    def __new__(cls, p: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return sympy.Basic.__new__(cls, formula(p))


class _Several(Formula):
    __slots__ = ()

    def __new__(cls, *ps: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        if not ps:
            raise TypeError(f"{cls.__name__} needs at least one formula")
        return formula(ps[0]) if len(ps) == 1 else sympy.Basic.__new__(cls, *map(formula, ps))


class And(_Several):
    """p and q and ..., in the order given."""

    __slots__ = ()


class Or(_Several):
    """p or q or ..., in the order given."""

    __slots__ = ()


class Implies(Formula):
    """p1 -> (p2 -> ... -> q)."""

    __slots__ = ()

    def __new__(cls, p: Any, *rest: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        if not rest:
            raise TypeError("Implies needs two formulas or more")
        conclusion = rest[0] if len(rest) == 1 else Implies(*rest)
        return sympy.Basic.__new__(cls, formula(p), formula(conclusion))


class Iff(Formula):
    """p if and only if q."""

    __slots__ = ()

    def __new__(cls, p: Any, q: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return sympy.Basic.__new__(cls, formula(p), formula(q))


class Holds(Formula):
    """P(args) of an undefined predicate; the first two arguments of the node are its name and signature."""

    __slots__ = ()

    def __new__(cls, name: Any, kind: Any, *args: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return ex.application(cls, name, kind, args)


def guarded(binder: Any) -> ex.Variable:
    """The variable that a binder binds: ``k``, ``k < n`` (a natural below n) or ``e > 0``. Else raises TypeError."""
    if isinstance(binder, Lt):
        low, high = binder.args
        if isinstance(low, ex.Variable) and low.sort == "N" and low not in high.free_symbols:
            return low
        if low == 0 and isinstance(high, ex.Variable):
            return high
    elif isinstance(binder, ex.Variable):
        return binder
    what = "a tuple" if isinstance(binder, (tuple, sympy.Tuple)) else str(binder)
    forms = "ForAll(i, j, p), ForAll(k < n, p) with k natural, or ForAll(e > 0, p)"
    raise TypeError(f"{what} cannot be bound: write {forms}")


class _Quantified(ex.Scoped, Formula):
    """One binder (a variable, or a variable with its range) and a formula; several binders nest."""

    __slots__ = ()

    def __new__(cls, *parts: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        if len(parts) < 2:
            raise TypeError(f"{cls.__name__} needs a variable and a formula")
        binder, rest = parts[0], parts[1:]
        guarded(binder)
        body = formula(rest[0]) if len(rest) == 1 else cls(*rest)
        return sympy.Basic.__new__(cls, binder, body)

    @property
    def scopes(self) -> ex.Scopes:
        """What binds what."""
        return [((guarded(self.args[0]),), self.args)]


class ForAll(_Quantified):
    """For all; a range is a premise: ForAll(k < n, p) says that k < n -> p for all k."""

    __slots__ = ()


class Exists(_Quantified):
    """There is (not for all not); a range is a part of it: Exists(k < n, p) says that k < n and p for some k."""

    __slots__ = ()


class HasDerivative(ex.Scoped, Formula):
    """The derivative of t -> body at `at` exists and is `value`."""

    __slots__ = ()

    def __new__(cls, t: Any, body: Any, at: Any, value: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return sympy.Basic.__new__(cls, ex.bindable(t, "R"), *map(ex.numeric, (body, at, value)))

    @property
    def scopes(self) -> ex.Scopes:
        """What binds what."""
        t, body, at, value = self.args
        return [((t,), (body,)), ((), (at, value))]


class HasLimit(ex.Scoped, Formula):
    """The limit of the body exists and is `value`: as x -> oo ('oo'), as x -> 0 from above ('0+'), as n -> oo ('n')."""

    __slots__ = ()

    def __new__(cls, x: Any, kind: Any, body: Any, value: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        if str(kind) not in LIMITS:
            raise ValueError(f"limit of kind {str(kind)!r}, expected one of {', '.join(LIMITS)}")
        bound = ex.bindable(x, LIMITS[str(kind)])
        return sympy.Basic.__new__(cls, bound, Str(str(kind)), ex.numeric(body), ex.numeric(value))

    @property
    def scopes(self) -> ex.Scopes:
        """What binds what."""
        x, _, body, value = self.args
        return [((x,), (body,)), ((), (value,))]


class Integrable(ex.Scoped, Formula):
    """The body is integrable over the outcome w."""

    __slots__ = ()

    def __new__(cls, w: Any, body: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return sympy.Basic.__new__(cls, ex.bindable(w, "W"), ex.numeric(body))

    @property
    def scopes(self) -> ex.Scopes:
        """What binds what."""
        return [((self.args[0],), (self.args[1],))]


class SameLaw(ex.Scoped, Formula):
    """The families w, indices -> A and w, indices -> B have one joint law."""

    __slots__ = ()

    def __new__(cls, w: Any, indices: Any, a: Any, b: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return sympy.Basic.__new__(cls, ex.bindable(w, "W"), _indices(indices), ex.numeric(a), ex.numeric(b))

    @property
    def scopes(self) -> ex.Scopes:
        """What binds what."""
        return [((self.args[0], *self.args[1]), self.args[2:])]


class Independent(ex.Scoped, Formula):
    """The blocks of w, blocks, inner -> Z, one for each value of the block indices, are mutually independent."""

    __slots__ = ()

    def __new__(cls, w: Any, blocks: Any, inner: Any, z: Any) -> Any:
        """Build it as written; TypeError if a part is of the wrong kind."""
        return sympy.Basic.__new__(cls, ex.bindable(w, "W"), _indices(blocks), _indices(inner), ex.numeric(z))

    @property
    def scopes(self) -> ex.Scopes:
        """What binds what."""
        return [((self.args[0], *self.args[1], *self.args[2]), (self.args[3],))]


def _indices(indices: Any) -> Any:
    if isinstance(indices, ex.Variable):
        indices = (indices,)
    if not isinstance(indices, (Sequence, sympy.Tuple)):
        raise TypeError(f"{indices} is no tuple of index symbols")
    return sympy.Tuple(*(ex.bindable(i, "N") for i in indices))


SERVICES["formulas"] = sys.modules[__name__]
