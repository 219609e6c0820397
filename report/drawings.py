"""Drawings of what a claim is about: the network with its weights, a function and the networks that approximate it.

A drawing shows what the claim and its live objects say: weights are the values of the statement's own definitions,
curves are outputs of the live network. `DRAWINGS` lists them by the id of the claim; a claim has one at most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .figures import ACCENT, INK, MUTED, canvas, save


@dataclass(frozen=True)
class Drawing:
    """What is drawn, and the line below it.

    Attributes:
        caption: one line of plain text.
        size: width and height in inches.
        paint: draws on an empty figure of matplotlib.
    """

    caption: str
    size: tuple[float, float]
    paint: Callable[[Any], None]


def draw(claim: str, path: Path) -> bool:
    """Write the drawing of a claim as PDF.

    Args:
        claim: its id.
        path: of the file, ending in ``.pdf``.

    Returns:
        Whether the claim has one.
    """
    drawing = DRAWINGS.get(claim)
    if drawing is None:
        return False
    with canvas(drawing.size) as figure:
        drawing.paint(figure)
        save(figure, path)
    return True


# --- the box ------------------------------------------------------------------------------------------------------

_H, _DELTA = 5, 7  # any two numbers whose multiples by 0, 1 and -1 are told apart
_NAMES = {0: "0", 1: "1", -1: "-1", _H: "h", -_H: "-h", _DELTA: r"\delta", -_DELTA: r"-\delta"}


def box_weights() -> dict[str, str]:
    """The weights and biases of the box network in letters, as the claim's definitions give them.

    The keys are w0, w1 (hidden weights), b0, b1 (hidden biases), v0, v1 (output weights) and c (output bias).
    Raises KeyError for a value that is none of 0, 1, h, delta and their negatives.
    """
    from ..proofs.box_function import PROPOSITIONS

    formulas = PROPOSITIONS["box-function"].formulas()
    w, b, v, c = (formulas.function("exact", name, h=_H, de=_DELTA) for name in ("w", "b", "v", "c"))
    values = {f"{name}{k}": table(k) for name, table in (("w", w), ("b", b), ("v", v)) for k in (0, 1)}
    return {name: _NAMES[int(value)] for name, value in (values | {"c": c()}).items()}


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float], label: str = "") -> None:
    """An arrow between two nodes, with its weight in the middle."""
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.9, "shrinkA": 13, "shrinkB": 13}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)
    if label:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        around = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(*middle, f"${label}$", ha="center", va="center", color=ACCENT, bbox=around)


def _node(axes: Any, at: tuple[float, float], label: str) -> None:
    """A unit: a circle with its name."""
    axes.plot(*at, marker="o", markersize=23, markerfacecolor="white", markeredgecolor=INK, zorder=3)
    axes.text(*at, label, ha="center", va="center", zorder=4)


def _box(figure: Any) -> None:
    """The network on the left, what it computes on the right."""
    import numpy as np

    from ..models.step_networks import StepNetwork
    from ..numerics.step_points import outputs

    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    weights = box_weights()
    source, units, sink = (0.0, 0.0), ((1.6, 0.75), (1.6, -0.75)), (3.2, 0.0)
    for k, unit in enumerate(units):
        _arrow(left, source, unit, weights[f"w{k}"])
        _arrow(left, unit, sink, weights[f"v{k}"])
        _node(left, unit, "step")
        side = 1 if k == 0 else -1
        left.text(unit[0], unit[1] + 0.55 * side, f"bias ${weights[f'b{k}']}$", ha="center", va="center", color=MUTED)
    _arrow(left, sink, (4.3, 0.0))
    _node(left, source, "$x$")
    _node(left, sink, r"$\Sigma$")
    left.text(sink[0], 0.55, f"bias ${weights['c']}$", ha="center", va="center", color=MUTED)
    left.set_xlim(-0.4, 4.4)
    left.set_ylim(-1.6, 1.6)
    left.set_axis_off()
    net = StepNetwork([[1.0], [-1.0]], [0.0, 1.0], [1.0, 1.0], -1.0)
    for low, high in ((-0.6, 0.0), (0.0, 1.0), (1.0, 1.6)):
        ends = np.array([np.nextafter(low, high), np.nextafter(high, low)])
        right.plot(ends, outputs(net, ends), color=ACCENT, linewidth=1.8, solid_capstyle="butt")
    jumps = np.array([0.0, 1.0])
    right.plot(jumps, [1.0, 1.0], "o", markersize=4.5, markerfacecolor="white", color=ACCENT)
    right.plot(jumps, outputs(net, jumps), "o", markersize=4.5, color=ACCENT)
    right.set_xticks(jumps, ["$0$", r"$\delta$"])
    right.set_yticks(jumps, ["$0$", "$h$"])
    right.set_ylim(-0.25, 1.35)
    for edge in ("right", "top"):
        right.spines[edge].set_visible(False)


# --- tiles --------------------------------------------------------------------------------------------------------


def _tiles(figure: Any) -> None:
    """A target and the live network for a few numbers of tiles."""
    import numpy as np

    from ..models.step_networks import tiled
    from ..numerics.step_approximation import TARGETS
    from ..numerics.step_points import outputs
    from ..proofs.step_approximation import PROPOSITIONS

    target = TARGETS["wave"]
    B, K = target.B, target.K
    formulas = PROPOSITIONS["step-approximation"].formulas()
    t, m = (formulas.function("error", name, B=B) for name in ("t", "m"))
    fine = np.linspace(-B, B, 2001)[1:]
    for axes, n in zip(figure.subplots(1, 3, sharey=True), (5, 15, 45), strict=True):
        grid = [float(t(n, i)) for i in range(n + 1)]
        heights = target.function(np.array([float(m(n, i)) for i in range(n)]))
        found = outputs(tiled(grid, heights.tolist()), fine)
        worst = float(np.max(np.abs(found - target.function(fine))))
        bound = float(formulas.right("error", x=0.0, B=B, K=K, n=n, f=lambda x: x))
        axes.plot(fine, target.function(fine), color=INK, linewidth=0.8)
        axes.plot(fine, found, color=ACCENT, linewidth=0.9, drawstyle="steps-mid")
        axes.set_title(f"n = {n}: error {worst:.2f}, bound {bound:.2f}", fontsize=8.5)
        axes.set_xticks([-B, 0.0, B], ["$-B$", "$0$", "$B$"])
        for side in ("right", "top"):
            axes.spines[side].set_visible(False)


DRAWINGS: Mapping[str, Drawing] = {
    "box-function": Drawing(
        "The network with its weights and biases, and the open box that it computes (a full dot is the value).",
        (5.9, 1.9),
        _box,
    ),
    "step-approximation": Drawing(
        "sin(3x) + x/2 on [-2, 2] and the live step network: n tiles, each as high as the function at its midpoint.",
        (5.9, 1.8),
        _tiles,
    ),
}
"""The drawing of each claim that has one."""
