"""Properties of functions of tensors that are not elementwise: two sides, compared on whole tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch

from ..numerics.harness.evidence import Outcome
from ..numerics.harness.streams import Stream
from .points import DOUBLE, SINGLE, VISIBLE, Probe


@dataclass
class Finding:
    """What a scan found: a status, the reason, a witness and the number of points."""

    status: Outcome
    summary: str
    witness: Mapping[str, object] | None = None
    samples: int = 0


def on_tensors(
    probe: Probe, holds: str, sides: Callable[[torch.Tensor], Iterator[tuple[torch.Tensor, ...]]], stream: Stream
) -> Finding:
    """Compare two sides on whole tensors: small integer ones first, then random ones at three scales."""
    draw = stream.spawn("tensors").generator()
    widths = (1, 2, 3, 7) if probe.columns is None else (probe.columns,)
    shapes = [(w,) if probe.columns is None else (rows, w) for w in widths for rows in (2, 5)]
    inputs = [torch.from_numpy(draw.integers(-3, 4, shape).astype(float)) for shape in shapes for _ in range(6)]
    inputs += [
        s * torch.from_numpy(draw.standard_normal(shape))
        for s in (1.0, 1e-3, 1e3)
        for shape in shapes
        for _ in range(6)
    ]
    samples, undefined, grey = 0, False, False
    for x in inputs:
        for held, left, right, *narrow in sides(x):
            samples += 1
            if not bool(torch.isfinite(left).all() and torch.isfinite(right).all()):
                undefined = True
                continue
            size = max(left.abs().max().item(), right.abs().max().item())
            noise = 64 * SINGLE * (1 + size)
            if probe.precise and len(narrow) == 2:  # as in Probe.errors; the largest entry stands for neighbours
                gaps = [
                    torch.nan_to_num((n - w).abs(), posinf=0.0).max().item()
                    for n, w in zip(narrow, (left, right), strict=True)
                ]
                noise = 8 * 2.0**-29 * sum(gaps) + 64 * DOUBLE * size
            gap = (left - right).abs().max().item()
            if gap > VISIBLE * noise:
                witness = {"input": held, "left": left, "right": right, "largest difference": gap}
                text = f"it does not: on a tensor of shape {tuple(held.shape)} the sides differ by {gap:.3g}"
                return Finding("refuted", text, witness, samples)
            grey = grey or gap > noise
    if undefined:
        return Finding(
            "undecided", "the output is nan or infinite on a finite tensor; no defect elsewhere", None, samples
        )
    if grey:
        return Finding("undecided", "the sides differ by about as much as rounding can", None, samples)
    return Finding("corroborated", f"it {holds} on {samples} tensors (not elementwise, so no scan)", None, samples)
