"""Checker of an initialiser: whether E norm(act(W x))^2 = norm(x)^2 holds for every x.

One lucky x proves nothing (an initialiser that zeroes a column keeps every other coordinate vector), so the checker
first looks for the worst directions on draws of their own and then decides about those on fresh draws. Without an
activation the property is E W'W = I, and the look is at all x at once, through the eigenvectors.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..numerics.harness.budget import ErrorBudget
from ..numerics.harness.decision import decide_mean
from ..numerics.harness.evidence import Evidence
from ..numerics.harness.streams import Stream
from ..numerics.harness.verdict import Verdict
from .arguments import function, seed_of, shape_of, shown, within
from .coverage import answer, called, covering_init
from .guard import in_precision, own, unharmed
from .points import SINGLE, Function, evaluate

_WORK = 2e9  # multiplications that the look for bad directions, and at most each decision, may take
_RESOLUTION = 0.25  # a norm change this large in some direction must have been visible to the look
_SUSPECT = 6.0  # standard errors from which on a coordinate vector is tried before a less readable direction

Vector = NDArray[np.float64]


@dataclass
class _Layer:
    """Draws of the layer x -> act(W x) with W from the user's initialiser."""

    init: Function
    activation: Function | None
    shape: tuple[int, int]
    dtype: torch.dtype = torch.float64

    def weight(self) -> torch.Tensor:
        """Return one weight matrix in float64.

        Raises:
            ValueError: the initialiser raises, changes the shape, or leaves entries unset or not finite.
        """
        tensor = torch.full(self.shape, math.nan, dtype=self.dtype)
        try:
            self.init(tensor)
        except Exception as problem:
            text = f"init: raised {type(problem).__name__}({problem}) on a {self.dtype} tensor of shape {self.shape}"
            raise ValueError(f"{text}, expected a function that fills it in place") from problem
        if tensor.shape != self.shape:
            raise ValueError(f"init: changed the shape to {tuple(tensor.shape)}, expected {self.shape}")
        if not bool(torch.isfinite(tensor).all()):
            bad = int((~torch.isfinite(tensor)).sum())
            raise ValueError(
                f"init: left {bad} of {tensor.numel()} entries unset, nan or infinite, expected all filled in place"
            )
        return tensor.detach().double()

    def squared_norms(self, weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Return norm(act(W x))^2 for each of n matrices, shape (n, m, d), and each row x; shape (n, rows)."""
        chunk = max(1, 2**22 // (self.shape[0] * len(x)))
        return torch.cat([self._squared_norms(part, x) for part in torch.split(weights, chunk)])

    def _squared_norms(self, weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        n, m, d = weights.shape
        outputs = (weights.reshape(n * m, d) @ x.T).reshape(n, m, len(x)).transpose(1, 2).reshape(n * len(x), m)
        if self.activation is not None:
            outputs = evaluate("activation", self.activation, outputs)
            if outputs.shape[0] != n * len(x):
                raise ValueError(
                    f"activation: returned {shown(outputs)} for a batch of {n * len(x)}, expected one row each"
                )
        return (outputs**2).flatten(1).sum(1).reshape(n, len(x))

    def drawn(self, stream: Stream, n: int) -> torch.Tensor:
        """Return n independent weight matrices of `stream`, shape (n, m, d), in float64."""
        word = stream.number()
        weights = torch.full((n, *self.shape), math.nan, dtype=self.dtype)
        with stream.torch_default():
            random.seed(word)
            np.random.seed(word % 2**32)  # the initialiser may draw from the legacy state
            for weight in weights:
                self.init(weight)
        if not bool(torch.isfinite(weights).all()):
            raise ValueError("init: left entries unset, nan or infinite in some draws, expected all filled in place")
        return weights.double()


def preserves_squared_norm(
    init: Function, activation: Function | None = None, *, shape: tuple[int, int], eps: float = 0.01, seed: int = 0
) -> Verdict:
    """Say whether E norm(act(W x))^2 = norm(x)^2 for every x, W of shape (m, d) drawn by `init`.

    Corroborated: for each of the directions that looked worst among coordinate vectors, pairs e_i +- e_j, random and
    adversarial ones (both signs and, with an activation, three magnitudes), the mean lies within eps of norm(x)^2, and
    the look could not miss a change by a quarter in any other direction. Refuted: for some x, the witness, two
    independent streams of draws exclude it. The claims are linear-norm-preservation and relu-norm-preservation.

    Args:
        init: fills a tensor in place, as the functions of torch.nn.init do; called on tensors of shape `shape`.
        activation: a torch module or a callable on tensors (rows are examples); None for none.
        shape: (m, d), outputs and inputs of the layer.
        eps: relative precision of the answer.
        seed: of all draws. An initialiser with a generator of its own uses that, from its present state.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    started = time.perf_counter()
    function("init", init)
    if activation is not None:
        function("activation", activation)
    m, d = shape_of(shape, dimensions=2)
    eps = within("eps", eps, 0.0, 1.0, open_ends=True)
    seed = seed_of(seed)
    question = f"{called(init)} of shape ({m}, {d}) keeps the squared norm in the mean"
    if activation is not None:
        question += f" under {called(activation)}"
    reproduce = f"twinproof.check.preserves_squared_norm(init, activation, shape=({m}, {d}), eps={eps!r}, seed={seed})"
    with unharmed(Stream(seed).spawn("check", "norm"), init, activation):
        layer = _layer(init, activation, (m, d))
        found, directions, worst = _decide(layer, eps, Stream(seed).spawn("check", "norm"))
    status, summary = found.status, found.summary
    if status == "corroborated":
        summary = f"{summary}; {directions} directions decided, the worst of all x looked {worst:.1%} off beforehand"
        if worst > _RESOLUTION:
            status, summary = "undecided", f"too few draws for ({m}, {d}): some x looked {worst:.0%} off by chance"
    return answer(
        question,
        status,
        summary,
        started=started,
        claim=covering_init(init, activation),
        samples=found.samples,
        witness=found.witness,
        estimate=found.estimate,
        target=found.target,
        interval=found.interval,
        reproduce=reproduce,
    )


def _layer(init: Function, activation: Function | None, shape: tuple[int, int]) -> _Layer:
    """Return the layer in float64, or with weights of float32 if the initialiser fills nothing else."""
    act = None if activation is None else in_precision(activation, torch.float64)
    layer = _Layer(own(init), act, shape)
    try:
        layer.weight()
    except ValueError as in_float64:
        layer.dtype = torch.float32
        try:
            layer.weight()
        except ValueError:
            raise in_float64 from in_float64.__cause__
    if act is not None:
        trial = torch.zeros((2, shape[0]), dtype=torch.float64)
        try:
            evaluate("activation", act, trial)
        except Exception as problem:  # anything may come out of the user's code
            if str(problem).startswith("activation: returned"):
                raise
            narrow = own(activation)
            layer.activation = lambda x: narrow(x.float())  # type: ignore[misc]  # None was excluded above
            try:
                evaluate("activation", layer.activation, trial)
            except Exception as again:
                text = f"activation: raised {type(again).__name__}({again}) on a tensor of shape (2, {shape[0]})"
                raise ValueError(f"{text}, expected a function on batches of outputs") from again
    return layer


# -- the look for bad directions --


def _candidates(layer: _Layer, draw: np.random.Generator) -> torch.Tensor:
    """Return directions, one a row: coordinate vectors, pairs, sparse and dense random ones, constant ones."""
    d = layer.shape[1]
    rows = [np.eye(d)]
    if d > 1:
        pairs = [(i, j) for i in range(d) for j in range(i)]
        if len(pairs) > 128:
            pairs = [pairs[k] for k in draw.choice(len(pairs), 128, replace=False)]
        for sign in (1.0, -1.0):
            both = np.zeros((len(pairs), d))
            for row, (i, j) in enumerate(pairs):
                both[row, i], both[row, j] = 1.0, sign
            rows.append(both)
        rows.append(draw.choice([-1.0, 1.0], (16, d)))
        rows.append(draw.standard_normal((16, d)))
        rows.append(np.stack([np.ones(d), np.arange(d) % 2 * 2.0 - 1, np.arange(d) + 1.0]))
    x = np.concatenate(rows)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    if layer.activation is None:
        return torch.from_numpy(x)
    both_signs = np.concatenate([x, -x])
    scaled = np.concatenate([both_signs, 1e-3 * both_signs[::7], 1e3 * both_signs[::7]])
    return torch.from_numpy(scaled)


@dataclass
class _Look:
    """Directions with their means over the first draws, in units of norm(x)^2."""

    x: list[Vector]
    off: list[float]
    score: list[float]  # off over its standard error


def _explore(layer: _Layer, stream: Stream) -> _Look:
    x = _candidates(layer, stream.spawn("candidates").generator())
    (m, d), rows = layer.shape, len(x)
    # enough for the mean over n m units to be known to a few per cent, whatever m is
    n = int(min(max(600, 30_000 / m), 4000, max(100, _WORK / (m * (d + 30) * (rows + d))), 2**25 / (m * d) + 32))
    weights = layer.drawn(stream.spawn("look"), n)
    flat = weights.reshape(-1, d)
    gram = flat.T @ flat
    ratios = layer.squared_norms(weights, x) / (x**2).sum(1)
    off, error = ratios.mean(0) - 1, ratios.std(0, correction=0) / math.sqrt(n)
    score = off.abs() / (error + 1e-12)
    look = _Look(list(x.numpy()), off.tolist(), score.tolist())
    extra = [v for column in (0, -1) for v in (torch.linalg.eigh(gram / n)[1][:, column],)]
    if layer.activation is not None:
        extra = [sign * v for v in extra for sign in (1.0, -1.0)]
    stack = weights[: max(1, int(_WORK / 100 / (m * d)))]
    starts = [*extra, x[int(torch.argmax(off))], x[int(torch.argmin(off))]]
    extra += [_climb(layer, stack, start, sign) for start in starts for sign in (1.0, -1.0)]
    adversarial = torch.stack(extra)
    ratios = layer.squared_norms(weights, adversarial) / (adversarial**2).sum(1)
    off, error = ratios.mean(0) - 1, ratios.std(0, correction=0) / math.sqrt(n)
    look.x += list(adversarial.numpy())
    look.off += off.tolist()
    look.score += (off.abs() / (error + 1e-12)).tolist()
    return look


def _climb(layer: _Layer, stack: torch.Tensor, start: torch.Tensor, sign: float) -> torch.Tensor:
    """Return a direction, of the norm of `start`, that raises (or lowers) the mean squared norm over `stack`."""
    if layer.activation is None:
        return start  # the eigenvectors are the extremes already
    act, size = layer.activation, float(start.norm())
    x = start.clone()
    for _ in range(12):
        leaf = x.clone().requires_grad_()
        try:
            image = act((stack @ leaf).reshape(-1, layer.shape[0]))
            if not isinstance(image, torch.Tensor) or not image.requires_grad:
                return x
            (slope,) = torch.autograd.grad((image.double() ** 2).sum(), leaf)
        except RuntimeError:  # no gradient through this activation: the candidates must do
            return x
        if not bool(torch.isfinite(slope).all()) or float(slope.norm()) == 0:
            return x
        x = x + sign * 0.5 * size * slope / slope.norm()
        x = x / x.norm() * size
    return x.detach()


def _chosen(look: _Look, d: int) -> list[Vector]:
    """Return the directions to decide about: the most suspicious, readable ones first if they will do."""
    order = sorted(range(len(look.x)), key=lambda i: -look.score[i])
    coordinates = [i for i in order if np.count_nonzero(look.x[i]) == 1]
    sparse = [i for i in order if np.count_nonzero(look.x[i]) == 2]
    dense = [i for i in order if np.count_nonzero(look.x[i]) > 2]
    largest = sorted(range(len(look.x)), key=lambda i: -abs(look.off[i]))
    picked = list(dict.fromkeys([*coordinates[:1], *sparse[:1], *dense[:2], *largest[:2], *order[:1]]))
    picked.sort(
        key=lambda i: (
            look.score[i] < _SUSPECT,
            np.count_nonzero(look.x[i]) if look.score[i] >= _SUSPECT else -look.score[i],
        )
    )
    return [look.x[i] if np.count_nonzero(look.x[i]) == 1 else np.round(look.x[i], 6) for i in picked]


# -- the decision --


def _decide(layer: _Layer, eps: float, stream: Stream) -> tuple[Evidence, int, float]:
    """Return the deciding evidence, the number of directions and the largest deviation that the look saw."""
    (m, d) = layer.shape
    look = _explore(layer, stream)
    directions = _chosen(look, d)
    x = torch.from_numpy(np.stack(directions))
    size = (x**2).sum(1)
    blocks: dict[tuple[tuple[int, ...], int], list[NDArray[np.float64]]] = {}

    def sample(index: int) -> Callable[[Stream, int], NDArray[np.float64]]:
        # All directions see the same draws, drawn once; Bonferroni's split of the error rates holds all the same.
        def run(address: Stream, n: int) -> NDArray[np.float64]:
            key = (address.key, n)
            if key not in blocks:
                blocks[key] = list((layer.squared_norms(layer.drawn(address, n), x) / size).T.contiguous().numpy())
            return blocks[key][index]

        return run

    # Householder QR leaves columns orthonormal to sqrt(d) m d u (Higham, Accuracy and Stability, Theorem 19.4), sums of
    # m d products lose less; squared that doubles, and the weights will be used as float32.
    tau = min(eps / 4, 4 * math.sqrt(d) * m * d * SINGLE)
    most = int(min(1_000_000, max(2_000, _WORK / (m * d + 2000))))
    batch = int(min(4096, max(16, 2**24 / (m * d))))
    budget = ErrorBudget().split(len(directions))
    last: Evidence | None = None
    undecided: Evidence | None = None
    samples = 0
    for index, direction in enumerate(directions):
        found = decide_mean(
            sample(index),
            1.0,
            tau=tau,
            stream=stream.spawn("decide"),
            eps=eps,
            budget=budget,
            max_draws=most,
            batch=batch,
        )
        samples = max(samples, found.samples or 0)
        if found.status == "refuted":
            target = float(size[index])
            witness = {"x": direction, "norm(x)^2": target, "E norm(act(W x))^2 / norm(x)^2": found.estimate}
            witness |= dict(found.witness or {})
            text = f"E norm(act(W x))^2 is {found.estimate:.4g} norm(x)^2 at x = {_vector(direction)}: {found.summary}"
            return _replaced(found, text, samples, witness), len(directions), 0.0
        undecided = undecided or (found if found.status == "undecided" else None)
        last = found
    if undecided is not None:
        return _replaced(undecided, undecided.summary, samples, None), len(directions), 0.0
    if last is None:
        raise ValueError(f"shape: found ({m}, {d}), expected at least one direction")
    return _replaced(last, f"within {eps:g} of norm(x)^2", samples, None), len(directions), max(map(abs, look.off))


def _replaced(found: Evidence, summary: str, samples: int, witness: dict[str, object] | None) -> Evidence:
    return Evidence(
        found.name, found.status, summary, samples, found.estimate, found.target, found.interval, found.seconds, witness
    )


def _vector(x: Vector) -> str:
    nonzero = np.flatnonzero(x)
    if len(nonzero) <= 2:
        return " ".join(f"{x[i]:+.4g} e_{i}" for i in nonzero)
    return f"a vector with {len(nonzero)} nonzero entries (see the witness)"
