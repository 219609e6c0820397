"""Ridge regression: the closed form, that it is the only minimiser, and the dual form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import D, Eq, ForAll, Implies, Le, Lt, S, function, naturals, reals
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.theorem import Theorem, infer
from .library.calculus import applied
from .library.convexity import stationary_minimum
from .library.differentiation import by_calculus
from .library.inverse import (
    DENOMINATOR,
    RECURSION,
    U,
    X,
    gram,
    identity,
    positive_denominators,
    regular,
    squares,
    weighted,
)
from .library.least_squares import R, back_to_primal, dual_inverse, outer, square_rule, system, trivial_kernel, woodbury
from .library.order import at
from .library.squares import a as squares_of
from .library.squares import vanishing

n, p = naturals("n p")  # rows and columns of X
i, j, k, r, s, q = naturals("i j k r s q")
lam, t = reals("lam t")
Y, b, v, th, al = (function(name, "N>R") for name in ("Y", "b", "v", "th", "al"))
Q = function("Q", "NN>R")

POSITIVE = Hypothesis("penalty", Lt(0, lam), "the penalty is positive", needed_by="negative-penalty")
INVERTIBLE = Hypothesis(
    "inverse",
    ForAll(i < p, k < p, Eq(S(j, p, gram(n, i, j) * R(j, k)), identity(i, k))),
    "R is the inverse of X'X + lam I; the claim says that there is one, and only one",
    role="meaning",
)
DUAL_INVERTIBLE = Hypothesis(
    "dual inverse",
    ForAll(r < n, q < n, Eq(S(s, n, outer(p, r, s) * Q(s, q)), identity(r, q))),
    "Q is the inverse of X X' + lam I; the claim says that there is one",
    role="meaning",
)
BY_ROWS = Hypothesis(
    "by rows",
    RECURSION,
    "U(s) is made from I/lam by a rank-one update for each of the first s rows of X",
    role="definition",
)
CLOSED_FORM = Hypothesis(
    "closed form",
    ForAll(i, Eq(th(i), S(j, p, R(i, j) * S(r, n, X(r, j) * Y(r))))),
    "th = (X'X + lam I)^-1 X'Y",
    role="definition",
)
COEFFICIENTS = Hypothesis(
    "dual coefficients",
    ForAll(r, Eq(al(r), S(s, n, Q(r, s) * Y(s)))),
    "al = (X X' + lam I)^-1 Y",
    role="definition",
)


def _objective(point: Callable[[Any], Any]) -> Any:
    """Half the sum of squared residuals plus lam/2 times the squared norm."""
    return S(r, n, (S(i, p, X(r, i) * point(i)) - Y(r)) ** 2) / 2 + lam / 2 * S(i, p, point(i) ** 2)


def _along(index: Any) -> Any:
    return b(index) + t * identity(index, k)


MOMENT = S(r, n, X(r, k) * Y(r))
SLOPE = S(j, p, gram(n, k, j) * b(j)) - MOMENT
EXISTS = Implies(Lt(i, p), Lt(k, p), Eq(S(j, p, gram(n, i, j) * U(n, j, k)), identity(i, k)))
KERNEL = Implies(ForAll(i < p, Eq(S(j, p, gram(n, i, j) * v(j)), 0)), Lt(k, p), Eq(v(k), 0))
STATIONARY = Implies(Lt(k, p), Eq(S(j, p, gram(n, k, j) * th(j)), MOMENT))
FIT = S(r, n, S(i, p, X(r, i) * (b(i) - th(i))) ** 2) / 2
DISTANCE = FIT + lam / 2 * S(i, p, (b(i) - th(i)) ** 2)
GAP = Eq(_objective(b), _objective(th) + DISTANCE)
MINIMUM = Le(_objective(th), _objective(b))
UNIQUE = Implies(Le(_objective(b), _objective(th)), Lt(k, p), Eq(b(k), th(k)))
DUAL_EXISTS = Implies(Lt(r, n), Lt(q, n), Eq(S(s, n, outer(p, r, s) * woodbury(s, q)), identity(r, q)))
DUAL = Implies(Lt(i, p), Eq(th(i), S(r, n, X(r, i) * al(r))))


def _derive(B: Board) -> None:
    positive, inverse, dual = (B.given(h.formula) for h in (POSITIVE, INVERTIBLE, DUAL_INVERTIBLE))
    closed, coefficients = B.given(CLOSED_FORM.formula), B.given(COEFFICIENTS.formula)
    built = at(infer("taut", [regular(), positive], regular().statement.args[1]), n)
    B.have(ForAll(s, Lt(0, DENOMINATOR)), "x'U(s)x is not negative", using=[positive_denominators(), positive])
    B.conclude("existence", "a rank-one update for each row", using=[built])
    kernel = at(trivial_kernel(), n, p, lam)
    B.conclude("kernel", "v'(X'X + lam I)v = |Xv|^2 + lam |v|^2", using=[kernel, positive])

    def same(left: Callable[[Any], Any], right: Callable[[Any], Any], using: Sequence[Theorem]) -> Theorem:
        """A line: two vectors agree, because (X'X + lam I) makes the same of both."""
        apart = applied(kernel, {v: (j, left(j) - right(j))})
        B.have(ForAll(i < p, Eq(S(j, p, gram(n, i, j) * (left(j) - right(j))), 0)), "the same image", using=using)
        return B.have(
            ForAll(i < p, Eq(left(i) - right(i), 0)), "the kernel is trivial", using=[apart, B.theorems[-1], positive]
        )

    with B.suppose(Lt(k, p), fix=[k]):
        inverted = infer("taut", [built], built.statement.args[1])
        same(lambda i: R(i, k), lambda i: U(n, i, k), [inverse, inverted, B.given(Lt(k, p))])
        B.have(ForAll(i < p, Eq(R(i, k), U(n, i, k))), using=[B.theorems[-1]])
    B.conclude("only inverse", using=[B.theorems[-1]])
    with B.suppose(Lt(k, p)):
        B.use(square_rule())
        quadratic = _objective(b) + t * SLOPE + t**2 * gram(n, k, k) / 2
        path = B.have(ForAll(t, Eq(_objective(_along), quadratic)), "square out", using=[B.given(Lt(k, p))])
        B.have(D(t, _objective(_along), 0, SLOPE), "the slope of a parabola", by=path, prover=by_calculus)
    B.conclude("gradient")
    solved = system(lambda i, k: gram(n, i, k), R, lambda i: S(r, n, X(r, i) * Y(r)), th)
    normal = ForAll(k < p, Eq(S(j, p, gram(n, k, j) * th(j)), MOMENT))
    equations = B.have(normal, "R is the inverse", using=[at(solved, p), inverse, closed])
    B.conclude("stationary", using=[equations])
    orthogonal = weighted(B, k, p, b(k) - th(k), equations)
    gap = B.conclude("gap", "square out; the gradient at th is 0", using=[orthogonal])
    fit = squares(S(r, n, S(i, p, X(r, i) * (b(i) - th(i))) ** 2))
    size = squares(S(i, p, (b(i) - th(i)) ** 2))
    curvature = S(r, n, S(i, p, X(r, i) * (b(i) - th(i))) ** 2) / 2 + lam / 2 * S(i, p, (b(i) - th(i)) ** 2)
    B.have(Le(0, curvature), "no square is negative", using=[fit, size, positive])
    least = at(stationary_minimum(), _objective(th), _objective(b), 0, curvature)
    B.conclude("minimum", "a stationary point of a convex quadratic", using=[gap, least, B.theorems[-1]])
    with B.suppose(Le(_objective(b), _objective(th))):
        small = B.have(Le(lam / 2 * S(i, p, (b(i) - th(i)) ** 2), 0), "the gap", using=[gap, fit, B.theorems[-1]])
        small = B.have(Le(S(i, p, (b(i) - th(i)) ** 2), 0), using=[small, positive])
        zero = at(applied(vanishing(), {squares_of: (i, b(i) - th(i))}), p)
        zero = B.have(ForAll(k < p, Eq(b(k) - th(k), 0)), "a sum of squares", using=[small, zero])
        B.have(Implies(Lt(k, p), Eq(b(k), th(k))), using=[zero])
    B.conclude("unique", using=[B.theorems[-1]])
    B.conclude("dual existence", "it is (I - X R X')/lam", using=[at(dual_inverse(), n, p, lam), positive, inverse])
    solved = system(lambda r, s: outer(p, r, s), Q, Y, al)
    solution = ForAll(r < n, Eq(S(s, n, outer(p, r, s) * al(s)), Y(r)))
    solved = B.have(solution, "Q is the inverse", using=[at(solved, n), dual, coefficients])
    back = ForAll(i < p, Eq(S(j, p, gram(n, i, j) * S(r, n, X(r, j) * al(r))), S(r, n, X(r, i) * Y(r))))
    back = B.have(back, "X'(X X' + lam I) = (X'X + lam I)X'", using=[at(back_to_primal(), n, p, lam), solved])
    same(th, lambda i: S(r, n, X(r, i) * al(r)), [equations, back])
    B.conclude("dual", using=[B.theorems[-1]])


# --- finite models ------------------------------------------------------------------------------------------------

Matrix = Sequence[Sequence[Fraction | int]]


def _inverse(matrix: Matrix) -> list[list[Fraction]]:
    """The inverse by Gauss and Jordan; the matrices here have pivots without exchanges."""
    size = len(matrix)
    rows = [[*map(Fraction, row), *(Fraction(int(i == k)) for k in range(size))] for i, row in enumerate(matrix)]
    for pivot in range(size):
        rows[pivot] = [entry / rows[pivot][pivot] for entry in rows[pivot]]
        for other in range(size):
            if other != pivot:
                factor = rows[other][pivot]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[pivot], strict=True)]
    return [row[size:] for row in rows]


def _square(matrix: Matrix, penalty: Fraction | int) -> Matrix:
    """matrix matrix' + penalty I."""
    return [
        [sum(a * b for a, b in zip(x, y, strict=True)) + penalty * (i == k) for k, y in enumerate(matrix)]
        for i, x in enumerate(matrix)
    ]


def _model(
    rows: Matrix,
    labels: Sequence[int],
    penalty: Fraction | int = 1,
    *,
    inverted: Fraction | int | None = None,
    dual: Fraction | int | None = None,
    **indices: int,
) -> Callable[[], Model]:
    """These data; R and Q invert with the penalties `inverted` and `dual` (default: the penalty, 0 for no inverse)."""

    def build() -> Model:
        columns = list(zip(*rows, strict=True))
        first = penalty if inverted is None else inverted
        second = penalty if dual is None else dual
        matrices: dict[str, Matrix] = {
            "X": rows,
            "R": _inverse(_square(columns, first)) if first else [],
            "Q": _inverse(_square(rows, second)) if second or dual is not None else [],
        }

        def table(matrix: Matrix) -> Callable[[int, int], Fraction]:
            def entry(i: int, k: int) -> Fraction:
                inside = i < len(matrix) and k < len(matrix[int(i)])
                return Fraction(matrix[int(i)][int(k)]) if inside else Fraction(0)

            return entry

        tables: dict[tuple[str, str], Any] = {(name, "NN>R"): table(matrix) for name, matrix in matrices.items()}
        tables |= {("n", ">N"): len(rows), ("p", ">N"): len(columns), ("lam", ">R"): Fraction(penalty)}
        tables |= {(name, ">N"): indices.get(name, 0) for name in "ikrq"}
        tables |= {
            ("Y", "N>R"): lambda r: labels[int(r)] if r < len(labels) else 0,
            ("b", "N>R"): lambda i: Fraction(1, 2) + i,
            ("v", "N>R"): lambda i: int(i == 0),
        }
        return Model((Fraction(1),), tables, naturals=max(len(rows), len(columns)))

    return build


SCALAR = _model([[1]], [1])
TALL = _model([[1], [2]], [1, -1], Fraction(1, 2), r=1, q=1)
WIDE = _model([[1, 2]], [3], 2, i=1, k=1)
SQUARE = _model([[1, 2], [0, 1]], [1, 1], q=1)

# --- false statements ---------------------------------------------------------------------------------------------


def _inverted(name: str, penalty: Any, words: str, model: Callable[[], Model]) -> FalseStatement:
    """R inverts X'X + penalty I, and the claim is made all the same."""
    entry = S(r, n, X(r, i) * X(r, j)) + penalty * identity(i, j)
    formula = Eq(S(j, p, entry * R(j, k)), identity(i, k))
    changed = Hypothesis("inverse", ForAll(i < p, k < p, formula), words, role="meaning")
    return FalseStatement(
        name, {"stationary": STATIONARY}, {"inverse": changed}, {"inverse": formula}, countermodel=model
    )


READINGS = {
    "inverse": Eq(S(j, p, gram(n, i, j) * R(j, k)), identity(i, k)),
    "dual inverse": Eq(S(s, n, outer(p, r, s) * Q(s, q)), identity(r, q)),
}
UNPENALISED = Eq(S(s, n, S(i, p, X(r, i) * X(s, i)) * Q(s, q)), identity(r, q))
NOT_NEGATIVE = Hypothesis("penalty", Le(0, lam), "the penalty is not negative")

FALSE = (
    FalseStatement("negative-penalty", {"minimum": MINIMUM}, {"penalty": None}, countermodel=_model([[0]], [0], -1)),
    FalseStatement(
        "zero-penalty",
        {"kernel": KERNEL, "unique": UNIQUE},
        {"penalty": NOT_NEGATIVE, "inverse": None, "dual inverse": None},
        countermodel=_model([[0]], [0], 0),
    ),
    _inverted("double-penalty", 2 * lam, "R is the inverse of X'X + 2 lam I", _model([[1]], [1], inverted=2)),
    _inverted(
        "penalty-of-a-mean", n * lam, "R is the inverse of X'X + n lam I", _model([[1], [1]], [1, 0], inverted=2)
    ),
    FalseStatement(
        "dual-without-penalty",
        {"dual": DUAL},
        {
            "dual inverse": Hypothesis(
                "dual inverse", ForAll(r < n, q < n, UNPENALISED), "Q is the inverse of X X'", role="meaning"
            )
        },
        {"dual inverse": UNPENALISED},
        countermodel=_model([[1]], [1], dual=0),
    ),
    FalseStatement(
        "untransposed-dual",
        {"dual": Implies(Eq(n, p), Lt(i, p), Eq(th(i), S(r, n, X(i, r) * al(r))))},
        countermodel=SQUARE,
    ),
    FalseStatement(
        "gradient-without-penalty",
        {"gradient": Implies(Lt(k, p), D(t, _objective(_along), 0, SLOPE - lam * b(k)))},
        countermodel=SCALAR,
    ),
    FalseStatement(
        "gradient-without-half",
        {"gradient": Implies(Lt(k, p), D(t, _objective(_along), 0, 2 * SLOPE))},
        countermodel=TALL,
    ),
    FalseStatement("gap-without-penalty", {"gap": Eq(_objective(b), _objective(th) + FIT)}, countermodel=TALL),
)

PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="ridge-closed-form",
            title="Ridge regression has one minimiser, (X'X + lam I)^-1 X'Y = X'(X X' + lam I)^-1 Y",
            sources=(("003", "5"),),
            hypotheses=(POSITIVE, INVERTIBLE, DUAL_INVERTIBLE, BY_ROWS, CLOSED_FORM, COEFFICIENTS),
            parts={
                "existence": EXISTS,
                "kernel": KERNEL,
                "only inverse": Implies(Lt(i, p), Lt(k, p), Eq(R(i, k), U(n, i, k))),
                "gradient": Implies(Lt(k, p), D(t, _objective(_along), 0, SLOPE)),
                "stationary": STATIONARY,
                "gap": GAP,
                "minimum": MINIMUM,
                "unique": UNIQUE,
                "dual existence": DUAL_EXISTS,
                "dual": DUAL,
            },
            derive=_derive,
            not_covered=("The least squares problem without a penalty, whose minimiser need not be unique.",),
            false=FALSE,
            models=(SCALAR, TALL, WIDE, SQUARE),
            readings=READINGS,
            rewording={"minimum": Le(2 * _objective(th), 2 * _objective(b))},
        ),
    )
}
