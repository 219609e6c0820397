"""The parts of the residual net, shown on their own: the block, and the whole net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import conv2d, cross_entropy, max_pool2d

from ...models.resnet import Block, ResNet
from ...models.split_transform import trainable
from ..comparison import gamma
from ..harness.experiment import Twin
from ..harness.streams import Stream
from ..normalization_live import Moments, bias_gradient_error, rows
from .digits import torch_digits
from .drawing import INK, PALETTE, grid
from .resnet_digits import COMBINATIONS
from .study import Arrays, Expectation, Key, Results, Settings, Study, measurements

CHANNELS, SIDE = 16, 8
SILU_MINIMUM = -0.2784645427610738
"""The least value of z / (1 + exp(-z))."""

ENDS = ("act(x + f)", "x + f", "x + act(f)")
"""How a block can end; the first is the source's."""

AGREE = 1e-12
"""Relatively: what float64 leaves of some hundred additions in two orders."""


def _keys(settings: Settings) -> list[Key]:
    return list(COMBINATIONS)


def _randomised(module: nn.Module, stream: Stream) -> None:
    """Draw all parameters anew, so that no weight of a normalisation is 1 and no bias 0."""
    generator = stream.torch()
    with torch.no_grad():
        for parameter in module.parameters():
            size = 1.0 if parameter.ndim in (1, 3) else parameter[0].numel() ** -0.5
            parameter.copy_(size * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))


def _normalised(x: Tensor, norm: nn.Module) -> Tensor:
    """Normalise by hand as in training mode: over batch and places for each channel, or over an example."""
    batch = isinstance(norm, nn.BatchNorm2d)
    axes = (0, 2, 3) if batch else (1, 2, 3)
    centred = x - x.mean(axes, keepdim=True)
    scaled = centred / (centred.square().mean(axes, keepdim=True) + 1e-5).sqrt()
    weight, bias = cast("Tensor", norm.weight), cast("Tensor", norm.bias)
    return scaled * weight[:, None, None] + bias[:, None, None] if batch else scaled * weight + bias


def _act(z: Tensor, activation: str) -> Tensor:
    return z * torch.sigmoid(z) if activation == "SiLU" else z.clamp(min=0.0)


def _block_by_hand(block: Block, x: Tensor, activation: str, ends: str = "act(x + f)") -> Tensor:
    hidden = _act(_normalised(conv2d(x, block.conv1.weight, padding=1), block.norm1), activation)
    f = _normalised(conv2d(hidden, block.conv2.weight, padding=1), block.norm2)
    if ends == "x + f":
        return x + f
    return x + _act(f, activation) if ends == "x + act(f)" else _act(x + f, activation)


def _apart(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest expected value."""
    return float((found - expected).abs().max() / expected.abs().max())


def _highest(results: Results, name: str) -> float:
    return max(float(arrays[name]) for arrays in results.values())


def _listed(counts: Mapping[str, int]) -> str:
    return " and ".join(f"{count:,} with {norm}" for norm, count in counts.items())


def _by_combination(results: Results, name: str) -> dict[str, float]:
    return {", ".join(map(str, key)): float(arrays[name]) for key, arrays in results.items()}


# --- the block


@torch.no_grad()
def _run_block(settings: Settings, key: Key, stream: Stream) -> Arrays:
    activation, norm = str(key[0]), str(key[1])
    side, channels = settings["side"], settings["channels"]
    if settings["ends"] not in ENDS:
        raise ValueError(f"ends: found {settings['ends']!r}, expected one of {', '.join(ENDS)}")
    block = Block(channels, side, side, activation == "SiLU", norm == "LayerNorm", dtype=torch.float64)
    _randomised(block, stream.spawn("weights"))
    shape = (settings["batch"], channels, side, side)
    x = 2.0 * torch.randn(shape, generator=stream.spawn("input").torch(), dtype=torch.float64)
    out = block(x)
    by_hand = _block_by_hand(block, x, activation, settings["ends"])
    block.norm2.weight.zero_()
    block.norm2.bias.zero_()
    return {
        "x": x.flatten().numpy(),
        "out": out.flatten().numpy(),
        "same shape": np.array(out.shape == x.shape),
        "apart": np.array(_apart(out, by_hand)),
        "silenced apart": np.array(_apart(block(x), _act(x, activation))),
        "parameters": np.array(trainable(block)),
    }


def _expect_block(settings: Settings, results: Results) -> Sequence[Expectation]:
    c, places = settings["channels"], settings["side"] ** 2
    formula = {"BatchNorm2d": 18 * c**2 + 4 * c, "LayerNorm": 18 * c**2 + 4 * c * places}
    counted = {key: int(arrays["parameters"]) for key, arrays in results.items()}
    least = {key: float(arrays["out"].min()) for key, arrays in results.items()}
    bound = {"ReLU": 0.0, "SiLU": SILU_MINIMUM - 1e-12}
    return (
        Expectation(
            "by-hand",
            f"the block keeps the shape and is act(x + f(x)) as written out by hand, relatively to {AGREE:g}",
            all(bool(arrays["same shape"]) for arrays in results.values()) and _highest(results, "apart") <= AGREE,
            _by_combination(results, "apart"),
        ),
        Expectation(
            "least-value",
            "no output is below the activation's minimum, 0 for ReLU and -0.2785 for SiLU",
            all(value >= bound[str(key[0])] for key, value in least.items()),
            {", ".join(map(str, key)): value for key, value in least.items()},
        ),
        Expectation(
            "skip",
            "with weight and bias of the second normalisation 0 the block is act(x): the skip alone",
            _highest(results, "silenced apart") <= AGREE,
            _by_combination(results, "silenced apart"),
        ),
        Expectation(
            "parameters",
            f"18 C^2 + 4 C parameters with BatchNorm2d and 18 C^2 + 4 C H W with LayerNorm: {_listed(formula)}",
            all(count == formula[str(key[1])] for key, count in counted.items()),
            {", ".join(map(str, key)): count for key, count in counted.items()},
        ),
    )


def _figure_block(settings: Settings, results: Results) -> Figure:
    figure, axes = grid(1, len(results), width=9.0, height=2.8, sharex=True, sharey=True)
    line = np.linspace(-6, 6, 200)
    for panel, colour, (key, arrays) in zip(axes, PALETTE, results.items(), strict=False):
        panel.plot(arrays["x"], arrays["out"], ".", color=colour, markersize=2, label="output")
        panel.plot(line, _act(torch.from_numpy(line), str(key[0])).numpy(), color=INK, label="skip alone")
        panel.set_title(", ".join(map(str, key)), fontsize=8)
        panel.set_xlabel("input x")
    axes[0].set_ylabel("output at the same place")
    axes[0].legend(fontsize=7, frameon=False)
    return figure


# --- the net


def _run_net(settings: Settings, key: Key, stream: Stream) -> Arrays:
    activation, norm = str(key[0]), str(key[1])
    side = settings["side"]
    net = ResNet(settings["channels"], side, side, activation == "SiLU", norm == "LayerNorm", dtype=torch.float64)
    _randomised(net, stream.spawn("weights"))
    images, labels = torch_digits()[1].tensors
    x, y = images[: settings["batch"]].double(), labels[: settings["batch"]]
    maps = max_pool2d(_act(_normalised(conv2d(x, net.conv0.weight, stride=2, padding=1), net.norm0), activation), 2)
    by_hand = _block_by_hand(net.block, maps, activation).mean((2, 3)) @ net.linear.weight.T + net.linear.bias
    return {
        "apart": np.array(_apart(net(x).detach(), by_hand.detach())),
        "parameters": np.array(trainable(net)),
        "maps": np.array(maps.shape[2:]),
        **_bias_gradients(net, x, y, stream.spawn("biases")),
    }


def _stated(settings: Settings, results: Results) -> dict[Key, Arrays]:
    """The runs of the nets of which the gradients are said to be 0."""
    return {key: arrays for key, arrays in results.items() if settings["biases before"] in (key[1], "both")}


def _bias_gradients(net: ResNet, x: Tensor, y: Tensor, stream: Stream) -> dict[str, Any]:
    """Give each convolution of the live net biases; return autograd's gradients in them, and what rounding may leave.

    The bound is that of batch normalisation, from what the convolution hands over and the gradient that comes back.
    """
    pairs = ((net.conv0, net.norm0), (net.block.conv1, net.block.norm1), (net.block.conv2, net.block.norm2))
    seen: dict[int, tuple[Tensor, Tensor]] = {}
    outputs: dict[int, Tensor] = {}
    handles = []
    for place, (conv, norm) in enumerate(pairs):
        bias = torch.randn(len(conv.weight), generator=stream.spawn(place).torch(), dtype=torch.float64)
        conv.bias = nn.Parameter(bias)

        def keep(module: nn.Module, given: tuple[Tensor, ...], out: Tensor, place: int = place) -> None:
            seen[place] = (given[0].detach(), out.detach())

        def keep_output(module: nn.Module, given: tuple[Tensor, ...], out: Tensor, place: int = place) -> None:
            outputs[place] = out

        handles += [conv.register_forward_hook(keep), norm.register_forward_hook(keep_output)]
    loss = cross_entropy(net(x), y)
    wanted = [cast("Tensor", conv.bias) for conv, _ in pairs] + [conv.weight for conv, _ in pairs]
    found = torch.autograd.grad(loss, [*wanted, *(outputs[place] for place in range(3))])
    bounds = []
    for place, (conv, norm) in enumerate(pairs):
        given, out = seen[place]
        size = conv2d(given.abs(), conv.weight.abs(), cast("Tensor", conv.bias).abs(), conv.stride, conv.padding)
        error = gamma(conv.weight[0].numel() + 3) * rows(size)
        scale = np.ones(len(conv.weight))
        if isinstance(norm, nn.BatchNorm2d):
            scale = norm.weight.detach().numpy()
        bounds.append(bias_gradient_error(Moments.of(rows(out), error), scale, norm.eps, rows(found[6 + place])))
    for handle in handles:
        handle.remove()
    return {
        "bias gradients": np.stack([found[place].numpy() for place in range(3)]),
        "weight gradients": np.stack([found[3 + place].flatten(1).abs().amax(1).numpy() for place in range(3)]),
        "bounds": np.stack(bounds),
    }


def _expect_net(settings: Settings, results: Results) -> Sequence[Expectation]:
    c = settings["channels"]
    first = ((settings["side"] + 1) // 2) ** 2
    then = ((settings["side"] + 1) // 4) ** 2
    outside, kernels = 10 * c + 10, 9 * c + 18 * c**2
    formula = {
        "BatchNorm2d": outside + kernels + 6 * c,
        "LayerNorm": outside + kernels + 2 * c * first + 4 * c * then,
    }
    counted = {", ".join(map(str, key)): int(arrays["parameters"]) for key, arrays in results.items()}
    excess, largest, bound, weights = -np.inf, 0.0, 0.0, np.inf
    for arrays in _stated(settings, results).values():
        gradients = np.abs(arrays["bias gradients"])
        excess = max(excess, float((gradients - arrays["bounds"]).max()))
        largest, bound = max(largest, float(gradients.max())), max(bound, float(arrays["bounds"].max()))
        weights = min(weights, float(np.median(arrays["weight gradients"])))
    return (
        Expectation(
            "parameters",
            f"the live nets have as many parameters as the formulas say: {_listed(formula)}",
            all(int(arrays["parameters"]) == formula[str(key[1])] for key, arrays in results.items()),
            counted,
        ),
        Expectation(
            "by-hand",
            f"in training mode the logits are those of the net written out by hand, relatively to {AGREE:g}",
            _highest(results, "apart") <= AGREE,
            _by_combination(results, "apart"),
        ),
        Expectation(
            "bias-gradient",
            "the loss has gradient 0 in a bias before any of the three normalisations, up to a bound on the rounding",
            excess <= 0,
            {"largest gradient": largest, "largest bound": bound, "median gradient in a kernel": weights},
        ),
    )


def _figure_net(settings: Settings, results: Results) -> Figure:
    figure, axes = grid(1, 2, width=8.0, height=3.6, sharey=True)
    floor = 1e-19
    for panel, norm in zip(axes, ("BatchNorm2d", "LayerNorm"), strict=True):
        shown = [arrays for key, arrays in results.items() if key[1] == norm]
        for shift, (name, marker, label) in enumerate(
            (
                ("weight gradients", "s", "kernels, largest entry a channel"),
                ("bias gradients", "o", "biases"),
                ("bounds", "_", "bound on rounding for biases"),
            )
        ):
            if name == "bounds" and norm == "LayerNorm":
                continue
            for place in range(3):
                values = np.maximum(np.abs(np.concatenate([arrays[name][place] for arrays in shown])), floor)
                at = np.full(len(values), place + 0.25 * (shift - 1))
                told = label if place == 0 else None
                panel.plot(at, values, marker, color=PALETTE[shift], markersize=4, alpha=0.6, label=told)
        panel.set_yscale("log")
        panel.set_xticks(range(3), ["first\nconvolution", "block,\nfirst", "block,\nsecond"])
        panel.set_title(f"before {norm}", fontsize=9)
    axes[0].set_ylabel("size of the loss's gradient")
    figure.legend(*axes[0].get_legend_handles_labels(), fontsize=7, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _discussion_net(settings: Settings, results: Results) -> Sequence[str]:
    shown = list(_stated(settings, results).values())
    layer = [arrays["bias gradients"] for key, arrays in results.items() if key[1] == "LayerNorm"]
    largest = max(float(np.abs(arrays["bias gradients"]).max()) for arrays in shown)
    kernels = min(float(np.median(arrays["weight gradients"])) for arrays in shown)
    told = (
        "Batch normalisation subtracts the mean of each channel over batch and places, and with it any bias that the "
        f"convolution before would add. Given biases all the same, the loss has gradients in them of {largest:.0e} at "
        f"most, which is rounding, where those in the kernels are near {kernels:.0e}. This holds in training mode; in "
        "evaluation mode only as far as the running means have taken the bias in. Layer normalisation over channels "
        "and places subtracts one mean for all channels: there a bias of one channel counts, and gradients are near "
        f"{float(np.median(np.abs(layer))):.0e}."
    )
    return (told,)


_BLOCK: Mapping[str, Any] = {"channels": CHANNELS, "side": 2, "batch": 16, "ends": ENDS[0]}
_NET: Mapping[str, Any] = {"channels": CHANNELS, "side": SIDE, "batch": 16, "biases before": "BatchNorm2d"}

def _twin(name: str, change: str, **options: object) -> Twin:
    return Twin(name, change, "expectations", options)


STUDIES: Mapping[str, Study] = {
    study.id: study
    for study in (
        Study(
            id="resnet-block",
            title="The block of a residual net: a skip around two convolutions and two normalisations",
            sources=(("000", "2a"),),
            settings=_BLOCK,
            quick={},
            subject="twinproof.models.resnet.Block.forward",
            keys=_keys,
            run=_run_block,
            expect=_expect_block,
            figures={"block": _figure_block},
            table=measurements,
            twins=(
                _twin("no-outer-activation", "the block ends with the sum", ends="x + f"),
                _twin("activation-before-the-sum", "the last activation stands before the sum", ends="x + act(f)"),
            ),
        ),
        Study(
            id="resnet-shallow",
            title="A shallow residual net: its parameters, its logits, and why its convolutions need no bias",
            sources=(("000", "2b"), ("000", "2c")),
            settings=_NET,
            quick={},
            subject="twinproof.models.resnet.Block.forward",
            keys=_keys,
            run=_run_net,
            expect=_expect_net,
            figures={"bias-gradients": _figure_net},
            table=measurements,
            discussion=_discussion_net,
            twins=(
                _twin(
                    "layer-norm",
                    "a bias before layer normalisation is redundant as well",
                    **{"biases before": "both"},
                ),
            ),
        ),
    )
}
