"""Random well-formed terms over the whole language, from a seed: the same seed gives the same terms."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from twinproof.proofs.kernel import term as kt
from twinproof.proofs.kernel.term import Term, term

# names that printers like to give to bound variables, one with two signatures, and one that looks like a macro
TYPED = """i:>N j:>N i0:>N n:>N m:>N t:>R x:>R s2:>R w:>W x:N>R W:WNN>R a:W>R f:R>R width:N>N g:NR>R relu:R>R
exp:R>R log:R>R P:N>F Q:>F B:RW>F lambda_:>R D:N>R k:NN>N"""
SYMBOLS = [(name, kind) for name, _, kind in (typed.partition(":") for typed in TYPED.split())]
NUMBERS = [
    Fraction(p, q) for p, q in ((0, 1), (1, 1), (2, 1), (3, 1), (-1, 1), (-2, 1), (1, 2), (-1, 2), (2, 3), (-7, 3))
]


class Terms:
    """Draws terms; ``scope``: the sorts of the variables bound around the place that is filled, outermost first."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (no secret)

    def term(self, sort: str, depth: int, scope: str = "", borel: bool = False) -> Term:
        """A term of this sort (now and then N where R is asked for); `borel`: one that a bracket may contain."""
        if sort == "F":
            return self._formula(depth, scope, borel)
        if sort == "W":
            return self._leaf("W", scope)
        if depth <= 0 or self.random.random() < 0.1:
            return self._leaf(sort, scope)
        return self._number(sort, depth - 1, scope, borel)

    def _leaf(self, sort: str, scope: str) -> Term:
        choices: list[Term] = [kt.symbol(*s) for s in SYMBOLS if s[1] == ">" + sort]
        choices += [kt.var(i, s) for i, s in enumerate(reversed(scope)) if s == sort] * 2
        if sort == "R":
            choices += [kt.num(q) for q in NUMBERS]
        if sort == "N":
            choices += [kt.num(q) for q in (0, 1, 2)]
        return self.random.choice(choices)

    def _number(self, sort: str, depth: int, scope: str, borel: bool) -> Term:
        def inner(s: str = sort, more: str = "") -> Term:
            return self.term(s, depth, scope + more, borel)

        def pair() -> list[Term]:
            return [inner() for _ in range(self.random.choice((2, 2, 2, 3)))]

        kinds = ["add", "mul", "mul", "sum", "pow", "bracket", "app", "app"]
        if sort == "R":
            kinds += ["inv", "inv", "E", "neg", "sub", "natural", "macro"]
        kind = self.random.choice(kinds)
        if kind in ("add", "mul"):
            return term(kind, None, pair())
        if kind == "sum":
            return term("sum", None, (self._count(depth, scope, borel), inner(sort, "N")))
        if kind == "pow":
            return kt.power(inner(), inner("N"))
        if kind == "bracket":
            return kt.bracket(self._formula(depth, scope, True))
        if kind == "app":
            return self._applied(sort, depth, scope, borel)
        if kind == "inv":
            return kt.inv(inner())
        if kind == "E":
            return term("E", None, (inner("R", "W"),))
        if kind == "neg":
            return kt.neg(inner())
        if kind == "sub":
            return kt.sub(inner(), inner())
        if kind == "natural":
            return inner("N")
        return self._macro(inner())

    def _macro(self, t: Term) -> Term:
        """Something that looks like an abbreviation, now and then with an error in it."""
        positive, other = kt.bracket(kt.lt(kt.ZERO, t)), kt.neg(t)
        e, f = kt.symbol("exp", "R>R", t), kt.symbol("exp", "R>R", other)
        return self.random.choice(
            [
                kt.mul(t, positive),
                kt.mul(positive, t),
                kt.absolute(t),
                kt.add(other, kt.mul(kt.sub(t, other), kt.bracket(kt.lt(other, t)))),
                kt.add(other, kt.mul(kt.sub(t, other), kt.bracket(kt.lt(t, other)))),
                kt.add(other, kt.mul(kt.sub(t, t), kt.bracket(kt.lt(other, t)))),
                kt.inv(kt.add(kt.ONE, f)),
                kt.inv(kt.add(kt.ONE, kt.symbol("exp", "R>R", kt.mul(kt.MINUS, kt.num(2))))),
                kt.mul(kt.sub(e, f), kt.inv(kt.add(e, f))),
                kt.mul(kt.sub(e, f), kt.inv(kt.add(f, e))),
            ]
        )

    def _count(self, depth: int, scope: str, borel: bool) -> Term:
        n = self.term("N", min(depth, 1), scope, borel)
        return self.random.choice(
            [n, kt.ZERO, kt.ONE, kt.add(n, kt.ONE), kt.mul(n, n), kt.num(3), kt.add(kt.num(2), kt.ONE)]
        )

    def _applied(self, sort: str, depth: int, scope: str, borel: bool) -> Term:
        name, kind = self.random.choice([s for s in SYMBOLS if s[1].endswith(">" + sort)])
        return kt.symbol(name, kind, *(self.term(s, depth, scope, borel) for s in kind.partition(">")[0]))

    def _formula(self, depth: int, scope: str, borel: bool) -> Term:
        if depth <= 0:
            return self.random.choice([kt.symbol("Q", ">F"), kt.symbol("P", "N>F", self._leaf("N", scope))])
        depth -= 1

        def p(more: str = "") -> Term:
            return self._formula(depth, scope + more, borel)

        def x(more: str = "", sort: str = "R") -> Term:
            return self.term(sort, depth, scope + more, borel)

        kinds = [
            "eq",
            "eq",
            "lt",
            "le",
            "not",
            "and",
            "or",
            "imp",
            "iff",
            "all",
            "ranged",
            "exists",
            "ne",
            "holds",
        ]
        if not borel:
            kinds += ["all", "ranged", "exists", "int", "hd", "lim", "law", "ind"]
        kind = self.random.choice(kinds)
        if kind in ("eq", "lt", "le"):
            return term(kind, None, (x(), x()))
        if kind == "not":
            return kt.lnot(p())
        if kind == "ne":
            return kt.lnot(kt.eq(x(), x()))
        if kind in ("and", "or"):
            return term(kind, None, [p() for _ in range(self.random.choice((2, 2, 3)))])
        if kind in ("imp", "iff"):
            return term(kind, None, (p(), p()))
        if kind in ("all", "ranged", "exists"):
            return self._quantified(kind, depth, scope, borel)
        if kind == "holds":
            return self._applied("F", depth, scope, borel)
        if kind == "int":
            return term("int", None, (x("W"),))
        if kind == "hd":
            return term("hd", None, (x("R"), x(), x()))
        if kind == "lim":
            data = self.random.choice(list(kt.LIMITS))
            return term("lim", data, (x(kt.LIMITS[data]), x()))
        sizes = self.random.choice(("", "N", "NN")), self.random.choice(("", "N", "NN"))
        if kind == "law":
            return term("law", sizes[0], (x("W" + sizes[0]), x("W" + sizes[0])))
        return term("ind", sizes, (x("W" + sizes[0] + sizes[1]),))

    def _quantified(self, kind: str, depth: int, scope: str, borel: bool) -> Term:
        sort = "N" if borel else self.random.choice("NRW")
        body = self._formula(depth, scope + sort, borel)
        if kind != "all" and sort != "W":
            here = kt.var(0, sort)
            limit = self.term("N", min(depth, 1), scope + sort, borel)  # may depend on the bound variable itself
            guard = self.random.choice(
                [kt.lt(here, limit), kt.lt(here, limit), kt.lt(kt.ZERO, here), kt.le(here, limit)]
            )
            body = kt.imp(guard, body) if kind == "ranged" else kt.land(guard, body)
        if kind == "exists":
            return kt.lnot(term("all", sort, (kt.lnot(body),)))
        return term("all", sort, (body,))


def terms(number: int, depth: int = 4, seed: int = 0, sorts: str = "NRFFF", **options: Any) -> Iterator[Term]:
    """`number` terms of these sorts in turn, none with a loose variable."""
    draw = Terms(seed)
    for place in range(number):
        yield draw.term(sorts[place % len(sorts)], draw.random.randint(0, depth), **options)
