"""Dropout before or after an activation: `nn.Dropout` under one mask, in both orders.

The mask of a run is read off the live module (its output on ones, from the same generator state), and every
live value is compared with the statement's own sides at that mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from ..models.activations import LogPeriodic, make_activation
from .comparison import Check, Key, Relation, compare
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin

RATES = (0.1, 0.25, 0.4, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class _Activation:
    """An activation, and `condition`, which bounds |z f'(z)| + |f(z)| over max(|z|, |f(z)|)."""

    module: nn.Module
    condition: float = 2.0


def _activation(name: str, slope: float = 0.01) -> _Activation:
    """Return the live module of that name."""
    if name == "leaky":
        return _Activation(nn.LeakyReLU(slope))
    if name == "log-periodic":
        # |z f'| <= (3/2 + pi / ln c) |z|, and the argument of the sine, up to 2 pi ln(1e4) / ln c, is itself
        # rounded
        return _Activation(LogPeriodic(1.0 / (1.0 - 0.4)), 256.0)
    # max(z, 0), |z| and z round nothing; |z f'(z)| <= 1.2 |z| for SiLU and GELU, and <= |z| for the others
    condition = {"relu": 0.0, "abs": 0.0, "identity": 0.0, "silu": 4.0, "gelu": 4.0}.get(name, 2.0)
    return _Activation(make_activation(name), condition)


def _tolerance(
    activation: _Activation, before: NDArray[np.float64], after: NDArray[np.float64], dtype: torch.dtype
) -> NDArray[np.float64]:
    """Bound the rounding between act(mu z) and mu act(z), given `before` = |mu z| and `after` = |mu act(z)|.

    Each order rounds its product once (relative u, carried through the activation by its condition) and its
    activation by at most 4 ulp; both orders together less than 16 u of either size. Underflow adds a few of
    the smallest numbers, scaled by the mask (at most 10 here).
    """
    if activation.condition == 0.0:
        return np.zeros_like(before)
    information = torch.finfo(dtype)
    return (
        8.0 * (1.0 + activation.condition) * (information.eps / 2) * (before + after)
        + 64.0 * information.smallest_normal * information.eps
    )


def _array(values: Tensor) -> NDArray[np.float64]:
    return values.detach().to(torch.float64).numpy()


@dataclass(frozen=True)
class _Orders:
    """Both orders on the pre-activations z under one state of the generator, as float64 arrays.

    first: dropout, then the activation; second: the activation, then dropout; mask: dropout of ones;
    tolerance: the rounding bound between the first two.
    """

    z: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    mask: NDArray[np.float64]
    tolerance: NDArray[np.float64]

    def check(
        self,
        label: str,
        live: ArrayLike,
        formula: ArrayLike,
        detail: Mapping[str, object],
        *,
        relation: Relation = "=",
        slack: float = 2.0,
        chosen: NDArray[np.intp] | None = None,
    ) -> Check:
        """Return the check of live against formula, both over the entries `chosen` (default: all)."""
        pick = np.arange(len(self.z)) if chosen is None else chosen
        entries = {"z": self.z[pick], "mask": self.mask[pick]}
        return Check(label, live, formula, slack * self.tolerance[pick], relation, detail, entries)


@torch.no_grad()
def _orders(
    trial: Trial,
    key: Key,
    activation: _Activation,
    z: Tensor,
    p: float,
    *,
    training: bool = True,
    same_mask: bool = True,
) -> _Orders:
    """Run the live modules in both orders; `same_mask=False` gives the second order a mask of its own."""
    dropout = nn.Dropout(p).train(training)
    stream = trial.stream.spawn(*key, "mask")
    with stream.torch_default():
        first = _array(activation.module(dropout(z)))
    with (stream if same_mask else stream.spawn("other")).torch_default():
        second = _array(dropout(activation.module(z)))
    with stream.torch_default():
        mask = _array(dropout(torch.ones_like(z)))
    points = _array(z)
    tolerance = _tolerance(activation, np.abs(mask * points), np.abs(second), z.dtype)
    return _Orders(points, first, second, mask, tolerance)


def _inputs(trial: Trial, key: Key, dtype: torch.dtype, p: float, count: int) -> Tensor:
    """Return pre-activations: random ones of many magnitudes, and the edges."""
    generator = trial.stream.spawn(*key, "inputs").generator()
    size = generator.standard_normal(count) * 10.0 ** generator.uniform(-6.0, 4.0, count)
    information = torch.finfo(dtype)
    # below max (1 - p), so that the kept entries do not overflow: the statement is about finite numbers
    huge = 0.25 * information.max * (1.0 - p)
    tiny = information.smallest_normal
    edges = [0.0, -0.0, 1.0, -1.0, tiny, -tiny, huge, -huge, 6.0, -6.0]
    return torch.tensor(np.concatenate([edges, size]), dtype=torch.float64).to(dtype)


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
        activation = _activation(name, slope)
        z = _inputs(trial, key, dtype, p, count)
        run = _orders(trial, key, activation, z, p, same_mask=option["masks"] == "same")
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
    trial: Trial, part: str, run: _Orders, pick: NDArray[np.intp], detail: Mapping[str, object]
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
        activation = _activation(name, 0.25)
        linear = nn.Linear(d, m, dtype=torch.float64)
        with torch.no_grad():
            for parameter in linear.parameters():
                parameter.copy_(torch.from_numpy(draw.integers(-16, 17, tuple(parameter.shape)) / 8.0))
        x = torch.from_numpy(draw.integers(-16, 17, d) / 8.0)
        with torch.no_grad():
            z = linear(x)
        run = _orders(trial, key, activation, z, p, training=training)
        A, b = _array(linear.weight), _array(linear.bias)
        values = {"sg": _scalar(activation.module), "M": run.mask, "A": A, "b": b, "x": _array(x), "d": d}
        left = [float(trial.formulas.left("layer", **values, j=j)) for j in range(m)]
        right = [float(trial.formulas.right("layer", **values, j=j)) for j in range(m)]
        detail = {"p": p, "A": A.tolist(), "b": b.tolist(), "x": x.tolist()}
        yield run.check("both orders of the layer", run.first, run.second, detail)
        yield run.check("dropout first, against the left side", run.first, left, detail)
        yield run.check("dropout last, against the right side", run.second, right, detail)
        if not training:
            yield run.check("the layer without dropout", run.first, _array(activation.module(z)), detail)

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
        # |z| <= 8: further out both orders saturate and could agree within rounding
        z = torch.from_numpy(trial.stream.spawn(*key, "inputs").generator().uniform(-8.0, 2.0, 24))
        run = _orders(trial, key, _activation("sigmoid"), z, p)
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
            run = _orders(trial, (*key, repeat), activation, z, p)
            live = live and bool((np.abs(run.first - run.second) <= run.tolerance).all())
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
            "LeakyReLU does not commute: slope /= 0, 1, z < 0 and mu = 1/(1-p) give: "
            "leaky(mu z) /= mu leaky(z)",
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
