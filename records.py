"""What ``twinproof verify --json`` writes and ``twinproof report --evidence`` reads (schema 1).

Reading is strict and trusts nothing that can be had otherwise: every row passes the checks of the classes that made it,
and the verdict is worked out again from its rows; a file that says otherwise is refused.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from typing import Any

from . import __version__
from .numerics.harness.budget import ErrorBudget
from .numerics.harness.evidence import Evidence
from .numerics.harness.verdict import ProofResult, TwinResult, Verdict

SCHEMA = 1

_PACKAGES = ("torch", "numpy", "scipy", "sympy", "matplotlib")


def environment() -> dict[str, str]:
    """Versions of what the figures depend on; nothing is imported for it."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def record(verdict: Verdict) -> dict[str, Any]:
    """One element of ``claims``; twins with their numbers, which figures need."""
    row: dict[str, Any] = verdict.to_dict()
    for entry, twin in zip(row["twins"], verdict.twins, strict=True):
        full = twin.evidence.to_dict()
        entry.update({name: full[name] for name in ("estimate", "target", "interval")})
    return row


def collect(verdicts: Iterable[Verdict], *, profile: str, seed: int) -> dict[str, Any]:
    """The evidence of a run.

    Args:
        verdicts: in the order in which they are to be listed.
        profile: "quick" or "full".
        seed: of the run.
    """
    budget = ErrorBudget()
    return {
        "schema": SCHEMA,
        "twinproof": __version__,
        "seed": seed,
        "profile": profile,
        "error_rate": {
            "false_refutation": budget.false_refutation,
            "false_corroboration": budget.false_corroboration,
        },
        "environment": environment(),
        "claims": [record(verdict) for verdict in verdicts],
    }


def write(path: Path, text: str) -> None:
    """Write a file that is either whole or not there: into a neighbour first, then renamed.

    A link is followed. What is no regular file (a device, a pipe) is written to as it stands, never replaced.

    Raises:
        OSError: the folder is missing or closed, or the path is a folder.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)  # mkstemp's 0600 is for secrets, and this is none
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def read(path: Path) -> dict[str, Any]:
    """Evidence from a file, checked.

    Args:
        path: what ``twinproof verify --json`` wrote.

    Raises:
        ValueError: not such a file, of another version of twinproof, or with a verdict that its rows do not give.
        OSError: it cannot be read.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: no JSON: {error}") from None
    wanted = {"schema": int, "twinproof": str, "seed": int, "profile": str, "error_rate": dict, "environment": dict}
    if not isinstance(found, dict):
        raise ValueError(f"{path}: found a {type(found).__name__}, expected what `twinproof verify --json` writes")
    for key, kind in {**wanted, "claims": list}.items():
        if not isinstance(found.get(key), kind):
            raise ValueError(f"{path}: {key}: found {found.get(key)!r:.60}, expected {kind.__name__}")
    if found["schema"] != SCHEMA or found["twinproof"] != __version__:
        raise ValueError(
            f"{path}: found schema {found['schema']} of twinproof {found['twinproof']}, "
            f"expected schema {SCHEMA} of twinproof {__version__}: run `twinproof verify --json` again"
        )
    rates = found["error_rate"]
    if not all(isinstance(rates.get(name), float) for name in ("false_refutation", "false_corroboration")):
        raise ValueError(f"{path}: error_rate: found {rates!r:.80}, expected two rates")
    for row in found["claims"]:
        try:
            verdict = restore(row)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            name = row.get("id", "?") if isinstance(row, dict) else "?"
            raise ValueError(f"{path}: claim {name}: {type(error).__name__}: {error}") from None
        if verdict.status != row["verdict"]:
            raise ValueError(
                f"{path}: claim {verdict.claim}: says {row['verdict']!r}, but its rows give {verdict.status!r}"
            )
    return found


_EVIDENCE = {field.name for field in fields(Evidence)}


def _evidence(row: Mapping[str, Any]) -> Evidence:
    values = {key: value for key, value in row.items() if key in _EVIDENCE}
    interval = values.get("interval")
    if interval is not None:
        low, high = interval
        values["interval"] = (_number(low), _number(high))
    for key in ("estimate", "target", "seconds"):
        values[key] = _number(values.get(key))
    for key in ("name", "summary"):
        if not isinstance(values[key], str):
            raise TypeError(f"{key}: found {values[key]!r}, expected text")
    if values["witness"] is not None and not isinstance(values["witness"], dict):
        raise TypeError(f"witness: found {values['witness']!r:.60}, expected an object or null")
    return Evidence(**values)


def _number(value: object) -> Any:
    if value in ("inf", "-inf", "nan"):
        return float(str(value))
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise TypeError(f"found {value!r:.60}, expected a number")
    return value


def restore(row: Mapping[str, Any], prove: Callable[[str], ProofResult] | None = None) -> Verdict:
    """The verdict that the rows of a record give, by the same table as in a run.

    Args:
        row: one element of ``claims``.
        prove: asked for the proof arm's result of an id, instead of what the file says.

    Raises:
        TypeError, ValueError, KeyError: a row that no run can have made.
    """
    claim = str(row["id"])
    proof = row["proof"]
    twins = [TwinResult(twin["change"], _evidence(twin), twin["derivable"]) for twin in row["twins"]]
    if prove is None:
        arm = ProofResult(
            proof["status"],
            tuple(proof["hypotheses"]),
            tuple(proof["axioms"]),
            dict(proof["rules"]),
            float(proof["seconds"]),
            proof.get("detail") or "",
            {twin.name: twin.derivable for twin in twins},
        )
    else:
        arm = prove(claim)
        twins = [TwinResult(twin.change, twin.evidence, arm.twins.get(twin.name)) for twin in twins]
    source = row.get("source")
    return Verdict.of(
        claim,
        [_evidence(found) for found in row["experiments"]],
        proof=arm,
        twins=twins,
        title=row.get("title") or "",
        theme=row.get("theme") or "",
        kind=row.get("kind") or "",
        source=None if source is None else (source["document"], source["part"]),
        reproduce=row.get("reproduce"),
    )
