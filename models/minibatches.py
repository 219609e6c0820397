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


def batches(size: int, generator: torch.Generator | None, *tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Yield the batches of one epoch: each example once, the last batch with what remains.

    The examples are put in order once an epoch, so that a batch is a view and costs nothing.

    Args:
        size: of a batch.
        generator: shuffles; None keeps the order.
        tensors: with one row an example, as many rows in each.

    Raises:
        ValueError: a size below 1, no example, or tensors of several lengths.
    """
    lengths = {len(tensor) for tensor in tensors}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"tensors: found {sorted(lengths)} rows, expected one length of at least 1")
    if size < 1:
        raise ValueError(f"size: found {size}, expected at least 1")
    rows = tensors
    if generator is not None:
        order = torch.randperm(len(tensors[0]), generator=generator)
        rows = tuple(tensor[order.to(tensor.device)] for tensor in tensors)
    yield from zip(*(torch.split(tensor, size) for tensor in rows), strict=True)


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
    for batch_inputs, batch_targets in batches(batch_size, generator, inputs, targets):
        optimizer.zero_grad(set_to_none=True)
        loss(model(batch_inputs), batch_targets).backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
        optimizer.step()
