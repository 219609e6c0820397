"""Dropout before or after an activation: `nn.Dropout` under one mask, in both orders.

The mask of a run is read off the live module (its output on ones, from the same generator state), and every live value
is compared with the statement's own sides at that mask.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin

RATES = (0.1, 0.25, 0.4, 0.5, 0.75, 0.9)


class LogPeriodic(nn.Module):
    """z (1 + sin(2 pi ln z / ln c) / 2) for z > 0, else 0: invariant under scaling by this c alone."""

    def __init__(self, c: float) -> None:
        super().__init__()
        self.frequency = 2.0 * math.pi / math.log(c)

    def forward(self, z: Tensor) -> Tensor:
        """Apply the function entry by entry."""
        positive = z.clamp(min=torch.finfo(z.dtype).tiny)
        return torch.where(z > 0, z * (1.0 + 0.5 * torch.sin(self.frequency * positive.log())), 0.0)


@dataclass(frozen=True)
class _Activation:
    """An activation with what its rounding needs: `condition` bounds |z f'(z)| + |f(z)| over max(|z|, |f(z)|)."""

    module: nn.Module
    condition: float = 2.0


def _activation(name: str, slope: float = 0.01) -> _Activation:
    """Return the live module of that name."""
    modules: dict[str, Callable[[], _Activation]] = {
        "relu": lambda: _Activation(nn.ReLU(), 0.0),  # max(z, 0) rounds nothing
        "leaky": lambda: _Activation(nn.LeakyReLU(slope)),
        "identity": lambda: _Activation(nn.Identity(), 0.0),
        "abs": lambda: _Activation(nn.PReLU(init=-1.0, dtype=torch.float64).requires_grad_(False)),
        "sigmoid": lambda: _Activation(nn.Sigmoid()),
        "tanh": lambda: _Activation(nn.Tanh()),
        "silu": lambda: _Activation(nn.SiLU(), 4.0),
        "gelu": lambda: _Activation(nn.GELU(), 4.0),
        "elu": lambda: _Activation(nn.ELU()),
        "relu6": lambda: _Activation(nn.ReLU6()),
        "softplus": lambda: _Activation(nn.Softplus()),
        # |z f'| <= (1 + 1/2 + (2 pi / ln c) / 2) |z|, and the argument of the sine, up to 2 pi ln(1e4) / ln c,
        # is itself rounded; ln c >= .3 here
        "log-periodic": lambda: _Activation(LogPeriodic(1.0 / (1.0 - 0.4)), 256.0),
    }
    return modules[name]()


def _tolerance(
    activation: _Activation, before: NDArray[np.float64], after: NDArray[np.float64], dtype: torch.dtype
) -> NDArray[np.float64]:
    """Bound the rounding between act(mu z) and mu act(z), given `before` = |mu z| and `after` = |mu act(z)|.

    Each order rounds its product once (relative u, carried through the activation by its condition) and its activation by
    at most 4 ulp; both orders together less than 16 u of either size. Underflow adds a few of the smallest numbers, scaled
    by the mask (at most 10 here).
    """
    if activation.condition == 0.0:
        return np.zeros_like(before)
    information = torch.finfo(dtype)
    return (
        8.0 * (1.0 + activation.condition) * (information.eps / 2) * (before + after)
        + 64.0 * information.smallest_normal * information.eps
    )


def _orders(
    trial: Trial, key: Key, activation: nn.Module, z: Tensor, p: float, *, training: bool, same_mask: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (dropout then activation, activation then dropout, mask) from one state of the generator."""
    dropout = nn.Dropout(p).train(training)
    stream = trial.stream.spawn(*key, "mask")
    with stream.torch_default():
        first = activation(dropout(z))
    with (stream if same_mask else stream.spawn("other")).torch_default():
        second = dropout(activation(z))
    with stream.torch_default():
        mask = dropout(torch.ones_like(z))
    return first, second, mask


def _array(values: Tensor) -> NDArray[np.float64]:
    return values.detach().to(torch.float64).numpy()


def _inputs(trial: Trial, key: Key, dtype: torch.dtype, p: float, count: int) -> Tensor:
    """Return pre-activations: random ones of many magnitudes, and the edges (kink, signed zero, tiny, huge)."""
    generator = trial.stream.spawn(*key, "inputs").generator()
    size = generator.standard_normal(count) * 10.0 ** generator.uniform(-6.0, 4.0, count)
    information = torch.finfo(dtype)
    # below max (1 - p), so that the kept entries do not overflow: the statement is about finite numbers
    huge = 0.25 * information.max * (1.0 - p)
    tiny = information.smallest_normal
    edges = [0.0, -0.0, 1.0, -1.0, tiny, -tiny, huge, -huge, 6.0, -6.0]
    return torch.tensor(np.concatenate([edges, size]), dtype=torch.float64).to(dtype)


def _sizes(trial: Trial) -> tuple[int, int]:
    """Return (cases, entries per case)."""
    return (12, 64) if trial.profile == "quick" else (120, 256)


def _one_mask(trial: Trial) -> Evidence:
    """Run both orders on pre-activations, and compare them with each other and with the statement."""
    option = trial.options
    name, part = str(option["activation"]), str(option["part"])
    same_mask = option["masks"] == "same"
    cases, entries = _sizes(trial)
    slopes = cast("tuple[float, ...]", option["slopes"])

    def examine(key: Key) -> Iterator[Check]:
        number = int(key[-1])
        p = RATES[number % len(RATES)]
        dtype = torch.float32 if number % 4 == 3 else torch.float64
        slope = float(torch.tensor(slopes[number % len(slopes)], dtype=dtype))
        activation = _activation(name, slope)
        z = _inputs(trial, key, dtype, p, entries)
        first, second, mask = (
            _array(t)
            for t in _orders(trial, key, activation.module, z, p, training=True, same_mask=same_mask)
        )
        points = _array(z)
        scale = float(torch.tensor(1.0, dtype=dtype).div(1.0 - p))
        detail = {"p": p, "dtype": str(dtype), "z": points.tolist(), "mask": mask.tolist()}
        if name == "leaky":
            detail["slope"] = slope
        tolerance = _tolerance(activation, np.abs(mask * points), np.abs(second), dtype)
        yield Check("mask entries are 0 or 1/(1-p)", mask * (mask - scale), 0.0, 0.0, "=", detail)
        yield Check(f"{name} after dropout, {name} before dropout", first, second, tolerance, "=", detail)
        if dtype == torch.float64:
            yield from _against_statement(trial, part, first, second, mask, points, slope, tolerance, detail)

    return compare(
        trial,
        str(option["name"]),
        [("case", number) for number in range(cases)],
        examine,
        holds=f"dropout commutes with {name} under one mask, entry by entry",
    )


def _against_statement(
    trial: Trial,
    part: str,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    mask: NDArray[np.float64],
    z: NDArray[np.float64],
    slope: float,
    tolerance: NDArray[np.float64],
    detail: Mapping[str, object],
) -> Iterator[Check]:
    """Compare the two live orders with the two sides of the statement at the mask's entries."""
    if not part:
        return
    chosen = range(24) if trial.profile == "quick" else range(len(z))
    extra = {"al": slope} if part == "leaky relu" else {}
    left, right = [], []
    for j in chosen:
        values = {"z": float(z[j]), "mu": float(mask[j]), **extra}
        left.append(float(trial.formulas.left(part, **values)))
        right.append(float(trial.formulas.right(part, **values)))
    pick = list(chosen)
    # the statement's own arithmetic rounds as often as the live one
    bound = 2.0 * tolerance[pick]
    yield Check("dropout first, against the statement's left side", first[pick], left, bound, "=", detail)
    yield Check("dropout last, against the statement's right side", second[pick], right, bound, "=", detail)


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
        activation = _activation(name, 0.25)
        linear = nn.Linear(d, m, dtype=torch.float64)
        with torch.no_grad():
            for parameter in linear.parameters():
                parameter.copy_(torch.from_numpy(draw.integers(-16, 17, tuple(parameter.shape)) / 8.0))
        x = torch.from_numpy(draw.integers(-16, 17, d) / 8.0)
        with torch.no_grad():
            first, second, mask = (
                _array(t)
                for t in _orders(
                    trial, key, activation.module, linear(x), p, training=training, same_mask=True
                )
            )
        A, b = _array(linear.weight), _array(linear.bias)
        z = A @ _array(x) + b
        values = {"sg": _scalar(activation.module), "M": mask, "A": A, "b": b, "x": _array(x), "d": d}
        left = [float(trial.formulas.left("layer", **values, j=j)) for j in range(m)]
        right = [float(trial.formulas.right("layer", **values, j=j)) for j in range(m)]
        tolerance = 2.0 * _tolerance(activation, np.abs(mask * z), np.abs(second), torch.float64)
        detail = {"p": p, "A": A.tolist(), "b": b.tolist(), "x": x.tolist(), "mask": mask.tolist()}
        yield Check("both orders of the layer", first, second, tolerance, "=", detail)
        yield Check("dropout first, against the statement's left side", first, left, tolerance, "=", detail)
        yield Check("dropout last, against the statement's right side", second, right, tolerance, "=", detail)
        yield Check("left side against the live right side", left, second, tolerance, "=", detail)
        if not training:
            yield Check("the layer without dropout", first, _array(activation.module(linear(x))))

    return compare(
        trial,
        str(option["name"]),
        [("case", number) for number in range(cases)],
        examine,
        holds=f"a linear layer with {name}: both orders agree ({option['mode']} mode)",
    )


def _scalar(module: nn.Module) -> Callable[[float], float]:
    """Return the activation as a function of one number."""

    def value(z: float) -> float:
        with torch.no_grad():
            return float(module(torch.tensor([float(z)], dtype=torch.float64))[0])

    return value


def _sigmoid(trial: Trial) -> Evidence:
    """See that sigmoid does not commute: at every entry the two orders differ beyond rounding."""
    cases = 4 if trial.profile == "quick" else 40

    def examine(key: Key) -> Iterator[Check]:
        p = RATES[int(key[-1]) % len(RATES)]
        activation = _activation("sigmoid")
        # away from z where sgm(cz) = c sgm(z) within rounding: |z| <= 8
        z = torch.from_numpy(trial.stream.spawn(*key, "inputs").generator().uniform(-8.0, 2.0, 24))
        orders = _orders(trial, key, activation.module, z, p, training=True, same_mask=True)
        first, second, mask = (_array(t) for t in orders)
        points = _array(z)
        detail = {"p": p, "z": points.tolist(), "mask": mask.tolist()}
        tolerance = 2.0 * _tolerance(activation, np.abs(mask * points), np.abs(first), torch.float64)
        dropped = mask == 0.0
        yield Check("a dropped entry is 1/2 in one order", first[dropped], 0.5, 0.0, "=", detail)
        yield Check("a dropped entry is 0 in the other", second[dropped], 0.0, 0.0, "=", detail)
        yield Check("the orders differ", first[dropped], second[dropped], tolerance[dropped], "!=", detail)
        yield from _against_statement(
            trial, "sigmoid", first, second, mask, points, 0.0, tolerance, detail
        )

    return compare(
        trial,
        "sigmoid-differs",
        [("case", number) for number in range(cases)],
        examine,
        holds="the two orders differ for sigmoid: a dropped entry is 1/2 one way and 0 the other",
    )


def _criterion(trial: Trial) -> Evidence:
    """Decide for a row of activations whether they commute at one p, live and by the statement's criterion."""
    option = trial.options
    parts = cast("tuple[str, ...]", option["parts"])
    names = cast("tuple[str, ...]", option["activations"])
    rates = (0.4, 0.5)
    count = 16 if trial.profile == "quick" else 64

    def agrees(part: str, activation: _Activation, values: Mapping[str, object], size: float) -> bool:
        left = float(trial.formulas.left(part, **values))
        right = float(trial.formulas.right(part, **values))
        sizes = np.array([abs(left)]), np.array([abs(right) + size])
        return abs(left - right) <= float(_tolerance(activation, *sizes, torch.float64)[0])

    def examine(key: Key) -> Iterable[Check]:
        name, p = str(key[0]), rates[int(key[1])]
        activation = _activation(name)
        draw = trial.stream.spawn(*key, "inputs").generator()
        z = torch.from_numpy(np.concatenate([[0.0], draw.uniform(-4.0, 20.0, count - 1)]))
        live = True
        for repeat in range(8):  # so that every entry is both kept and dropped
            first, second, mask = (
                _array(t)
                for t in _orders(
                    trial, (*key, repeat), activation.module, z, p, training=True, same_mask=True
                )
            )
            bound = _tolerance(activation, np.abs(mask * _array(z)), np.abs(second), torch.float64)
            live = live and bool((np.abs(first - second) <= bound).all())
        sg = _scalar(activation.module)
        stated = True
        for part in parts:
            if part == "criterion: zero":
                stated = stated and agrees(part, activation, {"sg": sg}, 0.0)
                continue
            for point in _array(z):
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


_ONE_MASK = {"activation": "relu", "part": "relu", "masks": "same", "slopes": (0.01,)}
_LAYER = {"activation": "relu", "mode": "train"}

_RELU = Experiment(
    "relu-one-mask",
    "ReLU before and after nn.Dropout under one mask, bit for bit, with edges",
    "torch.nn.Dropout.forward",
    _one_mask,
    _ONE_MASK | {"name": "relu-one-mask"},
)

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "dropout-commutes": (
        _RELU,
        Experiment(
            "leaky-relu-slopes",
            "LeakyReLU of six slopes before and after nn.Dropout, within the rounding of two products",
            "torch.nn.LeakyReLU.forward",
            _one_mask,
            {
                "name": "leaky-relu-slopes",
                "activation": "leaky",
                "part": "leaky relu",
                "masks": "same",
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


_SIGMOID = _swapped(
    "sigmoid-commutes",
    "sigmoid",
    "sigmoid",
    "sigmoid in place of ReLU: sgm(mu z) = mu sgm(z) for mu in {0, 1/(1-p)}",
    "sigmoid-commutes",
)

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "dropout-commutes": (
        _SIGMOID,
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
            "LeakyReLU does not commute: slope /= 0, 1, z < 0 and mu = 1/(1-p) give leaky(mu z) /= mu leaky(z)",
            "leaky-relu-refused",
            {},
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
