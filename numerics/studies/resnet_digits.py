"""The residual net on handwritten digits: ReLU or SiLU, batch or layer normalisation, three runs of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset

from ...models.fitting import fit_and_validate
from ...models.resnet import ResNet
from ...models.split_transform import trainable
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .digits import torch_digits
from .drawing import INK, PALETTE, grid
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

SETTINGS: Mapping[str, Any] = {
    "channels": 16,
    "epochs": 30,
    "batch": 16,
    "step": 0.005,
    "scale": 1.0,
    "examples": 1617,
    "repeats": 3,
    "learnt": 0.5,  # the share of a uniform guess's loss that is left at most
}
QUICK = {"epochs": 5, "repeats": 2, "examples": 496, "step": 0.05, "learnt": 0.75}
ACTIVATIONS, NORMS = ("ReLU", "SiLU"), ("BatchNorm2d", "LayerNorm")
COMBINATIONS = tuple((activation, norm) for activation in ACTIVATIONS for norm in NORMS)
PARAMETERS = {"BatchNorm2d": 5018, "LayerNorm": 5690}
"""With 16 channels on images of 8x8."""

TRAINED = 20
"""Epochs from which on the losses have flattened enough to compare them."""


def _keys(settings: Settings) -> list[Key]:
    return [(*both, number) for both in COMBINATIONS for number in range(settings["repeats"])]


def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    activation, norm = str(key[0]), str(key[1])
    train, val = (_scaled(part, settings["scale"]) for part in torch_digits())
    train = TensorDataset(*(tensor[: settings["examples"]] for tensor in train.tensors))
    with stream.torch_default():
        net = ResNet(settings["channels"], 8, 8, activation == "SiLU", norm == "LayerNorm")
    optimizer = torch.optim.SGD(net.parameters(), lr=settings["step"], fused=True)
    losses = fit_and_validate(net, optimizer, cross_entropy, train, val, settings["epochs"], settings["batch"])
    return {
        "train": losses[0],
        "validation": losses[1],
        "train accuracy": _accuracy(net, train),
        "validation accuracy": _accuracy(net, val),
        "parameters": np.array(trainable(net)),
    }


def _scaled(data: TensorDataset, scale: float) -> TensorDataset:
    images, labels = data.tensors
    return TensorDataset(images * scale, labels)


@torch.no_grad()
def _accuracy(net: ResNet, data: TensorDataset) -> NDArray[np.float64]:
    images, labels = data.tensors
    net.eval()
    return np.array(float((net(images).argmax(1) == labels).double().mean()))


def _values(results: Results, name: str, activation: str | None, norm: str, at: int = -1) -> NDArray[np.float64]:
    """One number a run: of a curve the entry `at`, of the runs with this activation (None: any) and normalisation."""
    return np.array(
        [
            float(np.atleast_1d(arrays[name])[at])
            for key, arrays in results.items()
            if key[1] == norm and activation in (None, key[0])
        ]
    )


def _medians(results: Results, name: str) -> dict[str, float]:
    return {f"{a}, {n}": float(np.median(_values(results, name, a, n))) for a, n in COMBINATIONS}


def _expect(settings: Settings, results: Results) -> Sequence[Expectation]:
    counts = {norm: sorted(set(_values(results, "parameters", None, norm))) for norm in NORMS}
    starts = {(a, n): _values(results, "train", a, n, 0) for a, n in COMBINATIONS}
    batch, layer = ({a: float(np.median(starts[a, norm])) for a in ACTIVATIONS} for norm in NORMS)
    after = _medians(results, "validation")
    share = settings["learnt"]
    bound = float(np.log(10.0) * share)
    found = [
        Expectation(
            "parameters",
            "the live nets have 5,018 parameters with BatchNorm2d and 5,690 with LayerNorm",
            counts == {norm: [number] for norm, number in PARAMETERS.items()},
            {norm: [int(count) for count in counted] for norm, counted in counts.items()},
        ),
        Expectation(
            "learns",
            f"the median validation loss of each combination ends below {bound:.2f}, {share:g} of a uniform guess's",
            max(after.values()) < bound,
            after,
        ),
        Expectation(
            "batch-norm-starts-higher",
            "before training the median training loss with BatchNorm2d is higher by at least 0.5 than with LayerNorm, "
            "for either activation",
            all(batch[a] - layer[a] > 0.5 for a in ACTIVATIONS),
            {"with BatchNorm2d": batch, "with LayerNorm": layer},
        ),
    ]
    return (*found, *_trained(results)) if settings["epochs"] >= TRAINED else found


def _trained(results: Results) -> Sequence[Expectation]:
    train = {norm: np.median(_values(results, "train", None, norm)) for norm in NORMS}
    after = {norm: _values(results, "validation", None, norm) for norm in NORMS}
    spread = float(np.ptp(after["BatchNorm2d"]))
    medians = {norm: float(np.median(values)) for norm, values in after.items()}
    effects, spreads = {}, {}
    for norm in NORMS:
        both = [_values(results, "validation", activation, norm) for activation in ACTIVATIONS]
        effects[norm] = abs(float(np.median(both[0]) - np.median(both[1])))
        spreads[norm] = max(float(np.ptp(values)) for values in both)
    return (
        Expectation(
            "layer-norm-fits-less",
            "the median training loss ends higher with LayerNorm than with BatchNorm2d",
            bool(train["LayerNorm"] > train["BatchNorm2d"]),
            train,
        ),
        Expectation(
            "layer-norm-validates-no-worse",
            "the median validation loss with LayerNorm ends above that with BatchNorm2d by no more than the spread of "
            "the latter",
            medians["LayerNorm"] <= medians["BatchNorm2d"] + spread,
            {**medians, "spread with BatchNorm2d": spread},
        ),
        Expectation(
            "activation-matters-little",
            "with either normalisation the median validation losses of ReLU and SiLU differ by less than 0.1",
            max(effects.values()) < 0.1,
            {"differences": effects, "largest spreads over runs": spreads},
        ),
    )


def _curves(settings: Settings, results: Results) -> Figure:
    repeats = settings["repeats"]
    figure, axes = grid(len(COMBINATIONS), repeats, width=8.0, height=9.0, sharex=True, sharey=True, squeeze=False)
    for key, arrays in results.items():
        activation, norm, number = str(key[0]), str(key[1]), int(key[2])
        panel = axes[COMBINATIONS.index((activation, norm)), number]
        epochs = np.arange(len(arrays["train"]))
        panel.plot(epochs, arrays["train"], "-", color=PALETTE[0], label="training")
        panel.plot(epochs, arrays["validation"], "--", color=PALETTE[1], label="validation")
        panel.set_yscale("log")
        panel.set_title(f"{activation}, {norm}, run {number + 1}", fontsize=8)
        panel.text(
            0.97,
            0.93,
            f"ends at {arrays['train'][-1]:.3f} and {arrays['validation'][-1]:.3f}",
            transform=panel.transAxes,
            ha="right",
            va="top",
            fontsize=7,
        )
    axes[0, 0].legend(fontsize=7, loc="lower left", frameon=False)
    figure.supxlabel("epoch (0: before training)", fontsize=9)
    figure.supylabel("mean cross entropy (nats)", fontsize=9)
    return figure


def _ends(settings: Settings, results: Results) -> Figure:
    figure, axes = grid(1, 2, width=7.2, height=3.2)
    for panel, name, marker in zip(axes, ("train", "validation"), ("o", "s"), strict=True):
        for place, (activation, norm) in enumerate(COMBINATIONS):
            values = _values(results, name, activation, norm)
            panel.plot([place] * len(values), values, marker, color=PALETTE[place], markersize=5, alpha=0.8)
            panel.plot([place - 0.25, place + 0.25], [np.median(values)] * 2, color=INK)
        panel.set_xticks(range(len(COMBINATIONS)), [f"{a}\n{n}" for a, n in COMBINATIONS], fontsize=7)
        panel.set_ylabel(f"{'training' if name == 'train' else name} loss after {settings['epochs']} epochs (nats)")
        panel.set_ylim(bottom=0)
    axes[0].set_title("each run, and the median", fontsize=8)
    return figure


def _span(values: NDArray[np.float64]) -> str:
    return f"{np.median(values):.3f} ({values.min():.3f} to {values.max():.3f})"


def _table(settings: Settings, results: Results) -> Table:
    rows = []
    for activation, norm in COMBINATIONS:
        cells = [_span(_values(results, name, activation, norm, 0)) for name in ("train", "validation")]
        for name in ("train", "train accuracy", "validation", "validation accuracy"):
            cells.append(_span(_values(results, name, activation, norm)))
        rows.append((f"{activation}, {norm}", *cells))
    columns = (
        "",
        "training loss before",
        "validation loss before",
        "training loss",
        "training accuracy",
        "validation loss",
        "validation accuracy",
    )
    told = f"Median (lowest to highest) of {settings['repeats']} runs, before and after {settings['epochs']} epochs"
    return Table(told, columns, tuple(rows))


def _discussion(settings: Settings, results: Results) -> Sequence[str]:
    starts, ends, fits = (
        {norm: _values(results, name, None, norm, at) for norm in NORMS}
        for name, at in (("train", 0), ("validation", -1), ("train", -1))
    )
    b, n = NORMS
    spread = max(float(np.ptp(_values(results, "validation", *both))) for both in COMBINATIONS)
    after = _medians(results, "validation")
    apart = max(abs(after[f"ReLU, {norm}"] - after[f"SiLU, {norm}"]) for norm in NORMS)
    before = (
        f"Before training, the nets with BatchNorm2d have a training loss of {starts[b].min():.2f} to "
        f"{starts[b].max():.2f}, those with LayerNorm {starts[n].min():.2f} to {starts[n].max():.2f} (a uniform guess: "
        "ln 10 = 2.30). Losses are taken in evaluation mode, where BatchNorm2d uses running statistics that have seen "
        "no data yet, so that pixels from 0 to 16 pass unscaled."
    )
    norms = (
        f"After {settings['epochs']} epochs the median training loss is {np.median(fits[b]):.3f} with BatchNorm2d and "
        f"{np.median(fits[n]):.3f} with LayerNorm; the median validation loss {np.median(ends[b]):.3f} and "
        f"{np.median(ends[n]):.3f}. The validation losses of all runs are {ends[b].min():.3f} to {ends[b].max():.3f} "
        f"and {ends[n].min():.3f} to {ends[n].max():.3f}, as one validation set of 180 images sees them."
    )
    activations = (
        f"ReLU and SiLU differ by at most {apart:.3f} in the median validation loss, where runs that differ in nothing "
        f"but their start lie up to {spread:.3f} apart: "
    ) + (
        f"{settings['repeats']} runs each support no ranking of the activations."
        if apart <= spread
        else f"more than that spread, though {settings['repeats']} runs each are few for a ranking."
    )
    return before, norms, activations


STUDIES: Mapping[str, Study] = {
    "resnet-digits-12-plots": Study(
        id="resnet-digits-12-plots",
        title="A residual net on digits: two activations and two normalisations, three runs each",
        sources=(("000", "2e"),),
        settings=SETTINGS,
        quick=QUICK,
        subject="torch.nn.Conv2d.forward",
        keys=_keys,
        run=_run,
        expect=_expect,
        figures={"curves": _curves, "after-training": _ends},
        table=_table,
        discussion=_discussion,
        twins=(
            Twin(
                "pixels-scaled",
                "BatchNorm2d starts higher whatever the scale of the pixels, also with pixels from 0 to 1",
                "expectations",
                {"scale": 0.0625},
            ),
            Twin("tiny-step", "a step of 1e-5 learns as much", "expectations", {"step": 1e-5}),
        ),
    )
}
