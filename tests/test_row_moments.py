"""The theme "row_moments", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestRowMoments(ThemeTests):
    theme = "row_moments"
    claims = ("row-square-expansion", "row-second-moment")
