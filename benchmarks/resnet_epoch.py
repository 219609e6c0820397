"""An epoch of the residual net on the digits, with its two losses, against a DataLoader loop (P13).

Batches of 16 in the same order and the same optimiser on both sides, and the same losses; goal 1.25 times as fast.
The loop takes its losses in batches of 16 as well. The steps alone are printed for information.

python benchmarks/resnet_epoch.py [--quick]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from _turns import alternate
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from twinproof.models.fitting import fit_and_validate, loss_batch
from twinproof.models.minibatches import batches
from twinproof.models.resnet import ResNet
from twinproof.numerics.studies.digits import torch_digits

GOAL, APART = 1.25, 1e-4
BATCH, STEP = 16, 0.005


def start(fused: bool | None = None) -> tuple[ResNet, torch.optim.Optimizer]:
    torch.manual_seed(0)
    net = ResNet(16, 8, 8)
    return net, torch.optim.SGD(net.parameters(), lr=STEP, fused=fused)


def steps(net: ResNet, optimizer: torch.optim.Optimizer, data: TensorDataset) -> None:
    net.train()
    for inputs, targets in DataLoader(data, batch_size=BATCH):
        optimizer.zero_grad()
        cross_entropy(net(inputs), targets).backward()
        optimizer.step()


@torch.no_grad()
def loss(net: ResNet, data: TensorDataset) -> float:
    net.eval()
    found = [(float(cross_entropy(net(x), y)), len(x)) for x, y in DataLoader(data, batch_size=BATCH)]
    return sum(value * size for value, size in found) / len(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 3 if parser.parse_args().quick else 11
    torch.set_num_threads(1)
    train, val = torch_digits()
    losses: dict[str, list[list[float]]] = {}

    def ours() -> None:
        losses["ours"] = [list(each) for each in fit_and_validate(*start(True), cross_entropy, train, val, 1, BATCH)]

    def theirs() -> None:
        net, optimizer = start()
        found = [[loss(net, data)] for data in (train, val)]
        steps(net, optimizer, train)
        for each, data in zip(found, (train, val), strict=True):
            each.append(loss(net, data))
        losses["theirs"] = found

    mine, loop = start(True), start()

    def our_steps() -> None:
        mine[0].train()
        for x, y in batches(BATCH, None, *train.tensors):
            loss_batch(mine[0], cross_entropy, x, y, mine[1])

    fast, slow = alternate(ours, theirs, rounds)
    our_alone, their_alone = alternate(our_steps, lambda: steps(*loop, train), rounds)
    apart = float(np.abs(np.array(losses["ours"]) - np.array(losses["theirs"])).max())
    print(
        f"an epoch and its losses {1e3 * fast:7.1f} ms, DataLoader loop {1e3 * slow:7.1f} ms: {slow / fast:.2f}x "
        f"(goal {GOAL}x); the steps alone {their_alone / our_alone:.2f}x; losses differ by {apart:.1e} (goal {APART})"
    )
    if slow / fast < GOAL or apart > APART:
        raise SystemExit("goal missed")


if __name__ == "__main__":
    main()
