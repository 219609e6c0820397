"""Arrays in IDX files, gzipped or not, and sets of labelled images that consist of four such files."""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package puts FashionMNIST."""

PACKAGE = "dataset-fashion-mnist"

FASHION_SHA256: Mapping[str, str] = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
"""SHA-256 of the unpacked bytes: copies of the set differ in how they were packed."""

FASHION_CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def _unpacked(path: Path) -> bytes:
    packed = path.read_bytes()
    if packed[:2] != b"\x1f\x8b":
        return packed
    try:
        return gzip.decompress(packed)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: found a damaged or truncated gzip file ({error}), expected a whole one") from None


def read_idx(path: Path, sha256: str | None = None) -> NDArray[Any]:
    """Return the array of an IDX file, in its own shape and number type.

    The format: two zero bytes, a byte for the type, a byte for the number of dimensions, the dimensions as 32-bit
    numbers and the entries, rows first, all big-endian (LeCun, Cortes, Burges, "The MNIST database", 1998).

    Args:
        path: the file; gzipped if it begins as gzip does.
        sha256: what the unpacked bytes must have as SHA-256, in hexadecimal.

    Raises:
        FileNotFoundError: no such file.
        ValueError: no IDX file, a truncated or too long one, or another checksum.
    """
    data = _unpacked(path)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _TYPES or not data[3]:
        found = data[:4].hex(" ") or "nothing"
        raise ValueError(f"{path}: found {found} at the start, expected the head of an IDX file")
    head = 4 + 4 * data[3]
    if len(data) < head:
        raise ValueError(f"{path}: found {len(data)} bytes, expected a head of {head}: the file is truncated")
    shape = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, head, 4))
    kind = np.dtype(_TYPES[data[2]])
    expected = head + kind.itemsize * math.prod(shape)
    if len(data) != expected:
        state = "truncated" if len(data) < expected else "too long"
        raise ValueError(f"{path}: found {len(data)} bytes, expected {expected} for shape {shape}: the file is {state}")
    if sha256 is not None:
        digest = hashlib.sha256(data).hexdigest()
        if digest != sha256:
            raise ValueError(f"{path}: found SHA-256 {digest} of the unpacked bytes, expected {sha256}")
    return np.frombuffer(data, kind, offset=head).reshape(shape).astype(kind.newbyteorder("="))


@dataclass(frozen=True)
class ImageSet:
    """Labelled images for training and for tests.

    Attributes:
        train_images, test_images: shape (n, height, width), of bytes.
        train_labels, test_labels: shape (n,), of bytes.
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{folder}: found no {name}.gz, expected the four IDX files of FashionMNIST. On Debian they are in the package "
        f"{PACKAGE} (apt-get install {PACKAGE}); for a folder of your own, name it: --data DIR"
    )


def read_image_set(folder: Path, *, classes: int = 10, sha256: Mapping[str, str] | None = None) -> ImageSet:
    """Return the set whose files are named as those of MNIST: ``train-`` and ``t10k-``, ``images-`` and ``labels-``.

    Args:
        folder: with the four files, gzipped or not.
        classes: labels are from 0 to classes - 1.
        sha256: checksums of the unpacked bytes by file name without ending; None checks none.

    Raises:
        FileNotFoundError: a file is missing; the message names Debian's package with FashionMNIST.
        ValueError: see `read_idx`; or images and labels that do not belong together.
    """
    arrays: dict[str, NDArray[Any]] = {}
    paths = {name: _file(folder, name) for name in FASHION_SHA256}
    for name, path in paths.items():
        arrays[name] = read_idx(path, None if sha256 is None else sha256[name])
        wanted = 3 if "images" in name else 1
        if arrays[name].ndim != wanted or arrays[name].dtype != np.uint8:
            found = f"{arrays[name].ndim} dimensions of {arrays[name].dtype}"
            raise ValueError(f"{path}: found {found}, expected {wanted} of uint8")
    parts = list(arrays.values())
    for images, labels, name in zip(parts[::2], parts[1::2], list(paths)[1::2], strict=True):
        if len(images) != len(labels) or not len(labels):
            found = f"{len(labels)} labels for {len(images)} images"
            raise ValueError(f"{paths[name]}: found {found}, expected one label for each of at least one image")
        if int(labels.max()) >= classes:
            found = f"the label {int(labels.max())}"
            raise ValueError(f"{paths[name]}: found {found}, expected labels from 0 to {classes - 1}")
    if parts[0].shape[1:] != parts[2].shape[1:]:
        found = f"test images of {parts[2].shape[1:]}"
        raise ValueError(f"{folder}: found {found}, expected {parts[0].shape[1:]} as in training")
    return ImageSet(*parts)


def fashion_mnist(folder: Path | None = None) -> ImageSet:
    """Return FashionMNIST: 60,000 and 10,000 images of 28x28, ten classes of equal size; every byte is checked.

    Reference: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset" (2017).

    Args:
        folder: with the four IDX files; by default that of Debian's package.

    Raises:
        FileNotFoundError, ValueError: see `read_image_set`.
    """
    return read_image_set(FOLDER if folder is None else folder, sha256=FASHION_SHA256)
