"""Pictures of faces that show an emotion: read from a folder of PGM files, and split by person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

IMAGE_SHAPE = (380, 240)
"""Rows and columns of a picture; 91,200 pixels."""

EMOTIONS = ("anger", "disgusted", "happy", "maudlin", "fear", "surprise")
"""The categories in the order of their labels 0, ..., 5."""

CODES = {"a": 0, "d": 1, "h": 2, "ht": 2, "m": 3, "f": 4, "s": 5}
"""What a file name says of the emotion (ht: happy, with teeth)."""

_NAME = re.compile(r"(?P<subject>\d{2,})_(?P<code>[A-Za-z]+)\d*")
_TEST = "23"


@dataclass(frozen=True)
class Faces:
    """Pictures with labels.

    Attributes:
        images: of shape (n, 91200), grey values from 0 to 1, rows first.
        labels: of shape (n,), integers from 0 to 5.
        subjects: for each picture, the digits that name its person.
    """

    images: Tensor
    labels: Tensor
    subjects: tuple[str, ...]

    def part(self, name: str) -> Faces:
        """Return the pictures of one part: a person whose second digit is 2 or 3 belongs to "test", others to "train".

        Raises:
            ValueError: another name, or a part without pictures.
        """
        if name not in ("train", "test"):
            raise ValueError(f"part: found {name!r}, expected 'train' or 'test'")
        chosen = [index for index, who in enumerate(self.subjects) if (who[1] in _TEST) == (name == "test")]
        if not chosen:
            found = ", ".join(sorted(set(self.subjects)))
            digits = "2 or 3" if name == "test" else "other than 2 and 3"
            raise ValueError(
                f"{name} faces: found the subjects {found} in the file names, expected one with a second digit {digits}"
            )
        return Faces(self.images[chosen], self.labels[chosen], tuple(self.subjects[index] for index in chosen))


def read_name(path: Path) -> tuple[str, int]:
    """Return the subject and the label that a file name such as ``011_h1.pgm`` carries.

    Raises:
        ValueError: another form of name, or an emotion that is none of the six (neutral faces are not).
    """
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise ValueError(f"{path}: found the name {path.name!r}, expected subject, emotion and number as in 011_h1.pgm")
    code = match["code"].lower()
    if code not in CODES:
        told = ", ".join(f"{one} ({EMOTIONS[label]})" for one, label in CODES.items())
        raise ValueError(f"{path}: found the emotion {code!r}, expected one of {told}")
    return match["subject"], CODES[code]


def read_image(path: Path) -> Tensor:
    """Return a picture of shape (91200,) with values from 0 to 1.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no picture, is cut off, is not grey with 8 bits, or has another size.
    """
    try:
        with Image.open(path) as image:
            image.load()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a file that is cut off, in older releases of Pillow
        raise ValueError(f"{path}: found no readable picture ({error}), expected a PGM file") from None
    rows, columns = IMAGE_SHAPE
    if image.size != (columns, rows):
        raise ValueError(
            f"{path}: found {image.height} rows and {image.width} columns, expected {rows} rows and {columns} columns"
        )
    if image.mode != "L":
        raise ValueError(f"{path}: found a picture of mode {image.mode}, expected grey values of 8 bits (mode L)")
    return torch.from_numpy(np.array(image, dtype=np.float32) / 255.0).flatten()


def load_faces(folder: str | Path) -> Faces:
    """Read the ``.pgm`` files of a folder, in the order of their names.

    Raises:
        FileNotFoundError: no such folder, or none of these files in it.
        ValueError: a file that `read_name` or `read_image` refuses.
    """
    place = Path(folder)
    if not place.is_dir():
        raise FileNotFoundError(f"{place}: found no such folder, expected one with faces as 011_h1.pgm")
    paths = sorted(path for path in place.iterdir() if path.suffix.lower() == ".pgm")
    if not paths:
        raise FileNotFoundError(f"{place}: found no .pgm file, expected faces as 011_h1.pgm")
    named = [read_name(path) for path in paths]
    images = torch.stack([read_image(path) for path in paths])
    return Faces(images, torch.tensor([label for _, label in named]), tuple(subject for subject, _ in named))
