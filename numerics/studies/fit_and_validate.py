"""Fitting with validation: the order of the batches, the modes of the net, losses weighted by the batches' sizes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from ...models.fitting import fit_and_validate, loss_batch, mean_loss
from ...models.minibatches import batches
from ...models.resnet import ResNet
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .digits import torch_digits
from .drawing import INK, grid, styles
from .resnet_parts import AGREE, CHANNELS, SIDE
from .study import Arrays, Expectation, Key, Results, Settings, Study, measurements

TRAINED = 1e-9
"""Relatively: AGREE after a few hundred steps, each of which passes on what the steps before lost."""

MISTAKES = ("none", "never train", "never eval", "unweighted", "shuffled")


def _mistaken(net: nn.Module, mistake: str) -> None:
    """Keep a net in evaluation mode or in training mode for good."""
    if mistake == "never train":
        net.eval()
    if mistake.startswith("never"):
        setattr(net, mistake.removeprefix("never "), lambda mode=True: net)


def _by_loader(
    net: nn.Module, train: TensorDataset, val: TensorDataset, epochs: int, settings: Settings
) -> NDArray[np.float64]:
    """Losses, (2, epochs + 1), by a loop over `DataLoader`: what the function is compared with."""
    optimizer = torch.optim.SGD(net.parameters(), lr=settings["step"])

    @torch.no_grad()
    def loss(data: TensorDataset) -> float:
        net.eval()
        found = [(float(cross_entropy(net(x), y)), len(x)) for x, y in DataLoader(data, settings["batch"])]
        return sum(value * size for value, size in found) / len(data)

    losses = [[loss(train), loss(val)]]
    for _ in range(epochs):
        net.train()
        for x, y in DataLoader(train, settings["batch"]):
            optimizer.zero_grad()
            cross_entropy(net(x), y).backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
            optimizer.step()
        losses.append([loss(train), loss(val)])
    return np.array(losses).T


def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    mistake, epochs, size = settings["mistake"], settings["epochs"], settings["batch"]
    if mistake not in MISTAKES:
        raise ValueError(f"mistake: found {mistake!r}, expected one of {', '.join(MISTAKES)}")
    train, val = (TensorDataset(part.tensors[0].double(), part.tensors[1]) for part in torch_digits())
    train = TensorDataset(*(tensor[: settings["examples"]] for tensor in train.tensors))
    given = train
    if mistake == "shuffled":
        order = torch.randperm(len(train), generator=stream.spawn("order").torch())
        given = TensorDataset(*(tensor[order] for tensor in train.tensors))
    with stream.spawn("net").torch_default():
        net = ResNet(settings["channels"], SIDE, SIDE, dtype=torch.float64)
    other = copy.deepcopy(net)
    calls: list[tuple[bool, bool, int]] = []
    seen: list[Tensor] = []

    def look(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        calls.append((module.training, torch.is_grad_enabled(), len(inputs[0])))
        if torch.is_grad_enabled() and len(seen) < -(-len(train) // size):
            seen.append(inputs[0])

    _mistaken(net, mistake)
    hook = net.register_forward_pre_hook(look)
    optimizer = torch.optim.SGD(net.parameters(), lr=settings["step"])
    losses = np.array(fit_and_validate(net, optimizer, cross_entropy, given, val, epochs, size))
    hook.remove()
    running = cast("Tensor", net.norm0.running_mean).clone()
    if mistake == "unweighted":
        found = [loss_batch(net.eval(), cross_entropy, x, y)[0] for x, y in batches(size, None, *train.tensors)]
        weighted = float(np.mean(found))
    else:
        weighted = mean_loss(net, cross_entropy, train, size)
    moved = float((cast("Tensor", net.norm0.running_mean) - running).abs().max())
    net.__dict__.pop("train", None)
    net.__dict__.pop("eval", None)
    with torch.no_grad():
        whole = float(cross_entropy(net.eval()(train.tensors[0]), train.tensors[1]))
    compared = min(2, epochs)
    return {
        "losses": losses,
        "by loader": _by_loader(other, train, val, compared, settings),
        "training": np.array([one[0] for one in calls]),
        "learning": np.array([one[1] for one in calls]),
        "sizes": np.array([one[2] for one in calls]),
        "in order": np.array(torch.equal(torch.cat(seen), train.tensors[0])),
        "weighted": np.array(weighted),
        "whole": np.array(whole),
        "statistics moved": np.array(moved),
    }


def _expect(settings: Settings, results: Results) -> Sequence[Expectation]:
    epochs, size, count = settings["epochs"], settings["batch"], settings["examples"]
    every = list(results.values())
    expected = [size] * (count // size) + [count % size] * (count % size > 0)
    learnt = [arrays["sizes"][arrays["learning"]] for arrays in every]
    wrong = sum(int((arrays["training"] != arrays["learning"]).sum()) for arrays in every)
    off = max(abs(float(arrays["weighted"] / arrays["whole"]) - 1) for arrays in every)
    moved = max(float(arrays["statistics moved"]) for arrays in every)
    apart = 0.0
    for arrays in every:
        reference = arrays["by loader"]
        apart = max(apart, float(np.abs(arrays["losses"][:, : reference.shape[1]] / reference - 1).max()))
    return (
        Expectation(
            "order",
            f"the {len(expected)} batches of an epoch follow the data, the last has {expected[-1]} of {count} examples",
            all(np.array_equal(sizes, expected * epochs) for sizes in learnt) and all(a["in order"] for a in every),
            {"runs in order": sum(bool(a["in order"]) for a in every), "runs": len(every), "last": int(learnt[0][-1])},
        ),
        Expectation(
            "modes",
            "the net is in training mode where it learns, and in evaluation mode where losses are taken",
            wrong == 0,
            {"passes in the wrong mode": wrong, "passes": sum(len(arrays["training"]) for arrays in every)},
        ),
        Expectation(
            "statistics",
            "taking losses leaves the running statistics as they are, to the bit",
            moved == 0,
            {"largest change of a running mean": moved},
        ),
        Expectation(
            "weighted",
            f"the batches' losses weighted by their sizes give the loss of all examples, relative error {AGREE:g}",
            off <= AGREE,
            {"largest relative difference": off},
        ),
        Expectation(
            "same-as-a-loader",
            "the losses before training and after each of the first epochs are those of a loop over DataLoader, "
            f"relatively to {TRAINED:g}",
            apart <= TRAINED and all(arrays["losses"].shape == (2, epochs + 1) for arrays in every),
            {"largest relative difference": apart},
        ),
    )


def _figure(settings: Settings, results: Results) -> Figure:
    figure, axes = grid(1, 2, width=7.2, height=3.2, sharey=True)
    for panel, row, name in zip(axes, (0, 1), ("training", "validation"), strict=True):
        for number, (look, arrays) in enumerate(zip(styles(len(results)), results.values(), strict=True)):
            panel.plot(arrays["losses"][row], label=f"run {number + 1}", **look)
        for number, arrays in enumerate(results.values()):
            panel.plot(arrays["by loader"][row], "x", color=INK, label="DataLoader loop" if not number else None)
        panel.set_xlabel("epoch (0: before training)")
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.set_title(name, fontsize=9)
    axes[0].set_yscale("log")
    axes[0].set_ylabel("mean cross entropy (nats)")
    axes[0].legend(fontsize=7, frameon=False)
    return figure


_SETTINGS: Mapping[str, Any] = {
    "channels": CHANNELS,
    "epochs": 30,
    "batch": 16,
    "step": 0.005,
    "examples": 1617,
    "repeats": 3,
    "mistake": "none",
}


def _keys(settings: Settings) -> list[Key]:
    return [("repeat", number) for number in range(settings["repeats"])]


STUDIES: Mapping[str, Study] = {
    "fit-and-validate": Study(
        id="fit-and-validate",
        title="Fitting with validation: order of the batches, modes of the net, losses weighted by size",
        sources=(("000", "2d"),),
        settings=_SETTINGS,
        quick={"epochs": 2, "examples": 209, "repeats": 2},
        subject="twinproof.models.fitting.loss_batch",
        keys=_keys,
        run=_run,
        expect=_expect,
        figures={"losses": _figure},
        table=measurements,
        twins=(
            Twin(
                "never-train",
                "the net stays in evaluation mode while it learns",
                "expectations",
                {"mistake": "never train"},
            ),
            Twin("never-eval", "losses are taken in training mode", "expectations", {"mistake": "never eval"}),
            Twin(
                "unweighted",
                "every batch counts alike, also one with a single example",
                "expectations",
                {"mistake": "unweighted"},
            ),
            Twin("shuffled", "the batches come in another order", "expectations", {"mistake": "shuffled"}),
        ),
    )
}
