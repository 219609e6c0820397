"""The supremum of infinitely many functions: with one greatest function at a point it need not have its derivative."""

from __future__ import annotations

from .board.board import Board
from .board.bridge import to_term
from .board.notation import (
    And,
    D,
    Eq,
    ForAll,
    Iff,
    Implies,
    Le,
    Lt,
    Ne,
    function,
    lim,
    naturals,
    reals,
    relu,
)
from .kernel.definition import epsilon_delta
from .kernel.term import instantiate, lnot, num, substitute
from .kernel.theorem import Theorem, infer
from .library.calculus import applied
from .library.differentiation import by_calculus
from .library.maxima import approaches, touching
from .library.order import at

n, i, p = naturals("n i p")
a, v, x, y, c, e = reals("a v x y c e")
f, g = function("f", "NR>R"), function("g", "R>R")

DERIVATIVE = D(x, g(x), a, v)
STATEMENT = Implies(
    ForAll(i, Implies(Ne(i, p), Lt(f(i, a), f(p, a)))),
    ForAll(i, Implies(Ne(i, p), approaches(lambda point: f(i, point), a))),
    ForAll(i, x, Le(f(i, x), g(x))),
    ForAll(x, y, Implies(ForAll(i, Le(f(i, x), y)), Le(g(x), y))),
    Iff(D(x, f(p, x), a, v), DERIVATIVE),
)
"""For infinitely many functions with the supremum g."""

FAMILY = And(ForAll(x, Eq(f(0, x), 0)), ForAll(n, x, Eq(f(n + 1, x), x - 1 / (n + 1))))
POSITIVE = ForAll(n, Lt(0, 1 / (n + 1)))
CALCULUS_F, CALCULUS_G = function("f", "R>R"), function("g", "R>R")


def _lines_are_continuous() -> tuple[Theorem, Theorem]:
    """c + x -> c and c - x -> c as x -> 0 from above, for all real c"""
    board = Board([], {})
    for moved in (c + x, c - x):
        limit = to_term(lim(x, "0+", moved, c))
        text = epsilon_delta(limit)
        with board.suppose(fix=[c]):
            with board.suppose(Lt(0, e), fix=[e]):
                board.witness(instantiate(text.args[0], [to_term(e)]).args[1], e)
            board.use(infer("unfold", (), limit))
            board.have(limit)
    first, second = board.theorems
    return first, second


def _least(board: Board, first: Theorem, later: Theorem) -> None:
    """Lines: what is above all functions of the family is above max(x, 0)."""
    with board.suppose(ForAll(i, Le(f(i, x), y)), fix=[x, y]):
        every = board.given(ForAll(i, Le(f(i, x), y)))
        board.have(Le(0, y), using=[at(every, 0), at(first, x)])
        with board.suppose(Lt(y, x)):
            gap = board.given(Lt(y, x))
            board.have(Lt(0, 1 / (x - y)), using=[gap])
            archimedes = at(infer("axiom", (), "archimedes"), 1 / (x - y))
            with board.obtain(archimedes, n):
                reached = board.have(Le(x - 1 / (n + 1), y), using=[at(every, n + 1), at(at(later, n), x)])
                far = board.have(Le(1, n * (x - y)), using=[gap, board.given(Le(1 / (x - y), n))])
                near = board.have(Le((x - y) * (n + 1), 1), using=[gap, reached, at(board.given(POSITIVE), n)])
                board.have(Lt(0, 0), using=[gap, far, near])
        board.have(Le(x, y))
        board.have(Le(g(x), y))


def not_the_derivative() -> Theorem:
    """0, x - 1, x - 1/2, x - 1/3, ...: at 0 the first alone is the greatest, and the supremum max(x, 0) has a kink."""
    board = Board([to_term(FAMILY), to_term(ForAll(x, Eq(g(x), relu(x))))], {})
    at_zero = {to_term(a).data: num(0), to_term(v).data: num(0), to_term(p).data: num(0)}
    claim = substitute(to_term(STATEMENT), at_zero)
    premises, core = [], claim
    while core.head == "imp":
        premises.append(core.args[0])
        core = core.args[1]
    first = board.have(ForAll(x, Eq(f(0, x), 0)))
    later = board.have(ForAll(n, x, Eq(f(n + 1, x), x - 1 / (n + 1))))
    board.have(POSITIVE)
    board.induction(i, Implies(Ne(i, 0), Lt(f(i, 0), f(0, 0))))
    lines = _lines_are_continuous()

    def shifted() -> None:
        for side in approaches(lambda point: f(i + 1, point), 0).args:
            board.have(side, by=later, using=lines)

    def excluded() -> None:
        board.use(infer("taut", [], to_term(Implies(Ne(0, 0), approaches(lambda point: f(0, point), 0)))))

    board.induction(i, Implies(Ne(i, 0), approaches(lambda point: f(i, point), 0)), base=excluded, step=shifted)
    board.induction(i, ForAll(x, Le(f(i, x), g(x))))
    _least(board, first, later)
    board.have(D(x, f(0, x), 0, 0), by=first, prover=by_calculus)
    board.have(D(x, x, 0, 1), prover=by_calculus)
    board.have(ForAll(x, Le(x, g(x))))
    board.have(Eq(0, g(0)))
    facts = [board.have(premise) for premise in premises]
    with board.suppose(claim) as result:
        same = infer("taut", [board.given(claim), *facts], core)
        board.use(infer("taut", [same, board.given(D(x, f(0, x), 0, 0))], core.args[1]))
        board.use(at(applied(touching(), {CALCULUS_F: (x, x), CALCULUS_G: (x, g(x))}), 0, 1, 0))
        board.have(Eq(1, 0))
        board.contradiction()
    return infer("taut", result, lnot(claim))
