"""Faces drawn from parameters: persons and six expressions, where no pictures of real ones are at hand.

Which muscles an expression moves follows P. Ekman and W. Friesen, "Facial Action Coding System" (1978), coarsely:
brows up, down and inwards, lids wide or narrow, corners and opening of the mouth, a wrinkled nose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .faces import EMOTIONS, IMAGE_SHAPE, Faces

SUBJECTS = {"train": ("011", "041", "051", "061", "071", "081"), "test": ("021", "022", "031")}
"""Names of the persons, in the way that tells the parts apart; more are numbered on."""

_SCALE = 2  # drawn larger and then averaged, for smooth edges
_Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Expression:
    """How far each part of a neutral face is moved; pixels, or shares of the neutral size.

    Attributes:
        brow_height: of the brows, upwards.
        brow_inside: of their inner ends, upwards.
        lids: opening of the eyes, added to the share 1.
        mouth_width: added to the share 1.
        mouth_corners: upwards.
        mouth_opening: between the lips.
        nose_wrinkle: darkness of the folds beside the nose, from 0 to 1.
    """

    brow_height: float = 0.0
    brow_inside: float = 0.0
    lids: float = 0.0
    mouth_width: float = 0.0
    mouth_corners: float = 0.0
    mouth_opening: float = 0.0
    nose_wrinkle: float = 0.0

    def scaled(self, factor: float) -> Expression:
        """Return the expression shown more or less strongly."""
        return Expression(*(factor * value for value in astuple(self)))


EXPRESSIONS = {
    "anger": Expression(-9, -13, -0.30, -0.20, -3, 0, 0.25),
    "disgusted": Expression(-6, -4, -0.45, -0.05, -7, 5, 1.00),
    "happy": Expression(2, 0, -0.20, 0.35, 13, 9, 0.10),
    "maudlin": Expression(-2, 13, -0.25, -0.05, -13, 0, 0.0),
    "fear": Expression(9, 9, 0.45, 0.20, -6, 12, 0.0),
    "surprise": Expression(17, 2, 0.55, -0.25, 0, 30, 0.0),
}


@dataclass(frozen=True)
class Person:
    """What differs between people: places and lengths in pixels, grey values from 0 to 1."""

    middle: float
    head_width: float
    head_height: float
    skin: float
    hair: float
    hairline: float
    eye_height: float
    eye_distance: float
    eye_width: float
    brow_gap: float
    brow_weight: float
    nose_length: float
    nose_width: float
    mouth_height: float
    mouth_width: float
    lip_weight: float
    light: float

    @classmethod
    def drawn(cls, generator: np.random.Generator) -> Person:
        """Return somebody; eyes and mouths are nearly at the same places, as in aligned pictures."""
        u = generator.uniform
        return cls(
            middle=120 + u(-4, 4),
            head_width=u(78, 92),
            head_height=u(128, 145),
            skin=u(0.55, 0.85),
            hair=u(0.05, 0.45),
            hairline=u(70, 105),
            eye_height=165 + u(-4, 4),
            eye_distance=u(34, 41),
            eye_width=u(15, 19),
            brow_gap=u(20, 27),
            brow_weight=u(5, 9),
            nose_length=u(50, 62),
            nose_width=u(12, 18),
            mouth_height=262 + u(-4, 4),
            mouth_width=u(30, 38),
            lip_weight=u(5, 8),
            light=u(-0.25, 0.25),
        )


def _curve(left: tuple[float, float], bend: tuple[float, float], right: tuple[float, float]) -> _Points:
    """Points of the quadratic Bezier curve with these control points."""
    t = np.linspace(0.0, 1.0, 33)[:, None]
    points = (1 - t) ** 2 * np.array(left) + 2 * t * (1 - t) * np.array(bend) + t**2 * np.array(right)
    return [(float(x), float(y)) for x, y in points]


class _Canvas:
    """Grey shapes in the coordinates of the finished picture."""

    def __init__(self, background: float) -> None:
        rows, columns = IMAGE_SHAPE
        self.image = Image.new("L", (columns * _SCALE, rows * _SCALE), round(255 * background))
        self._draw = ImageDraw.Draw(self.image)

    def ellipse(self, x: float, y: float, half_width: float, half_height: float, grey: float) -> None:
        box = (x - half_width, y - half_height, x + half_width, y + half_height)
        self._draw.ellipse([_SCALE * value for value in box], fill=round(255 * grey))

    def line(self, points: _Points, weight: float, grey: float) -> None:
        scaled = [(_SCALE * x, _SCALE * y) for x, y in points]
        self._draw.line(scaled, fill=round(255 * grey), width=max(1, round(_SCALE * weight)), joint="curve")

    def area(self, points: _Points, grey: float) -> None:
        self._draw.polygon([(_SCALE * x, _SCALE * y) for x, y in points], fill=round(255 * grey))

    def finished(self) -> NDArray[np.float32]:
        small = self.image.resize(IMAGE_SHAPE[::-1], Image.Resampling.BOX)
        return np.asarray(small, dtype=np.float32) / 255.0


def draw_face(who: Person, shown: Expression) -> NDArray[np.float32]:
    """Return a picture of shape (380, 240) with values from 0 to 1."""
    canvas = _Canvas(background=0.35)
    dark = 0.45 * who.skin
    canvas.ellipse(who.middle, 175, 1.12 * who.head_width, 1.08 * who.head_height, who.hair)
    canvas.area([(who.middle + dx, y) for dx, y in ((-38, 290), (38, 290), (46, 380), (-46, 380))], 0.85 * who.skin)
    canvas.ellipse(who.middle, 195, who.head_width, who.head_height, who.skin)
    canvas.ellipse(who.middle, who.hairline - 30, 0.85 * who.head_width, 34, who.hair)
    for side in (-1, 1):
        _draw_eye(canvas, who, shown, side)
        nose = who.eye_height + who.nose_length
        fold = (1 - 0.5 * shown.nose_wrinkle) * who.skin
        for drop in (0, 9):
            start = (who.middle + side * 9, who.eye_height + 20 + drop)
            canvas.line([start, (start[0] + side * 11, start[1] + 12)], 3, fold)
        canvas.ellipse(who.middle + side * who.nose_width * 0.6, nose, 4.5, 3, dark)
        cheek = (who.middle + side * (who.nose_width + 6), nose - 4)
        end = (who.middle + side * (who.mouth_width * (1 + shown.mouth_width) + 8), who.mouth_height - 12)
        canvas.line(
            _curve(cheek, (end[0], cheek[1] + 8), end), 2.5, (0.92 - 0.2 * max(shown.nose_wrinkle, 0)) * who.skin
        )
    _draw_mouth(canvas, who, shown)
    return _lit(canvas.finished(), who)


def _draw_eye(canvas: _Canvas, who: Person, shown: Expression, side: int) -> None:
    x, y = who.middle + side * who.eye_distance, who.eye_height
    opening = 8.0 * max(1 + shown.lids, 0.15)
    canvas.ellipse(x, y, who.eye_width, opening, 0.95)
    canvas.ellipse(x, y, min(7.0, opening), min(7.0, opening), 0.12)
    brow = y - who.brow_gap - shown.brow_height
    inner = (x - side * who.eye_width, brow - shown.brow_inside)
    outer = (x + side * who.eye_width * 1.3, brow + 5)
    canvas.line(_curve(inner, (x, brow - 7), outer), who.brow_weight, 0.8 * who.hair)


def _draw_mouth(canvas: _Canvas, who: Person, shown: Expression) -> None:
    half = who.mouth_width * (1 + shown.mouth_width)
    x, y, corner = who.middle, who.mouth_height, who.mouth_height - shown.mouth_corners
    left, right = (x - half, corner), (x + half, corner)
    upper = _curve(left, (x, y + shown.mouth_corners - shown.mouth_opening), right)
    lower = _curve(left, (x, y + shown.mouth_corners + 1.6 * shown.mouth_opening), right)
    canvas.area([*upper, *reversed(lower)], 0.15)
    for lip in (upper, lower):
        canvas.line(lip, who.lip_weight, 0.55 * who.skin)


def _lit(picture: NDArray[np.float32], who: Person) -> NDArray[np.float32]:
    """Brighter on one side, as `who.light` says."""
    across = np.linspace(-1.0, 1.0, picture.shape[1], dtype=np.float32)
    return np.clip(picture * (1 + who.light * across), 0.0, 1.0)


def synthetic_faces(
    generator: Callable[[str], np.random.Generator],
    *,
    people: dict[str, int] | None = None,
    strength: float = 1.0,
    noise: float = 0.02,
) -> Faces:
    """Draw each expression once for each person; nobody is in both parts.

    Args:
        generator: from a person's name to the randomness of their pictures.
        people: how many there are in "train" and "test"; 6 and 3 without it.
        strength: of the expressions; each picture varies by a fifth around it.
        noise: standard deviation of the grain.

    Raises:
        ValueError: fewer than one person, or more than there are names.
    """
    images, labels, subjects = [], [], []
    for part, names in SUBJECTS.items():
        count = len(names) if people is None else people[part]
        if not 1 <= count <= len(names):
            raise ValueError(f"people: found {count} for {part}, expected 1 to {len(names)}")
        for subject in names[:count]:
            rng = generator(subject)
            who = Person.drawn(rng)
            for label, emotion in enumerate(EMOTIONS):
                shown = EXPRESSIONS[emotion].scaled(strength * rng.uniform(0.8, 1.2))
                grain = noise * rng.standard_normal(IMAGE_SHAPE).astype(np.float32)
                images.append(np.clip(draw_face(who, shown) + grain, 0.0, 1.0).ravel())
                labels.append(label)
                subjects.append(subject)
    return Faces(torch.from_numpy(np.stack(images)), torch.tensor(labels), tuple(subjects))
