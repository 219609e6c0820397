"""Definitions (explicit and primitive recursive), and the epsilon-delta texts of derivative and limit."""

from __future__ import annotations

from collections.abc import Sequence

from .language import CONSTANTS, signature
from .logic import Symbol
from .rules import require
from .term import ONE, ZERO, Term, absolute, add, exists, forall, imp, instantiate, land, le, lt, mul, sub, symbol, term
from .theorem import Sequent, Theorem, inference


@inference("define", 0, "term")
def define(_: Sequence[Theorem], d: Term) -> Sequent:
    """Assume the definition `d` of a symbol."""
    defined(d, "define")
    return Sequent(frozenset({d}), d)


@inference("forget", 1, "term")
def forget(premises: Sequence[Theorem], d: Term) -> Sequent:
    """Drop the definition `d` from the hypotheses of a theorem that does not mention its symbol otherwise."""
    (premise,) = premises
    f = defined(d, "forget")
    others = premise.hypotheses - {d}
    require("forget", "absent", all(f not in p.symbols for p in (*others, premise.statement)), f[0])
    return Sequent(others, premise.statement)


def defined(d: Term, rule: str = "define") -> Symbol:
    """The symbol that the formula `d` defines. Raises RuleError if `d` is no definition."""
    form, fresh, sort = ("form", "fresh", "sort") if rule == "define" else ("definition",) * 3
    require(rule, form, d.sort == "F" and not d.loose, d)
    clauses = d.args if d.head == "and" else (d,)
    require(rule, form, len(clauses) <= 2, d)
    parts = [_clause(rule, form, c) for c in clauses]
    f = parts[0][0].data
    arguments, result = signature(f)
    require(rule, form, f[0] not in CONSTANTS and all(left.data == f for left, _, _ in parts), d)
    for position, (left, right, sorts) in enumerate(parts):
        fits = right.sort == result or (right.sort, result) == ("N", "R")
        require(rule, sort, right.borel and fits, right.sort, result)
        size = len(sorts)
        places = [i for i, a in enumerate(left.args) if a.head != "var"]
        variables = [a for a in left.args if a.head == "var"]
        require(rule, form, len(places) == len(clauses) - 1, left)
        if position == 0:
            require(rule, fresh, f not in right.symbols, right)
        else:  # the clause of n + 1: f occurs in it only at n
            (place,) = places
            require(rule, form, parts[0][0].args[place] is ZERO, left)
            n = left.args[place].args[0] if left.args[place].head == "add" else left
            require(rule, form, n.head == "var" and n.sort == "N" and left.args[place] is add(n, ONE), left)
            variables.insert(place, n)
            require(rule, fresh, _only_at(right, f, place, n), right)
        kept = [s for i, s in enumerate(arguments) if position or i not in places]
        require(rule, form, [v.sort for v in variables] == kept, left, arguments)
        require(rule, form, sorted(v.data[0] for v in variables) == list(range(size)), left)
    return f  # type: ignore[no-any-return]


def _clause(rule: str, condition: str, p: Term) -> tuple[Term, Term, str]:
    """(left, right, sorts of the quantifiers) of one clause."""
    sorts = ""
    while p.head == "all":
        p, sorts = p.args[0], sorts + p.data
    require(rule, condition, p.head in ("eq", "iff") and (p.args[0].head == "app"), p)
    return p.args[0], p.args[1], sorts


def _only_at(right: Term, f: Symbol, place: int, n: Term) -> bool:
    """Whether every f(..) in `right` has the variable `n` at `place`, with nothing bound in between mistaken for it."""
    stack, seen = [(right, 0)], set()
    while stack:
        node, depth = stack.pop()
        if (node, depth) in seen or f not in node.symbols:
            continue
        seen.add((node, depth))
        if node.head == "app" and node.data == f and node.args[place] is not term("var", (n.data[0] + depth, "N")):
            return False
        stack.extend((a, depth + len(s)) for a, s in zip(node.args, node.binds, strict=True))
    return True


# --- derivative and limit -----------------------------------------------------------------------------------------


@inference("unfold", 0, "term")
def unfold(_: Sequence[Theorem], q: Term) -> Sequent:
    """`q`, a derivative or a limit, if and only if its epsilon-delta text."""
    require("unfold", "head", q.head in ("hd", "lim") and not q.loose, q)
    return Sequent(frozenset(), term("iff", None, (q, epsilon_delta(q))))


def epsilon_delta(q: Term) -> Term:
    """What a derivative or a limit says.

    D(t -> b at a) = v:   for every e > 0 there is d > 0 with |b(a+h) - b(a) - v h| <= e |h| for all |h| <= d
    lim(x -> oo: b) = c:  for every e > 0 there is M with |b(x) - c| <= e for all x >= M   (over naturals: all n >= M)
    lim(x -> 0+: b) = c:  for every e > 0 there is d > 0 with |b(x) - c| <= e for all 0 < x <= d
    """
    taken = {name for name, _ in q.symbols}
    e, d = _unused("e", taken, ">R"), _unused("d", taken, ">R")
    h = _unused("h", taken, ">N" if q.data == "n" else ">R")
    epsilon, delta, x = symbol(*e), symbol(*d), symbol(*h)
    body, value = q.args[0], q.args[-1]
    if q.head == "hd":
        at = q.args[1]
        error = sub(sub(instantiate(body, [add(at, x)]), instantiate(body, [at])), mul(value, x))
        near = imp(le(absolute(x), delta), le(absolute(error), mul(epsilon, absolute(x))))
    else:
        close = le(absolute(sub(instantiate(body, [x]), value)), epsilon)
        near = imp(land(lt(ZERO, x), le(x, delta)) if q.data == "0+" else le(delta, x), close)
    found = forall([h], near)
    if q.head == "hd" or q.data == "0+":
        found = land(lt(ZERO, delta), found)
    return forall([e], imp(lt(ZERO, epsilon), exists([d], found)))


def _unused(letter: str, taken: set[str], kind: str) -> Symbol:
    name = letter
    while name in taken:
        name += letter
    return name, kind
