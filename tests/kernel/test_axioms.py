"""Each axiom is put to the numbers: floats at thousands of points, and enclosures. One without a run fails."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest
from kernelkit.checks import check
from kernelkit.notation import F

from twinproof.proofs.board.enclosures import Jet, Unknown, ends, exponential, logarithm, sign
from twinproof.proofs.board.evaluate import evaluate, opened
from twinproof.proofs.board.finite import Model, Reading
from twinproof.proofs.kernel.axioms import AXIOMS
from twinproof.proofs.kernel.term import Term

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-9, -1e-9, 5e-324, 30.0, -30.0, 700.0, -700.0, -745.0, 2.0**-30]


def points(count: int) -> list[float]:
    rng = random.Random(20)  # noqa: S311
    return EDGES + [rng.uniform(-1, 1) * 10.0 ** rng.uniform(-9, 2.4) for _ in range(count)]


def sides(name: str, **values: float) -> tuple[float, float]:
    """Both sides of the axiom's own term, its quantifiers opened under the names of the values."""
    body: Term = opened(AXIOMS[name].statement, list(values))
    left, right = (evaluate(side, values) for side in body.args)
    return float(left), float(right)


def exp_turns_sums_into_products() -> float:
    """Roundings, in ulps: three of exp, one of the product, and of the sum, which exp magnifies by |x + y|."""
    worst = 0.0
    for x, y in zip(points(3_000), reversed(points(3_000)), strict=True):
        left, right = sides("exp.add", x=x, y=y)
        if 0 < right < math.inf and 1e-300 < left < math.inf and min(math.exp(x), math.exp(y)) > 1e-300:
            worst = max(worst, abs(left - right) / (left * (5 + abs(x + y)) * 2**-52))
    return worst


def exp_lies_above_its_tangent() -> float:
    worst = 0.0
    for x in points(6_000):
        left, right = sides("exp.tangent", x=x)
        worst = max(worst, (left - right) / (4 * 2**-52 * max(1.0, abs(left), right)) if right < math.inf else 0.0)
    return worst


def log_is_the_exponent() -> float:
    """Roundings, in ulps: one of exp, and of log, which exp magnifies by |log x|."""
    worst = 0.0
    for x in [p for p in points(6_000) if p > 0]:
        body = opened(AXIOMS["exp.log"].statement, ["x"]).args[-1]
        left, right = (float(evaluate(side, {"x": x})) for side in body.args)
        worst = max(worst, abs(left - right) / ((2 + 2 * abs(math.log(x))) * 2**-52 * x + 5e-324))
    return worst


INCREASING = (  # f, its derivative, and an interval on which that is nowhere negative
    (lambda t: t * t, lambda t: 2 * t, 0.0, 9.0),
    (lambda t: t**3, lambda t: 3 * t * t, -4.0, 4.0),
    (math.sinh, math.cosh, -6.0, 6.0),
    (math.sin, math.cos, -math.pi / 2, math.pi / 2),
    (lambda t: -1 / t, lambda t: 1 / (t * t), 0.25, 8.0),
    (lambda t: t - math.sin(t), lambda t: 1 - math.cos(t), -9.0, 9.0),
)


def derivatives_without_a_negative_value_are_of_increasing_functions() -> float:
    """The conclusion at thousands of pairs, in roundings of f; the premises by difference quotients."""
    rng = random.Random(22)  # noqa: S311
    conclusion, worst = AXIOMS["mean_value"].statement, 0.0
    while conclusion.head == "imp":
        conclusion = conclusion.args[-1]
    for f, df, low, high in INCREASING:
        for _ in range(1_000):
            x, y = sorted(rng.uniform(low, high) for _ in range(2))
            h = 1e-6 * min(1.0, (high - low) / 8)
            middle = min(max(x, low + h), high - h)
            check(df(x) >= 0 and df(y) >= 0, f"no example: the derivative is {df(x)} at {x}")
            check(abs((f(middle + h) - f(middle - h)) / (2 * h) - df(middle)) < 1e-4 * (1 + abs(df(middle))), "slope")
            left, right = (float(evaluate(side, {"x": x, "y": y, "f": f, "df": df})) for side in conclusion.args)
            worst = max(worst, (left - right) / (8 * 2**-52 * (1 + abs(left) + abs(right))))
    return worst


def a_natural_number_lies_above() -> float:
    """The ceiling is a witness, exactly: the largest distance by which x exceeds it."""
    return max(float(Fraction(x) - max(0, math.ceil(x))) for x in points(2_000))


RUNS = {
    "exp.add": exp_turns_sums_into_products,
    "exp.tangent": exp_lies_above_its_tangent,
    "exp.log": log_is_the_exponent,
    "mean_value": derivatives_without_a_negative_value_are_of_increasing_functions,
    "archimedes": a_natural_number_lies_above,
}


@pytest.mark.parametrize("name", AXIOMS)
def test_the_axiom_withstands_numbers(name):
    check(name in RUNS, f"axiom {name} has no numeric run in {__name__}")
    worst = RUNS[name]()
    check(worst <= 1, f"{name} fails by {worst} times the rounding bound")


@pytest.mark.parametrize("name", AXIOMS)
def test_the_axiom_is_not_refuted_by_enclosures(name):
    rng = random.Random(21)  # noqa: S311
    drawn = [Fraction(rng.randint(-400, 400), rng.randint(1, 40)) for _ in range(12)]
    reading = Reading(Model((Fraction(1),), {}, points=(Fraction(0), Fraction(1), Fraction(-1), *drawn)))
    check(reading.truth(AXIOMS[name].statement) is not False, f"{name} is false at a point: {drawn}")


def test_axioms_have_words_and_references():
    for name, axiom in AXIOMS.items():
        check(bool(axiom.words) and len(axiom.reference) > 20, name)
        check(not axiom.statement.loose and axiom.statement.sort == "F", f"{name} is no closed formula")


FALSE = {
    "exp(x + y) = exp(x) + exp(y)": {"x": 1, "y": 2},
    "exp(x) <= 1 + x": {"x": 1},
    "1 + x + x*x <= exp(x)": {"x": 1},
    "exp(2*x) = exp(x)": {"x": 1},
}


@pytest.mark.parametrize("statement", FALSE)
def test_the_enclosures_refute_what_is_false(statement):
    names = " ".join(FALSE[statement])
    reading = Reading(Model((Fraction(1),), {}))
    check(reading.truth(F(f"all {names}. {statement}")) is False, "not refuted")


def test_the_enclosures_contain_exp_and_are_narrow():
    for x in points(300):
        exact = Fraction(x)
        if abs(exact) > 50:
            continue
        low, high = ends(exponential(exact))
        value = Fraction(math.exp(x))
        slack = value * Fraction(1, 2**51)
        check(low <= high and low - slack <= value <= high + slack, f"exp({x}) is not in [{low}, {high}]")
        check(high - low <= high * Fraction(1, 2**60), f"exp({x}): an enclosure as wide as {float(high - low)}")


def test_the_enclosures_contain_log_and_are_narrow():
    for x in points(300):
        exact = Fraction(x)
        if not Fraction(1, 10**20) < exact < 10**20:
            continue
        low, high = ends(logarithm(exact))
        value = Fraction(math.log(x))
        slack = abs(value) * Fraction(1, 2**51)
        check(low <= high and low - slack <= value <= high + slack, f"log({x}) is not in [{low}, {high}]")
        check(high - low <= Fraction(1, 2**60), f"log({x}): an enclosure as wide as {float(high - low)}")


def test_the_logarithm_of_a_jet_undoes_the_exponential():
    back = logarithm(exponential(Jet((Fraction(1, 3), 2, -1, 5), True)))
    for found, wanted in zip(back.coefficients, (Fraction(1, 3), 2, -1, 5), strict=True):
        low, high = ends(found)
        check(low <= wanted <= high and high - low <= Fraction(1, 2**60), f"{wanted} is not in [{low}, {high}]")


def test_a_sign_that_is_open_is_unknown():
    third = exponential(Fraction(1, 3))
    try:
        sign(third * third * third + -1 * exponential(Fraction(1)))
    except Unknown:
        return
    raise AssertionError("the sign of 0, known through enclosures alone, was called known")
