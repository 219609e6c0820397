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


TILES = "the grid of n tiles is defined for every n, as a definition has no guard; every part supposes n > 0"
DEFINED_BEYOND = {"step-approximation": TILES, "step-approximation-highdim": TILES}
"""Claims whose definitions divide by what may be 0 at arguments that no part asks for, with the reason."""


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_denominator_is_zero(claim: str) -> None:
    for obligation in obligations(catalogue.proposition(claim), definitions=claim not in DEFINED_BEYOND):
        assert search(claim).prove(obligation).statement is obligation


@pytest.mark.parametrize("claim", DEFINED_BEYOND)
def test_the_exceptions_are_needed(claim: str) -> None:
    proposition = catalogue.proposition(claim)
    beyond = set(obligations(proposition)) - set(obligations(proposition, definitions=False))
    assert beyond
    for obligation in beyond:
        with pytest.raises(Stuck):
            search(claim).prove(obligation)


def test_divisions_are_found() -> None:
    assert sum(len(obligations(catalogue.proposition(claim))) for claim in CLAIMS) >= 12


def test_a_denominator_that_may_be_zero_is_noticed() -> None:
    x, y = symbol("x", ">R"), symbol("y", ">R")
    with pytest.raises(Stuck):
        Search((), Deadline(10)).prove(imp(lt(ZERO, x), lnot(eq(inv(y), ZERO))))
