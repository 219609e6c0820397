"""Scores of support vector machines on XOR: at points one by one and all at once, and contour lines on a square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from torch import Tensor

from ...models import svm
from ...models.kernels import Kernel
from ..comparison import gamma
from ..harness.experiment import Twin
from ..harness.streams import Stream
from . import xor_cases
from .drawing import INK, MARKERS, grid, styles
from .study import Arrays, Expectation, Key, Results, Settings, Study, Table
from .xor_cases import AGREE, QUADRATIC, caption, optimum

SIDE = 5.0
"""Half the side of the square that the source asks for."""

REFINED = 4
"""The lines are drawn from so many times as many nodes a side: small contours on the source's 33 are polygons."""

PREDICTOR: Settings = {**xor_cases.COMMON, "points": 400, "labelled": True, "returns": "score"}
CONTOURS: Settings = {**xor_cases.COMMON, "captions": (1.0, 2.0, 4.0), "nodes": 33}
RETURNS = ("score", "sign")


def _predictor_keys(settings: Settings) -> list[Key]:
    return xor_cases.keys(settings["bandwidths"])


def _one_by_one(
    alpha: Tensor, x_train: Tensor, y_train: Tensor, x_test: Tensor, kernel: Kernel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The definition, with a call of the kernel for each pair: sums (m,), and sums of absolute values (m,)."""
    values = [[float(kernel(x[None], z[None])) for x in x_train] for z in x_test]
    terms = np.array(values) * (alpha * y_train).numpy()
    return terms.sum(axis=1), np.abs(terms).sum(axis=1)


def _predict(settings: Settings, key: Key, stream: Stream) -> Arrays:
    """Scores at points drawn in the square, on its diagonal, and at the corners that the machine was trained on."""
    if settings["returns"] not in RETURNS:
        raise ValueError(f"returns: found {settings['returns']!r}, expected one of {', '.join(RETURNS)}")
    chosen = xor_cases.kernel(settings, key)
    x, y, alpha = xor_cases.trained(settings, chosen)
    labels = y if settings["labelled"] else torch.ones_like(y)

    def scores(points: Tensor) -> Tensor:
        found = svm.svm_predictor(alpha, x, labels, points, chosen)
        return torch.sign(found) if settings["returns"] == "sign" else found

    draw = stream.spawn("points").torch()
    points = SIDE * (2.0 * torch.rand(settings["points"], 2, generator=draw, dtype=torch.float64) - 1.0)
    line = torch.linspace(-SIDE, SIDE, 101, dtype=torch.float64)
    diagonal = torch.stack([line, line], dim=1)
    slow, sizes = _one_by_one(alpha, x, y, points, chosen)
    return {
        "points": points.numpy(),
        "scores": scores(points).numpy(),
        "closed form": xor_cases.score(key, points.numpy()),
        "one by one": slow,
        "sizes": sizes,
        "line": line.numpy(),
        "diagonal": scores(diagonal).numpy(),
        "closed form on the diagonal": xor_cases.score(key, diagonal.numpy()),
        "margins": (y * scores(x)).numpy(),
    }


def _expect_predictor(settings: Settings, results: Results) -> Sequence[Expectation]:
    excess, apart = {}, {}
    for key, arrays in results.items():
        difference = np.abs(arrays["scores"] - arrays["one by one"])
        # four products and their sum, and kernels whose exponential and power may round differently in a vector
        excess[caption(key)] = float((difference - gamma(64) * arrays["sizes"]).max())
        apart[caption(key)] = float(difference.max())
    return (
        xor_cases.close(results, "scores", "closed form"),
        Expectation(
            "one-by-one",
            "all points at once have the scores of a double loop over points and support vectors, but for rounding",
            max(excess.values()) <= 0.0,
            apart,
        ),
        xor_cases.margins(results),
    )


def _draw_predictor(settings: Settings, results: Results) -> Figure:
    figure, (left, right) = grid(1, 2, width=8.0, height=3.4)
    for look, marker, (key, arrays) in zip(styles(len(results)), MARKERS, results.items(), strict=False):
        left.plot(arrays["line"], arrays["diagonal"], label=caption(key), **look)
        size = np.abs(arrays["closed form"]).max()
        off = np.abs(arrays["scores"] - arrays["closed form"]) / size
        right.plot(
            np.abs(arrays["closed form"]) / size, off, marker, color=look["color"], markersize=2.5, linestyle="none"
        )
    left.plot([-1.0, 1.0], [1.0, 1.0], "o", color=INK, markerfacecolor="white", zorder=5)
    left.text(0.0, 1.1, "support\nvectors", fontsize=7, ha="center")
    left.set_ylim(-0.3, 7.5)
    left.set_xlabel("t")
    left.set_ylabel("score at (t, t)")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=8)
    right.axhline(AGREE, color=INK, linewidth=0.8, linestyle=":")
    right.text(1.0, AGREE, "asked for", fontsize=7, va="bottom", ha="right")
    right.set_yscale("log")
    right.set_ylim(1e-18, 1e-3)
    right.set_xlabel("size of the score, relative to the largest")
    right.set_ylabel("distance from the closed form, likewise")
    return figure


def _table_predictor(settings: Settings, results: Results) -> Table:
    rows = []
    for key, arrays in results.items():
        size = float(np.abs(arrays["closed form"]).max())
        off = float(np.abs(arrays["scores"] - arrays["closed form"]).max())
        loop = float(np.abs(arrays["scores"] - arrays["one by one"]).max())
        rows.append((caption(key), size, off, loop, float(arrays["margins"].min()), float(arrays["margins"].max())))
    columns = (
        "kernel",
        "largest score",
        "off the closed form",
        "off the double loop",
        "least margin",
        "largest margin",
    )
    return Table(f"Scores at {settings['points']} points drawn in [-5, 5]^2", columns, tuple(rows))


def _contour_keys(settings: Settings) -> list[Key]:
    if len(settings["captions"]) != len(settings["bandwidths"]):
        raise ValueError(
            f"captions: found {len(settings['captions'])}, expected {len(settings['bandwidths'])}, one a bandwidth"
        )
    return xor_cases.keys(settings["captions"])


def _contour(settings: Settings, key: Key, stream: Stream) -> Arrays:
    """Scores on a grid of nodes on the square, of the machine whose plot has this caption."""
    drawn: dict[str, Any] = {
        f"{told:g}": sigma for told, sigma in zip(settings["captions"], settings["bandwidths"], strict=True)
    }
    chosen = xor_cases.kernel(settings, key) if key == QUADRATIC else svm.rbf(drawn[str(key[1])])
    x, y, alpha = xor_cases.trained(settings, chosen)
    axis = torch.linspace(-SIDE, SIDE, settings["nodes"], dtype=torch.float64)
    fine = torch.linspace(-SIDE, SIDE, REFINED * (settings["nodes"] - 1) + 1, dtype=torch.float64)
    nodes = torch.cartesian_prod(axis, axis).numpy()
    return {
        "axis": axis.numpy(),
        "scores": svm.svm_grid_predictor(alpha, x, y, (axis, axis), chosen).numpy(),
        "fine axis": fine.numpy(),
        "fine scores": svm.svm_grid_predictor(alpha, x, y, (fine, fine), chosen).numpy(),
        "closed form": xor_cases.score(key, nodes).reshape(len(axis), len(axis)),
        "margins": (y * svm.svm_predictor(alpha, x, y, x, chosen)).numpy(),
        "x": x.numpy(),
        "y": y.numpy(),
    }


def _expect_contours(settings: Settings, results: Results) -> Sequence[Expectation]:
    wrong, odd = {}, {}
    for key, arrays in results.items():
        scores, axis = arrays["scores"], arrays["axis"]
        size = np.abs(scores).max()
        quadrant = np.sign(np.outer(axis, axis))
        clear = quadrant != 0
        signs = int((np.sign(scores[clear]) != quadrant[clear]).sum())
        wrong[caption(key)] = signs + int((np.abs(scores[~clear]) > 1e-12 * size).sum())
        turned = (scores.T, scores[::-1, ::-1], -scores[::-1], -scores[:, ::-1])
        odd[caption(key)] = float(max(np.abs(scores - other).max() for other in turned) / size)
    peaks = {caption(key): float(arrays["scores"].max()) for key, arrays in results.items()}
    gaussian = [peak for key, peak in zip(results, peaks.values(), strict=True) if key != QUADRATIC]
    return (
        xor_cases.close(results, "scores", "closed form"),
        xor_cases.margins(results),
        Expectation(
            "quadrants",
            "at every node the score has the sign of x_1 x_2, and it vanishes on the axes",
            not any(wrong.values()),
            {f"exceptions, {name}": count for name, count in wrong.items()},
        ),
        Expectation(
            "symmetric",
            "the contours are those of their mirror images in the diagonal, in the origin, and with the other sign in "
            f"the axes, within {AGREE:g} of the largest score",
            max(odd.values()) <= AGREE,
            odd,
        ),
        Expectation(
            "peaks",
            "the largest score on the square grows with the bandwidth: these are three machines and not one",
            all(a < b for a, b in pairwise(gaussian)),
            peaks,
        ),
    )


def _levels(peak: float) -> NDArray[np.float64]:
    """Round numbers below the peak and 1, the margin, with either sign, in order."""
    ticks = np.asarray(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]).tick_values(0.0, peak))
    inside = np.union1d(ticks[(ticks > 0) & (ticks < 0.98 * peak)], [1.0])
    return np.concatenate([-inside[::-1], inside])


def _draw_contours(settings: Settings, results: Results) -> Figure:
    figure, axes = grid(2, -(-len(results) // 2), width=7.0, height=6.6, sharex=True, sharey=True, squeeze=False)
    for panel, (key, arrays) in zip(axes.flat, results.items(), strict=False):
        axis, scores = arrays["fine axis"], arrays["fine scores"].T  # matplotlib wants the second coordinate in rows
        peak = float(np.abs(scores).max())
        pale = {"cmap": "PuOr", "vmin": -1.8 * peak, "vmax": 1.8 * peak}
        panel.imshow(scores, origin="lower", extent=(-SIDE, SIDE, -SIDE, SIDE), interpolation="bilinear", **pale)
        levels = [float(level) for level in _levels(peak)]
        widths = [2.0 if abs(level) == 1.0 else 0.8 for level in levels]
        dashes = ["--" if level < 0 else "-" for level in levels]
        lines = panel.contour(axis, axis, scores, levels, colors=INK, linewidths=widths, linestyles=dashes)
        panel.clabel(lines, [level for level in levels if abs(level) != 1.0], fontsize=7, fmt="%g")
        panel.axhline(0.0, color=INK, linewidth=0.8, linestyle=":")
        panel.axvline(0.0, color=INK, linewidth=0.8, linestyle=":")
        for label, marker, face in ((1, "o", "white"), (-1, "s", "black")):
            at = arrays["x"][arrays["y"] == label]
            panel.plot(*at.T, marker, color="black", markerfacecolor=face, markersize=5, label=f"label {label:+d}")
        panel.set_title(caption(key), fontsize=9)
        panel.set_aspect("equal")
    for panel in axes[-1]:
        panel.set_xlabel("$x_1$")
    for panel in axes[:, 0]:
        panel.set_ylabel("$x_2$")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    handles.append(Line2D([], [], color=INK, linewidth=2.0, linestyle="-"))
    handles.append(Line2D([], [], color=INK, linewidth=2.0, linestyle="--"))
    labels += ["score +1", "score -1"]
    figure.legend(handles, labels, loc="outside upper center", ncols=4, fontsize=8)
    return figure


def _table_contours(settings: Settings, results: Results) -> Table:
    rows = []
    for key, arrays in results.items():
        off = float(np.abs(arrays["scores"] - arrays["closed form"]).max())
        peak = float(arrays["scores"].max())
        rows.append((caption(key), optimum(key)[0], peak, off / float(np.abs(arrays["closed form"]).max())))
    columns = ("kernel", "multiplier", "largest score", "relative distance from the closed form")
    return Table(f"Scores on {settings['nodes']} x {settings['nodes']} nodes of [-5, 5]^2", columns, tuple(rows))


def _discuss_contours(settings: Settings, results: Results) -> Sequence[str]:
    peaks = {key: float(arrays["scores"].max()) for key, arrays in results.items()}
    told = ", ".join(f"{peak:.2f} ({caption(key)})" for key, peak in peaks.items())
    same = (
        "All four machines separate the quadrants, and for all four the corners lie on the contours +1 and -1. They "
        f"differ beyond: the largest scores on the square are {told}. The quadratic score grows without end; a "
        "Gaussian one returns to 0 far from the data, the sooner the smaller the bandwidth."
    )
    erratum = (
        "In the source's solution the plots for bandwidths 2 and 4 are captioned with bandwidth 1, like the one before "
        "them: the peaks show that these are different machines."
    )
    return same, erratum


STUDIES: Mapping[str, Study] = {
    study.id: study
    for study in (
        Study(
            id="svm-predictor",
            title="The score of a support vector machine, for all points at once, is the closed form on XOR",
            sources=(("001", "2c"),),
            settings=PREDICTOR,
            quick={"points": 100},
            subject="twinproof.models.svm.svm_predictor",
            keys=_predictor_keys,
            run=_predict,
            expect=_expect_predictor,
            figures={"scores": _draw_predictor},
            table=_table_predictor,
            twins=(
                Twin("sign", "the predictor returns the sign of the score", "expectations", {"returns": "sign"}),
                Twin("labels-forgotten", "the score is sum alpha_i K(x_i, x)", "expectations", {"labelled": False}),
            ),
        ),
        Study(
            id="svm-contours",
            title="Contour lines of four support vector machines trained on XOR",
            sources=(("001", "2d"),),
            settings=CONTOURS,
            quick={},
            subject="twinproof.models.svm.svm_grid_predictor",
            keys=_contour_keys,
            run=_contour,
            expect=_expect_contours,
            figures={"contours": _draw_contours},
            table=_table_contours,
            discussion=_discuss_contours,
            twins=(
                Twin(
                    "mislabelled",
                    "the plots for bandwidths 2 and 4 are those of bandwidth 1, as their captions in the source say",
                    "expectations",
                    {"bandwidths": (1.0, 1.0, 1.0)},
                ),
                Twin(
                    "no-half",
                    "the Gaussian kernel of bandwidth s is exp(-|x - z|^2 / s^2), without the 2",
                    "expectations",
                    {"bandwidths": (0.5**0.5, 2 * 0.5**0.5, 4 * 0.5**0.5)},
                ),
            ),
        ),
    )
}
