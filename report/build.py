"""From checked objects to files: the templates filled, TeX run, everything put in its place at once.

All is made in a fresh folder beside the target and moved when it is whole, file by file; an interrupted run leaves the
target as it was.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import drawings, figures, pdf
from .content import Document, dumps
from .latex import Tex, anchor, code, escape, flat, formula, inline
from .values import duration, number, witness

FORMATS = ("tex", "pdf")
"""What can be written."""

NAME = "report"


@dataclass(frozen=True)
class Written:
    """What a report left on disk.

    Attributes:
        files: in the order written.
        notes: what the reader should know (no TeX here, say).
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        block_start_string="((*",
        block_end_string="*))",
        variable_start_string="(((",
        variable_end_string=")))",
        comment_start_string="((=",
        comment_end_string="=))",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=escape,  # every value that is no Tex; HTML's autoescape would be the wrong alphabet
        autoescape=False,  # noqa: S701 - see finalize
        loader=PackageLoader(__package__, "templates"),
    )
    environment.filters.update(
        anchor=anchor,
        code=code,
        duration=duration,
        flat=lambda latex: Tex(flat(latex)),
        formula=formula,
        inline=inline,
        number=number,
        witness=witness,
    )
    return environment


def source(
    document: Document,
    drawn: Collection[str] = (),
    sketched: Collection[str] = (),
    figures: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The report as LaTeX.

    Args:
        document: what to show.
        drawn: ids of the claims that have a figure in ``figures/ID.pdf``.
        sketched: ids of the claims that have a drawing in ``figures/ID-drawing.pdf``.
        figures: for each study the names of its figures in ``figures/NAME.pdf``.
    """
    axioms = {axiom.name: axiom for page in document.pages for axiom in page.axioms}
    used = {name: [page for page in document.pages if name in {a.name for a in page.axioms}] for name in axioms}
    statuses = [document.records[page.id]["verdict"] for page in document.pages]
    text: str = _environment().get_template("report.tex").render(
        document=document,
        evidence=document.evidence,
        pages=document.pages,
        records=document.records,
        drawn=frozenset(drawn),
        captions={name: drawings.DRAWINGS[name].caption for name in sketched},
        figures=figures or {study.id: () for study in document.studies},
        axioms=axioms,
        used=used,
        tally={status: statuses.count(status) for status in dict.fromkeys(statuses)},
        reproduce="" if document.recorded else document.command,
        Tex=Tex,
    )
    return text


def write(
    document: Document,
    output: Path,
    formats: Collection[str] | None = None,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Written:
    """Write the report.

    Args:
        document: what to show.
        output: the folder; made if it is missing.
        formats: of `FORMATS`; without it all that this machine can make.
        progress: told what is being done.

    Returns:
        The files, and notes for the reader.

    Raises:
        ValueError: an unknown format.
        pdf.TexError: TeX met an error, something sticks out of the page, or ``pdf`` was asked for where there is
            no TeX. The source and the log are kept.
    """
    wanted = tuple(FORMATS if formats is None else formats)
    for name in wanted:
        if name not in FORMATS:
            raise ValueError(f"formats: found {name!r}, expected of {', '.join(FORMATS)}")
    output.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        notes, trouble = _make(document, workshop, wanted, explicit=formats is not None, progress=progress)
        keep = ["tex", "pdf"] if trouble is None else ["tex", "log"]
        files = _move(workshop, output, keep)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    if trouble is not None:
        log = output / f"{NAME}.log"
        raise pdf.TexError(trouble.faults, log if log.exists() else None)
    return Written(files, notes)


def _make(
    document: Document,
    workshop: Path,
    wanted: Collection[str],
    *,
    explicit: bool,
    progress: Callable[[str], None],
) -> tuple[tuple[str, ...], pdf.TexError | None]:
    progress("drawing figures")
    (workshop / "figures").mkdir()
    drawn = [
        page.id
        for page in document.pages
        if figures.draw(document.records[page.id], workshop / "figures" / f"{page.id}.pdf")
    ]
    copied: dict[str, list[str]] = {study.id: [] for study in document.studies}
    for study in document.studies:
        for path in study.figures:
            copied[study.id].append(f"{study.id}-{path.stem}")
            shutil.copyfile(path, workshop / "figures" / f"{study.id}-{path.stem}.pdf")
    sketched = [
        page.id for page in document.pages if drawings.draw(page.id, workshop / "figures" / f"{page.id}-drawing.pdf")
    ]
    (workshop / f"{NAME}.tex").write_text(source(document, drawn, sketched, copied), encoding="utf-8")
    (workshop / "evidence.json").write_text(dumps(document.evidence), encoding="utf-8")
    if "pdf" not in wanted:
        return (), None
    if not pdf.available():
        return ((), pdf.TexError((pdf.MISSING,))) if explicit else ((pdf.MISSING,), None)
    progress("running pdflatex")
    try:
        pdf.compile_twice(workshop, NAME)
    except pdf.TexError as trouble:
        return (), trouble
    return (), None


def _move(workshop: Path, output: Path, endings: Collection[str]) -> tuple[Path, ...]:
    (output / "figures").mkdir(parents=True, exist_ok=True)
    made = [*sorted((workshop / "figures").iterdir()), workshop / "evidence.json"]
    made += [workshop / f"{NAME}.{ending}" for ending in endings]
    files = []
    for path in made:
        if path.exists():
            target = output / path.relative_to(workshop)
            path.replace(target)
            files.append(target)
    # what an earlier run left and this one did not make would contradict it
    kept = set(files)
    stale = [output / f"{NAME}.{ending}" for ending in ("pdf", "log")]
    for path in [*stale, *(output / "figures").glob("*.pdf")]:
        if path not in kept:
            with suppress(FileNotFoundError):
                path.unlink()
    return tuple(files)
