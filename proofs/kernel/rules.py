"""The rules of inference.

G, D are sets of hypotheses, |- separates them from the conclusion; free symbols are read as universally quantified. A model
is a standard Borel probability space for W, the usual N and R, and for every symbol a jointly Borel function of its
signature; 1/0 = 0, x^0 = 1, and E of what is not integrable is 0. Each row says why its rule holds in every model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from .term import Term
from .text import text


class Rule(NamedTuple):
    """A row of the table: sequents and what follows from them, under which conditions, and why that is sound."""

    infers: str
    conditions: Mapping[str, str]  # the side conditions, by name: see `require`
    because: str


RULES: Final[Mapping[str, Rule]] = {
    # logic.py
    "assume": Rule("=> p |- p", {"formula": "p is a closed formula"}, "trivially"),
    "discharge": Rule("G |- q => G - p |- p -> q", {"formula": "p is a closed formula"}, "the deduction theorem"),
    "taut": Rule(
        "G_i |- p_i => union G_i |- q",
        {"formula": "q is a closed formula", "valid": "q holds whenever the p_i do, for all truth values of opaque formulas and all signs of differences", "budget": "the table takes few enough splits"},
        "truth tables; the order of the reals is trichotomous, and a natural is not negative",
    ),
    "generalise": Rule("G |- p => G |- all x. p", {"variable": "x is a nullary symbol", "fresh": "x is not free in G"}, "x was arbitrary"),
    "instantiate": Rule(
        "G |- all x. p => G |- p[t]", {"universal": "the premise is a universal formula", "closed": "t is closed", "sort": "the sort of t lies within that of x"}, "the meaning of all"
    ),
    "induct": Rule(
        "G |- p(0);  D, p(n) |- p(n+1) => G, D |- all n. p(n)",
        {"variable": "n is a natural nullary symbol", "predicate": "p is a formula in one natural variable", "base": "the first premise is p(0)", "step": "the second is p(n+1)", "fresh": "n is neither in D nor in p"},
        "induction on the naturals",
    ),
    "rewrite": Rule(
        "G |- all xs. a = b (or a <-> b);  D |- p => G, D |- p'",
        {"equation": "the first premise is an equation or equivalence", "match": "p' is p with instances of a replaced by those of b"},
        "terms denote functions of their variables, and a and b denote one function of xs; so also below binders",
    ),
    "substitute": Rule(
        "G |- p => G[f := e] |- p[f := e]",
        {"constant": "f has no fixed meaning", "distinct": "no symbol twice", "parameters": "the loose variables of e are the parameters of f, of their sorts", "result": "the sort of e lies within the result of f", "borel": "e is a term or a formula that a bracket may contain"},
        "a theorem holds for every value of a free symbol, and e denotes one",
    ),
    "axiom": Rule("=> |- the axiom of this name", {"name": "the registry has the name"}, "its reference"),
    # definition.py
    "define": Rule(
        "=> d |- d",
        {"form": "d is f(xs) = e, or f(0, ys) = e0 and f(n+1, ys) = e1, with distinct parameters of the sorts of f", "fresh": "f is not in e or e0, and in e1 only at n", "sort": "e lies within the result of f and is Borel"},
        "it is an assumption; the form makes it satisfiable, by (primitive) recursion",
    ),
    "forget": Rule(
        "G, d |- p => G |- p", {"definition": "d meets the conditions of define", "absent": "f is nowhere in G and p"}, "every model of G becomes one of G, d by the value that d gives to f"
    ),
    "unfold": Rule("=> |- q <-> the epsilon-delta text of q", {"head": "q is a derivative or a limit"}, "it is the definition"),
    # order.py
    "cert": Rule(
        "G_i |- p_i => union G_i |- l REL r",
        {
            "goal": "REL is =, < or <=",
            "premise": "p_i, stripped of quantifiers and guards, is a comparison, or has a bracket",
            "instance": "an instance has a closed term (up to the indices of its sum) for every quantifier",
            "sign": "a coefficient is visibly nonnegative unless its product contains an equation; products of equations alone for =",
            "slack": "the slack is visibly nonnegative; 0 for =",
            "strict": "for <, a strict premise without guard has a positive rational weight, or a positive rational remains",
            "residual": "r - l - sum of coefficient * product of gaps - slack has normal form 0",
        },
        "the reals are an ordered field; a guard multiplies by its bracket; finite sums of nonnegatives are nonnegative",
    ),
    # chance.py
    "expect_linear": Rule(
        "int X_i => int X and E X = c0 + sum c_i E X_i",
        {"integrable": "every X_i is integrable", "instance": "as in cert", "equation": "X = c0 + sum c_i X_i, by the normal form or a premise", "free": "c0 and the c_i do not depend on the outcome"},
        "linearity of the integral; a guard multiplies by its bracket",
    ),
    "dominated": Rule(
        "-Y <= X;  X <= Y;  int Y => int X and -E Y <= E X and E X <= E Y",
        {"lower": "the first premise is -Y <= X for all outcomes", "upper": "the second is X <= Y for all outcomes", "integrable": "the third is int Y"},
        "X is Borel; monotony of the integral",
    ),
    "factor": Rule(
        "ind Z;  X determined by the blocks p of Z;  Y by the others;  int X;  int Y => int X Y and E X Y = E X E Y",
        {"independent": "the first premise is ind Z", "left": "the second says that X is determined by p", "right": "the third that Y is by not p", "integrable": "the last are int X, int Y"},
        "X and Y are functions of disjoint sets of independent blocks (Doob and Dynkin, Blackwell); Fubini",
    ),
    "transport": Rule(
        "law(Z; Z');  Z(w) = Z'(w') -> X(w) = Y(w');  int Y => int X and E X = E Y",
        {"law": "the first premise is law(Z; Z')", "link": "the second is the implication", "integrable": "the third is int Y"},
        "X = F(Z) and Y = F(Z') for one Borel F, and the laws agree",
    ),
    "joint": Rule(
        "ind Z;  block i of Z' is determined by block i of Z;  block i is equal outright or has one law in both => law(Z; Z')",
        {"independent": "the first premise is ind Z", "determined": "the second says block by block", "marginals": "the third says the equality of laws"},
        "both joint laws are the product of the same marginals",
    ),
}


class RuleError(ValueError):
    """A rule refused: the rule, its side condition, why, what was found and what was wanted."""

    def __init__(self, rule: str, condition: str, why: str, got: Any = None, wanted: Any = None) -> None:
        self.rule, self.condition, self.why, self.got, self.wanted = rule, condition, why, got, wanted
        found = "" if got is None else f"; found {_told(got)}"
        expected = "" if wanted is None else f"; expected {_told(wanted)}"
        super().__init__(f"{rule} ({condition}): {why}{found}{expected}")


def _told(value: Any) -> str:
    return text(value) if isinstance(value, Term) else str(value)


def require(rule: str, condition: str, holds: bool, got: Any = None, wanted: Any = None) -> None:
    """Raise RuleError unless the named side condition of the rule holds."""
    if not holds:
        raise RuleError(rule, condition, RULES[rule].conditions[condition], got, wanted)
