"""No statement divides by 0: each denominator is shown to be nonzero from what stands before it."""

from __future__ import annotations

import pytest

from twinproof import catalogue
from twinproof.proofs.board.certify import Deadline, Stuck
from twinproof.proofs.board.divisions import obligations
from twinproof.proofs.board.search import Search
from twinproof.proofs.kernel.term import ZERO, eq, imp, inv, lnot, lt, symbol
from twinproof.proofs.kernel.theorem import infer
from twinproof.proofs.library import exponential

CLAIMS = [c.id for c in catalogue.claims(kind="theory")]


def search(claim: str) -> Search:
    """A search from the hypotheses of the claim and the lines of its derivation that stand under these alone."""
    proposition = catalogue.proposition(claim)
    assumed = [infer("assume", (), h.term) for h in proposition.hypotheses]
    lines = [line.theorem for line in proposition.lines if not line.depth and not line.part]
    return Search([*assumed, *lines, exponential.positive()], Deadline(10))


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_denominator_is_zero(claim: str) -> None:
    for obligation in obligations(catalogue.proposition(claim)):
        assert search(claim).prove(obligation).statement is obligation


def test_divisions_are_found() -> None:
    assert sum(len(obligations(catalogue.proposition(claim))) for claim in CLAIMS) >= 12


def test_a_denominator_that_may_be_zero_is_noticed() -> None:
    x, y = symbol("x", ">R"), symbol("y", ">R")
    with pytest.raises(Stuck):
        Search((), Deadline(10)).prove(imp(lt(ZERO, x), lnot(eq(inv(y), ZERO))))
