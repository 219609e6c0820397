"""Training with validation: batches in the order of the data, losses before training and after each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from .minibatches import Loss, batches

Examples: TypeAlias = TensorDataset | Sequence[Tensor]
"""Inputs (n, ...) and targets (n, ...): a `TensorDataset` of both, or a pair of tensors."""

EVALUATED = 512
"""Examples in a batch where nothing is learnt: any size gives the same mean, and a large one is faster."""


def loss_batch(
    model: nn.Module, loss_func: Loss, xb: Tensor, yb: Tensor, opt: torch.optim.Optimizer | None = None
) -> tuple[float, int]:
    """Return the loss of a batch and its size; with an optimiser, take a step of it and clear the gradients.

    Args:
        model: maps xb of shape (b, ...) to outputs; it stays in the mode that it is in.
        loss_func: from outputs and targets to a scalar, a mean over the examples.
        xb, yb: of shapes (b, ...) and (b, ...).
        opt: over the model's parameters.
    """
    loss = loss_func(model(xb), yb)
    if opt is not None:
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
        opt.step()
        opt.zero_grad(set_to_none=True)
    return loss.item(), len(xb)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Put the model into evaluation mode, without gradients; the mode that it was in comes back."""
    before = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(before)


def mean_loss(model: nn.Module, loss_func: Loss, examples: Examples, batch_size: int = EVALUATED) -> float:
    """Return the mean loss over all examples, in evaluation mode: the batches' means weighted by their sizes.

    Without the weights a last batch of one example would count as much as a full one.
    """
    inputs, targets = _tensors("examples", examples)
    with _evaluating(model):
        found = [loss_batch(model, loss_func, xb, yb) for xb, yb in batches(batch_size, None, inputs, targets)]
    losses, sizes = zip(*found, strict=True)
    return float(np.average(losses, weights=sizes))


def fit_and_validate(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_func: Loss,
    train: Examples,
    val: Examples,
    n_epochs: int = 30,
    batch_size: int = 16,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Train, and return the losses on both sets before training and after each epoch.

    The batches of an epoch follow the order of the data, without shuffling. The net is in training mode while it
    learns and in evaluation mode, without gradients, while losses are taken (see `mean_loss`).

    Args:
        net: maps inputs (b, ...) to outputs.
        optimizer: over the net's parameters.
        loss_func: from outputs and targets to a scalar, a mean over the examples.
        train, val: inputs and targets, on the net's device.
        n_epochs: passes through the training data.
        batch_size: examples in a batch; the last one of an epoch has what remains.

    Returns:
        Two arrays of n_epochs + 1 losses, on `train` and on `val`. A net that runs away has losses that are nan or inf.

    Raises:
        ValueError: no examples, inputs and targets of different numbers, inputs that are not finite, labels that are
            not among the net's outputs, a negative number of epochs, or a batch size below 1.
    """
    if n_epochs < 0:
        raise ValueError(f"n_epochs: found {n_epochs}, expected at least 0")
    if batch_size < 1:
        raise ValueError(f"batch_size: found {batch_size}, expected at least 1")
    pairs = [_checked(net, name, examples) for name, examples in (("train", train), ("val", val))]
    inputs, targets = pairs[0]
    losses = np.empty((2, n_epochs + 1))
    losses[:, 0] = [mean_loss(net, loss_func, pair) for pair in pairs]
    for epoch in range(n_epochs):
        net.train()
        for xb, yb in batches(batch_size, None, inputs, targets):
            loss_batch(net, loss_func, xb, yb, optimizer)
        losses[:, epoch + 1] = [mean_loss(net, loss_func, pair) for pair in pairs]
    return losses[0], losses[1]


def _tensors(name: str, examples: Examples) -> tuple[Tensor, Tensor]:
    found = examples.tensors if isinstance(examples, TensorDataset) else tuple(examples)
    if len(found) != 2:
        raise ValueError(f"{name}: found {len(found)} tensors, expected inputs and targets")
    inputs, targets = found
    if len(inputs) != len(targets) or not len(inputs):
        raise ValueError(f"{name}: found {len(inputs)} inputs and {len(targets)} targets, expected as many, at least 1")
    return inputs, targets


def _checked(net: nn.Module, name: str, examples: Examples) -> tuple[Tensor, Tensor]:
    """Return inputs and targets, after a look at what would stop or spoil training halfway."""
    inputs, targets = _tensors(name, examples)
    if not bool(torch.isfinite(inputs).all()):
        count = int((~torch.isfinite(inputs)).flatten(1).any(1).sum())
        raise ValueError(f"{name}: found {count} inputs with nan or inf, expected finite numbers")
    if targets.is_floating_point():
        if not bool(torch.isfinite(targets).all()):
            raise ValueError(f"{name}: found targets with nan or inf, expected finite numbers")
        return inputs, targets
    with _evaluating(net):
        outputs = net(inputs[:1])
    low, high = int(targets.min()), int(targets.max())
    if outputs.ndim > 1 and not 0 <= low <= high < outputs.shape[1]:
        raise ValueError(f"{name}: found labels from {low} to {high}, expected from 0 to {outputs.shape[1] - 1}")
    return inputs, targets
