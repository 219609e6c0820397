"""Functions that the kernel does not know: what they abbreviate, and how they are recognised again for display."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ..kernel.term import ONE, ZERO, Term, absolute, add, bracket, inv, lt, mul, neg, sub, symbol


def exp(t: Term) -> Term:
    """The exponential."""
    return symbol("exp", "R>R", t)


def relu(t: Term) -> Term:
    """The rectifier t [0 < t]."""
    return mul(t, bracket(lt(ZERO, t)))


def maximum(a: Term, b: Term) -> Term:
    """The greater of two: b + (a - b) [b < a]."""
    return add(b, mul(sub(a, b), bracket(lt(b, a))))


def minimum(a: Term, b: Term) -> Term:
    """The lesser of two: b + (a - b) [a < b]."""
    return add(b, mul(sub(a, b), bracket(lt(a, b))))


def sigmoid(t: Term) -> Term:
    """The logistic function 1 / (1 + exp(-t))."""
    return inv(add(ONE, exp(neg(t))))


def tanh(t: Term) -> Term:
    """The hyperbolic tangent (exp(t) - exp(-t)) / (exp(t) + exp(-t))."""
    return mul(sub(exp(t), exp(neg(t))), inv(add(exp(t), exp(neg(t)))))


MACROS: Final[dict[str, Callable[..., Term]]] = {
    "relu": relu,
    "abs": absolute,
    "max": maximum,
    "min": minimum,
    "sigmoid": sigmoid,
    "tanh": tanh,
}


def recognised(t: Term) -> tuple[str, tuple[Term, ...]] | None:
    """The macro that `t` is an instance of, with its arguments: expanding them gives `t` and nothing else."""
    for name, args in _candidates(t):
        if MACROS[name](*args) is t:
            return name, args
    return None


def _candidates(t: Term) -> Iterator[tuple[str, tuple[Term, ...]]]:
    if t.head == "mul" and len(t.args) == 2:
        first, second = t.args
        if second.head == "bracket":
            yield "relu", (first,)
        if second.head == "inv" and first.head == "add" and first.args[0].data == ("exp", "R>R"):
            yield "tanh", first.args[0].args
    elif t.head == "add" and len(t.args) == 2:
        first, second = t.args
        if second.head == "mul" and second.args[-1].head == "bracket" and second.args[-1].args[0].head == "lt":
            low, high = second.args[-1].args[0].args
            yield "max", (high, low)
            yield "min", (low, high)
        if first.head == "mul":
            yield "abs", (first.args[0],)
    elif t.head == "inv" and t.args[0].head == "add":
        last = t.args[0].args[-1]
        if last.data == ("exp", "R>R"):
            inner = last.args[0]
            yield "sigmoid", (inner.args[-1] if inner.head == "mul" else neg(inner),)
