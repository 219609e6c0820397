"""Programs with a bias: margins and values by hand, certificates of good and of bad answers."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from twinproof.models.primal_svm import MarginProgram, two_points


def program(penalised: bool) -> MarginProgram:
    """Three points in the plane, one of them no support vector."""
    x = torch.tensor([[1.0, 0.0], [-2.0, 1.0], [5.0, 5.0]], dtype=torch.float64)
    return MarginProgram(x, torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64), penalised)


def test_margins_and_values_by_hand() -> None:
    solution = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    assert program(True).margins(solution).tolist() == [4.0, -3.0, 18.0]
    assert program(True).value(solution) == 7.0
    assert program(False).value(solution) == 2.5
    assert program(True).constraints().tolist() == [[1.0, 0.0, 1.0], [2.0, -1.0, -1.0], [5.0, 5.0, 1.0]]


@pytest.mark.parametrize("penalised", [True, False])
def test_a_good_answer_has_a_narrow_certificate(penalised: bool) -> None:
    found = program(penalised)
    certificate = found.certify(found.solve())
    assert 0 <= certificate.upper - certificate.lower < Fraction(1, 10**9)
    margins = found.margins(torch.tensor([float(z) for z in certificate.feasible], dtype=torch.float64))
    assert float(margins.min()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("penalised", [True, False])
@pytest.mark.parametrize("answer", [[1.0, 0.0, 0.0], [2.0, 0.5, 1.0], [1.0, -1.0, 0.5]])
def test_a_bad_answer_has_a_certificate_that_is_wider_and_right(penalised: bool, answer: list[float]) -> None:
    found = two_points(1.5, 2, penalised=penalised)
    least = Fraction(8, 25) if not penalised else (Fraction(4, 5) ** 2 + Fraction(1, 5) ** 2) / 2
    certificate = found.certify(torch.tensor(answer, dtype=torch.float64))
    assert certificate.lower <= least < certificate.upper


def test_what_cannot_be_scaled_to_be_feasible_is_refused() -> None:
    with pytest.raises(ValueError, match="positive margins"):
        program(True).certify(torch.zeros(3, dtype=torch.float64))


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="labels"):
        MarginProgram(torch.zeros(2, 3), torch.zeros(2), penalised=True)
    with pytest.raises(ValueError, match="d: "):
        two_points(3.0, 0, penalised=True)
