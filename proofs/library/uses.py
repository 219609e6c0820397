"""Which theorems of the library the proof of a claim rests on, read from the proof itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


def general_functions() -> Iterator[tuple[str, Callable[[], Theorem]]]:
    """Yield each function of the library that proves a theorem without an argument, with the file it stands in."""
    files = {module.name for module in iter_modules(import_module(_HERE).__path__)} - {__name__.rpartition(".")[2]}
    for file in sorted(files):
        module = import_module(f"{_HERE}.{file}")
        for function in vars(module).values():
            if hasattr(function, "cache_info") and function.__module__ == module.__name__:
                declared = signature(function)
                if not declared.parameters and declared.return_annotation in (Theorem, "Theorem"):
                    yield file, function


@cache
def general_theorems() -> tuple[General, ...]:
    """Every theorem of the library that needs no argument, file by file; proving them all takes some seconds."""
    found = []
    for file, function in general_functions():
        words = (getdoc(function) or "").partition("\n")[0].rstrip(".")
        found.append(General(file, function.__name__, words, function()))
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
