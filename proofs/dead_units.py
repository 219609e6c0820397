"""Dead units: a ReLU that is negative on the whole training set never moves again under stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.existence import matrix
from .board.finite import Model
from .board.notation import (
    And,
    D,
    Eq,
    ForAll,
    Implies,
    Le,
    Lt,
    Ne,
    S,
    bracket,
    function,
    naturals,
    reals,
    relu,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.term import Term, instantiate
from .kernel.theorem import infer
from .library.calculus import applied, constant_rule, increments, local_rule
from .library.differentiation import by_calculus
from .library.order import at, stays_negative

m, N, T = naturals("m N T")  # units, examples, steps of the training
s, i, j, k = naturals("s i j k")  # step, example, the dead unit, any unit
t, g, h, d1 = reals("t g h d1")
at_zero, slope, c = reals("a u c")  # as the theorems of calculus call the point, the value, the constant
f, gg = function("f", "R>R"), function("g", "R>R")
a, b, u = function("a", "NN>R"), function("b", "NN>R"), function("u", "NN>R")  # by step and unit
X, Y, eta = function("X", "N>R"), function("Y", "N>R"), function("eta", "N>R")
INPUT = X(i)  # of the example at hand
weight = function("c", "NN>R")  # of an example in the loss of a step: full batch, mini-batch or a single example
loss = function("l", "RR>R")
UNIT = bracket(Eq(k, j))


def preactivation(unit: Any, example: Any) -> Any:
    """What enters the activation of the unit on the example at step s."""
    return a(s, unit) * X(example) + b(s, unit)


AT_REST = S(k, m, u(s, k) * relu(preactivation(k, i)))


def paths(activation: Callable[[Any], Any] = relu, example: Any = INPUT) -> dict[str, Any]:
    """The output on example i at step s while one parameter of unit j moves by t."""
    return {
        "weight": S(k, m, u(s, k) * activation((a(s, k) + t * UNIT) * example + b(s, k))),
        "bias": S(k, m, u(s, k) * activation(a(s, k) * example + b(s, k) + t * UNIT)),
        "output weight": S(k, m, (u(s, k) + t * UNIT) * activation(a(s, k) * example + b(s, k))),
    }


PATHS = paths()
PARAMETERS = {"weight": a, "bias": b, "output weight": u}


def objective(output: Any) -> Any:
    """The loss of step s."""
    return S(i, N, weight(s, i) * loss(output, Y(i)))


def updates(output: Mapping[str, Any], step: Callable[[Any], Any]) -> dict[str, Hypothesis]:
    """What the T steps do to each parameter of the unit; `step` says it of one parameter, for the derivative g."""
    return {
        f"step of the {path}": Hypothesis(
            f"step of the {path}",
            ForAll(s, g, Implies(Lt(s, T), D(t, objective(output[path]), 0, g), step(parameter))),
            f"where the loss has a derivative in the {path} of the unit, each of the T steps subtracts eta times it",
            needed_by=f"unguided-{path.replace(' ', '-')}",
        )
        for path, parameter in PARAMETERS.items()
    }


def _stepped(parameter: Any) -> Any:
    """Stochastic gradient descent."""
    return Eq(parameter(s + 1, j), parameter(s, j) - eta(s) * g)


UPDATES = updates(PATHS, _stepped)
DEAD = Hypothesis(
    "dead",
    ForAll(i < N, Lt(a(0, j) * X(i) + b(0, j), 0)),
    "at the start the unit is negative on every example",
    needed_by="boundary",
)
PARTS = {
    "weight stays": Implies(Le(s, T), Eq(a(s, j), a(0, j))),
    "bias stays": Implies(Le(s, T), Eq(b(s, j), b(0, j))),
    "output weight stays": Implies(Le(s, T), Eq(u(s, j), u(0, j))),
    "stays negative": Implies(Le(s, T), Lt(i, N), Lt(preactivation(j, i), 0)),
}


MOVED = {  # the input of the activation of unit k, as a path moves it by h; and what moves that of the dead unit
    "weight": ((a(s, k) + h * UNIT) * X(i) + b(s, k), X(i)),
    "bias": (a(s, k) * X(i) + b(s, k) + h * UNIT, 1),
    "output weight": (preactivation(k, i), 0),
}


def _example_does_not_notice(B: Board, path: str) -> None:
    """The loss of an example has derivative 0 along the path: for small |h| the unit stays negative, its output 0."""
    still, moving = loss(AT_REST, Y(i)), loss(PATHS[path], Y(i))
    constant = applied(constant_rule(), {c: still, at_zero: 0})
    local = applied(local_rule(), {f: (t, still), gg: (t, moving), at_zero: 0, slope: 0})
    agree, derivative = local.statement.args[1].args
    moved, direction = MOVED[path]
    leaves_room = at(stays_negative(), preactivation(j, i), direction)
    with B.suppose(Lt(i, N), fix=[i]):
        negative = B.have(Lt(preactivation(j, i), 0), "the unit is negative on this example")
        with B.obtain(infer("taut", [leaves_room, negative], leaves_room.statement.args[1]), d1):
            within, same = _instance(agree, d1)
            with B.suppose(within, fix=[h]):
                if path == "output weight":
                    B.have(Eq(relu(preactivation(j, i)), 0), "its output is 0 whatever its weight")
                else:
                    B.use(at(increments(B, d1), h))
                    B.have(Lt(preactivation(j, i) + h * direction, 0), f"and stays so for small changes of its {path}")
                    unchanged = Eq(relu(moved), relu(preactivation(k, i)))
                    with B.suppose(fix=[k]):
                        for unit in (Eq(k, j), Ne(k, j)):
                            with B.suppose(unit):
                                B.have(unchanged, "0 before and after" if unit.func is Eq else "another unit")
                        B.have(unchanged, "so no unit's output changes")
                B.have(same, "nor the loss of the example")
            B.witness(agree, d1)
        B.use(infer("taut", [local, constant, B.theorems[-1]], derivative))
        B.have(D(t, moving, 0, 0), "a function that is constant near 0 has derivative 0")


def _loss_does_not_notice(B: Board, path: str) -> None:
    """So neither has the loss of the step."""
    _example_does_not_notice(B, path)
    B.have(D(t, objective(PATHS[path]), 0, 0), "a sum of zeros", prover=by_calculus)


def _instance(agree: Term, radius: Any) -> tuple[Term, Term]:
    """(|h| <= radius, the equation) of an agreement near a point."""
    _, body = matrix(agree)
    universal = instantiate(body, [to_term(radius)]).args[1]
    implication = instantiate(universal.args[0], [to_term(h)])
    return implication.args[0], implication.args[1]


def _derive(B: Board) -> None:
    still = Implies(Le(s, T), And(Eq(a(s, j), a(0, j)), Eq(b(s, j), b(0, j)), Eq(u(s, j), u(0, j))))

    def step() -> None:
        with B.suppose(Lt(s, T)):
            one_step()

    def one_step() -> None:
        with B.suppose(Lt(i, N), fix=[i]):
            B.have(Lt(a(0, j) * X(i) + b(0, j), 0))
            B.have(Lt(preactivation(j, i), 0), "the unit is as negative as at the start")
        _loss_does_not_notice(B, "weight")
        for path in ("bias", "output weight"):
            with B.likewise(f"likewise for the {path}"):
                _loss_does_not_notice(B, path)
        B.use(*(at(B.given(hypothesis.formula), s, 0) for hypothesis in UPDATES.values()))
        unmoved = And(Eq(a(s + 1, j), a(0, j)), Eq(b(s + 1, j), b(0, j)), Eq(u(s + 1, j), u(0, j)))
        B.have(unmoved, "eta times 0 is subtracted")

    B.induction(s, still, "the step subtracts eta times 0", step=step)
    with B.suppose(Le(s, T), Lt(i, N)):
        B.have(Lt(a(0, j) * X(i) + b(0, j), 0))
        B.have(Lt(preactivation(j, i), 0))
    for part in PARTS:
        B.conclude(part)


# --- false siblings -----------------------------------------------------------------------------------------------

wd, mu = reals("wd mu")
V = function("V", "NN>R")  # inputs that change from step to step
Number = int | Fraction


def _dead_where(condition: Any, value: Any) -> Hypothesis:
    return Hypothesis("dead", ForAll(i < N, Implies(condition, value)), "negative only there")


def _leaky(z: Any) -> Any:
    return z * bracket(Lt(0, z)) + z / 100 * bracket(Le(z, 0))


def _decayed(parameter: Any) -> Any:
    return Eq(parameter(s + 1, j), parameter(s, j) - eta(s) * (g + wd * parameter(s, j)))


def _buffer(parameter: Any) -> Any:
    return function(f"v{parameter.name}", "NN>R")


def _model(
    rows: Sequence[tuple[Number, Number, Number]],
    inputs: Sequence[Number] = (1,),
    weights: Sequence[Sequence[Number]] = ((1,),),
    **more: Number,
) -> Callable[[], Model]:
    """One unit with the squared loss and targets 1; `rows` are its a, b, u from step to step, eta is 1."""

    def entry(place: int) -> Callable[[int, int], Number]:
        return lambda step, unit: rows[min(int(step), len(rows) - 1)][place] if unit == 0 else 0

    def build() -> Model:
        steps = len(rows) - 1
        tables: dict[tuple[str, str], Any] = {("m", ">N"): 1, ("N", ">N"): len(inputs), ("T", ">N"): steps}
        tables |= {("s", ">N"): steps, ("i", ">N"): 0, ("j", ">N"): 0, ("eta", "N>R"): lambda step: 1}
        tables |= {(name, "NN>R"): entry(place) for place, name in enumerate("abu")}
        tables |= {("X", "N>R"): lambda n: inputs[min(int(n), len(inputs) - 1)], ("Y", "N>R"): lambda n: 1}
        last = len(weights) - 1
        tables[("c", "NN>R")] = lambda step, n: weights[min(int(step), last)][int(n)] if n < len(inputs) else 0
        tables[("l", "RR>R")] = lambda r, y: (r + -1 * y) * (r + -1 * y)
        tables |= {(name, ">R"): value for name, value in more.items()}
        tables |= {(f"v{name}", "NN>R"): lambda step, unit: 1 if step else 2 for name in "abu"}
        tables[("V", "NN>R")] = lambda step, n: (-1) ** int(step)
        return Model((Fraction(1),), tables, naturals=max(steps, 2))

    return build


STILL = (-1, -1, 1)  # a, b, u of a unit that is dead on the input 1
FALSE = (
    FalseStatement(
        "unguided-weight", hypotheses={"step of the weight": None}, countermodel=_model([STILL, (-2, -1, 1)])
    ),
    FalseStatement("unguided-bias", hypotheses={"step of the bias": None}, countermodel=_model([STILL, (-1, -2, 1)])),
    FalseStatement(
        "unguided-output-weight",
        hypotheses={"step of the output weight": None},
        countermodel=_model([STILL, (-1, -1, 2)]),
    ),
    FalseStatement(
        "dead-on-the-batch-only",
        hypotheses={"dead": _dead_where(Ne(weight(0, i), 0), Lt(a(0, j) * X(i) + b(0, j), 0))},
        # the second example, X = -2, enters at step 1: z = 1, f = 1/2, so g = 2 (f - 1) (u X, u, z) = (1, -1/2, -1)
        countermodel=_model(
            [(-1, -1, Fraction(1, 2)), (-1, -1, Fraction(1, 2)), (-2, Fraction(-1, 2), Fraction(3, 2))],
            (1, -2),
            ((1, 0), (0, 1)),
        ),
    ),
    FalseStatement(
        "boundary",
        hypotheses={"dead": _dead_where(Le(0, 0), Le(a(0, j) * X(i) + b(0, j), 0))},
        countermodel=_model([(-1, 1, 1), (3, 3, 1)]),  # at the kink there is no derivative, and any step may follow
    ),
    FalseStatement(
        "leaky-slope",
        hypotheses=updates(paths(_leaky), _stepped),
        # z = -2, f = -1/50, so g = 2 (f - 1) (1/100, 1/100, -1/50)
        countermodel=_model([STILL, (Fraction(-4898, 5000), Fraction(-4898, 5000), 1 - Fraction(204, 5000))]),
    ),
    FalseStatement(
        "weight-decay-moves-nothing",
        hypotheses=updates(PATHS, _decayed),
        countermodel=_model([STILL, (Fraction(-1, 2), Fraction(-1, 2), Fraction(1, 2))], wd=Fraction(1, 2)),
    ),
    FalseStatement(
        "any-weight-decay-stays-dead",
        {"stays negative": PARTS["stays negative"]},
        hypotheses=updates(PATHS, _decayed),
        countermodel=_model([STILL, (1, 1, -1)], wd=2),
    ),
    FalseStatement(
        "any-momentum-buffer",
        hypotheses=updates(
            PATHS,
            lambda parameter: And(
                Eq(_buffer(parameter)(s + 1, j), mu * _buffer(parameter)(s, j) + g),
                Eq(parameter(s + 1, j), parameter(s, j) - eta(s) * _buffer(parameter)(s + 1, j)),
            ),
        ),
        countermodel=_model([STILL, (-2, -2, 0)], mu=Fraction(1, 2)),
    ),
    FalseStatement(
        "noisy-inputs",
        {"stays negative": Implies(Le(s, T), Lt(i, N), Lt(a(s, j) * V(s, i) + b(s, j), 0))},
        hypotheses=updates(paths(example=V(s, i)), _stepped)
        | {"dead": _dead_where(Le(0, 0), Lt(a(0, j) * V(0, i) + b(0, j), 0))},
        countermodel=_model([(-1, 0, 1), (-1, 0, 1)]),
    ),
)


PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="dead-relu",
            title="A ReLU that is negative on all the training data never moves again under SGD",
            sources=(("004", "6"),),
            hypotheses=(*UPDATES.values(), DEAD),
            parts=PARTS,
            derive=_derive,
            not_covered=(
                "Other optimisers (momentum, Adam, AdamW, weight decay) are tried by experiments and have no theorem.",
                "Several hidden layers: a dead unit of a later one can come back (twin `unit-in-layer-two`).",
            ),
            false=FALSE,
            models=(_model([STILL, STILL, STILL]), _model([(1, -3, 2), (1, -3, 2)], (1, 2), ((1, 1),))),
            rewording={"weight stays": Implies(Le(s, T), Eq(a(0, j), a(s, j)))},
        ),
    )
}
