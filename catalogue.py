"""The catalogue: the proof arm's propositions and the numeric arm's experiments, joined by id into claims; studies too.

What a list needs (id, title, theme, kind, sources) must be known without loading sympy or torch, yet a claim must live
in one file of ``proofs/`` and one of ``numerics/``, and nowhere else. So the heads are read from the source of
``proofs/*.py`` and ``numerics/studies/*.py``: the literal arguments of each ``Proposition(id=..., title=...,
sources=...)`` and of each ``Study(...)``. A test compares them with the objects themselves.
"""

from __future__ import annotations

import ast
import difflib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, get_args

from . import proofs
from .numerics import studies

if TYPE_CHECKING:
    from .numerics.harness.experiment import Experiment, Formulas, Profile, Twin
    from .numerics.harness.runner import Progress
    from .numerics.harness.verdict import ProofResult, Verdict
    from .numerics.studies.study import Study
    from .proofs.board.proposition import Proposition
    from .proofs.kernel.theorem import Theorem
    from .proofs.library.uses import General

Kind = Literal["theory", "study"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class UnknownClaimError(ValueError):
    """An id that the catalogue lacks.

    Attributes:
        found: the id.
        nearest: ids that look like it, nearest first.
    """

    def __init__(self, found: str, nearest: tuple[str, ...]) -> None:
        hint = f"nearest: {', '.join(nearest)}" if nearest else "`twinproof list` names them all"
        super().__init__(f"id: found {found!r}, which is no claim; {hint}")
        self.found = found
        self.nearest = nearest


@dataclass(frozen=True)
class Claim:
    """A claim of the catalogue. Its head is known at once; statement, theorem and experiments load when asked for.

    Attributes:
        id: by which everything else calls it.
        title: one line.
        theme: the name of its file in ``proofs/`` and ``numerics/``; of a study, in ``numerics/studies/``.
        kind: "theory", or "study" for a coding part, which trains, solves or draws and has no theorem.
        sources: pairs of document and part.
    """

    id: str
    title: str
    theme: str
    kind: Kind
    sources: tuple[tuple[str, str], ...]

    @property
    def hypotheses(self) -> tuple[Any, ...]:
        """What the claim assumes, as unevaluated SymPy expressions; nothing for a study."""
        if self.kind == "study":
            return ()
        return tuple(hypothesis.formula for hypothesis in proposition(self.id).hypotheses)

    @property
    def statement(self) -> Any:
        """The statement as an unevaluated SymPy expression, never True or False; None for a study."""
        return proposition(self.id).statement if self.kind == "theory" else None

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """Numeric trials, in the order in which they are shown."""
        if self.kind == "study":
            return (study(self.id).experiment,)
        return tuple(_numerics(self.theme, "EXPERIMENTS").get(self.id, ()))

    @property
    def twins(self) -> tuple[Twin, ...]:
        """False siblings, in the order in which they are shown."""
        return study(self.id).twins if self.kind == "study" else tuple(_numerics(self.theme, "TWINS").get(self.id, ()))

    def theorem(self) -> Theorem | None:
        """The theorem that the kernel made, or None for a study.

        Raises:
            DerivationError: a line has no proof.
            RuleError: a step that the kernel refuses.
        """
        return proposition(self.id).theorem() if self.kind == "theory" else None

    def formulas(self, statement: str | None = None) -> Formulas:
        """The terms of the statement, or of the false statement of that name, to be evaluated at concrete values."""
        if self.kind == "study":
            from .numerics.harness.experiment import NoFormulas

            return NoFormulas()
        return proposition(self.id).formulas(statement)

    def check_proof(self) -> ProofResult:
        """What the proof arm finds when the derivation is made and its trace replayed; "none" for a study."""
        return prove(self.id)

    def verify(
        self,
        *,
        profile: Profile = "quick",
        seed: int = 0,
        executor: Executor | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Verdict:
        """Try this claim by both arms and against its twins; see `verify`."""
        return verify([self.id], profile=profile, seed=seed, executor=executor, progress=progress)[self.id]


@cache
def _heads() -> Mapping[str, Claim]:
    found: dict[str, Claim] = {}
    for package, name, kind in _DECLARED:
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
            if not module.ispkg:
                for claim in _read(package.__name__, module.name, name, kind):
                    if claim.id in found:
                        files = f"{found[claim.id].theme}.py and {claim.theme}.py"
                        raise ValueError(f"id: {claim.id!r} is declared twice, in {files}")
                    found[claim.id] = claim
    return found


_DECLARED: tuple[tuple[ModuleType, str, Kind], ...] = ((proofs, "Proposition", "theory"), (studies, "Study", "study"))
"""Where claims are declared: package, what is called, and the kind of what it declares."""


def _read(package: str, theme: str, declares: str, kind: Kind) -> Iterator[Claim]:
    """Yield the claims that a file declares in its tables, from its source."""
    name = f"{package}.{theme}"
    spec = find_spec(name)
    source = spec.loader.get_source(name) if spec is not None and spec.loader is not None else None  # type: ignore[attr-defined]  # get_source is optional in the protocol; every loader of files has it
    if not source or f"{declares}(" not in source:
        return
    tables = (node for node in ast.parse(source).body if isinstance(node, ast.Assign | ast.AnnAssign))
    for node in (node for table in tables for node in ast.walk(table)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == declares:
            yield _head(theme, node, declares, kind)


def _head(theme: str, call: ast.Call, declares: str, kind: Kind) -> Claim:
    given = dict(zip(("id", "title", "sources"), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg in ("id", "title", "sources")}
    try:
        id, title, sources = (ast.literal_eval(given[name]) for name in ("id", "title", "sources"))
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"{theme}.py, line {call.lineno}: expected id, title and sources of a {declares} as literals, "
            f"for the list of claims is read without importing them ({error})"
        ) from None
    return Claim(id, title, theme, kind, tuple((str(document), str(part)) for document, part in sources))


def ids() -> tuple[str, ...]:
    """All ids, in the order of the list."""
    return tuple(_heads())


def themes() -> tuple[str, ...]:
    """All themes that have a claim, in the order of the list."""
    return tuple(dict.fromkeys(claim.theme for claim in _heads().values()))


def claims(theme: str | None = None, kind: str | None = None) -> tuple[Claim, ...]:
    """The claims of the catalogue.

    Args:
        theme: only those of this theme.
        kind: only "theory" or only "study".

    Raises:
        ValueError: a theme or kind that does not exist.
    """
    if theme is not None and theme not in themes():
        raise ValueError(f"theme: found {theme!r}, expected one of {', '.join(themes())}")
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind: found {kind!r}, expected one of {', '.join(KINDS)}")
    return tuple(c for c in _heads().values() if theme in (None, c.theme) and kind in (None, c.kind))


def claim(id: str) -> Claim:
    """One claim.

    Args:
        id: as listed by `claims`.

    Raises:
        UnknownClaimError: with the nearest ids.
    """
    if not isinstance(id, str):
        raise TypeError(f"id: found {id!r} ({type(id).__name__}), expected a string")
    try:
        return _heads()[id]
    except KeyError:
        raise UnknownClaimError(id, nearest(id)) from None


def nearest(id: str) -> tuple[str, ...]:
    """At most three ids that look like `id`, nearest first."""
    wanted = id.strip().lower().replace("_", "-").replace(" ", "-")
    close = difflib.get_close_matches(wanted, ids(), n=3, cutoff=0.5)
    inside = [name for name in ids() if wanted and wanted in name]
    return tuple(dict.fromkeys([*inside, *close]))[:3]


def proposition(id: str) -> Proposition:
    """The proof arm of a claim of theory.

    Raises:
        UnknownClaimError: with the nearest ids.
        LookupError: the claim is a study, or its file declares it without listing it.
    """
    found = claim(id)
    if found.kind != "theory":
        raise LookupError(f"id: {id!r} is a study, which has no proof")
    declared: Mapping[str, Proposition] = import_module(f".proofs.{found.theme}", __package__).PROPOSITIONS
    return declared[id]


def study(id: str) -> Study:
    """A coding part: its settings, runs and expectations.

    Raises:
        UnknownClaimError: with the nearest ids.
        LookupError: the claim is no study, or its file declares it without listing it.
    """
    found = claim(id)
    if found.kind != "study":
        raise LookupError(f"id: {id!r} is a claim of theory; `twinproof verify {id}` tries it")
    declared: Mapping[str, Study] = import_module(f".numerics.studies.{found.theme}", __package__).STUDIES
    return declared[id]


def _numerics(theme: str, table: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(import_module(f".numerics.{theme}", __package__), table)
    return found


def verify(
    ids: Iterable[str] | str | None = None,
    *,
    profile: Profile = "quick",
    seed: int = 0,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Mapping[str, Verdict]:
    """Verify claims: derivation, experiments and twins.

    Args:
        ids: of the claims; without them all claims of theory.
        profile: "quick" or "full": how much is sampled, never how strict the decision is.
        seed: of the run; every figure depends on it and on the claim alone.
        executor: any `concurrent.futures.Executor`; without one everything runs here.
        progress: called after each piece of work.

    Returns:
        A verdict for each id, in the order given.

    Raises:
        UnknownClaimError: an id that the catalogue lacks, before anything is run.
        ValueError: an unknown profile, or a negative seed.
    """
    from .numerics.harness.runner import DEADLINES, Conditions, run_claims

    if profile not in DEADLINES:
        raise ValueError(f"profile: found {profile!r}, expected one of {', '.join(DEADLINES)}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed: found {seed!r}, expected an int >= 0")
    chosen = [ids] if isinstance(ids, str) else [c.id for c in claims(kind="theory")] if ids is None else list(ids)
    conditions = Conditions(profile=profile, seed=seed)
    return run_claims(chosen, claim, conditions=conditions, executor=executor, progress=progress)


def prove(id: str) -> ProofResult:
    """Make the derivation of a claim anew, replay its trace, and say what was found; "none" for a study.

    Raises:
        DerivationError: a line has no proof.
        RuleError, TraceError: a step that the kernel refuses.
    """
    from .numerics.harness.verdict import ProofResult

    if claim(id).kind == "study":
        return ProofResult("none")
    from .proofs.board.bridge import to_text
    from .proofs.kernel.trace import decode

    found = proposition(id)
    theorems = decode(trace(id))
    last = theorems[-1]
    if last.statement is not found.goal:
        raise ValueError(f"{id}: the replayed trace proves something else than the claim")
    return ProofResult(
        "proved",
        hypotheses=tuple(to_text(h.formula) for h in found.hypotheses if h.term in last.hypotheses),
        axioms=tuple(sorted(last.axioms)),
        rules=dict(sorted(Counter(theorem.step.rule for theorem in theorems).items())),
        twins=_underivable(found),
    )


def prove_or_say_why(id: str) -> ProofResult:
    """As `prove`; a derivation that does not check is a finding and not an exception, as in a run."""
    from .numerics.harness.verdict import ProofResult

    try:
        return prove(id)
    except Exception as error:
        return ProofResult("failed", detail=f"{type(error).__name__}: {error}")


def _underivable(found: Proposition) -> Mapping[str, bool | None]:
    """For each twin that has a term: False where the evidence that it cannot be derived checks just now; else None."""
    from .proofs.board.falsity import underivable

    return {false.name: False if underivable(found, false) else None for false in found.false}


def uses(id: str | None = None) -> Mapping[General, tuple[str, ...]]:
    """Which claims rest on which theorems of the library, most used first; with `id`, those behind one claim.

    Raises:
        UnknownClaimError: with the nearest ids.
        DerivationError, RuleError: a derivation that does not check.
    """
    from .proofs.library.uses import uses

    chosen = [claim(id).id] if id is not None else [c.id for c in claims(kind="theory")]
    found = uses({name: proposition(name).theorem() for name in chosen})
    return found if id is None else {general: ids for general, ids in found.items() if ids}


def trace(id: str) -> dict[str, Any]:
    """The proof of a claim as data, which `twinproof replay` reads."""
    found: dict[str, Any] = proposition(id).theorem().trace(id)
    return found


def trace_text(id: str) -> str:
    """The proof of a claim as the text of a file."""
    from .proofs.kernel.trace import dumps

    return dumps(trace(id))


def digest(id: str) -> str:
    """A fingerprint of what the claim's theorem says, hypotheses included; that of a replayed trace must equal it."""
    from .proofs.kernel.trace import digest

    found = proposition(id)
    return digest(found.theorem().hypotheses, found.goal)
