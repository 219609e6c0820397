"""Bottlenecks of three convolutions: plain, split into branches whose outputs are added, and the same in groups."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu


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
    biases (w,), (w,), (C,). Input and output (N, C, H, W) or (C, H, W), as `nn.Conv2d` takes it; the kxk convolution is
    padded by k // 2 and keeps H and W.
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
        """Map (N, C, H, W) or (C, H, W) to the same shape."""
        for conv in (self.conv1, self.conv2, self.conv3):
            x = relu(conv(x))
        return x


class SplitTransformMerge(nn.Module):
    """The sum of B bottlenecks of their own, each of v channels within; no ReLU follows the sum.

    The branches stand in an `nn.ModuleList`, which registers their parameters; a Python list would register none.
    Input and output (N, C, H, W) or (C, H, W), as `nn.Conv2d` takes it. The defaults are 32 branches of 256-4-4-256
    channels.
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
        """Return branch `index` (0 is the first; negative counts from the last). Raises IndexError if there is none."""
        if isinstance(index, bool) or not isinstance(index, int):
            raise TypeError(f"index: found {index!r}, expected an integer")
        count = len(self.branches)
        if not -count <= index < count:
            raise IndexError(f"index: found {index}, expected {-count} to {count - 1} with {count} branches")
        found = self.branches[index]
        if not isinstance(found, Bottleneck):
            raise TypeError(f"branch {index} is a {type(found).__name__}, expected Bottleneck")
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) or (C, H, W) to the same shape: the branches' outputs, added in order."""
        first, *others = self.branches
        out: Tensor = first(x)
        for branch in others:
            out = out + branch(x)
        return out


class _SumOfBranches(torch.autograd.Function):
    """sum_k relu(rows[k] @ weights[k]), (n, C), for rows (B, n, v) and weights (B, v, C), one branch at a time.

    All branches at once are B times the output in memory, which takes longer to write and to read than to compute. Here
    one branch's (n, C) is overwritten by the next one's, and computed again for the gradient.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(rows, weights)
        out = rows.new_zeros(rows.shape[1], weights.shape[2])
        branch = torch.empty_like(out)
        for row, weight in zip(rows, weights, strict=True):
            out += torch.mm(row, weight, out=branch).relu_()
        return out

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        rows, weights = ctx.saved_tensors
        if torch.is_grad_enabled():  # asked for a graph of this, for second derivatives: by operations that leave one
            masked = gradient * (rows @ weights > 0)
            return masked @ weights.mT, rows.mT @ masked
        of_rows, of_weights = torch.empty_like(rows), torch.empty_like(weights)
        gradient = gradient.contiguous()
        branch, passed = torch.empty_like(gradient), torch.empty_like(gradient)
        for row, weight, of_row, of_weight in zip(rows, weights, of_rows, of_weights, strict=True):
            torch.mm(row, weight, out=branch)
            torch.ops.aten.threshold_backward.grad_input(gradient, branch, 0, grad_input=passed)  # what ReLU calls
            torch.mm(passed, weight.mT, out=of_row)
            torch.mm(row.mT, passed, out=of_weight)
        return of_rows, of_weights


class GroupedSplitTransformMerge(nn.Module):
    """The same function as `SplitTransformMerge` with its parameters in three convolutions, the last two in B groups.

    Channels C -> B v -> B v -> B C, each with biases and ReLU, then the sum of the B blocks of C channels. The last
    convolution is computed block by block and added up, so that the B C channels never stand in memory together (its
    module holds the parameters and is not called). The weights have the shapes (B v, C, 1, 1), (B v, v, k, k),
    (B C, v, 1, 1): row blocks of them are the branches' weights.
    Input and output (N, C, H, W) or (C, H, W), as `nn.Conv2d` takes it.
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
        """Return the grouped form with the parameters of `split`, copied block by block.

        Raises TypeError unless `split` is a `SplitTransformMerge`.
        """
        if not isinstance(split, SplitTransformMerge):
            raise TypeError(f"split: found {type(split).__name__}, expected SplitTransformMerge")
        count = len(split.branches)
        dtype = split.branch(0).conv1.weight.dtype
        grouped = cls(split.channels, split.width, count, split.kernel, dtype=dtype)
        for name, parameter in grouped.named_parameters():
            blocks: list[Tensor] = [split.branch(index).get_parameter(name) for index in range(count)]
            parameter.copy_(torch.cat(blocks))
        return grouped

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) or (C, H, W) to the same shape."""
        hidden = relu(self.conv2(relu(self.conv1(x)))).movedim(-3, -1)
        rows = hidden.reshape(-1, self.count, self.width).transpose(0, 1)
        blocks = self.conv3.weight.reshape(self.count, self.channels, self.width).mT
        biases = self.conv3.get_parameter("bias").reshape(self.count, 1, self.channels)  # of a last row of ones
        augmented = pad(rows, (0, 1), value=1.0), torch.cat([blocks, biases], dim=1)
        out: Tensor = _SumOfBranches.apply(*augmented)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return out.reshape(*hidden.shape[:-1], self.channels).movedim(-1, -3)


def trainable(module: nn.Module) -> int:
    """Return the number of trainable parameters that the module has registered."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
