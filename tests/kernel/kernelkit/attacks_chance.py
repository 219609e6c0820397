"""Attacks through chance, derivatives and limits."""

from __future__ import annotations

from fractions import Fraction

from twinproof.proofs.board.finite import Model
from twinproof.proofs.kernel.theorem import infer

from .corpus import attack
from .notation import F, S, under
from .steps import (
    assume,
    cert,
    discharge,
    dominated,
    factor,
    fixed_block,
    flipped,
    flipped_blocks,
    gen,
    independent_pair,
    inst,
    joint,
    linear,
    rewrite,
    taut,
    transport,
    unfold,
    x,
)  # fmt: skip

INFINITE = "on a finite space everything is integrable"


def space(weights: str, tables: dict) -> Model:
    """Tables for Z: {index: values by outcome}, 0 elsewhere; other symbols as given."""
    known = {S("Z"): lambda w, i: Fraction(tables["Z"].get(i, [0] * 9)[w])} if "Z" in tables else {}
    known |= {S(name): value for name, value in tables.items() if name != "Z"}
    return Model(tuple(Fraction(p) for p in weights.split()), known, naturals=3)


def _linked():
    same = "all i. Z(w,i) = V(u,i)"
    return gen(discharge(inst(assume(same), "0"), same), "w", "u")


# --- chance ---------------------------------------------------------------------------------------------------------

C = "chance"
_coins = {"Z": {0: [1, 1, -1, -1], 1: [1, -1, 1, -1], 2: [1, -1, -1, 1]}}
_pairs = [f"ind(w k. Z(w,{i})*[k = 0] + Z(w,{j})*[k = 1])" for i, j in ((0, 1), (0, 2), (1, 2))]
_three = "E(w. (Z(w,0)*Z(w,1))*Z(w,2)) = E(w. Z(w,0)*Z(w,1))*E(w. Z(w,2))"
_coin = space("1/2 1/2", {"Z": {0: [1, -1]}})
_row = {"Z": {0: [1, 1, -1, -1, 0, 0], 1: [1, -1, 1, 0, -1, 0]}}  # P(1,1)=.2, P(1,-1)=P(-1,1)=.1, P(-1,0)=P(0,-1)=.2
_ROW = space("1/5 1/10 1/10 1/5 1/5 1/5", _row)
_entries = [f"law(w. Z(w,{i}); -Z(w,{i}))" for i in (0, 1)]
_half = "E(w. [0 < {s}Z(w,0) + {s}Z(w,1)]*(Z(w,0) + Z(w,1))^2)"
_plus, _minus = _half.format(s=""), _half.format(s="-1*")

attack(
    C,
    "independent in pairs only",
    _three,
    "factor independent",
    lambda: factor(
        (taut(F(" & ".join(_pairs)), *map(assume, _pairs)), *independent_pair()[1:]), "Z(w,0)*Z(w,1)", "Z(w,2)", "i < 2"
    ),
    lambda: factor(independent_pair(), "Z(w,0)", "Z(w,1)", "i = 0"),
    given=_pairs,
    model=space("1/4 1/4 1/4 1/4", _coins),
)
attack(
    C,
    "blocks that depend on the outcome",
    "E(w. X(w)*Y(w)) = E(w. X(w))*E(w. Y(w))",
    "factor left",
    lambda: infer("factor", independent_pair(), under("w", "Z(w,0)"), under("w", "Z(w,1)"), under("w i", "B(w)")),
    lambda: factor(independent_pair(), "Z(w,0)", "Z(w,1)", "i = 0"),
)
attack(
    C,
    "one block on both sides",
    "E(w. Z(w,0)*Z(w,0)) = E(w. Z(w,0))*E(w. Z(w,0))",
    "factor right",
    lambda: factor(
        (*independent_pair()[:2], fixed_block(0, "i = 0"), assume("int(w. Z(w,0))"), assume("int(w. Z(w,0))")),
        "Z(w,0)",
        "Z(w,0)",
        "i = 0",
    ),
    lambda: factor(independent_pair(), "Z(w,0)", "Z(w,1)", "i = 0"),
    given=["ind(w i. Z(w,i))"],
    model=_coin,
)
attack(
    C,
    "a left factor of another block",
    "E(w. Z(w,0)*Z(w,0)) = E(w. Z(w,0))*E(w. Z(w,0))",
    "factor left",
    lambda: factor(
        (
            assume("ind(w i. Z(w,i))"),
            fixed_block(0, "~(i = 1)"),
            fixed_block(0, "~(i = 1)"),
            assume("int(w. Z(w,0))"),
            assume("int(w. Z(w,0))"),
        ),
        "Z(w,0)",
        "Z(w,0)",
        "i = 1",
    ),
    lambda: factor(independent_pair(), "Z(w,0)", "Z(w,1)", "i = 0"),
    given=["ind(w i. Z(w,i))"],
    model=_coin,
)
attack(
    C,
    "a product of what is not integrable",
    None,
    "factor integrable",
    lambda: factor(
        (*independent_pair()[:3], assume("E(w. Z(w,0)) = 0"), assume("int(w. Z(w,1))")), "Z(w,0)", "Z(w,1)", "i = 0"
    ),
    lambda: factor(independent_pair(), "Z(w,0)", "Z(w,1)", "i = 0"),
    why=INFINITE,
)
attack(
    C,
    "linear without integrability",
    None,
    "expect_linear integrable",
    lambda: linear("X(w) - X(w) + 1", "1", x("1", 0), x("-1", 0), using=(assume("E(w. X(w)) = 0"),)),
    lambda: linear("X(w) + 1", "1", x("1", 0), using=(assume("int(w. X(w))"),)),
    why=INFINITE,
)
attack(
    C,
    "a random coefficient pulled out",
    "E(w. X(w)*Y(w)) = E(w. X(w))*E(w. Y(w))",
    "expect_linear free",
    lambda: infer(
        "expect_linear",
        (assume("int(w. Y(w))"),),
        under("w", "X(w)*Y(w)"),
        F("0"),
        (((), under("w", "X(w)"), 0, ()),),
        0,
    ),
    lambda: linear("c*Y(w)", "0", x("c", 0), using=(assume("int(w. Y(w))"),)),
)
attack(
    C,
    "a bracket of the outcome pulled out",
    "E(w. [B(w)]*X(w)) = [B(u)]*E(w. X(w))",
    "expect_linear free",
    lambda: infer(
        "expect_linear",
        (assume("int(w. X(w))"),),
        under("w", "[B(w)]*X(w)"),
        F("0"),
        (((), under("w", "[B(w)]"), 0, ()),),
        0,
    ),
    lambda: linear("[B(u)]*X(w)", "0", x("[B(u)]", 0), using=(assume("int(w. X(w))"),)),
)
attack(
    C,
    "a random constant",
    "E(w. X(w)) = X(u)",
    "expect_linear free",
    lambda: infer("expect_linear", (), under("w", "X(w)"), under("w", "X(w)"), (), 0),
    lambda: linear("X(u)", "X(u)"),
)
attack(
    C,
    "a sum up to a random count",
    "E(w. sum i<K(w). 1) = 1",
    "expect_linear free",
    lambda: infer(
        "expect_linear",
        (assume("int(w. 1)"),),
        under("w", "sum i<K(w). 1"),
        F("0"),
        (((under("w", "K(w)"),), F("1"), 0, ()),),
        0,
    ),
    lambda: linear("sum i<n. 1", "0", x("1", 0, over=[("i", "n")]), using=(assume("int(w. 1)"),)),
)
attack(
    C,
    "the mean of a product is the product of means",
    "E(w. X(w)*Y(w)) = E(w. X(w))*E(w. Y(w))",
    "cert residual",
    lambda: cert("E(w. X(w)*Y(w)) = E(w. X(w))*E(w. Y(w))"),
    lambda: cert("E(w. c*Y(w)) = c*E(w. Y(w))"),
)
attack(
    C,
    "the square of the mean",
    "E(w. X(w)^2) = E(w. X(w))^2",
    "cert residual",
    lambda: cert("E(w. X(w)^2) = E(w. X(w))^2"),
    lambda: cert("E(w. c^2) = E(w. c)^2"),
)
attack(
    C,
    "an equation at one outcome",
    "E(w. X(w)*X(w)) = E(w. X(w))",
    "expect_linear equation",
    lambda: linear(
        "X(w)*X(w)", "0", x("1", 0), using=(assume("int(w. X(w))"), assume("X(w)*X(w) = X(w)")), by_equation=1
    ),
    lambda: linear(
        "X(w)*X(w)", "0", x("1", 0), using=(assume("int(w. X(w))"), assume("all w. X(w)*X(w) = X(w)")), by_equation=1
    ),
    given=["int(w. X(w))", "X(w)*X(w) = X(w)"],
)
attack(
    C,
    "a bound at one outcome",
    "E(w. X(w)) <= E(w. Y(w))",
    "dominated upper",
    lambda: dominated(assume("all w. -Y(w) <= X(w)"), assume("X(w) <= Y(w)"), assume("int(w. Y(w))")),
    lambda: dominated(assume("all w. -Y(w) <= X(w)"), assume("all w. X(w) <= Y(w)"), assume("int(w. Y(w))")),
    given=["all w. -Y(w) <= X(w)", "X(w) <= Y(w)"],
)
attack(
    C,
    "a bound on one side",
    None,
    "dominated lower",
    lambda: dominated(assume("all w. X(w) <= Y(w)"), assume("all w. X(w) <= Y(w)"), assume("int(w. Y(w))")),
    lambda: dominated(assume("all w. -Y(w) <= X(w)"), assume("all w. X(w) <= Y(w)"), assume("int(w. Y(w))")),
    why=INFINITE,
)
attack(
    C,
    "a bound that is not integrable",
    None,
    "dominated integrable",
    lambda: dominated(assume("all w. -Y(w) <= X(w)"), assume("all w. X(w) <= Y(w)"), assume("int(w. X(w)*0)")),
    lambda: dominated(assume("all w. -Y(w) <= X(w)"), assume("all w. X(w) <= Y(w)"), assume("int(w. Y(w))")),
    why=INFINITE,
)
attack(
    C,
    "symmetric entry by entry",
    f"{_plus} = {_minus}",
    "transport law",
    lambda: transport((assume("all i. law(w. Z(w,i); -Z(w,i))"), *flipped()[1:]), "Z(w,0)", "-Z(w,0)"),
    lambda: transport(flipped(), "Z(w,0)", "-Z(w,0)"),
    given=_entries,
    model=_ROW,
)
attack(
    C,
    "equal marginals without independence",
    "law(w i. Z(w,i); -Z(w,i))",
    "joint independent",
    lambda: joint((taut("0 = 0"), *flipped_blocks()[1:]), "-Z(w,i)"),
    lambda: joint(flipped_blocks(), "-Z(w,i)"),
    given=_entries,
    model=_ROW,
)
attack(
    C,
    "equal means for equal laws",
    "law(w i. Z(w,i); -Z(w,i))",
    "joint marginals",
    lambda: joint((*flipped_blocks()[:2], assume("all i. E(w. Z(w,i)) = E(w. -Z(w,i))")), "-Z(w,i)"),
    lambda: joint(flipped_blocks(), "-Z(w,i)"),
    given=["ind(w i. Z(w,i))", "E(w. Z(w,0)) = E(w. -Z(w,0))"],
    model=space("1/3 2/3", {"Z": {0: [2, -1]}}),
)
attack(
    C,
    "a block determined by another",
    "law(w i. Z(w,i); Z(w,0))",
    "joint determined",
    lambda: joint(
        (*flipped_blocks()[:2], assume("all i. (all w. Z(w,i) = Z(w,0)) | law(w. Z(w,i); Z(w,0))")), "Z(w,0)"
    ),
    lambda: joint(flipped_blocks(), "-Z(w,i)"),
    given=["ind(w i. Z(w,i))", "law(w. Z(w,0); Z(w,1))"],
    model=space("1/4 1/4 1/4 1/4", {"Z": {0: [1, 1, 0, 0], 1: [1, 0, 1, 0]}}),
)
attack(
    C,
    "a link between other blocks",
    "E(w. Z(w,0)) = E(w. V(w,1))",
    "transport link",
    lambda: transport((assume("law(w i. Z(w,i); V(w,i))"), _linked(), assume("int(w. V(w,1))")), "Z(w,0)", "V(w,1)"),
    lambda: transport((assume("law(w i. Z(w,i); V(w,i))"), _linked(), assume("int(w. V(w,0))")), "Z(w,0)", "V(w,0)"),
    given=["law(w i. Z(w,i); V(w,i))"],
    model=space("1", {"Z": {0: [1]}, "V": lambda w, i: int(i == 0)}),
)
attack(
    C,
    "transported without integrability",
    None,
    "transport integrable",
    lambda: transport((*flipped()[:2], assume("E(w. -Z(w,0)) = 0")), "Z(w,0)", "-Z(w,0)"),
    lambda: transport(flipped(), "Z(w,0)", "-Z(w,0)"),
    why=INFINITE,
)


# --- derivatives and limits -----------------------------------------------------------------------------------------

A = "analysis"
for value in ("0", "1", "1/2"):
    attack(
        A,
        f"ReLU has the slope {value} at its kink",
        f"hd(t. t*[0 < t]; 0; {value})",
        "taut valid",
        lambda value=value: taut(f"hd(t. t*[0 < t]; 0; {value})", unfold(f"hd(t. t*[0 < t]; 0; {value})")),
        lambda: unfold("hd(t. t*[0 < t]; 1; 1)"),
    )
attack(
    A,
    "a jump has a slope",
    "hd(t. [0 < t]; 0; 0)",
    "taut valid",
    lambda: taut("hd(t. [0 < t]; 0; 0)", unfold("hd(t. [0 < t]; 0; 0)")),
    lambda: unfold("hd(t. [0 < t]; 1; 0)"),
)
attack(
    A,
    "a derivative moved to what agrees at one point",
    "hd(t. g(t); x; y)",
    "rewrite match",
    lambda: rewrite(assume("f(x) = g(x)"), assume("hd(t. f(t); x; y)"), "hd(t. g(t); x; y)"),
    lambda: rewrite(assume("all t. f(t) = g(t)"), assume("hd(t. f(t); x; y)"), "hd(t. g(t); x; y)"),
    given=["f(x) = g(x)", "hd(t. f(t); x; y)"],
    model=Model(
        (Fraction(1),), {S("f"): lambda t: t, S("g"): lambda t: t * t, S("x"): Fraction(0), S("y"): Fraction(1)}
    ),
)
attack(
    A,
    "a limit of undecided sign",
    "lim[oo](x. c; 0)",
    "taut valid",
    lambda: taut("lim[oo](x. c; 0)", unfold("lim[oo](x. c; 0)")),
    lambda: unfold("lim[oo](x. c*inv(x); 0)"),
)
attack(
    A,
    "a limit at 0 that forgets the side",
    None,
    "rewrite match",
    lambda: rewrite(taut("p <-> p"), assume("lim[0+](x. x*inv(x); 1)"), "lim[oo](x. x*inv(x); 1)"),
    lambda: rewrite(assume("all x. f(x) = g(x)"), assume("lim[0+](x. f(x); 1)"), "lim[0+](x. g(x); 1)"),
    why="true, by another proof",
)
attack(
    A,
    "what is no derivative unfolded",
    None,
    "unfold head",
    lambda: unfold("x = 0"),
    lambda: unfold("hd(t. t; 0; 1)"),
    why="nothing is claimed",
)
