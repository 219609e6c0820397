"""A network with three hidden layers classifies FashionMNIST, beside the logistic regression that it improves on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from ...models.minibatches import train_epoch
from ...models.mlp import MLP
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .drawing import INK, PALETTE, grid
from .pictures import DIGITS, FASHION, SHOWN, load
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

SETTINGS: Mapping[str, Any] = {
    "dataset": FASHION,
    "data": None,
    "examples": None,
    "hidden": (256, 128, 64),
    "activation": "relu",
    "outputs": "logits",
    "batch": 128,
    "epochs": 15,
    "step": 1e-3,
    "repeats": 3,
}
QUICK: Mapping[str, Any] = {"dataset": DIGITS, "examples": 1400, "batch": 64, "epochs": 20}
ACCURACY = {FASHION: 0.88, DIGITS: 0.95}
FEW = 0.7
"""Test accuracy on FashionMNIST after training on a part of it."""
ALL = 60_000
OUTPUTS = ("logits", "probabilities")


def _keys(settings: Settings) -> list[Key]:
    return [(model, number) for model in ("network", "logistic") for number in range(settings["repeats"])]


def dataset_of(settings: Settings) -> str:
    """Return the set that the settings ask for: a folder of data is one of FashionMNIST, whatever the profile."""
    return str(settings["dataset"]) if settings["data"] is None else FASHION


def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    if settings["outputs"] not in OUTPUTS:
        raise ValueError(f"outputs: found {settings['outputs']!r}, expected one of {', '.join(OUTPUTS)}")
    # both models of a number see the same division of the digits
    division = Stream(stream.seed).spawn("fashion-mlp", "set", key[1])
    pictures = load(dataset_of(settings), settings["data"], settings["examples"], division)
    x, y = torch.from_numpy(pictures.train_x), torch.from_numpy(pictures.train_y)
    test_x, test_y = torch.from_numpy(pictures.test_x), torch.from_numpy(pictures.test_y)
    hidden = tuple(settings["hidden"]) if key[0] == "network" else ()
    with stream.spawn("weights").torch_default():
        model = MLP((x.shape[1], *hidden, len(pictures.classes)), settings["activation"], dtype=torch.float32)
    softmax_twice = settings["outputs"] == "probabilities"

    def loss(outputs: Tensor, labels: Tensor) -> Tensor:
        """CrossEntropyLoss, which takes logits: it contains the softmax."""
        return nn.functional.cross_entropy(outputs.softmax(1) if softmax_twice else outputs, labels)

    optimizer = torch.optim.Adam(model.parameters(), lr=settings["step"], fused=True)
    order = stream.spawn("order").torch()
    curves = np.empty((settings["epochs"] + 1, 4))
    for epoch in range(settings["epochs"] + 1):
        if epoch:
            train_epoch(model, x, y, loss=loss, optimizer=optimizer, batch_size=settings["batch"], generator=order)
        curves[epoch, :2] = _measure(model, x, y, loss)
        curves[epoch, 2:] = _measure(model, test_x, test_y, loss)
    with torch.no_grad():
        probabilities = model(test_x).softmax(1).double().numpy()
    confusion = np.zeros((len(pictures.classes),) * 2, np.int64)
    np.add.at(confusion, (pictures.test_y, probabilities.argmax(1)), 1)
    drawn = stream.spawn("samples").generator().choice(len(test_x), 3, replace=False)
    return {
        "dataset": np.array(pictures.name),
        "classes": np.array(pictures.classes),
        "examples": np.array([len(x), len(test_x)]),
        "train loss": curves[:, 0],
        "train accuracy": curves[:, 1],
        "test loss": curves[:, 2],
        "test accuracy": curves[:, 3],
        "confusion": confusion,
        "surest wrong": np.array(_surest_wrong(probabilities, pictures.test_y)),
        "samples": pictures.test_x[drawn].reshape(3, pictures.side, pictures.side),
        "sample labels": pictures.test_y[drawn],
        "sample probabilities": probabilities[drawn],
        "bend": np.array(_bend(model, test_x)),
        "parameters": np.array(sum(parameter.numel() for parameter in model.parameters())),
    }


@torch.no_grad()
def _measure(model: nn.Module, x: Tensor, y: Tensor, loss: Any) -> tuple[float, float]:
    """Return mean loss and accuracy."""
    outputs = model(x)
    return float(loss(outputs, y)), float((outputs.argmax(1) == y).double().mean())


@torch.no_grad()
def _bend(model: nn.Module, x: Tensor) -> float:
    """Return how far outputs half-way between images are from half-way between outputs, over the outputs' size."""
    one, two = x[0 : len(x) // 2 * 2 : 2], x[1::2]
    half, ends = model(0.5 * (one + two)), 0.5 * (model(one) + model(two))
    return float(((half - ends).double() ** 2).mean().sqrt() / (ends.double() ** 2).mean().sqrt())


def _surest_wrong(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the share of the wrong answers that were given with a probability above 0.9."""
    wrong = probabilities[probabilities.argmax(1) != labels].max(1)
    return float((wrong > 0.9).mean()) if len(wrong) else 0.0


def _of(results: Results, model: str) -> list[Arrays]:
    return [arrays for key, arrays in results.items() if key[0] == model]


def _last(results: Results, model: str, name: str) -> NDArray[np.float64]:
    return np.array([float(np.atleast_1d(arrays[name])[-1]) for arrays in _of(results, model)])


def _spread(values: NDArray[np.float64]) -> dict[str, float]:
    return {"median": float(np.median(values)), "lowest": float(values.min()), "highest": float(values.max())}


def _expect(settings: Settings, results: Results) -> Sequence[Expectation]:
    first = _of(results, "network")[0]
    name, classes = str(first["dataset"]), len(first["classes"])
    widths = (first["samples"][0].size, *settings["hidden"], classes)
    formula = sum((n_in + 1) * n_out for n_in, n_out in pairwise(widths))
    counted = int(first["parameters"])
    accuracy, logistic = (_last(results, model, "test accuracy") for model in ("network", "logistic"))
    bound = FEW if name == FASHION and first["examples"][0] < ALL else ACCURACY[name]
    floor = math.log(1 + (classes - 1) / math.e)
    ends, bends = _last(results, "network", "train loss"), _last(results, "network", "bend")
    return (
        Expectation(
            "parameters",
            f"the live module {'-'.join(map(str, widths))} has {formula:,} parameters",
            counted == formula,
            {"parameters": counted},
        ),
        Expectation(
            "accuracy",
            f"the median test accuracy on {SHOWN[name]} is at least {bound}",
            bool(np.median(accuracy) >= bound),
            _spread(accuracy),
        ),
        Expectation(
            "better-than-logistic-regression",
            "the median test accuracy is above that of a logistic regression, trained in the same way",
            bool(np.median(accuracy) > np.median(logistic)),
            {"network": float(np.median(accuracy)), "logistic regression": float(np.median(logistic))},
        ),
        Expectation(
            "below-the-floor-of-two-softmaxes",
            f"the median training loss ends below {floor:.3f} = log(1 + {classes - 1}/e), which a loss that takes "
            "logits cannot fall below if it is given probabilities",
            bool(np.median(ends) < floor),
            _spread(ends),
        ),
        Expectation(
            "not-affine",
            "outputs half-way between two test images are at least 1 % of their size away from half-way between "
            "the two outputs",
            bool(np.median(bends) > 0.01),
            _spread(bends),
        ),
    )


def _title(results: Results) -> str:
    first = next(iter(results.values()))
    train, test = first["examples"]
    return f"{SHOWN[str(first['dataset'])]} ({train:,} training images, {test:,} test images)"


def _curves(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=8.4, height=3.5)
    for model, colour in (("network", PALETTE[0]), ("logistic", PALETTE[1])):
        for part, dashes in (("train", "--"), ("test", "-")):
            for axes, what in ((left, "loss"), (right, "accuracy")):
                runs = np.array([arrays[f"{part} {what}"] for arrays in _of(results, model)])
                epochs = np.arange(runs.shape[1])
                told = f"{'network' if model == 'network' else 'logistic regression'}, {part}"
                axes.plot(epochs, np.median(runs, 0), dashes, color=colour, linewidth=1.3, label=told)
                axes.fill_between(epochs, runs.min(0), runs.max(0), color=colour, alpha=0.2, linewidth=0)
    left.set_yscale("log")
    left.set_ylabel("cross entropy (nats per image)")
    right.set_ylabel("accuracy")
    parts = ("train accuracy", "test accuracy")
    lowest = min(float(arrays[name][1:].min()) for arrays in results.values() for name in parts)
    right.set_ylim(lowest - 0.02, 1.005)
    for axes in (left, right):
        axes.set_xlabel("epoch")
    right.legend(fontsize=7, loc="lower right")
    figure.suptitle(f"{_title(results)}: median and range of {settings['repeats']} runs", fontsize=9)
    return figure


def _samples(settings: Settings, results: Results) -> Figure:
    first = _of(results, "network")[0]
    names = [str(name) for name in first["classes"]]
    figure, axes = grid(2, 3, width=8.4, height=4.6, height_ratios=(1.0, 1.25))
    for column in range(3):
        picture, bars = axes[0, column], axes[1, column]
        label, probabilities = int(first["sample labels"][column]), first["sample probabilities"][column]
        picture.imshow(first["samples"][column], cmap="gray_r", vmin=0.0, vmax=1.0)
        picture.set_axis_off()
        picture.set_title(f"true class: {names[label]}", fontsize=9)
        colours = [PALETTE[0] if index == label else PALETTE[1] for index in range(len(names))]
        drawn = bars.barh(names, probabilities, color=colours, edgecolor=INK, linewidth=0.5)
        drawn[label].set_hatch("//")
        for index, value in enumerate(probabilities):
            bars.text(value + 0.02, index, f"{value:.3f}", va="center", fontsize=6.5)
        bars.invert_yaxis()
        bars.set_xlim(0.0, 1.18)
        bars.set_xticks((0.0, 0.5, 1.0))
        bars.set_xlabel("probability (true class hatched)")
        bars.tick_params(axis="y", labelsize=7, length=0)
        if column:
            bars.set_yticklabels([])
    figure.suptitle(f"Three random test images, {_title(results)}", fontsize=9)
    return figure


def _table(settings: Settings, results: Results) -> Table:
    rows = []
    for (model, number), arrays in results.items():
        best = int(np.argmin(arrays["test loss"]))
        values = (float(arrays[name][-1]) for name in ("train loss", "test loss", "test accuracy"))
        rows.append((f"{model} {int(number) + 1}", int(arrays["parameters"]), *values, best))
    columns = ("run", "parameters", "training loss", "test loss", "test accuracy", "epoch of the least test loss")
    return Table(f"After {settings['epochs']} epochs on {_title(results)}", columns, tuple(rows))


def _discussion(settings: Settings, results: Results) -> Sequence[str]:
    runs = _of(results, "network")
    accuracy, logistic = (np.median(_last(results, model, "test accuracy")) for model in ("network", "logistic"))
    best = [int(np.argmin(arrays["test loss"])) for arrays in runs]
    test, train = (np.median(_last(results, "network", f"{part} loss")) for part in ("test", "train"))
    names = [str(name) for name in runs[0]["classes"]]
    confusion = np.sum([arrays["confusion"] for arrays in runs], axis=0)
    mixed = confusion + confusion.T
    np.fill_diagonal(mixed, 0)
    one, two = np.unravel_index(int(mixed.argmax()), mixed.shape)
    wrong = int(confusion.sum() - np.trace(confusion))
    given = [
        f"{names[int(label)]} {float(row[int(label)]):.3f}"
        for label, row in zip(runs[0]["sample labels"], runs[0]["sample probabilities"], strict=True)
    ]
    sure = np.median([float(arrays["surest wrong"]) for arrays in runs])
    level = (
        f"On {_title(results)} the median test accuracy is {accuracy:.3f}, that of the logistic regression "
        f"{logistic:.3f}."
    )
    curves = (
        f"After {settings['epochs']} epochs the median test loss is {test:.3f} and the training loss {train:.3f}. "
        f"The test loss was least after {', '.join(map(str, best))} epochs in the {len(runs)} runs."
    )
    images = (
        f"The three random images got these probabilities for their true classes: {', '.join(given)}. A probability "
        f"near 1 is no warrant: in the median run {sure:.0%} of the wrong answers had one above 0.9."
    )
    errors = (
        f"The two classes most often taken for each other are {names[min(one, two)]} and {names[max(one, two)]}: "
        f"{int(mixed.max())} of the {wrong} errors of all runs."
    )
    return level, curves, images, errors


STUDIES: Mapping[str, Study] = {
    "fashion-mlp": Study(
        id="fashion-mlp",
        title="A network with three hidden layers classifies FashionMNIST",
        sources=(("002", "3"),),
        settings=SETTINGS,
        quick=QUICK,
        subject="torch.nn.Linear.forward",
        keys=_keys,
        run=_run,
        expect=_expect,
        figures={"curves": _curves, "samples": _samples},
        table=_table,
        discussion=_discussion,
        twins=(
            Twin(
                "softmax-before-the-loss",
                "a softmax layer before CrossEntropyLoss trains to the same loss",
                "expectations",
                {"outputs": "probabilities"},
            ),
            Twin(
                "activation-forgotten",
                "three hidden layers are worth their name without an activation between them",
                "expectations",
                {"activation": "identity"},
            ),
        ),
    )
}
