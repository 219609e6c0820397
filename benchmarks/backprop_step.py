"""Steps of backpropagation by hand in NumPy, 784-256-128-64-10 in batches of 128, against torch's (P10).

The same weights, batches and step on both sides, in float32, on one thread; goal: at most 0.85 of torch's time, and the
same weights after the first epoch. Later ones drive them apart: a ReLU that switches turns a rounding error into more.

python benchmarks/backprop_step.py [--quick]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from _turns import alternate

from twinproof.models.backprop import Network
from twinproof.models.minibatches import train_epoch
from twinproof.models.mlp import MLP, set_layer

GOAL, APART = 0.85, 1e-5
WIDTHS, BATCH, STEP = (784, 256, 128, 64, 10), 128, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 5 if parser.parse_args().quick else 31
    torch.set_num_threads(1)
    draw = np.random.default_rng(0)
    x = draw.random((20 * BATCH, WIDTHS[0]), dtype=np.float32)
    y = draw.integers(0, WIDTHS[-1], len(x))
    by_hand = Network(WIDTHS, "relu", generator=draw, dtype=np.float32)
    live = MLP(WIDTHS, "relu", dtype=torch.float32)
    for l in range(live.depth):
        set_layer(live.linear(l), torch.from_numpy(by_hand.weights[l]), torch.from_numpy(by_hand.biases[l]))
    optimizer = torch.optim.SGD(live.parameters(), lr=STEP, fused=True)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)

    def theirs() -> None:
        train_epoch(
            live,
            inputs,
            labels,
            loss=torch.nn.functional.cross_entropy,
            optimizer=optimizer,
            batch_size=BATCH,
            generator=None,
        )

    def ours() -> None:
        by_hand.train_epoch(x, y, step=STEP, batch=BATCH)

    ours()
    theirs()
    pairs = zip(by_hand.weights, (live.linear(l).weight for l in range(live.depth)), strict=True)
    apart = max(float(np.abs(weight - parameter.detach().numpy()).max()) for weight, parameter in pairs)
    fast, slow = alternate(ours, theirs, rounds)
    print(
        f"a step {1e3 * fast / 20:6.3f} ms, torch {1e3 * slow / 20:6.3f} ms: {fast / slow:.2f} of its time "
        f"(goal {GOAL}); weights differ by {apart:.1e} (goal {APART})"
    )
    if fast / slow > GOAL or apart > APART:
        raise SystemExit("goal missed")


if __name__ == "__main__":
    main()
