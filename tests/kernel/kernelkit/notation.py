"""Terms from text, so that an attack fits on a line: ``F("all x. x*x >= 0")``, ``under("w", "X(w)*c")``.

Sorts by letter: i..n and r, s are naturals; u, w are outcomes; p, q formulas; all else is real. A binder may say
another one: ``all x:N. ..``. Signatures of applied symbols stand in KINDS, or in the text: ``exp{N>R}(n)``.
Bound names exist in the text alone: terms have none.
"""

from __future__ import annotations

import re
from fractions import Fraction

from twinproof.proofs.kernel import term as t

KINDS = {
    "f": "R>R", "g": "R>R", "exp": "R>R", "log": "R>R", "A": "NN>R", "a": "N>R", "b": "N>R", "h": "N>N", "fact": "N>N",
    "P": "N>F", "Q": "R>F", "B": "W>F", "X": "W>R", "Y": "W>R", "Z": "WN>R", "V": "WN>R", "M": "WNN>R", "K": "W>N",
    "D": "NR>R",
}  # fmt: skip
_TOKEN = re.compile(r"\s*(<->|->|<=|>=|!=|\{[A-Z>]*\}|[A-Za-z_][A-Za-z0-9_']*|\d+|.)")


def sort_of(name: str) -> str:
    if len(name) == 1 and name in "ijklmnrs":
        return "N"
    return "W" if name in ("w", "u") else "F" if name in ("p", "q") else "R"


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = [m.group(1) for m in _TOKEN.finditer(text.strip())]
        self.place = 0
        self.scope: dict[str, str] = {}

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        mark = self.peek()
        if not mark or (wanted is not None and mark != wanted):
            raise SyntaxError(f"found {mark!r} at {self.place} in {' '.join(self.tokens)}, expected {wanted}")
        self.place += 1
        return mark

    def skip(self, mark: str) -> bool:
        if self.peek() == mark:
            self.place += 1
            return True
        return False

    def names(self, end: str, also: str = "") -> list[tuple[str, str]]:
        found = []
        while self.peek() not in (end, also):
            name = self.take()
            sort = self.take() if self.skip(":") else sort_of(name)
            found.append((name, f">{sort}"))
        return found

    def scoped(self, names: list[tuple[str, str]], parse) -> t.Term:
        before = dict(self.scope)
        self.scope |= {name: kind[1:] for name, kind in names}
        try:
            return parse()
        finally:
            self.scope = before

    def formula(self) -> t.Term:
        for word, build in (("all", t.forall), ("ex", t.exists)):
            if self.skip(word):
                names = self.names(".")
                self.take(".")
                return build(names, self.scoped(names, self.formula))
        left = self.disjunction()
        if self.skip("->"):
            return t.imp(left, self.formula())
        return t.term("iff", None, (left, self.formula())) if self.skip("<->") else left

    def disjunction(self) -> t.Term:
        parts = [self.conjunction()]
        while self.skip("|"):
            parts.append(self.conjunction())
        return t.lor(*parts)

    def conjunction(self) -> t.Term:
        parts = [self.negation()]
        while self.skip("&"):
            parts.append(self.negation())
        return t.land(*parts)

    def negation(self) -> t.Term:
        if self.skip("~"):
            return t.lnot(self.negation())
        if self.peek() in ("all", "ex"):
            return self.formula()
        left = self.sum()
        mark = self.peek()
        if mark in ("=", "!=", "<", "<=", ">", ">="):
            self.take()
            right = self.sum()
            if mark in (">", ">="):
                return (t.lt if mark == ">" else t.le)(right, left)
            found = (t.lt if mark == "<" else t.le if mark == "<=" else t.eq)(left, right)
            return t.lnot(found) if mark == "!=" else found
        return left

    def sum(self) -> t.Term:
        parts = [self.signed()]
        while self.peek() in ("+", "-"):
            parts.append(self.product() if self.take() == "+" else t.neg(self.product()))
        return t.add(*parts)

    def signed(self) -> t.Term:
        return t.neg(self.product()) if self.skip("-") else self.product()

    def product(self) -> t.Term:
        parts = [self.power()]
        while self.peek() in ("*", "/"):
            parts.append(self.power() if self.take() == "*" else t.inv(self.power()))
        return t.mul(*parts)

    def power(self) -> t.Term:
        if self.skip("-"):
            return t.neg(self.power())
        base = self.atom()
        return t.power(base, self.atom()) if self.skip("^") else base

    def bound(self, head: str) -> t.Term:
        if head == "sum":
            name = self.take()
            self.take("<")
            count = self.sum()
            self.take(".")
            body = self.scoped([(name, ">N")], self.product)
            return t.term("sum", None, (count, t.abstract(body, [(name, ">N")])))
        data = None
        if head == "lim":
            self.take("[")
            data = "".join(iter(self.take, "]"))
        self.take("(")
        names = self.names(".", "|")
        block = len(names) - 1
        if self.skip("|"):
            names += self.names(".")
        self.take(".")
        args = [t.abstract(self.scoped(names, self.formula), names)]
        while self.skip(";"):
            both = head == "law"
            args.append(t.abstract(self.scoped(names, self.formula), names) if both else self.formula())
        self.take(")")
        if head == "law":
            data = "N" * (len(names) - 1)
        if head == "ind":
            data = ("N" * block, "N" * (len(names) - 1 - block))
        return t.term(head, data, args)

    def atom(self) -> t.Term:
        mark = self.take()
        if mark.isdigit():
            return t.num(Fraction(mark))
        if mark == "(":
            inside = self.formula()
            self.take(")")
            return inside
        if mark == "[":
            inside = self.formula()
            self.take("]")
            return t.bracket(inside)
        if mark in ("sum", "E", "int", "law", "ind", "hd", "lim"):
            return self.bound(mark)
        if mark in ("false", "true"):
            return t.lt(t.ONE, t.ZERO) if mark == "false" else t.eq(t.ZERO, t.ZERO)
        kind = self.take()[1:-1] if self.peek().startswith("{") else None
        args = []
        if self.skip("("):
            while True:
                args.append(self.sum())
                if not self.skip(","):
                    break
            self.take(")")
        if mark == "inv":
            return t.inv(*args)
        if kind is None:
            kind = KINDS[mark] if args else f">{self.scope.get(mark, sort_of(mark))}"
        return t.symbol(mark, kind, *args)


def F(text: str) -> t.Term:
    """The term or formula that the text says."""
    parser = _Parser(text)
    found = parser.formula()
    if parser.peek():
        raise SyntaxError(f"{parser.peek()!r} left over in {text!r}")
    return found


def under(names: str, text: str) -> t.Term:
    """The body of a binder: the text with `names` ("w", "i j", "x:N") loose, the outermost first."""
    parser = _Parser(names + " .")
    kinds = parser.names(".")
    parser = _Parser(text)
    parser.scope = {name: kind[1:] for name, kind in kinds}
    found = parser.formula()
    if parser.peek():
        raise SyntaxError(f"{parser.peek()!r} left over in {text!r}")
    return t.abstract(found, kinds)


def S(name: str) -> tuple[str, str]:
    """The symbol of this name: its signature as in KINDS, as its letter says, or as given: "x:N", "g{NN>R}"."""
    if "{" in name:
        name, kind = name[:-1].split("{")
        return name, kind
    if ":" in name:
        name, sort = name.split(":")
        return name, f">{sort}"
    return name, KINDS.get(name, f">{sort_of(name)}")
