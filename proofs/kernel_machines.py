"""Kernel machines: the Gaussian score at small bandwidths, and the dual of XOR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.evaluate import Part
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
    Not,
    Or,
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
from .library.order import at, weighted_square

# --- the Gaussian score as the bandwidth goes to 0 ----------------------------------------------------------------

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
COEFFICIENT = Hypothesis("coefficient", ForAll(i, Eq(c(i), al(i) * y(i))), "c(i) is the coefficient of point i with its label", role="definition")
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
    D.have(ForAll(i < n, Eq(bracket(SV(i)), bracket(NEAREST) + bracket(FURTHER))), "a support vector is nearest or further")
    decay = exp(-g / (2 * s**2))
    factor = exp(-dist(i) / (2 * s**2)) * exp(rho / (2 * s**2))
    rest = bracket(FURTHER) * factor
    facts = exponential.addition(), exponential.at_zero(), exponential.positive(), exponential.monotone()
    D.use(*facts)
    with D.suppose(GAP):
        with D.suppose(Lt(0, s), fix=[s]):
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
    """Points on a line, the query at 0, all labels and coefficients 1, gap and bandwidth 1; in the support where `support` has a 1."""
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
    """Definitions: every point is in the support, with coefficient and label 1; point i lies at `place`, the query at 0."""
    return [
        to_term(ForAll(i, Eq(dist(i), S(k, 1, (x(k) - X(i, k)) ** 2)))),
        COEFFICIENT.term,
        *map(to_term, (ForAll(i, k, Eq(X(i, k), place)), ForAll(k, Eq(x(k), 0)), ForAll(i, Eq(al(i), 1)), ForAll(i, Eq(y(i), 1)))),
        to_term(ForAll(i, Iff(SV(i), Le(0, i)))),
    ]


def _at(p: Any, count: int, least: int) -> Term:
    """A formula or term for `count` points and the least squared distance `least`."""
    return substitute(to_term(p), {to_term(n).data: num(count), to_term(rho).data: num(least)})


def _not_the_limit(wrong: Any, squares: Sequence[int], place: Any, values: Sequence[int], lines: Callable[[Board], Any]) -> Theorem:
    """Points at `place`, at these squared distances, refute that the limit is `wrong`: it is values[0], not values[1]."""
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
    FalseStatement("unscaled", parts={"limit": UNSCALED}, negation=lambda: _not_the_limit(UNSCALED, (1,), i - i + 1, (0, 1), _vanishing)),
    FalseStatement(
        "nearest-of-all-points",
        hypotheses={
            "least": Hypothesis("least", ForAll(i < n, Le(rho, dist(i))), "no point at all is nearer than rho"),
            "attained": Hypothesis("attained", And(Lt(i0, n), Eq(dist(i0), rho)), "rho is the squared distance of some point", role="meaning"),
        },
        parts={
            "error bound": Implies(GAP, Lt(0, s), Le(absolute(SCALED - S(i, n, bracket(IN_ALL) * c(i))), exp(-g / (2 * s**2)) * REST)),
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
        parts={"error bound": Implies(GAP, Lt(0, s), Le(absolute(SCALED - LIMIT), exp(-g / (2 * s**2)) * absolute(S(i, n, bracket(FURTHER) * c(i))) / 2))},
        countermodel=lambda: _model("11", (0, 1), 0),
    ),
    FalseStatement("not-the-least", hypotheses={"least": None}, countermodel=lambda: _model("11", (0, 1), 1, i0=1)),
)

# --- the dual of XOR ----------------------------------------------------------------------------------------------

kap, a = reals("k a")
v = function("v", "N>R")
label, between, gram = function("y", "N>R"), function("r", "NN>R"), function("K", "NN>R")

CORNERS = Hypothesis(
    "corners",
    ForAll(i, k, Eq(X(i, k), 1 - 2 * bracket(Or(And(Eq(k, 0), Or(Eq(i, 1), Eq(i, 2))), And(Eq(k, 1), Or(Eq(i, 2), Eq(i, 3))))))),
    "the points are the corners (1, 1), (-1, 1), (-1, -1), (1, -1) of a square, in this order",
    role="definition",
)
LABELS = Hypothesis(
    "labels",
    ForAll(i, Eq(label(i), 1 - 2 * bracket(Or(Eq(i, 1), Eq(i, 3))))),
    "their labels are 1, -1, 1, -1",
    role="definition",
)
SQUARED = Hypothesis(
    "squared distances",
    ForAll(i, j, Eq(between(i, j), S(k, 2, (X(i, k) - X(j, k)) ** 2))),
    "r(i, j) is the squared distance of two corners",
    role="definition",
)
GAUSSIAN = Hypothesis(
    "kernel",
    ForAll(i, j, Eq(gram(i, j), exp(-between(i, j) / (2 * s**2)))),
    "K(i, j) is the Gaussian kernel of two corners",
    role="definition",
)
SIDE = Hypothesis("side", Eq(kap, exp(-2 / s**2)), "k is the kernel of two neighbouring corners", role="definition")
CLOSED = Hypothesis("closed form", Eq(a, 1 / (1 - kap) ** 2), "a = 1/(1-k)^2", role="definition")
BANDWIDTH = Hypothesis("bandwidth", Lt(0, s), "the bandwidth is positive", needed_by="no-bandwidth")


def _form(u: Any) -> Any:
    """The quadratic form of the dual at the vector u."""
    return S(i, 4, S(j, 4, u(i) * u(j) * label(i) * label(j) * gram(i, j)))


def _dual(u: Any) -> Any:
    return S(i, 4, u(i)) - _form(u) / 2


def _sinh(t: Any) -> Any:
    return (exp(t) - exp(-t)) / 2


DROP = Eq(_dual(lambda i: a) - _dual(al), _form(lambda i: al(i) - a) / 2)
POSITIVE = Implies(Lt(0, S(i, 4, v(i) ** 2)), Lt(0, _form(v)))
STATIONARY = And(*(Eq(S(j, 4, a * label(q) * label(j) * gram(q, j)), 1) for q in range(4)), Lt(0, a))
VALUE = Eq(_dual(lambda i: a), 2 * a)
PREDICTOR = S(i, 4, a * label(i) * exp(-S(k, 2, (x(k) - X(i, k)) ** 2) / (2 * s**2)))
SINH = 4 * a * exp(-(x(0) ** 2 + x(1) ** 2 + 2) / (2 * s**2)) * _sinh(x(0) / s**2) * _sinh(x(1) / s**2)


POINTS = ((1, 1), (-1, 1), (-1, -1), (1, -1))
PAIRS = {
    4 * turns: [(q, r) for q in range(4) for r in range(4) if min((q - r) % 4, (r - q) % 4) == turns] for turns in (0, 1, 2)
}  # corners by their squared distance: the same corner, a side, a diagonal


def _squares(u: Any) -> Any:
    """The quadratic form in its eigenvectors."""
    even, odd, mixed = u(0) + u(1) + u(2) + u(3), u(0) - u(1) + u(2) - u(3), (u(0) - u(2)) ** 2 + (u(1) - u(3)) ** 2
    return (1 - kap) ** 2 / 4 * even**2 + (1 - kap**2) / 2 * mixed + (1 + kap) ** 2 / 4 * odd**2


def _derive_dual(D: Board) -> None:
    D.use(exponential.positive(), exponential.increasing(), exponential.at_zero())
    D.have(Lt(0, 1 / s**2))
    D.have(Lt(-2 / s**2, 0))
    D.have(Lt(exp(-2 / s**2), exp(0)))
    small = D.have(And(Lt(0, kap), Lt(kap, 1)), "exp(-2/s^2) < exp(0) = 1")
    D.have(Lt(0, (1 - kap) ** 2))
    D.have(Lt(0, 1 / (1 - kap) ** 2))
    closed = D.have(And(Lt(0, a), Eq(a * (1 - kap) ** 2, 1)))
    D.ignore(small.statement, closed.statement)
    signs = D.have(And(*(Eq(label(q), (-1) ** q) for q in range(4))), "the labels")
    corners = D.have(And(*(Eq(X(q, k), value) for q, point in enumerate(POINTS) for k, value in enumerate(point))))
    for distance in PAIRS:
        D.have(And(*(Eq(between(q, r), distance) for q, r in PAIRS[distance])), "the same corner, a side, a diagonal")
    D.use(exponential.addition())
    D.have(Eq(exp(-4 / s**2), kap**2), "the diagonal")
    kernel = [D.have(And(*(Eq(gram(q, r), kap ** (distance // 4)) for q, r in PAIRS[distance]))) for distance in PAIRS]
    signed = sum((-1) ** (q + r) * v(q) * v(r) * gram(q, r) for q in range(4) for r in range(4))
    signed = D.have(Eq(_form(v), signed), "the labels are signs", using=[signs])
    spectrum = D.have(Eq(_form(v), _squares(v)), "completed squares", using=[signed, *kernel])
    rows = D.have(And(*(Eq(S(j, 4, label(q) * label(j) * gram(q, j)), (1 - kap) ** 2) for q in range(4))), "a row", using=[signs, *kernel])
    D.ignore(*(t.statement for t in D.theorems))
    D.use(small, closed, rows)
    D.conclude("alpha", "1 - 2k + k^2 = (1-k)^2")
    top, there, apart = (applied(spectrum, {v: (i, u)}) for u in (a, al(i), al(i) - a))
    D.have(Eq(_form(lambda i: a), 4 * a), "a (1-k)^2 = 1", using=[closed, top])
    D.conclude("value")
    D.have(Eq(_form(lambda i: al(i) - a), _form(al) - 2 * S(i, 4, al(i)) + 4 * a), "a (1-k)^2 = 1", using=[closed, there, apart])
    D.ignore(rows.statement)
    D.conclude("maximum")
    D.ignore(*(t.statement for t in D.theorems))
    D.use(small, spectrum)
    D.have(Le(0, kap))
    D.have(Le(0, kap * (1 - kap)))
    odd = v(0) - v(1) + v(2) - v(3)
    D.use(at(weighted_square(), kap, odd), *(at(weighted_square(), kap * (1 - kap), u) for u in (v(0) - v(2), v(1) - v(3))))
    D.have(Le((1 - kap) ** 2 * S(i, 4, v(i) ** 2), _form(v)), "the smallest eigenvalue is (1-k)^2")
    D.have(Lt(0, (1 - kap) ** 2))
    D.conclude("unique")
    D.use(corners, signs, exponential.addition())
    damping = exp(-(x(0) ** 2 + x(1) ** 2 + 2) / (2 * s**2))
    for q, (u, w) in enumerate(POINTS):
        D.have(Eq(exp(-S(k, 2, (x(k) - X(q, k)) ** 2) / (2 * s**2)), damping * exp(u * x(0) / s**2) * exp(w * x(1) / s**2)), "square out")
    D.ignore(corners.statement, exponential.addition().statement)
    D.conclude("predictor")


PARTS_DUAL = {"alpha": STATIONARY, "value": VALUE, "maximum": DROP, "unique": POSITIVE, "predictor": Eq(PREDICTOR, SINH)}
READINGS_DUAL = {"alpha": Eq(a, 1 / (1 - kap) ** 2), "unique": Part(to_term(POSITIVE), swapped=True)}


def _bandwidth(value: int) -> Callable[[], Model]:
    """The model in which the bandwidth is `value`, the vectors are (1, 0, 0, 0) and the query is (1, 1)."""

    def build() -> Model:
        one = {(name, "N>R"): lambda i: Fraction(int(i == 0)) for name in ("al", "v")}
        return Model((Fraction(1),), {("s", ">R"): Fraction(value), ("x", "N>R"): lambda k: Fraction(1), **one})

    return build


def _other_side(name: str, exponent: Any) -> FalseStatement:
    side = Hypothesis("side", Eq(kap, exp(exponent)), "k is the kernel of two neighbouring corners", role="definition")
    return FalseStatement(name, hypotheses={"side": side}, readings={"alpha": READINGS_DUAL["alpha"]}, countermodel=_bandwidth(1))


def _other_form(name: str, value: Any) -> FalseStatement:
    closed = Hypothesis("closed form", Eq(a, value), "a in closed form", role="definition")
    return FalseStatement(name, hypotheses={"closed form": closed}, readings={"alpha": Eq(a, value)}, countermodel=_bandwidth(1))


FALSE_DUAL = (
    _other_form("first-power", 1 / (1 - kap)),
    _other_form("k-squared", 1 / (1 - kap**2)),
    _other_side("unsquared-side", -1 / s**2),
    _other_side("diagonal-distance", -4 / s**2),
    FalseStatement("value-a", parts={"value": Eq(_dual(lambda i: a), a)}, countermodel=_bandwidth(1)),
    FalseStatement(
        "no-damping",
        parts={"predictor": Eq(PREDICTOR, 4 * a * _sinh(x(0) / s**2) * _sinh(x(1) / s**2))},
        countermodel=_bandwidth(1),
    ),
    FalseStatement(
        "cosh",
        parts={"predictor": Eq(PREDICTOR, 4 * a * exp(-(x(0) ** 2 + x(1) ** 2 + 2) / (2 * s**2)) * _sinh(x(0) / s**2) * (exp(x(1) / s**2) + exp(-x(1) / s**2)) / 2)},
        countermodel=_bandwidth(1),
    ),
    FalseStatement("no-bandwidth", hypotheses={"bandwidth": None}, countermodel=_bandwidth(0)),
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
            false=FALSE_LIMITS,
            models=(lambda: _model("11", (0, 1), 0), lambda: _model("0111", (0, 1, -1, 2), 1, i0=2)),
            rewording={"error bound": Implies(GAP, Lt(0, s), Le(absolute(LIMIT - SCALED), REST * exp(-g / (2 * s**2))))},
        ),
        Proposition(
            id="xor-rbf-dual",
            title="The dual of XOR with a Gaussian kernel has one maximiser, in closed form, and so has its predictor",
            sources=(("000", "3b"),),
            hypotheses=(CORNERS, LABELS, SQUARED, GAUSSIAN, SIDE, CLOSED, BANDWIDTH),
            parts=PARTS_DUAL,
            derive=_derive_dual,
            false=FALSE_DUAL,
            models=(_bandwidth(1), _bandwidth(2)),
            rewording={"value": Eq(_dual(lambda i: a) - a, a)},
            readings=READINGS_DUAL,
        ),
    )
}
