"""Softplus and ReLU: live modules and autograd against the statement; what PyTorch's threshold does to softplus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from .comparison import UNIT, Check, Key, compare
from .forward_error import Array
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin

SHARPNESS = (1.0, 2.0, 0.5, 3.7, 0.1)
THRESHOLD = 20.0
"""Above it (in units of be z) `nn.Softplus` returns z itself, by default; everything but two twins stays below it."""


def _derivatives(be: float, points: Array) -> tuple[Array, Array]:
    """Return the first and second derivative of the live softplus, by autograd."""
    x = torch.from_numpy(points.copy()).requires_grad_()
    (first,) = torch.autograd.grad(nn.Softplus(beta=be)(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return first.detach().numpy(), second.numpy()


def _values(be: float, points: Array) -> Array:
    """Return the live softplus."""
    found: Array = nn.Softplus(beta=be)(torch.from_numpy(points.copy())).numpy()
    return found


def _relu_slope(points: Array) -> Array:
    """Return the live derivative of ReLU."""
    x = torch.from_numpy(points.copy()).requires_grad_()
    (slope,) = torch.autograd.grad(nn.ReLU()(x).sum(), x)
    return slope.numpy()


def _points(trial: Trial, key: Key, be: float) -> Array:
    """Return points with be z from -60 to just below the threshold: special ones, and random ones of all magnitudes.

    At the threshold itself autograd's second derivative is 0 already, while the first is not 1 yet.
    """
    draw = trial.stream.spawn(*key).generator()
    special = [0.0, -0.0, 1.0, -1.0, 1e-9, -1e-9, 8.0, 19.75, -20.0, -60.0]
    random = draw.choice([-1.0, 1.0], 12) * 10.0 ** draw.uniform(-6.0, 1.3, 12)
    scaled = np.concatenate([special, random])
    return np.asarray(scaled[scaled <= 19.75] / be)


def _slope_error(be: float, points: Array) -> Array:
    """Bound the rounding of sigmoid(be z), live and in the statement.

    be z is rounded, an error of u |x| in the exponent x, which the sigmoid s turns into at most |x| s (1 - s) u <= u/4;
    an exponential of 2 ulp comes to 4 s (1 - s) u <= u; a sum and a quotient round once each: below 4 u on either side.
    """
    return np.full(points.shape, 8.0 * UNIT)


def _slopes(trial: Trial) -> Evidence:
    """Differentiate the live softplus once and twice, and compare with the statement."""
    repeats = 2 if trial.profile == "quick" else 40

    def examine(key: Key) -> Iterator[Check]:
        be = SHARPNESS[int(key[0])]
        points = _points(trial, key, be)
        first, second = _derivatives(be, points)
        one = [float(trial.formulas.right("derivative", be=be, a=float(z))) for z in points]
        two = [float(trial.formulas.right("second derivative", be=be, a=float(z))) for z in points]
        detail, entries = {"be": be}, {"z": points}
        error = _slope_error(be, points)
        yield Check("derivative of softplus", first, one, error, "=", detail, entries)
        # a product with 1 - s and with be: the errors of s twice, and two roundings of at most be / 4
        yield Check("second derivative", second, two, be * (2.0 * error + 4.0 * UNIT), "=", detail, entries)

    return compare(
        trial,
        "derivatives",
        [(index, repeat) for repeat in range(repeats) for index in range(len(SHARPNESS))],
        examine,
        holds="the first two derivatives of the live softplus are the sigmoid and its slope",
    )


def _across(be: float) -> tuple[Array, Array]:
    """Return two points on either side of the threshold, apart by less than the drop of the live value there."""
    return np.array([THRESHOLD / be]), np.array([THRESHOLD / be * (1.0 + 2.0**-40)])


def _lipschitz(trial: Trial) -> Evidence:
    """Compare differences of the live derivative with the Lipschitz bound, and its steepest quotient with be/4.

    The quotient between h and -h differs from the slope at 0 by at most h^2/6 times the greatest third derivative of
    the derivative, be^3/8: the bound below is be (be h)^2/48, and the rounding divided by 2 h.
    """
    options = trial.options
    sharpness = (-1.0,) if options["negative"] else SHARPNESS
    repeats = 3 if trial.profile == "quick" else 60

    def examine(key: Key) -> Iterator[Check]:
        be = sharpness[int(key[0])]
        draw = trial.stream.spawn(*key).generator()
        middle = np.concatenate([np.zeros(4), draw.uniform(-12.0, 12.0, 20)]) / abs(be)
        half = 10.0 ** draw.uniform(-4.0, 0.5, middle.shape) / abs(be)
        a, b = _across(be) if options["across"] else (middle + half, middle - half)
        rise = np.abs(_derivatives(be, a)[0] - _derivatives(be, b)[0])
        bound = [float(trial.formulas.right("lipschitz", be=be, a=x, b=y)) for x, y in zip(a, b, strict=True)]
        error = _slope_error(be, a) + _slope_error(be, b)
        yield Check("difference of the derivative", rise, bound, error, "<=", {"be": be}, {"a": a, "b": b})
        h = np.array([1e-4 / abs(be)])
        steepest = (_derivatives(be, h)[0] - _derivatives(be, -h)[0]) / (2.0 * h)
        best = float(trial.formulas.left("best constant", be=be))
        off = be * (be * h) ** 2 / 48.0 + _slope_error(be, h) / h
        yield Check("quotient at 0, best constant", steepest, best, off, "=", {"be": be, "h": float(h[0])})

    return compare(
        trial,
        "lipschitz",
        [(index, repeat) for repeat in range(repeats) for index in range(len(sharpness))],
        examine,
        holds="the live derivative keeps the Lipschitz constant be/4, and at 0 its quotient is be/4",
    )


def _increasing(trial: Trial) -> Evidence:
    """See the live softplus increase from each point to the next, where its step exceeds the rounding."""
    across = bool(trial.options["across"])
    repeats = 1 if trial.profile == "quick" else 20

    def examine(key: Key) -> Iterator[Check]:
        be = SHARPNESS[int(key[0])]
        if across:
            points = np.concatenate(_across(be))
        else:
            # be z in steps of at least 2^-7 from -16 to the threshold: a rise of 2^-7 exp(-16) / 2 = 4e-10 and more
            draw = trial.stream.spawn(*key).generator()
            points = np.unique(draw.integers(-16 * 128, 20 * 128, 40)) / 128.0 / be
        live = _values(be, points)
        lower, upper = live[:-1], live[1:]
        entries = {"a": points[:-1], "b": points[1:]}
        yield Check("softplus at a, at b > a", lower, upper, 0.0, "<", {"be": be}, entries)
        stated = [float(trial.formulas.left("increasing", be=be, a=float(z))) for z in points[:-1]]
        yield Check("softplus at a, as stated", lower, stated, _value_error(be, points[:-1]), "=", {"be": be}, entries)

    return compare(
        trial,
        "increasing",
        [(index, repeat) for repeat in range(repeats) for index in range(len(SHARPNESS))],
        examine,
        holds="the live softplus increases up to the threshold",
    )


def _value_error(be: float, points: Array) -> Array:
    """Bound the rounding of softplus, live and in the statement.

    With x = be z: its rounding comes through with a factor below 1, an exponential of 2 ulp as at most 4 u, 1 + exp
    as u; the logarithm, of 2 ulp, and the division round a value of at most |x| + 1 by 5 u of it; the difference from
    ReLU by u more. Twice, for either side.
    """
    x = np.abs(be * points)
    return np.asarray(2.0 * UNIT * (x + 5.0 + 6.0 * (x + 1.0)) / be)


def _distance(trial: Trial) -> Evidence:
    """Compare the live softplus with the live ReLU: the distance in closed form, its bound, its value at 0."""
    base = str(trial.options["base"])
    repeats = 2 if trial.profile == "quick" else 40

    def examine(key: Key) -> Iterator[Check]:
        be = SHARPNESS[int(key[0])]
        points = _points(trial, key, be)
        other = np.maximum(points, 0.0) if base == "relu" else points
        if base == "relu":
            other = nn.ReLU()(torch.from_numpy(points.copy())).numpy()
        live = _values(be, points) - other
        error = _value_error(be, points)
        detail, entries = {"be": be}, {"z": points}
        bound = float(trial.formulas.right("bound", be=be, z=0.0))
        yield Check("distance, its bound", live, bound, error, "<=", detail, entries)
        stated = [float(trial.formulas.right("distance", be=be, z=float(z))) for z in points]
        yield Check("distance, closed form", live, stated, error, "=", detail, entries)
        near = np.abs(be * points) <= 16.0  # the distance is above exp(-16) / 2 be there
        yield Check("distance is positive", 0.0, live[near], 0.0, "<", detail, {"z": points[near]})
        top = float(trial.formulas.right("at zero", be=be))
        yield Check("distance at 0", live[points == 0.0], top, error[points == 0.0], "=", detail)

    return compare(
        trial,
        "distance-from-relu",
        [(index, repeat) for repeat in range(repeats) for index in range(len(SHARPNESS))],
        examine,
        holds="the live softplus is above the live ReLU by log(1 + exp(-be |z|))/be, at most log(2)/be",
    )


def _relu(trial: Trial) -> Evidence:
    """Differentiate the live ReLU: [0 < z] off the kink, two slopes at it, and no Lipschitz constant.

    At the kink autograd returns a convention; the statement holds for every value r there, and is read at r = 0, 1/2,
    1. All numbers are exact.
    """
    at_kink, lipschitz = bool(trial.options["at kink"]), bool(trial.options["lipschitz"])

    def examine(key: Key) -> Iterator[Check]:
        r = (0.0, 0.5, 1.0)[int(key[0])]
        draw = trial.stream.spawn(*key).generator()
        points = draw.choice([-1.0, 1.0], 16) * 2.0 ** draw.integers(-60, 60, 16)
        entries = {"z": points}
        stated = [float(trial.formulas.right("relu derivative", r=r, z=float(z))) for z in points]
        yield Check("derivative of ReLU", _relu_slope(points), stated, 0.0, "=", {"r": r}, entries)
        h = 2.0 ** -draw.integers(1, 40, 8).astype(np.float64)
        right, left = ((_relu_value(side * h) - _relu_value(0.0 * h)) / (side * h) for side in (1.0, -1.0))
        if at_kink:  # the misconception: r is the derivative at 0
            zero = float(trial.formulas.right("relu derivative", r=r, z=0.0))
            yield Check("quotient to the right of 0, derivative", right, zero, 0.0, "=", {"r": r}, {"h": h})
            yield Check("quotient to the left of 0, derivative", left, zero, 0.0, "=", {"r": r}, {"h": h})
        yield Check("quotients to the right and to the left of 0", right, left, 0.5, "!=", {"r": r}, {"h": h})
        for C in (0.25, 1.0, 1e3, 1e9):
            w = np.array([0.25 / C])
            step = np.abs(_relu_slope(w) - _relu_slope(-w))
            values = {"r": r, "C": C, "a": float(w[0]), "b": -float(w[0])}
            bound = float(trial.formulas.right("steps of relu", **values))
            detail = {"C": C, "a": values["a"], "b": values["b"]}
            if lipschitz:
                yield Check("step of the derivative, Lipschitz bound", step, bound, 0.0, "<=", detail)
            yield Check("Lipschitz bound, step of the derivative", bound, step, 0.0, "<", detail)

    return compare(
        trial,
        "relu-kink",
        [(index, repeat) for repeat in range(2) for index in range(3)],
        examine,
        holds="the live ReLU has slopes 0 and 1 on either side of 0, so that no C bounds the steps of its derivative",
    )


def _relu_value(points: Array) -> Array:
    """Return the live ReLU."""
    found: Tensor = nn.ReLU()(torch.from_numpy(np.asarray(points).copy()))
    return np.asarray(found.numpy())


_LIPSCHITZ: Mapping[str, object] = {"negative": False, "across": False}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "softplus-lipschitz": (
        Experiment(
            "derivatives",
            "autograd through nn.Softplus, once and twice, for five sharpnesses",
            "torch.nn.Softplus.forward",
            _slopes,
        ),
        Experiment(
            "lipschitz",
            "differences of autograd's derivative of nn.Softplus, against be/4 |a - b|; its quotient at 0",
            "torch.nn.Softplus.forward",
            _lipschitz,
            _LIPSCHITZ,
        ),
        Experiment(
            "increasing",
            "nn.Softplus from point to point, up to its threshold be z = 20",
            "torch.nn.Softplus.forward",
            _increasing,
            {"across": False},
        ),
        Experiment(
            "distance-from-relu",
            "nn.Softplus less nn.ReLU, be z from -60 to 20: closed form, bound, value at 0",
            "torch.nn.Softplus.forward",
            _distance,
            {"base": "relu"},
        ),
        Experiment(
            "relu-kink",
            "autograd through nn.ReLU off its kink, and difference quotients at it",
            "torch.nn.ReLU.forward",
            _relu,
            {"at kink": False, "lipschitz": False},
        ),
    ),
}


def _formula(name: str, experiment: str, change: str, options: Mapping[str, object] | None = None) -> Twin:
    """Return a twin with changed terms."""
    return Twin(name, change, experiment, options or {}, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "softplus-lipschitz": (
        _formula("negative-sharpness", "lipschitz", "any sharpness, here be = -1", {"negative": True}),
        _formula("constant-fifth", "lipschitz", "the Lipschitz constant be/5 in place of be/4"),
        _formula("derivative-with-sharpness", "derivatives", "be sigmoid(be z): the factor 1/be forgotten"),
        _formula("second-without-sharpness", "derivatives", "s (1 - s) for every be: the inner derivative forgotten"),
        _formula(
            "near-the-identity",
            "distance-from-relu",
            "softplus(z) is within log(2)/be of z, also for z < 0",
            {"base": "identity"},
        ),
        _formula("distance-without-absolute", "distance-from-relu", "log(1 + exp(-be z))/be for z < 0 too"),
        _formula("kink-too", "relu-kink", "ReLU has the derivative r at 0, for r = 0, 1/2 or 1", {"at kink": True}),
        _formula("relu-lipschitz", "relu-kink", "ReLU's derivative is Lipschitz for some C", {"lipschitz": True}),
        Twin(
            "threshold-increasing",
            "nn.Softplus increases beyond its threshold too: at be z = 20 it drops by 2e-9/be",
            "increasing",
            {"across": True},
        ),
        Twin(
            "threshold-lipschitz",
            "nn.Softplus has a Lipschitz derivative beyond its threshold too: at be z = 20 it jumps by 2e-9",
            "lipschitz",
            {"across": True},
        ),
    ),
}
