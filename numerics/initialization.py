"""Initialisation: the squared norm behind a layer whose weights torch.nn.init draws, against its expectation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from .comparison import Check, Key, compare
from .harness.budget import ErrorBudget
from .harness.decision import decide_mean
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .norm_cases import Case, Size, make_input


def _case(trial: Trial, size: Size, law: str) -> Case:
    m, d, kind = size
    x = make_input(kind, d, trial.stream.spawn("input", m, d, kind))
    return Case(m, d, kind, law, str(trial.options["activation"]), x)


def _decide(trial: Trial, case: Case, target: float, budget: ErrorBudget) -> Evidence:
    """Decide by Monte Carlo whether the live mean is `target`."""
    return decide_mean(
        case.sample(str(trial.options["quantity"])),
        target,
        tau=case.tau,
        stream=trial.stream.spawn("draws", case.m, case.d, case.kind, case.law),
        eps=trial.eps,
        budget=budget,
        max_draws=100_000 if trial.profile == "quick" else 2_000_000,
        check=trial.check_deadline,
        name=str(trial.options["name"]),
    )


def _worst(name: str, holds: str, found: Sequence[Evidence]) -> Evidence:
    """Join decisions that all corroborate: the figures are those of the one furthest from its target."""

    def off(evidence: Evidence) -> float:
        return abs((evidence.estimate or 0.0) / (evidence.target or 1.0) - 1.0)

    worst = max(found, key=off)
    return replace(worst, name=name, summary=holds, samples=sum(evidence.samples or 0 for evidence in found))


def _sizes(trial: Trial) -> tuple[Size, ...]:
    quick = cast("tuple[Size, ...]", trial.options["sizes"])
    return quick if trial.profile == "quick" else quick + cast("tuple[Size, ...]", trial.options["more sizes"])


def _mean(trial: Trial) -> Evidence:
    """Decide at every size and law whether the mean squared norm is the right side of the statement's part."""
    option = trial.options
    name, part = str(option["name"]), str(option["part"])
    laws = cast("tuple[str, ...]", option["laws"])
    cases = [_case(trial, size, law) for law in laws for size in _sizes(trial)]
    if option["every draw"]:
        return _every_draw(trial, cases)
    found: list[Evidence] = []
    for case in cases:
        target = float(trial.formulas.right(part, **case.values()))
        evidence = _decide(trial, case, target, trial.budget.split(len(cases)))
        if evidence.status != "corroborated":
            place = f"m = {case.m}, d = {case.d}, {case.kind} input, {case.law}: {evidence.summary}"
            witness = case.witness(evidence.witness) if evidence.status == "refuted" else None
            return replace(evidence, summary=place, witness=witness)
        found.append(evidence)
    holds = f"the mean squared norm is that of the theorem within {trial.eps:.1%} in {len(cases)} cases"
    return _worst(name, holds, found)


def _every_draw(trial: Trial, cases: Sequence[Case]) -> Evidence:
    """Compare single draws with the right side: the misconception that the norm is kept almost surely."""

    def examine(key: Key) -> list[Check]:
        case = cases[int(key[0])]
        draw = float(case.sample("norm")(trial.stream.spawn("one", *key), 1)[0])
        target = float(trial.formulas.right(str(trial.options["part"]), **case.values()))
        # no entry of these laws exceeds 16 deviations: the pathwise form of the bound tau
        return [Check("squared norm of one draw", draw, target, 256.0 * case.tau, "=", case.witness(None))]

    return compare(
        trial,
        str(trial.options["name"]),
        [(index, repeat) for index in range(len(cases)) for repeat in range(10)],
        examine,
        holds="every draw has the squared norm of the theorem",
    )


def _kept(trial: Trial) -> Evidence:
    """Decide at every size whether the live layer keeps the mean squared norm, and compare with the criterion.

    Where the criterion says "kept" a refutation would speak against it; where it says "not kept" a corroboration would:
    that decision runs with its two rates exchanged.
    """
    option = trial.options
    name, part = str(option["name"]), str(option["part"])
    laws = cast("tuple[str, ...]", option["laws"])
    cases = [_case(trial, size, law) for law in laws for size in _sizes(trial)]
    share = trial.budget.split(len(cases))
    exchanged = ErrorBudget(share.false_corroboration, share.false_refutation)
    kept: list[Evidence] = []
    samples = 0
    for case in cases:
        stated = bool(trial.formulas.right(part, **case.values()))
        norm = float((case.x.double() ** 2).sum())
        evidence = _decide(trial, case, norm, share if stated else exchanged)
        samples += evidence.samples or 0
        place = f"m = {case.m}, d = {case.d}, {case.law}"
        if evidence.status not in ("corroborated", "refuted"):
            return replace(evidence, summary=f"{place}: {evidence.summary}", samples=samples)
        if (evidence.status == "corroborated") != stated:
            said = "kept" if stated else "not kept"
            witness = case.witness(evidence.witness or {"mean": evidence.estimate, "draws": evidence.samples})
            summary = f"{place}: the criterion says {said}; {evidence.summary}"
            return replace(evidence, status="refuted", summary=summary, samples=samples, witness=witness)
        if stated:
            kept.append(evidence)
    holds = f"kept in {len(kept)} of {len(cases)} cases, exactly where the criterion says so"
    return replace(_worst(name, holds, kept), samples=samples)


_LINEAR_SIZES: tuple[Size, ...] = ((256, 16, "generic"), (300, 40, "sparse"), (96, 120, "coordinate"))
_RELU_SIZES: tuple[Size, ...] = ((640, 24, "generic"), (512, 30, "sparse"), (128, 160, "coordinate"))
_MORE: tuple[Size, ...] = (
    (512, 512, "generic"),
    (7, 30, "generic"),
    (50, 8, "sparse"),
    (1, 5, "generic"),
    (40, 10, "coordinate"),
)

_BASE: Mapping[str, object] = {
    "part": "second moment",
    "activation": "none",
    "quantity": "norm",
    "every draw": False,
    "sizes": _LINEAR_SIZES,
    "more sizes": _MORE,
}
_RELU: Mapping[str, object] = {**_BASE, "activation": "relu", "sizes": _RELU_SIZES}


def _experiment(
    name: str,
    summary: str,
    subject: str,
    run: Callable[[Trial], Evidence],
    base: Mapping[str, object],
    **options: object,
) -> Experiment:
    return Experiment(name, summary, subject, run, {**base, "name": name, **options})


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "linear-norm-preservation": (
        _experiment(
            "normal-fan-out",
            "kaiming_normal_ with mode fan_out and no activation: E |Wx|^2 for m /= d, three kinds of x",
            "torch.nn.init.kaiming_normal_",
            _mean,
            _BASE,
            laws=("kaiming normal, fan_out, linear",),
        ),
        _experiment(
            "uniform-fan-out",
            "kaiming_uniform_ with mode fan_out and no activation: the same",
            "torch.nn.init.kaiming_uniform_",
            _mean,
            _BASE,
            laws=("kaiming uniform, fan_out, linear",),
        ),
        _experiment(
            "only-one-over-m",
            "normal_ at the variances 1/m, 2/m, 1/d and 1/(2m): kept at 1/m alone",
            "torch.nn.init.normal_",
            _kept,
            _BASE,
            part="only 1/m",
            laws=("normal 1/m", "normal 2/m", "normal 1/d", "normal 1/(2m)"),
            sizes=((256, 24, "generic"),),
        ),
        _experiment(
            "default-fan-in",
            "kaiming_normal_ with its defaults (fan_in, gain sqrt 2), no activation: kept only if d = 2m",
            "torch.nn.init.kaiming_normal_",
            _kept,
            _BASE,
            part="default fan-in",
            laws=("kaiming normal, default",),
            sizes=((64, 128, "generic"), (256, 128, "sparse"), (96, 96, "generic"), (40, 10, "coordinate")),
        ),
    ),
    "relu-norm-preservation": (
        _experiment(
            "normal-fan-out",
            "kaiming_normal_ with mode fan_out and nn.ReLU: E |relu(Wx)|^2 for m /= d, three kinds of x",
            "torch.nn.init.kaiming_normal_",
            _mean,
            _RELU,
            laws=("kaiming normal, fan_out, relu",),
        ),
        _experiment(
            "uniform-fan-out",
            "kaiming_uniform_ with mode fan_out and nn.ReLU: the same",
            "torch.nn.init.kaiming_uniform_",
            _mean,
            _RELU,
            laws=("kaiming uniform, fan_out, relu",),
        ),
        _experiment(
            "other-symmetric-laws",
            "trunc_normal_, random signs and sparse_: independent symmetric entries of other shapes",
            "torch.nn.ReLU.forward",
            _mean,
            _RELU,
            laws=("truncated normal", "random signs", "sparse normal"),
            sizes=((640, 12, "generic"),),
        ),
        _experiment(
            "only-two-over-m",
            "normal_ at the variances 2/m, 1/m, 2/d and 4/m with nn.ReLU: kept at 2/m alone",
            "torch.nn.init.normal_",
            _kept,
            _RELU,
            part="only 2/m",
            laws=("normal 2/m", "normal 1/m", "normal 2/d", "normal 4/m"),
            sizes=((640, 24, "generic"),),
        ),
        _experiment(
            "default-fan-in",
            "kaiming_normal_ with its defaults (fan_in, gain sqrt 2) and nn.ReLU: kept only if m = d",
            "torch.nn.init.kaiming_normal_",
            _kept,
            _RELU,
            part="default fan-in",
            laws=("kaiming normal, default",),
            sizes=((128, 128, "generic"), (512, 64, "sparse"), (128, 256, "generic")),
        ),
    ),
}


def _twin(name: str, change: str, experiment: str, **options: object) -> Twin:
    return Twin(name, change, experiment, options, name)


_FEW: tuple[Size, ...] = ((256, 16, "generic"),)
_FEW_RELU: tuple[Size, ...] = ((640, 24, "generic"),)

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "linear-norm-preservation": (
        _twin(
            "fan-in-variance",
            "variance 1/d (fan_in) in place of 1/m keeps the norm",
            "normal-fan-out",
            part="variance 1/m",
            laws=("kaiming normal, fan_in, linear",),
            sizes=_FEW,
        ),
        _twin(
            "he-variance",
            "variance 2/m keeps the norm without an activation as well",
            "normal-fan-out",
            part="variance 1/m",
            laws=("kaiming normal, fan_out, relu",),
            sizes=_FEW,
        ),
        _twin(
            "counts-the-inputs",
            "d s2 sum x_k^2 in place of m s2 sum x_k^2",
            "normal-fan-out",
            sizes=_FEW,
        ),
        _twin(
            "square-of-the-sum",
            "m s2 (sum x_k)^2 in place of m s2 sum x_k^2",
            "normal-fan-out",
            sizes=_FEW,
        ),
        _twin(
            "correlated-entries",
            "uncorrelated entries dropped: all entries of a row equal, centred, of variance s2",
            "normal-fan-out",
            laws=("one number a row",),
            sizes=_FEW,
        ),
        _twin(
            "nonzero-mean",
            "centred entries dropped: variance and covariance s2 and 0 about a mean that is not 0",
            "uniform-fan-out",
            laws=("positive uniform",),
            sizes=_FEW,
        ),
        _twin(
            "default-always",
            "kaiming_normal_ with its defaults keeps the norm for every m and d",
            "default-fan-in",
        ),
        Twin(
            "almost-surely",
            "the squared norm of every draw, not its mean, is m s2 sum x_k^2",
            "normal-fan-out",
            {"every draw": True, "sizes": _FEW},
            "almost-surely",
        ),
    ),
    "relu-norm-preservation": (
        _twin(
            "linear-variance",
            "variance 1/m in place of 2/m keeps the norm under ReLU",
            "normal-fan-out",
            part="variance 2/m",
            laws=("kaiming normal, fan_out, linear",),
            sizes=_FEW_RELU,
        ),
        _twin(
            "no-half",
            "m s2 sum x_k^2 in place of (m s2 / 2) sum x_k^2",
            "normal-fan-out",
            sizes=_FEW_RELU,
        ),
        _twin(
            "default-always",
            "kaiming_normal_ with its defaults keeps the norm under ReLU for every m and d",
            "default-fan-in",
            sizes=((512, 64, "sparse"), (128, 256, "generic")),
        ),
        _twin(
            "centred-only",
            "the symmetry dropped: centred exponential entries",
            "other-symmetric-laws",
            laws=("centred exponential",),
            sizes=((640, 12, "ones"),),
        ),
        _twin(
            "entrywise-symmetric",
            "each entry symmetric in place of the row jointly (six points, d = 2, x = (1, 1))",
            "other-symmetric-laws",
            laws=("entrywise symmetric",),
            sizes=((640, 2, "ones"),),
        ),
        _twin(
            "correlated-entries",
            "uncorrelated entries dropped: all entries of a row equal, symmetric, of variance s2",
            "normal-fan-out",
            laws=("one number a row",),
            sizes=_FEW_RELU,
        ),
        _twin(
            "leaky-slope",
            "LeakyReLU of slope .3 in place of ReLU: (m s2 / 2) sum x_k^2",
            "normal-fan-out",
            activation="leaky",
            sizes=_FEW_RELU,
        ),
        _twin(
            "variance-not-moment",
            "the variance of relu(z), not its second moment, is half of that of z",
            "normal-fan-out",
            quantity="variance",
            sizes=_FEW_RELU,
        ),
    ),
}
