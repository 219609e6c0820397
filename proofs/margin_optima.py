"""Support vector machines with a bias: the solutions for two points, and what becomes of them far apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.notation import And, Eq, ForAll, Iff, Implies, Le, Lt, Ne, S, absolute, bracket, function, lim, maxi, reals
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.definition import epsilon_delta
from .kernel.term import Term, instantiate, lnot
from .kernel.theorem import Theorem, infer
from .library.calculus import applied
from .library.order import at, proved, weighted_square
from .library.premises import logic
from .library.squares import small_square
from .two_points import (
    DATA,
    DIMENSION,
    FIRST_CONSTRAINTS,
    FIRST_VALUE,
    SECOND_VALUE,
    a,
    b,
    both_ways,
    d,
    explicit,
    first_feasible,
    grows,
    growth,
    k,
    model,
    second_feasible,
    settle,
    squared_distance,
    u,
    v,
)

APART = Hypothesis("apart", Ne(a, -1), "the two points are not the same", needed_by="same-point")

FIRST_AXIS, BIAS = bracket(Eq(k, 0)), bracket(Eq(k, d))
QUARTER = Fraction(1, 4)
FAR, NEAR, ALONG = (FIRST_AXIS + BIAS) / 2, (2 * FIRST_AXIS + (a - 1) * BIAS) / (a + 1), 2 * FIRST_AXIS / (a + 1)
UNIT = Eq((a + 1) / (a + 1), 1)
NORMAL, OFFSET = 2 / (a + 1), (a - 1) / (a + 1)
NEAR_VALUE, ALONG_VALUE = (NORMAL**2 + OFFSET**2) / 2, NORMAL**2 / 2


def _growth_first(optimum: Any, found: Any) -> Any:
    return growth(optimum, d + 1, u, found, FIRST_VALUE)


def _solves_first(optimum: Any, found: Any) -> Any:
    return Iff(And(first_feasible(), Le(FIRST_VALUE, optimum)), ForAll(k < d + 1, Eq(u(k), found)))


GROWTH_SECOND = growth(ALONG_VALUE, d, v, ALONG, SECOND_VALUE)
OPTIMA = {
    "first program, a >= 3": Implies(Le(3, a), first_feasible(), _growth_first(QUARTER, FAR)),
    "first solution, a >= 3": Implies(Le(3, a), _solves_first(QUARTER, FAR)),
    "first program, a < 3": Implies(Lt(a, 3), first_feasible(), _growth_first(NEAR_VALUE, NEAR)),
    "first solution, a < 3": Implies(Lt(a, 3), _solves_first(NEAR_VALUE, NEAR)),
    "second program": Implies(second_feasible(), GROWTH_SECOND),
    "second solution": Iff(
        And(second_feasible(), Le(SECOND_VALUE, ALONG_VALUE)),
        And(ForAll(k < d, Eq(v(k), ALONG)), Eq(b, OFFSET)),
    ),
}


def _first_solution(
    D: Board, region: Any, part: str, margins: Theorem, optimum: Any, found: Any, entries: tuple[Any, Any], reason: str
) -> None:
    """The equivalence, once the growth is known: only one candidate is left, and it qualifies."""
    with D.suppose(region, And(first_feasible(), Le(FIRST_VALUE, optimum))) as there:
        settle(D, d + 1, u, found, optimum, FIRST_VALUE)
    with D.suppose(region, ForAll(k < d + 1, Eq(u(k), found))) as back, D.likewise(reason):
        values = D.have(And(Eq(u(0), entries[0]), Eq(u(d), entries[1])))
        value = D.have(Eq(FIRST_VALUE, optimum))
        facts = [margins, values, value, D.given(region), D.given(UNIT)]
        D.have(And(first_feasible(), Le(FIRST_VALUE, optimum)), using=facts)
    both_ways(D, part, *there, *back)


def _derive_optima(D: Board) -> None:
    first, second = explicit(D)
    half = Fraction(1, 2)
    unit = D.have(UNIT)
    with D.suppose(Le(3, a), first_feasible()):
        facts = [first, D.given(first_feasible())]
        grows(D, d + 1, u, FAR, QUARTER, FIRST_VALUE, "1 <= u(0) + u(d)", facts)
    D.conclude("first program, a >= 3")
    _first_solution(D, Le(3, a), "first solution, a >= 3", first, QUARTER, FAR, (half, half), "(a - 1)/2 >= 1")
    with D.suppose(Lt(a, 3), first_feasible()):
        with D.likewise("each constraint, times a number that is not negative"):
            positive = D.have(Lt(0, a**2 - a + 2))
            met = D.have(FIRST_CONSTRAINTS)
            one = D.have(Le(0, (a**2 - a + 2) * (u(0) + u(d) - 1)), using=[met, positive])
            two = D.have(Le(0, (3 - a) * (a * u(0) - u(d) - 1)), using=[met, D.given(Lt(a, 3))])
        weighted = [at(weighted_square(), t.statement.args[1], 1 / (a + 1)) for t in (one, two)]
        facts = [unit, one, two, *weighted]
        grows(D, d + 1, u, NEAR, NEAR_VALUE, FIRST_VALUE, "add them, divide by (a + 1)^2", facts)
    D.conclude("first program, a < 3")
    both = "both constraints are active"
    _first_solution(D, Lt(a, 3), "first solution, a < 3", first, NEAR_VALUE, NEAR, (NORMAL, OFFSET), both)
    with D.suppose(second_feasible()):
        sum_ = D.have(Le(2, (a + 1) * v(0)), "add the constraints")
        divided = at(weighted_square(), (a + 1) * v(0) - 2, 1 / (a + 1))
        grows(D, d, v, ALONG, ALONG_VALUE, SECOND_VALUE, "divide by (a + 1)^2", [unit, sum_, divided])
    D.conclude("second program")
    with D.suppose(And(second_feasible(), Le(SECOND_VALUE, ALONG_VALUE))) as there:
        settle(D, d, v, ALONG, ALONG_VALUE, SECOND_VALUE)
        D.have(Eq(v(0), NORMAL))
        D.have(Eq(b, OFFSET), "between 1 - v(0) and a v(0) - 1")
        D.have(And(ForAll(k < d, Eq(v(k), ALONG)), Eq(b, OFFSET)))
    with D.suppose(And(ForAll(k < d, Eq(v(k), ALONG)), Eq(b, OFFSET))) as back, D.likewise(both):
        values = D.have(And(Eq(v(0), NORMAL), Eq(b, OFFSET)))
        value = D.have(Eq(SECOND_VALUE, ALONG_VALUE))
        D.have(And(second_feasible(), Le(SECOND_VALUE, ALONG_VALUE)), using=[second, values, value, unit])
    both_ways(D, "second solution", *there, *back)


def _first_is(found: Any, optimum: Any = QUARTER) -> dict[str, Any]:
    return {"first solution, a >= 3": Implies(Le(3, a), _solves_first(optimum, found))}


def _second_is(found: Any, offset: Any) -> dict[str, Any]:
    return {
        "second solution": Iff(
            And(second_feasible(), Le(SECOND_VALUE, ALONG_VALUE)),
            And(ForAll(k < d, Eq(v(k), found)), Eq(b, offset)),
        )
    }


HALF, THIRD, FIFTH = Fraction(1, 2), Fraction(1, 3), Fraction(1, 5)
SAME_POINT = FalseStatement("same-point", hypotheses={"apart": None}, countermodel=model([0, 0], [0], 0, a=-1))
OPTIMA_FALSE = (
    FalseStatement(
        "halves-for-every-a",
        {"first solution, a >= 3": _solves_first(QUARTER, FAR)},
        countermodel=model([HALF, HALF], a=2),
    ),
    FalseStatement("all-halves", _first_is(HALF), countermodel=model([HALF, 0, HALF])),
    FalseStatement("one-solution-for-both", _first_is(NEAR), countermodel=model([2 * FIFTH, 3 * FIFTH], a=4)),
    FalseStatement(
        "both-active",
        {"first program, a >= 3": Implies(Le(3, a), first_feasible(), Le(NEAR_VALUE, FIRST_VALUE))},
        countermodel=model([HALF, HALF], a=5),
    ),
    FalseStatement("no-bias", _second_is(ALONG, 0), countermodel=model([0, 0], [HALF], 0)),
    FalseStatement("half-the-normal", _second_is(ALONG / 2, OFFSET), countermodel=model([0, 0], [HALF / 2], HALF)),
    FalseStatement(
        "quarter-in-the-second",
        {"second program": Implies(second_feasible(), Le(QUARTER, SECOND_VALUE))},
        countermodel=model([0, 0], [THIRD], 2 * THIRD, a=5),
    ),
    SAME_POINT,
)

# --- far apart -------------------------------------------------------------------------------------------------------

U, V, B = function("U", "RN>R"), function("V", "RN>R"), function("B", "R>R")
x, e, M = reals("x e M")

FIRST_FAMILY = Hypothesis(
    "first solutions",
    ForAll(a, k, Eq(U(a, k), bracket(Le(3, a)) * FAR + bracket(Lt(a, 3)) * NEAR)),
    "U(a) is what svm-bias-optima finds for the first program",
    role="definition",
)
SECOND_FAMILY = Hypothesis(
    "second solutions",
    ForAll(a, k, Eq(V(a, k), ALONG)),
    "V(a) is what it finds for the second program",
    role="definition",
)
BIAS_FAMILY = Hypothesis("biases", ForAll(a, Eq(B(a), OFFSET)), "with this bias", role="definition")


def _first_at(a: Any) -> Any:
    return S(k, d + 1, U(a, k) ** 2) / 2


def _second_at(a: Any) -> Any:
    return S(k, d, V(a, k) ** 2) / 2


def _of_u(k: Any) -> Any:
    return U(a, k)


def _of_v(k: Any) -> Any:
    return V(a, k)


LIMITS = {
    "first program solved": And(first_feasible(_of_u), Implies(first_feasible(), Le(_first_at(a), FIRST_VALUE))),
    "second program solved": And(
        second_feasible(_of_v, B(a)), Implies(second_feasible(), Le(_second_at(a), SECOND_VALUE))
    ),
    "first value": ForAll(a, Implies(Le(3, a), Eq(_first_at(a), QUARTER))),
    "second value": ForAll(a, Implies(Lt(-1, a), Eq(_second_at(a), 2 / (a + 1) ** 2))),
    "first limit": lim(a, "oo", _first_at(a), QUARTER),
    "second limit": lim(a, "oo", _second_at(a), 0),
}


@cache
def _solved() -> Mapping[str, Theorem]:
    """The parts of `svm-bias-optima`."""
    board = Board([h.term for h in (*DATA, APART)], {name: to_term(part) for name, part in OPTIMA.items()})
    _derive_optima(board)
    return board.concluded


def _optima(name: str, *, at_families: bool = False) -> Theorem:
    """A part of `svm-bias-optima`, for arbitrary solutions or for the families."""
    part = _solved()[name]
    return applied(part, {u: (k, U(a, k)), v: (k, V(a, k)), b: B(a)}) if at_families else part


def _derive_limits(D: Board) -> None:
    D.given(APART.formula)  # svm-bias-optima supposes it
    D.ignore(*(h.term for h in DATA[1:]))  # what the solutions of the programs are is known by now
    reason = "the solution, by svm-bias-optima"
    for region, name, optimum, found in (
        (Le(3, a), "a >= 3", QUARTER, FAR),
        (Lt(a, 3), "a < 3", NEAR_VALUE, NEAR),
    ):
        with D.likewise(reason):
            values = D.have(Implies(region, ForAll(k < d + 1, Eq(U(a, k), found))))
            solves = _optima(f"first solution, {name}", at_families=True)
            good = And(first_feasible(_of_u), Le(_first_at(a), optimum))
            best = D.have(Implies(region, good), prover=logic(values, solves))
        with D.suppose(region, first_feasible()), D.likewise("no other one has a smaller value"):
            premises = D.given(region), D.given(first_feasible())
            growth_ = D.have(_growth_first(optimum, found), using=[_optima(f"first program, {name}"), *premises])
            value = D.have(Le(_first_at(a), optimum), using=[best, premises[0]])
            facts = [growth_, value, squared_distance(d + 1, u, found)]
            D.have(Le(_first_at(a), FIRST_VALUE), using=facts)
    D.conclude("first program solved", "in either case")
    with D.likewise(reason):
        values = D.have(And(ForAll(k < d, Eq(V(a, k), ALONG)), Eq(B(a), OFFSET)))
        solves = _optima("second solution", at_families=True)
        best = D.have(And(second_feasible(_of_v, B(a)), Le(_second_at(a), ALONG_VALUE)), prover=logic(values, solves))
    with D.suppose(second_feasible()), D.likewise("no other one has a smaller value"):
        premise = D.given(second_feasible())
        growth_ = D.have(GROWTH_SECOND, using=[_optima("second program"), premise])
        D.have(Le(_second_at(a), SECOND_VALUE), using=[growth_, best, squared_distance(d, v, ALONG)])
    D.conclude("second program solved")
    D.ignore(APART.term)
    first = D.have(LIMITS["first value"], "1/8 + 1/8, whatever a is")
    D.conclude("first value")
    square = proved(ForAll(x, Eq((1 / x) ** 2, 1 / x**2)))
    raw = D.have(ForAll(a, Eq(_second_at(a), ALONG_VALUE)), "one coordinate is left")
    second_value = D.have(ForAll(a, Eq(_second_at(a), 2 / (a + 1) ** 2)), using=[raw, square])
    D.conclude("second value", using=[second_value])
    with _limit(D, "first limit") as near:
        with D.suppose(Le(3, a), fix=[a]):
            D.have(Le(absolute(_first_at(a) - QUARTER), e), "it is 1/4 from there on", using=[first, *D.theorems[-2:]])
        D.witness(near, 3)
    with _limit(D, "second limit") as near:
        with D.suppose(Le(2 / e, a), fix=[a]):
            premises = D.given(Lt(0, e)), D.given(Le(2 / e, a))
            decay = D.have(Le(ALONG_VALUE, e), "2 <= e a", using=[at(small_square(), a, e), *premises])
            D.have(Le(absolute(_second_at(a) - 0), e), using=[at(raw, a), decay])
        D.witness(near, 2 / e)


@contextmanager
def _limit(D: Board, part: str) -> Iterator[Term]:
    """A block for arbitrary e > 0, which has to name where the body stays within e; the part is concluded then."""
    text = epsilon_delta(to_term(LIMITS[part]))
    with D.suppose(Lt(0, e), fix=[e]):
        yield instantiate(text.args[0], [to_term(e)]).args[1]
    D.unfold(LIMITS[part])
    D.conclude(part)


def _not_the_limit(part: str, wrong: Any) -> Callable[[], Theorem]:
    """At x = max(M, 16) the body is 1/4, or at most 1/8: further from the wrong limit than 1/16."""
    body, family = FAMILIES[part]
    claim = to_term(lim(a, "oo", body(a), wrong))

    def derive() -> Theorem:
        board = Board([family.term, DIMENSION.term], {})
        values = board.have(
            ForAll(a, Implies(Le(3, a), Eq(body(a), QUARTER if part == "first limit" else ALONG_VALUE)))
        )
        with board.suppose(claim):
            meant = infer("taut", [board.given(claim), infer("unfold", (), claim)], epsilon_delta(claim))
            there = at(meant, Fraction(1, 16))
            there = infer("taut", [there, board.have(there.statement.args[0])], there.statement.args[1])
            with board.obtain(there, M):
                far = maxi(M, 16)
                beyond = board.have(And(Le(M, far), Le(16, far), Le(3, far)))
                close = at(infer("taut", [board.theorems[-2]], board.theorems[-2].statement), far)
                close = board.have(close.statement.args[1], using=[close, beyond])
                value = board.have(at(values, far).statement.args[1], using=[at(values, far), beyond])
                small = at(small_square(), far, Fraction(1, 8))
                board.have(to_term(Lt(0, 0)), using=[close, value, small, beyond])
        return infer("taut", [board.theorems[-1]], lnot(claim))

    return derive


FAMILIES = {"first limit": (_first_at, FIRST_FAMILY), "second limit": (_second_at, SECOND_FAMILY)}


def _wrong_limit(name: str, part: str, wrong: Any) -> FalseStatement:
    body, _ = FAMILIES[part]
    return FalseStatement(name, {part: lim(a, "oo", body(a), wrong)}, negation=_not_the_limit(part, wrong))


LIMITS_FALSE = (
    _wrong_limit("both-vanish", "first limit", 0),
    _wrong_limit("both-quarter", "second limit", QUARTER),
    _wrong_limit("first-half", "first limit", HALF),
    FalseStatement(
        "rate-without-square",
        {"second value": ForAll(a, Eq(_second_at(a), NORMAL))},
        readings={"second value": Eq(_second_at(a), NORMAL)},
        countermodel=model([0, 0]),
    ),
    FalseStatement(
        "quarter-from-the-start",
        {"first value": ForAll(a, Eq(_first_at(a), QUARTER))},
        readings={"first value": Eq(_first_at(a), QUARTER)},
        countermodel=model([0, 0]),
    ),
    SAME_POINT,
)

PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="svm-bias-limits",
            title="As the second point moves away, the values tend to 1/4 and to 0",
            sources=(("001", "1f"),),
            hypotheses=(*DATA, APART, FIRST_FAMILY, SECOND_FAMILY, BIAS_FAMILY),
            parts=LIMITS,
            derive=_derive_limits,
            not_covered=(
                "a < 3 for the first program, whose optimum differs there.",
            ),
            false=LIMITS_FALSE,
            models=(model([1, 0, 0], [1, 1], 0), model([1, 0], [1], 0, a=1)),
            rewording={"first value": ForAll(a, Implies(Le(3, a), Eq(4 * _first_at(a), 1)))},
            readings={
                "first value": Implies(Le(3, a), Eq(_first_at(a), QUARTER)),
                "second value": Eq(_second_at(a), 2 / (a + 1) ** 2),
            },
        ),
        Proposition(
            id="svm-bias-optima",
            title="The solutions of both programs for e_1 and -a e_1, and that there are no others",
            sources=(("001", "1e"),),
            hypotheses=(*DATA, APART),
            parts=OPTIMA,
            derive=_derive_optima,
            not_covered=("Data other than the two points.",),
            false=OPTIMA_FALSE,
            models=(
                model([HALF, 0, HALF], [HALF, 0], HALF),
                model([2 * THIRD, THIRD], [2 * THIRD], THIRD, a=2),
                model([1, 2], [1], 2, a=-2),
            ),
            rewording={"second program": Implies(second_feasible(), Le(0, SECOND_VALUE - GROWTH_SECOND.args[0]))},
        ),
    )
}
