"""The arrows between the parts: they run down only, and in no circle."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = {"tests", "demos", "benchmarks", "docs", "build", "dist"}
"""Folders beside the package."""

MAY_IMPORT = {
    "proofs.kernel": set(),
    "proofs": {"proofs.kernel"},
    "models": set(),
    "numerics": {"models", "proofs", "proofs.kernel"},
    "report": {"numerics", "models", "proofs", "proofs.kernel"},
    "front door": {"report", "numerics", "models", "proofs", "proofs.kernel"},
}
"""Part by part: which other parts it may name, even inside a function or for types."""

FORBIDDEN = {"proofs": {"torch"}, "proofs.kernel": {"torch", "sympy", "numpy"}, "models": {"sympy"}}
"""Foreign packages that a part never loads."""


def modules() -> dict[str, Path]:
    """Every module of the package by dotted name below ``twinproof``; the root itself is the empty name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in OUTSIDE or parts[0].startswith(".") or parts == ("setup",):
            continue
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def part(module: str) -> str:
    for name in ("proofs.kernel", "proofs", "models", "numerics", "report"):
        if module == name or module.startswith(name + "."):
            return name
    return "front door"


def imports(module: str) -> Iterator[tuple[str, bool, int]]:
    """The modules that `module` names: dotted name, whether it is one of ours, line."""
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" and module else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                ours = alias.name.split(".")[0] == "twinproof"
                yield alias.name.removeprefix("twinproof").lstrip(".") if ours else alias.name, ours, node.lineno
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
                base += node.module.split(".") if node.module else []
            elif node.module and node.module.split(".")[0] == "twinproof":
                base = node.module.split(".")[1:]
            else:
                yield str(node.module), False, node.lineno
                continue
            for alias in node.names:
                full = ".".join([*base, alias.name])
                yield full if full in MODULES else ".".join(base), True, node.lineno


def test_the_package_list_names_every_folder_with_modules() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {"twinproof." + ".".join(p.parent.relative_to(ROOT).parts) for p in MODULES.values() if p.parent != ROOT}
    assert sorted(listed) == sorted(folders | {"twinproof"})


def test_every_folder_with_modules_is_a_package() -> None:
    assert [str(path.parent) for path in MODULES.values() if not (path.parent / "__init__.py").exists()] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda name: name or "twinproof")
def test_arrows_run_down(module: str) -> None:
    here = part(module)
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{line}: {here} must not import {name}"
        for name, ours, line in imports(module)
        if ours and part(name) not in MAY_IMPORT[here] | {here}
    ]
    assert wrong == []


@pytest.mark.parametrize("module", MODULES, ids=lambda name: name or "twinproof")
def test_foreign_packages_stay_where_they_belong(module: str) -> None:
    here = part(module)
    foreign = {name.split(".")[0]: line for name, ours, line in imports(module) if not ours}
    assert {name: line for name, line in foreign.items() if name in FORBIDDEN.get(here, ())} == {}
    if here == "proofs.kernel":
        assert {name: line for name, line in foreign.items() if name not in sys.stdlib_module_names} == {}


@pytest.mark.parametrize("module", MODULES, ids=lambda name: name or "twinproof")
def test_imports_inside_the_package_are_relative(module: str) -> None:
    path = MODULES[module]
    if module == "proofs.kernel.replay":
        return  # a script of its own: it has no parent that a dot could mean
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and not node.level:
            first = (node.module or "").split(".")[0]
            ours = {"twinproof", "proofs", "numerics", "models", "report", "check"}
            assert first not in ours, f"{path}:{node.lineno}"


def at_load(module: str) -> set[str]:
    """Our modules that run when `module` is loaded: not inside functions, not for types only."""
    package = MODULES[module]

    def walk(body: list[ast.stmt]) -> Iterator[ast.stmt]:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                continue
            yield node
            for field in ("body", "orelse", "finalbody"):
                yield from walk(getattr(node, field, []))

    lines = {node.lineno for node in walk(ast.parse(package.read_text(encoding="utf-8")).body)}
    loaded = {name for name, ours, line in imports(module) if ours and line in lines}
    return loaded & set(MODULES) - {module}


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {module: at_load(module) for module in MODULES}
    state: dict[str, int] = {}
    trail: list[str] = []

    def visit(module: str) -> None:
        state[module] = 1
        trail.append(module)
        for following in sorted(graph[module]):
            # a package that names its own parts is no detour: the parts do not name it
            assert state.get(following) != 1, " -> ".join([*trail[trail.index(following) :], following])
            if following not in state:
                visit(following)
        trail.pop()
        state[module] = 2

    for module in graph:
        if module not in state:
            visit(module)


def test_only_the_front_door_imports_the_report() -> None:
    users = {module for module in MODULES for name, ours, _ in imports(module) if ours and part(name) == "report"}
    assert {part(module) for module in users} <= {"front door", "report"}


def test_proofs_itself_is_empty() -> None:
    assert (ROOT / "proofs" / "__init__.py").read_text().strip() == ""


@pytest.mark.parametrize("module", MODULES, ids=lambda name: name or "twinproof")
def test_no_assert_guards_anything(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)] == []
