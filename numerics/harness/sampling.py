"""Draws of squared norms behind a freshly initialised layer, at the price of its random numbers."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .streams import Stream

if TYPE_CHECKING:
    import torch

Initialiser = Callable[["torch.Tensor"], object]
"""Fills a tensor in place, as the functions of torch.nn.init do; what it returns is ignored."""

Activation = Callable[["torch.Tensor"], "torch.Tensor"]


_BLOCK = 65_536
"""Pairs turned into normals at once: four arrays of 256 KiB stay in a second-level cache."""


def fill_normal(weight: torch.Tensor, std: float, generator: np.random.Generator) -> None:
    """Fill a float32 tensor in place with independent normals of mean 0 and deviation `std`.

    The Box-Muller transformation on 23-bit uniforms made from the raw bits of `generator`, in vectorised
    torch operations. About twice as fast as `Tensor.normal_`, whose Mersenne twister is a serial
    bottleneck. For claims about Gaussian weights as such; a claim about torch.nn.init draws from
    torch.nn.init.

    |weight| / std is at most sqrt(2 log 2^23) = 5.65, beyond which a normal lies with probability 1.6e-8;
    what that takes from the variance is below 1e-6 of it.

    Args:
        weight: contiguous float32 tensor on the CPU, any shape.
        std: standard deviation, > 0.
        generator: source of random bits.

    Raises:
        TypeError, ValueError: for another dtype, or a tensor that is not contiguous.
    """
    import torch

    if weight.dtype != torch.float32:
        raise TypeError(f"weight: found dtype {weight.dtype}, expected torch.float32")
    if not weight.is_contiguous():
        raise ValueError("weight: found a tensor that is not contiguous, expected a contiguous one")
    flat = weight.detach().view(-1)
    half = (flat.numel() + 1) // 2
    bits = torch.from_numpy(generator.bit_generator.random_raw(half).view(np.int32))
    bits.bitwise_and_(0x7FFFFF).bitwise_or_(0x3F800000)  # mantissa of a float in [1, 2)
    uniform = bits.view(torch.float32)
    for start in range(0, half, _BLOCK):
        stop = min(start + _BLOCK, half)
        radius = uniform[start:stop]
        angle = uniform[half + start : half + stop].mul_(2 * math.pi)
        radius.neg_().add_(2).log_().mul_(-2 * std * std).sqrt_()  # 2 - [1, 2) is never 0
        first = flat[start:stop]
        torch.cos(angle, out=first)
        first.mul_(radius)
        second = flat[half + start : half + stop]
        rest = second.numel()  # one less than the first half where the number of entries is odd
        torch.sin(angle[:rest], out=second)
        second.mul_(radius[:rest])


def gaussian_norm_sampler(
    std: float, x: torch.Tensor, *, rows: int, activation: Activation | None = None
) -> Callable[[Stream, int], NDArray[np.float64]]:
    """Return a sampler of norm(activation(W x))^2 with independent normal entries of deviation `std`.

    As `squared_norm_sampler`, but W comes from `fill_normal`: every W is drawn in full, no theorem is used.
    x must be float32.
    """
    if not std > 0:
        raise ValueError(f"std: found {std}, expected a number > 0")

    def prepare(stream: Stream) -> tuple[Initialiser, contextlib.AbstractContextManager[None]]:
        generator = stream.generator()
        return (lambda weight: fill_normal(weight, std, generator)), contextlib.nullcontext()

    return _sampler(prepare, x, rows, activation)


def squared_norm_sampler(
    init: Initialiser, x: torch.Tensor, *, rows: int, activation: Activation | None = None
) -> Callable[[Stream, int], NDArray[np.float64]]:
    """Return a sampler of norm(activation(W x))^2, with W drawn afresh by `init` for every draw.

    Nothing about the law of W is used. One buffer of shape (rows, d) is refilled in place, so that memory
    does not grow with the draws and W is still in the cache when it meets x; the time is that of the random
    numbers. The sum of squares is taken in float64, the product in the dtype of `x`.

    Args:
        init: in-place initialiser; draws from torch's default generator, which the sampler lends the stream.
        x: input, shape (d,), float32 or float64.
        rows: m, the number of units.
        activation: applied to W x, shape (m,); none by default.

    Returns:
        A function of (stream, n) that returns float64 draws of shape (n,), as `decide_mean` wants it.

    Raises:
        ValueError: if x is not a vector, or rows < 1.
        TypeError: if x is not of a floating dtype.
    """
    return _sampler(lambda stream: (init, stream.torch_default()), x, rows, activation)


def _sampler(
    prepare: Callable[[Stream], tuple[Initialiser, contextlib.AbstractContextManager[None]]],
    x: torch.Tensor,
    rows: int,
    activation: Activation | None,
) -> Callable[[Stream, int], NDArray[np.float64]]:
    import torch

    if x.ndim != 1:
        raise ValueError(f"x: found shape {tuple(x.shape)}, expected (d,)")
    if not x.dtype.is_floating_point:
        raise TypeError(f"x: found dtype {x.dtype}, expected a floating one")
    if rows < 1:
        raise ValueError(f"rows: found {rows}, expected at least 1")

    def sample(stream: Stream, n: int) -> NDArray[np.float64]:
        draws = np.empty(n)
        weight = torch.empty(rows, x.shape[0], dtype=x.dtype)
        init, lent = prepare(stream)
        with torch.no_grad(), lent:
            for i in range(n):
                init(weight)
                y = torch.mv(weight, x)
                if activation is not None:
                    y = activation(y)
                y = y.double()
                draws[i] = float(torch.dot(y, y))
        return draws

    return sample
