"""The labelled images that studies train on: FashionMNIST from its files, and scikit-learn's digits in its stead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.idx import FASHION_CLASSES, ImageSet, fashion_mnist
from ..harness.streams import Stream

FASHION, DIGITS = "FashionMNIST", "digits"
SHOWN = {FASHION: "FashionMNIST", DIGITS: "stand-in: scikit-learn digits"}
"""How a set is called in figures and tables."""


@dataclass(frozen=True)
class Pictures:
    """Images as rows of numbers from 0 to 1, in two parts.

    Attributes:
        name: `FASHION` or `DIGITS`.
        classes: names of the labels 0, 1, ...
        side: images are of side by side pixels.
        train_x, test_x: shape (n, side * side), float32.
        train_y, test_y: shape (n,), int64.
    """

    name: str
    classes: tuple[str, ...]
    side: int
    train_x: NDArray[np.float32]
    train_y: NDArray[np.int64]
    test_x: NDArray[np.float32]
    test_y: NDArray[np.int64]


@cache
def _fashion(folder: str | None) -> ImageSet:
    return fashion_mnist(None if folder is None else Path(folder))


def _rows(images: NDArray[Any], top: float) -> NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(top)


def load(dataset: str, data: str | None, examples: int | None, stream: Stream) -> Pictures:
    """Return a set of images.

    Args:
        dataset: `FASHION`, divided as it is published, or `DIGITS`, of which a fifth is drawn for tests.
        data: folder of FashionMNIST's files; None for that of Debian's package.
        examples: only so many for training, from the start of the set; None for all.
        stream: divides the digits.

    Raises:
        FileNotFoundError: no FashionMNIST; the message names the package.
        ValueError: an unknown set, a damaged file, or more examples than there are.
    """
    if dataset == FASHION:
        found = _fashion(data)
        pictures = Pictures(
            FASHION,
            FASHION_CLASSES,
            found.train_images.shape[1],
            _rows(found.train_images, 255),
            found.train_labels.astype(np.int64),
            _rows(found.test_images, 255),
            found.test_labels.astype(np.int64),
        )
    elif dataset == DIGITS:
        from sklearn.datasets import load_digits

        pixels, labels = load_digits(return_X_y=True)
        x, y = _rows(pixels, 16), labels.astype(np.int64)
        order = stream.spawn("division").generator().permutation(len(x))
        test, train = order[: len(x) // 5], order[len(x) // 5 :]
        pictures = Pictures(DIGITS, tuple("0123456789"), 8, x[train], y[train], x[test], y[test])
    else:
        raise ValueError(f"dataset: found {dataset!r}, expected one of {', '.join(SHOWN)}")
    if examples is None:
        return pictures
    if not 0 < examples <= len(pictures.train_x):
        raise ValueError(f"examples: found {examples}, expected from 1 to {len(pictures.train_x)}")
    return Pictures(
        pictures.name,
        pictures.classes,
        pictures.side,
        pictures.train_x[:examples],
        pictures.train_y[:examples],
        pictures.test_x,
        pictures.test_y,
    )
