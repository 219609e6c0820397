"""Plain ASCII text that has one reading: two expressions with one text are the same term.

Names of fixed meaning (words of the grammar, abbreviations such as relu) are quoted where an author uses them for a
symbol of their own, and a name that stands for symbols of several signatures shows its signature.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any, Final

import sympy

from ..kernel.language import signature
from ..kernel.term import Term
from . import expression as ex
from . import formulas as fo
from .macros import MACROS
from .operations import SERVICES
from .writing import Names, to_sympy

QUANTIFIER, ARROW, OR, AND, NOT, RELATION, SUM, PRODUCT, POWER, ATOM = range(10)
GRAMMAR: Final = ("for", "all", "there", "is", "natural", "real", "outcome", "not", "and", "or", "oo")
WORDS: Final = frozenset(GRAMMAR) | MACROS.keys()
RELATIONS: Final = {fo.Eq: "=", fo.Ne: "/=", fo.Lt: "<", fo.Le: "<="}
KINDS: Final = {"N": "natural", "R": "real", "W": "outcome", "F": "formula"}
NOTHING: Final[frozenset[str]] = frozenset()


def to_text(t: Term, names: Names | None = None) -> str:
    """One line for a reader at a terminal."""
    return show(to_sympy(t, names), 0, clashes(t))


def legend(t: Term) -> dict[str, str]:
    """What each symbol of the term is: ``{"W": "outcome, natural, natural -> real"}``, in the order of names."""
    twice = clashes(t)
    lines = {}
    for name, kind in sorted(t.symbols):
        arguments, result = signature((name, kind))
        arrow = f"{', '.join(KINDS[s] for s in arguments)} -> " if arguments else ""
        lines[_name(name, kind, twice)] = arrow + KINDS[result]
    return lines


def clashes(t: Term) -> frozenset[str]:
    """The names that several symbols of the term have."""
    names = [name for name, _ in t.symbols]
    return frozenset(n for n in names if names.count(n) > 1)


def show(e: Any, level: int = 0, twice: Set[str] = NOTHING) -> str:
    """The text of an expression, in parentheses if it binds less tightly than `level`."""
    own, line = _Plain(twice).line(e)
    return f"({line})" if own < level else line


def _name(name: str, kind: str, twice: Set[str]) -> str:
    if name in twice:
        return f"{name}{{{kind}}}"
    return f"'{name}'" if name in WORDS else name


class _Plain:
    def __init__(self, twice: Set[str]) -> None:
        self.twice = twice

    def show(self, e: Any, level: int = 0) -> str:
        own, line = self.line(e)
        return f"({line})" if own < level else line

    def line(self, e: Any) -> tuple[int, str]:
        """How tightly it binds, and its text."""
        if isinstance(e, sympy.Rational):
            return SUM if e < 0 else PRODUCT if e.q > 1 else ATOM, str(e)
        if isinstance(e, ex.Variable):
            return ATOM, _name(e.name, ">" + e.sort, self.twice)
        if isinstance(e, ex.Loose):
            return ATOM, f"#{e.index}{e.sort}"
        if isinstance(e, (ex.Applied, fo.Holds)):
            name = _name(e.args[0].name, e.args[1].name, self.twice)
            return ATOM, name + (f"({self.list(e.args[2:])})" if len(e.args) > 2 else "")
        if isinstance(e, ex.Macro):
            return ATOM, f"{e.args[0].name}({self.list(e.args[1:])})"
        if isinstance(e, ex.Bracket):
            return ATOM, f"[{self.show(e.args[0])}]"
        if isinstance(e, sympy.Add):
            return SUM, self.sum(e.args)
        if isinstance(e, sympy.Mul):
            if negated(e):
                return SUM, "-" + self.subtrahend(e.args[1])
            return PRODUCT, self.product(e.args)
        if isinstance(e, sympy.Pow):
            base, exponent = e.args
            if exponent == -1:
                return PRODUCT, f"1/{self.divisor(base)}"
            return POWER, f"{self.show(base, ATOM)}^{self.show(exponent, ATOM)}"
        if isinstance(e, ex.Total):
            (index, _, upper), body = e.args[1], e.args[0]
            return ATOM, f"sum({index} < {self.show(ex.count(upper), SUM)}: {self.show(body)})"
        if isinstance(e, ex.Expectation):
            return ATOM, f"E({e.args[0]}: {self.show(e.args[1])})"
        if isinstance(e, fo.Formula):
            return self.formula(e)
        return QUANTIFIER, str(e)  # SymPy's own, on its way to an error message

    def list(self, es: Any) -> str:
        return ", ".join(self.show(a) for a in es)

    def sum(self, args: Any) -> str:
        first, *rest = args
        line = self.show(first) if negated(first) or negative(first) else self.show(first, PRODUCT)
        for a in rest:
            if negated(a):
                line += " - " + self.subtrahend(a.args[1])
            elif negative(a):
                line += f" - {-a}"
            else:
                line += " + " + self.show(a, PRODUCT)
        return line

    def subtrahend(self, e: Any) -> str:
        return f"({e})" if e.is_Number else self.show(e, PRODUCT)

    def divisor(self, e: Any) -> str:
        return f"({e})" if e.is_Number else self.show(e, POWER)

    def product(self, args: Any) -> str:
        line = ""
        for place, a in enumerate(args):
            before = args[place - 1]  # of the first: not looked at
            if place and inverse(a) and not a.args[0].is_Number and not (place == 1 and before == 1):
                line += "/" + self.divisor(a.args[0])
            elif place and a.is_Rational and a.p == 1 and a.q > 1 and not before.is_Number:
                line += f"/{a.q}"
            elif inverse(a) and not place:
                line += self.show(a)
            else:
                line += ("*" if place else "") + self.show(a, POWER)
        return line

    def formula(self, e: Any) -> tuple[int, str]:
        kind = type(e)
        if kind in RELATIONS:
            a, b = (self.show(x, SUM) for x in e.args)
            return RELATION, f"{a} {RELATIONS[kind]} {b}"
        if kind is fo.Not:
            return NOT, f"not {self.show(e.args[0], NOT)}"
        if kind in (fo.And, fo.Or):
            word, level = (" and ", NOT) if kind is fo.And else (" or ", AND)
            return level - 1, word.join(self.show(p, level) for p in e.args)
        if kind is fo.Implies:
            p, q = e.args
            return ARROW, f"{self.show(p, OR)} -> {self.show(q, ARROW if type(q) is fo.Implies else OR)}"
        if kind is fo.Iff:
            return ARROW, " <-> ".join(self.show(p, OR) for p in e.args)
        if kind in (fo.ForAll, fo.Exists):
            binders = []
            while type(e) is kind:
                binders.append(self.binder(e.args[0]))
                e = e.args[1]
            word = "for all" if kind is fo.ForAll else "there is"
            return QUANTIFIER, f"{word} {', '.join(binders)}: {self.show(e)}"
        if kind is fo.HasDerivative:
            t, body, at, value = e.args
            return RELATION, f"D({t} = {self.show(at, SUM)}: {self.show(body)}) = {self.show(value, SUM)}"
        if kind is fo.HasLimit:
            x, how, body, value = e.args
            to = {"oo": f"{x} -> oo", "0+": f"{x} -> 0+", "n": f"natural {x} -> oo"}[how.name]
            return RELATION, f"lim({to}: {self.show(body)}) = {self.show(value, SUM)}"
        if kind is fo.Integrable:
            return ATOM, f"integrable({e.args[0]}: {self.show(e.args[1])})"
        names = [" ".join(map(str, part)) for part in e.args if isinstance(part, sympy.Tuple)]
        head = "same_law" if kind is fo.SameLaw else "independent"
        bodies = "; ".join(self.show(x) for x in e.args[1 + len(names) :])
        return ATOM, f"{head}({'; '.join([str(e.args[0]), *names])}: {bodies})"

    def binder(self, e: Any) -> str:
        variable = fo.guarded(e)
        if e is variable:
            return f"{KINDS[e.sort]} {e}"
        low, high = e.args
        if high == variable and low == 0:
            return f"{KINDS[high.sort]} {high} > 0"
        return f"{variable} < {self.show(high, SUM)}"


def negated(e: Any) -> bool:
    """Whether `e` is (-1)*x, which reads as -x."""
    return isinstance(e, sympy.Mul) and len(e.args) == 2 and e.args[0] == -1


def negative(e: Any) -> bool:
    """Whether `e` is a negative number."""
    return bool(e.is_Number and e.is_negative)


def inverse(e: Any) -> bool:
    """Whether `e` is a reciprocal."""
    return isinstance(e, sympy.Pow) and e.args[1] == -1


SERVICES["show"] = show
