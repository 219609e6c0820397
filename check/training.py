"""Checker of a training run: whether a dead unit stays dead."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from ..numerics.harness.streams import Stream
from ..numerics.harness.verdict import Verdict
from .arguments import function, integer, seed_of, shown, tensor
from .coverage import answer, untouched
from .guard import own, unharmed

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass
class _Life:
    """What a look at the unit found: None while it is dead, else what shows that it is not."""

    alive: dict[str, object] | None = None
    undefined: str | None = None


@dataclass
class _Run:
    """One training run on a copy of the user's model."""

    model: nn.Module
    layer: nn.Linear
    unit: int
    inputs: torch.Tensor
    targets: torch.Tensor
    loss: Loss
    optimizer: torch.optim.Optimizer
    stream: Stream
    buffers: list[torch.Tensor] = field(default_factory=list)

    def look(self, step: int) -> _Life:
        """Look at the unit: negative on every input, and the output the same bits whatever negative number it has.

        The unit's pre-activations are replaced by random negative numbers from 1e-6 to 1e6 in magnitude. Both forward
        passes use the same random numbers, and buffers are put back.
        """
        before = [held.clone() for held in self.buffers]
        seen: list[torch.Tensor] = []

        def note(_: nn.Module, __: object, output: torch.Tensor) -> None:
            seen.append(output[..., self.unit].detach().clone())

        def replace(_: nn.Module, __: object, output: torch.Tensor) -> torch.Tensor:
            draw = self.stream.spawn("replace", step).generator()
            numbers = -(10.0 ** draw.uniform(-6, 6, tuple(output.shape[:-1])))
            changed = output.clone()
            changed[..., self.unit] = torch.from_numpy(np.asarray(numbers)).to(changed)
            return changed

        outputs = []
        for hook in (note, replace):
            handle = self.layer.register_forward_hook(hook)
            try:
                with torch.no_grad(), self.stream.spawn("look").torch_default():
                    outputs.append(self.forward().detach().clone())
            finally:
                handle.remove()
                with torch.no_grad():
                    for held, kept in zip(self.buffers, before, strict=True):
                        held.copy_(kept)
        if not seen:
            raise ValueError("layer: the model does not call it on these inputs, expected a layer that is used")
        values = torch.cat([z.flatten() for z in seen])
        plain, replaced = outputs
        if not bool(torch.isfinite(plain).all() and torch.isfinite(values).all()):
            return _Life(undefined="the output or the pre-activation is nan or infinite")
        awake = torch.nonzero(values >= 0)
        if len(awake):
            at = int(values.argmax())
            return _Life({"step": step, "input": at, "pre-activation": float(values[at])})
        if not torch.equal(plain, replaced):
            gap = float((plain - replaced).abs().max())
            return _Life({"step": step, "greatest pre-activation": float(values.max()), "output depends on it by": gap})
        return _Life()

    def forward(self) -> torch.Tensor:
        """Return the model's output on all inputs."""
        output = self.model(self.inputs)
        if not isinstance(output, torch.Tensor):
            raise TypeError(f"model: returned {shown(output)}, expected a tensor")
        return output

    def step(self) -> float:
        """Take one step on the full data and return the loss before it."""

        def closure() -> torch.Tensor:
            self.optimizer.zero_grad()
            value = self.loss(self.forward(), self.targets)
            if not isinstance(value, torch.Tensor) or value.numel() != 1:
                raise TypeError(f"loss: returned {shown(value)}, expected a tensor with one entry")
            if not value.requires_grad:
                raise ValueError("loss: does not depend on the model's parameters, expected one that can be trained on")
            value.backward()  # type: ignore[no-untyped-call]
            last.append(float(value.detach()))
            return value

        last: list[float] = []
        if "closure" in inspect.signature(self.optimizer.step).parameters:
            self.optimizer.step(closure)  # type: ignore[arg-type]  # declared float, takes tensors
        else:
            closure()
            self.optimizer.step()
        return last[0] if last else float("nan")

    def own_parameters(self) -> list[torch.Tensor]:
        """Return copies of the unit's incoming weights and its bias."""
        bias = [] if self.layer.bias is None else [self.layer.bias[self.unit].detach().clone()]
        return [self.layer.weight[self.unit].detach().clone(), *bias]

    def train(self, steps: int) -> tuple[int, _Life, bool]:
        """Return (steps taken, last look, whether the unit's own parameters moved); stops when the unit is alive."""
        first = self.own_parameters()
        life, done = _Life(), 0
        for done in range(1, steps + 1):
            value = self.step()
            life = self.look(done)
            if life.undefined is None and not np.isfinite(value):
                life.undefined = "the loss is nan or infinite"
            if life.alive is not None or life.undefined is not None:
                break
        moved = not all(torch.equal(a, b) for a, b in zip(first, self.own_parameters(), strict=True))
        return done, life, moved


def unit_stays_dead(
    model: nn.Module,
    layer: str,
    unit: int,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    *,
    loss: Loss,
    optimizer: Callable[[nn.Module], torch.optim.Optimizer],
    steps: int,
    seed: int = 0,
) -> Verdict:
    """Say whether a dead unit is still dead after each of `steps` full-batch training steps.

    Dead: its pre-activation is negative on every input, and the model's output does not depend on the unit, bit for
    bit, as long as it is negative. Its own parameters may move (AdamW shrinks them). The run is made on a copy of the
    model, in the mode that the model is in; the witness of a revival is found in a second run again.

    Args:
        model: any torch module that maps `inputs` to a tensor.
        layer: name of an nn.Linear in the model, as in `model.named_modules()`.
        unit: index of the unit among the layer's outputs.
        inputs, targets: the whole training set.
        loss: callable (output, target) -> tensor with one entry.
        optimizer: callable model -> torch optimiser over that model's parameters.
        steps: number of steps, at least 1.
        seed: of dropout masks and the like, and of what the unit is replaced by.

    Raises:
        ValueError: the unit is not dead at the start, or an argument is out of range; the message names it.
        TypeError: an argument has the wrong type; the message names it.
    """
    started = time.perf_counter()
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: found {shown(model)}, expected a torch module")
    if not isinstance(layer, str):
        raise TypeError(f"layer: found {shown(layer)}, expected the name of an nn.Linear in the model")
    linear = dict(model.named_modules()).get(layer)
    if not isinstance(linear, nn.Linear):
        known = ", ".join(repr(name) for name, part in model.named_modules() if isinstance(part, nn.Linear))
        what = "no such module" if linear is None else type(linear).__name__
        raise ValueError(
            f"layer: found {layer!r} ({what}), expected the name of an nn.Linear: {known or 'there is none'}"
        )
    unit = integer("unit", unit, 0, f"an index from 0 to {linear.out_features - 1}")
    if unit >= linear.out_features:
        raise ValueError(f"unit: found {unit}, expected an index from 0 to {linear.out_features - 1}")
    tensor("inputs", inputs)
    tensor("targets", targets)
    function("loss", loss)
    if isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer: found {type(optimizer).__name__}, expected a callable model -> optimiser (the run uses a copy)"
        )
    function("optimizer", optimizer)
    steps = integer("steps", steps, 1, "an int >= 1")
    seed = seed_of(seed)
    stream = Stream(seed).spawn("check", "dead")

    def fresh() -> _Run:
        return _prepared(model, layer, unit, inputs, targets, loss, optimizer, stream)

    with unharmed(stream, model, inputs, targets, loss, optimizer):
        run = fresh()
        start = _looked(run)
        if start.alive is not None or start.undefined is not None:
            facts = {key: value for key, value in (start.alive or {}).items() if key != "step"}
            found = start.undefined or "; ".join(f"{key} {value}" for key, value in facts.items())
            raise ValueError(
                f"unit: unit {unit} of {layer!r} is not dead at the start ({found}), expected one that is negative on "
                "every input and that the output does not depend on"
            )
        claim = _covered(run, layer)
        taken, life, moved = run.train(steps)
    question = f"unit {unit} of {layer!r} stays dead through {steps} steps of {type(run.optimizer).__name__}"
    reproduce = (
        f"twinproof.check.unit_stays_dead(model, {layer!r}, {unit}, inputs, targets, ..., steps={steps}, seed={seed})"
    )
    if life.alive is not None:
        with unharmed(stream, model, inputs, targets, loss, optimizer):
            again = fresh()
            _looked(again)
            second = again.train(taken)[1]
        if second.alive != life.alive:
            text = f"alive at step {taken}, but not in a second run: the run cannot be repeated"
            return answer(question, "undecided", text, started=started, samples=taken, reproduce=reproduce)
        text = "; ".join(
            f"{key} {value:.6g}" if isinstance(value, float) else f"{key} {value}" for key, value in life.alive.items()
        )
        return answer(
            question,
            "refuted",
            f"it revives: {text}",
            started=started,
            claim=claim,
            samples=taken,
            witness=life.alive,
            reproduce=reproduce,
        )
    if life.undefined is not None:
        text = f"{life.undefined} at step {taken}; dead until then"
        return answer(question, "undecided", text, started=started, samples=taken, reproduce=reproduce)
    own_words = "moved" if moved else "did not move"
    text = f"dead after each of {taken} steps; its own parameters {own_words}"
    return answer(question, "corroborated", text, started=started, claim=claim, samples=taken, reproduce=reproduce)


def _looked(run: _Run) -> _Life:
    """Return the first look; a model that fails on the inputs is the caller's mistake."""
    try:
        return run.look(0)
    except (ValueError, TypeError) as problem:
        if str(problem).partition(":")[0] in ("model", "layer"):
            raise
        raise ValueError(f"inputs: the model raised {type(problem).__name__}({problem}) on them") from problem
    except (RuntimeError, IndexError) as problem:
        raise ValueError(f"inputs: the model raised {type(problem).__name__}({problem}) on them") from problem


def _prepared(
    model: nn.Module,
    layer: str,
    unit: int,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    loss: Loss,
    optimizer: Callable[[nn.Module], torch.optim.Optimizer],
    stream: Stream,
) -> _Run:
    copied = own(model)
    made = optimizer(copied)
    if not isinstance(made, torch.optim.Optimizer):
        raise TypeError(f"optimizer: returned {shown(made)}, expected a torch optimiser")
    mine = {id(held) for held in copied.parameters()}
    if not all(id(held) in mine for group in made.param_groups for held in group["params"]):
        raise ValueError("optimizer: steps parameters of another model, expected those of the model it is given")
    linear = copied.get_submodule(layer)
    if not isinstance(linear, nn.Linear):
        raise ValueError(f"layer: {layer!r} is no nn.Linear in a copy of the model, expected one")
    return _Run(
        copied,
        linear,
        unit,
        inputs.detach().clone(),
        targets.detach().clone(),
        loss,
        made,
        stream,
        list(copied.buffers()),
    )


def _covered(run: _Run, layer: str) -> str | None:
    """Return the claim dead-relu for the network and the optimiser that it speaks of: one hidden layer, plain SGD."""
    model, chosen = run.model, run.optimizer
    if (
        type(model) is not nn.Sequential
        or layer != "0"
        or [type(part) for part in model] != [nn.Linear, nn.ReLU, nn.Linear]
    ):
        return None
    plain = type(chosen) is torch.optim.SGD and all(
        group["momentum"] == 0 and group["weight_decay"] == 0 for group in chosen.param_groups
    )
    return "dead-relu" if plain and all(untouched(part) for part in model.modules()) else None
