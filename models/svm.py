"""Support vector machines with a kernel and without a bias: kernels, dual solver, predictors.

The hard margin program is min 1/2 |w|^2 subject to y_i f(x_i) >= 1, f(x) = w . phi(x); its dual
max sum_i a_i - 1/2 a' Q a over 0 <= a_i (<= C with a soft margin), Q_ij = y_i y_j K(x_i, x_j). There is no
bias, so there is no equation y . a = 0, and the projection on the feasible set is a clip.

Reference: Scholkopf and Smola, Learning with Kernels (2002), chapters 2 and 7; Bertsekas, Nonlinear
Programming, section 2.3 (projected gradient, step below 2 / lambda_max).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from .kernels import Kernel, ProductKernel, checked_points, polynomial, rbf, squared_distances

__all__ = [
    "DualSolution",
    "InfeasibleError",
    "Kernel",
    "ScaledScore",
    "dual_value",
    "duality_gap",
    "fit_svm",
    "infeasible_direction",
    "kkt_residual",
    "polynomial",
    "rbf",
    "rbf_scaled_score",
    "signed_gram",
    "solve_dual",
    "squared_distances",
    "svm_grid_predictor",
    "svm_predictor",
    "svm_solver",
    "xor_data",
]

_CHUNK = 1 << 16  # kernel values computed at a time by the predictor: 512 KiB in float64, which stay in the cache
_CHECK_EVERY = 64  # steps between two looks at the KKT residual


class InfeasibleError(ValueError):
    """No hard margin separates the data, so the dual is unbounded.

    `direction` (n,) certifies it: nonnegative, of sum 1, with Q @ direction = 0 up to rounding; the dual
    grows without bound along it.
    """

    def __init__(self, message: str, direction: Tensor) -> None:
        super().__init__(message)
        self.direction = direction

    def __reduce__(self) -> tuple[Any, ...]:
        """Both arguments travel from a worker process."""
        return type(self), (str(self), self.direction)


def _finite(name: str, x: Tensor) -> Tensor:
    finite = torch.isfinite(checked_points(name, x))
    if not bool(finite.all()):
        row = int((~finite).nonzero()[0, 0])
        raise ValueError(f"{name}: expected finite entries, got inf or nan in row {row}")
    return x


def _labels(labels: Tensor, n: int, name: str = "labels") -> None:
    if labels.shape != (n,):
        raise ValueError(f"{name}: expected shape ({n},), got {tuple(labels.shape)}")
    if not bool(((labels == 1) | (labels == -1)).all()):
        raise ValueError(f"{name}: expected entries +1 or -1, got {sorted(set(labels.tolist()))}")


def signed_gram(gram: Tensor, labels: Tensor) -> Tensor:
    """Return Q_ij = y_i y_j K_ij for gram K (n, n) and labels y (n,) in {-1, 1}.

    Raises ValueError for other shapes, a dtype that is not floating, other labels, entries that are not finite,
    or a matrix that is not symmetric (beyond rounding).
    """
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1]:
        raise ValueError(f"gram: expected a square matrix, got shape {tuple(gram.shape)}")
    if not gram.is_floating_point():
        raise ValueError(f"gram: found {gram.dtype}, expected a floating dtype")
    n = gram.shape[0]
    _labels(labels, n)
    if not bool(torch.isfinite(gram).all()):
        raise ValueError("gram: expected finite entries, got inf or nan")
    scale = float(gram.abs().max()) if n else 0.0
    # K(x, z) and K(z, x) are computed by the same few operations; their rounding differs by some ulp at most.
    if n and float((gram - gram.T).abs().max()) > 8 * n * torch.finfo(gram.dtype).eps * scale:
        raise ValueError("gram: expected a symmetric matrix")
    y = labels.to(gram.dtype)
    return gram * y[:, None] * y[None, :]


def dual_value(alpha: Tensor, q: Tensor) -> Tensor:
    """Return sum_i alpha_i - 1/2 alpha' Q alpha, a scalar, for alpha (n,) and q (n, n); differentiable."""
    return alpha.sum() - 0.5 * (alpha @ (q @ alpha))


def kkt_residual(alpha: Tensor, q: Tensor, C: float = math.inf) -> float:
    """Return max_i |alpha_i - clip(alpha_i + (1 - Q alpha)_i, 0, C)|, zero exactly at the dual optimum."""
    return float((alpha - (alpha + 1.0 - q @ alpha).clamp(0.0, C)).abs().max())


def duality_gap(alpha: Tensor, q: Tensor, C: float = math.inf) -> float:
    """Return primal minus dual value at the primal point that belongs to alpha, >= 0 up to rounding.

    Soft margin: w = sum_i alpha_i y_i phi(x_i) with slacks max(0, 1 - (Q alpha)_i). Hard margin: the same w
    divided by its smallest margin, which makes it feasible; inf where that margin is not positive.
    """
    margins = q @ alpha
    norm = float(alpha @ margins)
    dual = float(alpha.sum()) - 0.5 * norm
    if math.isfinite(C):
        return 0.5 * norm + C * float((1.0 - margins).clamp(min=0.0).sum()) - dual
    smallest = float(margins.min())
    return 0.5 * norm / smallest**2 - dual if smallest > 0 else math.inf


@dataclass(frozen=True)
class DualSolution:
    """What the solver found: `alpha` (n,), the dual `value`, its `gap` and `kkt` residual, and how it ended.

    `steps` were taken with step size `step`; `converged` says whether the KKT residual fell to the tolerance.
    """

    alpha: Tensor
    value: float
    gap: float
    kkt: float
    steps: int
    step: float
    converged: bool


def infeasible_direction(q: Tensor) -> Tensor | None:
    """Return a certificate that no hard margin separates the data, or None if one does.

    Such a certificate is v >= 0 of sum 1 with Q v = 0 (Gordan's theorem of the alternative: |sum v_i y_i
    phi(x_i)| = 0), found by nonnegative least squares on [Q / lambda; 1'] v = [0; 1]. "= 0" means within n
    rounding errors of Q.
    """
    n = q.shape[0]
    top = float(torch.linalg.matrix_norm(q.cpu().double(), 2))
    if top == 0.0:
        return torch.full((n,), 1.0 / n, dtype=q.dtype, device=q.device)
    system = np.vstack([q.cpu().double().numpy() / top, np.ones((1, n))])
    v, residual = scipy.optimize.nnls(system, np.append(np.zeros(n), 1.0))
    if residual > 4 * n * torch.finfo(q.dtype).eps:
        return None
    return torch.from_numpy(v / v.sum()).to(q)


def _step(step: float | None, q: Tensor) -> float:
    """Return the step, 1 / lambda_max(Q) if none is given, or say why it cannot be taken."""
    spectrum = torch.linalg.eigvalsh(q)
    least, top = float(spectrum[0]), float(spectrum[-1])
    # rounding of a kernel shifts eigenvalues by some n eps top; what lies far beyond comes from the kernel itself
    if least < -math.sqrt(torch.finfo(q.dtype).eps) * float(spectrum.abs().max()):
        raise ValueError(f"gram: expected a positive semidefinite matrix, got the eigenvalue {least:.6g}")
    limit = 2.0 / top if top > 0 else math.inf
    if step is None:
        return 1.0 / top if top > 0 else 1.0
    if not 0 < step < limit:
        raise ValueError(f"step (lr): expected a number in (0, 2/lambda_max) = (0, {limit:.6g}), got {step!r}")
    return step


def _start(start: Tensor | None, q: Tensor, C: float) -> Tensor:
    """Return a copy of the start, put into the box; zero if none is given."""
    if start is None:
        return torch.zeros(q.shape[0], dtype=q.dtype, device=q.device)
    if start.shape != q.shape[:1]:
        raise ValueError(f"start: expected shape {tuple(q.shape[:1])}, got {tuple(start.shape)}")
    if not bool(torch.isfinite(start).all()):
        raise ValueError("start: found inf or nan, expected finite entries")
    return start.detach().to(q).clamp(0.0, C)


def _check_steps(max_steps: object) -> None:
    expected = "expected an integer >= 0"
    if isinstance(max_steps, bool) or not isinstance(max_steps, Integral):
        raise TypeError(f"max_steps (num_iters): found {max_steps!r}, {expected}")
    if max_steps < 0:
        raise ValueError(f"max_steps (num_iters): found {max_steps!r}, {expected}")


def solve_dual(
    gram: Tensor,
    labels: Tensor,
    *,
    C: float = math.inf,
    step: float | None = None,
    max_steps: int = 10_000,
    tolerance: float = 1e-10,
    start: Tensor | None = None,
) -> DualSolution:
    """Maximise the dual by projected gradient ascent: alpha <- clip(alpha + step (1 - Q alpha), 0, C).

    gram (n, n) is K, labels (n,) in {-1, 1}; start (n,) defaults to 0, step to 1 / lambda_max(Q). Stops when
    the KKT residual is at most tolerance * max(1, max alpha), or after `max_steps`.
    Raises ValueError for bad shapes, labels, C <= 0, max_steps < 0, a matrix that is not floating or not positive
    semidefinite, a start that is not finite, or a step outside (0, 2 / lambda_max), beyond which the method need not
    converge; TypeError for max_steps that is no integer; and InfeasibleError if C is infinite and no hard margin
    exists.
    """
    q = signed_gram(gram, labels)
    n = q.shape[0]
    if n == 0:
        raise ValueError("labels: expected at least one point, got none")
    if not C > 0:
        raise ValueError(f"C: expected a positive number, got {C!r}")
    _check_steps(max_steps)
    alpha = _start(start, q, C)
    step = _step(step, q)
    if not math.isfinite(C):
        direction = infeasible_direction(q)
        if direction is not None:
            raise InfeasibleError(
                "labels: no hard margin separates the data with this kernel; a finite C always has an optimum",
                direction,
            )
    ones, gradient = torch.ones_like(alpha), torch.empty_like(alpha)
    taken, converged = 0, False
    while True:
        if taken % _CHECK_EVERY == 0 or taken == max_steps:
            converged = kkt_residual(alpha, q, C) <= tolerance * max(1.0, float(alpha.max()))
            if converged or taken == max_steps:
                break
        torch.addmv(ones, q, alpha, alpha=-1.0, out=gradient)
        alpha.add_(gradient, alpha=step).clamp_(0.0, C)
        taken += 1
    return DualSolution(
        alpha=alpha,
        value=float(dual_value(alpha, q)),
        gap=duality_gap(alpha, q, C),
        kkt=kkt_residual(alpha, q, C),
        steps=taken,
        step=step,
        converged=converged,
    )


def _renamed(error: ValueError) -> str:
    """Return the message of `solve_dual` with the argument of `fit_svm` that its own argument came from."""
    name, colon, rest = str(error).partition(":")
    return {"gram": "kernel", "labels": "y_train"}.get(name, name) + colon + rest


def fit_svm(
    x_train: Tensor,
    y_train: Tensor,
    kernel: Kernel,
    *,
    C: float = math.inf,
    step: float | None = None,
    max_steps: int = 10_000,
    tolerance: float = 1e-10,
    start: Tensor | None = None,
) -> DualSolution:
    """Solve the dual for points x_train (n, d), labels y_train (n,) and any kernel; see `solve_dual`.

    Raises as `solve_dual`, under the names of the arguments here, and ValueError for points that are not finite or
    a kernel whose values do not have the shape (n, n).
    """
    n = _finite("x_train", x_train).shape[0]
    _labels(y_train, n, "y_train")
    gram = kernel(x_train, x_train)
    if gram.shape != (n, n):
        raise ValueError(f"kernel: expected values of shape ({n}, {n}) for {n} points, got {tuple(gram.shape)}")
    try:
        return solve_dual(gram, y_train, C=C, step=step, max_steps=max_steps, tolerance=tolerance, start=start)
    except InfeasibleError as error:
        raise InfeasibleError(_renamed(error), error.direction) from None
    except ValueError as error:
        raise ValueError(_renamed(error)) from None


def svm_solver(
    x_train: Tensor,
    y_train: Tensor,
    lr: float | None = 0.1,
    num_iters: int = 10_000,
    kernel: Kernel | None = None,
    c: float | None = None,
) -> Tensor:
    """Return the dual variables alpha (n,), detached, for points x_train (n, d) and labels y_train (n,).

    `kernel` defaults to `polynomial(1)`, `c` to the hard margin; an `lr` of None is 1 / lambda_max. Raises as
    `fit_svm`, which returns duality gap and KKT residual as well.
    """
    kernel = polynomial(1) if kernel is None else kernel
    bound = math.inf if c is None else c
    return fit_svm(x_train, y_train, kernel, C=bound, step=lr, max_steps=num_iters).alpha.detach()


def _support(alpha: Tensor, x_train: Tensor, y_train: Tensor) -> tuple[Tensor, Tensor]:
    """Return alpha_i y_i (s,) and x_i (s, d) of the points with alpha_i /= 0."""
    n = checked_points("x_train", x_train).shape[0]
    if alpha.shape != (n,):
        raise ValueError(f"alpha: expected shape ({n},), got {tuple(alpha.shape)}")
    if not bool(torch.isfinite(alpha).all()):
        raise ValueError("alpha: found inf or nan, expected finite entries")
    _labels(y_train, n, "y_train")
    support = alpha != 0
    return (alpha * y_train.to(alpha.dtype))[support], x_train[support]


def svm_predictor(alpha: Tensor, x_train: Tensor, y_train: Tensor, x_test: Tensor, kernel: Kernel) -> Tensor:
    """Return the raw scores f(x) = sum_i alpha_i y_i K(x_i, x), shape (m,), at x_test (m, d).

    Only points with alpha_i /= 0 are read; the kernel is evaluated in chunks that stay in the cache.
    Raises ValueError if shapes do not fit or alpha or x_test is not finite.
    """
    weights, points = _support(alpha, x_train, y_train)
    _finite("x_test", x_test)
    if x_test.shape[1] != x_train.shape[1]:
        raise ValueError(f"x_test: expected {x_train.shape[1]} coordinates as in x_train, got {x_test.shape[1]}")
    if weights.numel() == 0:
        return torch.zeros(x_test.shape[0], dtype=alpha.dtype, device=alpha.device)
    rows = max(1, _CHUNK // weights.numel())
    return torch.cat([kernel(chunk, points) @ weights for chunk in torch.split(x_test, rows)])


def svm_grid_predictor(
    alpha: Tensor, x_train: Tensor, y_train: Tensor, axes: Sequence[Tensor], kernel: Kernel
) -> Tensor:
    """Return the raw scores on the grid of d axes (m_1,), ..., (m_d,), shape (m_1, ..., m_d), in "ij" order.

    Of a product kernel, as the Gaussian one, only the factors on the axes are evaluated, (m_1 + ... + m_d) n
    numbers in place of m_1 ... m_d n; their products are summed by one matrix product. Any other kernel
    is evaluated at each point of the grid.
    Raises ValueError if shapes do not fit or alpha or an axis is not finite.
    """
    weights, points = _support(alpha, x_train, y_train)
    d = x_train.shape[1]
    if len(axes) != d:
        raise ValueError(f"axes: expected {d}, one for each coordinate of x_train, got {len(axes)}")
    for number, axis in enumerate(axes):
        if axis.ndim != 1:
            raise ValueError(f"axes[{number}]: expected shape (m,), got {tuple(axis.shape)}")
        _finite(f"axes[{number}]", axis[:, None])
    shape = [len(axis) for axis in axes]
    if not isinstance(kernel, ProductKernel):
        nodes = torch.cartesian_prod(*axes).reshape(-1, d)
        return svm_predictor(alpha, x_train, y_train, nodes, kernel).reshape(shape)
    factors = [kernel.factor(axis, points[:, number]) for number, axis in enumerate(axes)]
    rows = weights[None, :]
    for factor in factors[:-1]:
        rows = (rows[:, None, :] * factor).flatten(0, 1)
    return (rows @ factors[-1].T).reshape(shape)


@dataclass(frozen=True)
class ScaledScore:
    """A Gaussian score that does not underflow: f(x) = scaled * exp(log_scale), both (m,)."""

    scaled: Tensor
    log_scale: Tensor


def rbf_scaled_score(alpha: Tensor, x_train: Tensor, y_train: Tensor, x_test: Tensor, sigma: float) -> ScaledScore:
    """Return the score of the Gaussian kernel with its largest exponential taken out.

    log_scale = -rho(x) / (2 sigma^2), where rho is the squared distance to the nearest support vector
    (alpha_i /= 0), and scaled = sum_i alpha_i y_i exp(-(|x - x_i|^2 - rho) / (2 sigma^2)). The raw score is
    0.0 in float64 once sqrt(rho) > 38.6 sigma; the scaled one never loses the nearest vectors.
    Raises ValueError if shapes do not fit, alpha is not finite, sigma <= 0, or there is no support vector.
    """
    if not (sigma > 0 and math.isfinite(sigma)):
        raise ValueError(f"sigma: expected a positive number, got {sigma!r}")
    weights, points = _support(alpha, x_train, y_train)
    if weights.numel() == 0:
        raise ValueError("alpha: expected at least one nonzero entry (a support vector), got none")
    distances = squared_distances(x_test, points)
    nearest = distances.min(dim=1).values
    width = 2.0 * sigma * sigma
    scaled = torch.exp((nearest[:, None] - distances) / width) @ weights
    return ScaledScore(scaled, -nearest / width)


def xor_data(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Return the corners (4, 2) of [-1, 1]^2, from (1, 1) on, and their labels x_1 x_2, shape (4,)."""
    x = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]], dtype=dtype)
    return x, x[:, 0] * x[:, 1]
