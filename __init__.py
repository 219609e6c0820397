"""twinproof: every claim proved twice, and tried against its false twins.

    >>> import twinproof as tp
    >>> tp.claim("relu-norm-preservation").theme
    'initialization'

``tp.claims``, ``tp.claim`` and ``tp.verify`` speak of the catalogue; ``tp.check`` answers about objects of your own.
Importing this package loads neither torch nor sympy: both wait until a statement or an experiment is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import check as check
    from .catalogue import Claim, claim, claims, verify
    from .numerics.harness.verdict import Verdict

__version__ = "0.1.0"
__all__ = ["Claim", "Verdict", "__version__", "check", "claim", "claims", "verify"]

_HOME = {
    "Claim": "catalogue",
    "Verdict": "numerics.harness.verdict",
    "claim": "catalogue",
    "claims": "catalogue",
    "verify": "catalogue",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    if name == "check":
        return import_module(".check", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
