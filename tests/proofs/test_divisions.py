"""No statement divides by 0: each denominator is shown to be nonzero from what stands before it."""

from __future__ import annotations

import pytest

from twinproof import catalogue
from twinproof.proofs.board.certify import Deadline, Stuck
from twinproof.proofs.board.divisions import obligations
from twinproof.proofs.board.search import Search
from twinproof.proofs.kernel.term import ZERO, Term, eq, imp, inv, land, lnot, lt, symbol
from twinproof.proofs.kernel.theorem import infer
from twinproof.proofs.library import exponential

CLAIMS = [c.id for c in catalogue.claims(kind="theory")]


def search(claim: str) -> Search:
    """A search from the hypotheses of the claim and the lines of its derivation that stand under these alone."""
    proposition = catalogue.proposition(claim)
    assumed = [infer("assume", (), h.term) for h in proposition.hypotheses]
    lines = [line.theorem for line in proposition.lines if not line.depth and not line.part]
    return Search([*assumed, *lines, exponential.positive()], Deadline(10))


def nonzero(claim: str, obligation: Term) -> bool:
    """Whether the obligation is proved: as it stands, or because every factor of the denominator is positive."""
    try:
        return search(claim).prove(obligation).statement is obligation
    except Stuck:
        factors = positive(obligation)
        return search(claim).prove(factors).statement is factors


def positive(obligation: Term) -> Term:
    """The same premises, and that every factor of the denominator is positive."""
    if obligation.head == "imp":
        return imp(obligation.args[0], positive(obligation.args[1]))
    denominator = obligation.args[0].args[0]
    factors = denominator.args if denominator.head == "mul" else (denominator,)
    bases = [f.args[0] if f.head == "pow" and f.args[0].head != "num" else f for f in factors if f.head != "num"]
    found = [lt(ZERO, base) for base in bases]
    return land(*found) if len(found) > 1 else found[0]


DEFINED_BEYOND = {
    "default-init-variance": "V(l) is defined for every l; the parts ask up to layer L, whose inputs exist",
    "ce-limit": "the softmax is defined for any number of classes; the parts suppose that the label is one of them",
    "svm-bias-limits": "the solutions are defined for every a; the parts suppose that a is not -1",
    "step-approximation": "the grid of n tiles is defined for every n; the parts suppose n > 0",
    "step-approximation-highdim": "the grid of n tiles is defined for every n; the parts suppose n > 0",
}
"""Definitions, which have no guards, that divide by 0 at arguments that no part asks for, with the reason."""


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_denominator_is_zero(claim: str) -> None:
    for obligation in obligations(catalogue.proposition(claim), definitions=claim not in DEFINED_BEYOND):
        assert nonzero(claim, obligation)


@pytest.mark.parametrize("claim", DEFINED_BEYOND)
def test_the_exceptions_are_needed(claim: str) -> None:
    with pytest.raises(Stuck):  # OutOfTime is one, too
        all(nonzero(claim, obligation) for obligation in obligations(catalogue.proposition(claim)))


def test_divisions_are_found() -> None:
    assert sum(len(obligations(catalogue.proposition(claim))) for claim in CLAIMS) >= 12


def test_a_denominator_that_may_be_zero_is_noticed() -> None:
    x, y = symbol("x", ">R"), symbol("y", ">R")
    with pytest.raises(Stuck):
        Search((), Deadline(10)).prove(imp(lt(ZERO, x), lnot(eq(inv(y), ZERO))))
