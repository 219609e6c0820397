"""Which theorems of the library the proof of a claim rests on, read from the proof itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import getdoc, signature
from pkgutil import iter_modules

from ..kernel.theorem import Theorem, cone

_HERE = __name__.rpartition(".")[0]


@dataclass(frozen=True)
class General:
    """A theorem of general use.

    Attributes:
        file: of the library that states it.
        name: of the function that proves it.
        words: what it says.
        theorem: what the kernel made.
    """

    file: str
    name: str
    words: str
    theorem: Theorem


@cache
def general_theorems() -> tuple[General, ...]:
    """Every theorem of the library that needs no argument, file by file; proving them all takes some seconds."""
    found = []
    files = {module.name for module in iter_modules(import_module(_HERE).__path__)} - {__name__.rpartition(".")[2]}
    for file in sorted(files):
        module = import_module(f"{_HERE}.{file}")
        for name, function in vars(module).items():
            proves = hasattr(function, "cache_info") and function.__module__ == module.__name__
            if proves and not signature(function).parameters and isinstance(theorem := function(), Theorem):
                words = (getdoc(function) or "").partition("\n")[0].rstrip(".")
                found.append(General(file, name, words, theorem))
    return tuple(found)


def used_by(theorem: Theorem) -> tuple[General, ...]:
    """The theorems of the library among the steps of a proof, also of one that was read from its file."""
    steps = {(step.statement, step.hypotheses) for step in cone([theorem])}
    return tuple(g for g in general_theorems() if (g.theorem.statement, g.theorem.hypotheses) in steps)


def uses(theorems: Mapping[str, Theorem]) -> dict[General, tuple[str, ...]]:
    """For each theorem of the library the ids of the claims whose proofs rest on it, most used first.

    Args:
        theorems: of the claims, by id.
    """
    found: dict[General, list[str]] = {g: [] for g in general_theorems()}
    for id, theorem in theorems.items():
        for g in used_by(theorem):
            found[g].append(id)
    return {g: tuple(ids) for g, ids in sorted(found.items(), key=lambda item: -len(item[1]))}
