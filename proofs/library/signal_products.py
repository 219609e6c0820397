"""Lines about sums of weights times a signal, the weights independent of the signal: means and second moments.

A signal y and the weights W are functions of an index; both read the outcome w. `blocks` is the theorem that the
weights (block 0) are independent of the signal (block 1); the squares of the signal are known to be integrable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..board.board import Board
from ..board.notation import And, E, Eq, ForAll, Independent, Integrable, Lt, S, bracket, naturals, outcomes, reals
from ..board.proposition import Hypothesis
from ..kernel.theorem import Theorem

b, k, l = naturals("b k l")
s2 = reals("s2")  # the variance of a weight
w = outcomes("w")


def products_integrable(size: Any, weight: Callable[[Any], Any]) -> Any:
    """Products of two weights have an expectation."""
    return ForAll(k < size, l < size, Integrable(w, weight(k) * weight(l)))


def uncorrelated(size: Any, weight: Callable[[Any], Any]) -> Any:
    """The weights are uncorrelated, each of second moment s2."""
    return ForAll(k < size, l < size, Eq(E(w, weight(k) * weight(l)), bracket(Eq(k, l)) * s2))


def covariances(size: Any, weight: Callable[[Any], Any]) -> Any:
    """The weights are uncorrelated, each of variance s2, whatever their mean."""
    covariance = E(w, weight(k) * weight(l)) - E(w, weight(k)) * E(w, weight(l))
    return ForAll(k < size, l < size, Eq(covariance, bracket(Eq(k, l)) * s2))


def weights_integrable(size: Any, weight: Callable[[Any], Any]) -> Hypothesis:
    """The hypothesis that moments of two weights exist."""
    words = "products of two weights have an expectation"
    return Hypothesis("integrable", products_integrable(size, weight), words, role="meaning")


def weights_centred(size: Any, weight: Callable[[Any], Any]) -> Hypothesis:
    """The hypothesis that weights have the mean 0."""
    means = ForAll(k < size, Eq(E(w, weight(k)), 0))
    return Hypothesis("centred", means, "the weights are centred", needed_by="nonzero-mean-weights")


def weights_uncorrelated(size: Any, weight: Callable[[Any], Any], words: str) -> Hypothesis:
    """The hypothesis that weights are uncorrelated and have the second moment s2."""
    return Hypothesis("uncorrelated", uncorrelated(size, weight), words, needed_by="correlated-weights")


def two_blocks(weight: Callable[[Any], Any], signal: Callable[[Any], Any]) -> Any:
    """The weights, as a whole, are independent of the signal as a whole."""
    return Independent(w, (b,), (k,), bracket(Eq(b, 0)) * weight(k) + bracket(Eq(b, 1)) * signal(k))


def uncorrelated_products(
    D: Board, size: Any, weight: Callable[[Any], Any], signal: Callable[[Any], Any], blocks: Theorem
) -> None:
    """Lines: W(k) y(k) and W(l) y(l) have the mean product [k = l] s2 E y(k) y(l), for k, l < size."""
    weights, signals = weight(k) * weight(l), signal(k) * signal(l)
    with D.suppose(Lt(k, size), Lt(l, size), fix=[k, l]):
        D.integrable(w, signals, "|p q| <= p^2 + q^2", by=signal(k) ** 2 + signal(l) ** 2)
        D.product_mean(
            w,
            weights,
            signals,
            "the weights are independent of the signal",
            independence=blocks,
            indices=[b],
            selected=Eq(b, 0),
        )
        terms = weight(k) * signal(k) * (weight(l) * signal(l))
        D.have(
            And(Integrable(w, terms), Eq(E(w, terms), bracket(Eq(k, l)) * s2 * E(w, signals))),
            "and uncorrelated, of variance s2",
        )


def centred_products(
    D: Board, size: Any, weight: Callable[[Any], Any], signal: Callable[[Any], Any], blocks: Theorem
) -> None:
    """Lines: W(k) y(k) has mean 0, for k < size, as `uncorrelated_products`."""
    with D.suppose(Lt(k, size), fix=[k]):
        D.integrable(w, weight(k), "|p| <= p^2 + 1", by=weight(k) * weight(k) + 1)
        D.integrable(w, signal(k), "|p| <= p^2 + 1", by=signal(k) ** 2 + 1)
        D.product_mean(
            w,
            weight(k),
            signal(k),
            "the weights are independent of the signal",
            independence=blocks,
            indices=[b],
            selected=Eq(b, 0),
        )
        product = weight(k) * signal(k)
        D.have(And(Integrable(w, product), Eq(E(w, product), 0)), "the weights are centred")


def second_moment(D: Board, size: Any, weight: Callable[[Any], Any], signal: Callable[[Any], Any]) -> None:
    """A chain: E (sum of W(k) y(k))^2 = s2 sum of E y(k)^2, from what `uncorrelated_products` says."""
    total = S(k, size, weight(k) * signal(k))
    terms = weight(k) * signal(k) * (weight(l) * signal(l))
    D.start(E(w, total**2))
    D.equals(S(k, size, S(l, size, E(w, terms))), "square out; the expectation passes finite sums")
    D.equals(s2 * S(k, size, E(w, signal(k) ** 2)), "only k = l survives")
    D.integrable(w, total**2)
