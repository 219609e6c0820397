r"""Terms as LaTeX (amsmath and amssymb, no macros of our own), for the report.

Indices are subscripts, reciprocals are fractions, (-1) x is -x. An outcome that is bound by the expectation around it
is left out, as in textbooks, unless `outcomes` asks for it or leaving it out would make two symbols look alike. Plain
text (`plain`) has one reading; this has the reading that a mathematician gives it.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import sympy

from ..kernel.term import Term
from . import expression as ex
from . import formulas as fo
from .plain import (
    ARROW,
    ATOM,
    NOT,
    OR,
    POWER,
    PRODUCT,
    QUANTIFIER,
    RELATION,
    SUM,
    clashes,
    inverse,
    negated,
    negative,
)
from .writing import Names, to_sympy

GREEK: Final = frozenset(
    # a list would take 35 lines
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "  # noqa: SIM905
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
ACCENTS: Final = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde"}
RELATIONS: Final = {fo.Eq: "=", fo.Ne: r"\ne", fo.Lt: "<", fo.Le: r"\le"}
SETS: Final = {"N": r"\mathbb{N}", "R": r"\mathbb{R}", "W": r"\Omega"}


class Display(NamedTuple):
    r"""One row of a displayed formula: what comes before it (quantifiers, premises), and its relation, in LaTeX."""

    prefix: str
    left: str
    relation: str
    right: str


def to_latex(t: Term, names: Names | None = None, *, outcomes: bool = False) -> str:
    """LaTeX for math mode; `outcomes`: show the outcome of every random quantity."""
    return _Latex(t, outcomes).show(to_sympy(t, names))


def split(t: Term, names: Names | None = None, *, outcomes: bool = False) -> list[Display]:
    """The rows of a formula, split at its top-level implications, conjunctions and relations."""
    latex = _Latex(t, outcomes)
    return latex.rows(to_sympy(t, names), "")


def name_in_latex(name: str) -> tuple[str, bool]:
    """A name, and whether it is a single glyph without subscript: sigma2 is sigma with subscript 2, x_hat has a hat."""
    first, *rest = [part for part in name.split("_") if part] or ["x"]
    accents = [part for part in rest if part in ACCENTS]
    below = [part for part in rest if part not in ACCENTS]
    letters, digits = re.fullmatch(r"(.*?)(\d*)", first).groups()  # type: ignore[union-attr]
    if not letters:
        letters, digits = first, ""
    base = rf"\{letters}" if letters in GREEK else letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
    for accent in accents:
        base = rf"{ACCENTS[accent]}{{{base}}}"
    below = [digits] * bool(digits) + below
    if not below:
        return base, True
    parts = [p if len(p) == 1 or p.isdigit() else rf"\mathrm{{{p}}}" for p in below]
    return f"{base}_{{{','.join(parts)}}}", False


class _Latex:
    def __init__(self, t: Term, outcomes: bool) -> None:
        self.twice = clashes(t)
        self.names = {name for name, _ in t.symbols}
        self.outcomes = outcomes
        self.hidden: list[Any] = []

    def name(self, name: str, kind: str) -> tuple[str, bool]:
        if name in self.twice:
            arrow = kind.replace(">", r"\to ")
            return rf"\mathrm{{{_escaped(name)}}}^{{({arrow})}}", False
        found, simple = name_in_latex(name)
        if not simple and any(name_in_latex(other)[0] == found for other in self.names - {name}):
            return rf"\mathtt{{{_escaped(name)}}}", True
        base = re.split(r"[_\d]", name)[0]
        if not simple and base in self.names:  # x1 beside x: not to be taken for x with index 1
            return rf"\mathtt{{{_escaped(name)}}}", True
        return found, simple

    def show(self, e: Any, level: int = 0) -> str:
        own, line = self.line(e)
        return _parentheses(line) if own < level else line

    def line(self, e: Any) -> tuple[int, str]:
        """How tightly it binds, and its LaTeX."""
        if isinstance(e, sympy.Rational):
            size = str(abs(e.p)) if e.q == 1 else rf"\frac{{{abs(e.p)}}}{{{e.q}}}"
            return (SUM, f"-{size}") if e < 0 else (ATOM if e.q == 1 else PRODUCT, size)
        if isinstance(e, ex.Variable):
            found, simple = self.name(e.name, ">" + e.sort)
            return (ATOM if simple else POWER), r"\omega" if found == "w" and e.sort == "W" else found
        if isinstance(e, ex.Loose):
            return ATOM, rf"\#{e.index}"
        if isinstance(e, (ex.Applied, fo.Holds)):
            return self.applied(e)
        if isinstance(e, ex.Macro):
            return self.macro(e.args[0].name, [self.show(a) for a in e.args[1:]])
        if isinstance(e, ex.Bracket):
            return ATOM, _parentheses(self.show(e.args[0]), "[]")
        if isinstance(e, sympy.Add):
            return SUM, self.sum(e.args)
        if isinstance(e, sympy.Mul):
            return self.product(list(e.args))
        if isinstance(e, sympy.Pow):
            base, exponent = e.args
            if exponent == -1:
                return PRODUCT, rf"\frac{{1}}{{{self.show(base)}}}"
            return POWER, f"{self.show(base, ATOM)}^{{{self.show(exponent)}}}"
        if isinstance(e, ex.Total):
            (index, _, upper), body = e.args[1], e.args[0]
            return (
                PRODUCT,
                rf"\sum_{{{self.show(index)} < {self.show(ex.count(upper), SUM)}}} {self.show(body, PRODUCT)}",
            )
        if isinstance(e, ex.Expectation):
            body, shown = self.random(e.args[0], e.args[1:])
            return ATOM, rf"\mathbb{{E}}{shown}\left[{body[0]}\right]"
        return self.formula(e)

    def applied(self, e: Any) -> tuple[int, str]:
        name, kind, *args = e.args
        name, kind = name.name, kind.name
        if (name, kind) == ("exp", "R>R") or (name, kind) == ("log", "R>R"):
            return ATOM, rf"\{name}{_parentheses(self.show(args[0]))}"
        found, simple = self.name(name, kind)
        sorts = kind.partition(">")[0]
        if name not in self.twice:
            kept = [(a, s) for a, s in zip(args, sorts, strict=True) if a not in self.hidden]
        else:
            kept = list(zip(args, sorts, strict=True))
        below = [self.show(a) for a, s in kept if s == "N"]
        beside = [self.show(a) for a, s in kept if s != "N"]
        if below and isinstance(e, fo.Holds):
            below, beside = [], [self.show(a) for a, _ in kept]
        line = found
        if below:
            line = f"{found if simple else _raised(found)}_{{{','.join(below)}}}"
        if beside:
            line += _parentheses(", ".join(beside))
        return (ATOM if simple or beside else POWER), line

    def macro(self, name: str, args: list[str]) -> tuple[int, str]:
        if name == "abs":
            return ATOM, _parentheses(args[0], "||")
        label = rf"\{name}" if name in ("max", "min", "tanh") else rf"\operatorname{{{name}}}"
        return ATOM, label + _parentheses(", ".join(args))

    def random(self, w: Any, bodies: Any) -> tuple[list[str], str]:
        """The bodies under the binder of an outcome, and the subscript that names it if it is shown."""
        about = {v for body in bodies for v in body.atoms(ex.Variable) if v.sort == "W"}
        if self.outcomes or about - {w} or any(body.has(ex.Loose) for body in bodies) or self.passed(w, bodies):
            return [self.show(body) for body in bodies], f"_{{{self.show(w)}}}"
        self.hidden.append(w)
        found = [self.show(body) for body in bodies]
        self.hidden.pop()
        return found, ""

    def passed(self, w: Any, bodies: Any) -> bool:
        """Whether a symbol that keeps its arguments (one of two of that name) has the outcome."""
        uses = (a for body in bodies for a in body.atoms(ex.Applied, fo.Holds) if w in a.args)
        return any(a.args[0].name in self.twice for a in uses)

    def sum(self, args: Any) -> str:
        line = ""
        for a in args:
            if negated(a) and line:
                line += f" - {self.show(a.args[1], PRODUCT)}"
            elif negative(a) and line:
                line += f" {self.show(a)[:1]} {self.show(a)[1:]}"
            else:
                shown = self.show(a, SUM if negated(a) or negative(a) or leading_minus(a) else PRODUCT)
                line += f" - {shown[1:]}" if line and shown.startswith("-") else f" + {shown}" if line else shown
        return line

    def product(self, factors: list[Any]) -> tuple[int, str]:
        """Reciprocals go below a bar, large sums to the end of the line."""
        minus = False
        while negative(factors[0]) and (factors[0] != -1 or len(factors) > 1):
            minus = not minus
            factors = factors[1:] if factors[0] == -1 else [-factors[0], *factors[1:]]
        if len(factors) == 1:
            body = self.show(factors[0], PRODUCT)
            return SUM if minus else PRODUCT, f"-{body}" if minus else body
        above: list[Any] = []
        below: list[Any] = []
        for f in factors:
            if inverse(f):
                below.append(f.args[0])
            elif f.is_Rational and f.q > 1 and f.p > 0:
                above += [sympy.Integer(f.p)] * (f.p > 1)
                below.append(sympy.Integer(f.q))
            else:
                above.append(f)
        if not below:
            line = self.factors(above)
        else:
            last = [above.pop()] if above and isinstance(above[-1], ex.Total) else []
            top = self.show(above[0]) if len(above) == 1 else self.factors(above) if above else "1"
            bottom = self.show(below[0]) if len(below) == 1 else self.factors(below)
            line = rf"\frac{{{top}}}{{{bottom}}}" + (rf" \, {self.factors(last)}" if last else "")
        return SUM if minus else PRODUCT, f"-{line}" if minus else line

    def factors(self, factors: list[Any]) -> str:
        line = ""
        for place, f in enumerate(factors):
            loose = isinstance(f, ex.Total) and place < len(factors) - 1
            nested = isinstance(f, sympy.Mul) and place > 0
            shown = self.show(f, POWER if loose or nested else PRODUCT)
            if place:
                numeral = shown[0].isdigit() or shown.startswith(r"\frac")
                line += r" \cdot " if numeral else " " if isinstance(f, ex.Total) else r" \, "
            line += shown
        return line

    def formula(self, e: Any) -> tuple[int, str]:
        kind = type(e)
        if kind in RELATIONS:
            a, b = (self.show(x, SUM) for x in e.args)
            return RELATION, f"{a} {RELATIONS[kind]} {b}"
        if kind is fo.Not:
            return NOT, rf"\neg {self.show(e.args[0], ATOM)}"
        if kind in (fo.And, fo.Or):
            word, level = (r" \wedge ", NOT) if kind is fo.And else (r" \vee ", NOT)
            return (OR if kind is fo.Or else level - 1), word.join(self.show(p, level) for p in e.args)
        if kind is fo.Implies:
            p, q = e.args
            return (
                ARROW,
                rf"{self.show(p, OR)} \Rightarrow {self.show(q, ARROW if type(q) is fo.Implies else OR)}",
            )
        if kind is fo.Iff:
            return ARROW, r" \Leftrightarrow ".join(self.show(p, OR) for p in e.args)
        if kind in (fo.ForAll, fo.Exists):
            prefix, body = self.quantifiers(e)
            return QUANTIFIER, rf"{prefix} {self.show(body)}"
        if kind is fo.HasDerivative:
            t, body, at, value = e.args
            point = rf"\left.\frac{{\mathrm{{d}}}}{{\mathrm{{d}}{self.show(t)}}} {self.show(body, POWER)}\right|"
            return RELATION, rf"{point}_{{{self.show(t)} = {self.show(at, SUM)}}} = {self.show(value, SUM)}"
        if kind is fo.HasLimit:
            x, how, body, value = e.args
            to = r"0^{+}" if how.name == "0+" else r"\infty"
            inside = rf"\lim_{{{self.show(x)} \to {to}}} {self.show(body, PRODUCT)}"
            return RELATION, rf"{inside} = {self.show(value, SUM)}"
        if kind is fo.Integrable:
            (body,), shown = self.random(e.args[0], e.args[1:])
            return RELATION, rf"\mathbb{{E}}{shown}\left|{body}\right| < \infty"
        if kind is fo.SameLaw:
            bodies, shown = self.random(e.args[0], e.args[2:])
            below = ",".join(map(self.show, e.args[1]))
            indices = f"_{{{below}}}" if below else ""
            a, b = (rf"\bigl({body}\bigr){indices}" for body in bodies)
            over = rf"\text{{ over }} {shown[2:-1]}" if shown else ""
            return RELATION, rf"{a} \overset{{\mathrm{{d}}}}{{=}} {b}{over}"
        if kind is fo.Independent:
            (body,), shown = self.random(e.args[0], e.args[3:])
            blocks, inner = (",".join(map(self.show, part)) for part in e.args[1:3])
            line = rf"\bigl({body}\bigr)" + (f"_{{{inner}}}" if inner else "")
            over = rf"\text{{ for different }} {blocks}" if blocks else ""
            over += rf"\text{{ over }} {shown[2:-1]}" if shown else ""
            return RELATION, rf"{line} \text{{ are independent}}{over}"
        raise TypeError(f"{e} ({kind.__name__}) is not in the language")

    def quantifiers(self, e: Any) -> tuple[str, Any]:
        """Every quantifier at the head of `e`, and what follows them."""
        parts = []
        while isinstance(e, (fo.ForAll, fo.Exists)):
            mark = r"\forall" if isinstance(e, fo.ForAll) else r"\exists"
            binder = e.args[0]
            variable = fo.guarded(binder)
            if binder is variable:
                parts.append(rf"{mark} {self.show(variable)} \in {SETS[variable.sort]}")
            elif binder.args[1] == variable and binder.args[0] == 0:
                where = rf"\, ({self.show(variable)} \in \mathbb{{N}})" if variable.sort == "N" else ""
                parts.append(rf"{mark} {self.show(variable)} > 0{where}")
            else:
                parts.append(rf"{mark} {self.show(variable)} < {self.show(binder.args[1], SUM)}")
            e = e.args[1]
        return r"\; ".join(parts) + r" \colon", e

    def rows(self, e: Any, prefix: str) -> list[Display]:
        if isinstance(e, fo.ForAll):
            quantifiers, body = self.quantifiers(e)
            return self.rows(body, f"{prefix} {quantifiers}".strip())
        if isinstance(e, fo.Implies):
            return self.rows(e.args[1], rf"{prefix} {self.show(e.args[0], OR)} \Rightarrow".strip())
        if isinstance(e, fo.And):
            found = self.rows(e.args[0], prefix)
            for p in e.args[1:]:
                found += self.rows(p, r"\wedge")
            return found
        if type(e) in RELATIONS:
            a, b = (self.show(x, SUM) for x in e.args)
            return [Display(prefix, a, RELATIONS[type(e)], b)]
        if isinstance(e, fo.Iff):
            p, q = (self.show(x, OR) for x in e.args)
            return [Display(prefix, p, r"\Leftrightarrow", q)]
        return [Display(prefix, self.show(e), "", "")]


def _parentheses(line: str, marks: str = "()") -> str:
    """The line in parentheses that grow only where something in it is tall."""
    tall = any(word in line for word in (r"\frac", r"\sum", r"\left", r"\lim"))
    return rf"\left{marks[0]}{line}\right{marks[1]}" if tall else f"{marks[0]}{line}{marks[1]}"


def leading_minus(e: Any) -> bool:
    """Whether `e` is a product that is written with a minus in front."""
    return isinstance(e, sympy.Mul) and negative(e.args[0])


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def _raised(name: str) -> str:
    """A name with a subscript of its own, ready for indices: its subscript goes up."""
    base, _, below = name.partition("_")
    return f"{base}^{{({below[1:-1]})}}" if below.startswith("{") else name
