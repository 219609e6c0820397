"""Instances of universal premises, under the indices of finite sums and with guards: for `cert` and `expect_linear`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .logic import loose_sorts
from .rules import require
from .term import Term, bracket, instantiate, mul, term


class Instance(NamedTuple):
    """guards -> core, the guards as they stand before the core, outermost first."""

    guards: tuple[Term, ...]
    core: Term

    def weight(self, coefficient: Term) -> Term:
        """The coefficient times the brackets of the guards."""
        return mul(coefficient, *map(bracket, self.guards))


def instance(
    rule: str, condition: str, statement: Term, values: Sequence[Term], indices: int, strip: bool = True
) -> Instance:
    """The premise with `values` for its quantifiers, in order; they may use the `indices` innermost loose indices.

    With `strip` the hypotheses of an implication become guards, wherever they stand among the quantifiers.
    """
    guards: list[Term] = []
    pending = list(values)
    core = statement
    while True:
        if core.head == "all" and pending:
            value = pending.pop(0)
            require(rule, condition, under(value, indices), value, f"a term in {indices} indices")
            core = instantiate(core.args[0], [value])
        elif core.head == "imp" and strip:
            guards.append(core.args[0])
            core = core.args[1]
        else:
            break
    require(rule, condition, not pending and (core.head != "all"), core, "as many values as quantifiers")
    return Instance(tuple(guards), core)


def under(t: Term, indices: int) -> bool:
    """Whether the loose variables of `t` are natural and among the `indices` innermost."""
    return all(i < indices and sort == "N" for i, sort in loose_sorts(t))


def summed(counts: Sequence[Term], body: Term) -> Term:
    """The sum of `body` over indices below `counts`, outermost first."""
    for count in reversed(counts):
        body = term("sum", None, (count, body))
    return body
