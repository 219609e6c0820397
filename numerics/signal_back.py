"""Gradients that autograd sends back through a live layer, and through nn.ReLU before it, against the statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import cast

import torch
from torch import Tensor, nn

from . import weight_laws
from .comparison import Check, Key, compare
from .finite_laws import fractions, mean_and_variance, omega, rows
from .harness.evidence import Evidence
from .harness.experiment import Trial
from .harness.rounding import gamma
from .signal_drawn import Draw, decide, rounding
from .signal_exact import WIDTH, kept, laws, layer, pairs, variance_of

LOSSES: Mapping[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "linear": (lambda c, a: (c * a).sum(), lambda c, a: c.expand_as(a)),
    "squared": (lambda c, a: (c * a**2).sum() / 2.0, lambda c, a: c * a),
    "quartic": (lambda c, a: (c * a**4).sum() / 4.0, lambda c, a: c * a**3),
}
"""Losses of the outputs a with weights c, and their derivatives in the outputs."""


def _symbols(weight: Tensor, g: Tensor, u: Tensor) -> dict[str, object]:
    """Return what the statement's symbols stand for at one outcome: weights, gradient, and what comes before ReLU."""
    return {
        "m": weight.shape[0],
        "n": weight.shape[1],
        "o": 0,
        "W": lambda o, j, k: float(weight[j, k]),
        "g": lambda o, j: float(g[j]),
        "u": lambda o, k: float(u[k]),
    }


def autograd(trial: Trial) -> Evidence:
    """Compare autograd's gradient in the inputs, or before nn.ReLU, with the statement at every input.

    All numbers are integers below 2^53, or quarters of such, so nothing rounds.
    """
    part = str(trial.options["part"])

    def examine(key: Key) -> Iterator[Check]:
        m, n, kind = int(key[0]), int(key[1]), str(key[2])
        draw = trial.stream.spawn(*key).generator()
        weight = torch.from_numpy(draw.integers(-4, 5, (m, n)).astype(float))
        before = torch.from_numpy((draw.integers(1, 5, n) * draw.choice([-1, 1], n)).astype(float))
        before[0] = -1.0  # an inactive unit in every case
        c = torch.from_numpy(draw.integers(1, 4, m).astype(float))
        loss, derivative = LOSSES[kind]
        live = layer(weight)
        before.requires_grad_()
        x = nn.ReLU()(before) if part == "gradient behind ReLU" else before
        outputs = live(x)
        (sent,) = torch.autograd.grad(loss(c, outputs), before)
        g = derivative(c, weight @ x.detach())
        values = _symbols(weight, g, before.detach())
        stated = [float(trial.formulas.right(part, **values, i=i)) for i in range(n)]
        detail = {"W": weight.tolist(), "before": before.tolist(), "c": c.tolist(), "loss": kind}
        yield Check("gradient", sent.numpy(), stated, detail=detail)

    repeats = 3 if trial.profile == "quick" else 30
    sizes = cast("tuple[tuple[int, int], ...]", trial.options["sizes"])
    return compare(
        trial,
        str(trial.options["name"]),
        [(m, n, kind, repeat) for repeat in range(repeats) for m, n in sizes for kind in LOSSES],
        examine,
        holds="autograd's gradient is the theorem's at every input, without any rounding",
    )


def quotients(trial: Trial) -> Evidence:
    """Compare both one-sided difference quotients of the live loss before nn.ReLU with the statement.

    The loss is linear in the outputs, so that it is linear in u_i on either side of the kink; the steps are dyadic and
    below |u_i|, and nothing rounds. At the kink the two quotients differ: there is no derivative.
    """
    kink = bool(trial.options["kink"])

    def examine(key: Key) -> Iterator[Check]:
        m, n = 3, 4
        draw = trial.stream.spawn(*key).generator()
        weight = torch.from_numpy(draw.integers(1, 5, (m, n)).astype(float))
        u = torch.from_numpy((draw.integers(1, 5, n) * draw.choice([-1, 1], n)).astype(float))
        if kink:
            u[0] = 0.0
        c = torch.from_numpy(draw.integers(1, 4, m).astype(float))
        live, relu = layer(weight), nn.ReLU()

        def loss(at: Tensor) -> float:
            with torch.no_grad():
                return float((c * live(relu(at))).sum())

        values = _symbols(weight, c, u)
        for i in range(n):
            stated = float(trial.formulas.right("gradient behind ReLU", **values, i=i))
            for step in (0.5, 2.0**-10, -0.5, -(2.0**-10)):
                moved = u.clone()
                moved[i] += step
                quotient = (loss(moved) - loss(u)) / step
                detail = {"W": weight.tolist(), "u": u.tolist(), "c": c.tolist(), "i": i, "step": step}
                yield Check("difference quotient", quotient, stated, detail=detail)

    return compare(
        trial,
        "difference-quotients",
        [("net", repeat) for repeat in range(5 if trial.profile == "quick" else 50)],
        examine,
        holds="both one-sided difference quotients are the theorem's derivative, without any rounding",
    )


def _sent_back(weights: Tensor, gradients: Tensor | None, before: Tensor | None, n: int) -> Tensor:
    """Return what live layers send back to input 0, for every outcome of its weights, of u and of the gradient.

    The other inputs' weights are 1. Without `gradients` the loss is |a|^2 / 2 at the input (1, 0, ..., 0), so that the
    gradient that arrives is the output itself.
    """
    results = []
    for column in weights:
        weight = torch.ones(len(column), n, dtype=torch.float64)
        weight[:, 0] = column
        live = layer(weight)
        if gradients is None:
            x = torch.zeros(1, n, dtype=torch.float64)
            x[0, 0] = 1.0
            x.requires_grad_()
            (live(x) ** 2).sum().div(2.0).backward()
        elif before is None:
            x = torch.ones(len(gradients), n, dtype=torch.float64, requires_grad=True)
            (gradients * live(x)).sum().backward()
        else:
            u = before[:, None, None].expand(-1, len(gradients), n)
            x = u.clone().requires_grad_()
            (gradients * live(nn.ReLU()(x))).sum().backward()
        results.append(cast("Tensor", x.grad)[..., 0])
    return torch.stack(results)


def outcomes(trial: Trial) -> Evidence:
    """Compare the moments of what a layer sends back, over all outcomes, with the statement: nothing rounds.

    The gradient that arrives has a finite law of its own; if `own`, it is that of the loss |a|^2 / 2 instead, which is
    computed with these weights; if `seen`, it is 2 where u > 0 and 0 elsewhere.
    """
    seen = bool(trial.options["seen"])
    own, parts = bool(trial.options["own"]), laws(trial, "parts")
    n = 2

    def examine(key: Key) -> Iterator[Check]:
        weights, gradients = rows(str(key[0]), WIDTH), rows(str(key[1]), WIDTH)
        _, s2 = mean_and_variance(str(key[0]))
        mean, variance = mean_and_variance(str(key[1]))
        before = torch.tensor(cast("tuple[float, ...]", trial.options["before"]), dtype=torch.float64)
        if seen:
            gradients = (1.0 + before.sign())[:, None].expand(-1, WIDTH)
        values: dict[str, object] = {
            "m": WIDTH,
            "n": n,
            "i": 0,
            "s2": s2,
            "g": fractions(gradients),
            "g2": variance + mean**2,
            "Omega": omega(len(gradients)),
        }
        detail = {"law of the weights": key[0], "law of the gradient": key[1]}
        sent = _sent_back(weights, None if own else gradients, None, n)
        for part in parts:
            stated = float(trial.formulas.right(part, **values))
            if part == "behind ReLU":
                behind = _sent_back(weights, gradients, before, n)
                live = float(((behind.diagonal(dim1=1, dim2=2) if seen else behind) ** 2).mean())
            else:
                live = float(sent.mean()) if part == "mean" else variance_of(sent)
            yield Check(f"{part}: what the layer sends back", live, stated, detail=detail)

    return compare(
        trial,
        "every-outcome",
        pairs(trial, "weights", "gradients"),
        examine,
        holds="mean and variance of what the layer sends back are the theorem's, without any rounding",
    )


def only(trial: Trial) -> Evidence:
    """Compare, for random signs of several variances, whether the gradient keeps its size with the criterion."""

    def examine(key: Key) -> Iterator[Check]:
        m, scale, part, n = int(key[0]), 2.0 ** int(key[1]), str(key[2]), 3
        gradients = rows("signs", m)
        before = torch.tensor([1.0, -1.0], dtype=torch.float64) if part == "only 2/m" else None
        sent = _sent_back(rows("signs", m, scale), gradients, before, n)
        values = {"m": m, "n": n, "s2": Fraction(scale) ** 2, "g2": 1}
        stated = trial.formulas.right(part, **values)
        yield kept(f"size kept ({part})", float((sent**2).mean()), stated, values)

    sizes = {"only 1/m": (1, 4), "only 2/m": (2,)}
    return compare(
        trial,
        "only-one-over-m",
        [(m, e, part) for part in laws(trial, "parts") for m in sizes[part] for e in (-2, -1, 0, 1)],
        examine,
        holds="the gradient keeps its size at s2 = 1/m (behind ReLU 2/m) and at none of the other variances",
    )


def drawn(trial: Trial) -> Evidence:
    """Decide whether a fresh layer sends back gradients of the variance that the statement gives.

    A draw is the mean of the squared gradient over the inputs and a batch, by autograd; the gradients that arrive are
    random signs drawn apart from the layer. What is sent back is a sum of m products, rounded as `rounding` says.
    """
    m, n, batch = 32, 160, 16
    law, part = str(trial.options["law"]), str(trial.options["part"])
    s2 = weight_laws.second_moment(law, m, n)
    values = {"m": m, "n": n, "s2": s2, "g2": 1}
    space = {"g": lambda w, k: 1 - 2 * w, "Omega": omega(2)}
    target = float(trial.formulas.right(part, **values, **space))
    relu = nn.ReLU()

    def make() -> Draw:
        live = nn.Linear(n, m, bias=False)

        def draw() -> float:
            weight_laws.LAWS[law](live.weight)
            u = torch.randn(batch, n)
            with torch.enable_grad():
                u.requires_grad_()
                outputs = live(relu(u) if part == "behind ReLU" else u)
                (sent,) = torch.autograd.grad(outputs, u, torch.empty(batch, m).bernoulli_().mul_(2.0).sub_(1.0))
            return float(sent.square().mean(dtype=torch.float64))

        return draw

    tau = rounding(m, float(s2), 1.0) + 2.0 * gamma(2, "float32") * target
    return decide(trial, make, target, tau, {"m": m, "n": n, "law": law, "s2": s2})
