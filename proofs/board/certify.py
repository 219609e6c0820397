"""A comparison from facts by one certificate: propose rows, solve for their weights, hand the result to the kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

from ..kernel.normal import canonical, normal
from ..kernel.order import visibly_nonnegative
from ..kernel.polynomial import UNIT, Monomial, Polynomial, constant, monomial_term, primitive, to_term
from ..kernel.term import ONE, ZERO, Term, bracket, mul, num, sub
from ..kernel.theorem import Theorem, infer
from .facts import Fact
from .linear import combination, program
from .rows import Row, denominators, proposals, signed, squares


class Stuck(ValueError):  # noqa: N818 - it names the state of the search, which other searches recover from
    """The search found no proof; the message prints what remains."""

    def __init__(self, message: str, remainder: Polynomial | None = None) -> None:
        super().__init__(message)
        self.remainder = remainder


class Deadline:
    """Seconds of this thread's own time after which a search gives up: a busy machine changes no verdict."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = time.thread_time() + seconds

    def check(self) -> None:
        """Raises OutOfTime if the time is up."""
        if time.thread_time() > self.end:
            raise OutOfTime(f"no proof within {self.seconds:g} s")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Time spent here is not the line's: the library makes a theorem that many lines use."""
        began = time.thread_time()
        yield
        self.end += time.thread_time() - began


class OutOfTime(Stuck):
    """The line took too long."""


def certify(
    goal: Term, facts: Sequence[Fact], deadline: Deadline, rows: int = 60, rounds: int = 2, extra: Sequence[Row] = ()
) -> Theorem:
    """The theorem `goal` (=, < or <=) from the facts. Raises Stuck with the remainder if no certificate was found."""
    residual = normal(sub(goal.args[1], goal.args[0]))
    chosen = _collect(residual, goal.head, facts, deadline, rows, rounds, extra)
    equations = [r for r in chosen if r.equation]
    if goal.head == "eq":
        weights, rest = combination(residual, [r.polynomial for r in equations], [r.origin for r in equations])
        if rest:
            raise Stuck("the two sides still differ", rest)
        return _conclude(goal, [(c, equations[i]) for i, c in weights.items()], ZERO)
    bounds = [r for r in chosen if not r.equation]
    slack = _slack_monomials(residual, chosen)
    positive = [r.polynomial for r in bounds] + [{m: Fraction(1)} for m in slack]
    strict = None
    if goal.head == "lt":
        strict = [i for i, r in enumerate(bounds) if r.strict]
        strict += [len(bounds) + i for i, m in enumerate(slack) if m == UNIT]
        if not strict:
            raise Stuck("nothing strict to build on", residual)
    found = program(residual, [r.polynomial for r in equations], positive, strict)
    if found is None:
        _, rest = combination(residual, [r.polynomial for r in equations], [r.origin for r in equations])
        raise Stuck("no nonnegative combination of the facts", rest)
    free, weights = found
    used = [(c, equations[i]) for i, c in free.items()]
    used += [(c, bounds[i]) for i, c in weights.items() if i < len(bounds)]
    remainder = {slack[i - len(bounds)]: c for i, c in weights.items() if i >= len(bounds)}
    return _conclude(goal, used, to_term(remainder) if remainder else ZERO)


def _slack_monomials(residual: Polynomial, rows: Sequence[Row]) -> list[Monomial]:
    seen = dict.fromkeys([UNIT, *residual, *(m for r in rows for m in r.polynomial)])
    return [m for m in seen if visibly_nonnegative(monomial_term(m))]


def _collect(
    residual: Polynomial,
    relation: str,
    facts: Sequence[Fact],
    deadline: Deadline,
    limit: int,
    rounds: int,
    extra: Sequence[Row],
) -> list[Row]:
    """Rows that share monomials with the residual, with `extra`, with each other: breadth first, at most `limit`."""
    usable = [f for f in facts if relation != "eq" or f.equation]
    pool = _Pool(known_guards(facts))
    for row in extra:
        pool.add(row)
    if relation != "eq":  # closed inequalities take part whether or not they share a monomial yet
        for f in usable:
            closed = not f.variables and not f.guards
            # an absurdity may be about brackets alone
            denial = not residual and f.mode == "bracket" and f.core.head == "not"
            if closed and (denial or not f.equation):
                pool.add(Row((), ONE, ((f, ()),)))
    done: set[Monomial] = set()
    bases: set[Term] = set()
    frontier = [UNIT, *residual, *(m for r in pool.rows for m in r.polynomial)]
    if not residual:  # an absurdity begins with the equations at hand
        frontier += [m for f in usable if f.equation and f.mode == "gap" and not f.variables for m in f.gap]
    for number in range(rounds):
        fresh: list[Monomial] = []
        for m in frontier:
            if m in done:
                continue
            done.add(m)
            deadline.check()
            bases.update(a for a, e in m if e < 0 and a.head == "add")
            more = [*denominators(m, sorted(bases))]
            if relation != "eq" and number == 0:
                more += squares(m, residual)
            for proposal in (*proposals(m, usable), *more):
                found = signed(proposal, facts)
                if found is not None and pool.add(found):
                    fresh.extend(found.polynomial)
                    if len(pool.rows) >= limit:
                        return pool.rows
        if not fresh:
            break
        frontier = fresh
    return pool.rows


def known_guards(facts: Sequence[Fact]) -> frozenset[object]:
    """What closed facts say, and what is true by the normal form: a guard at closed values has to be among it."""
    return frozenset(_meaning(f.core) for f in facts if not f.variables and not f.guards) | {_TRUE}


def _meaning(p: Term) -> object:
    """One value for all ways to write p that the normal form knows to be the same."""
    return frozenset(normal(bracket(p)).items()) if p.borel else canonical(p)


_TRUE = frozenset(constant(1).items())


class _Pool:
    """Rows without repetition: none is 0, none equals an earlier one, none has a guard that nothing grants."""

    def __init__(self, granted: frozenset[object]) -> None:
        self.rows: list[Row] = []
        self._granted = granted
        self._seen: set[tuple[bool, frozenset[tuple[Monomial, Fraction]]]] = set()

    def _grants(self, guard: Term, coefficient: Term) -> bool:
        """Whether the guard is known, or the coefficient is 0 without it."""
        if _meaning(guard) in self._granted:
            return True
        return guard.borel and normal(mul(coefficient, bracket(guard))) == normal(coefficient)

    def add(self, row: Row) -> bool:
        if not row.polynomial or not all(g.loose or self._grants(g, row.coefficient) for g in row.guards):
            return False
        content, q = primitive(row.polynomial)
        if not row.equation and content < 0:
            q = {m: -c for m, c in q.items()}
        key = (row.equation, frozenset(q.items()))
        if key in self._seen and not row.strict:
            return False
        self._seen.add(key)
        self.rows.append(row)
        return True


def _conclude(goal: Term, used: Sequence[tuple[Fraction, Row]], slack: Term) -> Theorem:
    premises: dict[Theorem, int] = {}
    entries = []
    for weight, row in used:
        factors = []
        for fact, values in row.parts:
            number = premises.setdefault(fact.theorem, len(premises))
            factors.append((number, values, fact.mode))
        coefficient = row.coefficient
        if coefficient is ONE:
            coefficient = num(weight)
        elif weight != 1:
            coefficient = mul(num(weight), coefficient)
        entries.append((row.counts, coefficient, tuple(factors)))
    return infer("cert", list(premises), goal, tuple(entries), slack)
