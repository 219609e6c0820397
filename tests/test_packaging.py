"""What users install: the whole package, nothing beside it, and a front door that opens at once."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import twinproof

ROOT = Path(__file__).resolve().parent.parent
BESIDE = {"tests", "demos", "benchmarks", "docs", "build", "dist", "twinproof-report"}  # the last: what `report` writes
PACKAGED = {".py", ".tex", ".typed"}
TRACES = Path("proofs", "traces")


def of_the_tree() -> set[str]:
    """The files that the wheel must hold, by their place below ``twinproof/``."""
    found = set()
    for path in ROOT.rglob("*"):
        place = path.relative_to(ROOT)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
        ours = path.suffix in PACKAGED or place.parent == TRACES
        if ours and not hidden and place.parts[0] not in BESIDE and str(place) != "setup.py":
            found.add(str(place))
    return found


def installed() -> metadata.Distribution:
    try:
        found = metadata.distribution("twinproof")
    except metadata.PackageNotFoundError:
        pytest.skip("twinproof is on the path but not installed: tox installs the wheel that these tests are about")
    if found.read_text("direct_url.json") and json.loads(found.read_text("direct_url.json") or "{}").get(
        "dir_info", {}
    ).get("editable"):
        pytest.skip("an editable install is no wheel")
    return found


def test_the_wheel_holds_every_file_of_the_package_and_no_other() -> None:
    files = {str(path) for path in installed().files or ()}
    ours = {name.removeprefix("twinproof/") for name in files if name.startswith("twinproof/")}
    assert {name for name in ours if not name.endswith(".pyc")} == of_the_tree()


def test_the_wheel_has_one_top_level_name() -> None:
    assert (installed().read_text("top_level.txt") or "").split() == ["twinproof"]
    outside = {str(path).split("/")[0] for path in installed().files or ()}
    assert {name for name in outside if not name.startswith(("twinproof", ".."))} == set()


def test_the_package_is_typed() -> None:
    assert (Path(twinproof.__file__).parent / "py.typed").exists()


def test_the_version_is_told_once() -> None:
    assert installed().version == twinproof.__version__
    assert f"version: {twinproof.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {twinproof.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def loaded_by(statement: str) -> set[str]:
    code = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(child.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    "statement",
    [
        "import twinproof",
        "import twinproof; twinproof.claims()",
        "import twinproof; dir(twinproof); twinproof.Claim; twinproof.Verdict",
        "import twinproof.cli",
    ],
)
def test_the_front_door_loads_neither_torch_nor_sympy(statement: str) -> None:
    assert loaded_by(statement) & {"torch", "sympy", "numpy", "scipy", "matplotlib", "jinja2"} == set()


def test_public_names_are_there_and_no_others_are_promised() -> None:
    for name in twinproof.__all__:
        assert getattr(twinproof, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'answer'"):
        twinproof.answer  # noqa: B018 - the access is the test


def test_the_kernel_refuses_to_be_a_second_copy() -> None:
    child = subprocess.run(
        [sys.executable, "-c", "import proofs.kernel"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert child.returncode != 0
    assert "twinproof.proofs.kernel" in child.stderr


def test_the_readme_has_its_two_commands_on_one_line_each() -> None:
    text = (ROOT / "README.md").read_text()
    for name in ("main command", "test command"):
        block = text.split(f"<!-- {name} -->")[1].split("```")[1]
        commands = [line for line in block.splitlines() if line.startswith("python3 -m venv")]
        assert len(commands) == 1
        assert "-c constraints.txt" in commands[0]
