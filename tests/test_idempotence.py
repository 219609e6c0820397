"""The theme "idempotence", verified as users verify it."""

from __future__ import annotations

from theme_tests import ThemeTests


class TestIdempotence(ThemeTests):
    theme = "idempotence"
    claims = ("relu-idempotent",)
