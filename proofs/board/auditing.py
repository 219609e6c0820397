"""An auditor of worked solutions: for each written step, whether it holds, is wrong, or leaves a gap.

A step says: from what is given, left REL right. The auditor answers

    holds      the search proves it from what the step is given
    wrong      it fails although all that the problem supplies is granted; a witness is found
    gap        it fails on what the step is given (a witness), and is proved once something that the problem supplies
               and the step does not use is added; the answer names what is missing
    undecided  none of these was found

A witness is a point in small rationals, found by a search in random finite models and read exactly.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from ..kernel.term import Term
from ..kernel.theorem import Theorem, infer
from .bridge import to_term
from .certify import Deadline, Stuck
from .finite import Reading
from .formulas import Eq, ForAll, Iff, Implies, Le, Lt
from .models import random_model
from .search import Search

Answer: TypeAlias = Literal["holds", "wrong", "gap", "undecided"]

RELATIONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": Eq,
    "<=": Le,
    "<": Lt,
    ">=": lambda left, right: Le(right, left),
    ">": lambda left, right: Lt(right, left),
    "<->": Iff,
    "->": Implies,
}
SECONDS: Final = 5.0  # of searching for one proof
TRIES: Final = 6000  # models looked at for one witness
ENOUGH: Final = 12  # witnesses among which the simplest is taken


@dataclass(frozen=True)
class Step:
    """One step of a written solution.

    Attributes:
        name: where it stands ("1c, second line").
        left, relation, right: what it says; the relation is one of `RELATIONS`.
        variables: the real variables that it is about.
        given: what the step may use, as it is written.
        supplied: what the problem and earlier steps supply besides, by name.
        lemmas: theorems of the library that a proof may use.
    """

    name: str
    left: Any
    relation: str
    right: Any
    variables: tuple[Any, ...] = ()
    given: tuple[Any, ...] = ()
    supplied: Mapping[str, Any] | None = None
    lemmas: tuple[Theorem, ...] = ()

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise ValueError(f"relation: found {self.relation!r}, expected one of {' '.join(RELATIONS)}")

    @cached_property
    def conclusion(self) -> Any:
        """What the step says: left REL right."""
        return RELATIONS[self.relation](self.left, self.right)

    def implication(self, *missing: str) -> Any:
        """What the step says of its variables: the conclusion, under what is given and the supplied facts named."""
        more = dict(self.supplied or {})
        premises = [*self.given, *(more[name] for name in missing)]
        return Implies(*premises, self.conclusion) if premises else self.conclusion

    def statement(self, *missing: str) -> Any:
        """The implication, for all values of the variables."""
        return ForAll(*self.variables, self.implication(*missing)) if self.variables else self.implication(*missing)


@dataclass(frozen=True)
class Finding:
    """What the auditor says of a step.

    Attributes:
        step: which one.
        answer: see the head of this file.
        witness: values of the variables at which the step fails, for "wrong" and "gap".
        missing: for "gap", the supplied facts that mend it.
        theorem: the proof: of the step ("holds"), or of the mended step ("gap").
    """

    step: Step
    answer: Answer
    witness: Mapping[str, Fraction] | None = None
    missing: tuple[str, ...] = ()
    theorem: Theorem | None = None


def audit(step: Step, seed: int = 0) -> Finding:
    """Answer for one step.

    Args:
        step: as it is written.
        seed: of the search for witnesses; an answer of a proof does not depend on it.
    """
    found = _proved(step)
    if found is not None:
        return Finding(step, "holds", theorem=found)
    supplied = tuple(step.supplied or {})
    witness = counterexample(to_term(step.implication(*supplied)), seed)
    if witness is not None:
        return Finding(step, "wrong", witness)
    witness = counterexample(to_term(step.implication()), seed)
    mended = _mended(step, supplied)
    if witness is not None and mended is not None:
        missing, theorem = mended
        return Finding(step, "gap", witness, missing, theorem)
    return Finding(step, "undecided", witness)


def audit_all(steps: Sequence[Step], seed: int = 0) -> tuple[Finding, ...]:
    """Answer for each step of a chain."""
    return tuple(audit(step, seed) for step in steps)


def counterexample(implication: Term, seed: int = 0) -> dict[str, Fraction] | None:
    """Values of the nullary symbols at which a quantifier-free implication is false, exactly; None if none was found.

    Of those found the one with the smallest numerators and denominators is returned.
    """
    rng = random.Random(f"audit {seed}")  # noqa: S311 (a search, no secret)
    best: tuple[Fraction | int, dict[str, Fraction]] | None = None
    count = 0
    for _ in range(TRIES):
        model = random_model(implication.symbols, rng)
        if Reading(model).truth(implication) is False:
            values = {name: Fraction(value) for (name, kind), value in model.tables.items() if kind in (">R", ">N")}
            size = sum(abs(v.numerator) + v.denominator for v in values.values())
            if best is None or size < best[0]:
                best = size, values
            count += 1
            if count == ENOUGH:
                break
    return None if best is None else best[1]


def _proved(step: Step, *missing: str) -> Theorem | None:
    """The step, for all values of its variables, from what is given and the supplied facts named."""
    try:
        theorem = Search(step.lemmas, Deadline(SECONDS)).prove(to_term(step.implication(*missing)))
    except Stuck:
        return None
    for variable in reversed(step.variables):
        theorem = infer("generalise", [theorem], to_term(variable).data)
    return theorem


def _mended(step: Step, supplied: tuple[str, ...]) -> tuple[tuple[str, ...], Theorem] | None:
    """The supplied facts that are needed (none of them can be left out) and the proof of the step with them."""
    theorem = _proved(step, *supplied)
    if theorem is None or not supplied:
        return None
    needed = supplied
    for name in supplied:
        fewer = tuple(other for other in needed if other != name)
        shorter = _proved(step, *fewer)
        if shorter is not None:
            needed, theorem = fewer, shorter
    return needed, theorem
