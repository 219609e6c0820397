"""The numeric arm of the dead unit: live training runs, and the optimisers and data under which it revives."""

from __future__ import annotations

from collections.abc import Mapping

from . import dead_training
from .harness.experiment import Experiment, Twin

_STAYS = ("weight stays", "bias stays", "output weight stays", "stays negative")
_DEAD: Mapping[str, object] = {
    "name": "sgd-minibatches",
    "optimizers": ("sgd",),
    "start": "dead",
    "activation": "relu",
    "data": "fixed",
    "layer": 1,
    "parts": _STAYS,
    "steps": 100,
}


def _dead_twin(name: str, change: str, statement: str | None, **options: object) -> Twin:
    """Return a twin of the dead-unit experiment under SGD."""
    return Twin(name, change, "sgd-minibatches", options, statement)


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "dead-relu": (
        Experiment(
            "sgd-minibatches",
            "minibatch SGD with four losses: the dead unit keeps its parameters to the last bit",
            "torch.nn.ReLU.forward",
            dead_training.run,
            _DEAD,
        ),
        Experiment(
            "other-optimizers",
            "momentum, Nesterov, Adam, RMSprop and Adagrad from zero state do not move a dead unit either",
            "torch.nn.ReLU.forward",
            dead_training.run,
            {
                **_DEAD,
                "name": "other-optimizers",
                "optimizers": ("momentum", "nesterov", "adam", "rmsprop", "adagrad"),
                "steps": 40,
            },
        ),
        Experiment(
            "weight-decay",
            "SGD with weight decay (eta wd < 1) and AdamW move a dead unit, which stays dead",
            "torch.nn.ReLU.forward",
            dead_training.run,
            {
                **_DEAD,
                "name": "weight-decay",
                "optimizers": ("decay", "adamw"),
                "parts": ("stays negative",),
            },
        ),
    ),
}

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "dead-relu": (
        _dead_twin(
            "dead-on-the-batch-only",
            "negative on the samples of the first batch in place of all samples",
            "dead-on-the-batch-only",
            start="batch",
        ),
        _dead_twin(
            "boundary",
            "pre-activations <= 0 in place of < 0 (with the derivative 1 of the kink's right side)",
            "boundary",
            start="boundary",
            activation="right relu",
            parts=("weight stays", "bias stays"),
        ),
        _dead_twin(
            "leaky-slope",
            "LeakyReLU of slope 1/100 in place of ReLU",
            "leaky-slope",
            activation="leaky_relu",
        ),
        _dead_twin(
            "weight-decay-moves-nothing",
            "the update subtracts eta (g + wd a) in place of eta g: a, b and u still never move",
            "weight-decay-moves-nothing",
            optimizers=("decay",),
        ),
        _dead_twin(
            "any-weight-decay-stays-dead",
            "the update subtracts eta (g + wd a) with any eta wd >= 0: stays negative",
            "any-weight-decay-stays-dead",
            optimizers=("overshooting decay",),
            parts=("stays negative",),
        ),
        _dead_twin(
            "any-momentum-buffer",
            "momentum from any buffer in place of 0: v <- mu v + g, a <- a - eta v",
            "any-momentum-buffer",
            optimizers=("momentum buffer",),
        ),
        _dead_twin(
            "noisy-inputs",
            "inputs with fresh noise at each step, negative at the first: stays negative",
            "noisy-inputs",
            data="noisy",
            parts=("stays negative",),
        ),
        _dead_twin(
            "adam-with-l2",
            "Adam with an L2 term in the gradient, |a| > |b|: stays negative",
            None,
            optimizers=("adam with l2",),
            start="heavy weight",
            parts=("stays negative",),
            steps=300,
        ),
        _dead_twin(
            "momentum-with-decay",
            "weight decay with momentum .9 beyond eta wd = (1 - sqrt mu)^2: stays negative",
            None,
            optimizers=("momentum with decay",),
            parts=("stays negative",),
        ),
        _dead_twin(
            "decay-on-weights-only",
            "weight decay on the weights and not on a positive bias: stays negative",
            None,
            optimizers=("decay on weights",),
            start="positive bias",
            parts=("stays negative",),
        ),
        _dead_twin(
            "unit-in-layer-two",
            "a dead unit of the second hidden layer in place of the only one: stays negative",
            None,
            layer=2,
        ),
    ),
}
