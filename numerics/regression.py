"""Ridge regression: live solvers, a live objective and a trained layer against the closed form, exactly where exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from ..models import ridge
from .comparison import Check, Key, compare, gamma
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .ridge_cases import Data, Exact, as_fractions, cases, make, solution_error

_SMALL = 1e-10
"""Where training ends: a gradient of this norm."""


def _layer(weights: Tensor) -> nn.Linear:
    """Return a linear layer without bias that has these weights, (p,)."""
    layer = nn.Linear(len(weights), 1, bias=False, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(weights[None, :])
    return layer


def _point(trial: Trial, key: Key, p: int) -> Tensor:
    """Return weights that are multiples of 1/8, the first not 0: what the objective computes at them is exact."""
    draws = trial.stream.spawn(*key, "point").generator().integers(-16, 17, p)
    draws[0] = abs(draws[0]) + 1
    return torch.from_numpy(draws / 8.0)


def _closed_forms(trial: Trial) -> Evidence:
    """Solve with the live primal and dual form, and compare with th and X' al, evaluated in rational arithmetic."""
    option = trial.options
    parts = cast("tuple[str, ...]", option["parts"])

    def examine(key: Key) -> Iterator[Check]:
        data = make(trial, key)
        values = data.values() | data.inverses(trial.formulas)
        solvers = {"primal": (ridge.primal, data.x), "dual": (ridge.dual, data.x.mT)}
        first = [float(trial.formulas.left("dual", **values, i=i)) for i in range(data.p)]
        second = [float(trial.formulas.right("dual", **values, i=i)) for i in range(data.p)]
        for form, (solve, x) in solvers.items():
            found = solve(data.x, data.y, data.penalty).numpy()
            matrix = ridge.normal_matrix(x, data.penalty).numpy()
            if form == "primal":
                error = solution_error(matrix, found, data.penalty)
            else:  # X' times coefficients that err likewise
                coefficients = np.linalg.solve(matrix, data.y.numpy())
                error = solution_error(matrix, 2.0 * coefficients, data.penalty) * float(data.x.norm())
                error += float((gamma(data.n) * data.x.abs().mT @ torch.from_numpy(np.abs(2.0 * coefficients))).max())
            for name, stated in (("th", first), ("X' al", second)):
                if name in parts:
                    yield Check(f"{form} form, stated {name}", found, stated, 2.0 * error, detail=data.detail())

    return compare(
        trial,
        "closed-forms",
        cases(trial, cast("tuple[str, ...]", option["kinds"])),
        examine,
        holds="primal and dual form agree with both sides of the statement, also for p > n and equal columns",
    )


def _inverse(trial: Trial) -> Evidence:
    """Invert X'X + lam I live, and compare with R and with the inverse that is built row by row, U(n)."""

    def examine(key: Key) -> Iterator[Check]:
        data = make(trial, key)
        values = data.values() | data.inverses(trial.formulas)
        matrix = ridge.normal_matrix(data.x, data.penalty)
        found = torch.linalg.inv(matrix).numpy()
        # Column by column a solver with growth factor 2^(p - 1) at most: (matrix + E) column = unit vector, the norm
        # of E (largest row sum) at most p^2 gamma(3p) 2^(p - 1) times the matrix's (Higham, theorem 9.5).
        size = data.p**2 * gamma(3 * data.p) * 2.0 ** (data.p - 1) * float(matrix.abs().sum(1).max())
        exact = np.array([[float(entry) for entry in row] for row in cast("Exact", values["R"])])
        tolerance = 2.0 * size * float(np.abs(exact).sum(1).max()) * float(np.abs(exact).max())
        for label, side in (("R", trial.formulas.left), ("U(n)", trial.formulas.right)):
            stated = [[float(side("only inverse", **values, i=i, k=k)) for k in range(data.p)] for i in range(data.p)]
            yield Check(f"live inverse, stated {label}", found, stated, tolerance, detail=data.detail())

    return compare(
        trial,
        "inverse",
        cases(trial),
        examine,
        holds="the inverse exists for all data, and is what rank-one updates of I/lam make, row by row",
    )


def _kernel(trial: Trial) -> Evidence:
    """Multiply vectors by the live X'X + lam I: what it sends to 0 is 0, also where X itself has a kernel."""
    penalty = trial.options["penalty"]

    def examine(key: Key) -> Iterator[Check]:
        data = make(trial, key)
        lam = data.penalty if penalty is None else float(cast("float", penalty))
        vectors = [_point(trial, (*key, number), data.p) for number in range(3)]
        if data.kind == "repeated":
            vectors.append(torch.tensor([1.0, -1.0, 0.0], dtype=torch.float64))
        elif data.kind == "zero":
            vectors.append(torch.tensor([1.0, 2.0], dtype=torch.float64))
        for v in vectors:
            image = ridge.normal_matrix(data.x, lam) @ v  # exact: multiples of 2^-7 below 2^20
            detail = dict(data.detail()) | {"penalty": lam, "v": v.tolist()}
            if not image.any():
                stated = [float(trial.formulas.right("kernel", v=v.tolist(), p=data.p, k=k)) for k in range(data.p)]
                yield Check("a vector that is sent to 0", v.numpy(), stated, detail=detail)
            else:
                form = float(v @ image)
                yield Check("lam |v|^2, v'(X'X + lam I)v", lam * float(v @ v), form, 0.0, "<=", detail)
                if not (data.x @ v).any():
                    yield Check("image of a kernel vector of X", image.numpy(), (lam * v).numpy(), detail=detail)

    return compare(
        trial,
        "kernel",
        cases(trial, ("repeated", "zero", "wide", "tall")),
        examine,
        holds="X'X + lam I sends no vector but 0 to 0, whatever X sends there",
    )


def _gradient(trial: Trial) -> Evidence:
    """Differentiate the live objective at dyadic weights, exactly, and at the exact closed form up to rounding."""

    def examine(key: Key) -> Iterator[Check]:
        data = make(trial, key)
        values = data.values() | data.inverses(trial.formulas)
        points = [_point(trial, key, data.p)]
        th = [Fraction(trial.formulas.left("dual", **values, i=i)) for i in range(data.p)]
        points.append(torch.tensor([float(entry) for entry in th], dtype=torch.float64))
        for number, b in enumerate(points):
            layer = _layer(b)
            value = ridge.objective(layer, data.x, data.y, data.penalty)
            found = torch.autograd.grad(value, layer.weight)[0][0].numpy()
            given = values | {"b": as_fractions(b) if number == 0 else th}
            stated = [float(trial.formulas.right("gradient", **given, k=k)) for k in range(data.p)]
            tolerance = np.zeros(data.p) if number == 0 else _gradient_error(data, b)
            label = "gradient at dyadic weights" if number == 0 else "gradient at the closed form"
            yield Check(label, found, stated, tolerance, detail=dict(data.detail()) | {"b": b.tolist()})

    return compare(
        trial,
        "gradient",
        cases(trial),
        examine,
        holds="autograd's gradient is (X'X + lam I) b - X'Y, exactly, and 0 at the closed form up to rounding",
    )


def _gradient_error(data: Data, b: Tensor) -> np.ndarray:
    """Bound the rounding of X'(X b - Y) + lam b, (p,), each entry of b having been rounded too."""
    size = data.x.abs().mT @ (data.x.abs() @ b.abs() + data.y.abs()) + data.penalty * b.abs()
    return np.asarray(2.0 * gamma(data.n + data.p + 5) * size.numpy())


def _gap(trial: Trial) -> Evidence:
    """Evaluate the live objective at dyadic weights, exactly: its distance from the minimum, which it never beats."""
    penalty = trial.options["penalty"]

    def examine(key: Key) -> Iterator[Check]:
        drawn = make(trial, key)
        data = drawn if penalty is None else Data(drawn.kind, drawn.x, drawn.y, float(cast("float", penalty)))
        values = data.values() | data.inverses(trial.formulas)
        for number in range(2):
            b = _point(trial, (*key, number), data.p)
            live = float(ridge.objective(_layer(b), data.x, data.y, data.penalty).detach())
            given = values | {"b": as_fractions(b)}
            detail = dict(data.detail()) | {"b": b.tolist()}
            stated = float(trial.formulas.right("gap", **given))
            yield Check("objective, minimum plus distance", live, stated, detail=detail)
            least = float(trial.formulas.left("minimum", **given))
            yield Check("objective at the closed form, objective elsewhere", least, live, 0.0, "<=", detail)

    return compare(
        trial,
        "gap",
        cases(trial, cast("tuple[str, ...]", trial.options["kinds"])),
        examine,
        holds="the objective exceeds its minimum by |X (b - th)|^2 / 2 + lam |b - th|^2 / 2, exactly",
    )


def _trained(trial: Trial) -> Evidence:
    """Train a live linear layer by gradient descent from several starts: it ends at the closed form.

    The objective is lam-strongly convex, so weights whose gradient has norm g lie within g / lam of the minimiser.
    """
    starts = 2 if trial.profile == "quick" else 10

    def examine(key: Key) -> Iterator[Check]:
        drawn = make(trial, key)
        data = Data(drawn.kind, drawn.x.sign(), drawn.y, 2.0)  # well conditioned: gradient descent shall end
        values = data.values() | data.inverses(trial.formulas)
        stated = [float(trial.formulas.left("dual", **values, i=i)) for i in range(data.p)]
        rate = 1.0 / float(torch.linalg.eigvalsh(ridge.normal_matrix(data.x, data.penalty))[-1])
        for start in range(starts):
            layer = _layer(4.0 * _point(trial, (*key, "start", start), data.p))
            norm = np.inf
            for _ in range(400):
                value = ridge.objective(layer, data.x, data.y, data.penalty)
                (gradient,) = torch.autograd.grad(value, layer.weight)
                norm = float(gradient.norm())
                if norm < _SMALL:
                    break
                with torch.no_grad():
                    layer.weight -= rate * gradient
            weights = layer.weight.detach()[0]
            rounding = float(np.linalg.norm(_gradient_error(data, weights)))
            detail = dict(data.detail()) | {"start": start}
            yield Check("norm of the gradient after training", norm, _SMALL, 0.0, "<=", detail)
            tolerance = (norm + rounding) / data.penalty
            yield Check("trained weights, closed form", weights.numpy(), stated, tolerance, detail=detail)

    return compare(
        trial,
        "trained-layer",
        cases(trial, ("tall", "repeated", "zero", "single column")),
        examine,
        holds="gradient descent on a linear layer ends at the closed form from every start",
    )


_MODELS = "twinproof.models.ridge"
_ALL = ("tall", "wide", "square", "repeated", "zero", "single row", "single column")

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "ridge-closed-form": (
        Experiment(
            "closed-forms",
            "the live primal and dual solver against rational arithmetic",
            f"{_MODELS}.primal",
            _closed_forms,
            {"parts": ("th", "X' al"), "kinds": _ALL},
        ),
        Experiment("inverse", "torch's inverse against the one built row by row", "torch.linalg.inv", _inverse),
        Experiment(
            "kernel",
            "vectors that X sends to 0, and others, under the live X'X + lam I",
            f"{_MODELS}.normal_matrix",
            _kernel,
            {"penalty": None},
        ),
        Experiment("gradient", "autograd of the live objective", f"{_MODELS}.objective", _gradient),
        Experiment(
            "gap",
            "the live objective at exactly representable weights",
            f"{_MODELS}.objective",
            _gap,
            {"penalty": None, "kinds": _ALL},
        ),
        Experiment(
            "trained-layer",
            "a linear layer trained by gradient descent from several starts",
            f"{_MODELS}.objective",
            _trained,
        ),
    )
}


def _twin(name: str, change: str, experiment: str, **options: object) -> Twin:
    return Twin(name, change, experiment, options, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "ridge-closed-form": (
        _twin("double-penalty", "(X'X + 2 lam I)^-1 X'Y: the half forgotten", "closed-forms", parts=("th",)),
        _twin("penalty-of-a-mean", "(X'X + n lam I)^-1 X'Y, as for a mean of squares", "closed-forms", parts=("th",)),
        _twin(
            "dual-without-penalty",
            "X'(X X')^-1 Y in the dual form",
            "closed-forms",
            parts=("X' al",),
            kinds=("wide", "square", "single row"),
        ),
        _twin("untransposed-dual", "X al for X' al, n = p", "closed-forms", parts=("X' al",), kinds=("square",)),
        _twin("zero-penalty", "lam = 0 is enough", "kernel", penalty=0.0),
        _twin("negative-penalty", "lam < 0 is as good", "gap", penalty=-1.0, kinds=("zero",)),
        _twin("gap-without-penalty", "only the fit separates the objectives: |X (b - th)|^2 / 2", "gap"),
        _twin("gradient-without-penalty", "X'(X b - Y), as if the penalty had no gradient", "gradient"),
        _twin("gradient-without-half", "2 (X'X + lam I) b - 2 X'Y, as without the half", "gradient"),
    )
}
