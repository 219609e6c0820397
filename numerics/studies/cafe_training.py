"""What the five studies of the linear network on faces share: settings, faces, training. All see the same networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ...models.cafe import CAFENet, fit
from ...models.faces import EMOTIONS, Faces, load_faces
from ...models.synthetic_faces import synthetic_faces
from ..harness.streams import Stream
from .study import Expectation, Key, Results, Settings

SETTINGS: Mapping[str, Any] = {
    "data": None,
    "train people": 6,
    "test people": 3,
    "strength": 0.5,
    "grain": 0.02,
    "epochs": 201,
    "step": 1e-3,
    "output": "logits",
    "repeats": 5,
}
"""Of the source: 201 epochs, Adam's own step, logits. `data` is a folder of PGM files; None draws synthetic faces."""

QUICK = {"repeats": 2}
OUTPUTS = ("logits", "softmax")
CHANCE = float(np.log(len(EMOTIONS)))
"""The cross entropy of a guess that gives each category the same probability."""

FLOOR = float(np.log(1 + (len(EMOTIONS) - 1) / np.e))
"""What the cross entropy cannot go below if the network ends in a softmax: its outputs then differ by 1 at most."""


@dataclass(frozen=True)
class Trained:
    """A network, what it was trained on, people it never saw, and the loss before each step."""

    net: nn.Module
    train: Faces
    test: Faces
    losses: NDArray[np.float64]


def keys(settings: Settings) -> list[Key]:
    """One run for each repetition."""
    return [("repeat", number) for number in range(settings["repeats"])]


def shared(stream: Stream, key: Key) -> Stream:
    """Return the randomness that a repetition has in all five studies, so that they speak of the same networks."""
    return Stream(stream.seed).spawn("cafe", *key)


def faces(settings: Settings, stream: Stream) -> tuple[Faces, Faces]:
    """Return the faces to train on and those of other people.

    Raises:
        FileNotFoundError, ValueError: a folder that `load_faces` refuses, or that has no face of a part or emotion.
    """
    if settings["data"] is not None:
        found = load_faces(settings["data"])
    else:
        found = synthetic_faces(
            lambda subject: stream.spawn("person", subject).generator(),
            people={"train": settings["train people"], "test": settings["test people"]},
            strength=settings["strength"],
            noise=settings["grain"],
        )
    known, unknown = found.part("train"), found.part("test")
    missing = [emotion for label, emotion in enumerate(EMOTIONS) if label not in known.labels]
    if missing:
        raise ValueError(f"{settings['data']}: found no face to train on of {', '.join(missing)}, expected all six")
    return known, unknown


def network(settings: Settings, stream: Stream) -> nn.Module:
    """Return the network before training; with the output "softmax" it has the layer that it must not have."""
    if settings["output"] not in OUTPUTS:
        raise ValueError(f"output: found {settings['output']!r}, expected one of {', '.join(OUTPUTS)}")
    with stream.spawn("weights").torch_default():
        net = CAFENet()
    return net if settings["output"] == "logits" else nn.Sequential(net, nn.Softmax(dim=1))


def train(
    settings: Settings, stream: Stream, parts: tuple[Faces, Faces] | None = None, labels: Tensor | None = None
) -> Trained:
    """Train one network, on the given parts and labels or on those of the settings."""
    known, unknown = parts or faces(settings, stream)
    net = network(settings, stream)
    given = known.labels if labels is None else labels
    losses = fit(net, known.images, given, settings["epochs"], lr=settings["step"])
    return Trained(net, known, unknown, np.array(losses))


def shown(settings: Settings) -> str:
    """What the pictures are, for titles."""
    return "synthetic faces" if settings["data"] is None else f"faces of {Path(settings['data']).name}"


def last(results: Results, name: str) -> NDArray[np.float64]:
    """The last entry of an array in each run."""
    return np.array([float(np.atleast_1d(arrays[name])[-1]) for arrays in results.values()])


def every(results: Results, name: str) -> NDArray[Any]:
    """An array of all runs, the runs first."""
    return np.stack([arrays[name] for arrays in results.values()])


def spread(values: NDArray[np.float64]) -> dict[str, object]:
    """Median and range over the runs."""
    return {"median": float(np.median(values)), "lowest": values.min(), "highest": values.max()}


def expect_small(results: Results) -> tuple[Expectation, Expectation]:
    """What both studies of the training expect of its last loss."""
    final = last(results, "losses")
    return (
        Expectation(
            "below-the-floor",
            f"the last loss of every run is below log(1 + 5/e) = {FLOOR:.3f}, the floor of a network with a softmax",
            bool((final < FLOOR).all()),
            spread(final),
        ),
        Expectation(
            "small",
            f"the median of the last losses is below a tenth of log 6, {CHANCE / 10:.3f}",
            bool(np.median(final) < CHANCE / 10),
            spread(final),
        ),
    )
