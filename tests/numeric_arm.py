"""What the tests of the numeric arm share: how an experiment or a twin of a claim is run."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from formula_double import Double

from twinproof.numerics.harness.evidence import Evidence
from twinproof.numerics.harness.experiment import Experiment, Formulas, Trial, Twin
from twinproof.numerics.harness.streams import Stream

Theme = Mapping[str, tuple[Any, ...]]

THEMES = ("initialization", "dropout", "activations", "dead_units", "residual", "kernel_machines")


def formulas(claim: str, statement: str | None = None) -> Formulas:
    """Return the terms of the claim's statement, or of a false one: the one place that knows where from."""
    for theme in THEMES:
        try:
            propositions = getattr(import_module(f"twinproof.proofs.{theme}"), "PROPOSITIONS", {})
        except ModuleNotFoundError:
            continue
        if claim in propositions:
            with contextlib.suppress(LookupError):  # a false statement that is not written yet
                return cast("Formulas", propositions[claim].formulas(statement))
    return cast("Formulas", Double(claim, statement))


def pairs(*themes: Theme) -> list[tuple[str, Any]]:
    """Return (claim id, experiment or twin) of the themes."""
    return [(claim, entry) for theme in themes for claim, entries in theme.items() for entry in entries]


def name(value: object) -> str | None:
    """Return what a parametrised test calls this argument."""
    return getattr(value, "name", value if isinstance(value, str) else None)


def run_experiment(claim: str, experiment: Experiment, seed: int = 0) -> Evidence:
    """Run an experiment as the runner does, in the quick profile."""
    stream = Stream(seed).spawn(claim, "experiment", experiment.name)
    return experiment.run(Trial(stream, formulas=formulas(claim), options=experiment.options))


def run_twin(claim: str, twin: Twin, experiments: Theme, seed: int = 0) -> Evidence:
    """Run a twin as the runner does, in the quick profile."""
    (experiment,) = (each for each in experiments[claim] if each.name == twin.experiment)
    assert set(twin.options) <= set(experiment.options)
    stream = Stream(seed).spawn(claim, "twin", twin.name)
    options = {**experiment.options, **twin.options}
    return cast("Evidence", experiment.run(Trial(stream, formulas=formulas(claim, twin.statement), options=options)))


def assert_refuted(claim: str, twin: Twin, experiments: Theme) -> None:
    """Assert that the twin is refuted, by a witness that its seed yields again."""
    first, again = (run_twin(claim, twin, experiments) for _ in range(2))
    assert first.status == "refuted", first.summary
    assert first.witness
    assert first.to_dict()["witness"] == again.to_dict()["witness"]
