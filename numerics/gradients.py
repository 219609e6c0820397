"""Two-layer gradients: autograd and difference quotients of live networks against the formulas of the statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
import torch
from torch import nn

from .comparison import Check, Key, compare
from .forward_error import Array
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .kinks import KinkedReLU
from .two_layer_live import Live, Shape, cases, dyadic

SHAPES = (
    Shape(3, 2, 1, "tanh", "squared", "one"),
    Shape(2, 3, 4, "sigmoid", "logistic", "mean"),
    Shape(3, 4, 3, "silu", "sine", "any"),
    Shape(1, 5, 2, "gelu", "huber", "mean"),
    Shape(4, 1, 3, "sine", "squared", "any"),
    Shape(2, 2, 2, "identity", "sine", "mean"),
    Shape(2, 3, 3, "softplus", "squared", "mean"),
    Shape(3, 3, 2, "relu", "logistic", "any"),
)
"""A single example, the mean over some, any weights; every case once in the quick profile."""


def _autograd(trial: Trial) -> Evidence:
    """Compare autograd with "outgoing" or "incoming" at every weight, within the rounding errors of both."""
    part = str(trial.options["part"])

    def examine(key: Key) -> Iterator[Check]:
        shape = SHAPES[int(key[0])]
        live = Live(trial, key, shape)
        bounded = live.bounded()
        incoming, outgoing = live.gradient()
        right = trial.formulas.right
        for p in range(shape.m):
            values = live.values(bounded, p)
            label, detail = f"gradient in the {part} weights of unit {p}", live.detail() | {"p": p}
            if part == "outgoing":
                tolerance = 2.0 * bounded.outgoing.error[0, p]
                yield Check(label, outgoing[p], float(right(part, **values, q=0)), tolerance, detail=detail)
            else:
                stated = [float(right(part, **values, q=q)) for q in range(shape.d)]
                yield Check(label, incoming[p], stated, 2.0 * bounded.incoming.error[p], detail=detail)

    return compare(
        trial,
        f"{part}-gradients",
        cases(trial, SHAPES),
        examine,
        holds=f"autograd agrees with the gradient in every one of the {part} weights",
    )


def _slopes(live: Live, at_zero: float) -> tuple[Array, Array, Array, Array]:
    """Return pre-activations (N, m), outputs (N,), and exact slopes of activation and loss."""
    z = live.x @ live.w.T
    outputs = np.maximum(z, 0.0) @ live.v
    return z, outputs, np.where(z == 0.0, at_zero, (z > 0.0).astype(np.float64)), np.sign(outputs - live.y)


def _stated(trial: Trial, live: Live, s: Array, dl: Array) -> Array:
    """Return what "incoming" says, (m, d)."""
    values = {"d": 2, "m": 3, "N": 3, "w": live.w, "v": live.v, "X": live.x, "c": live.c, "dl": dl}
    right = trial.formulas.right
    return np.array([[float(right("incoming", **values, s=s[:, p], p=p, q=q)) for q in range(2)] for p in range(3)])


def _at_the_kink(trial: Trial) -> Evidence:
    """Put pre-activations at exactly 0: autograd gives the formula with the library's own convention as slope there."""
    conventions = cast("Mapping[str, float]", trial.options["conventions"])

    def examine(key: Key) -> Iterator[Check]:
        name = str(key[0])
        module = nn.ReLU() if name == "PyTorch" else KinkedReLU(float(name))
        live = dyadic(trial, key, module)
        w = live.w
        w[0] = [live.x[1, 1], -live.x[1, 0]]  # orthogonal to example 1
        live.assign(w, live.v)
        _, _, s, dl = _slopes(live, conventions[name])
        detail = live.detail() | {"slope at 0": conventions[name]}
        yield Check(
            "gradient in w with a pre-activation of 0", live.gradient()[0], _stated(trial, live, s, dl), detail=detail
        )

    repeats = 4 if trial.profile == "quick" else 100
    seen = ", ".join(f"{slope:g} ({name})" for name, slope in conventions.items())
    return compare(
        trial,
        "at-the-kink",
        [(name, repeat) for name in conventions for repeat in range(repeats)],
        examine,
        holds=f"with a ReLU at 0, autograd gives the formula where its slope there is {seen}",
    )


def _quotients(trial: Trial) -> Evidence:
    """Compare one-sided difference quotients of the live loss with "incoming".

    ReLU, absolute losses and numbers of three bits make the loss piecewise linear in each weight, and all arithmetic
    exact: away from kinks both quotients are the derivative to the last bit.
    """
    kink = trial.options["kink"]
    step = 2.0**-12

    def examine(key: Key) -> Iterator[Check]:
        for attempt in range(100):
            live = dyadic(trial, (*key, attempt))
            w = live.w
            if kink == "activation":
                w[0] = [live.x[1, 1], -live.x[1, 0]]
                live.assign(w, live.v)
            z, outputs, s, dl = _slopes(live, 0.0)
            if kink == "loss":
                live.y[2] = outputs[2]
                dl[2] = 0.0
            others = np.delete(z.ravel(), 3) if kink == "activation" else z.ravel()
            gaps = np.delete(outputs - live.y, 2) if kink == "loss" else outputs - live.y
            if np.all(others != 0.0) and np.all(gaps != 0.0):
                break
        else:
            raise ArithmeticError("no network without further kinks was drawn; take another seed")
        stated = _stated(trial, live, s, dl)
        start = live.risk().item()
        for side in (step, -step):
            found = np.zeros((3, 2))
            for p, q in np.ndindex(3, 2):
                moved = live.w
                moved[p, q] += side
                with torch.no_grad():
                    live.incoming.copy_(torch.from_numpy(moved))
                    found[p, q] = (live.risk().item() - start) / side
                    moved[p, q] -= side
                    live.incoming.copy_(torch.from_numpy(moved))
            label = f"difference quotient from the {'right' if side > 0 else 'left'}"
            yield Check(label, found, stated, detail=live.detail())

    repeats = 10 if trial.profile == "quick" else 200
    return compare(
        trial,
        "difference-quotients",
        [("quotient", repeat) for repeat in range(repeats)],
        examine,
        holds="difference quotients of the live loss from both sides are the derivative, exactly",
    )


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "two-layer-gradients": (
        Experiment(
            "outgoing-gradients",
            "autograd in every outgoing weight, eight activations, four losses, one example or many",
            "twinproof.models.mlp.MLP.forward",
            _autograd,
            {"part": "outgoing"},
        ),
        Experiment(
            "incoming-gradients",
            "autograd in every incoming weight, eight activations, four losses, one example or many",
            "twinproof.models.mlp.MLP.forward",
            _autograd,
            {"part": "incoming"},
        ),
        Experiment(
            "at-the-kink",
            "ReLUs at exactly 0, with PyTorch's slope 0 there, and with 1/2 and 1: the formula has that slope",
            "torch.nn.ReLU.forward",
            _at_the_kink,
            {"conventions": {"PyTorch": 0.0, "0.5": 0.5, "1": 1.0}},
        ),
        Experiment(
            "difference-quotients",
            "one-sided difference quotients of a piecewise linear loss, in exact arithmetic and without autograd",
            "twinproof.models.mlp.MLP.forward",
            _quotients,
            {"kink": "none"},
        ),
    )
}


def _twin(part: str, name: str, change: str) -> Twin:
    """Return a twin whose formula alone is changed."""
    return Twin(name, change, f"{part}-gradients", {}, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "two-layer-gradients": (
        _twin("incoming", "outgoing-weight-forgotten", "the factor v_p forgotten: sum_i c_i l'_i s'(z_ip) X_iq"),
        _twin("incoming", "activation-for-slope", "the activation for its slope: sum_i c_i l'_i v_p s(z_ip) X_iq"),
        _twin("incoming", "weight-for-input", "the weight w_pq for the input X_iq that it multiplies"),
        _twin("incoming", "loss-slope-forgotten", "the slope of the loss forgotten: sum_i c_i v_p s'(z_ip) X_iq"),
        _twin("incoming", "every-example-counts-once", "the weights c_i of the examples forgotten"),
        _twin("outgoing", "loss-slope-forgotten-in-outgoing", "the slope of the loss forgotten: sum_i c_i s(z_ip)"),
        _twin("outgoing", "slope-for-activation", "the slope of the activation for its value: sum_i c_i l'_i s'(z_ip)"),
        _twin("outgoing", "outgoing-weight-kept", "a factor v_p too much: sum_i c_i l'_i v_p s(z_ip)"),
        Twin(
            "kink-of-the-loss",
            "the output of an example at the kink of its absolute loss",
            "difference-quotients",
            {"kink": "loss"},
            "kink-of-the-loss",
        ),
        Twin(
            "kink-of-the-activation",
            "a pre-activation at the kink of ReLU",
            "difference-quotients",
            {"kink": "activation"},
            "kink-of-the-activation",
        ),
        Twin(
            "slope-one-at-the-kink",
            "ReLU's slope at 0 taken as 1, where PyTorch takes 0",
            "at-the-kink",
            {"conventions": {"PyTorch": 1.0}},
        ),
    )
}
