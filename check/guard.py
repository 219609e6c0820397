"""Handling the user's objects without leaving a mark: copies, restored state, borrowed randomness."""

from __future__ import annotations

import copy
import functools
import random
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

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
            np.random.seed(word % 2**32)  # the user's code may draw from the legacy state
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # as above
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


def recast(thing: T, change: Callable[[torch.Tensor], torch.Tensor], memo: dict[int, Any] | None = None) -> T:
    """Return a copy of a callable in which `change` was applied to every floating-point tensor that it uses.

    Modules are copied with their parameters and buffers changed; functions are rebuilt over changed closures and
    globals, so that `lambda x: net(x)` follows too. Functions of torch itself, classes and anything unknown stay.
    """
    memo = {} if memo is None else memo
    if id(thing) in memo:
        return cast(T, memo[id(thing)])
    made: Any = thing
    if isinstance(thing, torch.Tensor):
        if thing.is_floating_point():
            made = change(thing.detach()).requires_grad_(thing.requires_grad)
    elif isinstance(thing, nn.Module):
        made = own(thing)
        memo[id(thing)] = made
        with torch.no_grad():
            for held in (*made.parameters(), *made.buffers()):
                if held.is_floating_point():
                    held.data = change(held.data)
                    held.grad = None
    elif isinstance(thing, functools.partial):
        keywords = {name: recast(value, change, memo) for name, value in thing.keywords.items()}
        made = functools.partial(
            recast(thing.func, change, memo), *(recast(a, change, memo) for a in thing.args), **keywords
        )
    elif isinstance(thing, types.MethodType) and isinstance(thing.__self__, nn.Module):
        made = types.MethodType(thing.__func__, recast(thing.__self__, change, memo))
    elif isinstance(thing, types.FunctionType) and not (thing.__module__ or "").startswith(
        ("torch", "numpy", "twinproof")
    ):
        made = _rebuilt(thing, change, memo)
    elif isinstance(thing, (list, tuple)) and type(thing) in (list, tuple):
        made = type(thing)(recast(entry, change, memo) for entry in thing)
    elif isinstance(thing, dict) and type(thing) is dict:
        made = {key: recast(value, change, memo) for key, value in thing.items()}
    memo[id(thing)] = made
    return cast(T, made)


def _rebuilt(
    thing: types.FunctionType, change: Callable[[torch.Tensor], torch.Tensor], memo: dict[int, Any]
) -> types.FunctionType:
    """Return a function with the same code over changed closures, defaults and globals."""
    cells = tuple(types.CellType() for _ in thing.__closure__ or ())
    names = dict(thing.__globals__)
    made = types.FunctionType(thing.__code__, names, thing.__name__, None, cells or None)
    memo[id(thing)] = made  # before its parts: it may refer to itself
    for cell, old in zip(cells, thing.__closure__ or (), strict=True):
        try:
            cell.cell_contents = recast(old.cell_contents, change, memo)
        except ValueError:  # a cell that is not filled yet
            continue
    for name in _names(thing.__code__) & set(names):
        names[name] = recast(names[name], change, memo)
    made.__defaults__ = recast(thing.__defaults__, change, memo)
    made.__kwdefaults__ = recast(thing.__kwdefaults__, change, memo)
    return made


def in_precision(thing: T, dtype: torch.dtype) -> T:
    """Return a copy of a callable that computes with tensors of `dtype`."""
    return recast(own(thing), lambda held: held.to(dtype))


def tensors_of(thing: object) -> list[torch.Tensor]:
    """Return the tensors that a callable refers to."""
    return [held for held in _reachable((thing,)) if isinstance(held, torch.Tensor)]


def coarsest(thing: object) -> float:
    """Return the largest machine epsilon among the floating-point tensors that a callable refers to, 0 if none."""
    found = [held.dtype for held in tensors_of(thing) if held.is_floating_point()]
    return max((torch.finfo(dtype).eps for dtype in found), default=0.0)
