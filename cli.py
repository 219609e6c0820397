"""The command line: ``twinproof list | show | verify | replay | reproduce | report``.

Exit statuses: 0 all holds; 1 a contradiction, a refutation, an error, a rejected trace, an expectation of a study that
does not hold, or a report that TeX is not content with; 3 something is undecided and nothing is worse; 2 wrong usage or
unreadable input; 130 after Ctrl-C.

Everything heavy is imported inside the commands, so that ``--help`` and ``list`` answer at once.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import __version__, catalogue
from .discussions import DISCUSSIONS
from .options import claim_ids, example, file_path, folder_exists, run_options, shown_id
from .running import all_studies, colour, report_one, report_study, reproduced, show_status, tally, verified, workers

if TYPE_CHECKING:
    from .numerics.harness.experiment import Profile
    from .numerics.harness.verdict import Verdict
    from .report.content import StudyPage

INTERRUPTED = 130
USAGE = 2

_R = TypeVar("_R")


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status.

    Args:
        arguments: those of the process by default.

    Raises:
        SystemExit: always.
    """
    try:
        status = main.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.exceptions.Abort:  # click's name for Ctrl-C
        click.echo("twinproof: interrupted; no file was left half-written", err=True)
        if "concurrent.futures.process" in sys.modules:
            # a pool joins its threads at exit, and could wait for a worker that was killed while it held a lock
            late = threading.Timer(5.0, os._exit, [INTERRUPTED])
            late.daemon = True
            late.start()
        status = INTERRUPTED
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except BrokenPipeError:
        # the reader has gone (`twinproof list | head`): nobody is left to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status if isinstance(status, int) else 0)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("twinproof list", "twinproof show dead-relu", "twinproof verify dead-relu"),
)
@click.version_option(__version__, prog_name="twinproof", message="%(prog)s %(version)s")
def main() -> None:
    """Verify claims of machine-learning theory: each is proved, tried, and tried against its false twins."""


@main.command(
    "list", short_help="List the claims of the catalogue.", epilog=example("twinproof list --theme initialization")
)
@click.option("--theme", type=click.Choice(catalogue.themes()), help="Only claims of this theme.")
@click.option("--kind", type=click.Choice(catalogue.KINDS), help="Only claims of this kind.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of text.")
def list_(theme: str | None, kind: str | None, as_json: bool) -> None:
    """List the claims of the catalogue."""
    found = catalogue.claims(theme=theme, kind=kind)
    if as_json:
        rows = [
            {
                "id": claim.id,
                "title": claim.title,
                "theme": claim.theme,
                "kind": claim.kind,
                "sources": [{"document": document, "part": part} for document, part in claim.sources],
            }
            for claim in found
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max((len(claim.id) for claim in found), default=0)
    for name in dict.fromkeys(claim.theme for claim in found):
        click.secho(name, bold=True)
        for claim in found:
            if claim.theme == name:
                click.echo(f"  {claim.id:<{width}}  {claim.title}")
    if not found:
        click.echo("no such claim")


@main.command(
    short_help="Show one claim and its derivation.",
    epilog=example("twinproof show relu-norm-preservation", "twinproof show relu-norm-preservation --trace relu.json"),
)
@click.argument("claim_id", metavar="[ID]", required=False, callback=shown_id)
@click.option("--uses", is_flag=True, help="The general theorems behind the claim; without ID, behind all claims.")
@click.option(
    "--trace",
    type=file_path(),
    callback=folder_exists,
    metavar="FILE",
    help="Write the proof as data, which `twinproof replay` reads.",
)
def show(claim_id: str | None, uses: bool, trace: Path | None) -> None:
    """Show one claim: statement, hypotheses, derivation with reasons, axioms, experiments, twins."""
    from .dossier import page
    from .showing import discussion, general, lines

    if uses:
        for line in _derived(lambda: list(general(catalogue.uses(claim_id)))):
            click.echo(line)
        return
    if claim_id is None:
        raise click.UsageError("give the ID of a claim, or --uses")
    for question in DISCUSSIONS:
        if question.id == claim_id:
            if trace is not None:
                raise click.UsageError(f"{claim_id} is a question without a verdict: it has no proof")
            click.echo("\n".join(discussion(question)))
            return
    claim = catalogue.claim(claim_id)
    if trace is not None:
        from .records import write

        if claim.kind == "study":
            raise click.UsageError(f"{claim_id} is a study: it has no proof that could be written")
        text = _derived(lambda: catalogue.trace_text(claim_id))
        _writing(trace, lambda: write(trace, text))
        click.echo(f"wrote {trace}; check it with: twinproof replay {trace}")
        return
    for line in lines(claim, _derived(lambda: page(claim))):
        click.echo(line)


@main.command(
    short_help="Verify claims: proof, experiments, false twins.",
    epilog=example("twinproof verify", "twinproof verify dead-relu xor-rbf-dual --seed 7 --json evidence.json"),
)
@click.argument("ids", nargs=-1, metavar="[ID]...", callback=claim_ids)
@click.option("--theme", type=click.Choice(catalogue.themes()), help="Only claims of this theme.")
@click.option("--kind", type=click.Choice(catalogue.KINDS), help="Only claims of this kind; theory by default.")
@run_options
@click.option(
    "--json",
    "target",
    type=file_path(),
    callback=folder_exists,
    metavar="FILE",
    help="Also write the evidence to FILE.",
)
def verify(
    ids: tuple[str, ...],
    theme: str | None,
    kind: str | None,
    profile: Profile,
    seed: int,
    jobs: int | None,
    target: Path | None,
) -> None:
    """Verify claims: by their derivations, by their experiments, and against their false twins."""
    from .numerics.harness.verdict import exit_status

    chosen = _choose(ids, theme, kind)
    verdicts = verified(chosen, profile=profile, seed=seed, jobs=jobs)
    for verdict in verdicts:
        report_one(verdict)
    tally(verdicts)
    if target is not None:
        from .records import collect, write
        from .report.content import dumps

        evidence = dumps(collect(verdicts, profile=profile, seed=seed))
        _writing(target, lambda: write(target, evidence))
        click.echo(f"wrote {target}")
    raise SystemExit(exit_status(verdicts))


@main.command(
    short_help="Check stored proofs in a fresh process.",
    epilog=example("twinproof show dead-relu --trace dead-relu.json", "twinproof replay dead-relu.json"),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE.json...", type=file_path())
def replay(files: tuple[Path, ...]) -> None:
    """Check stored proofs in a fresh process that knows the standard library and the kernel, nothing else."""
    from .replaying import replay as check

    try:
        outcome = check(files)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    width = max(len(row.status) for row in outcome.rows)
    for row in outcome.rows:
        status = click.style(f"{row.status:<{width}}", fg=colour(row.status))
        click.echo(f"{status}  {row.file}  {row.detail}")
    click.echo(outcome.modules)
    raise SystemExit(outcome.exit_status)


@main.command(
    short_help="Carry out studies: their figures, and the data behind them.",
    epilog=example("twinproof reproduce double-descent", "twinproof reproduce --quick --output quick"),
)
@click.argument("ids", nargs=-1, metavar="[ID]...", callback=claim_ids)
@click.option("--quick", is_flag=True, help="Smaller settings that take seconds, in place of those of the sources.")
@click.option("--seed", type=click.IntRange(0), metavar="N", default=0, show_default=True, help="Of all runs.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder to write to: DIR for one ID, DIR/ID for several.  [default: twinproof-studies/ID]",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A folder with the study's data, in place of where it is looked for.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes; no figure depends on N. Default: one for each core.",
)
def reproduce(
    ids: tuple[str, ...], quick: bool, seed: int, output: Path | None, data: Path | None, jobs: int | None
) -> None:
    """Carry out studies (all without ID) as their sources say; what an interrupted run finished is not done again."""
    chosen = [catalogue.claim(name) for name in dict.fromkeys(ids)] or list(catalogue.claims(kind="study"))
    for claim in chosen:
        if claim.kind != "study":
            raise click.UsageError(f"{claim.id} is a claim of theory: try twinproof verify {claim.id}")
        if data is not None and "data" not in catalogue.study(claim.id).settings:
            raise click.UsageError(f"--data: {claim.id} reads no data from a folder")
    changes = {} if data is None else {"data": str(data)}
    profile: Profile = "quick" if quick else "full"
    missed = False
    with workers(jobs) as executor:
        for claim in chosen:
            folder = output if output and len(ids) == 1 else (output or Path("twinproof-studies")) / claim.id
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise click.UsageError(f"--output: cannot make {folder}: {error.strerror}") from None
            try:
                found = reproduced(claim.id, folder, profile=profile, seed=seed, executor=executor, changes=changes)
            except (OSError, ValueError) as error:
                show_status("")
                with suppress(OSError):  # a folder in which something stands stays
                    folder.rmdir()
                raise click.UsageError(f"{claim.id}: {error}" if len(chosen) > 1 else str(error)) from None
            if len(chosen) > 1:
                click.secho(claim.id, bold=True)
            if found.resumed:
                click.echo(f"{found.resumed} of {len(found.results)} runs were on file in {folder}")
            report_study(found)
            for path in found.figures:
                click.echo(f"wrote {path} and {path.with_suffix('.pdf').name}")
            click.echo(f"wrote {folder / 'figures.npz'} and {folder / 'summary.json'}")
            missed |= not found.holds
    raise SystemExit(1 if missed else 0)


@main.command(
    short_help="Verify all, and write LaTeX and a PDF.",
    epilog=example(
        "twinproof report --output handout",
        "twinproof verify --json evidence.json && twinproof report --evidence evidence.json",
    ),
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default="twinproof-report",
    show_default=True,
    callback=folder_exists,
    help="The folder to write to.",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(["tex", "pdf"]),
    multiple=True,
    help="Once for each format; by default all that this machine can make.",
)
@run_options
@click.option(
    "--studies/--no-studies",
    default=True,
    show_default=True,
    help="Carry out the studies as well, into DIR/studies; what is on file there is not done again.",
)
@click.option(
    "--evidence",
    "recorded",
    type=file_path(exists=True),
    metavar="FILE",
    help="Take the experiments from `verify --json FILE`; the proofs are checked anew, and the report says so.",
)
def report(
    output: Path,
    formats: tuple[str, ...],
    profile: Profile,
    seed: int,
    jobs: int | None,
    studies: bool,
    recorded: Path | None,
) -> None:
    """Verify the theory, carry out the studies, and write a report: LaTeX, and a PDF where there is a TeX."""
    from .numerics.harness.verdict import exit_status
    from .records import collect
    from .report.build import write
    from .report.pdf import TexError

    context = click.get_current_context()
    if recorded is not None:
        for name in ("profile", "seed", "jobs"):
            source = context.get_parameter_source(name)
            if source is not None and source.name == "COMMANDLINE":
                raise click.UsageError(f"--{name} asks for a run, --evidence for a recorded one: give one of them")
    from .dossier import document


    def pages() -> list[StudyPage]:
        return all_studies(output / "studies", profile=profile, seed=seed, jobs=jobs) if studies else []

    if recorded is None:
        chosen = catalogue.claims(kind="theory")
        verdicts = verified(chosen, profile=profile, seed=seed, jobs=jobs)
        command = f"twinproof report --profile {profile} --seed {seed}"
        evidence = collect(verdicts, profile=profile, seed=seed)
        made = document(evidence, command=command, studies=pages())
    else:
        verdicts, evidence = _recorded(recorded)
        made = document(evidence, recorded=recorded.name, studies=pages())
    for verdict in verdicts:
        report_one(verdict)
    tally(verdicts)
    try:
        written = write(made, output, formats or None, progress=show_status)
    except TexError as error:
        show_status("")
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"cannot write to {output}: {error.strerror}") from None
    show_status("")
    for note in written.notes:
        click.echo(f"note: {note}", err=True)
    for path in written.files:
        if path.suffix in {".tex", ".pdf"} and path.parent == output:
            click.echo(f"wrote {path}")
    held = (all(holds for _, holds, _ in page.expectations) for page in made.studies)
    raise SystemExit(exit_status([*verdicts, *("corroborated" if holds else "refuted" for holds in held)]))


def _recorded(path: Path) -> tuple[list[Verdict], dict[str, Any]]:
    from .records import read, record, restore

    try:
        evidence = read(path)
        unknown = [row["id"] for row in evidence["claims"] if row["id"] not in catalogue.ids()]
        if unknown:
            raise ValueError(f"{path}: found claims that this catalogue lacks: {', '.join(unknown)}")
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    verdicts = [restore(row, catalogue.prove_or_say_why) for row in evidence["claims"]]
    return verdicts, {**evidence, "claims": [record(verdict) for verdict in verdicts]}


def _choose(ids: tuple[str, ...], theme: str | None, kind: str | None) -> tuple[catalogue.Claim, ...]:
    if ids and (theme or kind):
        raise click.UsageError("give ids, or --theme and --kind, not both")
    if ids:
        return tuple(catalogue.claim(name) for name in dict.fromkeys(ids))
    chosen = catalogue.claims(theme=theme, kind=kind or "theory")
    if not chosen:
        of_theme = f" of theme {theme}" if theme else ""
        raise click.UsageError(f"the catalogue has no claim of kind {kind or 'theory'}{of_theme}")
    return chosen


def _derived(act: Callable[[], _R]) -> _R:
    try:
        return act()
    except ValueError as error:  # DerivationError and RuleError among them
        raise click.ClickException(f"the derivation does not check: {error}") from None


def _writing(path: Path, act: Callable[[], None]) -> None:
    try:
        act()
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error.strerror}") from None
