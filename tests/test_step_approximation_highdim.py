"""The theme "step_approximation_highdim", verified as users verify it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import torch
from theme_tests import ThemeTests

import twinproof as tp
from twinproof.models.step_networks import CellNetwork
from twinproof.numerics.definitions import defined

CLAIM = "step-approximation-highdim"


class TestStepApproximationHighdim(ThemeTests):
    theme = "step_approximation_highdim"
    claims = ("step-approximation-highdim",)


def test_a_cell_network_gives_each_cell_its_height() -> None:
    heights = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    net = CellNetwork([0.0, 1.0, 2.0], heights)
    x = torch.tensor([[0.5, 0.5], [0.5, 2.0], [1.5, 1.0], [2.0, 2.0], [0.0, 1.0], [2.5, 1.0]], dtype=torch.float64)
    assert net(x).tolist() == [1.0, 2.0, 3.0, 4.0, 0.0, 0.0]
    assert (net.half_spaces.out_features, net.cells.out_features) == (6, 4)
    with pytest.raises(ValueError, match="expected n \\+ 1 and n\\^d"):
        CellNetwork([0.0, 1.0], heights)


@pytest.mark.parametrize(("n", "d"), [(1, 3), (2, 4), (3, 3), (5, 2)])
def test_the_cells_are_numbered_by_their_digits(n: int, d: int) -> None:
    g = defined(tp.claim(CLAIM).formulas(), "error", "g", n=n)
    assert [sum(int(g(cell, k)) * n**k for k in range(d)) for cell in range(n**d)] == list(range(n**d))


def test_a_wrong_numbering_repeats_cells() -> None:
    g = defined(tp.claim(CLAIM).formulas("repeated-cells"), "error", "g", n=2)
    assert {(g(cell, 0), g(cell, 1)) for cell in range(4)} == {(0, 0), (1, 1)}


@pytest.mark.parametrize("d", [0, 1, 2, 3])
def test_one_cell_is_on_at_each_point_of_the_half_open_cube_and_none_on_its_lower_faces(d: int) -> None:
    formulas = tp.claim(CLAIM).formulas()
    for z in product([Fraction(-1), Fraction(-1, 3), Fraction(0), Fraction(1, 3), Fraction(1)], repeat=d):
        on = formulas.left("one cell", B=Fraction(1), n=3, d=d, z=list(z))
        assert on == (0 if -1 in z else 1)


def test_the_error_of_a_linear_function_is_the_bound_at_the_far_corner() -> None:
    values = {"B": Fraction(1), "K": Fraction(1), "n": 2, "d": 4, "r": 2, "z": [Fraction(1)] * 4, "b": 2}
    formulas = tp.claim(CLAIM).formulas()
    m, g = (defined(formulas, "error", symbol, B=Fraction(1), n=2) for symbol in ("m", "g"))
    values["F"] = [sum((m(2, int(g(cell, k))) for k in range(4)), Fraction(0)) / 2 for cell in range(16)]
    assert formulas.left("error", **values) == formulas.right("error", **values) == 1
