"""Several inputs: two hidden layers approximate as one does for one input, and one hidden layer has no exact box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from . import cell_networks, single_layers
from .board.board import Board
from .board.finite import Model
from .board.notation import Eq, Iff, Implies, Lt, S
from .board.proposition import Proposition
from .cell_networks import ALL_ON, BITS, d, k, on


def _derive(D: Board) -> None:
    cell_networks.derive(D)
    single_layers.derive(D)


def _model(height: int = 1, **numbers: int) -> Callable[[], Model]:
    """The models of `cell_networks`, with two units of a single hidden layer, of which one reads the first input."""

    def build() -> Model:
        model = cell_networks.model(**numbers)()
        first = {(name, "N>R"): lambda i: Fraction(int(i == 0)) for name in ("v", "c")}
        tables = {
            ("H", ">N"): 2,
            ("R", ">R"): Fraction(1),
            ("h", ">R"): Fraction(height),
            ("phi", "NR>R"): lambda i, u: u,
        }
        tables |= {("W", "NN>R"): lambda i, k: Fraction(int(i == k == 0)), **first}
        return replace(model, tables={**model.tables, **tables})

    return build


PROPOSITIONS = {
    claim.id: claim
    for claim in (
        Proposition(
            id="step-approximation-highdim",
            title="With several inputs two hidden layers of steps approximate, and one hidden layer has no exact box",
            sources=(("002", "1c"),),
            hypotheses=cell_networks.HYPOTHESES,
            parts=cell_networks.PARTS | single_layers.PARTS,
            derive=_derive,
            false=cell_networks.FALSE_STATEMENTS + single_layers.FALSE_STATEMENTS,
            not_covered=(
                "More of a function of d > 2 inputs than its values at the midpoints and at the point.",
                "Lower faces of the cube, which the half-open cells leave out (twin).",
                "How well one hidden layer approximates.",
            ),
            models=(_model(), _model(height=-1, B=2, x=1), _model(tiles=2, inputs=3)),
            readings={"box": Eq(single_layers.STEPS, single_layers.CUBE)},
            rewording={
                "and unit": Implies(BITS, Iff(Lt(d, S(k, d, on(k)) + Fraction(1, 2)), ALL_ON)),
            },
        ),
    )
}
