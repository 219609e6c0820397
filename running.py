"""Runs of the command line: worker processes, the line of progress, verdicts as they are printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import catalogue

if TYPE_CHECKING:
    from .numerics.harness.experiment import Profile
    from .numerics.harness.runner import Progress
    from .numerics.harness.verdict import Verdict
    from .numerics.studies.reproduction import Progress as StudyProgress
    from .numerics.studies.reproduction import Reproduced
    from .report.content import StudyPage

_COLOURS = {
    "proved": "green",
    "corroborated": "cyan",
    "undecided": "yellow",
    "accepted": "green",
}


def colour(status: str) -> str:
    """The colour in which a status is printed."""
    return _COLOURS.get(status, "red")


def verified(chosen: Sequence[catalogue.Claim], *, profile: Profile, seed: int, jobs: int | None) -> list[Verdict]:
    """The verdicts on the claims, in their order, with progress on a terminal.

    On Ctrl-C what is finished is printed before the interruption goes on.
    """
    from .numerics.harness.runner import Interrupted

    ids = [claim.id for claim in chosen]
    try:
        with workers(min(jobs or _cores(), len(ids) + 1)) as executor:
            found = catalogue.verify(ids, profile=profile, seed=seed, executor=executor, progress=_progress)
    except Interrupted as stop:
        show_status("")
        for verdict in stop.verdicts.values():
            report_one(verdict)
        click.echo(f"{len(stop.verdicts)} of {len(ids)} claims were finished", err=True)
        raise
    show_status("")
    return [found[name] for name in ids]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def workers(jobs: int | None) -> Iterator[Executor | None]:
    """Processes, one for each core by default, gone when Ctrl-C comes: a pool would wait for the work in hand."""
    jobs = jobs or _cores()
    if jobs == 1:
        yield None
        return
    import multiprocessing

    from .numerics.harness.workers import process_pool

    executor = process_pool(jobs)
    try:
        yield executor
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def reproduced(
    id: str,
    output: Path,
    *,
    profile: Profile,
    seed: int,
    executor: Executor | None,
    changes: Mapping[str, Any] | None = None,
) -> Reproduced:
    """Carry out a study, with progress and the time left on a terminal."""
    from .numerics.studies.reproduction import name_of, reproduce
    from .records import environment

    study = catalogue.study(id)

    def told(progress: StudyProgress) -> None:
        filled = 24 * progress.done // max(progress.total, 1)
        left = "" if progress.left is None else f", {progress.left:.0f} s left"
        bar = f"[{'#' * filled}{'.' * (24 - filled)}] {progress.done}/{progress.total}"
        show_status(f"{bar} {id} {name_of(progress.key)}{left}"[:100])

    try:
        found = reproduce(
            study,
            output,
            profile=profile,
            seed=seed,
            changes=changes,
            executor=executor,
            progress=told,
            environment=environment(),
        )
    except KeyboardInterrupt:
        show_status("")
        click.echo(f"what was finished is in {output}: the same line goes on from there", err=True)
        raise
    show_status("")
    return found


def all_studies(folder: Path, *, profile: Profile, seed: int, jobs: int | None) -> list[StudyPage]:
    """Carry out every study, each in its folder; one that cannot be is named, and the others go on without it."""
    from .dossier import study_page

    pages = []
    with workers(jobs) as executor:
        for claim in catalogue.claims(kind="study"):
            try:
                found = reproduced(claim.id, folder / claim.id, profile=profile, seed=seed, executor=executor)
            except (OSError, ValueError) as error:
                show_status("")
                click.echo(f"note: {claim.id} is left out: {error}", err=True)
                continue
            pages.append(study_page(found, profile))
            held = sum(one.holds for one in found.expectations)
            click.echo(f"{'study':<13} {claim.id}: {held} of {len(found.expectations)} expectations hold")
    return pages


def report_study(found: Reproduced) -> None:
    """Print what a study found: its table, each expectation with what was measured, the answers to its questions."""
    from .report.values import describe

    if found.table is not None:
        rows = [found.table.columns, *(tuple(map(_cell, row)) for row in found.table.rows)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        click.echo(found.table.caption)
        for row in rows:
            click.echo(f"  {'  '.join(map(str.ljust, row, widths))}".rstrip())
    for one in found.expectations:
        word = click.style("holds" if one.holds else "fails", fg="green" if one.holds else "red", bold=True)
        click.echo(f"{word}  {one.name}: {one.statement} ({describe(one.measured)})")
    for answer in found.discussion:
        click.echo(answer)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show_status(text: str) -> None:
    """Show what is going on, on a terminal only: one line that is overwritten."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)


def _progress(progress: Progress) -> None:
    filled = 24 * progress.done // max(progress.total, 1)
    what = f"{progress.task.claim} {progress.task.part} {progress.task.name}"
    show_status(f"[{'#' * filled}{'.' * (24 - filled)}] {progress.done}/{progress.total} {what}"[:100])


def report_one(verdict: Verdict) -> None:
    """Print the verdict on one claim; below one that does not hold its witness, and what to type to see it again."""
    word = click.style(f"{verdict.status:<13}", fg=colour(verdict.status), bold=True)
    click.echo(f"{word} {verdict.claim}: {verdict.summary}")
    if not verdict.holds:
        from .report.values import describe

        if verdict.witness:
            click.echo(f"{'':<14}witness: {describe(verdict.witness)}")
        if verdict.reproduce:
            click.echo(f"{'':<14}again: {verdict.reproduce}")


def tally(verdicts: Sequence[Verdict]) -> None:
    """Print how many claims there are of each status."""
    statuses = [verdict.status for verdict in verdicts]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
    click.echo(f"{len(statuses)} claim{'s' * (len(statuses) != 1)}: {counts}")
