"""Differentiation by structure: composes the theorems of `calculus` and the slopes that facts declare."""

from __future__ import annotations

from collections.abc import Iterator

from ..board.bridge import to_term
from ..board.certify import OutOfTime, Stuck
from ..board.conversion import converted
from ..board.facts import Fact, fact, fresh, instance_of
from ..board.match import Binding, bound, divide, matches
from ..board.notation import function, naturals, reals
from ..board.search import Search
from ..kernel.logic import match
from ..kernel.normal import canonical, equal, normal
from ..kernel.term import ONE, Term, abstract, eq, instantiate, lt, mul, shift, term, var
from ..kernel.text import text
from ..kernel.theorem import Theorem, infer
from . import calculus

f, g, F, U = function("f", "R>R"), function("g", "R>R"), function("F", "NR>R"), function("U", "N>R")
_REALS = {name: to_term(reals(name)).data for name in ("a", "u", "v", "c")}
_N = to_term(naturals("n")).data
RULES = (
    calculus.constant_rule,
    calculus.identity_rule,
    calculus.sum_rule,
    calculus.scaling_rule,
    calculus.chain_rule,
    calculus.finite_sum_rule,
)


def by_calculus(search: Search, goal: Term) -> Theorem:
    """The derivative `goal`: differentiate its body, then compare the value with the one that the goal names.

    Raises Stuck where a function has no declared slope, or where the values differ.
    """
    if goal.head == "all":
        variable = fresh(goal.data)
        inner = by_calculus(search, instantiate(goal.args[0], [variable]))
        return infer("generalise", [inner], variable.data)
    if goal.head == "imp":
        inner = by_calculus(search.assuming(goal.args[0], ""), goal.args[1])
        return infer("discharge", [inner], goal.args[0])
    if goal.head != "hd":
        return search.prove(goal)
    with search.deadline.stopped():
        for rule in RULES:
            rule()
    body, at, wanted = goal.args
    found = slope(search, body, at)
    value = found.statement.args[2]
    if not equal(value, wanted):
        same = search.prove(eq(value, wanted))
        found = infer("rewrite", [same, found], term("hd", None, (*found.statement.args[:2], wanted)))
    return converted(found, goal)


def slope(search: Search, body: Term, at: Term) -> Theorem:
    """hd(body, at, value) for the value that the rules give; `body` is under the binder of the variable."""
    declared = _declared(search, body, at)
    if declared is not None:
        return declared
    if 0 not in body.loose:
        return _rule(calculus.constant_rule(), {"c": shift(body, -1), "a": at})
    if body.head == "var":
        return _rule(calculus.identity_rule(), {"a": at})
    if body.head == "add":
        return _sum(search, body, at)
    if body.head == "mul":
        return _multiple(search, body, at)
    if body.head == "sum":
        return _finite_sum(search, body, at)
    if body.head == "app":
        return _chain(search, body, at)
    raise Stuck(f"no rule differentiates {text(body)}")


def _rule(
    theorem: Theorem, values: dict[str, Term], functions: dict[tuple[str, str], Term] | None = None, *premises: Theorem
) -> Theorem:
    """A theorem of `calculus` at these values, its premises discharged."""
    table = [(_REALS[name], value) for name, value in values.items()]
    theorem = infer("substitute", [theorem], (*table, *(functions or {}).items()))
    for premise in premises:
        theorem = infer("taut", [theorem, converted(premise, theorem.statement.args[0])], theorem.statement.args[1])
    return theorem


def _value(theorem: Theorem) -> Term:
    return theorem.statement.args[2]


def _with_body(theorem: Theorem, body: Term) -> Theorem:
    """The derivative for a body with the same normal form."""
    return converted(theorem, term("hd", None, (body, *theorem.statement.args[1:])))


def _sum(search: Search, body: Term, at: Term) -> Theorem:
    so_far, done = slope(search, body.args[0], at), body.args[0]
    for part in body.args[1:]:
        new = slope(search, part, at)
        functions = {_symbol(f): done, _symbol(g): part}
        so_far = _rule(calculus.sum_rule(), {"a": at, "u": _value(so_far), "v": _value(new)}, functions, so_far, new)
        done = so_far.statement.args[0]
    return _with_body(so_far, body)


def _multiple(search: Search, body: Term, at: Term) -> Theorem:
    moving = [p for p in body.args if 0 in p.loose]
    if len(moving) != 1:
        raise Stuck(f"no rule differentiates the product {text(body)}")
    factor = mul(*(shift(p, -1) for p in body.args if 0 not in p.loose)) if len(body.args) > 1 else ONE
    inner = slope(search, moving[0], at)
    values = {"a": at, "u": _value(inner), "c": factor}
    return _with_body(_rule(calculus.scaling_rule(), values, {_symbol(f): moving[0]}, inner), body)


def _finite_sum(search: Search, body: Term, at: Term) -> Theorem:
    count, inner = shift(body.args[0], -1), body.args[1]  # inner: under the variable and the index
    index = fresh("N", "j")
    guard = lt(index, count)
    term_at = instantiate(inner, [var(0, "R"), index])  # under the variable alone
    each = slope(search.assuming(guard, ""), term_at, at)
    functions = {
        _symbol(F): instantiate(inner, [var(0, "R"), var(1, "N")]),
        _symbol(U): abstract(_value(each), [index.data]),
    }
    general = infer("generalise", [infer("discharge", [each], guard)], index.data)
    theorem = infer("instantiate", [calculus.finite_sum_rule()], count)
    return _with_body(_rule(theorem, {"a": at}, functions, general), body)


def _chain(search: Search, body: Term, at: Term) -> Theorem:
    moving = [i for i, p in enumerate(body.args) if 0 in p.loose]
    if len(moving) != 1 or body.args[moving[0]].sort != "R":
        raise Stuck(f"no declared slope of {text(body)}")
    inner = body.args[moving[0]]
    outer = term("app", body.data, [var(0, "R") if i == moving[0] else p for i, p in enumerate(body.args)])
    if inner.head == "var":
        raise Stuck(f"no declared slope of {text(body)} at {text(at)}")
    below = slope(search, inner, at)
    above = _declared(search, outer, instantiate(inner, [at]))
    if above is None:
        raise Stuck(f"no declared slope of {text(outer)} at {text(instantiate(inner, [at]))}")
    functions = {_symbol(f): inner, _symbol(g): outer}
    chained = _rule(calculus.chain_rule(), {"a": at, "u": _value(below), "v": _value(above)}, functions, below, above)
    return _with_body(chained, body)


def _declared(search: Search, body: Term, at: Term) -> Theorem | None:
    """hd(body, at, value) from a fact, its guards proved by the search, its point equal to `at` by the normal form."""
    for theorem in reversed(search.theorems):
        found = fact(theorem)
        if found.core.head != "hd":
            continue
        for binding in (*_as_written(found, body), *matches(canonical(found.core.args[0]), canonical(body), {}, 1)):
            for values in _values(found, binding, at):
                try:
                    at_values = {v.data: value for v, value in zip(found.variables, values, strict=True)}
                    guards = [search.prove(bound(guard, at_values)) for guard in found.guards]
                    instance = instance_of(found, values, guards)
                except OutOfTime:
                    raise
                except Stuck:
                    continue
                return converted(instance, term("hd", None, (body, at, instance.statement.args[2])))
    return None


def _as_written(found: Fact, body: Term) -> Iterator[Binding]:
    """Values of the quantifiers of the fact that make its function the body, both as they are written."""
    core, values = found.theorem.statement, dict[int, Term]()
    while core.head in ("all", "imp"):
        core = core.args[-1]
    outermost = len(found.variables) - 1
    if match(core.args[0], body, len(found.variables), 1, values):
        yield {v.data: values[outermost - n] for n, v in enumerate(found.variables) if outermost - n in values}


def _values(found: Fact, binding: Binding, at: Term) -> Iterator[list[Term]]:
    """Values of all the quantifiers of the fact that make its point equal to `at`; some may be in `binding` already."""
    point = found.core.args[1]
    candidates = [binding, *matches(canonical(point), canonical(at), binding)]
    candidates += [b for m in normal(point) for n in normal(at) for b, _ in divide(m, n, binding)]
    for candidate in candidates:
        if all(v.data in candidate for v in found.variables) and equal(bound(point, candidate), at):
            yield [candidate[v.data] for v in found.variables]


def _symbol(name: object) -> tuple[str, str]:
    return name.name, name.signature  # type: ignore[attr-defined]  # a function of `notation`
