"""Rewriting a formula by an equation everywhere: what the rule `rewrite` then checks."""

from __future__ import annotations

from ..kernel.logic import match
from ..kernel.term import Term, instantiate, rebuild
from ..kernel.theorem import Theorem, infer


def rewritten_everywhere(p: Term, equation: Theorem) -> Term:
    """`p` with every instance of the left side of the equation (or equivalence) replaced by the right side."""
    body, count = equation.statement, 0
    while body.head == "all":
        body, count = body.args[0], count + 1
    left, right = body.args

    def change(node: Term, _: int) -> Term | None:
        found: dict[int, Term] = {}
        if node.head == left.head and match(left, node, count, 0, found) and all(i in found for i in left.loose):
            values = [found.get(i, node) for i in range(count - 1, -1, -1)]
            return instantiate(right, values)
        return None

    return rebuild(p, change)


def rewritten(theorem: Theorem, equation: Theorem) -> Theorem:
    """The theorem rewritten by the equation, from left to right, everywhere."""
    return infer("rewrite", [equation, theorem], rewritten_everywhere(theorem.statement, equation))
