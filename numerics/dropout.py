"""Dropout before or after an activation: `nn.Dropout` under one mask, in both orders.

The mask of a run is read off the live module (its output on ones, from the same generator state), and every
live value is compared with the statement's own sides at that mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .comparison import Check, Key, compare
from .dropout_orders import (
    RATES,
    Activation,
    Orders,
    activation_named,
    array,
    both_orders,
    inputs,
    scalar,
    tolerance_between,
)
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin


def _one_mask(trial: Trial) -> Evidence:
    """Run both orders on pre-activations, and compare them with each other and with the statement."""
    option = trial.options
    name, part = str(option["activation"]), str(option["part"])
    cases, count = (12, 64) if trial.profile == "quick" else (120, 256)
    slopes = cast("tuple[float, ...]", option["slopes"])

    def examine(key: Key) -> Iterator[Check]:
        number = int(key[-1])
        p = RATES[number % len(RATES)]
        dtype = torch.float32 if number % 4 == 3 else torch.float64
        slope = float(torch.tensor(slopes[number % len(slopes)], dtype=dtype))
        activation = activation_named(name, slope)
        z = inputs(trial, key, dtype, p, count)
        run = both_orders(trial, key, activation, z, p, same_mask=option["masks"] == "same")
        detail: dict[str, object] = {"p": p, "dtype": str(dtype), "activation": name}
        if name == "leaky":
            detail["slope"] = slope
        scale = float(torch.tensor(1.0, dtype=dtype).div(1.0 - p))
        kinds = run.mask * (run.mask - scale)
        yield run.check("mask entries are 0 or 1/(1-p)", kinds, 0.0, detail, slack=0.0)
        if option["relation"] == "!=":
            kept = np.flatnonzero((run.mask > 0.0) & (run.z < 0.0))
            pair = run.first[kept], run.second[kept]
            yield run.check(f"{name} in both orders", *pair, detail, relation="!=", slack=1.0, chosen=kept)
            return
        label = f"{name} after dropout, {name} before dropout"
        yield run.check(label, run.first, run.second, detail, slack=1.0)
        if dtype == torch.float64 and part:
            pick = np.arange(24 if trial.profile == "quick" else len(run.z))
            yield from _against_statement(trial, part, run, pick, detail)

    return compare(
        trial,
        str(option["name"]),
        [("case", number) for number in range(cases)],
        examine,
        holds=f"dropout commutes with {name} under one mask, entry by entry",
    )


def _against_statement(
    trial: Trial, part: str, run: Orders, pick: NDArray[np.intp], detail: Mapping[str, object]
) -> Iterator[Check]:
    """Compare the two live orders with the two sides of the statement at the mask's entries."""
    extra = {"al": detail["slope"]} if part == "leaky relu" else {}
    points = [{"z": float(run.z[j]), "mu": float(run.mask[j]), **extra} for j in pick]
    left = [float(trial.formulas.left(part, **values)) for values in points]
    right = [float(trial.formulas.right(part, **values)) for values in points]
    # slack 2: the statement's own arithmetic rounds as often as the live one
    yield run.check("dropout first, against the left side", run.first[pick], left, detail, chosen=pick)
    yield run.check("dropout last, against the right side", run.second[pick], right, detail, chosen=pick)


def _layer(trial: Trial) -> Evidence:
    """Put dropout before and after the activation of a linear layer, against both sides of "layer".

    Weights and inputs are small dyadic numbers, so that every sum is exact and its order does not matter.
    """
    option = trial.options
    name = str(option["activation"])
    cases = 6 if trial.profile == "quick" else 60
    training = option["mode"] == "train"

    def examine(key: Key) -> Iterator[Check]:
        number = int(key[-1])
        draw = trial.stream.spawn(*key).generator()
        d, m = int(draw.integers(1, 6)), int(draw.integers(2, 9))
        p = RATES[number % len(RATES)]
        activation = activation_named(name, 0.25)
        linear = nn.Linear(d, m, dtype=torch.float64)
        with torch.no_grad():
            for parameter in linear.parameters():
                parameter.copy_(torch.from_numpy(draw.integers(-16, 17, tuple(parameter.shape)) / 8.0))
        x = torch.from_numpy(draw.integers(-16, 17, d) / 8.0)
        with torch.no_grad():
            z = linear(x)
        run = both_orders(trial, key, activation, z, p, training=training)
        A, b = array(linear.weight), array(linear.bias)
        values = {"sg": scalar(activation.module), "M": run.mask, "A": A, "b": b, "x": array(x), "d": d}
        left = [float(trial.formulas.left("layer", **values, j=j)) for j in range(m)]
        right = [float(trial.formulas.right("layer", **values, j=j)) for j in range(m)]
        detail = {"p": p, "A": A.tolist(), "b": b.tolist(), "x": x.tolist()}
        yield run.check("both orders of the layer", run.first, run.second, detail)
        yield run.check("dropout first, against the left side", run.first, left, detail)
        yield run.check("dropout last, against the right side", run.second, right, detail)
        if not training:
            yield run.check("the layer without dropout", run.first, array(activation.module(z)), detail)

    return compare(
        trial,
        str(option["name"]),
        [("case", number) for number in range(cases)],
        examine,
        holds=f"a linear layer with {name}: both orders agree ({option['mode']} mode)",
    )


def _sigmoid(trial: Trial) -> Evidence:
    """See that sigmoid does not commute: at every entry the two orders differ beyond rounding."""
    cases = 4 if trial.profile == "quick" else 40

    def examine(key: Key) -> Iterator[Check]:
        p = RATES[int(key[-1]) % len(RATES)]
        # |z| <= 8: further out both orders saturate and could agree within rounding
        z = torch.from_numpy(trial.stream.spawn(*key, "inputs").generator().uniform(-8.0, 2.0, 24))
        run = both_orders(trial, key, activation_named("sigmoid"), z, p)
        detail = {"p": p, "activation": "sigmoid"}
        out = np.flatnonzero(run.mask == 0.0)
        first, second = run.first[out], run.second[out]
        yield run.check("a dropped entry is 1/2 in one order", first, 0.5, detail, slack=0.0, chosen=out)
        yield run.check("a dropped entry is 0 in the other", second, 0.0, detail, slack=0.0, chosen=out)
        yield run.check("the orders differ", first, second, detail, relation="!=", chosen=out)
        yield from _against_statement(trial, "sigmoid", run, np.arange(len(run.z)), detail)

    return compare(
        trial,
        "sigmoid-differs",
        [("case", number) for number in range(cases)],
        examine,
        holds="the two orders differ for sigmoid: a dropped entry is 1/2 one way and 0 the other",
    )


def _criterion(trial: Trial) -> Evidence:
    """Decide for each activation whether it commutes at one p: live, and by the criterion."""
    option = trial.options
    parts = cast("tuple[str, ...]", option["parts"])
    names = cast("tuple[str, ...]", option["activations"])
    rates = (0.4, 0.5)
    count = 16 if trial.profile == "quick" else 64

    def agrees(part: str, activation: Activation, values: Mapping[str, object], size: float) -> bool:
        left = float(trial.formulas.left(part, **values))
        right = float(trial.formulas.right(part, **values))
        sizes = np.array([abs(left)]), np.array([abs(right) + size])
        return abs(left - right) <= float(tolerance_between(activation, *sizes, torch.float64)[0])

    def examine(key: Key) -> Iterable[Check]:
        name, p = str(key[0]), rates[int(key[1])]
        activation = activation_named(name)
        draw = trial.stream.spawn(*key, "inputs").generator()
        z = torch.from_numpy(np.concatenate([[0.0], draw.uniform(-4.0, 20.0, count - 1)]))
        live = True
        for repeat in range(8):  # so that every entry is both kept and dropped
            run = both_orders(trial, (*key, repeat), activation, z, p)
            live = live and bool((np.abs(run.first - run.second) <= run.tolerance).all())
        sg = scalar(activation.module)
        stated = True
        for part in parts:
            if part == "criterion: zero":
                stated = stated and agrees(part, activation, {"sg": sg}, 0.0)
                continue
            for point in array(z):
                size = abs(float(point)) / (1.0 - p)
                if part == "criterion: scale":
                    stated = stated and agrees(part, activation, {"sg": sg, "p": p, "z": point}, size)
                else:  # for all c > 0: a few values of c
                    for c in (0.5, 1.25, 2.0, 3.0):
                        values = {"sg": sg, "c": c, "z": float(point)}
                        stated = stated and agrees(part, activation, values, c * abs(float(point)))
        detail = {"activation": name, "p": p, "z": z.tolist()}
        yield Check("commutes live, criterion of the statement", float(live), float(stated), detail=detail)

    return compare(
        trial,
        "criterion-decides",
        [(name, index) for name in names for index in range(len(rates))],
        examine,
        holds=f"{len(names)} activations commute at p = 0.4 and 0.5 exactly where the criterion holds",
    )


_ONE_MASK = {"activation": "relu", "part": "relu", "masks": "same", "slopes": (0.01,), "relation": "="}
_LAYER = {"activation": "relu", "mode": "train"}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "dropout-commutes": (
        Experiment(
            "relu-one-mask",
            "ReLU before and after nn.Dropout under one mask, bit for bit, with edges",
            "torch.nn.Dropout.forward",
            _one_mask,
            _ONE_MASK | {"name": "relu-one-mask"},
        ),
        Experiment(
            "leaky-relu-slopes",
            "LeakyReLU of six slopes before and after nn.Dropout, within the rounding of two products",
            "torch.nn.LeakyReLU.forward",
            _one_mask,
            _ONE_MASK
            | {
                "name": "leaky-relu-slopes",
                "activation": "leaky",
                "part": "leaky relu",
                "slopes": (0.01, 0.3, 0.0, 1.0, -0.5, 2.0, -1.0),
            },
        ),
        Experiment(
            "linear-layer",
            "a linear layer with ReLU in training mode, against both sides of the layer form",
            "torch.nn.ReLU.forward",
            _layer,
            _LAYER | {"name": "linear-layer"},
        ),
        Experiment(
            "evaluation-mode",
            "in evaluation mode dropout is the identity, also around a sigmoid",
            "torch.nn.Dropout.forward",
            _layer,
            {"name": "evaluation-mode", "activation": "sigmoid", "mode": "eval"},
        ),
        Experiment(
            "sigmoid-differs",
            "sigmoid before and after nn.Dropout: 1/2 against 0 where an entry is dropped",
            "torch.nn.Sigmoid.forward",
            _sigmoid,
        ),
        Experiment(
            "criterion-decides",
            "twelve activations: those that commute are those that meet the criterion at that p",
            "torch.nn.Dropout.forward",
            _criterion,
            {
                "parts": ("criterion: zero", "criterion: scale"),
                "activations": (
                    "relu",
                    "leaky",
                    "identity",
                    "abs",
                    "tanh",
                    "silu",
                    "gelu",
                    "elu",
                    "relu6",
                    "softplus",
                    "sigmoid",
                    "log-periodic",
                ),
            },
        ),
    ),
}


def _swapped(name: str, activation: str, part: str, change: str, statement: str | None = None) -> Twin:
    """Return the twin that puts another activation in the place of ReLU."""
    return Twin(name, change, "relu-one-mask", {"activation": activation, "part": part}, statement)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "dropout-commutes": (
        _swapped(
            "sigmoid-commutes",
            "sigmoid",
            "sigmoid",
            "sigmoid in place of ReLU: sgm(mu z) = mu sgm(z) for mu in {0, 1/(1-p)}",
            "sigmoid-commutes",
        ),
        Twin(
            "tanh-commutes",
            "tanh in place of ReLU, as tanh(0) = 0: tanh(mu z) = mu tanh(z)",
            "linear-layer",
            {"activation": "tanh"},
            "tanh-commutes",
        ),
        _swapped("silu-commutes", "silu", "", "SiLU in place of ReLU, as both vanish at 0"),
        _swapped("gelu-commutes", "gelu", "", "GELU in place of ReLU, as both vanish at 0"),
        _swapped("relu6-commutes", "relu6", "", "ReLU6 in place of ReLU: homogeneous near 0 only"),
        Twin(
            "zero-is-enough",
            "the criterion reduced to act(0) = 0",
            "criterion-decides",
            {"parts": ("criterion: zero",)},
            "zero-is-enough",
        ),
        Twin(
            "homogeneity-is-needed",
            "for one p: commutes if and only if act(c z) = c act(z) for every c > 0",
            "criterion-decides",
            {"parts": ("criterion: homogeneous",)},
            "homogeneity-is-needed",
        ),
        Twin(
            "leaky-refused",
            "LeakyReLU does not commute: slope /= 0, 1, z < 0 and mu = 1/(1-p) give: leaky(mu z) /= mu leaky(z)",
            "leaky-relu-slopes",
            {"slopes": (0.3, -0.5, 2.0), "relation": "!="},
            "leaky-refused",
        ),
        Twin(
            "independent-masks",
            "a fresh mask for each order: act(M z) = M' act(z)",
            "relu-one-mask",
            {"masks": "independent", "part": ""},
        ),
    ),
}
