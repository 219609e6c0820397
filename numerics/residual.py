"""Residual networks: autograd on the live module against the products of the statements."""

# The slopes s(l, j) that the statements take as given are computed in NumPy from the activation's formula,
# apart from autograd. Tolerances are running error bounds of both sides (forward_error).

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from .comparison import UNIT, Check, Key, compare, gamma
from .forward_error import Array, backward, gradient_errors, run
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .residual_live import NETS, Live, cases, grad, jacobian


def _hidden_gradients(trial: Trial) -> Evidence:
    """Compare autograd with "weight" or "bias" at every coordinate of every hidden layer."""
    part, first = str(trial.options["part"]), int(cast("int", trial.options["from_layer"]))

    def examine(key: Key) -> Iterator[Check]:
        live = Live(trial, key, NETS[int(key[0])])
        forward = live.copy_run()
        values = live.values(forward)
        errors = gradient_errors(live.weights, live.output, forward, skip=True)
        sizes = backward(live.weights, live.output, forward.slopes, skip=True)
        live.gradients()
        right = trial.formulas.right
        for la in range(first, live.hidden):
            index = {"la": la, "e": live.hidden - 1 - la}
            block = live.model.block(la)
            label = f"{part} gradient of hidden layer {la} of {live.hidden}"
            if part == "bias":
                stated = [float(right(part, **values, **index, p=p, q=0)) for p in range(live.m)]
                yield Check(label, grad(block.bias), stated, 2.0 * errors[la], detail=live.detail())
                continue
            width = live.n if la == 0 else live.m
            table = [[float(right(part, **values, **index, p=p, q=q)) for q in range(width)] for p in range(live.m)]
            h, error = np.abs(forward.states[la]), forward.state_errors[la]
            bound = np.outer(errors[la], h + error) + np.outer(np.abs(sizes[la]), error + 2.0 * UNIT * h)
            yield Check(label, grad(block.weight), table, 2.0 * bound, detail=live.detail())

    return compare(
        trial,
        str(trial.options["name"]),
        cases(trial, first + 1),
        examine,
        holds=f"autograd agrees with the {part} gradient of the theorem at every coordinate",
    )


def _output_gradients(trial: Trial) -> Evidence:
    """Compare autograd with "output weight" and "output bias"."""
    least = int(cast("int", trial.options["least"]))

    def examine(key: Key) -> Iterator[Check]:
        live = Live(trial, key, NETS[int(key[0])])
        forward = live.copy_run()
        # p and q name a weight of layer la, which the output layer's gradients do not depend on
        values = live.values(forward) | {"la": 0, "e": live.hidden - 1, "K": live.hidden, "p": 0, "q": 0}
        live.gradients()
        stated = [float(trial.formulas.right("output weight", **values, j=j)) for j in range(live.m)]
        bound = 2.0 * forward.state_errors[-1]
        detail = live.detail()
        yield Check("output weight", grad(live.model.output.weight)[0], stated, bound, detail=detail)
        bias = float(trial.formulas.right("output bias", **values))
        yield Check("output bias", grad(live.model.output.bias)[0], bias, 0.0, detail=detail)

    return compare(
        trial,
        "output-gradients",
        cases(trial, least),
        examine,
        holds="autograd agrees with the gradients of the output layer",
    )


def _jacobian(trial: Trial) -> Evidence:
    """Compare the Jacobian of one live layer with "hidden", "first" or "output"."""
    part = str(trial.options["part"])

    def examine(key: Key) -> Iterator[Check]:
        live = Live(trial, key, NETS[int(key[0])])
        layer = {"first": 0, "hidden": 1, "output": live.hidden}[part]
        width = live.n if part == "first" else live.m
        generator = trial.stream.spawn(*key, "input").torch()
        y = torch.randn(width, generator=generator, dtype=torch.float64)
        step = live.model.head if part == "output" else lambda h: live.model.layer(layer, h)
        found = jacobian(step, y)
        if part == "output":
            c = live.output
            stated = [float(trial.formulas.right(part, c=c, k=k)) for k in range(live.m)]
            yield Check("Jacobian of the output layer", found, stated, 0.0, detail={"c": c.tolist()})
            return
        A, b = live.weights[layer], live.biases[layer]
        single = run([A], [b], y.numpy(), live.activation, skip=False)
        s, s_error = single.slopes[0], single.slope_errors[0]
        table = [[float(trial.formulas.right(part, s=s, A=A, j=j, k=k)) for k in range(width)] for j in range(live.m)]
        bound = s_error[:, None] * np.abs(A) + gamma(4) * (np.abs(s[:, None] * A) + 1.0)
        detail = {"A": A.tolist(), "b": b.tolist(), "y": y.tolist(), "activation": live.name}
        yield Check(f"Jacobian of a {part} layer", found, table, 2.0 * bound, detail=detail)

    return compare(
        trial,
        str(trial.options["name"]),
        cases(trial, 2 if part == "hidden" else 1),
        examine,
        holds=f"the Jacobian of every {part} layer is the theorem's, entry by entry",
    )


def _collapsed(trial: Trial, key: Key, la: int, how: str, *, skip: bool, only_one: bool) -> Live:
    """Return a network in which D A = 0 for the layers after `la` (or only for the last of them).

    how = "weights": A = 0 there; "slopes": ReLU with biases of -1000 there, so that all slopes are 0.
    """
    n, m, hidden, name = NETS[int(key[0])]
    live = Live(trial, key, (n, m, hidden, "relu" if how == "slopes" else name), skip=skip)
    for layer in range(hidden - 1 if only_one else la + 1, hidden):
        if how == "slopes":
            live.set_block(layer, bias=-1000.0)
        else:
            live.set_block(layer, weight=0.0)
    if how == "slopes":
        live.set_block(la, bias=1.0)  # some unit of layer la shall be alive
    return live


def _chain(live: Live, start: int, stop: int, h: Tensor) -> Array:
    """Return the Jacobian of h_stop in h_start at h, by autograd."""

    def through(state: Tensor) -> Tensor:
        for layer in range(start, stop):
            state = live.model.layer(layer, state)
        return state

    return jacobian(through, h)


def _flow(trial: Trial) -> Evidence:
    """Let the later layers collapse, and compare the gradients with and without skips."""
    option = trial.options
    parts = cast("tuple[str, ...]", option["parts"])
    only_one = option["collapse"] == "one"

    def examine(key: Key) -> Iterator[Check]:
        how = str(key[2])
        for la in range(NETS[int(key[0])][2] - (2 if only_one else 1)):
            live = _collapsed(trial, key, la, how, skip=True, only_one=only_one)
            forward = live.copy_run()
            values = live.values(forward) | {"la": la, "e": live.hidden - 1 - la}
            live.gradients()
            gradient = grad(live.model.block(la).bias)
            detail = live.detail() | {"la": la}
            if "bias gradient" in parts:
                stated = [float(trial.formulas.right("bias gradient", **values, p=p, q=0)) for p in range(live.m)]
                bound = 2.0 * gradient_errors(live.weights, live.output, forward, skip=True)[la]
                yield Check("bias gradient with skips", gradient, stated, bound, detail=detail)
            if "collapse" in parts:
                yield from _identity_factors(trial, live, la, values, detail)
            if "need not" in parts:
                truth = [bool(trial.formulas.right("need not", **values, p=p, q=0)) for p in range(live.m)]
                label = "the derivative is nonzero, with skips"
                yield Check(label, gradient != 0.0, truth, 0.0, detail=detail)
            if "plain net" in parts:
                plain = _collapsed(trial, key, la, how, skip=False, only_one=only_one)
                plain.gradients()
                values = plain.values(plain.copy_run()) | {"la": la, "e": plain.hidden - 1 - la}
                zero = [float(trial.formulas.right("plain net", **values, p=p, q=0)) for p in range(live.m)]
                flat = grad(plain.model.block(la).bias)
                yield Check("bias gradient without skips", flat, zero, 0.0, detail=plain.detail() | {"la": la})

    return compare(
        trial,
        "collapsed-layers",
        [(*key, how) for key in cases(trial, 3 if only_one else 2) for how in ("weights", "slopes")],
        examine,
        holds="with D A = 0 in the later layers, skips pass c(p) s(p) on and the plain network passes 0",
    )


def _identity_factors(
    trial: Trial, live: Live, la: int, values: Mapping[str, object], detail: Mapping[str, object]
) -> Iterator[Check]:
    """Compare the live products P(i) and P(i+1) with the two sides of "collapse"."""
    states = live.model.states(live.x)
    for i in range(live.hidden - 1 - la):
        index = {"i": i, "p": 0, "q": 0}
        for side, stop in ((trial.formulas.right, la + 1 + i), (trial.formulas.left, la + 2 + i)):
            product = _chain(live, la + 1, stop, states[la + 1].detach())
            stated = [
                [float(side("collapse", **values, **index, j=j, k=k)) for k in range(live.m)] for j in range(live.m)
            ]
            # sums of zeros and ones: exact
            yield Check(f"product of the factors up to layer {stop}", product, stated, detail=detail)


def _vanishes(trial: Trial) -> Evidence:
    """Take A = -I with the identity activation: the gradient vanishes although there are skips."""

    def examine(key: Key) -> Iterator[Check]:
        m, hidden = int(key[0]), int(key[1])
        live = Live(trial, key, (2, m, hidden, "identity"))
        live.set_block(hidden - 1, weight=-1.0)
        live.gradients()
        values = live.values(live.copy_run()) | {"la": 0, "e": hidden - 1}
        for p in range(m):
            gradient = grad(live.model.block(0).bias)[p]
            stated = bool(trial.formulas.right("can", **values, p=p, q=0))
            label = "the derivative is nonzero (A = -I, identity activation)"
            yield Check(label, float(gradient != 0.0), float(stated), detail=live.detail() | {"p": p})

    return compare(
        trial,
        "vanishes-all-the-same",
        [(m, hidden) for m in (1, 2) for hidden in (2, 3)],
        examine,
        holds="with A = -I and the identity the skip is cancelled exactly: the gradient is 0",
    )


def _twins(experiment: str, rows: Sequence[tuple[str, str]], options: Mapping[str, object]) -> tuple[Twin, ...]:
    """Return twins of one experiment whose formula alone is changed (name, change)."""
    return tuple(Twin(name, change, experiment, options, name) for name, change in rows)


_AUTOGRAD = "twinproof.models.residual.ResidualMLP.layer"

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "residual-jacobian": (
        Experiment(
            "hidden-layer",
            "Jacobian of a live hidden layer by autograd, all entries, seven activations",
            _AUTOGRAD,
            _jacobian,
            {"name": "hidden-layer", "part": "hidden"},
        ),
        Experiment(
            "first-layer",
            "Jacobian of the live first layer, which has no skip, n /= m",
            _AUTOGRAD,
            _jacobian,
            {"name": "first-layer", "part": "first"},
        ),
        Experiment(
            "output-layer",
            "Jacobian of the live output layer, which has no skip",
            "twinproof.models.residual.ResidualMLP.head",
            _jacobian,
            {"name": "output-layer", "part": "output"},
        ),
    ),
    "residual-gradients": (
        Experiment(
            "weight-gradients",
            "autograd in every weight of every hidden layer, K = 1 to 5, seven activations",
            _AUTOGRAD,
            _hidden_gradients,
            {"name": "weight-gradients", "part": "weight", "from_layer": 0},
        ),
        Experiment(
            "bias-gradients",
            "autograd in every bias of every hidden layer, K = 1 to 5, seven activations",
            _AUTOGRAD,
            _hidden_gradients,
            {"name": "bias-gradients", "part": "bias", "from_layer": 0},
        ),
        Experiment(
            "output-gradients",
            "autograd in the output weights and the output bias",
            "twinproof.models.residual.ResidualMLP.head",
            _output_gradients,
            {"least": 1},
        ),
    ),
    "residual-flow": (
        Experiment(
            "collapsed-layers",
            "later layers with A = 0, or with dead ReLUs: gradients with and without skips",
            _AUTOGRAD,
            _flow,
            {"parts": ("bias gradient", "collapse", "need not", "plain net"), "collapse": "all"},
        ),
        Experiment(
            "vanishes-all-the-same",
            "A = -I and the identity: a gradient that is 0 in spite of skips",
            _AUTOGRAD,
            _vanishes,
        ),
    ),
}

_GRADIENTS = {"from_layer": 0}

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "residual-jacobian": (
        *_twins(
            "hidden-layer",
            [
                ("slopes-on-the-right", "A D + I in place of D A + I: A(j,k) s(k) + [j=k]"),
                ("no-identity", "the skip forgotten: s(j) A(j,k)"),
                ("transposed", "D A' + I in place of D A + I: s(j) A(k,j) + [j=k]"),
            ],
            {},
        ),
        *_twins(
            "first-layer",
            [("skip-on-first", "an identity in the first layer too: s(j) A(j,k) + [j=k]")],
            {},
        ),
        *_twins("output-layer", [("skip-on-output", "an identity in the last layer: A(k) + [k=0]")], {}),
    ),
    "residual-gradients": (
        *_twins(
            "bias-gradients",
            [
                ("slopes-on-the-right", "factors A D + I: P(i+1) = (A s + I) P(i)"),
                ("no-identity", "factors D A without I, as in the plain network"),
                ("reversed-product", "factors multiplied in the opposite order: P(i+1) = P(i) (D A + I)"),
                ("no-own-slope", "the layer's own slope forgotten: sum_j c(j) P(e,j,p)"),
            ],
            _GRADIENTS,
        ),
        *_twins(
            "weight-gradients",
            [
                ("transposed", "h J' D in place of D J' h': (sum_j c(j) P(e,j,q)) s(la,q) h(la,p)"),
                ("next-input", "the layer's output for its input: ... s(la,p) h(la+1,q)"),
            ],
            {"from_layer": 1},
        ),
        *_twins(
            "output-gradients",
            [("stale-output-input", "the input of the layer before: d out / d c(j) = h(K-1,j)")],
            {"least": 2},
        ),
    ),
    "residual-flow": (
        *_twins(
            "vanishes-all-the-same",
            [("never-vanishes", "need not vanish read as cannot vanish: the derivative is never 0")],
            {},
        ),
        *_twins(
            "collapsed-layers",
            [("plain-net-flows", "the plain network too passes c(p) s(la,p) on")],
            {"parts": ("plain net",)},
        ),
        *_twins(
            "collapsed-layers",
            [
                ("vanishes-anyway", "collapsed layers stop the gradient, skips or not: 0"),
                ("no-own-slope", "the layer's own slope forgotten: c(p)"),
            ],
            {"parts": ("bias gradient",)},
        ),
        *_twins(
            "collapsed-layers",
            [("one-layer-is-enough", "D A = 0 in one later layer only: c(p) s(la,p)")],
            {"parts": ("bias gradient",), "collapse": "one"},
        ),
    ),
}
