"""IDX files: the real set, and every way in which a file or a folder can be wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from twinproof.cli import main
from twinproof.models.idx import FOLDER, PACKAGE, fashion_mnist, read_idx, read_image_set
from twinproof.numerics.harness.streams import Stream
from twinproof.numerics.studies.pictures import load


def packed(array: np.ndarray, code: int = 8) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.tobytes()


IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
LABELS = np.array([0, 9], dtype=np.uint8)


def folder_of(path: Path, images: np.ndarray = IMAGES, labels: np.ndarray = LABELS) -> Path:
    for part in ("train", "t10k"):
        (path / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(packed(images)))
        (path / f"{part}-labels-idx1-ubyte").write_bytes(packed(labels))
    return path


def test_a_file_is_read_packed_or_not_in_its_own_type(tmp_path: Path) -> None:
    path = tmp_path / "a"
    numbers = np.array([[1, -2], [300, 4]], dtype=">i2")
    path.write_bytes(packed(numbers, 0x0B))
    assert np.array_equal(read_idx(path), numbers)
    found = read_image_set(folder_of(tmp_path))
    assert np.array_equal(found.train_images, IMAGES)
    assert np.array_equal(found.test_labels, LABELS)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "found nothing at the start"),
        (b"P5 380", "found 50 35 20 33 at the start, expected the head of an IDX file"),
        (packed(IMAGES)[:9], "found 9 bytes, expected a head of 16: the file is truncated"),
        (packed(IMAGES)[:-1], r"found 39 bytes, expected 40 for shape \(2, 4, 3\): the file is truncated"),
        (packed(IMAGES) + b"x", "found 41 bytes, expected 40 .* too long"),
        (gzip.compress(packed(IMAGES), mtime=0)[:-9], "found a damaged or truncated gzip file"),
    ],
    ids=["empty", "another format", "truncated head", "truncated", "too long", "truncated gzip"],
)
def test_a_bad_file_is_named(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"images.gz: {told}"):
        read_idx(path)


def test_a_wrong_checksum_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz: found SHA-256 .*, expected c59f"):
        fashion_mnist(folder_of(tmp_path))


def test_a_set_that_does_not_fit_together_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="train-labels-idx1-ubyte: found 1 labels for 2 images"):
        read_image_set(folder_of(tmp_path, labels=LABELS[:1]))
    with pytest.raises(ValueError, match="found the label 10, expected labels from 0 to 9"):
        read_image_set(folder_of(tmp_path, labels=LABELS + np.uint8(1)))
    with pytest.raises(ValueError, match="found 1 dimensions of uint8, expected 3"):
        read_image_set(folder_of(tmp_path, images=LABELS))


def test_an_empty_folder_is_told_with_the_package(tmp_path: Path) -> None:
    command = ["reproduce", "fashion-mlp", "--jobs", "1", "--data", str(tmp_path), "--output", str(tmp_path / "out")]
    found = CliRunner().invoke(main, command)
    assert found.exit_code == 2
    assert PACKAGE in " ".join(found.output.split())
    assert not list((tmp_path / "out").rglob("*.npz"))


def test_wrong_settings_of_a_set_are_told() -> None:
    with pytest.raises(ValueError, match="dataset: found 'cats', expected one of FashionMNIST, digits"):
        load("cats", None, None, Stream(0))
    with pytest.raises(ValueError, match="examples: found 0, expected from 1 to 1438"):
        load("digits", None, 0, Stream(0))


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"Debian's package {PACKAGE} is not installed")
def test_the_real_set_is_whole() -> None:
    found = fashion_mnist()
    assert found.train_images.shape == (60_000, 28, 28)
    assert found.test_images.shape == (10_000, 28, 28)
    assert (np.bincount(found.train_labels) == 6000).all()
    assert (np.bincount(found.test_labels) == 1000).all()
    assert abs(float(found.train_images.mean()) - 72.940) < 1e-3
