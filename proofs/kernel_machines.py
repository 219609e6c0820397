"""Kernel machines: the Gaussian score at small bandwidths, and the dual of XOR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from . import xor_dual
from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.notation import (
    And,
    Eq,
    Exists,
    ForAll,
    Iff,
    Implies,
    Le,
    Lt,
    S,
    absolute,
    bracket,
    exp,
    function,
    lim,
    naturals,
    predicate,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.term import Term, eq, lnot, num, substitute
from .kernel.theorem import Theorem, infer
from .library import exponential, finite, limits, sums
from .library.calculus import applied
from .library.order import at

n, d, i0 = naturals("n d i0")
i, j, k = naturals("i j k")
s, rho, g = reals("s rho g")  # bandwidth, least squared distance, gap to the next one
X, x = function("X", "NN>R"), function("x", "N>R")
al, y = function("al", "N>R"), function("y", "N>R")
SV = predicate("S", "N>F")  # the support vectors
dist = function("D", "N>R")
c = function("c", "N>R")

DISTANCE = Hypothesis(
    "squared distance",
    ForAll(i, Eq(dist(i), S(k, d, (x(k) - X(i, k)) ** 2))),
    "D(i) is the squared distance of point i from the query",
    role="definition",
)
COEFFICIENT = Hypothesis(
    "coefficient",
    ForAll(i, Eq(c(i), al(i) * y(i))),
    "c(i) is the coefficient of point i with its label",
    role="definition",
)
ATTAINED = Hypothesis(
    "attained",
    And(Lt(i0, n), SV(i0), Eq(dist(i0), rho)),
    "rho is the squared distance of some support vector, so that there is a nearest one",
    role="meaning",
)
LEAST = Hypothesis(
    "least",
    ForAll(i < n, Implies(SV(i), Le(rho, dist(i)))),
    "no support vector is nearer than rho",
    needed_by="not-the-least",
)

NEAREST = And(SV(i), Eq(dist(i), rho))
FURTHER = And(SV(i), Lt(rho, dist(i)))
SCORE = S(i, n, bracket(SV(i)) * c(i) * exp(-dist(i) / (2 * s**2)))
SCALED = SCORE * exp(rho / (2 * s**2))
LIMIT = S(i, n, bracket(NEAREST) * c(i))
REST = S(i, n, bracket(FURTHER) * absolute(c(i)))
GAP = ForAll(i < n, Implies(SV(i), Lt(rho, dist(i)), Le(rho + g, dist(i))))
EXISTS_GAP = Exists(g, And(Lt(0, g), GAP))
BOUND = Le(absolute(SCALED - LIMIT), exp(-g / (2 * s**2)) * REST)


PARTS = {
    "gap": EXISTS_GAP,
    "error bound": Implies(GAP, Lt(0, s), BOUND),
    "limit": lim(s, "0+", SCALED, LIMIT),
}


def _derive_limit(D: Board) -> None:
    D.ignore(DISTANCE.term, COEFFICIENT.term, ATTAINED.term)  # what the distances are does not matter, nor the signs
    positive = bracket(SV(i)) * (dist(i) - rho)
    with D.obtain(at(applied(finite.positive_bound(), {finite.a: (i, positive)}), n), g):
        with D.suppose(Lt(i, n), SV(i), Lt(rho, dist(i)), fix=[i]):
            D.have(Lt(0, positive), "its excess is positive")
            D.have(Le(rho + g, dist(i)), "g is below each of the finitely many positive excesses")
        D.witness(EXISTS_GAP, g)
    D.conclude("gap", "finitely many positive numbers have a positive lower bound")
    D.have(
        ForAll(i < n, Eq(bracket(SV(i)), bracket(NEAREST) + bracket(FURTHER))), "a support vector is nearest or further"
    )
    decay = exp(-g / (2 * s**2))
    factor = exp(-dist(i) / (2 * s**2)) * exp(rho / (2 * s**2))
    rest = bracket(FURTHER) * factor
    facts = exponential.addition(), exponential.at_zero(), exponential.positive(), exponential.monotone()
    D.use(*facts)
    with D.suppose(GAP), D.suppose(Lt(0, s), fix=[s]):
        D.have(Lt(0, 1 / s))
        D.have(ForAll(i, Eq(factor, exp((rho - dist(i)) / (2 * s**2)))), "exp turns sums into products")
        D.have(ForAll(i, Implies(Eq(dist(i), rho), Eq(factor, 1))), "a nearest one keeps its weight")
        with D.suppose(Lt(i, n), SV(i), Lt(rho, dist(i)), fix=[i]):
            D.have(Le((rho - dist(i)) / (2 * s**2), -g / (2 * s**2)), "the others are further by g")
            D.have(Le(factor, decay), "so they decay")
        D.have(ForAll(i, Lt(0, factor)))
        D.ignore(*(t.statement for t in facts))
        D.have(ForAll(i < n, Le(0, rest)))
        D.have(ForAll(i < n, Le(rest, decay * bracket(FURTHER))), "and each of the others decays")
        D.use(at(applied(sums.weighted(), {sums.r: (i, rest), sums.p: (i, bracket(FURTHER))}), decay, n))
        split = D.have(Eq(SCALED - LIMIT, S(i, n, rest * c(i))), "the nearest cancel")
        D.have(BOUND, "triangle inequality", by=split)
    D.conclude("error bound")
    with D.obtain(D.have(EXISTS_GAP), g):
        D.have(ForAll(i, Le(0, absolute(c(i)))))
        D.have(Le(0, REST))
        D.use(at(applied(limits.decaying(), {limits.F: (s, SCALED)}), REST, LIMIT, g))
        D.have(PARTS["limit"], "a bound that tends to 0")
    D.conclude("limit")


def _model(support: str, points: Sequence[int], rho: int, **more: Any) -> Model:
    """Points on a line, the query at 0; all other numbers 1; a 1 in `support` is a support vector."""
    numbers: dict[tuple[str, str], Any] = {("n", ">N"): len(points), ("d", ">N"): 1, ("i0", ">N"): 0}
    numbers |= {(name, ">R"): Fraction(more.get(name, 1)) for name in ("g", "s")}
    place = [*map(Fraction, points), *[Fraction(0)] * 8]
    tables = {
        ("rho", ">R"): Fraction(rho),
        ("X", "NN>R"): lambda i, k: place[i] if k == 0 else Fraction(0),
        ("x", "N>R"): lambda k: Fraction(0),
        ("al", "N>R"): lambda i: Fraction(1),
        ("y", "N>R"): lambda i: Fraction(more.get("labels", (1,) * 9)[i]),
        ("S", "N>F"): lambda i: support[i : i + 1] == "1",
    }
    return Model((Fraction(1),), {**numbers, **tables, ("i0", ">N"): more.get("i0", 0)})


def _on_a_line(place: Any) -> list[Term]:
    """Definitions: every point is in the support, with coefficient 1; point i lies at `place`, the query at 0."""
    return [
        to_term(ForAll(i, Eq(dist(i), S(k, 1, (x(k) - X(i, k)) ** 2)))),
        COEFFICIENT.term,
        *map(
            to_term,
            (ForAll(i, k, Eq(X(i, k), place)), ForAll(k, Eq(x(k), 0)), ForAll(i, Eq(al(i), 1)), ForAll(i, Eq(y(i), 1))),
        ),
        to_term(ForAll(i, Iff(SV(i), Le(0, i)))),
    ]


def _at(p: Any, count: int, least: int) -> Term:
    """A formula or term for `count` points and the least squared distance `least`."""
    return substitute(to_term(p), {to_term(n).data: num(count), to_term(rho).data: num(least)})


def _not_the_limit(
    wrong: Any, squares: Sequence[int], place: Any, values: Sequence[int], lines: Callable[[Board], Any]
) -> Theorem:
    """Points at `place`, at these squared distances, refute the limit `wrong`: it is values[0], not values[1]."""
    count, least = len(squares), squares[0]
    claim = _at(wrong, count, least)
    board = Board(_on_a_line(place), {})
    board.have(ForAll(i, Eq(dist(i), place**2)))
    board.have(ForAll(i, Eq(c(i), 1)))
    board.have(And(*(And(SV(q), Eq(dist(q), value), Eq(c(q), 1)) for q, value in enumerate(squares))))
    board.ignore(*_on_a_line(place)[:-1])
    body, value = lines(board)
    for found, number in zip((to_term(value), claim.args[1]), values, strict=True):
        board.have(eq(found, num(number)))
    with board.suppose(claim):
        board.use(at(applied(limits.unique(), {limits.F: (s, body)}), value, claim.args[1]))
        board.have(eq(to_term(value), claim.args[1]))
        board.contradiction()
    return infer("taut", [board.theorems[-1]], lnot(claim))


def _true_limit(count: int, least: int) -> Callable[[Board], tuple[Any, Any]]:
    """The limit that the claim states."""

    def lines(board: Board) -> tuple[Any, Any]:
        whole = PROPOSITIONS["rbf-one-nn-limit"].theorem()
        claim = infer("discharge", [infer("taut", [whole], to_term(PARTS["limit"]))], LEAST.term)
        board.have(_at(LEAST.term, count, least))
        board.use(applied(claim, {n: count, rho: least}))
        return _at(SCALED, count, least), _at(LIMIT, count, least)

    return lines


def _vanishing(board: Board) -> tuple[Any, Any]:
    """The score of one point at distance 1 tends to 0."""
    score = S(i, 1, bracket(SV(i)) * c(i) * exp(-dist(i) / (2 * s**2)))
    board.have(ForAll(s, Eq(score, exp(-1 / (2 * s**2)))))
    board.use(exponential.positive())
    board.have(ForAll(s, Implies(Lt(0, s), Le(absolute(score - 0), 1 * exp(-1 / (2 * s**2))))))
    board.use(at(applied(limits.decaying(), {limits.F: (s, score)}), 1, 0, 1))
    board.have(lim(s, "0+", score, 0))
    return score, 0


FIRST = And(NEAREST, Eq(S(j, i, bracket(And(SV(j), Eq(dist(j), rho)))), 0))
IN_ALL = Eq(dist(i), rho)
ALL_SUPPORT = lim(s, "0+", SCALED, S(i, n, bracket(SV(i)) * c(i)))
FIRST_ONLY = lim(s, "0+", SCALED, S(i, n, bracket(FIRST) * c(i)))
UNSCALED = lim(s, "0+", SCORE, LIMIT)

FALSE_LIMITS = (
    FalseStatement(
        "all-support-vectors",
        parts={"limit": ALL_SUPPORT},
        negation=lambda: _not_the_limit(ALL_SUPPORT, (0, 1), i, (1, 2), _true_limit(2, 0)),
    ),
    FalseStatement(
        "first-nearest-only",
        parts={"limit": FIRST_ONLY},
        negation=lambda: _not_the_limit(FIRST_ONLY, (0, 0), i - i, (2, 1), _true_limit(2, 0)),
    ),
    FalseStatement(
        "unscaled",
        parts={"limit": UNSCALED},
        negation=lambda: _not_the_limit(UNSCALED, (1,), i - i + 1, (0, 1), _vanishing),
    ),
    FalseStatement(
        "nearest-of-all-points",
        hypotheses={
            "least": Hypothesis("least", ForAll(i < n, Le(rho, dist(i))), "no point at all is nearer than rho"),
            "attained": Hypothesis(
                "attained",
                And(Lt(i0, n), Eq(dist(i0), rho)),
                "rho is the squared distance of some point",
                role="meaning",
            ),
        },
        parts={
            "error bound": Implies(
                GAP, Lt(0, s), Le(absolute(SCALED - S(i, n, bracket(IN_ALL) * c(i))), exp(-g / (2 * s**2)) * REST)
            ),
            "limit": lim(s, "0+", SCALED, S(i, n, bracket(IN_ALL) * c(i))),
        },
        countermodel=lambda: _model("01", (0, 1), 0, labels=(1, -1, *[0] * 7)),
    ),
    FalseStatement(
        "bound-without-half",
        parts={"error bound": Implies(GAP, Lt(0, s), Le(absolute(SCALED - LIMIT), exp(-g / s**2) * REST))},
        countermodel=lambda: _model("11", (0, 1), 0),
    ),
    FalseStatement(
        "half-bound",
        parts={
            "error bound": Implies(
                GAP,
                Lt(0, s),
                Le(absolute(SCALED - LIMIT), exp(-g / (2 * s**2)) * absolute(S(i, n, bracket(FURTHER) * c(i))) / 2),
            )
        },
        countermodel=lambda: _model("11", (0, 1), 0),
    ),
    FalseStatement("not-the-least", hypotheses={"least": None}, countermodel=lambda: _model("11", (0, 1), 1, i0=1)),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="rbf-one-nn-limit",
            title="The scaled score of a Gaussian kernel machine tends to the sum over the nearest support vectors",
            sources=(("000", "3a"),),
            hypotheses=(DISTANCE, COEFFICIENT, ATTAINED, LEAST),
            parts=PARTS,
            derive=_derive_limit,
            not_covered=(
                "Weights that change with the bandwidth, as those of a trained machine do: they are fixed here.",
                "Ties whose weights cancel: the limit is then 0, and farther points decide the sign.",
            ),
            false=FALSE_LIMITS,
            models=(lambda: _model("11", (0, 1), 0), lambda: _model("0111", (0, 1, -1, 2), 1, i0=2)),
            rewording={
                "error bound": Implies(GAP, Lt(0, s), Le(absolute(LIMIT - SCALED), REST * exp(-g / (2 * s**2))))
            },
        ),
        Proposition(
            id="xor-rbf-dual",
            title="The dual of XOR with a Gaussian kernel has one maximiser, in closed form, and so has its predictor",
            sources=(("000", "3b"),),
            hypotheses=xor_dual.HYPOTHESES,
            parts=xor_dual.PARTS,
            derive=xor_dual.derive,
            not_covered=("The soft margin, where each weight is the smaller of the closed form and C.",),
            false=xor_dual.FALSE,
            models=(xor_dual.with_bandwidth(1), xor_dual.with_bandwidth(2)),
            rewording=xor_dual.REWORDING,
            readings=xor_dual.READINGS,
        ),
    )
}
