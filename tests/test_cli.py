"""The command line as a user meets it: what it prints, what it answers to mistakes, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from twinproof import __version__, catalogue, cli
from twinproof.numerics.harness.evidence import Evidence
from twinproof.numerics.harness.verdict import ProofResult, TwinResult, Verdict
from twinproof.report.content import StudyPage

SOME = catalogue.ids()[0]
COMMANDS = {"list", "show", "verify", "replay", "reproduce", "report"}


@pytest.fixture
def twinproof(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: exit status, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return int(left.value.code or 0), out, err

    return call


def verdict(status: str, claim: str = SOME) -> Verdict:
    """A verdict that comes out as `status` by the table, so that no test invents one."""
    good = Evidence("fan-out", "corroborated", "as the term says", 9, 1.0, 1.0, (0.9, 1.1), 0.1)
    bad = Evidence("fan-out", "refuted", "not as the term says", 9, 2.0, 1.0, (1.9, 2.1), 0.1, {"m": 3})
    open_ = Evidence("fan-out", "undecided", "too few draws")
    twin = TwinResult("1/d for 1/m", Evidence("fan-in", "refuted", "far off", 9, 6.0, 1.0, None, 0.1, {"d": 2}), False)
    rows: Mapping[str, tuple[str, list[Evidence]]] = {
        "proved": ("proved", [good]),
        "corroborated": ("none", [good]),
        "undecided": ("proved", [open_]),
        "refuted": ("none", [bad]),
        "contradiction": ("proved", [bad]),
        "error": ("failed", [good]),
    }
    proof, evidence = rows[status]
    head = catalogue.claim(claim)
    made = Verdict.of(
        claim,
        evidence,
        proof=ProofResult(proof, twins={"fan-in": False}),  # type: ignore[arg-type]  # one of the three by the table above
        twins=[twin],
        title=head.title,
        theme=head.theme,
        kind=head.kind,
        source=head.sources[0],
        reproduce=f"twinproof verify {claim}",
    )
    assert made.status == status
    return made


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make `verify` find a given status for every claim."""

    def give(*statuses: str) -> None:
        def verify(ids: list[str], **_: Any) -> dict[str, Verdict]:
            return {name: verdict(statuses[place % len(statuses)], name) for place, name in enumerate(ids)}

        monkeypatch.setattr(catalogue, "verify", verify)

    return give


def test_the_commands_are_those_of_the_contract() -> None:
    assert set(cli.main.commands) == COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_help_has_an_example_that_parses(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = CliRunner().invoke(cli.main, [command, "--help"]).output
    examples = [line.strip() for line in shown.split("Example:")[1].splitlines() if line.strip()]
    assert all(line.startswith("twinproof ") for line in examples)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evidence.json").touch()  # made by the line before the one that reads it
    for line in examples:
        for part in line.split("&&"):
            _, name, *arguments = part.split()
            cli.main.commands[name].make_context(name, arguments)


def test_the_version(twinproof: Callable[..., tuple[int, str, str]]) -> None:
    assert twinproof("--version") == (0, f"twinproof {__version__}\n", "")


def test_list_names_every_claim_once_with_its_title(twinproof: Callable[..., tuple[int, str, str]]) -> None:
    status, out, _ = twinproof("list")
    assert status == 0
    for claim in catalogue.claims():
        assert sum(line.split()[:1] == [claim.id] and claim.title in line for line in out.splitlines()) == 1


def test_list_as_json_and_by_theme(twinproof: Callable[..., tuple[int, str, str]]) -> None:
    theme = catalogue.themes()[0]
    status, out, _ = twinproof("list", "--theme", theme, "--json")
    rows = json.loads(out)
    assert status == 0
    assert [row["id"] for row in rows] == [claim.id for claim in catalogue.claims(theme=theme)]
    assert set(rows[0]) == {"id", "title", "theme", "kind", "sources"}


@pytest.mark.parametrize("command", ["show", "verify"])
def test_an_unknown_id_is_answered_with_the_nearest(
    twinproof: Callable[..., tuple[int, str, str]], command: str
) -> None:
    status, _, err = twinproof(command, SOME[:-1] + "x")
    assert status == 2
    assert f"nearest: {SOME}" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["list", "--theme", "nonsense"],
        ["verify", SOME, "--theme", "initialization"],
        ["verify", "--seed", "-1"],
        ["verify", "--jobs", "0"],
        ["verify", "--profile", "slow"],
        ["verify", "--json", "no/such/folder/e.json"],
        ["verify", "--theme", "losses", "--kind", "study"],
        ["show"],
        ["show", SOME, "--trace", "no/such/folder/t.json"],
        ["replay"],
        ["report", "--format", "docx"],
        ["report", "--evidence", "no-such-file.json"],
        ["report", "--output", "no/such/folder/out"],
        ["verify", SOME, "--json", ""],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_why(
    twinproof: Callable[..., tuple[int, str, str]], arguments: list[str]
) -> None:
    status, out, err = twinproof(*arguments)
    assert status == 2
    assert "Usage:" in err + out
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["proved"], 0),
        (["corroborated"], 0),
        (["undecided"], 3),
        (["proved", "undecided"], 3),
        (["refuted", "undecided"], 1),
        (["error"], 1),
        (["contradiction"], 1),
    ],
)
def test_exit_statuses(
    twinproof: Callable[..., tuple[int, str, str]],
    outcome: Callable[..., None],
    statuses: list[str],
    expected: int,
) -> None:
    outcome(*statuses)
    names = catalogue.ids()[: len(statuses)]
    if len(names) < len(statuses):
        pytest.skip("the catalogue has too few claims for a mixed outcome")
    status, out, _ = twinproof("verify", *names)
    assert status == expected
    assert all(word in out for word in statuses)


def test_evidence_has_the_fields_of_the_contract(
    twinproof: Callable[..., tuple[int, str, str]], outcome: Callable[..., None], tmp_path: Path
) -> None:
    outcome("proved")
    target = tmp_path / "e.json"
    assert twinproof("verify", SOME, "--seed", "7", "--json", target)[0] == 0
    found = json.loads(target.read_text())
    assert {"schema", "twinproof", "seed", "profile", "error_rate", "environment", "claims"} <= set(found)
    assert (found["schema"], found["seed"], found["profile"]) == (1, 7, "quick")
    assert set(found["error_rate"]) == {"false_refutation", "false_corroboration"}
    (row,) = found["claims"]
    assert {"id", "title", "theme", "kind", "source", "verdict", "proof", "experiments", "twins"} <= set(row)
    assert set(row["source"]) == {"document", "part"}
    assert {"status", "hypotheses", "axioms", "rules", "seconds"} <= set(row["proof"])
    trial = {"name", "status", "samples", "estimate", "target", "interval", "seconds", "witness"}
    assert trial <= set(row["experiments"][0])
    assert {"name", "change", "status", "derivable", "witness"} <= set(row["twins"][0])
    assert [path.name for path in tmp_path.iterdir()] == ["e.json"]


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(schema=2),
        lambda found: found.update(twinproof="0.0.0"),
        lambda found: found.pop("claims"),
        lambda found: found["claims"][0].update(verdict="corroborated"),
        lambda found: found["claims"][0].update(id="no-such-claim"),
        lambda found: found["claims"][0]["experiments"][0].update(status="splendid"),
        lambda found: found["claims"][0]["experiments"][0].update(estimate="1"),
        lambda found: found["claims"][0]["twins"][0].update(witness=None),
        lambda found: found["claims"][0].pop("proof"),
    ],
)
def test_evidence_that_no_run_can_have_written_is_refused(
    twinproof: Callable[..., tuple[int, str, str]],
    outcome: Callable[..., None],
    tmp_path: Path,
    change: Callable[[dict[str, Any]], object],
) -> None:
    outcome("proved")
    target = tmp_path / "e.json"
    twinproof("verify", SOME, "--json", target)
    found = json.loads(target.read_text())
    change(found)
    target.write_text(json.dumps(found))
    options = ("--no-studies", "--output", tmp_path / "out", "--format", "tex")
    status, _, err = twinproof("report", "--evidence", target, *options)
    assert status == 2, err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", '{"schema": 1}'])
def test_evidence_that_is_no_evidence_is_refused(
    twinproof: Callable[..., tuple[int, str, str]], tmp_path: Path, text: str
) -> None:
    (tmp_path / "e.json").write_text(text)
    status, _, err = twinproof("report", "--evidence", tmp_path / "e.json", "--output", tmp_path / "out")
    assert status == 2
    assert "e.json" in err


def test_a_report_from_recorded_evidence_proves_anew_and_says_so(
    twinproof: Callable[..., tuple[int, str, str]], outcome: Callable[..., None], tmp_path: Path
) -> None:
    outcome("proved")
    twinproof("verify", SOME, "--json", tmp_path / "e.json")
    status, out, err = twinproof(
        "report", "--no-studies", "--evidence", tmp_path / "e.json", "--output", tmp_path / "out", "--format", "tex"
    )
    assert status == 0, out + err
    source = (tmp_path / "out" / "report.tex").read_text()
    assert "not run for this report" in source
    assert catalogue.claim(SOME).title.split()[0] in source
    shown = json.loads((tmp_path / "out" / "evidence.json").read_text())
    assert shown["claims"][0]["proof"]["rules"] != {}  # the made-up verdict counted none: this proof is new


def test_a_link_is_followed_and_a_device_is_not_replaced(
    twinproof: Callable[..., tuple[int, str, str]], outcome: Callable[..., None], tmp_path: Path
) -> None:
    outcome("proved")
    (tmp_path / "target.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "target.json")
    assert twinproof("verify", SOME, "--json", tmp_path / "link.json")[0] == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "target.json").read_text())["claims"][0]["id"] == SOME
    (tmp_path / "null").symlink_to("/dev/null")
    assert twinproof("verify", SOME, "--json", tmp_path / "null")[0] == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(("holds", "expected"), [(True, 0), (False, 1)])
def test_a_report_with_an_expectation_that_does_not_hold_ends_in_failure(
    twinproof: Callable[..., tuple[int, str, str]],
    outcome: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    holds: bool,
    expected: int,
) -> None:
    outcome("proved")
    twinproof("verify", SOME, "--json", tmp_path / "e.json")
    page = StudyPage("made-up", "A study", (), "quick", "", (), (), (("it holds", holds, {"value": 1}),), (), ())
    monkeypatch.setattr(cli, "all_studies", lambda *_, **__: [page])
    output = ("--output", tmp_path / "out", "--format", "tex")
    status, out, err = twinproof("report", "--evidence", tmp_path / "e.json", *output)
    assert status == expected, out + err
    assert (tmp_path / "out" / "report.tex").exists()


@pytest.mark.parametrize("claim_id", [claim.id for claim in catalogue.claims(kind="theory")])
def test_show_prints_theory_and_practice_and_a_trace_that_replays(
    twinproof: Callable[..., tuple[int, str, str]], tmp_path: Path, claim_id: str
) -> None:
    claim = catalogue.claim(claim_id)
    status, out, _ = twinproof("show", claim_id)
    assert status == 0
    for word in ("Claim", "derivation", "Axioms", "Experiments", "False twins"):
        assert word in out
    assert ("Hypotheses" in out) == bool(claim.hypotheses)
    assert all(experiment.name in out for experiment in claim.experiments)
    assert all(twin.name in out for twin in claim.twins)
    target = tmp_path / "trace.json"
    assert twinproof("show", claim_id, "--trace", target)[0] == 0
    status, out, err = twinproof("replay", target)
    assert status == 0, out + err
    assert out.startswith("accepted")
    assert claim_id in out


def test_a_trace_that_is_no_proof_is_rejected(twinproof: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    target = tmp_path / "trace.json"
    twinproof("show", SOME, "--trace", target)
    trace = json.loads(target.read_text())
    trace["steps"] = trace["steps"][:-1]
    target.write_text(json.dumps(trace))
    status, out, _ = twinproof("replay", target)
    assert status == 1
    assert out.startswith("rejected")


def test_a_proof_of_something_else_is_rejected_under_the_name_of_a_claim(
    twinproof: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    twinproof("show", SOME, "--trace", tmp_path / "trace.json")
    trace = json.loads((tmp_path / "trace.json").read_text())
    assert trace["claim"] == SOME
    first = next(place for place, step in enumerate(trace["steps"]) if not step[1])
    trace["steps"] = trace["steps"][: first + 1]
    (tmp_path / "trace.json").write_text(json.dumps(trace))
    status, out, _ = twinproof("replay", tmp_path / "trace.json")
    assert status == 1
    assert "not of" in out


@pytest.mark.parametrize("text", ["", "{", "\x00"])
def test_a_file_that_cannot_be_read_ends_with_2(
    twinproof: Callable[..., tuple[int, str, str]], tmp_path: Path, text: str
) -> None:
    (tmp_path / "t.json").write_text(text)
    assert twinproof("replay", tmp_path / "t.json")[0] == 2
    assert twinproof("replay", tmp_path / "missing.json")[0] == 2


def test_the_replaying_child_loads_the_kernel_and_the_standard_library_alone(tmp_path: Path) -> None:
    from twinproof.replaying import replay

    (tmp_path / "t.json").write_text(catalogue.trace_text(SOME))
    outcome = replay([tmp_path / "t.json"])
    assert outcome.foreign == ()
    assert outcome.exit_status == 0


def at_work_within(seconds: float, parent: int) -> bool:
    """Whether a process has started its workers in time (and the one that multiprocessing adds)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if len(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()) >= 3:
            time.sleep(1.0)
            return True
        time.sleep(0.1)
    return False


def gone_within(seconds: float, group: int) -> bool:
    """Whether all processes of a group end in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_ctrl_c_leaves_whole_files_and_a_clear_last_line(tmp_path: Path) -> None:
    target = tmp_path / "e.json"
    target.write_text("as it was")
    command = [sys.executable, "-m", "twinproof", "verify", "--profile", "full", "--jobs", "2", "--json", str(target)]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert at_work_within(120.0, child.pid)
    os.kill(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert err.splitlines()[-1] == "twinproof: interrupted; no file was left half-written"
    assert "Traceback" not in err
    assert target.read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["e.json"]
    assert gone_within(10.0, child.pid), "a worker has stayed behind"


def test_python_m_is_the_same(tmp_path: Path) -> None:
    child = subprocess.run([sys.executable, "-m", "twinproof", "--version"], capture_output=True, text=True, check=True)
    assert child.stdout == f"twinproof {__version__}\n"
