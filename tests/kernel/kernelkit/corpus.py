"""The corpus of attacks."""

ATTACKS = ()
