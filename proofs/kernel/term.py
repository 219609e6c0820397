"""Terms and formulas: immutable, hash-consed, with binders that have no names.

A term is a node ``Term(head, data, args)``. Free names are applications of a symbol (a *nullary* symbol plays the free
variable); a bound variable is its de Bruijn index, counted from the innermost binder. Terms that differ only in bound
names are therefore one and the same object, equality is identity, and capture cannot happen.

Sorts: ``N`` naturals (0 included), ``R`` reals (every N is an R), ``W`` outcomes of the probability space, ``F``
formulas. A symbol carries its signature, ``"WNN>R"``: it denotes a total, jointly Borel function, and two symbols of
one name but different signatures are different symbols. Every term denotes: ``inv(0)`` is 0 and the expectation of a
term that is not integrable is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from .language import HEADS, LIMITS, UNMEASURED, TermError, is_tuple, signature, within


class Term:
    """One node. Build it with `term` (checked) or the functions below; compare with ``is`` or ``==``."""

    __slots__ = ("args", "binds", "borel", "cache", "data", "head", "loose", "open", "size", "sort", "symbols")

    head: str
    data: Any
    args: tuple[Term, ...]
    sort: str
    binds: tuple[str, ...]  # the sorts bound in each argument
    loose: tuple[int, ...]  # indices of the bound variables that point outside this term
    open: frozenset[tuple[int, str]]  # the same with their sorts
    symbols: frozenset[tuple[str, str]]  # (name, signature) of every symbol in it
    borel: bool  # a formula that a bracket may contain
    size: int
    cache: dict[str, Any]  # what other modules compute once for a term (its normal form)

    def __lt__(self, other: Term) -> bool:
        return compare(self, other) < 0

    def __repr__(self) -> str:
        """An S-expression, for debugging; `text.text` is for readers."""
        label = self.head if self.data is None else f"{self.head}:{self.data}"
        return f"({' '.join([label, *map(repr, self.args)])})" if self.args else label


_TABLE: dict[tuple[Any, ...], Term] = {}


def term(head: str, data: Any = None, args: Sequence[Term] = ()) -> Term:
    """The node of this head, data and arguments. Raises TermError unless it is well formed."""
    args = tuple(args)
    key = (head, data, *map(id, args))
    known = _TABLE.get(key)
    if known is not None:
        return known
    sorts, result, binds = _shape(head, data, args)
    for argument, sort in zip(args, sorts, strict=True):
        if not isinstance(argument, Term) or not within(argument.sort, sort):
            raise TermError(f"{head}: argument {argument!r} has sort {getattr(argument, 'sort', '?')}, expected {sort}")
    if head == "bracket" and not args[0].borel:
        raise TermError(f"bracket: {args[0]!r} quantifies over reals or outcomes, or speaks of laws or derivatives")
    opened = _open(head, data, args, binds)
    node = object.__new__(Term)
    node.head, node.data, node.args, node.sort, node.binds = head, data, args, result, binds
    node.size = 1 + sum(a.size for a in args)
    node.open = opened
    node.loose = tuple(sorted({i for i, _ in opened}))
    node.symbols = frozenset().union(*(a.symbols for a in args)) | ({data} if head == "app" else frozenset())
    node.borel = all(a.borel for a in args) and head not in UNMEASURED and not (head == "all" and data in "RW")
    node.cache = {}
    _TABLE[key] = node
    return node


def _shape(head: str, data: Any, args: tuple[Term, ...]) -> tuple[str, str, tuple[str, ...]]:
    """Sorts of the arguments, sort of the whole, and the sorts bound in each argument."""
    none = ("",) * len(args)
    if head == "var":
        if not (is_tuple(data, 2) and type(data[0]) is int and data[0] >= 0 and data[1] in ("N", "R", "W")):
            raise TermError(f"var: data {data!r}, expected (index, sort)")
        return "", data[1], ()
    if head == "num":
        if type(data) is not Fraction:
            raise TermError(f"num: data {data!r}, expected a Fraction")
        return "", "N" if data >= 0 and data.denominator == 1 else "R", ()
    if head == "app":
        arguments, result = signature(data)
        return _count(head, arguments, args), result, none
    if head == "all":
        if data not in ("N", "R", "W"):
            raise TermError(f"all: sort {data!r}, expected N, R or W")
        return _count(head, "F", args), "F", (data,)
    if head == "law":
        bound = "W" + _indices(head, data)
        return _count(head, "RR", args), "F", (bound, bound)
    if head == "ind":
        if not is_tuple(data, 2):
            raise TermError(f"ind: data {data!r}, expected (block sorts, inner sorts)")
        return _count(head, "R", args), "F", ("W" + _indices(head, data[0]) + _indices(head, data[1]),)
    if head == "lim":
        if data not in LIMITS:
            raise TermError(f"lim: data {data!r}, expected one of {', '.join(LIMITS)}")
        return _count(head, "RR", args), "F", (LIMITS[data], "")
    shape = HEADS.get(head)
    if shape is None or data is not None:
        raise TermError(f"unknown head {head!r} with data {data!r}")
    if shape.arguments.endswith("*"):
        if len(args) < 2:
            raise TermError(f"{head}: {len(args)} arguments, expected two or more")
        sorts = shape.arguments[0] * len(args)
    else:
        sorts = _count(head, shape.arguments, args)
    natural = all(isinstance(a, Term) and a.sort == "N" for a in args)
    result = ("N" if natural else "R") if shape.result == "=" else shape.result
    if head == "pow" and natural:
        result = "N"
    return sorts, result, shape.binds or none


def _count(head: str, sorts: str, args: tuple[Term, ...]) -> str:
    if len(sorts) != len(args):
        raise TermError(f"{head}: {len(args)} arguments, expected {len(sorts)}")
    return sorts


def _indices(head: str, sorts: Any) -> str:
    if type(sorts) is not str or not set(sorts) <= {"N"}:
        raise TermError(f"{head}: index sorts {sorts!r}, expected letters N (families are countable)")
    return sorts


def _open(head: str, data: Any, args: tuple[Term, ...], binds: tuple[str, ...]) -> frozenset[tuple[int, str]]:
    """The loose variables of a node. Raises TermError if one bound here has another sort than its binder."""
    if head == "var":
        return frozenset({data})
    found: set[tuple[int, str]] = set()
    for argument, bound in zip(args, binds, strict=True):
        size = len(bound)
        for index, sort in argument.open:
            if index >= size:
                found.add((index - size, sort))
            elif bound[size - 1 - index] != sort:
                raise TermError(f"{head}: a variable of sort {sort} is bound at sort {bound[size - 1 - index]}")
    return frozenset(found)


def compare(a: Term, b: Term) -> int:
    """A total order that depends on the structure alone: smaller terms first."""
    if a is b:
        return 0
    key_a, key_b = (a.size, a.head, len(a.args)), (b.size, b.head, len(b.args))
    if key_a != key_b:
        return -1 if key_a < key_b else 1
    if a.data != b.data:
        return -1 if _orderable(a) < _orderable(b) else 1
    for x, y in zip(a.args, b.args, strict=True):
        if order := compare(x, y):
            return order
    return 0


def _orderable(t: Term) -> Any:
    return t.data if t.head in ("num", "var") else str(t.data)


# --- substitution -------------------------------------------------------------------------------------------------


def rebuild(t: Term, change: Callable[[Term, int], Term | None], depth: int = 0) -> Term:
    """`t` with every subterm for which ``change(subterm, depth)`` is a term replaced by it, outermost first.

    ``depth`` is the number of binders between `t` and the subterm.
    """
    memo: dict[tuple[Term, int], Term] = {}

    def walk(node: Term, depth: int) -> Term:
        known = memo.get((node, depth))
        if known is None:
            known = change(node, depth)
            if known is None:
                args = [walk(a, depth + len(b)) for a, b in zip(node.args, node.binds, strict=True)]
                same = all(new is old for new, old in zip(args, node.args, strict=True))
                known = node if same else term(node.head, node.data, args)
            memo[node, depth] = known
        return known

    return walk(t, depth)


def shift(t: Term, by: int, above: int = 0) -> Term:
    """`t` with the loose indices from `above` on raised by `by`; TermError if one would fall below `above`."""
    if by == 0 or not t.loose or t.loose[-1] < above:
        return t

    def change(node: Term, depth: int) -> Term | None:
        if not node.loose or node.loose[-1] < depth:
            return node
        if node.head == "var":
            index, sort = node.data
            if index + by < depth:
                raise TermError(f"shift: index {index} would be captured")
            return term("var", (index + by, sort))
        return None

    return rebuild(t, change, above)


def instantiate(body: Term, values: Sequence[Term]) -> Term:
    """`body` of a binder with its bound variables replaced by `values`, outermost first; the binder is removed."""
    n = len(values)
    if n == 0 or not body.loose:
        return body

    def change(node: Term, depth: int) -> Term | None:
        if not node.loose or node.loose[-1] < depth:
            return node
        if node.head != "var":
            return None
        index, sort = node.data
        if index < depth:
            return node
        if index - depth >= n:
            return term("var", (index - n, sort))
        value = values[n - 1 - (index - depth)]
        if not within(value.sort, sort):
            raise TermError(f"a variable of sort {sort} cannot stand for {value!r} of sort {value.sort}")
        return shift(value, depth)

    return rebuild(body, change)


def abstract(t: Term, symbols: Sequence[tuple[str, str]]) -> Term:
    """The body of a binder over the nullary `symbols`, outermost first: `instantiate` undoes it."""
    n = len(symbols)
    place = {s: n - 1 - i for i, s in enumerate(symbols)}

    def change(node: Term, depth: int) -> Term | None:
        if node.head == "app" and node.data in place:
            return term("var", (place[node.data] + depth, node.sort))
        if node.loose and node.loose[-1] >= depth and node.head == "var":
            index, sort = node.data
            return node if index < depth else term("var", (index + n, sort))
        return None

    return rebuild(t, change)


def substitute(t: Term, table: dict[tuple[str, str], Term]) -> Term:
    """`t` with every f(ts) replaced by the body ``table[f]`` at ts.

    A body has one index for each argument of f and no other loose index (the caller sees to it): nothing is captured.
    """
    if not any(s in table for s in t.symbols):
        return t

    def change(node: Term, depth: int) -> Term | None:
        if not any(s in table for s in node.symbols):
            return node
        if node.head != "app" or node.data not in table:
            return None
        return instantiate(table[node.data], [substitute(a, table) for a in node.args])

    return rebuild(t, change)


def subterms(t: Term) -> Iterator[Term]:
    """Every distinct node of `t`, the outermost first."""
    seen: set[Term] = set()
    stack = [t]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            yield node
            stack.extend(node.args)


# --- building -----------------------------------------------------------------------------------------------------


def num(value: int | Fraction) -> Term:
    """The number `value`."""
    return term("num", Fraction(value))


def symbol(name: str, kind: str, *args: Term) -> Term:
    """The symbol `name` of signature `kind` applied to `args`: ``symbol("x", "N>R", k)``."""
    return term("app", (name, kind), args)


def var(index: int, sort: str) -> Term:
    """The variable bound `index` binders further out (0: by the innermost), of this sort."""
    return term("var", (index, sort))


def add(*args: Term) -> Term:
    """The sum of the terms; 0 of none."""
    return args[0] if len(args) == 1 else term("add", None, args) if args else ZERO


def mul(*args: Term) -> Term:
    """The product of the terms; 1 of none."""
    return args[0] if len(args) == 1 else term("mul", None, args) if args else ONE


def neg(a: Term) -> Term:
    """-a: the number itself if `a` is one, else (-1) a."""
    return num(-a.data) if a.head == "num" else mul(MINUS, a)


def sub(a: Term, b: Term) -> Term:
    """a - b."""
    return add(a, neg(b))


def inv(a: Term) -> Term:
    """1/a, with 1/0 = 0."""
    return term("inv", None, (a,))


def power(base: Term, exponent: Term) -> Term:
    """base^exponent for a natural exponent, with x^0 = 1."""
    return term("pow", None, (base, exponent))


def bracket(p: Term) -> Term:
    """[p]: 1 if the formula p holds, else 0."""
    return term("bracket", None, (p,))


def eq(a: Term, b: Term) -> Term:
    """a = b."""
    return term("eq", None, (a, b))


def lt(a: Term, b: Term) -> Term:
    """a < b."""
    return term("lt", None, (a, b))


def le(a: Term, b: Term) -> Term:
    """a <= b."""
    return term("le", None, (a, b))


def lnot(p: Term) -> Term:
    """Not p."""
    return term("not", None, (p,))


def land(*ps: Term) -> Term:
    """All of the formulas."""
    return ps[0] if len(ps) == 1 else term("and", None, ps)


def lor(*ps: Term) -> Term:
    """At least one of the formulas."""
    return ps[0] if len(ps) == 1 else term("or", None, ps)


def imp(*ps: Term) -> Term:
    """p1 -> (p2 -> ... -> q)"""
    return ps[0] if len(ps) == 1 else term("imp", None, (ps[0], imp(*ps[1:])))


def forall(names: Sequence[tuple[str, str]], p: Term) -> Term:
    """For all of the nullary symbols `names` (sort by their signature), p."""
    for name in reversed(names):
        p = term("all", signature(name)[1], (abstract(p, [name]),))
    return p


def exists(names: Sequence[tuple[str, str]], p: Term) -> Term:
    """Not for all, not p: one name at a time."""
    for name in reversed(names):
        p = lnot(forall([name], lnot(p)))
    return p


def absolute(a: Term) -> Term:
    """|a| = a [a > 0] - a [a < 0]"""
    return sub(mul(a, bracket(lt(ZERO, a))), mul(a, bracket(lt(a, ZERO))))


ZERO: Final = num(0)
ONE: Final = num(1)
MINUS: Final = num(-1)
