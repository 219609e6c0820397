"""Verdicts: what both arms and all twins together say about one claim, and the exit status that follows."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NoReturn, Self, TypeAlias, get_args

from .evidence import Evidence, Json, jsonable

Status: TypeAlias = Literal["contradiction", "refuted", "error", "undecided", "proved", "corroborated"]
ProofStatus: TypeAlias = Literal["proved", "failed", "none"]

HOLDS: frozenset[Status] = frozenset({"proved", "corroborated"})

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNDECIDED = 3
EXIT_INTERRUPTED = 130


class VerdictError(AssertionError):
    """A claim does not hold, or nobody could tell. An AssertionError, so that pytest reports it as a failure.

    Attributes:
        verdict: the verdict that was asked to hold.
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict.claim}: {verdict.status}: {verdict.summary}")
        self.verdict = verdict


@dataclass(frozen=True)
class ProofResult:
    """What the proof arm found, as plain data.

    Attributes:
        status: "proved" (the kernel made the theorem), "failed" (a derivation is declared and does not
            check) or "none" (no derivation is declared).
        hypotheses: what the theorem assumes, each as text.
        axioms: names of the axioms that it rests on.
        rules: how often each rule was used.
        seconds: wall-clock seconds of the replay.
        detail: for "failed", what went wrong.
        twins: for each twin by name: True (derived, which must not happen), False (shown underivable) or None
            (neither is on record, or the twin has no term).
    """

    status: ProofStatus = "none"
    hypotheses: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()
    rules: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    detail: str = ""
    twins: Mapping[str, bool | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in get_args(ProofStatus):
            raise ValueError(f"status: found {self.status!r}, expected one of {get_args(ProofStatus)}")

    def to_dict(self) -> dict[str, Json]:
        """Return the entry `proof` of `verify --json`."""
        return {
            "status": self.status,
            "hypotheses": list(self.hypotheses),
            "axioms": list(self.axioms),
            "rules": dict(self.rules),
            "seconds": jsonable(self.seconds),
            "detail": self.detail or None,
        }


@dataclass(frozen=True)
class TwinResult:
    """What both arms say about one twin: it must be refuted, and must not be derivable.

    Attributes:
        change: what was changed, in words.
        evidence: what the experiment found, under the twin's name.
        derivable: see `ProofResult.twins`.
    """

    change: str
    evidence: Evidence
    derivable: bool | None = None

    @property
    def name(self) -> str:
        """The twin's name."""
        return self.evidence.name

    def to_dict(self) -> dict[str, Json]:
        """Return the entry of `twins` in `verify --json`."""
        found = self.evidence.to_dict()
        return {
            "name": self.name,
            "change": self.change,
            "status": found["status"],
            "derivable": self.derivable,
            "witness": found["witness"],
            "summary": found["summary"],
            "samples": found["samples"],
            "seconds": found["seconds"],
            "reproduce": found["reproduce"],
        }


def decide(
    proof: ProofResult, experiments: Sequence[Evidence], twins: Sequence[TwinResult] = ()
) -> tuple[Status, str]:
    """Return the status of a claim and the reason: the first line of the table that applies.

    contradiction: a theorem against its experiment, or a derived twin that is refuted; refuted: an
    experiment refutes; error: anything raised, ran out of time or did not check; undecided: an experiment or
    a twin is undecided, a twin is not refuted, or nothing was tried; proved: both arms and all twins hold;
    corroborated: the experiments hold and no derivation is declared.
    """

    def first(status: str) -> Evidence | None:
        return next((found for found in experiments if found.status == status), None)

    refuted, failed, open_ = first("refuted"), first("error"), first("undecided")
    if refuted is not None and proof.status == "proved":
        return "contradiction", f"proved, yet experiment {refuted.name} refutes: {refuted.summary}"
    for twin in twins:
        if twin.derivable is True and twin.evidence.status == "refuted":
            return "contradiction", f"twin {twin.name} was derived, yet is refuted: {twin.evidence.summary}"
    if refuted is not None:
        return "refuted", f"experiment {refuted.name}: {refuted.summary}"
    if proof.status == "failed":
        return "error", f"the derivation does not check: {proof.detail or 'no detail given'}"
    if failed is not None:
        return "error", f"experiment {failed.name}: {failed.summary}"
    for twin in twins:
        if twin.evidence.status == "error":
            return "error", f"twin {twin.name}: {twin.evidence.summary}"
    if open_ is not None:
        return "undecided", f"experiment {open_.name}: {open_.summary}"
    for twin in twins:
        if twin.evidence.status == "undecided":
            return "undecided", f"twin {twin.name}: {twin.evidence.summary}"
        if twin.evidence.status != "refuted":
            return "undecided", f"twin {twin.name} is not refuted: {twin.evidence.summary}"
    if not experiments:
        return "undecided", "no experiment was run"
    tried = f"{len(experiments)} experiment{'s' * (len(experiments) != 1)} corroborated"
    if twins:
        tried += f", {len(twins)} twin{'s' * (len(twins) != 1)} refuted"
    if proof.status == "proved":
        return "proved", f"derivation checked; {tried}"
    return "corroborated", f"{tried}; no derivation is declared"


def exit_status(statuses: Iterable[Status | Verdict], *, rejected_trace: bool = False) -> int:
    """Return 1 for a contradiction, refutation, error or rejected trace, else 3 for undecided, else 0.

    Wrong usage (`EXIT_USAGE`, 2) and Ctrl-C (`EXIT_INTERRUPTED`, 130) never get as far as a verdict.
    """
    found = {status.status if isinstance(status, Verdict) else status for status in statuses}
    if rejected_trace or found & {"contradiction", "refuted", "error"}:
        return EXIT_FAILED
    return EXIT_UNDECIDED if "undecided" in found else 0


@dataclass(frozen=True)
class Verdict:
    """What was found about one claim, or about a user's object by a checker.

    Attributes:
        status: see `decide`.
        claim: id of the claim, or the words that say exactly what was checked.
        summary: one line with the reason.
        witness: concrete numbers, re-checked, where something was refuted.
        evidence: what each experiment found.
        twins: what was found about each false sibling.
        proof: what the proof arm found.
        title, theme, kind, source: from the claim; empty for a checker.
        reproduce: a line that produces the verdict anew.
    """

    status: Status
    claim: str
    summary: str
    witness: Mapping[str, object] | None = None
    evidence: tuple[Evidence, ...] = ()
    twins: tuple[TwinResult, ...] = ()
    proof: ProofResult = ProofResult()
    title: str = ""
    theme: str = ""
    kind: str = ""
    source: tuple[str, str] | None = None
    reproduce: str | None = None

    def __post_init__(self) -> None:
        if self.status not in get_args(Status):
            raise ValueError(f"status: found {self.status!r}, expected one of {', '.join(get_args(Status))}")

    @classmethod
    def of(
        cls,
        claim: str,
        evidence: Sequence[Evidence],
        *,
        proof: ProofResult | None = None,
        twins: Sequence[TwinResult] = (),
        title: str = "",
        theme: str = "",
        kind: str = "",
        source: tuple[str, str] | None = None,
        reproduce: str | None = None,
    ) -> Self:
        """Return the verdict that follows from what was found, by `decide`."""
        proof = ProofResult() if proof is None else proof
        status, summary = decide(proof, evidence, twins)
        witness = next((found.witness for found in evidence if found.status == "refuted"), None)
        if witness is None and status == "contradiction":
            derived = (twin.evidence for twin in twins if twin.derivable)
            witness = next((found.witness for found in derived if found.status == "refuted"), None)
        return cls(
            status=status,
            claim=claim,
            summary=summary,
            witness=witness,
            evidence=tuple(evidence),
            twins=tuple(twins),
            proof=proof,
            title=title,
            theme=theme,
            kind=kind,
            source=source,
            reproduce=reproduce,
        )

    @property
    def holds(self) -> bool:
        """Whether the status is "proved" or "corroborated"; False does not mean that the claim is false."""
        return self.status in HOLDS

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"a Verdict has no truth value (this one is {self.status!r}): ask `.status`, `.holds`, "
            "or call `.raise_unless_holds()`"
        )

    def raise_unless_holds(self) -> None:
        """Raise VerdictError unless the claim is proved or corroborated."""
        if not self.holds:
            raise VerdictError(self)

    def to_dict(self) -> dict[str, Json]:
        """Return the entry of `claims` in `verify --json`: inf and nan as strings, absent values None."""
        return {
            "id": self.claim,
            "title": self.title or None,
            "theme": self.theme or None,
            "kind": self.kind or None,
            "source": None if self.source is None else {"document": self.source[0], "part": self.source[1]},
            "verdict": self.status,
            "summary": self.summary,
            "witness": jsonable(self.witness),
            "reproduce": self.reproduce,
            "proof": self.proof.to_dict(),
            "experiments": [found.to_dict() for found in self.evidence],
            "twins": [twin.to_dict() for twin in self.twins],
        }

    def __str__(self) -> str:
        return f"{self.claim}: {self.status}: {self.summary}"

    def _repr_html_(self) -> str:
        """Return the verdict for a notebook; every text in it is escaped."""
        escape = html.escape
        rows = []
        tried = [("experiment", found) for found in self.evidence]
        tried += [("twin", twin.evidence) for twin in self.twins]
        for kind, found in tried:
            numbers = (_number(found.estimate), _number(found.target))
            cells = (kind, found.name, found.status, *numbers, found.summary)
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
        head = "".join(f"<th>{cell}</th>" for cell in ("", "name", "status", "estimate", "target", "found"))
        parts = [f"<p><b>{escape(self.status)}</b>: {escape(self.claim)}<br>{escape(self.summary)}</p>"]
        if rows:
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>")
        if self.witness:
            shown = "; ".join(f"{key} = {value}" for key, value in self.witness.items())
            parts.append(f"<p>witness: {escape(shown)}</p>")
        if self.reproduce:
            parts.append(f"<p><code>{escape(self.reproduce)}</code></p>")
        return "<div>" + "".join(parts) + "</div>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
