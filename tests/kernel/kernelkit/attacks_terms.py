"""Attacks through binders and division."""

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
