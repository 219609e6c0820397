"""Formulas in a finite model, with three answers: true, false, or unknown (None).

`False` is always exact: a counterexample was found. `True` is exact too: unguarded quantifiers over naturals and reals
are never found true, only false or unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any, Final, TypeAlias

from ..kernel.term import Term, var
from .enclosures import ORDER, Interval, Jet, Unknown, exponential, inverse, jet, logarithm, power, ratio, sign
from .guards import bound
from .tables import clauses

Symbol: TypeAlias = "tuple[str, str]"
Truth: TypeAlias = "bool | None"
_Env: TypeAlias = "tuple[Any, ...]"

STEPS: Final = 200_000  # nodes visited for one question; beyond it the answer is unknown
LONGEST: Final = 64  # terms of a sum, and indices of a guarded quantifier


@dataclass(frozen=True)
class Model:
    """A finite probability space and a value for every symbol.

    Attributes:
        weights: the probabilities of the outcomes 0, 1, ...
        tables: the value of each nullary symbol; a callable of the arguments for each other one.
        naturals: unguarded quantifiers over naturals try 0 .. naturals - 1; laws and independence are decided for
            indices below it (tables made by `random_model` vanish from there on).
        points: what quantifiers over reals try.
        definitions: formulas that define further symbols.
    """

    weights: tuple[Fraction, ...]
    tables: Mapping[Symbol, Any]
    naturals: int = 4
    points: tuple[Fraction, ...] = tuple(Fraction(p) for p in ("0", "1", "-1", "1/2", "-2", "3"))
    definitions: tuple[Term, ...] = ()


@dataclass
class Reading:
    """One model being read: remembers what it computed, and what it could not evaluate and why."""

    model: Model
    unevaluated: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.steps = 0
        self.memory: dict[Any, Any] = {}
        self.used: dict[str, Any] = {}  # the table entries that were looked at: what a witness prints
        self.clauses: dict[Symbol, list[tuple[Term, Term]]] = {}
        for definition in self.model.definitions:
            for left, right in clauses(definition):
                self.clauses.setdefault(left.data, []).append((left, right))

    def truth(self, p: Term, env: _Env = ()) -> Truth:
        """Whether the formula holds, None if that cannot be decided."""
        try:
            return self._truth(p, env)
        except Unknown as reason:
            self.unevaluated[str(reason)] += 1
            return None

    def number(self, t: Term, env: _Env = ()) -> Any:
        """The value of a term. Raises Unknown if it cannot be computed."""
        if t.head == "num":
            return t.data
        if t.head == "var":
            return env[t.data[0]]
        self.steps += 1
        if self.steps > STEPS:
            raise Unknown(f"more than {STEPS} steps")
        if t.loose:
            return _NUMBERS[t.head](self, t, env)
        if t not in self.memory:
            self.memory[t] = _NUMBERS[t.head](self, t, ())
        return self.memory[t]

    def _truth(self, p: Term, env: _Env) -> Truth:
        self.steps += 1
        if self.steps > STEPS:
            raise Unknown(f"more than {STEPS} steps")
        return _FORMULAS[p.head](self, p, env)

    def natural(self, t: Term, env: _Env) -> int:
        """The value of a natural term that counts something. Raises Unknown beyond LONGEST."""
        value = ratio(self.number(t, env))
        if value > LONGEST:
            raise Unknown(f"a range longer than {LONGEST}")
        return int(value)

    def apply(self, name: Symbol, arguments: _Env) -> Any:
        """The value of a symbol: by its definition, else by its table."""
        if name not in self.clauses:
            if name not in self.model.tables:
                raise Unknown(f"no value for {name[0]}")
            table = self.model.tables[name]
            value = table(*arguments) if callable(table) else table
            if not any(isinstance(a, Jet) for a in arguments):
                self.used[f"{name[0]}({', '.join(map(str, arguments))})" if arguments else name[0]] = value
            return value
        key = (name, arguments)
        if key not in self.memory:
            self.memory[key] = self._unfold(name, arguments)
        return self.memory[key]

    def _unfold(self, name: Symbol, arguments: _Env) -> Any:
        for left, right in self.clauses[name]:
            found: dict[int, Any] = {}
            for pattern, value in zip(left.args, arguments, strict=True):
                if pattern.head == "var":
                    found[pattern.data[0]] = value
                elif (pattern.head == "num") != (value == 0):
                    break
                elif pattern.head != "num":
                    found[pattern.args[0].data[0]] = value - 1
            else:
                env = tuple(found[i] for i in range(len(found)))
                return self.truth(right, env) if right.sort == "F" else self.number(right, env)
        raise Unknown(f"no clause of {name[0]} fits")


# --- numbers ------------------------------------------------------------------------------------------------------


def _add(r: Reading, t: Term, env: _Env) -> Any:
    total: Any = 0
    for a in t.args:
        total = total + r.number(a, env)
    return total


def _mul(r: Reading, t: Term, env: _Env) -> Any:
    """A factor 0 settles a product, whatever is unknown about the others."""
    result: Any = 1
    unknown: Unknown | None = None
    for a in sorted(t.args, key=lambda a: a.head != "bracket"):
        try:
            value = r.number(a, env)
        except Unknown as reason:
            unknown = reason
            continue
        if isinstance(value, int | Fraction) and value == 0:
            return 0
        result = result * value
    if unknown is not None:
        raise unknown
    return result


def _app(r: Reading, t: Term, env: _Env) -> Any:
    arguments = tuple(r.number(a, env) for a in t.args)
    if t.data[0] == "exp":
        return exponential(arguments[0])
    if t.data[0] == "log":
        return logarithm(arguments[0])
    return r.apply(t.data, arguments)


def _bracket(r: Reading, t: Term, env: _Env) -> Any:
    value = r.truth(t.args[0], env)
    return Interval(Fraction(0), Fraction(1)) if value is None else int(value)


def _sum(r: Reading, t: Term, env: _Env) -> Any:
    total: Any = 0
    for i in range(r.natural(t.args[0], env)):
        total = total + r.number(t.args[1], (i, *env))
    return total


def _expectation(r: Reading, t: Term, env: _Env) -> Any:
    total: Any = 0
    for w, weight in enumerate(r.model.weights):
        total = total + weight * r.number(t.args[0], (w, *env))
    return total


_NUMBERS: Final[dict[str, Callable[[Reading, Term, _Env], Any]]] = {
    "add": _add,
    "mul": _mul,
    "inv": lambda r, t, env: inverse(r.number(t.args[0], env)),
    "pow": lambda r, t, env: power(r.number(t.args[0], env), r.natural(t.args[1], env)),
    "app": _app,
    "bracket": _bracket,
    "sum": _sum,
    "E": _expectation,
}


# --- formulas -----------------------------------------------------------------------------------------------------


def _compare(r: Reading, p: Term, env: _Env) -> Truth:
    found = sign(r.number(p.args[1], env) + -1 * r.number(p.args[0], env))
    return {"eq": found == 0, "lt": found > 0, "le": found >= 0}[p.head]


def _any(values: Sequence[Truth]) -> Truth:
    return True if True in values else None if None in values else False


def _not(value: Truth) -> Truth:
    return None if value is None else not value


def _or(r: Reading, p: Term, env: _Env) -> Truth:
    return _any([r.truth(a, env) for a in p.args])


def _and(r: Reading, p: Term, env: _Env) -> Truth:
    unknown = False
    for a in p.args:
        value = r.truth(a, env)
        if value is False:
            return False
        unknown = unknown or value is None
    return None if unknown else True


def _imp(r: Reading, p: Term, env: _Env) -> Truth:
    premise = r.truth(p.args[0], env)
    return True if premise is False else _any([_not(premise), r.truth(p.args[1], env)])


def _iff(r: Reading, p: Term, env: _Env) -> Truth:
    a, b = (r.truth(q, env) for q in p.args)
    return None if a is None or b is None else a == b


def _predicate(r: Reading, p: Term, env: _Env) -> Truth:
    value = r.apply(p.data, tuple(r.number(a, env) for a in p.args))
    return None if value is None else bool(value)


def _all(r: Reading, p: Term, env: _Env) -> Truth:
    values: Sequence[Any] = range(len(r.model.weights))
    exact = True
    if p.data == "R":
        slopes = _only_slopes(r, p.args[0], env)
        values, exact = (r.model.points, False) if slopes is None else (slopes, True)
    elif p.data == "N":
        limit = bound(p)
        try:
            if limit is None:
                raise Unknown("a quantifier over all naturals is refuted or unknown")
            low = ratio(r.number(limit, env))
            if low > LONGEST:
                raise Unknown(f"a range longer than {LONGEST}")
            values = range(max(0, low.__ceil__()))
        except Unknown:
            values, exact = range(r.model.naturals + 1), False
    unknown = False
    for value in values:
        found = r.truth(p.args[0], (value, *env))
        if found is False:
            return False
        unknown = unknown or found is None
    if not exact:
        r.unevaluated[f"a quantifier over all of {p.data} is refuted or unknown"] += 1
    return None if unknown or not exact else True


def _only_slopes(r: Reading, p: Term, env: _Env) -> list[Any] | None:
    """The reals g for which `p`, ... -> D(b at a) = g -> ..., may be false: the slope, or none where there is none."""
    while p.head == "imp":
        premise, p = p.args
        if premise.head == "hd" and premise.args[2] is var(0, "R") and not any(0 in a.loose for a in premise.args[1:2]):
            if 1 in premise.args[0].loose:  # the body mentions g
                return None
            return _slope(r, premise, (Fraction(0), *env))
    return None


def _slope(r: Reading, p: Term, env: _Env) -> list[Any]:
    """The slope of the function of a derivative, none at a jump or a kink. Raises Unknown."""
    body, at, _ = p.args
    a = r.number(at, env)
    sides = [jet(r.number(body, (Jet((a, way, *(0,) * (ORDER - 2)), True), *env))).coefficients for way in (1, -1)]
    middle = r.number(body, (a, *env))
    smooth = all(sign(side[0] + -1 * middle) == 0 for side in sides) and sign(sides[0][1] + sides[1][1]) == 0
    return [sides[0][1]] if smooth else []


def _family(r: Reading, body: Term, sorts: str, env: _Env, outcome: int) -> tuple[Any, ...]:
    """Values at one outcome for every tuple of indices below `naturals`."""
    indices = product(range(r.model.naturals), repeat=len(sorts))
    return tuple(ratio(r.number(body, (*reversed(i), outcome, *env))) for i in indices)


def _law(r: Reading, p: Term, env: _Env) -> Truth:
    laws: list[dict[Any, Fraction]] = [{}, {}]
    for found, body in zip(laws, p.args, strict=True):
        for w, weight in enumerate(r.model.weights):
            key = _family(r, body, p.data, env, w)
            found[key] = found.get(key, Fraction(0)) + weight
    first, second = ({k: v for k, v in found.items() if v} for found in laws)
    return first == second


def _ind(r: Reading, p: Term, env: _Env) -> Truth:
    """Blocks that are constant are independent of all else; the others must fill a product."""
    block, inner = (len(part) for part in p.data)
    size = r.model.naturals**inner
    rows = [(_family(r, p.args[0], "N" * (block + inner), env, w), v) for w, v in enumerate(r.model.weights) if v]
    blocks = [[row[i : i + size] for row, _ in rows] for i in range(0, len(rows[0][0]), size)]
    blocks = [b for b in blocks if len(set(b)) > 1]
    joint: dict[Any, Fraction] = {}
    marginals: list[dict[Any, Fraction]] = [{} for _ in blocks]
    for w, (_, weight) in enumerate(rows):
        key = tuple(b[w] for b in blocks)
        joint[key] = joint.get(key, Fraction(0)) + weight
        for marginal, b in zip(marginals, blocks, strict=True):
            marginal[b[w]] = marginal.get(b[w], Fraction(0)) + weight
    combinations = 1
    for marginal in marginals:
        combinations *= len(marginal)
    if combinations != len(joint):  # every combination has positive probability under independence
        return False
    for values, together in joint.items():
        expected = Fraction(1)
        for value, marginal in zip(values, marginals, strict=True):
            expected *= marginal[value]
        if expected != together:
            return False
    return True


def _derivative(r: Reading, p: Term, env: _Env) -> Truth:
    """Both one-sided expansions have the value and the slope; a jump, a kink or another slope refutes."""
    body, at, slope = p.args
    a, v = r.number(at, env), r.number(slope, env)
    if isinstance(a, Jet) or isinstance(v, Jet):
        raise Unknown("a derivative inside a derivative")
    middle = r.number(body, (a, *env))
    answers: list[Truth] = []
    for direction in (1, -1):
        side = jet(r.number(body, (Jet((a, direction, *(0,) * (ORDER - 2)), True), *env)))
        for found, wanted in ((side.coefficients[0], middle), (side.coefficients[1], direction * v)):
            try:
                answers.append(sign(found + -1 * wanted) == 0)
            except Unknown:
                answers.append(None)
    return False if False in answers else None if None in answers else True


def _limit(r: Reading, p: Term, env: _Env) -> Truth:
    """A constant has its value as limit; at 0 from above the limit is where the one-sided expansion begins."""
    body, value = p.args
    if 0 not in body.loose:
        return sign(r.number(body, (0, *env)) + -1 * r.number(value, env)) == 0
    if p.data != "0+":
        raise Unknown("a limit at infinity of what is not constant")
    if any(isinstance(v, Jet) for v in env):
        raise Unknown("a limit inside a derivative or a limit")
    near = jet(r.number(body, (Jet((0, 1, *(0,) * (ORDER - 2)), True), *env)))
    return sign(near.coefficients[0] + -1 * r.number(value, env)) == 0


_FORMULAS: Final[dict[str, Callable[[Reading, Term, _Env], Truth]]] = {
    "eq": _compare,
    "lt": _compare,
    "le": _compare,
    "not": lambda r, p, env: _not(r.truth(p.args[0], env)),
    "and": _and,
    "or": _or,
    "imp": _imp,
    "iff": _iff,
    "app": _predicate,
    "all": _all,
    "int": lambda r, p, env: True,  # every function on a finite space is integrable
    "law": _law,
    "ind": _ind,
    "hd": _derivative,
    "lim": _limit,
}
