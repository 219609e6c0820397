"""What the report and ``twinproof show`` say of a claim's theory, taken from the objects that were checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from . import catalogue
from .proofs.board.board import Line as Written
from .proofs.board.latex import to_latex
from .proofs.board.plain import to_text
from .proofs.board.proposition import Hypothesis as Assumed
from .proofs.kernel.axioms import AXIOMS
from .proofs.kernel.term import Term
from .report.content import Axiom, Document, Formula, Hypothesis, Line, Page, Part


def page(claim: catalogue.Claim) -> Page:
    """The theory of a claim; its derivation is made anew.

    Args:
        claim: of the catalogue.

    Raises:
        DerivationError, RuleError: the derivation does not check.
    """
    if claim.kind == "study":
        return Page(claim.id, claim.title, claim.theme, claim.kind, claim.sources)
    proposition = catalogue.proposition(claim.id)
    theorem, lines = proposition.derivation
    parts = []
    start = 0
    for place, line in enumerate(lines):
        if line.part is not None:
            shown = _chain(lines[start : place + 1], proposition.terms[line.part])
            parts.append(Part(line.part, _formula(proposition.terms[line.part]), shown))
            start = place + 1
    return Page(
        id=claim.id,
        title=claim.title,
        theme=claim.theme,
        kind=claim.kind,
        sources=claim.sources,
        parts=parts,
        hypotheses=[_hypothesis(assumed) for assumed in proposition.hypotheses],
        axioms=[axiom(name) for name in sorted(theorem.axioms)],
    )


_RELATIONS = {"eq": ("=", "="), "le": ("<=", r"\le"), "lt": ("<", "<")}
_WIDE = 84  # letters of plain text; a longer equation takes two rows
_DONE = Formula("so the claim holds", r"\square")


def _chain(lines: Sequence[Written], goal: Term) -> tuple[Line, ...]:
    """The lines of a part: one that begins where the line before it ended is written without its left side."""
    shown: list[Line] = []
    before: Written | None = None
    for line in lines:
        found = _formula(line.formula)
        if line.formula is goal and line.part is not None:
            found = _DONE
        elif before is not None and before.depth == line.depth and line.formula.head in _RELATIONS:
            left, right = line.formula.args
            if before.formula.head in _RELATIONS and before.formula.args[1] is left:
                found = _continued(line.formula.head, right)
        if found is not _DONE and line.formula.head in _RELATIONS and len(found.text) > _WIDE:
            # too long for one row: the left side first, as a chain begins on the board
            left, right = line.formula.args
            shown.append(Line(_formula(left), "", line.depth))
            found = _continued(line.formula.head, right)
        shown.append(Line(found, line.reason or "from the lines above", line.depth))
        before = line
    return tuple(shown)


def _continued(head: str, right: Term) -> Formula:
    text, latex = _RELATIONS[head]
    tail = _formula(right)
    return Formula(f"  {text} {tail.text}", rf"\quad {latex} {tail.latex}")


def axiom(name: str) -> Axiom:
    """An axiom of the kernel's registry, for readers."""
    found = AXIOMS[name]
    return Axiom(name, _formula(found.statement), f"{found.words[:1].upper()}{found.words[1:]}: {found.reference}")


def document(evidence: Mapping[str, Any], *, recorded: str = "", command: str = "") -> Document:
    """The whole report of some evidence.

    Args:
        evidence: what `records.collect` makes.
        recorded: the file that the experiments were read from, if they were not run just now.
        command: the line that makes the report anew.
    """
    pages = [_page_or_head(catalogue.claim(record["id"])) for record in evidence["claims"]]
    return Document(evidence, pages, recorded, command)


def _page_or_head(claim: catalogue.Claim) -> Page:
    """A claim whose derivation does not check still has its page: the record says what is wrong."""
    try:
        return page(claim)
    except (ValueError, ArithmeticError):
        return Page(claim.id, claim.title, claim.theme, claim.kind, claim.sources)


@cache
def _formula(term: Term) -> Formula:
    return Formula(to_text(term), to_latex(term))


def _hypothesis(assumed: Assumed) -> Hypothesis:
    needed = f"the twin {assumed.needed_by} drops it and is refuted" if assumed.needed_by else ""
    words = assumed.words if assumed.role == "assumption" else f"{assumed.words} ({assumed.role})"
    return Hypothesis(words, _formula(assumed.term), needed)
