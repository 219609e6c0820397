"""Activations: sigmoid and tanh networks compute the same functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from .board.board import Board
from .board.bridge import to_term
from .board.evaluate import Part
from .board.finite import Model
from .board.notation import (
    And,
    Eq,
    ForAll,
    Implies,
    Le,
    Lt,
    S,
    function,
    naturals,
    sigmoid,
    tanh,
)
from .board.proposition import FalseStatement, Hypothesis, Proposition
from .library import exponential

K, L, j, k, l = naturals("K L j k l")  # K = L + 1 hidden layers
n, x = function("n", "N>N"), function("x", "N>R")  # widths of inputs, hidden layers, outputs; the input
A, b, Ao, bo = function("A", "NNN>R"), function("b", "NN>R"), function("Ao", "NN>R"), function("bo", "N>R")
C, D, Co, Do = function("C", "NNN>R"), function("D", "NN>R"), function("Co", "NN>R"), function("Do", "N>R")
H, G = function("H", "NN>R"), function("G", "NN>R")  # the layers of the sigmoid and of the tanh network


def _network(layer: Any, act: Callable[[Any], Any], weight: Any, bias: Any) -> Any:
    return And(
        ForAll(k, Eq(layer(0, k), x(k))),
        ForAll(l, j, Eq(layer(l + 1, j), act(S(k, n(l), weight(l, j, k) * layer(l, k)) + bias(l, j)))),
    )


SIGMOID_NET = Hypothesis(
    "sigmoid network", _network(H, sigmoid, A, b), "H(l, j): unit j of layer l of the sigmoid network", "definition"
)
TANH_NET = Hypothesis("tanh network", _network(G, tanh, C, D), "G(l, j): the same of the tanh network", "definition")
HIDDEN = Hypothesis("hidden layers", Eq(K, L + 1), "there is at least one hidden layer", needed_by="no-hidden-layer")


@dataclass(frozen=True)
class _Conversion:
    """One network's parameters in terms of the other's: weight and bias of the first layer, a later one, the output."""

    symbols: tuple[Any, Any, Any, Any]
    first: tuple[Any, Any]
    later: tuple[Any, Any]
    output: tuple[Any, Any]

    @property
    def equations(self) -> tuple[Any, ...]:
        weight, bias, last, shift = self.symbols
        return (
            ForAll(j < n(1), k < n(0), Eq(weight(0, j, k), self.first[0])),
            ForAll(j < n(1), Eq(bias(0, j), self.first[1])),
            ForAll(l < L, j < n(l + 2), k < n(l + 1), Eq(weight(l + 1, j, k), self.later[0])),
            ForAll(l < L, j < n(l + 2), Eq(bias(l + 1, j), self.later[1])),
            ForAll(j < n(K + 1), k < n(K), Eq(last(j, k), self.output[0])),
            ForAll(j < n(K + 1), Eq(shift(j), self.output[1])),
        )

    @property
    def definitions(self) -> Part:
        """The same equations as definitions, for experiments that convert networks."""
        weight, bias, last, shift = self.symbols
        formulas = (
            And(
                ForAll(j, k, Eq(weight(0, j, k), self.first[0])),
                ForAll(l, j, k, Eq(weight(l + 1, j, k), self.later[0])),
            ),
            And(ForAll(j, Eq(bias(0, j), self.first[1])), ForAll(l, j, Eq(bias(l + 1, j), self.later[1]))),
            ForAll(j, k, Eq(last(j, k), self.output[0])),
            ForAll(j, Eq(shift(j), self.output[1])),
        )
        return Part(None, tuple(to_term(f) for f in formulas))


FORTH = _Conversion(
    symbols=(C, D, Co, Do),
    first=(A(0, j, k) / 2, b(0, j) / 2),
    later=(A(l + 1, j, k) / 4, b(l + 1, j) / 2 + S(k, n(l + 1), A(l + 1, j, k) / 4)),
    output=(Ao(j, k) / 2, bo(j) + S(k, n(K), Ao(j, k) / 2)),
)
BACK = _Conversion(
    symbols=(A, b, Ao, bo),
    first=(2 * C(0, j, k), 2 * D(0, j)),
    later=(4 * C(l + 1, j, k), 2 * D(l + 1, j) - 2 * S(k, n(l + 1), C(l + 1, j, k))),
    output=(2 * Co(j, k), Do(j) - S(k, n(K), Co(j, k))),
)
CONVERSIONS = {"sigmoid to tanh": FORTH, "tanh to sigmoid": BACK}

SIGMOID_OUTPUT = S(k, n(K), Ao(j, k) * H(K, k)) + bo(j)
TANH_OUTPUT = S(k, n(K), Co(j, k) * G(K, k)) + Do(j)


def _same_outputs(conversion: _Conversion) -> Any:
    return Implies(*conversion.equations, ForAll(j < n(K + 1), Eq(TANH_OUTPUT, SIGMOID_OUTPUT)))


def _inputs(layer: Any) -> tuple[Any, Any]:
    """What unit j of layer `layer` + 1 applies its activation to, in the tanh network and in the sigmoid network."""
    tanh_input = S(k, n(layer), C(layer, j, k) * G(layer, k)) + D(layer, j)
    return tanh_input, S(k, n(layer), A(layer, j, k) * H(layer, k)) + b(layer, j)


def _halved(layer: Any) -> Any:
    tanh_input, sigmoid_input = _inputs(layer)
    return Eq(tanh_input, sigmoid_input / 2)


def _aligned(layer: Any) -> Any:
    return ForAll(j < n(layer), Eq(G(layer, j), 2 * H(layer, j) - 1))


def _derive(B: Board) -> None:
    B.use(exponential.tanh_by_sigmoid())
    tanh_input, sigmoid_input = _inputs(l)
    with B.suppose(_halved(l), fix=[l, j]):
        half = B.have(_halved(l))
        B.have(Eq(tanh(tanh_input), 2 * sigmoid(sigmoid_input) - 1), "tanh(z/2) = 2 sigmoid(z) - 1", by=half)
        B.have(Eq(G(l + 1, j), 2 * H(l + 1, j) - 1), "so a layer with halved inputs is aligned")
    B.have(ForAll(k, Eq(G(0, k), H(0, k))), "both are the input")
    B.ignore(SIGMOID_NET.formula, TANH_NET.formula, exponential.tanh_by_sigmoid().statement)
    for name, conversion in CONVERSIONS.items():
        with B.suppose(*conversion.equations):

            def base() -> None:
                B.have(ForAll(j < n(1), _halved(0)), "halved weights")

            def step() -> None:
                with B.suppose(Le(l + 1, L)):
                    B.have(And(Lt(l, L), _aligned(l + 1)), "the layer before")
                    B.have(ForAll(j < n(l + 2), _halved(l + 1)), "a quarter of 2 h, and the shift takes the rest")

            B.induction(l, Implies(Le(l, L), _aligned(l + 1)), "layer by layer", base=base, step=step)
            B.have(_aligned(K), "at the last hidden layer")
            B.have(ForAll(j < n(K + 1), Eq(TANH_OUTPUT, SIGMOID_OUTPUT)), "half of 2 h - 1, and the shift")
        B.conclude(name)


# --- false siblings -----------------------------------------------------------------------------------------------


def _model(conversion: _Conversion, depth: int = 1, **given: Fraction | int) -> Callable[[], Model]:
    """One unit a layer, `depth` + 1 hidden layers; these parameters for the network that is not converted."""

    def build() -> Model:
        tables: dict[tuple[str, str], Any] = {
            ("K", ">N"): depth + 1,
            ("L", ">N"): max(depth, 0),
            ("n", "N>N"): lambda l: 1,
        }
        tables |= {("x", "N>R"): lambda k: given.get("x", 1) if k == 0 else 0}
        for name, kind in (("A", "NNN>R"), ("b", "NN>R"), ("C", "NNN>R"), ("D", "NN>R")):
            tables[name, kind] = lambda *indices, name=name: given.get(f"{name}{indices[0]}", given.get(name, 0))
        for name, kind in (("Ao", "NN>R"), ("bo", "N>R"), ("Co", "NN>R"), ("Do", "N>R")):
            tables[name, kind] = lambda *indices, name=name: given.get(name, 0)
        return Model((Fraction(1),), tables, definitions=conversion.definitions.definitions)

    return build


def _false(name: str, part: str, conversion: _Conversion, **more: Any) -> FalseStatement:
    given = {"A": 1, "b": 0, "Ao": 1} if part == "sigmoid to tanh" else {"C": 1, "D": 0, "Co": 1}
    return FalseStatement(
        name,
        {part: _same_outputs(conversion)},
        readings={part: conversion.definitions},
        countermodel=_model(conversion, **given),
        **more,
    )


FALSE = (
    _false("hidden-half", "sigmoid to tanh", replace(FORTH, later=(A(l + 1, j, k) / 2, FORTH.later[1]))),
    _false("no-hidden-shift", "sigmoid to tanh", replace(FORTH, later=(FORTH.later[0], b(l + 1, j) / 2))),
    _false("no-output-shift", "sigmoid to tanh", replace(FORTH, output=(FORTH.output[0], bo(j)))),
    _false("back-without-shift", "tanh to sigmoid", replace(BACK, later=(BACK.later[0], 2 * D(l + 1, j)))),
    _false("back-doubles-everywhere", "tanh to sigmoid", replace(BACK, later=(2 * C(l + 1, j, k), BACK.later[1]))),
    FalseStatement(
        "no-hidden-layer",
        {"sigmoid to tanh": _same_outputs(FORTH)},
        hypotheses={"hidden layers": None},
        readings={"sigmoid to tanh": FORTH.definitions},
        countermodel=_model(FORTH, depth=-1, A=1, Ao=1, x=0),
    ),
)

PROPOSITIONS = {
    p.id: p
    for p in (
        Proposition(
            id="tanh-sigmoid",
            title="Every sigmoid network is a tanh network with other parameters, and conversely",
            sources=(("004", "5c"),),
            hypotheses=(SIGMOID_NET, TANH_NET, HIDDEN),
            parts={name: _same_outputs(conversion) for name, conversion in CONVERSIONS.items()},
            derive=_derive,
            not_covered=("That the two networks train alike: their gradients differ (twin `same-training`).",),
            false=FALSE,
            models=(_model(FORTH, A=1, b=2, Ao=1, bo=-1), _model(BACK, depth=2, C=1, C1=-1, D=1, Co=1, Do=2)),
            rewording={
                "sigmoid to tanh": Implies(*FORTH.equations, ForAll(j < n(K + 1), Eq(SIGMOID_OUTPUT - TANH_OUTPUT, 0)))
            },
            readings={name: conversion.definitions for name, conversion in CONVERSIONS.items()},
        ),
    )
}
