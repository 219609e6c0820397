"""A claim for a terminal: the page that the report sets in TeX, in plain text."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from .catalogue import Claim
from .report.content import Discussion, Page

if TYPE_CHECKING:
    from .proofs.library.uses import General

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
    if page.symbols:
        yield from _heading("Symbols")
        for kind, names in page.symbols:
            yield from _paragraph(f"{kind}: {names}", width, 2)
    if page.hypotheses:
        yield from _heading("Hypotheses")
        for hypothesis in page.hypotheses:
            yield from _paragraph(hypothesis.name, width, 2)
            yield from _formula(hypothesis.formula.text, "", width, 4)
            if hypothesis.needed:
                yield from (click.style(row, dim=True) for row in _paragraph(f"needed: {hypothesis.needed}", width, 4))
    for part in page.parts:
        yield from _heading("Claim" if len(page.parts) == 1 else f"Claim: {part.name}")
        yield from _formula(part.formula.text, "", width)
        if len(part.lines) == 1:
            reason = f"derivation in one line: {part.lines[0].reason}"
            yield from (click.style(row, dim=True) for row in _paragraph(reason, width, 2))
        elif part.lines:
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
    if page.not_covered:
        yield from _heading("Not covered")
        for sentence in page.not_covered:
            yield from _paragraph(sentence, width, 2)
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


def general(found: Mapping[General, tuple[str, ...]]) -> Iterator[str]:
    """The lines of ``twinproof show --uses``.

    Args:
        found: for each theorem of the library the ids of the claims that rest on it.
    """
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    for theorem, ids in found.items():
        yield click.style(f"{theorem.file}.{theorem.name}", bold=True) + f"  {theorem.words}"
        users = f"used by {len(ids)}: {', '.join(ids)}" if ids else "used by no claim"
        yield from (click.style(row, dim=True) for row in _paragraph(users, width, 4))


def discussion(found: Discussion) -> Iterator[str]:
    """The lines of ``twinproof show`` for a question without a verdict."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    yield click.style(found.title, bold=True)
    sources = "; ".join(f"{document}, {part}" for document, part in found.sources)
    yield f"{found.id} (a discussion, without a verdict; source: {sources})"
    yield from _heading("Facts that bear on it")
    for fact in found.facts:
        yield from _paragraph(fact, width, 2)
    if found.claims:
        yield from _paragraph(f"from the claims {', '.join(found.claims)}", width, 2)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield click.style(text, bold=True)


def _paragraph(text: str, width: int, indent: int) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(text, width, initial_indent=margin, subsequent_indent=margin, break_long_words=False)


def _formula(text: str, reason: str, width: int, indent: int = 2) -> Iterator[str]:
    """Yield a formula with its reason at the right, or below where there is no room."""
    indent = min(indent, width // 3)
    start = len(text) - len(text.lstrip())  # a line that goes on with a chain is set in
    rows = [" " * (indent + start) + row for row in broken(text.strip(), width - indent - start)]
    if reason and len(rows[-1]) + _REASON + len(reason) <= width:
        rows[-1] += click.style(reason.rjust(width - len(rows[-1])), dim=True)
        reason = ""
    yield from rows
    below = textwrap.wrap(reason, width - indent - 4)
    margin = width - max(map(len, below), default=0)
    for row in below:
        yield click.style(" " * margin + row, dim=True)


_BREAKS = ((" -> ", " <-> "), (": ",), (" and ", " or "), (" = ", " <= ", " < "), (" + ", " - "), ("*", "/"))


def broken(text: str, width: int) -> list[str]:
    """The rows of a formula, broken where it binds least: outside brackets first, at arrows before signs.

    Args:
        text: the formula on one line.
        width: letters in a row; a row that cannot be broken may be longer.

    >>> broken("0 < m -> s2 = 1/m -> f(x, y) = g(x)", 24)
    ['0 < m -> s2 = 1/m ->', '  f(x, y) = g(x)']
    """
    rows: list[str] = []
    while len(text) > width - 2 * bool(rows):
        end = _break(text, width - 2 * bool(rows))
        if end is None:
            break
        rows.append(text[:end].rstrip())
        text = text[end:].lstrip()
    rows.append(text)
    return rows[:1] + ["  " + row for row in rows[1:]]


def _break(text: str, width: int) -> int | None:
    """Where the first row ends."""
    best: tuple[int, int, int] | None = None
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        for rank, signs in enumerate(_BREAKS):
            sign = next((sign for sign in signs if text.startswith(sign, place)), None)
            if sign is not None:
                # an arrow, a colon or a conjunction ends its row; other signs begin the next
                end = place + len(sign.rstrip()) * (rank < 3)
                if width // 4 < end <= width and (best is None or (depth, rank, -end) < best):
                    best = depth, rank, -end
    return None if best is None else -best[2]
