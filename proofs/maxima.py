"""The derivative of the greatest of finitely many functions, where one is the greatest and where several are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from . import supremum
from .board.board import Board
from .board.bridge import to_term
from .board.enclosures import sign
from .board.finite import Model
from .board.notation import (
    And,
    D,
    Eq,
    Exists,
    ForAll,
    Iff,
    Implies,
    Le,
    Lt,
    Ne,
    Not,
    S,
    absolute,
    function,
    maxi,
    naturals,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.term import abstract
from .kernel.theorem import Theorem, infer
from .library import maxima
from .library.calculus import applied, increments, local_rule
from .library.maxima import approaches
from .library.order import at

n, i, k, p = naturals("n i k p")  # the functions are f(0), ..., f(n); p is the greatest one at a
a, x, y, h, d, d1 = reals("a x y h d d1")
u, v, z = reals("u v z")  # derivatives
f, mx = function("f", "NR>R"), function("mx", "NR>R")
w, s = function("w", "N>R"), function("s", "N>R")  # what back-propagation gives each of the functions, their slopes

MAXIMUM = Hypothesis(
    "maximum",
    And(ForAll(x, Eq(mx(0, x), f(0, x))), ForAll(n, x, Eq(mx(n + 1, x), maxi(mx(n, x), f(n + 1, x))))),
    "mx(n, x) is the greatest of f(0, x), ..., f(n, x)",
    role="definition",
)


def _member(index: Any) -> Callable[[Any], Any]:
    return lambda point: f(index, point)


def _slope(index: Any, value: Any) -> Any:
    return D(x, f(index, x), a, value)


def _others(*claims: Any) -> Any:
    """The claims about every function but f(p)."""
    return ForAll(i < n + 1, Implies(Ne(i, p), And(*claims) if len(claims) > 1 else claims[0]))


def _greatest(index: Any) -> Any:
    return Eq(f(index, a), mx(n, a))


WINNER = Lt(p, n + 1)
UNIQUE = _others(Lt(f(i, a), f(p, a)))
CONTINUOUS = _others(approaches(_member(i), a))
WHOLE = D(x, mx(n, x), a, v)
TIED = (Lt(i, n + 1), Lt(k, n + 1), _greatest(i), _greatest(k), _slope(i, u), _slope(k, v))
EACH = ForAll(i < n + 1, Implies(Ne(w(i), 0), Eq(s(i), v)))
PARTS = {
    "unique maximiser": Implies(WINNER, UNIQUE, CONTINUOUS, Iff(_slope(p, v), WHOLE)),
    "every maximiser": Implies(Lt(i, n + 1), _greatest(i), _slope(i, u), WHOLE, Eq(u, v)),
    "tie": Implies(*TIED, Ne(u, v), Not(Exists(z, D(x, mx(n, x), a, z)))),
    "weights": Implies(EACH, Eq(S(i, n + 1, w(i)), 1), Eq(S(i, n + 1, w(i) * s(i)), v)),
}


CALCULUS_F, CALCULUS_G, slope = function("f", "R>R"), function("g", "R>R"), reals("u")  # as its theorems call them
ABOVE = ForAll(x, i < n + 1, Le(f(i, x), mx(n, x)))
LEAST = ForAll(x, y, Implies(ForAll(i < n + 1, Lt(f(i, x), y)), Lt(mx(n, x), y)))


def _bounds(B: Board) -> None:
    """Lines: the maximum is above all functions, and below what all of them are below."""
    B.induction(n, ABOVE, "no function is above the greatest")
    below = ForAll(i < n + 2, Lt(f(i, x), y))

    def base() -> None:
        with B.suppose(ForAll(i < 1, Lt(f(i, x), y)), fix=[x, y]):
            B.have(Lt(f(0, x), y))
            B.have(Lt(mx(0, x), y))

    def step() -> None:
        with B.suppose(below, fix=[x, y]):
            B.have(ForAll(i < n + 1, Lt(f(i, x), y)))
            first = B.have(Lt(mx(n, x), y))
            second = B.have(Lt(f(n + 1, x), y))
            B.have(Lt(mx(n + 1, x), y), using=[B.given(MAXIMUM.formula), first, second])

    with B.likewise("and what is above all functions is above it"):
        B.induction(n, LEAST, base=base, step=step)


def _modus_ponens(B: Board, theorem: Theorem) -> Theorem:
    """The conclusion of an implication whose premise stands above."""
    premise, conclusion = theorem.statement.args
    return infer("taut", [theorem, B.given(premise)], conclusion)


def _others_below(B: Board, source: Callable[[Any], Any]) -> Theorem:
    """There is a radius within which the others are below `source`, which is continuous and above them at a."""
    family = ((maxima.F.name, maxima.F.signature), abstract(to_term(f(i, x)), [to_term(i).data, to_term(x).data]))
    lemma = infer("substitute", [maxima.all_stay_below()], (family,))
    lemma = applied(lemma, {maxima.q: (x, source(x)), maxima.w: p})
    return at(_modus_ponens(B, lemma), n + 1)


def _carried_over(B: Board, source: Callable[[Any], Any], target: Callable[[Any], Any]) -> None:
    """Lines: near a the two functions agree, one f(p) and one the maximum, if the source has a derivative there."""
    rule = applied(local_rule(), {CALCULUS_F: (x, source(x)), CALCULUS_G: (x, target(x)), slope: v})
    agree, derivative = rule.statement.args[1].args
    B.use(at(applied(maxima.differentiable_is_continuous(), {CALCULUS_F: (x, source(x))}), a, v))
    B.have(maxima.continuous(source, a), "what has a derivative is continuous")
    below = _others_below(B, source)
    with B.likewise("the others are below it at a, and continuous"):
        least = B.have(Le(f(p, a), source(a)))
        with B.suppose(Lt(i, n + 1), Ne(i, p), fix=[i]):
            smaller = B.have(Lt(f(i, a), f(p, a)))
            B.have(Lt(f(i, a), source(a)), using=[least, smaller])
        B.have(below.statement.args[0])
    with B.obtain(_modus_ponens(B, below), d1):
        with B.suppose(Le(absolute(h), d1), fix=[h]):
            B.use(at(increments(B, d1), h))
            top, winner = mx(n, a + h), f(p, a + h)
            with B.suppose(Lt(winner, top)):
                with B.likewise("were f(p) below the maximum, so were all"), B.suppose(Lt(i, n + 1), fix=[i]):
                    with B.suppose(Eq(i, p)):
                        B.have(Lt(f(i, a + h), top), by=B.given(Eq(i, p)), using=[B.given(Lt(winner, top))])
                    with B.suppose(Ne(i, p)):
                        B.have(Lt(f(i, a + h), top))
                    B.have(Lt(f(i, a + h), top))
                B.use(at(B.given(ForAll(n, LEAST)), n, a + h, top))
                B.contradiction("then the maximum were above all functions")
            B.have(Le(winner, top))
            B.have(Eq(source(a + h), target(a + h)), "so f(p) is the maximum there")
        B.witness(agree, d1)
    B.use(infer("taut", [rule, B.given(D(x, source(x), a, v)), B.theorems[-1]], derivative))


def _touches(B: Board, index: Any, own: Any, whole: Any, reason: str) -> None:
    """A line: the derivative of a maximiser is that of the maximum, if there is one."""
    with B.likewise(reason):
        B.have(ForAll(x, Le(f(index, x), mx(n, x))))
        lemma = applied(maxima.touching(), {CALCULUS_F: (x, f(index, x)), CALCULUS_G: (x, mx(n, x))})
        B.use(at(lemma, a, own, whole))
        B.have(Eq(own, whole))


def _derive(B: Board) -> None:
    _bounds(B)
    premises = WINNER, UNIQUE, CONTINUOUS
    with B.suppose(Lt(i, n + 1), Ne(i, p), CONTINUOUS, fix=[i]):
        B.have(approaches(_member(i), a))
        B.use(at(applied(maxima.from_limits(), {CALCULUS_F: (x, f(i, x))}), a))
        B.have(maxima.continuous(_member(i), a), "limits from both sides, in epsilon and delta")
    with B.suppose(*premises, _slope(p, v)):
        _carried_over(B, lambda point: f(p, point), lambda point: mx(n, point))
        B.have(WHOLE, "functions that agree near a have one derivative there")
    with B.suppose(*premises, WHOLE), B.likewise("likewise from the maximum, which is above the other functions at a"):
        _carried_over(B, lambda point: mx(n, point), lambda point: f(p, point))
        B.have(_slope(p, v))
    B.conclude("unique maximiser")
    with B.suppose(Lt(i, n + 1), _greatest(i), _slope(i, u), WHOLE):
        _touches(B, i, u, v, "mx(n, x) - f(i, x) is least, 0, at a: its derivative there is 0")
    B.conclude("every maximiser")
    derivative = Exists(z, D(x, mx(n, x), a, z))
    with B.suppose(*TIED, Ne(u, v)):
        with B.suppose(derivative), B.obtain(B.given(derivative), z):
            _touches(B, i, u, z, "the derivative of one maximiser")
            _touches(B, k, v, z, "and of the other")
            B.have(Eq(u, v), "the two are one")
        B.have(Not(derivative))
    B.conclude("tie")
    with B.suppose(EACH, Eq(S(i, n + 1, w(i)), 1)):
        B.have(ForAll(i < n + 1, Eq(w(i) * s(i), w(i) * v)), "w(i) = 0, or s(i) = v")
        B.have(Eq(S(i, n + 1, w(i) * s(i)), v * S(i, n + 1, w(i))))
    B.conclude("weights")


# --- finite models and false siblings -----------------------------------------------------------------------------

Number = int | Fraction


def _model(
    functions: Sequence[Callable[[Any], Any]],
    weights: Sequence[Number] = (1,),
    slopes: Sequence[Number] = (1,),
    **numbers: Number,
) -> Callable[[], Model]:
    """These functions of a real at a = 0, what back-propagation gives them and their slopes; p, i, k, u, v by name."""
    values: dict[str, Number] = {"p": 0, "i": 0, "k": 0, "u": 1, "v": 1, **numbers}

    def entry(table: Sequence[Number]) -> Callable[[int], Number]:
        return lambda index: table[int(index)] if index < len(table) else 0

    def build() -> Model:
        tables: dict[tuple[str, str], Any] = {(name, ">N"): values[name] for name in "pik"}
        tables |= {(name, ">R"): Fraction(values[name]) for name in "uv"}
        tables |= {("n", ">N"): len(functions) - 1, ("a", ">R"): Fraction(0)}
        tables |= {("w", "N>R"): entry(weights), ("s", "N>R"): entry(slopes)}
        tables[("f", "NR>R")] = lambda index, t: functions[int(index)](t) if index < len(functions) else 0 * t
        return Model((Fraction(1),), tables)

    return build


def _line(slope: Number, height: Number = 0) -> Callable[[Any], Any]:
    return lambda t: slope * t + height


def _bent(t: Any) -> Any:
    return sign(t) * t + -1


def _jump(t: Any) -> Any:
    return -1 if sign(t) == 0 else 1


def _misjudged(
    name: str, part: str, formula: Any, model: Callable[[], Model], readings: Mapping[str, Any] | None = None
) -> FalseStatement:
    return FalseStatement(name, {part: formula}, readings=readings or {}, countermodel=model)


def _slope_at_a_tie(name: str, value: Any) -> FalseStatement:
    """At a tie of two functions the maximum has the derivative `value`."""
    derivative = D(x, mx(n, x), a, value)
    return _misjudged(name, "tie", Implies(*BOTH, derivative), CROSSING, {"derivative": derivative})


SAME = Iff(_slope(p, v), WHOLE)
BOTH = (*TIED, Eq(n, 1), Ne(i, k))
CROSSING = _model((_line(1), _line(-1)), (Fraction(1, 2), Fraction(1, 2)), (1, -1), k=1, v=-1)
FALSE = (
    _misjudged(
        "tie",
        "unique maximiser",
        Implies(WINNER, _greatest(p), CONTINUOUS, SAME),
        _model((_line(1), _line(-1))),
    ),
    _misjudged("jump", "unique maximiser", Implies(WINNER, UNIQUE, SAME), _model((_line(0), _jump), v=0)),
    _misjudged(
        "argmin",
        "unique maximiser",
        Implies(WINNER, _others(Lt(f(p, a), f(i, a))), CONTINUOUS, SAME),
        _model((_line(2, -1), _line(1)), v=2),
    ),
    FalseStatement(
        "supremum",
        {"unique maximiser": supremum.STATEMENT},
        readings={"derivative": supremum.DERIVATIVE},
        negation=supremum.not_the_derivative,
    ),
    _slope_at_a_tie("average-of-slopes", (u + v) / 2),
    _slope_at_a_tie("largest-slope", maxi(u, v)),
    _misjudged(
        "uniqueness-is-necessary",
        "every maximiser",
        Implies(Lt(i, n + 1), Lt(k, n + 1), _greatest(i), _greatest(k), WHOLE, Eq(i, k)),
        _model((_line(1), lambda t: t + t * t), k=1),
    ),
    _misjudged(
        "any-weights",
        "weights",
        Implies(Eq(S(i, n + 1, w(i)), 1), Eq(S(i, n + 1, w(i) * s(i)), v)),
        CROSSING,
    ),
)

PROPOSITIONS = {
    q.id: q
    for q in (
        Proposition(
            id="max-derivative",
            title="Where one of finitely many functions is the greatest, their maximum has its derivative",
            sources=(("004", "4"),),
            hypotheses=(MAXIMUM,),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "Infinite families, for which it fails (twin).",
            ),
            false=FALSE,
            models=(
                _model((_line(1), _line(-2, -1)), (1, 0), (1, -2)),
                _model((_bent, _line(3), _line(0, -2)), (0, 1), (0, 3), p=1, i=1, v=3, u=3),
                CROSSING,
            ),
            readings={"derivative": WHOLE, "greatest": _greatest(i)},
            rewording={"every maximiser": Implies(Lt(i, n + 1), _greatest(i), _slope(i, u), WHOLE, Eq(v, u))},
        ),
    )
}
