"""Between SymPy notation and kernel terms: what is written is what is proved.

`to_term` reads an expression and checks every sort; `to_sympy` writes a term for display, with names for its bound
variables that nothing else in the term has, and ``to_term(to_sympy(t)) is t`` for every term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

import sympy
from sympy.core.relational import (
    Equality,
    GreaterThan,
    LessThan,
    Relational,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
)

from ..kernel import term as kt
from ..kernel.language import TermError, signature
from ..kernel.term import Term, term
from ..kernel.text import text
from . import expression as ex
from . import formulas as fo
from . import latex, plain
from .latex import Display
from .macros import MACROS
from .operations import SERVICES
from .writing import Names, to_sympy

__all__ = ["Display", "Names", "legend", "named", "split", "to_latex", "to_sympy", "to_term", "to_text"]

Scope = tuple[Any, ...]  # the variables bound around an expression, outermost first
SORTS: Final = {"N": "natural", "R": "real", "W": "outcome", "F": "formula"}


def to_term(expression: Any) -> Term:
    """The kernel term of an expression or formula (a Term is its own).

    Raises TypeError, naming the sub-expression and why, where a sort does not fit or nothing of the language is meant.
    """
    return named(expression)[0]


def named(expression: Any) -> tuple[Term, Names]:
    """The term, and the author's names for what its binders bind: wishes for `to_sympy`, `to_text` and `to_latex`."""
    if isinstance(expression, Term):
        return expression, {}
    if isinstance(expression, (fo.Formula, Relational, bool, sympy.logic.boolalg.BooleanAtom)):
        checked = fo.formula(expression)
    else:
        checked = ex.numeric(expression)
    reader = _Reader()
    return reader.read(checked, ()), reader.names


def to_text(shown: Any, names: Names | None = None) -> str:
    """A term or an expression as one line of plain text that has one reading."""
    t, found = named(shown)
    return plain.to_text(t, names or found)


def to_latex(shown: Any, names: Names | None = None, *, outcomes: bool = False) -> str:
    """A term or an expression as LaTeX for math mode; `outcomes`: show the outcome of every random quantity."""
    t, found = named(shown)
    return latex.to_latex(t, names or found, outcomes=outcomes)


def split(shown: Any, names: Names | None = None, *, outcomes: bool = False) -> list[Display]:
    """The rows of a formula in LaTeX, split at its top-level implications, conjunctions and relations."""
    t, found = named(shown)
    return latex.split(t, names or found, outcomes=outcomes)


def legend(shown: Any) -> dict[str, str]:
    """What each symbol of a term or an expression is: ``{"W": "outcome, natural, natural -> real"}``."""
    return plain.legend(to_term(shown))


class _Reader:
    def __init__(self) -> None:
        self.known: dict[tuple[Any, Scope], Term] = {}
        self.names: dict[Term, tuple[str, ...]] = {}

    def read(self, e: Any, scope: Scope) -> Term:
        found = self.known.get((e, scope))
        if found is None:
            for kind, rule in RULES:
                if isinstance(e, kind):
                    found = rule(self, e, scope)
                    break
            else:
                raise TypeError(f"{e} ({type(e).__name__}) is not in the language; use the builders of notation")
            self.known[e, scope] = found
        return found

    def all(self, es: Sequence[Any], scope: Scope) -> list[Term]:
        return [self.read(e, scope) for e in es]

    def number(self, e: Any, scope: Scope, sort: str, where: Any, role: str) -> Term:
        """The term of `e`, which must be of this sort."""
        found = self.read(e, scope)
        if found.sort != sort and (found.sort, sort) != ("N", "R"):
            raise TypeError(f"{where}: {role} is {e}, of sort {SORTS[found.sort]}; expected: {SORTS[sort]}")
        return found

    def binder(self, head: str, data: Any, args: Sequence[Term], *bound: Any) -> Term:
        """A head that binds; the names are kept for whoever shows the term."""
        found = term(head, data, args)
        self.names.setdefault(found, tuple(v.name for v in bound))
        return found

    def node(self, head: str, e: Any, scope: Scope) -> Term:
        """A head that binds nothing, over the arguments of `e`."""
        return built(e, head, None, self.all(e.args, scope))


def built(e: Any, head: str, data: Any, args: Sequence[Term]) -> Term:
    """The term of this head; TypeError, naming the expression `e`, if it is not well formed."""
    try:
        return term(head, data, args)
    except TermError as error:
        shown = ", ".join(f"{text(a)} ({SORTS[a.sort]})" for a in args)
        raise TypeError(f"{e}: {head} cannot take {shown}: {error}") from error


# --- reading ----------------------------------------------------------------------------------------------------------


def _variable(_: _Reader, e: Any, scope: Scope) -> Term:
    for index, name in enumerate(reversed(scope)):
        if name == e:
            return kt.var(index, e.sort)
    return kt.symbol(e.name, ">" + e.sort)


def _loose(_: _Reader, e: Any, scope: Scope) -> Term:
    return kt.var(e.index + len(scope), e.sort)


def _rational(_: _Reader, e: Any, scope: Scope) -> Term:
    return kt.num(Fraction(int(e.p), int(e.q)))


def _several(reader: _Reader, e: Any, scope: Scope) -> Term:
    head = "add" if isinstance(e, sympy.Add) else "mul"
    return built(e, head, None, [reader.number(a, scope, "R", e, "a part") for a in e.args])


def _power(reader: _Reader, e: Any, scope: Scope) -> Term:
    base = reader.number(e.args[0], scope, "R", e, "the base")
    exponent = e.args[1]
    if exponent == -1:
        return kt.inv(base)
    if exponent.is_Integer and exponent.is_negative:
        return kt.inv(kt.power(base, kt.num(-int(exponent))))
    return kt.power(base, reader.number(exponent, scope, "N", e, "the exponent"))


def _sum(reader: _Reader, e: Any, scope: Scope) -> Term:
    counts = []
    inside = scope
    for limit in reversed(e.args[1:]):  # SymPy writes the innermost first
        if len(limit) != 3 or limit[1] != 0:
            raise TypeError(f"{e}: the limits are {limit}, expected (k, 0, n - 1)")
        counts.append(_count(reader, e, limit[2], inside))
        inside = (*inside, ex.bindable(limit[0], "N"))
    summand = e.args[0]
    for _ in counts if type(e) is sympy.Sum else ():  # SymPy's constructor multiplies by the orientation of each limit
        if type(summand) is ex.Times and len(summand.args) == 2 and summand.args[0] == 1:
            summand = summand.args[1]
    body = reader.number(summand, inside, "R", e, "the summand")
    for count, index in zip(reversed(counts), reversed(inside), strict=False):
        body = reader.binder("sum", None, (count, body), index)
    return body


def _count(reader: _Reader, e: Any, upper: Any, scope: Scope) -> Term:
    """The number of terms of a sum with this upper bound."""
    return reader.number(ex.count(upper), scope, "N", e, "the number of terms")


def _application(reader: _Reader, e: Any, scope: Scope) -> Term:
    name, kind = e.args[0].name, e.args[1].name
    sorts, _ = signature((name, kind))
    if len(sorts) != len(e.args) - 2:
        raise TypeError(f"{e}: {name} has signature {kind}; {len(e.args) - 2} arguments given, {len(sorts)} expected")
    args = [
        reader.number(a, scope, s, e, f"argument {i} of {name}")
        for i, (a, s) in enumerate(zip(e.args[2:], sorts, strict=True), start=1)
    ]
    return built(e, "app", (name, kind), args)


def _macro(reader: _Reader, e: Any, scope: Scope) -> Term:
    name = e.args[0].name
    args = [reader.number(a, scope, "R", e, f"the argument of {name}") for a in e.args[1:]]
    return MACROS[name](*args)


def _bracket(reader: _Reader, e: Any, scope: Scope) -> Term:
    inner = reader.read(e.args[0], scope)
    if not inner.borel:
        raise TypeError(f"{e}: no bracket of quantifiers over reals or outcomes, laws, limits or derivatives")
    return kt.bracket(inner)


def _comparison(head: str, *, turned: bool = False, negated: bool = False) -> Callable[[_Reader, Any, Scope], Term]:
    def read(reader: _Reader, e: Any, scope: Scope) -> Term:
        a, b = (reader.number(x, scope, "R", e, "a side") for x in e.args)
        found = built(e, head, None, (b, a) if turned else (a, b))
        return kt.lnot(found) if negated else found

    return read


def _connective(head: str) -> Callable[[_Reader, Any, Scope], Term]:
    return lambda reader, e, scope: reader.node(head, e, scope)


def _quantifier(reader: _Reader, e: Any, scope: Scope) -> Term:
    binder = e.args[0]
    variable = fo.guarded(binder)
    inside = (*scope, variable)
    body = reader.read(e.args[1], inside)
    guard = None if binder is variable else reader.read(binder, inside)
    if isinstance(e, fo.ForAll):
        return reader.binder("all", variable.sort, (body if guard is None else kt.imp(guard, body),), variable)
    body = body if guard is None else kt.land(guard, body)
    return reader.binder("not", None, (term("all", variable.sort, (kt.lnot(body),)),), variable)


def _outcome(head: str) -> Callable[[_Reader, Any, Scope], Term]:
    def read(reader: _Reader, e: Any, scope: Scope) -> Term:
        body = reader.number(e.args[1], (*scope, e.args[0]), "R", e, "the body")
        return reader.binder(head, None, (body,), e.args[0])

    return read


def _derivative(reader: _Reader, e: Any, scope: Scope) -> Term:
    t, body, at, value = e.args
    parts = [reader.number(x, scope, "R", e, role) for x, role in ((at, "the point"), (value, "the value"))]
    return reader.binder("hd", None, (reader.number(body, (*scope, t), "R", e, "the body"), *parts), t)


def _limit(reader: _Reader, e: Any, scope: Scope) -> Term:
    x, kind, body, value = e.args
    inside = reader.number(body, (*scope, x), "R", e, "the body")
    return reader.binder("lim", kind.name, (inside, reader.number(value, scope, "R", e, "the value")), x)


def _law(reader: _Reader, e: Any, scope: Scope) -> Term:
    inside = (*scope, e.args[0], *e.args[1])
    families = [reader.number(x, inside, "R", e, "a family") for x in e.args[2:]]
    return reader.binder("law", "N" * len(e.args[1]), families, e.args[0], *e.args[1])


def _independent(reader: _Reader, e: Any, scope: Scope) -> Term:
    w, blocks, inner, z = e.args
    family = reader.number(z, (*scope, w, *blocks, *inner), "R", e, "the family")
    return reader.binder("ind", ("N" * len(blocks), "N" * len(inner)), (family,), w, *blocks, *inner)


RULES: Final[tuple[tuple[Any, Callable[[_Reader, Any, Scope], Term]], ...]] = (
    (ex.Variable, _variable),
    (ex.Loose, _loose),
    (sympy.Rational, _rational),
    ((sympy.Add, sympy.Mul), _several),
    (sympy.Pow, _power),
    (sympy.Sum, _sum),
    ((ex.Applied, fo.Holds), _application),
    (ex.Macro, _macro),
    (ex.Bracket, _bracket),
    (ex.Expectation, _outcome("E")),
    (fo.Integrable, _outcome("int")),
    ((fo.Eq, Equality), _comparison("eq")),
    ((fo.Ne, Unequality), _comparison("eq", negated=True)),
    ((fo.Lt, StrictLessThan), _comparison("lt")),
    ((fo.Le, LessThan), _comparison("le")),
    (StrictGreaterThan, _comparison("lt", turned=True)),
    (GreaterThan, _comparison("le", turned=True)),
    (fo.Not, _connective("not")),
    (fo.And, _connective("and")),
    (fo.Or, _connective("or")),
    (fo.Implies, _connective("imp")),
    (fo.Iff, _connective("iff")),
    ((fo.ForAll, fo.Exists), _quantifier),
    (fo.HasDerivative, _derivative),
    (fo.HasLimit, _limit),
    (fo.SameLaw, _law),
    (fo.Independent, _independent),
)


def _substituted(e: Any, rule: Any) -> Any:
    """An expression with other expressions put for symbols, by way of kernel terms: no name is captured."""
    t, names = named(e)
    return to_sympy(kt.substitute(t, {(v.name, ">" + v.sort): to_term(new) for v, new in rule.items()}), names)


SERVICES["substituted"] = _substituted
SERVICES["latex"] = to_latex
