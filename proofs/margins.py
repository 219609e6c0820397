"""Support vector machines with a bias: the convex program, one point, and the constraints of two points."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from . import convex_margins
from .board.board import Board
from .board.notation import And, Eq, ForAll, Iff, Implies, Le, Lt, S, bracket, function
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .two_points import (
    DATA,
    DIMENSION,
    FIRST_CONSTRAINTS,
    FIRST_VALUE,
    SECOND_CONSTRAINTS,
    SECOND_VALUE,
    X,
    a,
    b,
    both_ways,
    d,
    explicit,
    first_feasible,
    first_margin,
    grows,
    growth,
    i,
    k,
    model,
    second_feasible,
    second_margin,
    settle,
    u,
    v,
    y,
)

HALF = Fraction(1, 2)

# --- one point -------------------------------------------------------------------------------------------------------

x, x1 = function("x", "N>R"), function("x1", "N>R")

POINT = Hypothesis(
    "point", ForAll(k, Eq(x(k), bracket(Eq(k, 0)))), "the only point is e_1, of label 1", role="definition"
)
WITH_ONE = Hypothesis(
    "appended",
    ForAll(k, Eq(x1(k), x(k) * bracket(Lt(k, d)) + bracket(Eq(k, d)))),
    "x1 is the point with a 1 appended, as coordinate d",
    role="definition",
)
FIRST_ALONE, SECOND_ALONE = S(k, d + 1, x1(k) * u(k)), S(k, d, x(k) * v(k)) + b
HALVES = (bracket(Eq(k, 0)) + bracket(Eq(k, d))) / 2
SINGLE = {
    "first margin": Eq(FIRST_ALONE, u(0) + u(d)),
    "second margin": Eq(SECOND_ALONE, v(0) + b),
    "first program": Implies(Le(1, FIRST_ALONE), growth(Fraction(1, 4), d + 1, u, HALVES, FIRST_VALUE)),
    "first solution": Iff(
        And(Le(1, FIRST_ALONE), Le(FIRST_VALUE, Fraction(1, 4))), ForAll(k < d + 1, Eq(u(k), HALVES))
    ),
    "second program": Le(0, SECOND_VALUE),
    "second solutions": Iff(And(Le(1, SECOND_ALONE), Le(SECOND_VALUE, 0)), And(ForAll(k < d, Eq(v(k), 0)), Le(1, b))),
}


def _derive_single(D: Board) -> None:
    row = D.have(ForAll(k, Eq(x1(k), bracket(Eq(k, 0)) + bracket(Eq(k, d)))), "a 1 appended")
    D.conclude("first margin")
    D.conclude("second margin")
    D.ignore(POINT.term, WITH_ONE.term, row.statement)
    with D.suppose(Le(1, FIRST_ALONE)):
        grows(D, d + 1, u, HALVES, Fraction(1, 4), FIRST_VALUE, "1 <= u(0) + u(d)", D.theorems)
    D.conclude("first program")
    with D.suppose(And(Le(1, FIRST_ALONE), Le(FIRST_VALUE, Fraction(1, 4)))) as there:
        settle(D, d + 1, u, HALVES, Fraction(1, 4), FIRST_VALUE)
    with D.suppose(ForAll(k < d + 1, Eq(u(k), HALVES))) as back:
        D.have(And(Eq(u(0), HALF), Eq(u(d), HALF)))
        D.have(Eq(FIRST_VALUE, Fraction(1, 4)))
        D.have(And(Le(1, FIRST_ALONE), Le(FIRST_VALUE, Fraction(1, 4))))
    both_ways(D, "first solution", *there, *back)
    D.conclude("second program", "a sum of squares")
    with D.suppose(And(Le(1, SECOND_ALONE), Le(SECOND_VALUE, 0))) as there:
        settle(D, d, v, 0, 0, SECOND_VALUE)
        D.have(Eq(v(0), 0))
        D.have(And(ForAll(k < d, Eq(v(k), 0)), Le(1, b)), "v(0) = 0 leaves b alone")
    with D.suppose(And(ForAll(k < d, Eq(v(k), 0)), Le(1, b))) as back:
        D.have(Eq(v(0), 0))
        D.have(And(Le(1, SECOND_ALONE), Le(SECOND_VALUE, 0)))
    both_ways(D, "second solutions", *there, *back)


def _second_are(*conditions: Any) -> Any:
    """The solutions of the second program are those that meet the conditions."""
    return {"second solutions": Iff(And(Le(1, SECOND_ALONE), Le(SECOND_VALUE, 0)), And(*conditions))}


FLAT = ForAll(k < d, Eq(v(k), 0))
SINGLE_FALSE = (
    FalseStatement("only-one", _second_are(FLAT, Eq(b, 1)), countermodel=model([1, 1], [0], 2)),
    FalseStatement(
        "the-point-itself",
        _second_are(ForAll(k < d, Eq(v(k), bracket(Eq(k, 0)))), Eq(b, 0)),
        countermodel=model([1, 1], [1], 0),
    ),
    FalseStatement(
        "as-in-the-first",
        _second_are(ForAll(k < d, Eq(v(k), bracket(Eq(k, 0)) / 2)), Eq(b, HALF)),
        countermodel=model([1, 1], [HALF], HALF),
    ),
    FalseStatement("any-normal", _second_are(Le(1, b), Le(1, SECOND_ALONE)), countermodel=model([1, 1], [-1], 2)),
    FalseStatement(
        "first-flat-too",
        {"first solution": Iff(And(Le(1, FIRST_ALONE), Le(FIRST_VALUE, Fraction(1, 4))), Eq(u(0) + u(d), 1))},
        countermodel=model([1, 0]),
    ),
    FalseStatement(
        "first-half",
        {"first program": Implies(Le(1, FIRST_ALONE), Le(HALF, FIRST_VALUE))},
        countermodel=model([HALF, HALF]),
    ),
)

# --- two points ------------------------------------------------------------------------------------------------------

CONSTRAINTS = {
    "first program, point 0": Eq(first_margin(0), u(0) + u(d)),
    "first program, point 1": Eq(first_margin(1), a * u(0) - u(d)),
    "second program, point 0": Eq(second_margin(0), v(0) + b),
    "second program, point 1": Eq(second_margin(1), a * v(0) - b),
    "first program": Iff(first_feasible(), FIRST_CONSTRAINTS),
    "second program": Iff(second_feasible(), SECOND_CONSTRAINTS),
}


def _derive_constraints(D: Board) -> None:
    explicit(D, keep=True)
    for part in CONSTRAINTS:
        D.conclude(part)


CONSTRAINTS_FALSE = (
    FalseStatement(
        "label-over-all",
        {"first program, point 1": Eq(first_margin(1), -(a * u(0) + u(d)))},
        countermodel=model([1, 0]),
    ),
    FalseStatement(
        "second-axis",
        hypotheses={
            "points": Hypothesis(
                "points", ForAll(i, k, Eq(X(i, k), bracket(Eq(i, k)))), "the points are e_1 and e_2", role="definition"
            )
        },
        countermodel=model([1, 0, 0], [1, 0]),
    ),
    FalseStatement(
        "one-label",
        hypotheses={"labels": Hypothesis("labels", ForAll(i, Eq(y(i), 1)), "both labels are 1", role="definition")},
        countermodel=model([1, 0]),
    ),
    FalseStatement(
        "bias-without-label",
        {"second program, point 1": Eq(second_margin(1), a * v(0) + b)},
        countermodel=model([1, 0], [1], 1),
    ),
    FalseStatement(
        "bias-forgotten",
        {"second program": Iff(second_feasible(), And(Le(1, v(0)), Le(1, a * v(0))))},
        countermodel=model([1, 0], [1], 3),
    ),
)

SEPARATED = Hypothesis(
    "separated", Lt(-1, a), "along e_1 the point of label -1 lies below that of label 1", needed_by="beyond-the-other"
)
BOUND = 2 / (a + 1)
LOWER = {
    "first program": Implies(first_feasible(), Le(BOUND, u(0))),
    "second program": Implies(second_feasible(), Le(BOUND, v(0))),
    "first attained": Implies(
        Eq(u(0), BOUND), Eq(u(d), (a - 1) / (a + 1)), And(Eq(first_margin(0), 1), Eq(first_margin(1), 1))
    ),
    "second attained": Implies(
        Eq(v(0), BOUND), Eq(b, (a - 1) / (a + 1)), And(Eq(second_margin(0), 1), Eq(second_margin(1), 1))
    ),
}


def _derive_lower(D: Board) -> None:
    explicit(D)
    D.have(Lt(0, 1 / (a + 1)))
    D.have(Eq((a + 1) / (a + 1), 1))
    for number, (feasible, first) in enumerate(((first_feasible(), u(0)), (second_feasible(), v(0)))):
        with D.suppose(feasible):
            D.have(Le(2, (a + 1) * first), "add the constraints")
            D.have(Le(BOUND, first), "divide by a + 1 > 0")
        D.conclude(("first program", "second program")[number])
    D.conclude("first attained")
    D.conclude("second attained")


LOWER_FALSE = (
    FalseStatement(
        "two-over-a", {"first program": Implies(first_feasible(), Le(2 / a, u(0)))}, countermodel=model([1, 0], a=1)
    ),
    FalseStatement(
        "half-for-every-a",
        {"second program": Implies(second_feasible(), Le(HALF, v(0)))},
        countermodel=model([1, 0], [Fraction(2, 5)], Fraction(3, 5), a=4),
    ),
    FalseStatement(
        "one-constraint",
        {"first program": Implies(Le(1, first_margin(0)), Le(BOUND, u(0)))},
        countermodel=model([0, 1], a=1),
    ),
    FalseStatement(
        "never-attained", {"first program": Implies(first_feasible(), Lt(BOUND, u(0)))}, countermodel=model([1, 0], a=1)
    ),
    FalseStatement(
        "beyond-the-other",
        hypotheses={"separated": None},
        countermodel=model([-3, 5], [-3], 5, a=-2),
    ),
)

PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="svm-bias-convex",
            title="The program with a free bias is convex: strictly so in v, and flat in b",
            sources=(("001", "1a"),),
            hypotheses=(convex_margins.WEIGHT,),
            parts=convex_margins.CONVEX,
            derive=convex_margins.derive,
            not_covered=(
                "That an optimum exists, which needs separable data.",
            ),
            false=convex_margins.CONVEX_FALSE,
            models=convex_margins.MODELS,
            rewording=convex_margins.REWORDING,
        ),
        Proposition(
            id="svm-bias-single-point",
            title="For one point the program with a free bias has many solutions, that with an appended bias one",
            sources=(("001", "1b"),),
            hypotheses=(DIMENSION, POINT, WITH_ONE),
            parts=SINGLE,
            derive=_derive_single,
            not_covered=(
                "Points other than the first unit vector.",
            ),
            false=SINGLE_FALSE,
            rewording={
                "first solution": Iff(
                    And(Le(1, FIRST_ALONE), Le(4 * FIRST_VALUE, 1)), ForAll(k < d + 1, Eq(u(k), HALVES))
                )
            },
            models=(model([HALF, 0, HALF], [0, 0], 2), model([1, 1], [1], 0)),
        ),
        Proposition(
            id="svm-bias-constraints",
            title="The constraints of e_1 and -a e_1, written out",
            sources=(("001", "1c"),),
            hypotheses=DATA,
            parts=CONSTRAINTS,
            derive=_derive_constraints,
            not_covered=(
                "Data other than the two points.",
            ),
            false=CONSTRAINTS_FALSE,
            models=(model([1, 0, 0], [1, 1], 0), model([0, -1], [1], 2, a=Fraction(-1, 2))),
            rewording={"first program, point 1": Eq(first_margin(1), -(-a * u(0) + u(d)))},
        ),
        Proposition(
            id="svm-bias-lower-bound",
            title="What meets the constraints of e_1 and -a e_1 has a first coordinate of at least 2/(a+1)",
            sources=(("001", "1d"),),
            hypotheses=(*DATA, SEPARATED),
            parts=LOWER,
            derive=_derive_lower,
            not_covered=(
                "a <= -1, where the two points are not separable in this order.",
            ),
            false=LOWER_FALSE,
            models=(model([1, 0, 0], [1, 1], 0), model([1, 0], [1], 0, a=1), model([0, 0], [0], 0, a=0)),
            rewording={"first program": Implies(first_feasible(), Le(0, u(0) - BOUND))},
        ),
    )
}
