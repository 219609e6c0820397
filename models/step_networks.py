"""Networks of threshold units, with their weights as parameters, and the points at which they can change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class Step(nn.Module):
    """The threshold unit: 0 for z < 0, 1 for z > 0 and `at_zero` at z = 0, entry by entry."""

    def __init__(self, at_zero: float = 0.0) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        return torch.heaviside(z, z.new_tensor(self.at_zero))


class StepNetwork(nn.Module):
    """One hidden layer of threshold units: x -> v . step(W x + b) + c.

    Args:
        weights: W, (m, d).
        biases: b, (m,).
        outgoing: v, (m,).
        output_bias: c.
        at_zero: the value of a unit exactly at its threshold.

    Input (..., d), output (...).
    """

    def __init__(
        self,
        weights: Sequence[Sequence[float]],
        biases: Sequence[float],
        outgoing: Sequence[float],
        output_bias: float = 0.0,
        *,
        at_zero: float = 0.0,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        if not len(weights) == len(biases) == len(outgoing):
            raise ValueError(
                f"weights, biases, outgoing: found {len(weights)}, {len(biases)}, {len(outgoing)} units, "
                "expected as many of each"
            )
        self.hidden = linear(weights, biases, dtype)
        self.activation = Step(at_zero)
        self.output = linear([outgoing], [output_bias], dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (..., d) to the output of shape (...)."""
        value: Tensor = self.output(self.activation(self.hidden(x)))
        return value.squeeze(-1)

    @torch.no_grad()
    def thresholds(self) -> list[float]:
        """Return where the units change, in increasing order: for one input, -b/w of every unit with w /= 0."""
        if self.hidden.in_features != 1:
            raise ValueError(f"inputs: found {self.hidden.in_features}, expected 1")
        slopes, biases = self.hidden.weight[:, 0].double(), self.hidden.bias.double()
        return sorted({float(-b / w) + 0.0 for w, b in zip(slopes, biases, strict=True) if w != 0.0})


@torch.no_grad()
def linear(weights: Sequence[Sequence[float]], biases: Sequence[float], dtype: torch.dtype) -> nn.Linear:
    """Return the live linear map with these weights (out, in) and biases (out,)."""
    table = torch.tensor(weights, dtype=torch.float64)
    layer = nn.Linear(table.shape[1], table.shape[0], dtype=dtype)
    layer.weight.copy_(table)
    layer.bias.copy_(torch.tensor(biases, dtype=torch.float64))
    return layer


def tiled(grid: Sequence[float], heights: Sequence[float]) -> StepNetwork:
    """Return the network of two units a tile: height i on the half-open tile (grid[i], grid[i + 1]].

    Raises ValueError unless there is one more grid point than there are heights.
    """
    _one_more(grid, heights)
    count = len(heights)
    weights = [[1.0]] * (2 * count)
    biases = [-point for pair in pairwise(grid) for point in pair]
    outgoing = [sign * height for height in heights for sign in (1.0, -1.0)]
    return StepNetwork(weights, biases, outgoing)


def stepped(grid: Sequence[float], heights: Sequence[float]) -> StepNetwork:
    """Return the network of one unit a tile, whose output weights are the increments of the heights.

    It equals `tiled` up to the last grid point, and keeps the last height beyond it.
    """
    _one_more(grid, heights)
    increments = [height - before for before, height in zip([0.0, *heights[:-1]], heights, strict=True)]
    return StepNetwork([[1.0]] * len(heights), [-point for point in grid[:-1]], increments)


def boxed(grid: Sequence[float], heights: Sequence[float]) -> StepNetwork:
    """Return the network of one exact open box a tile: 0 at every grid point; an output bias of -sum(heights)."""
    _one_more(grid, heights)
    weights = [[sign] for _ in heights for sign in (1.0, -1.0)]
    biases = [value for low, high in pairwise(grid) for value in (-low, high)]
    outgoing = [height for height in heights for _ in (0, 1)]
    return StepNetwork(weights, biases, outgoing, -sum(heights))


def _one_more(grid: Sequence[float], heights: Sequence[float]) -> None:
    if len(grid) != len(heights) + 1:
        raise ValueError(f"grid: found {len(grid)} points, expected one more than the {len(heights)} heights")


class CellNetwork(nn.Module):
    """Two hidden layers of threshold units: one half-space a grid point and input, then one AND a cell.

    Args:
        grid: the n + 1 ends of the tiles of every input.
        heights: the output weight of each cell, (n, ..., n) with d axes.

    The first layer has d (n + 1) units; a cell takes the differences of two neighbours for each input and is on if all
    d of them are 1. The second layer has n^d units. Input (..., d), output (...).
    Raises ValueError for a grid that does not fit the heights.
    """

    def __init__(self, grid: Sequence[float], heights: Tensor, *, threshold: float | None = None) -> None:
        super().__init__()
        d, n = heights.dim(), heights.shape[0]
        if len(grid) != n + 1 or len(set(heights.shape)) != 1:
            raise ValueError(
                f"grid: found {len(grid)} points for heights {tuple(heights.shape)}, expected n + 1 and n^d"
            )
        inputs = torch.eye(d, dtype=torch.float64).repeat_interleave(n + 1, dim=0)
        self.half_spaces = linear(inputs.tolist(), [-point for _ in range(d) for point in grid], torch.float64)
        tiles = torch.cartesian_prod(*[torch.arange(n)] * d).reshape(-1, d)
        weights = torch.zeros(len(tiles), d * (n + 1), dtype=torch.float64)
        rows = torch.arange(len(tiles))
        for k in range(d):
            weights[rows, k * (n + 1) + tiles[:, k]] = 1.0
            weights[rows, k * (n + 1) + tiles[:, k] + 1] = -1.0
        limit = d - 0.5 if threshold is None else threshold
        self.cells = linear(weights.tolist(), [-limit] * len(tiles), torch.float64)
        self.activation = Step()
        self.output = linear([heights.reshape(-1).tolist()], [0.0], torch.float64)

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (..., d) to the output of shape (...)."""
        value: Tensor = self.output(self.activation(self.cells(self.activation(self.half_spaces(x)))))
        return value.squeeze(-1)
