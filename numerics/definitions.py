"""Symbols that a statement defines, evaluated: the conversion formulas of a network, say."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from .harness.experiment import Formulas


def defined(formulas: Formulas, part: str, symbol: str, **values: object) -> Callable[..., float]:
    """Return the function that `part` of the statement defines under the name `symbol`, at these values.

    It takes the symbol's indices: `defined(f, "sigmoid to tanh", "C", K=2, n=..., A=..., b=...)(l, j, k)`.
    Raises TypeError if these formulas evaluate sides only.
    """
    function = getattr(formulas, "function", None)
    if not callable(function):
        raise TypeError(f"formulas: expected a method `function` to evaluate {symbol!r} of {part!r}")
    return cast("Callable[..., float]", function(part, symbol, **values))
