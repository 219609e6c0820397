"""Numeric expressions that stay as written: SymPy subclasses whose operators build and never evaluate.

``a + b + c`` is one sum of three terms and ``a + (b + c)`` is a sum of two; ``a - b`` is ``a + (-1)*b``; ``a/b`` is
``a*b**-1``. SymPy's classes are untyped, so the classes here derive from Any as far as mypy can see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy.core.symbol import Str

from ..kernel.term import signature

Expression: TypeAlias = Any  # a SymPy object; SymPy ships no types
Scopes: TypeAlias = "list[tuple[tuple[Any, ...], tuple[Any, ...]]]"  # (variables, the parts they are bound in)


def numeric(value: Any) -> Expression:
    """`value` as a SymPy expression of sort N, R or W. Raises TypeError on formulas, floats and strangers."""
    if isinstance(value, (str, float)) or value is None:
        hint = "; write a Fraction, or divide by a symbol or an integer last" if isinstance(value, float) else ""
        raise TypeError(f"{value!r} is no exact expression{hint}")
    expression = sympy.sympify(value)
    if isinstance(expression, sympy.Float):
        raise TypeError(f"{value!r} is no exact number; write a Fraction")
    if not isinstance(expression, sympy.Expr):
        raise TypeError(f"{value} is a formula or no expression; a number is expected (bracket(p) makes a number of p)")
    return expression


def _formulas() -> Any:
    """The module of formulas, which is built on this one."""
    from . import formulas

    return formulas


# --- operators that build -------------------------------------------------------------------------------------------


class Exact:
    """The operators of every numeric expression below: they build, they never evaluate."""

    __slots__ = ()
    _op_priority = 100.0  # before SymPy's own operators, on either side

    def _sympystr(self, _: Any) -> str:
        return shown(self)

    def __add__(self, other: Any) -> Expression:
        return plus(self, other)

    def __radd__(self, other: Any) -> Expression:
        return plus(other, self)

    def __sub__(self, other: Any) -> Expression:
        return plus(self, negative(other))

    def __rsub__(self, other: Any) -> Expression:
        return plus(other, negative(self))

    def __mul__(self, other: Any) -> Expression:
        return times(self, other)

    def __rmul__(self, other: Any) -> Expression:
        return times(other, self)

    def __truediv__(self, other: Any) -> Expression:
        return divide(self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return divide(other, self)

    def __pow__(self, other: Any, modulus: None = None) -> Expression:
        return raised(self, other)

    def __rpow__(self, other: Any) -> Expression:
        return raised(other, self)

    def __neg__(self) -> Expression:
        return negative(self)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return Macro("abs", self)

    def __lt__(self, other: Any) -> Any:
        return _formulas().Lt(self, other)

    def __le__(self, other: Any) -> Any:
        return _formulas().Le(self, other)

    def __gt__(self, other: Any) -> Any:
        return _formulas().Lt(other, self)

    def __ge__(self, other: Any) -> Any:
        return _formulas().Le(other, self)


class _Operation(Exact):
    """A sum, product or power that can be handed over to SymPy."""

    __slots__ = ()
    evaluated: Any  # the class of SymPy that evaluates
    args: tuple[Any, ...]

    def doit(self, **hints: Any) -> Expression:
        """What SymPy makes of it: evaluated, and no longer what was written."""
        return self.evaluated(*(a.doit(**hints) for a in self.args))

    def _eval_evalf(self, precision: int) -> Expression:
        return self.doit()._eval_evalf(precision)


class Plus(_Operation, sympy.Add):  # type: ignore[misc]
    """A sum of two or more terms, in the order given."""

    __slots__ = ()
    evaluated = sympy.Add

    def __new__(cls, *args: Any, **_: Any) -> Expression:
        """Build it as written."""
        return _unevaluated(cls, args)


class Times(_Operation, sympy.Mul):  # type: ignore[misc]
    """A product of two or more factors, in the order given."""

    __slots__ = ()
    evaluated = sympy.Mul

    def __new__(cls, *args: Any, **_: Any) -> Expression:
        """Build it as written."""
        return _unevaluated(cls, args)


class Power(_Operation, sympy.Pow):  # type: ignore[misc]
    """base**exponent: a natural exponent, or -1 for the reciprocal (0 for 0)."""

    __slots__ = ()
    evaluated = sympy.Pow

    def __new__(cls, base: Any, exponent: Any, **_: Any) -> Expression:
        """Build it as written."""
        return _unevaluated(cls, (base, exponent))


class Total(Exact, sympy.Sum):  # type: ignore[misc]
    """The sum over 0 <= k <= upper, never flattened and never evaluated; `S` builds it."""

    __slots__ = ()

    def __new__(cls, body: Any, *limits: Any, **_: Any) -> Expression:
        """Build it as written."""
        return _unevaluated(cls, (body, *(sympy.Tuple(*limit) for limit in limits)))


def _unevaluated(cls: Any, args: Sequence[Any]) -> Expression:
    made = sympy.Expr.__new__(cls, *(sympy.sympify(a) for a in args))
    made.is_commutative = True
    return made


def plus(a: Any, b: Any) -> Expression:
    """A + b; a sum on the left takes b as a further term."""
    a, b = numeric(a), numeric(b)
    return Plus(*a.args, b) if isinstance(a, Plus) else Plus(a, b)


def negative(a: Any) -> Expression:
    """(-1)*a, or the negative of a number."""
    a = numeric(a)
    return -a if a.is_Number else Times(-1, a)


def times(a: Any, b: Any) -> Expression:
    """A * b; a product on the left takes b as a further factor, and a minus moves out."""
    a, b = numeric(a), numeric(b)
    if a.is_Number and a.is_negative and a != -1:
        return negative(times(-a, b))  # -2*x is -(2*x), as 1 - 2*x is 1 - (2*x)
    if isinstance(a, Times):
        if len(a.args) == 2 and a.args[0] == -1:
            return negative(times(a.args[1], b))  # -x*y is -(x*y)
        return Times(*a.args, b)
    return Times(a, b)


def divide(a: Any, b: Any) -> Expression:
    """A * b**-1; a rational divisor becomes its reciprocal."""
    a, b = numeric(a), numeric(b)
    inverse = sympy.Rational(b.q, b.p) if b.is_Rational and b != 0 else Power(b, -1)
    return inverse if a == 1 else times(a, inverse)


def raised(a: Any, b: Any) -> Expression:
    """A ** b; a negative integer b gives the reciprocal of the power."""
    a, b = numeric(a), numeric(b)
    if b.is_Integer and b.is_negative:
        return Power(a if b == -1 else Power(a, -b), -1)
    return Power(a, b)


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
        kind = _formulas().Holds if result == "F" else Applied
        return kind(self.name, self.signature, *map(numeric, args))


# --- numeric heads --------------------------------------------------------------------------------------------------


class Node(Exact, sympy.Expr):  # type: ignore[misc]
    """A numeric head of our own."""

    __slots__ = ()
    is_commutative = True


class Applied(Node):
    """f(args); the first two arguments of the node are the name and the signature of f."""

    __slots__ = ()

    def __new__(cls, name: Any, kind: Any, *args: Any) -> Applied:
        """Build it as written."""
        return application(cls, name, kind, args)


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
        made: Bracket = sympy.Expr.__new__(cls, _formulas().formula(p))
        return made


class Scoped:
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
    if not isinstance(v, Variable) or v.sort not in sort:
        kinds = " or ".join({"N": "natural", "R": "real", "W": "outcome"}[s] for s in sort)
        raise TypeError(f"{v} cannot be bound here: a symbol for a {kinds} is expected (naturals, reals, outcomes)")
    return v


def application(cls: Any, name: Any, kind: Any, args: Sequence[Any]) -> Any:
    """A node that applies the symbol of this name and signature."""
    return sympy.Basic.__new__(cls, Str(str(name)), Str(str(kind)), *map(numeric, args))


def shown(e: Any) -> str:
    """The plain text of an expression: what ``str`` says."""
    from .plain import show

    return show(e)


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
