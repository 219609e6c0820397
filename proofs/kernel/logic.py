"""Rules of logic: hypotheses, truth tables, quantifiers, induction, rewriting, substitution, axioms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .axioms import AXIOMS
from .brackets import is_natural
from .language import CONSTANTS, signature
from .normal import canonical, normal
from .polynomial import as_constant, minus, primitive, to_term
from .rules import RuleError, require
from .term import ONE, ZERO, Term, abstract, add, instantiate, shift, substitute, symbol, term
from .text import text
from .theorem import Sequent, Theorem, inference, joined

SPLITS = 20_000  # of a truth table; the largest of a shipped proof takes a few hundred

Symbol: TypeAlias = tuple[str, str]
SYMBOL = ("text", "text")


def _closed_formula(rule: str, p: Term) -> None:
    require(rule, "formula", p.sort == "F" and not p.loose, text(p))


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
    require("instantiate", "universal", p.head == "all", text(p))
    require("instantiate", "closed", not t.loose, text(t))
    require("instantiate", "sort", t.sort == p.data or (t.sort, p.data) == ("N", "R"), t.sort, p.data)
    return Sequent(premise.hypotheses, instantiate(p.args[0], [t]))


@inference("induct", 2, SYMBOL, "term")
def induct(premises: Sequence[Theorem], n: Symbol, p: Term) -> Sequent:
    """From p(0) and p(n + 1), the latter under the hypothesis p(n): all n. p(n). `p` has n as its loose index."""
    base, step = premises
    require("induct", "variable", n[1] == ">N", n)
    variable = symbol(*n)
    require("induct", "predicate", p.sort == "F" and set(p.loose) <= {0}, text(p))
    first = instantiate(p, [ZERO])
    require("induct", "base", base.statement is first, text(base.statement), text(first))
    successor = instantiate(p, [add(variable, ONE)])
    require("induct", "step", step.statement is successor, text(step.statement), text(successor))
    others = step.hypotheses - {instantiate(p, [variable])}
    require("induct", "fresh", n not in p.symbols and all(n not in h.symbols for h in others), n[0])
    return Sequent(base.hypotheses | others, term("all", "N", (p,)))


@inference("axiom", 0, "text")
def axiom(_: Sequence[Theorem], name: str) -> Sequent:
    """The axiom of that name, which every theorem that rests on it names from now on."""
    require("axiom", "name", name in AXIOMS, name, ", ".join(AXIOMS))
    return Sequent(frozenset(), AXIOMS[name].statement, frozenset({name}))


# --- truth tables -------------------------------------------------------------------------------------------------

class _Table:
    """Formulas over opaque atoms and signs of differences, decided by splitting on one at a time."""

    def __init__(self, formulas: Sequence[Term]) -> None:
        self.formulas = formulas
        self.leaves: dict[Term, bool | tuple[Term, int]] = {}
        self.values: dict[Term, tuple[int, ...]] = {}
        self.assigned: dict[Term, int] = {}
        self.splits = 0

    def leaf(self, p: Term) -> bool | tuple[Term, int]:
        """A truth value, or (atom, orientation): 0 if it is opaque, else the sign of (right - left) / atom."""
        known = self.leaves.get(p)
        if known is None:
            known = self._leaf(p)
            self.leaves[p] = known
        return known

    def _leaf(self, p: Term) -> bool | tuple[Term, int]:
        if p.head not in ("eq", "lt", "le"):
            atom = canonical(p)
            self.values[atom] = (0, 1)
            return atom, 0
        d = minus(normal(p.args[1]), normal(p.args[0]))
        value = as_constant(d)
        if value is not None:
            return _compares(p.head, (value > 0) - (value < 0))
        content, q = primitive(d)
        atom = to_term(q)
        self.values[atom] = (0, 1) if is_natural(q) else (-1, 0, 1)
        return atom, 1 if content > 0 else -1

    def truth(self, p: Term) -> bool | None:
        """True, False, or None where the assignment so far does not decide."""
        if p.head == "not":
            inner = self.truth(p.args[0])
            return None if inner is None else not inner
        if p.head in ("and", "or", "imp"):
            decisive = p.head != "and"
            values = [self.truth(a) for a in p.args]
            if p.head == "imp" and values[0] is not None:
                values[0] = not values[0]
            if decisive in values:
                return decisive
            return None if None in values else not decisive
        if p.head == "iff":
            a, b = map(self.truth, p.args)
            return None if a is None or b is None else a == b
        leaf = self.leaf(p)
        if isinstance(leaf, bool):
            return leaf
        value = self.assigned.get(leaf[0])
        if value is None:
            return None
        return bool(value) if leaf[1] == 0 else _compares(p.head, value * leaf[1])

    def open_atom(self, p: Term) -> Term:
        """An atom on which the truth of `p`, undecided so far, depends."""
        if p.head in ("not", "and", "or", "imp", "iff"):
            return self.open_atom(next(a for a in p.args if self.truth(a) is None))
        leaf = self.leaf(p)
        if isinstance(leaf, bool):
            raise RuleError("taut", "valid", "a decided formula has no open atom", text(p))
        return leaf[0]

    def satisfiable(self) -> bool:
        """Whether all formulas can be true at once. Raises RuleError beyond SPLITS splits."""
        pending = [p for p in self.formulas if self.truth(p) is not True]
        if any(self.truth(p) is False for p in pending):
            return False
        if not pending:
            return True
        atom = self.open_atom(pending[0])
        for value in self.values[atom]:
            self.splits += 1
            require("taut", "budget", self.splits <= SPLITS, self.splits, f"at most {SPLITS}")
            self.assigned[atom] = value
            if self.satisfiable():
                return True
            del self.assigned[atom]
        return False


def _compares(relation: str, sign: int) -> bool:
    return {"eq": sign == 0, "lt": sign > 0, "le": sign >= 0}[relation]


@inference("taut", None, "term")
def taut(premises: Sequence[Theorem], q: Term) -> Sequent:
    """`q`, a consequence of the premises by truth values and signs."""
    _closed_formula("taut", q)
    table = _Table([*(p.statement for p in premises), term("not", None, (q,))])
    require("taut", "valid", not table.satisfiable(), text(q), "a consequence of the premises")
    return Sequent(joined(premises), q)


# --- equations and substitution -----------------------------------------------------------------------------------


@inference("rewrite", 2, "term")
def rewrite(premises: Sequence[Theorem], target: Term) -> Sequent:
    """`target`: a premise with instances of one side of an equation or equivalence replaced by those of the other."""
    equation, premise = premises
    body, sorts = equation.statement, ""
    while body.head == "all":
        body, sorts = body.args[0], sorts + body.data
    require("rewrite", "equation", body.head in ("eq", "iff"), text(equation.statement))
    left, right = body.args
    bound = set(left.loose) >= set(right.loose)
    reached = bound and _rewrites(premise.statement, target, left, right, len(sorts))
    require("rewrite", "match", reached, text(target))
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
        require("substitute", "parameters", all(wanted.get(i) == s for i, s in loose_sorts(body)), text(body), name)
        require("substitute", "result", body.sort == result or (body.sort, result) == ("N", "R"), body.sort, result)
        require("substitute", "borel", body.borel, text(body))
        bodies[name] = body
    hypotheses = frozenset(substitute(h, bodies) for h in premise.hypotheses)
    return Sequent(hypotheses, substitute(premise.statement, bodies))


def loose_sorts(t: Term) -> frozenset[tuple[int, str]]:
    """(index, sort) of every loose variable of `t`, the index as seen from outside."""
    return t.open
