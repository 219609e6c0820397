"""Rules of logic: hypotheses, truth tables, quantifiers, induction, rewriting, substitution, axioms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .axioms import AXIOMS
from .language import CONSTANTS, signature
from .rules import require
from .satisfiability import satisfiable
from .term import ONE, ZERO, Term, abstract, add, instantiate, shift, substitute, symbol, term
from .theorem import Sequent, Theorem, inference, joined

Symbol: TypeAlias = tuple[str, str]
SYMBOL = ("text", "text")


def _closed_formula(rule: str, p: Term) -> None:
    require(rule, "formula", p.sort == "F" and not p.loose, p)


@inference("assume", 0, "term")
def assume(_: Sequence[Theorem], p: Term) -> Sequent:
    """p |- p"""
    _closed_formula("assume", p)
    return Sequent(frozenset({p}), p)


@inference("discharge", 1, "term")
def discharge(premises: Sequence[Theorem], p: Term) -> Sequent:
    """From G |- q: G - p |- p -> q."""
    _closed_formula("discharge", p)
    return Sequent(premises[0].hypotheses - {p}, term("imp", None, (p, premises[0].statement)))


@inference("generalise", 1, SYMBOL)
def generalise(premises: Sequence[Theorem], x: Symbol) -> Sequent:
    """From p, in which x was arbitrary: for all x, p."""
    (premise,) = premises
    arguments, sort = signature(x)
    require("generalise", "variable", not arguments and sort in "NRW", x)
    require("generalise", "fresh", all(x not in h.symbols for h in premise.hypotheses), x[0])
    return Sequent(premise.hypotheses, term("all", sort, (abstract(premise.statement, [x]),)))


@inference("instantiate", 1, "term")
def instantiated(premises: Sequence[Theorem], t: Term) -> Sequent:
    """From all x. p: p at `t`."""
    (premise,) = premises
    p = premise.statement
    require("instantiate", "universal", p.head == "all", p)
    require("instantiate", "closed", not t.loose, t)
    require("instantiate", "sort", t.sort == p.data or (t.sort, p.data) == ("N", "R"), t.sort, p.data)
    return Sequent(premise.hypotheses, instantiate(p.args[0], [t]))


@inference("induct", 2, SYMBOL, "term")
def induct(premises: Sequence[Theorem], n: Symbol, p: Term) -> Sequent:
    """From p(0) and p(n + 1), the latter under the hypothesis p(n): all n. p(n). `p` has n as its loose index."""
    base, step = premises
    require("induct", "variable", n[1] == ">N", n)
    variable = symbol(*n)
    require("induct", "predicate", p.sort == "F" and set(p.loose) <= {0}, p)
    first = instantiate(p, [ZERO])
    require("induct", "base", base.statement is first, base.statement, first)
    successor = instantiate(p, [add(variable, ONE)])
    require("induct", "step", step.statement is successor, step.statement, successor)
    others = step.hypotheses - {instantiate(p, [variable])}
    require("induct", "fresh", n not in p.symbols and all(n not in h.symbols for h in others), n[0])
    return Sequent(base.hypotheses | others, term("all", "N", (p,)))


@inference("axiom", 0, "text")
def axiom(_: Sequence[Theorem], name: str) -> Sequent:
    """The axiom of that name, which every theorem that rests on it names from now on."""
    require("axiom", "name", name in AXIOMS, name, ", ".join(AXIOMS))
    return Sequent(frozenset(), AXIOMS[name].statement, frozenset({name}))


@inference("taut", None, "term")
def taut(premises: Sequence[Theorem], q: Term) -> Sequent:
    """`q`, a consequence of the premises by truth values and signs."""
    _closed_formula("taut", q)
    formulas = [*(p.statement for p in premises), term("not", None, (q,))]
    require("taut", "valid", not satisfiable(formulas), q, "a consequence of the premises")
    return Sequent(joined(premises), q)


# --- equations and substitution -----------------------------------------------------------------------------------


@inference("rewrite", 2, "term")
def rewrite(premises: Sequence[Theorem], target: Term) -> Sequent:
    """`target`: a premise with instances of one side of an equation or equivalence replaced by those of the other."""
    equation, premise = premises
    body, sorts = equation.statement, ""
    while body.head == "all":
        body, sorts = body.args[0], sorts + body.data
    require("rewrite", "equation", body.head in ("eq", "iff"), equation.statement)
    left, right = body.args
    bound = set(left.loose) >= set(right.loose)
    reached = bound and _rewrites(premise.statement, target, left, right, len(sorts))
    require("rewrite", "match", reached, target)
    return Sequent(joined(premises), target)


def _rewrites(old: Term, new: Term, left: Term, right: Term, count: int) -> bool:
    """Whether `new` is `old` with instances of left replaced by those of right; patterns have `count` variables."""
    if old is new:
        return True
    found: dict[int, Term] = {}
    if match(left, old, count, 0, found) and all(i in found for i in left.loose):
        values = [found.get(i, ZERO) for i in range(count - 1, -1, -1)]
        if instantiate(right, values) is new:
            return True
    if old.head != new.head or old.data != new.data or len(old.args) != len(new.args):
        return False
    return all(_rewrites(a, b, left, right, count) for a, b in zip(old.args, new.args, strict=True))


def match(pattern: Term, t: Term, count: int, depth: int, found: dict[int, Term]) -> bool:
    """First-order matching: bind the pattern's variables (loose indices below `count`) so that it becomes `t`."""
    if not pattern.loose or pattern.loose[-1] < depth:
        return pattern is t
    if pattern.head == "var":
        index, sort = pattern.data
        if index < depth:
            return pattern is t
        if any(i < depth for i in t.loose) or not (t.sort == sort or (t.sort, sort) == ("N", "R")):
            return False  # the value would mention a variable bound inside the pattern
        return found.setdefault(index - depth, shift(t, -depth)) is shift(t, -depth)
    if pattern.head != t.head or pattern.data != t.data or len(pattern.args) != len(t.args):
        return False
    parts = zip(pattern.args, t.args, pattern.binds, strict=True)
    return all(match(a, b, count, depth + len(s), found) for a, b, s in parts)


@inference("substitute", 1, [(SYMBOL, "term")])
def substituted(premises: Sequence[Theorem], table: Sequence[tuple[Symbol, Term]]) -> Sequent:
    """The premise, its hypotheses too, with bodies for symbols."""
    (premise,) = premises
    bodies: dict[Symbol, Term] = {}
    for name, body in table:
        arguments, result = signature(name)
        require("substitute", "constant", name[0] not in CONSTANTS, name[0])
        require("substitute", "distinct", name not in bodies, name[0])
        wanted = dict(enumerate(reversed(arguments)))
        require("substitute", "parameters", all(wanted.get(i) == s for i, s in loose_sorts(body)), body, name)
        require("substitute", "result", body.sort == result or (body.sort, result) == ("N", "R"), body.sort, result)
        require("substitute", "borel", body.borel, body)
        bodies[name] = body
    hypotheses = frozenset(substitute(h, bodies) for h in premise.hypotheses)
    return Sequent(hypotheses, substitute(premise.statement, bodies))


def loose_sorts(t: Term) -> frozenset[tuple[int, str]]:
    """(index, sort) of every loose variable of `t`, the index as seen from outside."""
    return t.open
