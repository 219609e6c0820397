"""Networks with one hidden layer, a few units and small integers: finite models of statements about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..board.enclosures import sign
from ..board.finite import Model, Symbol
from .finite_networks import IDENTITY, SQUARE, Activation

Number = int | Fraction
Rows = Sequence[Sequence[Number]]


def entry(values: Any, *indices: int) -> Any:
    """An entry of nested sequences, 0 outside."""
    for index in indices:
        if index >= len(values):
            return 0
        values = values[int(index)]
    return values


def table(values: Any) -> Callable[..., Any]:
    """The function of the indices of nested sequences, 0 outside."""
    return lambda *indices: entry(values, *indices)


def dot(a: Sequence[Number], b: Sequence[Number]) -> Number:
    """The inner product."""
    return sum((x * y for x, y in zip(a, b, strict=True)), 0)


def finite_two_layers(
    incoming: Rows,
    outgoing: Sequence[Number],
    inputs: Rows = ((1,),),
    weights: Sequence[Number] = (1,),
    activation: Activation = SQUARE,
    loss: Activation = IDENTITY,
    **indices: int,
) -> Callable[[], Model]:
    """A model of `two_layers`.

    Args:
        incoming: w, a row for each unit.
        outgoing: v, an entry for each unit.
        inputs: X, a row for each example.
        weights: c, an entry for each example.
        activation: its slopes at unit p are s.
        loss: as a function of the output, for every example; its slopes at the outputs are dl.
        indices: p, q and others; p and q are 0 if not named.
    """

    def build() -> Model:
        chosen = {"p": 0, "q": 0} | indices
        outputs = [dot(outgoing, [activation.function(dot(row, example)) for row in incoming]) for example in inputs]
        slopes = [_slope(activation, dot(incoming[chosen["p"]], example)) for example in inputs]
        tables: dict[Symbol, Any] = {(name, ">N"): value for name, value in chosen.items()}
        tables |= {("m", ">N"): len(outgoing), ("d", ">N"): len(inputs[0]), ("N", ">N"): len(inputs)}
        tables |= {("w", "NN>R"): table(incoming), ("v", "N>R"): table(outgoing), ("X", "NN>R"): table(inputs)}
        tables |= {("c", "N>R"): table(weights), ("s", "N>R"): table(slopes)}
        tables |= {("dl", "N>R"): table([_slope(loss, value) for value in outputs])}
        tables |= {("sg", "R>R"): activation.function, ("l", "NR>R"): lambda example, value: loss.function(value)}
        return Model((Fraction(1),), tables)

    return build


def _slope(function: Activation, at: Number) -> Number:
    return function.first * at + function.second


def _gradient(
    units: Rows,
    inputs: Rows,
    weights: Sequence[Number],
    activation: Activation,
    loss: Activation,
    masks: Sequence[Number] | None = None,
) -> list[list[Number]]:
    """The gradient in the weights of each unit: its incoming weights, then its outgoing one."""
    kept = [1] * len(units) if masks is None else masks
    found: list[list[Number]] = [[0] * len(row) for row in units]
    for example, weight in zip(inputs, weights, strict=True):
        before = [dot(row[:-1], example) for row in units]
        values = [factor * activation.function(z) for factor, z in zip(kept, before, strict=True)]
        pull = weight * _slope(loss, dot([row[-1] for row in units], values))
        for row, z, value, factor, unit in zip(units, before, values, kept, found, strict=True):
            for place, x in enumerate(example):
                unit[place] += pull * factor * row[-1] * _slope(activation, z) * x
            unit[-1] += pull * value
    return found


def finite_step(
    incoming: Rows,
    outgoing: Sequence[Number],
    inputs: Rows = ((1,),),
    weights: Sequence[Number] = (1,),
    activation: Activation = SQUARE,
    loss: Activation = IDENTITY,
    masks: Sequence[Number] | None = None,
    **indices: int,
) -> Callable[[], Model]:
    """As `finite_two_layers`, with the gradient gw, gv and a step of size 1; the network A, b is w, v in other units.

    `masks` are factors of what each unit adds, and rate is the step size of each unit in the false statements.
    """
    network = finite_two_layers(
        incoming, outgoing, inputs, weights, activation, loss, **{"q": 1, "u": 0, "e": 0} | indices
    )

    def build() -> Model:
        found = network()
        units = [[*row, last] for row, last in zip(incoming, outgoing, strict=True)]
        slopes = _gradient(units, inputs, weights, activation, loss, masks)
        tables: dict[Symbol, Any] = {
            ("eta", ">R"): 1,
            ("g", ">R"): slopes[-1][0],
            ("rate", "N>R"): lambda unit: 1 + unit,
        }
        tables |= {("A", "NN>R"): table(list(incoming)[::-1]), ("b", "N>R"): table(list(outgoing)[::-1])}
        tables |= {("gw", "NN>R"): lambda unit, place: entry([row[:-1] for row in slopes], unit, place)}
        tables |= {("gv", "N>R"): table([row[-1] for row in slopes])}
        tables |= {("K", "N>R"): table(masks or ())}
        return replace(found, tables={**found.tables, **tables})

    return build


Update = Callable[[int, int, Any, Any, Any, Any], Any]  # of unit, place, weight, gradient and memories


def _descent(unit: int, place: int, weight: Any, slope: Any, first: Any, second: Any) -> Any:
    return weight + -1 * slope + -1 * first


def finite_training(
    units: Rows,
    inputs: Rows = ((1,),),
    weights: Sequence[Number] = (1,),
    activation: Activation = SQUARE,
    loss: Activation = IDENTITY,
    update: Update = _descent,
    memories: Rows = (),
    masks: Sequence[Number] | None = None,
    **indices: int,
) -> Callable[[], Model]:
    """A model of `training` with T = s = 1 step from the weights `units`, of which the last is the outgoing one.

    Each weight becomes update(unit, place, weight, gradient, memories); the first memory becomes the gradient, the
    second is 0 for ever.
    """

    def build() -> Model:
        slopes = _gradient(units, inputs, weights, activation, loss, masks)
        outputs = [
            dot([row[-1] for row in units], [activation.function(dot(row[:-1], x)) for row in units]) for x in inputs
        ]
        chosen = {"p": 0, "q": 1, "s": 1, "T": 1, "e": 0, "u": 0} | indices
        tables: dict[Symbol, Any] = {(name, ">N"): value for name, value in chosen.items()}
        tables |= {("m", ">N"): len(units), ("d", ">N"): len(units[0]) - 1, ("N", ">N"): len(inputs)}
        tables |= {("X", "NN>R"): table(inputs), ("sg", "R>R"): activation.function}
        tables |= {("l", "NR>R"): lambda example, value: loss.function(value)}
        tables |= {("r", "R>R"): lambda z: activation.first * z + activation.second}
        tables |= {("c", "NN>R"): lambda step, example: entry(weights, example) if step == 0 else 0}
        tables |= {("dl", "NN>R"): lambda step, example: entry([_slope(loss, y) for y in outputs], example)}
        tables |= {("g", "NNN>R"): lambda step, unit, place: entry(slopes, unit, place) if step == 0 else 0}
        tables |= {("w0", "NN>R"): table(units), ("a0", "NN>R"): table(memories), ("b0", "NN>R"): table(())}
        tables |= {("U", "NNRRRR>R"): lambda step, place, *now: update(0, place, *now)}
        tables |= {("A", "NNRRRR>R"): lambda step, place, w, slope, *memory: slope}
        tables |= {("B", "NNRRRR>R"): lambda step, place, w, slope, first, second: second}
        tables |= {
            ("rate", "N>R"): lambda unit: 1 + unit,
            ("K", "NNN>R"): lambda step, i, unit: entry(masks or (), unit),
        }
        tables |= {("xi", "NNN>R"): lambda step, unit, place: unit}
        return Model((Fraction(1),), tables)

    return build


def hinged(model: Callable[[], Model], symbol: Symbol) -> Callable[[], Model]:
    """The model with max(u, 0) for the activation or the losses; what its slopes are called stays as it is."""

    def build() -> Model:
        found = model()
        return replace(found, tables={**found.tables, symbol: lambda *arguments: _positive_part(arguments[-1])})

    return build


def _positive_part(u: Any) -> Any:
    return u if sign(u) > 0 else Fraction(0)
