"""Training runs of live networks in which two hidden units start equal, and how far rounding can drive them apart.

The units stay equal in exact arithmetic. In floating point they need not: the entries at the ends of a vectorised
operation are computed by other code. The bound on their distance is carried along step by step: what the distance so
far does to pre-activations, activations, slopes and gradients, and what the update makes of that (`update_rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import nn

from ..models.activations import make_activation
from .comparison import UNIT, Key, gamma
from .forward_error import ACTIVATION_ULPS, SMOOTH, Array
from .harness.experiment import Trial
from .two_layer_live import Live, Shape
from .update_rules import Descent, Rule, Weights, following, nothing

LARGEST = 1e-6
"""A run ends before its tolerance exceeds this: beyond, a comparison would say nothing."""

LEAST = 10
"""A run of fewer steps says too little."""

P = 1
"""One of the two units; the other is the last one, where a vectorised operation may end."""


def start(live: Live, how: str) -> int:
    """Make unit P and the last one equal, or almost (option "start"); return the place of the last one.

    "equal"; "outgoing differ" and "incoming differ" by 1/2 in one weight; "opposite" outgoing weights.
    """
    q, w, v = live.shape.m - 1, live.w, live.v
    w[q], v[q] = w[P], v[P]
    if how == "outgoing differ":
        v[q] += 0.5
    elif how == "incoming differ":
        w[q, 0] += 0.5
    elif how == "opposite":
        v[q] = -v[P]
    elif how != "equal":
        raise ValueError(f"start: found {how!r}, expected equal, outgoing differ, incoming differ or opposite")
    live.assign(w, v)
    return q


def with_dropout(name: str) -> nn.Module:
    """Return the activation followed by dropout, which draws a mask for each unit and example."""
    return nn.Sequential(make_activation(name), nn.Dropout(0.5))


def together(live: Live) -> Array:
    """Return the weights of all units, (m, d + 1): the incoming ones, then the outgoing one."""
    return np.column_stack([live.w, live.v])


@dataclass(frozen=True)
class Run:
    """A training run.

    weights: (steps + 1, m, d + 1); memories: those of unit P that the optimiser keeps, after the last step; tolerance:
    (steps + 1, d + 1) for the weights, and memory_tolerance for the memories: bounds on the distance of unit P from the
    last unit, and of that from what the rule makes of its gradients; values: what the statement's symbols stand for.
    """

    weights: Array
    memories: Mapping[str, Array]
    tolerance: Array
    memory_tolerance: Mapping[str, Array]
    values: Mapping[str, object]


def gradient_gap(live: Live, c: Array, q: int, gap: Array) -> Array:
    """Bound the distance of the live gradients of P and q, (d + 1,), whose weights are at most `gap` apart.

    The slopes of the losses are the same numbers for both.
    """
    activation, bounded = SMOOTH[live.shape.activation], live.bounded()
    x, w, v = np.abs(live.x), np.abs(live.w), np.abs(live.v)
    dw, dv = gap[:-1], gap[-1]
    pull = np.abs(c) * (np.abs(bounded.dl.value) + bounded.dl.error)
    z = x @ (w[q] + dw)
    apart = x @ dw + 2.0 * gamma(live.shape.d + 4) * z
    h, s = np.abs(bounded.h.value[:, q]), np.abs(bounded.s.value[:, q])
    own = 2.0 * ACTIVATION_ULPS * UNIT
    value = activation.lipschitz * apart + own * (1.0 + h)
    slope = activation.curvature * apart + own * (1.0 + s + z)
    rounding = 2.0 * gamma(live.shape.N + 8)
    outgoing = pull @ value + rounding * (pull @ (h + value))
    size = (v[q] + dv) * (s + slope)
    incoming = (pull * (dv * s + (v[q] + dv) * slope)) @ x + rounding * ((pull * size) @ x)
    return np.append(incoming, outgoing)


def train(trial: Trial, key: Key, shape: Shape, rule: Rule, steps: int, batch: int) -> Run:
    """Train a live network by the rule for at most so many steps, on `batch` examples drawn anew for each.

    Options: "start"; "memories" ("equal" or "unequal": the momentum of unit P is 1 at the start); "rates" (of each unit
    its own, in place of the rule's); "noise" (added to each weight after the step); "dropout".
    """
    option = trial.options
    live = Live(trial, key, shape, with_dropout(shape.activation) if option["dropout"] else None)
    q = start(live, str(option["start"]))
    draw = trial.stream.spawn(*key, "training").generator()
    parameters = [live.incoming, live.outgoing]
    optimizer = rule.optimizer(parameters)
    m, places = shape.m, shape.d + 1
    first = np.zeros((m, places))
    if option["memories"] == "unequal":
        first[P] = 1.0
        for parameter, part in zip(parameters, (first[:, :-1], first[:, -1][None, :]), strict=True):
            optimizer.state[parameter]["momentum_buffer"] = torch.from_numpy(part.copy())
    rates = np.linspace(0.5, 2.0, m) if option["rates"] else np.ones(m)
    noise = draw.normal(0.0, 0.1, (steps, m, places)) if option["noise"] else np.zeros((steps, m, places))
    weights, gradients = [together(live)], []
    now, gap = Weights(weights[0][q], first[q], np.zeros(places)), nothing(first[q])
    tolerance = [gap.weight]
    with trial.stream.spawn(*key, "masks").torch_default():
        for step in range(steps):
            c = np.zeros(shape.N)
            c[draw.permutation(shape.N)[:batch]] = 1.0 / batch
            live.c = c
            slope_gap = gradient_gap(live, c, q, gap.weight)
            gradient = np.column_stack(live.gradient())
            for parameter, part in zip(parameters, (gradient[:, :-1], gradient[:, -1][None, :]), strict=True):
                factor = rates[:, None] if parameter is live.incoming else rates[None, :]
                parameter.grad = torch.from_numpy(part * factor)
            optimizer.step()
            if option["noise"]:
                after = together(live) + noise[step]
                live.assign(after[:, :-1], after[:, -1])
            gap = rule.spread(step, now, gradient[q], gap, slope_gap)
            if 2.0 * float(gap.weight.max()) > LARGEST:
                break
            now = replace(following(rule, step, now, gradient[q]), weight=together(live)[q])
            weights.append(together(live))
            gradients.append(gradient)
            tolerance.append(2.0 * gap.weight)
    if len(gradients) < LEAST:
        raise ArithmeticError(
            f"the tolerance of a run exceeds {LARGEST:g} after {len(gradients)} steps; take another seed"
        )
    values: dict[str, object] = {
        "d": shape.d,
        "m": m,
        "T": len(gradients),
        "p": P,
        "q": q,
        "w0": weights[0],
        "a0": first,
        "b0": np.zeros((m, places)),
        "g": np.array(gradients),
        "U": rule.update,
        "A": rule.first,
        "B": rule.second,
        "xi": noise,
        "rate": cast("Descent", rule).rate * rates,
    }
    memory_tolerance = {"a": 2.0 * gap.first, "b": 2.0 * gap.second}
    return Run(np.array(weights), _memories(optimizer, parameters), np.array(tolerance), memory_tolerance, values)


def _memories(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter]) -> dict[str, Array]:
    """Return the memories of unit P, by the statement's names for them."""
    found = {}
    for name, entries in (("a", ("momentum_buffer", "exp_avg")), ("b", ("exp_avg_sq",))):
        for entry in entries:
            kept = [optimizer.state[parameter].get(entry) for parameter in parameters]
            if all(part is not None for part in kept):
                found[name] = np.append(kept[0][P].numpy(), kept[1][0, P].item())
    return found
