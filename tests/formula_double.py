# ruff: noqa: E731
"""A double of the statements' terms, used only until `proofs` states them (see `formulas` in conftest)."""

from __future__ import annotations

import math

TRUE: dict = {}
FALSE: dict = {}


class Double:
    def __init__(self, claim, statement=None):
        self.parts = dict(TRUE[claim]) | (FALSE[claim, statement] if statement else {})

    def left(self, part, **values):
        return self.parts[part][0](**values)

    def right(self, part, **values):
        return self.parts[part][1](**values)

    def holds(self, part, **values):
        return bool(self.left(part, **values) == self.right(part, **values))

    def function(self, part, symbol, **values):
        return self.parts[part, symbol](**values)


def relu(z):
    return max(z, 0.0)


def leaky(z, al):
    return z if z > 0 else al * z


def sgm(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def th(z):
    return math.tanh(z)


def zj(A, b, x, d, j):
    return sum(A[j, k] * x[k] for k in range(d)) + b[j]


def layer(act=None):
    return (
        lambda sg, M, A, b, x, d, j: (act or sg)(M[j] * zj(A, b, x, d, j)),
        lambda sg, M, A, b, x, d, j: M[j] * (act or sg)(zj(A, b, x, d, j)),
    )


TRUE["dropout-commutes"] = {
    "layer": layer(),
    "criterion: zero": (lambda sg: sg(0), lambda sg: 0),
    "criterion: scale": (lambda sg, p, z: sg(z / (1 - p)), lambda sg, p, z: sg(z) / (1 - p)),
    "criterion: homogeneous": (lambda sg, c, z: sg(c * z), lambda sg, c, z: c * sg(z)),
    "relu": (lambda z, mu: relu(mu * z), lambda z, mu: mu * relu(z)),
    "leaky relu": (lambda z, mu, al: leaky(mu * z, al), lambda z, mu, al: mu * leaky(z, al)),
    "sigmoid": (lambda z, mu: sgm(mu * z), lambda z, mu: mu * sgm(z)),
}
for name in ("sigmoid-commutes", "zero-is-enough", "homogeneity-is-needed", "leaky-refused"):
    FALSE["dropout-commutes", name] = {}
FALSE["dropout-commutes", "tanh-commutes"] = {"layer": layer(th)}


def conversion(hidden=0.25, shift=0.25, output=0.5, back=4, back_shift=2):
    row = lambda W, n, *i: sum(W(*i, k) for k in range(n))
    o = lambda W: lambda j, k: W[j, k]
    t = "sigmoid to tanh"
    u = "tanh to sigmoid"
    return {
        (t, "C"): lambda A, **_: lambda l, j, k: A(l, j, k) * (0.5 if l == 0 else hidden),
        (t, "D"): lambda A, b, n, **_: lambda l, j: b(l, j) / 2 + (shift * row(A, n[l], l, j) if l else 0),
        (t, "Co"): lambda Ao, **_: lambda j, k: Ao[j, k] / 2,
        (t, "Do"): lambda Ao, bo, n, K, **_: lambda j: bo[j] + output * row(o(Ao), n[K], j),
        (u, "A"): lambda C, **_: lambda l, j, k: C(l, j, k) * (2 if l == 0 else back),
        (u, "b"): lambda C, D, n, **_: lambda l, j: 2 * D(l, j) - (back_shift * row(C, n[l], l, j) if l else 0),
        (u, "Ao"): lambda Co, **_: lambda j, k: Co[j, k] * 2,
        (u, "bo"): lambda Co, Do, n, K, **_: lambda j: Do[j] - row(o(Co), n[K], j),
    }


T = "tanh-sigmoid"
TRUE[T] = conversion()
FALSE[T, "hidden-half"] = conversion(hidden=0.5)
FALSE[T, "no-hidden-shift"] = conversion(shift=0)
FALSE[T, "no-output-shift"] = conversion(output=0)
FALSE[T, "no-hidden-layer"] = {}
FALSE[T, "back-without-shift"] = conversion(back_shift=0)
FALSE[T, "back-doubles-everywhere"] = conversion(back=2)

D = "dead-relu"
TRUE[D] = {
    "weight stays": (lambda a, j, s, **_: a[s, j], lambda a, j, **_: a[0, j]),
    "bias stays": (lambda b, j, s, **_: b[s, j], lambda b, j, **_: b[0, j]),
    "output weight stays": (lambda u, j, s, **_: u[s, j], lambda u, j, **_: u[0, j]),
    "stays negative": (lambda a, b, X, j, s, i, **_: a[s, j] * X[i] + b[s, j], lambda **_: 0),
}
for name in (
    "dead-on-the-batch-only",
    "boundary",
    "leaky-slope",
    "weight-decay-moves-nothing",
    "any-weight-decay-stays-dead",
    "any-momentum-buffer",
    "noisy-inputs",
):
    FALSE[D, name] = {}


def rbf_parts():
    def sums(n, d, al, y, X, x, S, rho, **_):
        dist = [sum((x[k] - X[i, k]) ** 2 for k in range(d)) for i in range(n)]
        near = [i for i in range(n) if S[i] and dist[i] == rho]
        far = [i for i in range(n) if S[i] and dist[i] != rho]
        return dist, near, far, [float(al[i] * y[i]) for i in range(n)]

    def limit(**v):
        _, near, _, c = sums(**v)
        return sum(c[i] for i in near)

    def bound(factor=2.0, half=1.0, sign=abs, total=float):
        def value(s, g, **v):
            _, _, far, c = sums(**v)
            return math.exp(-g / (factor * s * s)) * half * total(sum(sign(c[i]) for i in far))

        return value

    return sums, limit, bound


S, LIMIT, BOUND = rbf_parts()
N = "rbf-one-nn-limit"
TRUE[N] = {"limit": (None, LIMIT), "error bound": (None, BOUND())}


def all_support(**v):
    _, near, far, c = S(**v)
    return sum(c[i] for i in near + far)


def first_nearest(**v):
    _, near, _, c = S(**v)
    return c[near[0]]


def all_points(**v):
    dist, _, _, c = S(**v)
    return sum(c[i] for i in range(v["n"]) if dist[i] == v["rho"])


FALSE[N, "all-support-vectors"] = {"limit": (None, all_support)}
FALSE[N, "first-nearest-only"] = {"limit": (None, first_nearest)}
FALSE[N, "nearest-of-all-points"] = {"limit": (None, all_points)}
FALSE[N, "unscaled"] = FALSE[N, "not-the-least"] = {}
FALSE[N, "bound-without-half"] = {"error bound": (None, BOUND(1.0))}
FALSE[N, "half-bound"] = {"error bound": (None, BOUND(2.0, 0.5, float, abs))}


def xor(power=2, of=2, squared=False):
    def a(s, **_):
        k = math.exp(-of / s**2)
        return 1 / (1 - k**2) if squared else 1 / (1 - k) ** power

    return a


A = xor()


def Q(s, v):
    k = math.exp(-2 / s**2)
    p, m = v[0] + v[2], v[1] + v[3]
    return (
        (1 - k) ** 2 / 4 * (p + m) ** 2
        + (1 - k**2) / 2 * ((v[0] - v[2]) ** 2 + (v[1] - v[3]) ** 2)
        + (1 + k) ** 2 / 4 * (p - m) ** 2
    )


def score(damped=True, second=math.sinh):
    def f(s, x):
        damp = math.exp(-(x[0] ** 2 + x[1] ** 2 + 2) / (2 * s * s)) if damped else 1
        return 4 * A(s) * damp * math.sinh(x[0] / s**2) * second(x[1] / s**2)

    return f


X = "xor-rbf-dual"
TRUE[X] = {
    "alpha": (None, A),
    "maximum": (None, lambda s, al: Q(s, [e - A(s) for e in al]) / 2),
    "unique": (Q, lambda **_: 0),
    "value": (None, lambda s: 2 * A(s)),
    "predictor": (None, score()),
}
FALSE[X, "first-power"] = {"alpha": (None, xor(1))}
FALSE[X, "k-squared"] = {"alpha": (None, xor(squared=True))}
FALSE[X, "unsquared-side"] = {"alpha": (None, xor(of=1))}
FALSE[X, "diagonal-distance"] = {"alpha": (None, xor(of=4))}
FALSE[X, "value-a"] = {"value": (None, A)}
FALSE[X, "no-damping"] = {"predictor": (None, score(False))}
FALSE[X, "cosh"] = {"predictor": (None, score(True, math.cosh))}


def norm(factor=1, count="m", squares=None):
    total = squares or (lambda x: sum(e * e for e in x))
    return {
        "second moment": (None, lambda m, d, s2, x: (m if count == "m" else d) * s2 * total(x) * factor),
        "variance 1/m": (None, lambda m, d, s2, x: sum(e * e for e in x)),
        "variance 2/m": (None, lambda m, d, s2, x: sum(e * e for e in x)),
        "only 1/m": (None, lambda m, d, s2, x: m * s2 == 1),
        "only 2/m": (None, lambda m, d, s2, x: m * s2 == 2),
        "default fan-in": (None, lambda m, d, s2, x: d == 2 * m if factor == 1 else m == d),
    }


L, E = "linear-norm-preservation", "relu-norm-preservation"
TRUE[L], TRUE[E] = norm(), norm(0.5)
for name in ("fan-in-variance", "he-variance", "correlated-entries", "nonzero-mean", "almost-surely"):
    FALSE[L, name] = {}
FALSE[L, "counts-the-inputs"] = norm(count="d")
FALSE[L, "square-of-the-sum"] = norm(squares=lambda x: sum(x) ** 2)
FALSE[L, "default-always"] = FALSE[E, "default-always"] = {"default fan-in": (None, lambda **_: True)}
for name in (
    "linear-variance",
    "centred-only",
    "entrywise-symmetric",
    "leaky-slope",
    "variance-not-moment",
    "correlated-entries",
):
    FALSE[E, name] = {}
FALSE[E, "no-half"] = {"second moment": norm()["second moment"]}
