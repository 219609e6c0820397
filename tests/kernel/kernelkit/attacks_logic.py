"""Attacks through logic, induction and definitions."""

from __future__ import annotations

from fractions import Fraction

from twinproof.proofs.board.finite import Model
from twinproof.proofs.kernel.theorem import infer

from .cases import small_budget, wide_table
from .corpus import attack
from .notation import S, under
from .steps import (
    assume,
    axiom,
    cert,
    define,
    e,
    forget,
    induct,
    rewrite,
    subst,
    taut,
)  # fmt: skip

INFINITE = "on a finite space everything is integrable"


def space(weights: str, tables: dict) -> Model:
    """Tables for Z: {index: values by outcome}, 0 elsewhere; other symbols as given."""
    known = {S("Z"): lambda w, i: Fraction(tables["Z"].get(i, [0] * 9)[w])} if "Z" in tables else {}
    known |= {S(name): value for name, value in tables.items() if name != "Z"}
    return Model(tuple(Fraction(p) for p in weights.split()), known, naturals=3)


# --- logic ----------------------------------------------------------------------------------------------------------

L = "logic"
attack(
    L,
    "the converse",
    "p",
    "taut valid",
    lambda: taut("p", assume("p -> q"), assume("q")),
    lambda: taut("q", assume("p -> q"), assume("p")),
    given=["p -> q", "q"],
)
attack(
    L,
    "denying the antecedent",
    "~q",
    "taut valid",
    lambda: taut("~q", assume("p -> q"), assume("~p")),
    lambda: taut("~p", assume("p -> q"), assume("~q")),
    given=["p -> q", "~p"],
)
attack(
    L,
    "quantifiers exchanged",
    "ex u. all w. ~(X(w) = X(u))",
    "taut valid",
    lambda: taut("ex u. all w. ~(X(w) = X(u))", assume("all w. ex u. ~(X(w) = X(u))")),
    lambda: taut("all w. ex u. ~(X(w) = X(u))", assume("all w. ex u. ~(X(w) = X(u))")),
    given=["all w. ex u. ~(X(w) = X(u))"],
    model=space("1/2 1/2", {"X": lambda w: w}),
)
attack(
    L,
    "some therefore all",
    "all w. X(w) = 0",
    "taut valid",
    lambda: taut("all w. X(w) = 0", assume("ex w. X(w) = 0")),
    lambda: taut("~(all w. ~(X(w) = 0))", assume("ex w. X(w) = 0")),
    given=["ex w. X(w) = 0"],
)
attack(
    L,
    "two signs only",
    "x < y | y < x",
    "taut valid",
    lambda: taut("x < y | y < x"),
    lambda: taut("x < y | y < x | x = y"),
)
attack(
    L,
    "reals above 0 are at least 1",
    "0 < x -> 1 <= x",
    "taut valid",
    lambda: taut("0 < x -> 1 <= x"),
    lambda: taut("0 < n | n = 0"),
)
attack(L, "a real is a natural", "0 <= x", "taut valid", lambda: taut("0 <= x"), lambda: taut("0 <= n"))
attack(
    L,
    "look-alike differences",
    "x*x < y*y -> x < y",
    "taut valid",
    lambda: taut("x*x < y*y -> x < y"),
    lambda: taut("x*x < y*y -> 0 < y^2 - x^2"),
)
attack(
    L,
    "a table that is too long",
    None,
    "taut budget",
    small_budget,
    lambda: wide_table(6),
    why="true, and refused all the same",
)
attack(
    L,
    "an axiom of one's own",
    "all x y. exp(x + y) = exp(x) + exp(y)",
    "axiom name",
    lambda: axiom("exp.sum"),
    lambda: axiom("exp.add"),
)
attack(
    L,
    "another exp",
    "all x. 1 + x <= 0",
    "substitute constant",
    lambda: subst(axiom("exp.tangent"), ("exp", "x", "0")),
    lambda: subst(taut("f(x) = f(x)"), ("f", "x", "0")),
)
attack(
    L,
    "an unbounded quantifier into a bracket",
    None,
    "substitute borel",
    lambda: subst(taut("[p] <= 1", cert("[p] <= 1", slack="[~p]")), ("p", "", "all x. f(x) = 0")),
    lambda: subst(cert("[p] <= 1", slack="[~p]"), ("p", "", "all i. i < n -> P(i)")),
    why="nothing false: a term that need not be Borel",
)
attack(
    L,
    "integrability into a bracket",
    None,
    "cert premise",
    lambda: cert("x = y", e("1", (0, "bracket")), using=(assume("int(w. X(w))"),)),
    lambda: cert("x*[p] = x", e("-x", (0, "bracket")), using=(assume("p"),)),
    why="nothing false: a term that need not be Borel",
)

# --- induction ------------------------------------------------------------------------------------------------------

N = "induction"
_even = "ex k. k <= n & n = 2*k"
_odd_sum = "sum i<n. (2*i + 1) = n^2"


def _odd_numbers():
    base = cert("sum i<0. (2*i + 1) = 0^2")
    return induct(
        base, cert("sum i<(n+1). (2*i + 1) = (n+1)^2", e("1", (0,)), using=(assume(_odd_sum),)), "n", _odd_sum
    )


def _at(text: str, value: str):
    return text.replace("n", f"({value})")


attack(
    N,
    "no base",
    "all n. n = n + 1",
    "induct base",
    lambda: induct(
        taut("0 = 0"), cert("n + 1 = n + 1 + 1", e("1", (0,)), using=(assume("n = n + 1"),)), "n", "n = n + 1"
    ),
    _odd_numbers,
)
attack(
    N,
    "a base at 1",
    "all n. 1 <= n",
    "induct base",
    lambda: induct(
        cert("1 <= 1"), cert("1 <= n + 1", e("1", (0,)), slack="1", using=(assume("1 <= n"),)), "n", "1 <= n"
    ),
    _odd_numbers,
)
attack(
    N,
    "a step of two",
    f"all n. {_even}",
    "induct step",
    lambda: induct(
        assume(_at(_even, "0")),
        taut(_at(_even, "n + 2"), assume(_even), assume(f"({_even}) -> ({_at(_even, 'n + 2')})")),
        "n",
        _even,
    ),
    _odd_numbers,
    given=[_at(_even, "0")],
)
attack(
    N,
    "a step assumed for one n",
    "all n. a(n) = 0",
    "induct fresh",
    lambda: induct(
        assume("a(0) = 0"), rewrite(assume("a(n) = a(n+1)"), assume("a(n) = 0"), "a(n+1) = 0"), "n", "a(n) = 0"
    ),
    lambda: induct(
        assume("a(0) = 0"), rewrite(assume("all n. a(n) = a(n+1)"), assume("a(n) = 0"), "a(n+1) = 0"), "n", "a(n) = 0"
    ),
    given=["a(0) = 0", "a(n) = a(n+1)"],
)
attack(
    N,
    "induction over the reals",
    "all x. 0 <= x",
    "induct variable",
    lambda: infer(
        "induct",
        (taut("0 <= 0"), cert("0 <= x + 1", e("1", (0,)), slack="1", using=(assume("0 <= x"),))),
        S("x"),
        under("x", "0 <= x"),
    ),
    _odd_numbers,
)

# --- definitions ----------------------------------------------------------------------------------------------------

D = "definitions"


def _circle():
    f, g = "all x. f(x) = g(x) + 1", "all x. g(x) = f(x)"
    return cert("0 = 1", e("1", (0, "0")), e("1", (1, "0")), using=(define(f), define(g))), f


def _chain():
    f, g = "all x. f(x) = x", "all x. g(x) = f(x)"
    return forget(forget(taut("0 = 0", define(f), define(g)), g), f)


attack(
    D,
    "an assumption let go",
    "0 = 1",
    "forget definition",
    lambda: forget(cert("0 = 1", e("1", (0,)), using=(assume("x = x + 1"),)), "x = x + 1"),
    _chain,
)
attack(
    D,
    "an inequality let go",
    "1 <= 0",
    "forget definition",
    lambda: forget(cert("1 <= 0", e("1", (0,)), using=(assume("1 + x*0 <= x*0"),)), "1 + x*0 <= x*0"),
    _chain,
)
attack(D, "a definition in a circle", "0 = 1", "forget absent", lambda: forget(*_circle()), _chain)
attack(
    D,
    "a definition let go that is still spoken of",
    "x = 3",
    "forget absent",
    lambda: forget(define("x = 3"), "x = 3"),
    _chain,
)
attack(
    D,
    "a symbol defined by itself",
    "x = x + 1",
    "define fresh",
    lambda: define("x = x + 1"),
    lambda: define("x = y + 1"),
)
attack(
    D,
    "a recursion that does not go down",
    "a(1) = a(1) + 1",
    "define fresh",
    lambda: define("a(0) = 0 & (all n. a(n+1) = a(n+1) + 1)"),
    lambda: define("a(0) = 0 & (all n. a(n+1) = a(n) + 1)"),
)
attack(
    D,
    "a base that uses the recursion",
    "a(0) = a(0) + 1",
    "define fresh",
    lambda: define("a(0) = a(0) + 1 & (all n. a(n+1) = a(n))"),
    lambda: define("a(0) = 1 & (all n. a(n+1) = a(n))"),
)
attack(
    D,
    "a bound index mistaken for the step",
    "a(0) = 0 & a(1) = 1 + sum n<2. a(n)",
    "define fresh",
    lambda: define("a(0) = 0 & (all n. a(n+1) = 1 + sum n<2. a(n))"),
    lambda: define("a(0) = 0 & (all n. a(n+1) = 1 + sum i<2. a(n))"),
)
attack(
    D,
    "a fixed symbol defined anew",
    "all x. exp(x) = 0",
    "define form",
    lambda: define("all x. exp(x) = 0"),
    lambda: define("all x. f(x) = 0"),
)
attack(
    D,
    "two values at one place",
    "a(0) = 0 & (all n. a(n) = 1)",
    "define form",
    lambda: define("a(0) = 0 & (all n. a(n) = 1)"),
    lambda: define("a(0) = 0 & (all n. a(n+1) = 1)"),
)
attack(D, "a natural that is a half", "n = 1/2", "define sort", lambda: define("n = 1/2"), lambda: define("x = 1/2"))
attack(
    D,
    "every real is a natural",
    "c{R>N}(1/2) = 1/2",
    "define sort",
    lambda: define("all x. c{R>N}(x) = x"),
    lambda: define("all x. c{R>N}(x) = [x > 0]"),
)
