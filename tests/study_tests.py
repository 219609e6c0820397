"""What every study's file of tests tests: quick settings, expectations, twins, the broken object, files on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
import pytest
from theme_tests import owner

from twinproof import catalogue
from twinproof.numerics.harness.evidence import Evidence
from twinproof.numerics.harness.runner import Conditions, Task, run_task
from twinproof.numerics.studies.reproduction import Reproduced, reproduce

_FOLDERS = TemporaryDirectory()


@cache
def reproduced(claim: str) -> tuple[Path, Reproduced]:
    """The folder and the outcome that all tests of a study share: quick settings, seed 0, a folder that was empty."""
    folder = Path(_FOLDERS.name) / claim
    return folder, reproduce(catalogue.study(claim), folder, profile="quick")


@cache
def twin_evidence(claim: str, twin: str) -> Evidence:
    """What `verify` finds about a twin of a study, with quick settings and seed 0."""
    found = run_task(catalogue.claim, Task(claim, "twin", twin), Conditions())
    assert isinstance(found, Evidence)
    return found


Sabotage = Callable[[Callable[..., Any]], Callable[..., Any]]


class StudyTests:
    """One test for each study of a file, each of its twins, its files; a subclass names the file and its studies.

    Attributes:
        theme: name of the file in ``numerics/studies/``.
        claims: ids of its studies, in the order of the list.
        sabotages: for each study, how to break its subject so that an expectation fails.
    """

    theme: ClassVar[str]
    claims: ClassVar[tuple[str, ...]]
    sabotages: ClassVar[Mapping[str, Sabotage]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        found = catalogue.claims(theme=self.theme)
        if "twin" in metafunc.fixturenames:
            metafunc.parametrize(("claim", "twin"), [(claim.id, twin.name) for claim in found for twin in claim.twins])
        elif "claim" in metafunc.fixturenames:
            metafunc.parametrize("claim", [claim.id for claim in found])

    def test_the_file_has_its_studies(self) -> None:
        assert tuple(claim.id for claim in catalogue.claims(theme=self.theme)) == self.claims
        assert set(self.sabotages) == set(self.claims)

    def test_every_expectation_holds(self, claim: str) -> None:
        _, found = reproduced(claim)
        assert found.holds, [one.statement for one in found.expectations if not one.holds]
        assert len({one.name for one in found.expectations}) == len(found.expectations)
        assert all(one.measured for one in found.expectations)

    def test_the_twin_fails_an_expectation(self, claim: str, twin: str) -> None:
        evidence = twin_evidence(claim, twin)
        assert evidence.status == "refuted", evidence.summary
        assert evidence.witness

    def test_the_broken_object_fails_an_expectation(self, claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
        holder, attribute = owner(catalogue.study(claim).subject)
        monkeypatch.setattr(holder, attribute, self.sabotages[claim](getattr(holder, attribute)))
        evidence = run_task(catalogue.claim, Task(claim, "experiment", "expectations"), Conditions())
        assert evidence.status == "refuted", f"the subject was replaced unnoticed: {evidence}"

    def test_it_leaves_figures_their_data_and_a_summary(self, claim: str) -> None:
        folder, found = reproduced(claim)
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        assert [one["name"] for one in summary["expectations"]] == [one.name for one in found.expectations]
        with np.load(folder / "figures.npz", allow_pickle=False) as data:
            assert len(data.files) > 1
        for path in found.figures:
            assert path.read_bytes().startswith(b"\x89PNG")
            assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
        assert not list(folder.rglob("*.part"))

    def test_what_is_on_file_is_not_done_again(self, claim: str) -> None:
        folder, found = reproduced(claim)
        again = reproduce(catalogue.study(claim), folder, profile="quick")
        assert again.resumed == len(again.results) == len(found.results)
        assert [one.to_dict() for one in again.expectations] == [one.to_dict() for one in found.expectations]
