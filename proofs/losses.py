"""Cross entropy: it is positive and finite, and it vanishes as the logit of the label grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    S,
    absolute,
    bracket,
    exp,
    function,
    lim,
    log,
    naturals,
    reals,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .kernel.theorem import Theorem, infer
from .library import exponential, limits, logarithm, positive_sums, small_naturals
from .library.calculus import applied
from .library.order import at

k, y = naturals("k y")  # classes; the label
i, j = naturals("i j")
f, p = function("f", "N>R"), function("p", "N>R")  # logits, and the probabilities that the softmax makes of them
c = reals("c")  # the loss

LABEL = Hypothesis("label", Lt(y, k), "the label is one of the k classes", needed_by="ignored-label")
SOFTMAX = Hypothesis(
    "softmax",
    ForAll(i, Eq(p(i), exp(f(i)) / S(j, k, exp(f(j))))),
    "p(i) is the probability of class i: the softmax of the logits",
    role="definition",
)
LOSS = Hypothesis("loss", Eq(c, -log(p(y))), "c is the cross entropy of the logits and the label", role="definition")

OTHERS = S(j, k, bracket(Ne(j, y)) * exp(f(j) - f(y)))
POSITIVE_PARTS = {
    "defined": And(Lt(0, p(y)), Le(p(y), 1)),
    "margins": Eq(c, log(1 + OTHERS)),
    "upper bound": Le(c, OTHERS),
    "lower bound": Le(1 - p(y), c),
    "one class": Implies(Eq(k, 1), Eq(c, 0)),
    "positive": Iff(Lt(0, c), Le(2, k)),
}


def _derive_positive(D: Board) -> None:
    total = S(j, k, exp(f(j)))
    weights = {positive_sums.a: (i, exp(f(i)))}
    D.use(exponential.positive())
    D.have(ForAll(j, Lt(0, exp(f(j)))), "exp is positive")
    D.use(applied(positive_sums.below_total(), weights))
    D.have(Le(exp(f(y)), total), "the label is one of the classes")
    D.have(Lt(0, total), "so the quotient makes sense")
    share = D.have(Eq(p(y) * total, exp(f(y))), "the softmax")
    D.have(Lt(0, 1 / total))
    D.conclude("defined")
    shifted = D.have(
        ForAll(j, Eq(exp(f(j)), exp(f(y)) * exp(f(j) - f(y)))),
        "exp turns sums into products",
        using=[exponential.addition()],
    )
    D.use(exponential.at_zero())
    D.have(Eq(exp(f(y) - f(y)), 1), "exp(0) = 1")
    D.have(Eq(total, exp(f(y)) * (1 + OTHERS)), "the label, and the other classes", by=shifted)
    D.have(Eq(p(y) * (1 + OTHERS), 1))
    inverse = D.have(Eq(1 + OTHERS, 1 / p(y)), "p(y) is not 0")
    whole = D.have(Eq(c, log(1 / p(y))), "log(1/x) = -log(x)", using=[*D.theorems, logarithm.of_reciprocal()])
    D.conclude("margins", by=inverse, using=[whole])
    D.use(at(logarithm.upper(), 1 + OTHERS))
    D.have(Lt(0, 1 + OTHERS))
    D.conclude("upper bound", "log(1 + t) <= t")
    D.use(at(logarithm.upper(), p(y)))
    lower = D.conclude("lower bound", "log(x) <= x - 1")
    with D.suppose(Eq(k, 1)):
        D.have(Eq(y, 0), using=[at(small_naturals.below_one(), y), *(D.given(q) for q in (LABEL.formula, Eq(k, 1)))])
        D.have(Eq(OTHERS, 0), "there is no other class", using=D.theorems[-2:])
        D.have(Eq(p(y), 1), "p(y) (1 + 0) = 1")
        D.have(Eq(c, 0), "log(1) = 0", using=[D.given(LOSS.formula), D.theorems[-1], logarithm.at_one()])
    one = D.conclude("one class")
    with D.suppose(Le(2, k)):
        D.use(applied(positive_sums.strictly_below_total(), weights))
        D.have(Lt(exp(f(y)), total), "there is another class")
        facts = [D.theorems[-1], share, D.given(Lt(0, total))]
        D.have(Lt(p(y), 1), "so the label has not all of the total", using=facts)
        D.have(Lt(0, c), "the lower bound", using=[D.theorems[-1], lower])
    D.use(at(small_naturals.above_one(), k), at(small_naturals.above_zero(), k))
    with D.suppose(Lt(k, 2)):
        D.have(Eq(k, 1), "as y < k")
        D.have(Eq(c, 0), using=[D.theorems[-1], one])
    D.conclude("positive")


def _model(logits: Sequence[int], label: int, classes: int | None = None) -> Callable[[], Model]:
    """These logits, all of them classes unless a smaller number is given, and this label."""

    def build() -> Model:
        number = len(logits) if classes is None else classes
        tables = {("k", ">N"): number, ("y", ">N"): label, ("f", "N>R"): lambda i: Fraction((*logits, *[0] * 64)[i])}
        return Model((Fraction(1),), tables)

    return build


FALSE_POSITIVE = (
    FalseStatement("one-class-too", {"positive": Iff(Lt(0, c), Le(1, k))}, countermodel=_model((0,), 0)),
    FalseStatement("below-log-k", {"upper bound": Le(c, log(k))}, countermodel=_model((0, 1), 0)),
    FalseStatement(
        "margins-reversed",
        {"margins": Eq(c, log(1 + S(j, k, bracket(Ne(j, y)) * exp(f(y) - f(j)))))},
        countermodel=_model((0, 1), 0),
    ),
    FalseStatement(
        "label-twice", {"margins": Eq(c, log(1 + S(j, k, exp(f(j) - f(y)))))}, countermodel=_model((0, 0), 0)
    ),
    FalseStatement("error-probability", {"upper bound": Le(c, 1 - p(y))}, countermodel=_model((0, 0), 1)),
    FalseStatement("ignored-label", hypotheses={"label": None}, countermodel=_model((0, 1), 1, 1)),
)

L, x = reals("L x")  # the size of the label's logit
F, C = function("F", "RN>R"), function("C", "R>R")  # logits and loss, by that size

UNIT_LOGITS = Hypothesis(
    "logits",
    ForAll(L, j, Eq(F(L, j), L * bracket(Eq(j, y)))),
    "F(L) is L times the unit vector of the label",
    role="definition",
)
UNIT_LOSS = Hypothesis(
    "loss",
    ForAll(L, Eq(C(L), -log(exp(F(L, y)) / S(j, k, exp(F(L, j)))))),
    "C(L) is the cross entropy of these logits and the label",
    role="definition",
)
DECAY = (k - 1) * exp(-L)
LIMIT_PARTS = {
    "closed form": Eq(C(L), log(1 + DECAY)),
    "bounds": And(Le(DECAY / (1 + DECAY), C(L)), Le(C(L), DECAY)),
    "limit": lim(L, "oo", C(L), 0),
    "rate": lim(L, "oo", exp(L) * C(L), k - 1),
}


def _margins() -> Theorem:
    """What ce-positive says of these logits: the loss as a function of the margins, for a label below k."""
    whole = PROPOSITIONS["ce-positive"].theorem()
    theorem = infer("taut", [whole], to_term(POSITIVE_PARTS["margins"]))
    for h in (LABEL, SOFTMAX, LOSS):
        theorem = infer("discharge", [theorem], h.term)
    total = S(j, k, exp(F(L, j)))
    values = {f: (j, F(L, j)), p: (i, exp(F(L, i)) / total), c: -log(exp(F(L, y)) / total)}
    theorem = applied(theorem, values)
    for _ in (LOSS, SOFTMAX):  # now equations of a term with itself
        premise, conclusion = theorem.statement.args
        theorem = infer("taut", [theorem, Board([], {}).have(premise)], conclusion)
    return theorem


def _derive_limit(D: Board) -> None:
    others = S(j, k, bracket(Ne(j, y)) * exp(F(L, j) - F(L, y)))
    known = infer("taut", [_margins(), D.given(LABEL.formula)], _margins().statement.args[1])
    margins = D.have(Eq(C(L), log(1 + others)), "the loss by its margins", using=[D.given(UNIT_LOSS.formula), known])
    D.use(exponential.at_zero())
    weight = D.have(
        ForAll(j, Eq(exp(F(L, j) - F(L, y)), bracket(Eq(j, y)) + bracket(Ne(j, y)) * exp(-L))),
        "the label's logit is L, the others are 0",
    )
    counted = D.have(Eq(others, DECAY), "k - 1 other classes", by=weight)
    closed = D.have(Eq(log(1 + others), log(1 + DECAY)), by=counted)
    closed = D.conclude("closed form", using=[margins, closed])
    D.ignore(*(t.statement for t in D.theorems))
    D.use(exponential.positive(), infer("assume", (), LABEL.term), small_naturals.above_zero())
    D.have(Lt(0, k), "there is a class, the label's")
    classes = D.have(Le(0, k - 1))
    D.have(Lt(0, exp(-L)))
    D.have(Le(0, DECAY))
    D.use(closed, at(logarithm.upper(), 1 + DECAY), at(logarithm.lower(), 1 + DECAY))
    D.have(Lt(0, 1 / (1 + DECAY)))
    D.have(Eq(1 - 1 / (1 + DECAY), DECAY / (1 + DECAY)))
    bounds = D.conclude("bounds", "1 - 1/x <= log(x) <= x - 1 at x = 1 + (k-1) exp(-L)")
    nonnegative = D.have(Le(0, DECAY / (1 + DECAY)))
    near = D.have(Le(absolute(C(L) - 0), DECAY), "the bounds", using=[bounds, nonnegative])
    D.conclude("limit", "a bound that vanishes", using=_vanishing(C(L), 0, k - 1, near, classes))
    below = D.have(Le(DECAY * (1 - DECAY), DECAY / (1 + DECAY)), "as (1 - t) (1 + t) <= 1")
    inverse = D.have(Eq(exp(L) * exp(-L), 1), using=[exponential.inverse()])
    growth = D.have(Lt(0, exp(L)), using=[exponential.positive()])
    scaled = D.have(
        And(Le(exp(L) * (DECAY * (1 - DECAY)), exp(L) * C(L)), Le(exp(L) * C(L), exp(L) * DECAY)),
        "the bounds, times exp(L)",
        using=[below, bounds, growth],
    )
    near = Le(absolute(exp(L) * C(L) - (k - 1)), (k - 1) ** 2 * exp(-L))
    near = D.have(near, "exp(L) exp(-L) = 1", using=[scaled, inverse])
    D.conclude("rate", "a bound that vanishes", using=_vanishing(exp(L) * C(L), k - 1, (k - 1) ** 2, near, classes))


def _vanishing(quantity: Any, value: Any, size: Any, near: Theorem, classes: Theorem) -> list[Theorem]:
    """The distance of the quantity from its value is at most size exp(-L), which tends to 0."""
    rule = at(applied(limits.vanishing(), {limits.F: (L, quantity)}), size, value)
    return [rule, infer("generalise", [near], to_term(L).data), classes]


def _limit_model(classes: int, label: int = 0, size: int = 1, other: int = 1) -> Callable[[], Model]:
    """This many classes, this label, L = size, and the class i = other."""

    def build() -> Model:
        tables = {("k", ">N"): classes, ("y", ">N"): label, ("L", ">R"): Fraction(size), ("i", ">N"): other}
        return Model((Fraction(1),), tables)

    return build


def _other_logits(name: str, logits: Any, words: str, **more: Hypothesis) -> FalseStatement:
    hypothesis = Hypothesis("logits", ForAll(L, j, Eq(F(L, j), logits)), words, role="definition")
    return FalseStatement(name, hypotheses={"logits": hypothesis, **more}, countermodel=_limit_model(2))


OTHER = Hypothesis("another class", And(Lt(i, k), Ne(i, y)), "class i is not the label", role="meaning")
WITHOUT_K = And(Le(DECAY / (1 + DECAY), C(L)), Le(C(L), exp(-L)))
SQUARED = And(Le(DECAY / (1 + DECAY), C(L)), Le(C(L), (k - 1) * exp(-2 * L)))
FALSE_LIMIT = (
    _other_logits(
        "other-class", L * bracket(Eq(j, i)), "F(L) is L times the unit vector of another class", other=OTHER
    ),
    _other_logits("all-ones", L, "F(L) is L times the vector of ones"),
    _other_logits("minus-infinity", -L * bracket(Eq(j, y)), "F(L) is -L times the unit vector of the label"),
    FalseStatement("without-k", {"closed form": Eq(C(L), log(1 + exp(-L)))}, countermodel=_limit_model(3)),
    FalseStatement(
        "rate-without-k", {"bounds": WITHOUT_K}, readings={"upper": Le(C(L), exp(-L))}, countermodel=_limit_model(3)
    ),
    FalseStatement(
        "squared-rate",
        {"bounds": SQUARED},
        readings={"upper": Le(C(L), (k - 1) * exp(-2 * L))},
        countermodel=_limit_model(2),
    ),
    FalseStatement("ignored-label", hypotheses={"label": None}, countermodel=_limit_model(1, 1)),
)

PROPOSITIONS = {
    q.id: q
    for q in (
        Proposition(
            id="ce-positive",
            title="The cross entropy of finite logits is finite, and positive if and only if there are two classes",
            sources=(("004", "3a"),),
            hypotheses=(LABEL, SOFTMAX, LOSS),
            parts=POSITIVE_PARTS,
            derive=_derive_positive,
            not_covered=(
                "Infinite logits, which only the experiments try.",
                "The rounding of floats, in which the loss is exactly 0 from some margin on.",
            ),
            false=FALSE_POSITIVE,
            models=(_model((0, 1), 0), _model((3,), 0), _model((1, -2, 0), 2)),
            rewording={"lower bound": Le(1, c + p(y))},
        ),
        Proposition(
            id="ce-limit",
            title="The cross entropy of L e_y is log(1 + (k-1) exp(-L)): it tends to 0 like (k-1) exp(-L)",
            sources=(("004", "3b"),),
            hypotheses=(LABEL, UNIT_LOGITS, UNIT_LOSS),
            parts=LIMIT_PARTS,
            derive=_derive_limit,
            not_covered=("Logits that grow along other directions than that of the label.",),
            false=FALSE_LIMIT,
            models=(_limit_model(2), _limit_model(1), _limit_model(4, 3, -2)),
            readings={"upper": Le(C(L), DECAY), "lower": Le(DECAY / (1 + DECAY), C(L))},
            rewording={"rate": lim(L, "oo", C(L) * exp(L), k - 1)},
        ),
    )
}
