"""The theme "normalization", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestNormalization(ThemeTests):
    theme = "normalization"
    claims = ("bn-bias-redundant",)
