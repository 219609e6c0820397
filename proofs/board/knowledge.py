"""What is known at a point of a derivation: theorems, the facts read from them, and what follows at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from ..kernel.normal import canonical, normal
from ..kernel.polynomial import Polynomial, primitive, to_term
from ..kernel.rules import RuleError
from ..kernel.term import ONE, ZERO, Term, lnot, lt, sub, subterms
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from .certify import Deadline, OutOfTime, Stuck, certify
from .facts import RELATIONS, Fact, contrary, pieces, readings
from .rows import Row

FALSE = lt(ZERO, ZERO)


class Knowledge:
    """Theorems with their consequences by modus ponens, and certificates from them; `trail` names the cases so far."""

    def __init__(self, theorems: Iterable[Theorem], deadline: Deadline, trail: tuple[str, ...] = ()) -> None:
        self.theorems: list[Theorem] = []
        self.facts: list[Fact] = []
        self.deadline = deadline
        self.tried: set[Term] = set()  # brackets that `_decide` has looked at
        self.trail = trail  # the cases that lead here, for the message of a failure
        self.add(theorems)

    def add(self, theorems: Iterable[Theorem]) -> None:
        """Add theorems, taken apart, and what closed implications among all theorems give."""
        known = {t.statement: t for t in self.theorems}
        pending = list(theorems)
        while pending:
            for piece in pieces(pending.pop(0)):
                if piece.statement not in known:
                    known[piece.statement] = piece
                    self.theorems.append(piece)
                    self.facts.extend(readings(piece))
                    pending.extend(consequences(piece, known))

    def assuming(self, p: Term, note: str | None = None) -> Self:
        """What is known under the assumption `p`; `note` says in messages which case that is, `p` itself by default."""
        child = type(self)((), self.deadline, (*self.trail, text(p) if note is None else note))
        child.theorems, child.facts = list(self.theorems), list(self.facts)
        child.add([infer("assume", (), p)])
        return child

    def extended(self, theorems: Iterable[Theorem]) -> Self:
        """What is known with these theorems as well."""
        child = type(self)((), self.deadline, self.trail)
        child.theorems, child.facts = list(self.theorems), list(self.facts)
        child.add(theorems)
        return child

    def taut(self, goal: Term) -> Theorem | None:
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

    def certified(self, goal: Term, rows: int, rounds: int, extra: Sequence[Row] = ()) -> Theorem:
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
                against = Knowledge([*closed, infer("assume", (), contrary_)], self.deadline)
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

    def refuted(self, goal: Term) -> Theorem:
        """The inequality `goal`, because its contrary is absurd. Raises Stuck."""
        against = self.assuming(contrary(goal), "")
        brackets = [
            Row((), ONE, ((f, ()),))
            for f in against.facts[len(self.facts) :]
            if f.mode == "bracket" and not f.variables
        ]
        absurd = certify(FALSE, against.facts, self.deadline, 60, 3, brackets)
        return infer("taut", [infer("discharge", [absurd], contrary(goal))], goal)

    def products(self) -> list[Row]:
        """Products of two closed inequalities."""
        closed = [
            f
            for f in self.facts
            if not f.variables and not f.guards and f.mode == "gap" and f.core.head in ("lt", "le")
        ]
        closed = closed[-12:]
        return [Row((), ONE, ((a, ()), (b, ()))) for i, a in enumerate(closed) for b in closed[i:]]

    def message(self, goal: Term, remainder: Polynomial | None = None) -> str:
        """That `goal` has no proof, in which case, and what remains."""
        where = "; ".join(note for note in self.trail if note)
        case = f" in the case {where}" if where else ""
        left = f"; what remains: 0 = {text(to_term(remainder))}" if remainder else ""
        return f"no proof of {text(goal)}{case}{left}"


def consequences(new: Theorem, known: dict[Term, Theorem]) -> Iterator[Theorem]:
    """Closed implications with a known premise give their conclusions."""
    for theorem in [new] if new.statement.head == "imp" else list(known.values()):
        p = theorem.statement
        if p.head == "imp" and p.args[0] in known and (theorem is new or p.args[0] is new.statement):
            yield infer("taut", [theorem, known[p.args[0]]], p.args[1])


def leaves(p: Term) -> Iterator[Term]:
    """The atoms of a truth table: canonical differences and opaque formulas."""
    if p.head in ("and", "or", "imp", "iff", "not"):
        for a in p.args:
            yield from leaves(a)
    elif p.head in RELATIONS:
        d = normal(sub(p.args[1], p.args[0]))
        if d:
            yield to_term(primitive(d)[1])
    else:
        yield canonical(p)
