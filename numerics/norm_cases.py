"""One question about a freshly initialised layer: its size, input and law, how it is sampled and how it rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .harness.decision import Sample
from .harness.rounding import gamma
from .harness.sampling import squared_norm_sampler
from .harness.streams import Stream
from .weight_laws import LAWS, second_moment

Size = tuple[int, int, str]
"""Rows m, columns d, and the kind of input: "generic", "coordinate", "sparse", "ones"."""

ACTIVATIONS: Mapping[str, Callable[[], nn.Module] | None] = {
    "none": None,
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.3),
}


def make_input(kind: str, d: int, stream: Stream) -> Tensor:
    """Return the input x of shape (d,) in float32, with entries that are multiples of 1/16."""
    draw = stream.generator()
    x = np.zeros(d)
    if kind == "ones":
        x[:] = 1.0
    elif kind == "coordinate":
        x[int(draw.integers(d))] = 1.0
    elif kind == "sparse":
        x[draw.permutation(d)[: max(2, d // 8)]] = 1.5
    else:  # nonzero sum, so that a mean or a correlation of the weights shows
        x[:] = draw.integers(-8, 25, d) / 16.0
        x[0] = 1.0
    return torch.from_numpy(x).float()


@dataclass(frozen=True)
class Case:
    """One question: the squared norm at size (m, d), input x, weights of a named law with second moment s2."""

    m: int
    d: int
    kind: str
    law: str
    activation: str
    x: Tensor

    @property
    def s2(self) -> Fraction | float:
        """The second moment of one weight."""
        return second_moment(self.law, self.m, self.d)

    def values(self) -> dict[str, object]:
        """Return what the statement's symbols stand for."""
        return {"m": self.m, "d": self.d, "s2": self.s2, "x": [Fraction(float(entry)) for entry in self.x]}

    def sample(self, quantity: str) -> Sample:
        """Return the sampler of the squared norm, or of an unbiased estimate of the summed variances of the units."""
        make = ACTIVATIONS[self.activation]
        activation = make() if make is not None else None
        init = LAWS[self.law]
        if quantity == "norm":
            return squared_norm_sampler(init, self.x, rows=self.m, activation=activation)

        def pairs(stream: Stream, n: int) -> NDArray[np.float64]:
            draws = np.empty(n)
            weight = torch.empty(self.m, self.d)
            with torch.no_grad(), stream.torch_default():
                for index in range(n):
                    outputs = []
                    for _ in range(2):
                        init(weight)
                        z = weight @ self.x
                        outputs.append((activation(z) if activation is not None else z).double())
                    draws[index] = float(((outputs[0] - outputs[1]) ** 2).sum()) / 2.0
            return draws

        return pairs

    @property
    def tau(self) -> float:
        """Bound what float32 does to the mean of the squared norm.

        Each z_j errs by at most g sum_k |w_jk| |x_k|, g = gamma(d + 4) (a product of inner size d, and the rounding of
        the weight's own scale); E (sum_k |w_jk| |x_k|)^2 <= s2 |x|_1^2 by Minkowski, so by Cauchy-Schwarz the mean of
        sum_j (z_j + e_j)^2 - z_j^2 is at most m s2 (2 g |x|_2 |x|_1 + g^2 |x|_1^2).
        """
        g = gamma(self.d + 4, "float32")
        one, two = float(self.x.abs().sum()), float(self.x.norm())
        return self.m * float(self.s2) * (2.0 * g * two * one + (g * one) ** 2)

    def witness(self, found: Mapping[str, object] | None) -> dict[str, object]:
        """Return the question with what its streams found."""
        return {"m": self.m, "d": self.d, "law": self.law, "input": self.x.tolist(), **(found or {})}
