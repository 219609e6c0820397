"""A small residual network for images of one channel: one residual block between a strided convolution and a mean.

Reference: He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2016), figure 2.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .split_transform import check_sizes

_NAMES = ("kernel", "weight", "bias")


def _norm(
    channels: int,
    height: int,
    width: int,
    layer: bool,
    device: torch.device | str | None,
    dtype: torch.dtype | None,
) -> nn.BatchNorm2d | nn.LayerNorm:
    """Return the normalisation of maps (C, H, W): for each channel over the batch, or for each example over all."""
    if not layer:
        return nn.BatchNorm2d(channels, device=device, dtype=dtype)
    if channels * height * width == 1:
        raise ValueError(
            "use_layernorm: found maps of one channel, 1x1, expected at least two values an example: "
            "one value less its own mean is 0, whatever the input"
        )
    return nn.LayerNorm([channels, height, width], device=device, dtype=dtype)


def _check_input(x: Tensor, shape: tuple[int, int, int]) -> None:
    if x.ndim != 4 or tuple(x.shape[1:]) != shape:
        raise ValueError(f"x: found shape {tuple(x.shape)}, expected (N, {', '.join(map(str, shape))})")


def _check_batch(x: Tensor, norm: nn.Module, height: int, width: int) -> None:
    """Refuse a batch in training mode that leaves batch normalisation one value a channel."""
    if norm.training and isinstance(norm, nn.BatchNorm2d) and x.shape[0] * height * width == 1:
        raise ValueError(
            "x: found one example whose maps are 1x1, expected at least two values a channel: batch normalisation in "
            "training mode subtracts the mean of the batch"
        )


@torch.no_grad()
def _set(found: Mapping[str, tuple[Tensor, Tensor]]) -> None:
    """Copy values into parameters, given as name: (parameter, value); all shapes are looked at first."""
    for name, (parameter, value) in found.items():
        if value.shape != parameter.shape:
            raise ValueError(f"{name}: found shape {tuple(value.shape)}, expected {tuple(parameter.shape)}")
    for parameter, value in found.values():
        parameter.copy_(value)


class Block(nn.Module):
    """act(x + f(x)) with f: convolution 3x3, normalisation, act, convolution 3x3, normalisation.

    The convolutions keep height and width (stride 1, padding 1) and have no bias. Input and output (N, C, H, W).
    Parameters: kernels (C, C, 3, 3) twice; weights and biases of the normalisations (C,) each, or (C, H, W) with
    layer normalisation.

    Args:
        num_channels, height, width: C, H and W of the input.
        use_silu: SiLU in both places of ReLU.
        use_layernorm: `nn.LayerNorm` over [C, H, W] in both places of `nn.BatchNorm2d`.
        device, dtype: of the parameters.

    Raises:
        ValueError, TypeError: sizes that are no positive integers, or layer normalisation of a single value.
    """

    def __init__(
        self,
        num_channels: int,
        height: int,
        width: int,
        use_silu: bool = False,
        use_layernorm: bool = False,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        check_sizes(num_channels=num_channels, height=height, width=width)
        self.shape = (num_channels, height, width)
        c = num_channels
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False, device=device, dtype=dtype)
        self.norm1 = _norm(c, height, width, use_layernorm, device, dtype)
        self.activation: nn.Module = nn.SiLU() if use_silu else nn.ReLU()
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False, device=device, dtype=dtype)
        self.norm2 = _norm(c, height, width, use_layernorm, device, dtype)

    def set_param(
        self,
        kernel_1: Tensor,
        norm1_weight: Tensor,
        norm1_bias: Tensor,
        kernel_2: Tensor,
        norm2_weight: Tensor,
        norm2_bias: Tensor,
    ) -> None:
        """Copy values into the parameters, of the shapes that the class states.

        Raises:
            ValueError: a wrong shape; then nothing is copied.
        """
        _set(self._pairs(kernel_1, norm1_weight, norm1_bias, kernel_2, norm2_weight, norm2_bias))

    def _pairs(self, *values: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        names = [f"{name}_{n}" if name == "kernel" else f"norm{n}_{name}" for n in (1, 2) for name in _NAMES]
        parameters = [
            parameter
            for conv, norm in ((self.conv1, self.norm1), (self.conv2, self.norm2))
            for parameter in (conv.weight, norm.weight, norm.bias)
        ]
        return dict(zip(names, zip(parameters, values, strict=True), strict=True))

    def branch(self, x: Tensor) -> Tensor:
        """Return f(x), of the shape (N, C, H, W) of x."""
        hidden: Tensor = self.activation(self.norm1(self.conv1(x)))
        out: Tensor = self.norm2(self.conv2(hidden))
        return out

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape.

        Raises:
            ValueError: another shape, or in training mode one value a channel for batch normalisation.
        """
        _check_input(x, self.shape)
        _check_batch(x, self.norm1, *self.shape[1:])
        out: Tensor = self.activation(x + self.branch(x))
        return out

    def extra_repr(self) -> str:
        """Tell the shape of an example."""
        return f"shape={self.shape}"


class ResNet(nn.Module):
    """Convolution 3x3 of stride 2, normalisation, act, max pooling 2x2, `Block`, mean over each channel, linear map.

    The first convolution (padding 1, no bias) makes maps of (H+1)//2 by (W+1)//2, pooling halves them, rounding down.
    Input (N, 1, H, W), output (N, num_classes). Parameters beside the block's: kernel (C, 1, 3, 3), weight and bias of
    the normalisation (C,) or (C, (H+1)//2, (W+1)//2), linear map (num_classes, C) and (num_classes,).

    Args:
        num_channels: C.
        height, width: of the images; at least 3, so that pooling leaves something.
        use_silu: SiLU in every place of ReLU.
        use_layernorm: `nn.LayerNorm` over channels, height and width in every place of `nn.BatchNorm2d`.
        num_classes: outputs.
        device, dtype: of the parameters.

    Raises:
        ValueError, TypeError: sizes that are no positive integers or too small.
    """

    def __init__(
        self,
        num_channels: int,
        height: int,
        width: int,
        use_silu: bool = False,
        use_layernorm: bool = False,
        num_classes: int = 10,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        check_sizes(num_channels=num_channels, height=height, width=width, num_classes=num_classes)
        for name, size in (("height", height), ("width", width)):
            if size < 3:
                raise ValueError(f"{name}: found {size}, expected at least 3: stride 2 and pooling leave no map of it")
        self.shape = (1, height, width)
        rows, columns = (height + 1) // 2, (width + 1) // 2
        self.conv0 = nn.Conv2d(1, num_channels, 3, stride=2, padding=1, bias=False, device=device, dtype=dtype)
        self.norm0 = _norm(num_channels, rows, columns, use_layernorm, device, dtype)
        self.activation: nn.Module = nn.SiLU() if use_silu else nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.block = Block(
            num_channels, rows // 2, columns // 2, use_silu, use_layernorm, device=device, dtype=dtype
        )
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(num_channels, num_classes, device=device, dtype=dtype)

    def set_param(
        self,
        kernel_0: Tensor,
        norm0_weight: Tensor,
        norm0_bias: Tensor,
        kernel_1: Tensor,
        norm1_weight: Tensor,
        norm1_bias: Tensor,
        kernel_2: Tensor,
        norm2_weight: Tensor,
        norm2_bias: Tensor,
        fc_weight: Tensor,
        fc_bias: Tensor,
    ) -> None:
        """Copy values into the parameters, of the shapes that the classes state.

        Raises:
                ValueError: a wrong shape; then nothing is copied.
        """
        found = {
            "kernel_0": (self.conv0.weight, kernel_0),
            "norm0_weight": (self.norm0.weight, norm0_weight),
            "norm0_bias": (self.norm0.bias, norm0_bias),
            **self.block._pairs(kernel_1, norm1_weight, norm1_bias, kernel_2, norm2_weight, norm2_bias),
            "fc_weight": (self.linear.weight, fc_weight),
            "fc_bias": (self.linear.bias, fc_bias),
        }
        _set(found)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 1, H, W) to logits (N, num_classes).

        Raises:
            ValueError: another shape, or in training mode one value a channel for batch normalisation.
        """
        _check_input(x, self.shape)
        maps: Tensor = self.pool(self.activation(self.norm0(self.conv0(x))))
        out: Tensor = self.linear(self.mean(self.block(maps)).flatten(1))
        return out

    def extra_repr(self) -> str:
        """Tell the shape of an example."""
        return f"shape={self.shape}"
