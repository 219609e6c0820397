"""Search for a proof of one line: structure first, then certificates, case splits, congruence, sums term by term.

Everything here proposes; what comes out was inferred by the kernel. The order of the stages is the order of their cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..kernel.logic import match
from ..kernel.normal import canonical, normal
from ..kernel.polynomial import Polynomial, monomial_term, scaled, to_term
from ..kernel.rules import RuleError
from ..kernel.term import (
    ONE,
    ZERO,
    Term,
    abstract,
    add,
    bracket,
    eq,
    imp,
    instantiate,
    inv,
    land,
    le,
    lnot,
    lor,
    lt,
    mul,
    sub,
    subterms,
    term,
)
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from .certify import Deadline, OutOfTime, Stuck, certify
from .facts import RELATIONS, Fact, contrary, fact, fresh, pieces, readings
from .match import matches
from .rewriting import rewritten_everywhere
from .rows import Row, openings

FALSE = lt(ZERO, ZERO)
SPLITS = 6  # brackets or disjunctions split one below the other
NESTED = 3  # congruences inside congruences


class Search:
    """A prover over a set of theorems; deeper searches add assumptions to it."""

    def __init__(self, theorems: Iterable[Theorem], deadline: Deadline, trail: tuple[str, ...] = ()) -> None:
        self.theorems: list[Theorem] = []
        self.facts: list[Fact] = []
        self.deadline = deadline
        self.tried: set[Term] = set()  # brackets that `_decide` has looked at
        self.trail = trail  # the cases that lead here, for the message of a failure
        self.add(theorems)

    def add(self, theorems: Iterable[Theorem]) -> None:
        known = {t.statement: t for t in self.theorems}
        pending = list(theorems)
        while pending:
            for piece in pieces(pending.pop(0)):
                if piece.statement not in known:
                    known[piece.statement] = piece
                    self.theorems.append(piece)
                    self.facts.extend(readings(piece))
                    pending.extend(_consequences(piece, known))

    def assuming(self, p: Term, note: str | None = None) -> Search:
        child = Search((), self.deadline, (*self.trail, text(p) if note is None else note))
        child.theorems, child.facts = list(self.theorems), list(self.facts)
        child.add([infer("assume", (), p)])
        return child

    # --- structure ------------------------------------------------------------------------------------------------

    def prove(self, goal: Term, splits: int = SPLITS) -> Theorem:
        """The theorem `goal`. Raises Stuck, with what remains and in which case."""
        self.deadline.check()
        for theorem in self.theorems:
            if theorem.statement is goal:
                return theorem
        structural: Callable[[Term, int], Theorem] | None = getattr(self, f"_prove_{goal.head}", None)
        if structural is not None:
            return structural(goal, splits)
        if goal.head in RELATIONS:
            return self._relation(goal, splits)
        return self._atomic(goal, splits)

    def _prove_all(self, goal: Term, splits: int) -> Theorem:
        variable = fresh(goal.data)
        inner = self.prove(instantiate(goal.args[0], [variable]), splits)
        return infer("generalise", [inner], variable.data)

    def _prove_imp(self, goal: Term, splits: int) -> Theorem:
        premise, conclusion = goal.args
        return infer("discharge", [self.assuming(premise, "").prove(conclusion, splits)], premise)

    def _prove_and(self, goal: Term, splits: int) -> Theorem:
        return infer("taut", [self.prove(p, splits) for p in goal.args], goal)

    def _prove_iff(self, goal: Term, splits: int) -> Theorem:
        a, b = goal.args
        return infer("taut", [self.prove(imp(a, b), splits), self.prove(imp(b, a), splits)], goal)

    def _prove_or(self, goal: Term, splits: int) -> Theorem:
        direct = self._taut(goal)
        if direct is not None:
            return direct
        *others, last = goal.args
        return infer("taut", [self.prove(imp(*(lnot(p) for p in others), last), splits)], goal)

    def _prove_not(self, goal: Term, splits: int) -> Theorem:
        direct = self._taut(goal)
        if direct is not None:
            return direct
        (p,) = goal.args
        if p.head in ("lt", "le"):
            return infer("taut", [self.prove(contrary(p), splits)], goal)
        if p.head in ("eq", "all", "app"):
            try:
                return self.backchain(goal, splits)
            except OutOfTime:
                raise
            except Stuck:
                pass
        absurd = self.assuming(p).prove(FALSE, splits)
        return infer("taut", [infer("discharge", [absurd], p)], goal)

    def _atomic(self, goal: Term, splits: int) -> Theorem:
        direct = self._taut(goal)
        return direct if direct is not None else self.backchain(goal, splits)

    def backchain(self, goal: Term, splits: int) -> Theorem:
        """`goal` as an instance of a fact whose guards can be proved."""
        literal = self._literal(goal, splits)
        if literal is not None:
            return literal
        target = canonical(goal)
        for theorem in self.theorems:
            found = fact(theorem)
            if found.core.head != goal.head or (not found.variables and not found.guards and found.core is not goal):
                continue
            for binding in matches(canonical(found.core), target, {}):
                if any(v.data not in binding for v in found.variables):
                    continue
                try:
                    last = self._applied(found, [binding[v.data] for v in found.variables], splits)
                except OutOfTime:
                    raise
                except Stuck:
                    continue
                if canonical(last.statement) is target:
                    return last if last.statement is goal else self._convert(last, goal)
        raise Stuck(self._message(goal))

    def _applied(self, found: Fact, values: Sequence[Term], splits: int) -> Theorem:
        """The fact at these values, its guards proved, wherever they stand among the quantifiers."""
        theorem, pending, guards = found.theorem, list(values), len(found.guards)
        while pending or guards:
            statement = theorem.statement
            if statement.head == "all":
                theorem = infer("instantiate", [theorem], pending.pop(0))
            else:
                theorem = infer("taut", [theorem, self.prove(statement.args[0], splits)], statement.args[1])
                guards -= 1
        return theorem

    def discharged(self, theorem: Theorem, splits: int = SPLITS) -> Theorem:
        """The theorem without its premises, each proved by the search."""
        while theorem.statement.head == "imp":
            proof = self.prove(theorem.statement.args[0], splits)
            theorem = infer("taut", [theorem, proof], theorem.statement.args[1])
        return theorem

    def _convert(self, theorem: Theorem, goal: Term) -> Theorem:
        """From a formula to one with the same canonical form, numeric part by numeric part."""
        return converted(theorem, goal)

    # --- comparisons ----------------------------------------------------------------------------------------------

    def _relation(self, goal: Term, splits: int) -> Theorem:
        direct = self._taut(goal)
        if direct is not None:
            return direct
        remainder: Polynomial | None = None

        def split() -> Theorem | None:
            return self._split(goal, remainder, splits)

        stages: list[Callable[[], Theorem | None]] = [
            lambda: self._literal(goal, splits),
            lambda: self._certify(goal, 60, 3),
            lambda: self._by_rewriting(goal, splits),
            lambda: self._unlocked(goal, splits),
            lambda: self._certify(goal, 150, 5),
            lambda: self._refute(goal),
            lambda: self._strict(goal),
            lambda: self._positive_denominators(goal, splits),
            lambda: self._congruence(goal, remainder, splits),
            lambda: self._cancel(goal),
            split,
            lambda: self._termwise(goal, splits),
            lambda: self._certify(goal, 250, 5, self._products()),
            lambda: self._certify(goal, 400, 6),
        ]
        for stage in stages:
            try:
                found = stage()
            except OutOfTime:
                raise
            except Stuck as error:
                remainder = error.remainder or remainder
                if stage is split:  # a split commits: its cases say best what is missing
                    raise
                continue
            if found is not None:
                return found
        raise Stuck(self._message(goal, remainder), remainder)

    def _literal(self, goal: Term, splits: int) -> Theorem | None:
        """A comparison that is an instance of a fact as it is written, such as f(2*0) = 2*f(0)."""
        for theorem in self.theorems:
            core, sorts = theorem.statement, ""
            while core.head in ("all", "imp"):
                core, sorts = core.args[-1], sorts + (core.data if core.head == "all" else "")
            found: dict[int, Term] = {}
            if (
                not sorts
                or core.head != goal.head
                or not match(core, goal, len(sorts), 0, found)
                or len(found) < len(sorts)
            ):
                continue
            try:
                return self._applied(fact(theorem), [found[i] for i in reversed(range(len(sorts)))], splits)
            except OutOfTime:
                raise
            except (Stuck, RuleError):
                continue
        return None

    def _by_rewriting(self, goal: Term, splits: int) -> Theorem | None:
        """An equation that holds once the equations at hand are used inside binders, brackets and arguments."""
        if goal.head != "eq":
            return None
        steps: list[Theorem] = []
        target = goal
        for theorem in self.theorems:
            core = theorem.statement
            while core.head == "all":
                core = core.args[0]
            if core.head == "eq" and core.args[0].head == "app":
                new = rewritten_everywhere(target, theorem)
                if new is not target:
                    steps.append(infer("rewrite", [theorem, _itself(target)], term("iff", None, (target, new))))
                    target = new
        if not steps:
            return None
        if normal(target.args[0]) == normal(target.args[1]):
            return infer("taut", [*steps, infer("cert", [], target, (), ZERO)], goal)
        last = self._literal(target, splits) or self._certify(target, 60, 2)
        return None if last is None else infer("taut", [*steps, last], goal)

    def _refute(self, goal: Term) -> Theorem | None:
        """A comparison because its contrary is absurd: brackets know the signs of products and reciprocals."""
        return None if goal.head == "eq" or goal is FALSE else self._refuted(goal)

    def _refuted(self, goal: Term) -> Theorem:
        against = self.assuming(contrary(goal), "")
        brackets = [
            Row((), ONE, ((f, ()),))
            for f in against.facts[len(self.facts) :]
            if f.mode == "bracket" and not f.variables
        ]
        absurd = certify(FALSE, against.facts, self.deadline, 60, 3, brackets)
        return infer("taut", [infer("discharge", [absurd], contrary(goal))], goal)

    def _strict(self, goal: Term) -> Theorem | None:
        """A strict inequality as an instance of a fact with guards, or as <= and not =.

        A certificate takes no strictness from a fact with guards.
        """
        if goal.head != "lt":
            return None
        target = canonical(goal)
        for found in self.facts:
            if found.core.head != "lt" or not found.guards or found.mode != "gap":
                continue
            for binding in matches(canonical(found.core), target, {}):
                if any(v.data not in binding for v in found.variables):
                    continue
                values, guards = [binding[v.data] for v in found.variables], len(found.guards)
                theorem = found.theorem
                try:
                    while values or guards:
                        if theorem.statement.head == "all":
                            theorem = infer("instantiate", [theorem], values.pop(0))
                            continue
                        guard, rest = theorem.statement.args
                        proof = self._taut(guard)
                        if proof is None and guard.head in RELATIONS:
                            proof = certify(guard, self.facts, self.deadline, 60, 2)
                        if proof is None:
                            raise Stuck(self._message(guard))
                        theorem, guards = infer("taut", [theorem, proof], rest), guards - 1
                except OutOfTime:
                    raise
                except Stuck:
                    continue
                return self._convert(theorem, goal)
        apart = self._taut(lnot(eq(*goal.args)))
        if apart is None:
            return None
        return infer("taut", [certify(le(*goal.args), self.facts, self.deadline, 60, 3), apart], goal)

    def _certify(self, goal: Term, rows: int, rounds: int, extra: Sequence[Row] = ()) -> Theorem:
        """A certificate from all facts, once more after closed facts have decided brackets in what remains."""
        while True:
            try:
                return certify(goal, self.facts, self.deadline, rows, rounds, extra)
            except OutOfTime:
                raise
            except Stuck as error:
                if not self._decide(error.remainder or {}):
                    raise

    def _decide(self, remainder: Polynomial) -> bool:
        """Whether a closed bracket of the remainder was found to be 0 or 1; the finding is a fact from now on."""
        inside = dict.fromkeys(
            t.args[0] for m in remainder for a, _ in m for t in subterms(a) if t.head == "bracket" and not t.loose
        )
        closed = [t for t in self.theorems if t.statement.head in RELATIONS]
        progress = False
        for p in inside:
            if p.head not in ("eq", "lt") or p in self.tried:
                continue
            self.tried.add(p)
            for said, contrary_ in ((lnot(p), p), (p, lnot(p))):
                against = Search([*closed, infer("assume", (), contrary_)], self.deadline)
                try:
                    absurd = certify(FALSE, against.facts, self.deadline, 40, 2)
                except OutOfTime:
                    raise
                except Stuck:
                    continue
                self.add([infer("taut", [infer("discharge", [absurd], contrary_)], said)])
                progress = True
                break
        return progress

    def _unlocked(self, goal: Term, splits: int) -> Theorem | None:
        """The goal once more, with the conclusions of closed implications whose premises a small certificate proves."""
        known = {t.statement for t in self.theorems}
        found = []
        for theorem in self.theorems:
            p = theorem.statement
            if p.head != "imp" or p.args[0].head not in RELATIONS or p.args[1] in known:
                continue
            try:
                premise = certify(p.args[0], [f for f in self.facts if not f.variables], self.deadline, 30, 2)
            except OutOfTime:
                raise
            except Stuck:
                continue
            found.append(infer("taut", [theorem, premise], p.args[1]))
        return self._with(found)._relation(goal, splits) if found else None

    def _positive_denominators(self, goal: Term, splits: int) -> Theorem | None:
        """The goal once more, with the composite denominators that are visibly positive known to be so."""
        polynomials = [
            normal(sub(goal.args[1], goal.args[0])),
            *(f.gap for f in self.facts if not f.variables and f.mode == "gap"),
        ]
        bases = dict.fromkeys(
            a for p in polynomials for m in p for a, e in m if e < 0 and a.head == "add" and not a.loose
        )
        known = {t.statement for t in self.theorems}
        found = []
        for base in bases:
            if lt(ZERO, base) in known:
                continue
            try:
                found.append(certify(lt(ZERO, base), self.facts, self.deadline, 60, 2))
            except OutOfTime:
                raise
            except Stuck:
                continue
        if not found:
            return None
        child = self._with(found)
        child.add([child._refuted(lt(ZERO, inv(t.statement.args[1]))) for t in found])
        return child._relation(goal, splits)

    def _with(self, theorems: Iterable[Theorem]) -> Search:
        child = Search((), self.deadline, self.trail)
        child.theorems, child.facts = list(self.theorems), list(self.facts)
        child.add(theorems)
        return child

    def _cancel(self, goal: Term) -> Theorem | None:
        """An equation because neither side can be the smaller one: cancels factors that are not 0."""
        if goal.head != "eq":
            return None
        proofs = []
        for smaller in (lt(*goal.args), lt(*reversed(goal.args))):
            against = self.assuming(smaller, "")
            absurd = certify(FALSE, against.facts, self.deadline, 150, 5, against._products())
            proofs.append(infer("discharge", [absurd], smaller))
        return infer("taut", proofs, goal)

    def _taut(self, goal: Term) -> Theorem | None:
        """`goal` from the closed facts by a truth table, if the ones that share its atoms are few."""
        atoms = set(leaves(goal))
        relevant: list[Theorem] = []
        pending = [t for t in self.theorems if t.statement.head not in ("all",)]
        grown = True
        while grown:
            grown = False
            for theorem in list(pending):
                own = set(leaves(theorem.statement))
                if own & atoms:
                    atoms |= own
                    relevant.append(theorem)
                    pending.remove(theorem)
                    grown = True
        if len(relevant) > 40:
            return None
        try:
            return infer("taut", relevant, goal)
        except RuleError:
            return None

    def _split(self, goal: Term, remainder: Polynomial | None, splits: int) -> Theorem | None:
        """Cases: a disjunction among the facts, or the sign of a difference in a bracket."""
        if splits <= 0:
            return None
        for theorem in self.theorems:
            p = theorem.statement
            if p.head == "or" and not any(q.statement in p.args for q in self.theorems):
                return self._cases(goal, [theorem], list(p.args), splits)
        for theorem in list(self.theorems):
            below = _below_successor(theorem.statement)
            if below and not any(q.statement in below for q in self.theorems):
                either = self._either(theorem, below)
                return self._cases(goal, [either], below, splits)
        for p in self._brackets(goal, remainder):
            return self._cases(goal, [], _alternatives(p), splits)
        return None

    def _either(self, theorem: Theorem, cases: Sequence[Term]) -> Theorem:
        """i < n or i = n, from i < n + 1."""
        neither = lnot(lor(*cases))
        child = Search([theorem, infer("assume", (), neither)], self.deadline)
        brackets = [Row((), ONE, ((f, ()),)) for f in child.facts if f.mode == "bracket"]
        absurd = certify(FALSE, child.facts, self.deadline, 60, 3, brackets)
        return infer("taut", [infer("discharge", [absurd], neither)], lor(*cases))

    def _cases(self, goal: Term, premises: list[Theorem], cases: Sequence[Term], splits: int) -> Theorem:
        proofs = []
        for c in cases:
            impossible = self._taut(lnot(c))
            proofs.append(impossible or infer("discharge", [self.assuming(c).prove(goal, splits - 1)], c))
        return infer("taut", [*premises, *proofs], goal)

    def _brackets(self, goal: Term, remainder: Polynomial | None) -> list[Term]:
        """Undecided formulas in closed brackets of the goal, of what is left of it, of closed facts; simplest first."""
        known = {t.statement for t in self.theorems}
        polynomials = [remainder or {}, normal(sub(goal.args[1], goal.args[0]))]
        polynomials += [f.gap for f in self.facts if not f.variables and f.mode == "gap"]
        found = dict.fromkeys(atom.args[0] for p in polynomials for m in p for atom, _ in m if atom.head == "bracket")
        return sorted(p for p in found if p.head in ("eq", "lt", "app") and not known & set(_alternatives(p)))

    def _products(self) -> list[Row]:
        """Products of two closed inequalities."""
        closed = [
            f
            for f in self.facts
            if not f.variables and not f.guards and f.mode == "gap" and f.core.head in ("lt", "le")
        ]
        closed = closed[-12:]
        return [Row((), ONE, ((a, ()), (b, ()))) for i, a in enumerate(closed) for b in closed[i:]]

    def _termwise(self, goal: Term, splits: int) -> Theorem | None:
        """0 <= sum of b_i over i < n from 0 <= b_i for every i < n."""
        if goal.head == "eq":
            return None
        groups: dict[Term, list[Term]] = {}
        for m, c in normal(sub(goal.args[1], goal.args[0])).items():
            nests = [(counts, below) for counts, below in openings(m) if len(counts) == 1]
            if len(nests) == 1:
                (count,), below = nests[0]
                groups.setdefault(count, []).append(
                    to_term({(): c}) if not below else mul(to_term({(): c}), monomial_term(below))
                )
        for count, bodies in groups.items():
            index = fresh("N", "i")
            body = instantiate(add(*bodies), [index])
            claim = imp(lt(index, count), le(ZERO, body))
            lemma = infer("generalise", [self.prove(claim, splits)], index.data)
            return certify(goal, [*self.facts, *readings(lemma)], self.deadline, 150, 2)
        return None

    # --- congruence -----------------------------------------------------------------------------------------------

    def _congruence(self, goal: Term, remainder: Polynomial | None, splits: int) -> Theorem | None:
        """Atoms that differ in their arguments alone become equal when the arguments are proved equal."""
        lemmas = [*self._congruences(remainder or {}), *self._renamings(goal)]
        if not lemmas:
            return None
        child = self._with(lemmas)
        try:
            return certify(goal, child.facts, self.deadline, 150, 3)
        except OutOfTime:
            raise
        except Stuck:
            return child._refute(goal)

    def _renamings(self, goal: Term) -> Iterator[Theorem]:
        """f(i) = f(n) for the closed atoms f(i) at hand, where i = n is known of an index i."""
        equal = [t for t in self.theorems if t.statement.head == "eq" and _is_index(t.statement.args[0])]
        if not equal:
            return
        polynomials = [normal(sub(goal.args[1], goal.args[0])), *(f.gap for f in self.facts if not f.variables)]
        atoms = dict.fromkeys(
            a for p in polynomials for m in p for a, _ in m if a.head in ("app", "bracket") and a.args and not a.loose
        )
        for theorem in equal:
            old, new = theorem.statement.args
            for atom in atoms:
                if old.data in atom.symbols:
                    same = infer("cert", [], eq(atom, atom), (), ZERO)
                    yield infer("rewrite", [theorem, same], eq(atom, _replaced(atom, old, new)))

    def _congruences(self, remainder: Polynomial, depth: int = NESTED) -> Iterator[Theorem]:
        sites = [(counts, below) for m in remainder for counts, below in openings(m)]
        tried: set[tuple[Term, Term]] = set()
        for i, (counts, first) in enumerate(sites):
            for other, second in sites[i:]:
                if other != counts:
                    continue
                for a, _ in first:
                    for b, _ in second:
                        if (a, b) in tried or (b, a) in tried or len(tried) > 60:
                            continue
                        tried.add((a, b))
                        if (
                            a is not b
                            and a.data == b.data
                            and a.head == b.head
                            and a.head in ("app", "bracket", "pow")
                            and a.args
                        ):
                            lemma = self._congruent(counts, a, b, depth)
                            if lemma is not None:
                                yield lemma

    def _congruent(self, counts: Sequence[Term], a: Term, b: Term, depth: int) -> Theorem | None:
        """for all indices below the counts, a = b"""
        indices = [fresh("N", "i") for _ in counts]
        guards = [lt(i, instantiate(c, indices[:k])) for k, (i, c) in enumerate(zip(indices, counts, strict=True))]
        a, b = instantiate(a, indices), instantiate(b, indices)
        inner = self
        for guard in guards:
            inner = inner.assuming(guard, "")
        same = infer("cert", [], eq(a, a), (), ZERO)
        for x, y in _differences(a, b):
            try:
                equal = inner._certify(eq(x, y), 60, 2)
            except OutOfTime:
                raise
            except Stuck as error:
                nested = list(inner._congruences(error.remainder, depth - 1)) if error.remainder and depth else []
                if not nested:
                    return None
                try:
                    equal = certify(
                        eq(x, y), [*inner.facts, *(f for t in nested for f in readings(t))], self.deadline, 60, 2
                    )
                except OutOfTime:
                    raise
                except Stuck:
                    return None
            same = infer("rewrite", [equal, same], eq(a, _replaced(same.statement.args[1], x, y)))
        if same.statement is not eq(a, b):
            return None
        for guard, index in zip(reversed(guards), reversed(indices), strict=True):
            same = infer("generalise", [infer("discharge", [same], guard)], index.data)
        return same

    def _message(self, goal: Term, remainder: Polynomial | None = None) -> str:
        where = "; ".join(note for note in self.trail if note)
        case = f" in the case {where}" if where else ""
        left = f"; what remains: 0 = {text(to_term(remainder))}" if remainder else ""
        return f"no proof of {text(goal)}{case}{left}"


def _consequences(new: Theorem, known: dict[Term, Theorem]) -> Iterator[Theorem]:
    """Closed implications with a known premise give their conclusions."""
    for theorem in [new] if new.statement.head == "imp" else list(known.values()):
        p = theorem.statement
        if p.head == "imp" and p.args[0] in known and (theorem is new or p.args[0] is new.statement):
            yield infer("taut", [theorem, known[p.args[0]]], p.args[1])


def _itself(p: Term) -> Theorem:
    return infer("taut", [], term("iff", None, (p, p)))


def _is_index(t: Term) -> bool:
    return t.head == "app" and not t.args and t.sort == "N"


def _below_successor(p: Term) -> list[Term]:
    """[i < n, i = n] for a formula i < n + 1 about naturals, else []."""
    if p.head != "lt" or p.args[1].head != "add" or p.args[0].sort != "N" or p.args[1].sort != "N":
        return []
    *rest, last = p.args[1].args
    if last is not ONE:
        return []
    return [lt(p.args[0], add(*rest)), eq(p.args[0], add(*rest))]


def leaves(p: Term) -> Iterator[Term]:
    """The atoms of a truth table: canonical differences and opaque formulas."""
    if p.head in ("and", "or", "imp", "iff", "not"):
        for a in p.args:
            yield from leaves(a)
    elif p.head in RELATIONS:
        d = normal(sub(p.args[1], p.args[0]))
        if d:
            from ..kernel.polynomial import primitive

            yield to_term(primitive(d)[1])
    else:
        yield canonical(p)


def _alternatives(p: Term) -> list[Term]:
    """The cases that a bracket of `p` distinguishes: the signs of a difference, or p and its contrary."""
    if p.head not in ("eq", "lt"):
        return [p, lnot(p)]
    d = p.args[0] if p.head == "eq" else p.args[1]
    return [c for c in (lt(ZERO, d), eq(d, ZERO), lt(d, ZERO)) if normal(bracket(c))]


def _differences(a: Term, b: Term) -> Iterator[tuple[Term, Term]]:
    """The largest numeric terms in which two terms of one shape differ (none below binders)."""
    if a is b:
        return
    if (
        a.head == b.head
        and a.data == b.data
        and len(a.args) == len(b.args)
        and (a.head in ("app", "bracket") or a.sort == "F")
    ):
        for x, y in zip(a.args, b.args, strict=True):
            yield from _differences(x, y)
    elif a.sort in "NR" and b.sort in "NR":
        yield a, b


def _replaced(t: Term, old: Term, new: Term) -> Term:
    from ..kernel.term import rebuild

    return rebuild(t, lambda node, _: new if node is old else None)


def converted(theorem: Theorem, goal: Term) -> Theorem:
    """`goal` from a theorem with the same canonical form."""
    statement = theorem.statement
    if statement is goal:
        return theorem
    try:
        return infer("taut", [theorem], goal)
    except RuleError:
        pass
    for x, y in formula_differences(statement, goal):
        lemma = general_equation(x, y)
        theorem = infer("rewrite", [lemma, theorem], _replaced(theorem.statement, x, y))
    if theorem.statement is not goal:
        raise Stuck(f"cannot turn {text(theorem.statement)} into {text(goal)}")
    return theorem


def formula_differences(a: Term, b: Term) -> Iterator[tuple[Term, Term]]:
    if a is b:
        return
    if a.sort == "F" and b.sort == "F" and a.head == b.head and a.data == b.data and len(a.args) == len(b.args):
        for x, y in zip(a.args, b.args, strict=True):
            yield from formula_differences(x, y)
    elif a.sort in "NR" and b.sort in "NR":
        yield a, b


def general_equation(x: Term, y: Term) -> Theorem:
    """x = y with its loose variables quantified, for two terms of one normal form."""
    from ..kernel.logic import loose_sorts

    sorts = dict(loose_sorts(x) | loose_sorts(y))
    size = max(sorts, default=-1) + 1
    values = [fresh(sorts.get(size - 1 - i, "N")) for i in range(size)]
    theorem = infer("cert", [], eq(instantiate(x, values), instantiate(y, values)), (), ZERO)
    for value in reversed(values):
        theorem = infer("generalise", [theorem], value.data)
    return theorem


__all__ = ["FALSE", "Search", "abstract", "land", "lor", "scaled"]
