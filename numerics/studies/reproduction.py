"""Carries out a study: its runs, here or in worker processes, each saved when it is done; then figures and summary.

A folder holds ``runs/KEY.npz`` for each run (its arrays, and the settings and seed that it belongs to), the figures as
PNG and PDF, ``figures.npz`` with all arrays behind them, and ``summary.json``. Every file is written beside and then
renamed. A run that is on file for the same settings, seed, versions, code of models and experiments, and files of data
is read, not repeated: so an interrupted study goes on where it was, and a changed one starts anew.
"""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ..harness.evidence import jsonable
from ..harness.workers import SerialExecutor, one_thread
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

_META = "__run__"


@dataclass(frozen=True)
class Progress:
    """Handed to the callback after each run: `done` of `total` runs, the key, and the seconds left, if known."""

    done: int
    total: int
    key: Key
    left: float | None


@dataclass(frozen=True)
class Reproduced:
    """What a study left.

    Attributes:
        study: which one.
        results: arrays of each run.
        expectations: statements about them, checked.
        table, discussion: for the reader.
        figures: the PNG files.
        resumed: how many runs were on file already.
    """

    study: Study
    results: Results
    expectations: tuple[Expectation, ...]
    table: Table | None
    discussion: tuple[str, ...]
    figures: tuple[Path, ...]
    resumed: int

    @property
    def holds(self) -> bool:
        """Whether there are expectations and all of them hold."""
        return bool(self.expectations) and all(one.holds for one in self.expectations)


def name_of(key: Key) -> str:
    """The file name of a run: its key in letters that every file system takes."""
    return "-".join(str(part) for part in key).replace("/", "_").replace(" ", "_") or "run"


@cache
def _code() -> str:
    """A digest of the sources that a run can depend on."""
    root = Path(__file__).resolve().parents[2]
    found = hashlib.sha256()
    for path in sorted(path for part in ("models", "numerics", "proofs") for path in (root / part).rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _data(settings: Settings) -> list[tuple[str, int, int]]:
    """Names, sizes and times of the files in a folder of data that a user gave."""
    if settings.get("data") is None:
        return []
    files = sorted(path for path in Path(settings["data"]).rglob("*") if path.is_file())
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def _digests(
    study: Study, settings: Settings, seed: int, environment: Mapping[str, str], keys: Sequence[Key]
) -> dict[Key, str]:
    """For each run, what its arrays depend on."""
    shared = [study.id, jsonable(settings), seed, dict(environment), _code(), _data(settings)]
    told = {key: json.dumps([*shared, list(key)], sort_keys=True) for key in keys}
    return {key: hashlib.sha256(text.encode()).hexdigest() for key, text in told.items()}


def save_arrays(path: Path, arrays: Arrays, **meta: str) -> None:
    """Write arrays to an npz file that is whole or not there.

    Raises:
        TypeError: an array of objects, which only pickle could hold.
    """
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise TypeError(f"{name}: found an array of objects, expected numbers, truth values or strings")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        held: dict[str, Any] = {**arrays, _META: json.dumps(meta)}
        np.savez_compressed(file, **held)
    beside.replace(path)


def load_arrays(path: Path, **meta: str) -> Arrays | None:
    """Read arrays from an npz file; None if there is none, it is damaged, or it was written for something else."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            if json.loads(str(found[_META])) != meta:
                return None
            return {name: found[name] for name in found.files if name != _META}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _carry_out(module: str, id: str, settings: Settings, seed: int, key: Key, path: Path, digest: str) -> Arrays:
    """One run, in whatever process: found by the name of its module, computed on one thread, saved."""
    study: Study = import_module(module).STUDIES[id]
    with one_thread():
        arrays = study.run(settings, key, study.stream(seed, key))
    save_arrays(path, arrays, digest=digest)
    return arrays


def reproduce(
    study: Study,
    output: Path,
    *,
    profile: str = "full",
    seed: int = 0,
    changes: Settings | None = None,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Reproduced:
    """Carry out a study and write everything to `output`.

    Args:
        study: from a ``STUDIES`` table.
        output: its folder; made if it is missing.
        profile: "full" (the sources' settings) or "quick".
        seed: of all runs; no figure depends on the executor.
        changes: settings to replace.
        executor: any `concurrent.futures.Executor`; it is not shut down.
        progress: called after each run.
        environment: versions, for the summary; under others a run on file is not taken over.

    Raises:
        ValueError: unknown settings, a folder with another study, or what a run finds wrong with its data.
        KeyboardInterrupt: after Ctrl-C; finished runs are on file.
    """
    settings = study.chosen(profile, changes)
    keys = list(study.keys(settings))
    _check_folder(study, output)
    digests = _digests(study, settings, seed, environment or {}, keys)
    results = _on_file(output, digests)
    resumed = len(results)
    started = time.monotonic()
    module = study.run.__module__

    def told(key: Key, arrays: Arrays) -> None:
        results[key] = arrays
        if progress is not None:
            fresh = len(results) - resumed
            left = (time.monotonic() - started) / fresh * (len(keys) - len(results)) if fresh else None
            progress(Progress(len(results), len(keys), key, left))

    pool = SerialExecutor() if executor is None else executor
    pending: dict[Future[Arrays], Key] = {}
    try:
        for key in (key for key in keys if key not in results):
            path = output / "runs" / f"{name_of(key)}.npz"
            future = pool.submit(_carry_out, module, study.id, settings, seed, key, path, digests[key])
            if future.done():
                told(key, future.result())
            else:
                pending[future] = key
        for future in as_completed(list(pending)):
            told(pending[future], future.result())
    except BaseException:
        for future in pending:
            future.cancel()
        raise
    ordered = {key: results[key] for key in keys}
    return _written(study, output, settings, ordered, resumed, profile, seed, environment or {})


def _check_folder(study: Study, output: Path) -> None:
    """Refuse a folder that holds another study: its figures would lose the data behind them."""
    try:
        held = json.loads((output / "summary.json").read_text(encoding="utf-8"))["id"]
    except (OSError, ValueError, LookupError, TypeError):
        return  # no summary, or none of ours
    if held != study.id:
        raise ValueError(f"output: found the study {held} in {output}, expected a folder without another study")


def _on_file(output: Path, digests: Mapping[Key, str]) -> dict[Key, Arrays]:
    found = {key: load_arrays(output / "runs" / f"{name_of(key)}.npz", digest=told) for key, told in digests.items()}
    return {key: arrays for key, arrays in found.items() if arrays is not None}


def _written(
    study: Study,
    output: Path,
    settings: Settings,
    results: Results,
    resumed: int,
    profile: str,
    seed: int,
    environment: Mapping[str, str],
) -> Reproduced:
    expectations = tuple(study.expect(settings, results))
    table = study.table(settings, results)
    discussion = tuple(study.discussion(settings, results))
    figures = tuple(_drawn(study, name, output, settings, results) for name in study.figures)
    flat = {f"{name_of(key)}/{name}": array for key, arrays in results.items() for name, array in arrays.items()}
    save_arrays(output / "figures.npz", flat, study=study.id)
    summary = {
        "schema": 1,
        "id": study.id,
        "title": study.title,
        "profile": profile,
        "seed": seed,
        "settings": jsonable(settings),
        "environment": dict(environment),
        "expectations": [one.to_dict() for one in expectations],
        "table": None
        if table is None
        else jsonable({"caption": table.caption, "columns": table.columns, "rows": table.rows}),
        "discussion": list(discussion),
        "figures": [path.name for path in figures],
    }
    beside = output / ".summary.json.part"
    beside.write_text(json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    beside.replace(output / "summary.json")
    return Reproduced(study, results, expectations, table, discussion, figures, resumed)


def _drawn(study: Study, name: str, output: Path, settings: Settings, results: Results) -> Path:
    """Draw a figure as PNG and as PDF, whole or not at all; returns the PNG."""
    from .drawing import save

    return save(study.figures[name](settings, results), output, name)
