"""Several inputs: two hidden layers approximate as one does for one input, and one hidden layer has no exact box."""

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
    ForAll,
    Iff,
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
from .kernel.term import abstract, instantiate, land, lnot, num, substitute, term
from .kernel.theorem import Theorem, infer
from .library import cells, ridge
from .library.averages import c, near_average
from .library.averages import p as weight
from .library.calculus import applied
from .library.order import at, scaled
from .library.premises import discharged
from .library.ridge import H, R, beyond, p, phi, q
from .library.steps import both_on, near_midpoint, tile_is_a_bit, weighed
from .step_approximation import GRID, MIDPOINTS, B, K, i, m, midpoints, n, one_tile_each, t

d, j, k, l = naturals("d j k l")  # inputs of an AND unit; tiles, inputs, cells
x, y, u, w, s, r, h = reals("x y u w s r h")
f, on = function("f", "RR>R"), function("a", "N>R")
g, z, F, b = function("g", "NN>N"), function("z", "N>R"), function("F", "N>R"), reals("b")  # cells of d inputs
v, e = function("v", "N>R"), function("c", "N>R")  # output weights and biases of a single hidden layer
W = function("W", "NN>R")  # its weights: unit, input

TILES = Hypothesis("tiles", Lt(0, n), "there is at least one tile a side", needed_by="no-tiles")


def tile(i: Any, x: Any) -> Any:
    """1 on tile i, by two units of the first hidden layer."""
    return step(x - t(n, i)) - step(x - t(n, i + 1))


def cell(threshold: Any = Fraction(3, 2)) -> Any:
    """A unit of the second hidden layer: on in cell (i, j)."""
    return step(tile(i, x) + tile(j, y) - threshold)


def _inside(x: Any) -> tuple[Any, Any]:
    return Lt(-B, x), Le(x, B)


def _interval(x: Any) -> tuple[Any, Any]:
    return Le(-B, x), Le(x, B)


LIPSCHITZ = ForAll(
    x,
    y,
    u,
    w,
    s,
    Implies(
        *(bound for z in (x, y, u, w) for bound in _interval(z)),
        Le(0, s),
        Le((x - u) ** 2 + (y - w) ** 2, s**2),
        Le(absolute(f(x, y) - f(u, w)), K * s),
    ),
)
ROOT = (Le(0, r), Le(2, r**2))  # the least such r is the root of the number of inputs
BOUND = K * (r * (B / n))
BITS = ForAll(k < d, Or(Eq(on(k), 0), Eq(on(k), 1)))


OTHERS = S(k, d, W(i, k + 2) * z(k + 2))


def ahead(x: Any, y: Any = 0) -> Any:
    """What unit i of a single hidden layer gets at the point (x, y, z(2), ..., z(d + 1))."""
    return OTHERS + (W(i, 0) * x + W(i, 1) * y)


NETWORK = S(i, H, phi(i, ahead(x, y)))  # each unit with an activation of its own
STEPS = S(i, H, v(i) * step(ahead(x, y) + e(i)))
WITHIN = ForAll(k < d, And(Lt(0, z(k + 2)), Le(z(k + 2), 1)))


def cube(x: Any, y: Any) -> Any:
    """A box of height h over a half-open cube."""
    return h * bracket(And(Lt(0, x), Le(x, 1), Lt(0, y), Le(y, 1), WITHIN))


CUBE = cube(x, y)


SIDE = step(z(k) - t(n, g(l, k))) - step(z(k) - t(n, g(l, k) + 1))
MIDDLE = m(n, g(l, k))
UNIT = bracket(Lt(d - Fraction(1, 2), S(k, d, SIDE)))  # of the second hidden layer, for cell l of n^d
ONE = Eq(S(l, n**d, UNIT), 1)
NUMBERED = (
    Lt(0, B),
    Le(0, K),
    Le(0, r),
    Le(d, r**2),
    ForAll(l < n**d, ForAll(k < d, Lt(g(l, k), n))),
    ForAll(l < n**d, Le((F(l) - b) ** 2, K**2 * S(k, d, (MIDDLE - z(k)) ** 2))),
)


def network(shape: Any = None) -> Any:
    """One cell after the other, each with the value of f at its midpoint."""
    return S(i, n, S(j, n, f(m(n, i), m(n, j)) * (cell() if shape is None else shape)))


PARTS = {
    "and unit": Implies(BITS, Iff(Lt(d - Fraction(1, 2), S(k, d, on(k))), ForAll(k < d, Eq(on(k), 1)))),
    "error": Implies(LIPSCHITZ, *ROOT, *_inside(x), *_inside(y), Le(absolute(network() - f(x, y)), BOUND)),
    "any number of inputs": Implies(*NUMBERED, ONE, Le(absolute(S(l, n**d, F(l) * UNIT) - b), BOUND)),
    "one hidden layer": Implies(ForAll(x, y, Implies(beyond(R), Eq(NETWORK, 0))), ForAll(x, y, Eq(NETWORK, 0))),
    "no box": Implies(Ne(h, 0), WITHIN, Not(ForAll(x, y, Eq(STEPS, CUBE)))),
}


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
            D.have(ForAll(k < d, Eq(on(k), 1)))
        with D.suppose(ForAll(k < d, Eq(on(k), 1))) as back:
            with D.likewise("all are on"):
                D.have(Le(total, S(k, d, 1)))
                D.have(Le(S(k, d, 1), total))
            D.have(Lt(d - Fraction(1, 2), total))
        exactly = to_term(Iff(Lt(d - Fraction(1, 2), total), ForAll(k < d, Eq(on(k), 1))))
        D.use(infer("taut", [*forth, *back], exactly))
        D.have(exactly)
    D.conclude("and unit")


def _one_hidden_layer(D: Board) -> None:
    """The theorem of the library in the plane of the first two inputs, and the box as an instance."""
    plane = {p: (i, W(i, 0)), q: (i, W(i, 1))}
    D.use(applied(ridge.vanishes(), {**plane, phi: ((i, u), phi(i, OTHERS + u))}))
    D.conclude("one hidden layer", "difference number i, along the hyperplanes of unit i, makes that unit 0")
    steps = applied(ridge.vanishes(), {**plane, phi: ((i, u), v(i) * step(OTHERS + u + e(i))), R: 1})
    D.ignore(*(theorem.statement for theorem in D.theorems))
    with D.suppose(Ne(h, 0), WITHIN) as found, D.suppose(ForAll(x, y, Eq(STEPS, CUBE))):
        same = D.given(ForAll(x, y, Eq(STEPS, CUBE)))
        outside, everywhere = steps.statement.args
        here = instantiate(instantiate(outside.args[0], [to_term(x)]).args[0], [to_term(y)])
        with D.suppose(here.args[0], fix=[x, y]):
            zero = D.have(Eq(CUBE, 0), using=[D.given(here.args[0])])
            D.have(here.args[1], "the box is 0 there", using=[zero, at(same, x, y)])
        D.have(outside, "a step network that is the box is 0 outside the square")
        D.use(discharged(D, steps))
        half = Fraction(1, 2)
        inner = at(D.given(everywhere), half, half)
        D.ignore(everywhere, outside, same.statement)
        D.use(inner, at(same, half, half))
        with D.likewise("so it is 0 in the middle too, where it is h"):
            inside = infer("taut", [D.given(WITHIN)], to_term(Iff(WITHIN, Le(0, 0))))
            D.have(Eq(cube(half, half), h), by=inside)
            D.have(Eq(h, 0))
            D.contradiction()
    D.conclude("no box", prover=lambda _, goal: infer("taut", found, goal))


def _error(D: Board) -> None:
    """Along each side as for one input; in a cell the midpoint is half a tile away along each side."""
    F, corner = f(x, y), f(m(n, i), m(n, j))
    with D.likewise("a midpoint lies in the interval, half a tile away from both ends, as for one input"):
        middle = midpoints(D)
    with D.likewise("the tiles of a side add up to 1, as for one input"):
        filled = one_tile_each(D)
    premises = (LIPSCHITZ, *ROOT, *_inside(x), *_inside(y))
    with D.suppose(*premises):
        lipschitz, root = D.given(LIPSCHITZ), D.given(ROOT[1])
        with D.likewise("the tiles are 0 or 1"):
            D.have(Lt(0, B))
            D.have(Lt(0, B / n))
            D.have(Le(0, B / n))
            D.have(Le(0, r * (B / n)))
            D.have(ForAll(i, Le(t(n, i), t(n, i + 1))))
            rising = D.theorems[-1]
            bits = [_bits(D, z, rising) for z in (x, y)]
        sums = [discharged(D, at(filled, z)) for z in (x, y)]
        kept = {to_term(q) for q in (*_inside(x), *_inside(y))}
        D.ignore(*(q.statement for q in D.theorems if q.statement not in kept))
        D.use(*(infer("assume", (), to_term(q)) for q in (*premises[1:3], TILES.formula)))
        with D.suppose(Lt(i, n), fix=[i]) as column:
            with D.suppose(Eq(tile(i, x), 1)) as here:
                with D.suppose(Lt(j, n), fix=[j]) as cell_by_cell:
                    with D.suppose(Eq(tile(j, y), 1)) as there:
                        _in_a_cell(D, middle, lipschitz, root)
                    rule = at(weighed(), corner - F, BOUND, tile(j, y))
                    D.use(at(bits[1], j), there[0])
                    D.use(discharged(D, rule))
                    D.have(rule.statement.args[1].args[1], "in a cell or outside it")
                average = at(applied(near_average(), {c: (j, corner), weight: (j, tile(j, y))}), BOUND, F, n)
                D.use(*sums, cell_by_cell[0])
                D.use(discharged(D, average))
                D.have(Le(absolute(S(j, n, corner * tile(j, y)) - F), BOUND), "an average along the second side")
            rule = at(weighed(), S(j, n, corner * tile(j, y)) - F, BOUND, tile(i, x))
            D.use(at(bits[0], i), here[0])
            D.use(discharged(D, rule))
            D.have(rule.statement.args[1].args[1], "in a column or outside it")
        average = applied(near_average(), {c: (i, S(j, n, corner * tile(j, y))), weight: (i, tile(i, x))})
        D.use(*sums, column[0])
        whole = discharged(D, at(average, BOUND, F, n))
        with D.suppose(fix=[i, j]) as products:
            rule = at(both_on(), tile(i, x), tile(j, y))
            D.use(at(bits[0], i), at(bits[1], j))
            multiplied = discharged(D, rule)
            D.have(Eq(cell(), tile(i, x) * tile(j, y)), "the second hidden layer multiplies", using=[multiplied])
        total = D.have(Eq(network(), S(i, n, S(j, n, corner * tile(j, y)) * tile(i, x))), by=products[0], using=[])
        D.have(Le(absolute(network() - F), BOUND), "an average along the first side", by=total, using=[whole])
    D.conclude("error")


def _any_number(D: Board) -> None:
    """The same for d inputs: cell l is tile g(l, k) along input k, and F(l) the value at its midpoint."""
    D.ignore(*(q.statement for q in D.theorems))
    D.use(*(infer("assume", (), to_term(q.formula)) for q in (TILES, GRID, MIDPOINTS)))
    with D.likewise("a side is 0 or 1, and 1 only within half a tile of the midpoint"):
        middle = midpoints(D)
        with D.suppose(*NUMBERED, ONE):
            numbered = [D.given(q) for q in (*NUMBERED[1:4], NUMBERED[5], ONE)]
            within = D.given(NUMBERED[4])
            D.ignore(*NUMBERED[4:], ONE)
            D.have(Lt(0, B / n))
            width = D.have(Le(0, B / n))
            bits = _bits(D, z(k), D.have(ForAll(i, Le(t(n, i), t(n, i + 1)))))
            D.ignore(GRID.formula, MIDPOINTS.formula, *(q.statement for q in (middle, bits)))
            with D.suppose(Lt(l, n**d), fix=[l]) as near, D.suppose(Lt(k, d), fix=[k]):
                bit = at(bits, g(l, k))
                D.use(discharged(D, at(within, l)))
                D.use(discharged(D, at(D.theorems[-1], k)))
                of_tile = discharged(D, at(middle, g(l, k)))
                rule = at(near_midpoint(), z(k), MIDDLE, B / n)
                for equation in of_tile.statement.args[2:]:
                    rule = rewritten(rule, infer("taut", [of_tile], equation))
                rule = infer("taut", [rule, width], rule.statement.args[1])
                D.have(rule.statement, using=[rule])
                D.have(land(bit.statement, rule.statement), using=[bit, rule])
            sides = near[0]
            for name in (0, 1):
                with D.suppose(Lt(l, n**d), fix=[l]), D.suppose(Lt(k, d), fix=[k]):
                    D.use(discharged(D, at(sides, l)))
                    both = discharged(D, at(D.theorems[-1], k))
                    part = infer("taut", [both], both.statement.args[name])
                    D.have(part.statement, using=[part])
            table = {cells.side: (l, k, SIDE), cells.middle: (l, k, MIDDLE), cells.z: (k, z(k)), cells.F: (l, F(l))}
            rule = at(_cells(D, table), K, B / n, r, b, d, n**d)
            D.use(width, *numbered)
            rule = discharged(D, rule)
            D.have(rule.statement, using=[rule])
    D.conclude("any number of inputs", "an average over the cells, of which one is on")


def _cells(D: Board, table: dict[Any, Any]) -> Theorem:
    """The theorem of the library on cells, for these sides and midpoints."""
    values = []
    for name, (*variables, body) in table.items():
        values.append(((name.name, name.signature), abstract(to_term(body), [to_term(v).data for v in variables])))
    return infer("substitute", [cells.approximates(D.concluded["and unit"])], tuple(values))


def _bits(D: Board, z: Any, rising: Theorem) -> Theorem:
    with D.suppose(fix=[i]) as found:
        rule = at(tile_is_a_bit(), z, t(n, i), t(n, i + 1))
        D.have(rule.statement.args[1], using=[infer("taut", [rule, at(rising, i)], rule.statement.args[1])])
    return found[0]


def _in_a_cell(D: Board, middle: Theorem, lipschitz: Theorem, root: Theorem) -> None:
    squares = []
    with D.likewise("the midpoint is half a tile away along each side"):
        D.use(root)
        D.have(Lt(0, B))
        D.have(Lt(0, B / n))
        D.have(Le(0, B / n))
        D.have(Le(0, r * (B / n)))
        for index, z in ((i, x), (j, y)):
            of_tile = discharged(D, at(middle, index))
            D.use(*(infer("taut", [of_tile], q) for q in of_tile.statement.args))
            ends = [infer("taut", [of_tile], q) for q in of_tile.statement.args[2:]]
            rule = at(near_midpoint(), z, m(n, index), B / n)
            for equation in ends:
                rule = rewritten(rule, equation)
            near = discharged(D, rule)
            squares.append(near)
        D.have(Le(0, (B / n) ** 2), using=[])
        longer = discharged(D, at(scaled(), (B / n) ** 2, 2, r**2))
        D.have(Le((m(n, i) - x) ** 2 + (m(n, j) - y) ** 2, (r * (B / n)) ** 2), using=[*squares, longer])
        for z in (x, y):
            D.have(Le(-B, z))
    rule = discharged(D, at(lipschitz, m(n, i), m(n, j), x, y, r * (B / n)))
    D.use(rule)
    D.have(Le(absolute(f(m(n, i), m(n, j)) - f(x, y)), BOUND), "f is Lipschitz")


def _derive(D: Board) -> None:
    _and_unit(D)
    _error(D)
    _any_number(D)
    _one_hidden_layer(D)


# --- false siblings -----------------------------------------------------------------------------------------------


def _model(tiles: int = 1, **numbers: Fraction | int) -> Callable[[], Model]:
    """The constant 1, one tile a side, two units of a single hidden layer, two bits of which the first is on."""

    def build() -> Model:
        values: dict[str, Any] = {"B": 1, "K": 0, "R": 1, "r": 2, "x": 0, "y": 0, "h": 1, "b": 1} | numbers
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {("n", ">N"): tiles, ("d", ">N"): 2, ("H", ">N"): 2, ("f", "RR>R"): lambda x, y: Fraction(1)}
        tables |= {(name, "N>R"): lambda i: Fraction(int(i == 0)) for name in ("a", "p", "q", "v", "c")}
        tables |= {("phi", "NR>R"): lambda i, z: z, ("g", "NN>N"): lambda l, k: 0}
        tables |= {("z", "N>R"): lambda k: Fraction(1, 2), ("F", "N>R"): lambda l: Fraction(1)}
        return Model((Fraction(1),), tables)

    return build


def _changed_error(shape: Any, **numbers: int) -> tuple[Any, Callable[[], Theorem]]:
    """The bound with cells of another shape, and its negation for the constant 1 at the midpoint of a single tile."""
    claim = Implies(LIPSCHITZ, *ROOT, *_inside(x), *_inside(y), Le(absolute(network(shape) - f(x, y)), BOUND))
    table = {("n", ">N"): num(numbers.get("n", 1))}
    table |= {(name, ">R"): num(value) for name, value in (("B", 1), ("K", 0), ("r", 2), ("x", 0), ("y", 0))}

    def negation() -> Theorem:
        constant = to_term(ForAll(x, y, Eq(f(x, y), 1)))
        board = Board([constant, *(substitute(to_term(q.formula), table) for q in (GRID, MIDPOINTS))], {})
        premises, conclusion = [], substitute(to_term(claim), table)
        while conclusion.head == "imp":
            premises.append(board.have(conclusion.args[0]))
            conclusion = conclusion.args[1]
        if numbers.get("n", 1):
            for k, place in ((0, -1), (1, 1)):
                board.have(Eq(t(1, k), place))
        premises.append(board.have(lnot(conclusion)))
        return infer("taut", premises, lnot(substitute(to_term(claim), table)))

    return claim, negation


def _one_input(network: Any, premise: Any, *names: Any) -> tuple[Any, Callable[[], Theorem]]:
    """The impossibility for other supports, and its negation: a tile of one input, 1 on (0, 1]."""
    claim = Implies(ForAll(*names, Implies(premise, Eq(network, 0))), ForAll(*names, Eq(network, 0)))

    def negation() -> Theorem:
        table = {("H", ">N"): num(2), ("R", ">R"): num(1)}
        units = bracket(Eq(i, 0)) * step(u) - bracket(Eq(i, 1)) * step(u - 1)
        definitions = (ForAll(i, k, Eq(W(i, k), bracket(Eq(k, 0)))), ForAll(i, u, Eq(phi(i, u), units)))
        board = Board([to_term(q) for q in definitions], {})
        support, everywhere = substitute(to_term(claim), table).args
        premises = [board.have(support)]
        with board.suppose(everywhere) as found:
            inner = at(board.given(everywhere), *(Fraction(1, 2) for _ in names))
            for definition in definitions:
                inner = rewritten(inner, infer("assume", (), to_term(definition)))
            board.have(FALSE, "at 1/2 the network is 1", using=[inner])
        return infer("taut", [*premises, *found], lnot(substitute(to_term(claim), table)))

    return claim, negation


def _no_units(height: int, place: int, *premises: Any) -> Callable[[], Theorem]:
    """A network without output weights is the box of this height where the third input is `place`."""

    def negation() -> Theorem:
        board = Board([to_term(ForAll(i, Eq(v(i), 0))), to_term(ForAll(k, Eq(z(k), place)))], {})
        table = {("h", ">R"): num(height), ("d", ">N"): num(1)}
        claim = substitute(to_term(Implies(*premises, Not(ForAll(x, y, Eq(STEPS, CUBE))))), table)
        found, conclusion = [], claim
        while conclusion.head == "imp":
            found.append(board.have(conclusion.args[0]))
            conclusion = conclusion.args[1]
        same = conclusion.args[0]
        if not height:
            return infer("taut", [*found, board.have(same)], lnot(claim))
        within = substitute(to_term(WITHIN), table)
        with board.suppose(within) as absurd:
            board.use(at(board.given(within), 0))
            board.contradiction()
        beside = infer("taut", absurd, term("iff", None, (within, FALSE)))
        return infer("taut", [*found, board.have(same, by=beside)], lnot(claim))

    return negation


ADDED, NOT_ADDED = _changed_error(tile(i, x) + tile(j, y))
NO_TILES = _changed_error(None, n=0)[1]
ONE_INPUT, NOT_ONE_INPUT = _one_input(S(i, H, phi(i, W(i, 0) * x)), Or(Lt(R, x), Lt(x, -R)), x)
STRIP, NOT_STRIP = _one_input(NETWORK, Or(Lt(R, x), Lt(x, -R)), x, y)
FALSE_STATEMENTS = (
    FalseStatement(
        "one-unit-may-be-off",
        {"and unit": Implies(BITS, Iff(Lt(d - Fraction(3, 2), S(k, d, on(k))), ForAll(k < d, Eq(on(k), 1))))},
        countermodel=_model(),
    ),
    FalseStatement("added-boxes", {"error": ADDED}, negation=NOT_ADDED),
    FalseStatement(
        "repeated-cells",
        {"any number of inputs": Implies(*NUMBERED, Le(absolute(S(l, n**d, F(l) * UNIT) - b), BOUND))},
        countermodel=_model(2),
    ),
    FalseStatement("no-tiles", hypotheses={"tiles": None}, negation=NO_TILES),
    FalseStatement("one-input", {"one hidden layer": ONE_INPUT}, negation=NOT_ONE_INPUT),
    FalseStatement("strip", {"one hidden layer": STRIP}, negation=NOT_STRIP),
    FalseStatement(
        "any-height",
        {"no box": Implies(WITHIN, Not(ForAll(x, y, Eq(STEPS, CUBE))))},
        negation=_no_units(0, 1, WITHIN),
    ),
    FalseStatement(
        "beside-the-cube",
        {"no box": Implies(Ne(h, 0), Not(ForAll(x, y, Eq(STEPS, CUBE))))},
        negation=_no_units(1, 2, Ne(h, 0)),
    ),
)

PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="step-approximation-highdim",
            title="With several inputs two hidden layers of steps approximate, and one hidden layer has no exact box",
            sources=(("002", "1c"),),
            hypotheses=(TILES, GRID, MIDPOINTS),
            parts=PARTS,
            derive=_derive,
            false=FALSE_STATEMENTS,
            not_covered=(
                "More than two inputs: that cells numbered by digits tile the cube (supposed: one cell is on).",
                "How well one hidden layer approximates.",
            ),
            models=(_model(), _model(B=2, x=1, h=-1)),
            readings={"box": Eq(STEPS, CUBE)},
            rewording={
                "and unit": Implies(BITS, Iff(Lt(d, S(k, d, on(k)) + Fraction(1, 2)), ForAll(k < d, Eq(on(k), 1)))),
            },
        ),
    )
}
