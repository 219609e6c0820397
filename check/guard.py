"""Handling the user's objects without leaving a mark: copies, restored state, borrowed randomness."""

from __future__ import annotations

import copy
import functools
import random
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from ..numerics.harness.streams import Stream

T = TypeVar("T")
_DEPTH = 6  # how far references are followed from a callable to what it could change


def _names(code: types.CodeType) -> set[str]:
    """Return the global names that `code` and the functions inside it refer to."""
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*(_names(part) for part in inner))


def _children(thing: object) -> Iterator[object]:
    """Yield what a callable refers to: closures, defaults, globals that its code names, bound objects, containers."""
    if isinstance(thing, functools.partial):
        yield from (thing.func, *thing.args, *thing.keywords.values())
    elif isinstance(thing, types.MethodType):
        yield from (thing.__self__, thing.__func__)
    elif isinstance(thing, types.FunctionType):
        for cell in thing.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # a cell that is not filled yet
                continue
        yield from thing.__defaults__ or ()
        yield from (thing.__kwdefaults__ or {}).values()
        yield from (thing.__globals__[name] for name in _names(thing.__code__) if name in thing.__globals__)
    elif isinstance(thing, dict):
        yield from thing.values()
    elif isinstance(thing, (list, tuple, set)):
        yield from thing
    elif isinstance(thing, nn.Module):
        yield from (*thing.parameters(), *thing.buffers())
        yield from (part for child in thing.modules() for part in vars(child).values())
    elif hasattr(thing, "__dict__") and not isinstance(thing, (type, types.ModuleType, torch.Tensor)):
        yield from list(vars(thing).values())
        yield from (vars(type(thing)).get(name) for name in ("__call__", "forward"))


def _reachable(roots: tuple[object, ...]) -> list[object]:
    """Return tensors, modules and generators that calling one of `roots` could change."""
    seen: dict[int, object] = {}
    level: list[object] = list(roots)
    for _ in range(_DEPTH):
        following: list[object] = []
        for thing in level:
            simple = thing is None or isinstance(thing, (bool, int, float, complex, str, bytes, type, types.ModuleType))
            if simple or id(thing) in seen:
                continue
            seen[id(thing)] = thing
            if not isinstance(thing, torch.Tensor) and len(seen) < 20_000:
                following.extend(_children(thing))
        level = following
    return list(seen.values())


def _keep(thing: object) -> Callable[[], None] | None:
    """Return a function that puts `thing` back into its present state, or None if it has none to speak of."""
    if isinstance(thing, torch.Tensor):
        before, grad, needs = thing.detach().clone(), thing.grad if thing.is_leaf else None, thing.requires_grad
        grad_before = None if grad is None else grad.detach().clone()

        def restore_tensor() -> None:
            if thing.data.shape != before.shape or not torch.equal(thing.data, before):
                thing.data = before
            if thing.is_leaf:
                thing.requires_grad_(needs)
                if grad is not None and grad_before is not None and not torch.equal(grad, grad_before):
                    grad.copy_(grad_before)
                thing.grad = grad

        return restore_tensor
    if isinstance(thing, nn.Module):
        training = [(part, part.training) for part in thing.modules()]
        held = [(store, dict(store)) for part in thing.modules() for store in (part._parameters, part._buffers)]

        def restore_module() -> None:
            for part, mode in training:
                part.training = mode
            for store, entries in held:
                store.clear()
                store.update(entries)  # type: ignore[arg-type]  # each store gets back what came from it

        return restore_module
    if isinstance(thing, torch.Generator):
        state = thing.get_state()
        return lambda: void(thing.set_state(state))
    if isinstance(thing, np.random.Generator):
        bits = thing.bit_generator
        numbers = copy.deepcopy(bits.state)
        return lambda: setattr(bits, "state", numbers)
    if isinstance(thing, (np.random.RandomState, random.Random)):
        if isinstance(thing, random.Random):
            python = thing.getstate()
            return lambda: thing.setstate(python)
        legacy = thing.get_state(legacy=False)
        return lambda: thing.set_state(legacy)
    return None


def void(_: object) -> None:
    """Take a value and return nothing."""


@contextmanager
def unharmed(stream: Stream, *things: object) -> Iterator[None]:
    """Let user code run on `things` with the random numbers of `stream`; put everything back afterwards.

    Restored: tensors (values, gradients), modules (mode, parameters, buffers) and generators that the things refer
    to, through closures, bound methods, partials and globals too; the random state of torch, NumPy and Python, each
    of which produces numbers of `stream` inside; whether gradients are recorded.
    """
    restore = [undo for thing in _reachable(things) if (undo := _keep(thing)) is not None]
    python, legacy = random.getstate(), np.random.get_state()
    word = stream.spawn("python").number()
    try:
        with torch.inference_mode(False), torch.enable_grad(), stream.torch_default():
            random.seed(word)
            np.random.seed(word % 2**32)  # noqa: NPY002  # the user's code may draw from the legacy state
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002  # as above
        for undo in restore:
            undo()


def own(thing: T) -> T:
    """Return a deep copy of a module or of an object of some class; functions are returned as they are.

    What a function refers to is put back by `unharmed`. An object that cannot be copied is used as it is, also then.
    """
    if isinstance(thing, (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)):
        return thing
    try:
        return copy.deepcopy(thing)
    except (RuntimeError, TypeError, ValueError, AttributeError):
        return thing
