"""Numeric expressions that stay as written: SymPy subclasses whose operators build and never evaluate.

``a + b + c`` is one sum of three terms and ``a + (b + c)`` is a sum of two; ``a - b`` is ``a + (-1)*b``; ``a/b`` is
``a*b**-1``. SymPy's classes are untyped, so the classes here derive from Any as far as mypy can see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import sympy

Expression: TypeAlias = Any  # a SymPy object; SymPy ships no types


def numeric(value: Any) -> Expression:
    """`value` as a SymPy expression of sort N, R or W. Raises TypeError on formulas, floats and strangers."""
    if isinstance(value, (str, float)) or value is None:
        hint = "; write a Fraction, or divide by a symbol or an integer last" if isinstance(value, float) else ""
        raise TypeError(f"{value!r} is no exact expression{hint}")
    try:
        expression = sympy.sympify(value, strict=True)
    except sympy.SympifyError as error:
        raise TypeError(f"{value!r} ({type(value).__name__}) is no expression") from error
    if isinstance(expression, sympy.Float):
        raise TypeError(f"{value!r} is no exact number; write a Fraction")
    if not isinstance(expression, sympy.Expr):
        raise TypeError(f"{value} is a formula or no expression; a number is expected (bracket(p) makes a number of p)")
    return expression


SERVICES: dict[str, Any] = {}
"""What expressions need of modules that are built on this one; those put it here when `notation` loads them."""


def formulas() -> Any:
    """The module of formulas."""
    return SERVICES["formulas"]


# --- operators that build -------------------------------------------------------------------------------------------


class Exact:
    """The operators of every numeric expression below: they build, they never evaluate."""

    __slots__ = ()
    _op_priority = 100.0  # before SymPy's own operators, on either side

    def _sympystr(self, _: Any) -> str:
        return shown(self)

    def _latex(self, _: Any) -> str:
        return latex(self)

    def _eval_simplify(self, **_: Any) -> Expression:
        return self  # SymPy's simplifier expects what evaluates, and would not come to an end

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
        absolute: Expression = SERVICES["absolute"](self)
        return absolute

    def __lt__(self, other: Any) -> Any:
        return formulas().Lt(self, other)

    def __le__(self, other: Any) -> Any:
        return formulas().Le(self, other)

    def __gt__(self, other: Any) -> Any:
        return formulas().Lt(other, self)

    def __ge__(self, other: Any) -> Any:
        return formulas().Le(other, self)


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
        return unevaluated_node(cls, args)


class Times(_Operation, sympy.Mul):  # type: ignore[misc]
    """A product of two or more factors, in the order given."""

    __slots__ = ()
    evaluated = sympy.Mul

    def __new__(cls, *args: Any, **_: Any) -> Expression:
        """Build it as written."""
        return unevaluated_node(cls, args)


class Power(_Operation, sympy.Pow):  # type: ignore[misc]
    """base**exponent: a natural exponent, or -1 for the reciprocal (0 for 0)."""

    __slots__ = ()
    evaluated = sympy.Pow

    def __new__(cls, base: Any, exponent: Any, **_: Any) -> Expression:
        """Build it as written."""
        return unevaluated_node(cls, (base, exponent))


def unevaluated_node(cls: Any, args: Sequence[Any]) -> Expression:
    """A node of SymPy with these arguments, past the constructor that would evaluate."""
    made = sympy.Expr.__new__(cls, *(sympy.sympify(a, strict=True) for a in args))
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


def latex(e: Any) -> str:
    """What SymPy's LaTeX printer says of it, in notebooks too."""
    found: str = SERVICES["latex"](e)
    return found


def shown(e: Any) -> str:
    """The plain text of an expression: what ``str`` says."""
    found: str = SERVICES["show"](e)
    return found
