"""Check of a gradient: all coordinates in one batch, and a screen along 8 directions, against torch's gradcheck (P14).

A 400-dimensional tanh network in float64. All: central differences in every coordinate, vectorised, against
`torch.autograd.gradcheck`; goal 10 times as fast. Screen: 8 random directions against gradcheck's fast mode; goal at
most 0.7 of its time. Both sides take turns in one process; medians. Then one coordinate of the formula is made wrong,
the screen must see it and the batch must name it.

python benchmarks/gradient_check.py [--quick]
"""

from __future__ import annotations

import argparse

import torch
from _turns import alternate

from twinproof.check.gradients import all_coordinates, screen
from twinproof.numerics.harness.streams import Stream

N, HIDDEN = 400, 64
GOAL_ALL, GOAL_SCREEN = 10.0, 0.7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = (3, 21) if parser.parse_args().quick else (7, 101)
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(0)
    W = torch.randn(HIDDEN, N, generator=draw, dtype=torch.float64) / N**0.5
    v = torch.randn(HIDDEN, generator=draw, dtype=torch.float64)
    x = torch.randn(N, generator=draw, dtype=torch.float64)

    def net(z: torch.Tensor) -> torch.Tensor:
        return torch.tanh(W @ z) @ v

    def formula(z: torch.Tensor) -> torch.Tensor:
        return W.T @ (v * (1 - torch.tanh(W @ z) ** 2))

    leaf = x.clone().requires_grad_()
    stream = Stream(0)

    def full() -> None:
        claimed = formula(x)
        found = all_coordinates(net, claimed, x)
        if bool(((found.slopes - claimed).abs() > 16 * found.errors).any()):
            raise RuntimeError("the right formula was refused")

    def quick() -> None:
        slopes, found = screen(net, formula(x), x, stream)
        if bool(((found.slopes - slopes).abs() > 16 * found.errors).any()):
            raise RuntimeError("the right formula was refused")

    ours, theirs = alternate(full, lambda: torch.autograd.gradcheck(net, (leaf,)), rounds[0])
    ratio = theirs / ours
    print(
        f"all {N} coordinates   {1e3 * ours:8.2f} ms, gradcheck {1e3 * theirs:8.2f} ms: {ratio:.1f}x (goal {GOAL_ALL}x)"
    )
    fast, fast_theirs = alternate(quick, lambda: torch.autograd.gradcheck(net, (leaf,), fast_mode=True), rounds[1])
    share = fast / fast_theirs
    print(
        f"8 directions          {1e3 * fast:8.3f} ms, fast mode {1e3 * fast_theirs:8.3f} ms: "
        f"{share:.2f} (goal {GOAL_SCREEN})"
    )

    wrong = formula(x)
    wrong[137] *= 1.001
    slopes, found = screen(net, wrong, x, stream)
    seen = bool(((found.slopes - slopes).abs() > 16 * found.errors).any())
    every = all_coordinates(net, wrong, x)
    named = torch.nonzero((every.slopes - wrong).abs() > 16 * every.errors).flatten().tolist()
    print(f"coordinate 137 off by 0.1 %: screen {'sees it' if seen else 'MISSES IT'}, named {named}")
    if ratio < GOAL_ALL or share > GOAL_SCREEN or not seen or named != [137]:
        raise SystemExit("goal missed")


if __name__ == "__main__":
    main()
