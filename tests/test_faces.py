"""Faces from a folder, and drawn ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from twinproof import catalogue
from twinproof.cli import main
from twinproof.models.faces import CODES, EMOTIONS, Faces, load_faces, read_name
from twinproof.models.synthetic_faces import SUBJECTS, synthetic_faces
from twinproof.numerics.harness.streams import Stream
from twinproof.numerics.studies.reproduction import reproduce


def _drawn(**options) -> Faces:
    return synthetic_faces(lambda subject: Stream(0).spawn(subject).generator(), **options)


def _write(folder: Path, name: str, size: tuple[int, int] = (240, 380), grey: int = 51) -> Path:
    path = folder / name
    Image.new("L", size, grey).save(path)
    return path


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    pixels = np.arange(380 * 240, dtype=np.uint32).reshape(380, 240) % 256
    Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "022_ht2.pgm")
    _write(tmp_path, "011_s1.PGM")
    (tmp_path / "readme.txt").write_text("no face")
    found = load_faces(tmp_path)
    assert found.subjects == ("011", "022")
    assert found.labels.tolist() == [5, 2]
    assert found.images.shape == (2, 91_200)
    assert torch.equal(found.images[0], torch.full((91_200,), 0.2))
    assert float(found.images[1, 241]) == pytest.approx(241 / 255)
    assert found.part("train").subjects == ("011",)
    assert found.part("test").labels.tolist() == [2]


def test_names_carry_subject_and_emotion() -> None:
    assert [read_name(Path(f"041_{code}1.pgm")) for code in CODES] == [("041", label) for label in CODES.values()]
    assert read_name(Path("041_H.pgm")) == ("041", 2)
    with pytest.raises(ValueError, match=r"041_n1\.pgm: found the emotion 'n', expected one of a \(anger\)"):
        read_name(Path("041_n1.pgm"))
    for name in ("face.pgm", "4_h1.pgm", "041.pgm"):
        with pytest.raises(ValueError, match="expected subject, emotion and number as in 011_h1"):
            read_name(Path(name))


def test_what_is_wrong_with_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent: found no such folder"):
        load_faces(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match=r"found no \.pgm file"):
        load_faces(tmp_path)
    _write(tmp_path, "011_h1.pgm")
    told = "test faces: found the subjects 011 in the file names, expected one with a second digit 2 or 3"
    with pytest.raises(ValueError, match=told):
        load_faces(tmp_path).part("test")
    with pytest.raises(ValueError, match="part: found 'dev'"):
        load_faces(tmp_path).part("dev")


def test_what_is_wrong_with_a_picture_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, "011_h1.pgm", (380, 240))
    with pytest.raises(
        ValueError, match=r"011_h1\.pgm: found 240 rows and 380 columns, expected 380 rows and 240 columns"
    ):
        load_faces(tmp_path)
    _write(tmp_path, "011_h1.pgm")
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(ValueError, match=r"011_h1\.pgm: found no readable picture .* expected a PGM file"):
        load_faces(tmp_path)
    path.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"011_h1\.pgm: found no readable picture"):
        load_faces(tmp_path)
    Image.new("RGB", (240, 380)).save(path, format="PPM")
    with pytest.raises(ValueError, match=r"011_h1\.pgm: found a picture of mode RGB, expected grey"):
        load_faces(tmp_path)


def test_drawn_faces_show_each_emotion_of_each_person_once() -> None:
    found = _drawn()
    assert found.images.shape == (54, 91_200)
    assert found.images.dtype == torch.float32
    assert 0 <= float(found.images.min()) < float(found.images.max()) <= 1
    for part, count in (("train", 6), ("test", 3)):
        one = found.part(part)
        assert one.subjects == tuple(who for who in SUBJECTS[part] for _ in EMOTIONS)
        assert torch.bincount(one.labels).tolist() == [count] * 6
    assert not set(found.part("train").subjects) & set(found.part("test").subjects)


def test_drawn_faces_depend_on_the_person_alone() -> None:
    few = _drawn(people={"train": 1, "test": 1})
    assert torch.equal(few.part("test").images, _drawn().part("test").images[:6])
    with pytest.raises(ValueError, match="people: found 7 for train, expected 1 to 6"):
        _drawn(people={"train": 7, "test": 1})


def test_without_strength_the_expressions_are_alike() -> None:
    def apart(strength: float) -> float:
        one = _drawn(people={"train": 1, "test": 1}, strength=strength, noise=0.0)
        return float((one.images[:6] - one.images[0]).abs().max())

    assert apart(0.0) == 0.0
    assert apart(0.5) > 0.3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of pictures as a user has it: drawn here, named as the course names them."""
    place = tmp_path / "faces"
    place.mkdir()
    found = _drawn(strength=0.5)
    letters = {label: code for code, label in reversed(CODES.items())}
    for image, label, subject in zip(found.images, found.labels.tolist(), found.subjects, strict=True):
        grey = (255 * image.numpy().reshape(380, 240)).round().astype(np.uint8)
        Image.fromarray(grey).save(place / f"{subject}_{letters[label]}1.pgm")
    return place


def test_a_study_takes_a_users_folder(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = reproduce(catalogue.study("cafe-confusion"), out, changes={"data": str(folder), "repeats": 1})
    assert found.holds, [one.to_dict() for one in found.expectations if not one.holds]
    assert found.table is not None
    assert "faces of faces" in found.table.caption


def test_a_study_refuses_a_folder_without_one_of_the_emotions(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*_f1.pgm"):
        path.unlink()
    given = ["reproduce", "cafe-fit", "--jobs", "1", "--data", str(folder), "--output", str(tmp_path / "out")]
    refused = CliRunner().invoke(main, given)
    assert refused.exit_code == 2
    assert "found no face to train on of fear, expected all six" in refused.output
    assert not list((tmp_path / "out").rglob("*.npz"))
