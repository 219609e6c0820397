"""Training runs from two equal hidden units, against the recursion of the statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
import torch
from torch import nn

from .comparison import Check, Key, compare
from .definitions import defined
from .forward_error import Array
from .harness.evidence import Evidence
from .harness.experiment import Trial
from .kinks import KinkedReLU
from .symmetry_step import looking_back
from .symmetry_training import P, together, train
from .two_layer_live import Shape, dyadic
from .update_rules import Adaptive, Descent, Rule

TRAINED = (
    Shape(3, 5, 4, "tanh", "squared", "any"),
    Shape(2, 9, 3, "sigmoid", "logistic", "any"),
    Shape(1, 3, 4, "silu", "huber", "any"),
    Shape(2, 6, 4, "softplus", "sine", "any"),
)
RULES: Mapping[str, Rule] = {
    "sgd": Descent(0.1),
    "uphill": Descent(0.002, maximize=True),
    "decay": Descent(0.1, decay=0.05),
    "momentum": Descent(0.02, momentum=0.9),
    "nesterov": Descent(0.02, momentum=0.9, nesterov=True),
    "adam": Adaptive(0.01),
    "adamw": Adaptive(0.01, decay=0.1),
}


def training(trial: Trial) -> Evidence:
    """Train by the optimisers named in the options: unit P against the statement's recursion for the last unit."""
    option = trial.options
    rules = cast("tuple[str, ...]", option["rules"])
    steps = int(cast("int", option["steps"])) * (1 if trial.profile == "quick" else 5)
    if option["start"] == "meeting":
        return looking_back(trial, str(option["name"]), "weights")

    def examine(key: Key) -> Iterator[Check]:
        name, number, batch = str(key[0]), int(key[1]), int(key[2])
        shape = TRAINED[number]
        run = train(trial, key, shape, RULES[name], steps, batch)
        detail = {"optimiser": name, "activation": shape.activation, "loss": shape.loss, "batch": batch, "p": P}
        detail |= {"q": run.values["q"], "weights at the start": run.weights[0].tolist()}
        last = len(run.weights) - 1
        places = {"all": list(range(shape.d + 1)), "incoming": list(range(shape.d)), "outgoing": [shape.d]}[
            str(option["compared"])
        ]
        for s in (1, last // 2, last):
            stated = [float(trial.formulas.right("weights", **run.values, s=s, e=e)) for e in places]
            label = f"weights of unit p at step {s}"
            yield Check(label, run.weights[s, P, places], stated, run.tolerance[s, places], detail=detail)
        for memory, live in run.memories.items() if last == steps else ():
            function = defined(trial.formulas, "memories", memory, **run.values)
            stated = [function(steps, run.values["q"], e) for e in places]
            label = f"memory {memory} of unit p after {steps} steps"
            yield Check(label, live[places], stated, run.memory_tolerance[memory][places], detail=detail)

    batches = list(enumerate((1, 3, 2, 4)))  # a network, and how many examples a step sees
    every = trial.profile == "full"
    cases = [(name, *batch) for i, name in enumerate(rules) for batch in batches if every or (i + batch[0]) % 2 == 0]
    return compare(
        trial,
        str(option["name"]),
        cases,
        examine,
        holds=f"up to {steps} steps of {', '.join(rules)} on one example or many at a time: equal units stay equal",
    )


def at_kinks(trial: Trial) -> Evidence:
    """Train ReLU networks in exact arithmetic from a point at which both units sit at the kink."""
    conventions = cast("Mapping[str, float]", trial.options["conventions"])
    rule, steps = Descent(0.5), 4

    def examine(key: Key) -> Iterator[Check]:
        name = str(key[0])
        at_zero = conventions[name]
        live = dyadic(trial, key, nn.ReLU() if name == "PyTorch" else KinkedReLU(at_zero))
        q, w, v = 2, live.w, live.v
        w[P] = w[q] = [live.x[1, 1], -live.x[1, 0]]  # orthogonal to example 1
        v[q] = v[P]
        live.assign(w, v)
        optimizer = rule.optimizer([live.incoming, live.outgoing])
        weights, gradients, slopes = [together(live)], [], []
        for _ in range(steps):
            slopes.append(np.sign(np.maximum(live.x @ live.w.T, 0.0) @ live.v - live.y))
            optimizer.zero_grad()
            torch.autograd.backward(live.risk())
            gradients.append(np.column_stack([_grad(live.incoming), _grad(live.outgoing)[0]]))
            optimizer.step()
            weights.append(together(live))
        values: dict[str, object] = {
            "d": 2,
            "N": 3,
            "p": P,
            "q": q,
            "w0": weights[0],
            "a0": np.zeros((3, 3)),
            "b0": np.zeros((3, 3)),
            "g": np.array(gradients),
            "U": rule.update,
            "A": rule.first,
            "B": rule.second,
            "X": live.x,
            "c": lambda s, i: float(live.c[i]),
            "dl": np.array(slopes),
            "sg": lambda z: max(z, 0.0),
            "r": lambda z: at_zero if z == 0.0 else float(z > 0.0),
        }
        detail = live.detail() | {"slope at 0": at_zero, "weights at the start": weights[0].tolist()}
        part = "weights, back-propagated"
        propagated = defined(trial.formulas, part, "h", **values)
        for s in range(steps):
            stated = [[propagated(s, u, e) for e in range(3)] for u in range(3)]
            yield Check(f"gradient of every unit at step {s}", gradients[s], stated, detail=detail)
        for s in range(steps + 1):
            reached = [float(trial.formulas.right(part, **values, s=s, e=e)) for e in range(3)]
            yield Check(f"weights of unit p at step {s}", weights[s][P], reached, detail=detail)

    repeats = 3 if trial.profile == "quick" else 50
    seen = ", ".join(f"{slope:g} ({name})" for name, slope in conventions.items())
    return compare(
        trial,
        "back-propagation-at-kinks",
        [(name, repeat) for name in conventions for repeat in range(repeats)],
        examine,
        holds=f"equal ReLUs stay equal from their kink on, to the last bit, if their slope there is {seen}",
    )


def _grad(parameter: nn.Parameter) -> Array:
    if parameter.grad is None:
        raise ArithmeticError("autograd left a parameter without a gradient")
    return cast("Array", parameter.grad.numpy().copy())
