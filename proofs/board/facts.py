"""Facts: theorems at hand, taken apart into quantified variables, guards and core, for the search to match."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ..kernel.normal import normal
from ..kernel.polynomial import Polynomial, constant, minus
from ..kernel.term import ONE, ZERO, Term, bracket, eq, imp, instantiate, land, le, lnot, lt, sub, symbol
from ..kernel.theorem import Theorem, infer

RELATIONS = ("eq", "lt", "le")
PATTERN = "_"  # names of pattern variables begin so; authors' names do not


def pattern_variable(sort: str, number: int) -> Term:
    """A nullary symbol that stands for a quantified variable."""
    return symbol(f"{PATTERN}{sort}{number}", f">{sort}")


def is_pattern_variable(t: Term) -> bool:
    """Whether the term is one of `pattern_variable`."""
    return t.head == "app" and not t.args and t.data[0].startswith(PATTERN)


def has_pattern(t: Term) -> bool:
    """Whether a pattern variable occurs in the term."""
    return any(name.startswith(PATTERN) for name, _ in t.symbols)


@dataclass(frozen=True, eq=False)
class Fact:
    """A theorem `all variables. guards -> core`, the variables replaced by pattern variables."""

    theorem: Theorem
    variables: tuple[Term, ...]
    guards: tuple[Term, ...]
    core: Term
    mode: Literal["gap", "bracket"] = "gap"  # how a certificate reads it: as a comparison, or as [core] = 1

    @property
    def equation(self) -> bool:
        """Whether a certificate may use the fact with either sign."""
        return self.mode == "bracket" or self.core.head == "eq"

    @cached_property
    def defined(self) -> Term | None:
        """f(xs) if the fact is an equation f(xs) = ... that can be read as a rule from left to right."""
        if self.mode == "bracket" or self.core.head != "eq" or not self.variables:
            return None
        left = self.core.args[0]
        plain = left.head == "app" and all(not has_pattern(a) or _plain(a) for a in left.args)
        return left if plain and all(v.data in left.symbols for v in self.variables) else None

    @cached_property
    def gap(self) -> Polynomial:
        """What is 0 (an equation) or at least 0 (an inequality) whenever the guards hold."""
        if self.mode == "bracket":
            return minus(normal(bracket(self.core)), constant(1))
        return normal(sub(self.core.args[1], self.core.args[0]))


def _plain(argument: Term) -> bool:
    """A variable, or a variable plus 1."""
    if argument.head == "add" and argument.args[1:] == (ONE,):
        argument = argument.args[0]
    return is_pattern_variable(argument)


def fact(theorem: Theorem) -> Fact:
    """The fact of a theorem, guards stripped wherever they stand among the quantifiers."""
    variables: list[Term] = []
    guards: list[Term] = []
    core = theorem.statement
    while core.head in ("all", "imp"):
        if core.head == "all":
            variables.append(pattern_variable(core.data, len(variables)))
            core = instantiate(core.args[0], [variables[-1]])
        else:
            guards.append(core.args[0])
            core = core.args[1]
    return Fact(theorem, tuple(variables), tuple(guards), core)


def readings(theorem: Theorem) -> Iterator[Fact]:
    """The ways in which a certificate can use a theorem."""
    found = fact(theorem)
    if found.core.head in RELATIONS and all(g.borel for g in found.guards):
        yield found
    literal = found.core.args[0] if found.core.head == "not" else found.core
    solves = literal.head == "eq" and (found.core is not literal or not found.variables)
    simple = solves or literal.head in ("app", "lt", "le")
    if simple and not found.guards:
        yield Fact(theorem, found.variables, (), found.core, "bracket")


def pieces(theorem: Theorem) -> list[Theorem]:
    """The conjuncts of a theorem, each with its quantifiers and guards; and negated comparisons turned around."""
    statement = theorem.statement
    if statement.head in ("all", "imp"):
        body, close = _opened(theorem)
        parts = pieces(body)
        return [close(p) for p in parts] if len(parts) > 1 or parts[0] is not body else [theorem]
    if statement.head == "and":
        return [q for p in statement.args for q in pieces(infer("taut", [theorem], p))]
    if statement.head == "iff":
        a, b = statement.args
        both = [theorem, infer("taut", [theorem], imp(a, b)), infer("taut", [theorem], imp(b, a))]
        if a.borel and b.borel and "app" in (a.head, b.head):
            same = infer("cert", [], eq(bracket(a), bracket(a)), (), ZERO)
            both.append(infer("rewrite", [theorem, same], eq(bracket(a), bracket(b))))
        return both
    if statement.head == "lt":
        return [theorem, infer("taut", [theorem], lnot(eq(*statement.args)))]
    if statement.head == "not":
        (p,) = statement.args
        if p.head == "not":
            return pieces(infer("taut", [theorem], p.args[0]))
        if p.head in ("lt", "le"):
            return [infer("taut", [theorem], contrary(p))]
        if p.head == "imp":
            return pieces(infer("taut", [theorem], land(p.args[0], lnot(p.args[1]))))
        if p.head == "or":
            return pieces(infer("taut", [theorem], land(*map(lnot, p.args))))
    return [theorem]


def contrary(p: Term) -> Term:
    """The comparison that says the contrary of p (< or <=)."""
    a, b = p.args
    return le(b, a) if p.head == "lt" else lt(b, a)


_counter = 0


def fresh(sort: str, hint: str = "x") -> Term:
    """A nullary symbol that no author writes."""
    global _counter
    _counter += 1
    return symbol(f"{hint}__{_counter}", f">{sort}")


def _opened(theorem: Theorem) -> tuple[Theorem, Callable[[Theorem], Theorem]]:
    """The theorem without its outermost quantifier or guard, and the way back."""
    statement = theorem.statement
    if statement.head == "all":
        variable = fresh(statement.data)
        body = infer("instantiate", [theorem], variable)
        return body, lambda t: infer("generalise", [t], variable.data)
    premise = statement.args[0]
    body = infer("taut", [theorem, infer("assume", (), premise)], statement.args[1])
    return body, lambda t: infer("discharge", [t], premise)


def instance_of(found: Fact, values: Sequence[Term], proofs: Iterable[Theorem] = ()) -> Theorem:
    """The theorem at closed values, its guards discharged by `proofs` of them in order."""
    theorem, pending, rest = found.theorem, list(values), list(proofs)
    while True:
        statement = theorem.statement
        if statement.head == "all" and pending:
            theorem = infer("instantiate", [theorem], pending.pop(0))
        elif statement.head == "imp" and rest:
            theorem = infer("taut", [theorem, rest.pop(0)], statement.args[1])
        else:
            return theorem
