"""Replay of stored proofs in a child process, and what must be true of the answer.

The child runs the kernel's ``replay.py`` as a script under ``python -I -S``: no environment, no user's packages, no
site-packages, so nothing but the standard library can be imported. It names the modules that it loaded; a foreign one
is a failure, whatever the child says of the proofs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from . import catalogue

SCRIPT = Path(__file__).parent / "proofs" / "kernel" / "replay.py"

_OURS = ("twinproof", "twinproof.proofs")
_KERNEL = "twinproof.proofs.kernel"
_SECONDS = 600.0


@dataclass(frozen=True)
class Row:
    """What is said of one file.

    Attributes:
        file: as it was named.
        status: "accepted", "rejected" (no proof, or the proof of something else) or "unreadable".
        detail: the rest of the line.
    """

    file: str
    status: Literal["accepted", "rejected", "unreadable"]
    detail: str


@dataclass(frozen=True)
class Outcome:
    """What is said of all files, and in which company they were checked."""

    rows: tuple[Row, ...]
    modules: str
    foreign: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """2 if something could not be read, else 1 if something was rejected, else 0."""
        found = {row.status for row in self.rows}
        return 2 if "unreadable" in found else 1 if "rejected" in found or self.foreign else 0


def replay(files: Sequence[Path], python: str = sys.executable) -> Outcome:
    """Check stored proofs.

    Args:
        files: what ``twinproof show ID --trace FILE`` wrote.
        python: the interpreter of the child.

    Raises:
        RuntimeError: the child did not answer as it should.
    """
    # absolute: -I takes the current folder off the path, not out of the child; and no name can look like an option
    command = [python, "-I", "-S", str(SCRIPT), *(str(file.absolute()) for file in files)]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - our own script
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"replay: no answer within {_SECONDS:g} s") from None
    try:
        found = [json.loads(line) for line in child.stdout.splitlines()]
        modules = found.pop()["modules"]
        if len(found) != len(files):
            raise ValueError(f"{len(found)} answers to {len(files)} files")
    except (ValueError, LookupError, TypeError) as error:
        said = f"{child.stdout[-200:]!r}, {child.stderr[-400:]!r}"
        raise RuntimeError(f"replay: the child answered {said}: {error}") from None
    foreign = tuple(name for name in modules if not _allowed(name))
    kernel = sum(name.startswith(_KERNEL) for name in modules)
    said = f"checked by {kernel} modules of the kernel; the other {len(modules) - kernel} are the standard library's"
    if foreign:
        said = f"rejected: the child also loaded {', '.join(foreign)}"
    return Outcome(tuple(_row(str(file), row) for file, row in zip(files, found, strict=True)), said, foreign)


def _allowed(name: str) -> bool:
    if name in _OURS or name == _KERNEL or name.startswith(_KERNEL + "."):
        return True
    return name == "__main__" or name.partition(".")[0] in sys.stdlib_module_names


def _row(file: str, answer: dict[str, Any]) -> Row:
    if answer["status"] != "accepted":
        return Row(file, answer["status"], str(answer["error"]))
    claim = answer["claim"]
    axioms = ", ".join(answer["axioms"]) or "none"
    facts = f"{answer['steps']} steps, axioms: {axioms}, {answer['seconds']:.2f} s"
    if not claim:
        return Row(file, "accepted", f"{answer['statement']} ({facts})")
    if claim not in catalogue.ids():
        words = f"says it is {claim}, which is no claim of this catalogue"
        return Row(file, "accepted", f"{words}: {answer['statement']} ({facts})")
    if not _is_claimed(claim, answer):
        return Row(file, "rejected", f"a proof, but not of {claim} as this catalogue states it: {answer['statement']}")
    return Row(file, "accepted", f"{claim} ({facts})")


def _is_claimed(claim: str, answer: dict[str, Any]) -> bool:
    """Whether what was proved is the claim: its statement, under hypotheses of the claim and no others.

    Nothing is proved here, so that a replay costs what the child takes.
    """
    from .proofs.kernel.text import text
    from .proofs.kernel.trace import digest

    proposition = catalogue.proposition(claim)
    printed = set(answer["hypotheses"])
    used = frozenset(h.term for h in proposition.hypotheses if text(h.term) in printed)
    same: bool = answer["digest"] == digest(used, proposition.goal)
    return same
