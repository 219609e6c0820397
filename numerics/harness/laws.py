"""Nine laws of mean 1 on which the decision rule's error rates are measured, from tame to hopeless."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .decision import product_relative_variance

Array = NDArray[np.floating[Any]]
Shape = tuple[int, int]


@dataclass(frozen=True)
class Law:
    """A law of mean 1.

    Attributes:
        name: for tables.
        draw: returns draws of the shape (runs, n).
        variance: its variance.
    """

    name: str
    draw: Callable[[np.random.Generator, Shape], Array]
    variance: float

    @property
    def deviation(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)


def relu_layer(width: int) -> Law:
    """Return the law of norm(relu(W x))^2 of a Gaussian layer of variance 2 / width, norm(x) = 1."""

    def draw(generator: np.random.Generator, shape: Shape) -> Array:
        total = np.zeros(shape)
        for _ in range(width):
            z = np.maximum(generator.standard_normal(shape, dtype=np.float32), 0)
            total += z * z
        return np.asarray(total * (2 / width))

    return Law(f"squared ReLU layer, width {width}", draw, product_relative_variance(width, 1))


def relu_product(width: int, depth: int) -> Law:
    """Return the law of the squared norm behind `depth` such layers.

    Given its input, a layer's squared norm is 2 / width times a chi square with as many degrees of freedom as units
    are active, a binomial number; so no weights need to be drawn.
    """

    def draw(generator: np.random.Generator, shape: Shape) -> Array:
        product = np.ones(shape)
        for _ in range(depth):
            active = generator.binomial(width, 0.5, shape)
            product *= np.where(active > 0, generator.standard_gamma(np.maximum(active, 1) / 2), 0.0) * (4 / width)
        return product

    return Law(f"{depth}-layer ReLU product, width {width}", draw, product_relative_variance(width, depth))


def lognormal(sigma: float) -> Law:
    """Return exp(sigma Z - sigma^2 / 2)."""
    return Law(
        f"lognormal({sigma:g})",
        lambda generator, shape: np.asarray(np.exp(sigma * generator.standard_normal(shape) - sigma * sigma / 2)),
        math.expm1(sigma * sigma),
    )


def pareto(shape: float) -> Law:
    """Return the Pareto law of the given shape > 2 (its third moment is infinite up to 3)."""
    least = (shape - 1) / shape
    return Law(
        f"Pareto {shape:g}",
        lambda generator, size: np.asarray(least * (1 + generator.pareto(shape, size))),
        least**2 * shape / (shape - 2) - 1,
    )


TAME: tuple[Law, ...] = (
    Law("normal", lambda generator, shape: 1 + generator.standard_normal(shape), 1.0),
    relu_layer(8),
    relu_layer(1),
    Law("exponential", lambda generator, shape: generator.standard_exponential(shape), 1.0),
    lognormal(1),
)
"""Laws on which the rule must also decide, given draws."""

HEAVY: tuple[Law, ...] = (
    relu_product(16, 10),
    lognormal(2),
    pareto(2.5),
    Law("100 x Bernoulli(0.01)", lambda generator, shape: 100.0 * (generator.random(shape) < 0.01), 99.0),
)
"""Laws on which it should mostly stay undecided."""

LAWS = TAME + HEAVY
