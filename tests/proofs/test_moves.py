"""Moves of the board that several claims lean on: independent blocks, integrable sums, slopes as they are written."""

from __future__ import annotations

import pytest

from twinproof.proofs.board.board import Board, DerivationError
from twinproof.proofs.board.bridge import to_term
from twinproof.proofs.board.notation import (
    And,
    D,
    E,
    Eq,
    ForAll,
    Independent,
    Integrable,
    S,
    bracket,
    function,
    naturals,
    outcomes,
    reals,
    relu,
)
from twinproof.proofs.library.differentiation import by_calculus

n, b, i, k = naturals("n b i k")
t = reals("t")
w = outcomes("w")
W, x, u = function("W", "WN>R"), function("x", "WN>R"), function("u", "N>R")
BLOCKS = Independent(w, (b,), (k,), bracket(Eq(b, 0)) * W(w, k) + bracket(Eq(b, 1)) * x(w, k))
INTEGRABLE = ForAll(k, And(Integrable(w, W(w, k)), Integrable(w, x(w, k)), Integrable(w, x(w, k) * W(w, k))))


def test_numbered_blocks_factor() -> None:
    board = Board([to_term(BLOCKS), to_term(INTEGRABLE)], {})
    blocks = board.given(BLOCKS)
    for term in (W(w, i), x(w, i)):
        board.integrable(w, term)
    found = board.product_mean(w, W(w, i), x(w, i), independence=blocks, indices=[b], selected=Eq(b, 0))
    assert found.statement is to_term(Eq(E(w, W(w, i) * x(w, i)), E(w, W(w, i)) * E(w, x(w, i))))


def test_a_term_that_reads_both_blocks_does_not_factor() -> None:
    board = Board([to_term(BLOCKS), to_term(INTEGRABLE)], {})
    with pytest.raises(DerivationError, match="no proof of"):
        board.product_mean(
            w, W(w, i) * x(w, i), x(w, i), independence=board.given(BLOCKS), indices=[b], selected=Eq(b, 0)
        )


def test_a_sum_is_integrable_by_a_conjunct() -> None:
    board = Board([to_term(INTEGRABLE)], {})
    found = board.integrable(w, S(k, n, W(w, k)))
    assert found.statement is to_term(Integrable(w, S(k, n, W(w, k))))


def test_a_slope_of_several_terms_is_found_as_it_is_written() -> None:
    unit = bracket(Eq(k, i))
    slopes = ForAll(k, D(t, relu(u(k) + unit * t), 0, unit * bracket(u(k) > 0)))
    board = Board([to_term(slopes)], {})
    goal = D(t, S(k, n, relu(u(k) + unit * t)), 0, S(k, n, unit * bracket(u(k) > 0)))
    assert board.have(goal, prover=by_calculus).statement is to_term(goal)
