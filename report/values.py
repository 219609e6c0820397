"""Numbers and witnesses for people: short, and never rounder than they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .latex import Tex, code

_ADDRESS = frozenset({"key", "seed"})
_FEW = 6  # elements of a list that are shown before the rest is counted
_MANY = 12  # numbers in nested lists, beyond which they are counted and not shown: evidence.json keeps them all


def plain(value: object) -> str:
    """A number for a terminal: five significant digits, whole numbers in full.

    >>> plain(0.1234567), plain(20000), plain(None)
    ('0.12346', '20000', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return str(value)
    return f"{value:.5g}"


def number(value: object) -> Tex:
    r"""A number for paper, with a power of ten where the terminal has an ``e``; a dash if there is none.

    >>> number(1.5e-7)
    '\\(1.5\\times 10^{-7}\\)'
    """
    text = plain(value)
    if not text:
        return Tex("--")
    if isinstance(value, float) and math.isinf(value):
        return Tex(r"\(\infty\)" if value > 0 else r"\(-\infty\)")
    mantissa, e, exponent = text.partition("e")
    if e and isinstance(value, float):
        return Tex(rf"\({mantissa}\times 10^{{{int(exponent)}}}\)")
    if isinstance(value, (int, float)):
        return Tex(rf"\({_grouped(text)}\)")
    return code(text)


def _grouped(text: str) -> str:
    return f"{int(text):,}".replace(",", r"\,") if text.isdigit() and len(text) > 4 else text


def duration(seconds: object) -> Tex:
    """Seconds for a table; what is shorter than a hundredth is said to be so."""
    if not isinstance(seconds, (int, float)):
        return Tex("--")
    return Tex(r"\(<0.01\)") if seconds < 0.01 else Tex(rf"\({seconds:.2f}\)")


def _count(value: object) -> int:
    return sum(map(_count, value)) if isinstance(value, (list, tuple)) else 1


def _shape(value: list[Any] | tuple[Any, ...]) -> str:
    """The sides of nested lists, "3 x 2", or of each in turn where they differ.

    >>> _shape([[1, 2], [3, 4], [5, 6]]), _shape([[[1, 2]], [[3], [4]]])
    ('3 x 2', '1 x 2 and 2 x 1')
    """
    inner = [_shape(element) for element in value if isinstance(element, (list, tuple))]
    if not inner:
        return str(len(value))
    if len(set(inner)) == 1:
        return f"{len(value)} x {inner[0]}"
    return " and ".join(inner)


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        numbers = _count(value)
        if numbers > _MANY and any(isinstance(element, (list, tuple)) for element in value):
            return f"[{numbers} numbers, {_shape(value)}]"
        shown = ", ".join(_shown(element) for element in value[:_FEW])
        rest = f", ... {len(value)} in all" if len(value) > _FEW else ""
        return f"[{shown}{rest}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(element)}" for key, element in value.items()) + "}"
    return plain(value) if value is not None else "none"


def describe(found: Mapping[str, Any] | None) -> str:
    """A witness on one line.

    >>> describe({"m": 2, "x": [1.0, -1.0]})
    'm = 2, x = [1, -1]'
    """
    return ", ".join(f"{key} = {_shown(value)}" for key, value in (found or {}).items())


def witness(found: Mapping[str, Any] | None) -> Tex:
    """A witness for paper, without the address of its random stream, which nobody reads: the data keep it."""
    shown = {key: value for key, value in (found or {}).items() if key not in _ADDRESS}
    return code(describe(shown)) if shown else Tex("--")
