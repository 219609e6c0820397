"""The theme "initialization", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestInitialization(ThemeTests):
    theme = "initialization"
    claims = ("linear-norm-preservation", "relu-norm-preservation")
