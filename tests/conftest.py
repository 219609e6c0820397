"""What all tests share: how hard Hypothesis tries, and one BLAS thread."""

from __future__ import annotations

import os

# before anything loads NumPy or torch: with a busy neighbour two threads are slower than one
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

from hypothesis import HealthCheck, settings

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
