"""Kernel machines: the Gaussian score at small bandwidths, and the dual of XOR."""

from __future__ import annotations

from .board.board import Board
from .board.notation import (
    And,
    Eq,
    Exists,
    ForAll,
    Implies,
    Le,
    Lt,
    Not,
    S,
    absolute,
    bracket,
    exp,
    function,
    lim,
    naturals,
    predicate,
    reals,
)
from .board.proposition import Hypothesis, Proposition
from .library import exponential, finite, limits, sums
from .library.calculus import applied
from .library.order import at

# --- the Gaussian score as the bandwidth goes to 0 ----------------------------------------------------------------

n, d, i0 = naturals("n d i0")
i, k = naturals("i k")
s, rho, g = reals("s rho g")  # bandwidth, least squared distance, gap to the next one
X, x = function("X", "NN>R"), function("x", "N>R")
al, y = function("al", "N>R"), function("y", "N>R")
SV = predicate("S", "N>F")  # the support vectors
dist = function("D", "N>R")
c = function("c", "N>R")

DISTANCE = Hypothesis(
    "squared distance",
    ForAll(i, Eq(dist(i), S(k, d, (x(k) - X(i, k)) ** 2))),
    "D(i) is the squared distance of point i from the query",
    role="definition",
)
COEFFICIENT = Hypothesis("coefficient", ForAll(i, Eq(c(i), al(i) * y(i))), "c(i) is the coefficient of point i with its label", role="definition")
ATTAINED = Hypothesis(
    "attained",
    And(Lt(i0, n), SV(i0), Eq(dist(i0), rho)),
    "rho is the squared distance of some support vector, so that there is a nearest one",
    role="meaning",
)
LEAST = Hypothesis(
    "least",
    ForAll(i < n, Implies(SV(i), Le(rho, dist(i)))),
    "no support vector is nearer than rho",
    needed_by="not-the-least",
)

NEAREST = And(SV(i), Eq(dist(i), rho))
FURTHER = And(SV(i), Lt(rho, dist(i)))
SCORE = S(i, n, bracket(SV(i)) * c(i) * exp(-dist(i) / (2 * s**2)))
SCALED = SCORE * exp(rho / (2 * s**2))
LIMIT = S(i, n, bracket(NEAREST) * c(i))
REST = S(i, n, bracket(FURTHER) * absolute(c(i)))
GAP = ForAll(i < n, Implies(SV(i), Lt(rho, dist(i)), Le(rho + g, dist(i))))
EXISTS_GAP = Exists(g, And(Lt(0, g), GAP))
BOUND = Le(absolute(SCALED - LIMIT), exp(-g / (2 * s**2)) * REST)


PARTS = {
    "gap": EXISTS_GAP,
    "error bound": Implies(GAP, Lt(0, s), BOUND),
    "limit": lim(s, "0+", SCALED, LIMIT),
}


def _derive_limit(D: Board) -> None:
    D.ignore(DISTANCE.term, COEFFICIENT.term, ATTAINED.term)  # what the distances are does not matter, nor the signs
    positive = bracket(SV(i)) * (dist(i) - rho)
    with D.obtain(at(applied(finite.positive_bound(), {finite.a: (i, positive)}), n), g):
        with D.suppose(Lt(i, n), SV(i), Lt(rho, dist(i)), fix=[i]):
            D.have(Lt(0, positive), "its excess is positive")
            D.have(Le(rho + g, dist(i)), "g is below each of the finitely many positive excesses")
        D.witness(EXISTS_GAP, g)
    D.conclude("gap", "finitely many positive numbers have a positive lower bound")
    D.have(ForAll(i < n, Eq(bracket(SV(i)), bracket(NEAREST) + bracket(FURTHER))), "a support vector is nearest or further")
    decay = exp(-g / (2 * s**2))
    factor = exp(-dist(i) / (2 * s**2)) * exp(rho / (2 * s**2))
    rest = bracket(FURTHER) * factor
    facts = exponential.addition(), exponential.at_zero(), exponential.positive(), exponential.monotone()
    D.use(*facts)
    with D.suppose(GAP):
        with D.suppose(Lt(0, s), fix=[s]):
            D.have(Lt(0, 1 / s))
            D.have(ForAll(i, Eq(factor, exp((rho - dist(i)) / (2 * s**2)))), "exp turns sums into products")
            D.have(ForAll(i, Implies(Eq(dist(i), rho), Eq(factor, 1))), "a nearest one keeps its weight")
            with D.suppose(Lt(i, n), SV(i), Lt(rho, dist(i)), fix=[i]):
                D.have(Le((rho - dist(i)) / (2 * s**2), -g / (2 * s**2)), "the others are further by g")
                D.have(Le(factor, decay), "so they decay")
            D.have(ForAll(i, Lt(0, factor)))
            D.ignore(*(t.statement for t in facts))
            D.have(ForAll(i < n, Le(0, rest)))
            D.have(ForAll(i < n, Le(rest, decay * bracket(FURTHER))), "and each of the others decays")
            D.use(at(applied(sums.weighted(), {sums.r: (i, rest), sums.p: (i, bracket(FURTHER))}), decay, n))
            split = D.have(Eq(SCALED - LIMIT, S(i, n, rest * c(i))), "the nearest cancel")
            D.have(BOUND, "triangle inequality", by=split)
    D.conclude("error bound")
    with D.obtain(D.have(EXISTS_GAP), g):
        D.have(ForAll(i, Le(0, absolute(c(i)))))
        D.have(Le(0, REST))
        D.use(at(applied(limits.decaying(), {limits.F: (s, SCALED)}), REST, LIMIT, g))
        D.have(PARTS["limit"], "a bound that tends to 0")
    D.conclude("limit")


PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="rbf-one-nn-limit",
            title="As its bandwidth goes to 0, the scaled score of a Gaussian kernel machine tends to the sum over the nearest support vectors",
            sources=(("000", "3a"),),
            hypotheses=(DISTANCE, COEFFICIENT, ATTAINED, LEAST),
            parts=PARTS,
            derive=_derive_limit,
        ),
    )
}
