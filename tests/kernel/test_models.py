"""The two evaluators: against known values, against each other, and against every step of every trace."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from kernelkit import shipped
from kernelkit.checks import check, raises
from kernelkit.notation import F, S
from kernelkit.random_terms import Source

from twinproof.catalogue import proposition
from twinproof.proofs.board import finite
from twinproof.proofs.board.enclosures import Interval, Unknown
from twinproof.proofs.board.evaluate import Formulas, Part, evaluate, opened
from twinproof.proofs.board.finite import Model, Reading
from twinproof.proofs.board.models import definitions_of, examine, falsify, random_model
from twinproof.proofs.board.tables import EvaluationError, clauses
from twinproof.proofs.kernel.language import signature
from twinproof.proofs.kernel.term import Term, land
from twinproof.proofs.kernel.text import text
from twinproof.proofs.kernel.theorem import Sequent
from twinproof.proofs.kernel.trace import decode

HALVES = (Fraction(1, 2), Fraction(1, 2))


def truth(formula: str, weights=HALVES, **tables) -> bool | None:
    return Reading(Model(tuple(map(Fraction, weights)), {S(name): v for name, v in tables.items()})).truth(F(formula))


def test_the_two_evaluators_agree():
    found: Counter[str] = Counter()
    for number in range(600):
        rng = random.Random(f"agree {number}")  # noqa: S311
        term = Source(rng).real(4)
        model = random_model(term.symbols, rng)
        values = {name: value for (name, _), value in model.tables.items()}
        values["Omega"] = list(enumerate(model.weights))
        try:
            one = Reading(model).number(term)
        except Unknown:
            continue
        if isinstance(one, Interval):
            continue
        two = evaluate(term, values)
        check(one == two, f"{number}: {text(term)} is {one} and {two}")
        found["agree"] += 1
    check(found["agree"] > 500, f"too few evaluated: {found}")


KNOWN = {
    "law(w. X(w); 1 - X(w))": True,
    "law(w. X(w); X(w)*2)": False,
    "ind(w i. [i = 0]*X(w))": True,
    "ind(w i. [i < 2]*X(w))": False,
    "ind(w i. [i < 2]*0 + 1)": True,
    "int(w. X(w))": True,
    "all w. X(w) <= 1": True,
    "E(w. X(w)) = 1/2": True,
    "E(w. X(w)^2) = E(w. X(w))^2": False,
    "all i. i < 3 -> i*i <= 4": True,
    "all i. i*i <= 4": False,
    "all i. 0 <= i": None,
    "all x. x <= 1": False,
    "all x. 0 <= x*x": None,
    "ex x. x*x = 1": True,
    "ex i. i < 3 & i*i = 4": True,
    "ex i. i < 3 & i*i = 9": False,
    "hd(t. t*[0 < t]; 1; 1)": True,
    "hd(t. t*[0 < t]; 0; 0)": False,
    "hd(t. t*t*[0 < t]; 0; 0)": True,
    "hd(t. [0 < t]; 0; 0)": False,
    "hd(t. [t = 0]; 0; 0)": False,
    "hd(t. 1/t; 2; 0 - 1/4)": True,
    "hd(t. exp(t); 0; 1)": True,
    "hd(t. exp(2*t); 0; 1)": False,
    "lim[oo](x. 3; 3)": True,
    "lim[oo](x. 3; 2)": False,
    "lim[oo](x. 1/x; 0)": None,
    "lim[0+](x. x*[0 < x]; 0)": True,
    "lim[0+](x. x + [0 < x]; 1)": True,
    "lim[0+](x. [0 < x]; 0)": False,
    "lim[0+](x. 1/x; 0)": None,
    "exp(1) < 2719/1000": True,
    "exp(1) < 2718/1000": False,
    "exp(1)*exp(1) = exp(2)": None,
    "0^0 = 1": True,
    "1/0 = 0": True,
    "false & (lim[oo](x. 1/x; 0))": False,
    "true | (lim[oo](x. 1/x; 0))": True,
    "[lim_is_unknown{>F}]*0 = 0": True,
}


@pytest.mark.parametrize("formula", KNOWN)
def test_known_answers(formula):
    found = truth(formula, X=lambda w: Fraction(w))
    check(found is KNOWN[formula], f"found {found}, expected {KNOWN[formula]}")


def test_a_search_finds_small_counterexamples_and_says_what_it_could_not_decide():
    rng = random.Random(3)  # noqa: S311
    check(falsify(Sequent(frozenset({F("x < y")}), F("x*x < y*y")), rng, 500) is not None, "not found")
    report = examine(Sequent(frozenset(), F("lim[oo](x. 1/x; 0)")), rng, 5)
    check(report.counterexample is None and report.confirmed == 0 and bool(report.unevaluated), str(report))
    definitions = {F("fact(0) = 1 & (all n. fact(n+1) = (n+1)*fact(n))"), F("k = 4")}
    report = examine(Sequent(frozenset(definitions), F("fact(k) = 24")), rng, 5)
    check(report.confirmed == 5, f"definitions are not unfolded: {report}")
    check(falsify(Sequent(frozenset(definitions), F("fact(k) = 25")), rng, 5) is not None, "25 is not refuted")


FULL = os.environ.get("TWINPROOF_PROFILE") == "full"


def _steps(theorems, tries: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, theorem in theorems.items():
        for number, step in enumerate(decode(shipped.written(theorem))):
            rng = random.Random(f"{name} {number}")  # noqa: S311
            report = examine(step, rng, tries)
            check(report.counterexample is None, f"{name}, step {number}: {step!r} is false: {report.counterexample}")
            found["confirmed" if report.confirmed else "met" if report.models else "hypotheses not met"] += 1
    return found


def test_every_step_of_the_small_theorems_holds_in_finite_models(record_property):
    found = _steps(shipped.theorems(), 3)
    record_property("steps", dict(found))
    check(found["confirmed"] > 0.15 * sum(found.values()), f"too few decided: {found}")


@pytest.mark.parametrize("claim", shipped.claim_ids())
def test_every_step_of_the_claim_holds_in_finite_models(claim, record_property, monkeypatch):
    if not FULL:  # a thousand steps: a large term is then left as undecided earlier
        monkeypatch.setattr(finite, "STEPS", 4_000)
    record_property("steps", dict(_steps({claim: shipped.claim(claim)}, 5 if FULL else 1)))


class _Model:
    """A model of a claim, in which the steps of its proof are read one by one."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.named = {clauses(d)[0][0].data for d in model.definitions}
        self.symbols = self.named | model.tables.keys()
        self.held: dict[Term, bool | None] = {}  # of formulas that speak of the model alone

    def read(self, step: Sequent, rng: random.Random) -> str:
        """One step; what the model does not speak of is drawn at random."""
        own, _ = definitions_of(step.hypotheses)
        extra = [d for d in own if clauses(d)[0][0].data not in self.symbols]
        symbols = {s for p in (*step.hypotheses, step.statement, *self.model.definitions) for s in p.symbols}
        drawn = random_model(symbols - self.symbols, rng)
        tables = {name: v for name, v in drawn.tables.items() if signature(name)[1] != "W"}
        tables |= {name: 0 for name in drawn.tables if signature(name)[1] == "W"}
        definitions = (*self.model.definitions, *extra)
        reading = Reading(replace(self.model, tables=tables | dict(self.model.tables), definitions=definitions))
        for h in sorted((h for h in step.hypotheses if h not in extra), key=lambda h: h.size):
            held = self.truth(h) if h.symbols <= self.symbols else reading.truth(h)
            if held is not True:
                return "hypotheses undecided" if held is None else "hypotheses not met"
        return {True: "confirmed", None: "undecided", False: "false"}[reading.truth(step.statement)]

    def truth(self, formula: Term) -> bool | None:
        """Whether a formula of the model's own symbols holds in it."""
        if formula not in self.held:
            self.held[formula] = Reading(self.model).truth(formula)
        return self.held[formula]


@pytest.mark.parametrize("claim", shipped.claim_ids())
def test_every_step_holds_in_the_models_of_its_claim(claim, record_property, monkeypatch):
    if not FULL:
        monkeypatch.setattr(finite, "STEPS", 4_000)
    found: Counter[str] = Counter()
    steps = decode(shipped.written(shipped.claim(claim)))
    for place, build in enumerate(proposition(claim).models):
        model = _Model(build())
        for number, step in enumerate(steps):
            rng = random.Random(f"{claim} {place} {number}")  # noqa: S311
            answer = model.read(step, rng)
            check(answer != "false", f"{claim}, model {place}, step {number}: {step!r} is false")
            found[answer] += 1
    record_property("steps", dict(found))
    check(bool(proposition(claim).models), f"{claim} ships no finite model in which its hypotheses hold")
    check(found["confirmed"] > 0, f"no step is confirmed in a model of the claim: {found}")


# --- what experiments call ------------------------------------------------------------------------------------------

SQUARE = F("all n. 0 < n -> n*c = 1 -> (sum k<n. c*a(k)^2)*n = sum k<n. a(k)^2")


def test_formulas_answer_by_the_terms_of_the_statement():
    body = opened(SQUARE, ["n"])
    formulas = Formulas({"mean": body, "positive": Part(F("0 < x*x"), swapped=True), "kept": F("x = 1 <-> y = 1")})
    values = {"n": 3, "c": Fraction(1, 3), "a": [1, 2, 3]}
    check(formulas.left("mean", **values) == formulas.right("mean", **values) == 14, "the sides")
    check(formulas.holds("mean", **values) and formulas.holds("mean", n=0, c=0, a=[]), "the statement")
    check(formulas.left("positive", x=3) == 9 and formulas.right("positive", x=3) == 0, "swapped sides")
    check(
        formulas.right("kept", x=1, y=2) is False and formulas.left("kept", x=1, y=2) is True, "truth values as sides"
    )
    raises(LookupError, lambda: formulas.left("median"))
    raises(EvaluationError, lambda: formulas.left("mean", n=3, c=1))
    raises(EvaluationError, lambda: formulas.left("mean", n=-1, c=1, a=[1]))


def test_definitions_are_functions_and_are_remembered():
    powers = land(F("all x. D(0,x) = 1"), F("all n x. D(n+1,x) = x*D(n,x) + D(n,x)"))
    formulas = Formulas({"power": F("D(n,x) = y")}, [powers])
    check(formulas.left("power", n=200, x=1) == 2**200, "exponential without memory")
    check(formulas.function("power", "D")(5, Fraction(1, 2)) == Fraction(3, 2) ** 5, "the function")
    raises(LookupError, lambda: formulas.function("power", "P"))
    raises(TypeError, lambda: formulas.function("power", "D")(5))


def test_opened_takes_quantifiers_behind_hypotheses():
    check(opened(F("all x. x > 0 -> (all y. x*y = y)"), ["x", "z"]) is F("x > 0 -> x*z = z"), "not opened")
    raises(ValueError, lambda: opened(F("all x. x = x"), ["x", "y"]))


@pytest.mark.parametrize(
    "formula", ["all x. x = x", "all i. a(i) = 0", "lim[oo](x. x; 0)", "E(w. X(w)) = 0", "log(0) = 0"]
)
def test_what_cannot_be_evaluated_is_an_error_that_says_so(formula):
    raises(EvaluationError, lambda: evaluate(F(formula), {"a": [0], "X": [1]}))
