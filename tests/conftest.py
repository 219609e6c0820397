"""What all tests share: how hard Hypothesis tries, one BLAS thread, and which tests stay together."""

from __future__ import annotations

import os

# before anything loads NumPy or torch: with a busy neighbour two threads are slower than one
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

import pytest
from hypothesis import HealthCheck, settings

from twinproof import catalogue

pytest.register_assert_rewrite("theme_tests")

# Deadlines are off: the first example of a test pays for imports, and shared machines pause.
settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,  # a failure of CI must come back
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a claim in one worker, where they share its theorem, its derivation and its verdict."""
    claims = set(catalogue.ids())
    for item in items:
        call = getattr(item, "callspec", None)
        for value in call.params.values() if call is not None else ():
            about = getattr(value, "id", value)
            if isinstance(about, str) and about in claims:
                item.add_marker(pytest.mark.xdist_group(about))
