"""Random finite models, and the search for one in which a sequent is false."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Protocol

from ..kernel.definition import defined
from ..kernel.language import CONSTANTS, signature
from ..kernel.rules import RuleError
from ..kernel.term import Term
from .enclosures import sign
from .finite import Model, Reading, Symbol, Truth

VALUES: Final = tuple(Fraction(v) for v in ("0", "1", "-1", "2", "1/2", "-1/2", "3", "-2"))


class Sequent(Protocol):
    """Hypotheses and a statement: a theorem, or what a rule concludes."""

    @property
    def hypotheses(self) -> frozenset[Term]:
        """What is assumed."""
        ...

    @property
    def statement(self) -> Term:
        """What is concluded."""
        ...


class Table:
    """A random total function: drawn entry by entry, 0 from `size` on in any natural argument.

    In a real argument it is one of x, x^2, max(x, 0), |x| and a step, times a drawn coefficient, summed over the real
    arguments and a drawn constant; a natural or a truth value follows the sign of that.
    """

    def __init__(self, name: Symbol, seed: int, size: int) -> None:
        self.name, self.seed, self.size = name, seed, size
        self.arguments, self.result = signature(name)
        self.drawn: dict[tuple[int, ...], list[Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        """The value; real arguments may be enclosures or jets."""
        discrete = tuple(int(a) for a, s in zip(arguments, self.arguments, strict=True) if s != "R")
        beyond = any(a >= self.size for a, s in zip(arguments, self.arguments, strict=True) if s == "N")
        entry = self.drawn.get(discrete)
        if entry is None:
            source = random.Random(f"{self.seed} {self.name} {discrete}")  # noqa: S311 (a model, no secret)
            entry = [source.choice(VALUES), source.randrange(4)]
            for _ in range(self.arguments.count("R")):
                entry.append((source.choice(VALUES), source.randrange(5), source.choice(VALUES)))
            self.drawn[discrete] = entry
        if "R" in self.arguments:
            value: Any = 0 if beyond else entry[0]
            reals = [a for a, s in zip(arguments, self.arguments, strict=True) if s == "R"]
            for x, (coefficient, shape, place) in zip(reals, entry[2:], strict=True):
                value = value + coefficient * _shape(shape, x, place)
            if self.result == "R":
                return value
            return int(sign(value) > 0) if self.result == "N" else sign(value) > 0
        if self.result == "F":
            return not beyond and entry[1] % 2 == 1
        return 0 if beyond else entry[1] if self.result == "N" else entry[0]


def _shape(shape: int, x: Any, place: Fraction) -> Any:
    if shape < 2:
        return x if shape == 0 else x * x
    side = sign(x + -1 * place)
    if shape == 2:
        return x + -1 * place if side > 0 else Fraction(0)
    return side * (x + -1 * place) if shape == 3 else Fraction(int(side > 0))


def random_model(
    symbols: Iterable[Symbol], rng: random.Random, sizes: Sequence[int] = (0, 1, 2, 3), definitions: Sequence[Term] = ()
) -> Model:
    """A model with small sizes for the nullary naturals (0 and 1 among them, unequal as far as there are enough)."""
    count = rng.choice((1, 2, 2, 3, 4))
    raw = [rng.choice((0, 1, 1, 1, 2, 3)) for _ in range(count)]
    raw[0] = raw[0] or 1
    weights = tuple(Fraction(v, sum(raw)) for v in raw)
    pool: list[int] = []
    tables: dict[Symbol, Any] = {}
    size = max(sizes, default=0)
    for name in sorted(set(symbols)):
        arguments, result = signature(name)
        if name[0] in CONSTANTS:
            continue
        if result == "W":
            tables[name] = rng.randrange(count)
        elif not arguments and result == "N":
            if not pool or rng.random() < 0.2:
                pool = rng.sample(list(sizes), len(sizes))
            tables[name] = pool.pop()
        else:
            table = Table(name, rng.getrandbits(32), size)
            tables[name] = table if arguments else table()
    extra = Fraction(rng.randint(-9, 9), rng.randint(1, 4))
    return Model(weights, tables, size + 1, (*VALUES[:6], extra), tuple(definitions))


@dataclass(frozen=True)
class Counterexample:
    """A model in which every hypothesis is true and the statement false: the table entries that were used."""

    model: Model
    used: dict[str, str]


@dataclass
class Report:
    """What a search found: `unevaluated` says, for each reason, how often something could not be decided."""

    counterexample: Counterexample | None = None
    models: int = 0  # in which every hypothesis was found true
    confirmed: int = 0  # of these, in which the statement was found true
    refused: int = 0  # in which some hypothesis is false
    unevaluated: Counter[str] = field(default_factory=Counter)


def definitions_of(hypotheses: Iterable[Term]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """(definitions that can be unfolded one after the other, all the other hypotheses).

    A hypothesis counts as a definition if the kernel would let it go, no other one defines its symbol, and its symbol
    does not reach itself through others.
    """
    candidates: dict[Symbol, Term] = {}
    others: list[Term] = []
    for h in sorted(hypotheses):
        try:
            name = defined(h)
        except RuleError:
            others.append(h)
        else:
            others += [h] if name in candidates else []
            candidates.setdefault(name, h)
    accepted: dict[Symbol, Term] = {}
    while ready := [n for n, h in candidates.items() if not (h.symbols - {n}) & candidates.keys() - accepted.keys()]:
        for name in ready:
            accepted[name] = candidates.pop(name)
    return tuple(accepted.values()), (*others, *candidates.values())


def examine(sequent: Sequent, rng: random.Random, tries: int = 50, sizes: Sequence[int] = (0, 1, 2, 3)) -> Report:
    """Read a sequent in random finite models; stops at the first counterexample."""
    definitions, others = definitions_of(sequent.hypotheses)
    terms = (*definitions, *others, sequent.statement)
    symbols = {s for t in terms for s in t.symbols}
    report = Report()
    for _ in range(tries):
        model = random_model(symbols, rng, sizes, definitions)
        reading = Reading(model)
        held = _hold(reading, others)
        if held is not True:
            report.refused += held is False
            report.unevaluated.update(reading.unevaluated)
            continue
        report.models += 1
        value = reading.truth(sequent.statement)
        report.unevaluated.update(reading.unevaluated)
        report.confirmed += value is True
        if value is False:
            used = {place: str(v) for place, v in reading.used.items()}
            report.counterexample = Counterexample(model, used)
            break
    return report


def falsify(sequent: Sequent, rng: random.Random, tries: int = 50) -> Counterexample | None:
    """A finite model in which the hypotheses are true and the statement is false, or None if none was found."""
    return examine(sequent, rng, tries).counterexample


def _hold(reading: Reading, hypotheses: Sequence[Term]) -> Truth:
    held: Truth = True
    for h in hypotheses:
        value = reading.truth(h)
        if value is False:
            return False
        held = None if value is None else held
    return held
