"""The notebooks in demos/ run from top to bottom and give the answers that their text tells.

The cells are executed in this process rather than in a kernel of Jupyter: no sockets, no start-up time, and a failure
points into the cell.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

DEMOS = Path(__file__).parents[1] / "demos"


def cells(name: str) -> list[dict[str, Any]]:
    return json.loads((DEMOS / name).read_text(encoding="utf-8"))["cells"]


def executed(name: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(cells(name)):
        if cell["cell_type"] == "code":
            code = compile("".join(cell["source"]), f"{name}, cell {number}", "exec")
            exec(code, space)  # noqa: S102  # our own notebook
    return space


@pytest.mark.parametrize("name", [path.name for path in sorted(DEMOS.glob("*.ipynb"))])
def test_outputs_are_stripped(name: str) -> None:
    for cell in cells(name):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_the_checkers() -> None:
    with torch.random.fork_rng(devices=[]):
        space = executed("checkers.ipynb")
    assert space["relu"].holds
    assert space["gelu"].status == "refuted"
    assert {"z", "mask"} <= set(space["gelu"].witness)
    assert space["default"].status == "refuted"
    assert space["default"].evidence[0].estimate == pytest.approx(4, rel=0.5)
    assert space["right"].holds
    assert space["whole"].holds
    assert space["broken"].status == "refuted"
    assert [abs(entry) for entry in space["broken"].witness["x"]] == [0] * 9 + [1]
    assert space["plain"].holds
    assert space["adamw"].holds
    assert "parameters moved" in space["adamw"].summary
    assert space["heavy"].status == "refuted"
    assert space["model"][0].bias[1].item() == -5.0
    assert "refuted" in space["gelu"]._repr_html_()
