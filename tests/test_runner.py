"""The runner: the same figures whoever does the work, every failure a finding, and what is finished is kept."""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from twinproof.numerics.harness.runner import Conditions, Interrupted, Progress, run_claims
from twinproof.numerics.harness.verdict import Verdict
from twinproof.numerics.harness.workers import SerialExecutor, one_thread, process_pool

HERE = Path(__file__).parent

if str(HERE) not in sys.path:  # worker processes take over this path, and find the claims by their module's name
    sys.path.insert(0, str(HERE))
lookup = importlib.import_module("runner_claims").lookup


def figures(verdicts: dict[str, Verdict]) -> str:
    """Everything but the seconds, to the last bit."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(entry) for key, entry in value.items() if key != "seconds"}
        return [strip(entry) for entry in value] if isinstance(value, list) else value

    return json.dumps({name: strip(verdict.to_dict()) for name, verdict in verdicts.items()})


def test_a_claim_with_both_arms_and_refuted_twins_is_proved() -> None:
    verdict = run_claims(["good"], lookup)["good"]
    assert verdict.status == "proved", verdict.summary
    assert [t.evidence.status for t in verdict.twins] == ["refuted", "refuted"]
    assert [t.derivable for t in verdict.twins] == [False, None]
    assert verdict.source == ("document", "1")
    assert verdict.reproduce == "twinproof verify good --profile quick --seed 0"
    assert all(e.seconds > 0 and e.reproduce for e in verdict.evidence)


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("raises", "error", "ZeroDivisionError: in the experiment"),
        ("slow", "error", "DeadlineError"),
        ("wrong", "error", "returned bool, expected Evidence"),
        ("bad-proof", "error", "ArithmeticError: in the proof"),
        ("unproved", "corroborated", "no derivation is declared"),
        ("true-twin", "undecided", "twin same is not refuted"),
        ("bad-twin", "error", "twin 'typo' sets"),
        ("no-formula", "error", "no statement to evaluate"),
    ],
)
def test_every_failure_is_a_finding(name: str, status: str, words: str) -> None:
    verdict = run_claims([name], lookup)[name]
    assert verdict.status == status
    assert words in verdict.summary


def test_figures_do_not_depend_on_order_or_company() -> None:
    alone = run_claims(["good"], lookup)
    together = run_claims(["second", "good", "second"], lookup)
    assert list(together) == ["second", "good"]
    assert figures({"good": together["good"]}) == figures(alone)
    assert figures(together) != figures({"second": alone["good"], "good": alone["good"]})


class Backwards(Executor):
    """Finishes the last piece of work first."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any, Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, fn, args))
        if len(self.waiting) == 8:
            for held, call, values in reversed(self.waiting):
                held.set_result(call(*values))
        return future


def test_figures_do_not_depend_on_the_executor() -> None:
    serial = run_claims(["good", "second"], lookup)
    assert figures(run_claims(["good", "second"], lookup, executor=Backwards())) == figures(serial)
    with ThreadPoolExecutor(3) as threads:
        assert figures(run_claims(["good", "second"], lookup, executor=threads)) == figures(serial)


def test_figures_do_not_depend_on_processes() -> None:
    with process_pool(2) as pool:
        parallel = run_claims(["good", "second", "raises"], lookup, executor=pool)
    assert figures(parallel) == figures(run_claims(["good", "second", "raises"], lookup))


def test_the_seed_and_the_precision_are_passed_on() -> None:
    def run(**changes: Any) -> str:
        return figures(run_claims(["good"], lookup, conditions=dataclasses.replace(Conditions(), **changes)))

    assert len({run(), run(seed=1), run(eps=0.02)}) == 3


def test_progress_is_reported_once_for_each_piece_of_work() -> None:
    seen: list[Progress] = []
    run_claims(["good", "raises"], lookup, progress=seen.append)
    assert [(p.done, p.total) for p in seen] == [(i, 6) for i in range(1, 7)]
    assert [p.task.part for p in seen] == ["proof", "experiment", "twin", "twin", "proof", "experiment"]
    assert seen[-1].status == "error"


def test_an_interruption_leaves_what_is_finished() -> None:
    with pytest.raises(Interrupted, match="1 claims were finished") as raised:
        run_claims(["good", "interrupts", "second"], lookup)
    assert list(raised.value.verdicts) == ["good"]
    assert raised.value.verdicts["good"].status == "proved"
    assert isinstance(raised.value, KeyboardInterrupt)


def test_an_unknown_id_is_the_lookups_own_error() -> None:
    with pytest.raises(LookupError):
        run_claims(["good", "nonsense"], lookup)


class Dead(Executor):
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise RuntimeError("the pool is broken")


def test_a_broken_pool_is_an_error_of_the_claim() -> None:
    verdict = run_claims(["good"], lookup, executor=Dead())["good"]
    assert verdict.status == "error"
    assert "the pool is broken" in verdict.summary


def test_the_serial_executor_keeps_the_protocol() -> None:
    executor = SerialExecutor()
    assert executor.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 7, 0).result()
    assert list(executor.map(abs, [-1, 2])) == [1, 2]


def test_a_pool_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="jobs: found 0"):
        process_pool(0)


def test_torch_computes_on_one_thread_inside_and_on_as_many_as_before_outside() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with one_thread():
            with one_thread():
                assert torch.get_num_threads() == 1
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_linear_algebra_of_numpy_and_scipy_is_on_one_thread_inside() -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    with threadpool_limits(2):
        before = threads()
        with one_thread():
            assert set(threads()) == {1}
        assert threads() == before


def test_workers_are_set_up_before_numpy_is_loaded() -> None:
    code = "import sys, twinproof.numerics.harness.workers; print(*{'numpy', 'torch', 'sympy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(p for p in sys.path if p)},
    )
    assert done.stdout.strip() == ""
