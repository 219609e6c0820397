"""Traces to replay and to mutate: those of all claims, and of small theorems in which every rule occurs."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import twinproof
from twinproof.proofs.kernel.theorem import Theorem
from twinproof.proofs.kernel.trace import dumps

from . import suite
from .cases import ACCEPTS


@cache
def theorems() -> dict[str, Theorem]:
    """What the cases and the controls of the attacks conclude."""
    found = {f"{rule} {i}": run() for rule, runs in ACCEPTS.items() for i, run in enumerate(runs)}
    return found | {f"control: {a.name}": a.control() for a in suite.ATTACKS}


def claim_ids() -> list[str]:
    """The claims that have a theorem; nothing is derived yet."""
    return [claim.id for claim in twinproof.claims(kind="theory")]


@cache
def claim(name: str) -> Theorem:
    return twinproof.claim(name).theorem()


def written(theorem: Theorem) -> dict[str, Any]:
    """Its trace as it is read from a file."""
    found: dict[str, Any] = json.loads(dumps(theorem.trace()))
    return found
