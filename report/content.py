"""What a report shows, as plain data: pages of theory, and records of what was run.

A `Page` is the part of a claim that does not change from run to run (statement, hypotheses, derivation, axioms). A
record is one element of ``claims`` in what ``twinproof verify --json`` writes: the same data feed the file, the
terminal and the report, so that the three cannot disagree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
"""One claim of the evidence: the schema is in `twinproof.records`."""


@dataclass(frozen=True)
class Formula:
    """A formula in the two notations that readers meet.

    Attributes:
        text: for a terminal.
        latex: for paper, without dollar signs.
    """

    text: str
    latex: str


@dataclass(frozen=True)
class Hypothesis:
    """What a claim assumes.

    Attributes:
        name: by which the derivation calls it; may be empty.
        formula: what is assumed.
        needed: what happens without it (a witness, in words), or empty if that was not shown.
    """

    name: str
    formula: Formula
    needed: str = ""


@dataclass(frozen=True)
class Line:
    """One displayed line of a derivation, and why it holds."""

    formula: Formula
    reason: str
    depth: int = 0


@dataclass(frozen=True)
class Part:
    """One named part of a statement, with its derivation."""

    name: str
    formula: Formula
    lines: Sequence[Line] = ()


@dataclass(frozen=True)
class Axiom:
    """A fact of analysis taken on trust, with the book that proves it."""

    name: str
    formula: Formula
    reference: str


@dataclass(frozen=True)
class Page:
    """The theory of one claim.

    Attributes:
        id: of the catalogue.
        title: one line.
        theme: the file that it lives in.
        kind: "theory" or "study".
        sources: pairs of document and part.
        symbols: pairs of kind (natural numbers, functions of ...) and the names of that kind.
        parts: statement and derivation, part by part.
        hypotheses: data, shown to the reader.
        axioms: those that the theorem rests on.
        not_covered: what a reader might expect and does not get, a sentence each.
    """

    id: str
    title: str
    theme: str
    kind: str
    sources: Sequence[tuple[str, str]]
    parts: Sequence[Part] = ()
    hypotheses: Sequence[Hypothesis] = ()
    axioms: Sequence[Axiom] = ()
    symbols: Sequence[tuple[str, str]] = ()
    not_covered: Sequence[str] = ()

    def __post_init__(self) -> None:
        # the id becomes a file's name
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise ValueError(f"id: found {self.id!r}, expected lower-case words joined by hyphens")


@dataclass(frozen=True)
class Discussion:
    """A question of the source documents that has no right answer: facts that bear on it, and no verdict.

    Attributes:
        id: of the catalogue of sources.
        title: the question, in one line.
        sources: pairs of document and part.
        facts: what the claims say about it, a sentence or two each.
        claims: ids of the claims that the facts come from.
    """

    id: str
    title: str
    sources: Sequence[tuple[str, str]]
    facts: Sequence[str]
    claims: Sequence[str] = ()


@dataclass(frozen=True)
class StudyPage:
    """What one study left, for readers.

    Attributes:
        id, title, sources: of the catalogue.
        profile: "quick" or "full".
        caption, columns, rows: its table; no columns if it has none.
        expectations: triples of statement, whether it holds, and what was measured.
        discussion: answers to the questions of its sources.
        figures: the files in PDF.
    """

    id: str
    title: str
    sources: Sequence[tuple[str, str]]
    profile: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    expectations: Sequence[tuple[str, bool, Mapping[str, object]]]
    discussion: Sequence[str]
    figures: Sequence[Path]


@dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes:
        evidence: what ``verify --json`` writes, with ``claims`` in the order of `pages`.
        pages: one for each claim.
        recorded: where the experiments were read from, if they were not run for this report.
        command: the line that makes this report anew.
        discussions: questions without a verdict.
        studies: the coding parts that were carried out.
    """

    evidence: Mapping[str, Any]
    pages: Sequence[Page]
    recorded: str = ""
    command: str = ""
    discussions: Sequence[Discussion] = ()
    studies: Sequence[StudyPage] = ()
    records: Mapping[str, Record] = field(init=False)

    def __post_init__(self) -> None:
        records = {record["id"]: record for record in self.evidence["claims"]}
        absent = [page.id for page in self.pages if page.id not in records]
        if absent:
            raise ValueError(f"evidence: no record of {', '.join(absent)}; expected one for each page")
        object.__setattr__(self, "records", records)


def dumps(evidence: Mapping[str, Any]) -> str:
    """The evidence as JSON text, ending in a line break; infinities and nan must be strings by now.

    Raises:
        ValueError: a number that JSON does not know.
    """
    return json.dumps(evidence, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
