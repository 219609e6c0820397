"""One case for each rule that accepts, and at least one for each side condition that refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from twinproof.proofs.kernel import satisfiability
from twinproof.proofs.kernel.term import land
from twinproof.proofs.kernel.theorem import Theorem, infer

from .notation import F, S, under
from .steps import (
    assume,
    axiom,
    cert,
    define,
    discharge,
    e,
    forget,
    gen,
    induct,
    inst,
    rewrite,
    subst,
    taut,
    unfold,
)


class Case(NamedTuple):
    rule: str
    condition: str
    number: int
    run: Callable[[], Theorem]

    @property
    def name(self) -> str:
        return f"{self.rule}-{self.condition}-{self.number}"


ACCEPTS: dict[str, list[Callable[[], Theorem]]] = {}
REFUSES: dict[tuple[str, str], list[Case]] = {}


def accepts(rule: str, *runs: Callable[[], Theorem]) -> None:
    ACCEPTS.setdefault(rule, []).extend(runs)


def refuses(rule: str, condition: str, *runs: Callable[[], Theorem]) -> None:
    cases = REFUSES.setdefault((rule, condition), [])
    cases.extend([Case(rule, condition, len(cases) + i, run) for i, run in enumerate(runs)])


def all_cases() -> list[Case]:
    return [case for cases in REFUSES.values() for case in cases]


# --- logic ----------------------------------------------------------------------------------------------------------

for rule, apply in (("assume", assume), ("taut", taut), ("discharge", lambda p: discharge(assume("x = 1"), p))):
    refuses(rule, "formula", lambda apply=apply: apply("x + 1"), lambda apply=apply: apply(under("x", "x = x")))
accepts("assume", lambda: assume("x = 1"), lambda: assume("all x. ex y. x < y"))
accepts("discharge", lambda: discharge(assume("x = 1"), "x = 1"), lambda: discharge(assume("x = 1"), "y = 1"))

accepts(
    "taut",
    lambda: taut("p | ~p"),
    lambda: taut("x < y | x = y | y < x"),
    lambda: taut("x <= y", assume("~(y < x)")),
    lambda: taut("n != 0 -> 0 < n"),
    lambda: taut("y - x > 0", assume("x < y")),
)
refuses(
    "taut",
    "valid",
    lambda: taut("p"),
    lambda: taut("x < y | y < x"),
    lambda: taut("p & q", assume("p | q")),
    lambda: taut("x >= 0"),
    lambda: taut("p <-> q", assume("p -> q")),
)


def wide_table(size: int) -> Theorem:
    """An exclusive or of many independent atoms, against itself in another order: 2^size rows."""
    atoms = [f"P({i})" for i in range(size)]

    def folded(names: list[str]) -> str:
        return names[0] if len(names) == 1 else f"({names[0]} <-> {folded(names[1:])})"

    return taut(f"{folded(atoms)} <-> {folded(atoms[::-1])}")


def small_budget() -> Theorem:
    """The same with 50 splits in place of 20,000, which would take seconds."""
    before, satisfiability.SPLITS = satisfiability.SPLITS, 50
    try:
        return wide_table(6)
    finally:
        satisfiability.SPLITS = before


accepts("taut", lambda: wide_table(6))
refuses("taut", "budget", small_budget)

accepts(
    "generalise",
    lambda: gen(taut("x = x"), "x"),
    lambda: gen(assume("y = 0"), "x"),
    lambda: gen(taut("B(w) | ~B(w)"), "w"),
)
refuses("generalise", "variable", lambda: gen(taut("f(x) = f(x)"), "f"), lambda: gen(taut("p | ~p"), "p"))
refuses("generalise", "fresh", lambda: gen(assume("x = 0"), "x"))

accepts("instantiate", lambda: inst(assume("all x. f(x) = 0"), "y + 1"), lambda: inst(assume("all x. f(x) = 0"), "n"))
refuses(
    "instantiate", "universal", lambda: inst(assume("f(x) = 0"), "y"), lambda: inst(assume("~(all x. f(x) = 0)"), "y")
)
refuses("instantiate", "closed", lambda: inst(assume("all x. f(x) = 0"), under("y", "y + 1")))
refuses(
    "instantiate",
    "sort",
    lambda: inst(assume("all n. a(n) = 0"), "x"),
    lambda: inst(assume("all w. X(w) = 0"), "0"),
    lambda: inst(assume("all x. f(x) = 0"), "p"),
)

_sum = "sum i<n. (2*i + 1) = n^2"


def _odd_numbers() -> tuple[Theorem, Theorem]:
    base = cert("sum i<0. (2*i + 1) = 0^2")
    return base, cert("sum i<(n+1). (2*i + 1) = (n+1)^2", e("1", (0,)), using=(assume(_sum),))


accepts("induct", lambda: induct(*_odd_numbers(), "n", _sum))
refuses(
    "induct",
    "variable",
    lambda: infer("induct", (taut("0 = 0"), taut("0 = 0")), S("x"), under("n", "n = n")),
    lambda: infer("induct", (taut("0 = 0"), taut("0 = 0")), S("h"), under("n", "n = n")),
)
refuses(
    "induct",
    "predicate",
    lambda: infer("induct", (taut("0 = 0"), taut("0 = 0")), S("n"), under("n", "n + 1")),
    lambda: infer("induct", (taut("0 = 0"), taut("0 = 0")), S("n"), under("m n", "n = m")),
)
refuses("induct", "base", lambda: induct(taut("0 = 0"), taut("n + 1 = n + 1 | n = 1"), "n", "n = n | n = 1"))
refuses("induct", "step", lambda: induct(taut("0 = 0"), taut("n = n"), "n", "n = n"))
refuses(
    "induct",
    "fresh",
    lambda: induct(
        assume("a(0) = 0"), rewrite(assume("a(n) = a(n+1)"), assume("a(n) = 0"), "a(n+1) = 0"), "n", "a(n) = 0"
    ),
    # the predicate p(k) := (k = n) itself mentions n
    lambda: infer("induct", (assume("0 = n"), assume("n + 1 = n")), S("n"), under("k", "k = n")),
)

accepts("axiom", lambda: axiom("exp.add"))
refuses("axiom", "name", lambda: axiom("exp.subtract"))

accepts(
    "rewrite",
    lambda: rewrite(assume("x = y"), assume("f(x) = 0"), "f(y) = 0"),
    lambda: rewrite(assume("all x. f(x) = g(x)"), assume("sum i<n. f(a(i)) = 0"), "sum i<n. g(a(i)) = 0"),
    lambda: rewrite(assume("p <-> q"), assume("[p] = 1"), "[q] = 1"),
)
refuses("rewrite", "equation", lambda: rewrite(assume("x <= y"), assume("x = 0"), "y = 0"))
refuses(
    "rewrite",
    "match",
    lambda: rewrite(assume("x = y"), assume("x = 0"), "z = 0"),
    lambda: rewrite(assume("all x y. f(x) = g(y)"), assume("f(0) = 0"), "g(1) = 0"),  # y stands on the right alone
    lambda: rewrite(assume("all k. a(k) = b(k)"), assume("f(a(0)) = x"), "f(b(1)) = x"),
    lambda: rewrite(assume("all k. a(k) = D(k,k)"), assume("sum k<n. a(k) = x"), "sum k<n. D(k,0) = x"),
)

accepts(
    "substitute",
    lambda: subst(assume("all x. f(x) = f(-x)"), ("f", "x", "x*x")),
    lambda: subst(taut("x + y = y + x"), ("x", "", "y"), ("y", "", "x")),
    lambda: subst(assume("sum i<n. a(i) = k"), ("a", "i", "i*k")),
)
refuses("substitute", "constant", lambda: subst(axiom("exp.tangent"), ("exp", "x", "0")))
refuses("substitute", "distinct", lambda: subst(taut("x = x"), ("x", "", "0"), ("x", "", "1")))
refuses(
    "substitute",
    "parameters",
    lambda: infer("substitute", (taut("f(x) = f(x)"),), ((S("f"), under("x y", "x + y")),)),
    lambda: infer("substitute", (taut("f(x) = f(x)"),), ((S("f"), under("n", "n + 1")),)),
    lambda: infer("substitute", (taut("x = x"),), ((S("x"), under("y", "y")),)),
)
refuses(
    "substitute", "result", lambda: subst(taut("n >= 0"), ("n", "", "x")), lambda: subst(taut("p | ~p"), ("p", "", "x"))
)
refuses(
    "substitute",
    "borel",
    lambda: subst(taut("[p] = [p]"), ("p", "", "all x. f(x) = 0")),
    lambda: subst(taut("p | ~p"), ("p", "", "int(w. X(w))")),
)

# --- definition -----------------------------------------------------------------------------------------------------

_square = "all x. f(x) = x*x"
_power = (F("all x. D(0,x) = 1"), F("all n x. D(n+1,x) = x*D(n,x)"))
accepts(
    "define",
    lambda: define(_square),
    lambda: define("x = 3"),
    lambda: define(land(*_power)),
    lambda: define("all i. P(i) <-> i < n"),
    lambda: define("fact(0) = 1 & (all n. fact(n+1) = (n+1)*fact(n))"),
)
accepts("forget", lambda: forget(_without_definition(), "z = 3"))


def _without_definition() -> Theorem:
    """z = 3 |- ex y. y*y = 9, where z is the witness."""
    square = cert("z*z = 9", e("z + 3", (0,)), using=(define("z = 3"),))
    none = assume("all y. ~(y*y = 9)")
    return taut("ex y. y*y = 9", discharge(taut("false", inst(none, "z"), square), "all y. ~(y*y = 9)"))


_FORM = [
    "x + 1",
    under("y", "x = y"),
    "f(x) < 1",
    "all x. f(x) = 0 & f(0) = 0",
    "all x. x = f(x)",
    "x = 1 & y = 1",
    "A(0,0) = 1 & (all i j. A(i+1,j+1) = 1) & (all i j. A(i+1,j+1) = 1)",
    "all n. f(n) = n",
    "all x. exp(x) = 0",
    "all x. f(x + 1) = 0",
    "f(0) = 0",
    "all i. D(i,1) = 0",
    "all i. A(i,i) = 0",
    "all i j. a(i) = 0",
    "a(1) = 0 & (all n. a(n+1) = a(n))",
    "a(0) = 0 & (all n. a(n+2) = a(n))",
    "a(0) = 0 & (all n. a(1+n) = a(n))",
    "a(0) = 0 & (all n. a(n) = 0)",
    "a(0) = 0 & (all n. a(n+0) = 0)",
    "a(0) = 0 & (all n k. a(n+k) = 0)",
    "f(0) = 0 & (all x. f(x+1) = f(x))",
    "(all x. D(0,x) = 0) & (all n. D(n+1,1) = 0)",
    "(all i. A(0,i) = 0) & (all i j. A(i,j+1) = 0)",
    "(all i. A(0,i) = 0) & (all i. A(i+1,i) = 0)",
    "A(0,0) = 0 & (all i j. A(i+1,j+1) = 0)",
    "a(0) = 0 & (all x. f(x) = 0)",
    "B(w)",
]
_FRESH = [
    "x = x + 1",
    "all x. f(x) = f(0) + 1",
    "a(0) = a(1) & (all n. a(n+1) = a(n))",
    "a(0) = 0 & (all n. a(n+1) = a(n+1) + 1)",
    "a(0) = 0 & (all n. a(n+1) = sum n<2. a(n))",
    "(all x. D(0,x) = 0) & (all n x. D(n+1,x) = D(0,x) + 1)",
    "(all j. A(0,j) = 0) & (all i j. A(i+1,j) = A(j,i))",
]
_SORT = ["n = 1/2", "all x. h{R>N}(x) = x", "p <-> (all x. f(x) = 0)", "all n. P(n) <-> lim[oo](x. f(x); 0)"]
for condition, definitions in (("form", _FORM), ("fresh", _FRESH), ("sort", _SORT)):
    refuses("define", condition, *(lambda d=d: define(d) for d in definitions))
    refuses("forget", "definition", *(lambda d=d: forget(taut("p | ~p"), d) for d in definitions))
refuses(
    "forget",
    "absent",
    lambda: forget(define("x = 3"), "x = 3"),
    lambda: forget(taut("0 = 0", define("z = 3"), assume("z = 4")), "z = 3"),
)

accepts("unfold", lambda: unfold("hd(t. t*t; 3; 6)"), lambda: unfold("lim[n](n. 1/(n+1); 0)"))
refuses("unfold", "head", lambda: unfold("x = 1"), lambda: unfold(under("x", "hd(t. t*t; x; 2*x)")))
