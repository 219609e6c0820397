"""What every study's file of tests tests: quick settings, expectations, twins, the broken object, files on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from theme_tests import owner, verdict

from twinproof import catalogue
from twinproof.numerics.harness.runner import Conditions, Task, run_task
from twinproof.numerics.studies.reproduction import reproduce

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
        found = verdict(claim)
        assert found.status == "corroborated", str(found)

    def test_the_twin_fails_an_expectation(self, claim: str, twin: str) -> None:
        (found,) = [result for result in verdict(claim).twins if result.evidence.name == twin]
        assert found.evidence.status == "refuted", found.evidence.summary
        assert found.evidence.witness

    def test_the_broken_object_fails_an_expectation(self, claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
        holder, attribute = owner(catalogue.study(claim).subject)
        monkeypatch.setattr(holder, attribute, self.sabotages[claim](getattr(holder, attribute)))
        evidence = run_task(catalogue.claim, Task(claim, "experiment", "expectations"), Conditions())
        assert evidence.status == "refuted", f"the subject was replaced unnoticed: {evidence}"

    def test_it_leaves_figures_their_data_and_a_summary(self, claim: str, tmp_path: Path) -> None:
        study = catalogue.study(claim)
        found = reproduce(study, tmp_path, profile="quick")
        assert found.holds, [one.statement for one in found.expectations if not one.holds]
        assert found.resumed == 0
        summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
        assert [one["name"] for one in summary["expectations"]] == [one.name for one in found.expectations]
        assert len({one.name for one in found.expectations}) == len(found.expectations)
        assert all(one.measured for one in found.expectations)
        with np.load(tmp_path / "figures.npz", allow_pickle=False) as data:
            assert len(data.files) > 1
        for path in found.figures:
            assert path.read_bytes().startswith(b"\x89PNG")
            assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
        assert not list(tmp_path.rglob("*.part"))
        again = reproduce(study, tmp_path, profile="quick")
        assert again.resumed == len(again.results) == len(found.results)
        assert [one.to_dict() for one in again.expectations] == [one.to_dict() for one in found.expectations]
