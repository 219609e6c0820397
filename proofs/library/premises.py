"""Rules applied to lines that are on the board already."""

from __future__ import annotations

from ..board.board import Board, Prover
from ..board.certify import Stuck
from ..board.search import Search
from ..kernel.rules import RuleError
from ..kernel.term import Term
from ..kernel.theorem import Theorem, infer


def discharged(board: Board, rule: Theorem) -> Theorem:
    """The rule without its premises, each of which is a line above."""
    while rule.statement.head == "imp":
        rule = infer("taut", [rule, board.given(rule.statement.args[0])], rule.statement.args[1])
    return rule


def premises(p: Term) -> list[Term]:
    """What an implication supposes, one after the other, and then what it concludes."""
    return [p.args[0], *premises(p.args[1])] if p.head == "imp" else [p]


def logic(*theorems: Theorem) -> Prover:
    """Propositional logic in place of a search."""

    def prover(_: Search, goal: Term) -> Theorem:
        for theorem in theorems:
            if theorem.statement is goal:
                return theorem
        try:
            return infer("taut", theorems, goal)
        except RuleError as error:
            raise Stuck(str(error)) from error

    return prover
