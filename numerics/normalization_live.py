"""A live convolution before a normalisation: what the statement's symbols stand for in it, and how it rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .comparison import UNIT, gamma
from .harness.streams import Stream

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """Sizes of one case: batch, input channels, channels m, height and width, kernel."""

    batch: int
    inputs: int
    m: int
    height: int
    width: int
    kernel: int

    @property
    def positions(self) -> int:
        """N: positions over batch, height and width (the convolution keeps height and width)."""
        return self.batch * self.height * self.width


SHAPES = (Shape(4, 2, 3, 3, 2, 3), Shape(2, 3, 2, 2, 2, 1), Shape(1, 1, 1, 4, 3, 3), Shape(5, 1, 2, 1, 1, 1))
"""Among them one sample, one channel and maps of a single position."""


def rows(values: Tensor) -> Array:
    """Return (batch, m, height, width) as (m, positions)."""
    return cast("Array", values.detach().transpose(0, 1).flatten(1).numpy())


class Live:
    """A convolution with biases, an optional activation, and a normalisation, in float64, all parameters drawn.

    Attributes:
        conv: the convolution; input (batch, inputs, height, width), output (batch, m, height, width).
        norm: `nn.BatchNorm2d`, or `nn.LayerNorm` over channels, height and width with one scale a channel.
        y: what the convolution hands over as it stands, (m, N).
        error: a bound on |y - exact|, (m, N), as long as no parameter moves by more than 4.
    """

    def __init__(self, stream: Stream, shape: Shape, kind: str = "batch", between: str = "none") -> None:
        self.shape = shape
        draw = stream.generator()

        def normal(*sizes: int) -> Tensor:
            return torch.from_numpy(draw.standard_normal(sizes))

        self.conv = nn.Conv2d(shape.inputs, shape.m, shape.kernel, padding=shape.kernel // 2, dtype=torch.float64)
        self.between: nn.Module = nn.ReLU() if between == "relu" else nn.Identity()
        self.scale, self.offset = normal(shape.m) + 0.5, normal(shape.m)
        spatial = (shape.m, shape.height, shape.width)
        self.norm: nn.BatchNorm2d | nn.LayerNorm
        if kind == "batch":
            self.norm = nn.BatchNorm2d(shape.m, dtype=torch.float64)
        else:
            self.norm = nn.LayerNorm(spatial, dtype=torch.float64)
        with torch.no_grad():
            for parameter in (self.conv.weight, cast("Tensor", self.conv.bias)):
                parameter.copy_(normal(*parameter.shape))
            affine = [v if kind == "batch" else v[:, None, None].expand(spatial) for v in (self.scale, self.offset)]
            self.norm.weight.copy_(affine[0])
            self.norm.bias.copy_(affine[1])
        self.x = normal(shape.batch, shape.inputs, shape.height, shape.width)
        self.direction = normal(shape.batch, shape.m, shape.height, shape.width)  # of a loss

    @property
    def bias(self) -> Tensor:
        """The biases of the convolution, (m,)."""
        return cast("Tensor", self.conv.bias)

    def preactivation(self, x: Tensor) -> tuple[Array, Array]:
        """Return y and its error bound, (m, N) each: products added in any order, biases moved by up to 4."""
        with torch.no_grad():
            y = self.conv(x)
            weight, bias = self.conv.weight.abs(), self.bias.abs()
            size = nn.functional.conv2d(x.abs(), weight, bias, padding=self.conv.padding) + 4.0
        return rows(y), gamma(self.conv.weight[0].numel() + 3) * rows(size)

    def __call__(self, x: Tensor | None = None) -> Tensor:
        """Return the normalised output for x (default: this case's own input), (batch, m, height, width)."""
        out: Tensor = self.norm(self.between(self.conv(self.x if x is None else x)))
        return out

    def reciprocal_root(self, variance: float) -> float:
        """What the layer multiplies by: 1 over the root of the variance plus eps."""
        return float(1.0 / np.sqrt(variance + self.norm.eps))

    def patch(self) -> Array:
        """What the first weight of a channel reads at each position, (N,)."""
        padding = self.shape.kernel // 2
        windows = nn.functional.unfold(self.x, self.shape.kernel, padding=padding)  # (batch, entries, positions)
        return cast("Array", windows[:, 0, :].flatten().numpy())

    def values(self) -> dict[str, object]:
        """What the statement's symbols stand for."""
        y, _ = self.preactivation(self.x)
        return {
            "m": self.shape.m,
            "N": self.shape.positions,
            "y": y,
            "x": self.patch(),
            "ga": self.scale.numpy(),
            "be": self.offset.numpy(),
            "rs": self.reciprocal_root,
        }

    def detail(self) -> dict[str, object]:
        """The case as plain numbers, for a witness."""
        names = {"weight": self.conv.weight, "bias": self.bias, "scale": self.scale, "offset": self.offset, "x": self.x}
        return {name: value.tolist() for name, value in names.items()}


@dataclass(frozen=True)
class Moments:
    """Means and variances of rows (r, n) with bounds on what rounding does to them; n values to a row.

    The variance may come from two passes or from Welford's recurrence: gamma(n + 3) of the variance for either, and
    for the second n u times the root of the product of variance and mean square (Higham, section 1.9 and problem 1.10;
    Chan, Golub and LeVeque, The American Statistician 37 (1983)), here with 4 n u.
    """

    x: Array
    error: Array
    mean: Array
    mean_error: Array
    variance: Array
    variance_error: Array

    @classmethod
    def of(cls, x: Array, error: Array) -> Moments:
        """Return the moments of rows that are known up to `error`."""
        n = x.shape[1]
        mean, size = x.mean(1, keepdims=True), np.abs(x).mean(1, keepdims=True)
        mean_error = error.mean(1, keepdims=True) + gamma(n + 1) * (size + error.mean(1, keepdims=True))
        d = np.abs(x - mean)
        each = error + mean_error + UNIT * (np.abs(x) + np.abs(mean))
        variance = (d**2).mean(1, keepdims=True)
        squares = (x**2).mean(1, keepdims=True)
        own = gamma(n + 3) * variance + 4.0 * n * UNIT * np.sqrt(variance * squares)
        moved = (2.0 * d * each + each**2).mean(1, keepdims=True)
        return cls(x, error, mean, mean_error, variance, 2.0 * (own + moved))


def output_error(found: Moments, scale: Array, offset: Array, eps: float) -> Array:
    """Bound |computed - exact| of scale (x - mean) / sqrt(variance + eps) + offset, as shape (r, n).

    However it is bracketed: also as x a + (offset - mean a) with a = scale / sqrt(...), which loses what cancels.
    """
    below = found.variance + eps - found.variance_error
    root = found.variance_error / (2.0 * below) + 4.0 * UNIT  # of 1 / sqrt(variance + eps), relatively
    a = np.abs(scale)[:, None] / np.sqrt(below)
    d = np.abs(found.x - found.mean)
    each = found.error + found.mean_error
    size = a * (np.abs(found.x) + np.abs(found.mean)) + np.abs(offset)[:, None]
    return np.asarray(a * (each + d * root) + gamma(8) * size)


def bias_gradient_error(found: Moments, scale: Array, eps: float, g: Array) -> Array:
    """Bound what autograd leaves of the gradient of a bias, (m,), g (m, N) being the gradient in the outputs.

    The gradient in x_i is a (g_i - mean g - (x_i - mean) k) with a = scale / sqrt(variance + eps) and k the mean of
    g (x - mean) over the variance plus eps. Its sum over i is a times (sum g - N mean g) - k sum (x - mean), 0 exactly;
    as computed, every term carries its own few roundings and the sums N each, and sum (x - computed mean) is at most
    N times the error of the mean.
    """
    n = found.x.shape[1]
    below = found.variance + eps - found.variance_error
    a = np.abs(scale) / np.sqrt(below)[:, 0]
    size, d = np.abs(g), np.abs(found.x - found.mean)
    k = 2.0 * (size * d).mean(1) / below[:, 0]
    reach = (np.abs(found.x) + np.abs(found.mean)).sum(1)
    return np.asarray(2.0 * a * (gamma(4 * n + 40) * (3.0 * size.sum(1) + k * reach) + k * n * found.mean_error[:, 0]))


def subset(count: int, most: int) -> Sequence[int]:
    """Return at most so many indices below count, spread evenly, the first and the last among them."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, most))})
