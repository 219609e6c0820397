"""How figures of studies look: one palette that colour-blind eyes and grey prints tell apart, one way to save."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#3a3a3a"
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Okabe and Ito, "Color universal design" (2008), in an order whose neighbours differ in grey as well."""

DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 160,
}


def grid(
    rows: int = 1, columns: int = 1, *, width: float = 6.2, height: float = 3.4, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure of `width` by `height` inches with a grid of axes (as numpy array unless it is one).

    Args:
        rows, columns: of the grid.
        width, height: in inches.
        options: of `Figure.subplots` (sharex, sharey, squeeze).
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.subplots(rows, columns, **options)


def styles(count: int) -> list[dict[str, Any]]:
    """Return `count` styles of lines that differ in colour and in dashes."""
    looks = zip(cycle(PALETTE), cycle(DASHES), strict=False)
    return [{"color": colour, "linestyle": dashes} for (colour, dashes), _ in zip(looks, range(count), strict=False)]


def save(figure: Figure, output: Path, name: str) -> Path:
    """Write a figure as ``NAME.png`` and ``NAME.pdf``, each whole or not at all, without a date inside.

    Returns:
        The path of the PNG.
    """
    output.mkdir(parents=True, exist_ok=True)
    hidden: dict[str, dict[str, Any]] = {
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Producer": None, "Creator": "twinproof"},
    }
    for ending, metadata in hidden.items():
        beside = output / f".{name}.{ending}.part"
        with rc_context(STYLE):
            figure.savefig(beside, format=ending, metadata=metadata)
        beside.replace(output / f"{name}.{ending}")
    return output / f"{name}.png"
