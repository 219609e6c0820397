"""The report: what it shows, what it escapes, and what it refuses to call finished."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinproof.report import build, figures, pdf
from twinproof.report.content import Axiom, Document, Formula, Hypothesis, Line, Page, Part
from twinproof.report.latex import Tex, code, escape, flat
from twinproof.report.values import describe, number

needs_tex = pytest.mark.skipif(not pdf.available(), reason=pdf.MISSING)

NASTY = "\\input{/etc/passwd} $x$ ~#&%^_{}<>|\"'` -- --- ,, << \u03c3 \u2264 \u65e5\u672c \u00fc \x07 end"
LONG = r"\left(\sum_{k=0}^{d-1} W_{j,k} x_{k}\right)^{2} + " * 12 + "1"


def page(**changes: Any) -> Page:
    made = Page(
        id="made-up",
        title="A made-up claim",
        theme="initialization",
        kind="theory",
        sources=[("a book", "1a")],
        parts=[
            Part(
                "second moment",
                Formula("E f = 1", r"\mathbb{E} f = 1"),
                [Line(Formula("E f = 1", r"\mathbb{E} f = 1"), "a reason"), Line(Formula("", LONG), "a long line", 1)],
            )
        ],
        hypotheses=[Hypothesis("positive", Formula("m > 0", "m > 0"), "at m = 0 both sides are 0")],
        axioms=[Axiom("exp.add", Formula("exp", r"\exp(x + y) = \exp(x)\exp(y)"), "Rudin")],
    )
    return dataclasses.replace(made, **changes)


def row(name: str, status: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "summary": "draws and compares",
        "samples": 20000,
        "estimate": 1.003,
        "target": 1.0,
        "interval": [0.99, 1.01],
        "seconds": 0.5,
        "witness": None,
        "reproduce": "twinproof verify made-up",
    } | changes


def record(**changes: Any) -> dict[str, Any]:
    return {
        "id": "made-up",
        "title": "A made-up claim",
        "theme": "initialization",
        "kind": "theory",
        "source": {"document": "a book", "part": "1a"},
        "verdict": "proved",
        "summary": "derivation checked",
        "witness": None,
        "proof": {"status": "proved", "hypotheses": [], "axioms": ["exp.add"], "rules": {}, "seconds": 0.1},
        "experiments": [row("fan-out", "corroborated")],
        "twins": [row("fan-in", "refuted", change="1/d for 1/m", derivable=False, estimate=6.2, witness={"m": 50})],
    } | changes


def document(pages: list[Page] | None = None, records: list[dict[str, Any]] | None = None, **changes: Any) -> Document:
    evidence = {
        "schema": 1,
        "twinproof": "0",
        "seed": 0,
        "profile": "quick",
        "error_rate": {"false_refutation": 1e-6, "false_corroboration": 1e-3},
        "environment": {"python": "3"},
        "claims": [record()] if records is None else records,
    }
    return Document(evidence, [page()] if pages is None else pages, **changes)


def shows(folder: Path) -> str:
    """The text of the PDF, by poppler where it is here."""
    import subprocess

    return subprocess.run(
        ["pdftotext", "-layout", str(folder / "report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout


@needs_tex
def test_a_report_compiles_and_shows_what_was_checked(tmp_path: Path) -> None:
    written = build.write(document(), tmp_path / "out", ["tex", "pdf"])
    names = {path.name for path in written.files}
    assert names == {"report.tex", "report.pdf", "evidence.json", "made-up.pdf"}
    assert json.loads((tmp_path / "out" / "evidence.json").read_text())["claims"][0]["id"] == "made-up"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    if shutil.which("pdftotext"):
        text = shows(tmp_path / "out")
        for word in ("A made-up claim", "a reason", "a long line", "fan-out", "1/d for 1/m", "m = 50", "Rudin"):
            assert word in text


@needs_tex
def test_the_same_input_gives_the_same_pdf(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build.write(document(), tmp_path / name, ["pdf"])
    assert (tmp_path / "a" / "report.pdf").read_bytes() == (tmp_path / "b" / "report.pdf").read_bytes()


@needs_tex
def test_every_verdict_and_any_text_can_be_set(tmp_path: Path) -> None:
    pages, records = [], []
    for verdict in ("contradiction", "refuted", "error", "undecided", "proved", "corroborated"):
        trial = row(NASTY, "undecided", summary=NASTY * 3, estimate="inf", target="nan", interval=None)
        witness = {NASTY: ["z" * 99, 1e-300]}
        twin = row("x" * 200, "error", change=NASTY + "y" * 200, derivable=True, witness=witness)
        records.append(record(id=verdict, verdict=verdict, summary=NASTY, experiments=[trial], twins=[twin]))
        hypotheses = [Hypothesis(NASTY, Formula("", "m"), NASTY)]
        pages.append(page(id=verdict, title=NASTY, sources=[(NASTY, NASTY)], hypotheses=hypotheses))
    build.write(document(pages, records), tmp_path / "out", ["pdf"])
    if shutil.which("pdftotext"):
        assert "passwd" in shows(tmp_path / "out")
        assert "root:" not in shows(tmp_path / "out")


@needs_tex
def test_a_box_that_sticks_out_is_a_failure(tmp_path: Path) -> None:
    wide = Formula("", r"\mbox{" + "unbreakable" * 20 + "}")
    with pytest.raises(pdf.TexError, match="Overfull") as caught:
        build.write(document([page(parts=[Part("p", wide)])]), tmp_path / "out", ["pdf"])
    assert caught.value.log == tmp_path / "out" / "report.log"
    assert caught.value.log.exists()
    assert not (tmp_path / "out" / "report.pdf").exists()


@needs_tex
def test_an_error_of_tex_is_a_failure_and_an_old_pdf_does_not_outlive_it(tmp_path: Path) -> None:
    build.write(document(), tmp_path / "out", ["pdf"])
    with pytest.raises(pdf.TexError, match="Undefined control sequence"):
        build.write(document([page(parts=[Part("p", Formula("", r"\nosuchcommand"))])]), tmp_path / "out", ["pdf"])
    assert not (tmp_path / "out" / "report.pdf").exists()
    assert (tmp_path / "out" / "report.tex").exists()


@needs_tex
@pytest.mark.parametrize(
    "attack", [r"\input{/etc/hostname}", r"\openin5=../secret \ifeof5 \error\fi", r"\immediate\write18{touch pwned}"]
)
def test_tex_cannot_leave_its_folder(tmp_path: Path, attack: str) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "work").mkdir()
    source = r"\documentclass{article}\begin{document}" + attack + r" done\end{document}"
    (tmp_path / "work" / "a.tex").write_text(source)
    if "write18" in attack:
        pdf.compile_twice(tmp_path / "work", "a")
    else:
        with pytest.raises(pdf.TexError):
            pdf.compile_twice(tmp_path / "work", "a")
    assert list(tmp_path.rglob("pwned")) == []


@needs_tex
def test_tex_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(r"\documentclass{article}\begin{document}\def\x{\x}\x\end{document}")
    with pytest.raises(pdf.TexError, match="stopped after"):
        pdf.compile_twice(tmp_path, "a", seconds=2.0)


def test_without_tex_the_source_is_written_and_the_packages_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    written = build.write(document(), tmp_path / "out")
    assert (tmp_path / "out" / "report.tex").exists()
    assert "texlive-latex-recommended lmodern" in written.notes[0]
    with pytest.raises(pdf.TexError, match="texlive-latex-recommended lmodern"):
        build.write(document(), tmp_path / "out", ["pdf"])


def test_an_interrupted_report_leaves_nothing(tmp_path: Path) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.write(document(), tmp_path / "out", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_recorded_experiments_are_said_to_be_so() -> None:
    assert "not run for this report" in build.source(document(recorded="evidence.json"))
    assert "not run for this report" not in build.source(document(command="twinproof report"))


def test_a_page_without_its_record_is_refused() -> None:
    with pytest.raises(ValueError, match="no record of made-up"):
        document(records=[])


def test_an_id_that_is_no_file_name_is_refused() -> None:
    with pytest.raises(ValueError, match="lower-case words"):
        page(id="../up")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'docx', expected of tex, pdf"):
        build.write(document(), tmp_path, ["docx"])


ACTIVE = set("\\{}$&#^_~%")


@given(st.text())
def test_escaped_text_holds_no_command_of_its_own(text: str) -> None:
    """What is left when the commands that `escape` may write are taken away holds no active sign."""
    import re

    for made in (escape(text), code(text).removeprefix(r"\texttt{").removesuffix("}")):
        rest = re.sub(r"\\ensuremath\{(?:\\[A-Za-z|]+|-|\^2)\}|\\texttt\{U\+[0-9A-F]+\}|\\text[a-z]+\{\}", "", made)
        rest = re.sub(r"\\allowbreak\{\}|\\dots\{\}|\\[{}$&#_%]|\{-\}", "", rest)
        assert ACTIVE & set(rest.replace("~", " ") if "\u00a0" in text else rest) == set()


def test_marked_tex_passes_and_everything_else_is_escaped() -> None:
    assert escape(Tex(r"\alpha")) == r"\alpha"
    assert escape(r"\alpha") == r"\textbackslash{}alpha"


def test_the_breakable_form_has_no_growing_brackets() -> None:
    assert flat(r"\left\{a, \left[b\right.\right\} \leftarrow") == r"\{a,\allowbreak  [b\} \leftarrow"


def test_numbers_for_people() -> None:
    assert number(20480) == r"\(20\,480\)"
    assert number(None) == "--"
    assert number("inf") == r"\texttt{inf}"
    assert describe({"x": list(range(9))}) == "x = [0, 1, 2, 3, 4, 5, ... 9 in all]"


def test_a_figure_shows_only_what_can_be_compared() -> None:
    rows = [row("a", "corroborated"), row("b", "corroborated", target=0.0), row("c", "corroborated", estimate="nan")]
    assert [bar.name for bar in figures.bars(record(experiments=rows, twins=[]))] == ["a"]
    assert figures.bars(record(experiments=[], twins=[])) == ()
