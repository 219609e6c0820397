"""One figure a claim: where the experiments fell, and where the false twins fell, in units of the target.

Only quotients with a target other than 0 can share an axis; a claim without such a number has no figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .content import Record

INK, ACCENT, MUTED = "#3a3a3a", "#1f6f54", "#6b6b6b"
_HOLDS, _REFUTED, _OPEN = ACCENT, "#a3341f", "#8a6d1b"
_LONGEST = 36
_COLOUR = {"corroborated": _HOLDS, "refuted": _REFUTED}


@dataclass(frozen=True)
class Bar:
    """One row: a name, where it fell, and how surely; all in units of the target."""

    name: str
    status: str
    ratio: float
    low: float
    high: float
    twin: bool


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _bar(row: Record, *, twin: bool) -> Bar | None:
    estimate, target = row.get("estimate"), row.get("target")
    if not _finite(estimate) or not _finite(target) or not target:
        return None
    interval = row.get("interval") or (estimate, estimate)
    if not all(_finite(end) for end in interval):
        interval = (estimate, estimate)
    low, high = sorted(end / target for end in interval)
    return Bar(row["name"], row["status"], estimate / target, low, high, twin)


def bars(record: Record) -> tuple[Bar, ...]:
    """The rows of a claim's figure: experiments first, then twins; empty if nothing can be compared.

    Args:
        record: of one claim, as in ``verify --json``.
    """
    rows = [_bar(row, twin=False) for row in record["experiments"]]
    rows += [_bar(row, twin=True) for row in record["twins"]]
    return tuple(row for row in rows if row is not None)


def draw(record: Record, path: Path) -> bool:
    """Write the figure of one claim as PDF (letters as outlines of embedded fonts, no date inside).

    Args:
        record: of one claim.
        path: of the file, ending in ``.pdf``.

    Returns:
        Whether there was something to draw.
    """
    rows = bars(record)
    if not rows:
        return False
    with canvas((5.9, 0.62 + 0.235 * len(rows))) as figure:
        _paint(figure.subplots(), rows)
        save(figure, path)
    return True


@contextmanager
def canvas(size: tuple[float, float]) -> Iterator[Any]:
    """An empty figure of matplotlib in the style of the report; `save` it inside the block.

    Args:
        size: width and height in inches; the text of a page is 5.9 wide.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure

    style: Any = {"font.family": "STIXGeneral", "font.size": 9.0, "mathtext.fontset": "stix", "pdf.fonttype": 42}
    with rc_context(style):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasPdf(figure)
        yield figure


def save(figure: Any, path: Path) -> None:
    """Write a figure as PDF: letters as outlines of embedded fonts, no date inside."""
    figure.savefig(path, format="pdf", metadata={"CreationDate": None, "Producer": None, "Creator": "twinproof"})


def _label(row: Bar) -> str:
    """Return the name, which is data: not so long that no room is left, and no dollar sign starts a formula."""
    name = row.name.encode("ascii", "replace").decode()
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
    shown = "".join(sign if sign.isprintable() else "?" for sign in short)
    return ("twin: " if row.twin else "") + shown.replace("$", r"\$")


def _paint(axes: Any, rows: Sequence[Bar]) -> None:
    axes.axvline(1.0, color=INK, linewidth=0.8, zorder=0)
    for height, row in enumerate(rows):
        colour = _COLOUR.get(row.status, _OPEN)
        axes.plot([row.low, row.high], [height, height], color=colour, linewidth=1.6, solid_capstyle="butt")
        axes.plot(row.ratio, height, marker="x" if row.twin else "o", color=colour, markersize=4.5)
    axes.set_yticks(range(len(rows)), [_label(row) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    ratios = [row.ratio for row in rows]
    if min(ratios) > 0 and max(ratios) / min(ratios) > 20:
        axes.set_xscale("log")
    axes.set_xlabel("estimate / target", labelpad=2)
    axes.tick_params(axis="y", length=0)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
