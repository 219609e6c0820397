"""The box function by two step units: exactly with an output bias, and never without one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.knowledge import FALSE
from .board.notation import (
    And,
    Eq,
    Exists,
    ForAll,
    Implies,
    Le,
    Lt,
    Ne,
    Not,
    Or,
    S,
    absolute,
    bracket,
    function,
    naturals,
    reals,
    step,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .board.rewriting import rewritten
from .kernel.term import lnot, num, substitute
from .kernel.theorem import Theorem, infer
from .library.calculus import applied
from .library.order import at
from .library.premises import discharged
from .library.steps import d, middle, one_number, p, q, r, s, steady, three_points, u
from .library.steps import v as v0

k = naturals("k")  # a hidden unit
x, y, h, de, c = reals("x y h de c")  # input, height and width of the box, output bias
w, b, v = function("w", "N>R"), function("b", "N>R"), function("v", "N>R")  # of the network that is drawn
W, B, V = function("W", "N>R"), function("B", "N>R"), function("V", "N>R")  # of any two units
SECOND = bracket(Eq(k, 1))


def _box(t: Any) -> Any:
    return h * bracket(And(Lt(0, t), Lt(t, de)))


def _two(t: Any) -> Any:
    """Any two step units, summed without an output bias."""
    return V(0) * step(W(0) * t + B(0)) + V(1) * step(W(1) * t + B(1))


def _weights(name: str, formula: Any, words: str) -> Hypothesis:
    return Hypothesis(name, formula, words, role="definition")


SLOPES = _weights("weights", ForAll(k, Eq(w(k), 1 - 2 * SECOND)), "the hidden weights are 1 and -1")
SHIFTS = _weights("biases", ForAll(k, Eq(b(k), de * SECOND)), "the hidden biases are 0 and delta")
OUTPUT = _weights("output weights", ForAll(k, Eq(v(k), h)), "both output weights are h")
BIAS = _weights("output bias", Eq(c, -h), "the output bias is -h")
WIDTH = Hypothesis("width", Lt(0, de), "the box has a positive width", needed_by="no-width")

NETWORK = S(k, 2, v(k) * step(w(k) * x + b(k))) + c
OFF = absolute(_box(x) - _two(x))
THIRD = absolute(h) / 3
PARTS = {
    "exact": Eq(NETWORK, _box(x)),
    "usual answer": Eq(h * step(x) - h * step(x - de), _box(x) + h * bracket(Eq(x, de))),
    "step with value 1 at 0": Eq(h - h * bracket(Le(0, -x)) - h * bracket(Le(0, x - de)), _box(x)),
    "a third unit for the bias": Eq(h * step(x) + h * step(de - x) - h * step(0 * x + 1), _box(x)),
    "without an output bias": Exists(x, Le(THIRD, OFF)),
    "not exactly": Implies(Ne(h, 0), Not(ForAll(x, Eq(_two(x), _box(x))))),
    "a third is attained": Le(absolute(h / 3 * step(x) + h / 3 * step(de - x) - _box(x)), THIRD),
}


def _derive(D: Board) -> None:
    with D.likewise("the weights and biases"):
        D.have(And(Eq(w(0), 1), Eq(w(1), -1), Eq(b(0), 0), Eq(b(1), de)))
    D.conclude("exact", "inside both units give h and the bias takes one back, outside one unit gives what it takes")
    D.conclude("usual answer", "at delta the second unit is still off")
    D.conclude("step with value 1 at 0", "such a step is 1 less the other one of -z")
    D.conclude("a third unit for the bias", "a unit with weight 0 and bias 1 is always on")
    D.ignore(*(p.formula for p in (SLOPES, SHIFTS, OUTPUT, BIAS)), *(t.statement for t in D.theorems[5:]))
    _never_within_a_third(D)
    D.conclude("without an output bias")
    same = ForAll(x, Eq(_two(x), _box(x)))
    with D.suppose(Ne(h, 0)), D.suppose(same), D.obtain(D.given(PARTS["without an output bias"]), y):
        D.have(Eq(_two(y), _box(y)))
        D.contradiction("the error would be 0, which is less than |h|/3")
    D.conclude("not exactly")
    D.conclude("a third is attained", "two units of height h/3 give h/3, 2h/3 and h/3")


def _near(t: Any, value: Any) -> Any:
    return Lt(absolute(value - _two(t) if value is h else _two(t)), THIRD)


def _close_at(D: Board, close: Theorem, t: Any, value: Any, reason: str) -> None:
    """The network is near to `value` at t, where the box has this value."""
    with D.likewise(reason):
        D.use(rewritten(at(close, t), D.have(Eq(_box(t), value))))
        D.have(_near(t, value))


def _never_within_a_third(D: Board) -> None:
    """Reading the error at five points: 0, a little to its right, delta/2, a little to the left of delta, delta."""
    with D.suppose(ForAll(x, Not(Le(THIRD, OFF)))):
        close = D.have(ForAll(x, Lt(OFF, THIRD)), "suppose the error were less than |h|/3 everywhere")
        D.ignore(to_term(ForAll(x, Not(Le(THIRD, OFF)))), close.statement)
        for t, value, place in ((0, 0, "at the left end"), (de, 0, "at the right end"), (de / 2, h, "in the middle")):
            _close_at(D, close, t, value, place)
        _a_unit_changes(D, close, 0, "so at 0 a unit has its threshold")
        with D.likewise("and at delta a unit has its threshold, by the same argument"):
            _a_unit_changes(D, close, de, "")
        _no_middle(D)


def _no_middle(D: Board) -> None:
    """The value in the middle is made of those at the ends."""
    at_ends = _two(0), _two(de)
    outcomes = [Eq(_two(de / 2), total) for total in (*at_ends, _two(0) + _two(de))]
    values = {u: V(0), v0: V(1), p: W(0), q: B(0), r: W(1), s: B(1), d: de}
    D.use(discharged(D, applied(middle(), values)))
    built = D.have(
        Or(*outcomes), "a unit that changes at both ends is always off, one that changes at one end is 0 there"
    )
    near = [D.given(_near(t, 0)) for t in (0, de)]
    far = [at(one_number(), total, h) for total in at_ends]
    far = [infer("taut", [f, n], f.statement.args[1]) for f, n in zip(far, near, strict=True)]
    both = at(three_points(), *at_ends, h)
    far.append(infer("taut", [both, *near], both.statement.args[1].args[1]))
    inside = D.given(_near(de / 2, h))
    with D.likewise("any of the three would be near to h"):
        for outcome, distant in zip(outcomes, far, strict=True):
            with D.suppose(outcome):
                D.use(infer("taut", [rewritten(inside, D.given(outcome)), distant], FALSE))
                D.contradiction()
    D.use(infer("taut", [built, *D.theorems[-3:]], FALSE))
    D.contradiction("no number, and no sum of two, that are near to 0 is near to h")


def _a_unit_changes(D: Board, close: Theorem, end: Any, reason: str) -> None:
    """One of the units has its threshold at this end of the box: steadiness is read from the end inwards."""
    left = end == 0
    ends = [B(i) if left else W(i) * end + B(i) for i in (0, 1)]
    slopes = [W(i) if left else -W(i) for i in (0, 1)]
    with D.suppose(*(Ne(e, 0) for e in ends)):
        close_by = discharged(D, at(steady(), slopes[0], ends[0], slopes[1], ends[1], de))
        with D.obtain(close_by, y):
            inside = y if left else end - y
            _close_at(D, close, inside, h, "a little inside the box")
            same = D.have(Eq(_two(inside), _two(end)), "neither unit has changed")
            moved = rewritten(D.given(_near(inside, h)), same)
            D.use(infer("taut", [at(one_number(), _two(end), h), D.given(_near(end, 0)), moved], FALSE))
            D.contradiction("no number is near to 0 and to h")
    D.have(Or(*(Eq(e, 0) for e in ends)), reason)


def _model(**numbers: Fraction | int) -> Callable[[], Model]:
    """The box of width 1 and height 1 read at x = 1/2, and two units of height 1/3, unless other numbers are given."""

    def build() -> Model:
        values: dict[str, Any] = {"h": 1, "de": 1, "x": Fraction(1, 2)} | numbers
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {("W", "N>R"): lambda k: 1 - 2 * int(k == 1), ("B", "N>R"): lambda k: int(k == 1)}
        tables |= {("V", "N>R"): lambda k: Fraction(1, 3)}
        return Model((Fraction(1),), tables)

    return build


def _half_is_too_much() -> Theorem:
    """Two units of height 1/3 stay within 1/3 of the box of width and height 1."""
    units = ForAll(k, Eq(W(k), 1 - 2 * SECOND)), ForAll(k, Eq(B(k), SECOND)), ForAll(k, Eq(V(k), Fraction(1, 3)))
    board = Board([to_term(p) for p in units], {})
    board.have(And(Eq(W(0), 1), Eq(W(1), -1), Eq(B(0), 0), Eq(B(1), 1)))
    board.have(And(Eq(V(0), Fraction(1, 3)), Eq(V(1), Fraction(1, 3))))
    board.ignore(*units)
    within = substitute(to_term(Not(Le(absolute(h) / 2, OFF))), {("h", ">R"): num(1), ("de", ">R"): num(1)})
    with board.suppose(fix=[x]) as found:
        for region in (Le(x, 0), And(Lt(0, x), Lt(x, 1)), Le(1, x)):  # 2/3 between 0 and 1, else 1/3
            with board.suppose(region):
                inside = bracket(And(Lt(0, x), Lt(x, 1)))
                board.have(Eq(_two(x), Fraction(1, 3) + inside / 3))
                board.have(within)
        board.have(within)
    goal = substitute(to_term(HALF), {("h", ">R"): num(1), ("de", ">R"): num(1)})
    return infer("taut", found, lnot(goal))


def _nothing_is_exact() -> Theorem:
    """Two units of height 0 give the box of height 0."""
    units = ForAll(k, Eq(V(k), 0))
    board = Board([to_term(units)], {})
    board.have(And(Eq(V(0), 0), Eq(V(1), 0)))
    flat = substitute(to_term(ForAll(x, Eq(_two(x), _box(x)))), {("h", ">R"): num(0)})
    return infer("taut", [board.have(flat)], lnot(lnot(flat)))


HALF = Exists(x, Le(absolute(h) / 2, OFF))
FALSE_STATEMENTS = (
    FalseStatement(
        "usual-weights",
        hypotheses={
            "weights": _weights("weights", ForAll(k, Eq(w(k), 1)), "both hidden weights are 1"),
            "biases": _weights("biases", ForAll(k, Eq(b(k), -de * SECOND)), "the hidden biases are 0 and -delta"),
            "output weights": _weights(
                "output weights", ForAll(k, Eq(v(k), h - 2 * h * SECOND)), "the output weights are h and -h"
            ),
            "output bias": _weights("output bias", Eq(c, 0), "there is no output bias"),
        },
        parts={"exact": PARTS["exact"]},
        countermodel=_model(x=1),
    ),
    FalseStatement(
        "no-output-bias",
        hypotheses={"output bias": _weights("output bias", Eq(c, 0), "there is no output bias")},
        parts={"exact": PARTS["exact"]},
        countermodel=_model(),
    ),
    FalseStatement(
        "step-is-one-at-zero",
        {"exact": Eq(S(k, 2, v(k) * bracket(Le(0, w(k) * x + b(k)))) + c, _box(x))},
        countermodel=_model(x=0),
    ),
    FalseStatement(
        "usual-answer-fails-at-zero",
        {"usual answer": Eq(h * step(x) - h * step(x - de), _box(x) + h * bracket(Eq(x, 0)))},
        countermodel=_model(x=1),
    ),
    FalseStatement(
        "half-the-height-off",
        {"without an output bias": HALF},
        readings={"error": Le(absolute(h) / 2, OFF)},
        negation=_half_is_too_much,
    ),
    FalseStatement("any-height", {"not exactly": Not(ForAll(x, Eq(_two(x), _box(x))))}, negation=_nothing_is_exact),
    FalseStatement("no-width", hypotheses={"width": None}, countermodel=_model(de=-1, x=Fraction(-1, 2))),
)

PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="box-function",
            title="Two step units and an output bias give the open box exactly; without the bias they miss it by h/3",
            sources=(("002", "1a"),),
            hypotheses=(WIDTH, SLOPES, SHIFTS, OUTPUT, BIAS),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "Approximation, in which two units come as close to the box as one likes almost everywhere.",
            ),
            false=FALSE_STATEMENTS,
            models=(_model(), _model(h=-2, de=3, x=3)),
            readings={"error": Le(THIRD, OFF)},
            rewording={
                "usual answer": Eq(h * step(x) - h * step(x - de) - _box(x), h * bracket(Eq(x, de))),
            },
        ),
    )
}
