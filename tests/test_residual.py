"""The theme "residual", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestResidual(ThemeTests):
    theme = "residual"
    claims = ("residual-jacobian", "residual-gradients", "residual-flow")
