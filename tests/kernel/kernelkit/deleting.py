"""Delete side conditions one at a time, in memory: the suite must notice each deletion."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from twinproof.proofs.kernel import rules
from twinproof.proofs.kernel.rules import RuleError


class Site(NamedTuple):
    """One call of `require` in the source."""

    module: str
    line: int


def kernel_modules() -> list[ModuleType]:
    prefix = "twinproof.proofs.kernel."
    return [m for name, m in sorted(sys.modules.items()) if name.startswith(prefix) and m is not None]


def sites() -> list[Site]:
    """Every call of `require` in the kernel."""
    found = []
    for module in kernel_modules():
        source = Path(inspect.getfile(module)).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "require":
                found.append(Site(module.__name__.rpartition(".")[2], node.lineno))
    return found


def _caller() -> Site:
    frame = sys._getframe(2)
    return Site(str(frame.f_globals["__name__"]).rpartition(".")[2], frame.f_lineno)


@contextmanager
def replaced(require: Callable[..., None]) -> Iterator[None]:
    """`require` of every module of the kernel replaced (each imports the name for itself)."""
    modules = [m for m in kernel_modules() if hasattr(m, "require") and m is not rules]
    try:
        for module in modules:
            module.require = require
        yield
    finally:
        for module in modules:
            module.require = rules.require


@contextmanager
def without(rule: str, condition: str) -> Iterator[None]:
    """The kernel without this side condition."""

    def require(found: str, name: str, holds: bool, got: object = None, wanted: object = None) -> None:
        if (found, name) != (rule, condition):
            rules.require(found, name, holds, got, wanted)

    with replaced(require):
        yield


@contextmanager
def without_site(site: Site) -> Iterator[None]:
    """The kernel without this one call of `require`."""

    def require(found: str, name: str, holds: bool, got: object = None, wanted: object = None) -> None:
        if not holds and _caller() != site:
            rules.require(found, name, holds, got, wanted)

    with replaced(require):
        yield


def failing_site(run: Callable[[], object]) -> Site | None:
    """The call of `require` that stops this run."""
    found: list[Site] = []

    def require(rule: str, name: str, holds: bool, got: object = None, wanted: object = None) -> None:
        if not holds:
            found.append(_caller())
            rules.require(rule, name, holds, got, wanted)

    with replaced(require), suppress(RuleError):
        run()
    return found[-1] if found else None


def outcome(run: Callable[[], object]) -> tuple[str, ...]:
    """How a run ends: accepted, refused by which rule and condition, or with which other exception."""
    try:
        run()
    except RuleError as error:
        return "refused", error.rule, error.condition
    except Exception as error:  # a crash is an outcome of its own: that is what this function tells apart
        return "crash", type(error).__name__
    return ("accepted",)
