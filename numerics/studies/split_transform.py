"""The split-transform-merge layer: 32 branches as given, and grouped convolutions that are the same function."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import relu

from ...models.split_transform import Bottleneck, GroupedSplitTransformMerge, SplitTransformMerge, trainable
from ..comparison import gamma
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .drawing import INK, PALETTE, grid
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

SETTINGS: Mapping[str, Any] = {
    "channels": 256,
    "width": 4,
    "branches": 32,
    "plain width": 128,
    "kernel": 3,
    "size": 14,
    "batch": 4,
    "repeats": 3,
    "last relu": "in each branch",
}
QUICK = {"size": 6, "batch": 1, "repeats": 2}
PLACES = ("in each branch", "after the sum")


def _keys(settings: Settings) -> list[Key]:
    return [("repeat", number) for number in range(settings["repeats"])]


def _late(split: SplitTransformMerge, x: Tensor) -> Tensor:
    """The branches without their last ReLU, added, and one ReLU after the sum: a misreading of the layer."""
    branches = [split.branch(index) for index in range(len(split.branches))]
    return relu(torch.stack([b.conv3(relu(b.conv2(relu(b.conv1(x))))) for b in branches]).sum(0))


@torch.no_grad()
def _magnitudes(module: nn.Module, x: Tensor) -> Tensor:
    """What the layer gives where every weight, bias and input is replaced by its absolute value."""
    positive = copy.deepcopy(module)
    for parameter in positive.parameters():
        parameter.abs_()
    magnitudes: Tensor = positive(x.abs())
    return magnitudes


@torch.no_grad()
def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    """Both forms on one input, in float64.

    Each form errs by at most gamma(n) times what the layer gives for absolute values, n the roundings on a path: inner
    products of C + 1, k^2 v + 1 and v + 1 terms and the sum of B branches (Higham, section 3.5; ReLU rounds nothing).
    """
    if settings["last relu"] not in PLACES:
        raise ValueError(f"last relu: found {settings['last relu']!r}, expected one of {', '.join(PLACES)}")
    channels, width, branches, kernel = (settings[name] for name in ("channels", "width", "branches", "kernel"))
    with stream.spawn("weights").torch_default():
        split = SplitTransformMerge(channels, width, branches, kernel, dtype=torch.float64)
        plain = Bottleneck(channels, settings["plain width"], kernel)
    shape = (settings["batch"], channels, settings["size"], settings["size"])
    x = torch.randn(shape, generator=stream.spawn("input").torch(), dtype=torch.float64)
    given = split(x) if settings["last relu"] == PLACES[0] else _late(split, x)
    grouped = GroupedSplitTransformMerge.from_branches(split)(x)
    roundings = channels + kernel**2 * width + width + branches + 6
    return {
        "given": given.flatten().numpy()[:4096],
        "grouped": grouped.flatten().numpy()[:4096],
        "largest difference": (given - grouped).abs().max().numpy(),
        "largest excess": ((given - grouped).abs() - 2 * gamma(roundings) * _magnitudes(split, x)).max().numpy(),
        "bound": (2 * gamma(roundings) * _magnitudes(split, x)).max().numpy(),
        "least": given.min().numpy(),
        "split parameters": np.array(trainable(split)),
        "plain parameters": np.array(trainable(plain)),
    }


def counts(settings: Settings) -> tuple[int, int]:
    """The parameters of the split and of the plain layer, by the theorem stm-params."""
    from ...proofs.convolution import PROPOSITIONS

    names = {"C": "channels", "v": "width", "B": "branches", "k": "kernel", "w": "plain width"}
    sizes = {symbol: settings[name] for symbol, name in names.items()}
    stated = PROPOSITIONS["stm-params"].formulas().right
    return int(stated("split", **sizes)), int(stated("plain", **sizes))


def _expect(settings: Settings, results: Results) -> Sequence[Expectation]:
    first = next(iter(results.values()))
    split, plain = int(first["split parameters"]), int(first["plain parameters"])
    stated = counts(settings)
    excess = max(float(arrays["largest excess"]) for arrays in results.values())
    apart = max(float(arrays["largest difference"]) for arrays in results.values())
    least = min(float(arrays["least"]) for arrays in results.values())
    return (
        Expectation(
            "parameters",
            f"the live modules have {stated[0]:,} and {stated[1]:,} parameters, as the theorem says",
            (split, plain) == stated,
            {"split": split, "plain": plain, "plain to split": plain / split},
        ),
        Expectation(
            "one-function",
            "branches and groups agree within the rounding bounds of both",
            excess <= 0,
            {"largest difference": apart, "largest bound": max(float(a["bound"]) for a in results.values())},
        ),
        Expectation(
            "nonnegative",
            "the output is nowhere negative: a sum of ReLUs, so that a ReLU after it would change nothing",
            least >= 0,
            {"least output": least},
        ),
    )


def _figure(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=7.2, height=3.2)
    first = next(iter(results.values()))
    names, heights = ("plain", "split"), [int(first[f"{name} parameters"]) for name in ("plain", "split")]
    bars = left.bar(names, heights, color=PALETTE[:2], edgecolor=INK, hatch=None)
    bars[1].set_hatch("//")
    left.bar_label(bars, [f"{height:,}" for height in heights], fontsize=8)
    left.set_ylabel("trainable parameters")
    left.margins(y=0.15)
    for look, arrays in zip(PALETTE, results.values(), strict=False):
        right.plot(arrays["given"], arrays["grouped"] - arrays["given"], ".", color=look, markersize=2)
    right.set_xlabel("output of the 32 branches" if settings["branches"] == 32 else "output of the branches")
    right.set_ylabel("grouped form minus branches")
    return figure


def _table(settings: Settings, results: Results) -> Table:
    rows = [
        (f"run {number + 1}", float(arrays["largest difference"]), float(arrays["bound"]), float(arrays["least"]))
        for number, arrays in enumerate(results.values())
    ]
    return Table("Both forms in float64", ("", "largest difference", "largest bound", "least output"), tuple(rows))


def _discussion(settings: Settings, results: Results) -> Sequence[str]:
    split, plain = counts(settings)
    told = (
        f"The plain chain has {plain:,} trainable parameters and the split one {split:,}, {plain / split:.2f} times "
        "fewer, because the convolutions of a branch see only the few channels of their own branch."
    )
    return (told,)


STUDIES: Mapping[str, Study] = {
    "stm-layer": Study(
        id="stm-layer",
        title="A layer of 32 branches, and the same function by grouped convolutions",
        sources=(("003", "4"),),
        settings=SETTINGS,
        quick=QUICK,
        subject="torch.nn.Conv2d.forward",
        keys=_keys,
        run=_run,
        expect=_expect,
        figures={"layer": _figure},
        table=_table,
        discussion=_discussion,
        twins=(
            Twin(
                "relu-after-the-sum",
                "the last ReLU after the sum in place of in each branch is the same layer",
                "expectations",
                {"last relu": "after the sum"},
            ),
        ),
    )
}
