"""The theme "gradients", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestGradients(ThemeTests):
    theme = "gradients"
    claims = ("two-layer-gradients",)
