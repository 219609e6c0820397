"""Theorems of general use: each is made, without hypotheses but definitions, and its trace replays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twinproof.proofs.kernel.axioms import AXIOMS
from twinproof.proofs.kernel.definition import defined
from twinproof.proofs.kernel.theorem import Theorem
from twinproof.proofs.kernel.trace import decode
from twinproof.proofs.library.uses import general_functions

THEOREMS = dict(sorted((f"{file}.{function.__name__}", function) for file, function in general_functions()))


@pytest.mark.parametrize("make", THEOREMS.values(), ids=THEOREMS)
def test_the_theorem_replays(make: Callable[[], Theorem]) -> None:
    theorem = make()
    for h in theorem.hypotheses:
        defined(h)
    replayed = decode(theorem.trace())[-1]
    assert (replayed.statement, replayed.hypotheses, replayed.axioms) == (
        theorem.statement,
        theorem.hypotheses,
        theorem.axioms,
    )
    assert theorem.axioms <= AXIOMS.keys()
    assert make() is theorem  # derived once
