"""Laws of weight matrices by name: initialisers of torch.nn.init, and laws that miss one hypothesis.

Each fills an (m, d) tensor in place from torch's default generator. Functions of torch.nn.init are looked up when
called.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import torch
from torch import Tensor, nn

Law = Callable[[Tensor], object]


def _normal(variance: Callable[[int, int], Fraction]) -> Law:
    """Return normal_ with a variance that depends on the shape."""

    def fill(weight: Tensor) -> None:
        m, d = weight.shape
        nn.init.normal_(weight, std=math.sqrt(variance(m, d)))

    return fill


def _signs(weight: Tensor) -> None:
    """Fill with random signs times sqrt(2/m)."""
    weight.bernoulli_(0.5).mul_(2.0).sub_(1.0).mul_(math.sqrt(2.0 / weight.shape[0]))


def _one_number(weight: Tensor) -> None:
    """Fill each row with one normal number of variance 1/m, repeated: centred, but correlated."""
    weight.copy_(nn.init.normal_(torch.empty(weight.shape[0], 1), std=1.0 / math.sqrt(weight.shape[0])))


def _positive(weight: Tensor) -> None:
    """Fill from U(0, sqrt(12/m)): variance 1/m, uncorrelated, with a mean."""
    nn.init.uniform_(weight, 0.0, math.sqrt(12.0 / weight.shape[0]))


def _exponential(weight: Tensor) -> None:
    """Fill with centred exponential numbers of variance 2/m."""
    weight.exponential_().sub_(1.0).mul_(math.sqrt(2.0 / weight.shape[0]))


_SIX = [(1, 1), (1, 1), (1, -1), (-1, 1), (-1, 0), (-1, 0), (0, -1), (0, -1), (0, 0), (0, 0)]


def _entrywise(weight: Tensor) -> None:
    """Fill rows of two entries, each symmetric, uncorrelated, but not jointly symmetric; variance 2/m.

    Probabilities: (1, 1) .2; (1, -1), (-1, 1) .1; (-1, 0), (0, -1), (0, 0) .2. Each entry has second moment .6.
    """
    rows = torch.tensor(_SIX, dtype=weight.dtype)[torch.randint(len(_SIX), (weight.shape[0],))]
    weight.copy_(rows.mul_(math.sqrt(2.0 / weight.shape[0] / 0.6)))


def _truncated(weight: Tensor) -> None:
    """Fill with normals cut off at two deviations; the deviation before the cut is 1/sqrt(m)."""
    std = 1.0 / math.sqrt(weight.shape[0])
    nn.init.trunc_normal_(weight, std=std, a=-2.0 * std, b=2.0 * std)


def _sparse(weight: Tensor) -> None:
    """Fill with sparse_: in each column a quarter of the entries 0, the others normal of variance 2/m."""
    nn.init.sparse_(weight, 0.25, std=math.sqrt(2.0 / weight.shape[0]))


LAWS: Mapping[str, Law] = {
    "kaiming normal, default": lambda weight: nn.init.kaiming_normal_(weight),
    "kaiming normal, fan_in, linear": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="linear"),
    "kaiming normal, fan_out, linear": lambda weight: nn.init.kaiming_normal_(
        weight, mode="fan_out", nonlinearity="linear"
    ),
    "kaiming normal, fan_out, relu": lambda weight: nn.init.kaiming_normal_(
        weight, mode="fan_out", nonlinearity="relu"
    ),
    "kaiming uniform, fan_out, linear": lambda weight: nn.init.kaiming_uniform_(
        weight, mode="fan_out", nonlinearity="linear"
    ),
    "kaiming uniform, fan_out, relu": lambda weight: nn.init.kaiming_uniform_(
        weight, mode="fan_out", nonlinearity="relu"
    ),
    "normal 1/m": _normal(lambda m, d: Fraction(1, m)),
    "normal 2/m": _normal(lambda m, d: Fraction(2, m)),
    "normal 4/m": _normal(lambda m, d: Fraction(4, m)),
    "normal 1/(2m)": _normal(lambda m, d: Fraction(1, 2 * m)),
    "normal 1/d": _normal(lambda m, d: Fraction(1, d)),
    "normal 2/d": _normal(lambda m, d: Fraction(2, d)),
    "truncated normal": _truncated,
    "random signs": _signs,
    "sparse normal": _sparse,
    "one number a row": _one_number,
    "positive uniform": _positive,
    "centred exponential": _exponential,
    "entrywise symmetric": _entrywise,
}


def second_moment(law: str, m: int, d: int) -> Fraction | float:
    """Return the variance s2 of one entry of an (m, d) matrix of that law (the second moment, where it is centred).

    Raises KeyError for an unknown law.
    """
    if law == "truncated normal":  # 1 - 2 c phi(c) / (2 Phi(c) - 1) of the variance, at the cut c = 2
        return (1.0 - 4.0 * math.exp(-2.0) / math.sqrt(2.0 * math.pi) / math.erf(math.sqrt(2.0))) / m
    if law == "sparse normal":  # sparse_ zeroes ceil(m/4) entries of each column
        return Fraction(m - math.ceil(0.25 * m), m) * Fraction(2, m)
    return {
        "kaiming normal, default": Fraction(2, d),
        "kaiming normal, fan_in, linear": Fraction(1, d),
        "kaiming normal, fan_out, linear": Fraction(1, m),
        "kaiming normal, fan_out, relu": Fraction(2, m),
        "kaiming uniform, fan_out, linear": Fraction(1, m),
        "kaiming uniform, fan_out, relu": Fraction(2, m),
        "normal 1/m": Fraction(1, m),
        "normal 2/m": Fraction(2, m),
        "normal 4/m": Fraction(4, m),
        "normal 1/(2m)": Fraction(1, 2 * m),
        "normal 1/d": Fraction(1, d),
        "normal 2/d": Fraction(2, d),
        "random signs": Fraction(2, m),
        "one number a row": Fraction(1, m),
        "positive uniform": Fraction(1, m),
        "centred exponential": Fraction(2, m),
        "entrywise symmetric": Fraction(2, m),
    }[law]
