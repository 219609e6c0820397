"""The score of a Gaussian kernel machine on a grid of 100 by 100 points (P7).

200 training points in the plane; goals: 50 times as fast as scikit-learn's decision_function with the same support
vectors, 10,000 times as fast as a double loop that calls the kernel for each pair (its time is measured on a few
nodes). The predictor for points that form no grid is timed as well, without a goal.

python benchmarks/svm_score.py [--quick]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from _turns import alternate
from sklearn.svm import SVC
from torch import Tensor

from twinproof.models.kernels import Kernel, rbf
from twinproof.models.svm import svm_grid_predictor, svm_predictor

LIBRARY, LOOP, APART = 50.0, 10_000.0, 1e-11
POINTS, SIDE, SIGMA, C = 200, 100, 1.0, 1.0
REPEATED = 20  # calls in a turn of ours
LOOPED = 20  # nodes that the double loop visits; its time for all of them is in proportion


def double_loop(weights: Tensor, points: Tensor, nodes: Tensor, kernel: Kernel) -> Tensor:
    """The definition, and the source's interface: for each node a sum over the points, one call of the kernel each."""
    scores = torch.zeros(len(nodes), dtype=nodes.dtype)
    for row in range(len(nodes)):
        for i in range(len(points)):
            scores[row] += weights[i] * kernel(points[i : i + 1], nodes[row : row + 1])[0, 0]
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 5 if parser.parse_args().quick else 31
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(0)
    x = 5.0 * torch.randn(POINTS, 2, generator=draw, dtype=torch.float64)
    y = torch.where(torch.randn(POINTS, generator=draw) > 0, 1.0, -1.0).double()  # labels by lot: all support vectors
    library = SVC(kernel="rbf", gamma=1.0 / (2.0 * SIGMA**2), C=C).fit(x.numpy(), y.numpy())
    alpha = torch.zeros(POINTS, dtype=torch.float64)
    alpha[library.support_.tolist()] = torch.from_numpy(np.abs(library.dual_coef_[0]))
    bias = float(library.intercept_[0])
    axis = torch.linspace(-5.0, 5.0, SIDE, dtype=torch.float64)
    nodes = torch.cartesian_prod(axis, axis)
    kernel = rbf(SIGMA)

    def on_the_grid() -> Tensor:
        return svm_grid_predictor(alpha, x, y, (axis, axis), kernel)

    def anywhere() -> Tensor:
        return svm_predictor(alpha, x, y, nodes, kernel)

    def theirs() -> np.ndarray:
        return library.decision_function(nodes.numpy())

    def often() -> None:
        """A turn long enough that the other side's turn does not count in it."""
        for _ in range(REPEATED):
            on_the_grid()

    few = nodes[:: len(nodes) // LOOPED]
    loops: list[Tensor] = []

    def looping() -> None:
        loops.append(double_loop(alpha * y, x, few, kernel))

    fast, slow = (taken / times for taken, times in zip(alternate(often, theirs, rounds), (REPEATED, 1), strict=True))
    points_only, slow_again = alternate(anywhere, theirs, max(3, rounds // 4))
    again, looped = alternate(often, looping, 3)
    again, looped = again / REPEATED, looped * len(nodes) / len(few)
    expected = theirs()
    scores = on_the_grid().flatten()
    apart = max(
        float(np.abs(found.numpy() + bias - expected[:: len(nodes) // len(found)]).max() / np.abs(expected).max())
        for found in (scores, anywhere(), loops[-1])
    )
    print(
        f"{int((alpha > 0).sum())} support vectors, grid {1e3 * fast:.3f} ms; decision_function {1e3 * slow:.1f} ms: "
        f"{slow / fast:.0f}x (goal {LIBRARY:.0f}x); double loop {looped:.1f} s: {looped / again:,.0f}x "
        f"(goal {LOOP:,.0f}x); scores differ by {apart:.1e} (goal {APART}); "
        f"the same nodes as mere points {1e3 * points_only:.1f} ms: {slow_again / points_only:.1f}x"
    )
    if slow / fast < LIBRARY or looped / again < LOOP or apart > APART:
        raise SystemExit("goal missed")


if __name__ == "__main__":
    main()
