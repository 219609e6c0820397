"""Layers under finite laws of weights and signals: expectations are finite means, compared without any rounding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import cast

import torch
from torch import Tensor, nn

from .comparison import Check, Key, compare
from .finite_laws import fractions, mean_and_variance, omega, rows
from .harness.evidence import Evidence
from .harness.experiment import Trial

WIDTH = 3


def layer(weight: Tensor) -> nn.Linear:
    """Return the live layer without bias that has these weights."""
    made = nn.Linear(weight.shape[1], weight.shape[0], bias=False, dtype=weight.dtype)
    with torch.no_grad():
        made.weight.copy_(weight)
    return made


def laws(trial: Trial, name: str) -> tuple[str, ...]:
    """Return the laws that the option names."""
    return cast("tuple[str, ...]", trial.options[name])


def _outputs(weights: Tensor, signals: Tensor, paired: bool) -> Tensor:
    """Return the unit's output for every outcome: each weight with each signal, or each with its own."""
    with torch.no_grad():
        z = layer(weights)(signals)
    return torch.diagonal(z) if paired else z


def variance_of(values: Tensor) -> float:
    """Return the variance of equally probable values."""
    return float(((values - values.mean()) ** 2).mean())


def pairs(trial: Trial, first: str, second: str) -> list[Key]:
    """Return each law of one option with each law of the other."""
    return [(law, other) for law in laws(trial, first) for other in laws(trial, second)]


def kept(name: str, size: float, stated: object, values: Mapping[str, object]) -> Check:
    """Return the check that a size is 1 exactly if the statement's criterion says so."""
    return Check(name, float(size == 1.0), float(bool(stated)), detail=values)


def preactivation(trial: Trial) -> Evidence:
    """Compare mean and variance of a pre-activation over all outcomes with the statement.

    Every outcome of the weights is a unit of one live layer, every outcome of the inputs a row of its batch. The
    numbers are dyadic with few digits and the outcomes a power of two in number: sums, squares and means are exact.
    """
    paired, one_unit = bool(trial.options["paired"]), bool(trial.options["one unit"])

    def examine(key: Key) -> Iterator[Check]:
        weights, inputs = rows(str(key[0]), WIDTH), rows(str(key[1]), WIDTH)
        z = _outputs(weights, inputs, paired)
        _, s2 = mean_and_variance(str(key[0]))
        mean, variance = mean_and_variance(str(key[1]))
        values: dict[str, object] = {"n": WIDTH, "s2": s2, "x": fractions(inputs), "Omega": omega(len(inputs))}
        detail = {"law of the weights": key[0], "law of the inputs": key[1]}
        right = trial.formulas.right
        for part in laws(trial, "parts"):
            if part == "centred inputs":
                if mean and not trial.options["any mean"]:
                    continue
                values["v2"] = variance
            else:
                values["v2"] = variance + mean**2
            stated = float(right(part, **values))
            if one_unit:
                yield Check("variance at fixed weights", (z**2).mean(0).numpy(), stated, detail=detail)
                continue
            live = float(z.mean()) if part == "mean" else variance_of(z)
            yield Check(f"{part} of the pre-activation", live, stated, detail=detail)

    return compare(
        trial,
        "every-outcome",
        pairs(trial, "weights", "inputs"),
        examine,
        holds="mean and variance over all outcomes are the theorem's, without any rounding",
    )


def only_fanin(trial: Trial) -> Evidence:
    """Compare, for random signs of several variances, whether the variance is kept with the criterion s2 = 1/n."""

    def examine(key: Key) -> Iterator[Check]:
        n, scale = int(key[0]), 2.0 ** int(key[1])
        z = _outputs(rows("signs", n, scale), rows("signs", n), paired=False)
        s2 = Fraction(scale) ** 2
        values = {"n": n, "m": 4 * n, "s2": s2, "v2": 1}
        yield kept("variance kept", variance_of(z), trial.formulas.right("only 1/n", **values), values)

    return compare(
        trial,
        "only-one-over-n",
        [(n, exponent) for n in (1, 4) for exponent in (-3, -2, -1, 0, 1)],
        examine,
        holds="the variance of the inputs is kept at s2 = 1/n and at none of the other variances",
    )


def rectified(trial: Trial) -> Evidence:
    """Compare the moments behind nn.ReLU, and those of the next layer, over all outcomes with the statement.

    Dyadic numbers throughout, as in `preactivation`. If `seen`, the weights are 2 or -2 where the unit is positive and
    0 elsewhere, so that they depend on the signal.
    """
    seen = bool(trial.options["seen"])

    def examine(key: Key) -> Iterator[Check]:
        weights, signals = rows(str(key[0]), WIDTH), rows(str(key[1]), WIDTH)
        _, s2 = mean_and_variance(str(key[0]))
        if seen:
            pairs = [(weight * (1.0 + signal), signal) for weight in weights for signal in signals]
            weights, signals = (torch.stack(side) for side in zip(*pairs, strict=True))
            s2 = 2 * s2
        y = nn.ReLU()(signals)
        values: dict[str, object] = {
            "n": WIDTH,
            "s2": s2,
            "a": fractions(signals),
            "Omega": omega(len(signals)),
        }
        detail = {"law of the weights": key[0], "law of the signal": key[1]}
        right = trial.formulas.right
        for k in range(WIDTH):
            half = float(right("half", **values, k=k))
            yield Check("second moment behind ReLU", float((y[:, k] ** 2).mean()), half, detail=detail)
            left = float(right("variance", **values, k=k))
            yield Check("variance behind ReLU", variance_of(y[:, k]), left, detail=detail)
        live = float((_outputs(weights, y, seen) ** 2).mean())
        yield Check("next layer", live, float(right("next layer", **values)), detail=detail)

    return compare(
        trial,
        "every-outcome",
        pairs(trial, "weights", "signals"),
        examine,
        holds="moments behind ReLU and in the next layer are the theorem's over all outcomes, without any rounding",
    )


def only_relu(trial: Trial) -> Evidence:
    """Compare, for random signs of several variances, whether the second moment is kept with the criterion s2 = 2/n."""

    def examine(key: Key) -> Iterator[Check]:
        n, scale = int(key[0]), 2.0 ** int(key[1])
        signals = rows("signs", n)
        z = _outputs(rows("signs", n, scale), nn.ReLU()(signals), paired=False)
        values: Mapping[str, object] = {"n": n, "s2": Fraction(scale) ** 2, "q": 1}
        space = {"a": fractions(signals), "Omega": omega(len(signals))}
        stated = trial.formulas.right("only 2/n", **values, **space)
        yield kept("second moment kept", float((z**2).mean()), stated, values)

    return compare(
        trial,
        "only-two-over-n",
        [(n, exponent) for n in cast("tuple[int, ...]", trial.options["widths"]) for exponent in (-2, -1, 0, 1)],
        examine,
        holds="the second moment is kept at s2 = 2/n and at none of the other variances",
    )
