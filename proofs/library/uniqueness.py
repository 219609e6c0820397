"""A function has one derivative at a point at most."""

from __future__ import annotations

from functools import cache

from ..board.board import Board
from ..board.bridge import to_term
from ..board.notation import And, Eq, Exists, ForAll, Implies, Le, Lt, absolute, function, mini, reals
from ..board.notation import D as derivative  # noqa: N811 - a name with meaning, where d is a radius
from ..kernel.theorem import Theorem, infer
from .calculus import increments
from .limits import text
from .order import absolute_product, at, minimum_positive, proved, small_is_zero, triangle

f = function("f", "R>R")
a, t, u, v, d1, d2, e, h = reals("a t u v d1 d2 e h")


@cache
def cancelled() -> Theorem:
    """x h <= y h and h > 0 imply x <= y"""
    return proved(ForAll(u, v, h, Implies(Lt(0, h), Le(u * h, v * h), Le(u, v))))


@cache
def unique_derivative() -> Theorem:
    """f'(a) = u and f'(a) = v imply u = v"""
    slopes = [derivative(t, f(t), a, value) for value in (u, v)]
    errors = [f(a + h) - f(a) - value * h for value in (u, v)]
    board = Board([], {})
    with board.suppose(*slopes, fix=[a, u, v]) as result:
        texts = [infer("taut", [board.have(p), infer("unfold", (), to_term(p))], text(p)) for p in slopes]
        with board.suppose(Lt(0, e), fix=[e]):
            board.have(Lt(0, e / 2))
            near = [infer("taut", [at(p, e / 2), board.theorems[-1]], at(p, e / 2).statement.args[1]) for p in texts]
            with board.obtain(near[0], d1), board.obtain(near[1], d2):
                board.use(at(minimum_positive(), d1, d2))
                within = board.witness(Exists(h, And(Lt(0, h), Le(h, d1), Le(h, d2))), mini(d1, d2))
                with board.obtain(within, h):
                    board.have(Eq(absolute(h), h))
                    for radius, error in zip((d1, d2), errors, strict=True):
                        board.use(at(increments(board, radius), h))
                        board.have(Le(absolute(h), radius))
                        board.have(Le(absolute(error), e / 2 * absolute(h)))
                    board.use(at(triangle(), errors[1], -errors[0]))
                    board.use(at(absolute_product(), u - v, h), at(cancelled(), absolute(u - v), e, h))
                    board.have(Le(absolute((u - v) * h), e * h))
                    board.have(Le(absolute(u - v) * h, e * h))
                    board.have(Le(absolute(u - v), e))
        board.use(at(small_is_zero(), u - v))
        board.have(Eq(u - v, 0))
        board.have(Eq(u, v))
    return result[0]
