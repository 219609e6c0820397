"""What the commands take: ids, files and folders, and the options of every run; bad values are named at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from . import catalogue
from .discussions import DISCUSSIONS

_F = TypeVar("_F", bound=Callable[..., Any])
_QUESTIONS = frozenset(question.id for question in DISCUSSIONS)


def claim_ids(_: click.Context, __: click.Parameter, values: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Ids of the catalogue, one or many."""
    for value in (values,) if isinstance(values, str) else values:
        if value in _QUESTIONS:
            raise click.BadParameter(f"{value} is a question without a verdict: try twinproof show {value}")
        try:
            catalogue.claim(value)
        except catalogue.UnknownClaimError as error:
            raise click.BadParameter(str(error)) from None
    return values


def shown_id(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """An id of a claim, or of a question without a verdict."""
    if value is not None and value not in _QUESTIONS:
        claim_ids(context, parameter, value)
    return value


def folder_exists(_: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """Complain about a missing folder before minutes of work, not after."""
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.absolute().parent}")
    if path is not None and isinstance(parameter.type, click.Path) and not parameter.type.dir_okay and path.is_dir():
        raise click.BadParameter(f"found the folder {path}, expected the name of a file")
    return path


def file_path(*, exists: bool = False) -> click.Path:
    """A file, not a folder."""
    return click.Path(exists=exists, dir_okay=False, path_type=Path)


def run_options(command: _F) -> _F:
    """Add what every run needs: profile, seed, jobs."""
    for option in (
        click.option(
            "--jobs",
            type=click.IntRange(1),
            metavar="N",
            default=None,
            help="Processes; no figure depends on N. Default: one for each core.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0),
            metavar="N",
            default=0,
            show_default=True,
            help="The one seed of all experiments.",
        ),
        click.option(
            "--profile",
            type=click.Choice(["quick", "full"]),
            default="quick",
            show_default=True,
            help="How much is sampled; how strictly is the same in both.",
        ),
    ):
        command = option(command)
    return command


def example(*lines: str) -> str:
    """Return the foot of a help page; the first sign keeps click from filling the lines into a paragraph."""
    return "\b\n" + "\n".join(["Example:", *(f"  {line}" for line in lines)])
