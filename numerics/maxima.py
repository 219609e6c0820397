"""The maximum of several functions in PyTorch: its derivative where one is the greatest, and its answers at ties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce

import numpy as np
import torch
from torch import Tensor

from .comparison import Check, Key, compare
from .forward_error import Array
from .function_families import STEP, Curve, Family, curve, drawn, quotients
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin


def _fold(values: Tensor) -> Tensor:
    return reduce(torch.maximum, values.unbind())


OPERATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "amax": lambda values: torch.amax(values, 0),
    "max": lambda values: torch.max(values),
    "max over a dimension": lambda values: torch.max(values, 0).values,
    "maximum": _fold,
}
"""PyTorch's maxima of a vector."""


def _shares(operation: str, greatest: Sequence[int], values: Tensor) -> Array:
    """Return PyTorch's convention: what share of the gradient each function gets that is the greatest.

    amax and max() split it evenly; max(dim) gives it to the index that it returns; maximum halves it between two equal
    arguments, so that a chain of them favours the later ones.
    """
    shares = np.zeros(len(values))
    if operation in ("amax", "max"):
        shares[list(greatest)] = 1.0 / len(greatest)
    elif operation == "maximum":
        shares[greatest[0]] = 1.0
        for index in greatest[1:]:
            shares /= 2.0
            shares[index] = 0.5
    else:
        shares[int(torch.max(values, 0).indices)] = 1.0
    return shares


def _gradient(operation: str, family: Family) -> float:
    """Return the derivative of the maximum at a by autograd."""
    point = torch.tensor(family.a, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(OPERATIONS[operation](family.values(point)), point)
    return float(found)


def _unique(trial: Trial) -> Evidence:
    """Differentiate maxima where one function is the greatest: by autograd, and by difference quotients."""
    kind = str(trial.options["kind"])
    repeats = 12 if trial.profile == "quick" else 400

    def examine(key: Key) -> Iterator[Check]:
        family, p = drawn(trial, key, kind)
        symbols = family.symbols() | {"p": p, "i": p, "v": family.slopes[p], "u": family.slopes[p]}
        stated = float(trial.formulas.right("derivative", **symbols))
        detail = family.detail() | {"p": p}
        right, left = quotients(family)
        within = family.bend * STEP
        yield Check("difference quotient from the right", right, stated, within, "=", detail)
        yield Check("difference quotient from the left", left, stated, within, "=", detail)
        top = float(trial.formulas.right("greatest", **symbols))
        chosen = np.eye(len(family.curves))[p]
        weighted = float(trial.formulas.left("weights", **symbols, w=chosen))
        for name, operation in OPERATIONS.items():
            here = detail | {"operation": name}
            yield Check("the greatest value", float(operation(family.values(family.a))), top, 0.0, "=", here)
            yield Check("gradient by autograd", _gradient(name, family), stated, 0.0, "=", here)
            yield Check(
                "gradient by autograd, the weights of the statement", _gradient(name, family), weighted, 0.0, "=", here
            )

    return compare(
        trial,
        "unique-maximiser",
        [(repeat,) for repeat in range(repeats)],
        examine,
        holds="where one function is the greatest, four maxima of PyTorch have its derivative, kinks below it or not",
    )


TIES: Mapping[str, tuple[float, ...]] = {
    "x and -x": (1.0, -1.0),
    "three lines": (1.0, -2.0, 4.0),
    "x and 2x": (1.0, 2.0),
    "x twice": (1.0, 1.0),
    "x thrice": (-2.0, -2.0, -2.0),
}
"""Slopes of functions that are equal at 0."""


def _tied(name: str) -> Family:
    """Return functions that are equal at 0, with another one below them."""
    slopes = TIES[name]
    curves = [curve(0.0, slope, float(place), 0.0) for place, slope in enumerate(slopes)]
    return Family([*curves, curve(-1.0, 8.0, 0.0, 0.0)], 0.0, [*slopes, 8.0], float(len(slopes)))


def _ties(trial: Trial) -> Evidence:
    """Ask PyTorch for derivatives at ties: its shares sum to 1, so it is right if the slopes of the greatest agree."""

    def examine(key: Key) -> Iterator[Check]:
        name, operation = str(key[0]), str(key[1])
        family = _tied(name)
        slopes = TIES[name]
        shares = _shares(operation, range(len(slopes)), family.values(0.0))
        symbols = family.symbols() | {"w": shares, "v": slopes[0]}
        detail = family.detail() | {"operation": operation, "shares": shares.tolist()}
        live = _gradient(operation, family)
        # thirds are rounded, in the share and in the sum
        within = 4.0 * np.finfo(np.float64).eps * float(np.abs(slopes).sum()) if len(slopes) == 3 else 0.0
        yield Check("gradient at a tie", live, float(trial.formulas.left("weights", **symbols)), within, "=", detail)
        if trial.options["claimed"] == "right" or len(set(slopes)) == 1:
            stated = float(trial.formulas.right("weights", **symbols))
            yield Check("gradient at a tie, the slope of the first", live, stated, within, "=", detail)

    return compare(
        trial,
        "ties-in-pytorch",
        [(name, operation) for name in TIES for operation in OPERATIONS],
        examine,
        holds="PyTorch's shares at ties: even in amax and max, halves in maximum, all to one in max(dim)",
    )


def _one_sided(trial: Trial) -> Evidence:
    """Take difference quotients from both sides at ties: there is a derivative only if all slopes agree."""
    claimed = str(trial.options["claimed"])

    def examine(key: Key) -> Iterator[Check]:
        family, slopes = _tied(str(key[0])), TIES[str(key[0])]
        right, left = quotients(family)
        within, detail = family.bend * STEP, family.detail()
        symbols = family.symbols()
        if claimed == "a derivative":
            if len(slopes) == 2:
                stated = float(trial.formulas.right("derivative", **symbols, u=slopes[0], v=slopes[1]))
                yield Check("difference quotient from the right", right, stated, within, "=", detail)
                yield Check("difference quotient from the left", left, stated, within, "=", detail)
            return
        smooth = abs(right - left) <= 2.0 * within
        if claimed == "one maximiser":
            unique = bool(np.sum(family.ranked() == family.ranked().max()) == 1)
            yield Check("there is a derivative: there is one maximiser", float(smooth), float(unique), 0.0, "=", detail)
            return
        agree = all(
            trial.formulas.left("every maximiser", **symbols, i=i, u=slope, v=slopes[0])
            == trial.formulas.right("every maximiser", **symbols, i=i, u=slope, v=slopes[0])
            for i, slope in enumerate(slopes)
        )
        yield Check("there is a derivative: the slopes agree", float(smooth), float(agree), 0.0, "=", detail)
        yield Check("from the right", right, max(slopes), within, "=", detail)
        yield Check("from the left", left, min(slopes), within, "=", detail)

    return compare(
        trial,
        "one-sided-slopes",
        [(name,) for name in TIES],
        examine,
        holds="at ties of different slopes the maximum has the greatest of them to the right and the least to the left",
    )


ZEROS: Mapping[str, tuple[Curve, float]] = {
    "relu": (lambda z: torch.relu(z), 0.0),
    "maximum": (lambda z: torch.maximum(z, torch.zeros_like(z)), 0.5),
    "clamp": (lambda z: torch.clamp(z, min=0.0), 1.0),
}
"""Three ways to write max(z, 0) in PyTorch, and the share that z has at z = 0 in each."""


def _with_zero(trial: Trial) -> Evidence:
    """Differentiate max(z, 0) in three ways: they agree but for z = 0, where each has its convention."""

    def examine(key: Key) -> Iterator[Check]:
        function, share = ZEROS[str(key[0])]
        z = torch.tensor([-2.0, -(2.0**-40), 0.0, 2.0**-40, 3.0], dtype=torch.float64, requires_grad=True)
        (found,) = torch.autograd.grad(function(z).sum(), z)
        points = z.detach().numpy()
        shares = [share if point == 0.0 else float(point > 0.0) for point in points]
        stated = [
            float(trial.formulas.left("weights", n=1, w=np.array([w, 1.0 - w]), s=np.array([1.0, 0.0]), v=0.0))
            for w in shares
        ]
        detail = {"operation": key[0], "share at 0": share}
        yield Check("gradient of max(z, 0)", found.numpy(), stated, 0.0, "=", detail, {"z": points})

    return compare(
        trial,
        "maximum-with-zero",
        [(name,) for name in ZEROS],
        examine,
        holds="max(z, 0) at z = 0 has the derivative 0 by relu, 1/2 by maximum, 1 by clamp; elsewhere they agree",
    )


def _growing(trial: Trial) -> Evidence:
    """Take the maximum of 0, x - 1, x - 1/2, ..., x - 1/N at 0: the radius of the derivative 0 shrinks as 1/N.

    For a supremum of all of them no radius is left: already N = 16/h of them reach 15/16 of h at h.
    """

    def examine(key: Key) -> Iterator[Check]:
        step = 2.0 ** -int(key[0])
        reach = 16.0 if trial.options["count"] == "infinite" else 0.5
        count = int(reach / step)
        depths = torch.arange(1, count + 1, dtype=torch.float64).reciprocal()
        family = Family([lambda x: torch.cat([torch.zeros(1, dtype=torch.float64), x - depths])], 0.0, [0.0])
        values = [family.values(point)[0] for point in (step, 0.0, -step)]
        right, middle, left = (float(torch.amax(entries, 0)) for entries in values)
        stated = float(trial.formulas.right("derivative", v=0.0))
        detail = {"functions": count + 1, "step": step}
        yield Check("quotient from the right", (right - middle) / step, stated, 0.0, "=", detail)
        yield Check("quotient from the left", (left - middle) / -step, stated, 0.0, "=", detail)

    return compare(
        trial,
        "many-functions",
        [(power,) for power in (4, 8, 12, 16)],
        examine,
        holds="however many functions, the maximum has the derivative of the greatest one, within a radius of its own",
    )


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "max-derivative": (
        Experiment(
            "unique-maximiser",
            "amax, max(), max(dim) and maximum of drawn functions, by autograd and difference quotients",
            "torch.amax",
            _unique,
            {"kind": "one"},
        ),
        Experiment(
            "ties-in-pytorch",
            "the share of the gradient that PyTorch gives each of several greatest functions",
            "torch.maximum",
            _ties,
            {"claimed": "shares"},
        ),
        Experiment(
            "one-sided-slopes",
            "difference quotients from both sides where several functions are the greatest",
            "torch.amax",
            _one_sided,
            {"claimed": "agreement"},
        ),
        Experiment(
            "maximum-with-zero",
            "max(z, 0) by relu, maximum and clamp: three conventions at 0",
            "torch.relu",
            _with_zero,
        ),
        Experiment(
            "many-functions",
            "the maximum of 0 and x - 1/k for up to 32,768 values of k",
            "torch.amax",
            _growing,
            {"count": "finite"},
        ),
    ),
}

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "max-derivative": (
        Twin(
            "tie", "a greatest function in place of the only greatest one", "unique-maximiser", {"kind": "tie"}, "tie"
        ),
        Twin(
            "jump",
            "the other functions need not be continuous at the point",
            "unique-maximiser",
            {"kind": "jump"},
            "jump",
        ),
        Twin(
            "argmin",
            "the derivative of the least function in place of the greatest",
            "unique-maximiser",
            {"kind": "least"},
            "argmin",
        ),
        Twin(
            "supremum",
            "infinitely many functions and their supremum in place of finitely many: 0 and x - 1/k for all k",
            "many-functions",
            {"count": "infinite"},
            "supremum",
        ),
        Twin(
            "average-of-slopes",
            "at a tie of two the derivative is the average of their slopes, as autograd through amax says",
            "one-sided-slopes",
            {"claimed": "a derivative"},
            "average-of-slopes",
        ),
        Twin(
            "largest-slope",
            "at a tie of two the derivative is the greater of their slopes",
            "one-sided-slopes",
            {"claimed": "a derivative"},
            "largest-slope",
        ),
        Twin(
            "uniqueness-is-necessary",
            "there is a derivative only if one function alone is the greatest",
            "one-sided-slopes",
            {"claimed": "one maximiser"},
            "uniqueness-is-necessary",
        ),
        Twin(
            "any-weights",
            "shares that sum to 1 give the slope of the first greatest function, also where the slopes differ",
            "ties-in-pytorch",
            {"claimed": "right"},
            "any-weights",
        ),
    ),
}
