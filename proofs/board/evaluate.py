"""Terms at concrete values: what the numeric arm compares its measurements with.

Exact where the values are exact (int and Fraction stay so), floats where a value is a float. Nothing of the kernel's
normal form is used: a term is read node by node, so that its value is a second opinion on every rewriting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias

from ..kernel.language import CONSTANTS, signature
from ..kernel.term import Term, imp, instantiate, symbol
from .guards import bound
from .tables import EvaluationError, clauses, entry

Number: TypeAlias = "int | Fraction | float"
Symbol: TypeAlias = "tuple[str, str]"
_Env: TypeAlias = "tuple[Any, ...]"  # values of the bound variables, innermost first
_Code: TypeAlias = "Callable[[_Context, _Env], Any]"

STRIDE: Final = 30  # steps of a recursion that are taken on Python's stack
OMEGA: Final = "Omega"  # the name under which `values` may hold the probability space


class _Context:
    """Values, definitions and the memory of what a definition gave at which arguments."""

    def __init__(self, values: Mapping[Any, Any], definitions: Iterable[Term]) -> None:
        self.values = values
        self.definitions: dict[Symbol, list[tuple[Term, Term]]] = {}
        for definition in definitions:
            for left, right in clauses(definition):
                self.definitions.setdefault(left.data, []).append((left, right))
        self.memory: dict[tuple[Symbol, _Env], Any] = {}

    def space(self) -> Sequence[tuple[Any, Number]]:
        space = self.values.get(OMEGA)
        if space is None:
            raise EvaluationError("outcomes: values['Omega'] is missing, expected pairs (outcome, weight)")
        return space  # type: ignore[no-any-return]

    def apply(self, name: Symbol, arguments: _Env) -> Any:
        if name not in self.definitions:
            given = self.values.get(name, self.values.get(name[0]))
            if given is None:
                raise EvaluationError(f"no value for the symbol {name[0]} of signature {name[1]}")
            return entry(name, given, arguments)
        key = (name, arguments)
        if key not in self.memory:
            self._climb(name, arguments)
            self.memory[key] = self._unfold(name, arguments)
        return self.memory[key]

    def _climb(self, name: Symbol, arguments: _Env) -> None:
        """Take a long recursion in strides from below, so that Python's stack does not end first."""
        place = next((i for i, a in enumerate(self.definitions[name][0][0].args) if a.head == "num"), None)
        if place is not None and arguments[place] > STRIDE:
            for step in range(STRIDE, arguments[place], STRIDE):
                key = (name, (*arguments[:place], step, *arguments[place + 1 :]))
                if key not in self.memory:
                    self.memory[key] = self._unfold(*key)

    def _unfold(self, name: Symbol, arguments: _Env) -> Any:
        for left, right in self.definitions[name]:
            found: dict[int, Any] = {}
            for pattern, value in zip(left.args, arguments, strict=True):
                if pattern.head == "var":
                    found[pattern.data[0]] = value
                elif pattern.head == "num":  # f(0, ys)
                    if value != 0:
                        break
                elif value == 0:  # f(n + 1, ys)
                    break
                else:
                    found[pattern.args[0].data[0]] = value - 1
            else:
                return _code(right)(self, tuple(found[i] for i in range(len(found))))
        raise EvaluationError(f"no clause of the definition of {name[0]} fits {arguments}")


def evaluate(t: Term, values: Mapping[Any, Any], definitions: Iterable[Term] = ()) -> Any:
    """The value of a closed term (int, Fraction or float) or the truth value of a closed formula.

    Args:
        t: a term without loose indices; its free symbols are looked up in `values` by name.
        values: numbers for nullary symbols; arrays, nested lists, dicts (keys: the argument or the tuple of arguments)
            or callables for others; a pair (name, signature) is taken before the name alone. values["Omega"] is the
            probability space: pairs (outcome, weight).
        definitions: formulas f(xs) = e, or f(0, ys) = e0 and f(n + 1, ys) = e1; they go before `values`.

    1/0 is 0 and x^0 is 1. A float exp that overflows is infinite. Raises EvaluationError for what has no finite
    evaluation: a quantifier over reals, one over naturals without a guard such as i < n, laws, derivatives, limits.
    """
    if t.loose:
        raise EvaluationError(f"the term has loose variables {t.loose}: it stands under a binder")
    return _run(t, _Context(values, definitions), ())


def _run(t: Term, context: _Context, env: _Env) -> Any:
    try:
        return _code(t)(context, env)
    except RecursionError as error:
        raise EvaluationError("the definitions recur too deeply for Python's stack") from error


def _code(t: Term) -> _Code:
    """The term as a Python function of the context and the bound variables; built once for a term."""
    known: _Code | None = t.cache.get("code")
    if known is None:
        known = _compiled(t)
        t.cache["code"] = known
    return known


def _compiled(t: Term) -> _Code:
    head, data = t.head, t.data
    if head in ("sum", "all", "E"):
        return _binder(t)
    # brackets first: a factor 0 settles a product, and what it guards may lie outside a table
    order = sorted(t.args, key=lambda a: a.head != "bracket") if head == "mul" else t.args
    codes = [_code(a) for a in order]
    if head == "num":
        value = int(data) if data.denominator == 1 else data
        return lambda context, env: value
    if head == "var":
        index = data[0]
        return lambda context, env: env[index]
    if head == "app":
        return _application(t, codes)
    if head == "add":
        return lambda context, env: _total(c(context, env) for c in codes)
    if head == "mul":
        return lambda context, env: _multiplied(codes, context, env)
    if head in _UNARY:
        (inner,) = codes
        one = _UNARY[head]
        return lambda context, env: one(inner(context, env))
    if head in ("and", "or"):
        settles = head == "or"
        return lambda context, env: any(c(context, env) is settles for c in codes) is settles
    if head in _BINARY:
        first, second = codes
        if head == "imp":
            return lambda context, env: not first(context, env) or second(context, env)
        two = _BINARY[head]
        return lambda context, env: two(first(context, env), second(context, env))
    if head == "int":
        return lambda context, env: context.space() is not None  # on a finite space every term is integrable
    raise EvaluationError(f"{head}: laws, independence, derivatives and limits have no finite evaluation here")


def _total(values: Iterable[Any]) -> Any:
    result: Any = 0
    for value in values:
        result = result + value
    return result


def _multiplied(codes: Sequence[_Code], context: _Context, env: _Env) -> Any:
    result: Any = 1
    for code in codes:
        result = result * code(context, env)
        if result == 0 and not isinstance(result, float):
            return 0
    return result


def _inverse(value: Any) -> Any:
    if value == 0:
        return 0
    return Fraction(1) / value if isinstance(value, int | Fraction) else 1.0 / value


def _power(base: Any, exponent: Any) -> Any:
    try:
        return base**exponent
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 else math.inf


_UNARY: Final[dict[str, Callable[[Any], Any]]] = {"inv": _inverse, "bracket": int, "not": lambda p: not p}
_BINARY: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "pow": _power,
    "eq": lambda a, b: bool(a == b),
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
    "iff": lambda p, q: p is q,
    "imp": lambda p, q: not p or q,
}


def _application(t: Term, codes: Sequence[_Code]) -> _Code:
    name = t.data
    if name[0] in CONSTANTS:
        (inner,) = codes
        function = _exp if name[0] == "exp" else _log
        return lambda context, env: function(inner(context, env))
    return lambda context, env: context.apply(name, tuple([c(context, env) for c in codes]))


def _exp(value: Any) -> Any:
    if value == 0:
        return 1
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _log(value: Any) -> Any:
    if value <= 0:
        raise EvaluationError(f"log of {value}: nothing is stated about it")
    return 0 if value == 1 else math.log(value)


def _binder(t: Term) -> _Code:
    if t.head == "sum":
        count, body = map(_code, t.args)
        return lambda context, env: _total(body(context, (i, *env)) for i in range(count(context, env)))
    body = _code(t.args[0])
    if t.head == "E":
        return lambda context, env: _total(weight * body(context, (w, *env)) for w, weight in context.space())
    if t.data == "W":
        return lambda context, env: all(body(context, (w, *env)) for w, _ in context.space())
    limit = bound(t)
    if limit is None:
        raise EvaluationError("a quantifier over reals, or over naturals without a guard such as i < n: no end")
    upper = _code(limit)
    return lambda context, env: all(body(context, (i, *env)) for i in range(_ceiling(upper(context, env))))


def _ceiling(value: Number) -> int:
    return max(0, math.ceil(value))


# --- statements ---------------------------------------------------------------------------------------------------


def opened(formula: Term, names: Sequence[str]) -> Term:
    """The formula with its leading quantifiers replaced by free symbols of these names, outermost first.

    Quantifiers behind hypotheses count (`all x. p -> all y. q` takes two names); what is left over stays quantified.
    Raises ValueError if there are more names than quantifiers.
    """
    left = list(names)

    def walk(p: Term) -> Term:
        if p.head == "all" and left:
            return walk(instantiate(p.args[0], [symbol(left.pop(0), f">{p.data}")]))
        return imp(p.args[0], walk(p.args[1])) if p.head == "imp" and left else p

    result = walk(formula)
    if left:
        raise ValueError(f"names: {', '.join(left)} left over, only {len(names) - len(left)} quantifiers found")
    return result


@dataclass(frozen=True)
class Part:
    """One equation, inequality or equivalence of a statement.

    Attributes:
        formula: `hypotheses -> left REL right` with free symbols for the quantified variables (see `opened`), REL one
            of =, <, <=, <->; a negation of one counts as the one. None for a part that only defines symbols.
        definitions: what this part defines, beyond the definitions of the whole statement.
        swapped: the formula is `right REL left` (a statement `Q > 0` is the term `0 < Q`).
    """

    formula: Term | None
    definitions: tuple[Term, ...] = ()
    swapped: bool = False

    def sides(self) -> tuple[Term, Term]:
        """Left and right. Raises EvaluationError if the formula has no two sides."""
        core = self.formula
        while core is not None and core.head in ("imp", "not"):
            core = core.args[-1]
        if core is None or core.head not in ("eq", "lt", "le", "iff", "hd", "lim"):
            raise EvaluationError(f"found {core and core.head}, expected an equation, inequality or derivative")
        left, right = core.args[0], core.args[-1]  # of a derivative or limit: the function (never evaluated), the value
        return (right, left) if self.swapped else (left, right)


class Formulas:
    """The parts of a statement, evaluated at concrete values: what experiments compare with.

    Args:
        parts: name of a part -> its formula, or a `Part`.
        definitions: definitions that all parts share. They go before values of the same name.
    """

    def __init__(self, parts: Mapping[str, Term | Part], definitions: Iterable[Term] = ()) -> None:
        self.parts = {name: p if isinstance(p, Part) else Part(p) for name, p in parts.items()}
        self.definitions = tuple(definitions)

    def left(self, part: str, **values: Any) -> Any:
        """The value of the left side of `part` (a truth value if it is a formula); see `evaluate` for `values`."""
        found = self._part(part)
        return _run(found.sides()[0], self._context(found, values), ())

    def right(self, part: str, **values: Any) -> Any:
        """The value of the right side of `part`."""
        found = self._part(part)
        return _run(found.sides()[1], self._context(found, values), ())

    def holds(self, part: str, **values: Any) -> bool:
        """Whether `part`, hypotheses and all, is true at these values. Float sides are compared as they are."""
        found = self._part(part)
        if found.formula is None:
            raise EvaluationError(f"{part}: the part has definitions only")
        return bool(_run(found.formula, self._context(found, values), ()))

    def function(self, part: str, symbol: str, **values: Any) -> Callable[..., Any]:
        """The function that `part` of the statement defines under the name `symbol`, memoised on its arguments."""
        found = self._part(part)
        context = self._context(found, values)
        named = [name for name in context.definitions if name[0] == symbol]
        if not named:
            defined = ", ".join(sorted(name for name, _ in context.definitions)) or "none"
            raise LookupError(f"symbol: found {symbol!r}, the definitions of part {part!r} are: {defined}")

        def value(*arguments: Any) -> Any:
            if len(arguments) != len(signature(named[0])[0]):
                raise TypeError(f"{symbol}: found {len(arguments)} arguments, expected {len(signature(named[0])[0])}")
            return context.apply(named[0], tuple(a.item() if hasattr(a, "item") else a for a in arguments))

        return value

    def _part(self, part: str) -> Part:
        if part not in self.parts:
            raise LookupError(f"part: found {part!r}, expected one of {', '.join(self.parts)}")
        return self.parts[part]

    def _context(self, part: Part, values: Mapping[str, Any]) -> _Context:
        return _Context(values, (*self.definitions, *part.definitions))
