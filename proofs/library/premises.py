"""Rules applied to lines that are on the board already."""

from __future__ import annotations

from ..board.board import Board
from ..kernel.theorem import Theorem, infer


def discharged(board: Board, rule: Theorem) -> Theorem:
    """The rule without its premises, each of which is a line above."""
    while rule.statement.head == "imp":
        rule = infer("taut", [rule, board.given(rule.statement.args[0])], rule.statement.args[1])
    return rule
