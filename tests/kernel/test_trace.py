"""Traces: there and back, malformed ones, and replay in a process that has the standard library alone."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from kernelkit import shipped
from kernelkit.checks import check, raises, same_after_replay
from kernelkit.notation import F
from kernelkit.steps import assume, taut

from twinproof.proofs import kernel
from twinproof.proofs.kernel.rules import RuleError
from twinproof.proofs.kernel.theorem import Theorem, infer
from twinproof.proofs.kernel.trace import TraceError, decode, digest, dumps

REPLAY = Path(kernel.__file__).parent / "replay.py"
FORMAT = taut("0 = 0").trace()["format"]


def trace(terms, steps):
    return {"format": FORMAT, "claim": "", "terms": terms, "steps": steps}


ZERO = ["num", "0", []]
GOOD = trace([ZERO, ["eq", None, [0, 0]]], [["taut", [], [{"term": 1}]]])


def with_number(text):
    return trace([["num", text, []], ["eq", None, [0, 0]]], [["taut", [], [{"term": 1}]]])


MALFORMED = {
    "no mapping": [],
    "no format": {"terms": [], "steps": []},
    "another format": GOOD | {"format": "twinproof-trace/0"},
    "no steps": GOOD | {"steps": []},
    "steps are no list": GOOD | {"steps": {}},
    "terms are no list": GOOD | {"terms": {}},
    "a row is no list": trace([None], GOOD["steps"]),
    "a row is too short": trace([["num", "0"]], GOOD["steps"]),
    "a term before its argument": trace([["eq", None, [1, 1]], ZERO], [["taut", [], [{"term": 0}]]]),
    "a term that is its own argument": trace([["inv", None, [0]]], GOOD["steps"]),
    "a negative index": trace([ZERO, ["eq", None, [-1, 0]]], GOOD["steps"]),
    "true for an index": trace([ZERO, ZERO, ["eq", None, [True, 0]]], GOOD["steps"]),
    "an unknown head": trace([ZERO, ["sin", None, [0]]], GOOD["steps"]),
    "an argument of another sort": trace([ZERO, ["not", None, [0]]], GOOD["steps"]),
    "a bound variable of another sort": trace(
        [["var", [0, "N"], []], ["eq", None, [0, 0]], ["all", "R", [1]]], GOOD["steps"]
    ),
    "a bracket around a real quantifier": trace(
        [["var", [0, "R"], []], ["eq", None, [0, 0]], ["all", "R", [1]], ["bracket", None, [2]]], GOOD["steps"]
    ),
    "another exp": trace([ZERO, ["app", ["exp", "N>R"], [0]]], GOOD["steps"]),
    "exp as a number": trace([["app", ["exp", ">R"], []]], GOOD["steps"]),
    "a name with a dot": trace([["app", ["a.b", ">R"], []]], GOOD["steps"]),
    "a Cyrillic look-alike": trace([["app", ["\u0435xp", "R>R"], []]], GOOD["steps"]),
    "a signature without a result": trace([["app", ["a", "N"], []]], GOOD["steps"]),
    "data that is nested": trace([["app", [["a"], ">R"], []]], GOOD["steps"]),
    "data that is a dict": trace([["app", {}, []]], GOOD["steps"]),
    "too few arguments": trace([ZERO, ["eq", None, [0]]], GOOD["steps"]),
    "division by zero": with_number("1/0"),
    "a decimal": with_number("0.5"),
    "a number that never ends": with_number("1e999999999"),
    "a number with digits of another script": with_number("\u0661"),
    "a number that is long": with_number("1" * 3000),
    "a number that is a number": with_number(0),
    "a step that is no list": trace(GOOD["terms"], ["taut"]),
    "a step whose rule is no text": trace(GOOD["terms"], [[1, [], []]]),
    "a step that rests on itself": trace(GOOD["terms"], [["discharge", [0], [{"term": 1}]]]),
    "premises that are no list": trace(GOOD["terms"], [["taut", {}, [{"term": 1}]]]),
    "parameters that are no list": trace(GOOD["terms"], [["taut", [], {"term": 1}]]),
    "a parameter out of range": trace(GOOD["terms"], [["taut", [], [{"term": 2}]]]),
    "a parameter with another key": trace(GOOD["terms"], [["taut", [], [{"term": 1, "x": 0}]]]),
    "a parameter that is null": trace(GOOD["terms"], [["taut", [], [None]]]),
    "a parameter that is a float": trace(GOOD["terms"], [["taut", [], [0.5]]]),
}
REFUSED = {
    "an unknown rule": trace(GOOD["terms"], [["magic", [], [{"term": 1}]]]),
    "a premise too many": trace(GOOD["terms"], [GOOD["steps"][0], ["assume", [0], [{"term": 1}]]]),
    "no parameter": trace(GOOD["terms"], [["taut", [], []]]),
    "a text for a term": trace(GOOD["terms"], [["taut", [], ["0 = 0"]]]),
    "a term for a text": trace(GOOD["terms"], [["axiom", [], [{"term": 1}]]]),
    "a list for a term": trace(GOOD["terms"], [["taut", [], [[{"term": 1}]]]]),
    "an unknown axiom": trace(GOOD["terms"], [["axiom", [], ["exp.sum"]]]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_trace_is_a_trace_error(name):
    raises(TraceError, lambda: decode(MALFORMED[name]))


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_step_is_a_rule_error(name):
    raises(RuleError, lambda: decode(REFUSED[name]))


def test_a_term_nested_too_deeply_is_refused():
    terms = [["app", ["x", ">R"], []]]
    terms += [["app", ["f", "R>R"], [i]] for i in range(60_000)]
    terms.append(["eq", None, [60_000, 60_000]])
    raises((RuleError, TraceError), lambda: decode(trace(terms, [["generalise", [0], [["x", ">R"]]]])))
    raises(RuleError, lambda: decode(trace([*terms, ["le", None, [60_000, 0]]], [["taut", [], [{"term": 60_002}]]])))


def test_every_small_theorem_goes_there_and_back():
    for theorem in shipped.theorems().values():
        same_after_replay(theorem)


def test_the_digest_tells_hypotheses_from_statements():
    one, two = assume("x = 1"), taut("x = 1 -> x = 1")
    check(digest(one.hypotheses, one.statement) != digest(two.hypotheses, two.statement), "one digest for two sequents")
    check(digest(frozenset(), F("x = 1")) != digest(one.hypotheses, one.statement), "a hypothesis is not in the digest")


def test_a_theorem_cannot_be_made_or_changed_by_hand():
    raises(TypeError, Theorem)
    theorem = taut("0 = 0")
    raises(AttributeError, lambda: setattr(theorem, "_statement", F("0 = 1")))
    raises(RuleError, lambda: infer("taut", (object(),), F("0 = 0")))


def replayed(*traces: object, folder: Path) -> tuple[int, list[dict]]:
    files = []
    for number, one in enumerate(traces):
        files.append(folder / f"{number}.json")
        files[-1].write_text(one if isinstance(one, str) else json.dumps(one), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(REPLAY), *map(str, files)], capture_output=True, text=True, check=False
    )
    check(not done.stderr, done.stderr[-2000:])
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_replay_needs_the_standard_library_alone(tmp_path):
    """-I: no site of the user, no path of the caller; and the list of modules shows that nothing else was loaded."""
    theorem = shipped.theorems()["induct 0"]
    status, (row, modules) = replayed(theorem.trace("odd numbers"), folder=tmp_path)
    check(status == 0 and row["status"] == "accepted" and row["claim"] == "odd numbers", str(row))
    check(row["digest"] == digest(theorem.hypotheses, theorem.statement), "another theorem")
    tops = {name.partition(".")[0] for name in modules["modules"]} - {"twinproof", "__main__"}
    site = {
        "sitecustomize",
        "usercustomize",
        "apport_python_hook",
        "_distutils_hack",
        "distutils-precedence",
        "_virtualenv",
    }
    check(
        tops - site <= set(sys.stdlib_module_names),
        f"not of the standard library: {tops - set(sys.stdlib_module_names)}",
    )
    ours = {name for name in modules["modules"] if name.startswith("twinproof.")}
    check(all(n == "twinproof.proofs" or n.startswith("twinproof.proofs.kernel") for n in ours), f"loaded: {ours}")


def test_replay_tells_accepted_rejected_and_unreadable_apart(tmp_path):
    broken = copy.deepcopy(GOOD)
    broken["terms"].append(["num", "1", []])
    broken["terms"].append(["eq", None, [0, 2]])
    broken["steps"] = [["taut", [], [{"term": 3}]]]
    status, rows = replayed(GOOD, broken, folder=tmp_path)
    check(status == 1 and [r["status"] for r in rows[:2]] == ["accepted", "rejected"], str(rows))
    status, rows = replayed(GOOD, "{", folder=tmp_path)
    check(status == 2 and rows[1]["status"] == "unreadable", str(rows))
    deep = "[" * 100_000
    status, rows = replayed(deep, folder=tmp_path)
    check(status == 2, str(rows)[:500])


def test_what_is_written_does_not_depend_on_the_run():
    lines = [dumps(theorem.trace()) for theorem in shipped.theorems().values()]
    again = [dumps(theorem.trace()) for theorem in shipped.theorems().values()]
    check(lines == again, "two writings differ")
