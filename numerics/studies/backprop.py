"""Backpropagation by hand: every gradient against autograd and difference quotients, then training with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import product
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from ...models.backprop import ACTIVATIONS, LOSSES, Activation, Array, Network
from ...models.mlp import MLP, set_layer
from ..harness.experiment import Twin
from ..harness.streams import Stream
from .drawing import INK, MARKERS, PALETTE, grid
from .pictures import DIGITS, FASHION, SHOWN, load
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table

SETTINGS: Mapping[str, Any] = {
    "check widths": (6, 5, 7, 4, 3),
    "check batch": 8,
    "variant": "right",
    "datasets": (DIGITS, FASHION),
    "data": None,
    "examples": None,
    "hidden": (32, 32),
    "activation": "sigmoid",
    "batch": 1,
    "shuffled": False,
    "epochs": {DIGITS: 10, FASHION: 3},
    "step": {DIGITS: 0.05, FASHION: 0.003},
    "repeats": 3,
}
"""Training as in the source: two hidden layers of 32 sigmoids, one image a step, in the order of the set."""
QUICK: Mapping[str, Any] = {"datasets": (DIGITS,), "examples": 1400, "repeats": 2}

AUTOGRAD, QUOTIENT = 1e-10, 1e-6
"""Largest difference allowed to autograd and to difference quotients, of the largest gradient in the parameter."""
ACCURACY = {DIGITS: 0.8, FASHION: 0.7}
FEW, ALL = 0.2, 60_000
"""Accuracy on FashionMNIST after training on a part of it."""
STEP = 1e-5
"""Of the difference quotients."""


class EagerNetwork(Network):
    """A mistake: on the way back each weight is updated before the gradient goes through it."""

    def _through(self, l: int, delta: Array, gradient: Array) -> Array:
        through: Array = super()._through(l, delta, gradient) - delta @ gradient
        return through


def _network(variant: str, widths: Sequence[int], activation: str, loss: str, stream: Stream) -> Network:
    """Return a network; the mistakes are "slope at a" (s'(a) in place of s'(z)) and "update first"."""
    if variant not in ("right", "slope at a", "update first"):
        raise ValueError(f"variant: found {variant!r}, expected right, slope at a, or update first")
    right = ACTIVATIONS[activation]
    wrong = Activation(right.apply, lambda a: right.slope(right.apply(a.copy())))
    kind = EagerNetwork if variant == "update first" else Network
    return kind(widths, wrong if variant == "slope at a" else activation, loss, generator=stream.generator())


def live_twin(network: Network, activation: str) -> MLP:
    """Return a PyTorch network with the same parameters, in float64."""
    live = MLP(network.widths, activation)
    for l in range(live.depth):
        set_layer(live.linear(l), torch.from_numpy(network.weights[l]), torch.from_numpy(network.biases[l]))
    return live


def autograd(network: Network, activation: str, x: Array, y: Array) -> dict[str, Array]:
    """Return PyTorch's gradients of the network's loss by the names of its parameters."""
    live = live_twin(network, activation)
    outputs, targets = live(torch.from_numpy(x)), torch.from_numpy(y)
    if network.loss == "cross entropy":
        loss = torch.nn.functional.cross_entropy(outputs, targets)
    else:
        loss = 0.5 * torch.nn.functional.mse_loss(outputs, targets, reduction="sum") / len(x)
    found = torch.autograd.grad(loss, list(live.parameters()))
    return {name: gradient.numpy() for name, gradient in zip(network.named(), found, strict=True)}


def quotients(network: Network, x: Array, y: Array) -> dict[str, Array]:
    """Return central difference quotients of the loss in every parameter, one at a time."""
    found = {}
    for name, parameter in network.named().items():
        slopes = np.empty_like(parameter)
        for place in np.ndindex(parameter.shape):
            kept = parameter[place]
            losses = []
            for shift in (STEP, -STEP):
                parameter[place] = kept + shift
                losses.append(LOSSES[network.loss](network.forward(x), y)[0])
            parameter[place] = kept
            slopes[place] = (losses[0] - losses[1]) / (2 * STEP)
        found[name] = slopes
    return found


def _kink(network: Network, x: Array) -> float:
    """Return how near to 0 a pre-activation of a ReLU comes: a difference quotient across 0 is no slope."""
    nearest = np.inf
    for weight, bias in zip(network.weights[:-1], network.biases[:-1], strict=True):
        z = x @ weight.T + bias
        nearest = min(nearest, float(np.abs(z).min()))
        x = np.maximum(z, 0.0)
    return nearest


def _check(settings: Settings, activation: str, loss: str, stream: Stream) -> Arrays:
    """Compare the gradients of a drawn network on a drawn batch, parameter by parameter."""
    widths, count = settings["check widths"], settings["check batch"]
    draw = stream.spawn("batch").generator()
    network = _network(settings["variant"], widths, activation, loss, stream.spawn("weights"))
    for _ in range(100):
        for parameter in network.named().values():
            parameter[...] = draw.normal(0.0, 0.6, parameter.shape)  # the biases as well
        x = draw.standard_normal((count, widths[0]))
        if activation != "relu" or _kink(network, x) > 100 * STEP:
            break
    else:
        raise ArithmeticError("no network away from the kinks of its ReLUs was drawn; take another seed")
    labels = loss == "cross entropy"
    y = draw.integers(0, widths[-1], count) if labels else draw.standard_normal((count, widths[-1]))
    by_hand = deepcopy(network).gradients(x, y).named()
    others = {"autograd": autograd(network, activation, x, y), "quotient": quotients(network, x, y)}
    apart = {
        other: np.array([np.abs(by_hand[name] - found[name]).max() / np.abs(found[name]).max() for name in by_hand])
        for other, found in others.items()
    }
    return {"parameters": np.array(list(by_hand)), **apart}


def _train(settings: Settings, dataset: str, stream: Stream) -> Arrays:
    pictures = load(dataset, settings["data"], settings["examples"], stream.spawn("set"))
    widths = (pictures.side**2, *settings["hidden"], len(pictures.classes))
    network = _network(settings["variant"], widths, settings["activation"], "cross entropy", stream.spawn("weights"))
    x, test_x = pictures.train_x.astype(np.float64), pictures.test_x.astype(np.float64)
    order = stream.spawn("order").generator()
    curve = np.empty((settings["epochs"][dataset] + 1, 2))
    for epoch in range(len(curve)):
        if epoch:
            network.train_epoch(
                x,
                pictures.train_y,
                step=settings["step"][dataset],
                batch=settings["batch"],
                order=order.permutation(len(x)) if settings["shuffled"] else None,
            )
        outputs = network.forward(test_x)
        accuracy = float((outputs.argmax(1) == pictures.test_y).mean())
        curve[epoch] = LOSSES["cross entropy"](outputs, pictures.test_y)[0], accuracy
    return {"test loss": curve[:, 0], "test accuracy": curve[:, 1], "examples": np.array([len(x), len(test_x)])}


def _keys(settings: Settings) -> list[Key]:
    datasets = list(settings["datasets"])
    if settings["data"] is not None and FASHION not in datasets:
        datasets.append(FASHION)
    checks: list[Key] = [("check", *pair) for pair in product(ACTIVATIONS, LOSSES)]
    return checks + [("train", dataset, number) for dataset in datasets for number in range(settings["repeats"])]


def _run(settings: Settings, key: Key, stream: Stream) -> Arrays:
    if key[0] == "check":
        return _check(settings, str(key[1]), str(key[2]), stream)
    return _train(settings, str(key[1]), stream)


def _checks(results: Results) -> dict[str, Arrays]:
    return {f"{key[1]}, {key[2]}": arrays for key, arrays in results.items() if key[0] == "check"}


def _trained(results: Results) -> dict[str, list[Arrays]]:
    found: dict[str, list[Arrays]] = {}
    for key, arrays in results.items():
        if key[0] == "train":
            found.setdefault(str(key[1]), []).append(arrays)
    return found


def _agreement(results: Results, other: str, told: str, bound: float) -> Expectation:
    """Name the parameters whose gradients are off, in every check."""
    wrong = {
        case: [str(name) for name, apart in zip(arrays["parameters"], arrays[other], strict=True) if not apart <= bound]
        for case, arrays in _checks(results).items()
    }
    worst = max(float(arrays[other].max()) for arrays in _checks(results).values())
    named = {case: ", ".join(names) for case, names in wrong.items() if names}
    return Expectation(
        f"agrees-with-{other}",
        f"in every parameter of every network the gradient by hand is within {bound:g} of {told}, relative to the "
        "largest entry",
        not named,
        {"largest difference": worst, **({"wrong gradients": named} if named else {})},
    )


def _expect(settings: Settings, results: Results) -> Sequence[Expectation]:
    found = [
        _agreement(results, "autograd", "autograd in float64", AUTOGRAD),
        _agreement(results, "quotient", "central difference quotients", QUOTIENT),
    ]
    for dataset, runs in _trained(results).items():
        before, after = (np.array([arrays["test accuracy"][at] for arrays in runs]) for at in (0, -1))
        bound = FEW if dataset == FASHION and runs[0]["examples"][0] < ALL else ACCURACY[dataset]
        found.append(
            Expectation(
                f"trains-on-{dataset.lower()}",
                f"training lifts the median test accuracy on {SHOWN[dataset]} to at least {bound}",
                bool(np.median(after) >= bound > np.median(before)),
                {
                    "before": float(np.median(before)),
                    "median": float(np.median(after)),
                    "lowest": after.min(),
                    "highest": after.max(),
                },
            )
        )
    return found


def _figure(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=8.8, height=3.7)
    checks = _checks(results)
    for index, (case, arrays) in enumerate(checks.items()):
        colour, marker = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)]
        places = np.arange(len(arrays["parameters"])) + 0.1 * (index - (len(checks) - 1) / 2)
        floor = np.finfo(np.float64).eps / 16  # equal to the last bit: on the lower edge
        left.plot(places, np.maximum(arrays["autograd"], floor), marker, color=colour, markersize=4, label=case)
        left.plot(places, np.maximum(arrays["quotient"], floor), marker, color=colour, markersize=4, fillstyle="none")
    left.set_xticks(range(len(places)), [str(name) for name in arrays["parameters"]], rotation=45, ha="right")
    left.set_xlim(-0.6, len(places) + 1.5)
    for bound, told in ((AUTOGRAD, "bound for\nautograd\n(filled)"), (QUOTIENT, "bound for\nquotients\n(hollow)")):
        left.axhline(bound, color=INK, linewidth=0.8, linestyle=":")
        left.text(len(places) - 0.4, bound / 2, told, fontsize=7, va="top")
    left.set_yscale("log")
    left.set_ylabel("largest difference / largest entry")
    figure.legend(*left.get_legend_handles_labels(), fontsize=6.5, ncols=3, loc="outside lower left")
    for index, (dataset, runs) in enumerate(_trained(results).items()):
        curves = np.array([arrays["test accuracy"] for arrays in runs])
        epochs = np.arange(curves.shape[1])
        train, test = runs[0]["examples"]
        label = f"{SHOWN[dataset].removeprefix('stand-in: ')} ({train:,} / {test:,} images)"
        look = {"color": PALETTE[index], "linestyle": ("-", "--")[index], "marker": MARKERS[index]}
        right.plot(epochs, np.median(curves, 0), markersize=4, label=label, **look)
        right.fill_between(epochs, curves.min(0), curves.max(0), color=PALETTE[index], alpha=0.2, linewidth=0)
    right.set_xlabel("epoch")
    right.set_ylabel("test accuracy (median, range)")
    right.set_ylim(0.0, 1.0)
    right.legend(fontsize=7, loc="lower right")
    return figure


def _table(settings: Settings, results: Results) -> Table:
    rows = []
    for case, arrays in _checks(results).items():
        worst = str(arrays["parameters"][int(arrays["autograd"].argmax())])
        rows.append((case, float(arrays["autograd"].max()), worst, float(arrays["quotient"].max())))
    columns = ("network", "difference to autograd", "largest in", "difference to quotients")
    return Table("Gradients by hand, relative to the largest entry of a parameter's gradient", columns, tuple(rows))


def _discussion(settings: Settings, results: Results) -> Sequence[str]:
    checks = _checks(results).values()
    to_autograd, to_quotients = (max(float(one[name].max()) for one in checks) for name in ("autograd", "quotient"))
    gradients = (
        "Each gradient is written out: delta = softmax - one hot at the end, delta^T a for a weight, the sum of delta "
        f"for a bias, (delta W) s'(z) to the layer before. The {len(checks)} networks agree with autograd to "
        f"{to_autograd:.1e}; difference quotients, which know nothing of the chain rule, to {to_quotients:.1e}, their "
        "own error."
    )
    told = [gradients]
    for dataset, runs in _trained(results).items():
        before, after = (np.median([arrays["test accuracy"][at] for arrays in runs]) for at in (0, -1))
        told.append(
            f"{SHOWN[dataset].removeprefix('stand-in: ')}: {settings['epochs'][dataset]} epochs at step "
            f"{settings['step'][dataset]:g}, batch {settings['batch']}, lift the median test accuracy from "
            f"{before:.3f} to {after:.3f}."
        )
    return told


STUDIES: Mapping[str, Study] = {
    "backprop-from-scratch": Study(
        id="backprop-from-scratch",
        title="Backpropagation by hand in NumPy",
        sources=(("002", "4"),),
        settings=SETTINGS,
        quick=QUICK,
        subject="twinproof.models.backprop.Network._through",
        keys=_keys,
        run=_run,
        expect=_expect,
        figures={"backprop": _figure},
        table=_table,
        discussion=_discussion,
        twins=(
            Twin(
                "slope-at-the-activation",
                "s'(a) in place of s'(z), a = s(z)",
                "expectations",
                {"variant": "slope at a"},
            ),
            Twin(
                "weights-updated-before-they-are-used",
                "on the way back a weight may be updated before the gradient goes through it",
                "expectations",
                {"variant": "update first"},
            ),
        ),
    )
}
