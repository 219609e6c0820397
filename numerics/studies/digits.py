"""The handwritten digits of scikit-learn as images with one channel, in the order of the set."""

from __future__ import annotations

from functools import cache

import torch
from torch.utils.data import TensorDataset

VALIDATION = 180


@cache
def torch_digits() -> tuple[TensorDataset, TensorDataset]:
    """Return training and validation set: images (n, 1, 8, 8) of float32 from 0 to 16 as they are, labels (n,).

    The first 180 of the 1,797 images are for validation, the other 1,617 for training.
    Reference: Alpaydin and Kaynak, "Optical recognition of handwritten digits" (UCI, 1998), test part.
    """
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    images = torch.from_numpy(pixels).to(torch.float32).reshape(-1, 1, 8, 8)
    targets = torch.from_numpy(labels).to(torch.int64)
    parts = [TensorDataset(images[part], targets[part]) for part in (slice(VALIDATION, None), slice(VALIDATION))]
    return parts[0], parts[1]
