"""Drawings of the studies on faces: pictures, losses, confusion matrices, weights."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...models.faces import EMOTIONS
from .cafe_training import CHANCE, FLOOR, shown
from .drawing import INK, PALETTE, grid, styles
from .study import Results, Settings


def _first(results: Results, name: str) -> NDArray[np.generic]:
    return next(iter(results.values()))[name]


def draw_faces(settings: Settings, results: Results) -> Figure:
    """Some people with all their expressions: two of the training part and one of the test part."""
    pictures, subjects = _first(results, "pictures"), _first(results, "picture subjects")
    figure, axes = grid(len(pictures), len(EMOTIONS), width=7.2, height=1.95 * len(pictures), squeeze=False)
    for row, (images, subject) in enumerate(zip(pictures, subjects, strict=True)):
        for column, (image, emotion) in enumerate(zip(images, EMOTIONS, strict=True)):
            axis = axes[row, column]
            axis.imshow(image, cmap="gray", vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if row == 0:
                axis.set_title(emotion, fontsize=9)
        part = "test" if str(subject)[1] in "23" else "train"
        axes[row, 0].set_ylabel(f"{subject} ({part})")
    figure.suptitle(f"{shown(settings)}, 380 x 240 pixels", fontsize=9)
    return figure


def draw_start(settings: Settings, results: Results) -> Figure:
    """Logits of fresh networks on one face, and the normal density with the predicted variance."""
    figure, axis = grid(width=5.2, height=3.2)
    logits = np.concatenate([arrays["fresh logits"].ravel() for arrays in results.values()])
    scaled = logits / np.concatenate(
        [np.full(arrays["fresh logits"].size, np.sqrt(arrays["predicted variance"])) for arrays in results.values()]
    )
    axis.hist(
        scaled, bins=30, density=True, color=PALETTE[4], edgecolor="white", label=f"{len(scaled):,} logits at the start"
    )
    z = np.linspace(-4, 4, 201)
    axis.plot(z, np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), color=INK, label="normal density")
    axis.set_xlabel("logit / predicted standard deviation")
    axis.set_ylabel("density")
    axis.set_ylim(top=0.56)
    axis.set_title(shown(settings), fontsize=9)
    axis.legend(fontsize=8, loc="upper right")
    return figure


def draw_losses(settings: Settings, results: Results) -> Figure:
    """The loss before each step: all of it on a logarithmic scale, and its first epochs."""
    figure, (left, right) = grid(1, 2, width=8.0, height=3.3)
    for number, (look, arrays) in enumerate(zip(styles(len(results)), results.values(), strict=True)):
        left.plot(arrays["losses"], linewidth=1.1, label=f"run {number + 1}", **look)
        right.plot(arrays["losses"][:41], linewidth=1.1, **look)
    for height, told in ((CHANCE, "log 6: guessing"), (FLOOR, "floor with a softmax inside")):
        left.axhline(height, color=INK, linewidth=0.7, linestyle=":")
        above = height == CHANCE
        left.text(
            0.99,
            height,
            told,
            ha="right",
            va="bottom" if above else "top",
            fontsize=7,
            transform=left.get_yaxis_transform(),
        )
    left.set_yscale("log")
    left.set_xlabel("epoch")
    left.set_ylabel("empirical risk (cross entropy, nats)")
    left.legend(fontsize=7, loc="lower left")
    right.set_xlabel("epoch (the first 40)")
    right.set_ylabel("empirical risk (nats)")
    figure.suptitle(shown(settings), fontsize=9)
    return figure


def draw_confusion(settings: Settings, results: Results) -> Figure:
    """Both matrices, added over the runs, with the count in each cell."""
    figure, axes = grid(1, 2, width=7.6, height=3.9)
    runs = "1 run" if len(results) == 1 else f"{len(results)} runs together"
    for axis, part in zip(axes, ("train", "test"), strict=True):
        total = np.sum([arrays[part] for arrays in results.values()], axis=0)
        shares = total / np.maximum(total.sum(axis=1, keepdims=True), 1)
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(total):
            axis.text(
                column,
                row,
                str(count),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if shares[row, column] > 0.6 else INK,
            )
        axis.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=45, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(EMOTIONS)), EMOTIONS)
        axis.spines[:].set_visible(False)
        right = np.trace(total) / total.sum()
        axis.set_title(f"{part}: {right:.0%} of {total.sum()} right", fontsize=9)
        axis.set_xlabel("taken for")
    axes[0].set_ylabel("shown")
    figure.suptitle(f"{shown(settings)}, {runs}", fontsize=9)
    return figure


def draw_weights(settings: Settings, results: Results) -> Figure:
    """The six weight pictures of the first run, and below each how the mean face of its emotion differs from all."""
    pictures, means = _first(results, "pictures"), _first(results, "mean difference")
    figure, axes = grid(2, len(pictures), width=7.4, height=4.6, squeeze=False)
    largest = float(np.abs(means).max())
    for column, emotion in enumerate(EMOTIONS):
        upper = axes[0, column].imshow(pictures[column], cmap="gray", vmin=0, vmax=255)
        lower = axes[1, column].imshow(means[column], cmap="gray", vmin=-largest, vmax=largest)
        axes[0, column].set_title(emotion, fontsize=9)
        for axis in axes[:, column]:
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
    axes[0, 0].set_ylabel("weights")
    axes[1, 0].set_ylabel("mean of the emotion\nminus mean of all")
    figure.colorbar(upper, ax=axes[0, :], label="grey, one map for all six", shrink=0.9)
    figure.colorbar(lower, ax=axes[1, :], label="pixel difference", shrink=0.9)
    figure.suptitle(f"{shown(settings)}, first run", fontsize=9)
    return figure
