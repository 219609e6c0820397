"""The theme "deep_initialization", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestDeepInitialization(ThemeTests):
    theme = "deep_initialization"
    claims = ("fanin-rule",)
