"""What all tests share: how hard Hypothesis tries, one BLAS thread, and which tests stay together."""

from __future__ import annotations

import os
from typing import Any

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


@pytest.hookimpl(optionalhook=True)  # a hook of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under ``--dist loadgroup``, keep the tests of a claim in one worker: they share its theorem and its verdict.

    They are told by the claim's id in the parameters of the test. The mark ``xdist_group`` would say the same, but
    pytest-xdist 3.8 writes it where pytest 9 no longer looks, and groups nothing.
    """
    from xdist.scheduler import LoadGroupScheduling

    class ByClaim(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            _, _, parameters = nodeid.partition("[")
            return next((claim for claim in catalogue.ids() if claim in parameters), super()._split_scope(nodeid))

    return ByClaim(config, log) if config.getvalue("dist") == "loadgroup" else None
