"""Worker processes with one BLAS thread each.

Imports no NumPy: the limits must be set before it is loaded.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class SerialExecutor(Executor):
    """Runs each call at once, in this process: the `Executor` protocol without parallelism."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return a future that is already done. KeyboardInterrupt is not caught."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


_LOCK = threading.Lock()
_INSIDE: list[int] = []  # thread counts found by whoever is inside `one_thread`: the first one's is put back last
_LIMITED: list[Any] = []  # what puts back the threads of the other libraries, while anybody is inside


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let torch, NumPy and SciPy compute on one thread inside the block: so their sums are the same in every process.

    The setting is the process's: the block ends for them when the last of several threads leaves it.
    """
    torch = sys.modules.get("torch")
    if torch is None:  # what the block itself may load starts with the limits of the environment
        yield
        return
    from threadpoolctl import threadpool_limits  # the BLAS of NumPy and SciPy, which torch's setting does not reach

    with _LOCK:
        _INSIDE.append(_INSIDE[0] if _INSIDE else torch.get_num_threads())
        if not _LIMITED:
            _LIMITED.append(threadpool_limits(1))
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _LOCK:
            before = _INSIDE.pop()
            if not _INSIDE:
                _LIMITED.pop().restore_original_limits()
                torch.set_num_threads(before)


def limit_threads() -> None:
    """Ask for one thread of every BLAS that is loaded after this call, in this process and its children."""
    for name in _LIMITS:
        os.environ[name] = "1"


def _start_worker() -> None:
    limit_threads()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker at once, without a traceback


def process_pool(jobs: int) -> ProcessPoolExecutor:
    """Return a pool of `jobs` fresh processes with one BLAS thread each.

    Fresh ("spawn") rather than forked: a fork inherits the locks and threads of torch.

    Raises:
        ValueError: if jobs < 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs: found {jobs}, expected at least 1")
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)
