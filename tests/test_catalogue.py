"""The catalogue: heads read from source, arms joined by id, and what the public surface promises of a claim."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import twinproof as tp
from twinproof import catalogue

IDS = catalogue.ids()
THEORY = [claim.id for claim in catalogue.claims(kind="theory")]
STUDIES = [claim.id for claim in catalogue.claims(kind="study")]


@pytest.mark.parametrize("claim_id", THEORY)
def test_the_head_read_from_source_is_that_of_the_proposition(claim_id: str) -> None:
    head, found = tp.claim(claim_id), catalogue.proposition(claim_id)
    assert (head.id, head.title, head.sources) == (found.id, found.title, found.sources)


def test_every_listed_proposition_is_found_and_no_other() -> None:
    from importlib import import_module

    listed = set()
    for claim in catalogue.claims():
        folder, table = ("proofs", "PROPOSITIONS") if claim.kind == "theory" else ("numerics.studies", "STUDIES")
        listed |= getattr(import_module(f"twinproof.{folder}.{claim.theme}"), table).keys()
    assert listed == set(IDS)


def test_every_theme_has_a_class_of_tests() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    pattern = re.compile(r"^class \w+\((?:Theme|Study)Tests\):\n    theme = \"(\w+)\"$", re.MULTILINE)
    tested = [theme for text in texts for theme in pattern.findall(text)]
    assert sorted(tested) == sorted(catalogue.themes())


@given((st.text() | st.sampled_from(IDS).map(lambda id: id[1:])).filter(lambda id: id not in IDS))
def test_any_other_text_is_answered_with_claims(id: str) -> None:
    with pytest.raises(catalogue.UnknownClaimError) as caught:
        tp.claim(id)
    assert caught.value.found == id
    assert set(caught.value.nearest) <= set(IDS)


@pytest.mark.parametrize("claim_id", THEORY)
def test_a_claim_has_both_arms_and_at_least_three_twins(claim_id: str) -> None:
    claim = tp.claim(claim_id)
    assert claim.kind == "theory"
    assert claim.experiments != ()
    assert len(claim.twins) >= 3
    names = {experiment.name for experiment in claim.experiments}
    assert {twin.experiment for twin in claim.twins} <= names


@pytest.mark.parametrize("claim_id", THEORY)
def test_a_twin_with_a_term_names_a_false_statement_of_the_proof_arm(claim_id: str) -> None:
    claim = tp.claim(claim_id)
    false = {statement.name for statement in catalogue.proposition(claim_id).false}
    assert {twin.statement for twin in claim.twins if twin.statement is not None} <= false


@pytest.mark.parametrize("claim_id", THEORY)
def test_the_statement_is_sympy_neither_true_nor_false(claim_id: str) -> None:
    import sympy

    statement = tp.claim(claim_id).statement
    assert isinstance(statement, sympy.Basic)
    assert statement not in (sympy.true, sympy.false)
    with pytest.raises(TypeError):
        bool(statement)


@pytest.mark.parametrize("claim_id", THEORY)
def test_the_theorem_says_what_the_claim_says(claim_id: str) -> None:
    claim, found = tp.claim(claim_id), catalogue.proposition(claim_id)
    theorem = claim.theorem()
    assert theorem is not None
    assert theorem.statement is found.goal
    assert theorem.hypotheses <= {hypothesis.term for hypothesis in found.hypotheses}
    assert theorem.trace()["steps"]
    assert len(claim.hypotheses) == len(found.hypotheses)


@pytest.mark.parametrize("claim_id", STUDIES)
def test_a_study_has_expectations_and_no_proof(claim_id: str) -> None:
    head, found = tp.claim(claim_id), catalogue.study(claim_id)
    assert (head.id, head.title, head.sources) == (found.id, found.title, found.sources)
    assert head.kind == "study"
    assert (head.theorem(), head.statement, head.hypotheses) == (None, None, ())
    assert [experiment.name for experiment in head.experiments] == ["expectations"]
    assert set(found.quick) <= set(found.settings)
    assert found.figures
    for twin in head.twins:
        assert twin.experiment == "expectations"
        assert set(twin.options) <= set(found.settings)
    with pytest.raises(LookupError, match="is a study"):
        catalogue.proposition(claim_id)


def test_a_claim_of_theory_is_no_study() -> None:
    with pytest.raises(LookupError, match="claim of theory"):
        catalogue.study(THEORY[0])


def test_claims_can_be_chosen_by_theme_and_kind() -> None:
    everything = tp.claims()
    assert {claim.id for claim in everything} == set(IDS)
    for theme in catalogue.themes():
        assert [claim.theme for claim in tp.claims(theme=theme)] == [theme] * len(tp.claims(theme=theme))
    assert set(tp.claims(kind="theory")) | set(tp.claims(kind="study")) == set(everything)


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="theme: found 'nonsense', expected one of"):
        tp.claims(theme="nonsense")
    with pytest.raises(ValueError, match="kind: found 'poem', expected one of theory, study"):
        tp.claims(kind="poem")
    with pytest.raises(TypeError, match="id: found 3"):
        tp.claim(3)  # type: ignore[arg-type]  # the mistake that is tested
    with pytest.raises(ValueError, match=f"nearest: {IDS[0]}"):
        tp.claim(IDS[0].upper())
    with pytest.raises(ValueError, match="which is no claim"):
        tp.verify(["xyzzy"])
    with pytest.raises(ValueError, match="profile: found 'slow', expected one of quick, full"):
        tp.verify([], profile="slow")  # type: ignore[arg-type]  # the mistake that is tested
    for seed in (-1, 0.5, True):
        with pytest.raises(ValueError, match="seed: found"):
            tp.verify([], seed=seed)  # type: ignore[arg-type]  # the mistake that is tested


def test_an_unknown_id_tells_the_nearest_as_data() -> None:
    with pytest.raises(catalogue.UnknownClaimError) as caught:
        tp.claim(IDS[0][:-2])
    assert caught.value.found == IDS[0][:-2]
    assert IDS[0] in caught.value.nearest
