"""The theme "activations", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestActivations(ThemeTests):
    theme = "activations"
    claims = ("tanh-sigmoid",)
