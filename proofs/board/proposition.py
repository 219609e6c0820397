"""The proof arm of a claim: its statement, what it assumes, its derivation, and its false siblings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ..kernel.definition import defined
from ..kernel.term import Term, land
from ..kernel.theorem import Theorem
from . import archive
from .board import Board, Line
from .bridge import named, to_sympy, to_term
from .evaluate import Formulas, Part
from .finite import Model
from .formulas import And

Role = Literal["assumption", "definition", "meaning"]


@dataclass(frozen=True)
class Hypothesis:
    """What a claim assumes.

    Attributes:
        name: a short name, unique within the claim.
        formula: in the notation of `notation`.
        words: what it says, for a reader.
        role: "assumption" (something could be weaker without it), "definition" (of a symbol that it introduces) or
            "meaning" (the statement makes no sense without it).
        needed_by: for an assumption, the name of the false statement that drops it: its countermodel is the witness.
    """

    name: str
    formula: Any
    words: str
    role: Role = "assumption"
    needed_by: str = ""

    @cached_property
    def term(self) -> Term:
        """The formula as a kernel term."""
        return to_term(self.formula)


@dataclass(frozen=True)
class FalseStatement:
    """A false sibling that has a term.

    Attributes:
        name: as the numeric arm's twin of this statement calls it.
        parts: the parts of the statement that change, by name.
        hypotheses: what replaces hypotheses of that name; None drops it, a new name adds one.
        readings: what replaces readings of that name.
        countermodel: a finite model in which its hypotheses hold and a changed part fails.
        negation: a derivation of the negation of a changed part at named sizes, where no finite model can be evaluated.
    """

    name: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    hypotheses: Mapping[str, Hypothesis | None] = field(default_factory=dict)
    readings: Mapping[str, Any] = field(default_factory=dict)
    countermodel: Callable[[], Model] | None = None
    negation: Callable[[], Theorem] | None = None


@dataclass(frozen=True)
class Proposition:
    """A claim as the proof arm knows it.

    Attributes:
        id, title, sources: as listed; literal in the source, so that a list needs no import.
        hypotheses: definitions included, in the order in which a reader meets them.
        parts: the statement, part by part; symbols without a quantifier are arbitrary.
        derive: writes the derivation on a board, and concludes every part.
        false: the false siblings that have a term.
        models: finite models in which the hypotheses hold: the statement is not about nothing.
        rewording: true rewordings of parts that the same derivation proves.
        readings: what experiments evaluate besides the parts: pieces of the statement, as (formula, definitions).
        not_covered: what a reader might expect of the claim and does not get, a sentence each.
    """

    id: str
    title: str
    sources: tuple[tuple[str, str], ...]
    parts: Mapping[str, Any]
    derive: Callable[[Board], None]
    hypotheses: tuple[Hypothesis, ...] = ()
    false: tuple[FalseStatement, ...] = ()
    models: tuple[Callable[[], Model], ...] = ()
    rewording: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, Any] = field(default_factory=dict)
    not_covered: tuple[str, ...] = ()

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The parts as kernel terms."""
        return {name: to_term(p) for name, p in self.parts.items()}

    @property
    def goal(self) -> Term:
        """The whole statement: the conjunction of the parts."""
        return land(*self.terms.values())

    @property
    def statement(self) -> Any:
        """The statement in SymPy, unevaluated, with the author's names for what is bound."""
        return to_sympy(*named(And(*self.parts.values())))

    @cached_property
    def derivation(self) -> tuple[Theorem, tuple[Line, ...]]:
        """The theorem, and the lines of its derivation: from the archive through the kernel, or made anew.

        Raises:
            DerivationError: a line has no proof.
            ValueError: the theorem is not the claim.
        """
        archived = archive.read(self.id)
        if archived is not None and self.proves(archived[0]):
            return archived
        return self.derive_anew()

    def derive_anew(self) -> tuple[Theorem, tuple[Line, ...]]:
        """The theorem and the lines as the derivation gives them now, without a look at the archive."""
        return derived(self.derive, self.hypotheses, self.terms)

    def proves(self, theorem: Theorem) -> bool:
        """Whether the theorem is the claim: its statement, under no other hypotheses."""
        return theorem.statement is self.goal and theorem.hypotheses <= {h.term for h in self.hypotheses}

    def theorem(self) -> Theorem:
        """The theorem that the kernel made: its statement is the claim's, its hypotheses are among the claim's."""
        return self.derivation[0]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The derivation as a reader sees it."""
        return self.derivation[1]

    def formulas(self, statement: str | None = None) -> Formulas:
        """The terms of the statement, or of the false statement of this name, for experiments to evaluate."""
        hypotheses = {h.name: h for h in self.hypotheses}
        parts: dict[str, Any] = {**self.parts, **self.readings}
        if statement is not None:
            twin = self.twin(statement)
            parts |= {**twin.parts, **twin.readings}
            hypotheses |= {name: h for name, h in twin.hypotheses.items() if h is not None}
        definitions = [h.term for h in hypotheses.values() if h.role == "definition"]
        return Formulas({name: _part(p) for name, p in parts.items()}, definitions)

    def twin(self, name: str) -> FalseStatement:
        """The false statement of this name. Raises LookupError."""
        for found in self.false:
            if found.name == name:
                return found
        known = ", ".join(f.name for f in self.false)
        raise LookupError(f"{self.id}: no false statement {name!r}; expected one of {known}")


def derived(
    derive: Callable[[Board], None], hypotheses: Sequence[Hypothesis], parts: Mapping[str, Term]
) -> tuple[Theorem, tuple[Line, ...]]:
    """Run a derivation and compare what comes out with the claim."""
    assumed = [h.term for h in hypotheses]
    for h in hypotheses:
        if h.role == "definition":
            defined(h.term)
    board = Board(assumed, parts)
    derive(board)
    theorem = board.theorem()
    foreign = theorem.hypotheses - set(assumed)
    if theorem.statement is not land(*parts.values()) or foreign:
        raise ValueError(f"the derivation proves {theorem!r}, which is not the claim")
    return theorem, tuple(board.lines)


def _part(value: Any) -> Any:
    return value if isinstance(value, Part) else to_term(value)
