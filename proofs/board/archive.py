"""Derivations on file: finding a proof takes seconds, checking one takes milliseconds.

``proofs/traces/ID.json`` holds the trace of a claim's theorem and which of its steps are the lines that a reader sees,
``ID.TWIN.json`` the proof that a false statement is false, where that takes one.
Reading one replays every step through the kernel, so a file can be out of date but never wrong; a test compares each
with a derivation made anew. ``python -m twinproof.proofs.board.archive [ID ...]`` writes them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from pkgutil import iter_modules

from ..kernel.rules import RuleError
from ..kernel.theorem import Theorem, cone, encode
from ..kernel.trace import TraceError, decode, dumps
from .board import Line

FOLDER = "traces"


def read(claim: str) -> tuple[Theorem, tuple[Line, ...]] | None:
    """The theorem and the lines on file; None if there is no file, or one that the kernel refuses."""
    source = files(__package__.rpartition(".")[0]) / FOLDER / f"{claim}.json"
    try:
        saved = json.loads(source.read_text(encoding="utf-8"))
        theorems = decode(saved["trace"])
        lines = tuple(
            Line(theorems[n].statement, reason, depth, part, theorems[n]) for n, reason, depth, part in saved["lines"]
        )
        return theorems[saved["conclusion"]], lines
    except (OSError, ValueError, LookupError, TypeError, TraceError, RuleError):
        return None


def write(claim: str, theorem: Theorem, lines: Sequence[Line]) -> Path:
    """Put a derivation on file, beside and then in place of the one there."""
    everything = [*(line.theorem for line in lines), theorem]
    places = {id(t): n for n, t in enumerate(cone(everything))}
    saved = {
        "trace": encode(everything, claim),
        "lines": [[places[id(line.theorem)], line.reason, line.depth, line.part] for line in lines],
        "conclusion": places[id(theorem)],
    }
    folder = Path(str(files(__package__.rpartition(".")[0]) / FOLDER))
    folder.mkdir(exist_ok=True)
    target = folder / f"{claim}.json"
    beside = target.with_suffix(".tmp")
    beside.write_text(dumps(saved), encoding="utf-8")
    beside.replace(target)
    return target


def main(wanted: Sequence[str]) -> int:
    """Derive anew and put on file: the claims named, or all."""
    proofs = import_module(__package__.rpartition(".")[0])
    for module in iter_modules(proofs.__path__):
        if module.ispkg:
            continue
        declared = getattr(import_module(f"{proofs.__name__}.{module.name}"), "PROPOSITIONS", {})
        for claim, proposition in declared.items():
            if not wanted or claim in wanted:
                theorem, lines = proposition.derive_anew()
                sys.stdout.write(f"{write(claim, theorem, lines)} {len(lines)} lines\n")
                for false in proposition.false:
                    if false.negation is not None:
                        sys.stdout.write(f"{write(f'{claim}.{false.name}', false.negation(), ())}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
