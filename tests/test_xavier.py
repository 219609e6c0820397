"""The theme "xavier", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestXavier(ThemeTests):
    theme = "xavier"
    claims = ("xavier-rule",)
