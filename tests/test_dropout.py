"""The theme "dropout", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestDropout(ThemeTests):
    theme = "dropout"
    claims = ("dropout-commutes",)
