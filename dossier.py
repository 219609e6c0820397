"""What the report and ``twinproof show`` say of a claim's theory, taken from the objects that were checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import catalogue
from .discussions import DISCUSSIONS
from .naming import Naming
from .proofs.board.board import Line as Written
from .proofs.board.bridge import legend, to_latex, to_text
from .proofs.board.knowledge import FALSE
from .proofs.board.proposition import Hypothesis as Assumed
from .proofs.kernel.axioms import AXIOMS
from .proofs.kernel.language import CONSTANTS
from .proofs.kernel.term import Term
from .report.content import Axiom, Document, Formula, Hypothesis, Line, Page, Part, StudyPage


def page(claim: catalogue.Claim) -> Page:
    """The theory of a claim; its derivation is made anew.

    Args:
        claim: of the catalogue.

    Raises:
        DerivationError, RuleError: the derivation does not check.
    """
    if claim.kind == "study":
        return Page(claim.id, claim.title, claim.theme, claim.kind, claim.sources)
    proposition = catalogue.proposition(claim.id)
    theorem, lines = proposition.derivation
    write = _Writer([*(h.formula for h in proposition.hypotheses), *proposition.parts.values()])
    assumed = frozenset(h.term for h in proposition.hypotheses)
    parts: list[Part] = []
    start = 0
    for place, line in enumerate(lines):
        if line.part is not None:
            goal = proposition.terms[line.part]
            shown = _chain(lines[start : place + 1], goal, assumed, write, first=not parts)
            parts.append(Part(line.part, write(goal), shown))
            start = place + 1
    return Page(
        id=claim.id,
        title=claim.title,
        theme=claim.theme,
        kind=claim.kind,
        sources=claim.sources,
        symbols=_symbols([proposition.goal, *(h.term for h in proposition.hypotheses)]),
        parts=parts,
        hypotheses=[_hypothesis(h, write) for h in proposition.hypotheses],
        axioms=[axiom(name) for name in sorted(theorem.axioms)],
        not_covered=proposition.not_covered,
    )


if TYPE_CHECKING:
    from .numerics.studies.reproduction import Reproduced

_RELATIONS = {"eq": ("=", "="), "le": ("<=", r"\le"), "lt": ("<", "<")}
_WIDE = 84  # letters of plain text; a longer equation takes two rows
_ABSURD = Formula("a contradiction", r"\text{a contradiction}")
_DONE = Formula("so the claim holds", r"\square")
_OWN = Formula("suppose what the claim supposes", r"\text{suppose what the claim supposes}")
_GIVEN = "from the lines above"


class _Writer:
    """Formulas of one claim, with the names of its author.

    Args:
        expressions: statement and hypotheses in the author's notation.
    """

    def __init__(self, expressions: Sequence[Any] = ()) -> None:
        self._naming = Naming(expressions)
        self._known: dict[Term, Formula] = {}

    def __call__(self, term: Term) -> Formula:
        if term is FALSE:
            return _ABSURD
        if term not in self._known:
            names = self._naming.names(term)
            self._known[term] = Formula(to_text(term, names), to_latex(term, names))
        return self._known[term]

    def continued(self, head: str, right: Term) -> Formula:
        """The rest of an equation or inequality whose left side stands above."""
        text, latex = _RELATIONS[head]
        tail = self(right)
        return Formula(f"  {text} {tail.text}", rf"\quad {latex} {tail.latex}")

    def supposed(self, term: Term) -> Formula:
        """An assumption of a block."""
        found = self(term)
        return Formula(f"suppose {found.text}", rf"\text{{suppose }} {found.latex}")


def _chain(
    lines: Sequence[Written], goal: Term, given: frozenset[Term], write: _Writer, *, first: bool
) -> tuple[Line, ...]:
    """The lines of a part.

    One that begins where the line before it ended is written without its left side; an assumption of a block is shown
    before the first line that needs it.
    """
    shown: list[Line] = []
    before: Written | None = None
    own = _antecedents(goal)
    supposed: list[tuple[int, Term]] = []
    for place, line in enumerate(lines):
        if line.formula in given:  # a hypothesis recalled: it stands above, in words too
            continue
        supposed = [(depth, p) for depth, p in supposed if depth <= line.depth or p in own]
        new = _new_assumptions(lines[place:], given, {p for _, p in supposed})
        if any(p in own for _, p in new):
            depth = min(depth for depth, p in new if p in own)
            shown += _own_suppositions(own, depth, write)
            new = [(depth, p) for depth, p in new if p not in own]
            supposed += [(depth, p) for p in own]
        shown += [Line(write.supposed(p), "", depth) for depth, p in new if p is not line.formula]
        supposed += new
        if line.formula in line.theorem.hypotheses:
            shown.append(Line(write.supposed(line.formula), line.reason, line.depth))
        else:
            shown += _rows(line, before if not new else None, goal, write, first=first and not shown)
        before = line
    return tuple(shown)


def _rows(line: Written, before: Written | None, goal: Term, write: _Writer, *, first: bool) -> Iterator[Line]:
    """One line, or two where the equation is too long for one."""
    relation = line.formula.head in _RELATIONS
    if line.formula is goal and line.part is not None:
        yield Line(_DONE, line.reason or (_GIVEN if before is None and not first else ""), line.depth)
        return
    found = write(line.formula)
    left = write(line.formula.args[0]) if relation else found
    chained = before is not None and before.depth == line.depth and before.formula.head in _RELATIONS
    if relation and chained and before is not None and before.formula.args[1] is line.formula.args[0]:
        found = write.continued(line.formula.head, line.formula.args[1])
    elif relation and len(found.text) > _WIDE:  # the left side first, as a chain begins on the board
        yield Line(left, "", line.depth)
        found = write.continued(line.formula.head, line.formula.args[1])
    yield Line(found, line.reason or ("" if first else _GIVEN), line.depth)


def _own_suppositions(own: Sequence[Term], depth: int, write: _Writer) -> list[Line]:
    """The rows in which a derivation takes up what its claim supposes, which is not written out twice if it is long."""
    if sum(len(write(p).text) for p in own) > _WIDE:
        return [Line(_OWN, "", depth)]
    return [Line(write.supposed(p), "", depth) for p in own]


def _new_assumptions(rest: Sequence[Written], given: frozenset[Term], known: set[Term]) -> list[tuple[int, Term]]:
    """Assumptions that the first of these lines needs, each with the depth of its block."""
    line = rest[0]
    found = []
    for p in sorted(line.theorem.hypotheses - given - known, key=lambda p: p.size):
        depth = line.depth
        for other in rest[1:]:
            if p not in other.theorem.hypotheses and other.depth < depth:
                break
            if p in other.theorem.hypotheses:
                depth = min(depth, other.depth)
        found.append((depth, p))
    return sorted(found, key=lambda pair: pair[0])


def _antecedents(goal: Term) -> tuple[Term, ...]:
    found = []
    while goal.head == "imp":
        *before, goal = goal.args
        found += before
    return tuple(found)


_SORTS = {"natural": "natural numbers", "real": "real numbers", "outcome": "outcomes", "formula": "conditions"}


def _symbols(terms: Sequence[Term]) -> tuple[tuple[str, str], ...]:
    """What the symbols are, those of one kind together: pairs of kind and names."""
    kinds: dict[str, list[str]] = {}
    for term in terms:
        for name, kind in legend(term).items():
            if name not in kinds.setdefault(kind, []) and name not in CONSTANTS:
                kinds[kind].append(name)
    rows = []
    for kind in sorted((kind for kind in kinds if kinds[kind]), key=lambda kind: ("->" in kind, kind)):
        arguments, arrow, result = kind.rpartition(" -> ")
        words = f"functions of {arguments}, with values {result}" if arrow else _SORTS.get(result, result)
        if arrow and result == "formula":
            words = f"conditions on {arguments}"
        rows.append((words, ", ".join(sorted(kinds[kind], key=lambda name: (name.lower(), name)))))
    return tuple(rows)


def axiom(name: str) -> Axiom:
    """An axiom of the kernel's registry, for readers."""
    found = AXIOMS[name]
    return Axiom(name, _Writer()(found.statement), f"{found.words[:1].upper()}{found.words[1:]}: {found.reference}")


def study_page(found: Reproduced, profile: str) -> StudyPage:
    """What a study left, for the report."""
    study, table = found.study, found.table
    return StudyPage(
        id=study.id,
        title=study.title,
        sources=study.sources,
        profile=profile,
        caption=table.caption if table else "",
        columns=table.columns if table else (),
        rows=table.rows if table else (),
        expectations=[(one.statement, one.holds, one.measured) for one in found.expectations],
        discussion=found.discussion,
        figures=[path.with_suffix(".pdf") for path in found.figures],
    )


def document(
    evidence: Mapping[str, Any], *, recorded: str = "", command: str = "", studies: Sequence[StudyPage] = ()
) -> Document:
    """The whole report of some evidence.

    Args:
        evidence: what `records.collect` makes.
        recorded: the file that the experiments were read from, if they were not run just now.
        command: the line that makes the report anew.
        studies: the coding parts that were carried out for it.
    """
    pages = [_page_or_head(catalogue.claim(record["id"])) for record in evidence["claims"]]
    return Document(evidence, pages, recorded, command, DISCUSSIONS, studies)


def _page_or_head(claim: catalogue.Claim) -> Page:
    """A claim whose derivation does not check still has its page: the record says what is wrong."""
    try:
        return page(claim)
    except (ValueError, ArithmeticError):
        return Page(claim.id, claim.title, claim.theme, claim.kind, claim.sources)


def _hypothesis(assumed: Assumed, write: _Writer) -> Hypothesis:
    needed = f"the twin {assumed.needed_by} drops it and is refuted" if assumed.needed_by else ""
    words = f"{assumed.words}{_ROLES[assumed.role]}"
    return Hypothesis(words, write(assumed.term), needed)


_ROLES = {"assumption": "", "definition": " (a definition)", "meaning": " (without it the statement has no meaning)"}
