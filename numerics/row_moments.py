"""One row of weights against an input: the live layer's square, and its mean over the weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from . import finite_laws, weight_laws
from .comparison import Check, Key, compare
from .harness.decision import decide_mean
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .harness.rounding import gamma
from .harness.streams import Stream

# --- the square of the sum ----------------------------------------------------------------------------------------

_WIDTHS = (1, 2, 3, 5, 8)


def _integers(trial: Trial, key: Key) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nonzero integers w and x of the width that the key ends with; the first case has no cancellation."""
    draw = trial.stream.spawn(*key).generator()
    d = int(key[-1])
    a, x = (draw.integers(1, 10, d) * draw.choice([-1, 1], d) for _ in range(2))
    if key[0] == "positive":
        a, x = np.abs(a), np.abs(x)
    if key[0] == "orthogonal" and d > 1:  # a.x = 0: the off-diagonal sum is minus the diagonal
        a = np.array([x[1], -x[0]] + [0] * (d - 2))
    return a.astype(np.float64), x.astype(np.float64)


def _layer(weight: Tensor) -> nn.Linear:
    """Return the live layer without bias that has these weights."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False, dtype=weight.dtype)
    with torch.no_grad():
        layer.weight.copy_(weight)
    return layer


def _exact(values: NDArray[np.float64]) -> list[Fraction]:
    return [Fraction(float(v)) for v in values]


def _squares(trial: Trial) -> Evidence:
    """Compare the square of a unit's pre-activation with the expansion: integers below 2^53, so nothing rounds."""
    part = str(trial.options["part"])

    def examine(key: Key) -> Iterator[Check]:
        a, x = _integers(trial, key)
        with torch.no_grad():
            live = float(_layer(torch.from_numpy(a)[None])(torch.from_numpy(x))) ** 2
        stated = float(trial.formulas.right(part, d=len(a), w=_exact(a), x=_exact(x)))
        yield Check("square of the pre-activation", live, stated, detail={"w": a.tolist(), "x": x.tolist()})

    repeats = 4 if trial.profile == "quick" else 40
    kinds = ("positive", "generic", "orthogonal")
    return compare(
        trial,
        "linear-layer",
        [(kind, repeat, d) for repeat in range(repeats) for kind in kinds for d in _WIDTHS],
        examine,
        holds="the square of the live pre-activation is the expansion, without any rounding",
    )


def _table(trial: Trial) -> Evidence:
    """Compare the table of all products with the expansion, and count its entries; integers, nothing rounds."""

    def examine(key: Key) -> Iterator[Check]:
        a, x = _integers(trial, key)
        d, detail = len(a), {"w": a.tolist(), "x": x.tolist()}
        entries = torch.outer(torch.from_numpy(a * x), torch.from_numpy(a * x))
        values = {"d": d, "w": _exact(a), "x": _exact(x)}
        square = float(trial.formulas.left("unordered pairs", **values))
        yield Check("sum of the table", float(entries.sum()), square, detail=detail)
        folded = float(torch.trace(entries) + 2.0 * torch.tril(entries, -1).sum())
        pairs = float(trial.formulas.right("unordered pairs", **values))
        yield Check("diagonal and twice the lower triangle", folded, pairs, detail=detail)
        off = entries - torch.diag(torch.diagonal(entries))  # no entry of the table is 0
        for part, live in (("terms", entries), ("off-diagonal terms", off)):
            count = float(trial.formulas.right(part, d=d))
            yield Check(part, float(torch.count_nonzero(live)), count, detail=detail)

    repeats = 3 if trial.profile == "quick" else 30
    return compare(
        trial,
        "outer-product",
        [("generic", repeat, d) for repeat in range(repeats) for d in _WIDTHS],
        examine,
        holds="the table of the d^2 products has the square as its sum, and its parts are the theorem's",
    )


def _rounded(trial: Trial) -> Evidence:
    """Compare a freshly built float32 layer with the expansion of its own weights.

    The pre-activation z errs by at most e = gamma(d) sum |a_k x_k| (Higham, section 3.1), its square in float64 by
    e (2 |z| + e) and one rounding.
    """

    def examine(key: Key) -> Iterator[Check]:
        d = int(key[-1])
        with trial.stream.spawn(*key).torch_default(), torch.no_grad():
            layer = nn.Linear(d, 1, bias=False)
            x = torch.randn(d)
            z = float(layer(x))
        a, inputs = layer.weight.detach().double().numpy()[0], x.double().numpy()
        stated = float(trial.formulas.right("square", d=d, w=_exact(a), x=_exact(inputs)))
        e = gamma(d, "float32") * float(np.abs(a * inputs).sum())
        bound = e * (2.0 * abs(z) + e) + 2.0 * gamma(2, "float64") * z * z
        yield Check("square of the pre-activation", z * z, stated, bound, detail={"d": d})

    return compare(
        trial,
        "float32-layer",
        [("layer", d) for d in ((2, 7, 30) if trial.profile == "quick" else (2, 7, 30, 100, 200))],
        examine,
        holds="a layer as nn.Linear draws it agrees with the expansion to the rounding of float32",
    )


# --- its expectation ----------------------------------------------------------------------------------------------

_INPUTS = ((1.0, -2.0, 0.5), (3.0, 1.0, 1.0), (0.0, 1.0, 0.0))


def _outcomes(trial: Trial) -> Evidence:
    """Compare the mean over all outcomes of a finite law with the statement: dyadic numbers, nothing rounds.

    Every outcome of the row is a unit of one live layer. A dyadic number with few digits is added, squared and divided
    by a power of two without rounding.
    """
    option = trial.options
    parts, laws = cast("tuple[str, ...]", option["parts"]), cast("tuple[str, ...]", option["laws"])

    def examine(key: Key) -> Iterator[Check]:
        law, x = str(key[0]), _INPUTS[int(key[1])]
        weights = finite_laws.rows(law, 3)
        mean, variance = finite_laws.mean_and_variance(law)
        if option["mean unknown"]:
            mean, variance = Fraction(0), variance + mean**2
        with torch.no_grad():
            z = _layer(weights)(torch.tensor(x, dtype=torch.float64))
        values = {"d": 3, "x": _exact(np.array(x)), "mu": mean, "s2": variance}
        detail = {"law": law, "x": list(x)}
        for part in parts:
            stated = float(trial.formulas.right(part, **values))
            if part == "second moment" and option["every outcome"]:
                yield Check("square at every outcome", (z**2).numpy(), stated, detail=detail)
                continue
            live = {"mean": z, "second moment": z**2, "variance": (z - z.mean()) ** 2}[part].mean()
            yield Check(f"{part} of the pre-activation", float(live), stated, detail=detail)

    return compare(
        trial,
        "every-outcome",
        [(law, index) for law in laws for index in range(len(_INPUTS))],
        examine,
        holds="mean, second moment and variance over all outcomes are the theorem's, without any rounding",
    )


def _only(trial: Trial) -> Evidence:
    """Compare, for random signs of several variances, whether the moment is |x|^2/m with the criterion s2 = 1/m."""

    def examine(key: Key) -> Iterator[Check]:
        m, scale, x = int(key[0]), 2.0 ** int(key[1]), _INPUTS[int(key[2])]
        with torch.no_grad():
            z = _layer(finite_laws.rows("signs", 3, scale))(torch.tensor(x, dtype=torch.float64))
        s2 = Fraction(scale) ** 2
        values = {"d": 3, "m": m, "x": _exact(np.array(x)), "mu": 0, "s2": s2}
        kept = float((z**2).mean()) * m == sum(v * v for v in x)
        stated = bool(trial.formulas.right("only 1/m", **values))
        yield Check("moment |x|^2/m", float(kept), float(stated), detail={"m": m, "s2": s2, "x": list(x)})

    return compare(
        trial,
        "only-one-over-m",
        [(m, exponent, index) for m in (1, 4, 16) for exponent in (-3, -2, -1, 0, 1) for index in range(2)],
        examine,
        holds="the moment is |x|^2/m at s2 = 1/m and at none of the other variances",
    )


def _drawn(trial: Trial) -> Evidence:
    """Decide by Monte Carlo whether freshly drawn units have the second moment of the statement.

    A draw is the mean of z_j^2 over the m units of a fresh layer. In float32 each z_j errs by at most g sum_k |w_jk|
    |x_k|, g = gamma(d + 4) (an inner product, and the rounding of the weight's scale); with r = sqrt(E w_jk^2),
    E (sum_k |w_jk| |x_k|)^2 <= r^2 |x|_1^2, so the mean moves by at most 2 g r^2 |x|_1^2 + g^2 r^2 |x|_1^2.
    """
    option = trial.options
    part, law = str(option["part"]), str(option["law"])
    mu, std = (float(cast("float", option[name])) for name in ("mu", "std"))
    m, d = 2048, 24
    x = torch.from_numpy(trial.stream.spawn("input").generator().integers(-8, 25, d) / 16.0).float()
    s2 = weight_laws.second_moment(law, m, d) if law else Fraction(std) ** 2
    values = {"m": m, "d": d, "x": _exact(x.double().numpy()), "s2": s2, "mu": Fraction(mu)}
    target = float(trial.formulas.right(part, **values))

    def fill(weight: Tensor) -> None:
        if law:
            weight_laws.LAWS[law](weight)
        else:
            nn.init.normal_(weight, mean=mu, std=std)

    def sample(stream: Stream, n: int) -> NDArray[np.float64]:
        layer = nn.Linear(d, m, bias=False)
        draws = np.empty(n)
        with torch.no_grad(), stream.torch_default():
            for index in range(n):
                fill(layer.weight)
                draws[index] = float((layer(x).double() ** 2).mean())
        return draws

    g = gamma(d + 4, "float32")
    tau = (2.0 * g + g * g) * (float(s2) + mu * mu) * float(x.abs().sum()) ** 2
    evidence = decide_mean(
        sample,
        target,
        tau=tau,
        stream=trial.stream.spawn("draws"),
        eps=trial.eps,
        budget=trial.budget,
        max_draws=20_000 if trial.profile == "quick" else 200_000,
        batch=64,
        check=trial.check_deadline,
        name=str(option["name"]),
    )
    if evidence.witness is None:
        return evidence
    return replace(evidence, witness={"m": m, "d": d, "x": x.tolist(), "s2": s2, "mu": mu, **evidence.witness})


# --- what is tried ------------------------------------------------------------------------------------------------

_EXACT: Mapping[str, object] = {
    "parts": ("mean", "second moment", "variance"),
    "laws": ("signs", "mostly zero", "skewed", "shifted", "pairwise"),
    "mean unknown": False,
    "every outcome": False,
}


def _draws(
    name: str, summary: str, subject: str, law: str, part: str = "variance 1/m", mu: float = 0.0
) -> Experiment:
    return Experiment(name, summary, subject, _drawn, {"name": name, "law": law, "part": part, "mu": mu, "std": 0.125})


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "row-square-expansion": (
        Experiment(
            "linear-layer",
            "nn.Linear with integer weights and inputs, d = 1 to 8: the square is the expansion, exactly",
            "torch.nn.Linear.forward",
            _squares,
            {"part": "square"},
        ),
        Experiment(
            "outer-product",
            "the table of all products: its sum, its lower triangle, the number of its entries, exactly",
            "torch.outer",
            _table,
        ),
        Experiment(
            "float32-layer",
            "nn.Linear as it draws itself, in float32: the expansion within the rounding",
            "torch.nn.Linear.forward",
            _rounded,
        ),
    ),
    "row-second-moment": (
        Experiment(
            "every-outcome",
            "five finite laws, each outcome a unit of nn.Linear: mean, second moment and variance, exactly",
            "torch.nn.Linear.forward",
            _outcomes,
            _EXACT,
        ),
        Experiment(
            "only-one-over-m",
            "random signs of several variances: the moment is |x|^2/m at s2 = 1/m alone, exactly",
            "torch.nn.Linear.forward",
            _only,
        ),
        _draws(
            "kaiming-fan-out",
            "kaiming_normal_ with mode fan_out: units of second moment |x|^2/m",
            "torch.nn.init.kaiming_normal_",
            "kaiming normal, fan_out, linear",
        ),
        _draws(
            "uniform-fan-out",
            "kaiming_uniform_ with mode fan_out: the same",
            "torch.nn.init.kaiming_uniform_",
            "kaiming uniform, fan_out, linear",
        ),
        _draws(
            "normal-with-mean",
            "normal_ with mean 1/16 and deviation 1/8: s2 |x|^2 + mu^2 (sum x)^2",
            "torch.nn.init.normal_",
            "",
            "second moment",
            1 / 16,
        ),
    ),
}


def _twins(rows: Sequence[tuple[str, str, str, Mapping[str, object]]]) -> tuple[Twin, ...]:
    """Return twins whose false statement has their name, from (name, change, experiment, options)."""
    return tuple(Twin(name, change, experiment, options, name) for name, change, experiment, options in rows)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "row-square-expansion": _twins(
        (
            ("no-cross-terms", "the square of the sum is the sum of the squares", "linear-layer", {}),
            ("each-pair-once", "the cross terms a_k a_l x_k x_l, l < k, without the factor 2", "outer-product", {}),
            ("diagonal-twice", "all d^2 products, and the squares once more", "linear-layer", {}),
            ("pairs-twice", "a factor 2 before the sum over all k /= l", "linear-layer", {}),
            ("neighbours-only", "cross terms of neighbours k, k + 1 alone", "linear-layer", {}),
            ("squares-multiply", "(w.x)^2 = |w|^2 |x|^2", "linear-layer", {}),
        )
    ),
    "row-second-moment": _twins(
        (
            (
                "moment-is-variance",
                "s2 = E W^2 taken for the variance although the mean is not 0",
                "every-outcome",
                {"laws": ("shifted",), "mean unknown": True, "parts": ("variance",)},
            ),
            (
                "correlated-entries",
                "uncorrelated weights dropped: all weights of the row equal",
                "every-outcome",
                {"laws": ("one number",)},
            ),
            ("mean-ignored", "s2 |x|^2 whatever the mean of the weights", "normal-with-mean", {}),
            ("variance-of-mean", "the mean adds mu^2 (sum x)^2 to the variance as well", "every-outcome", {}),
            ("square-of-the-sum", "s2 (sum x)^2 in place of s2 |x|^2", "every-outcome", {}),
            ("one-norm", "s2 sum |x_k| in place of s2 sum x_k^2", "every-outcome", {}),
            (
                "fan-in-variance",
                "variance 1/d (fan_in) gives |x|^2/m",
                "kaiming-fan-out",
                {"law": "kaiming normal, fan_in, linear"},
            ),
            (
                "deviation-one-over-m",
                "deviation (not variance) 1/m gives |x|^2/m",
                "kaiming-fan-out",
                {"law": "", "std": 1 / 2048},
            ),
            (
                "almost-surely",
                "the square at every outcome, not its mean",
                "every-outcome",
                {"every outcome": True, "parts": ("second moment",)},
            ),
        )
    ),
}

