"""Search for a proof of one line: structure first, then certificates, case splits, congruence, sums term by term.

Everything here proposes; what comes out was inferred by the kernel. The order of the stages is the order of their cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..kernel.logic import match
from ..kernel.normal import canonical, normal
from ..kernel.polynomial import Polynomial, monomial_term, to_term
from ..kernel.rules import RuleError
from ..kernel.term import ZERO, Term, add, eq, imp, instantiate, inv, le, lnot, lt, mul, sub, term
from ..kernel.theorem import Theorem, infer
from .cases import cases
from .certify import OutOfTime, Stuck, certify
from .congruence import congruences
from .conversion import converted
from .facts import RELATIONS, Fact, contrary, fact, fresh, readings
from .knowledge import FALSE, Knowledge
from .match import matches
from .rewriting import rewritten_everywhere
from .rows import openings

SPLITS = 6  # brackets or disjunctions split one below the other


class Search(Knowledge):
    """A prover over a set of theorems; deeper searches add assumptions to it."""

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
        direct = self.taut(goal)
        if direct is not None:
            return direct
        *others, last = goal.args
        return infer("taut", [self.prove(imp(*(lnot(p) for p in others), last), splits)], goal)

    def _prove_not(self, goal: Term, splits: int) -> Theorem:
        direct = self.taut(goal)
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
        direct = self.taut(goal)
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
                    return last if last.statement is goal else converted(last, goal)
        raise Stuck(self.message(goal))

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

    # --- comparisons ----------------------------------------------------------------------------------------------

    def _relation(self, goal: Term, splits: int) -> Theorem:
        direct = self.taut(goal)
        if direct is not None:
            return direct
        remainder: Polynomial | None = None

        def split() -> Theorem | None:
            return self._split(goal, remainder, splits)

        stages: list[Callable[[], Theorem | None]] = [
            lambda: self._literal(goal, splits),
            lambda: self.certified(goal, 60, 3),
            lambda: self._by_rewriting(goal, splits),
            lambda: self._unlocked(goal, splits),
            lambda: self.certified(goal, 150, 5),
            lambda: self._refute(goal),
            lambda: self._strict(goal),
            lambda: self._positive_denominators(goal, splits),
            lambda: self._congruence(goal, remainder),
            lambda: self._cancel(goal),
            split,
            lambda: self._termwise(goal, splits),
            lambda: self.certified(goal, 250, 5, self.products()),
            lambda: self.certified(goal, 400, 6),
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
        raise Stuck(self.message(goal, remainder), remainder)

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
        last = self._literal(target, splits) or self.certified(target, 60, 2)
        return None if last is None else infer("taut", [*steps, last], goal)

    def _refute(self, goal: Term) -> Theorem | None:
        """A comparison because its contrary is absurd: brackets know the signs of products and reciprocals."""
        return None if goal.head == "eq" or goal is FALSE else self.refuted(goal)

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
                        proof = self.taut(guard)
                        if proof is None and guard.head in RELATIONS:
                            proof = certify(guard, self.facts, self.deadline, 60, 2)
                        if proof is None:
                            raise Stuck(self.message(guard))
                        theorem, guards = infer("taut", [theorem, proof], rest), guards - 1
                except OutOfTime:
                    raise
                except Stuck:
                    continue
                return converted(theorem, goal)
        apart = self.taut(lnot(eq(*goal.args)))
        if apart is None:
            return None
        return infer("taut", [certify(le(*goal.args), self.facts, self.deadline, 60, 3), apart], goal)

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
        return self.extended(found)._relation(goal, splits) if found else None

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
        child = self.extended(found)
        child.add([child.refuted(lt(ZERO, inv(t.statement.args[1]))) for t in found])
        return child._relation(goal, splits)

    def _cancel(self, goal: Term) -> Theorem | None:
        """An equation because neither side can be the smaller one: cancels factors that are not 0."""
        if goal.head != "eq":
            return None
        proofs = []
        for smaller in (lt(*goal.args), lt(*reversed(goal.args))):
            against = self.assuming(smaller, "")
            absurd = certify(FALSE, against.facts, self.deadline, 150, 5, against.products())
            proofs.append(infer("discharge", [absurd], smaller))
        return infer("taut", proofs, goal)

    def _split(self, goal: Term, remainder: Polynomial | None, splits: int) -> Theorem | None:
        """The goal case by case: a disjunction among the facts, or the sign of a difference in a bracket."""
        found = cases(self, goal, remainder) if splits > 0 else None
        return None if found is None else self._cases(goal, *found, splits)

    def _cases(self, goal: Term, premises: list[Theorem], cases: Sequence[Term], splits: int) -> Theorem:
        proofs = []
        for c in cases:
            impossible = self.taut(lnot(c))
            proofs.append(impossible or infer("discharge", [self.assuming(c).prove(goal, splits - 1)], c))
        return infer("taut", [*premises, *proofs], goal)

    def _congruence(self, goal: Term, remainder: Polynomial | None) -> Theorem | None:
        """Atoms that differ in their arguments alone become equal when the arguments are proved equal."""
        lemmas = congruences(self, goal, remainder or {})
        if not lemmas:
            return None
        child = self.extended(lemmas)
        try:
            return certify(goal, child.facts, self.deadline, 150, 3)
        except OutOfTime:
            raise
        except Stuck:
            return child._refute(goal)

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


def _itself(p: Term) -> Theorem:
    return infer("taut", [], term("iff", None, (p, p)))
