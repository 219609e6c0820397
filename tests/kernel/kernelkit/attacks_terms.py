"""Attacks through binders, division, order and finite sums."""

from __future__ import annotations

from twinproof.proofs.kernel.theorem import infer

from .corpus import attack
from .notation import S, under
from .steps import assume, cert, discharge, e, gen, inst, rewrite, subst, taut

# --- bound variables ------------------------------------------------------------------------------------------------

B = "binders"
attack(
    B,
    "generalise an assumption",
    "all x. x = 0",
    "generalise fresh",
    lambda: gen(assume("x = 0"), "x"),
    lambda: gen(discharge(assume("x = 0"), "x = 0"), "x"),
    given=["x = 0"],
)
attack(
    B,
    "generalise one of two assumptions",
    "all x. x + y = 1",
    "generalise fresh",
    lambda: gen(cert("x + y = 1", e("1", (0,)), e("1", (1,)), using=(assume("x = 0"), assume("y = 1"))), "x"),
    lambda: gen(cert("x + y = x + 1", e("1", (0,)), using=(assume("y = 1"),)), "x"),
    given=["x = 0", "y = 1"],
)
attack(
    B,
    "generalise the outcome",
    "all w. X(w) = 0",
    "generalise fresh",
    lambda: gen(assume("X(w) = 0"), "w"),
    lambda: gen(discharge(assume("X(w) = 0"), "X(w) = 0"), "w"),
    given=["X(w) = 0"],
)
attack(
    B,
    "instance that a quantifier would capture",
    "ex y. y < y",
    "instantiate closed",
    lambda: inst(assume("all x. ex y. x < y"), under("y", "y")),
    lambda: inst(assume("all x. ex y. x < y"), "y"),
    why="not y < y holds of every real, which no finite sample shows",
)
attack(
    B,
    "substitute a variable to be captured",
    "all y. y <= y - 1",
    "substitute parameters",
    lambda: infer("substitute", (assume("all y. x <= y - 1"),), ((S("x"), under("y", "y")),)),
    lambda: subst(assume("all y. x <= y - 1"), ("x", "", "y")),
)
attack(
    B,
    "two parameters for one",
    "all x. f(x) = x + y",
    "substitute parameters",
    lambda: infer("substitute", (taut("f(x) = f(x)"),), ((S("f"), under("y x", "x + y")),)),
    lambda: subst(taut("f(x) = f(x)"), ("f", "x", "x + y")),
)
attack(
    B,
    "rewrite the bound index by a fact about the free one",
    "sum k<n. k = sum k<n. 0",
    "rewrite match",
    lambda: rewrite(assume("k = 0"), taut("sum k<n. k = sum k<n. k"), "sum k<n. k = sum k<n. 0"),
    lambda: rewrite(assume("k = 0"), taut("sum i<n. k = sum i<n. k"), "sum i<n. k = sum i<n. 0"),
    given=["k = 0"],
)
attack(
    B,
    "rewrite under E by a fact about one outcome",
    "E(w. X(w)) = E(w. 0)",
    "rewrite match",
    lambda: rewrite(assume("X(w) = 0"), taut("E(w. X(w)) = E(w. X(w))"), "E(w. X(w)) = E(w. 0)"),
    lambda: rewrite(assume("all w. X(w) = 0"), taut("E(w. X(w)) = E(w. X(w))"), "E(w. X(w)) = E(w. 0)"),
    given=["X(w) = 0"],
)
attack(
    B,
    "rewrite by a fact about one real",
    "f(y) = g(y)",
    "rewrite match",
    lambda: rewrite(assume("f(x) = g(x)"), taut("f(y) = f(y)"), "f(y) = g(y)"),
    lambda: rewrite(assume("all x. f(x) = g(x)"), taut("f(y) = f(y)"), "f(y) = g(y)"),
    given=["f(x) = g(x)"],
)
attack(
    B,
    "two different instances in one rewriting",
    "A(i,j) = b(j)",
    "rewrite match",
    lambda: rewrite(assume("all k. A(k,k) = b(k)"), taut("A(i,j) = A(i,j)"), "A(i,j) = b(j)"),
    lambda: rewrite(assume("all k. A(k,k) = b(k)"), taut("A(j,j) = A(j,j)"), "A(j,j) = b(j)"),
    why="the hypothesis is about all naturals",
)
attack(
    B,
    "a shadowed index taken for the outer one",
    "sum i<n. (sum i<m. i) = sum i<n. (sum j<m. i)",
    "cert residual",
    lambda: cert("sum i<n. (sum i<m. i) = sum i<n. (sum j<m. i)"),
    lambda: cert("sum i<n. (sum i<m. i) = sum i<n. (sum j<m. j)"),
)
attack(
    B,
    "an index taken for a free name",
    "sum i<n. i = n*i",
    "cert residual",
    lambda: cert("sum i<n. i = n*i"),
    lambda: cert("sum i<n. k = n*k"),
)
attack(
    B,
    "an index named like its count",
    "sum n<(n+1). n = (n+1)*n",
    "cert residual",
    lambda: cert("sum n<(n+1). n = (n+1)*n"),
    lambda: cert("sum i<(n+1). n = (n+1)*n"),
)
attack(
    B,
    "dependent sums swapped",
    "sum i<n. (sum j<i. a(j)) = sum j<n. (sum i<j. a(j))",
    "cert residual",
    lambda: cert("sum i<n. (sum j<i. a(j)) = sum j<n. (sum i<j. a(j))"),
    lambda: cert("sum i<n. (sum j<i. a(j)) = sum k<n. (sum m<k. a(m))"),
)
attack(
    B,
    "a natural quantifier at a real",
    "x >= 0",
    "instantiate sort",
    lambda: inst(gen(taut("n >= 0"), "n"), "x"),
    lambda: inst(gen(taut("n >= 0"), "n"), "m + 1"),
)
attack(
    B,
    "a natural replaced by a real",
    "x >= 0",
    "substitute result",
    lambda: subst(taut("n >= 0"), ("n", "", "x")),
    lambda: subst(taut("n >= 0"), ("n", "", "m + 1")),
)
attack(
    B,
    "a natural-valued function replaced by the identity",
    "x >= 0",
    "substitute result",
    lambda: subst(taut("c{R>N}(x) >= 0"), ("c{R>N}", "x", "x")),
    lambda: subst(taut("c{R>N}(x) >= 0"), ("c{R>N}", "x", "[x > 0]")),
)

# --- division and powers --------------------------------------------------------------------------------------------

D = "division"
attack(D, "0/0 is 1", "x/x = 1", "cert residual", lambda: cert("x/x = 1"), lambda: cert("x/x = 1 - [x = 0]"))
attack(
    D,
    "cancel what may be 0",
    "x = y",
    "cert residual",
    lambda: cert("x = y", e("inv(z)", (0,)), using=(assume("x*z = y*z"),)),
    lambda: cert(
        "x = y", e("inv(z)", (0,)), e("x - y", (1, "bracket")), using=(assume("x*z = y*z"), assume("~(z = 0)"))
    ),
    given=["x*z = y*z"],
)
attack(
    D,
    "the reciprocal of a sum",
    "inv(x + y) = inv(x) + inv(y)",
    "cert residual",
    lambda: cert("inv(x + y) = inv(x) + inv(y)"),
    lambda: cert("inv(x*y) = inv(x)*inv(y)"),
)
attack(
    D,
    "reciprocals across 0",
    "inv(y) <= inv(x)",
    "cert residual",
    lambda: cert("inv(y) <= inv(x)", e("inv(x)^2*inv(y)^2", (0,)), using=(assume("x <= y"),)),
    lambda: cert(
        "inv(y) <= inv(x)",
        e("inv(x)^2*inv(y)^2", (0,), (1,), (2,)),
        e("-inv(x)", (3, "bracket")),
        e("inv(y)", (4, "bracket")),
        using=(
            assume("x <= y"),
            assume("0 < x"),
            assume("0 < y"),
            taut("~(y = 0)", assume("0 < y")),
            taut("~(x = 0)", assume("0 < x")),
        ),
    ),
    given=["x <= y"],
)
attack(
    D,
    "a reciprocal of unknown sign as a weight",
    "inv(z)*x <= inv(z)*y",
    "cert sign",
    lambda: cert("inv(z)*x <= inv(z)*y", e("inv(z)", (0,)), using=(assume("x <= y"),)),
    lambda: cert("inv(n)*x <= inv(n)*y", e("inv(n)", (0,)), using=(assume("x <= y"),)),
    given=["x <= y"],
)
attack(D, "0 to the 0", "0^n = 0", "cert residual", lambda: cert("0^n = 0"), lambda: cert("0^(n+1) = 0"))
attack(
    D,
    "powers of powers",
    "x^(n*m) = x^n*x^m",
    "cert residual",
    lambda: cert("x^(n*m) = x^n*x^m"),
    lambda: cert("x^(n+m) = x^n*x^m"),
)
attack(
    D,
    "the average of nothing",
    "(sum i<n. x)*inv(n) = x",
    "cert residual",
    lambda: cert("(sum i<n. x)*inv(n) = x"),
    lambda: cert("(sum i<n. x)*inv(n) = x - x*[n = 0]"),
)
attack(
    D,
    "an even power of a negative base",
    "(0 - 1)^n = 1",
    "cert residual",
    lambda: cert("(0 - 1)^n = 1"),
    lambda: cert("(0 - 1)^(n+1) = 0 - (0 - 1)^n"),
)

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
