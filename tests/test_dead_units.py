"""The theme "dead_units", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestDeadUnits(ThemeTests):
    theme = "dead_units"
    claims = ("dead-relu",)
