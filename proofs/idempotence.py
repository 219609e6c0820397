"""Idempotent activations: applying ReLU twice is applying it once, and which activations share this."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

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
    Or,
    absolute,
    bracket,
    exp,
    function,
    log,
    maxi,
    mini,
    naturals,
    reals,
    relu,
    sigmoid,
    tanh,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .board.rewriting import rewritten
from .kernel.term import lnot
from .kernel.theorem import Theorem, infer
from .library import exponential
from .library.order import at

n = naturals("n")  # how often the activation is applied once more
z, y, x, al, lo, hi, r = reals("z y x al lo hi r")  # r: what is taken for the derivative of ReLU at 0
s, it, cl = function("s", "R>R"), function("it", "NR>R"), function("cl", "R>R")

STACK = Hypothesis(
    "stack",
    And(ForAll(z, Eq(it(0, z), s(z))), ForAll(n, z, Eq(it(n + 1, z), s(it(n, z))))),
    "it(n, z) is s, applied once and n times more",
    role="definition",
)
CLIP = Hypothesis(
    "clip",
    ForAll(z, Eq(cl(z), mini(maxi(z, lo), hi))),
    "cl(z) is z, raised to lo, then lowered to hi: Hardtanh, or ReLU6 with the bounds 0 and 6",
    role="definition",
)


def _leaky(t: Any) -> Any:
    return t * bracket(Lt(0, t)) + al * t * bracket(Le(t, 0))


def _slope(t: Any) -> Any:
    """The derivative of ReLU, with r for the one at 0 that does not exist."""
    return bracket(Lt(0, t)) + r * bracket(Eq(t, 0))


def _softplus(t: Any) -> Any:
    return log(1 + exp(t))


def _twice(act: Callable[[Any], Any]) -> Any:
    return Eq(act(act(z)), act(z))


IDEMPOTENT = ForAll(z, _twice(s))
FIXED = Eq(s(y), y)
IN_RANGE = Exists(x, Eq(s(x), y))
IDENTITY = ForAll(y, Implies(IN_RANGE, FIXED))
SAME_SLOPE = Eq(_slope(relu(z)) * _slope(z), _slope(z))
FLAT_OR_STEEP = Or(Eq(r, 0), Eq(r, 1))

PARTS = {
    "criterion": Iff(IDEMPOTENT, IDENTITY),
    "range of relu": Iff(Exists(x, Eq(relu(x), y)), Le(0, y)),
    "relu": _twice(relu),
    "stack": Implies(IDEMPOTENT, Eq(it(n, z), s(z))),
    "absolute value": _twice(absolute),
    "clip": _twice(cl),
    "leaky relu": Implies(Lt(z, 0), Iff(_twice(_leaky), Or(Le(al, 0), Eq(al, 1)))),
    "backward": Iff(ForAll(z, SAME_SLOPE), FLAT_OR_STEEP),
}


@cache
def _zero_or_one() -> Theorem:
    """x x = x implies x = 0 or x = 1"""
    board = Board([], {})
    with board.suppose(Eq(x * x, x), fix=[x]) as result:
        square = board.given(Eq(x * x, x))
        for sign in (Lt(0, x), Lt(x, 0)):
            with board.suppose(sign):
                board.have(Eq(x, 1), using=[square, board.given(sign)])
        board.have(Or(Eq(x, 0), Eq(x, 1)))
    return result[0]


def _derive(B: Board) -> None:
    with B.suppose(IDEMPOTENT), B.suppose(IN_RANGE, fix=[y]), B.obtain(B.given(IN_RANGE), x):
        kept = B.have(Eq(s(s(x)), s(x)), "at the x with s(x) = y")
        B.use(rewritten(kept, B.given(Eq(s(x), y))))
        B.have(FIXED, "where s(x) is y")
    with B.suppose(IDENTITY), B.suppose(fix=[z]):
        in_range = B.witness(Exists(x, Eq(s(x), s(z))), z, "s(z) lies in the range")
        B.have(_twice(s), "so it is kept", using=[B.given(IDENTITY), in_range])
    B.conclude("criterion")
    with B.suppose(Exists(x, Eq(relu(x), y))), B.obtain(B.given(Exists(x, Eq(relu(x), y))), x):
        B.have(Le(0, relu(x)), "ReLU is nowhere negative")
        B.have(Le(0, y))
    with B.suppose(Le(0, y)):
        B.have(Eq(relu(y), y), "ReLU is the identity on [0, oo)")
        B.witness(Exists(x, Eq(relu(x), y)), y, "where it takes every value")
    B.conclude("range of relu")
    B.conclude("relu", "max(z, 0) is not negative, where ReLU is the identity")
    with B.suppose(IDEMPOTENT):
        B.induction(n, Eq(it(n, z), s(z)), "each further application changes nothing")
    B.conclude("stack")
    B.conclude("absolute value", "the same on [0, oo)")
    with B.suppose(Lt(hi, lo), fix=[z]):
        known = [B.given(CLIP.formula), B.given(Lt(hi, lo))]
        B.have(Eq(cl(z), hi), "constant, if the bounds are the wrong way round", using=known)
    with B.suppose(Le(lo, hi), fix=[z]):
        known = [B.given(CLIP.formula), B.given(Le(lo, hi))]
        with B.likewise("else between the bounds"):
            B.have(Le(lo, cl(z)), using=known)
            B.have(Le(cl(z), hi), using=known)
            B.have(And(Le(lo, cl(z)), Le(cl(z), hi)))
    with B.suppose(Le(lo, y), Le(y, hi), fix=[y]):
        B.have(Eq(cl(y), y), "where it is the identity")
    B.ignore(CLIP.formula)
    with B.suppose(Lt(hi, lo)):
        B.have(_twice(cl), "hi either way")
    with B.suppose(Le(lo, hi)):
        B.have(_twice(cl), "a value between the bounds is kept")
    B.conclude("clip")
    B.conclude("leaky relu", "al z is kept if it is not negative, else multiplied by al again", using=[])
    with B.suppose(ForAll(z, SAME_SLOPE)):
        B.have(Eq(_slope(relu(0)) * _slope(0), _slope(0)), "at the kink")
        square = B.have(Eq(r * r, r))
        B.have(FLAT_OR_STEEP, "r = 0, or cancel r", using=[square, at(_zero_or_one(), r)])
    B.conclude("backward", "elsewhere it is 1 = 1 or 0 = 0")


# --- finite models and false siblings -----------------------------------------------------------------------------


def _model(act: Callable[[Any], Any] = lambda t: t, **numbers: Fraction | int) -> Callable[[], Model]:
    """This activation, and these values of z, y, al, lo, hi and r."""

    def build() -> Model:
        values: dict[str, Any] = {"z": -1, "y": 1, "al": -1, "lo": -1, "hi": 1, "r": 0} | numbers
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {("n", ">N"): 2, ("s", "R>R"): act}
        return Model((Fraction(1),), tables, points=tuple(Fraction(t) for t in (0, 1, -1, 2, -2)))

    return build


def _softplus_moves() -> Theorem:
    """softplus(softplus(0)) is log 3 and softplus(0) is log 2."""
    board = Board([], {})
    board.use(exponential.at_zero())
    twice = Eq(_softplus(_softplus(0)), _softplus(0))
    inverse = infer("axiom", (), "exp.log")
    with board.suppose(twice) as result:
        two = board.have(Eq(1 + exp(0), 2))
        board.use(at(inverse, 2))
        board.have(Eq(exp(_softplus(0)), 2), by=two)
        three = board.have(Eq(1 + exp(_softplus(0)), 3))
        board.use(at(inverse, 3))
        board.have(Eq(exp(_softplus(_softplus(0))), 3), by=three)
        board.have(Eq(exp(_softplus(_softplus(0))), exp(_softplus(0))), by=board.given(twice))
        board.contradiction()
    return infer("taut", result, lnot(to_term(twice)))


def _other(name: str, act: Callable[[Any], Any], **values: Fraction | int) -> FalseStatement:
    """Another activation in the place of ReLU."""
    return FalseStatement(name, {"relu": _twice(act)}, countermodel=_model(lambda t: t, **values))


FALSE = (
    _other("sigmoid-idempotent", sigmoid, z=0),
    _other("tanh-idempotent", tanh, z=1),
    FalseStatement("softplus-idempotent", {"relu": _twice(_softplus)}, negation=_softplus_moves),
    FalseStatement(
        "small-slopes-pass",
        {"leaky relu": Implies(Lt(z, 0), Iff(_twice(_leaky), Or(Le(al, Fraction(1, 10)), Eq(al, 1))))},
        countermodel=_model(al=Fraction(1, 100)),
    ),
    FalseStatement(
        "slopes-zero-and-one-only",
        {"leaky relu": Implies(Lt(z, 0), Iff(_twice(_leaky), Or(Eq(al, 0), Eq(al, 1))))},
        countermodel=_model(al=-1),
    ),
    FalseStatement(
        "zero-is-enough",
        {"criterion": Iff(IDEMPOTENT, Eq(s(0), 0))},
        readings={"criterion: identity": Eq(s(0), 0)},
        countermodel=_model(lambda t: 2 * t),
    ),
    FalseStatement(
        "a-fixed-point-is-enough",
        {"criterion": Iff(IDEMPOTENT, Exists(y, FIXED))},
        countermodel=_model(lambda t: t * t),
    ),
    FalseStatement("every-slope-at-zero", {"backward": SAME_SLOPE}, countermodel=_model(z=0, r=Fraction(1, 2))),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="relu-idempotent",
            title="ReLU is idempotent, as is every function that is the identity on its range, and no other",
            sources=(("004", "5a"),),
            hypotheses=(STACK, CLIP),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "Rounding: idempotent in floats means equal to the last bit.",
            ),
            false=FALSE,
            models=(_model(), _model(lambda t: 0 * t, z=2, al=2, lo=1, hi=-1, r=Fraction(1, 2))),
            rewording={"relu": Eq(relu(z), relu(relu(z)))},
            readings={
                "criterion: twice": _twice(s),
                "criterion: identity": FIXED,
                "backward: slopes": SAME_SLOPE,
            },
        ),
    )
}
