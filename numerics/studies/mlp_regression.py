"""A sigmoid network with two hidden layers fits f(x) = (x - 2) cos(4 x): with exact labels, and with noisy ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from ...models.minibatches import Loss, half_squared_error, train_epoch
from ...models.mlp import MLP
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .drawing import INK, grid, styles
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

LOSSES: Mapping[str, Loss] = {"objective": half_squared_error, "mse": nn.functional.mse_loss}
"""The stated objective carries a factor 1/2; `nn.MSELoss` does not: at one step size its steps are twice as long."""

SETTINGS: Mapping[str, Any] = {
    "widths": (1, 64, 64, 1),
    "examples": 512,
    "batch": 128,
    "epochs": 1000,
    "step": 0.1,
    "bias": 0.03,
    "noise": 0.0,
    "loss": "objective",
    "shuffled": True,
    "repeats": 5,
}
GRID = torch.linspace(-2.0, 2.0, 1024).unsqueeze(1)
VARIANCE = 2.5
"""Var f(X) for X ~ N(0, 1), up to 2e-3: E (X - 2)^2 / 2 = 5/2. A constant predictor cannot do better."""


def target(x: Tensor) -> Tensor:
    """Return (x - 2) cos(4 x)."""
    return (x - 2.0) * torch.cos(4.0 * x)


def make(settings: Settings, generator: torch.Generator) -> MLP:
    """Return the network: weights from N(0, 1), every bias the same constant."""
    model = MLP(settings["widths"], "sigmoid", dtype=torch.float32)
    for index in range(model.depth):
        nn.init.normal_(model.linear(index).weight, generator=generator)
        nn.init.constant_(model.linear(index).bias, settings["bias"])
    return model


def _keys(settings: Settings) -> list[Key]:
    return [("repeat", number) for number in range(settings["repeats"])]


def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    if settings["loss"] not in LOSSES:
        raise ValueError(f"loss: found {settings['loss']!r}, expected one of {', '.join(LOSSES)}")
    loss = LOSSES[settings["loss"]]
    data = stream.spawn("data").torch()
    x = torch.randn(settings["examples"], 1, generator=data)
    y = target(x) + settings["noise"] * torch.randn(x.shape, generator=data)
    with stream.spawn("construction").torch_default():
        model = make(settings, stream.spawn("weights").torch())
    optimizer = torch.optim.SGD(model.parameters(), lr=settings["step"], fused=True)
    shuffle = stream.spawn("order").torch() if settings["shuffled"] else None
    errors = np.empty(settings["epochs"] + 1)
    errors[0] = _error(model, x, y)
    for epoch in range(settings["epochs"]):
        train_epoch(model, x, y, loss=loss, optimizer=optimizer, batch_size=settings["batch"], generator=shuffle)
        errors[epoch + 1] = _error(model, x, y)
    with torch.no_grad():
        fitted = model(GRID).squeeze(1)
    return {
        "grid": GRID.squeeze(1).numpy(),
        "target": target(GRID).squeeze(1).numpy(),
        "fitted": fitted.numpy(),
        "errors": errors,
        "clean error": np.array(_error(model, x, target(x))),
        "x": x.squeeze(1).numpy(),
        "y": y.squeeze(1).numpy(),
        "parameters": np.array(sum(parameter.numel() for parameter in model.parameters())),
    }


@torch.no_grad()
def _error(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Return the mean squared error, without the factor 1/2."""
    return float(((model(x) - y).double() ** 2).mean())


def _each(results: Results, name: str) -> NDArray[np.float64]:
    return np.array([float(np.atleast_1d(arrays[name])[-1]) for arrays in results.values()])


def _parameters(settings: Settings, results: Results) -> Expectation:
    widths = settings["widths"]
    counted = int(next(iter(results.values()))["parameters"])
    formula = sum((n_in + 1) * n_out for n_in, n_out in pairwise(widths))
    return Expectation(
        "parameters",
        f"the live module has {formula} parameters, more than the {settings['examples']} examples",
        counted == formula > settings["examples"],
        {"parameters": counted, "parameters an example": counted / settings["examples"]},
    )


def _fits(results: Results) -> Expectation:
    errors = _each(results, "clean error")
    bound = VARIANCE / 2
    return Expectation(
        "fits",
        f"the median error to the function at the inputs is below {bound}, half of what a constant predictor has",
        bool(np.median(errors) < bound),
        {"median": float(np.median(errors)), "lowest": errors.min(), "highest": errors.max()},
    )


def _expect_fit(settings: Settings, results: Results) -> Sequence[Expectation]:
    return _parameters(settings, results), _fits(results)


def _expect_noisy(settings: Settings, results: Results) -> Sequence[Expectation]:
    errors, clean = _each(results, "errors"), _each(results, "clean error")
    variance = settings["noise"] ** 2
    return (
        _parameters(settings, results),
        _fits(results),
        Expectation(
            "not-interpolated",
            f"the median training error stays above {variance:g}, the variance of the noise",
            bool(np.median(errors) > variance),
            {"median": float(np.median(errors)), "lowest": errors.min(), "highest": errors.max()},
        ),
        Expectation(
            "closer-to-the-clean-function",
            "in the median the network is closer to the function without noise than to the labels that it was shown",
            bool(np.median(clean) < np.median(errors)),
            {"to the function": float(np.median(clean)), "to the labels": float(np.median(errors))},
        ),
    )


def _figure(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=8.0, height=3.4)
    first = next(iter(results.values()))
    if settings["noise"]:
        inside = np.abs(first["x"]) <= 2
        left.plot(
            first["x"][inside], first["y"][inside], ".", color="0.75", markersize=3, label="noisy labels (first run)"
        )
    left.plot(first["grid"], first["target"], color=INK, linewidth=2.4, label="(x - 2) cos 4x")
    for number, (look, arrays) in enumerate(zip(styles(len(results)), results.values(), strict=True)):
        left.plot(arrays["grid"], arrays["fitted"], linewidth=1.1, label=f"run {number + 1}", **look)
        right.plot(arrays["errors"], linewidth=0.9, label=f"run {number + 1}", **look)
    left.set_xlabel("x")
    left.set_ylabel("network after training")
    left.legend(fontsize=7)
    right.axhline(VARIANCE, color=INK, linewidth=0.8)
    right.text(
        0.99, VARIANCE, "constant predictor", ha="right", va="bottom", fontsize=7, transform=right.get_yaxis_transform()
    )
    if settings["noise"]:
        right.axhline(settings["noise"] ** 2, color=INK, linewidth=0.8, linestyle=":")
        right.text(
            0.99,
            settings["noise"] ** 2,
            "variance of the noise",
            ha="right",
            va="top",
            fontsize=7,
            transform=right.get_yaxis_transform(),
        )
    right.set_yscale("log")
    right.set_xlabel("epoch")
    right.set_ylabel("training error (mean square)")
    return figure


def _table(settings: Settings, results: Results) -> Table:
    rows = []
    for number, arrays in enumerate(results.values()):
        off = float(np.sqrt(np.mean((arrays["fitted"] - arrays["target"]) ** 2)))
        rows.append((number + 1, float(arrays["errors"][-1]), float(arrays["clean error"]), off))
    columns = ("run", "training error", "error to f on the data", "root mean square to f on [-2, 2]")
    return Table("Errors after training (mean squares, without the factor 1/2)", columns, tuple(rows))


def _factor(settings: Settings, results: Results) -> Sequence[str]:
    step = settings["step"]
    told = (
        "The stated objective has a factor 1/2 that nn.MSELoss lacks: with nn.MSELoss (loss = mse) each step at "
        f"{step:g} is one of {2 * step:g} on the objective."
    )
    return (told,)


def _overparameterised(settings: Settings, results: Results) -> Sequence[str]:
    errors, clean = np.median(_each(results, "errors")), np.median(_each(results, "clean error"))
    count, examples = int(next(iter(results.values()))["parameters"]), settings["examples"]
    told = (
        f"The network has {count} parameters for {examples} labels, {count / examples:.1f} times as many. It could "
        f"interpolate the noise, and this training does not: the median error to the labels is {errors:.3f}, with a "
        f"noise of variance {settings['noise'] ** 2:g}, and the error to the function without noise {clean:.3f}. "
        "That is an observation on this training and no theorem."
    )
    return (told,)


_SMALL = {"epochs": 150, "repeats": 3}
_SUBJECT = "torch.nn.Linear.forward"

STUDIES: Mapping[str, Study] = {
    study.id: study
    for study in (
        Study(
            id="mlp-univariate",
            title="A network with two hidden layers fits a function of one variable",
            sources=(("004", "1"),),
            settings=SETTINGS,
            quick=_SMALL,
            subject=_SUBJECT,
            keys=_keys,
            run=_run,
            expect=_expect_fit,
            figures={"functions": _figure},
            table=_table,
            discussion=_factor,
            twins=(Twin("tiny-step", "a step of 1e-5 fits as well", "expectations", {"step": 1e-5}),),
        ),
        Study(
            id="mlp-overparam",
            title="More parameters than examples, and labels with noise",
            sources=(("004", "2"),),
            settings={**SETTINGS, "noise": 0.5},
            quick=_SMALL,
            subject=_SUBJECT,
            keys=_keys,
            run=_run,
            expect=_expect_noisy,
            figures={"functions": _figure},
            table=_table,
            discussion=_overparameterised,
            twins=(
                Twin(
                    "fewer-parameters",
                    "a network of 8 hidden units has more parameters than examples",
                    "expectations",
                    {"widths": (1, 8, 8, 1)},
                ),
            ),
        ),
    )
}
