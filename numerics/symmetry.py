"""Symmetry of hidden units: what is tried on live networks with two equal units, and the misconceptions about it."""

from __future__ import annotations

from collections.abc import Mapping

from .harness.experiment import Experiment, Twin
from .symmetry_runs import at_kinks, training
from .symmetry_step import equal_gradients, exchange, one_step

_PAIR: Mapping[str, object] = {"start": "equal", "dropout": False}
_STEP: Mapping[str, object] = {
    **_PAIR,
    "rates": False,
    "parts": ("incoming weights stay equal", "outgoing weights stay equal"),
}
_RUN: Mapping[str, object] = {
    **_PAIR,
    "memories": "equal",
    "rates": False,
    "noise": False,
    "steps": 20,
    "compared": "all",
}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "symmetry-step": (
        Experiment(
            "exchanged-units",
            "two units of a live network exchanged: its loss, and autograd in all weights, seven activations",
            "torch.nn.Linear.forward",
            exchange,
        ),
        Experiment(
            "equal-gradients",
            "autograd in the weights of two equal units, widths from 2 to 17, one example or many",
            "torch.nn.Linear.forward",
            equal_gradients,
            _PAIR,
        ),
        Experiment(
            "one-step",
            "one step of torch.optim.SGD of any size, uphill too, from two equal units",
            "torch.optim.SGD.step",
            one_step,
            _STEP,
        ),
    ),
    "symmetry-persistence": (
        Experiment(
            "gradient-descent",
            "SGD, uphill too and with weight decay, on single examples, minibatches and all examples",
            "torch.optim.SGD.step",
            training,
            {**_RUN, "name": "gradient-descent", "rules": ("sgd", "uphill", "decay")},
        ),
        Experiment(
            "momentum",
            "SGD with momentum, and Nesterov's",
            "torch.optim.SGD.step",
            training,
            {**_RUN, "name": "momentum", "rules": ("momentum", "nesterov")},
        ),
        Experiment(
            "adaptive-steps",
            "Adam and AdamW",
            "torch.optim.Adam.step",
            training,
            {**_RUN, "name": "adaptive-steps", "rules": ("adam", "adamw")},
        ),
        Experiment(
            "back-propagation-at-kinks",
            "ReLUs at exactly 0, with PyTorch's slope 0 there, and with 1/2 and 1, in exact arithmetic",
            "torch.nn.Linear.forward",
            at_kinks,
            {"conventions": {"PyTorch": 0.0, "0.5": 0.5, "1": 1.0}},
        ),
    ),
}


def _run_twin(name: str, change: str, **options: object) -> Twin:
    """Return a twin of training by plain gradient descent."""
    return Twin(name, change, "gradient-descent", {"rules": ("sgd",), "steps": 10, **options}, name)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "symmetry-step": (
        Twin(
            "unequal-outgoing",
            "equal incoming weights alone: outgoing weights that differ by 1/2",
            "equal-gradients",
            {"start": "outgoing differ"},
            "unequal-outgoing",
        ),
        Twin(
            "unequal-incoming",
            "equal outgoing weights alone: one incoming weight that differs by 1/2",
            "equal-gradients",
            {"start": "incoming differ"},
            "unequal-incoming",
        ),
        Twin(
            "stay-opposite",
            "opposite outgoing weights in place of equal ones, and they stay opposite",
            "one-step",
            {"start": "opposite", "parts": ("outgoing weights stay equal",)},
            "stay-opposite",
        ),
        Twin(
            "gradient-invariant",
            "an exchange of two units leaves the gradient of each place as it is",
            "exchanged-units",
            {},
            "gradient-invariant",
        ),
        Twin(
            "step-size-of-its-own",
            "a step size for each unit",
            "one-step",
            {"rates": True, "parts": ("incoming weights stay equal",)},
            "step-size-of-its-own",
        ),
        Twin(
            "dropout-of-its-own",
            "dropout on the hidden units, with a mask for each",
            "equal-gradients",
            {"dropout": True},
            "dropout-of-its-own",
        ),
        Twin(
            "equal-before",
            "the converse: units that are equal after a step were equal before it",
            "one-step",
            {"start": "meeting"},
            "equal-before",
        ),
    ),
    "symmetry-persistence": (
        _run_twin(
            "unequal-outgoing",
            "incoming weights that start equal stay equal, whatever the outgoing ones",
            start="outgoing differ",
            compared="incoming",
        ),
        _run_twin(
            "unequal-incoming",
            "outgoing weights that start equal stay equal, whatever the incoming ones",
            start="incoming differ",
            compared="outgoing",
        ),
        _run_twin("unequal-memories", "momentum from any buffers", rules=("momentum",), memories="unequal"),
        _run_twin("stay-opposite", "opposite outgoing weights stay opposite", start="opposite", compared="outgoing"),
        _run_twin("step-size-of-its-own", "a step size for each unit", rates=True),
        _run_twin("noise-of-its-own", "noise added to each weight after the update", noise=True),
        _run_twin("dropout-of-its-own", "dropout on the hidden units, with a mask for each", dropout=True),
        _run_twin(
            "equal-before",
            "the converse: units that are equal at one step were equal at the step before",
            start="meeting",
        ),
    ),
}
