"""Running error analysis of small networks in float64: how far any evaluation can be from the exact one.

The bounds hold for sums in any order, so they cover PyTorch's evaluation and the statement's own at the same
time. Reference: Higham, Accuracy and Stability of Numerical Algorithms (2002), chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .comparison import UNIT, gamma

Array = NDArray[np.float64]

ACTIVATION_ULPS = 8.0
"""Absolute error of an activation or its slope at a given number, in units of u (1 + |value|): generous to 4
ulp."""


@dataclass(frozen=True)
class Smooth:
    """A smooth activation in NumPy, apart from PyTorch: value, slope, and bounds on slope and curvature."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    lipschitz: float
    curvature: float

    def scalar(self, z: float) -> float:
        """Return the value at one number."""
        return float(self.value(np.array([z], dtype=np.float64))[0])


def _sigmoid(z: Array) -> Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))


def _normal_cdf(z: Array) -> Array:
    return np.array([0.5 * math.erfc(-entry / math.sqrt(2.0)) for entry in z.ravel()]).reshape(z.shape)


def _normal_density(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


SMOOTH: dict[str, Smooth] = {
    "identity": Smooth(lambda z: z, np.ones_like, 1.0, 0.0),
    "sigmoid": Smooth(_sigmoid, lambda z: _sigmoid(z) * _sigmoid(-z), 0.25, 0.1),
    "tanh": Smooth(np.tanh, lambda z: (1.0 - np.tanh(z)) * (1.0 + np.tanh(z)), 1.0, 0.77),
    "sine": Smooth(np.sin, np.cos, 1.0, 1.0),
    "softplus": Smooth(lambda z: np.logaddexp(0.0, z), _sigmoid, 1.0, 0.25),
    "silu": Smooth(lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) * (1.0 + z * _sigmoid(-z)), 1.1, 0.5),
    "gelu": Smooth(lambda z: z * _normal_cdf(z), lambda z: _normal_cdf(z) + z * _normal_density(z), 1.13, 0.8),
    # away from its kink: callers see to it that no pre-activation lies within its error of 0
    "relu": Smooth(lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0.0, 1.0, 0.0), 1.0, 0.0),
}


@dataclass(frozen=True)
class Pass:
    """A forward pass with error bounds, layer by layer.

    states h_0, ..., h_K and their errors; pre-activations z_l, slopes s_l = act'(z_l) and their errors, for l
    < K. All vectors; every bound covers the distance of any float64 evaluation from the exact value.
    """

    states: list[Array]
    state_errors: list[Array]
    pre: list[Array]
    pre_errors: list[Array]
    slopes: list[Array]
    slope_errors: list[Array]


def affine_error(weight: Array, state: Array, error: Array, bias: Array) -> Array:
    """Bound the error of weight (m, n) @ state (n,) + bias (m,), given the error (n,) of the state."""
    size = np.abs(weight) @ (np.abs(state) + error) + np.abs(bias)
    return np.asarray(gamma(weight.shape[1] + 2) * size + np.abs(weight) @ error)


def run(
    weights: Sequence[Array],
    biases: Sequence[Array],
    x: Array,
    activation: Smooth,
    *,
    skip: bool,
    bias_errors: Sequence[Array] | None = None,
) -> Pass:
    """Run h_{l+1} = act(A_l h_l + b_l) (+ h_l if `skip` and l >= 1) with error bounds.

    `bias_errors` are errors that the biases carry already, where they were computed from other numbers.
    """
    states, errors = [x], [np.zeros_like(x)]
    record: tuple[list[Array], list[Array], list[Array], list[Array]] = ([], [], [], [])
    for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        z = weight @ states[-1] + bias
        z_error = affine_error(weight, states[-1], errors[-1], bias)
        if bias_errors is not None:
            z_error = z_error + bias_errors[index]
        value, slope = activation.value(z), activation.slope(z)
        value_error = activation.lipschitz * z_error + ACTIVATION_ULPS * UNIT * (1.0 + np.abs(value))
        slope_error = activation.curvature * z_error + ACTIVATION_ULPS * UNIT * (1.0 + np.abs(slope) + np.abs(z))
        for column, entry in zip(record, (z, z_error, slope, slope_error), strict=True):
            column.append(entry)
        if skip and index >= 1:
            value_error = value_error + errors[-1] + UNIT * (np.abs(value) + np.abs(states[-1]))
            value = value + states[-1]
        states.append(value)
        errors.append(value_error)
    return Pass(states, errors, *record)


def backward(weights: Sequence[Array], output: Array, slopes: Sequence[Array], *, skip: bool) -> list[Array]:
    """Return d out / d z_l for every hidden layer l: a product of slopes, weights (and identities).

    With |weights|, |output| and enlarged slopes this is a majorant of every partial sum of that product.
    """
    upstream = output
    result: list[Array] = []
    for index in range(len(weights) - 1, -1, -1):
        through = slopes[index] * upstream
        result.append(through)
        upstream = weights[index].T @ through + (upstream if skip and index >= 1 else 0.0)
    return result[::-1]


def gradient_errors(weights: Sequence[Array], output: Array, forward: Pass, *, skip: bool) -> list[Array]:
    """Bound the error of d out / d b_l in any evaluation, for every hidden layer l.

    The derivative is multilinear in the slopes with coefficients that are sums of products; with absolute
    values everywhere it is monotone, so moving each slope by its error moves it by at most the difference of
    the two majorants; and every product in it is rounded at most `operations` times.
    """
    sizes = [np.abs(weight) for weight in weights]
    small = [np.abs(slope) for slope in forward.slopes]
    large = [size + error for size, error in zip(small, forward.slope_errors, strict=True)]
    low = backward(sizes, np.abs(output), small, skip=skip)
    high = backward(sizes, np.abs(output), large, skip=skip)
    operations = sum(max(weight.shape) + 4 for weight in weights) + 4
    return [top - bottom + 2.0 * gamma(operations) * top for top, bottom in zip(high, low, strict=True)]
