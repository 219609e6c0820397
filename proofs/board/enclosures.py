"""Exact arithmetic beyond the rationals: enclosures (for exp) and one-sided jets (for derivatives of piecewise terms).

A value is an int, a Fraction, an `Interval` (the number lies in it) or a `Jet` (a function of a small e > 0, as a
truncated power series). `sign` says of each whether it is negative, zero or positive, or raises `Unknown`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

GRID: Final = 1 << 160  # enclosures are rounded outward to multiples of 1 / GRID, so that fractions stay short
ORDER: Final = 4  # terms of a jet


class Unknown(ArithmeticError):  # noqa: N818 (it is an answer rather than a fault)
    """The value cannot be decided here; the message says why."""


def ratio(value: Any) -> Fraction:
    """An int or Fraction as a Fraction. Raises Unknown for anything else."""
    if isinstance(value, int | Fraction):
        return Fraction(value)
    raise Unknown("an exact number is needed, found an enclosure or a jet")


@dataclass(frozen=True)
class Interval:
    """A number between `low` and `high`, both included."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Jet):
            return NotImplemented
        low, high = ends(other)
        return Interval(_down(self.low + low), _up(self.high + high))

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Jet):
            return NotImplemented
        if not isinstance(other, Interval) and other == 0:
            return 0
        corners = [a * b for a in (self.low, self.high) for b in ends(other)]
        return Interval(_down(min(corners)), _up(max(corners)))

    __rmul__ = __mul__


@dataclass(frozen=True)
class Jet:
    """c0 + c1 e + c2 e^2 + ... for small e > 0; `exact` if nothing was cut off after the last coefficient."""

    coefficients: tuple[Any, ...]
    exact: bool

    def __add__(self, other: Any) -> Jet:
        other = jet(other)
        parts = zip(self.coefficients, other.coefficients, strict=True)
        return Jet(tuple(a + b for a, b in parts), self.exact and other.exact)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Jet:
        other = jet(other)
        parts: list[Any] = [0] * (2 * ORDER)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(other.coefficients):
                parts[i + j] = parts[i + j] + a * b
        cut = any(not _is_zero(p) for p in parts[ORDER:])
        vanishes = any(j.exact and all(map(_is_zero, j.coefficients)) for j in (self, other))
        return Jet(tuple(parts[:ORDER]), vanishes or (self.exact and other.exact and not cut))

    __rmul__ = __mul__


def jet(value: Any) -> Jet:
    """The constant jet, or the jet itself."""
    return value if isinstance(value, Jet) else Jet((value, *(0,) * (ORDER - 1)), True)


def ends(value: Any) -> tuple[Fraction, Fraction]:
    """The enclosure of a number: (low, high)."""
    return (value.low, value.high) if isinstance(value, Interval) else (Fraction(value), Fraction(value))


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | Fraction) and value == 0


def sign(value: Any) -> int:
    """-1, 0 or 1. Raises Unknown where an enclosure contains 0, or a jet vanishes as far as it is known."""
    if isinstance(value, Jet):
        for coefficient in value.coefficients:
            if found := sign(coefficient):
                return found
        if value.exact:
            return 0
        raise Unknown("the sign of a jet that vanishes to its last known order")
    low, high = ends(value)
    if low > 0 or high < 0 or low == high:
        return (low > 0) - (high < 0)
    raise Unknown("the sign of an enclosure that contains 0")


def inverse(value: Any) -> Any:
    """1/value with 1/0 = 0. Raises Unknown where value may be 0, or grows beyond bounds."""
    if isinstance(value, Jet):
        if value.exact and all(map(_is_zero, value.coefficients)):
            return 0
        first = value.coefficients[0]
        if sign(first) == 0:
            raise Unknown("a reciprocal near a zero of its denominator")
        rest = value.coefficients[1:]
        result: list[Any] = [inverse(first)]
        for n in range(1, ORDER):
            carried: Any = 0
            for k in range(1, n + 1):
                carried = carried + rest[k - 1] * result[n - k]
            result.append(-1 * result[0] * carried)
        return Jet(tuple(result), value.exact and all(map(_is_zero, rest)))
    if sign(value) == 0:
        return 0
    if isinstance(value, Interval):
        return Interval(_down(1 / value.high), _up(1 / value.low))
    return 1 / Fraction(value)


def power(base: Any, exponent: int) -> Any:
    """base^exponent with x^0 = 1; even powers of an enclosure are not negative."""
    if isinstance(base, int | Fraction):
        if exponent > 200 and abs(base) not in (0, 1):
            raise Unknown(f"the power {exponent}, more than 200")
        return base**exponent
    result: Any = 1
    for _ in range(exponent):
        result = result * base
    if isinstance(result, Interval) and exponent % 2 == 0 and result.low < 0:
        return Interval(Fraction(0), result.high)
    return result


def exponential(value: Any) -> Any:
    """An enclosure of exp; exact at 0; of a jet coefficient by coefficient."""
    if isinstance(value, Jet):
        first = exponential(value.coefficients[0])
        rest = Jet((0, *value.coefficients[1:]), value.exact)
        result: Any = jet(1)
        term: Any = jet(1)
        for n in range(1, ORDER):
            term = term * rest * Fraction(1, n)
            result = result + term
        constant = value.exact and all(map(_is_zero, value.coefficients[1:]))
        return Jet((result * first).coefficients, constant)
    if _is_zero(value):
        return 1
    low, high = ends(value)
    if max(abs(low), abs(high)) > 50:
        raise Unknown("exp of a number beyond 50")
    return Interval(_exp(low)[0], _exp(high)[1])


def logarithm(value: Any) -> Any:
    """An enclosure of log; exact at 1; of a jet coefficient by coefficient. Raises Unknown where value may be <= 0."""
    if sign(value) <= 0:
        raise Unknown("log of a number that is not positive")
    if isinstance(value, Jet):
        first = value.coefficients[0]
        constant = value.exact and all(map(_is_zero, value.coefficients[1:]))
        rest = Jet((0, *value.coefficients[1:]), value.exact) * inverse(first)
        result, term = jet(0), jet(1)
        for n in range(1, ORDER):
            term = term * rest
            result = result + term * Fraction((-1) ** (n + 1), n)
        return Jet((logarithm(first), *result.coefficients[1:]), constant)
    low, high = ends(value)
    return 0 if low == high == 1 else Interval(_log(low)[0], _log(high)[1])


def _log(x: Fraction) -> tuple[Fraction, Fraction]:
    """Lower and upper bound of log(x): a float y that is close, and 1 - 1/r <= log(r) <= r - 1 at r = x exp(-y)."""
    y = Fraction(math.log(x))
    if abs(y) > 50:
        raise Unknown("log of a number whose logarithm is beyond 50")
    low, high = _exp(-y)
    return y + _down(1 - 1 / (x * low)), y + _up(x * high - 1)


@lru_cache(maxsize=4096)
def _exp(x: Fraction) -> tuple[Fraction, Fraction]:
    """Lower and upper bound of exp(x): the series of x / 2^k, at most 1/2, squared k times, in multiples of 1/GRID."""
    halvings = max(0, (abs(x) * 2).__ceil__().bit_length())
    y = x.numerator * GRID // (x.denominator << halvings)
    term = total = GRID
    for n in range(1, 36):  # the rest is below 2 * 2^-36 / 36! < 1 / GRID
        term = term * y // (n * GRID)
        total += term
    # exp is at most 2 times steeper than 1 on [-1, 1]: the error of rounding y, doubled; and each of 35 terms is
    # rounded by at most 1 / GRID, which the next one halves
    error = 2 + 80
    low, high = total - error, total + error
    for _ in range(halvings):
        low, high = low * low // GRID, -(-high * high // GRID)
    return Fraction(low, GRID), Fraction(high, GRID)


def _down(x: Fraction) -> Fraction:
    return Fraction(x.numerator * GRID // x.denominator, GRID)


def _up(x: Fraction) -> Fraction:
    return Fraction(-(-x.numerator * GRID // x.denominator), GRID)
