"""Verdicts: the table of statuses, exit statuses, JSON and the refusal to be true or false."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from twinproof.numerics.harness.evidence import Evidence, Outcome, jsonable
from twinproof.numerics.harness.verdict import (
    ProofResult,
    ProofStatus,
    Status,
    TwinResult,
    Verdict,
    VerdictError,
    decide,
    exit_status,
)

OUTCOMES: tuple[Outcome, ...] = ("corroborated", "refuted", "undecided", "error")


def evidence(status: Outcome, name: str = "e") -> Evidence:
    return Evidence(name, status, "why", witness={"x": 1} if status == "refuted" else None)


def twin(status: Outcome, derivable: bool | None = False) -> TwinResult:
    return TwinResult("changed", evidence(status, "t"), derivable)


@pytest.mark.parametrize(
    ("proof", "experiments", "twins", "expected"),
    [
        ("proved", ["corroborated"], [("refuted", False)], "proved"),
        ("proved", ["corroborated"], [], "proved"),
        ("none", ["corroborated"], [("refuted", None)], "corroborated"),
        ("proved", ["refuted"], [("refuted", False)], "contradiction"),
        ("none", ["corroborated"], [("refuted", True)], "contradiction"),
        ("failed", ["corroborated"], [("refuted", True)], "contradiction"),
        ("none", ["refuted"], [], "refuted"),
        ("failed", ["refuted"], [("error", False)], "refuted"),
        ("failed", ["corroborated"], [("refuted", False)], "error"),
        ("proved", ["error"], [("refuted", False)], "error"),
        ("proved", ["corroborated"], [("error", False)], "error"),
        ("proved", ["undecided"], [("error", False)], "error"),
        ("proved", ["undecided"], [("refuted", False)], "undecided"),
        ("proved", ["corroborated"], [("undecided", False)], "undecided"),
        ("proved", ["corroborated"], [("corroborated", False)], "undecided"),
        ("proved", ["corroborated"], [("corroborated", True)], "undecided"),
        ("proved", [], [], "undecided"),
        ("none", [], [], "undecided"),
    ],
)
def test_the_first_line_that_applies(
    proof: ProofStatus, experiments: list[Outcome], twins: list[tuple[Outcome, bool | None]], expected: Status
) -> None:
    found, why = decide(ProofResult(proof), [evidence(e) for e in experiments], [twin(*t) for t in twins])
    assert found == expected
    assert why


def test_no_line_above_is_passed_over_in_any_combination() -> None:
    proofs: tuple[ProofStatus, ...] = ("proved", "failed", "none")
    for proof, one, two, t, derivable in itertools.product(proofs, OUTCOMES, OUTCOMES, OUTCOMES, (True, False, None)):
        status, _ = decide(ProofResult(proof), [evidence(one), evidence(two)], [twin(t, derivable)])
        pair = {one, two}
        if ("refuted" in pair and proof == "proved") or (derivable and t == "refuted"):
            expected = "contradiction"
        elif "refuted" in pair:
            expected = "refuted"
        elif proof == "failed" or "error" in pair | {t}:
            expected = "error"
        elif "undecided" in pair or t != "refuted":
            expected = "undecided"
        else:
            expected = "proved" if proof == "proved" else "corroborated"
        assert status == expected, (proof, one, two, t, derivable)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], 0),
        (["proved", "corroborated"], 0),
        (["proved", "undecided"], 3),
        (["undecided", "refuted"], 1),
        (["contradiction"], 1),
        (["error", "undecided"], 1),
    ],
)
def test_exit_statuses(statuses: list[Status], expected: int) -> None:
    assert exit_status(statuses) == expected
    assert exit_status(Verdict(status, "c", "s") for status in statuses) == expected
    assert exit_status(statuses, rejected_trace=True) == 1


def test_a_verdict_has_no_truth_value_and_says_what_to_ask() -> None:
    with pytest.raises(TypeError, match=r"'proved'.*\.status.*raise_unless_holds"):
        bool(Verdict("proved", "c", "s"))


@pytest.mark.parametrize("status", ["contradiction", "refuted", "error", "undecided"])
def test_raise_unless_holds_raises_on_all_but_two(status: Status) -> None:
    verdict = Verdict(status, "some-claim", "the reason")
    with pytest.raises(VerdictError, match=rf"some-claim: {status}: the reason") as raised:
        verdict.raise_unless_holds()
    assert raised.value.verdict is verdict


@pytest.mark.parametrize("status", ["proved", "corroborated"])
def test_raise_unless_holds_is_silent_on_two(status: Status) -> None:
    Verdict(status, "c", "s").raise_unless_holds()


def test_everything_in_the_notebook_form_is_escaped() -> None:
    bad = "<script>alert('x')</script>"
    found = Evidence(bad, "refuted", bad, witness={bad: bad}, reproduce=bad)
    shown = Verdict.of(bad, [found], twins=[TwinResult(bad, found)], reproduce=bad)._repr_html_()
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") >= 8


def test_the_json_form_has_the_keys_of_the_schema_and_survives_json() -> None:
    found = Evidence(
        "e", "refuted", "why", 5, math.inf, math.nan, (-math.inf, 1.0), 0.5, {"x": np.float32(1.5), "p": Fraction(1, 3)}
    )
    proof = ProofResult("proved", ("h",), ("a",), {"r": 2}, 0.1)
    verdict = Verdict.of("c", [found], proof=proof, twins=[twin("refuted")], title="T", theme="t", kind="theory")
    entry = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert {"id", "title", "theme", "kind", "source", "verdict", "proof", "experiments", "twins"} <= set(entry)
    assert entry["verdict"] == "contradiction"
    assert entry["source"] is None
    assert {"status", "hypotheses", "axioms", "rules", "seconds"} <= set(entry["proof"])
    (experiment,) = entry["experiments"]
    keys = {"name", "status", "samples", "estimate", "target", "interval", "seconds", "witness"}
    assert keys <= set(experiment)
    assert experiment["estimate"] == "inf"
    assert experiment["target"] == "nan"
    assert experiment["interval"] == ["-inf", 1.0]
    assert experiment["witness"] == {"x": 1.5, "p": "1/3"}
    assert {"name", "change", "status", "derivable", "witness"} <= set(entry["twins"][0])
    placed = Verdict.of("c", [found], source=("document", "1a")).to_dict()
    assert placed["source"] == {"document": "document", "part": "1a"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.arange(4.0).reshape(2, 2), [[0.0, 1.0], [2.0, 3.0]]),
        (torch.tensor([1.0, math.inf]), [1.0, "inf"]),
        (Fraction(4, 2), 2),
        (1 + 2j, [1.0, 2.0]),
        ({1: (True, None)}, {"1": [True, None]}),
        (np.array([Fraction(1, 2)], dtype=object), ["1/2"]),
    ],
)
def test_values_become_json(value: object, expected: object) -> None:
    assert jsonable(value) == expected


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="found function"):
        jsonable(lambda: None)


def test_a_refutation_without_a_witness_is_refused() -> None:
    with pytest.raises(ValueError, match="witness: 'e' is refuted without one"):
        Evidence("e", "refuted", "s")


def test_unknown_statuses_are_refused() -> None:
    with pytest.raises(ValueError, match="status: found 'fine'"):
        Evidence("e", "fine", "s")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="status: found 'fine'"):
        Verdict("fine", "c", "s")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="status: found 'fine'"):
        ProofResult("fine")  # type: ignore[arg-type]


def test_a_contradiction_by_a_derived_twin_shows_the_twins_witness() -> None:
    verdict = Verdict.of("c", [evidence("corroborated")], proof=ProofResult("proved"), twins=[twin("refuted", True)])
    assert verdict.status == "contradiction"
    assert verdict.witness == {"x": 1}
