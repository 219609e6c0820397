"""Deep linear networks with random parameters: what each layer depends on, and how moments pass through one layer.

Units of layer 0 are the input; layer l maps the n(l) units of layer l to those of layer l + 1, with the weights
A(w, l, j, k) and perhaps the biases b(w, l, j). The parameters come in blocks, Z(w, i, ...): block 0 is the input,
block l + 1 holds those of layer l.
"""

from __future__ import annotations

from typing import Any

from ..board.board import Board
from ..board.notation import (
    And,
    E,
    Eq,
    ForAll,
    Implies,
    Independent,
    Integrable,
    Lt,
    Not,
    S,
    bracket,
    function,
    naturals,
    outcomes,
)
from ..kernel.theorem import Theorem
from .order import at

l, i, j, k, p, c = naturals("l i j k p c")
w, u = outcomes("w u")
n = function("n", "N>N")
x, A, b, y = function("x", "WN>R"), function("A", "WNNN>R"), function("b", "WNN>R"), function("y", "WNN>R")


class Network:
    """The blocks and the layers of a network, with biases or without."""

    def __init__(self, *, biases: bool) -> None:
        self.biases = biases
        self.inner = (c, j, k) if biases else (j, k)
        self.Z = function("Z", "WNNNN>R" if biases else "WNNN>R")

    @property
    def blocks(self) -> Any:
        """What the blocks hold."""
        layer = A(w, l, j, k)
        if self.biases:
            layer = bracket(Eq(c, 0)) * layer + bracket(Lt(0, c)) * b(w, l, j)
        first = ForAll(w, *self.inner, Eq(self.Z(w, 0, *self.inner), x(w, k)))
        return And(first, ForAll(w, l, *self.inner, Eq(self.Z(w, l + 1, *self.inner), layer)))

    @property
    def layers(self) -> Any:
        """The units, layer by layer."""
        return And(ForAll(w, j, Eq(y(w, 0, j), x(w, j))), ForAll(w, l, j, Eq(y(w, l + 1, j), self.output)))

    @property
    def output(self) -> Any:
        """Unit j of layer l + 1."""
        weighted = S(k, n(l), A(w, l, j, k) * y(w, l, k))
        return weighted + b(w, l, j) if self.biases else weighted

    @property
    def independent(self) -> Any:
        """The input and the layers are independent."""
        return Independent(w, (i,), self.inner, self.Z(w, i, *self.inner))

    def same(self, layer: Any) -> Any:
        """The blocks below `layer` agree at two outcomes: its own parameters may differ."""
        agree = Eq(self.Z(w, i, *self.inner), self.Z(u, i, *self.inner))
        return ForAll(i, *self.inner, Implies(Not(Lt(layer, i)), agree))

    def use_blocks(self, board: Board) -> None:
        """Set the definition of the blocks aside for what it says of each parameter."""
        entries = [ForAll(w, k, Eq(x(w, k), self.Z(w, 0, *(0,) * (len(self.inner) - 1), k)))]
        if self.biases:
            entries.append(ForAll(w, l, j, k, Eq(A(w, l, j, k), self.Z(w, l + 1, 0, j, k))))
            entries.append(ForAll(w, l, j, Eq(b(w, l, j), self.Z(w, l + 1, 1, j, 0))))
        else:
            entries.append(ForAll(w, l, j, k, Eq(A(w, l, j, k), self.Z(w, l + 1, j, k))))
        board.have(And(*entries), "block 0 is the input, block l + 1 are the parameters of layer l")
        board.ignore(self.blocks)

    def determined(self, board: Board) -> None:
        """Line: the units of layer l are determined by the blocks up to l."""

        def claim(layer: Any) -> Any:
            return ForAll(w, u, Implies(self.same(layer), ForAll(j, Eq(y(w, layer, j), y(u, layer, j)))))

        def base() -> None:
            with board.suppose(self.same(0), fix=[w, u]):
                board.use(at(board.given(self.same(0)), 0))
                board.have(ForAll(k, Eq(x(w, k), x(u, k))))
                board.have(ForAll(j, Eq(y(w, 0, j), y(u, 0, j))))

        def step() -> None:
            with board.suppose(self.same(l + 1), fix=[w, u]):
                board.have(self.same(l))
                board.have(ForAll(k, Eq(y(w, l, k), y(u, l, k))))
                board.use(at(board.given(self.same(l + 1)), l + 1))
                board.have(ForAll(j, k, Eq(A(w, l, j, k), A(u, l, j, k))))
                if self.biases:
                    board.have(ForAll(j, Eq(b(w, l, j), b(u, l, j))))
                board.have(ForAll(j, Eq(y(w, l + 1, j), y(u, l + 1, j))))

        with board.likewise("the units of layer l are determined by the blocks up to l: induction on l"):
            board.induction(l, claim(l), base=base, step=step)

    def factor(self, board: Board, parameters: Any, *units: Any) -> None:
        """Facts: parameters of layer l and a product of units of layer l are independent, inside a block for l.

        `parameters` is a term in the parameters of layer l at the outcome w, `units` are indices of one or two units.
        """
        here, there = (_product(*(y(v, l, unit) for unit in units)) for v in (w, u))
        with board.suppose(self.same(l), fix=[w, u]):
            board.have(ForAll(k, Eq(y(w, l, k), y(u, l, k))))
            board.have(Eq(here, there))
        family = board.given(self.independent)
        board.product_mean(w, parameters, here, independence=family, indices=[i], selected=Lt(l, i))

    def moments(self, board: Board, value: Any) -> None:
        """Facts, inside a block for l and j: E (A_jk A_jp y_k y_p) = `value` E (y_k y_p), and it is integrable."""
        weights, units = A(w, l, j, k) * A(w, l, j, p), y(w, l, k) * y(w, l, p)
        integrable, mean = Integrable(w, weights * units), Eq(E(w, weights * units), value * E(w, units))
        with board.suppose(Lt(k, n(l)), Lt(p, n(l)), fix=[k, p]):
            board.integrable(w, weights, by=A(w, l, j, k) ** 2 + A(w, l, j, p) ** 2)
            board.integrable(w, units, by=y(w, l, k) ** 2 + y(w, l, p) ** 2)
            self.factor(board, weights, k, p)
            board.have(And(integrable, mean))
        board.have(ForAll(k < n(l), p < n(l), integrable))
        board.have(ForAll(k < n(l), p < n(l), mean))


    def bias_moments(self, board: Board) -> None:
        """Facts, inside a block for l and j: E (A_jk b_j y_k) = 0 if E (A_jk b_j) = 0, and it is integrable."""
        both = A(w, l, j, k) * b(w, l, j)
        integrable, mean = Integrable(w, both * y(w, l, k)), Eq(E(w, both * y(w, l, k)), 0)
        with board.suppose(Lt(k, n(l)), fix=[k]):
            board.integrable(w, both, by=A(w, l, j, k) ** 2 + b(w, l, j) ** 2)
            board.integrable(w, y(w, l, k), by=y(w, l, k) ** 2 + 1)
            self.factor(board, both, k)
            board.have(And(integrable, mean))
        board.have(ForAll(k < n(l), integrable))
        board.have(ForAll(k < n(l), mean))

    def means(self, board: Board) -> None:
        """Facts, inside a block for l and j: E (A_jk y_k) = 0 if E A_jk = 0, and it is integrable."""
        integrable, mean = Integrable(w, A(w, l, j, k) * y(w, l, k)), Eq(E(w, A(w, l, j, k) * y(w, l, k)), 0)
        with board.suppose(Lt(k, n(l)), fix=[k]):
            board.integrable(w, A(w, l, j, k), by=A(w, l, j, k) ** 2 + 1)
            board.integrable(w, y(w, l, k), by=y(w, l, k) ** 2 + 1)
            self.factor(board, A(w, l, j, k), k)
            board.have(And(integrable, mean))
        board.have(ForAll(k < n(l), integrable))
        board.have(ForAll(k < n(l), mean))


def _product(first: Any, *others: Any) -> Any:
    for other in others:
        first = first * other
    return first


def layer_equation(board: Board, network: Network, first: bool) -> Theorem:
    """A fact: the units of layer 0, or of layer l + 1, as the network computes them."""
    if first:
        return board.have(ForAll(w, j, Eq(y(w, 0, j), x(w, j))))
    return board.have(ForAll(w, j, Eq(y(w, l + 1, j), network.output)))
