"""Step networks approximate every Lipschitz function on an interval: one box a tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.notation import (
    And,
    Eq,
    Exists,
    ForAll,
    Implies,
    Le,
    Lt,
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
from .kernel.term import Term, instantiate, lnot, num, substitute
from .kernel.theorem import Theorem, infer
from .library.averages import c, near_average, p
from .library.calculus import applied
from .library.naturals import as_many, next_within
from .library.order import absolute_nonnegative, at
from .library.premises import discharged
from .library.steps import on_its_tile

n, i, j, r = naturals("n i j r")  # number of tiles; tiles and grid points
x, y, e, K, B = reals("x y e K B")  # inputs, accuracy, Lipschitz constant, the interval is [-B, B]
f, t, m = function("f", "R>R"), function("t", "NN>R"), function("m", "NN>R")
a = function("a", "N>R")  # heights with a 0 before the first

GRID = Hypothesis(
    "grid",
    ForAll(n, i, Eq(t(n, i), -B + 2 * B * i / n)),
    "t(n, i) are the ends of n equal tiles of [-B, B]",
    role="definition",
)
MIDPOINTS = Hypothesis(
    "midpoints", ForAll(n, i, Eq(m(n, i), -B + B * (2 * i + 1) / n)), "m(n, i) is the midpoint of tile i", "definition"
)
HEIGHTS = Hypothesis(
    "heights",
    And(Eq(a(0), 0), ForAll(i, Eq(a(i + 1), f(m(n, i))))),
    "a(i + 1) is the height of tile i, and a(0) = 0",
    role="definition",
)
TILES = Hypothesis("tiles", Lt(0, n), "there is at least one tile", needed_by="no-tiles")


def tile(i: Any, n: Any = n) -> Any:
    """1 on tile i, which is half-open, by two step units."""
    return step(x - t(n, i)) - step(x - t(n, i + 1))


def network(n: Any = n) -> Any:
    """One tile after the other, each with the value of f at its midpoint."""
    return S(i, n, f(m(n, i)) * tile(i, n))


def _inside(x: Any) -> tuple[Any, Any]:
    return Lt(-B, x), Le(x, B)


LIPSCHITZ = ForAll(
    x, y, Implies(Le(-B, x), Le(x, B), Le(-B, y), Le(y, B), Le(absolute(f(x) - f(y)), K * absolute(x - y)))
)
ERROR = absolute(network() - f(x))
BOUND = K * B / n
INCREMENTS = S(i, n, (a(i + 1) - a(i)) * step(x - t(n, i)))


def _open(here: Any) -> Any:
    return S(i, n, f(m(n, i)) * bracket(And(Lt(t(n, i), here), Lt(here, t(n, i + 1)))))


EXISTS = Exists(r, And(Lt(0, r), ForAll(x, Implies(*_inside(x), Le(absolute(network(r) - f(x)), e)))))
PARTS = {
    "error": Implies(LIPSCHITZ, *_inside(x), Le(ERROR, BOUND)),
    "any accuracy": Implies(LIPSCHITZ, Lt(0, e), EXISTS),
    "one unit a tile": Implies(*_inside(x), Eq(INCREMENTS, network())),
    "open boxes": Eq(_open(t(n, j)), 0),
}


def _derive(D: Board) -> None:
    aside = TILES.term, HEIGHTS.term  # they name n, and the error is wanted for every number of tiles
    D.ignore(*aside)
    with D.suppose(Lt(0, n), fix=[n]) as general:
        _error(D)
    D.ignore(*(line.theorem.statement for line in D.lines))
    D.use(infer("assume", (), TILES.term))
    D.conclude("error", "for this number of tiles as for any other")
    D.ignore(TILES.formula, PARTS["error"])
    _any_accuracy(D, general[0])
    D.conclude("any accuracy")
    D.use(*(infer("assume", (), q) for q in aside))
    _increments(D)
    D.conclude("one unit a tile")
    D.conclude("open boxes", "every box is 0 there", by=_grid_points(D))


def midpoints(D: Board) -> Theorem:
    """For i < n: the midpoint of tile i lies in the interval, half a tile away from both ends."""
    with D.suppose(Lt(0, B), Lt(i, n), fix=[i]) as found, D.likewise("a midpoint lies in the interval"):
        _midpoint(D)
    return found[0]


def one_tile_each(D: Board) -> Theorem:
    """For every x of the interval the tiles add up to 1."""
    with D.suppose(*_inside(x), fix=[x]) as found:
        with D.likewise("the interval is not empty"):
            D.have(Lt(0, B))
            D.have(Lt(0, B / n))
        D.have(And(Eq(t(n, 0), -B), Eq(t(n, n), B)), "the tiles fill the interval")
        D.have(ForAll(i, Eq(t(n, i + 1), t(n, i) + 2 * B / n)), "of length 2B/n")
        D.have(ForAll(i, Le(0, tile(i))), "the left end of a tile lies to the left")
        with D.likewise("the sum telescopes, by induction"):
            D.induction(r, Eq(S(i, r, tile(i)), step(x - t(n, 0)) - step(x - t(n, r))))
        D.have(Eq(S(i, n, tile(i)), 1), "so x lies in exactly one tile")
    return found[0]


def _error(D: Board) -> None:
    """The error for one number n of tiles."""
    D.have(Lt(0, 1 / n))
    midpoints(D)
    tiling = one_tile_each(D)
    D.ignore(GRID.formula, MIDPOINTS.formula, tiling.statement)
    average = at(applied(near_average(), {c: (i, f(m(n, i))), p: (i, tile(i))}), BOUND, f(x), n)
    _, rule = average.statement.args
    with D.suppose(LIPSCHITZ, *_inside(x), fix=[x]):
        with D.likewise("between the ends f changes by at most 2BK"):
            D.have(Lt(0, B))
            D.use(at(absolute_nonnegative(), f(B) - f(-B)))
            D.have(Le(absolute(f(B) - f(-B)), K * absolute(B - -B)))
            D.have(Le(0, K * (2 * B)))
            D.have(Le(0, K))
        D.have(Le(0, B / n))
        lipschitz = D.given(LIPSCHITZ)
        D.ignore(LIPSCHITZ, *(q.statement for q in D.theorems[-5:-2]))
        with D.suppose(Lt(i, n), fix=[i]):
            _one_tile(D, lipschitz, instantiate(rule.args[0].args[0], [to_term(i)]).args[1])
        D.use(at(tiling, x))
        D.have(Eq(S(i, n, tile(i)), 1))
        D.use(discharged(D, average))
        D.have(Le(ERROR, BOUND), "an average with the weights of the tiles")


def _any_accuracy(D: Board, error: Theorem) -> None:
    """As many tiles as K B / e."""
    D.use(error)
    with D.suppose(LIPSCHITZ, Lt(0, e)), D.obtain(discharged(D, at(as_many(), K * B, e)), r):
        D.have(Lt(0, r))
        enough = D.have(Le(K * B / r, e), "enough tiles")
        with D.suppose(*_inside(x), fix=[x]):
            close = D.have(Le(absolute(network(r) - f(x)), K * B / r), "the error with r tiles")
            D.have(Le(absolute(network(r) - f(x)), e), using=[close, enough])
        D.witness(EXISTS, r)


def _increments(D: Board) -> None:
    """Summation by parts."""
    with D.likewise("the heights"):
        D.have(Eq(a(0), 0))
        D.have(ForAll(i, Eq(a(i + 1), f(m(n, i)))))
    D.ignore(HEIGHTS.formula, GRID.formula, MIDPOINTS.formula)
    by_parts = S(i, r, a(i + 1) * tile(i)) + a(r) * step(x - t(n, r))
    with D.likewise("summation by parts, by induction"):
        D.induction(r, Eq(S(i, r, (a(i + 1) - a(i)) * step(x - t(n, i))), by_parts))
    D.use(*(infer("assume", (), q.term) for q in (GRID, MIDPOINTS, HEIGHTS)))
    with D.suppose(*_inside(x)):
        D.have(Eq(t(n, n), B))
        D.have(Eq(step(x - t(n, n)), 0), "x lies within the interval")
        with D.likewise("the last unit is still off"):
            D.have(Eq(INCREMENTS, S(i, n, a(i + 1) * tile(i))))
            D.have(Eq(INCREMENTS, network()))


def _grid_points(D: Board) -> Theorem:
    """No grid point lies between two neighbours."""
    inside = bracket(And(Lt(t(n, i), t(n, j)), Lt(t(n, j), t(n, i + 1))))
    with D.likewise("no grid point lies between two neighbours"):
        with D.suppose(fix=[i]):
            D.have(Lt(0, 1 / n))
            with D.suppose(Le(B, 0)):
                D.have(Le(t(n, i + 1), t(n, i)))
                D.have(Eq(inside, 0))
            with D.suppose(Lt(0, B), Le(j, i)):
                D.have(Le(B / n * j, B / n * i))
                D.have(Le(t(n, j), t(n, i)))
                D.have(Eq(inside, 0))
            with D.suppose(Lt(0, B), Lt(i, j)):
                D.use(discharged(D, at(next_within(), j, i)))
                D.have(Le(B / n * (i + 1), B / n * j))
                D.have(Le(t(n, i + 1), t(n, j)))
                D.have(Eq(inside, 0))
            D.have(Eq(inside, 0))
        return D.have(ForAll(i, Eq(inside, 0)))


MIDPOINT = (
    Le(-B, m(n, i)),
    Le(m(n, i), B),
    Eq(m(n, i) - B / n, t(n, i)),
    Eq(m(n, i) + B / n, t(n, i + 1)),
)  # of tile i < n


def _midpoint(D: Board) -> None:
    D.use(at(next_within(), n, i))
    D.have(Lt(0, B / n))
    D.have(Le(0, B / n * i))
    D.have(Le(B / n * (i + 1), B / n * n))
    D.have(And(*MIDPOINT), "a midpoint lies in the interval, half a tile away from both ends")


def _one_tile(D: Board, lipschitz: Theorem, off_by: Term) -> None:
    """On its tile the network is off by at most K times half the length of the tile."""
    with D.likewise("the midpoint lies in the interval"):
        left, right = [D.have(q) for q in (Le(-B, x), *MIDPOINT)][-2:]
    D.use(discharged(D, at(lipschitz, m(n, i), x)))
    D.have(Le(absolute(f(m(n, i)) - f(x)), K * absolute(m(n, i) - x)), "f is Lipschitz")
    off = discharged(D, at(on_its_tile(), x, m(n, i), B / n, f(m(n, i)), f(x), K))
    D.use(rewritten(rewritten(off, left), right))
    D.have(off_by, "on its tile x is half a tile away at most")


# --- false siblings -----------------------------------------------------------------------------------------------


def _model(number: int = 1, **numbers: Fraction | int) -> Callable[[], Model]:
    """The constant 1 on [-1, 1] with this number of tiles, read at x = 1/2 unless other numbers are given."""

    def build() -> Model:
        values: dict[str, Any] = {"B": 1, "K": 0, "e": 1, "x": Fraction(1, 2)} | numbers
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {("n", ">N"): number, ("j", ">N"): 1, ("f", "R>R"): lambda x: Fraction(1)}
        return Model((Fraction(1),), tables)

    return build


def _claim(
    *,
    height: Any = None,
    shape: Any = None,
    premise: Any = LIPSCHITZ,
    inside: tuple[Any, Any] = _inside(x),
    bound: Any = BOUND,
) -> Any:
    """The bound on the error, with something changed: which height a tile has, which shape, what is supposed of f."""
    heights = f(m(n, i)) if height is None else height
    total = S(i, n, heights * (tile(i) if shape is None else shape))
    return Implies(premise, *inside, Le(absolute(total - f(x)), bound))


@dataclass(frozen=True)
class _Instance:
    """A function on [-1, 1] with a constant K, and a point at which a number of tiles does worse than claimed."""

    value: Callable[[Any], Any]
    number: int
    at: int
    constant: int

    def refute(self, claim: Any) -> Callable[[], Theorem]:
        """The negation of the claim there, from the definitions alone."""
        return lambda: self._refuted(to_term(claim))

    def _refuted(self, claim: Term) -> Theorem:
        table = {("n", ">N"): num(self.number)}
        table |= {(s, ">R"): num(v) for s, v in (("B", 1), ("K", self.constant), ("x", self.at))}

        def here(formula: Any) -> Term:
            return substitute(to_term(formula), table)

        definitions = [here(GRID.formula), here(MIDPOINTS.formula), to_term(ForAll(y, Eq(f(y), self.value(y))))]
        board = Board(definitions, {})
        premises, conclusion = [], substitute(claim, table)
        while conclusion.head == "imp":
            premises.append(board.have(conclusion.args[0]))
            conclusion = conclusion.args[1]
        for k in range(self.number + 1 if self.number else 0):
            for name in (t, m):
                board.have(Eq(name(self.number, k), _number(name, self.number, k)))
        board.have(lnot(conclusion))
        return infer("taut", [*premises, board.theorems[-1]], lnot(substitute(claim, table)))


def _number(name: Any, number: int, k: int) -> Fraction:
    return -1 + Fraction(2 * k if name is t else 2 * k + 1, number)


CHANGED = {
    "open-boxes": (
        _claim(shape=bracket(And(Lt(t(n, i), x), Lt(x, t(n, i + 1))))),
        _Instance(lambda y: 1, number=2, at=0, constant=0),
    ),
    "left-end-included": (
        _claim(inside=(Le(-B, x), Le(x, B))),
        _Instance(lambda y: 1, number=1, at=-1, constant=0),
    ),
    "half-the-bound": (_claim(bound=K * B / (2 * n)), _Instance(lambda y: y, number=1, at=1, constant=1)),
    "quadratic-rate": (_claim(bound=K * B / n**2), _Instance(lambda y: y, number=2, at=1, constant=1)),
    "heights-at-the-left-ends": (_claim(height=f(t(n, i))), _Instance(lambda y: y, number=1, at=1, constant=1)),
    "bounded-is-enough": (
        _claim(premise=ForAll(x, Implies(Le(-B, x), Le(x, B), Le(absolute(f(x)), K)))),
        _Instance(lambda y: step(2 * y - 1), number=2, at=1, constant=1),
    ),
}
FALSE = (
    *(
        FalseStatement(name, {"error": claim}, negation=instance.refute(claim))
        for name, (claim, instance) in CHANGED.items()
    ),
    FalseStatement(
        "no-tiles",
        hypotheses={"tiles": None},
        negation=_Instance(lambda y: 1, number=0, at=0, constant=0).refute(PARTS["error"]),
    ),
    FalseStatement(
        "beyond-the-interval",
        {"one unit a tile": Implies(Lt(-B, x), Eq(INCREMENTS, network()))},
        countermodel=_model(x=2),
    ),
)

PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="step-approximation",
            title="n half-open boxes approximate a Lipschitz function on [-B, B] to within K B/n",
            sources=(("002", "1b"),),
            hypotheses=(TILES, GRID, MIDPOINTS, HEIGHTS),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "The left end -B, which the half-open boxes leave out.",
                "Functions that are bounded and smooth on an open interval only (twin).",
            ),
            false=FALSE,
            models=(_model(), _model(3, B=2, x=-1)),
            rewording={"open boxes": Eq(2 * _open(t(n, j)), 0)},
        ),
    )
}
