"""Attacks through order and finite sums."""

from __future__ import annotations

from .corpus import attack
from .steps import assume, cert, e, taut

# --- order ----------------------------------------------------------------------------------------------------------

K = "order"
attack(
    K,
    "multiply by a number of unknown sign",
    "x*z <= y*z",
    "cert sign",
    lambda: cert("x*z <= y*z", e("z", (0,)), using=(assume("x <= y"),)),
    lambda: cert("x*z <= y*z", e("1", (0,), (1,)), using=(assume("x <= y"), assume("0 <= z"))),
    given=["x <= y"],
)
attack(
    K,
    "subtract inequalities",
    "x - z <= y - v",
    "cert sign",
    lambda: cert("x - z <= y - v", e("1", (0,)), e("-1", (1,)), using=(assume("x <= y"), assume("z <= v"))),
    lambda: cert("x - v <= y - z", e("1", (0,)), e("1", (1,)), using=(assume("x <= y"), assume("z <= v"))),
    given=["x <= y", "z <= v"],
)
attack(
    K,
    "square an inequality",
    "x*x <= y*y",
    "cert sign",
    lambda: cert("x*x <= y*y", e("x + y", (0,)), using=(assume("x <= y"),)),
    lambda: cert(
        "x*x <= y*y",
        e("1", (0,), (1,)),
        e("1", (0,), (2,)),
        using=(assume("x <= y"), assume("0 <= x"), assume("0 <= y")),
    ),
    given=["x <= y"],
)
attack(
    K,
    "strict from not strict",
    "x < y",
    "cert strict",
    lambda: cert("x < y", e("1", (0,)), using=(assume("x <= y"),)),
    lambda: cert("x < y", e("1", (0,)), using=(assume("x < y"),)),
    given=["x <= y"],
)
attack(
    K,
    "strict with a weight that may be 0",
    "0 < n*(y - x)",
    "cert strict",
    lambda: cert("0 < n*(y - x)", e("n", (0,)), using=(assume("x < y"),)),
    lambda: cert("0 <= n*(y - x)", e("n", (0,)), using=(assume("x < y"),)),
    given=["x < y"],
)
attack(
    K,
    "strict from a square",
    "0 < x*x",
    "cert strict",
    lambda: cert("0 < x*x", slack="x*x"),
    lambda: cert("0 < x*x + 1", slack="x*x + 1"),
)
attack(
    K,
    "strict from a guarded fact",
    "x < y",
    "cert residual",
    lambda: cert("x < y", e("1", (0,)), e("1", (1,)), using=(assume("p -> x < y"), assume("z < z + 1"))),
    lambda: cert("x < y", e("1", (0,)), using=(taut("x < y", assume("p"), assume("p -> x < y")),)),
    given=["p -> x < y"],
)
attack(
    K,
    "strict from a guarded fact alone",
    "[p]*x < [p]*y",
    "cert strict",
    lambda: cert("[p]*x < [p]*y", e("1", (0,)), using=(assume("p -> x < y"),)),
    lambda: cert("[p]*x <= [p]*y", e("1", (0,)), using=(assume("p -> x < y"),)),
    given=["p -> x < y"],
)
attack(
    K,
    "strict from a sum that may be empty",
    "sum i<n. a(i) < sum i<n. b(i)",
    "cert strict",
    lambda: cert(
        "sum i<n. a(i) < sum i<n. b(i)",
        e("1", (0, "i"), over=[("i", "n")]),
        using=(assume("all i. i < n -> a(i) < b(i)"),),
    ),
    lambda: cert(
        "sum i<n. a(i) <= sum i<n. b(i)",
        e("1", (0, "i"), over=[("i", "n")]),
        using=(assume("all i. i < n -> a(i) < b(i)"),),
    ),
    given=["all i. i < n -> a(i) < b(i)"],
)
attack(
    K,
    "strict from a product with an equation",
    "0 < (y - x)*(x - z)",
    "cert strict",
    lambda: cert("0 < (y - x)*(x - z)", e("1", (0,), (1,)), using=(assume("x < y"), assume("z = x"))),
    lambda: cert("0 = (y - x)*(x - z)", e("y - x", (0,)), using=(assume("z = x"),)),
    given=["x < y", "z = x"],
)
attack(
    K,
    "equal from at most",
    "x = y",
    "cert sign",
    lambda: cert("x = y", e("1", (0,)), using=(assume("x <= y"),)),
    lambda: taut("x = y", assume("x <= y"), assume("y <= x")),
    given=["x <= y"],
)
attack(
    K,
    "slack of unknown sign",
    "0 <= x",
    "cert slack",
    lambda: cert("0 <= x", slack="x"),
    lambda: cert("0 <= x*x", slack="x*x"),
)
attack(
    K,
    "slack of a difference of naturals",
    "0 <= n - m",
    "cert slack",
    lambda: cert("0 <= n - m", slack="n - m"),
    lambda: cert("0 <= n + m", slack="n + m"),
)
attack(
    K,
    "slack in an equation",
    "x*x = 0",
    "cert slack",
    lambda: cert("0 = x*x", slack="x*x"),
    lambda: cert("0 <= x*x", slack="x*x"),
)
attack(
    K,
    "an odd power as slack",
    "0 <= x^3",
    "cert slack",
    lambda: cert("0 <= x^3", slack="x^3"),
    lambda: cert("0 <= x^4", slack="x^4"),
)
attack(
    K,
    "a guard forgotten",
    "x <= y",
    "cert residual",
    lambda: cert("x <= y", e("1", (0,)), using=(assume("p -> x <= y"),)),
    lambda: cert("x <= y", e("1", (0,)), e("x - y", (1, "bracket")), using=(assume("p -> x <= y"), assume("p"))),
    given=["p -> x <= y"],
)
attack(
    K,
    "a quantified fact at the index beyond its guard",
    "a(n) = 0",
    "cert residual",
    lambda: cert("a(n) = 0", e("1", (0, "n")), using=(assume("all i. i < n -> a(i) = 0"),)),
    lambda: cert("[k < n]*a(k) = 0", e("1", (0, "k")), using=(assume("all i. i < n -> a(i) = 0"),)),
    given=["all i. i < n -> a(i) = 0"],
)
attack(
    K,
    "trichotomy without equality",
    "[x < y] + [y < x] = 1",
    "cert residual",
    lambda: cert("[x < y] + [y < x] = 1"),
    lambda: cert("[x < y] + [y < x] + [x = y] = 1"),
)
attack(
    K,
    "|x| at 0 by the wrong bracket",
    "[0 < x] - [x < 0] = 1 - 2*[x <= 0]",
    "cert residual",
    lambda: cert("[0 < x] - [x < 0] = 1 - 2*[x <= 0]"),
    lambda: cert("[0 < x] - [x < 0] = 1 - 2*[x <= 0] + [x = 0]"),
)

# --- sums -----------------------------------------------------------------------------------------------------------

G = "sums"
attack(
    G,
    "the empty sum is the first term",
    "sum i<0. a(i) = a(0)",
    "cert residual",
    lambda: cert("sum i<0. a(i) = a(0)"),
    lambda: cert("sum i<1. a(i) = a(0)"),
)
attack(
    G,
    "the reversed sum is minus the sum",
    "sum i<(n + m). a(i) = (sum i<n. a(i)) - sum i<m. a(i)",
    "cert residual",
    lambda: cert("sum i<(n + m). a(i) = (sum i<n. a(i)) - sum i<m. a(i)"),
    lambda: cert("sum i<(n + 1). a(i) = (sum i<n. a(i)) + a(n)"),
)
attack(
    G,
    "delta beyond the range",
    "sum i<n. [i = k]*a(i) = a(k)",
    "cert residual",
    lambda: cert("sum i<n. ([i = k]*a(i)) = a(k)"),
    lambda: cert("sum i<n. ([i = k]*a(i)) = [k < n]*a(k)"),
)
attack(
    G,
    "delta at what is not natural",
    "sum i<n. [i + 1 = k] = [k < n + 1]",
    "cert residual",
    lambda: cert("sum i<n. [i + 1 = k] = [k < n + 1]"),
    lambda: cert("sum i<n. [i = k + 1] = [k + 1 < n]"),
)
attack(
    G,
    "a shift of the index",
    "sum i<n. a(i+1) = sum i<n. a(i)",
    "cert residual",
    lambda: cert("sum i<n. a(i+1) = sum i<n. a(i)"),
    lambda: cert("sum i<2. a(i+1) = a(1) + a(2)"),
)
attack(
    G,
    "a product of sums termwise",
    "(sum i<n. a(i))*(sum i<n. b(i)) = sum i<n. (a(i)*b(i))",
    "cert residual",
    lambda: cert("(sum i<n. a(i))*(sum i<n. b(i)) = sum i<n. (a(i)*b(i))"),
    lambda: cert("(sum i<n. a(i))*(sum i<n. b(i)) = sum i<n. (sum j<n. (a(i)*b(j)))"),
)
attack(
    G,
    "a constant summed once",
    "sum i<n. x = x",
    "cert residual",
    lambda: cert("sum i<n. x = x"),
    lambda: cert("sum i<n. x = n*x"),
)
attack(
    G,
    "a bound beyond the range of its guard",
    "sum i<(n+1). a(i) <= sum i<(n+1). b(i)",
    "cert residual",
    lambda: cert(
        "sum i<(n+1). a(i) <= sum i<(n+1). b(i)",
        e("1", (0, "i"), over=[("i", "n + 1")]),
        using=(assume("all i. i < n -> a(i) <= b(i)"),),
    ),
    lambda: cert(
        "sum i<n. a(i) <= sum i<n. b(i)",
        e("1", (0, "i"), over=[("i", "n")]),
        using=(assume("all i. i < n -> a(i) <= b(i)"),),
    ),
    given=["all i. i < n -> a(i) <= b(i)"],
)
attack(
    G,
    "brackets that cancel below a sum",
    "sum i<(n+1+[~p]). [n < [p] + i] = 0",
    "cert residual",
    lambda: cert("sum i<(n+1+[~p]). [n < [p] + i] = 0"),
    lambda: cert("sum i<(n+1). [n < i] = 0"),
)
attack(
    G,
    "a weight of unknown sign below a sum",
    "sum i<n. (b(i)*a(i)) <= 0",
    "cert sign",
    lambda: cert(
        "sum i<n. (b(i)*a(i)) <= 0",
        e("b(i)", (0, "i"), over=[("i", "n")]),
        using=(assume("all i. i < n -> a(i) <= 0"),),
    ),
    lambda: cert(
        "sum i<n. (b(i)^2*a(i)) <= 0",
        e("b(i)^2", (0, "i"), over=[("i", "n")]),
        using=(assume("all i. i < n -> a(i) <= 0"),),
    ),
    given=["all i. i < n -> a(i) <= 0"],
)
