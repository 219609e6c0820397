"""Parameters of bottlenecks of convolutions: live modules counted, against both sides of the statement. Exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import nn

from ..models import split_transform
from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin

Size = tuple[int, int, int, int]
"""Channels outside C, width of a branch v, branches B, kernel size k."""

SIZES: tuple[Size, ...] = ((3, 2, 2, 3), (5, 1, 2, 1), (1, 1, 1, 1), (4, 3, 1, 5), (144, 2, 4, 3), (143, 2, 4, 3))
"""Cases of their own: one branch, 1x1 kernels, and C above, at and just below B k^2 v^2, from where splitting saves."""

FIGURES: Size = (256, 4, 32, 3)


def _sizes(trial: Trial) -> list[Key]:
    """Return the sizes as keys: the special ones, then random ones."""
    draw = trial.stream.spawn("sizes").generator()
    count = 6 if trial.profile == "quick" else 60
    random = [(*(int(n) for n in draw.integers(1, 12, 3)), int(draw.choice((1, 3, 5)))) for _ in range(count)]
    return [*SIZES, *random]


def _read(key: Key) -> Size:
    channels, width, branches, kernel = (int(part) for part in key)
    return channels, width, branches, kernel


def _symbols(size: Size, plain_width: int) -> dict[str, object]:
    channels, width, branches, kernel = size
    return {"C": channels, "v": width, "B": branches, "k": kernel, "w": plain_width}


def _reached(module: nn.Module, channels: int) -> int:
    """Return how many numbers autograd gives a gradient to, after one backward pass of the outputs' sum."""
    module(torch.ones(1, channels, 1, 1)).sum().backward()
    return sum(p.grad.numel() for p in module.parameters() if p.grad is not None)


def _convolutions(trial: Trial) -> Evidence:
    """Count live convolutions, with biases as they come, against both sides of "convolution"."""

    def examine(key: Key) -> Iterator[Check]:
        inputs, outputs, _, kernel = _read(key)
        live = split_transform.trainable(nn.Conv2d(inputs, outputs, kernel))
        values = {"ci": inputs, "co": outputs, "q": kernel}
        for side in (trial.formulas.left, trial.formulas.right):
            yield Check("parameters of nn.Conv2d", live, float(side("convolution", **values)), detail=values)

    return compare(
        trial,
        "single-convolutions",
        _sizes(trial),
        examine,
        holds="a convolution has co (ci k^2 + 1) parameters, biases among them",
    )


def _plain(trial: Trial) -> Evidence:
    """Count the live bottleneck, at the sizes of the figures too, against "plain" and "plain figure"."""

    def examine(key: Key) -> Iterator[Check]:
        channels, width, _, kernel = _read(key)
        module = split_transform.Bottleneck(channels, width, kernel)
        live = split_transform.trainable(module)
        detail = {"C": channels, "w": width, "k": kernel}
        stated = float(trial.formulas.right("plain", **_symbols(_read(key), width)))
        yield Check("parameters of the bottleneck", live, stated, detail=detail)
        yield Check("parameters that autograd reaches", _reached(module, channels), stated, detail=detail)
        if (channels, width, kernel) == (256, 128, 3):
            stated = float(trial.formulas.right("plain figure"))
            yield Check("parameters of 256-128-128-256", live, stated, detail=detail)

    return compare(
        trial,
        "plain-bottleneck",
        [(256, 128, 1, 3), *_sizes(trial)],
        examine,
        holds="the registered parameters of the bottleneck are as many as stated, at all sizes",
    )


class _UnregisteredBranches(nn.Module):
    """Branches in a Python list, which `nn.Module` does not look into."""

    def __init__(self, channels: int, width: int, branches: int, kernel: int) -> None:
        super().__init__()
        self.branches = [split_transform.Bottleneck(channels, width, kernel) for _ in range(branches)]


class _RepeatedBranch(nn.Module):
    """One branch, listed B times: `[branch] * B`."""

    def __init__(self, channels: int, width: int, branches: int, kernel: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList([split_transform.Bottleneck(channels, width, kernel)] * branches)


_OTHERS: Mapping[str, Callable[[int, int, int, int], nn.Module]] = {
    "python list": _UnregisteredBranches,
    "repeated": _RepeatedBranch,
}


def _split(trial: Trial) -> Evidence:
    """Count the live split bottleneck against "split", "split figure" and, at equal width, "merged"."""
    build = str(trial.options["build"])

    def examine(key: Key) -> Iterator[Check]:
        size = _read(key)
        make = _OTHERS.get(build) or split_transform.SplitTransformMerge
        module = make(*size)
        live = split_transform.trainable(module)
        detail = dict(zip("CvBk", size, strict=True))
        values = _symbols(size, size[1] * size[2])
        yield Check("parameters of the branches", live, float(trial.formulas.right("split", **values)), detail=detail)
        if build == "module list":
            reached = _reached(module, size[0])
            yield Check("parameters that autograd reaches", reached, live, detail=detail)
        if size == FIGURES:
            stated = float(trial.formulas.right("split figure"))
            yield Check("parameters of 32 branches 256-4-4-256", live, stated, detail=detail)

    return compare(
        trial,
        "split-bottleneck",
        [FIGURES, *_sizes(trial)],
        examine,
        holds="B branches register B times the parameters of one, at all sizes",
    )


def _grouped(trial: Trial) -> Evidence:
    """Count the form with grouped convolutions against both sides of "in groups"; merge its last one for "merged"."""

    def examine(key: Key) -> Iterator[Check]:
        size = _read(key)
        channels, width, branches, _ = size
        module = split_transform.GroupedSplitTransformMerge(*size)
        live = split_transform.trainable(module)
        detail = dict(zip("CvBk", size, strict=True))
        values = _symbols(size, width * branches)
        for side in (trial.formulas.left, trial.formulas.right):
            stated = float(side("in groups", **values))
            yield Check("parameters of the grouped form", live, stated, detail=detail)
        module.conv3 = nn.Conv2d(width * branches, channels, 1)
        less = live - split_transform.trainable(module)
        stated = float(trial.formulas.right("merged", **values))
        yield Check("parameters saved by one last convolution for all", less, stated, detail=detail)

    return compare(
        trial,
        "grouped-bottleneck",
        [FIGURES, *_sizes(trial)],
        examine,
        holds="the grouped form has as many parameters; one last convolution for all would save (B - 1) C biases",
    )


def _saving(trial: Trial) -> Evidence:
    """Compare plain and split at equal width: the difference, and which of them is the smaller."""

    def examine(key: Key) -> Iterator[Check]:
        size = _read(key)
        channels, width, branches, kernel = size
        plain = split_transform.trainable(split_transform.Bottleneck(channels, width * branches, kernel))
        split = split_transform.trainable(split_transform.SplitTransformMerge(*size))
        detail = dict(zip("CvBk", size, strict=True))
        values = _symbols(size, width * branches)
        stated = float(trial.formulas.right("saving", **values))
        yield Check("parameters saved by splitting", plain - split, stated, detail=detail)
        if branches > 1:
            truth = bool(trial.formulas.right("smaller", **values))
            yield Check("splitting saves parameters", split < plain, truth, detail=detail)

    return compare(
        trial,
        "saving",
        [FIGURES, *_sizes(trial)],
        examine,
        holds="splitting saves (B - 1)(B k^2 v^2 - C) parameters, which may be none",
    )


_MODELS = "twinproof.models.split_transform"

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "stm-params": (
        Experiment(
            "single-convolutions",
            "parameters of live convolutions, kernels of size 1 to 5",
            "torch.nn.Conv2d",
            _convolutions,
        ),
        Experiment(
            "plain-bottleneck",
            "parameters that the live plain bottleneck registers and autograd reaches",
            f"{_MODELS}.Bottleneck",
            _plain,
        ),
        Experiment(
            "split-bottleneck",
            "parameters that the live branches register and autograd reaches",
            f"{_MODELS}.SplitTransformMerge",
            _split,
            {"build": "module list"},
        ),
        Experiment(
            "grouped-bottleneck",
            "parameters of the live form with grouped convolutions",
            f"{_MODELS}.GroupedSplitTransformMerge",
            _grouped,
        ),
        Experiment(
            "saving",
            "plain against split at equal width: by how much, and whether at all",
            f"{_MODELS}.SplitTransformMerge",
            _saving,
        ),
    )
}


def _twin(name: str, change: str, experiment: str) -> Twin:
    return Twin(name, change, experiment, statement=name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "stm-params": (
        _twin("no-biases", "weights alone: co ci k^2", "single-convolutions"),
        _twin("bias-per-pair", "a bias for each pair of channels: co ci (k^2 + 1)", "single-convolutions"),
        _twin("kernel-not-squared", "k weights a pair of channels in place of k^2", "plain-bottleneck"),
        _twin("figures-without-biases", "212,992 and 70,144: weights alone", "plain-bottleneck"),
        _twin("one-branch", "one branch counted: 2,456 in place of 78,592", "split-bottleneck"),
        _twin("quadratic-in-branches", "branches as one bottleneck of width B v", "split-bottleneck"),
        _twin("merged-last-costs-the-same", "one last convolution for all costs as much", "grouped-bottleneck"),
        _twin("ungrouped-middle", "the kxk convolution counted without groups", "grouped-bottleneck"),
        _twin("always-smaller", "splitting saves parameters at all sizes", "saving"),
        _twin("saves-the-factor", "B branches divide the parameters by B", "saving"),
        Twin(
            "branches-in-a-list",
            "branches in a Python list in place of nn.ModuleList: none is registered",
            "split-bottleneck",
            {"build": "python list"},
        ),
        Twin(
            "repeated-branch",
            "nn.ModuleList([branch] * B): one branch, B times",
            "split-bottleneck",
            {"build": "repeated"},
        ),
    )
}
