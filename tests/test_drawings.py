"""The drawings of the report: they render, they show the statement's own weights, and they are on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_report import document, page, record

from twinproof import catalogue
from twinproof.report import build, drawings


@pytest.mark.parametrize("claim", drawings.DRAWINGS)
def test_a_drawing_renders_and_comes_out_the_same_twice(claim: str, tmp_path: Path) -> None:
    assert catalogue.claim(claim).id == claim
    for name in ("a.pdf", "b.pdf"):
        assert drawings.draw(claim, tmp_path / name)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert first.startswith(b"%PDF")
    assert first == second


def test_a_claim_without_a_drawing_leaves_no_file(tmp_path: Path) -> None:
    assert not drawings.draw("made-up", tmp_path / "none.pdf")
    assert list(tmp_path.iterdir()) == []


def test_the_drawn_weights_are_those_of_the_statement() -> None:
    assert drawings.box_weights() == {
        "w0": "1", "w1": "-1", "b0": "0", "b1": r"\delta", "v0": "h", "v1": "h", "c": "-h",
    }  # fmt: skip


def test_the_page_of_the_claim_shows_its_drawing(tmp_path: Path) -> None:
    made = document([page(id="box-function")], [record(id="box-function")])
    written = build.write(made, tmp_path / "out", ["tex"])
    assert "box-function-drawing.pdf" in {path.name for path in written.files}
    tex = (tmp_path / "out" / "report.tex").read_text(encoding="utf-8")
    assert r"figures/box-function-drawing.pdf" in tex
    assert "The network with its weights and biases" in tex
    assert "drawing.pdf" not in build.source(document())
