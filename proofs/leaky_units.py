"""LeakyReLU: a unit that is negative on an example still gets a gradient from it, and exactly when it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.enclosures import sign
from .board.finite import Model
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
    Or,
    S,
    absolute,
    bracket,
    function,
    naturals,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.theorem import infer
from .library.calculus import applied, increments, local_rule
from .library.differentiation import by_calculus
from .library.order import at, stays_negative
from .library.uniqueness import no_zero_divisors, unique

m, N = naturals("m N")  # units, examples
i, j, k = naturals("i j k")  # example, the unit at hand, any unit
t, h, z, d1, v = reals("t h z d1 v")
at_zero, slope = reals("a u")  # as the theorems of calculus call the point and the value
al, r, x0 = reals("al r x0")  # slope on the left, what is taken for the derivative at 0, an input
f, g, s = function("f", "R>R"), function("g", "R>R"), function("s", "R>R")
a, b, u = function("a", "N>R"), function("b", "N>R"), function("u", "N>R")  # by unit
X, Y, dl, c = function("X", "N>R"), function("Y", "N>R"), function("dl", "N>R"), function("c", "N>R")  # by example
loss = function("l", "RR>R")
UNIT = bracket(Eq(k, j))


def _preactivation(unit: Any) -> Any:
    """What enters the activation of the unit on example i."""
    return a(unit) * X(i) + b(unit)


Z = _preactivation(j)
OUTPUT = S(k, m, u(k) * s(_preactivation(k)))


def _moved(by: Any) -> dict[str, Any]:
    """What enters unit k while a parameter of unit j is moved."""
    return {"weight": (a(k) + by * UNIT) * X(i) + b(k), "bias": a(k) * X(i) + b(k) + by * UNIT}


DIRECTIONS = {"weight": X(i), "bias": 1}
PATHS = {  # the output on example i while one parameter of unit j moves by t
    **{name: S(k, m, u(k) * s(moved)) for name, moved in _moved(t).items()},
    "output weight": S(k, m, (u(k) + t * UNIT) * s(_preactivation(k))),
}
SLOPES = {"weight": u(j) * al * X(i), "bias": u(j) * al, "output weight": al * Z}
NEGATIVE = (Lt(i, N), Lt(j, m), Lt(Z, 0))
ALL_NEGATIVE = (Lt(j, m), ForAll(i < N, Lt(Z, 0)))

LEAKY = Hypothesis(
    "LeakyReLU",
    ForAll(z, Eq(s(z), z * bracket(Lt(0, z)) + al * z * bracket(Le(z, 0)))),
    "s is the activation: z, or al z for z <= 0",
    role="definition",
)
LOSS = Hypothesis(
    "differentiable",
    ForAll(i < N, D(v, loss(v, Y(i)), OUTPUT, dl(i))),
    "the loss of an example is differentiable at the output, with derivative dl; no activation has to be",
    needed_by="kink-of-the-loss",
)


def _gradient(path: str, value: Any) -> Any:
    """The derivative of the loss of example i in a parameter of the unit."""
    return D(t, loss(PATHS[path], Y(i)), 0, value)


def _batch(path: str, value: Any) -> Any:
    """The derivative of the weighted loss of all examples in a parameter of the unit."""
    return D(t, S(i, N, c(i) * loss(PATHS[path], Y(i))), 0, value)


def _alone(path: str) -> Any:
    return Implies(*NEGATIVE, _gradient(path, dl(i) * SLOPES[path]))


def _silent(*paths: str) -> Any:
    return And(*(_gradient(path, 0) for path in paths))


BATCH = {
    "weight": u(j) * al * S(i, N, c(i) * dl(i) * X(i)),
    "bias": u(j) * al * S(i, N, c(i) * dl(i)),
    "output weight": al * S(i, N, c(i) * dl(i) * Z),
}
CANCEL = (ForAll(i < N, Eq(X(i), x0)), Eq(S(i, N, c(i) * dl(i)), 0))  # equal inputs, derivatives that cancel
STILL = And(*(_batch(path, 0) for path in PATHS))
AT_THE_KINK = And(Eq(dl(i) * u(j) * r * X(i), 0), Eq(dl(i) * u(j) * r, 0), Eq(dl(i) * s(Z), 0))
PARTS = {
    "weight": _alone("weight"),
    "bias": _alone("bias"),
    "output weight": _alone("output weight"),
    "input side": Implies(*NEGATIVE, Iff(_silent("weight", "bias"), Or(Eq(al, 0), Eq(dl(i), 0), Eq(u(j), 0)))),
    "all three": Implies(*NEGATIVE, Iff(_silent(*PATHS), Or(Eq(al, 0), Eq(dl(i), 0)))),
    "batch": Implies(*ALL_NEGATIVE, And(*(_batch(path, value) for path, value in BATCH.items()))),
    "cancellation": Implies(*ALL_NEGATIVE, *CANCEL, STILL),
    "kink": Implies(Eq(Z, 0), Iff(AT_THE_KINK, Or(Eq(dl(i), 0), Eq(u(j), 0), Eq(r, 0)))),
}


def _linear_near_zero(B: Board, path: str) -> None:
    """Lines: near t = 0 the output is linear along the path, for the unit stays negative; so its derivative."""
    direction, here = DIRECTIONS[path], _moved(h)[path]
    rate = SLOPES[path]
    linear = OUTPUT + t * rate
    local = applied(local_rule(), {f: (t, linear), g: (t, PATHS[path]), at_zero: 0, slope: rate})
    agree, derivative = local.statement.args[1].args
    leaves_room = at(stays_negative(), Z, direction)
    with B.obtain(infer("taut", [leaves_room, B.given(Lt(Z, 0))], leaves_room.statement.args[1]), d1):
        with B.suppose(Le(absolute(h), d1), fix=[h]):
            B.use(at(increments(B, d1), h))
            B.have(Lt(Z + h * direction, 0), f"the unit stays negative for small changes of its {path}")
            changed = Eq(s(here), s(_preactivation(k)) + al * direction * h * UNIT)
            with (
                B.likewise("it gives al times its input before and after; no other unit changes"),
                B.suppose(fix=[k]),
            ):
                for unit in (Eq(k, j), Ne(k, j)):
                    with B.suppose(unit):
                        B.have(changed)
                B.have(changed)
            B.have(Eq(OUTPUT + h * rate, S(k, m, u(k) * s(here))), "so the output is linear there")
        B.witness(agree, d1)
    straight = B.have(D(t, linear, 0, rate), "the derivative of a line", prover=by_calculus)
    B.use(infer("taut", [local, straight, B.theorems[-2]], derivative))
    B.have(D(t, PATHS[path], 0, rate), "and of what agrees with it near 0")


def _vanishes(B: Board, path: str, reason: str) -> None:
    """A line: if the derivative along the path is 0, then so is the value that it has."""
    value = dl(i) * SLOPES[path]
    only = at(applied(unique(), {f: (t, loss(PATHS[path], Y(i)))}), 0, value, 0)
    B.use(only)
    B.have(Eq(value, 0), reason)


def _silent_exactly(B: Board, paths: Sequence[str], telling: str, condition: Any) -> None:
    """Lines: all these derivatives are 0 if and only if the condition holds; one of them tells."""
    with B.suppose(*NEGATIVE, _silent(*paths)):
        _vanishes(B, telling, "there is one derivative only")
        left, right = SLOPES[telling].args
        B.use(at(no_zero_divisors(), dl(i), SLOPES[telling]), at(no_zero_divisors(), left, right))
        B.have(condition, "so a factor is 0")
    with B.suppose(*NEGATIVE, condition), B.likewise("conversely, every value has a factor 0"):
        for path in paths:
            B.have(Eq(dl(i) * SLOPES[path], 0))
            B.have(_gradient(path, 0), prover=by_calculus)
        B.have(_silent(*paths))


def _derive(B: Board) -> None:
    with B.suppose(*NEGATIVE, fix=[i]):
        _linear_near_zero(B, "weight")
    B.conclude("weight", "chain rule", prover=by_calculus)
    with B.likewise("likewise, with 1 in place of the input"):
        with B.suppose(*NEGATIVE, fix=[i]):
            _linear_near_zero(B, "bias")
        B.conclude("bias", prover=by_calculus)
    with B.suppose(Lt(Z, 0), fix=[i]):
        B.have(Eq(s(Z), al * Z), "on the left of the kink")
    B.conclude("output weight", "the output is linear in it", prover=by_calculus)
    B.have(Implies(Eq(Z, 0), Eq(s(Z), 0)), "and at the kink")
    B.ignore(LEAKY.formula)
    _silent_exactly(B, ("weight", "bias"), "bias", Or(Eq(al, 0), Eq(dl(i), 0), Eq(u(j), 0)))
    B.conclude("input side")
    _silent_exactly(B, tuple(PATHS), "output weight", Or(Eq(al, 0), Eq(dl(i), 0)))
    B.conclude("all three", "z is not 0, so u(j) = 0 does not silence the output weight")
    B.use(*(infer("generalise", [B.concluded[path]], to_term(i).data) for path in PATHS))
    for path, value in BATCH.items():
        B.have(Implies(*ALL_NEGATIVE, _batch(path, value)), "the sum over the examples", prover=by_calculus)
    B.conclude("batch")
    with B.suppose(*ALL_NEGATIVE, *CANCEL):
        B.have(Eq(BATCH["weight"], u(j) * al * (x0 * S(i, N, c(i) * dl(i)))), "the common input factors out")
        B.have(Eq(BATCH["output weight"], al * ((a(j) * x0 + b(j)) * S(i, N, c(i) * dl(i)))), "and so does z")
        with B.likewise("a sum that is 0 is left"):
            for path, value in BATCH.items():
                B.have(_batch(path, value))
                B.have(Eq(value, 0))
                B.have(_batch(path, 0), prover=by_calculus)
            B.have(STILL)
    B.conclude("cancellation")
    B.use(no_zero_divisors(), at(no_zero_divisors(), dl(i) * u(j), r), at(no_zero_divisors(), dl(i), u(j)))
    B.conclude("kink", "of the gradients in bias and weight; that in the output weight is 0")


# --- finite models and false siblings -----------------------------------------------------------------------------

Number = int | Fraction
HALF = Fraction(1, 2)


def _squared(output: Any, target: Any) -> Any:
    return (output + -1 * target) * (output + -1 * target)


def _distance(output: Any, target: Any) -> Any:
    error = output + -1 * target
    return sign(error) * error


def _model(
    units: Sequence[tuple[Number, Number, Number]],
    residuals: Sequence[Number],
    inputs: Sequence[Number] = (1,),
    loss: Callable[[Any, Any], Any] = _squared,
    **numbers: Number,
) -> Callable[[], Model]:
    """Units (a, b, u), of which the first is at hand, and examples whose outputs exceed their targets by `residuals`.

    The slope on the left is 1/2 and r is 0 unless `numbers` say otherwise; all examples weigh 1.
    """
    values: dict[str, Number] = {"al": HALF, "r": 0, "x0": inputs[0], **numbers}

    def output(x: Number) -> Number:
        left = [w * x + shift for w, shift, _ in units]
        return sum(out * (z if z > 0 else values["al"] * z) for z, (_, _, out) in zip(left, units, strict=True))

    def entry(table: Sequence[Number]) -> Callable[[int], Number]:
        return lambda index: table[int(index)] if index < len(table) else 0

    def build() -> Model:
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {("m", ">N"): len(units), ("N", ">N"): len(inputs), ("i", ">N"): 0, ("j", ">N"): 0}
        tables |= {(name, "N>R"): entry([unit[place] for unit in units]) for place, name in enumerate("abu")}
        tables |= {("X", "N>R"): entry(inputs), ("c", "N>R"): entry([1] * len(inputs)), ("l", "RR>R"): loss}
        tables[("Y", "N>R")] = entry([output(x) - error for x, error in zip(inputs, residuals, strict=True)])
        tables[("dl", "N>R")] = entry([2 * error for error in residuals])
        return Model((Fraction(1),), tables)

    return build


def _misjudged(name: str, part: str, formula: Any, model: Callable[[], Model]) -> FalseStatement:
    return FalseStatement(name, {part: formula}, countermodel=model)


UNIT_BELOW = (-1, -1, 1)  # a, b, u of a unit that gets -2 from the input 1
FALSE = (
    _misjudged(
        "any-slope",
        "all three",
        Implies(*NEGATIVE, Iff(_silent(*PATHS), Eq(dl(i), 0))),
        _model((UNIT_BELOW,), (1,), al=0),
    ),
    _misjudged(
        "any-loss",
        "all three",
        Implies(*NEGATIVE, Iff(_silent(*PATHS), Eq(al, 0))),
        _model((UNIT_BELOW,), (0,)),
    ),
    _misjudged(
        "zero-output-weight-silences-all",
        "all three",
        Implies(*NEGATIVE, Iff(_silent(*PATHS), Or(Eq(al, 0), Eq(dl(i), 0), Eq(u(j), 0)))),
        _model(((-1, -1, 0), (1, 0, 1)), (1,)),
    ),
    _misjudged(
        "zero-output-weight-silences-none",
        "input side",
        Implies(*NEGATIVE, Iff(_silent("weight", "bias"), Or(Eq(al, 0), Eq(dl(i), 0)))),
        _model(((-1, -1, 0), (1, 0, 1)), (1,)),
    ),
    _misjudged(
        "batch-never-cancels",
        "cancellation",
        Implies(*ALL_NEGATIVE, Iff(STILL, Or(Eq(al, 0), ForAll(i < N, Eq(c(i) * dl(i), 0))))),
        _model((UNIT_BELOW,), (1, -1), (1, 1)),
    ),
    _misjudged(
        "active-slope",
        "weight",
        Implies(*NEGATIVE, _gradient("weight", dl(i) * (u(j) * X(i)))),
        _model((UNIT_BELOW,), (1,)),
    ),
    _misjudged(
        "boundary",
        "weight",
        Implies(Lt(i, N), Lt(j, m), Le(Z, 0), _gradient("weight", dl(i) * SLOPES["weight"])),
        _model(((1, -1, 1),), (1,)),
    ),
    _misjudged(
        "any-slope-at-zero",
        "kink",
        Implies(Eq(Z, 0), Iff(AT_THE_KINK, Or(Eq(dl(i), 0), Eq(u(j), 0)))),
        _model(((1, -1, 1),), (1,)),
    ),
    FalseStatement(
        "kink-of-the-loss",
        hypotheses={"differentiable": None},
        countermodel=_model((UNIT_BELOW,), (0,), loss=_distance),
    ),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="leaky-relu",
            title="A LeakyReLU unit below 0 gets no gradient from an example exactly if slope or loss give none",
            sources=(("004", "7"),),
            hypotheses=(LEAKY, LOSS),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "That the unit recovers: a gradient other than 0 does not say so.",
            ),
            false=FALSE,
            models=(
                _model((UNIT_BELOW, (2, 1, -1)), (1,)),
                _model((UNIT_BELOW, (0, 0, 1)), (1, -1), (1, 1), al=2, r=1),
                _model(((1, -1, 1),), (3,), r=HALF),
            ),
            readings={
                **{f"batch: {path}": _batch(path, value) for path, value in BATCH.items()},
                **{f"cancellation: {path}": _batch(path, 0) for path in PATHS},
                **dict(zip((f"kink: {path}" for path in PATHS), AT_THE_KINK.args, strict=True)),
            },
            rewording={"bias": Implies(*NEGATIVE, _gradient("bias", al * (u(j) * dl(i))))},
        ),
    )
}
