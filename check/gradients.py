"""Checker of a formula: whether it is the gradient of a function."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ..numerics.harness.evidence import Outcome
from ..numerics.harness.streams import Stream
from ..numerics.harness.verdict import Verdict
from .arguments import function as callable_of
from .arguments import seed_of, shape_of
from .coverage import answer, called
from .guard import in_precision, unharmed
from .points import DOUBLE, SINGLE, VISIBLE, Function, UndefinedError, evaluate

_CHAIN = 4096  # roundings in a chain that a formula and autograd are granted, of the largest entry
_DIRECTIONS = 8
_SHOWN = 10

Scalar = Callable[[torch.Tensor], torch.Tensor]


@dataclass
class Differences:
    """Directional derivatives by central differences, and a bound for their error.

    Attributes:
        slopes: shape (directions,).
        errors: of the same shape: what halving the step changes, twice, and the rounding of the function's values.
            Large where the function has a kink or computes in less than float64.
    """

    slopes: torch.Tensor
    errors: torch.Tensor


def _values(function: Scalar, x: torch.Tensor) -> torch.Tensor:
    """Return function(row) for each row of x, in one vectorised call if the function admits it."""
    try:
        batch = torch.func.vmap(function)(x).detach().reshape(len(x), -1)
        first = float(function(x[0]).detach())
        if batch.shape[1] == 1 and abs(float(batch[0, 0]) - first) <= _CHAIN * DOUBLE * abs(first):
            return batch[:, 0]
    except Exception:  # noqa: S110  # data-dependent branches, numpy, anything: then row by row
        pass
    return torch.stack([function(row).detach().reshape(()) for row in x])


def _step(x: torch.Tensor) -> float:
    """Return the step that balances truncation h^2 f'''/6 against rounding u f / h."""
    return float((3 * DOUBLE) ** (1 / 3) * max(1.0, float(x.abs().max())))


def _rounding(values: torch.Tensor, step: float) -> torch.Tensor:
    """Return what a chain of 256 roundings of the function's values does to a difference quotient."""
    return 256 * DOUBLE * values.abs().amax() / step


def differences(function: Scalar, x: torch.Tensor, directions: torch.Tensor) -> Differences:
    """Return derivatives of `function` at x along `directions` by central differences, all in one batch.

    Args:
        function: from a float64 tensor to one number.
        x: the point.
        directions: shape (k, *x.shape), of norm about 1.
    """
    step = _step(x)
    middle = torch.zeros_like(directions[:1])
    offsets = [step * directions, -step * directions, step / 2 * directions, -step / 2 * directions, middle]
    every = _values(function, x + torch.cat(offsets))
    values, here = every[:-1].reshape(4, len(directions)), every[-1]
    wide, narrow = (values[0] - values[1]) / (2 * step), (values[2] - values[3]) / step
    # forward minus backward slope: h f'' where f is smooth, the same for every h at a kink
    far, near = ((values[k] + values[k + 1] - 2 * here).abs() / h for k, h in ((0, step), (2, step / 2)))
    kink = (2 * near - far).clamp_min(0)
    return Differences(narrow, 2 * (wide - narrow).abs() + kink + _rounding(values, step))


def all_coordinates(function: Scalar, claimed: torch.Tensor, x: torch.Tensor) -> Differences:
    """Compare a claimed gradient at x with every partial derivative by central differences, in one batch.

    One step size is enough where the claim agrees to rounding; the other coordinates get `differences`.
    """
    n, step = x.numel(), _step(x)
    rows = x.reshape(1, n).repeat(2 * n, 1)
    rows[:n].diagonal().add_(step)
    rows[n:].diagonal().sub_(step)
    values = _values(function, rows.reshape(2 * n, *x.shape))
    slopes = (values[:n] - values[n:]) / (2 * step)
    errors = _rounding(values, step).expand(n).clone()
    suspects = torch.nonzero(~((slopes - claimed.reshape(-1)).abs() <= errors))[:, 0]
    if len(suspects):
        directions = torch.zeros((len(suspects), n), dtype=x.dtype)
        directions[torch.arange(len(suspects)), suspects] = 1.0
        closer = differences(function, x, directions.reshape(-1, *x.shape))
        slopes[suspects], errors[suspects] = closer.slopes, closer.errors
    return Differences(slopes, errors)


def screen(
    function: Scalar, claimed: torch.Tensor, x: torch.Tensor, stream: Stream
) -> tuple[torch.Tensor, Differences]:
    """Compare a claimed gradient at x with differences along 8 random directions.

    One step size is enough where they agree to rounding; else `differences` are taken.

    Returns:
        what the claim gives along each direction, and the differences. A gradient that is wrong in one coordinate by e
        is off by e / sqrt(n) in each direction.
    """
    step = _step(x)
    draw = stream.spawn("directions").generator()
    unit = 1 / math.sqrt(x.numel())
    flat = torch.from_numpy(draw.integers(0, 2, (_DIRECTIONS, x.numel())) * (2 * unit) - unit)
    directions = flat.reshape(_DIRECTIONS, *x.shape)
    slopes = flat @ claimed.reshape(-1)
    values = _values(function, torch.cat([x + step * directions, x - step * directions]))
    found = (values[:_DIRECTIONS] - values[_DIRECTIONS:]) / (2 * step)
    errors = _rounding(values, step).expand(_DIRECTIONS)
    if bool(((found - slopes).abs() <= errors).all()):
        return slopes, Differences(found, errors)
    return slopes, differences(function, x, directions)


def gradient(function: Function, gradient: Function, *, shape: tuple[int, ...], seed: int = 0) -> Verdict:
    """Say whether a formula is the gradient of a scalar function, and if not, which coordinate is wrong.

    At a dozen points (zero, ones, small integers, random ones of several magnitudes) the formula is compared with
    autograd in all coordinates, and with central differences along 8 random directions. Where the formula and autograd
    differ, central differences in the wrong coordinates say who is right; a point with a kink decides nothing.

    Args:
        function: from a tensor of `shape` to one number; a torch module or a callable.
        gradient: from a tensor of `shape` to a tensor of `shape`.
        shape: of the input.
        seed: of the random points.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    started = time.perf_counter()
    callable_of("function", function)
    callable_of("gradient", gradient)
    shape = shape_of(shape)
    seed = seed_of(seed)
    stream = Stream(seed).spawn("check", "gradient")
    with unharmed(stream, function, gradient):
        try:
            status, text, witness, samples = _compare(function, gradient, shape, stream)
        except UndefinedError as reason:
            status, text, witness, samples = "undecided", str(reason), None, 0
    return answer(
        f"{called(gradient)} is the gradient of {called(function)} on shape {shape}",
        status,
        text,
        started=started,
        samples=samples,
        witness=witness,
        reproduce=f"twinproof.check.gradient(function, gradient, shape={shape}, seed={seed})",
    )


def _points(shape: tuple[int, ...], stream: Stream) -> list[torch.Tensor]:
    """Return the points, the readable ones first."""
    draw, size = stream.spawn("points").generator(), math.prod(shape)
    rows = [np.ones(size), draw.integers(-3, 4, size) + 0.0, np.arange(size) % 5 - 2.0]
    rows += [scale * draw.standard_normal(size) for scale in (1.0, 1.0, 1.0, 0.1, 10.0, 1e-3, 100.0)]
    rows += [np.abs(draw.standard_normal(size)), -np.abs(draw.standard_normal(size)), np.zeros(size)]
    return [torch.from_numpy(np.asarray(row, dtype=np.float64)).reshape(shape) for row in rows]


@dataclass
class _Pair:
    """Function and formula, as they can be called: in float64, or in float32 if one of them takes nothing else."""

    function: Scalar
    formula: Function
    dtype: torch.dtype
    by_autograd: bool

    @classmethod
    def of(cls, function: Function, formula: Function, x: torch.Tensor) -> _Pair:
        problem: Exception | None = None
        for dtype in (torch.float64, torch.float32):
            pair = cls(_scalar(in_precision(function, dtype)), in_precision(formula, dtype), dtype, True)
            stage = "function"
            try:
                leaf = x.clone().to(dtype).requires_grad_()
                value = pair.function(leaf)
                pair.by_autograd = value.requires_grad
                if float(value.detach()) != float(pair.function(leaf).detach()) and bool(torch.isfinite(value)):
                    raise UndefinedError(
                        "two calls of function on one input differ: it draws random numbers or keeps a state"
                    )
                stage = "gradient"
                claimed = evaluate("gradient", pair.formula, x.to(dtype))
            except UndefinedError:
                raise
            except Exception as refusal:
                if str(refusal).startswith(("function: returned", "gradient: returned")):
                    raise
                problem = problem or ValueError(
                    f"{stage}: raised {type(refusal).__name__}({refusal}) on a tensor of shape {tuple(x.shape)}, "
                    "expected a function of tensors of that shape"
                )
                continue
            if claimed.shape != x.shape:
                raise ValueError(
                    f"gradient: returned shape {tuple(claimed.shape)}, expected that of the input, {tuple(x.shape)}"
                )
            return pair
        raise problem or ValueError("function: cannot be called")

    def slope(self, x: torch.Tensor) -> torch.Tensor | None:
        """Return autograd's gradient in float64, or None where the function is cut off from its input."""
        leaf = x.clone().to(self.dtype).requires_grad_()
        value = self.function(leaf)
        if not value.requires_grad:
            return None
        (found,) = torch.autograd.grad(value.reshape(()), leaf, allow_unused=True)
        return torch.zeros_like(x) if found is None else found.detach().double()


def _scalar(function: Function) -> Scalar:
    def run(x: torch.Tensor) -> torch.Tensor:
        value = function(x)
        if not isinstance(value, torch.Tensor) or not value.is_floating_point():
            raise TypeError(
                f"function: returned {type(value).__name__}, expected a tensor with one floating-point number"
            )
        if value.numel() != 1:
            raise ValueError(f"function: returned a tensor of shape {tuple(value.shape)}, expected one number")
        return value.reshape(())

    return run


def _compare(
    function: Function, formula: Function, shape: tuple[int, ...], stream: Stream
) -> tuple[Outcome, str, dict[str, object] | None, int]:
    points = _points(shape, stream)
    pair = _Pair.of(function, formula, points[0])
    unit = DOUBLE if pair.dtype == torch.float64 else SINGLE
    undefined, doubts, misled, agreed = None, None, 0, 0
    for k, x in enumerate(points):
        claimed = evaluate("gradient", pair.formula, x.to(pair.dtype))
        traced = pair.slope(x)
        value = float(pair.function(x.to(pair.dtype)).detach())
        finite = math.isfinite(value) and bool(torch.isfinite(claimed).all())
        if not finite or (traced is not None and not bool(torch.isfinite(traced).all())):
            undefined = undefined or f"the function, its gradient or the formula is nan or infinite at x = {_short(x)}"
            continue
        size = float(claimed.abs().max()) + (0.0 if traced is None else float(traced.abs().max()))
        bound = _CHAIN * unit * max(size, 1e-290)
        wrong = torch.zeros(0, dtype=torch.long) if traced is None else _wrong(claimed, traced, bound)
        if len(wrong) and pair.dtype == torch.float32:
            return "refuted", *_named(x, wrong, claimed, traced, "autograd"), k + 1
        if len(wrong):
            suspects = wrong[torch.argsort(_gap(claimed, traced)[wrong], descending=True)][:_SHOWN]
            eye = torch.zeros((len(suspects), x.numel()), dtype=torch.float64)
            eye[torch.arange(len(suspects)), suspects] = 1.0
            found = differences(pair.function, x, eye.reshape(-1, *shape))
            off = (found.slopes - claimed.reshape(-1)[suspects]).abs()
            autograd_off = (found.slopes - (claimed if traced is None else traced).reshape(-1)[suspects]).abs()
            if bool((autograd_off <= found.errors + bound).all()) and bool((off > VISIBLE * found.errors).any()):
                return "refuted", *_named(x, wrong, claimed, traced, "autograd and differences"), k + 1
            if bool((off <= found.errors + bound).all()) and bool((autograd_off > VISIBLE * found.errors).any()):
                misled += 1  # the formula is right, autograd is not: a detach or a custom backward
            else:
                doubts = (
                    doubts
                    or f"a kink or noise: formula and autograd differ at x = {_short(x)}, differences cannot decide"
                )
                continue
        if pair.dtype == torch.float64:
            slopes, found = screen(pair.function, claimed, x, stream.spawn(k))
            off = (slopes - found.slopes).abs()
            loose = VISIBLE * (found.errors + bound)
            if bool((off > loose).any()):
                every = all_coordinates(pair.function, claimed, x)
                gap = (every.slopes - claimed.reshape(-1)).abs()
                bad = torch.nonzero(gap > VISIBLE * (every.errors + bound))[:, 0]
                if len(bad) and (traced is None or misled):
                    return "refuted", *_named(x, bad, claimed, every.slopes.reshape(shape), "differences"), k + 1
                doubts = (
                    doubts
                    or f"differences disagree with autograd and formula at x = {_short(x)}: a kink or a custom backward"
                )
                continue
        agreed += 1
    if doubts is not None and (agreed == 0 or "custom backward" in doubts or misled):
        return "undecided", doubts, None, len(points)
    if undefined is not None:
        return "undecided", undefined + "; right elsewhere" * bool(agreed), None, len(points)
    source = "autograd and differences" if pair.by_autograd else "differences (the function is cut off from autograd)"
    if pair.dtype == torch.float32:
        source = "autograd in float32 (it takes no float64)"
    if misled:
        source = f"differences; autograd itself is wrong at {misled} points (a detach or a custom backward)"
    kinks = f"; {len(points) - agreed} points with a kink left out" if doubts else ""
    return "corroborated", f"equals {source} in all coordinates at {agreed} points{kinks}", None, len(points)


def _gap(claimed: torch.Tensor, traced: torch.Tensor | None) -> torch.Tensor:
    return (claimed - (claimed if traced is None else traced)).abs().reshape(-1)


def _wrong(claimed: torch.Tensor, traced: torch.Tensor, bound: float) -> torch.Tensor:
    """Return the flat indices of coordinates that differ visibly."""
    return torch.nonzero(_gap(claimed, traced) > VISIBLE * bound)[:, 0]


def _short(x: torch.Tensor) -> str:
    flat = [round(value, 4) for value in x.flatten()[:4].tolist()]
    return f"{flat}" if x.numel() <= 4 else f"{flat[:-1]}... ({x.numel()} entries)"


def _named(
    x: torch.Tensor, wrong: torch.Tensor, claimed: torch.Tensor, right: torch.Tensor | None, source: str
) -> tuple[str, dict[str, object]]:
    """Return sentence and witness; coordinates are indices into the shape, the worst first."""
    true = claimed if right is None else right
    order = wrong[torch.argsort(_gap(claimed, true)[wrong], descending=True)].tolist()
    places = [tuple(int(i) for i in np.unravel_index(at, x.shape)) if x.ndim else () for at in order[:_SHOWN]]
    worst = order[0]
    left, good = float(claimed.reshape(-1)[worst]), float(true.reshape(-1)[worst])
    others = f" ({len(order)} of {x.numel()} coordinates are wrong)" if len(order) > 1 else ""
    text = (
        f"coordinate {places[0]} is wrong: the formula gives {left:.9g}, {source} {good:.9g} at x = {_short(x)}{others}"
    )
    witness: dict[str, object] = {
        "x": x,
        "coordinate": places[0],
        "formula": left,
        "gradient": good,
        "wrong coordinates": [list(p) for p in places],
    }
    return text, witness
