"""A worked solution under audit: which of its written steps hold, are wrong, or leave a gap, and why.

The solution is that of document 001 (support vector machines with a bias, projection on a box, norms at
initialisation), restated step by step in this project's notation. Names in it: u, c and v, b are the weight of the
first coordinate and the bias in the first and the second program, z any other coordinate; x, y a point and its label;
al the weight of a convex combination; p, q points of a set and r the point to be projected; C the side of the box;
mu, s the mean and the second moment of a weight, var its variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .board.auditing import Step, counterexample
from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.notation import And, Eq, ForAll, Ge, Gt, Implies, Le, Lt, Not, Or, absolute, maxi, mini, reals
from .board.proposition import FalseStatement, Proposition
from .library.convexity import convex_square
from .library.order import at, divided

x, x1, y, v, v1, b, b1, al, t = reals("x x1 y v v1 b b1 al t")
a, u, c, z = reals("a u c z")
p, q, r, p1, q1, r1, C = reals("p q r p1 q1 r1 C")
mu, s, var = reals("mu s var")
HALF = Fraction(1, 2)

WEIGHT = (Le(0, al), Le(al, 1))
MIXED = y * (x * (al * v + (1 - al) * v1) + (al * b + (1 - al) * b1))
FAR = Ge(a, 3)
FIRST, SECOND = Ge(u + c, 1), Ge(a * u - c, 1)
CLIPPED = mini(maxi(r, 0), C)
TRUE = Le(0, 0)
DISTANCE = (p - r) ** 2 + (p1 - r1) ** 2

STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        # 1a: the mix of two feasible points is feasible
        Step(
            "1a: hypotheses",
            MIXED,
            ">=",
            1,
            (x, x1, y, v, v1, b, b1, al),
            (*WEIGHT, Ge(y * (x * v + b), 1), Ge(y * (x1 * v + b1), 1)),
        ),
        Step(
            "1a: hypotheses, corrected",
            MIXED,
            ">=",
            1,
            (x, y, v, v1, b, b1, al),
            (*WEIGHT, Ge(y * (x * v + b), 1), Ge(y * (x * v1 + b1), 1)),
        ),
        Step(
            "1a: expansion",
            MIXED,
            "=",
            al * (y * (x * v + b)) + (1 - al) * (y * (x * v1 + b1)),
            (x, y, v, v1, b, b1, al),
        ),
        Step(
            "1a: convex objective",
            (al * v + (1 - al) * v1) ** 2,
            "<=",
            al * v**2 + (1 - al) * v1**2,
            (v, v1, al),
            WEIGHT,
            lemmas=(at(convex_square(), al, v, v1),),
        ),
        # 1b: one point
        Step("1b: greatest bias", t + 1, "<=", t, (t,), (Ge(t, 1),)),  # a greatest one would bound the next as well
        Step(
            "1b: solution set",
            v,
            "=",
            0,
            (v, b),
            (Ge(v + b, 1),),
            {"no larger objective than (0, 1)": Le(v**2 / 2, 0)},
        ),
        # 1c: two points
        Step("1c: e2 for x2", a * u - c, "=", -(u + c), (a, u, c), (FAR,)),
        Step("1c: signs", -(a * u + c), "=", a * u - c, (a, u, c), (FAR,)),
        # 1d
        Step("1d: sum", (a + 1) * u, ">=", 2, (a, u, c), (FAR, FIRST, SECOND)),
        Step(
            "1d: division",
            u,
            ">=",
            2 / (a + 1),
            (a, u),
            (Gt(a + 1, 0), Ge((a + 1) * u, 2)),
            lemmas=(at(divided(), a + 1, u, 2),),
        ),
        # 1e
        Step(
            "1e: squared norm",
            u**2 + z**2 + c**2,
            "=",
            u**2 + c**2,
            (u, z, c),
            (FIRST,),
            {"optimal: setting z to 0 keeps both constraints and gains nothing": Le(u**2 + z**2 + c**2, u**2 + c**2)},
        ),
        Step("1e: minimum", (u**2 + c**2) / 2, ">=", Fraction(1, 4), (u, c), (FIRST,)),
        Step(
            "1e: second constraint",
            a * u - c,
            ">=",
            1,
            (a, u, c),
            (FAR, FIRST, Ge(u, 2 / (a + 1))),
            {"the point is (1/2, 1/2)": And(Eq(u, HALF), Eq(c, HALF))},
        ),
        Step(
            "1e: bound for v",
            (a + 1) * v,
            ">=",
            2,
            (a, u, v, b),
            (FAR, Ge((a + 1) * u, 2)),
            {"both constraints of the second program": And(Ge(v + b, 1), Ge(a * v - b, 1))},
        ),
        Step(
            "1e: other coordinates of v",
            z,
            "=",
            0,
            (a, v, z),
            (FAR, Eq(v, 2 / (a + 1))),
            {"no larger objective than without them": Le(v**2 + z**2, (2 / (a + 1)) ** 2)},
        ),
        Step(
            "1e: bias", b, "=", (a - 1) / (a + 1), (a, v, b), (FAR, Eq(v, 2 / (a + 1)), Ge(v + b, 1), Ge(a * v - b, 1))
        ),
        # 1f
        Step("1f: value", v**2 / 2, "<=", t, (a, v, t), (FAR, Eq(v, 2 / (a + 1)), Le(2 / (a + 1), t))),
        # 2a: projection
        Step(
            "2a: coordinatewise",
            (p - r) ** 2,
            "<=",
            (q - r) ** 2,
            (p, p1, q, q1, r, r1),
            (Le(DISTANCE, (q - r) ** 2 + (q1 - r1) ** 2),),
            {"a product set: with p and q it has (q, p1) too": Le(DISTANCE, (q - r) ** 2 + (p1 - r1) ** 2)},
        ),
        Step("2a-i: cases", absolute(maxi(r, 0) - r), "<=", absolute(q - r), (q, r), (Ge(q, 0),)),
        Step("2a-ii: the same as", CLIPPED, "=", absolute(CLIPPED - r), (r, C), (Ge(C, 0),)),
        Step("2a-ii: case A", absolute(C - r), "=", absolute(q - r), (q, r, C), (Ge(r, C), Ge(q, 0), Le(q, C))),
        Step(
            "2a-ii: case A, corrected",
            absolute(C - r),
            "<=",
            absolute(q - r),
            (q, r, C),
            (Ge(r, C), Ge(q, 0), Le(q, C)),
        ),
        Step(
            "2a-ii: cases",
            Or(Ge(r, C), And(Lt(0, r), Le(r, C)), Lt(r, 0)),
            "<->",
            TRUE,
            (r, C),
            (Ge(C, 0),),
        ),
        # 4e: moments
        Step("4e: variance", s + mu**2, "=", var, (mu, s, var), (Eq(var, s - mu**2),)),
        Step("4e: variance, centred", s + mu**2, "=", var, (mu, s, var), (Eq(var, s - mu**2), Eq(mu, 0))),
    )
}

WRONG = (
    "1a: hypotheses",
    "1b: greatest bias",
    "1c: e2 for x2",
    "1c: signs",
    "2a-ii: the same as",
    "2a-ii: case A",
    "2a-ii: cases",
    "4e: variance",
)
"""Steps that fail whatever the problem supplies."""

GAPS = (
    "1b: solution set",
    "1e: squared norm",
    "1e: second constraint",
    "1e: bound for v",
    "1e: other coordinates of v",
    "2a: coordinatewise",
)
"""Steps that fail on what they are given, and hold with what the problem supplies besides."""


def _fails(step: Step) -> Any:
    return Not(step.statement())


def _mends(step: Step) -> Any:
    return step.statement(*(step.supplied or {}))


PARTS = {
    name: _fails(STEPS[name]) if name in WRONG else And(_fails(STEPS[name]), _mends(STEPS[name]))
    for name in (*WRONG, *GAPS)
}


def _derive(D: Board) -> None:
    for name in PARTS:
        step = STEPS[name]
        witness = counterexample(to_term(step.implication()))
        if witness is None:
            raise ValueError(f"{name}: no witness was found")
        values = [witness.get(variable.name, Fraction(0)) for variable in step.variables]
        with D.suppose(step.statement()):
            D.use(at(D.given(step.statement()), *values))
            place = ", ".join(
                f"{variable.name} = {value}" for variable, value in zip(step.variables, values, strict=True)
            )
            D.contradiction(f"false at {place}")
        D.conclude(
            name, "so it fails" if name in WRONG else f"so it fails; it holds if {', '.join(step.supplied or {})}"
        )


# --- false siblings -----------------------------------------------------------------------------------------------


def _trusted(twin: str, step: str, *points: int | Fraction) -> FalseStatement:
    """The written step taken for true."""
    model = Model((Fraction(1),), {}, points=tuple(map(Fraction, points)))
    return FalseStatement(
        twin, {step: STEPS[step].statement()}, readings={f"step {step}": TRUE}, countermodel=lambda: model
    )


FALSE = (
    _trusted("signs-agree", "1c: signs", 3, 0, 1),
    _trusted("e2-is-x2", "1c: e2 for x2", 3, 0, 1),
    _trusted("bound-suffices", "1e: second constraint", 3, 1, HALF),
    _trusted("bound-is-for-both-programs", "1e: bound for v", 3, 1, 0),
    _trusted("projection-is-a-distance", "2a-ii: the same as", 0, 1, HALF),
    _trusted("case-a-is-an-equation", "2a-ii: case A", 0, 1, 2),
    _trusted("cases-cover-all", "2a-ii: cases", 0, 1),
    _trusted("coordinatewise-on-any-set", "2a: coordinatewise", 0, 1, 2),
    _trusted("mean-squared-is-added", "4e: variance", -1, 0),
)

WORDING = (
    "Entries 2, 3, 5, 15, 16, 21, 22, 23 and 25 of the list of errors are about wording, and no machine finds them: "
    "an element called a set (2), a minimum over u of a function of (v, b) (3), one symbol for two counts (5), a "
    "sentence without its verb (15), which program puts the bias into the minimisation (16), a set and a number called "
    "C (21), captions of plots (22), evaluation data for training data and causes asserted (23), one symbol for the "
    "projection and its competitor (25)."
)
ASSERTED = (
    "Entries 4 and 11 assert without a reason what is true: the auditor answers that the step holds, and proves it."
)
FOUND = "Entries 1, 6 to 10, 12 to 14, 17 to 20 and 24 are found: wrong with a witness, or a gap with what is missing."

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="solution-audit",
            title="Which steps of a worked solution are wrong, and which leave a gap",
            sources=(("001", "all"),),
            parts=PARTS,
            derive=_derive,
            false=FALSE,
            models=(lambda: Model((Fraction(1),), {}),),
            rewording={"1b: greatest bias": Not(ForAll(t, Implies(Ge(t, 1), Le(1 + t, t))))},
            readings={f"step {name}": STEPS[name].implication() for name in PARTS},
            not_covered=(WORDING, ASSERTED, FOUND),
        ),
    )
}
