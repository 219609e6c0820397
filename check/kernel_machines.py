"""Checkers of kernel machines: the optimum of the dual, and the limit of a predictor at small bandwidths."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import Any

import numpy as np
import scipy.linalg
import scipy.optimize
from numpy.typing import NDArray

from ..numerics.harness.evidence import Outcome
from ..numerics.harness.verdict import Verdict
from .arguments import array, number, seed_of
from .coverage import answer

Vector = NDArray[np.float64]
_UNIT = 2.0**-53


def _signs(name: str, value: object, n: int) -> Vector:
    labels, _ = array(name, value, dimensions=1)
    if len(labels) != n:
        raise ValueError(f"{name}: found {len(labels)} labels, expected {n}")
    if not np.isin(labels, (-1.0, 1.0)).all():
        at = int(np.flatnonzero(~np.isin(labels, (-1.0, 1.0)))[0])
        raise ValueError(f"{name}: found {labels[at]:g} at index {at}, expected only 1 and -1")
    return labels


# -- the dual --


def dual_optimal(
    alpha: Any, gram: Any, labels: Any, *, C: float = math.inf, gap: float = 1e-6, seed: int = 0
) -> Verdict:
    """Say whether alpha maximises the dual of the kernel SVM without bias, by a duality gap.

    The dual is D(a) = sum a - 1/2 a'Qa over 0 <= a <= C, Q_ij = y_i y_j K_ij. Any w with slacks gives an upper bound;
    here w is a multiple of the one that alpha gives, so with margins f = Q alpha and t >= 0 the bound is
    P(t) = t^2/2 alpha'Q alpha + C sum max(0, 1 - t f_i), for C = inf with t f_i >= 1 for all i. Corroborated: alpha
    lies in the box and P(t) - D(alpha) <= gap max(P, D) for some t. (The gap speaks of the dual's value: an alpha with
    a relative error e has a gap of about e^2.) Refuted: it lies outside by more than gap, a step gives a larger dual
    value (the witness), or the dual is unbounded (no hard margin exists), with the direction as witness.

    Args:
        alpha: multipliers, shape (n,).
        gram: K, symmetric positive semidefinite, shape (n, n); without labels.
        labels: 1 and -1, shape (n,).
        C: upper bound of the box; inf for a hard margin.
        gap: relative duality gap that is accepted.
        seed: for the common signature; nothing here is random.

    Raises:
        TypeError, ValueError: an argument is wrong, NaN among its entries included; the message names it.

    Reference: Boyd and Vandenberghe, Convex Optimization (2004), section 5.5.
    """
    started = time.perf_counter()
    a, _ = array("alpha", alpha, dimensions=1)
    K, roundoff = array("gram", gram, dimensions=2)
    n = len(a)
    if K.shape != (n, n):
        raise ValueError(f"gram: found shape {K.shape}, expected ({n}, {n})")
    y = _signs("labels", labels, n)
    C = number("C", C, "a number > 0, or inf")
    if C <= 0:
        raise ValueError(f"C: found {C:g}, expected a number > 0, or inf")
    gap = number("gap", gap, "a number strictly between 0 and 1")
    if not 0 < gap < 1:
        raise ValueError(f"gap: found {gap:g}, expected a number strictly between 0 and 1")
    seed_of(seed)
    size = float(np.abs(K).max())
    skew = float(np.abs(K - K.T).max())
    if skew > 4 * roundoff * size:  # each of two equal entries rounded on its own, by a computation of a few roundings
        raise ValueError(
            f"gram: found entries that differ from their mirror image by {skew:.3g}, expected a symmetric matrix"
        )
    K = (K + K.T) / 2
    least = float(np.linalg.eigvalsh(K)[0])
    if least < -4 * n * roundoff * max(size, 1e-300) * n:  # entry errors of 4 u |K| make an error of norm <= 4 n u |K|
        raise ValueError(f"gram: found the eigenvalue {least:.3g}, expected a positive semidefinite matrix")
    Q = K * np.outer(y, y)
    status, text, witness, relative = _certificate(a, Q, C, gap, roundoff)
    return answer(
        f"alpha of {n} points maximises the SVM dual with C = {C:g}",
        status,
        text,
        started=started,
        samples=n,
        witness=witness,
        estimate=relative,
        target=0.0,
        reproduce=f"twinproof.check.dual_optimal(alpha, gram, labels, C={C!r}, gap={gap!r})",
    )


def _certificate(
    a: Vector, Q: Vector, C: float, gap: float, roundoff: float
) -> tuple[Outcome, str, dict[str, object] | None, float | None]:
    scale = float(np.abs(a).max())
    for at, amount, side in (
        (int(a.argmin()), -float(a.min()), "below 0"),
        (int(a.argmax()), float(a.max()) - C, f"above C = {C:g}"),
    ):
        if amount > gap * (scale if math.isinf(C) else min(scale, C)):
            return (
                "refuted",
                f"not feasible: alpha[{at}] = {a[at]:.9g} is {side}",
                {"index": at, "alpha": float(a[at])},
                None,
            )
    a = np.clip(a, 0.0, C)
    f = Q @ a
    square, total = float(a @ f), float(a.sum())
    dual = total - square / 2
    # n terms of a product, n products: 2n + 2 roundings of sums of absolute values, entries of Q known to roundoff
    noise = ((2 * len(a) + 2) * _UNIT + 2 * roundoff) * (total + float(a @ np.abs(Q) @ a))
    bounds = [(bound, t) for t in _multiples(f, square, total, C) if math.isfinite(bound := _primal(t, f, square, C))]
    if bounds:
        primal, _ = min(bounds)
        relative = (primal - dual) / max(abs(primal), abs(dual), 1e-300)
        if relative <= gap:
            if noise > gap * max(abs(primal), abs(dual)):
                return "undecided", f"rounding ({noise:.2g}) is more than the gap asked for", None, relative
            return (
                "corroborated",
                f"dual {dual:.9g}, primal {primal:.9g}, relative gap {max(relative, 0):.2g} <= {gap:g}",
                None,
                relative,
            )
        words = f"dual {dual:.9g}, primal {primal:.9g}, relative gap {relative:.2g} > {gap:g}"
    else:
        relative, words = math.inf, "some margin is not positive, so alpha separates nothing"
    if math.isinf(C):
        ray = _ray(Q, roundoff)
        if ray is not None:
            text = "the dual is unbounded, so there is no optimum: no hard margin separates these labels"
            return "refuted", text, {"direction": ray, "norm(Q direction)": float(np.linalg.norm(Q @ ray))}, None
    better, gain, at = _step(a, f, Q, C)
    new = float(better.sum() - better @ Q @ better / 2)
    if gain > noise and new > dual:
        witness: dict[str, object] = {
            "index": at,
            "alpha": float(a[at]),
            "better": float(better[at]),
            "margin": float(f[at]),
            "dual": dual,
            "dual after": new,
        }
        return (
            "refuted",
            f"{words}; alpha[{at}] = {better[at]:.9g} instead of {a[at]:.9g} raises the dual",
            witness,
            relative,
        )
    return "undecided", f"{words}, yet no step raises the dual by more than rounding ({noise:.2g})", None, relative


def _multiples(f: Vector, square: float, total: float, C: float) -> list[float]:
    """Return multiples t of w that may give the least primal value: 1, where margins become 1, where P is flat."""
    if math.isinf(C):
        return [1 / float(f.min())] if f.min() > 0 else []
    kinks = [1 / float(margin) for margin in (f.min(), f.max()) if margin > 0]
    flat = [total / square] if square > 0 else []
    return [0.0, 1.0, *kinks, *flat]


def _primal(t: float, f: Vector, square: float, C: float) -> float:
    """Return the primal value of t w with the best slacks; `t` keeps every margin at C = inf."""
    slack = 0.0 if math.isinf(C) else C * float(np.maximum(0.0, 1.0 - t * f).sum())
    return t * t * square / 2 + slack


def _step(a: Vector, f: Vector, Q: Vector, C: float) -> tuple[Vector, float, int]:
    """Return the best point that changes one coordinate, its gain and the coordinate."""
    slope, curve = 1.0 - f, np.diag(Q)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(curve > 0, a + slope / np.where(curve > 0, curve, 1.0), np.where(slope > 0, C, 0.0))
    far = np.where(np.isfinite(far), far, a + 1.0)
    move = np.clip(far, 0.0, C) - a
    gains = slope * move - curve * move**2 / 2
    at = int(gains.argmax())
    better = a.copy()
    better[at] += move[at]
    return better, float(gains[at]), at


def _ray(Q: Vector, roundoff: float) -> Vector | None:
    """Return v >= 0 of sum 1 with Qv = 0 up to rounding, along which the dual grows without bound, or None.

    By Gordan's theorem there is one exactly if no w has all margins positive. With Q = R'R, min |Rv|^2 + (sum v - 1)^2
    over v >= 0 is 0 exactly then (Lawson and Hanson's NNLS).
    """
    values, vectors = scipy.linalg.eigh(Q)
    top = max(float(values[-1]), 1e-300)
    noise = (4 * roundoff + 4 * _UNIT) * len(Q) * top  # of the eigenvalues
    root = np.sqrt(np.where(values > noise, values, 0.0))[:, None] * vectors.T / math.sqrt(top)
    system = np.vstack([root, np.ones(len(Q))])
    v, _ = scipy.optimize.nnls(system, np.append(np.zeros(len(Q)), 1.0))
    if v.sum() <= 0:
        return None
    v = v / v.sum()
    return np.asarray(v) if float(v @ Q @ v) <= noise else None


# -- the limit of small bandwidths --


def nearest_neighbor_limit(alpha: Any, points: Any, labels: Any, query: Any, *, seed: int = 0) -> Verdict:
    """Say whether the RBF predictor at `query` tends, in sign, to a vote of the nearest support vectors, and which.

    f(x) = sum_i alpha_i y_i exp(-|x - x_i|^2 / (2 sigma^2)). With S the points of positive alpha, rho the distance to
    the nearest of S and T those at distance rho, f(x) exp(rho^2 / (2 sigma^2)) tends to c = sum over T of alpha_i y_i
    (claim rbf-one-nn-limit). Holds iff c is not 0; then sign f(x) = sign c for all sigma below a bound that is
    reported. Ties and c are found in exact arithmetic, and the predictor is then followed in the log domain, where it
    does not underflow. Undecided: a tie, or c = 0, is missed by no more than the rounding of the numbers handed in,
    and the sign depends on it.

    Args:
        alpha: multipliers >= 0, shape (n,), at least one positive.
        points: shape (n, d).
        labels: 1 and -1, shape (n,).
        query: shape (d,).
        seed: for the common signature; nothing here is random.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    started = time.perf_counter()
    a, of_alpha = array("alpha", alpha, dimensions=1)
    x, of_points = array("points", points, dimensions=2)
    y = _signs("labels", labels, len(a))
    z, of_query = array("query", query, dimensions=1)
    if len(x) != len(a):
        raise ValueError(f"points: found {len(x)} points, expected {len(a)}, one for each alpha")
    if len(z) != x.shape[1]:
        raise ValueError(f"query: found {len(z)} coordinates, expected {x.shape[1]}")
    if (a < 0).any():
        raise ValueError(f"alpha: found {a.min():g} at index {int(a.argmin())}, expected numbers >= 0")
    if not (a > 0).any():
        raise ValueError("alpha: found no positive entry, expected at least one support vector")
    seed_of(seed)
    support = np.flatnonzero(a > 0)
    exact = {
        int(i): sum(((Fraction(float(p)) - Fraction(float(q))) ** 2 for p, q in zip(x[i], z, strict=True)), Fraction(0))
        for i in support
    }
    rho = min(exact.values())
    nearest = [i for i in exact if exact[i] == rho]
    vote = sum((Fraction(float(a[i] * y[i])) for i in nearest), Fraction(0))
    # a coordinate p was rounded by u |p|, so a squared distance may be off by 2 sum |p - q| u (|p| + |q|)
    u = max(of_points, of_query)
    slack = {i: 2 * u * float(np.abs(x[i] - z) @ (np.abs(x[i]) + np.abs(z))) for i in exact}
    close = [i for i in exact if float(exact[i] - rho) <= slack[i] + slack[nearest[0]]]
    claim = "rbf-one-nn-limit"
    question = f"the RBF predictor of {len(support)} support vectors tends to its nearest neighbours' vote"
    reproduce = "twinproof.check.nearest_neighbor_limit(alpha, points, labels, query)"
    facts: dict[str, object] = {"nearest": nearest, "squared distance": float(rho), "vote": float(vote)}

    def say(
        status: Outcome, text: str, *, proved_by: str | None = None, witness: dict[str, object] | None = None
    ) -> Verdict:
        return answer(
            question,
            status,
            text,
            started=started,
            claim=proved_by,
            samples=len(support),
            witness=witness,
            estimate=float(vote),
            reproduce=reproduce,
        )

    if len(close) > len(nearest):
        other = sum((Fraction(float(a[i] * y[i])) for i in close), Fraction(0))
        if (other > 0) - (other < 0) != (vote > 0) - (vote < 0):
            votes = f"{float(vote):.6g} or {float(other):.6g}"
            text = f"points {close} are nearest up to rounding of the coordinates; the vote is {votes}"
            return say("undecided", text)
    if vote == 0:
        text = f"the nearest support vectors {nearest} cancel exactly: farther ones decide the sign"
        return say("refuted", text, witness=facts)
    if abs(float(vote)) <= of_alpha * float(a[nearest].sum()):
        return say("undecided", f"the vote {float(vote):.3g} of {nearest} is within the rounding of alpha")
    sign = 1 if vote > 0 else -1
    bound, followed = _followed(a, y, exact, rho, nearest, float(vote))
    if not followed:
        return say(
            "refuted", "the predictor's sign is not that of the vote", proved_by=claim, witness=facts | {"sigma": bound}
        )
    reach = "every sigma" if math.isinf(bound) else f"every sigma < {bound:.6g}"
    vote_text = f"the vote of the nearest support vectors {nearest} is {float(vote):+.6g}"
    text = f"sign {sign:+d}: {vote_text}; f(query) has this sign for {reach}"
    return say("corroborated", text, proved_by=claim)


def _followed(
    a: Vector, y: Vector, exact: dict[int, Fraction], rho: Fraction, nearest: list[int], vote: float
) -> tuple[float, bool]:
    """Return (bandwidth below which the sign is sure, whether the predictor showed it at bandwidths below).

    |f(x) exp(rho^2/2s^2) - vote| <= exp(-g/2s^2) R, with R the alphas beyond the nearest and g the gap of squared
    distances; that is below |vote| for s^2 < g / (2 log(R / |vote|)). All exponents are shifted by rho^2 / 2s^2.
    """
    rest = [i for i in exact if i not in set(nearest)]
    if not rest:
        return math.inf, True
    beyond = float(a[rest].sum())
    gaps = np.array([float(exact[i] - rho) for i in exact])
    gap = float(min(exact[i] - rho for i in rest))
    bound = math.inf if beyond <= abs(vote) else math.sqrt(gap / (2 * math.log(beyond / abs(vote))))
    weights = np.array([a[i] * y[i] for i in exact])
    largest = 0.9 * bound if math.isfinite(bound) else 2 * math.sqrt(float(gaps.max()))
    for sigma in largest * 2.0 ** -np.arange(0.0, 12.0):
        with np.errstate(under="ignore"):
            terms = weights * np.exp(-gaps / (2 * sigma * sigma))
        value = math.fsum(terms)
        # each term carries the roundings of its exponent (relative to it), of exp and of the product
        noise = math.fsum(np.abs(terms) * _UNIT * (4 + 4 * gaps / (2 * sigma * sigma)))
        if value * vote < 0 and abs(value) > noise:
            return float(sigma), False
    return bound, True
