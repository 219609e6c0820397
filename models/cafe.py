"""One linear layer from the pixels of a face to six emotions, its training, its errors and its weights as pictures.

The pictures that the problem names are those of M. Dailey, G. Cottrell and J. Reilly, "California Facial Expressions
(CAFE)", unpublished digital images, UCSD (2001).
"""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import Tensor, nn

from .faces import EMOTIONS, IMAGE_SHAPE

PIXELS = IMAGE_SHAPE[0] * IMAGE_SHAPE[1]


class CAFENet(nn.Module):
    """x -> W x + b: raw logits of the six emotions, without a softmax (`nn.CrossEntropyLoss` has one inside).

    Input (..., 91200), output (..., 6). Parameters are PyTorch's defaults: 6 (91,200 + 1) = 547,206 of them.
    """

    def __init__(self, *, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.linear = nn.Linear(PIXELS, len(EMOTIONS), device=device, dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Map pictures of shape (..., 91200) to logits of shape (..., 6).

        Raises:
            ValueError: another number of pixels.
        """
        if x.shape[-1:] != (PIXELS,):
            raise ValueError(f"x: found shape {tuple(x.shape)}, expected (..., {PIXELS}): flatten the pictures")
        logits: Tensor = self.linear(x)
        return logits

    def extra_repr(self) -> str:
        """The categories, in the order of the outputs."""
        return ", ".join(EMOTIONS)


def check_examples(x: Tensor, y: Tensor) -> None:
    """Raise ValueError unless x is (n, 91200) of finite numbers and y (n,) of labels from 0 to 5, n >= 1."""
    if x.ndim != 2 or x.shape[1] != PIXELS or len(x) == 0:
        raise ValueError(f"x: found shape {tuple(x.shape)}, expected (n, {PIXELS}) with n >= 1")
    if y.shape != (len(x),) or y.is_floating_point():
        raise ValueError(f"y: found shape {tuple(y.shape)} of {y.dtype}, expected ({len(x)},) of integers")
    wrong = y[(y < 0) | (y >= len(EMOTIONS))]
    if len(wrong):
        raise ValueError(f"y: found the label {int(wrong[0])}, expected 0 to {len(EMOTIONS) - 1}")
    bad = ~torch.isfinite(x).all(1)
    if bool(bad.any()):
        raise ValueError(f"x: found NaN or an infinite value in row {int(bad.nonzero()[0])}, expected finite pixels")


def fit(net: nn.Module, x: Tensor, y: Tensor, n_epochs: int = 201, *, lr: float = 1e-3) -> list[float]:
    """Train by Adam on the cross entropy of all examples at once.

    Args:
        net: maps (n, 91200) to logits (n, 6); it is changed.
        x, y: as `check_examples` says.
        n_epochs: steps.
        lr: of Adam; its other settings are the defaults.

    Returns:
        The loss before each step: `n_epochs` numbers, the first of the network as it was given.

    Raises:
        ValueError: what is wrong with the examples, fewer than one epoch, or a step that is not positive.
    """
    check_examples(x, y)
    if n_epochs < 1:
        raise ValueError(f"n_epochs: found {n_epochs}, expected at least 1")
    if not 0 < lr < float("inf"):
        raise ValueError(f"lr: found {lr}, expected a positive number")
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, fused=True)
    losses = []
    for _ in range(n_epochs):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(net(x), y)
        losses.append(float(loss.detach()))
        loss.backward()
        optimizer.step()
    return losses


@torch.no_grad()
def predict(net: nn.Module, x: Tensor) -> Tensor:
    """Return the most likely labels, of shape (n,)."""
    labels: Tensor = net(x).argmax(1)
    return labels


def confusion(truth: Tensor, predicted: Tensor, categories: int = len(EMOTIONS)) -> Tensor:
    """Return counts of shape (k, k): entry (i, j) of how many examples of category i were taken for j.

    Raises:
        ValueError: labels of different shapes or outside 0, ..., k - 1.
    """
    if truth.ndim != 1 or truth.shape != predicted.shape:
        raise ValueError(f"predicted: found shape {tuple(predicted.shape)}, expected that of the truth, (n,)")
    for name, labels in (("truth", truth), ("predicted", predicted)):
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < categories:
            found = f"{int(labels.min())} to {int(labels.max())}"
            raise ValueError(f"{name}: found labels from {found}, expected 0 to {categories - 1}")
    return torch.bincount(categories * truth + predicted, minlength=categories**2).reshape(categories, categories)


@torch.no_grad()
def weight_images(weight: Tensor) -> Tensor:
    """Return the weights as grey pictures of shape (k, 380, 240), integers from 0 to 255.

    One linear map for all k outputs takes the least weight of all to 0 and the greatest to 255, so that equal greys
    mean equal weights; then the fraction is cut off. Pictures are filled row by row.

    Args:
        weight: of shape (k, 91200).

    Raises:
        ValueError: another shape, NaN or infinity, or weights that are all equal (the map would divide 0 by 0).
    """
    if weight.ndim != 2 or weight.shape[1] != PIXELS:
        raise ValueError(f"weight: found shape {tuple(weight.shape)}, expected (k, {PIXELS})")
    least, greatest = weight.min(), weight.max()
    if not bool(torch.isfinite(least) & torch.isfinite(greatest)):
        raise ValueError("weight: found NaN or an infinite value, expected finite weights")
    if bool(least == greatest):
        raise ValueError(f"weight: found the constant {float(least)}, expected weights that differ")
    grey = (weight - least) * 255 / (greatest - least)
    return grey.int().reshape(-1, *IMAGE_SHAPE)


def save(net: nn.Module, path: str | Path) -> None:
    """Write the parameters to a file that is whole or not there."""
    place = Path(path)
    beside = place.with_name(f".{place.name}.part")
    torch.save(net.state_dict(), beside)
    beside.replace(place)


def load(path: str | Path) -> CAFENet:
    """Read a network that `save` wrote, without running anything that the file might hold.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds something else, for instance a pickled module.
    """
    try:
        state = torch.load(path, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(f"{path}: found {str(error).splitlines()[0]!r}, expected saved parameters") from None
    net = CAFENet(device="meta")
    try:
        net.load_state_dict(state, assign=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: found other contents than the parameters of a CAFENet ({error})") from None
    return net
