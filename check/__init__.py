"""Checkers: whether a known property holds for your own module, initialiser, formula, model or solution.

    >>> import twinproof as tp
    >>> tp.check.commutes_with_dropout(torch.nn.GELU())          # doctest: +SKIP

Each returns a `Verdict`: `refuted` with a witness that was computed anew before it is shown, `corroborated` where the
experiment found nothing, `proved` where a theorem covers the object as well, `undecided` with the reason. The objects
that are handed in, and the random state of torch, NumPy and Python, are left as they were. A wrong argument raises
TypeError or ValueError with the argument's name, what was found and what is expected.

Nothing here is loaded before it is asked for: torch takes over a second to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .functions import equivalent
    from .gradients import gradient
    from .kernel_machines import dual_optimal, nearest_neighbor_limit
    from .norms import preserves_squared_norm
    from .pointwise import commutes_with_dropout, idempotent, positively_homogeneous
    from .training import unit_stays_dead

_HOME = {
    "commutes_with_dropout": "pointwise",
    "positively_homogeneous": "pointwise",
    "idempotent": "pointwise",
    "preserves_squared_norm": "norms",
    "equivalent": "functions",
    "gradient": "gradients",
    "unit_stays_dead": "training",
    "dual_optimal": "kernel_machines",
    "nearest_neighbor_limit": "kernel_machines",
}

__all__ = [
    "commutes_with_dropout",
    "dual_optimal",
    "equivalent",
    "gradient",
    "idempotent",
    "nearest_neighbor_limit",
    "positively_homogeneous",
    "preserves_squared_norm",
    "unit_stays_dead",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    found = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
