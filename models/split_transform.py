"""Bottlenecks of three convolutions: plain, split into branches whose outputs are added, and the same in groups."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu


def check_sizes(**sizes: int) -> None:
    """Raise TypeError or ValueError unless every size is a positive integer."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name}: expected an integer, got {size!r}")
        if size < 1:
            raise ValueError(f"{name}: expected a positive integer, got {size!r}")


def check_kernel(kernel: int) -> None:
    """Raise unless the kernel size is odd and positive: only then does padding keep height and width."""
    check_sizes(kernel=kernel)
    if kernel % 2 == 0:
        raise ValueError(f"kernel: expected an odd size, got {kernel!r}")


class Bottleneck(nn.Module):
    """Convolutions 1x1, kxk, 1x1 with biases and stride 1, each followed by ReLU.

    With C channels outside and w within the weights have the shapes (w, C, 1, 1), (w, w, k, k), (C, w, 1, 1), the
    biases (w,), (w,), (C,). Input and output (..., C, H, W); the kxk convolution is padded by k // 2 and keeps H and W.
    Raises ValueError or TypeError unless channels and width are positive integers and the kernel is an odd one.
    """

    def __init__(
        self, channels: int = 256, width: int = 128, kernel: int = 3, *, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        check_sizes(channels=channels, width=width)
        check_kernel(kernel)
        self.channels, self.width, self.kernel = channels, width, kernel
        self.conv1 = nn.Conv2d(channels, width, 1, dtype=dtype)
        self.conv2 = nn.Conv2d(width, width, kernel, padding=kernel // 2, dtype=dtype)
        self.conv3 = nn.Conv2d(width, channels, 1, dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., C, H, W) to (..., C, H, W)."""
        for conv in (self.conv1, self.conv2, self.conv3):
            x = relu(conv(x))
        return x


class SplitTransformMerge(nn.Module):
    """The sum of B bottlenecks of their own, each of v channels within; no ReLU follows the sum.

    The branches stand in an `nn.ModuleList`, which registers their parameters; a Python list would register none.
    Input and output (..., C, H, W). The defaults are 32 branches of 256-4-4-256 channels.
    Raises ValueError or TypeError for sizes that `Bottleneck` refuses, and unless there is a branch.
    """

    def __init__(
        self,
        channels: int = 256,
        width: int = 4,
        branches: int = 32,
        kernel: int = 3,
        *,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        check_sizes(branches=branches)
        self.channels, self.width, self.kernel = channels, width, kernel
        self.branches = nn.ModuleList(Bottleneck(channels, width, kernel, dtype=dtype) for _ in range(branches))

    def branch(self, index: int) -> Bottleneck:
        """Return branch `index` (0 is the first)."""
        found = self.branches[index]
        if not isinstance(found, Bottleneck):
            raise TypeError(f"branch {index} is a {type(found).__name__}, expected Bottleneck")
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., C, H, W) to (..., C, H, W): the branches' outputs, added in order."""
        first, *others = self.branches
        out: Tensor = first(x)
        for branch in others:
            out = out + branch(x)
        return out


class GroupedSplitTransformMerge(nn.Module):
    """The same function as `SplitTransformMerge` by three convolutions, the last two in B groups.

    Channels C -> B v -> B v -> B C, each with biases and ReLU, then the sum of the B blocks of C channels. The weights
    have the shapes (B v, C, 1, 1), (B v, v, k, k), (B C, v, 1, 1): row blocks of them are the branches' weights.
    Input and output (..., C, H, W) with one leading axis or none, as `nn.Conv2d` takes it.
    Raises ValueError or TypeError for sizes that `SplitTransformMerge` refuses.
    """

    def __init__(
        self,
        channels: int = 256,
        width: int = 4,
        branches: int = 32,
        kernel: int = 3,
        *,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        check_sizes(channels=channels, width=width, branches=branches)
        check_kernel(kernel)
        self.channels, self.width, self.count, self.kernel = channels, width, branches, kernel
        inner = branches * width
        self.conv1 = nn.Conv2d(channels, inner, 1, dtype=dtype)
        self.conv2 = nn.Conv2d(inner, inner, kernel, padding=kernel // 2, groups=branches, dtype=dtype)
        self.conv3 = nn.Conv2d(inner, branches * channels, 1, groups=branches, dtype=dtype)

    @classmethod
    @torch.no_grad()
    def from_branches(cls, split: SplitTransformMerge) -> GroupedSplitTransformMerge:
        """Return the grouped form with the parameters of `split`, copied block by block."""
        count = len(split.branches)
        dtype = split.branch(0).conv1.weight.dtype
        grouped = cls(split.channels, split.width, count, split.kernel, dtype=dtype)
        for name, parameter in grouped.named_parameters():
            blocks: list[Tensor] = [split.branch(index).get_parameter(name) for index in range(count)]
            parameter.copy_(torch.cat(blocks))
        return grouped

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) or (C, H, W) to the same shape."""
        for conv in (self.conv1, self.conv2, self.conv3):
            x = relu(conv(x))
        blocks = x.reshape(*x.shape[:-3], self.count, self.channels, *x.shape[-2:])
        return blocks.sum(-4)


def trainable(module: nn.Module) -> int:
    """Return the number of trainable parameters that the module has registered."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
