"""A bias before batch normalisation: live `nn.Conv2d` and `nn.BatchNorm2d`, in training and in evaluation mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from torch import nn

from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .normalization_live import SHAPES, Live, Moments, bias_gradient_error, output_error, rows, subset
from .running_statistics import Pair

SHIFTS = (3.0, -0.5, 1.0, 2.5)
MOMENTA = (0.1, 0.25, 1.0)


def _cases(trial: Trial) -> list[Key]:
    repeats = 1 if trial.profile == "quick" else 10
    return [(number, repeat) for repeat in range(repeats) for number in range(len(SHAPES))]


@torch.no_grad()
def _move(live: Live, what: str, channel: int, t: float) -> None:
    """Add t to the bias or the first weight of a channel, or multiply all that the channel computes by 1 + t."""
    if what == "bias":
        live.bias[channel] += t
    elif what == "weight":
        live.conv.weight[channel].flatten()[0] += t
    else:
        live.bias[channel] *= 1.0 + t
        live.conv.weight[channel] *= 1.0 + t


def _tolerance(live: Live, *, layers: bool) -> np.ndarray:
    """Bound the difference of the live output and the statement's, (m, N), from the live pre-activations."""
    y, error = live.preactivation(live.x)
    z = y if isinstance(live.between, nn.Identity) else np.maximum(y, 0.0)
    scale, offset = live.scale.numpy(), live.offset.numpy()
    if layers:  # one row of all channels and positions
        wide = [np.repeat(v, y.shape[1]) for v in (scale, offset)]
        found = Moments.of(z.reshape(1, -1), 2.0 * error.reshape(1, -1))
        most = [np.abs(v).max(keepdims=True) for v in wide]
        flat = output_error(found, most[0], most[1], live.norm.eps)
        return np.asarray(2.0 * flat.reshape(y.shape))
    # the statement's y and the live one each err by `error`; both sides round
    return np.asarray(2.0 * output_error(Moments.of(z, 2.0 * error), scale, offset, live.norm.eps))


def _training(trial: Trial) -> Evidence:
    """Move the bias of one channel, and compare the live output with both sides of "invariant"."""
    option = trial.options
    kind, what, between = str(option["norm"]), str(option["moves"]), str(option["between"])

    def examine(key: Key) -> Iterator[Check]:
        number = int(key[0])
        shape = SHAPES[number] if kind == "batch" else replace(SHAPES[number], batch=1)  # it normalises each sample
        live = Live(trial.stream.spawn(*key), shape, kind, between)
        channel, t = int(key[1]) % live.shape.m, SHIFTS[number]
        values = live.values() | {"p": channel, "t": t}
        before = _tolerance(live, layers=kind == "layer")
        _move(live, what, channel, t)
        tolerance = np.maximum(before, _tolerance(live, layers=kind == "layer"))
        out = rows(live())
        places = [(c, i) for c in range(live.shape.m) for i in subset(live.shape.positions, 5)]
        found, allowed = [float(out[c, i]) for c, i in places], [float(tolerance[c, i]) for c, i in places]
        detail = live.detail() | {"channel": channel, "t": t}
        for label, side in (("with", trial.formulas.left), ("without", trial.formulas.right)):
            stated = [float(side("invariant", **values, c=c, i=i)) for c, i in places]
            yield Check(f"live output, stated output {label} t", found, stated, allowed, detail=detail)

    return compare(
        trial,
        "training-mode",
        [key for key in _cases(trial) if kind == "batch" or SHAPES[int(key[0])].m > 1],
        examine,
        holds="the output in training mode is the stated one, with the bias and without it",
    )


def _gradient(trial: Trial) -> Evidence:
    """Differentiate a live loss in the biases, against "loss"; see that a weight's gradient is not 0."""
    decay = float(cast("float", trial.options["decay"]))

    def examine(key: Key) -> Iterator[Check]:
        live = Live(trial.stream.spawn(*key), SHAPES[int(key[0])])
        out = live()
        loss = ((out - live.direction) ** 2).sum() / 2.0 + (live.direction * out.sin()).sum()
        whole = loss + decay / 2.0 * (live.bias**2).sum()
        to_outputs, to_biases, to_weights = torch.autograd.grad(whole, [out, live.bias, live.conv.weight])
        y, error = live.preactivation(live.x)
        bound = bias_gradient_error(Moments.of(y, error), live.scale.numpy(), live.norm.eps, rows(to_outputs))
        stated = float(trial.formulas.right("loss"))
        yield Check("gradient in the biases", to_biases.numpy(), stated, bound, detail=live.detail())
        weights = to_weights.flatten(1).abs().amax(1).numpy()
        yield Check("gradient in the weights", weights, 0.0, 1e3 * bound, "!=", detail=live.detail())

    return compare(
        trial,
        "bias-gradient",
        _cases(trial),
        examine,
        holds="autograd's gradient in every bias is 0 up to rounding, and that in the weights is not",
    )


def _memory(trial: Trial) -> Evidence:
    """Show live layers the same batches with and without t, and compare in evaluation mode: "lag" and its parts."""
    parts = cast("tuple[str, ...]", trial.options["parts"])
    counts = (0, 1, 3, 12) if trial.profile == "quick" else (0, 1, 2, 3, 7, 12, 40)

    def examine(key: Key) -> Iterator[Check]:
        pair = Pair(trial.stream.spawn(*key), MOMENTA[int(key[0])], int(key[1]))
        values, detail, right = pair.values(), pair.detail(), trial.formulas.right
        if "running mean" in parts:
            stated = float(right("running mean", **values))
            yield Check("running mean with t", pair.running_mean, stated, 4.0 * pair.mean_error, detail=detail)
        if "running variance" in parts:
            stated = float(right("running variance", **values))
            error = 4.0 * pair.variance_error
            yield Check("running variance with t", pair.running_variance, stated, error, detail=detail)
        if "lag" in parts:
            lag, allowed, whole = pair.lag()
            stated_lag = [float(right("lag", **values, z=float(z))) for z in pair.inputs]
            yield Check("lag in evaluation mode", lag, stated_lag, allowed, detail=detail)
            # the whole of t lags at first; what is left of it is (1 - al)^k, so "fades" bounds this share
            share = (1.0 + pair.k * pair.al) / whole
            bound = float(right("fades", **values))
            label = "share of t still lagging, times 1 + k al"
            yield Check(label, np.abs(lag) * share, bound, allowed * share, "<=", detail)

    return compare(
        trial,
        "running-statistics",
        [(number, k) for number in range(len(MOMENTA)) for k in counts],
        examine,
        holds="after k batches evaluation mode lags by scale t (1 - momentum)^k over the root of the running variance",
    )


_BATCH_NORM = "torch.nn.BatchNorm2d.forward"

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "bn-bias-redundant": (
        Experiment(
            "training-mode",
            "the output of convolution and batch normalisation while one bias moves, float64",
            _BATCH_NORM,
            _training,
            {"norm": "batch", "moves": "bias", "between": "none"},
        ),
        Experiment(
            "bias-gradient",
            "autograd's gradient in the biases before batch normalisation",
            _BATCH_NORM,
            _gradient,
            {"decay": 0.0},
        ),
        Experiment(
            "running-statistics",
            "running mean, running variance and outputs in evaluation mode after 0 to 12 batches, three momenta",
            _BATCH_NORM,
            _memory,
            {"parts": ("running mean", "running variance", "lag")},
        ),
    )
}


def _twin(name: str, change: str, experiment: str, **options: object) -> Twin:
    return Twin(name, change, experiment, options, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "bn-bias-redundant": (
        _twin("layer-norm", "layer normalisation in place of batch normalisation", "training-mode", norm="layer"),
        _twin("activation-between", "a ReLU before the normalisation", "training-mode", between="relu"),
        _twin("redundant-weight", "a weight moves in place of the bias", "training-mode", moves="weight"),
        _twin(
            "redundant-scale",
            "the scale of a channel's weights is redundant exactly, in spite of eps",
            "training-mode",
            moves="scale",
        ),
        _twin("weight-decay", "the loss penalises the bias, whose gradient is still 0", "bias-gradient", decay=0.01),
        _twin("no-lag", "evaluation mode ignores the bias at once", "running-statistics", parts=("lag",)),
        _twin("other-momentum", "momentum as the share of the old: al^k", "running-statistics", parts=("lag",)),
        _twin("one-batch-early", "(1 - al)^(k+1) in place of (1 - al)^k", "running-statistics", parts=("lag",)),
        _twin(
            "variance-lags-too",
            "the running variance takes in t^2 as the running mean takes in t",
            "running-statistics",
            parts=("running variance",),
        ),
    )
}
