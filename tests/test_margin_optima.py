"""The theme "margin_optima", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestMarginOptima(ThemeTests):
    theme = "margin_optima"
    claims = ("svm-bias-limits", "svm-bias-optima")
