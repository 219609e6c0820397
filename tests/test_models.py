"""Networks, kernels and the dual solver: shapes, values that can be computed by hand, and clear refusals."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from twinproof import models
from twinproof.models import activations, mlp, residual, svm


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ---------------------------------------------------------------- names


def test_the_names_of_the_coding_parts_are_those_of_their_files() -> None:
    for name in models.__all__:
        assert getattr(models, name).__module__.startswith("twinproof.models."), name
    assert set(models.__all__) <= set(dir(models))
    with pytest.raises(AttributeError, match="no attribute 'Transformer'"):
        _ = models.Transformer


def test_backpropagation_in_numpy_does_without_torch() -> None:
    script = "import sys; from twinproof.models import Network; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


# ---------------------------------------------------------------- networks


def test_mlp_computes_what_its_layers_say() -> None:
    net = mlp.MLP((3, 4, 2), "tanh").normal_(1.0, generator())
    x = torch.randn(5, 3, dtype=torch.float64, generator=generator(1))
    first, last = net.linear(0), net.linear(1)
    by_hand = torch.tanh(x @ first.weight.T + first.bias) @ last.weight.T + last.bias
    assert torch.allclose(net(x), by_hand, rtol=1e-14, atol=1e-14)
    assert net.depth == 2


def test_mlp_of_the_univariate_study_has_4353_parameters() -> None:
    assert sum(p.numel() for p in mlp.MLP((1, 64, 64, 1), "sigmoid").parameters()) == 4353


def test_mlp_without_hidden_layer_is_affine() -> None:
    net = mlp.MLP((2, 3), "relu")
    assert torch.equal(net(torch.zeros(2, dtype=torch.float64)), net.linear(0).bias)


@pytest.mark.parametrize(
    ("widths", "error"), [((3,), ValueError), ((3, 0), ValueError), ((3, 2.5), TypeError), ((3, True), TypeError)]
)
def test_mlp_refuses_bad_widths(widths: tuple[int, ...], error: type[Exception]) -> None:
    with pytest.raises(error, match="widths"):
        mlp.MLP(widths)


def test_activations_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="activation"):
        mlp.MLP((1, 1), "swich")
    with pytest.raises(TypeError, match="activation"):
        activations.make_activation(3)  # type: ignore[arg-type]


def test_set_layer_copies_and_refuses_other_shapes() -> None:
    layer = nn.Linear(2, 3, dtype=torch.float64)
    weight, bias = torch.ones(3, 2, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    mlp.set_layer(layer, weight, bias)
    assert torch.equal(layer.weight, weight)
    with pytest.raises(ValueError, match="weight"):
        mlp.set_layer(layer, weight.T, bias)
    with pytest.raises(ValueError, match="bias"):
        mlp.set_layer(layer, weight, bias[:2])


@pytest.mark.parametrize("c", [5.0 / 3.0, 2.0])
def test_log_periodic_scales_at_its_own_factor_only(c: float) -> None:
    f = activations.LogPeriodic(c)
    z = torch.linspace(0.1, 9.0, 50, dtype=torch.float64)
    assert torch.allclose(f(c * z), c * f(z), rtol=1e-12)
    assert not torch.allclose(f(1.3 * z), 1.3 * f(z), rtol=1e-2)
    assert float(f(torch.tensor(0.0))) == 0.0 == float(f(torch.tensor(-1.0)))


@pytest.mark.parametrize("skip", [True, False])
def test_residual_network_skips_between_hidden_layers_only(skip: bool) -> None:
    net = residual.ResidualMLP(3, 2, 3, "sine", skip=skip).normal_(0.5, generator())
    x = torch.randn(3, dtype=torch.float64, generator=generator(1))
    h = torch.sin(net.block(0)(x))
    for index in (1, 2):
        h = torch.sin(net.block(index)(h)) + (h if skip else 0.0)
    assert torch.allclose(net(x), net.output(h)[0], rtol=1e-14)
    assert [tuple(state.shape) for state in net.states(x)] == [(3,), (2,), (2,), (2,)]
    assert net(torch.zeros(4, 3, dtype=torch.float64)).shape == (4,)


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_residual_network_refuses_empty_sizes(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="expected a positive integer"):
        residual.ResidualMLP(*sizes)


# ---------------------------------------------------------------- kernels


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**16))
def test_kernels_agree_with_their_definitions(d: int, n: int, seed: int) -> None:
    draw = generator(seed)
    x, z = (torch.randn(size, d, generator=draw, dtype=torch.float64) for size in (n, 3))
    distances = torch.tensor([[float(((a - b) ** 2).sum()) for b in z] for a in x], dtype=torch.float64)
    assert torch.allclose(svm.squared_distances(x, z), distances, rtol=1e-13)
    assert torch.allclose(svm.rbf(1.5)(x, z), torch.exp(-distances / 4.5), rtol=1e-13)
    assert torch.allclose(svm.polynomial(3)(x, z), (1.0 + x @ z.T) ** 3, rtol=1e-13)
    assert bool((svm.squared_distances(x, x).diagonal() == 0.0).all())


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.inf, math.nan])
def test_rbf_refuses_other_bandwidths(sigma: float) -> None:
    with pytest.raises(ValueError, match="sigma"):
        svm.rbf(sigma)


def test_kernels_refuse_bad_arguments() -> None:
    x = torch.zeros(2, 2)
    with pytest.raises(ValueError, match="degree"):
        svm.polynomial(0)
    with pytest.raises(ValueError, match="offset"):
        svm.polynomial(1, -1.0)
    with pytest.raises(ValueError, match="z"):
        svm.rbf(1.0)(x, torch.zeros(2, 3))
    with pytest.raises(ValueError, match="x"):
        svm.polynomial(2)(torch.zeros(2), x)


# ---------------------------------------------------------------- the dual


def separable(seed: int, n: int = 12) -> tuple[Tensor, Tensor]:
    x = torch.randn(n, 2, generator=generator(seed), dtype=torch.float64)
    return x, torch.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0).double()


def test_xor_with_the_quadratic_kernel_is_the_product() -> None:
    x, y = svm.xor_data()
    alpha = svm.svm_solver(x, y, lr=0.1, kernel=svm.polynomial(2))
    assert torch.allclose(alpha, torch.full((4,), 0.125, dtype=torch.float64), rtol=1e-10)
    points = torch.randn(7, 2, generator=generator(), dtype=torch.float64)
    scores = svm.svm_predictor(alpha, x, y, points, svm.polynomial(2))
    assert torch.allclose(scores, points[:, 0] * points[:, 1], rtol=1e-8)
    assert not alpha.requires_grad


@pytest.mark.parametrize(("sigma", "a"), [(0.5, 1.000671), (1.0, 1.337533), (2.0, 6.459192), (4.0, 72.427146)])
def test_xor_with_the_gaussian_kernel(sigma: float, a: float) -> None:
    x, y = svm.xor_data()
    solution = svm.solve_dual(svm.rbf(sigma)(x, x), y)
    assert solution.converged
    assert float(solution.alpha[0]) == pytest.approx(a, rel=1e-6)
    assert solution.value == pytest.approx(2 * a, rel=1e-6)
    assert solution.kkt <= 1e-8
    assert abs(solution.gap) <= 1e-8 * solution.value


@pytest.mark.parametrize("C", [0.5, 2.0, math.inf])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_optimum_is_that_of_a_reference_solver(C: float, seed: int) -> None:
    from scipy.optimize import minimize

    x, y = separable(seed, 8)
    gram = svm.rbf(1.0)(x, x)
    solution = svm.solve_dual(gram, y, C=C, max_steps=400_000, tolerance=1e-12)
    q = svm.signed_gram(gram, y).numpy()
    found = minimize(
        lambda v: 0.5 * v @ q @ v - v.sum(),
        np.ones(8) * min(C, 1.0) / 2,
        jac=lambda v: q @ v - 1.0,
        bounds=[(0.0, None if math.inf == C else C)] * 8,
        options={"maxiter": 5000, "ftol": 1e-14, "gtol": 1e-10},
    )
    assert solution.value == pytest.approx(-found.fun, rel=1e-7)
    assert -1e-9 <= solution.gap <= 1e-6 * max(1.0, solution.value)


def test_alpha_stays_in_the_box_and_some_vectors_are_idle() -> None:
    x = torch.tensor([[2.0, 0.0], [3.0, 0.5], [9.0, 1.0], [-2.0, 0.0]], dtype=torch.float64)
    y = torch.tensor([1.0, 1.0, 1.0, -1.0], dtype=torch.float64)
    solution = svm.solve_dual(svm.polynomial(1)(x, x), y, max_steps=200_000)
    assert float(solution.alpha.min()) == 0.0
    assert solution.kkt <= 1e-8


def test_infeasible_data_are_recognised_with_a_certificate() -> None:
    x, y = svm.xor_data()
    with pytest.raises(svm.InfeasibleError, match="y_train") as caught:
        svm.svm_solver(x, y)  # the linear kernel
    v = caught.value.direction
    q = svm.signed_gram(svm.polynomial(1)(x, x), y)
    assert float(v.min()) >= 0.0
    assert float(v.sum()) == pytest.approx(1.0)
    assert float((q @ v).abs().max()) <= 1e-12
    assert svm.solve_dual(svm.polynomial(1)(x, x), y, C=3.0).converged  # a soft margin has an optimum


def test_one_point_with_both_labels_is_infeasible() -> None:
    x = torch.ones(2, 2, dtype=torch.float64)
    with pytest.raises(svm.InfeasibleError):
        svm.svm_solver(x, torch.tensor([1.0, -1.0]), kernel=svm.rbf(1.0))


def test_a_zero_gram_matrix_is_infeasible() -> None:
    with pytest.raises(svm.InfeasibleError):
        svm.solve_dual(torch.zeros(3, 3, dtype=torch.float64), torch.ones(3))


def test_a_step_beyond_two_over_lambda_max_is_refused() -> None:
    x, y = svm.xor_data()
    with pytest.raises(ValueError, match="step"):
        svm.svm_solver(x, y, lr=0.17, kernel=svm.polynomial(2))  # lambda_max = 12
    with pytest.raises(ValueError, match="step"):
        svm.svm_solver(x, y, lr=0.0, kernel=svm.polynomial(2))


@pytest.mark.parametrize(
    ("gram", "labels", "named"),
    [
        (torch.eye(3)[:2], torch.ones(2), "gram"),
        (torch.tensor([[1.0, 0.5], [0.0, 1.0]]), torch.ones(2), "gram"),
        (torch.eye(2) * math.nan, torch.ones(2), "gram"),
        (torch.eye(2), torch.ones(3), "labels"),
        (torch.eye(2), torch.tensor([0.0, 1.0]), "labels"),
        (torch.zeros(0, 0), torch.zeros(0), "labels"),
        (torch.eye(2, dtype=torch.int64), torch.ones(2), "gram: found torch.int64, expected a floating dtype"),
    ],
    ids=["not square", "not symmetric", "nan", "too many labels", "labels of 0", "no point", "integers"],
)
def test_the_solver_names_the_wrong_argument(gram: Tensor, labels: Tensor, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        svm.solve_dual(gram, labels)


def test_the_solver_refuses_other_wrong_arguments() -> None:
    eye, labels = torch.eye(2), torch.ones(2)
    for arguments, named in (({"C": 0.0}, "C"), ({"max_steps": -1}, "max_steps"), ({"start": torch.ones(3)}, "start")):
        with pytest.raises(ValueError, match=named):
            svm.solve_dual(eye, labels, **arguments)


def test_no_step_leaves_the_start() -> None:
    solution = svm.solve_dual(torch.eye(2, dtype=torch.float64), torch.ones(2), max_steps=0)
    assert solution.steps == 0
    assert not solution.converged
    assert solution.gap == math.inf


# ---------------------------------------------------------------- predictors


def test_the_predictor_is_the_double_loop() -> None:
    x, y = separable(3)
    alpha = torch.rand(12, generator=generator(), dtype=torch.float64)
    alpha[::3] = 0.0
    points = torch.randn(9, 2, generator=generator(1), dtype=torch.float64)
    by_hand = [
        sum(float(a * c) * math.exp(-float(((p - q) ** 2).sum()) / 2.0) for a, c, q in zip(alpha, y, x, strict=True))
        for p in points
    ]
    scores = svm.svm_predictor(alpha, x, y, points, svm.rbf(1.0))
    assert torch.allclose(scores, torch.tensor(by_hand, dtype=torch.float64), rtol=1e-12)


def test_the_predictor_works_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = separable(4)
    alpha = torch.ones(12, dtype=torch.float64)
    points = torch.randn(50, 2, generator=generator(), dtype=torch.float64)
    whole = svm.svm_predictor(alpha, x, y, points, svm.rbf(1.0))
    monkeypatch.setattr(svm, "_CHUNK", 24)
    assert torch.allclose(svm.svm_predictor(alpha, x, y, points, svm.rbf(1.0)), whole, rtol=1e-14)


def test_a_predictor_without_support_is_zero_and_wrong_shapes_are_named() -> None:
    x, y = svm.xor_data()
    assert torch.equal(svm.svm_predictor(torch.zeros(4), x, y, x, svm.rbf(1.0)), torch.zeros(4))
    with pytest.raises(ValueError, match="alpha"):
        svm.svm_predictor(torch.ones(3), x, y, x, svm.rbf(1.0))
    for wrong in (math.nan, math.inf):
        with pytest.raises(ValueError, match="alpha: found inf or nan, expected finite entries"):
            svm.svm_predictor(torch.tensor([0.0, wrong, 1.0, 1.0]), x, y, x, svm.rbf(1.0))
    with pytest.raises(ValueError, match="x_test"):
        svm.svm_predictor(torch.ones(4), x, y, x[0], svm.rbf(1.0))
    with pytest.raises(ValueError, match="alpha"):
        svm.rbf_scaled_score(torch.zeros(4), x, y, x, 1.0)
    with pytest.raises(ValueError, match="sigma"):
        svm.rbf_scaled_score(torch.ones(4), x, y, x, 0.0)


def test_the_scaled_score_is_the_raw_one_until_that_underflows() -> None:
    x, y = separable(5)
    alpha = torch.rand(12, generator=generator(), dtype=torch.float64) + 0.1
    points = torch.randn(6, 2, generator=generator(1), dtype=torch.float64)
    raw = svm.svm_predictor(alpha, x, y, points, svm.rbf(0.7))
    score = svm.rbf_scaled_score(alpha, x, y, points, 0.7)
    assert torch.allclose(score.scaled * torch.exp(score.log_scale), raw, rtol=1e-12, atol=1e-300)
    far = torch.tensor([[40.0, 0.0]], dtype=torch.float64)
    assert float(svm.svm_predictor(alpha, x, y, far, svm.rbf(0.5))[0]) == 0.0
    assert float(svm.rbf_scaled_score(alpha, x, y, far, 0.5).scaled[0]) != 0.0
