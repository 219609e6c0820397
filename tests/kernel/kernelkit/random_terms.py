"""Random terms over the whole language, with few names, so that bound and free ones collide on purpose."""

from __future__ import annotations

import random

from twinproof.proofs.kernel import term as t

NATURALS, REALS, FORMULAS = ("n", "m", "i"), ("x", "y"), ("p",)


class Source:
    """Draws closed terms; binders take their names from the same few names as free symbols."""

    def __init__(self, rng: random.Random, *, analysis: bool = False) -> None:
        self.rng = rng
        self.analysis = analysis  # exp too

    def pick(self, *items):
        return self.rng.choice(items)

    def natural(self, depth: int) -> t.Term:
        if depth <= 0 or self.rng.random() < 0.25:
            return self.pick(*(t.symbol(name, ">N") for name in NATURALS), *map(t.num, (0, 1, 2)))
        kind = self.rng.randrange(8)
        if kind == 0:
            return t.add(self.natural(depth - 1), self.natural(depth - 1))
        if kind == 1:
            return t.mul(self.natural(depth - 1), self.natural(depth - 1))
        if kind == 2:
            return t.bracket(self.formula(depth - 1))
        if kind == 3:
            return t.symbol("h", "N>N", self.natural(depth - 1))
        if kind == 4:
            return self.sum(self.natural, depth)
        if kind == 5:
            return t.power(self.natural(depth - 1), self.natural(depth - 2))
        if kind == 6:
            return t.symbol("K", "W>N", self.outcome())
        return t.add(self.natural(depth - 1), t.ONE)

    def outcome(self) -> t.Term:
        return t.symbol("w", ">W")

    def sum(self, body, depth: int) -> t.Term:
        name = (self.pick(*NATURALS), ">N")
        return t.term("sum", None, (self.natural(depth - 2), t.abstract(body(depth - 1), [name])))

    def items(self) -> list[t.Term]:
        bits = (t.bracket(t.symbol("p", ">F")), t.bracket(t.lnot(t.symbol("p", ">F"))), t.symbol("h", "N>N", t.ZERO))
        names = [t.symbol(name, ">N") for name in NATURALS]
        return [self.pick(*names, *names, *map(t.num, (1, 1, 2, 3)), *bits) for _ in range(self.pick(1, 2, 2, 3))]

    def linear(self) -> t.Term:
        """A small sum of naturals: counts, indices and brackets that can cancel each other."""
        return t.add(*self.items())

    def close(self, index: t.Term, items: list[t.Term]) -> t.Term:
        """A comparison of an index with what is left of its count: some items moved across, some dropped."""
        left, right = [index], [t.ZERO]
        for item in items:
            side = self.rng.randrange(4)
            if side < 2:
                right.append(item)
            elif side == 2 and item.head == "bracket":
                p = item.args[0]
                left.append(t.bracket(p.args[0] if p.head == "not" else t.lnot(p)))
        return self.pick(t.eq, t.lt, t.le)(*self.rng.sample((t.add(*left), t.add(*right)), 2))

    def comparison(self) -> t.Term:
        """A comparison of small sums of naturals, or of a real with one."""
        left = self.pick(self.linear, self.linear, lambda: self.pick(*(t.symbol(name, ">R") for name in REALS)))()
        found = self.pick(t.eq, t.lt, t.le, t.lt)(*self.rng.sample((left, self.linear()), 2))
        return t.lnot(found) if self.rng.random() < 0.2 else found

    def narrow(self) -> t.Term:
        """One sum over a bracket that compares the index with the count: where ranges decide brackets."""
        name = (self.pick(*NATURALS), ">N")
        bits = (t.bracket(t.symbol("p", ">F")), t.bracket(t.lnot(t.symbol("p", ">F"))), t.symbol("h", "N>N", t.ZERO))
        items = [t.symbol(self.pick(*NATURALS), ">N"), t.num(self.pick(0, 1, 2)), self.pick(*bits)]
        body = t.bracket(self.close(t.symbol(*name), items))
        if self.rng.random() < 0.3:
            body = t.mul(body, t.symbol("a", "N>R", t.symbol(*name)))
        return t.term("sum", None, (t.add(*items), t.abstract(body, [name])))

    def nest(self, depth: int) -> t.Term:
        """Sums with counts that compare with their indices, around products of brackets."""
        factors = [t.bracket(self.comparison()) for _ in range(self.pick(0, 1, 2, 3))]
        others = (t.symbol("a", "N>R", self.linear()), t.symbol("x", ">R"), self.linear(), t.inv(t.symbol("y", ">R")))
        factors += [self.pick(*others) for _ in range(self.pick(0, 1, 1, 2))]
        body = t.mul(*factors)
        for _ in range(depth):
            name = (self.pick(*NATURALS), ">N")
            items = self.items()
            if self.rng.random() < 0.6:
                body = t.mul(body, t.bracket(self.close(t.symbol(*name), items)))
            body = t.term("sum", None, (t.add(*items), t.abstract(body, [name])))
            if self.rng.random() < 0.3:
                body = t.mul(body, self.pick(t.bracket(self.comparison()), t.symbol("x", ">R"), body))
        return body

    def real(self, depth: int) -> t.Term:
        if depth <= 0 or self.rng.random() < 0.12:
            return self.pick(*(t.symbol(name, ">R") for name in REALS), self.natural(0), t.num(-1), t.inv(t.num(2)))
        kind = self.rng.randrange(14)
        if kind < 3:
            return t.add(*(self.real(depth - 1) for _ in range(self.pick(2, 2, 3))))
        if kind < 6:
            return t.mul(*(self.real(depth - 1) for _ in range(self.pick(2, 2, 3))))
        if kind == 6:
            return t.inv(self.real(depth - 1))
        if kind == 7:
            return t.power(self.real(depth - 1), self.natural(depth - 2))
        if kind == 8:
            return self.sum(self.real, depth)
        if kind == 9:
            return t.mul(t.bracket(self.formula(depth - 1)), self.real(depth - 1))
        if kind == 10:
            return t.term("E", None, (t.abstract(self.real(depth - 1), [("w", ">W")]),))
        if kind == 11:
            return t.symbol("X", "W>R", self.outcome())
        if kind == 12:
            if self.analysis and self.rng.random() < 0.5:
                return t.symbol("exp", "R>R", self.real(depth - 2))
            return t.symbol("f", "R>R", self.real(depth - 1))
        return self.pick(
            t.symbol("a", "N>R", self.natural(depth - 1)),
            t.symbol("Z", "WN>R", self.outcome(), self.natural(depth - 1)),
        )

    def formula(self, depth: int) -> t.Term:
        """A formula that a bracket may contain."""
        if depth <= 0:
            return self.pick(
                t.symbol("p", ">F"), t.eq(self.natural(0), self.natural(0)), t.lt(self.real(0), self.real(0))
            )
        kind = self.rng.randrange(10)
        if kind < 4:
            number = self.pick(self.natural, self.natural, self.real)
            return self.pick(t.eq, t.lt, t.le)(number(depth - 1), number(depth - 1))
        if kind == 4:
            return t.lnot(self.formula(depth - 1))
        if kind == 5:
            return self.pick(t.land, t.lor, t.imp)(self.formula(depth - 1), self.formula(depth - 1))
        if kind == 6:
            return t.term("iff", None, (self.formula(depth - 1), self.formula(depth - 1)))
        if kind == 7:
            return t.symbol("P", "N>F", self.natural(depth - 1))
        if kind == 8:  # a quantifier with a guard
            name = (self.pick(*NATURALS), ">N")
            guard = t.lt(t.symbol(*name), self.natural(0))
            limit = t.symbol("n", ">N") if name[0] != "n" else t.num(2)
            return t.forall([name], t.imp(t.lt(t.symbol(*name), limit), t.imp(guard, self.formula(depth - 1))))
        return t.eq(self.natural(depth - 1), self.natural(0))
