"""The theme "kernel_machines", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestKernelMachines(ThemeTests):
    theme = "kernel_machines"
    claims = ("rbf-one-nn-limit", "xor-rbf-dual")
