"""What every ``tests/test_THEME.py`` tests: its claims, each experiment and each twin, as users verify them."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any, ClassVar

import pytest

from twinproof import catalogue
from twinproof.numerics.harness.runner import Conditions, Task, run_task
from twinproof.numerics.harness.verdict import Verdict


@cache
def verdict(claim_id: str) -> Verdict:
    """The verdict that all tests of a claim share: quick profile, seed 0."""
    return catalogue.verify([claim_id])[claim_id]


def owner(subject: str) -> tuple[Any, str]:
    """Return the module or class that holds the object of this dotted path, and its name there."""
    parts = subject.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            holder: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:-1]:
            holder = getattr(holder, part)
        return holder, parts[-1]
    raise AssertionError(f"no module on the path {subject!r}")


class ThemeTests:
    """One test for each claim of a theme, each experiment, each twin; a subclass names the theme and its claims.

    A claim is verified once in a session: `conftest` keeps the tests of a claim in one worker.
    """

    theme: ClassVar[str]
    claims: ClassVar[tuple[str, ...]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        found = catalogue.claims(theme=self.theme)
        if "experiment" in metafunc.fixturenames:
            pairs = [(claim.id, experiment.name) for claim in found for experiment in claim.experiments]
            metafunc.parametrize(("claim", "experiment"), pairs)
        elif "twin" in metafunc.fixturenames:
            metafunc.parametrize(("claim", "twin"), [(claim.id, twin.name) for claim in found for twin in claim.twins])
        elif "claim" in metafunc.fixturenames:
            metafunc.parametrize("claim", [claim.id for claim in found])

    def test_the_theme_has_its_claims(self) -> None:
        assert tuple(claim.id for claim in catalogue.claims(theme=self.theme)) == self.claims

    def test_the_claim_is_proved(self, claim: str) -> None:
        found = verdict(claim)
        assert found.status == "proved", str(found)
        found.raise_unless_holds()

    def test_the_experiment_corroborates(self, claim: str, experiment: str) -> None:
        (found,) = [evidence for evidence in verdict(claim).evidence if evidence.name == experiment]
        assert found.status == "corroborated", found.summary
        assert found.samples

    def test_the_twin_is_refuted_by_a_witness_and_cannot_be_derived(self, claim: str, twin: str) -> None:
        (found,) = [result for result in verdict(claim).twins if result.evidence.name == twin]
        assert found.evidence.status == "refuted", found.evidence.summary
        assert found.evidence.witness
        (declared,) = [one for one in catalogue.claim(claim).twins if one.name == twin]
        assert found.derivable is (None if declared.statement is None else False)
        again = run_task(catalogue.claim, Task(claim, "twin", twin), Conditions())
        assert again.to_dict()["witness"] == found.evidence.to_dict()["witness"], "the seed yields another witness"
