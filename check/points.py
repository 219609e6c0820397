"""Where defects of an activation hide, and how much of a difference is rounding.

Scanned: every finite float16 and bfloat16 number (the latter span the range of float32 with three digits), hundredths
up to 10 and thousandths up to 2 in float64, the float32 neighbours of all integers and halves up to 100 (thresholds,
PyTorch's softplus at 20 among them), and 100,000 random numbers. A defect confined to points outside these can be
missed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..numerics.harness.streams import Stream
from .arguments import shown
from .guard import in_precision, tensors_of

Function = Callable[..., object]
DOUBLE = 2.0**-53  # unit roundoff of float64
SINGLE = 2.0**-24  # of float32
LARGEST = 2.0**126  # scanned magnitudes: float64 then has room for products of seven such numbers
SMALLEST = 2.0**-126
VISIBLE = 16.0  # a defect is shown only if it is this many times the rounding bound; in between: undecided


class UndefinedError(Exception):
    """The user's function gave no number, or is no function of its input; becomes `undecided` with this reason."""


@functools.cache
def _fixed_points() -> torch.Tensor:
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
    halves = bits.view(torch.float16).double()
    brains = bits.view(torch.bfloat16).double()
    steps = torch.arange(-200, 201, dtype=torch.float32) / 2
    inf = torch.tensor(math.inf)
    near = torch.cat([torch.nextafter(steps, inf), torch.nextafter(steps, -inf), steps]).double()
    decimals = torch.cat([torch.arange(-1000, 1001).double() / 100, torch.arange(-2000, 2001).double() / 1000])
    return torch.cat([halves, brains, near, decimals])


def scan(stream: Stream) -> torch.Tensor:
    """Return the points in ascending order: float64, zero once, magnitudes from 2^-126 to 2^126."""
    draw = stream.spawn("scan").generator()
    logarithmic = 10.0 ** draw.uniform(-12, 12, 50_000) * draw.choice([-1.0, 1.0], 50_000)
    random = torch.from_numpy(np.concatenate([draw.uniform(-10, 10, 50_000), logarithmic])).float().double()
    points = torch.cat([_fixed_points(), random])
    size = points.abs()
    unique: torch.Tensor = torch.unique(points[(points == 0) | ((size >= SMALLEST) & (size <= LARGEST))])
    return unique


def evaluate(name: str, function: Function, inputs: torch.Tensor) -> torch.Tensor:
    """Return function(inputs) in float64, cut off from the graph; `inputs` is not changed.

    Raises:
        TypeError: the result is no real floating-point tensor.
        Exception: whatever the function raises.
    """
    result = function(inputs.clone())
    if not isinstance(result, torch.Tensor):
        raise TypeError(f"{name}: returned {shown(result)}, expected a tensor")
    if not result.is_floating_point():
        raise TypeError(f"{name}: returned a tensor of dtype {result.dtype}, expected a floating-point tensor")
    return result.detach().double()


def _sizes(thing: object) -> list[int]:
    """Return widths that a function could want for its last dimension, read off the tensors that it uses."""
    found = [size for held in tensors_of(thing) for size in held.shape if 1 < size <= 4096]
    return list(dict.fromkeys([1, *found, 2]))


@dataclass
class Probe:
    """The user's activation in float64 and in float32, and how it likes its input.

    Attributes:
        name: of the argument, for messages.
        double: the function for float64 inputs; runs in float32 if it takes nothing else.
        single: the function for float32 inputs, or None.
        precise: whether `double` computes in float64.
        columns: None for flat inputs; k if inputs must have k columns.
        elementwise: whether each output entry depends on its own input entry alone.
        same_shape: whether outputs have the shape of inputs.
    """

    name: str
    double: Function
    single: Function | None
    precise: bool
    columns: int | None
    elementwise: bool
    same_shape: bool

    @classmethod
    def of(cls, name: str, thing: Function) -> Probe:
        """Find out how `thing` can be called.

        Raises:
            TypeError, ValueError: it returns no tensor, or raises on every input that was tried.
            UndefinedError: two calls on one input differ.
        """
        double, single = in_precision(thing, torch.float64), in_precision(thing, torch.float32)
        problem: Exception | None = None
        other: Probe | None = None
        sizes = _sizes(thing)
        for dtype in (torch.float64, torch.float32):
            for columns in (None, *sizes):
                sample = torch.linspace(-2.0, 3.0, 12 * (columns or 1), dtype=dtype)
                if columns is not None:
                    sample = sample.reshape(12, columns)
                function = double if dtype == torch.float64 else single
                try:
                    first = evaluate(name, function, sample)
                except TypeError as refusal:
                    if str(refusal).startswith(f"{name}: returned"):
                        raise
                    problem = problem or refusal
                    continue
                except Exception as refusal:  # anything may come out of the user's code
                    problem = problem or refusal
                    continue
                if not torch.equal(torch.nan_to_num(first), torch.nan_to_num(evaluate(name, function, sample))):
                    raise UndefinedError(
                        "two calls on one input differ: it draws random numbers or keeps a state (eval mode?)"
                    )
                probe = cls._made(name, double, single, dtype, columns, sample)
                if probe.same_shape:
                    return probe
                other = other or probe  # broadcasting may have hidden the layout that it wants: look on
            if other is not None:
                return other
        raise ValueError(
            f"{name}: raised {type(problem).__name__}({problem}) on inputs of shapes (12,) and (12, k), "
            "expected a function that takes tensors of any length"
        ) from problem

    @classmethod
    def _made(
        cls,
        name: str,
        double: Function,
        single: Function,
        dtype: torch.dtype,
        columns: int | None,
        sample: torch.Tensor,
    ) -> Probe:
        """Return the probe of a function that takes inputs like `sample`."""
        if dtype == torch.float32:  # takes nothing else: seen from outside it is a function of float32
            return cls(name, _narrowed(single), None, False, columns, *_form(name, single, sample))
        try:
            evaluate(name, single, sample.float())
            narrow: Function | None = single
        except Exception:  # anything may come out of the user's code: then there is no float32 run to compare with
            narrow = None
        form = _form(name, double, sample)
        precise = narrow is not None and not (form[1] and _ignores_low_bits(name, double, columns))
        return cls(name, double, narrow, precise, columns, *form)

    def __call__(self, points: torch.Tensor) -> torch.Tensor:
        """Return the outputs in float64 at `points` (flat); with columns, one row a point, the same in each column."""
        return evaluate(self.name, self.double, self.laid_out(points))

    def narrow(self, points: torch.Tensor) -> torch.Tensor | None:
        """Return the outputs of the float32 run as float64, or None where there is none."""
        return None if self.single is None else evaluate(self.name, self.single, self.laid_out(points).float())

    def thinned(self, points: torch.Tensor) -> torch.Tensor:
        """Return as many of `points` as 4 columns of them have; 0, 1 and -1 always."""
        if self.columns is None or self.columns <= 4:
            return points
        keep = torch.arange(len(points)) % math.ceil(self.columns / 4) == 0
        return points[keep | (points.abs() == 1) | (points == 0)]

    def laid_out(self, points: torch.Tensor) -> torch.Tensor:
        """Return `points` in the form that the function takes."""
        return points if self.columns is None else points[:, None].expand(-1, self.columns).contiguous()

    def errors(self, points: torch.Tensor, values: torch.Tensor, narrow: torch.Tensor | None = None) -> torch.Tensor:
        """Return a bound for the rounding error of `values`, the outputs at the ascending `points`.

        `narrow` are the outputs of the float32 run, if they are not those at `points` themselves.

        float32 makes the same computation with roundings 2^29 times as large, so the difference of the two runs is
        2^29 times the float64 error. A single difference may be small by luck: the largest of 33 neighbours is taken,
        times 8. Cancellation against a constant shows in float32 at moderate inputs and may bite anywhere in float64,
        so each point also gets the most that inputs up to 16 show beyond 64 roundings of the output.
        Nothing is below 4 roundings of the output. Without two precisions: 64 roundings of float32, of the output
        and of 1.
        """
        if narrow is None and self.precise:
            narrow = self.narrow(points)
        size = values.abs()
        if narrow is None or not self.precise or narrow.shape != values.shape:
            return 64 * SINGLE * (size + 1)
        gap = torch.nan_to_num((narrow - values).abs(), nan=0.0, posinf=0.0)
        rows = gap.reshape(len(points), -1)
        pooled = nn.functional.max_pool1d(rows.T[None], 33, stride=1, padding=16)[0].T.reshape(gap.shape)
        excess = (gap - 64 * SINGLE * torch.nan_to_num(size, posinf=0.0)).clamp_min(0).reshape(len(points), -1).amax(1)
        floor = excess[points.abs() <= 16].amax() if bool((points.abs() <= 16).any()) else 0.0
        return 8 * 2.0**-29 * (pooled + floor) + 4 * DOUBLE * size


def _narrowed(function: Function) -> Function:
    return lambda x: function(x.float())


def _ignores_low_bits(name: str, function: Function, columns: int | None) -> bool:
    """Return whether the function gives the same for float64 numbers and for their float32 roundings."""
    fine = torch.arange(-300, 300, dtype=torch.float64)[:, None] / 100 + 0.001
    fine = fine.flatten() if columns is None else fine.expand(-1, columns).contiguous()
    low, high = evaluate(name, function, fine), evaluate(name, function, fine.float().double())
    return torch.equal(torch.nan_to_num(low), torch.nan_to_num(high))


def _form(name: str, function: Function, sample: torch.Tensor) -> tuple[bool, bool]:
    """Return (elementwise, same shape), found by changing every second row and looking at the others."""
    first = evaluate(name, function, sample)
    if first.shape != sample.shape:
        return False, False
    flat = sample.flatten()
    changed = torch.where(torch.arange(flat.numel()) % 2 == 0, flat, 3.5 - 2 * flat.flip(0)).reshape(sample.shape)
    second = evaluate(name, function, changed)
    bound = 64 * SINGLE * (1 + first.abs())  # coarse is enough: a coupling between entries shows in the first digits
    same = ((first - second).abs() <= bound) | (first == second) | (first.isnan() & second.isnan())
    try:
        alone = evaluate(name, function, sample[:1])
    except Exception:  # batch statistics of one row, say: then the rows depend on each other
        return False, True
    close = ((alone - first[:1]).abs() <= bound[:1]) | (alone == first[:1]) | (alone.isnan() & first[:1].isnan())
    return bool(same.flatten()[::2].all()) and alone.shape == first[:1].shape and bool(close.all()), True


_PLAIN = (
    0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    3.0,
    -3.0,
    0.5,
    -0.5,
    4.0,
    -4.0,
    5.0,
    -5.0,
    10.0,
    -10.0,
    20.0,
    100.0,
    -100.0,
    1000.0,
)


def simplest(points: torch.Tensor) -> int:
    """Return the index of a point that is easy to read: a plain number, else a short one of middling magnitude."""
    for plain in _PLAIN:
        at = torch.nonzero(points == plain)
        if len(at):
            return int(at[0, 0])
    nearest = torch.argsort(points.abs().log2().abs())[:256].tolist()
    return int(min(nearest, key=lambda i: (len(repr(float(points[i])).removesuffix(".0")), float(points[i]) < 0)))
