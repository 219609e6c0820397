"""A claim for a terminal: the page that the report sets in TeX, in plain text."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator

import click

from .catalogue import Claim
from .report.content import Page

_REASON = 2  # columns kept free between a formula and its reason


def lines(claim: Claim, page: Page) -> Iterator[str]:
    """The lines of ``twinproof show``.

    Args:
        claim: for its experiments and twins.
        page: for its theory.
    """
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    yield click.style(page.title, bold=True)
    sources = "; ".join(f"{document}, {part}" for document, part in page.sources)
    yield f"{page.id} ({page.kind}, theme {page.theme}; source: {sources})"
    if page.hypotheses:
        yield from _heading("Hypotheses")
        for hypothesis in page.hypotheses:
            yield from _formula(hypothesis.formula.text, hypothesis.name, width)
            if hypothesis.needed:
                yield from _paragraph(f"needed: {hypothesis.needed}", width, 4)
    for part in page.parts:
        yield from _heading("Claim" if len(page.parts) == 1 else f"Claim: {part.name}")
        if len(part.lines) == 1:  # proved in one line: its reason stands beside the claim
            yield from _formula(part.formula.text, part.lines[0].reason, width)
            continue
        yield from _formula(part.formula.text, "", width)
        if part.lines:
            yield click.style("  derivation", dim=True)
            for line in part.lines:
                yield from _formula(line.formula.text, line.reason, width, 4 + 2 * line.depth)
    if page.parts:
        yield from _heading("Axioms")
        for axiom in page.axioms:
            yield from _formula(axiom.formula.text, axiom.name, width)
            yield from _paragraph(axiom.reference, width, 4)
        if not page.axioms:
            yield "  none: the rules of the kernel suffice"
    if claim.experiments:
        yield from _heading("Experiments")
        for experiment in claim.experiments:
            yield f"  {experiment.name}  (on {experiment.subject})"
            yield from _paragraph(experiment.summary, width, 4)
    if claim.twins:
        yield from _heading("False twins")
        for twin in claim.twins:
            yield f"  {twin.name}"
            yield from _paragraph(twin.change, width, 4)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield click.style(text, bold=True)


def _paragraph(text: str, width: int, indent: int) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(text, width, initial_indent=margin, subsequent_indent=margin, break_long_words=False)


def _formula(text: str, reason: str, width: int, indent: int = 2) -> Iterator[str]:
    """Yield a formula with its reason at the right, or below where there is no room."""
    rows = [" " * indent + row for row in text.splitlines() or [""]]
    if reason and len(rows[-1]) + _REASON + len(reason) <= width:
        rows[-1] += click.style(reason.rjust(width - len(rows[-1])), dim=True)
        reason = ""
    yield from rows
    for row in textwrap.wrap(reason, width - indent - 4):
        yield click.style(row.rjust(width), dim=True)
