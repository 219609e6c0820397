"""The theme "maxima", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestMaxima(ThemeTests):
    theme = "maxima"
    claims = ("max-derivative",)
