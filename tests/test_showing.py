"""What a reader sees of a derivation: names, suppositions, rows that fit."""

from __future__ import annotations

import pytest

from twinproof import catalogue
from twinproof.dossier import page
from twinproof.naming import Naming
from twinproof.proofs.board.bridge import to_sympy, to_term, to_text
from twinproof.proofs.kernel.term import Term
from twinproof.showing import broken

IDS = [claim.id for claim in catalogue.claims(kind="theory")]


@pytest.mark.parametrize("claim_id", IDS)
def test_a_name_is_a_wish_that_changes_no_term(claim_id: str) -> None:
    proposition = catalogue.proposition(claim_id)
    naming = Naming([*(h.formula for h in proposition.hypotheses), *proposition.parts.values()])
    for line in proposition.lines:
        assert to_term(to_sympy(line.formula, naming.names(line.formula))) is line.formula


def test_a_line_calls_its_indices_as_the_hypotheses_do() -> None:
    shown = page(catalogue.claim("linear-norm-preservation"))
    texts = [hypothesis.formula.text for hypothesis in shown.hypotheses]
    assert "for all j < m, k < d, l < d: E(w: W(w, j, k)*W(w, j, l)) = [k = l]*s2" in texts
    lines = [line.formula.text.strip() for line in shown.parts[0].lines]
    assert "= sum(k < d: sum(l < d: x(k)*x(l)*E(w: W(w, j, k)*W(w, j, l))))" in lines


@pytest.mark.parametrize("claim_id", IDS)
def test_every_assumption_of_a_block_is_said_before_it_is_used(claim_id: str) -> None:
    proposition = catalogue.proposition(claim_id)
    given = {h.term for h in proposition.hypotheses}
    naming = Naming([*(h.formula for h in proposition.hypotheses), *proposition.parts.values()])

    def said(term: Term) -> str:
        return f"suppose {to_text(term, naming.names(term))}"

    rows = [line.formula.text for part in page(catalogue.claim(claim_id)).parts for line in part.lines]
    for line in proposition.lines:
        for assumed in line.theorem.hypotheses - given:
            assert said(assumed) in rows or "suppose what the claim supposes" in rows


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("claim_id", IDS)
def test_rows_say_what_the_line_said(claim_id: str, width: int) -> None:
    for part in page(catalogue.claim(claim_id)).parts:
        rows = broken(part.formula.text, width)
        assert " ".join(row.strip() for row in rows).replace(" ", "") == part.formula.text.replace(" ", "")
