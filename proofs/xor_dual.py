"""The dual of XOR with a Gaussian kernel: maximiser, maximum and predictor; `kernel_machines` states the claim."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.evaluate import Part
from .board.finite import Model
from .board.notation import (
    And,
    Eq,
    ForAll,
    Implies,
    Le,
    Lt,
    Or,
    S,
    bracket,
    exp,
    function,
    naturals,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis
from .library import exponential
from .library.calculus import applied
from .library.order import at, weighted_square

i, j, k = naturals("i j k")
s = reals("s")  # the bandwidth
X, x = function("X", "NN>R"), function("x", "N>R")
al = function("al", "N>R")
kap, a = reals("k a")
v = function("v", "N>R")
label, between, gram = function("y", "N>R"), function("r", "NN>R"), function("K", "NN>R")

CORNERS = Hypothesis(
    "corners",
    ForAll(
        i,
        k,
        Eq(X(i, k), 1 - 2 * bracket(Or(And(Eq(k, 0), Or(Eq(i, 1), Eq(i, 2))), And(Eq(k, 1), Or(Eq(i, 2), Eq(i, 3)))))),
    ),
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
    4 * turns: [(q, r) for q in range(4) for r in range(4) if min((q - r) % 4, (r - q) % 4) == turns]
    for turns in (0, 1, 2)
}  # corners by their squared distance: the same corner, a side, a diagonal


def _squares(u: Any) -> Any:
    """The quadratic form in its eigenvectors."""
    even, odd, mixed = u(0) + u(1) + u(2) + u(3), u(0) - u(1) + u(2) - u(3), (u(0) - u(2)) ** 2 + (u(1) - u(3)) ** 2
    return (1 - kap) ** 2 / 4 * even**2 + (1 - kap**2) / 2 * mixed + (1 + kap) ** 2 / 4 * odd**2


def derive(D: Board) -> None:
    """Prove every part: the exponential first, then the matrix, then algebra alone."""
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
    with D.likewise("likewise for the same corner and along a side"):
        for distance in PAIRS:
            D.have(And(*(Eq(between(q, r), distance) for q, r in PAIRS[distance])))
    D.use(exponential.addition())
    D.have(Eq(exp(-4 / s**2), kap**2), "the diagonal")
    with D.likewise("so along a diagonal; along a side it is k, at the same corner 1"):
        kernel = [D.have(And(*(Eq(gram(q, r), kap ** (at_ // 4)) for q, r in PAIRS[at_]))) for at_ in PAIRS]
    signed = sum((-1) ** (q + r) * v(q) * v(r) * gram(q, r) for q in range(4) for r in range(4))
    signed = D.have(Eq(_form(v), signed), "the labels are signs", using=[signs])
    spectrum = D.have(Eq(_form(v), _squares(v)), "completed squares", using=[signed, *kernel])
    rows = D.have(
        And(*(Eq(S(j, 4, label(q) * label(j) * gram(q, j)), (1 - kap) ** 2) for q in range(4))),
        "a row",
        using=[signs, *kernel],
    )
    D.ignore(*(t.statement for t in D.theorems))
    D.use(small, closed, rows)
    D.conclude("alpha", "1 - 2k + k^2 = (1-k)^2")
    top, there, apart = (applied(spectrum, {v: (i, u)}) for u in (a, al(i), al(i) - a))
    D.have(Eq(_form(lambda i: a), 4 * a), "a (1-k)^2 = 1", using=[closed, top])
    D.conclude("value")
    D.have(
        Eq(_form(lambda i: al(i) - a), _form(al) - 2 * S(i, 4, al(i)) + 4 * a),
        "a (1-k)^2 = 1",
        using=[closed, there, apart],
    )
    D.ignore(rows.statement)
    D.conclude("maximum")
    D.ignore(*(t.statement for t in D.theorems))
    D.use(small, spectrum)
    D.have(Le(0, kap))
    D.have(Le(0, kap * (1 - kap)))
    odd = v(0) - v(1) + v(2) - v(3)
    D.use(
        at(weighted_square(), kap, odd),
        *(at(weighted_square(), kap * (1 - kap), u) for u in (v(0) - v(2), v(1) - v(3))),
    )
    D.have(Le((1 - kap) ** 2 * S(i, 4, v(i) ** 2), _form(v)), "the smallest eigenvalue is (1-k)^2")
    D.have(Lt(0, (1 - kap) ** 2))
    D.conclude("unique")
    D.use(corners, signs, exponential.addition())
    damping = exp(-(x(0) ** 2 + x(1) ** 2 + 2) / (2 * s**2))
    with D.likewise("square out: likewise for each corner"):
        for q, (u, w) in enumerate(POINTS):
            near = exp(-S(k, 2, (x(k) - X(q, k)) ** 2) / (2 * s**2))
            D.have(Eq(near, damping * exp(u * x(0) / s**2) * exp(w * x(1) / s**2)))
    D.ignore(corners.statement, exponential.addition().statement)
    D.conclude("predictor")


HYPOTHESES = (CORNERS, LABELS, SQUARED, GAUSSIAN, SIDE, CLOSED, BANDWIDTH)
PARTS = {
    "alpha": STATIONARY,
    "value": VALUE,
    "maximum": DROP,
    "unique": POSITIVE,
    "predictor": Eq(PREDICTOR, SINH),
}
READINGS = {"alpha": Eq(a, 1 / (1 - kap) ** 2), "unique": Part(to_term(POSITIVE), swapped=True)}


def with_bandwidth(value: int) -> Callable[[], Model]:
    """The model in which the bandwidth is `value`, the vectors are (1, 0, 0, 0) and the query is (1, 1)."""

    def build() -> Model:
        one = {(name, "N>R"): lambda i: Fraction(int(i == 0)) for name in ("al", "v")}
        return Model((Fraction(1),), {("s", ">R"): Fraction(value), ("x", "N>R"): lambda k: Fraction(1), **one})

    return build


def _other_side(name: str, exponent: Any) -> FalseStatement:
    side = Hypothesis("side", Eq(kap, exp(exponent)), "k is the kernel of two neighbouring corners", role="definition")
    return FalseStatement(
        name, hypotheses={"side": side}, readings={"alpha": READINGS["alpha"]}, countermodel=with_bandwidth(1)
    )


def _other_form(name: str, value: Any) -> FalseStatement:
    closed = Hypothesis("closed form", Eq(a, value), "a in closed form", role="definition")
    return FalseStatement(
        name, hypotheses={"closed form": closed}, readings={"alpha": Eq(a, value)}, countermodel=with_bandwidth(1)
    )


REWORDING = {"value": Eq(_dual(lambda i: a) - a, a)}
FALSE = (
    _other_form("first-power", 1 / (1 - kap)),
    _other_form("k-squared", 1 / (1 - kap**2)),
    _other_side("unsquared-side", -1 / s**2),
    _other_side("diagonal-distance", -4 / s**2),
    FalseStatement("value-a", parts={"value": Eq(_dual(lambda i: a), a)}, countermodel=with_bandwidth(1)),
    FalseStatement(
        "no-damping",
        parts={"predictor": Eq(PREDICTOR, 4 * a * _sinh(x(0) / s**2) * _sinh(x(1) / s**2))},
        countermodel=with_bandwidth(1),
    ),
    FalseStatement(
        "cosh",
        parts={
            "predictor": Eq(
                PREDICTOR,
                4
                * a
                * exp(-(x(0) ** 2 + x(1) ** 2 + 2) / (2 * s**2))
                * _sinh(x(0) / s**2)
                * (exp(x(1) / s**2) + exp(-x(1) / s**2))
                / 2,
            )
        },
        countermodel=with_bandwidth(1),
    ),
    FalseStatement("no-bandwidth", hypotheses={"bandwidth": None}, countermodel=with_bandwidth(0)),
)
