"""The page of what is decided, the general theorems behind the claims, and the questions without a verdict."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from theme_tests import verdict

from twinproof import catalogue, deciding
from twinproof.cli import main
from twinproof.discussions import DISCUSSIONS
from twinproof.proofs.library.uses import general_theorems

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "decides.md").read_text(encoding="utf-8")
IDS = catalogue.ids()


def section(id: str) -> str:
    found = re.search(rf"^## {id}\n.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/decides.md lacks {id}: make it anew with python -m twinproof.deciding docs/decides.md"
    return found.group()


@pytest.mark.parametrize("id", [claim.id for claim in catalogue.claims(kind="theory")])
def test_the_page_on_file_says_what_the_claim_says(id: str) -> None:
    text, claim, found = section(id), catalogue.claim(id), catalogue.proposition(id)
    theorem = claim.theorem()
    assert theorem is not None
    axioms = ", ".join(sorted(theorem.axioms)) or "none"
    row = f"| [{id}](#{id}) | proved | {axioms} | {len(claim.experiments)} | {len(claim.twins)} |"
    assert row in PAGE
    assert re.findall(r"^- twin `(.*?)`, refuted", text, re.MULTILINE) == [twin.name for twin in claim.twins]
    assert text.count("- assumes that") == sum(h.role != "definition" for h in found.hypotheses)
    for sentence in found.not_covered:
        assert f"- not covered: {sentence}" in text


def test_the_page_is_what_a_run_writes() -> None:
    id = "xor-rbf-dual"
    made = deciding.page({id: verdict(id)})
    assert section(id).strip() == made[made.index("## ") :].strip()


def test_every_general_theorem_has_words_and_those_behind_a_claim_are_told() -> None:
    assert all(len(theorem.words) > 5 for theorem in general_theorems())
    found = CliRunner().invoke(main, ["show", "xor-rbf-dual", "--uses"])
    assert found.exit_code == 0
    assert "exponential.increasing" in found.output
    assert "calculus.chain_rule" not in found.output


def test_the_general_theorems_are_used_by_many_claims() -> None:
    found = catalogue.uses()
    assert sorted(map(len, found.values()), reverse=True) == list(map(len, found.values()))
    by_name = {f"{theorem.file}.{theorem.name}": ids for theorem, ids in found.items()}
    assert set(by_name["calculus.finite_sum_rule"]) >= {"dead-relu", "residual-jacobian"}


@pytest.mark.parametrize("question", DISCUSSIONS, ids=lambda question: question.id)
def test_a_question_without_a_verdict_shows_facts_from_claims(question) -> None:
    found = CliRunner().invoke(main, ["show", question.id])
    assert found.exit_code == 0
    assert "without a verdict" in found.output
    assert question.facts
    assert set(question.claims) <= set(IDS)
    refused = CliRunner().invoke(main, ["show", question.id, "--trace", "proof.json"])
    assert refused.exit_code == 2
    assert not Path("proof.json").exists()


def test_show_wants_a_claim_or_uses() -> None:
    refused = CliRunner().invoke(main, ["show"])
    assert refused.exit_code == 2
    assert "--uses" in refused.output
