"""The program with a free bias is convex; `margins` states the claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import And, Eq, ForAll, Iff, Implies, Le, Lt, Ne, Or, S, function, naturals, reals
from .board.proposition import FalseStatement, Hypothesis
from .library import squares
from .library.calculus import applied
from .library.order import at
from .two_points import X, b, d, entries, i, k, v, y

n = naturals("n")
c, t = reals("c t")
w, z = function("w", "N>R"), function("z", "N>R")

WEIGHT = Hypothesis(
    "weight", And(Le(0, t), Le(t, 1)), "t is the weight of a convex combination", needed_by="any-weight"
)


def _mixed(first: Any, second: Any) -> Any:
    return t * first + (1 - t) * second


def _margin(solution: Any, bias: Any, label: Any = None) -> Any:
    """The margin of point i."""
    return (y(i) if label is None else label) * (S(k, d, X(i, k) * solution(k)) + bias)


def _satisfied(solution: Any, bias: Any, label: Any = None) -> Any:
    return ForAll(i < n, Le(1, _margin(solution, bias, label)))


def _value(solution: Any) -> Any:
    return S(k, d, solution(k) ** 2) / 2


def _between(k: Any) -> Any:
    return _mixed(v(k), w(k))


DISTANCE = S(k, d, (v(k) - w(k)) ** 2)
GAP = _mixed(_value(v), _value(w)) - _value(_between)
CONVEX = {
    "margins": Eq(_margin(_between, _mixed(b, c)), _mixed(_margin(v, b), _margin(w, c))),
    "feasible": Implies(_satisfied(v, b), _satisfied(w, c), _satisfied(_between, _mixed(b, c))),
    "gap": Eq(GAP, t * (1 - t) / 2 * DISTANCE),
    "convex": Le(_value(_between), _mixed(_value(v), _value(w))),
    "flat": Implies(Lt(0, t), Lt(t, 1), Iff(Eq(GAP, 0), ForAll(k < d, Eq(v(k), w(k))))),
}


def derive(D: Board) -> None:
    """Prove every part."""
    D.conclude("margins", "linear in (v, b)")
    with D.suppose(_satisfied(v, b), _satisfied(w, c)), D.suppose(Lt(i, n), fix=[i]):
        D.have(Le(1, _margin(v, b)))
        D.have(Le(1, _margin(w, c)))
        D.have(Le(1, _mixed(_margin(v, b), _margin(w, c))), "t + (1 - t) = 1")
        D.have(Le(1, _margin(_between, _mixed(b, c))), "as the margins mix")
    D.conclude("feasible")
    D.conclude("gap", "square out")
    D.have(Le(0, DISTANCE))
    D.have(Le(0, t * (1 - t)))
    D.have(Le(0, t * (1 - t) / 2 * DISTANCE))
    D.conclude("convex", "the gap is not negative")
    with D.suppose(Lt(0, t), Lt(t, 1)):
        with D.suppose(Eq(GAP, 0)):
            D.have(Lt(0, t * (1 - t)))
            D.have(Eq(t * (1 - t) * DISTANCE, 0), "twice the gap")
            D.have(Eq(DISTANCE, 0), "cancel t (1 - t)")
            D.use(at(applied(squares.vanishing(), {squares.a: (k, v(k) - w(k))}), d))
            with D.likewise("a sum of squares"):
                D.have(ForAll(k < d, Eq(v(k) - w(k), 0)))
                D.have(ForAll(k < d, Eq(v(k), w(k))))
        with D.suppose(ForAll(k < d, Eq(v(k), w(k)))):
            D.have(Eq(DISTANCE, 0), "term by term")
            D.have(Eq(GAP, 0), "by the gap")
        D.have(Iff(Eq(GAP, 0), ForAll(k < d, Eq(v(k), w(k)))))
    D.conclude("flat")


def _pair(
    first: Sequence[Any], second: Sequence[Any], weight: Any, *, biases: Sequence[Any] = (0, 0), **more: Any
) -> Callable[[], Model]:
    """Two solutions (v, b), (w, c) for the points 1 (and -1, if there is a second label) on a line, or e_1 and -e_1."""
    labels = more.get("labels", (1,))
    tables: dict[tuple[str, str], Any] = {
        ("n", ">N"): len(labels),
        ("d", ">N"): len(first),
        ("i", ">N"): 0,
        ("t", ">R"): Fraction(weight),
        ("b", ">R"): Fraction(biases[0]),
        ("c", ">R"): Fraction(biases[1]),
        ("v", "N>R"): entries(first),
        ("w", "N>R"): entries(second),
        ("y", "N>R"): entries(labels),
        ("z", "N>R"): entries(more.get("others", labels)),
        ("X", "NN>R"): lambda i, k: Fraction((-1) ** int(i)) if k == 0 else Fraction(0),
    }
    return lambda: Model((Fraction(1),), tables)


HALF = Fraction(1, 2)
CONVEX_FALSE = (
    FalseStatement("any-weight", hypotheses={"weight": None}, countermodel=_pair([1], [2], 2)),
    FalseStatement(
        "strictly-convex",
        {"flat": Implies(Lt(0, t), Lt(t, 1), Or(Ne(b, c), Lt(0, DISTANCE)), Lt(0, GAP))},
        countermodel=_pair([1], [1], HALF, biases=(0, 1)),
    ),
    FalseStatement(
        "minus-bias",
        {"convex": Le(_value(_between) - _mixed(b, c) ** 2 / 2, _mixed(_value(v) - b**2 / 2, _value(w) - c**2 / 2))},
        countermodel=_pair([0], [0], HALF, biases=(1, -1)),
    ),
    FalseStatement(
        "one-normal-twice",
        {"feasible": Implies(_satisfied(v, b), _satisfied(v, c), _satisfied(_between, _mixed(b, c)))},
        countermodel=_pair([1], [-5], HALF),
    ),
    FalseStatement(
        "labels-mixed",
        {
            "feasible": Implies(
                _satisfied(v, b), _satisfied(w, c, z(i)), _satisfied(_between, _mixed(b, c), _mixed(y(i), z(i)))
            )
        },
        countermodel=_pair([1], [-1], HALF, others=(-1,)),
    ),
    FalseStatement(
        "either-feasible",
        {"feasible": Implies(Or(_satisfied(v, b), _satisfied(w, c)), _satisfied(_between, _mixed(b, c)))},
        countermodel=_pair([1], [0], HALF),
    ),
)

MODELS = (_pair([1, 2], [2, -1], HALF, labels=(1, -1)), _pair([1], [1], 1, biases=(0, 1)))
REWORDING = {"gap": Eq(2 * GAP, t * (1 - t) * DISTANCE)}
