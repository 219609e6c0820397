"""Two hidden units of live networks: their gradients, one step of gradient descent, and their exchange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
import torch

from .comparison import UNIT, Check, Key, compare
from .definitions import defined
from .forward_error import Array
from .harness.evidence import Evidence
from .harness.experiment import Trial
from .symmetry_training import P, start, together, with_dropout
from .two_layer_live import Live, Shape, cases
from .update_rules import Descent

SHAPES = (
    Shape(3, 5, 1, "tanh", "squared", "one"),
    Shape(2, 9, 4, "sigmoid", "logistic", "mean"),
    Shape(3, 3, 3, "silu", "sine", "any"),
    Shape(1, 17, 2, "gelu", "huber", "mean"),
    Shape(4, 2, 3, "sine", "squared", "any"),
    Shape(2, 6, 2, "identity", "sine", "mean"),
    Shape(2, 5, 3, "relu", "squared", "mean"),
)
"""Widths at which the last unit ends a vector of 2, 4, 8 or 16 entries, or does not."""


def _network(trial: Trial, key: Key) -> tuple[Live, int]:
    """Return a live network with a unit P and a last unit as the option "start" says, and the place of the last."""
    shape = SHAPES[int(key[0])]
    live = Live(trial, key, shape, with_dropout(shape.activation) if trial.options.get("dropout") else None)
    return live, start(live, str(trial.options["start"]))


def equal_gradients(trial: Trial) -> Evidence:
    """Compare autograd's gradients of the two units, each within its rounding error."""

    def examine(key: Key) -> Iterator[Check]:
        live, q = _network(trial, key)
        bounded = live.bounded()
        with trial.stream.spawn(*key, "masks").torch_default():
            incoming, outgoing = live.gradient()
        values = {"m": live.shape.m, "d": live.shape.d, "p": P, "q": q, "gw": incoming, "gv": outgoing}
        formulas, detail, places = trial.formulas, live.detail() | {"p": P, "q": q}, range(live.shape.d)
        for part, errors in (
            ("equal incoming gradients", bounded.incoming.error[[P, q]].sum(axis=0)),
            ("equal outgoing gradients", bounded.outgoing.error[0, [P, q]].sum()),
        ):
            left, right = (
                [float(side(part, **values, e=e)) for e in places] for side in (formulas.left, formulas.right)
            )
            yield Check(part, left, right, 2.0 * errors, detail=detail)

    return compare(
        trial,
        "equal-gradients",
        cases(trial, SHAPES),
        examine,
        holds="autograd gives two equal units the same gradient, in incoming and outgoing weights",
    )


def one_step(trial: Trial) -> Evidence:
    """Take one live step of gradient descent or ascent, and compare unit P with what the statement says of the last."""
    per_unit = bool(trial.options["rates"])
    parts = cast("tuple[str, ...]", trial.options["parts"])
    if trial.options["start"] == "meeting":
        return looking_back(trial, "one-step", parts[0])

    def examine(key: Key) -> Iterator[Check]:
        live, q = _network(trial, key)
        rate, m = float(key[2]), live.shape.m
        bounded, before, (incoming, outgoing) = live.bounded(), together(live), live.gradient()
        rates = np.linspace(0.5, 2.0, m) if per_unit else np.ones(m)
        optimizer = torch.optim.SGD([live.incoming, live.outgoing], lr=abs(rate), maximize=rate < 0.0)
        live.incoming.grad = torch.from_numpy(incoming * rates[:, None])
        live.outgoing.grad = torch.from_numpy((outgoing * (1.0 if per_unit else rates))[None, :])
        optimizer.step()
        after, size = together(live)[P], np.append(np.abs(incoming[q]), abs(outgoing[q]))
        errors = np.append(bounded.incoming.error[[P, q]].sum(axis=0), bounded.outgoing.error[0, [P, q]].sum())
        tolerance = 2.0 * abs(rate) * errors + 8.0 * UNIT * (np.abs(before[q]) + abs(rate) * (size + errors))
        values = {
            "d": live.shape.d,
            "p": P,
            "q": q,
            "w": before[:, :-1],
            "v": before[:, -1],
            "gw": incoming,
            "gv": outgoing,
            "eta": rate,
            "rate": rate * rates,
        }
        detail = live.detail() | {"p": P, "q": q, "eta": rate, "w before": before.tolist()}
        right = trial.formulas.right
        if "incoming weights stay equal" in parts:
            stated = [float(right("incoming weights stay equal", **values, e=e)) for e in range(live.shape.d)]
            yield Check("incoming weights after the step", after[:-1], stated, tolerance[:-1], detail=detail)
        if "outgoing weights stay equal" in parts:
            stated_last = float(right("outgoing weights stay equal", **values))
            yield Check("outgoing weight after the step", after[-1], stated_last, tolerance[-1], detail=detail)

    return compare(
        trial,
        "one-step",
        [(*key, rate) for key in cases(trial, SHAPES) for rate in ("0.1", "-0.7", "3")],
        examine,
        holds="after one step of gradient descent, of any size or uphill, equal units are equal",
    )


def _meeting(trial: Trial, key: Key) -> tuple[Array, Array, Array, Mapping[str, object]]:
    """Let two different units of an identity network meet: one live step of size 1 on f, from (1, 2) and (2, 3).

    Returns the weights before and after, the gradients, and a description; all exact.
    """
    live = Live(trial, key, Shape(1, 2, 1, "identity", "output", "one"))
    live.x = np.ones((1, 1))
    live.assign(np.array([[1.0], [2.0]]), np.array([2.0, 3.0]))
    before, gradient = together(live), np.column_stack(live.gradient())
    optimizer = torch.optim.SGD([live.incoming, live.outgoing], lr=1.0)
    torch.autograd.backward(live.risk())
    optimizer.step()
    return before, together(live), gradient, live.detail() | {"weights before": before.tolist()}


def looking_back(trial: Trial, name: str, part: str) -> Evidence:
    """Let different units meet, and compare what they were before, as the converse says (a twin's claim)."""

    def examine(key: Key) -> Iterator[Check]:
        before, after, gradient, detail = _meeting(trial, key)
        yield Check("live weights after the step", after[0], after[1], detail=detail)
        rule = Descent(1.0)
        values = {
            "d": 1,
            "m": 2,
            "T": 1,
            "p": 0,
            "q": 1,
            "e": 0,
            "s": 0,
            "eta": 1,
            "w": before[:, :-1],
            "v": before[:, -1],
            "gw": gradient[:, :-1],
            "gv": gradient[:, -1],
            "w0": before,
            "a0": np.zeros((2, 2)),
            "b0": np.zeros((2, 2)),
            "g": gradient[None],
            "U": rule.update,
            "A": rule.first,
            "B": rule.second,
        }
        left, right = (float(side(part, **values)) for side in (trial.formulas.left, trial.formulas.right))
        yield Check(f"{part}: units that are equal after the step", left, right, detail=detail)

    return compare(trial, name, [("meeting",)], examine, holds="units that are equal after a step were equal before it")


def exchange(trial: Trial) -> Evidence:
    """Exchange two units of a live network: the loss stays, and the gradient goes along."""

    def examine(key: Key) -> Iterator[Check]:
        shape = SHAPES[int(key[0])]
        live = Live(trial, key, shape)
        p, q, m = 0, shape.m - 1, shape.m
        bounded, weights = live.bounded(), together(live)
        incoming, outgoing = live.gradient()
        formulas, detail = trial.formulas, live.detail() | {"p": p, "q": q}
        tau = defined(formulas, "invariance", "tau", p=p, q=q)
        order = [int(tau(j)) for j in range(m)]
        values = live.values(bounded, p) | {"q": q, "A": live.w, "b": live.v, "l": live.loss_of}
        live.assign(weights[order, :-1], weights[order, -1])
        yield Check(
            "loss after the exchange",
            live.risk().item(),
            float(formulas.right("invariance", **values)),
            live.loss_error(bounded),
            detail=detail,
        )
        errors = np.column_stack([bounded.incoming.error, bounded.outgoing.error[0]])
        before, after = np.column_stack([incoming, outgoing]), np.column_stack(live.gradient())
        for u in range(m):
            place = int(formulas.right("unit before the exchange", p=p, q=q, u=u))
            tolerance = 2.0 * (errors[place] + errors[order[u]])
            yield Check(f"gradient of unit {u} after the exchange", after[u], before[place], tolerance, detail=detail)

    return compare(
        trial,
        "exchanged-units",
        cases(trial, SHAPES),
        examine,
        holds="an exchange of two units leaves the loss as it is and exchanges their gradients",
    )
