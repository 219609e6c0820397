"""Losses in forms that keep their accuracy where the usual one rounds to 0."""

from __future__ import annotations

import torch
from torch import Tensor


def cross_entropy_by_margins(logits: Tensor, labels: Tensor) -> Tensor:
    """Return log(1 + sum_{j != y} exp(f_j - f_y)) for logits f (n, k) and labels y (n,), shape (n,).

    Equal to the cross entropy, with a small relative error where `torch.nn.CrossEntropyLoss` subtracts numbers that are
    equal in floating point and gives 0: log(1 + exp z) of the log-sum-exp z of the margins never forms 1 + exp z.

    Raises:
        ValueError: if the shapes do not fit, or a label is not one of the k classes.
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(f"labels: expected shape (n,) for logits (n, k), got {tuple(labels.shape)}")
    if labels.numel() and not (int(labels.min()) >= 0 and int(labels.max()) < logits.shape[1]):
        raise ValueError(f"labels: expected classes 0 to {logits.shape[1] - 1}")
    place = labels[:, None]
    margins = (logits - logits.gather(1, place)).scatter(1, place, -torch.inf)
    z = torch.logsumexp(margins, dim=1)
    return torch.logaddexp(torch.zeros_like(z), z)
