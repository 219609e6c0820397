"""Bounds on rounding errors, derived from the computation at hand: where every tolerance comes from.

Reference: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, SIAM 2002, chapters 2,
3 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Precision: TypeAlias = object
"""A NumPy or torch floating dtype, or its name ("float32", "bfloat16")."""

_DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
_LEAST = {"float16": 2.0**-24, "bfloat16": 2.0**-133, "float32": 2.0**-149, "float64": 2.0**-1074}


def _name(dtype: Precision) -> str:
    """Return the name of a dtype of NumPy or torch, without importing torch (whose str is its name)."""
    name = str(dtype).removeprefix("torch.")
    if name not in _DIGITS:
        try:
            name = np.dtype(dtype).name  # type: ignore[call-overload]
        except TypeError:
            name = ""
    if name not in _DIGITS:
        raise TypeError(f"dtype: found {dtype!r}, expected one of {', '.join(_DIGITS)}")
    return name


def unit_roundoff(dtype: Precision) -> float:
    """Return u, half the distance from 1 to the next number: fl(a op b) = (a op b)(1 + d) with |d| <= u.

    >>> unit_roundoff("float32") == 2.0**-24
    True
    """
    return 2.0 ** -_DIGITS[_name(dtype)]


def least_positive(dtype: Precision) -> float:
    """Return the least positive number, which bounds what a product or quotient loses to underflow."""
    return _LEAST[_name(dtype)]


def gamma(n: int, dtype: Precision) -> float:
    """Return n u / (1 - n u): what n factors (1 + d) with |d| <= u come to, less 1 (Higham, lemma 3.1).

    Raises:
        ValueError: if n is negative, or so large that n u >= 1 and nothing can be said.
    """
    u = unit_roundoff(dtype)
    if n < 0 or n * u >= 1:
        raise ValueError(f"n: found {n}, expected 0 <= n < {1 / u:.0f} roundings of {_name(dtype)}")
    return n * u / (1 - n * u)


def sum_bound(terms: ArrayLike, dtype: Precision) -> float:
    """Return a bound on the error of adding `terms`, in any order: gamma(n - 1) times the sum of |terms|."""
    values = np.abs(np.asarray(terms, dtype=np.float64)).ravel()
    return gamma(max(values.size - 1, 0), dtype) * math.fsum(values)


def dot_bound(a: ArrayLike, b: ArrayLike, dtype: Precision) -> NDArray[np.float64]:
    """Return a bound on the error of a @ b, entry by entry: gamma(n) |a| @ |b|, n the inner size, any order.

    Fused multiply-adds round less often and stay within it; the last term is for products that underflow.
    """
    x, y = np.abs(np.asarray(a, dtype=np.float64)), np.abs(np.asarray(b, dtype=np.float64))
    n = x.shape[-1] if x.ndim else 1
    slack = 1 + gamma(n + 1, "float64")  # this bound is itself computed
    return np.asarray(gamma(n, dtype) * slack * (x @ y) + n * least_positive(dtype))


@dataclass(frozen=True)
class Tracked:
    """An array together with a bound on its distance from what exact arithmetic would have given.

    Running error analysis (Higham, section 3.3): each operation adds what its own rounding may do to what
    the errors of its arguments become. The values are computed in float64; `dtype` says in which precision
    the computation that is being bounded ran, so that |value - computed there| and |value - exact| are both
    at most `error`, and two computations of one quantity differ by at most the sum of their errors.

    Attributes:
        value: float64 array.
        error: bound on the error, of the same shape.
        dtype: precision of the roundings.
    """

    value: NDArray[np.float64]
    error: NDArray[np.float64]
    dtype: str

    @classmethod
    def exact(cls, value: ArrayLike, dtype: Precision) -> Tracked:
        """Return numbers that are given, not computed: their error is 0."""
        array = np.asarray(value, dtype=np.float64)
        return cls(array, np.zeros_like(array), _name(dtype))

    def _make(self, value: ArrayLike, carried: ArrayLike, roundings: float = 1.0) -> Tracked:
        """Add to the carried error the rounding of the last operation, and that of this bound."""
        array, before = np.asarray(value, dtype=np.float64), np.asarray(carried, dtype=np.float64)
        # the computed value may be `before` larger than `array`; twice, for the bound holds on either
        # side of exact
        fresh = 2 * roundings * unit_roundoff(self.dtype) * (np.abs(array) + before) + least_positive(self.dtype)
        return Tracked(array, np.asarray((before + fresh) * (1 + 8 * unit_roundoff("float64"))), self.dtype)

    def _lift(self, other: Tracked | ArrayLike) -> Tracked:
        return other if isinstance(other, Tracked) else Tracked.exact(other, self.dtype)

    def __add__(self, other: Tracked | ArrayLike) -> Tracked:
        right = self._lift(other)
        return self._make(self.value + right.value, self.error + right.error)

    def __sub__(self, other: Tracked | ArrayLike) -> Tracked:
        right = self._lift(other)
        return self._make(self.value - right.value, self.error + right.error)

    def __mul__(self, other: Tracked | ArrayLike) -> Tracked:
        right = self._lift(other)
        cross = np.abs(self.value) * right.error + np.abs(right.value) * self.error + self.error * right.error
        return self._make(self.value * right.value, cross)

    def __truediv__(self, other: Tracked | ArrayLike) -> Tracked:
        """Divide; the error is infinite where the divisor's error reaches 0."""
        right = self._lift(other)
        room = np.abs(right.value) - right.error
        with np.errstate(divide="ignore", invalid="ignore"):
            quotient = self.value / right.value
            carried = np.where(room > 0, (self.error + np.abs(quotient) * right.error) / room, np.inf)
        return self._make(quotient, carried)

    def __matmul__(self, other: Tracked | ArrayLike) -> Tracked:
        right = self._lift(other)
        a, b = np.abs(self.value), np.abs(right.value)
        carried = a @ right.error + self.error @ b + self.error @ right.error
        own = 2 * dot_bound(a + self.error, b + right.error, self.dtype)
        return self._make(self.value @ right.value, carried + own)

    def sum(self) -> Tracked:
        """Return the sum of all entries, added in any order."""
        own = 2 * sum_bound(np.abs(self.value) + self.error, self.dtype)
        return self._make(self.value.sum(), self.error.sum() + own)

    def apply(
        self, function: Callable[[NDArray[np.float64]], ArrayLike], *, lipschitz: float, ulps: float
    ) -> Tracked:
        """Return function(self), entry by entry.

        Args:
            function: from float64 arrays to arrays of the same shape.
            lipschitz: a Lipschitz constant of it; carries the argument's error.
            ulps: roundings of the implementation, in units in the last place (0 for relu and abs, which round
                nothing; what the library documents for exp or tanh).
        """
        carried = lipschitz * self.error
        value = np.asarray(function(self.value), dtype=np.float64)
        if ulps == 0:
            return Tracked(value, carried, self.dtype)
        return self._make(value, carried, 2 * ulps)  # an ulp is at most 2 u times the value
