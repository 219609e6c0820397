"""Training by minibatches of tensors that are in memory: shuffled cyclic order, without a loader between."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

Loss = Callable[[Tensor, Tensor], Tensor]
"""From outputs and targets of a batch to a scalar, a mean over its examples."""


def half_squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean of (output - target)^2 / 2 over all entries; `nn.MSELoss` is twice that."""
    return 0.5 * nn.functional.mse_loss(output, target)


def batches(count: int, size: int, generator: torch.Generator | None) -> Iterator[Tensor]:
    """Yield the indices of one epoch's batches: each example once, the last batch with what remains.

    Args:
        count: of examples.
        size: of a batch.
        generator: shuffles; None keeps the order.

    Raises:
        ValueError: a count or size below 1.
    """
    for name, value in (("count", count), ("size", size)):
        if value < 1:
            raise ValueError(f"{name}: found {value}, expected at least 1")
    order = torch.arange(count) if generator is None else torch.randperm(count, generator=generator)
    yield from order.split(size)


def train_epoch(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    *,
    loss: Loss,
    optimizer: torch.optim.Optimizer,
    batch_size: int,
    generator: torch.Generator | None,
) -> None:
    """Take one epoch of steps, in the model's own mode (call `model.train()` before where that matters).

    Args:
        model: maps inputs (b, ...) to outputs.
        inputs, targets: of shapes (n, ...) and (n, ...), on the model's device.
        loss: of a batch.
        optimizer: over the model's parameters.
        batch_size: examples in a batch.
        generator: of the shuffle; None keeps the order.
    """
    for index in batches(len(inputs), batch_size, generator):
        index = index.to(inputs.device)
        optimizer.zero_grad(set_to_none=True)
        loss(model(inputs[index]), targets[index]).backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
        optimizer.step()
