"""One hidden layer of steps: what differences along the hyperplanes of its units make of it, and of a box."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import cast

import numpy as np
import torch

from ..models.step_networks import StepNetwork
from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Trial


def differences(trial: Trial) -> Evidence:
    """Take one difference a unit, along its hyperplane and far: the live network gives 0, the box gives h.

    The points are x + the sum of any of the shifts, all in the plane of the first two inputs; the signs alternate. A
    network that were the box would give the same sum, so it is off by |h|/2^H at one of them. Weights are whole
    numbers, biases halves, output weights and the other inputs eighths: all is exact.
    """
    h, place = float(cast("float", trial.options["height"])), cast("float | None", trial.options["place"])
    shape = str(trial.options["shape"])

    def examine(key: Key) -> Iterator[Check]:
        inputs, count = int(key[1]), int(key[2])
        draw = trial.stream.spawn(*key).generator()
        weights = draw.integers(-3, 4, (count, inputs)).astype(np.float64)
        biases, outgoing = draw.integers(-3, 4, count) / 2.0, draw.integers(-8, 9, count) / 8.0
        if h == 0.0 or place is not None:
            outgoing = np.zeros(count)
        across = np.zeros((count, inputs))
        across[:, :2] = np.stack([-weights[:, 1], weights[:, 0]], axis=1)
        across[(weights[:, :2] == 0.0).all(axis=1), 0] = 1.0
        if shape != "cube":  # hyperplanes x = 0, ..., count, heights between them, 0 beyond: shifts cross them
            heights = draw.choice([-3.0, -1.0, 2.0, 5.0], count + 1) / 8.0
            heights[-1] = 0.0
            outgoing, biases = np.diff(heights, prepend=0.0), -np.arange(count + 1.0)
            count += 1
            weights, across = np.zeros((count, inputs)), np.zeros((count, inputs))
            weights[:, 0] = across[:, 0] = 1.0
            across[:, 1] = 0.0 if shape == "interval" else draw.integers(-3, 4, count)
        width = 1 if shape == "interval" else inputs
        net = StepNetwork(weights[:, :width].tolist(), biases.tolist(), outgoing.tolist())
        shifts = across * (4.0 * 16.0 ** np.arange(count))[:, None]
        chosen = np.array(list(product((0.0, 1.0), repeat=count)))
        signs = (-1.0) ** (count - chosen.sum(axis=1))
        start = draw.integers(1, 9, inputs) / 8.0 if place is None else np.full(inputs, place)
        start[:2] = 0.5
        points = start + chosen @ shifts
        with torch.no_grad():
            live = net(torch.from_numpy(points[:, :width])).numpy()
        table = {"d": inputs - 2, "H": count, "W": weights.tolist(), "c": biases.tolist(), "v": outgoing.tolist()}
        values = [table | {"h": h, "x": float(a[0]), "y": float(a[1]), "z": a.tolist()} for a in points]
        stated = [float(trial.formulas.left("box", **each)) for each in values]
        box = np.array([float(trial.formulas.right("box", **each)) for each in values])
        detail = {"H": count, "W": weights.tolist(), "c": biases.tolist(), "v": outgoing.tolist(), "h": h}
        entries = {f"z{k}": points[:, k] for k in range(inputs)}
        yield Check("live network, left side", live, stated, detail=detail, entries=entries)
        yield Check("alternating sum of the live network", float(signs @ live), 0.0, detail=detail)
        yield Check("the network is not the box", float(np.abs(live - box).max()), 0.0, 0.0, "!=", detail)
        yield Check("alternating sum of the box", abs(float(signs @ box)), abs(h), detail=detail)

    repeats = range(1 if trial.profile == "quick" else 20)
    inputs = cast("tuple[int, ...]", trial.options["inputs"])
    return compare(
        trial,
        "one-hidden-layer",
        [("units", d, count, repeat) for d in inputs for count in range(1, 8) for repeat in repeats],
        examine,
        holds="differences along its hyperplanes make every live network of one hidden layer 0, and the box h",
    )
