"""Cross entropy: `nn.CrossEntropyLoss` against its margins, at special logits, and as the logit of the label grows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..models import losses
from .comparison import UNIT, Check, Key, compare
from .definitions import defined
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .harness.rounding import unit_roundoff

DTYPES = (torch.float64, torch.float32)


def _live(logits: Tensor, label: int) -> float:
    """Return the live cross entropy of one example; a label that is no class is one that the module ignores."""
    ignored = label if label >= len(logits) else -100
    loss = nn.CrossEntropyLoss(reduction="none", ignore_index=ignored)
    return float(loss(logits[None, :], torch.tensor([label]))[0])


def _tolerance(logits: Sequence[float], dtype: torch.dtype, value: float) -> float:
    """Bound the rounding of the live cross entropy, and that of log(1 + T) in float64, for finite logits.

    log-softmax subtracts the largest logit (an error of u times the spread in each exponent, of which x exp(-x) <= 1/e
    survives the exponential: k u in the sum, which is at least 1), takes k exponentials of 2 ulp, k - 1 additions, a
    logarithm of 2 ulp of at most log k <= k, and two differences of at most spread and value. The statement's
    own side rounds as often, with the spread in each exponent. Each is below u (3k + 2 spread + value + 8).
    """
    spread = max(logits) - min(logits)
    each = 3 * len(logits) + 2 * spread + value + 8
    return (unit_roundoff(dtype) + UNIT) * 1.01 * each


def _cross_entropy(trial: Trial) -> Evidence:
    """Compare the live loss of random logits with the statement: value, bounds, and sign.

    The sign is looked at where float arithmetic can see it: margins of at most 6 in float32 and 16 in float64 keep
    T = sum exp(f_j - f_y) above 0.002 and 1e-7, many times the rounding error.
    """
    outside = trial.options["label"] == "outside"
    sizes = (1, 2, 3, 10, 100)
    repeats = 4 if trial.profile == "quick" else 60

    def examine(key: Key) -> Iterator[Check]:
        k, dtype = int(key[0]), DTYPES[int(key[1]) % 2]
        draw = trial.stream.spawn(*key).generator()
        reach = 3.0 if dtype == torch.float32 else 8.0
        scale = 10.0 ** draw.uniform(-3.0, 1.0)
        logits = torch.from_numpy(np.clip(scale * draw.standard_normal(k), -reach, reach)).to(dtype)
        f = logits.tolist()
        y = k if outside else int(draw.integers(k))
        live = _live(logits, y)
        values: dict[str, object] = {"k": k, "y": y, "f": [*f, 0.0]}  # one more, which a label outside may read
        detail: dict[str, object] = {"logits": f, "label": y, "dtype": str(dtype)}
        value = float(trial.formulas.right("margins", **values))
        bound = _tolerance(f, dtype, abs(value))
        yield Check("cross entropy, by its margins", live, value, bound, "=", detail)
        upper, lower = trial.formulas.right("upper bound", **values), trial.formulas.left("lower bound", **values)
        yield Check("cross entropy, upper bound", live, float(upper), bound, "<=", detail)
        yield Check("1 - p(y), cross entropy", float(lower), live, bound, "<=", detail)
        positive = bool(trial.formulas.right("positive", **values))
        yield Check("positive, number of classes", float(live > 0.0), float(positive), 0.0, "=", detail)
        if k == 1:
            yield Check("one class", live, float(trial.formulas.right("one class", **values)), 0.0, "=", detail)

    return compare(
        trial,
        "live-loss",
        [(k, repeat) for repeat in range(repeats) for k in sizes],
        examine,
        holds="the live loss is log(1 + T), between 1 - p(y) and T, and positive but for one class",
    )


def _infinite(trial: Trial) -> Evidence:
    """Set logits to minus or plus infinity: classes at minus infinity drop out, all else is not finite.

    The live loss lies in (0, inf) exactly where the label's logit is finite and the classes with a finite
    logit meet the statement's condition on the number of classes.
    """
    any_logits = bool(trial.options["any"])

    def examine(key: Key) -> Iterator[Check]:
        kind, pattern, y = str(key[0]), int(key[1]), int(key[2])
        f = trial.stream.spawn("infinite").generator().uniform(-2.0, 2.0, 4)
        chosen = np.array([bool(pattern >> j & 1) for j in range(4)])
        f[chosen] = -math.inf if kind == "minus" else math.inf
        live = _live(torch.from_numpy(f), y)
        detail: dict[str, object] = {"logits": f.tolist(), "label": y}
        left = [j for j in range(4) if not chosen[j]]
        inside = 0.0 < live < math.inf  # nan is not
        if any_logits:  # the misconception: any logits will do
            stated = bool(trial.formulas.right("positive", k=4))
        else:
            stated = y in left and bool(trial.formulas.right("positive", k=len(left))) and kind == "minus"
        yield Check("0 < cross entropy < inf, as stated", float(inside), float(stated), 0.0, "=", detail)
        if kind == "minus" and y in left:
            finite = f[left].tolist()
            value = float(trial.formulas.right("margins", k=len(left), y=left.index(y), f=finite))
            bound = _tolerance(finite, torch.float64, value)
            yield Check("cross entropy of the finite logits", live, value, bound, "=", detail)
        elif kind == "minus" and left:
            yield Check("a label at minus infinity: infinite loss", float(live == math.inf), 1.0, 0.0, "=", detail)
        else:
            yield Check("no number is left", float(math.isnan(live)), 1.0, 0.0, "=", detail)

    return compare(
        trial,
        "infinite-logits",
        [(kind, pattern, y) for kind in ("minus", "plus") for pattern in range(1, 16) for y in range(4)],
        examine,
        holds="with infinite logits the loss is in (0, inf) exactly if the label's logit and another one are finite",
    )


def _relative(k: int, size: float) -> float:
    """Bound the relative error of the loss by its margins, of at most `size`, and of the statement's side.

    The margin is rounded (u size in the exponent), log-sum-exp adds 3k + 8 roundings and rounds its own value, of at
    most size + log k; log(1 + exp z) turns an error of z into at most the same relative one, as its derivative is
    below its value. The statement's side rounds k + 8 times.
    """
    return 1.01 * UNIT * (2.0 * size + 5 * k + 16)


def _small(trial: Trial) -> Evidence:
    """Go to margins at which `nn.CrossEntropyLoss` gives 0.0: by its margins the loss is positive and within bounds.

    Where T < u/2 every order of summation gives 1 + T = 1, so that the usual form is exactly 0 there.
    """
    direct = bool(trial.options["direct"])
    classes = (2, 3, 10, 100)
    margins = (1.0, 4.0, 12.0, 20.0, 30.0, 40.0, 60.0, 120.0, 300.0, 700.0)

    def examine(key: Key) -> Iterator[Check]:
        k, m = int(key[0]), margins[int(key[1])]
        draw = trial.stream.spawn(*key).generator()
        y = int(draw.integers(k))
        f = -m - draw.integers(0, 9, k) / 8.0
        f[y] = 0.0
        dtype = torch.float32 if direct else torch.float64
        logits = torch.from_numpy(f).to(dtype)
        usual = _live(logits, y)
        live = usual if direct else float(losses.cross_entropy_by_margins(logits[None, :], torch.tensor([y]))[0])
        values: dict[str, object] = {"k": k, "y": y, "f": f}
        detail: dict[str, object] = {"logits": f.tolist(), "label": y, "dtype": str(dtype)}
        yield Check("the loss is positive", 0.0, live, 0.0, "<", detail)
        upper = float(trial.formulas.right("upper bound", **values))
        bound = _relative(k, m + 1.0) * upper
        yield Check("the loss, upper bound", live, upper, bound, "<=", detail)
        # log(1 + t) >= t - t^2/2: beyond 30 the bound is the value
        if m >= 40.0:
            yield Check("the loss, its only value left", live, upper, bound, "=", detail)
        if upper < unit_roundoff(dtype) / 2:
            yield Check("the usual form gives 0", usual, 0.0, 0.0, "=", detail)

    return compare(
        trial,
        "beyond-float-zero",
        [(k, index) for k in classes for index in range(len(margins))],
        examine,
        holds="the loss by its margins stays positive down to exp(-700), where the usual form gives 0.0",
    )


def _logits(trial: Trial, k: int, y: int, size: float, dtype: torch.dtype) -> Tensor:
    """Return the logits that the statement defines, for L = size."""
    table = defined(trial.formulas, "closed form", "F", k=k, y=y, i=(y + 1) % k)
    return torch.tensor([float(table(size, j)) for j in range(k)], dtype=dtype)


def _closed(trial: Trial) -> Evidence:
    """Compare the live loss of L e_y with the closed form, for L from -40 to 60, zero and both signs included."""
    outside = trial.options["label"] == "outside"
    sizes = (-40.0, -8.5, -1.0, 0.0, 0.5, 2.0, 7.0, 16.0, 28.0, 36.0, 60.0)  # exact in both precisions
    classes = (2, 3, 10, 100, 1)

    def examine(key: Key) -> Iterator[Check]:
        k, size, dtype = int(key[0]), sizes[int(key[1])], DTYPES[int(key[2])]
        y = k if outside else int(trial.stream.spawn(*key).generator().integers(k))
        logits = _logits(trial, k, y, size, dtype)
        live = _live(logits, y)
        value = float(trial.formulas.right("closed form", k=k, y=y, L=size))
        bound = _tolerance([0.0, *logits.tolist()], dtype, value)
        detail: dict[str, object] = {"k": k, "label": y, "L": size, "dtype": str(dtype)}
        yield Check("cross entropy of L e_y, closed form", live, value, bound, "=", detail)

    return compare(
        trial,
        "closed-form",
        [(k, index, d) for k in classes for index in range(len(sizes)) for d in range(2)],
        examine,
        holds="the live loss of L e_y is log(1 + (k-1) exp(-L)) for L from -40 to 60",
    )


def _rate(trial: Trial) -> Evidence:
    """Let L grow to 700: the loss by its margins keeps both bounds, and exp(L) times it ends at k - 1."""
    classes = (2, 3, 10, 100, 1)
    sizes = (0.0, 1.0, 5.0, 20.0, 40.0, 80.0, 200.0, 700.0)

    def examine(key: Key) -> Iterator[Check]:
        k, size = int(key[0]), sizes[int(key[1])]
        y = int(trial.stream.spawn(*key).generator().integers(k))
        logits = _logits(trial, k, y, size, torch.float64)
        live = float(losses.cross_entropy_by_margins(logits[None, :], torch.tensor([y]))[0])
        values: dict[str, object] = {"k": k, "y": y, "L": size}
        detail: dict[str, object] = {"k": k, "label": y, "L": size}
        upper = float(trial.formulas.right("upper", **values))
        lower = float(trial.formulas.left("lower", **values))
        relative = _relative(k, size)
        yield Check("cross entropy, upper bound", live, upper, relative * upper, "<=", detail)
        yield Check("lower bound, cross entropy", lower, live, relative * lower, "<=", detail)
        if size >= 80.0:  # (k-1)^2 exp(-L) is below rounding
            limit = float(trial.formulas.right("rate", **values))
            yield Check("exp(L) times the loss", math.exp(size) * live, limit, 2.0 * relative * limit, "=", detail)
        if size >= 700.0:  # (k-1) exp(-L) is below this epsilon
            yield Check("the loss", live, float(trial.formulas.right("limit", **values)), 1e-300, "=", detail)

    return compare(
        trial,
        "rate",
        [(k, index) for k in classes for index in range(len(sizes))],
        examine,
        holds="the loss stays between t/(1+t) and t = (k-1) exp(-L), and exp(L) times it ends at k - 1",
    )


_LABEL: Mapping[str, object] = {"label": "inside"}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "ce-positive": (
        Experiment(
            "live-loss",
            "nn.CrossEntropyLoss of random logits, 1 to 100 classes: margins, both bounds, sign",
            "torch.nn.CrossEntropyLoss.forward",
            _cross_entropy,
            _LABEL,
        ),
        Experiment(
            "infinite-logits",
            "nn.CrossEntropyLoss with logits at minus and plus infinity, every pattern of four classes",
            "torch.nn.CrossEntropyLoss.forward",
            _infinite,
            {"any": False},
        ),
        Experiment(
            "beyond-float-zero",
            "the loss by its margins where nn.CrossEntropyLoss is exactly 0.0",
            "twinproof.models.losses.cross_entropy_by_margins",
            _small,
            {"direct": False},
        ),
    ),
    "ce-limit": (
        Experiment(
            "closed-form",
            "nn.CrossEntropyLoss of L e_y, L from -40 to 60, 1 to 100 classes, in both precisions",
            "torch.nn.CrossEntropyLoss.forward",
            _closed,
            _LABEL,
        ),
        Experiment(
            "rate",
            "the loss of L e_y by its margins, L up to 700: both bounds, and the rate",
            "twinproof.models.losses.cross_entropy_by_margins",
            _rate,
        ),
    ),
}


def _formula(name: str, experiment: str, change: str, **options: object) -> Twin:
    """Return a twin with changed terms."""
    return Twin(name, change, experiment, options, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "ce-positive": (
        _formula("one-class-too", "live-loss", "positive whenever there is a class: k >= 1 in place of k >= 2"),
        _formula("below-log-k", "live-loss", "never worse than guessing: c <= log k"),
        _formula("margins-reversed", "live-loss", "log(1 + sum exp(f_y - f_j)): the margins with the other sign"),
        _formula("label-twice", "live-loss", "the sum over all classes, the label included, beside the 1"),
        _formula("error-probability", "live-loss", "c <= 1 - p(y): the loss is at most the probability of an error"),
        _formula(
            "ignored-label", "live-loss", "any label, also one that is no class (ignore_index = k)", label="outside"
        ),
        Twin(
            "any-logits",
            "0 < c < inf for all logits in [-inf, inf] and two classes",
            "infinite-logits",
            {"any": True},
        ),
        Twin(
            "float32-positive",
            "nn.CrossEntropyLoss is positive in float32 too, at margins of 20 and more",
            "beyond-float-zero",
            {"direct": True},
        ),
    ),
    "ce-limit": (
        _formula("other-class", "closed-form", "the unit vector of another class in place of the label's"),
        _formula("all-ones", "closed-form", "L times the vector of ones in place of L e_y"),
        _formula("minus-infinity", "closed-form", "L to minus infinity: -L e_y in place of L e_y"),
        _formula("without-k", "closed-form", "log(1 + exp(-L)) without the factor k - 1"),
        _formula("rate-without-k", "rate", "c <= exp(-L) without the factor k - 1"),
        _formula("squared-rate", "rate", "c <= (k-1) exp(-2L): twice the rate"),
        _formula("ignored-label", "closed-form", "a label that is no class (ignore_index = k)", label="outside"),
    ),
}
