"""How a layer scales a signal: what is tried of fan-in, of ReLU and of fan-out, and their false twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import signal_back, signal_drawn, signal_exact
from .harness.experiment import Experiment, Twin

_LINEAR = "torch.nn.Linear.forward"
_KAIMING = "torch.nn.init.kaiming_normal_"

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "fanin-variance": (
        Experiment(
            "every-outcome",
            "nn.Linear under finite laws of weights and inputs, dependent inputs too: mean and variance, exactly",
            _LINEAR,
            signal_exact.preactivation,
            {
                "weights": ("signs", "mostly zero", "skewed", "pairwise"),
                "inputs": ("signs", "shifted", "skewed", "one number"),
                "parts": ("mean", "variance", "equal inputs", "centred inputs"),
                "paired": False,
                "one unit": False,
                "any mean": False,
            },
        ),
        Experiment(
            "only-one-over-n",
            "random signs of several variances: the variance of the inputs is kept at s2 = 1/n alone, exactly",
            _LINEAR,
            signal_exact.only_fanin,
        ),
        Experiment(
            "kaiming-fan-in",
            "kaiming_normal_ with mode fan_in, normal inputs",
            _KAIMING,
            signal_drawn.fanin,
            {"name": "kaiming-fan-in", "law": "kaiming normal, fan_in, linear", "inputs": "normal"},
        ),
        Experiment(
            "uniform-inputs",
            "normal_ at variance 1/n, inputs from U(0, 1): n s2 E x^2, their mean included",
            "torch.nn.init.normal_",
            signal_drawn.fanin,
            {"name": "uniform-inputs", "law": "normal 1/d", "inputs": "uniform"},
        ),
    ),
    "relu-factor": (
        Experiment(
            "every-outcome",
            "nn.ReLU and the next nn.Linear under finite symmetric laws, dependent units too, exactly",
            "torch.nn.ReLU.forward",
            signal_exact.rectified,
            {
                "weights": ("signs", "mostly zero", "pairwise"),
                "signals": ("signs", "mostly zero", "one number"),
                "seen": False,
            },
        ),
        Experiment(
            "only-two-over-n",
            "random signs of several variances: the second moment is kept at s2 = 2/n alone, exactly",
            _LINEAR,
            signal_exact.only_relu,
            {"widths": (2, 8)},
        ),
        Experiment(
            "gaussian-variance",
            "nn.ReLU of normal numbers: variance 1/2 - 1/(2 pi), about .3408, not 1/2",
            "torch.nn.ReLU.forward",
            signal_drawn.gaussian,
            {"name": "gaussian-variance"},
        ),
        Experiment(
            "next-layer",
            "kaiming_normal_ with its defaults (2/n) behind nn.ReLU: the second moment is kept",
            _KAIMING,
            signal_drawn.next_layer,
            {"name": "next-layer", "law": "kaiming normal, default"},
        ),
        Experiment(
            "matching-the-variance",
            "normal_ at 1/(.3408 n) = 2.934/n, which makes up for the variance: the second moment grows by 1.467",
            "torch.nn.init.normal_",
            signal_drawn.next_layer,
            {"name": "matching-the-variance", "law": "matched"},
        ),
    ),
    "fanout-rule": (
        Experiment(
            "autograd",
            "autograd through nn.Linear under three losses, at every input, exactly",
            _LINEAR,
            signal_back.autograd,
            {"name": "autograd", "part": "gradient", "sizes": ((3, 4), (4, 2), (1, 1), (3, 3))},
        ),
        Experiment(
            "autograd-behind-relu",
            "autograd through nn.Linear and nn.ReLU, with inactive units, exactly",
            "torch.nn.ReLU.forward",
            signal_back.autograd,
            {"name": "autograd-behind-relu", "part": "gradient behind ReLU", "sizes": ((3, 4), (4, 2), (1, 1))},
        ),
        Experiment(
            "difference-quotients",
            "one-sided difference quotients before nn.ReLU, on either side, exactly",
            "torch.nn.ReLU.forward",
            signal_back.quotients,
            {"kink": False},
        ),
        Experiment(
            "every-outcome",
            "finite laws of weights and of the gradient that arrives, apart from each other: autograd's, exactly",
            _LINEAR,
            signal_back.outcomes,
            {
                "weights": ("signs", "skewed", "pairwise"),
                "gradients": ("signs", "shifted", "one number"),
                "before": (1.0, -1.0, 2.0, -2.0),
                "parts": ("mean", "variance", "equal gradients", "behind ReLU"),
                "own": False,
                "seen": False,
            },
        ),
        Experiment(
            "only-one-over-m",
            "random signs of several variances: the gradient keeps its size at 1/m, behind ReLU at 2/m, exactly",
            _LINEAR,
            signal_back.only,
            {"parts": ("only 1/m", "only 2/m")},
        ),
        Experiment(
            "kaiming-fan-out",
            "kaiming_normal_ with mode fan_out: autograd's gradient keeps its variance",
            _KAIMING,
            signal_back.drawn,
            {"name": "kaiming-fan-out", "law": "kaiming normal, fan_out, linear", "part": "equal gradients"},
        ),
        Experiment(
            "kaiming-fan-out-relu",
            "kaiming_uniform_ with mode fan_out and the gain of ReLU, before nn.ReLU",
            "torch.nn.init.kaiming_uniform_",
            signal_back.drawn,
            {"name": "kaiming-fan-out-relu", "law": "kaiming uniform, fan_out, relu", "part": "behind ReLU"},
        ),
    ),
}


def _twins(rows: Sequence[tuple[str, str, str, Mapping[str, object]]]) -> tuple[Twin, ...]:
    """Return twins whose false statement has their name, from (name, change, experiment, options)."""
    return tuple(Twin(name, change, experiment, options, name) for name, change, experiment, options in rows)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "fanin-variance": _twins(
        (
            (
                "weights-see-the-inputs",
                "independence dropped: the weights are the inputs",
                "every-outcome",
                {"weights": ("signs",), "inputs": ("signs",), "paired": True},
            ),
            (
                "nonzero-mean-weights",
                "centred weights dropped: variance and covariance s2 and 0 about a mean that is not 0",
                "every-outcome",
                {"weights": ("shifted",)},
            ),
            (
                "correlated-weights",
                "uncorrelated weights dropped: all weights of the unit equal",
                "every-outcome",
                {"weights": ("one number",), "inputs": ("one number",)},
            ),
            (
                "variance-of-the-inputs",
                "n s2 Var x also for inputs with a mean",
                "every-outcome",
                {"inputs": ("shifted",), "parts": ("centred inputs",), "any mean": True},
            ),
            (
                "one-draw-of-weights",
                "the variance over the inputs alone, at each draw of the weights",
                "every-outcome",
                {"weights": ("mostly zero",), "inputs": ("signs",), "parts": ("equal inputs",), "one unit": True},
            ),
            ("fan-out", "the variance is kept at 1/m, m the units of the layer", "only-one-over-n", {}),
            ("deviation-one-over-n", "the variance is kept at deviation (not variance) 1/n", "only-one-over-n", {}),
            ("one-over-root-n", "the variance is kept at s2 = 1/sqrt(n)", "only-one-over-n", {}),
        )
    ),
    "relu-factor": _twins(
        (
            (
                "weights-see-the-signal",
                "independence dropped: weights 2 or -2 where the unit is positive, else 0",
                "every-outcome",
                {"weights": ("signs",), "signals": ("signs",), "seen": True},
            ),
            (
                "correlated-weights",
                "uncorrelated weights dropped: all weights of the unit equal",
                "every-outcome",
                {"weights": ("one number",)},
            ),
            (
                "centred-only",
                "the symmetry dropped: centred pre-activations 3 or -1",
                "every-outcome",
                {"signals": ("skewed",)},
            ),
            ("variance-halves", "ReLU halves the variance, not the second moment", "gaussian-variance", {}),
            (
                "mean-forgotten",
                "s2 sum Var relu(a_k) in the next layer, as if relu(a) were centred",
                "matching-the-variance",
                {},
            ),
            (
                "variance-matching",
                "the signal is kept where n s2 Var relu(a) = E a^2 (factor 2.934 for normal numbers)",
                "only-two-over-n",
                {"widths": (2,)},
            ),
            ("factor-one", "the signal is kept at 1/n, as without ReLU", "only-two-over-n", {}),
            ("factor-four", "the signal is kept at 4/n", "only-two-over-n", {}),
        )
    ),
    "fanout-rule": _twins(
        (
            (
                "weights-in-the-gradient",
                "independence dropped: the gradient of |a|^2 / 2 is the output, computed with these weights",
                "every-outcome",
                {"own": True, "parts": ("mean",)},
            ),
            (
                "nonzero-mean-weights",
                "centred weights dropped: variance and covariance s2 and 0 about a mean that is not 0",
                "every-outcome",
                {"weights": ("shifted",)},
            ),
            (
                "correlated-weights",
                "uncorrelated weights dropped: all weights of the input equal",
                "every-outcome",
                {"weights": ("one number",), "gradients": ("one number",)},
            ),
            ("counts-the-inputs", "n s2 g2 in place of m s2 g2", "kaiming-fan-out", {}),
            ("fan-in", "the gradient is kept at s2 = 1/n", "only-one-over-m", {"parts": ("only 1/m",)}),
            (
                "rows-for-columns",
                "row i of the weights in place of column i",
                "autograd",
                {"sizes": ((3, 3),)},
            ),
            ("mask-forgotten", "ReLU lets every gradient pass", "autograd-behind-relu", {}),
            (
                "at-the-kink",
                "the derivative [0 < u] also at u = 0, where PyTorch's convention says 0",
                "difference-quotients",
                {"kink": True},
            ),
            (
                "ties-allowed",
                "half of the gradients pass, though u = 0 half of the time",
                "every-outcome",
                {"before": (2.0, 0.0, 0.0, -2.0), "parts": ("behind ReLU",)},
            ),
            (
                "skewed-units",
                "half of the gradients pass, though u > 0 with probability 1/4",
                "every-outcome",
                {"before": (3.0, -1.0, -1.0, -1.0), "parts": ("behind ReLU",)},
            ),
            (
                "mask-sees-the-gradient",
                "half of the variance passes, though the gradient is 2 where u > 0 and 0 elsewhere",
                "every-outcome",
                {"before": (1.0, -1.0), "parts": ("behind ReLU",), "seen": True},
            ),
            ("no-half", "s2 sum E g^2 also before ReLU", "kaiming-fan-out-relu", {}),
            ("factor-one", "before ReLU the gradient is kept at 1/m", "only-one-over-m", {"parts": ("only 2/m",)}),
        )
    ),
}
