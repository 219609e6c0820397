"""Checker of two functions: whether they are the same."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..numerics.harness.evidence import Outcome
from ..numerics.harness.streams import Stream
from ..numerics.harness.verdict import Verdict
from .arguments import function, seed_of, shape_of
from .coverage import answer, called
from .guard import coarsest, in_precision, own, recast, unharmed
from .points import DOUBLE, SINGLE, VISIBLE, Function, UndefinedError, evaluate, scan

_ENTRIES = 400_000  # numbers that the scan hands to functions which take batches
_CALLS = 300  # tensors that it hands to those which do not
_SHRINKING = 200


@dataclass
class _Side:
    """One of the two functions: in float64 where it can, in float32 for comparison, and with nudged parameters."""

    name: str
    double: Function
    single: Function | None
    precise: bool
    nudged: list[Function]
    floor: float

    @classmethod
    def of(cls, name: str, thing: Function, x: torch.Tensor, stream: Stream) -> _Side:
        """Find out whether `thing` takes float64.

        Raises:
            TypeError, ValueError: it returns no floating-point tensor, or raises in both precisions.
            UndefinedError: two calls on one input differ.
        """
        double, single = in_precision(thing, torch.float64), in_precision(thing, torch.float32)
        eps = coarsest(thing)
        nudged = [_nudge(thing, eps, stream.spawn(name, k)) for k in range(4)] if eps > 4 * DOUBLE else []
        side = cls(name, double, single, True, nudged, 0.0)
        problem: Exception | None = None
        narrow = own(thing)
        for precise in (True, False):
            if not precise:
                side = cls(name, lambda z: narrow(z.float()), None, False, [], 0.0)
            try:
                first = side(x)
            except Exception as refusal:
                if str(refusal).startswith(f"{name}: returned"):
                    raise
                problem = problem or refusal
                continue
            if not torch.equal(torch.nan_to_num(first), torch.nan_to_num(side(x))):
                raise UndefinedError(
                    f"two calls of {name} on one input differ: it draws random numbers or keeps a state (eval mode?)"
                )
            if precise:
                try:
                    evaluate(name, single, x.float())
                except Exception:  # anything may come out of the user's code: then no float32 run
                    side = cls(name, double, None, False, nudged, 0.0)
            return side
        raise ValueError(
            f"{name}: raised {type(problem).__name__}({problem}) on a tensor of shape {tuple(x.shape)}, "
            "expected a function of tensors of that shape"
        ) from problem

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output in float64."""
        return evaluate(self.name, self.double, x)

    def calibrate(self, rows: _Rows, stream: Stream) -> None:
        """Find what the float32 run loses beyond 64 roundings, at moderate and at small inputs, where terms cancel."""
        if self.single is None:
            return
        size = math.prod(rows.shape)
        draw = stream.spawn("calibrate").generator()
        scale = np.repeat([0.001, 0.01, 0.1, 0.5, 2.0, 8.0], 32 if rows.batched else 8)[:, None]
        x = torch.from_numpy(np.clip(scale * draw.standard_normal((len(scale), size)), -16, 16)).reshape(
            -1, *rows.shape
        )
        x = x.float().double()
        values = rows.apply(self.name, self.double, x)
        gap = (rows.apply(self.name, self.single, x.float()) - values).abs() - 64 * SINGLE * values.abs()
        self.floor = float(torch.nan_to_num(gap, nan=0.0, posinf=0.0).amax().clamp_min(0))

    def errors(self, rows: _Rows, x: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Return a bound for the error of `values`, entry by entry; rows of `x` are neighbours.

        As in `points.Probe.errors`: the float32 run's error is 2^29 times that of float64; the largest of 33 rows is
        taken, times 8, with the floor that `calibrate` found, and nothing below 64 roundings of the output.
        Parameters that are stored in less than float64
        are known to 4 of their roundings only (one who computed them in that precision could not do better): what
        four random changes of that size do counts too, times 4.
        """
        if not self.precise or self.single is None:
            coarse = torch.full_like(values, float(torch.nan_to_num(values.abs(), posinf=0.0).max()) + 1.0)
            return 64 * SINGLE * coarse
        bound = 64 * DOUBLE * values.abs()
        narrow = rows.apply(self.name, self.single, x.float())
        bound = bound + 8 * 2.0**-29 * (_pooled((narrow - values).abs()) + self.floor)
        bound = torch.where(values.isfinite() & ~narrow.isfinite(), math.inf, bound)  # float32 overflows: no measure
        for other in self.nudged:
            bound = bound + 4 * _pooled((rows.apply(self.name, other, x) - values).abs())
        return bound


def _nudge(thing: Function, eps: float, stream: Stream) -> Function:
    """Return a copy in float64 whose parameters are moved by up to 4 roundings of the largest entry of each."""
    draw = stream.torch()

    def moved(held: torch.Tensor) -> torch.Tensor:
        if held.dtype == torch.float64 or held.numel() == 0:
            return held.double()
        noise = torch.empty(held.shape, dtype=torch.float64).uniform_(-1, 1, generator=draw)
        return held.double() + 2 * eps * float(held.abs().max()) * noise

    return recast(own(thing), moved)


def _pooled(gaps: torch.Tensor) -> torch.Tensor:
    """Return for each row the largest of it and its 32 neighbours, entry by entry."""
    flat = torch.nan_to_num(gaps, nan=0.0, posinf=0.0).reshape(len(gaps), -1)
    return nn.functional.max_pool1d(flat.T[None], 33, stride=1, padding=16)[0].T.reshape(gaps.shape)


@dataclass
class _Rows:
    """How to apply functions of one tensor to many: in one batch if they agree to it, else one by one."""

    shape: tuple[int, ...]
    batched: bool

    @classmethod
    def of(cls, sides: tuple[_Side, ...], shape: tuple[int, ...]) -> _Rows:
        """Find out whether a batch gives what the single calls give."""
        x = torch.linspace(-1.7, 2.3, 5 * math.prod(shape), dtype=torch.float64).reshape(5, *shape)
        for side in sides:
            try:
                together = side(x)
                alone = torch.stack([side(row) for row in x])
            except Exception:  # anything may come out of the user's code: then one by one
                return cls(shape, False)
            close = together.shape == alone.shape and torch.allclose(
                together, alone, rtol=1e-4, atol=1e-4, equal_nan=True
            )
            if not close:  # coarse on purpose: every witness is evaluated again alone
                return cls(shape, False)
        return cls(shape, True)

    def apply(self, name: str, thing: Function, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs for the rows of `x`, stacked."""
        if self.batched:
            return evaluate(name, thing, x)
        return torch.stack([evaluate(name, thing, row) for row in x])


def _inputs(shape: tuple[int, ...], batched: bool, stream: Stream) -> Iterator[torch.Tensor]:
    """Yield groups of inputs, shape (rows, *shape); rows of a group are of one magnitude."""
    size = math.prod(shape)
    draw = stream.spawn("inputs").generator()

    def of(rows: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(np.asarray(rows, dtype=np.float64)).reshape(-1, *shape)

    yield of(np.stack([np.zeros(size), np.ones(size), -np.ones(size), np.arange(size) - size / 2]))
    yield of(draw.integers(-3, 4, (16, size)))
    some = draw.permutation(size)[: 32 if not batched else 256]
    for scale in (1.0, 30.0, 1e-3):
        yield of(scale * np.concatenate([np.eye(size)[some], -np.eye(size)[some]]))
    for scale in (1.0, 0.1, 3.0, 10.0, 30.0, 100.0, 1e-3, 1e3, 1e-6, 1e6):
        yield of(scale * draw.standard_normal((64 if batched else 8, size)))
    points = scan(stream).numpy()
    most = _ENTRIES if batched else _CALLS * size
    if len(points) > most:
        moderate = points[np.abs(points) <= 100]  # where thresholds lie; the rest is thinned out
        points = np.sort(draw.choice(moderate, min(most, len(moderate)), replace=False))
    yield of(np.resize(points, (math.ceil(len(points) / size), size)))


def equivalent(f: Function, g: Function, *, shape: tuple[int, ...], seed: int = 0) -> Verdict:
    """Say whether f(x) = g(x) for all tensors x of a shape.

    Looked at: zero, constants, coordinate vectors, small integers, normal numbers from 1e-6 to 1e6, and the scan of
    `points`, laid out in tensors of the shape (every point if the functions take batches, else a share of them up to
    100 in magnitude). Both run in float64 where they can; modules whose parameters are float32 are compared up to
    the rounding of their parameters. A difference is rounding up to a bound taken from a float32 run of the same code.

    Args:
        f, g: torch modules, used in the mode that they are in, or callables on tensors.
        shape: of the input; () for one number.
        seed: of the random inputs.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    started = time.perf_counter()
    function("f", f)
    function("g", g)
    shape = shape_of(shape)
    seed = seed_of(seed)
    stream = Stream(seed).spawn("check", "equivalent")
    with unharmed(stream, f, g):
        try:
            status, text, witness, samples = _compare(f, g, shape, stream)
        except UndefinedError as reason:
            status, text, witness, samples = "undecided", str(reason), None, 0
    return answer(
        f"{called(f)} and {called(g)} are the same function of shape {shape}",
        status,
        text,
        started=started,
        samples=samples,
        witness=witness,
        reproduce=f"twinproof.check.equivalent(f, g, shape={shape}, seed={seed})",
    )


def _compare(
    f: Function, g: Function, shape: tuple[int, ...], stream: Stream
) -> tuple[Outcome, str, dict[str, object] | None, int]:
    trial = torch.linspace(-1.0, 1.5, math.prod(shape), dtype=torch.float64).reshape(shape)
    one, two = _Side.of("f", f, trial, stream), _Side.of("g", g, trial, stream)
    shapes = tuple(one(trial).shape), tuple(two(trial).shape)
    if shapes[0] != shapes[1]:
        text = f"f returns tensors of shape {shapes[0]}, g of shape {shapes[1]}"
        return "refuted", text, {"x": trial, "shape of f(x)": shapes[0], "shape of g(x)": shapes[1]}, 1
    rows = _Rows.of((one, two), shape)
    one.calibrate(rows, stream)
    two.calibrate(rows, stream)
    samples, grey, apart = 0, False, None
    for x in _inputs(shape, rows.batched, stream):
        samples += len(x)
        left, right = rows.apply("f", one.double, x), rows.apply("g", two.double, x)
        bound = one.errors(rows, x, left) + two.errors(rows, x, right)
        gap = torch.where((left == right) | (left.isnan() & right.isnan()), 0.0, (left - right).abs())
        ratio = (
            torch.where(gap == 0, 0.0, torch.nan_to_num(gap / (bound + 2.0**-1060), nan=math.inf))
            .reshape(len(x), -1)
            .amax(1)
        )
        lost = ~torch.isfinite(gap).reshape(len(x), -1).all(1)
        ratio = torch.where(lost, 0.0, ratio)
        if bool(lost.any()) and apart is None:
            apart = x[int(torch.nonzero(lost)[0, 0])].flatten()[:4].tolist()
        worst = int(ratio.argmax())
        if ratio[worst] > VISIBLE:
            limit = bound[worst] * VISIBLE
            if bool(((one(x[worst]) - two(x[worst])).abs() > limit).any()):
                return "refuted", *_witness(one, two, x[worst], limit), samples
            grey = True
        grey = grey or bool((ratio > 1).any())
    if apart is not None:
        return (
            "undecided",
            f"one of them is nan or infinite where the other is not, at x = {apart}; equal elsewhere",
            None,
            samples,
        )
    if grey:
        return "undecided", "they differ by about as much as rounding can", None, samples
    return "corroborated", f"equal up to rounding on {samples} tensors", None, samples


def _witness(one: _Side, two: _Side, x: torch.Tensor, limit: torch.Tensor) -> tuple[str, dict[str, object]]:
    """Return sentence and witness, with the input made simpler as long as the difference stays as visible."""

    def shows(candidate: torch.Tensor) -> bool:
        gap = (one(candidate) - two(candidate)).abs()
        return bool(torch.isfinite(gap).all()) and bool((gap > limit).any())

    best, tried = x.clone(), 0
    for width in (max(1, x.numel() // 2), max(1, x.numel() // 8), 1):
        for start in range(0, x.numel(), width):
            candidate = best.clone()
            candidate.view(-1)[start : start + width] = 0.0
            if tried < _SHRINKING and not torch.equal(candidate, best):
                tried += 1
                best = candidate if shows(candidate) else best
    for digits in (0, 1, 2, 3):
        candidate = torch.round(best, decimals=digits)
        if shows(candidate):
            best = candidate
            break
    left, right = one(best), two(best)
    at = int(torch.nan_to_num(((left - right).abs() / limit).flatten()).argmax())
    values = float(left.flatten()[at]), float(right.flatten()[at])
    where = "" if left.numel() == 1 else f" in entry {at}"
    short = best.tolist() if best.numel() <= 4 else f"a tensor with {int((best != 0).sum())} nonzero entries"
    apart = abs(values[0] - values[1])
    text = f"f(x) = {values[0]:.12g} and g(x) = {values[1]:.12g}{where} at x = {short}: they differ by {apart:.3g}"
    return text, {"x": best, "entry": at, "f(x)": values[0], "g(x)": values[1]}
