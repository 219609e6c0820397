"""The theme "projection", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestProjection(ThemeTests):
    theme = "projection"
    claims = ("box-projection",)
