"""The theme "step_approximation", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestStepApproximation(ThemeTests):
    theme = "step_approximation"
    claims = ("step-approximation",)
