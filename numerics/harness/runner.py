"""Runs experiments and twins, here or in worker processes, and joins them with the proof arm."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from .budget import ErrorBudget
from .evidence import Evidence
from .experiment import Experiment, Formulas, Profile, Trial, Twin
from .streams import Stream
from .verdict import ProofResult, TwinResult, Verdict
from .workers import SerialExecutor, one_thread

Part: TypeAlias = Literal["proof", "experiment", "twin"]

DEADLINES: Mapping[Profile, float] = {"quick": 120.0, "full": 1800.0}
"""Seconds that one trial may take: many times what any takes, so that only what hangs is stopped."""


class Runnable(Protocol):
    """What the runner needs to know of a claim."""

    @property
    def id(self) -> str:
        """Id of the claim."""
        ...

    @property
    def title(self) -> str:
        """One line."""
        ...

    @property
    def theme(self) -> str:
        """Theme."""
        ...

    @property
    def kind(self) -> str:
        """Kind: "theory" or "study"."""
        ...

    @property
    def sources(self) -> Sequence[tuple[str, str]]:
        """Pairs of document and part."""
        ...

    @property
    def experiments(self) -> Sequence[Experiment]:
        """Experiments."""
        ...

    @property
    def twins(self) -> Sequence[Twin]:
        """False siblings."""
        ...

    def formulas(self, statement: str | None = None) -> Formulas:
        """Return the terms of the claim's statement, or of the named false one."""
        ...

    def check_proof(self) -> ProofResult:
        """Replay the derivation and return what was found; status "none" if none is declared."""
        ...


Lookup: TypeAlias = Callable[[str], Runnable]
"""From id to claim. A function of a module: workers import it, for claims themselves are not sent."""


@dataclass(frozen=True)
class Task:
    """The address of one piece of work, all that is sent to a worker."""

    claim: str
    part: Part
    name: str = ""


@dataclass(frozen=True)
class Conditions:
    """What all pieces of work of one run share."""

    profile: Profile = "quick"
    seed: int = 0
    eps: float = 0.01
    budget: ErrorBudget = dataclasses.field(default_factory=ErrorBudget)

    def line(self, claim: str) -> str:
        """Return the command that reproduces a claim's verdict."""
        return f"twinproof verify {claim} --profile {self.profile} --seed {self.seed}"


@dataclass(frozen=True)
class Progress:
    """Handed to the callback after each piece of work: `done` of `total`, what it was and what came out."""

    done: int
    total: int
    task: Task
    status: str
    seconds: float


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run.

    Attributes:
        verdicts: the verdicts of the claims that were finished.
    """

    def __init__(self, verdicts: Mapping[str, Verdict]) -> None:
        super().__init__(f"interrupted; {len(verdicts)} claims were finished")
        self.verdicts = verdicts


def _named(items: Iterable[Experiment] | Iterable[Twin], name: str, what: str, claim: str) -> Experiment | Twin:
    for item in items:
        if item.name == name:
            return item
    raise LookupError(f"{what}: claim {claim!r} has none named {name!r}")


def run_task(lookup: Lookup, task: Task, conditions: Conditions) -> Evidence | ProofResult:
    """Do one piece of work, here. Whatever it raises becomes a result; only KeyboardInterrupt passes."""
    started = time.perf_counter()
    try:
        claim = lookup(task.claim)
        with one_thread():
            found = claim.check_proof() if task.part == "proof" else _try(claim, task, conditions)
    except Exception as error:  # the one place where every failure of foreign code becomes a finding
        told = f"{type(error).__name__}: {error}"
        found = ProofResult("failed", detail=told) if task.part == "proof" else Evidence(task.name, "error", told)
    if isinstance(found, ProofResult):
        return dataclasses.replace(found, seconds=time.perf_counter() - started)
    return dataclasses.replace(
        found,
        name=task.name,
        seconds=time.perf_counter() - started,
        reproduce=found.reproduce or conditions.line(task.claim),
    )


def _try(claim: Runnable, task: Task, conditions: Conditions) -> Evidence:
    twin = _named(claim.twins, task.name, "twin", claim.id) if task.part == "twin" else None
    name = twin.experiment if isinstance(twin, Twin) else task.name
    experiment = _named(claim.experiments, name, "experiment", claim.id)
    if not isinstance(experiment, Experiment):
        raise TypeError(f"experiments: {claim.id!r} holds {type(experiment).__name__}, expected Experiment")
    options = dict(experiment.options)
    statement = None
    if isinstance(twin, Twin):
        unknown = sorted(set(twin.options) - set(options))
        if unknown:
            known = ", ".join(sorted(options)) or "none"
            raise ValueError(f"options: twin {twin.name!r} sets {unknown}, experiment {name!r} has {known}")
        options.update(twin.options)
        statement = twin.statement
    trial = Trial(
        stream=Stream(conditions.seed).spawn(claim.id, task.part, task.name),
        profile=conditions.profile,
        eps=conditions.eps,
        budget=conditions.budget,
        deadline=DEADLINES[conditions.profile],
        formulas=claim.formulas(statement),
        options=options,
    )
    found = experiment.run(trial)
    if not isinstance(found, Evidence):
        raise TypeError(f"experiment {name!r} returned {type(found).__name__}, expected Evidence")
    return found


def tasks_of(claim: Runnable) -> tuple[Task, ...]:
    """Return the pieces of work of a claim: its proof, its experiments, its twins."""
    return (
        Task(claim.id, "proof"),
        *(Task(claim.id, "experiment", experiment.name) for experiment in claim.experiments),
        *(Task(claim.id, "twin", twin.name) for twin in claim.twins),
    )


def run_claims(
    ids: Iterable[str],
    lookup: Lookup,
    *,
    conditions: Conditions | None = None,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> dict[str, Verdict]:
    """Verify claims and return their verdicts, in the order of `ids`.

    Every figure depends on the seed and the address of its piece of work alone: neither the executor nor
    the order in which work is finished shows in it. Seconds are the one exception.

    Args:
        ids: ids of the claims; repeated ones are run once.
        lookup: from id to claim, a function of a module (it is sent to workers by name).
        conditions: profile, seed, eps and error rates.
        executor: any `concurrent.futures.Executor`; `SerialExecutor` by default. It is not shut down.
        progress: called after each piece of work, in this process.

    Raises:
        Interrupted: on Ctrl-C, with the verdicts of the claims that were finished.
        LookupError: what `lookup` raises for an unknown id, before anything is run.
    """
    shared = Conditions() if conditions is None else conditions
    claims = {name: lookup(name) for name in dict.fromkeys(ids)}
    tasks = [task for claim in claims.values() for task in tasks_of(claim)]
    results: dict[Task, Evidence | ProofResult] = {}
    pending: dict[Future[Evidence | ProofResult], Task] = {}

    def record(task: Task, future: Future[Evidence | ProofResult]) -> None:
        try:
            result = future.result()
        except Exception as error:  # a worker that died, a result that could not be sent
            told = f"{type(error).__name__}: {error}"
            lost = ProofResult("failed", detail=told), Evidence(task.name, "error", told)
            result = lost[0] if task.part == "proof" else lost[1]
        results[task] = result
        if progress is not None:
            progress(Progress(len(results), len(tasks), task, result.status, result.seconds))

    pool = SerialExecutor() if executor is None else executor
    try:
        for task in tasks:
            try:
                future = pool.submit(run_task, lookup, task, shared)
            except Exception as error:  # a pool whose worker died takes no more work
                future = Future()
                future.set_exception(error)
            if future.done():  # at once with a serial executor: progress must not wait for the last task
                record(task, future)
            else:
                pending[future] = task
        for future in as_completed(list(pending)):
            record(pending[future], future)
    except KeyboardInterrupt:
        for future in pending:
            future.cancel()
        done = {name: c for name, c in claims.items() if all(task in results for task in tasks_of(c))}
        raise Interrupted({name: _join(claim, results, shared) for name, claim in done.items()}) from None
    return {name: _join(claim, results, shared) for name, claim in claims.items()}


def _join(
    claim: Runnable, results: Mapping[Task, Evidence | ProofResult], conditions: Conditions
) -> Verdict:
    """Return the verdict of a claim whose work is all done."""
    proof = results[Task(claim.id, "proof")]
    if not isinstance(proof, ProofResult):
        raise TypeError(f"check_proof: {claim.id!r} returned {type(proof).__name__}, expected ProofResult")

    def found(part: Part, name: str) -> Evidence:
        result = results[Task(claim.id, part, name)]
        if isinstance(result, Evidence):
            return result
        return Evidence(name, "error", f"returned {type(result).__name__}, expected Evidence")

    twins = [TwinResult(t.change, found("twin", t.name), proof.twins.get(t.name)) for t in claim.twins]
    return Verdict.of(
        claim.id,
        [found("experiment", experiment.name) for experiment in claim.experiments],
        proof=proof,
        twins=twins,
        title=claim.title,
        theme=claim.theme,
        kind=claim.kind,
        source=claim.sources[0] if claim.sources else None,
        reproduce=conditions.line(claim.id),
    )
