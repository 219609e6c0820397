"""Cases for the rules of order.py and chance.py."""

from __future__ import annotations

from twinproof.proofs.kernel.theorem import infer

from .cases import accepts, refuses
from .notation import F, under
from .steps import (
    assume,
    cert,
    dominated,
    e,
    factor,
    fixed_block,
    flipped,
    flipped_blocks,
    independent_pair,
    joint,
    linear,
    taut,
    transport,
    x,
)

# --- cert -----------------------------------------------------------------------------------------------------------

_bounds = assume("all i. i < n -> a(i) <= b(i)")
accepts(
    "cert",
    lambda: cert("2*x*y <= x*x + y*y", slack="(x - y)*(x - y)"),
    lambda: cert("x < z", e("1", (0,)), e("1", (1,)), using=(assume("x < y"), assume("y <= z"))),
    lambda: cert("x*z <= y*z", e("1", (0,), (1,)), using=(assume("x <= y"), assume("0 <= z"))),
    lambda: cert("sum i<n. a(i) <= sum i<n. b(i)", e("1", (0, "i"), over=[("i", "n")]), using=(_bounds,)),
    lambda: cert("x = y", e("1", (0,)), using=(assume("x = y"),)),
    lambda: cert("x*[p] = x", e("-x", (0, "bracket")), using=(assume("p"),)),
    lambda: cert("0 < x*y", e("1", (0,), (1,)), using=(assume("0 < x"), assume("0 < y"))),
    lambda: cert("x < x + 1", slack="1"),
    lambda: cert(
        "sum i<n. a(i) = sum i<n. b(i)",
        e("1", (0, "i"), over=[("i", "n")]),
        using=(assume("all i. i < n -> a(i) = b(i)"),),
    ),
)
refuses("cert", "goal", lambda: cert("x = 1 -> x = 1"), lambda: infer("cert", (), under("x", "x = x"), (), F("0")))
refuses(
    "cert",
    "instance",
    lambda: infer("cert", (), F("0 <= x"), (), under("n", "n")),
    lambda: infer("cert", (), F("0 <= x"), (((), under("n", "n"), ()),), F("0")),
    lambda: infer("cert", (), F("0 <= x"), (((under("n", "n"),), F("1"), ()),), F("0")),
    lambda: infer(
        "cert",
        (assume("all x. x <= x*x + 1"),),
        F("0 <= y*y + 1 - y"),
        (((), F("1"), ((0, (under("x", "x"),), "gap"),)),),
        F("0"),
    ),
    lambda: cert("y <= z", e("1", (0,)), using=(assume("all x. x <= z"),)),
    lambda: cert("y <= z", e("1", (0, "y")), using=(assume("y <= z"),)),
)
refuses(
    "cert",
    "premise",
    lambda: cert("x <= y", e("1", (1,)), using=(assume("x <= y"),)),
    lambda: infer("cert", (assume("x <= y"),), F("x <= y"), (((), F("1"), ((0, (), "core"),)),), F("0")),
    lambda: cert("[p] <= [q]", e("1", (0,)), using=(assume("p"),)),
    lambda: cert("x = y", e("1", (0, "bracket")), using=(assume("int(w. X(w))"),)),
    lambda: cert("x <= y", e("1", (0,)), using=(assume("(all x. f(x) = 0) -> x <= y"),)),
)
refuses(
    "cert",
    "sign",
    lambda: cert("y <= x", e("-1", (0,)), using=(assume("x <= y"),)),
    lambda: cert("x*z <= y*z", e("z", (0,)), using=(assume("x <= y"),)),
    lambda: cert("x = y", e("1", (0,)), using=(assume("x <= y"),)),
)
refuses("cert", "slack", lambda: cert("0 <= x", slack="x"), lambda: cert("0 = x*x", slack="x*x"))
refuses(
    "cert",
    "strict",
    lambda: cert("x < y", e("1", (0,)), using=(assume("x <= y"),)),
    lambda: cert("x < y", e("1", (0,)), using=(assume("p -> x < y"),)),
    lambda: cert("0 < n*(y - x)", e("n", (0,)), using=(assume("x < y"),)),
    lambda: cert("0 < x*x", slack="x*x"),
    lambda: cert("0 < (y - x)*(x - z)", e("1", (0,), (1,)), using=(assume("x < y"), assume("x = z"))),
    lambda: cert(
        "sum i<n. a(i) < sum i<n. b(i)", e("1", (0, "i"), over=[("i", "n")]), using=(assume("all i. a(i) < b(i)"),)
    ),
    lambda: cert("0 < 0"),
)
refuses("cert", "residual", lambda: cert("x = y"), lambda: cert("x*inv(x) = 1"), lambda: cert("0 <= x", slack="x*x"))

# --- chance ---------------------------------------------------------------------------------------------------------

_both = (assume("int(w. X(w))"), assume("int(w. Y(w))"))
_family = assume("all i. i < n -> int(w. Z(w,i))")
accepts(
    "expect_linear",
    lambda: linear("X(w)*c + Y(w) + 1", "1", x("c", 0), x("1", 1), using=_both),
    lambda: linear("sum i<n. Z(w,i)*a(i)", "0", x("a(i)", 0, "i", over=[("i", "n")]), using=(_family,)),
    lambda: linear("X(w)*X(w)", "0", x("1", 0), using=(_both[0], assume("all w. X(w)*X(w) = X(w)")), by_equation=1),
    lambda: linear("3", "3"),
)
refuses(
    "expect_linear",
    "equation",
    lambda: infer("expect_linear", _both, under("w x", "X(w)*x"), F("0"), (x("1", 0),), 0),
    lambda: infer("expect_linear", _both, under("w", "B(w)"), F("0"), (x("1", 0),), 0),
    lambda: linear("X(w)*2", "0", x("1", 0), using=_both),
    lambda: linear("X(w)*Y(w)", "0", x("1", 0), using=(_both[0], assume("X(w)*Y(w) = X(w)")), by_equation=1),
    lambda: linear("X(w)*Y(w)", "0", x("1", 0), using=(_both[0], assume("all w. X(w) = X(w)")), by_equation=1),
    lambda: linear("X(w)", "0", by_equation=1),
)
refuses(
    "expect_linear",
    "free",
    lambda: infer("expect_linear", (), under("w", "X(w)"), under("w", "X(w)"), (), 0),
    lambda: infer("expect_linear", _both, under("w", "X(w)*Y(w)"), F("0"), (((), under("w", "X(w)"), 1, ()),), 0),
    lambda: infer(
        "expect_linear", _both, under("w", "sum i<K(w). X(w)"), F("0"), (((under("w", "K(w)"),), F("1"), 0, ()),), 0
    ),
)
refuses(
    "expect_linear",
    "integrable",
    lambda: linear("X(w)", "0", x("1", 2), using=_both),
    lambda: linear("X(w)", "0", x("1", 0), using=(assume("E(w. X(w)) = 0"),)),
    lambda: linear("X(w)", "0", x("1", 0), using=(assume("(all x. f(x) = 0) -> int(w. X(w))"),)),
    # with by_equation the last premise is the equation and no entry may use it
    lambda: linear("X(w)", "0", x("1", 0), using=(assume("all w. X(w) = X(w)"),), by_equation=1),
)
refuses("expect_linear", "instance", lambda: linear("Z(w,0)", "0", x("1", 0), using=(assume("all i. int(w. Z(w,i))"),)))

_lower, _upper = assume("all w. -Y(w) <= X(w)"), assume("all w. X(w) <= Y(w)")
accepts("dominated", lambda: dominated(_lower, _upper, _both[1]))
refuses(
    "dominated",
    "lower",
    lambda: dominated(assume("-Y(w) <= X(w)"), _upper, _both[1]),
    lambda: dominated(assume("all w. -Y(w) = X(w)"), _upper, _both[1]),
    lambda: dominated(assume("all w. -1 <= X(w)"), _upper, _both[1]),
    lambda: dominated(assume("all w. -Y(w) <= Y(w)"), _upper, _both[1]),
)
refuses(
    "dominated",
    "upper",
    lambda: dominated(_lower, assume("X(w) <= Y(w)"), _both[1]),
    lambda: dominated(_lower, assume("all i. a(i) <= 0"), _both[1]),
)
refuses(
    "dominated", "integrable", lambda: dominated(_lower, _upper, _both[0]), lambda: dominated(_lower, _upper, _upper)
)


def _factored(*, left="Z(w,0)", right="Z(w,1)", selected="i = 0", **changed):
    premises = list(independent_pair())
    for place, premise in changed.items():
        premises[int(place[1:])] = premise
    return factor(tuple(premises), left, right, selected)


accepts("factor", lambda: _factored())
refuses("factor", "independent", lambda: _factored(_0=assume("law(w i. Z(w,i); Z(w,i))")))
refuses(
    "factor",
    "left",
    lambda: _factored(left=under("w y", "Z(w,0)*y")),
    lambda: _factored(left=under("w", "B(w)")),
    lambda: _factored(selected=under("i", "i + 1")),
    lambda: _factored(selected=under("w i", "B(w)")),
    lambda: _factored(_1=fixed_block(0, "i < 2")),
    lambda: _factored(left="Z(w,2)"),
)
refuses(
    "factor",
    "right",
    lambda: _factored(right=under("w y", "Z(w,1)*y")),
    lambda: _factored(right=under("w", "B(w)")),
    lambda: _factored(_2=fixed_block(1, "i = 1")),
    lambda: _factored(right="Z(w,0)"),
)
refuses(
    "factor",
    "integrable",
    lambda: _factored(_3=assume("int(w. Z(w,1))")),
    lambda: _factored(_4=assume("int(w. Z(w,0))")),
    lambda: _factored(_4=assume("E(w. Z(w,1)) = 0")),
)

accepts("transport", lambda: transport(flipped(), "Z(w,0)", "-Z(w,0)"))
refuses("transport", "law", lambda: transport((assume("ind(w i. Z(w,i))"), *flipped()[1:]), "Z(w,0)", "-Z(w,0)"))
refuses(
    "transport",
    "link",
    lambda: transport(flipped(), under("w y", "Z(w,0)*y"), "-Z(w,0)"),
    lambda: transport(flipped(), "Z(w,0)", under("w y", "-Z(w,0)*y")),
    lambda: transport(flipped(), under("w", "B(w)"), "-Z(w,0)"),
    lambda: transport(flipped(), "Z(w,1)", "-Z(w,0)"),
    lambda: transport((flipped()[0], assume("all w u. Z(w,0) = -Z(u,0)"), flipped()[2]), "Z(w,0)", "-Z(w,0)"),
)
refuses("transport", "integrable", lambda: transport((*flipped()[:2], assume("int(w. Z(w,0))")), "Z(w,0)", "-Z(w,0)"))

accepts("joint", lambda: joint(flipped_blocks(), "-Z(w,i)"))
refuses("joint", "independent", lambda: joint((assume("law(w i. Z(w,i); Z(w,i))"), *flipped_blocks()[1:]), "-Z(w,i)"))
refuses(
    "joint",
    "determined",
    lambda: infer("joint", flipped_blocks(), under("w i y", "-Z(w,i)*y")),
    lambda: joint(flipped_blocks(), "-Z(w,0)"),
    lambda: joint((flipped_blocks()[0], taut("0 = 0"), flipped_blocks()[2]), "-Z(w,i)"),
)
refuses(
    "joint",
    "marginals",
    lambda: joint((*flipped_blocks()[:2], assume("all i. E(w. Z(w,i)) = E(w. -Z(w,i))")), "-Z(w,i)"),
    lambda: joint((*flipped_blocks()[:2], assume("law(w. Z(w,0); -Z(w,0))")), "-Z(w,i)"),
)
