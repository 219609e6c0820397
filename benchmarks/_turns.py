"""Two sides of a comparison take turns in one process, so that a busy machine slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def alternate(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return median seconds of both, taken in turns; a first round warms up."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for which, run in enumerate((ours, theirs)):
            started = time.perf_counter()
            run()
            taken[which].append(time.perf_counter() - started)
    first, second = (statistics.median(times[1:]) for times in taken)
    return first, second
