"""Names for bound variables: a line of a derivation calls its indices as the statement and the hypotheses call theirs.

Kernel terms have no names for what they bind, and a derivation on file holds terms alone. The author's own names stand
in the statement and in the hypotheses; what they tell about a place (the second index of W is k, what runs below m is
j) names the bound variables of every other line of the same claim.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from typing import Any

from .proofs.board.bridge import Names, named
from .proofs.board.writing import LETTERS
from .proofs.kernel.term import Term

Place = tuple[Any, ...]
_DIRECT = 4  # what a variable is called where it stands alone says more than within l + 1


class Naming:
    """What the author of a claim calls the variable at each place.

    Args:
        expressions: statement and hypotheses in the author's notation.
    """

    def __init__(self, expressions: Iterable[Any]) -> None:
        self._exact: dict[Term, tuple[str, ...]] = {}
        self._votes: defaultdict[Place, Counter[str]] = defaultdict(Counter)
        read = [named(expression) for expression in expressions]
        for _, names in read:
            for binder, wishes in names.items():
                self._exact.setdefault(binder, wishes)
        for t, _ in read:
            self._learn(t, ())

    def names(self, t: Term) -> Names:
        """Wishes for the binders of `t`: free of the names around them, so that the writer grants them."""
        found: dict[Term, tuple[str, ...]] = {}
        self._wish(t, (), {name for name, _ in t.symbols}, found)
        return found

    def _learn(self, t: Term, scope: tuple[str, ...]) -> None:
        for place, variable, direct in _places(t):
            name = _called(variable, scope)
            if name:
                self._votes[place][name] += _DIRECT if direct else 1
        for argument, bound in zip(t.args, t.binds, strict=True):
            names = self._exact.get(t, ())
            self._learn(argument, (*scope, *(names + ("",) * len(bound))[: len(bound)]))

    def _wish(self, t: Term, scope: tuple[str, ...], taken: set[str], found: dict[Term, tuple[str, ...]]) -> None:
        for number, (argument, bound) in enumerate(zip(t.args, t.binds, strict=True)):
            inside = scope
            for place in range(len(bound)):
                inside = (*inside, self._choose(t, number, place, inside, taken))
            if bound and t not in found:
                found[t] = inside[len(scope) :]
            self._wish(argument, inside, taken, found)

    def _choose(self, t: Term, number: int, place: int, scope: Sequence[str], taken: set[str]) -> str:
        bound = t.binds[number]
        votes: Counter[str] = Counter()
        for where in _occurrences(t.args[number], len(bound) - 1 - place):
            votes.update(self._votes.get(where, {}))
        if t.head == "sum":
            votes.update(self._votes.get(("below", t.args[0]), {}))
        own = self._exact.get(t, ())[place : place + 1]
        ranked = sorted(votes, key=lambda name: (-votes[name], name))
        letters = (f"{letter}{again or ''}" for again in count() for letter in LETTERS[bound[place]])
        return next(name for name in chain(own, ranked, letters) if name and name not in taken and name not in scope)


def _called(variable: Term, scope: Sequence[str]) -> str:
    if variable.head == "var":
        index = variable.data[0]
        return scope[-1 - index] if index < len(scope) else ""
    return str(variable.data[0])


def _places(t: Term) -> Iterator[tuple[Place, Term, bool]]:
    """Yield the places that this node offers, what stands there, and whether it stands there alone."""
    if t.head == "app":
        for number, argument in enumerate(t.args):
            for variable in _variables(argument):
                yield (t.data, number), variable, variable is argument
    elif t.head == "lt" and t.args[0].head == "var":
        yield ("below", t.args[1]), t.args[0], True


def _variables(t: Term) -> tuple[Term, ...]:
    """The variables of an argument such as l or l + 1; none of anything that is built otherwise."""
    if t.head == "var" or (t.head == "app" and not t.args and t.sort == "N"):
        return (t,)
    if t.head == "add":
        return tuple(a for a in t.args if a.head == "var")
    return ()


def _occurrences(t: Term, index: int) -> Iterator[Place]:
    """Yield the places of the bound variable of this index."""
    if all(loose != index for loose in t.loose):
        return
    for place, variable, _ in _places(t):
        if variable.head == "var" and variable.data[0] == index:
            yield place
    for argument, bound in zip(t.args, t.binds, strict=True):
        yield from _occurrences(argument, index + len(bound))
