"""What an author of claims writes: SymPy expressions that stay as written.

SymPy evaluates while it builds: ``x/x`` becomes 1, ``exp(x) > 0`` becomes true, ``exp(a)*exp(b)`` becomes
``exp(a + b)``, a sum of a sum is flattened. None of that may happen before the kernel sees a statement. The symbols
declared here therefore carry their own operators, which build and never evaluate; ``sympy.evaluate`` does not matter.

    m, d = naturals("m d");  j, k = naturals("j k");  v, = reals("v");  w = outcomes("w")
    W, x = function("W", "WNN>R"), function("x", "N>R")
    Eq(E(w, S(j, m, S(k, d, W(w, j, k)*x(k))**2)), m*v*S(k, d, x(k)**2))
    ForAll(j < m, k < d, Integrable(w, W(w, j, k)**2))

``a + b + c`` is one sum of three terms and ``a + (b + c)`` is a sum of two; ``a - b`` is ``a + (-1)*b``; ``a/b`` is
``a*b**-1``. Formulas have no truth value in Python. `bridge.to_term` makes kernel terms of it all and checks sorts.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import sympy

from ..kernel.language import signature
from . import bridge as bridge  # loads what expressions print themselves with: operations.SERVICES
from .expression import (
    Applied,
    Bracket,
    Expectation,
    Macro,
    Symbolic,
    Total,
    Variable,
    bindable,
    numeric,
    upper_limit,
)
from .formulas import (
    And,
    Eq,
    Exists,
    ForAll,
    Formula,
    HasDerivative,
    HasLimit,
    Holds,
    Iff,
    Implies,
    Independent,
    Integrable,
    Le,
    Lt,
    Ne,
    Not,
    Or,
    SameLaw,
)

__all__ = [
    "And", "D", "E", "Eq", "Exists", "ForAll", "Formula", "Ge", "Gt", "Iff", "Implies", "Independent",
    "Integrable", "Le", "Lt", "Ne", "Not", "Or", "S", "SameLaw", "absolute", "bracket", "exp", "function",
    "lim", "log", "maxi", "mini", "naturals", "outcomes", "predicate", "reals", "relu", "sigmoid", "step",
    "tanh", "unevaluated",
]  # fmt: skip


def unevaluated() -> AbstractContextManager[None]:
    """A context in which SymPy's own classes build without evaluating too (``sympy.Rational(1, 2)*sympy.pi``, say)."""
    context: AbstractContextManager[None] = sympy.evaluate(False)
    return context


def _names(names: str | Iterable[str]) -> list[str]:
    return names.replace(",", " ").split() if isinstance(names, str) else list(names)


def _variables(names: str, sort: str) -> Any:
    made = tuple(Variable(name, sort) for name in _names(names))
    return made[0] if len(made) == 1 else made


def naturals(names: str) -> Any:
    """Symbols for naturals (0 included): one for one name, a tuple for several."""
    return _variables(names, "N")


def reals(names: str) -> Any:
    """Symbols for reals."""
    return _variables(names, "R")


def outcomes(names: str) -> Any:
    """Symbols for outcomes of the probability space."""
    return _variables(names, "W")


def function(name: str, kind: str) -> Any:
    """The function symbol of this signature, ``"WNN>R"`` (no argument: the symbol itself)."""
    sorts, result = signature((name, kind))
    if result == "F":
        raise ValueError(f"{name}: signature {kind} is that of a predicate; use predicate")
    return Symbolic(name, kind) if sorts else Variable(name, result)


def predicate(name: str, kind: str) -> Any:
    """The predicate symbol of this signature, ``"N>F"`` (no argument: the formula itself)."""
    sorts, result = signature((name, kind))
    if result != "F":
        raise ValueError(f"{name}: signature {kind} is that of a function; use function")
    return Symbolic(name, kind) if sorts else Holds(name, kind)


def S(k: Any, n: Any, body: Any) -> Any:
    """The sum of the body over 0 <= k <= n - 1 (empty for n = 0), as a SymPy Sum."""
    return Total(numeric(body), (bindable(k, "N"), 0, upper_limit(numeric(n))))


def E(w: Any, body: Any) -> Any:
    """The expectation of the body over the outcome w."""
    return Expectation(w, body)


def bracket(p: Any) -> Any:
    """Iverson's bracket: 1 if p holds, else 0."""
    return Bracket(p)


def exp(t: Any) -> Any:
    """The exponential; nothing evaluates or merges it."""
    return Applied("exp", "R>R", t)


def log(t: Any) -> Any:
    """The logarithm, total: the kernel says nothing of it at 0 and below."""
    return Applied("log", "R>R", t)


def relu(t: Any) -> Any:
    """The rectifier t [0 < t]."""
    return Macro("relu", t)


def step(t: Any) -> Any:
    """The step [0 < t]."""
    return Bracket(Lt(0, t))


def absolute(t: Any) -> Any:
    """The absolute value t [0 < t] - t [t < 0]."""
    return Macro("abs", t)


def maxi(a: Any, b: Any) -> Any:
    """The greater of two: b + (a - b) [b < a]."""
    return Macro("max", a, b)


def mini(a: Any, b: Any) -> Any:
    """The lesser of two: b + (a - b) [a < b]."""
    return Macro("min", a, b)


def sigmoid(t: Any) -> Any:
    """The logistic function 1 / (1 + exp(-t))."""
    return Macro("sigmoid", t)


def tanh(t: Any) -> Any:
    """The hyperbolic tangent (exp(t) - exp(-t)) / (exp(t) + exp(-t))."""
    return Macro("tanh", t)


def Gt(a: Any, b: Any) -> Any:
    """Greater: a > b is read as b < a."""
    return Lt(b, a)


def Ge(a: Any, b: Any) -> Any:
    """Greater or equal: a >= b is read as b <= a."""
    return Le(b, a)


def D(t: Any, body: Any, at: Any, value: Any) -> Any:
    """The derivative of t -> body at `at` exists and is `value`."""
    return HasDerivative(t, body, at, value)


def lim(x: Any, kind: str, body: Any, value: Any) -> Any:
    """The limit of the body is `value`: kind 'oo' (real x -> oo), '0+' (x -> 0 from above), 'n' (natural x)."""
    return HasLimit(x, kind, body, value)
