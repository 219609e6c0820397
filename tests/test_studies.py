"""The machinery of studies: runs on file, interruption, workers, bad settings, the command."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from twinproof import catalogue
from twinproof.cli import main
from twinproof.models.minibatches import batches
from twinproof.numerics.harness.workers import process_pool
from twinproof.numerics.studies import mlp_regression, reproduction
from twinproof.numerics.studies.reproduction import load_arrays, reproduce, save_arrays

STUDY = mlp_regression.STUDIES["mlp-univariate"]
TINY = {"epochs": 3, "repeats": 3}


def test_figures_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    here = reproduce(STUDY, tmp_path / "here", changes=TINY)
    with process_pool(2) as pool:
        there = reproduce(STUDY, tmp_path / "there", changes=TINY, executor=pool)
    assert list(here.results) == list(there.results)
    for key, arrays in here.results.items():
        for name, array in arrays.items():
            assert np.array_equal(array, there.results[key][name]), (key, name)
    for path in here.figures:
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()


def test_another_seed_or_setting_is_another_run(tmp_path: Path) -> None:
    first = reproduce(STUDY, tmp_path, changes=TINY)
    assert reproduce(STUDY, tmp_path, changes=TINY).resumed == 3
    other = reproduce(STUDY, tmp_path, changes=TINY, seed=1)
    assert other.resumed == 0
    assert reproduce(STUDY, tmp_path, changes={**TINY, "step": 0.05}, seed=1).resumed == 0
    assert not np.array_equal(first.results["repeat", 0]["x"], other.results["repeat", 0]["x"])


def test_an_interrupted_study_goes_on_where_it_was(tmp_path: Path) -> None:
    def stop_at_the_third(settings, key, stream):
        if key == ("repeat", 2):
            raise KeyboardInterrupt
        return STUDY.run(settings, key, stream)

    broken = replace(STUDY, run=stop_at_the_third)
    mlp_regression.STUDIES[STUDY.id] = broken  # type: ignore[index]  # a dictionary behind a read-only type
    try:
        # the run is looked up by module and id, as a worker does
        with pytest.raises(KeyboardInterrupt):
            reproduce(replace(broken, run=_located(stop_at_the_third)), tmp_path, changes=TINY)
    finally:
        mlp_regression.STUDIES[STUDY.id] = STUDY  # type: ignore[index]  # as above
    assert not (tmp_path / "summary.json").exists()
    assert not list(tmp_path.rglob("*.part"))
    assert reproduce(STUDY, tmp_path, changes=TINY).resumed == 2


def _located(function):
    function.__module__ = mlp_regression.__name__
    return function


def test_a_damaged_run_is_done_again(tmp_path: Path) -> None:
    reproduce(STUDY, tmp_path, changes=TINY)
    path = tmp_path / "runs" / "repeat-1.npz"
    path.write_bytes(path.read_bytes()[:-200])
    assert reproduce(STUDY, tmp_path, changes=TINY).resumed == 2


def test_runs_of_other_versions_or_other_code_are_not_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reproduce(STUDY, tmp_path, changes=TINY, environment={"torch": "1"})
    assert reproduce(STUDY, tmp_path, changes=TINY, environment={"torch": "1"}).resumed == 3
    assert reproduce(STUDY, tmp_path, changes=TINY, environment={"torch": "2"}).resumed == 0
    monkeypatch.setattr(reproduction, "_code", lambda: "edited")
    assert reproduce(STUDY, tmp_path, changes=TINY, environment={"torch": "2"}).resumed == 0


def test_runs_on_other_files_of_data_are_not_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "x.txt").write_text("1")
    study = replace(STUDY, settings={**STUDY.settings, "data": None})
    changes = {**TINY, "data": str(folder)}
    reproduce(study, tmp_path / "out", changes=changes)
    assert reproduce(study, tmp_path / "out", changes=changes).resumed == 3
    (folder / "x.txt").write_text("12")
    assert reproduce(study, tmp_path / "out", changes=changes).resumed == 0


def test_a_study_is_verified_by_its_expectations_and_its_twins() -> None:
    found = catalogue.verify(["stm-layer"])["stm-layer"]
    assert found.status == "corroborated", str(found)
    assert {twin.evidence.status for twin in found.twins} == {"refuted"}


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="settings: found leap, expected of"):
        reproduce(STUDY, tmp_path, changes={"leap": 1})
    with pytest.raises(ValueError, match="loss: found 'cubic', expected one of objective, mse"):
        reproduce(STUDY, tmp_path, changes={**TINY, "loss": "cubic"})


def test_arrays_of_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="found an array of objects"):
        save_arrays(tmp_path / "x.npz", {"x": np.array([object()])})
    assert list(tmp_path.iterdir()) == []
    assert load_arrays(tmp_path / "absent.npz") is None


def test_progress_tells_what_is_left(tmp_path: Path) -> None:
    seen = []
    with ThreadPoolExecutor(1) as pool:
        reproduce(STUDY, tmp_path, changes=TINY, executor=pool, progress=seen.append)
    assert [progress.done for progress in seen] == [1, 2, 3]
    assert all(progress.left is not None for progress in seen)
    assert seen[-1].left == 0


def test_the_command_writes_and_says_what_holds(tmp_path: Path) -> None:
    found = CliRunner().invoke(
        main, ["reproduce", "mlp-univariate", "--quick", "--jobs", "1", "--output", str(tmp_path / "out")]
    )
    assert found.exit_code == 0, found.output
    assert "holds  fits: " in found.output
    assert (tmp_path / "out" / "summary.json").exists()


def test_several_studies_have_a_folder_each(tmp_path: Path) -> None:
    line = ["reproduce", "stm-layer", "svm-predictor", "--quick", "--jobs", "1", "--output", str(tmp_path)]
    found = CliRunner().invoke(main, line)
    assert found.exit_code == 0, found.output
    assert {path.name for path in tmp_path.iterdir()} == {"stm-layer", "svm-predictor"}
    assert all((tmp_path / name / "summary.json").exists() for name in ("stm-layer", "svm-predictor"))


def test_the_command_refuses_claims_of_theory_and_data_that_is_not_wanted(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["reproduce", catalogue.claims(kind="theory")[0].id])
    assert refused.exit_code == 2
    assert "twinproof verify" in refused.output
    refused = CliRunner().invoke(
        main, ["reproduce", "mlp-univariate", "--data", str(tmp_path), "--output", str(tmp_path / "o")]
    )
    assert refused.exit_code == 2
    assert "--data: mlp-univariate reads no data" in refused.output
    assert not (tmp_path / "o").exists()


def test_a_folder_of_another_study_is_left_alone(tmp_path: Path) -> None:
    reproduce(STUDY, tmp_path, changes=TINY)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(ValueError, match=r"output: found the study mlp-univariate in .*, expected a folder without"):
        reproduce(catalogue.study("stm-layer"), tmp_path, profile="quick")
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_study_that_cannot_start_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    line = ["reproduce", "cafe-net", "--quick", "--data", str(tmp_path / "empty"), "--output", str(tmp_path / "out")]
    assert CliRunner().invoke(main, line).exit_code == 2
    assert not (tmp_path / "out").exists()


def test_batches_take_each_example_once() -> None:
    rows = torch.arange(101)
    found = [batch for (batch,) in batches(16, None, rows)]
    assert [len(batch) for batch in found] == [16] * 6 + [5]
    assert torch.equal(torch.cat(found), rows)
    pairs = list(batches(2, torch.Generator().manual_seed(0), rows, 2 * rows))
    assert all(torch.equal(2 * one, two) for one, two in pairs)
    shuffled = torch.cat([one for one, _ in pairs])
    assert not torch.equal(shuffled, rows)
    assert torch.equal(shuffled.sort().values, rows)


def test_batches_name_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="size: found 0"):
        list(batches(0, None, torch.zeros(3)))
    with pytest.raises(ValueError, match=r"tensors: found \[0\] rows"):
        list(batches(2, None, torch.zeros(0)))
    with pytest.raises(ValueError, match=r"tensors: found \[2, 3\] rows"):
        list(batches(2, None, torch.zeros(3), torch.zeros(2)))
