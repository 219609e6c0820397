"""Epochs of the 1-64-64-1 network of mlp-univariate, by minibatches of tensors, against a DataLoader loop (P11).

Same network, same order, same optimiser on both sides, and the same weights at the end; goal 2.2 times as fast.

python benchmarks/mlp_training.py [--quick]
"""

from __future__ import annotations

import argparse

import torch
from _turns import alternate
from torch.utils.data import DataLoader, TensorDataset

from twinproof import catalogue
from twinproof.models.minibatches import half_squared_error, train_epoch
from twinproof.models.mlp import MLP
from twinproof.numerics.studies.mlp_regression import make, target

GOAL = 2.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer epochs")
    epochs = 20 if parser.parse_args().quick else 100
    torch.set_num_threads(1)
    settings = catalogue.study("mlp-univariate").settings
    x = torch.randn(settings["examples"], 1, generator=torch.Generator().manual_seed(1))
    y = target(x)
    trained: dict[str, MLP] = {}

    def start() -> MLP:
        return make(settings, torch.Generator().manual_seed(2))

    def ours() -> None:
        model = trained["ours"] = start()
        optimizer = torch.optim.SGD(model.parameters(), lr=settings["step"], fused=True)
        for _ in range(epochs):
            train_epoch(
                model, x, y, loss=half_squared_error, optimizer=optimizer, batch_size=settings["batch"], generator=None
            )

    def theirs() -> None:
        model = trained["theirs"] = start()
        optimizer = torch.optim.SGD(model.parameters(), lr=settings["step"])
        loader = DataLoader(TensorDataset(x, y), batch_size=settings["batch"])
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                half_squared_error(model(inputs), targets).backward()
                optimizer.step()

    fast, slow = alternate(ours, theirs, 5)
    pairs = zip(trained["ours"].parameters(), trained["theirs"].parameters(), strict=True)
    apart = max(float((a - b).detach().abs().max()) for a, b in pairs)
    print(
        f"{epochs} epochs  {1e3 * fast:8.1f} ms, DataLoader loop {1e3 * slow:8.1f} ms: {slow / fast:.1f}x "
        f"(goal {GOAL}x); weights differ by {apart:.1e}"
    )
    if slow / fast < GOAL or apart > 1e-4:
        raise SystemExit("goal missed")


if __name__ == "__main__":
    main()
