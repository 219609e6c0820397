"""Arguments of the checkers: each refusal names the argument, what was found and what is expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch


def shown(value: object) -> str:
    """Return a short description of `value` for a message."""
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return f"{type(value).__name__} of shape {tuple(value.shape)} and dtype {value.dtype}"
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"


def function(name: str, value: object) -> Callable[..., Any]:
    """Return `value` if it can be called and is no class."""
    if isinstance(value, type):
        raise TypeError(f"{name}: found the class {value.__name__}, expected an instance of it (add parentheses)")
    if not callable(value):
        raise TypeError(f"{name}: found {shown(value)}, expected a torch module or another callable on tensors")
    return value


def number(name: str, value: object, expected: str) -> float:
    """Return `value` as a float if it is a real number and no NaN."""
    if isinstance(value, (bool, str)) or not isinstance(value, Real):
        raise TypeError(f"{name}: found {shown(value)}, expected {expected}")
    if math.isnan(value):
        raise ValueError(f"{name}: found nan, expected {expected}")
    return float(value)


def within(name: str, value: object, low: float, high: float, *, open_ends: bool = False) -> float:
    """Return `value` as a float if it lies in [low, high], or in (low, high) with `open_ends`."""
    expected = f"a number {'strictly between' if open_ends else 'from'} {low:g} {'and' if open_ends else 'to'} {high:g}"
    found = number(name, value, expected)
    if not (low < found < high if open_ends else low <= found <= high):
        raise ValueError(f"{name}: found {found:g}, expected {expected}")
    return found


def integer(name: str, value: object, low: int, expected: str) -> int:
    """Return `value` as an int if it is one and is at least `low`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}: found {shown(value)}, expected {expected}")
    if value < low:
        raise ValueError(f"{name}: found {value}, expected {expected}")
    return int(value)


def seed_of(value: object) -> int:
    """Return the argument `seed`."""
    return integer("seed", value, 0, "an int >= 0")


def shape_of(value: object, *, dimensions: int | None = None, name: str = "shape") -> tuple[int, ...]:
    """Return `value` as a shape: positive ints, `dimensions` of them if given."""
    expected = "a tuple of positive ints" if dimensions is None else f"a tuple of {dimensions} positive ints"
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise TypeError(f"{name}: found {shown(value)}, expected {expected}")
    sizes = tuple(integer(name, size, 1, expected) for size in value)
    if dimensions is not None and len(sizes) != dimensions:
        raise ValueError(f"{name}: found {sizes}, expected {expected}")
    return sizes


def array(name: str, value: object, *, dimensions: int) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    """Return `value` as float64 with the unit roundoff of the numbers that were handed in.

    Raises:
        TypeError: not numeric.
        ValueError: another number of dimensions, empty, or NaN or infinite entries.
    """
    expected = f"{'a vector' if dimensions == 1 else 'a matrix'} of finite numbers"
    if isinstance(value, torch.Tensor):
        found = value.detach().cpu()
        if found.is_floating_point():
            roundoff = torch.finfo(found.dtype).eps / 2
        elif found.dtype == torch.bool or found.is_complex():
            raise TypeError(f"{name}: found {shown(value)}, expected {expected}")
        else:
            roundoff = 2.0**-53
        entries = found.double().numpy()
    else:
        try:
            raw = np.asarray(value)
        except (ValueError, TypeError) as problem:
            raise TypeError(f"{name}: found {shown(value)} ({problem}), expected {expected}") from problem
        if raw.dtype.kind not in "iuf":
            raise TypeError(f"{name}: found {shown(value)}, expected {expected}")
        roundoff = float(np.finfo(raw.dtype).eps) / 2 if raw.dtype.kind == "f" else 2.0**-53
        entries = raw.astype(np.float64)
    if entries.ndim != dimensions or entries.size == 0:
        raise ValueError(f"{name}: found an array of shape {entries.shape}, expected {expected}")
    if not np.isfinite(entries).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(entries))[0])
        raise ValueError(f"{name}: found {entries[where]} at index {where}, expected {expected}")
    return np.array(entries), max(roundoff, 2.0**-53)


def tensor(name: str, value: object) -> torch.Tensor:
    """Return `value` if it is a non-empty tensor; NaN and infinities in it are refused."""
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name}: found {shown(value)}, expected a torch tensor")
    if value.numel() == 0:
        raise ValueError(f"{name}: found {shown(value)}, expected at least one entry")
    if value.is_floating_point() and not bool(torch.isfinite(value).all()):
        raise ValueError(f"{name}: found entries that are nan or infinite, expected finite numbers")
    return value
