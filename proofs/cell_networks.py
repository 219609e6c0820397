"""Two hidden layers of steps, one unit a cell, for any number of inputs; `step_approximation_highdim` has the claim."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.finite import Model
from .board.notation import (
    And,
    Eq,
    ForAll,
    Iff,
    Implies,
    Le,
    Lt,
    Ne,
    Or,
    S,
    absolute,
    bracket,
    function,
    naturals,
    reals,
    step,
)
from .board.proposition import FalseStatement, Hypothesis
from .board.rewriting import rewritten
from .kernel.term import instantiate
from .kernel.theorem import Theorem, infer
from .library import cells, digits
from .library.calculus import applied
from .library.digits import DIGITS, QUOTIENT, g, q
from .library.order import at
from .library.premises import discharged, logic, premises
from .library.steps import near_midpoint, tile_is_a_bit
from .step_approximation import GRID, MIDPOINTS, B, K, i, m, midpoints, n, one_tile_each, t

d, j, k, l = naturals("d j k l")  # inputs; tiles, inputs, cells
b, r = reals("b r")  # the value at the point, the root of d
z, F, on = function("z", "N>R"), function("F", "N>R"), function("a", "N>R")  # the point, values at midpoints, bits
x, y, u, w = reals("x y u w")
f = function("f", "RR>R")

TILES = Hypothesis("tiles", Lt(0, n), "there is at least one tile a side", needed_by="no-tiles")
QUOTIENTS = Hypothesis(
    "quotients", QUOTIENT, "q(l) is l/n rounded down: so many multiples of n lie in (0, l]", role="definition"
)
NUMBERING = Hypothesis(
    "numbering",
    DIGITS,
    "g(l, k) is digit k of l to the base n: cell l is tile g(l, k) along input k",
    role="definition",
)
HYPOTHESES = (TILES, GRID, MIDPOINTS, QUOTIENTS, NUMBERING)


def tile(i: Any, x: Any) -> Any:
    """1 on tile i, by two units of the first hidden layer."""
    return step(x - t(n, i)) - step(x - t(n, i + 1))


def _inside(x: Any) -> tuple[Any, Any]:
    return Lt(-B, x), Le(x, B)


SIDE, MIDDLE = tile(g(l, k), z(k)), m(n, g(l, k))
UNIT = bracket(Lt(d - Fraction(1, 2), S(k, d, SIDE)))  # of the second hidden layer, for cell l of n^d
ONE = Eq(S(l, n**d, UNIT), 1)
BITS = ForAll(k < d, Or(Eq(on(k), 0), Eq(on(k), 1)))
ALL_ON = ForAll(k < d, Eq(on(k), 1))
INSIDE = ForAll(k < d, And(*_inside(z(k))))
ROOT = (Le(0, r), Le(d, r**2))  # the least such r is the root of d
LIPSCHITZ = ForAll(l < n**d, Le((F(l) - b) ** 2, K**2 * S(k, d, (MIDDLE - z(k)) ** 2)))
BOUND = K * (r * (B / n))


def error(
    shape: Any = UNIT,
    premises: tuple[Any, ...] = (Lt(0, B), Le(0, K), *ROOT, INSIDE, LIPSCHITZ),
    bound: Any = BOUND,
) -> Any:
    """The value of each cell is that at its midpoint, and the sum of the cells that are on is near b, that at z."""
    return Implies(*premises, Le(absolute(S(l, n**d, F(l) * shape) - b), bound))


AND = step(tile(i, x) + tile(j, y) - Fraction(3, 2))  # for two inputs
VALUE = f(m(n, i), m(n, j))
LIPSCHITZ_ON_THE_SQUARE = ForAll(
    x,
    y,
    u,
    w,
    Implies(
        *(bound for c in (x, y, u, w) for bound in (Le(-B, c), Le(c, B))),
        Le((f(x, y) - f(u, w)) ** 2, K**2 * ((x - u) ** 2 + (y - w) ** 2)),
    ),
)
OF_TWO = (LIPSCHITZ_ON_THE_SQUARE, Le(0, K), Le(0, r), Le(2, r**2), *_inside(x), *_inside(y))
SQUARE_ERROR = Le(absolute(S(j, n, S(i, n, VALUE * AND)) - f(x, y)), BOUND)

PARTS = {
    "and unit": Implies(BITS, Iff(Lt(d - Fraction(1, 2), S(k, d, on(k))), ALL_ON)),
    "one cell": Implies(INSIDE, ONE),
    "midpoints": Implies(Lt(0, B), And(Le(-B, MIDDLE), Le(MIDDLE, B))),
    "error": error(),
    "two inputs": Implies(*OF_TWO, SQUARE_ERROR),
}


def derive(D: Board) -> None:
    """The parts of the claim that say how well two hidden layers do."""
    for numbered in (QUOTIENTS, NUMBERING):
        D.given(numbered.formula)  # what the theorems on digits rest on
    _and_unit(D)
    with D.likewise("a midpoint lies in the interval, half a tile away from both ends, as for one input"):
        middle = midpoints(D)
    with D.likewise("the tiles of a side add up to 1, as for one input"):
        filled = one_tile_each(D)
    with D.likewise("a tile is on or off"):
        sides = _sides(D)
    _one_cell(D, sides, filled)
    middles = _midpoints(D, middle)
    _error(D, sides, middles)
    _two_inputs(D, middles)


def _and_unit(D: Board) -> None:
    least, total = 1 - bracket(Eq(k, j)), S(k, d, on(k))
    with D.suppose(BITS):
        bits = D.given(BITS)
        D.ignore(BITS)
        with D.suppose(Lt(d - Fraction(1, 2), total)) as forth:
            with D.suppose(Lt(j, d), fix=[j]):
                with D.suppose(Eq(on(j), 0)):
                    with D.suppose(Lt(k, d), fix=[k]), D.likewise("every other unit gives 1 at most"):
                        D.use(discharged(D, at(bits, k)))
                        for case in (Eq(k, j), Ne(k, j)):
                            with D.suppose(case):
                                D.have(Le(on(k), least))
                        D.have(Le(on(k), least))
                    D.have(Le(total, S(k, d, least)), "the sum is that of the others at most")
                    D.have(Eq(S(k, d, least), d - 1))
                    D.contradiction("d - 1 < d - 1/2")
                D.use(discharged(D, at(bits, j)))
                D.have(Eq(on(j), 1), "no unit is off")
            D.have(ALL_ON)
        with D.suppose(ALL_ON) as back, D.likewise("all are on"):
            D.have(Le(total, S(k, d, 1)))
            D.have(Le(S(k, d, 1), total))
            D.have(Lt(d - Fraction(1, 2), total))
        exactly = to_term(Iff(Lt(d - Fraction(1, 2), total), ALL_ON))
        D.use(infer("taut", [*forth, *back], exactly))
        D.have(exactly)
    D.conclude("and unit")


def _sides(D: Board) -> Theorem:
    """Every tile is 0 or 1 at z(k), if B > 0."""
    with D.suppose(Lt(0, B)) as found, D.suppose(fix=[k]), D.suppose(fix=[i]):
        D.have(Lt(0, B / n))
        rising = D.have(Le(t(n, i), t(n, i + 1)))
        rule = at(tile_is_a_bit(), z(k), t(n, i), t(n, i + 1))
        bit = infer("taut", [rule, rising], rule.statement.args[1])
        D.have(bit.statement, using=[bit])
    return found[0]


def _one_cell(D: Board, sides: Theorem, filled: Theorem) -> None:
    """By induction on the number of inputs, in the library."""
    rule = applied(digits.one_cell(), {digits.T: ((i, k), tile(i, z(k))), digits.D: d})
    bits, one, _ = premises(rule.statement)
    D.ignore(*(p.statement for p in D.theorems))
    with D.suppose(INSIDE):
        inside = D.given(INSIDE)
        D.ignore(INSIDE)
        with D.likewise("along each side one tile is on"):
            for wanted in (bits, one):
                with D.suppose(Lt(k, d), fix=[k]):
                    here = discharged(D, at(inside, k))
                    D.use(*(infer("taut", [here], p) for p in here.statement.args))
                    D.have(Lt(0, B))
                    found = at(discharged(D, sides), k) if wanted is bits else discharged(D, at(filled, z(k)))
                    _repeat(D, found)
        with D.likewise("one tile of the first side for each cell of the others, by induction"):
            last = at(discharged(D, rule), d, 0)
            D.have(last.statement.args[0])
            D.have(ONE, using=[discharged(D, last)])
    D.conclude("one cell")


def _repeat(D: Board, found: Theorem, reason: str = "") -> None:
    """A theorem as a line."""
    D.have(found.statement, reason, prover=logic(found))


def _midpoints(D: Board, middle: Theorem) -> Theorem:
    """The midpoint of a cell, along any side, as `middle` says it of a tile."""
    D.ignore(*(p.statement for p in D.theorems))
    D.use(infer("assume", (), TILES.term))
    with D.likewise("the digits of a cell are tiles: they are below n"):
        with D.suppose(fix=[l, k]) as found, D.suppose(Lt(0, B)):
            _repeat(D, at(discharged(D, digits.below()), k, l))
            _repeat(D, discharged(D, at(middle, g(l, k))))
        D.conclude("midpoints")
    return found[0]


def _error(D: Board, sides: Theorem, middles: Theorem) -> None:
    """An average over the cells, of which one is on."""
    table = {cells.side: ((l, k), SIDE), cells.middle: ((l, k), MIDDLE), cells.z: (k, z(k)), cells.F: (l, F(l))}
    rule = at(applied(cells.approximates(D.concluded["and unit"]), table), K, B / n, r, b, d, n**d)
    D.ignore(*(p.statement for p in D.theorems))
    D.use(infer("assume", (), TILES.term))
    with D.suppose(Lt(0, B), Le(0, K), *ROOT, INSIDE, LIPSCHITZ) as found:
        D.use(discharged(D, D.concluded["one cell"]))
        with D.likewise("a side is on only within half a tile of the midpoint"):
            D.have(Lt(0, B / n), using=[D.given(Lt(0, B)), D.given(TILES.formula)])
            width = D.have(Le(0, B / n), using=[D.theorems[-1]])
            with D.suppose(Lt(l, n**d), fix=[l]), D.suppose(Lt(k, d), fix=[k]):
                _repeat(D, at(discharged(D, sides), k, g(l, k)))
            with D.suppose(Lt(l, n**d), fix=[l]), D.suppose(Lt(k, d), fix=[k]):
                middle, near = discharged(D, at(middles, l, k)), at(near_midpoint(), z(k), MIDDLE, B / n)
                for equation in middle.statement.args[2:]:
                    near = rewritten(near, infer("taut", [middle], equation))
                _repeat(D, infer("taut", [near, width], near.statement.args[1]))
        _repeat(D, discharged(D, rule), "an average over the cells, of which one is on")
    D.conclude("error", prover=logic(found[0]))


def _two_inputs(D: Board, middles: Theorem) -> None:
    """An instance: the cells of a square, row by row."""
    point = x * bracket(Eq(k, 0)) + y * bracket(Eq(k, 1))
    value = f(m(n, g(l, 0)), m(n, g(l, 1)))
    rule = applied(D.concluded["error"], {d: 2, z: (k, point), F: (l, value), b: f(x, y)})
    *_, lipschitz, _ = premises(rule.statement)
    D.ignore(*(p.statement for p in D.theorems))
    with D.suppose(*OF_TWO) as found:
        given = D.given(LIPSCHITZ_ON_THE_SQUARE)
        D.ignore(LIPSCHITZ_ON_THE_SQUARE)
        with D.likewise("f is Lipschitz between a midpoint and the point"):
            D.have(Lt(0, B))
            with D.suppose(Lt(k, 2), fix=[k]):
                for case, place in ((Eq(k, 0), x), (Eq(k, 1), y)):
                    with D.suppose(case):
                        D.have(Eq(point, place))
                        D.have(And(*_inside(point)))
                D.have(And(*_inside(point)))
            with D.suppose(Lt(l, n**2), fix=[l]):
                for side in (0, 1):
                    middle = discharged(D, at(middles, l, side))
                    D.use(*(infer("taut", [middle], p) for p in middle.statement.args[:2]))
                D.have(Le(-B, x))
                D.have(Le(-B, y))
                near = discharged(D, at(given, m(n, g(l, 0)), m(n, g(l, 1)), x, y))
                D.have(instantiate(lipschitz.args[0], [to_term(l)]).args[1], using=[near])
        whole = discharged(D, rule)
        D.ignore(*(p.statement for p in D.theorems))
        cell = step(tile(g(l, 0), x) + tile(g(l, 1), y) - Fraction(3, 2))
        total = D.have(Le(absolute(S(l, n**2, value * cell) - f(x, y)), BOUND), "the error for d = 2", using=[whole])
        rows = rewritten(total, applied(digits.rows(), {digits.A: ((i, j), VALUE * AND)}))
        D.have(SQUARE_ERROR, "row by row", using=[rows])
    D.conclude("two inputs", prover=logic(found[0]))


# --- false siblings -----------------------------------------------------------------------------------------------


def model(tiles: int = 1, inputs: int = 2, **numbers: Fraction | int) -> Callable[[], Model]:
    """The constant 1 on cells of one tile a side, the point (1/2, ..., 1/2), two bits of which the first is on.

    `at` is another coordinate of the point, `height` another value at all midpoints, b that at the point.
    """

    def build() -> Model:
        values: dict[str, Any] = {"B": 1, "K": 0, "r": 2, "x": 0, "y": 0, "b": 1, "at": Fraction(1, 2), "height": 1}
        values |= numbers
        coordinate, height = Fraction(values.pop("at")), Fraction(values.pop("height"))
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {("n", ">N"): tiles, ("d", ">N"): inputs, ("l", ">N"): 0, ("k", ">N"): 0}
        tables |= {("a", "N>R"): lambda i: Fraction(int(i == 0)), ("f", "RR>R"): lambda x, y: Fraction(1)}
        tables |= {("z", "N>R"): lambda k: coordinate, ("F", "N>R"): lambda l: height}
        return Model((Fraction(1),), tables)

    return build


LAST_DIGIT = S(j, l, bracket(Le(n * q(l), j)))
REPEATED = Hypothesis(
    "numbering", ForAll(l, k, Eq(g(l, k), LAST_DIGIT)), "every side takes the last digit of l", role="definition"
)
CLOSED = ForAll(k < d, And(Le(-B, z(k)), Le(z(k), B)))
FALSE_STATEMENTS = (
    FalseStatement(
        "one-unit-may-be-off",
        {"and unit": Implies(BITS, Iff(Lt(d - Fraction(3, 2), S(k, d, on(k))), ALL_ON))},
        countermodel=model(),
    ),
    FalseStatement("added-boxes", {"error": error(S(k, d, SIDE))}, countermodel=model()),
    FalseStatement("repeated-cells", hypotheses={"numbering": REPEATED}, countermodel=model(tiles=2)),
    FalseStatement("no-tiles", hypotheses={"tiles": None}, countermodel=model(tiles=0, inputs=1)),
    FalseStatement("lower-faces", {"one cell": Implies(CLOSED, ONE)}, countermodel=model(at=-1)),
    FalseStatement(
        "without-the-root",
        {"error": error(premises=(Lt(0, B), Le(0, K), INSIDE, LIPSCHITZ), bound=K * (B / n))},
        countermodel=model(inputs=4, K=1, at=1, height=0, b=2),
    ),
)
