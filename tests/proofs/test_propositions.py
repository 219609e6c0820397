"""The proof arm of every claim: its theorem, its trace, its hypotheses at work, its false siblings, its rewording."""

from __future__ import annotations

import json
import os
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import pytest

from twinproof import proofs
from twinproof.proofs.board import board
from twinproof.proofs.board.board import Board, DerivationError
from twinproof.proofs.board.bridge import to_term
from twinproof.proofs.board.evaluate import Part
from twinproof.proofs.board.falsity import assumed, satisfied, stated, underivable
from twinproof.proofs.board.proposition import FalseStatement, Hypothesis, Proposition, derived
from twinproof.proofs.kernel.definition import defined
from twinproof.proofs.kernel.term import Term, instantiate, land, subterms, symbol
from twinproof.proofs.kernel.trace import decode, dumps

THEMES = [import_module(f"twinproof.proofs.{m.name}") for m in pkgutil.iter_modules(proofs.__path__) if not m.ispkg]
CLAIMS: list[Proposition] = [p for theme in THEMES for p in getattr(theme, "PROPOSITIONS", {}).values()]
FALSE = [(p, f) for p in CLAIMS for f in p.false]
FULL = os.environ.get("TWINPROOF_PROFILE") == "full"
EXPONENTIAL = {"exp.add", "exp.tangent"}

AXIOMS = {
    "linear-norm-preservation": set(),
    "relu-norm-preservation": set(),
    "dropout-commutes": EXPONENTIAL,
    "tanh-sigmoid": EXPONENTIAL,
    "residual-jacobian": set(),
    "residual-gradients": set(),
    "residual-flow": set(),
    "dead-relu": set(),
    "rbf-one-nn-limit": EXPONENTIAL,
    "xor-rbf-dual": EXPONENTIAL,
    "solution-audit": set(),
    "two-layer-gradients": set(),
    "symmetry-step": set(),
    "symmetry-persistence": set(),
    "row-square-expansion": set(),
    "row-second-moment": set(),
    "fanin-variance": set(),
    "relu-factor": set(),
    "fanout-rule": set(),
    "xavier-rule": set(),
    "default-init-variance": {"archimedes"},
    "fanin-rule": {"archimedes"},
    "relu-idempotent": set(),
    "leaky-relu": set(),
    "max-derivative": set(),
    "stm-params": set(),
    "bn-bias-redundant": set(),
    "ridge-closed-form": set(),
    "box-function": set(),
    "step-approximation": {"archimedes"},
    "step-approximation-highdim": set(),
    "ce-positive": EXPONENTIAL | {"exp.log"},
    "ce-limit": EXPONENTIAL | {"exp.log"},
    "softplus-lipschitz": EXPONENTIAL | {"exp.log", "mean_value"},
    "svm-bias-convex": set(),
    "svm-bias-single-point": set(),
    "svm-bias-constraints": set(),
    "svm-bias-lower-bound": set(),
    "svm-bias-optima": set(),
    "svm-bias-limits": set(),
    "box-projection": set(),
}
"""The axioms of each claim, exactly."""


def name(value: Any) -> str:
    """The id of a claim, the name of a false statement."""
    return value.id if isinstance(value, Proposition) else value.name


def formula(value: Any) -> Term:
    """A part or a reading as one formula."""
    if isinstance(value, Part):
        assert value.formula is not None
        return value.formula
    return to_term(value)


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_the_theorem_is_the_claim(p: Proposition) -> None:
    theorem = p.theorem()
    assert theorem.statement is p.goal is land(*p.terms.values())
    assert theorem.hypotheses <= {h.term for h in p.hypotheses}
    assert [line.part for line in p.lines if line.part] == list(p.parts)


@pytest.fixture
def busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a line more than an author gets: the processor's seconds are longer where neighbours share its caches."""
    monkeypatch.setattr(board, "SECONDS", 6 * board.SECONDS)


@pytest.mark.usefixtures("busy_machine")
@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_the_derivation_in_the_source_gives_what_is_on_file(p: Proposition) -> None:
    theorem, lines = p.derive_anew()
    assert p.proves(theorem)
    assert [(line.formula, line.part) for line in lines] == [(line.formula, line.part) for line in p.lines]


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_the_axioms_are_exactly_these(p: Proposition) -> None:
    assert p.theorem().axioms == AXIOMS[p.id]


def conclusions(t: Term) -> Iterator[Term]:
    """What a formula says in the end, behind its quantifiers and premises."""
    while t.head in ("imp", "all"):
        t = t.args[-1]
    if t.head == "and":
        for part in t.args:
            yield from conclusions(part)
    else:
        yield t


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_no_part_concludes_what_is_assumed(p: Proposition) -> None:
    assumed_anyway = {end for h in p.hypotheses if h.role != "definition" for end in conclusions(h.term)}
    for key, t in p.terms.items():
        ends = set(conclusions(t))
        assert not ends <= assumed_anyway, f"{key} says nothing that the hypotheses do not"


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_the_trace_replays(p: Proposition) -> None:
    theorem = p.theorem()
    replayed = decode(json.loads(dumps(theorem.trace(p.id))))[-1]
    assert (replayed.statement, replayed.hypotheses) == (theorem.statement, theorem.hypotheses)
    assert replayed.axioms == theorem.axioms


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_the_source_of_the_derivation_is_short(p: Proposition) -> None:
    assert 1 <= len(p.lines) <= 30


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_definitions_define(p: Proposition) -> None:
    for h in p.hypotheses:
        assert h.words
        if h.role == "definition":
            defined(h.term)  # raises if it is none


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_the_hypotheses_hold_in_finite_models(p: Proposition) -> None:
    assert p.models
    for build in p.models:
        read = satisfied(build(), p.hypotheses)
        assert read is not None
        values = {key: read.truth(q) for key, q in p.terms.items()}
        assert False not in values.values(), values


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_at_least_three_false_statements(p: Proposition) -> None:
    assert len({f.name for f in p.false}) == len(p.false) >= 3


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_each_assumption_is_dropped_by_a_false_statement(p: Proposition) -> None:
    for h in p.hypotheses:
        if h.role == "assumption":
            twin = p.twin(h.needed_by)
            assert h.name in twin.hypotheses
            assert twin.hypotheses[h.name] is None or twin.hypotheses[h.name].term is not h.term  # type: ignore[union-attr]


@pytest.mark.parametrize(("p", "twin"), FALSE, ids=name)
def test_the_false_statement_is_false(p: Proposition, twin: FalseStatement) -> None:
    assert set(twin.parts) <= set(p.parts)
    assert twin.countermodel or twin.negation
    assert underivable(p, twin)
    if twin.negation is not None:
        theorem = twin.negation()
        assert decode(theorem.trace())[-1].statement is theorem.statement


def concludes(p: Proposition, hypotheses: Mapping[str, Hypothesis], parts: Mapping[str, Term]) -> bool:
    """Whether the derivation of the claim, run on other hypotheses and parts, ends in them."""
    try:
        derived(p.derive, tuple(hypotheses.values()), parts)
    except DerivationError:
        return False
    return True


@pytest.mark.skipif(not FULL, reason="a sanity check of minutes, no evidence: set TWINPROOF_PROFILE=full")
@pytest.mark.parametrize(("p", "twin"), FALSE, ids=name)
def test_the_derivation_does_not_conclude_the_false_statement(p: Proposition, twin: FalseStatement) -> None:
    parts = {key: to_term(p.parts[key]) for key in p.parts} | stated(p, twin)
    assert not concludes(p, assumed(p, twin), parts)  # a sanity check: the countermodel is the evidence


@pytest.mark.usefixtures("busy_machine")
@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_the_derivation_proves_a_true_rewording(p: Proposition) -> None:
    assert p.rewording
    reworded = {key: to_term(q) for key, q in p.rewording.items()}
    assert all(q is not p.terms[key] for key, q in reworded.items())
    theorem, _ = derived(p.derive, p.hypotheses, {**p.terms, **reworded})
    assert theorem.statement is land(*{**p.terms, **reworded}.values())


@pytest.mark.parametrize("p", CLAIMS, ids=name)
def test_what_experiments_read_is_a_piece_of_the_statement(p: Proposition) -> None:
    """Each side of a reading, or the whole reading, stands in the statement, its own quantified variables opened."""
    whole = [*p.terms.values(), *(h.term for h in p.hypotheses)]
    for key, value in p.readings.items():
        part = value if isinstance(value, Part) else Part(to_term(value))
        pieces = [*map(freed, clauses(part.definitions)), *(part.sides() if part.formula else ())]
        assert pieces, key
        for piece in pieces:
            found = (same_shape_opened(piece, t) for q in whole for t in subterms(q))
            assert any(found), f"{key}: {piece!r} is nowhere in the statement"


def clauses(definitions: Iterable[Term]) -> Iterator[Term]:
    """The equations of definitions, each under its own quantifiers."""
    for d in definitions:
        yield from d.args if d.head == "and" else [d]


def freed(clause: Term) -> Term:
    """The equation with free symbols for the quantified variables."""
    while clause.head == "all":
        clause = instantiate(clause.args[0], [symbol(f"v{len(clause.symbols)}_{id(clause)}", f">{clause.data}")])
    return clause


def same_shape_opened(opened: Term, t: Term, known: dict[Term, int] | None = None, depth: int = 0) -> bool:
    """Whether `opened` is `t` with its loose variables replaced by nullary symbols, the same for the same."""
    known = {} if known is None else known
    if opened is t:
        return True
    if t.head == "var" and t.data[0] >= depth:
        return (
            opened.head == "app"
            and not opened.args
            and known.setdefault(opened, t.data[0] - depth) == t.data[0] - depth
        )
    return (opened.head, opened.data, len(opened.args)) == (t.head, t.data, len(t.args)) and all(
        same_shape_opened(a, b, known, depth + len(sorts))
        for a, b, sorts in zip(opened.args, t.args, t.binds, strict=True)
    )


def test_a_failing_line_says_what_remains() -> None:
    part = CLAIMS[0].parts[next(iter(CLAIMS[0].parts))]
    with pytest.raises(DerivationError, match=r"line 1.*no proof of"):
        Board([], {}).have(part)
