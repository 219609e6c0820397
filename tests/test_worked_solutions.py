"""The audit of a worked solution: what `theme_tests` tests, and what the auditor finds by itself."""

from __future__ import annotations

from fractions import Fraction

import pytest
from theme_tests import ThemeTests

from twinproof.proofs.board.auditing import Step, audit, audit_all
from twinproof.proofs.board.bridge import to_term
from twinproof.proofs.board.evaluate import evaluate
from twinproof.proofs.board.notation import Ge, reals
from twinproof.proofs.worked_solutions import GAPS, STEPS, WRONG

x, y = reals("x y")


class TestWorkedSolutions(ThemeTests):
    theme = "worked_solutions"
    claims = ("solution-audit",)


@pytest.mark.parametrize("name", STEPS)
def test_the_auditor_answers_for_each_step(name: str) -> None:
    found = audit(STEPS[name])
    assert found.answer == ("wrong" if name in WRONG else "gap" if name in GAPS else "holds")
    if found.witness is not None:
        values = {variable.name: Fraction(0) for variable in STEPS[name].variables} | dict(found.witness)
        assert evaluate(to_term(STEPS[name].implication()), values) is False
    if found.answer == "gap":
        assert found.missing
        assert found.theorem is not None
        assert found.theorem.statement is to_term(STEPS[name].statement(*found.missing))
    if found.answer == "holds":
        assert found.theorem is not None
        assert found.theorem.statement is to_term(STEPS[name].statement())
        assert not found.theorem.hypotheses


def test_another_seed_finds_other_witnesses_and_the_same_answers() -> None:
    chosen = [STEPS[name] for name in ("1c: signs", "2a-ii: case A", "1b: solution set")]
    assert [found.answer for found in audit_all(chosen, seed=5)] == ["wrong", "wrong", "gap"]


def test_the_auditor_leaves_open_what_it_cannot_decide() -> None:
    # false at x = 100 alone of the naturals below 101: no small rational shows it, and no proof exists
    place = Step("far away", (x - 100) ** 2, ">", 0, (x,))
    found = audit(place)
    assert (found.answer, found.witness, found.theorem) == ("undecided", None, None)


def test_only_what_is_missing_is_named() -> None:
    step = Step("a", x * y, ">=", 0, (x, y), (Ge(x, 0),), {"y is not negative": Ge(y, 0), "x is not 1": Ge(x, 2)})
    found = audit(step)
    assert found.answer == "gap"
    assert found.missing == ("y is not negative",)


def test_an_unknown_relation_is_named() -> None:
    with pytest.raises(ValueError, match="relation: found '~', expected one of"):
        Step("a", x, "~", y, (x, y))
