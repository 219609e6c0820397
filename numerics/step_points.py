"""Where two step functions of one variable can differ: at their jumps, beside them, and between them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from ..models.step_networks import StepNetwork


def deciding_points(net: StepNetwork, edges: Iterable[float]) -> NDArray[np.float64]:
    """Return points that decide whether the net is a given step function with jumps at `edges`.

    The net's own thresholds, read from its weights, and the edges; the floats next to each on either side, where
    the one-sided limits are; one point between any two neighbours, and one beyond the ends. Both functions are
    constant in between: if they agree at these points (and the thresholds are floats) they agree everywhere.
    """
    jumps = np.unique(np.array([*net.thresholds(), *edges], dtype=np.float64))
    if jumps.size == 0:
        return np.zeros(1)
    beside = [np.nextafter(jumps, -np.inf), np.nextafter(jumps, np.inf)]
    between = jumps[:-1] / 2.0 + jumps[1:] / 2.0
    beyond = [jumps[0] - 1.0 - abs(jumps[0]), jumps[-1] + 1.0 + abs(jumps[-1])]
    return np.unique(np.concatenate([jumps, *beside, between, beyond]))


@torch.no_grad()
def outputs(net: StepNetwork, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the live net gives at points (N,) of one variable."""
    parameter = next(net.parameters())
    found: NDArray[np.float64] = net(torch.from_numpy(points[:, None]).to(parameter.dtype)).double().numpy()
    return found
