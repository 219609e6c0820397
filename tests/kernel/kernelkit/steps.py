"""Rules with parameters from text, and small theorems that cases and attacks start from."""

from __future__ import annotations

from twinproof.proofs.kernel import term as t
from twinproof.proofs.kernel.chance import determined
from twinproof.proofs.kernel.theorem import Theorem, infer

from .notation import F, S, under


def term_of(value, names: str = "") -> t.Term:
    if isinstance(value, t.Term):
        return value
    return under(names, value) if names else F(value)


def assume(p) -> Theorem:
    return infer("assume", (), term_of(p))


def discharge(th: Theorem, p) -> Theorem:
    return infer("discharge", (th,), term_of(p))


def taut(q, *premises: Theorem) -> Theorem:
    return infer("taut", premises, term_of(q))


def gen(th: Theorem, *names: str) -> Theorem:
    for name in reversed(names):
        th = infer("generalise", (th,), S(name))
    return th


def inst(th: Theorem, *values) -> Theorem:
    for value in values:
        th = infer("instantiate", (th,), term_of(value))
    return th


def induct(base: Theorem, step: Theorem, n: str, p: str) -> Theorem:
    """`p` names the induction variable `n`."""
    return infer("induct", (base, step), S(n), under(n, p))


def rewrite(equation: Theorem, th: Theorem, target) -> Theorem:
    return infer("rewrite", (equation, th), term_of(target))


def subst(th: Theorem, *table) -> Theorem:
    """Each entry: (symbol, parameters, body), as in ("f", "x", "x*x") and ("x", "", "y")."""
    return infer("substitute", (th,), tuple((S(name), term_of(body, names)) for name, names, body in table))


def e(coefficient, *factors, over=()):
    """A summand of a certificate: factors are (premise, values...) or (premise, values..., "bracket").

    `over` lists (index, count) pairs, the outermost first; all texts may use the indices.
    """
    names = [name for name, _ in over]

    def at(text, known: int):
        return term_of(text, " ".join(f"{n}:N" for n in names[:known]))

    counts = tuple(at(count, known) for known, (_, count) in enumerate(over))
    rows = []
    for number, *values in factors:
        mode = values.pop() if values and values[-1] == "bracket" else "gap"
        rows.append((number, tuple(at(v, len(names)) for v in values), mode))
    return counts, at(coefficient, len(names)), tuple(rows)


def cert(goal, *entries, using=(), slack="0") -> Theorem:
    return infer("cert", using, term_of(goal), entries, term_of(slack))


def x(coefficient, premise: int, *values, over=()):
    """A summand of expect_linear."""
    counts, scaled, rows = e(coefficient, (premise, *values), over=over)
    return counts, scaled, premise, rows[0][1]


def linear(body, constant, *entries, using=(), by_equation: int = 0) -> Theorem:
    """`body` speaks of the outcome w."""
    return infer("expect_linear", using, term_of(body, "w"), term_of(constant), entries, by_equation)


def dominated(lower: Theorem, upper: Theorem, bound: Theorem) -> Theorem:
    return infer("dominated", (lower, upper, bound))


def factor(premises, left, right, selected, names="i") -> Theorem:
    return infer("factor", premises, term_of(left, "w"), term_of(right, "w"), term_of(selected, names))


def transport(premises, left, right) -> Theorem:
    return infer("transport", premises, term_of(left, "w"), term_of(right, "w"))


def joint(premises, other, names="w i") -> Theorem:
    return infer("joint", premises, term_of(other, names))


def define(d) -> Theorem:
    return infer("define", (), term_of(d))


def forget(th: Theorem, d) -> Theorem:
    return infer("forget", (th,), term_of(d))


def unfold(q) -> Theorem:
    return infer("unfold", (), term_of(q))


def axiom(name: str) -> Theorem:
    return infer("axiom", (), name)


# --- theorems to start from -----------------------------------------------------------------------------------------


def mp(th: Theorem, *premises: Theorem) -> Theorem:
    """Detach the premises of an implication one after the other."""
    for premise in premises:
        th = taut(th.statement.args[1], th, premise)
    return th


def by_blocks(body, selected, family="Z(w,i)", names="w i") -> t.Term:
    """`body` (of the outcome w) is determined by the blocks i of the family with `selected`."""
    blocks = names.split()[1:]
    return determined(under("w", body), under(names, family), "N" * len(blocks), "", under(" ".join(blocks), selected))


def fixed_block(number: int, premise_selected: str) -> Theorem:
    """|- Z(w, number) is determined by the blocks with i = number, if `premise_selected` says so of that number."""
    same = assume(f"all i. {premise_selected} -> Z(w,i) = Z(u,i)")
    found = taut(f"Z(w,{number}) = Z(u,{number})", inst(same, str(number)))
    return gen(discharge(found, f"all i. {premise_selected} -> Z(w,i) = Z(u,i)"), "w", "u")


def independent_pair():
    """The premises of `factor` for Z(w,0) and Z(w,1), blocks of an independent family."""
    return (
        assume("ind(w i. Z(w,i))"),
        fixed_block(0, "i = 0"),
        fixed_block(1, "~(i = 0)"),
        assume("int(w. Z(w,0))"),
        assume("int(w. Z(w,1))"),
    )


def flipped() -> tuple[Theorem, Theorem, Theorem]:
    """The premises of `transport` from Z to -Z: the law, X = Z(w,0) against -Z(u,0) of the other, integrability."""
    same = assume("all i. Z(w,i) = -Z(u,i)")
    link = discharge(inst(same, "0"), "all i. Z(w,i) = -Z(u,i)")
    return assume("law(w i. Z(w,i); -Z(w,i))"), gen(link, "w", "u"), assume("int(w. -Z(w,0))")


def flipped_blocks(family: str = "-Z(w,i)") -> tuple[Theorem, Theorem, Theorem]:
    """The premises of `joint`: each block of -Z is determined by that of Z, and has the same law."""
    other = family.replace("w", "u")
    found = cert(f"{family} = {other}", e("-1", (0,)), using=(assume("Z(w,i) = Z(u,i)"),))
    determined_ = gen(discharge(found, "Z(w,i) = Z(u,i)"), "i", "w", "u")
    marginals = f"all i. (all w. Z(w,i) = {family}) | law(w. Z(w,i); {family})"
    return assume("ind(w i. Z(w,i))"), determined_, assume(marginals)
