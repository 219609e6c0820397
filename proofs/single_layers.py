"""One hidden layer, for two inputs or more: it has no exact box; `step_approximation_highdim` has the claim."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
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
    bracket,
    function,
    naturals,
    reals,
    step,
)
from .board.proposition import FalseStatement
from .board.rewriting import rewritten
from .kernel.term import instantiate, lnot, num, substitute, term
from .kernel.theorem import Theorem, infer
from .library import ridge
from .library.calculus import applied
from .library.order import at
from .library.premises import discharged, logic
from .library.ridge import H, R, beyond, p, phi, q

d, i, k = naturals("d i k")  # inputs besides the first two; a unit, an input
x, y, u, h = reals("x y u h")  # the first two inputs, the height of a box
z, v, e = function("z", "N>R"), function("v", "N>R"), function("c", "N>R")  # other inputs, output weights, biases
W = function("W", "NN>R")  # weights: unit, input

OTHERS = S(k, d, W(i, k + 2) * z(k + 2))  # what comes from the other inputs, which stay where they are


def ahead(x: Any, y: Any) -> Any:
    """What unit i of a single hidden layer gets at the point (x, y, z(2), ..., z(d + 1))."""
    return OTHERS + (W(i, 0) * x + W(i, 1) * y)


NETWORK = S(i, H, phi(i, ahead(x, y)))  # each unit with an activation of its own
STEPS = S(i, H, v(i) * step(ahead(x, y) + e(i)))
WITHIN = ForAll(k < d, And(Lt(0, z(k + 2)), Le(z(k + 2), 1)))


def cube(x: Any, y: Any) -> Any:
    """A box of height h over a half-open cube."""
    return h * bracket(And(Lt(0, x), Le(x, 1), Lt(0, y), Le(y, 1), WITHIN))


CUBE = cube(x, y)
PARTS = {
    "one hidden layer": Implies(ForAll(x, y, Implies(beyond(R), Eq(NETWORK, 0))), ForAll(x, y, Eq(NETWORK, 0))),
    "no box": Implies(Ne(h, 0), WITHIN, Not(ForAll(x, y, Eq(STEPS, CUBE)))),
}


def derive(D: Board) -> None:
    """The theorem of the library in the plane of the first two inputs, and the box as an instance."""
    plane = {p: (i, W(i, 0)), q: (i, W(i, 1))}
    ridges = applied(ridge.vanishes(), {**plane, phi: ((i, u), phi(i, OTHERS + u))})
    reason = "difference number i, along the hyperplanes of unit i, makes that unit 0"
    D.conclude("one hidden layer", reason, prover=logic(ridges))
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
    D.conclude("no box", prover=logic(found[0]))


# --- false siblings -----------------------------------------------------------------------------------------------


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


ONE_INPUT, NOT_ONE_INPUT = _one_input(S(i, H, phi(i, W(i, 0) * x)), Or(Lt(R, x), Lt(x, -R)), x)
STRIP, NOT_STRIP = _one_input(NETWORK, Or(Lt(R, x), Lt(x, -R)), x, y)
FALSE_STATEMENTS = (
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
