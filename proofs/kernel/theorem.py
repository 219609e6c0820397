"""Theorems, and the one door through which they come: `infer`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeAlias

from .language import TermError
from .rules import RULES, RuleError
from .term import Term
from .text import text


class Sequent(NamedTuple):
    """What a rule concludes: hypotheses, statement, and the axioms added by this step."""

    hypotheses: frozenset[Term]
    statement: Term
    axioms: frozenset[str] = frozenset()


class Step(NamedTuple):
    """How a theorem was inferred: its rule, the theorems it came from, the parameters of the rule."""

    rule: str
    premises: tuple[Theorem, ...]
    parameters: tuple[Any, ...]


class Theorem:
    """A sequent that the rules have inferred. `infer` makes it; nothing changes it afterwards.

    Python cannot keep a determined caller from forging an object: acceptance is the replay of the trace.
    """

    __slots__ = ("_axioms", "_hypotheses", "_statement", "_step")

    _axioms: frozenset[str]
    _hypotheses: frozenset[Term]
    _statement: Term
    _step: Step

    def __init__(self, *_: Any) -> None:
        raise TypeError("a Theorem is made by a rule of the kernel: see twinproof.proofs.kernel.rules")

    @property
    def hypotheses(self) -> frozenset[Term]:
        """What the statement rests on; the definitions in use are among them."""
        return self._hypotheses

    @property
    def statement(self) -> Term:
        """The formula that holds wherever the hypotheses do."""
        return self._statement

    @property
    def axioms(self) -> frozenset[str]:
        """Names of the axioms used by this step or any step before it."""
        return self._axioms

    @property
    def step(self) -> Step:
        """The inference that made this theorem."""
        return self._step

    def trace(self, claim: str = "") -> dict[str, Any]:
        """The proof as data (see `trace`): what `twinproof replay` re-checks."""
        return encode([self], claim)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Theorem cannot be changed (attribute {name})")

    def __repr__(self) -> str:
        left = "; ".join(sorted(map(text, self.hypotheses)))
        return f"{left} |- {text(self.statement)}"


Inference: TypeAlias = Callable[..., Sequent]
Kind: TypeAlias = "str | list[Any] | tuple[Any, ...]"

_INFERENCES: Final[dict[str, tuple[int | None, tuple[Kind, ...], Inference]]] = {}


def inference(rule: str, premises: int | None, *parameters: Kind) -> Callable[[Inference], Inference]:
    """Register the function that carries out `rule`: number of premises (None: any), kinds of the parameters.

    A kind is "term", "text", "int", a list of one kind (any number of it) or a tuple of kinds.
    """

    def register(function: Inference) -> Inference:
        _INFERENCES[rule] = (premises, parameters, function)
        return function

    return register


def infer(rule: str, premises: Sequence[Theorem] = (), *parameters: Any) -> Theorem:
    """The theorem that `rule` concludes from `premises`. Raises RuleError where a side condition fails."""
    if rule not in _INFERENCES or rule not in RULES:
        raise RuleError(str(rule), "name", "no such rule", rule, ", ".join(RULES))
    count, kinds, function = _INFERENCES[rule]
    premises = tuple(premises)
    if not all(type(p) is Theorem for p in premises) or (count is not None and len(premises) != count):
        raise RuleError(rule, "premises", "the premises are theorems", len(premises), count)
    if len(parameters) != len(kinds) or not all(_fits(v, k) for v, k in zip(parameters, kinds, strict=True)):
        raise RuleError(rule, "parameters", "wrong kinds of parameters", repr(parameters)[:200], kinds)
    try:
        sequent = function(premises, *parameters)
    except TermError as error:
        raise RuleError(rule, "term", str(error)) from error
    except RecursionError as error:
        raise RuleError(rule, "term", "a term is nested too deeply for Python's stack") from error
    theorem = object.__new__(Theorem)
    values = {
        "_hypotheses": sequent.hypotheses,
        "_statement": sequent.statement,
        "_axioms": sequent.axioms.union(*(p.axioms for p in premises)),
        "_step": Step(rule, premises, parameters),
    }
    for name, value in values.items():
        object.__setattr__(theorem, name, value)
    return theorem


def _fits(value: Any, kind: Kind) -> bool:
    if kind == "term":
        return isinstance(value, Term)
    if kind == "text":
        return type(value) is str
    if kind == "int":
        return type(value) is int
    if type(value) is not tuple:
        return False
    if isinstance(kind, list):
        return all(_fits(v, kind[0]) for v in value)
    return len(value) == len(kind) and all(_fits(v, k) for v, k in zip(value, kind, strict=True))


def joined(premises: Sequence[Theorem]) -> frozenset[Term]:
    """The hypotheses of all the premises."""
    return frozenset().union(*(p.hypotheses for p in premises))


# --- the trace of a theorem ----------------------------------------------------------------------------------------

FORMAT: Final = "twinproof-trace/1"


def encode(theorems: Sequence[Theorem], claim: str = "") -> dict[str, Any]:
    """The trace of theorems: their terms, and the steps of their cones in order, each theorem after its premises."""
    terms: dict[Term, int] = {}
    rows: list[list[Any]] = []
    steps: dict[int, int] = {}
    lines: list[list[Any]] = []

    def row(t: Term) -> int:
        if t not in terms:
            rows_of_args = [row(a) for a in t.args]
            terms[t] = len(rows)
            rows.append([t.head, _plain(t.data), rows_of_args])
        return terms[t]

    def parameter(value: Any) -> Any:
        if isinstance(value, Term):
            return {"term": row(value)}
        return [parameter(v) for v in value] if isinstance(value, tuple) else value

    for node in cone(theorems):
        rule, premises, parameters = node.step
        lines.append([rule, [steps[id(p)] for p in premises], parameter(parameters)])
        steps[id(node)] = len(lines) - 1
    return {"format": FORMAT, "claim": claim, "terms": rows, "steps": lines}


def cone(theorems: Sequence[Theorem]) -> list[Theorem]:
    """Every theorem that these rest on, premises first, themselves in order."""
    done: dict[int, Theorem] = {}
    stack = [(theorem, False) for theorem in reversed(theorems)]
    while stack:
        node, expanded = stack.pop()
        if id(node) in done:
            continue
        if expanded:
            done[id(node)] = node
        else:
            stack.append((node, True))
            stack.extend((p, False) for p in reversed(node.step.premises))
    return list(done.values())


def _plain(data: Any) -> Any:
    if isinstance(data, Fraction):
        return str(data)
    return list(data) if isinstance(data, tuple) else data
