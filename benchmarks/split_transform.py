"""Forward and backward of the split-transform-merge layer in groups, against 32 branches in a ModuleList (P9).

Batch 8 of 14x14 in float32; goals: 10 times as fast, at most 1.4 times the time of the bare convolutions with the same
products, and outputs equal to 1e-6. How much of the time the first two convolutions take alone is printed as well: what
could be gained if the last one and the sum cost nothing.

python benchmarks/split_transform.py [--quick]
"""

from __future__ import annotations

import argparse

import torch
from _turns import alternate
from torch.nn.functional import relu

from twinproof.models.split_transform import GroupedSplitTransformMerge, SplitTransformMerge

GOAL, FLOOR, APART = 10.0, 1.4, 1e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 3 if parser.parse_args().quick else 11
    torch.set_num_threads(1)
    torch.manual_seed(0)
    split = SplitTransformMerge()
    grouped = GroupedSplitTransformMerge.from_branches(split).to(memory_format=torch.channels_last)
    x = torch.randn(8, 256, 14, 14)
    last = x.to(memory_format=torch.channels_last)
    rows, inner = x.permute(0, 2, 3, 1).reshape(-1, 256), 128
    first, middle, third = torch.randn(256, inner), torch.randn(32, 36, 4), torch.randn(32, 4, 256)

    def floor() -> None:
        """The same products, forward and twice for the backward pass, and nothing else."""
        for _ in range(3):
            hidden = rows @ first
            blocks = hidden.reshape(-1, 32, 4).permute(1, 0, 2).contiguous()
            torch.bmm(blocks.repeat(1, 1, 9), middle)
            torch.bmm(blocks, third)

    def most() -> None:
        """The two convolutions before the last, forward and backward."""
        relu(grouped.conv2(relu(grouped.conv1(last)))).sum().backward()

    fast, slow = alternate(lambda: grouped(last).sum().backward(), lambda: split(x).sum().backward(), rounds)
    least, against = alternate(most, lambda: split(x).sum().backward(), rounds)
    again, bare = alternate(lambda: grouped(last).sum().backward(), floor, rounds)
    with torch.no_grad():
        apart = float((grouped(last) - split(x)).abs().max() / split(x).abs().max())
    print(
        f"grouped {1e3 * fast:7.1f} ms, branches {1e3 * slow:7.1f} ms: {slow / fast:.1f}x (goal {GOAL}x); "
        f"{again / bare:.2f} of the bare products (goal {FLOOR}); outputs differ by {apart:.1e} (goal {APART})"
    )
    print(f"without the last convolutions {1e3 * least:7.1f} ms: {against / least:.1f}x at most on this machine")
    if slow / fast < GOAL or again / bare > FLOOR or apart > APART:
        raise SystemExit("goal missed")


if __name__ == "__main__":
    main()
