"""Which of the user's objects a theorem covers, and how a checker's verdict is put together from that."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional
from torch.nn.modules import module as hooks

from ..numerics.harness.evidence import Evidence, Outcome, jsonable
from ..numerics.harness.verdict import ProofResult, Verdict, decide

# The one table of coverage: question -> exact type -> claim. A subclass, or a module with a hook, may compute anything.
COVERED_TYPES: Mapping[str, Mapping[type, str]] = {
    "commutes_with_dropout": {nn.ReLU: "dropout-commutes", nn.LeakyReLU: "dropout-commutes"},
    # The layer theorem rests on f(cz) = c f(z) for every c >= 1 (masks 1/(1-p)); c < 1 follows by z -> z/c.
    "positively_homogeneous": {nn.ReLU: "dropout-commutes", nn.LeakyReLU: "dropout-commutes"},
    "idempotent": {nn.ReLU: "relu-idempotent"},
}
_FUNCTIONS: Mapping[str, tuple[object, ...]] = {
    question: (torch.relu, functional.relu, *([functional.leaky_relu] if question != "idempotent" else []))
    for question in COVERED_TYPES
}
_FORWARDS: Mapping[type, object] = {
    kind: kind.forward for kind in (nn.ReLU, nn.LeakyReLU)
}  # as they are when this file is loaded


@functools.cache  # a derivation gives the same theorem each time
def replayed(claim: str) -> ProofResult | None:
    """Return what the proof arm says of `claim`; None if the catalogue has no derivation of it."""
    try:
        from .. import catalogue
    except ImportError:  # the catalogue cannot be loaded: then no theorem speaks, and nothing is called proved
        return None
    try:
        found = catalogue.claim(claim).check_proof()
    except (LookupError, ImportError, catalogue.UnknownClaimError):  # no such claim here, or no derivation of it
        return None
    except ValueError as refusal:  # a declared derivation that does not check: an error of ours, and said so
        return ProofResult("failed", detail=str(refusal))
    return None if found.status == "none" else found


def untouched(module: nn.Module) -> bool:
    """Return whether calling `module` runs its class's own `forward` and nothing besides."""
    touched = (
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
        or hooks._global_forward_hooks
        or hooks._global_forward_pre_hooks
        or "forward" in vars(module)
        or "__call__" in vars(module)
        or nn.utils.parametrize.is_parametrized(module)
    )
    return not touched


def covering(question: str, thing: object) -> str | None:
    """Return the id of the claim whose theorem speaks of exactly this object, or None."""
    kind = type(thing)
    table = COVERED_TYPES.get(question, {})
    if isinstance(thing, nn.Module):
        if kind in table and untouched(thing) and thing.__class__.forward is _FORWARDS.get(kind):
            return table[kind]
        return None
    if any(thing is known for known in _FUNCTIONS.get(question, ())):
        return table[nn.ReLU]
    return None


def covering_init(init: object, activation: object) -> str | None:
    """Return the claim that covers an initialiser: a Kaiming call of torch with fan_out and the fitting gain."""
    if not isinstance(init, functools.partial) or init.args:
        return None
    if init.func not in (nn.init.kaiming_normal_, nn.init.kaiming_uniform_):
        return None
    words = dict(init.keywords)
    rectified = type(activation) is nn.ReLU and covering("commutes_with_dropout", activation) is not None
    rectified = rectified or activation in (torch.relu, functional.relu)
    if words == {"mode": "fan_out", "nonlinearity": "linear"} and activation is None:
        return "linear-norm-preservation"
    if words == {"mode": "fan_out", "nonlinearity": "relu"} and rectified:
        return "relu-norm-preservation"
    return None


def answer(
    question: str,
    status: Outcome,
    summary: str,
    *,
    started: float,
    claim: str | None = None,
    samples: int | None = None,
    witness: Mapping[str, object] | None = None,
    estimate: float | None = None,
    target: float | None = None,
    interval: tuple[float, float] | None = None,
    reproduce: str | None = None,
) -> Verdict:
    """Return the verdict of one checker.

    Args:
        question: what was asked, in words that name the object; becomes the verdict's `claim`.
        status: what the experiment found.
        summary: one line with the reason.
        started: `time.perf_counter()` at the start.
        claim: id of the claim whose theorem covers the object, if one does; asked only if it could matter.
        samples, witness, estimate, target, interval, reproduce: as in `Evidence`.
    """
    shown = None if witness is None else {key: jsonable(value) for key, value in witness.items()}
    found = Evidence(
        "experiment",
        status,
        summary,
        samples=samples,
        estimate=estimate,
        target=target,
        interval=interval,
        seconds=time.perf_counter() - started,
        witness=shown,
        reproduce=reproduce,
    )
    proof = replayed(claim) if claim is not None and status in ("corroborated", "refuted") else None
    verdict, _ = decide(proof or ProofResult(), [found])
    if verdict == "proved":
        summary = f"theorem {claim} covers it; {summary}"
    elif verdict == "contradiction":
        summary = f"theorem {claim} covers it, yet the experiment refutes: {summary}"
    return Verdict(
        verdict, question, summary, shown, (found,), proof=proof or ProofResult(), kind="checker", reproduce=reproduce
    )


def called(thing: object) -> str:
    """Return a short name of a callable for a sentence: a module's repr, a function's name."""
    name = repr(thing) if isinstance(thing, nn.Module) else getattr(thing, "__name__", None) or repr(thing)
    name = " ".join(str(name).split())
    return name if len(name) <= 70 else name[:67] + "..."
