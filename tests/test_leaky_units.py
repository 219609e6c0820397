"""The theme "leaky_units", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestLeakyUnits(ThemeTests):
    theme = "leaky_units"
    claims = ("leaky-relu",)
