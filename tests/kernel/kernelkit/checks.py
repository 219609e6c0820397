"""Checks that hold under python -O too, where an assert is nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

from twinproof.proofs.kernel.theorem import Theorem
from twinproof.proofs.kernel.trace import decode, digest, dumps


def check(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def raises(wanted: type[BaseException], run: Callable[[], object]) -> BaseException:
    try:
        run()
    except wanted as error:
        return error
    raise AssertionError(f"nothing raised, expected {wanted.__name__}")


def same_after_replay(theorem: Theorem) -> list[Theorem]:
    """The steps of the theorem's trace, written, read and replayed: the last concludes the same."""
    steps = decode(json.loads(dumps(theorem.trace())))
    last = steps[-1]
    found, wanted = digest(last.hypotheses, last.statement), digest(theorem.hypotheses, theorem.statement)
    check(found == wanted, "the replay concludes something else")
    check(last.axioms == theorem.axioms, "the replay uses other axioms")
    return steps
