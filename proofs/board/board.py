"""The board: a derivation as a teacher writes it, line by line, each line a theorem of the kernel.

    D.start(E(w, norm))
    D.equals(S(j, m, S(k, d, S(l, d, x(k)*x(l)*E(w, W(w, j, k)*W(w, j, l))))), "square out; E passes finite sums")
    D.equals(m*v*S(k, d, x(k)**2), "only k = l survives")
    D.conclude("second moment")

Formulas and terms are SymPy notation (`notation`) or kernel terms. Reasons are for the reader; the search never reads
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from ..kernel.chance import expectation as mean
from ..kernel.normal import normal
from ..kernel.term import ONE, Term, abstract, add, eq, instantiate, land, le, lt, num, subterms, term
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from . import expectation
from .bridge import to_term
from .certify import Deadline, Stuck
from .existence import eliminated, introduced, matrix
from .knowledge import FALSE
from .rewriting import rewritten_everywhere
from .search import Search

Prover: TypeAlias = Callable[[Search, Term], Theorem]

SECONDS = 5.0  # a line that takes longer is an error


class DerivationError(ValueError):
    """A line of a derivation has no proof; the message names the line, what remains and in which case."""


@dataclass(frozen=True)
class Line:
    """One displayed line: a theorem (under the assumptions of its block) with the reason that a reader sees."""

    formula: Term
    reason: str
    depth: int  # 0, or the number of blocks (cases, inductions, fixed indices) around it
    part: str | None  # the part of the statement that it concludes
    theorem: Theorem = field(repr=False, compare=False)


@dataclass
class _Frame:
    theorems: list[Theorem] = field(default_factory=list)
    assumed: list[Term] = field(default_factory=list)
    fixed: list[Term] = field(default_factory=list)
    existence: Theorem | None = None  # the block names an instance of it
    last: Theorem | None = None


class Board:
    """A derivation in progress.

    Args:
        hypotheses: what may be assumed, definitions included.
        parts: the statement, part by part; `conclude` proves one of them.
    """

    def __init__(self, hypotheses: Sequence[Term], parts: Mapping[str, Term]) -> None:
        self.lines: list[Line] = []
        self.concluded: dict[str, Theorem] = {}
        self._parts = dict(parts)
        self._frames = [_Frame([infer("assume", (), h) for h in hypotheses])]
        self._chain: tuple[Term, Term, str, Theorem | None] | None = None  # first, current, relation, theorem

    # --- facts ----------------------------------------------------------------------------------------------------

    @property
    def theorems(self) -> list[Theorem]:
        """All that a line may use: hypotheses, assumptions of the open blocks, earlier lines, what `use` added."""
        return [t for frame in self._frames for t in frame.theorems]

    def use(self, *theorems: Theorem) -> None:
        """Add theorems of the library (or of another derivation) to the facts."""
        self._frames[-1].theorems.extend(theorems)

    def given(self, formula: Any) -> Theorem:
        """The hypothesis, assumption or earlier line that says `formula`. Raises DerivationError if there is none."""
        wanted = to_term(formula)
        for theorem in self.theorems:
            if theorem.statement is wanted:
                return theorem
        raise DerivationError(f"nothing above says {text(wanted)}")

    def ignore(self, *formulas: Any) -> None:
        """Set facts aside: no later line uses them (a definition, say, of which only one consequence matters)."""
        aside = {to_term(p) for p in formulas}
        for frame in self._frames:
            frame.theorems = [t for t in frame.theorems if t.statement not in aside]

    def have(
        self,
        formula: Any,
        reason: str = "",
        *,
        by: Theorem | None = None,
        using: Sequence[Theorem] | None = None,
        prover: Prover | None = None,
    ) -> Theorem:
        """A line: `formula`, proved by the search from the facts, or from `using` alone.

        With `by`, an equation (perhaps universal), the formula is rewritten from left to right before it is proved;
        with `prover` something other than the search proves it.
        """
        goal = to_term(formula)
        search = self._search(using)
        attempt = prover or Search.prove
        self._try(goal, lambda: self._add_means(goal, search))

        def proof() -> Theorem:
            return attempt(search, goal) if by is None else self._rewritten(goal, by, search, attempt)

        return self._record(self._try(goal, proof), reason)

    def _search(self, using: Sequence[Theorem] | None = None) -> Search:
        return Search(self.theorems if using is None else using, Deadline(SECONDS))

    def _try(self, goal: Term, attempt: Callable[[], Any]) -> Any:
        try:
            return attempt()
        except Stuck as error:
            raise DerivationError(f"line {len(self.lines) + 1}, {text(goal)}: {error}") from error

    def _record(self, theorem: Theorem, reason: str, part: str | None = None) -> Theorem:
        self._frames[-1].theorems.append(theorem)
        self._frames[-1].last = theorem
        self.lines.append(Line(theorem.statement, reason, len(self._frames) - 1, part, theorem))
        return theorem

    def _add_means(self, goal: Term, search: Search) -> None:
        """Expand expectations of sums that no equation computes yet, where facts say that the terms are integrable."""
        computed = {side for t in search.theorems if t.statement.head == "eq" for side in t.statement.args}
        for node in list(subterms(goal)):
            if node.head != "E" or node.loose or node in computed:
                continue
            several = len(normal(node.args[0])) > 1 or self._has_sum(node)
            if several or any(a.head == "sum" for m in normal(node) for a, _ in m):
                try:
                    search.add([expectation.expansion(node.args[0], search.theorems)])
                except Stuck:
                    continue

    @staticmethod
    def _has_sum(node: Term) -> bool:
        return any(a.head == "sum" for m in normal(node.args[0]) for a, _ in m)

    def _rewritten(self, goal: Term, by: Theorem, search: Search, attempt: Prover) -> Theorem:
        target = rewritten_everywhere(goal, by)
        self._add_means(target, search)
        same = infer("taut", [], _iff(goal, goal))
        step = infer("rewrite", [by, same], _iff(goal, target))
        return infer("taut", [attempt(search, target), step], goal)

    # --- chains ---------------------------------------------------------------------------------------------------

    def start(self, t: Any) -> None:
        """Begin a chain of equations and inequalities."""
        first = to_term(t)
        self._chain = (first, first, "eq", None)

    def equals(self, t: Any, reason: str = "", **options: Any) -> Theorem:
        """The next term of the chain, equal to the one before. Returns the theorem first REL this."""
        return self._step("eq", t, reason, options)

    def at_most(self, t: Any, reason: str = "", **options: Any) -> Theorem:
        """The next term of the chain, at least the one before."""
        return self._step("le", t, reason, options)

    def less_than(self, t: Any, reason: str = "", **options: Any) -> Theorem:
        """The next term of the chain, greater than the one before."""
        return self._step("lt", t, reason, options)

    def _step(self, relation: str, t: Any, reason: str, options: dict[str, Any]) -> Theorem:
        if self._chain is None:
            raise DerivationError("a chain begins with start")
        first, current, so_far, proved = self._chain
        build = {"eq": eq, "le": le, "lt": lt}
        new = to_term(t)
        step = self.have(build[relation](current, new), reason, **options)
        relation = max(so_far, relation, key=("eq", "le", "lt").index)
        whole = step
        if proved is not None:
            whole = self._search([proved, step]).prove(build[relation](first, new))
            self._frames[-1].theorems.append(whole)
        self._chain = (first, new, relation, whole)
        return whole

    # --- blocks ---------------------------------------------------------------------------------------------------

    @contextmanager
    def suppose(self, *assumptions: Any, fix: Sequence[Any] = ()) -> Iterator[list[Theorem]]:
        """A block under assumptions, for arbitrary `fix`. Its last line, with both in front, is a fact afterwards."""
        with self._block(_Frame(fixed=[to_term(v) for v in fix], assumed=[to_term(p) for p in assumptions])) as result:
            yield result

    @contextmanager
    def obtain(self, existence: Theorem, name: Any) -> Iterator[list[Theorem]]:
        """A block in which `name`, new, is an instance of the existence. Its last line is a fact afterwards."""
        variable = to_term(name)
        _, body = matrix(existence.statement)
        frame = _Frame(fixed=[variable], assumed=[instantiate(body, [variable])], existence=existence)
        with self._block(frame) as result:
            yield result

    @contextmanager
    def _block(self, frame: _Frame) -> Iterator[list[Theorem]]:
        frame.theorems = [infer("assume", (), p) for p in frame.assumed]
        self._frames.append(frame)
        outside, self._chain = self._chain, None
        result: list[Theorem] = []
        yield result
        self._frames.pop()
        self._chain = outside
        if frame.last is None:
            raise DerivationError("a block needs a line")
        theorem = frame.last
        if frame.existence is not None:
            theorem = eliminated(frame.existence, frame.fixed[0], theorem)
        else:
            for p in reversed(frame.assumed):
                theorem = infer("discharge", [theorem], p)
            for v in reversed(frame.fixed):
                theorem = infer("generalise", [theorem], v.data)
        self._frames[-1].theorems.append(theorem)
        self._frames[-1].last = theorem
        result.append(theorem)

    def witness(self, formula: Any, value: Any, reason: str = "") -> Theorem:
        """A line: the existence `formula`, because its body holds at `value` (proved by the search)."""
        goal, found = to_term(formula), to_term(value)

        def attempt() -> Theorem:
            return introduced(goal, found, self._search().prove(instantiate(matrix(goal)[1], [found])))

        return self._record(self._try(goal, attempt), reason)

    def unfold(self, formula: Any) -> Theorem:
        """A fact: the derivative or limit `formula` means its epsilon-delta text."""
        theorem = infer("unfold", (), to_term(formula))
        self.use(theorem)
        return theorem

    def induction(
        self,
        n: Any,
        formula: Any,
        reason: str = "",
        *,
        base: Callable[[], Any] | None = None,
        step: Callable[[], Any] | None = None,
        prover: Prover | None = None,
    ) -> Theorem:
        """For all n, the formula: at 0, and at n + 1 from n; `base` and `step` may write lines of their own."""
        variable, p = to_term(n), to_term(formula)
        body = abstract(p, [variable.data])
        first = self._case(instantiate(body, [num(0)]), [], base, "base of the induction", prover)
        second = self._case(instantiate(body, [add(variable, ONE)]), [p], step, "step of the induction", prover)
        return self._record(infer("induct", [first, second], variable.data, body), reason)

    def _case(
        self, goal: Term, assumed: list[Term], lines: Callable[[], Any] | None, label: str, prover: Prover | None
    ) -> Theorem:
        self._frames.append(_Frame([infer("assume", (), p) for p in assumed], assumed))
        outside, self._chain = self._chain, None
        if lines is not None:
            lines()
        theorem = self.have(goal, label, prover=prover)
        self._frames.pop()
        self._chain = outside
        return theorem

    @contextmanager
    def likewise(self, reason: str) -> Iterator[None]:
        """Lines that repeat earlier ones for another case: only the last of them is displayed, with this reason."""
        start = len(self.lines)
        yield
        self.lines[start:] = [replace(self.lines[-1], reason=reason)]

    def contradiction(self, reason: str = "") -> Theorem:
        """A line: the assumptions of the block cannot hold together."""
        return self.have(FALSE, reason)

    # --- expectations ---------------------------------------------------------------------------------------------

    def integrable(self, w: Any, t: Any, reason: str = "", *, by: Any = None) -> Theorem:
        """A line: t is integrable, as a sum of integrable terms or (with `by`) as |t| <= by, which is integrable."""
        body = self._random(w, t)
        if by is None:
            found = self._try(body, lambda: expectation.integral(body, self._search().theorems))
            return self._record(found, reason)
        bounds = self._try(body, lambda: expectation.dominated(body, self._random(w, by), self._search()))
        for p in bounds.statement.args[1:]:
            self._frames[-1].theorems.append(infer("taut", [bounds], p))
        return self._record(infer("taut", [bounds], bounds.statement.args[0]), reason)

    def same_mean(self, w: Any, t: Any, other: Any, reason: str = "", *, law: Theorem) -> Theorem:
        """A line: E t = E other, because Z and Z' have one law and t is of Z what other is of Z'."""
        body, second = self._random(w, t), self._random(w, other)
        goal, search = eq(mean(body), mean(second)), self._search()
        found = self._try(goal, lambda: expectation.same_mean(body, second, law, search))
        self._frames[-1].theorems.append(infer("taut", [found], found.statement.args[0]))
        return self._record(infer("taut", [found], found.statement.args[1]), reason)

    def product_mean(
        self,
        w: Any,
        t: Any,
        other: Any,
        reason: str = "",
        *,
        independence: Theorem,
        indices: Sequence[Any],
        selected: Any,
    ) -> Theorem:
        """A line: E (t other) = E t E other; t reads the blocks `indices` with `selected`, other the rest."""
        body, second = self._random(w, t), self._random(w, other)
        chosen = abstract(to_term(selected), [to_term(i).data for i in indices])
        goal, search = eq(mean(body), mean(second)), self._search()
        found = self._try(goal, lambda: expectation.product(body, second, independence, chosen, search))
        self._frames[-1].theorems.append(infer("taut", [found], found.statement.args[0]))
        return self._record(infer("taut", [found], found.statement.args[1]), reason)

    def same_law(self, w: Any, indices: Sequence[Any], t: Any, reason: str = "", *, independence: Theorem) -> Theorem:
        """A line: the independent family and t (at the same block and inner indices) have one joint law."""
        other = abstract(to_term(t), [to_term(v).data for v in (w, *indices)])
        found = self._try(other, lambda: expectation.same_law(other, independence, self._search()))
        return self._record(found, reason)

    def _random(self, w: Any, t: Any) -> Term:
        return abstract(to_term(t), [to_term(w).data])

    # --- ends -----------------------------------------------------------------------------------------------------

    def conclude(self, part: str, reason: str = "", **options: Any) -> Theorem:
        """The part of the statement of this name follows from the facts."""
        if part not in self._parts:
            raise DerivationError(f"part: found {part!r}, expected one of {', '.join(self._parts)}")
        theorem = self.have(self._parts[part], reason, **options)
        line = self.lines.pop()
        self.lines.append(Line(line.formula, reason, line.depth, part, theorem))
        self.concluded[part] = theorem
        return theorem

    def theorem(self) -> Theorem:
        """The whole statement: its parts, joined in order. Raises DerivationError if one is missing."""
        missing = [name for name in self._parts if name not in self.concluded]
        if missing:
            raise DerivationError(f"not concluded: {', '.join(missing)}")
        return _joined([self.concluded[name] for name in self._parts])


def _joined(theorems: Sequence[Theorem]) -> Theorem:
    """The conjunction, one part after the other: a table of all parts at once can be beyond the kernel's budget."""
    if len(theorems) == 1:
        return theorems[0]
    places = [le(num(i), num(i)) for i in range(len(theorems))]
    whole = infer("taut", [], land(*places))
    for i, theorem in enumerate(theorems):
        same = infer("taut", [theorem], _iff(places[i], theorem.statement))
        places[i] = theorem.statement
        whole = infer("rewrite", [same, whole], land(*places))
    return whole


def _iff(a: Term, b: Term) -> Term:
    return term("iff", None, (a, b))
