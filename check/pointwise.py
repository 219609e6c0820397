"""Checkers of an activation: whether it commutes with dropout, is positively homogeneous, is idempotent.

An elementwise activation is scanned (see `points`); any other function of tensors is tried on small and random
tensors. What is compared, and when a difference counts, is in `Comparison`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from ..numerics.harness.streams import Stream
from ..numerics.harness.verdict import Verdict
from .arguments import function, seed_of, within
from .coverage import answer, called, covering
from .guard import unharmed
from .points import DOUBLE, SINGLE, VISIBLE, Function, Probe, UndefinedError, evaluate, scan, simplest
from .tensors import Finding, on_tensors

_ROUNDS = 4  # roundings of our own arithmetic around the two sides: a product, a mask, a difference, a conversion


@dataclass
class Comparison:
    """Two sides that should agree at `points`, and a bound for what rounding makes of their difference.

    Attributes:
        points: ascending inputs, flat, shape (n,).
        left, right: outputs, shape (n,) or (n, columns).
        bound: of the same shape; differences up to it are rounding, from 16 times it on they are visible.
        label: what the two sides are, for the witness.
    """

    points: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor
    bound: torch.Tensor
    label: Mapping[str, object]

    def excess(self) -> torch.Tensor:
        """Return difference over bound at each point, NaN where a side is not finite."""
        gap = (self.left - self.right).abs()
        ratio = torch.where(gap == 0, 0.0, gap / (self.bound + 2.0**-1060))
        return ratio.reshape(len(self.points), -1).amax(1)

    def visible(self) -> torch.Tensor:
        """Return the indices where the sides differ beyond doubt."""
        return torch.nonzero(self.excess() > VISIBLE)[:, 0]


Confirm = Callable[[Mapping[str, object], float], Mapping[str, object] | None]


def _judge(comparisons: Iterator[Comparison], confirm: Confirm, holds: str) -> Finding:
    """Return the finding of a scan; a defect counts once `confirm` has reproduced it on a fresh copy, alone."""
    samples, grey, undefined, unconfirmed = 0, None, None, None
    for seen in comparisons:
        samples = max(samples, len(seen.points))
        at = seen.visible()
        order = at[torch.argsort(seen.excess()[at], descending=True)]
        candidates = [int(at[simplest(seen.points[at])]), int(order[0])] if len(at) else []
        for index in candidates:
            witness = confirm(seen.label, float(seen.points[index]))
            if witness is not None:
                return Finding("refuted", f"{_sentence(witness)} ({len(at)} of {samples} points)", witness, samples)
            unconfirmed = float(seen.points[index])
        ratio = seen.excess()
        if bool(ratio.isnan().any()) and undefined is None:
            undefined = float(seen.points[torch.nonzero(ratio.isnan())[:, 0]][_nearest(seen.points, ratio.isnan())])
        doubtful = torch.nonzero(ratio > 1)[:, 0]
        if len(doubtful) and grey is None:
            grey = float(seen.points[doubtful[0]])
    if unconfirmed is not None:
        return Finding(
            "undecided", f"a difference at z = {unconfirmed!r} did not show again on that input alone", None, samples
        )
    if undefined is not None:
        return Finding(
            "undecided", f"the output is nan or infinite at z = {undefined!r}; no defect elsewhere", None, samples
        )
    if grey is not None:
        return Finding("undecided", f"the sides differ at z = {grey!r} by about as much as rounding can", None, samples)
    return Finding("corroborated", f"{holds} at {samples} points", None, samples)


def _nearest(points: torch.Tensor, mask: torch.Tensor) -> int:
    return int(points[mask].abs().argmin())


def _sentence(witness: Mapping[str, object]) -> str:
    return "; ".join(
        f"{key} = {value:.12g}" if isinstance(value, float) else f"{key} = {value}" for key, value in witness.items()
    )


def commutes_with_dropout(activation: Function, p: float = 0.4, *, seed: int = 0) -> Verdict:
    """Say whether dropout before the activation equals dropout after it, for every input and every mask.

    Statement: act(mask * z) = mask * act(z) for all z and all masks with entries 0 and 1/(1-p). For an elementwise
    function and 0 < p < 1 that is act(0) = 0 and act(z/(1-p)) = act(z)/(1-p) for all z (claim dropout-commutes).
    The masks come from a live `nn.Dropout(p)` in training mode, one mask for both orders.

    Args:
        activation: a torch module, used in the mode that it is in, or a callable on tensors.
        p: probability of dropping, 0 to 1.
        seed: of masks and random points.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    function("activation", activation)
    p = within("p", p, 0.0, 1.0)
    return _check(
        "commutes_with_dropout",
        f"{called(activation)} commutes with dropout at p = {p:g}",
        activation,
        seed,
        lambda probe, stream: _dropout(probe, activation, p, stream),
        f", p={p!r}",
    )


def positively_homogeneous(activation: Function, *, seed: int = 0) -> Verdict:
    """Say whether act(c z) = c act(z) for every c > 0 and every input z.

    For an elementwise function that is act(z) = |z| act(sign z), which is scanned; any other function is tried on
    tensors with several c, powers of two and others.

    Args:
        activation: a torch module, used in the mode that it is in, or a callable on tensors.
        seed: of the random points.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    function("activation", activation)
    return _check(
        "positively_homogeneous",
        f"{called(activation)} is positively homogeneous",
        activation,
        seed,
        lambda probe, stream: _homogeneous(probe, activation, stream),
    )


def idempotent(activation: Function, *, seed: int = 0) -> Verdict:
    """Say whether act(act(z)) = act(z) for every input z.

    Args:
        activation: a torch module, used in the mode that it is in, or a callable on tensors; outputs have the
            shape of inputs.
        seed: of the random points.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    function("activation", activation)
    return _check(
        "idempotent",
        f"{called(activation)} is idempotent",
        activation,
        seed,
        lambda probe, stream: _idempotent(probe, activation, stream),
    )


def _check(
    name: str, question: str, activation: Function, seed: int, run: Callable[[Probe, Stream], Finding], extra: str = ""
) -> Verdict:
    started = time.perf_counter()
    seed = seed_of(seed)
    stream = Stream(seed).spawn("check", name)
    with unharmed(stream, activation):
        try:
            probe = Probe.of("activation", activation)
            if name != "positively_homogeneous" and not probe.same_shape:
                raise ValueError("activation: changes the shape of its input, expected outputs of the inputs' shape")
            found = run(probe, stream)
        except UndefinedError as reason:
            found = Finding("undecided", str(reason))
    return answer(
        question,
        found.status,
        found.summary,
        started=started,
        claim=covering(name, activation),
        samples=found.samples,
        witness=found.witness,
        reproduce=f"twinproof.check.{name}(activation{extra}, seed={seed})",
    )


def _alone(activation: Function, probe: Probe) -> Callable[[torch.Tensor | float], torch.Tensor]:
    """Return the activation of one number, or of one row: a fresh copy, called on nothing else."""
    fresh = Probe.of("activation", activation) if isinstance(activation, nn.Module) else probe

    def at(z: torch.Tensor | float) -> torch.Tensor:
        row = fresh.laid_out(torch.tensor([z], dtype=torch.float64)) if isinstance(z, float) else z
        return evaluate("activation", fresh.double, row)

    return at


def _column(probe: Probe, column: int) -> dict[str, object]:
    return {} if probe.columns in (None, 1) else {"column": column}


def _worst(left: torch.Tensor, right: torch.Tensor, precise: bool) -> tuple[int, float, float] | None:
    """Return (column, left, right) where two rows differ most, if beyond 16 times the least bound of `Probe.errors`."""
    unit = 4 * DOUBLE if precise else 64 * SINGLE
    gap = (left - right).abs().flatten()
    column = int(torch.nan_to_num(gap).argmax())
    before, after = float(left.flatten()[column]), float(right.flatten()[column])
    return (column, before, after) if abs(before - after) > VISIBLE * unit * (abs(before) + abs(after)) else None


# -- dropout --


def _dropout(probe: Probe, activation: Function, p: float, stream: Stream) -> Finding:
    layer = nn.Dropout(p).train()
    kept = layer(torch.ones(4096, dtype=torch.float64)).max().item()
    kept = kept if kept > 0 or p == 1 else 1 / (1 - p)  # at p near 1 no entry may have been kept
    if not probe.elementwise:
        return on_tensors(probe, "commutes with dropout", lambda x: _both_orders(probe, layer, x, stream), stream)
    points = probe.thinned(scan(stream))
    points = points[points.abs() * max(kept, 1.0) <= 2.0**127]
    at_zero = evaluate("activation", probe.double, probe.laid_out(torch.zeros(1, dtype=torch.float64)))

    def comparisons() -> Iterator[Comparison]:
        values = probe(points)
        own_error = probe.errors(points, values)
        yield Comparison(points, values, values, own_error, {"mask": 1.0})  # finds where the output is no number
        if p > 0:  # the dropped units: act(0) against 0
            zero = points[points == 0]
            bound = own_error[points == 0]
            yield Comparison(zero, at_zero, torch.zeros_like(at_zero), bound, {"mask": 0.0})
        if p == 1:
            return
        scaled = kept * points
        images = probe(scaled)
        nudged = [probe(torch.nextafter(scaled, torch.full_like(scaled, s))) - images for s in (-torch.inf, torch.inf)]
        rounding = torch.nan_to_num(torch.maximum(nudged[0].abs(), nudged[1].abs()))
        bound = kept * own_error + probe.errors(scaled, images) + rounding + _ROUNDS * DOUBLE * images.abs()
        yield Comparison(points, images, kept * values, bound, {"mask": kept})
        for draw in range(3):  # the live layer, one mask for both orders
            after, before = _masked(layer, values, points, probe, stream, draw)
            gone = before == 0
            image = evaluate("activation", probe.double, before)
            error = torch.where(gone, own_error[points == 0], bound)
            yield Comparison(points, image, after, error, {"mask": kept})

    def confirm(label: Mapping[str, object], z: float) -> Mapping[str, object] | None:
        one = _alone(activation, probe)
        mask = float(str(label["mask"]))
        for factor in dict.fromkeys((mask, 0.0 if p > 0 else mask)):
            after = factor * one(z)
            worst = _worst(one(factor * z), after if factor else torch.zeros_like(after), probe.precise)
            if worst is not None:
                shown = {"z": z, "mask": factor, "act(mask * z)": worst[1], "mask * act(z)": worst[2]}
                return shown | _column(probe, worst[0])
        return None

    return _judge(comparisons(), confirm, "both orders agree")


def _masked(
    layer: nn.Module, values: torch.Tensor, points: torch.Tensor, probe: Probe, stream: Stream, draw: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (dropout of the outputs, dropout of the inputs) under one mask of the live layer."""
    word = stream.spawn("mask", draw).number()
    torch.default_generator.manual_seed(word)
    after = layer(values)
    torch.default_generator.manual_seed(word)
    return after, layer(probe.laid_out(points))


def _both_orders(probe: Probe, layer: nn.Module, x: torch.Tensor, stream: Stream) -> Iterator[tuple[torch.Tensor, ...]]:
    """Yield (input, left, right, noise) for masks of the live layer on one tensor."""
    for draw in range(12):
        word = stream.spawn("tensor mask", draw).number()
        sides: list[torch.Tensor] = []
        for narrow in (False, True):
            act = probe.single if narrow else probe.double
            if act is None:
                continue
            held = x.float() if narrow else x
            torch.default_generator.manual_seed(word)
            after = layer(evaluate("activation", act, held))
            torch.default_generator.manual_seed(word)
            sides += [evaluate("activation", act, layer(held)), after]
        yield (x, *sides)


# -- homogeneity --


def _homogeneous(probe: Probe, activation: Function, stream: Stream) -> Finding:
    if not (probe.elementwise and probe.same_shape):
        return on_tensors(probe, "is positively homogeneous", lambda x: _scaled(probe, x), stream)
    points = probe.thinned(scan(stream))

    def comparisons() -> Iterator[Comparison]:
        values = probe(points)
        error = probe.errors(points, values)
        yield Comparison(points, values, values, error, {})
        minus, plus = (int(torch.searchsorted(points, point)) for point in (-1.0, 1.0))
        size = points.abs().reshape((-1,) + (1,) * (values.ndim - 1))
        side = (points > 0).reshape(size.shape)
        right = size * torch.where(side, values[plus], values[minus])
        right = torch.where(size == 0, torch.zeros_like(right), right)
        bound = error + size * torch.where(side, error[plus], error[minus]) + _ROUNDS * DOUBLE * right.abs()
        yield Comparison(points, values, right, bound, {})

    def confirm(_: Mapping[str, object], z: float) -> Mapping[str, object] | None:
        one = _alone(activation, probe)
        unit, c = (1.0 if z > 0 else -1.0, abs(z)) if z else (0.0, 2.0)
        worst = _worst(one(c * unit), c * one(unit), probe.precise)
        if worst is None:
            return None
        return {"z": unit, "c": c, "act(c * z)": worst[1], "c * act(z)": worst[2]} | _column(probe, worst[0])

    return _judge(comparisons(), confirm, "act(c z) = c act(z)")


def _scaled(probe: Probe, x: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    for c in (2.0, 0.5, 3.0, 1024.0, 0.1):
        sides: list[torch.Tensor] = []
        for narrow in (False, True):
            act = probe.single if narrow else probe.double
            if act is None:
                continue
            held = x.float() if narrow else x
            sides += [evaluate("activation", act, c * held), c * evaluate("activation", act, held)]
        yield (x, *sides)


# -- idempotence --


def _idempotent(probe: Probe, activation: Function, stream: Stream) -> Finding:
    if not probe.elementwise:
        return on_tensors(probe, "is idempotent", lambda x: _twice(probe, x), stream)
    points = probe.thinned(scan(stream))

    def comparisons() -> Iterator[Comparison]:
        once = probe(points)
        error = probe.errors(points, once)
        twice = evaluate("activation", probe.double, once)
        narrow = None if probe.single is None else evaluate("activation", probe.single, once.float())
        nudged = [evaluate("activation", probe.double, once + sign * error) - twice for sign in (-1, 1)]
        carried = torch.nan_to_num(torch.maximum(nudged[0].abs(), nudged[1].abs()))
        bound = error + probe.errors(points, twice, narrow) + carried
        yield Comparison(points, twice, once, bound, {})

    def confirm(_: Mapping[str, object], z: float) -> Mapping[str, object] | None:
        one = _alone(activation, probe)
        once = one(z)
        worst = _worst(once, one(once), probe.precise)
        if worst is None:
            return None
        return {"z": z, "act(z)": worst[1], "act(act(z))": worst[2]} | _column(probe, worst[0])

    return _judge(comparisons(), confirm, "act(act(z)) = act(z)")


def _twice(probe: Probe, x: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    sides: list[torch.Tensor] = []
    for narrow in (False, True):
        act = probe.single if narrow else probe.double
        if act is None:
            continue
        once = evaluate("activation", act, x.float() if narrow else x)
        sides += [evaluate("activation", act, once.float() if narrow else once), once]
    yield (x, *sides)
