"""The theme "margins", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestMargins(ThemeTests):
    theme = "margins"
    claims = ("svm-bias-convex", "svm-bias-single-point", "svm-bias-constraints", "svm-bias-lower-bound")
