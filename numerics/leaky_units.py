"""LeakyReLU on the left of its kink: live gradients of one unit, example by example, in a batch, and at the kink."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
import torch
from torch import nn

from .comparison import Check, Key, compare, gamma
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .kinks import KinkedReLU
from .leaky_live import PARAMETERS, placed

SLOPES = (0.01, 0.3, 2.0, -0.5, 1.0, 0.0)
LOSSES = ("squared", "huber", "logistic", "log-cosh")


def _one_example(trial: Trial) -> Evidence:
    """Compare the gradient of each example with the statement: by autograd, and by difference quotients."""
    option = trial.options
    losses = cast("tuple[str, ...]", option["losses"])
    repeats = 1 if trial.profile == "quick" else 40

    def examine(key: Key) -> Iterator[Check]:
        slope = SLOPES[int(key[1])]
        live = placed(trial, key, nn.LeakyReLU(slope), slope, str(key[0]), highest=float(str(option["highest"])))
        if option["target"] == "output":
            live.Y.copy_(live.outputs().detach())
        values, detail = live.values(), live.detail() | {"loss": key[0]}
        for i in range(len(live.X)):
            stated = [float(trial.formulas.right(part, **values, i=i)) for part in PARAMETERS]
            alone = live.alone(i)
            here = detail | {"i": i}
            yield Check("gradient by autograd", live.gradient(alone), stated, live.bound(alone), "=", here)
            bound = live.quotient_bound(alone) + live.bound(alone)
            yield Check("difference quotient", live.quotient(alone), stated, bound, "=", here)

    return compare(
        trial,
        "one-example",
        [(loss, number, repeat) for repeat in range(repeats) for loss in losses for number in range(len(SLOPES))],
        examine,
        holds=f"{len(losses)} losses, {len(SLOPES)} slopes: the gradients of every example in all three parameters",
    )


SILENCERS = ("none", "slope", "loss", "output weight", "slope and loss", "output weight and loss")


def _silent(trial: Trial) -> Evidence:
    """Take the slope, the derivative of the loss, the output weight to be 0 in turn: which gradients are 0?"""
    parts = cast("Mapping[str, tuple[int, ...]]", trial.options["parts"])

    def examine(key: Key) -> Iterator[Check]:
        silencer = str(key[0])
        slope = 0.0 if "slope" in silencer else 0.25
        live = placed(trial, key, nn.LeakyReLU(slope), slope)
        if "output weight" in silencer:
            with torch.no_grad():
                live.model.linear(1).weight[0, live.j] = 0.0
        # nine sixteenths off: eighths are exact, so that the derivative of the loss is 0 only where that is wanted
        live.Y.copy_(live.outputs().detach() - (0.0 if "loss" in silencer else 0.5625))
        values, detail = live.values(), live.detail() | {"silenced by": silencer}
        for i in range(len(live.X)):
            gradient = live.gradient(live.alone(i))
            for part, places in parts.items():
                silent = float(all(gradient[place] == 0.0 for place in places))
                stated = float(bool(trial.formulas.right(part, **values, i=i)))
                label = f"{part}: the gradients are 0"
                yield Check(label, silent, stated, 0.0, "=", detail | {"i": i, "gradient": gradient.tolist()})

    return compare(
        trial,
        "silent-exactly",
        [(silencer, repeat) for silencer in SILENCERS for repeat in range(2 if trial.profile == "quick" else 20)],
        examine,
        holds="all three are 0 exactly if al = 0 or l' = 0; weight and bias also if the output weight is 0",
    )


def _batch(trial: Trial) -> Evidence:
    """Compare the gradients of weighted batches with the statement's sums."""

    def examine(key: Key) -> Iterator[Check]:
        slope = SLOPES[int(key[0])]
        live = placed(trial, key, nn.LeakyReLU(slope), slope, "log-cosh", examples=5)
        weights = [float(w) for w in trial.stream.spawn(*key, "weights").generator().uniform(0.0, 2.0, 5)]
        values = live.values() | {"c": np.array(weights)}
        stated = [float(trial.formulas.right(f"batch: {part}", **values)) for part in PARAMETERS]
        detail = live.detail() | {"c": weights}
        yield Check("gradient of the batch", live.gradient(weights), stated, live.bound(weights), "=", detail)

    return compare(
        trial,
        "batches",
        [(number, repeat) for number in range(len(SLOPES)) for repeat in range(2 if trial.profile == "quick" else 40)],
        examine,
        holds="the gradients of weighted batches are the statement's sums",
    )


RESIDUALS = ((1.0, -1.0), (2.0, -1.0, -1.0), (4.0, -4.0, 2.0, -2.0))


def _cancellation(trial: Trial) -> Evidence:
    """Let the residuals of equal inputs add up to 0: each example has a gradient, and the batch has none, exactly."""

    def examine(key: Key) -> Iterator[Check]:
        residuals = RESIDUALS[int(key[0])]
        live = placed(trial, key, nn.LeakyReLU(0.25), 0.25, examples=len(residuals))
        with torch.no_grad():
            live.X.copy_(live.X[:1].expand_as(live.X) * 1.0)
            live.Y.copy_(live.outputs() - torch.tensor(residuals, dtype=torch.float64))
        every = [1.0] * len(residuals)
        values = live.values() | {"c": np.array(every), "x0": float(live.X[0]), "i": 0}
        detail = live.detail() | {"residuals": list(residuals)}
        gradient = live.gradient(every)
        if trial.options["claimed"] == "never":
            stated = float(bool(trial.formulas.right("cancellation", **values)))
            yield Check("the batch has no gradient", float(not gradient.any()), stated, 0.0, "=", detail)
            return
        stated_zero = [float(trial.formulas.right(f"cancellation: {part}", **values)) for part in PARAMETERS]
        yield Check("gradient of the batch", gradient, stated_zero, 0.0, "=", detail)
        for i in range(len(residuals)):
            alone = live.alone(i)
            example = [float(trial.formulas.right(part, **(values | {"i": i}))) for part in PARAMETERS]
            yield Check(
                "gradient of an example", live.gradient(alone), example, live.bound(alone), "=", detail | {"i": i}
            )
            yield Check(
                "gradient of an example in the bias", live.gradient(alone)[1], 0.0, 0.0, "!=", detail | {"i": i}
            )

    return compare(
        trial,
        "batches-cancel",
        [
            (number, repeat)
            for number in range(len(RESIDUALS))
            for repeat in range(2 if trial.profile == "quick" else 20)
        ],
        examine,
        holds="equal inputs with residuals that add up to 0: every example has a gradient, their sum is 0.0",
    )


CONVENTIONS = ("leaky relu", "relu", "zero", "half", "one")
"""Who says what the derivative at 0 is: PyTorch's two modules, or a module of our own."""


def _convention(name: str) -> tuple[nn.Module, float, float]:
    """Return (module, slope on the left, what it takes for the derivative at 0)."""
    if name == "leaky relu":
        return nn.LeakyReLU(0.25), 0.25, 0.25  # PyTorch takes the slope on the left
    if name == "relu":
        return nn.ReLU(), 0.0, 0.0  # PyTorch takes 0
    at_zero = {"zero": 0.0, "half": 0.5, "one": 1.0}[name]
    return KinkedReLU(at_zero, 0.25), 0.25, at_zero


def _kink(trial: Trial) -> Evidence:
    """Place the unit at 0 on one example: what it gets there is the convention about the derivative at the kink."""

    def examine(key: Key) -> Iterator[Check]:
        module, slope, at_zero = _convention(str(key[0]))
        live = placed(trial, key, module, slope, highest=0.0)
        with torch.no_grad():
            if key[1] == "no output weight":
                live.model.linear(1).weight[0, live.j] = 0.0
            live.Y.copy_(live.outputs() - (0.0 if key[1] == "no loss" else 0.5625))
        values = live.values() | {"r": at_zero}
        z = values["a"][live.j] * values["X"] + values["b"][live.j]
        (i, *_) = np.flatnonzero(z == 0.0)
        values["i"] = int(i)
        detail = live.detail() | {"convention": key[0], "r": at_zero}
        gradient = live.gradient(live.alone(int(i)))
        stated = [float(trial.formulas.left(f"kink: {part}", **values)) for part in PARAMETERS]
        size = np.abs(stated)
        yield Check("gradient at the kink", gradient, stated, 2.0 * gamma(6) * size, "=", detail)
        silent = float(bool(trial.formulas.right("kink", **values)))
        yield Check("no gradient at the kink", float(not gradient.any()), silent, 0.0, "=", detail)

    return compare(
        trial,
        "at-the-kink",
        [(name, how) for name in CONVENTIONS for how in ("plain", "no output weight", "no loss")],
        examine,
        holds="at z = 0 the gradient is l' u r (x, 1): r is the slope in nn.LeakyReLU, 0 in nn.ReLU, or as one chooses",
    )


def _training(trial: Trial) -> Evidence:
    """Train with a unit far below 0: it moves at every step, which is not to say that it comes back."""
    steps = 100 if trial.profile == "quick" else 5000

    def examine(key: Key) -> Iterator[Check]:
        live = placed(trial, key, nn.LeakyReLU(0.01), 0.01)
        first = live.model.linear(0)
        with torch.no_grad():
            first.bias[live.j] = -50.0
            live.Y.copy_(live.outputs() - 0.5625)  # no example is fitted at the start
        start = live.detail()
        before = live.parameters()
        optimizer = torch.optim.SGD(live.model.parameters(), lr=1e-3)
        every = [1.0 / len(live.X)] * len(live.X)
        for step in range(steps):
            optimizer.zero_grad()
            torch.autograd.backward(live.total(every))
            optimizer.step()
            if step == 0 and trial.options["claimed"] == "moves":
                after = live.parameters()
                yield Check("the first step moves bias and output weight", after[1:], before[1:], 0.0, "!=", start)
        z = (first.weight[live.j, 0] * live.X + first.bias[live.j]).detach().numpy()
        if trial.options["claimed"] == "revives":
            yield Check(f"0 against the highest input after {steps} steps", 0.0, float(z.max()), 0.0, "<", start)
        moved = live.parameters()[2]
        yield Check("training has moved the output weight", moved, before[2], 0.0, "!=", start)

    return compare(
        trial,
        "training-moves-it",
        [(repeat,) for repeat in range(1 if trial.profile == "quick" else 4)],
        examine,
        holds=f"a unit at -50 moves from the first of {steps} steps on",
    )


_ONE: Mapping[str, object] = {"losses": LOSSES, "highest": "-0.05", "target": "random"}
_PARTS: Mapping[str, tuple[int, ...]] = {"input side": (0, 1), "all three": (0, 1, 2)}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "leaky-relu": (
        Experiment(
            "one-example",
            "gradients of single examples by autograd and by difference quotients: four losses, six slopes",
            "torch.nn.LeakyReLU.forward",
            _one_example,
            _ONE,
        ),
        Experiment(
            "silent-exactly",
            "slope, loss and output weight silenced in turn: exact zeros where the condition says, and only there",
            "torch.nn.LeakyReLU.forward",
            _silent,
            {"parts": _PARTS},
        ),
        Experiment("batches", "gradients of weighted batches against the sums", "torch.nn.LeakyReLU.forward", _batch),
        Experiment(
            "batches-cancel",
            "equal inputs whose residuals add up to 0: no gradient at all, though each example has one",
            "torch.nn.LeakyReLU.forward",
            _cancellation,
            {"claimed": "cancels"},
        ),
        Experiment(
            "at-the-kink",
            "a unit at 0: five conventions about the derivative there, PyTorch's two among them",
            "torch.nn.LeakyReLU.forward",
            _kink,
        ),
        Experiment(
            "training-moves-it",
            "SGD on a unit far below 0: it moves from the first step on",
            "torch.nn.LeakyReLU.forward",
            _training,
            {"claimed": "moves"},
        ),
    ),
}


def _all_three(name: str, change: str) -> Twin:
    """Return a twin about which gradients are 0."""
    part = "input side" if name == "zero-output-weight-silences-none" else "all three"
    return Twin(name, change, "silent-exactly", {"parts": {part: _PARTS[part]}}, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "leaky-relu": (
        _all_three("any-slope", "with any slope, 0 as well, the gradients are 0 only if l' = 0"),
        _all_three("any-loss", "with a slope that is not 0 some gradient is not 0, also where the loss is flat"),
        _all_three("zero-output-weight-silences-all", "an output weight of 0 makes all three gradients 0"),
        _all_three("zero-output-weight-silences-none", "weight and bias get a gradient whatever the output weight"),
        Twin(
            "batch-never-cancels",
            "the gradient of a batch is 0 only if that of each example is",
            "batches-cancel",
            {"claimed": "never"},
            "batch-never-cancels",
        ),
        Twin(
            "active-slope",
            "the slope 1 of a unit above 0 in place of al",
            "one-example",
            statement="active-slope",
        ),
        Twin(
            "boundary",
            "z <= 0 in place of z < 0 (seen by difference quotients)",
            "one-example",
            {"highest": "0.0"},
            "boundary",
        ),
        Twin(
            "any-slope-at-zero",
            "at z = 0 there is a gradient whatever is taken for the derivative there",
            "at-the-kink",
            statement="any-slope-at-zero",
        ),
        Twin(
            "kink-of-the-loss",
            "the absolute error at an output that is its target, where it has no derivative",
            "one-example",
            {"losses": ("absolute",), "target": "output"},
            "kink-of-the-loss",
        ),
        Twin(
            "revives",
            "a gradient that is not 0 brings the unit back above 0: within the steps of the experiment",
            "training-moves-it",
            {"claimed": "revives"},
        ),
    ),
}
