"""Idempotent activations: live modules applied once, twice and many times, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..models.activations import make_activation
from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .harness.search import edge_values
from .kinks import KinkedReLU

Array = NDArray[np.float64]

REPEATS = (0, 1, 2, 5, 20)
"""How often a stack applies its activation beyond the first time."""

SLOPES = (0.0, 1.0, -1.0, -0.5, -2.0, 0.01, 0.5, 2.0, 0.999)
"""Slopes of LeakyReLU; where a power of two or small, products with the inputs below are exact."""

GROSS = 1e-3
"""An activation that is not idempotent misses by more than this somewhere on the inputs below."""


@dataclass(frozen=True)
class Shape:
    """An activation with its range as it is documented: an interval, less a gap around 0 but for 0 itself."""

    module: Callable[[], nn.Module]
    low: float
    high: float
    gap: float = 0.0

    def points(self, draw: np.random.Generator, count: int) -> Array:
        """Return points of the range: 0 if it is one, and random ones strictly inside."""
        low, high = max(self.low, -6.0), min(self.high, 7.0)
        inside = low + (high - low) * draw.uniform(0.001, 0.999, count)
        inside = inside[np.abs(inside) > self.gap]
        return np.concatenate([[0.0], inside]) if self.low < 0.0 < self.high else inside


INFINITE = float("inf")
SHAPES: Mapping[str, Shape] = {
    "relu": Shape(nn.ReLU, 0.0, INFINITE),
    "relu6": Shape(nn.ReLU6, 0.0, 6.0),
    "hardtanh": Shape(nn.Hardtanh, -1.0, 1.0),
    "abs": Shape(lambda: make_activation("abs"), 0.0, INFINITE),
    "identity": Shape(nn.Identity, -INFINITE, INFINITE),
    "hardshrink": Shape(lambda: nn.Hardshrink(0.5), -INFINITE, INFINITE, gap=0.5),
    "mirrored": Shape(lambda: nn.LeakyReLU(-0.5), 0.0, INFINITE),
    "leaky": Shape(nn.LeakyReLU, -INFINITE, INFINITE),
    "softshrink": Shape(nn.Softshrink, -INFINITE, INFINITE),
    "sigmoid": Shape(nn.Sigmoid, 0.0, 1.0),
    "hardsigmoid": Shape(nn.Hardsigmoid, 0.0, 1.0),
    "tanh": Shape(nn.Tanh, -1.0, 1.0),
    "softsign": Shape(nn.Softsign, -1.0, 1.0),
    "softplus": Shape(nn.Softplus, 0.0, INFINITE),
    "elu": Shape(nn.ELU, -1.0, INFINITE),
}


def _array(values: Tensor) -> Array:
    """Return a tensor as a float64 array."""
    return values.detach().to(torch.float64).numpy()


def _applied(module: nn.Module, points: Sequence[float] | Array, times: int = 1) -> Array:
    """Return a stack of the module, `times` deep, at these points."""
    with torch.no_grad():
        return _array(nn.Sequential(*[module] * times)(torch.tensor(points, dtype=torch.float64)))


def _scalar(module: nn.Module) -> Callable[[float], float]:
    """Return the module as a function of one number."""
    return lambda z: float(_applied(module, [float(z)])[0])


def _twice(trial: Trial) -> Evidence:
    """Apply a module twice and once, and compare both with the two sides of "relu".

    ReLU returns one of its arguments, so that nothing is rounded; a smooth activation is allowed 16 units of rounding,
    more than twice the error that PyTorch documents for it.
    """
    name = str(trial.options["activation"])
    exact = name == "relu"
    count = 64 if trial.profile == "quick" else 2048

    def examine(key: Key) -> Iterator[Check]:
        dtype = getattr(torch, str(key[0]))
        draw = trial.stream.spawn(*key).generator()
        random = draw.standard_normal(count) * 10.0 ** draw.uniform(-6.0, 2.0, count)
        edges = [value for value in edge_values(dtype=str(key[0])) if exact or abs(value) < 100.0]
        z = torch.tensor([*edges, *random], dtype=torch.float64).to(dtype)
        module = make_activation(name)
        with torch.no_grad():
            once, again = _array(module(z)), _array(module(module(z)))
        entries = {"z": _array(z)}
        detail = {"activation": name, "dtype": str(dtype)}
        rounding = 0.0 if exact else 16.0 * float(torch.finfo(dtype).eps) * (1.0 + np.abs(once))
        yield Check(f"{name} twice against once", again, once, rounding, "=", detail, entries)
        for label, live, side in (("twice", again, trial.formulas.left), ("once", once, trial.formulas.right)):
            stated = [float(side("relu", z=point)) for point in entries["z"]]
            yield Check(f"{name} {label} against the statement", live, stated, rounding, "=", detail, entries)

    return compare(
        trial,
        "relu-twice",
        [("float64",), ("float32",)],
        examine,
        holds="ReLU twice is ReLU once, bit for bit, from subnormal to the largest numbers",
    )


def _criterion(trial: Trial) -> Evidence:
    """Decide for each activation whether it is idempotent: live, and by the criterion on its documented range."""
    whole = all if trial.options["quantifier"] == "all" else any
    count = 64 if trial.profile == "quick" else 1024

    def examine(key: Key) -> Iterator[Check]:
        name = str(key[0])
        shape, draw = SHAPES[name], trial.stream.spawn(*key).generator()
        module = shape.module()
        z = np.concatenate([[0.0, -1.0, 1.0, -4.0, 4.0], draw.uniform(-8.0, 8.0, count)])
        once = _applied(module, z)
        distance = float(np.abs(_applied(module, z, 2) - once).max())
        detail = {"activation": name, "largest distance": distance}
        yield Check("values lie in the range", shape.low, once, 0.0, "<=", detail, {"z": z})
        yield Check("values lie in the range", once, shape.high, 0.0, "<=", detail, {"z": z})
        if distance > 0.0:
            yield Check("what is not idempotent is far from it", GROSS, distance, 0.0, "<", detail)
        function = _scalar(module)
        kept = [
            trial.formulas.left("criterion: identity", s=function, y=float(y))
            == trial.formulas.right("criterion: identity", s=function, y=float(y))
            for y in shape.points(draw, count)
        ]
        live, stated = float(distance == 0.0), float(whole(kept))
        yield Check("idempotent live, criterion of the statement", live, stated, 0.0, "=", detail)

    return compare(
        trial,
        "criterion-decides",
        [(name,) for name in SHAPES],
        examine,
        holds=f"{len(SHAPES)} activations are idempotent exactly where they are the identity on their range",
    )


def _stack(trial: Trial) -> Evidence:
    """Stack ReLU modules, and compare with the statement's own recursion."""
    count = 24 if trial.profile == "quick" else 512

    def examine(key: Key) -> Iterator[Check]:
        n = int(key[0])
        z = np.concatenate([edge_values(), trial.stream.spawn(*key).generator().standard_normal(count)])
        live = _applied(nn.ReLU(), z, n + 1)
        values = {"s": lambda t: max(t, 0.0), "n": n}
        for label, side in (("recursion", trial.formulas.left), ("one application", trial.formulas.right)):
            stated = [float(side("stack", z=float(point), **values)) for point in z]
            yield Check(f"{n + 1} modules against the {label}", live, stated, 0.0, "=", {"n": n}, {"z": z})

    return compare(
        trial,
        "stacked",
        [(n,) for n in REPEATS],
        examine,
        holds=f"stacks of up to {max(REPEATS) + 1} ReLUs are one ReLU",
    )


def _clip(trial: Trial) -> Evidence:
    """Clip twice between bounds, also between bounds that are the wrong way round.

    clamp returns one of its arguments; the statement's term subtracts and adds a bound, exactly at multiples of 1/8.
    """
    bounds = ((0.0, 6.0), (-1.0, 1.0), (-0.25, 3.0), (2.0, 2.0), (1.0, -1.0))
    count = 24 if trial.profile == "quick" else 512

    def examine(key: Key) -> Iterator[Check]:
        lo, hi = bounds[int(key[0])]
        grid = trial.stream.spawn(*key).generator().integers(-80, 81, count) / 8.0
        z = np.concatenate([grid, [lo, hi, 0.0], edge_values(lo, hi)])
        once = torch.clamp(torch.from_numpy(z), lo, hi)
        twice = torch.clamp(once, lo, hi)
        detail, entries = {"lo": lo, "hi": hi}, {"z": z}
        yield Check("clamp twice against once", _array(twice), _array(once), 0.0, "=", detail, entries)
        for live, side in ((twice, trial.formulas.left), (once, trial.formulas.right)):
            stated = [float(side("clip", z=float(point), lo=lo, hi=hi)) for point in grid]
            yield Check("clamp against the statement", _array(live)[:count], stated, 0.0, "=", detail, {"z": grid})
        if lo < hi:
            module = _applied(nn.ReLU6() if (lo, hi) == (0.0, 6.0) else nn.Hardtanh(lo, hi), z, 2)
            yield Check("the module twice against clamp once", module, _array(once), 0.0, "=", detail, entries)

    return compare(
        trial,
        "clipped",
        [(number,) for number in range(len(bounds))],
        examine,
        holds="clamp, Hardtanh and ReLU6 twice are the same once",
    )


def _leaky(trial: Trial) -> Evidence:
    """Apply LeakyReLU twice at negative inputs: whether this is once is decided by the slope."""

    def examine(key: Key) -> Iterator[Check]:
        slope = SLOPES[int(key[0])]
        # eighths: exact products for the slopes 0, 1 and -2^k; for the others the two sides differ grossly
        z = -trial.stream.spawn(*key).generator().integers(1, 100, 32) / 8.0
        module = nn.LeakyReLU(slope)
        live = _applied(module, z, 2) == _applied(module, z)
        stated = [bool(trial.formulas.right("leaky relu", z=float(point), al=slope)) for point in z]
        yield Check("LeakyReLU twice is once", live, stated, 0.0, "=", {"slope": slope}, {"z": z})

    return compare(
        trial,
        "leaky-slopes",
        [(number,) for number in range(len(SLOPES))],
        examine,
        holds="LeakyReLU is idempotent for the slopes <= 0 and for 1, and for no other",
    )


def _gradient(module: nn.Module, z: Array, times: int) -> Array:
    """Return the derivative of a stack of the module by autograd."""
    point = torch.from_numpy(z).requires_grad_()
    (found,) = torch.autograd.grad(nn.Sequential(*[module] * times)(point).sum(), point)
    return _array(found)


def _backward(trial: Trial) -> Evidence:
    """Differentiate ReLU and ReLU twice by autograd, for three conventions about the derivative at 0.

    PyTorch's is 0 (measured on the live module). The two gradients agree everywhere for the conventions 0 and 1;
    for 1/2 they differ at 0, where a stack has 1/4.
    """

    def examine(key: Key) -> Iterator[Check]:
        convention = str(key[0])
        r = {"pytorch": 0.0, "zero": 0.0, "one": 1.0, "half": 0.5}[convention]
        module = nn.ReLU() if convention == "pytorch" else KinkedReLU(r)
        z = np.array(edge_values())
        once, twice = _gradient(module, z, 1), _gradient(module, z, 2)
        detail, entries = {"convention": convention, "r": r}, {"z": z}
        if trial.options["claimed"] == "every convention":
            yield Check("gradient of ReLU twice, of ReLU once", twice, once, 0.0, "=", detail, entries)
        for label, live, side in (("twice", twice, trial.formulas.left), ("once", once, trial.formulas.right)):
            stated = [float(side("backward: slopes", z=float(point), r=r)) for point in z]
            yield Check(f"gradient {label} against the slopes", live, stated, 0.0, "=", detail, entries)
        if trial.options["claimed"] == "criterion":
            agree = bool(trial.formulas.right("backward", r=r))
            yield Check("the gradients agree everywhere", float((once == twice).all()), float(agree), 0.0, "=", detail)

    return compare(
        trial,
        "backwards",
        [("pytorch",), ("zero",), ("one",), ("half",)],
        examine,
        holds="the gradients of ReLU twice and once agree if the derivative at 0 is taken as 0 (PyTorch) or 1, not 1/2",
    )


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "relu-idempotent": (
        Experiment(
            "relu-twice",
            "nn.ReLU applied twice and once in two precisions, bit for bit",
            "torch.nn.ReLU.forward",
            _twice,
            {"activation": "relu"},
        ),
        Experiment(
            "criterion-decides",
            f"{len(SHAPES)} activations: idempotent live, and the identity on the range that is documented",
            "torch.nn.Hardtanh.forward",
            _criterion,
            {"quantifier": "all"},
        ),
        Experiment("stacked", "stacks of ReLU modules against one", "torch.nn.ReLU.forward", _stack),
        Experiment("clipped", "torch.clamp, Hardtanh and ReLU6 between five pairs of bounds", "torch.clamp", _clip),
        Experiment("leaky-slopes", "LeakyReLU of nine slopes twice and once", "torch.nn.LeakyReLU.forward", _leaky),
        Experiment(
            "backwards",
            "autograd through ReLU twice and once, for three conventions about its derivative at 0",
            "torch.nn.ReLU.forward",
            _backward,
            {"claimed": "criterion"},
        ),
    ),
}


def _other(name: str, activation: str) -> Twin:
    """Return the twin that puts another activation in the place of ReLU."""
    change = f"{activation} in place of ReLU: {activation}({activation}(z)) = {activation}(z)"
    return Twin(name, change, "relu-twice", {"activation": activation}, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "relu-idempotent": (
        _other("sigmoid-idempotent", "sigmoid"),
        _other("tanh-idempotent", "tanh"),
        _other("softplus-idempotent", "softplus"),
        Twin(
            "small-slopes-pass",
            "LeakyReLU is idempotent for every slope up to 1/10, as it is nearly ReLU",
            "leaky-slopes",
            statement="small-slopes-pass",
        ),
        Twin(
            "slopes-zero-and-one-only",
            "LeakyReLU is idempotent for the slopes 0 and 1 only, as al al = al (negative slopes forgotten)",
            "leaky-slopes",
            statement="slopes-zero-and-one-only",
        ),
        Twin(
            "zero-is-enough",
            "idempotent if and only if act(0) = 0",
            "criterion-decides",
            statement="zero-is-enough",
        ),
        Twin(
            "a-fixed-point-is-enough",
            "idempotent if and only if some point of the range is kept, in place of all",
            "criterion-decides",
            {"quantifier": "some"},
            "a-fixed-point-is-enough",
        ),
        Twin(
            "every-slope-at-zero",
            "the gradients of ReLU twice and once agree whatever is taken for the derivative at 0",
            "backwards",
            {"claimed": "every convention"},
            "every-slope-at-zero",
        ),
    ),
}
