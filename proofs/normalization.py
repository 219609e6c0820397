"""Normalisation: which biases it makes redundant, and until when the running statistics remember them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.finite import Model
from .board.notation import And, D, Eq, ForAll, Implies, Le, Lt, S, bracket, function, naturals, reals, relu
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library.differentiation import by_calculus
from .library.order import at
from .library.products import decay

m, N = naturals("m N")  # channels; positions, over batch, height and width
c, d, p, i = naturals("c d p i")  # a channel, another one, the one whose bias moves; a position
s, k = naturals("s k")  # a batch, the number of batches
t, u, b, z, al, lam = reals("t u b z al lam")  # biases, a pre-activation, the momentum, weight decay
r0, v0 = reals("r0 v0")  # running mean and variance at the start
y, Y = function("y", "NN>R"), function("Y", "NN>R")
ga, be, x = function("ga", "N>R"), function("be", "N>R"), function("x", "N>R")
pre, mu, var = function("pre", "RNN>R"), function("mu", "RN>R"), function("var", "RN>R")
out, rs, l, q = function("out", "RNN>R"), function("rs", "R>R"), function("l", "NNR>R"), function("q", "R>R")
run, spread = function("run", "NR>R"), function("spread", "NR>R")


def _definition(name: str, formula: Any, words: str) -> Hypothesis:
    return Hypothesis(name, formula, words, role="definition")


def _preactivation(value: Any, words: str) -> Hypothesis:
    return _definition("pre-activation", ForAll(t, c, i, Eq(pre(t, c, i), value)), words)


POSITIONS = Hypothesis(
    "positions", Lt(1, N), "a channel has two values: one alone has no unbiased variance", role="meaning"
)
PRE = _preactivation(
    y(c, i) + t * bracket(Eq(c, p)),
    "pre(t, c, i) is what channel c hands to the normalisation at position i, when channel p has the bias t",
)
MEAN = _definition(
    "mean", ForAll(t, c, Eq(mu(t, c), S(i, N, pre(t, c, i)) / N)), "the mean of channel c over batch, height and width"
)
VARIANCE = _definition(
    "variance",
    ForAll(t, c, Eq(var(t, c), S(i, N, (pre(t, c, i) - mu(t, c)) ** 2) / N)),
    "the variance of channel c over batch, height and width",
)
OUTPUT = _definition(
    "output",
    ForAll(t, c, i, Eq(out(t, c, i), ga(c) * (pre(t, c, i) - mu(t, c)) * rs(var(t, c)) + be(c))),
    "batch normalisation in training: rs is any function, such as 1 over the root of the variance plus eps",
)


def _batch_mean(step: Any, bias: Any) -> Any:
    return S(i, N, Y(step, i) + bias) / N


def _batch_variance(step: Any, bias: Any) -> Any:
    return S(i, N, (Y(step, i) + bias - _batch_mean(step, bias)) ** 2) / (N - 1)


RUNNING_MEAN = _definition(
    "running mean",
    And(
        ForAll(t, Eq(run(0, t), r0)),
        ForAll(s, t, Eq(run(s + 1, t), (1 - al) * run(s, t) + al * _batch_mean(s, t))),
    ),
    "the running mean of one channel after batches 0, ..., s, all of them seen with the bias t; al is the momentum",
)
RUNNING_VARIANCE = _definition(
    "running variance",
    And(
        ForAll(t, Eq(spread(0, t), v0)),
        ForAll(s, t, Eq(spread(s + 1, t), (1 - al) * spread(s, t) + al * _batch_variance(s, t))),
    ),
    "its running variance, from the unbiased variances of the batches",
)

LOSS = S(c, m, S(i, N, l(c, i, out(t, c, i))))
THROUGH = ForAll(t, u, Implies(ForAll(c, i, Eq(out(t, c, i), out(u, c, i))), Eq(q(t), q(u))))


def _evaluated(bias: Any) -> Any:
    """What the layer makes of the pre-activation z in evaluation mode, after k batches in training mode."""
    return ga(c) * (z + bias - run(k, bias)) * rs(spread(k, bias)) + be(c)


def _lag(power: Any) -> Any:
    return Eq(_evaluated(t) - _evaluated(0), ga(c) * t * power * rs(spread(k, 0)))


FADES = Implies(Le(0, al), Le(al, 1), Le((1 - al) ** k * (1 + k * al), 1))


def _derive(B: Board) -> None:
    B.have(ForAll(t, c, Eq(mu(t, c), mu(0, c) + t * bracket(Eq(c, p)))), "the mean moves with the bias")
    centred = B.have(ForAll(t, c, i, Eq(pre(t, c, i) - mu(t, c), pre(0, c, i) - mu(0, c))), "so nothing is left of it")
    B.have(ForAll(t, c, Eq(var(t, c), var(0, c))), "nor in the variance")
    same = B.have(ForAll(t, c, i, Eq(out(t, c, i), out(0, c, i))))
    B.conclude("invariant")
    B.conclude("loss", "the loss does not depend on the bias", by=same, prover=by_calculus)
    with B.suppose(THROUGH):
        constant = B.have(ForAll(t, Eq(q(t), q(0))), "equal outputs, equal values")
        B.have(D(t, q(t), b, 0), "a constant", by=constant, prover=by_calculus)
    B.conclude("gradient")
    B.ignore(*(h.formula for h in (PRE, MEAN, VARIANCE, OUTPUT)), centred.statement, same.statement)
    remembered = run(k, 0) + t * (1 - (1 - al) ** k)
    B.induction(k, ForAll(t, Eq(run(k, t), remembered)), "each batch takes in al of what is missing of the bias")
    B.conclude("running mean")
    B.have(ForAll(s, t, Eq(_batch_variance(s, t), _batch_variance(s, 0))), "the variances do not see the bias")
    B.induction(k, ForAll(t, Eq(spread(k, t), spread(k, 0))), "so neither does the running one")
    B.conclude("running variance")
    B.ignore(RUNNING_MEAN.formula, RUNNING_VARIANCE.formula)
    B.conclude("lag", "what the running mean has not yet taken in")
    B.use(at(decay(), 1 - al))
    B.conclude("fades", "Bernoulli's inequality")


# --- finite models ------------------------------------------------------------------------------------------------


def _model(*rows: tuple[int, ...], sign: int = 1, **numbers: Fraction | int) -> Callable[[], Model]:
    """Channels with these pre-activations y(c, i), batches Y(s, i) = s + i, rs(v) = v + 1 and a squared loss."""

    def build() -> Model:
        values: dict[str, Any] = {
            "t": 1, "b": 1, "u": 0, "z": 1, "r0": 0, "v0": 1, "al": Fraction(1, 2), "lam": 1
        } | numbers  # fmt: skip
        tables: dict[tuple[str, str], Any] = {(name, ">R"): Fraction(value) for name, value in values.items()}
        tables |= {(name, ">N"): int(numbers.get(name, 0)) for name in ("c", "p", "i", "s", "k")}
        tables |= {("m", ">N"): len(rows), ("N", ">N"): len(rows[0])}
        tables |= {
            ("y", "NN>R"): lambda c, i: rows[c][i] if c < len(rows) and i < len(rows[0]) else 0,
            ("Y", "NN>R"): lambda s, i: s + i,
            ("x", "N>R"): lambda i: i,
            ("ga", "N>R"): lambda c: sign,
            ("be", "N>R"): lambda c: c,
            ("rs", "R>R"): lambda v: v + 1,
            ("l", "NNR>R"): lambda c, i, z: z * z,
            ("q", "R>R"): lambda t: 2,
        }
        return Model((Fraction(1),), tables, naturals=2)

    return build


TWO_CHANNELS = _model((0, 1), (2, 2))
ONE_CHANNEL = _model((1, -2, 4), sign=-2, k=2)
MIXED_SIGNS = _model((0, -1), sign=3, k=1)

# --- false statements ---------------------------------------------------------------------------------------------


def _other_input(name: str, value: Any, words: str, model: Callable[[], Model]) -> FalseStatement:
    return FalseStatement(name, hypotheses={"pre-activation": _preactivation(value, words)}, countermodel=model)


LAYER_MEAN = S(d, m, S(i, N, pre(t, d, i))) / (m * N)
LAYER_VARIANCE = S(d, m, S(i, N, (pre(t, d, i) - mu(t, d)) ** 2)) / (m * N)
LAYER_NORM = {
    "mean": _definition("mean", ForAll(t, c, Eq(mu(t, c), LAYER_MEAN)), "the mean over all channels and positions"),
    "variance": _definition(
        "variance", ForAll(t, c, Eq(var(t, c), LAYER_VARIANCE)), "the variance over all channels and positions"
    ),
}
MOVED = t * bracket(Eq(c, p))

FALSE = (
    FalseStatement("layer-norm", hypotheses=LAYER_NORM, countermodel=TWO_CHANNELS),
    _other_input("activation-between", relu(y(c, i) + MOVED), "the rectified pre-activation", MIXED_SIGNS),
    _other_input("redundant-weight", y(c, i) + MOVED * x(i), "t is added to a weight, which reads x(i)", TWO_CHANNELS),
    _other_input("redundant-scale", y(c, i) + MOVED * y(c, i), "channel p is multiplied by 1 + t", TWO_CHANNELS),
    FalseStatement("weight-decay", {"loss": D(t, LOSS + lam / 2 * t**2, b, 0)}, countermodel=TWO_CHANNELS),
    FalseStatement("no-lag", {"lag": _lag(0)}, countermodel=TWO_CHANNELS),
    FalseStatement("other-momentum", {"lag": _lag(al**k)}, countermodel=_model((0, 1), k=1, al=Fraction(1, 4))),
    FalseStatement("one-batch-early", {"lag": _lag((1 - al) ** (k + 1))}, countermodel=TWO_CHANNELS),
    FalseStatement(
        "variance-lags-too",
        {"running variance": Eq(spread(k, t), spread(k, 0) + t**2 * (1 - (1 - al) ** k))},
        countermodel=MIXED_SIGNS,
    ),
)

PROPOSITIONS = {
    proposition.id: proposition
    for proposition in (
        Proposition(
            id="bn-bias-redundant",
            title="A bias before batch normalisation changes nothing in training, and fades in evaluation mode",
            sources=(("000", "2b"),),
            hypotheses=(POSITIONS, PRE, MEAN, VARIANCE, OUTPUT, RUNNING_MEAN, RUNNING_VARIANCE),
            parts={
                "invariant": Eq(out(t, c, i), out(0, c, i)),
                "loss": D(t, LOSS, b, 0),
                "gradient": Implies(THROUGH, D(t, q(t), b, 0)),
                "running mean": Eq(run(k, t), run(k, 0) + t * (1 - (1 - al) ** k)),
                "running variance": Eq(spread(k, t), spread(k, 0)),
                "lag": _lag((1 - al) ** k),
                "fades": FADES,
            },
            derive=_derive,
            not_covered=(
                "`momentum=None`, the cumulative average of PyTorch.",
                "Layer normalisation, of which only a bias common to all channels cancels.",
            ),
            false=FALSE,
            models=(TWO_CHANNELS, ONE_CHANNEL, MIXED_SIGNS),
            rewording={"running mean": Eq(run(k, t) - t, run(k, 0) - t * (1 - al) ** k)},
        ),
    )
}
