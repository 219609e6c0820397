"""Dropout before and after an activation, run live under one state of the generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from ..models.activations import LogPeriodic, make_activation
from .comparison import Check, Key, Relation
from .harness.experiment import Trial

RATES = (0.1, 0.25, 0.4, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Activation:
    """An activation, and `condition`, which bounds |z f'(z)| + |f(z)| over max(|z|, |f(z)|)."""

    module: nn.Module
    condition: float = 2.0


def activation_named(name: str, slope: float = 0.01) -> Activation:
    """Return the live module of that name."""
    if name == "leaky":
        return Activation(nn.LeakyReLU(slope))
    if name == "log-periodic":
        # |z f'| <= (3/2 + pi / ln c) |z|, and the argument of the sine, up to 2 pi ln(1e4) / ln c, is itself
        # rounded
        return Activation(LogPeriodic(1.0 / (1.0 - 0.4)), 256.0)
    # max(z, 0), |z| and z round nothing; |z f'(z)| <= 1.2 |z| for SiLU and GELU, and <= |z| for the others
    condition = {"relu": 0.0, "abs": 0.0, "identity": 0.0, "silu": 4.0, "gelu": 4.0}.get(name, 2.0)
    return Activation(make_activation(name), condition)


def tolerance_between(
    activation: Activation, before: NDArray[np.float64], after: NDArray[np.float64], dtype: torch.dtype
) -> NDArray[np.float64]:
    """Bound the rounding between act(mu z) and mu act(z), given `before` = |mu z| and `after` = |mu act(z)|.

    Each order rounds its product once (relative u, carried through the activation by its condition) and its
    activation by at most 4 ulp; both orders together less than 16 u of either size. Underflow adds a few of
    the smallest numbers, scaled by the mask (at most 10 here).
    """
    if activation.condition == 0.0:
        return np.zeros_like(before)
    information = torch.finfo(dtype)
    return (
        8.0 * (1.0 + activation.condition) * (information.eps / 2) * (before + after)
        + 64.0 * information.smallest_normal * information.eps
    )


def array(values: Tensor) -> NDArray[np.float64]:
    """Return a tensor as a float64 array."""
    return values.detach().to(torch.float64).numpy()


@dataclass(frozen=True)
class Orders:
    """Both orders on the pre-activations z under one state of the generator, as float64 arrays.

    first: dropout, then the activation; second: the activation, then dropout; mask: dropout of ones;
    tolerance: the rounding bound between the first two.
    """

    z: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    mask: NDArray[np.float64]
    tolerance: NDArray[np.float64]

    def check(
        self,
        label: str,
        live: ArrayLike,
        formula: ArrayLike,
        detail: Mapping[str, object],
        *,
        relation: Relation = "=",
        slack: float = 2.0,
        chosen: NDArray[np.intp] | None = None,
    ) -> Check:
        """Return the check of live against formula, both over the entries `chosen` (default: all)."""
        pick = np.arange(len(self.z)) if chosen is None else chosen
        entries = {"z": self.z[pick], "mask": self.mask[pick]}
        return Check(label, live, formula, slack * self.tolerance[pick], relation, detail, entries)


@torch.no_grad()
def both_orders(
    trial: Trial,
    key: Key,
    activation: Activation,
    z: Tensor,
    p: float,
    *,
    training: bool = True,
    same_mask: bool = True,
) -> Orders:
    """Run the live modules in both orders; `same_mask=False` gives the second order a mask of its own."""
    dropout = nn.Dropout(p).train(training)
    stream = trial.stream.spawn(*key, "mask")
    with stream.torch_default():
        first = array(activation.module(dropout(z)))
    with (stream if same_mask else stream.spawn("other")).torch_default():
        second = array(dropout(activation.module(z)))
    with stream.torch_default():
        mask = array(dropout(torch.ones_like(z)))
    points = array(z)
    tolerance = tolerance_between(activation, np.abs(mask * points), np.abs(second), z.dtype)
    return Orders(points, first, second, mask, tolerance)


def inputs(trial: Trial, key: Key, dtype: torch.dtype, p: float, count: int) -> Tensor:
    """Return pre-activations: random ones of many magnitudes, and the edges."""
    generator = trial.stream.spawn(*key, "inputs").generator()
    size = generator.standard_normal(count) * 10.0 ** generator.uniform(-6.0, 4.0, count)
    information = torch.finfo(dtype)
    # below max (1 - p), so that the kept entries do not overflow: the statement is about finite numbers
    huge = 0.25 * information.max * (1.0 - p)
    tiny = information.smallest_normal
    edges = [0.0, -0.0, 1.0, -1.0, tiny, -tiny, huge, -huge, 6.0, -6.0]
    return torch.tensor(np.concatenate([edges, size]), dtype=torch.float64).to(dtype)


def scalar(module: nn.Module) -> Callable[[float], float]:
    """Return the activation as a function of one number."""

    def value(z: float) -> float:
        with torch.no_grad():
            return float(module(torch.tensor([float(z)], dtype=torch.float64))[0])

    return value
