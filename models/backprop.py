"""Backpropagation by hand, in NumPy alone: every gradient is written out, vectorised over the batch, at any depth.

For a layer z = a W^T + b with the gradient delta in z, one row an example, the gradients are delta^T a in W, the sum of
the rows of delta in b, and delta W in a; an activation a = s(z) multiplies by s'(z) entry by entry.

Reference: Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors" (1986).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Activation:
    """A function of one number, and its slope.

    Attributes:
        apply: a = s(z), written over z.
        slope: s'(z) as a function of a: all of these have one.
    """

    apply: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)) as (1 + tanh(z/2)) / 2, which overflows nowhere."""
    z *= 0.5
    np.tanh(z, out=z)
    z += 1.0
    z *= 0.5
    return z


ACTIVATIONS: Mapping[str, Activation] = {
    "sigmoid": Activation(_sigmoid, lambda a: a * (1.0 - a)),
    "tanh": Activation(lambda z: np.tanh(z, out=z), lambda a: 1.0 - a * a),
    "relu": Activation(lambda z: np.maximum(z, 0.0, out=z), lambda a: a > 0.0),  # PyTorch's slope 0 at 0
}


def cross_entropy(outputs: Array, labels: NDArray[np.integer[Any]]) -> tuple[float, Array]:
    """Return the mean of -log softmax(outputs)_label, and its gradient in the outputs: (softmax - one hot) / b.

    Args:
        outputs: shape (b, k), before the softmax.
        labels: shape (b,), from 0 to k - 1.
    """
    rows = np.arange(len(outputs))
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    taken = shifted[rows, labels]
    np.exp(shifted, out=shifted)
    sums = shifted.sum(axis=1, keepdims=True)
    loss = float((np.log(sums[:, 0]) - taken).mean())
    shifted /= sums
    shifted[rows, labels] -= 1.0
    shifted /= len(outputs)
    return loss, shifted


def half_squared_error(outputs: Array, targets: Array) -> tuple[float, Array]:
    """Return the mean over the examples of |output - target|^2 / 2, and its gradient: (outputs - targets) / b.

    Args:
        outputs, targets: shape (b, k).
    """
    gaps = outputs - targets
    return 0.5 * float(np.vdot(gaps, gaps)) / len(outputs), gaps / len(outputs)


Loss: TypeAlias = Callable[[Array, Any], tuple[float, Array]]
LOSSES: Mapping[str, Loss] = {"cross entropy": cross_entropy, "half squared error": half_squared_error}


@dataclass(frozen=True)
class Gradients:
    """The loss of a batch, and its gradients, of the shapes of the network's `weights` and `biases`."""

    loss: float
    weights: list[Array]
    biases: list[Array]

    def named(self) -> dict[str, Array]:
        """Return the gradients by names of parameters: "weight 0", "bias 0", "weight 1", ..."""
        return _named(self.weights, self.biases)


def _named(weights: Sequence[Array], biases: Sequence[Array]) -> dict[str, Array]:
    pairs = enumerate(zip(weights, biases, strict=True))
    return {f"{kind} {l}": array for l, pair in pairs for kind, array in zip(("weight", "bias"), pair, strict=True)}


def _array(name: str, values: ArrayLike) -> Array:
    """Return the values as an array of real numbers."""
    try:
        found = np.asarray(values)
    except ValueError as error:  # rows of several lengths
        raise ValueError(f"{name}: found {type(values).__name__} ({error}), expected an array of numbers") from None
    if found.dtype.kind not in "biuf":
        raise TypeError(f"{name}: found dtype {found.dtype}, expected real numbers")
    return found


def _widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return the widths as ints."""
    expected = "expected at least two positive integers"
    try:
        found: tuple[Any, ...] = tuple(widths)
    except TypeError:
        raise TypeError(f"widths: found {widths!r}, {expected}") from None
    if not all(isinstance(width, Integral) and not isinstance(width, bool) for width in found):
        raise TypeError(f"widths: found {found}, {expected}")
    if len(found) < 2 or min(found) < 1:
        raise ValueError(f"widths: found {found}, {expected}")
    return tuple(int(width) for width in found)


def _check_batch(batch: object) -> None:
    if isinstance(batch, bool) or not isinstance(batch, Integral):
        raise TypeError(f"batch: found {batch!r}, expected a positive integer")
    if batch < 1:
        raise ValueError(f"batch: found {batch}, expected a positive integer")


def _permutation(order: ArrayLike, count: int) -> Array:
    """Return the order as an array, once it is known to name each of `count` rows once."""
    found = _array("order", order)
    if found.shape != (count,) or not np.issubdtype(found.dtype, np.integer):
        raise ValueError(f"order: found shape {found.shape} of {found.dtype}, expected ({count},) of integers")
    expected = f"expected each row from 0 to {count - 1} once"
    if not 0 <= int(found.min()) <= int(found.max()) < count:
        raise ValueError(f"order: found rows from {int(found.min())} to {int(found.max())}, {expected}")
    seen = np.zeros(count, dtype=np.bool_)
    seen[found] = True
    if not seen.all():
        raise ValueError(f"order: found {int(seen.sum())} of {count} rows, {expected}")
    return found


class Network:
    """A chain of linear layers with an activation between each two of them, and a loss at its end.

    Weights are drawn from a normal law of variance 1 / max(n_in, n_out), biases are 0.

    Args:
        widths: (n_0, ..., n_L) for L layers.
        activation: "sigmoid", "tanh" or "relu", or an `Activation`.
        loss: "cross entropy" (targets are labels, shape (b,)) or "half squared error" (targets of shape (b, n_L)).
        generator: of the weights.
        dtype: of all arithmetic, a floating one.

    Attributes:
        weights: of shapes (n_{l+1}, n_l), as PyTorch keeps them; biases: of shapes (n_{l+1},).

    Raises:
        ValueError: fewer than two widths, a width below 1, an unknown activation or loss, a dtype that is not floating.
        TypeError: widths that are no integers.
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str | Activation = "sigmoid",
        loss: str = "cross entropy",
        *,
        generator: np.random.Generator,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.widths = _widths(widths)
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise ValueError(f"activation: found {activation!r}, expected one of {', '.join(ACTIVATIONS)}")
        if loss not in LOSSES:
            raise ValueError(f"loss: found {loss!r}, expected one of {', '.join(LOSSES)}")
        self.activation = ACTIVATIONS[activation] if isinstance(activation, str) else activation
        self.loss = loss
        self.dtype = np.dtype(dtype)
        if not np.issubdtype(self.dtype, np.floating):
            raise ValueError(f"dtype: found {self.dtype}, expected a floating one")
        shapes = [(n_out, n_in) for n_in, n_out in pairwise(self.widths)]
        self.weights: list[Array] = [
            (generator.standard_normal(shape) / max(shape) ** 0.5).astype(self.dtype) for shape in shapes
        ]
        self.biases: list[Array] = [np.zeros(n_out, self.dtype) for n_out, _ in shapes]

    @property
    def depth(self) -> int:
        """The number of linear layers."""
        return len(self.weights)

    def named(self) -> dict[str, Array]:
        """Return the parameters themselves by name, as `Gradients.named` does."""
        return _named(self.weights, self.biases)

    def forward(self, x: ArrayLike) -> Array:
        """Map x of shape (b, n_0) to the raw outputs of shape (b, n_L)."""
        return self._layers(self._inputs(x))[-1]

    def gradients(self, x: ArrayLike, y: ArrayLike) -> Gradients:
        """Return the mean loss of a batch and its gradients in all parameters.

        Args:
            x: shape (b, n_0).
            y: labels of shape (b,), or targets of shape (b, n_L).

        Raises:
            ValueError: a wrong shape, no example, an entry that is not finite, a label out of range.
            TypeError: entries that are no real numbers.
        """
        x, y = self._examples(x, y)
        return self._back(self._layers(x), y, 1.0)

    def train_epoch(
        self, x: ArrayLike, y: ArrayLike, *, step: float, batch: int, order: ArrayLike | None = None
    ) -> float:
        """Take one epoch of gradient steps; return the mean over the batches of the loss before their steps.

        Args:
            x, y: all examples; see `gradients`.
            step: the learning rate.
            batch: examples in a batch; the last one has what remains.
            order: a permutation of the examples; None keeps their order.

        Raises:
            ValueError: as `gradients`; a batch below 1, a step that is not positive, an order that is no permutation.
            TypeError: as `gradients`; a batch that is no integer.
        """
        x, y = self._examples(x, y)
        _check_batch(batch)
        if not 0.0 < step < np.inf:
            raise ValueError(f"step: found {step}, expected a positive number")
        if order is not None:
            order = _permutation(order, len(x))
            x, y = x[order], y[order]
        starts = range(0, len(x), batch)
        total = 0.0
        for start in starts:
            # gradients are linear in the gradient at the end: the step is multiplied in there, where it costs least
            found = self._back(self._layers(x[start : start + batch]), y[start : start + batch], step)
            total += found.loss
            for parameters, changes in ((self.weights, found.weights), (self.biases, found.biases)):
                for parameter, change in zip(parameters, changes, strict=True):
                    parameter -= change
        return total / len(starts)

    def _layers(self, x: Array) -> list[Array]:
        """Return the inputs of each layer, and the outputs of the last."""
        found = [x]
        for l, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = found[-1] @ weight.T
            z += bias
            found.append(self.activation.apply(z) if l < self.depth - 1 else z)
        return found

    def _back(self, layers: list[Array], y: Array, factor: float) -> Gradients:
        """Return `factor` times the gradients, from the last layer to the first."""
        loss, delta = LOSSES[self.loss](layers[-1], y)
        delta *= factor
        weights, biases = list(self.weights), list(self.biases)
        for l in reversed(range(self.depth)):
            weights[l] = delta.T @ layers[l]
            biases[l] = delta.sum(axis=0)
            if l:
                delta = self._through(l, delta, weights[l])
                delta *= self.activation.slope(layers[l])
        return Gradients(loss, weights, biases)

    def _through(self, l: int, delta: Array, gradient: Array) -> Array:
        """Return the gradient in the inputs of layer l, from that in its outputs; `gradient` is that in its weight."""
        return delta @ self.weights[l]

    def _examples(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        inputs = self._inputs(x)
        if not len(inputs):
            raise ValueError(f"x: found shape {inputs.shape}, expected at least one row")
        return inputs, self._targets(y, len(inputs))

    def _inputs(self, values: ArrayLike) -> Array:
        x = _array("x", values)
        if x.ndim != 2 or x.shape[1] != self.widths[0]:
            raise ValueError(f"x: found shape {x.shape}, expected (b, {self.widths[0]})")
        if not np.isfinite(x).all():
            raise ValueError(f"x: found {int((~np.isfinite(x)).sum())} entries that are not finite, expected none")
        return x.astype(self.dtype, copy=False)

    def _targets(self, values: ArrayLike, count: int) -> Array:
        y = _array("y", values)
        outputs = self.widths[-1]
        if self.loss == "cross entropy":
            if y.shape != (count,) or not np.issubdtype(y.dtype, np.integer):
                raise ValueError(f"y: found shape {y.shape} of {y.dtype}, expected ({count},) of integers")
            if count and not 0 <= int(y.min()) <= int(y.max()) < outputs:
                found = f"labels from {int(y.min())} to {int(y.max())}"
                raise ValueError(f"y: found {found}, expected labels from 0 to {outputs - 1}")
            return y
        if y.shape != (count, outputs) or not np.isfinite(y).all():
            raise ValueError(f"y: found shape {y.shape}, expected ({count}, {outputs}) of finite numbers")
        return y.astype(self.dtype, copy=False)
