"""What is written is what is proved: notation, its reading into terms, and the way back."""

from __future__ import annotations

import copy
import importlib.util
import pickle
import re
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from twinproof.proofs.board.bridge import legend, named, split, to_latex, to_sympy, to_term, to_text
from twinproof.proofs.board.notation import (
    And,
    D,
    E,
    Eq,
    Exists,
    ForAll,
    Ge,
    Gt,
    Iff,
    Implies,
    Independent,
    Integrable,
    Le,
    Lt,
    Ne,
    Not,
    Or,
    S,
    SameLaw,
    absolute,
    bracket,
    exp,
    function,
    lim,
    maxi,
    mini,
    naturals,
    outcomes,
    predicate,
    reals,
    relu,
    sigmoid,
    step,
    tanh,
    unevaluated,
)
from twinproof.proofs.kernel import term as kt
from twinproof.proofs.kernel.term import Term, term


def _random_terms():
    path = Path(__file__).with_name("random_terms.py")
    spec = importlib.util.spec_from_file_location("random_terms", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["random_terms"] = module
    spec.loader.exec_module(module)
    return module


random_terms = _random_terms()

m, d, n = naturals("m d n")
i, j, k = naturals("i j k")
v, a, b, t = reals("v a b t")
w = outcomes("w")
W, x, f = function("W", "WNN>R"), function("x", "N>R"), function("f", "R>R")
P = predicate("P", "N>F")


def real(name: str) -> Term:
    return kt.symbol(name, ">R")


def norm():
    return Eq(E(w, S(j, m, S(k, d, W(w, j, k) * x(k)) ** 2)), m * v * S(k, d, x(k) ** 2))


def test_a_statement_reads_as_the_term_that_it_shows():
    size, other, index = kt.symbol("m", ">N"), kt.symbol("d", ">N"), kt.var(0, "N")
    entry = kt.symbol("W", "WNN>R", kt.var(2, "W"), kt.var(1, "N"), index)
    row = term("sum", None, (other, kt.mul(entry, kt.symbol("x", "N>R", index))))
    left = term("E", None, (term("sum", None, (size, kt.power(row, kt.num(2)))),))
    square = term("sum", None, (other, kt.power(kt.symbol("x", "N>R", index), kt.num(2))))
    assert to_term(norm()) is kt.eq(left, kt.mul(size, real("v"), square))


def larger(parts):
    some = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        some.map(lambda args: kt.add(*args)),
        some.map(lambda args: kt.mul(*args)),
        parts.map(kt.inv),
        parts.map(lambda arg: kt.power(arg, kt.num(2))),
        parts.map(
            lambda arg: term("sum", None, (kt.symbol("m", ">N"), kt.mul(kt.symbol("x", "N>R", kt.var(0, "N")), arg)))
        ),
    )


@given(
    st.recursive(st.fractions(max_denominator=9).map(kt.num) | st.sampled_from("ab").map(real), larger, max_leaves=8)
)
def test_round_trip_of_arithmetic_shrinks_to_what_fails(original):
    assert to_term(to_sympy(original)) is original


@pytest.mark.parametrize("seed", range(4))
def test_round_trip_is_exact(seed):
    for original in random_terms.terms(700, depth=5, seed=seed):
        assert to_term(to_sympy(original)) is original


@pytest.mark.parametrize("seed", range(3))
def test_round_trip_of_open_terms(seed):
    draw = random_terms.Terms(seed)
    for _ in range(300):
        original = draw.term("R", 3, "WNRN")
        assert to_term(to_sympy(original)) is original


def test_plain_text_has_one_reading():
    seen: dict[object, Term] = {}
    for original in random_terms.terms(4000, depth=4, seed=7):
        assert seen.setdefault((to_text(original), original.symbols), original) is original


def test_near_misses_print_differently():
    A, B, half = real("a"), real("b"), kt.num(Fraction(1, 2))
    two, one, minus = kt.num(2), kt.ONE, kt.MINUS
    group = [
        kt.mul(A, half),
        kt.mul(A, kt.inv(two)),
        kt.mul(half, A),
        kt.mul(one, half),
        half,
        kt.mul(one, kt.inv(two)),
        kt.inv(two),
        kt.inv(A),
        kt.mul(one, kt.inv(A)),
        kt.mul(kt.inv(A), B),
        kt.mul(one, kt.inv(A), B),
        kt.inv(kt.inv(A)),
        kt.mul(minus, A),
        kt.mul(minus, A, B),
        kt.mul(minus, kt.mul(A, B)),
        kt.mul(kt.mul(minus, A), B),
        kt.num(-2),
        kt.mul(minus, two),
        kt.mul(kt.num(-2), A),
        kt.mul(minus, kt.mul(two, A)),
        kt.add(A, B, one),
        kt.add(kt.add(A, B), one),
        kt.add(A, kt.add(B, one)),
        kt.add(A, minus),
        kt.add(A, kt.mul(minus, one)),
        kt.mul(two, half, A),
        kt.mul(kt.mul(two, half), A),
    ]
    assert len({to_text(g) for g in group}) == len(group)
    assert all(to_term(to_sympy(g)) is g for g in group)


def test_bound_names_collide_with_nothing():
    free = kt.symbol("W", "NN>R", kt.symbol("j", ">N"), kt.var(0, "N"))
    shown = to_sympy(term("sum", None, (kt.symbol("m", ">N"), free)))
    assert {s.name for s in shown.free_symbols} == {"j", "m"}
    assert shown.args[1][0].name not in ("j", "m", "W")
    # a wish for a name that is taken is not granted
    wished, names = named(S(j, m, x(j)) * function("j", "N>R")(0))
    assert "sum(j " not in to_text(wished, names)
    # function names and names with numbers count too
    letters = [kt.symbol(c, "N>R", kt.ZERO) for c in "ijklpqrs"] + [kt.symbol("i1", ">N")]
    body = kt.add(
        *letters, term("sum", None, (kt.ONE, term("sum", None, (kt.ONE, kt.add(kt.var(0, "N"), kt.var(1, "N"))))))
    )
    assert len(set(re.findall(r"sum\((\w+) <", to_text(body))) - set("ijklpqrs") - {"i1"}) == 2
    assert to_term(to_sympy(body)) is body


def test_shadowing_reads_as_the_innermost():
    assert to_term(S(k, m, S(k, d, x(k)))) is to_term(S(j, m, S(k, d, x(k))))
    assert to_term(x(k) + S(k, m, x(k))) is to_term(x(k) + S(j, m, x(j)))
    assert to_text(S(k, k, x(k))) == "sum(i < k: x(i))"


def test_authors_names_are_kept_where_they_can_be():
    assert to_text(norm()) == "E(w: sum(j < m: sum(k < d: W(w, j, k)*x(k))^2)) = m*v*sum(k < d: x(k)^2)"


@pytest.mark.parametrize(
    "make",
    [
        lambda: x(j) / x(j),
        lambda: exp(a) * exp(-a),
        lambda: exp(0 * a),
        lambda: a - a,
        lambda: a * 0,
        lambda: (a + b) * (a + b),
        lambda: 2 * a / 4,
        lambda: S(j, 0, x(j)),
        lambda: S(k, m, S(j, d, 1)),
        lambda: Gt(exp(a), 0),
        lambda: Eq(a, a),
        lambda: Lt(m, m),
        norm,
        lambda: a**0,
        lambda: 1 / (1 / a),
        lambda: And(Eq(b, a), Eq(a, b), Eq(b, a)),
        lambda: sympy.Rational(1, 2) * a,
        lambda: sympy.Integer(3) - a,
    ],
)
def test_nothing_evaluates_inside_or_outside_of_the_context(make):
    outside = to_term(make())
    with unevaluated():
        inside = make()
        assert to_term(inside) is outside
    assert to_term(inside) is outside
    assert to_term(to_sympy(outside)) is outside


def test_division_by_itself_stays():
    assert to_term(a / a) is kt.mul(real("a"), kt.inv(real("a")))
    assert to_term(1 / a) is kt.inv(real("a"))
    assert to_term(a / 2) is kt.mul(real("a"), kt.num(Fraction(1, 2)))
    assert to_term(a**-2) is kt.inv(kt.power(real("a"), kt.num(2)))
    assert to_term(2 / m) is kt.mul(kt.num(2), kt.inv(kt.symbol("m", ">N")))


def test_sums_and_products_keep_order_and_nesting():
    A, B, C = real("a"), real("b"), real("v")
    assert to_term(b + a + v) is kt.add(B, A, C)
    assert to_term(b + (a + v)) is kt.add(B, kt.add(A, C))
    assert to_term(b * a / v) is kt.mul(B, A, kt.inv(C))
    assert to_term(a - b * v) is kt.sub(A, kt.mul(B, C))
    assert to_term(1 - a) is kt.sub(kt.ONE, A)
    assert to_term(-2 * a) is kt.neg(kt.mul(kt.num(2), A))
    assert to_term(a - 1) is kt.add(A, kt.num(-1))


def test_abbreviations_are_what_they_say():
    A, B = real("a"), real("b")
    assert to_term(relu(a)) is kt.mul(A, kt.bracket(kt.lt(kt.ZERO, A)))
    assert to_term(step(a)) is kt.bracket(kt.lt(kt.ZERO, A))
    assert to_term(absolute(a)) is to_term(abs(a)) is kt.absolute(A)
    assert to_term(maxi(a, b)) is kt.add(B, kt.mul(kt.sub(A, B), kt.bracket(kt.lt(B, A))))
    assert to_term(mini(a, b)) is kt.add(B, kt.mul(kt.sub(A, B), kt.bracket(kt.lt(A, B))))
    assert to_term(sigmoid(a)) is to_term(1 / (1 + exp(-a)))
    assert to_term(tanh(a)) is to_term((exp(a) - exp(-a)) / (exp(a) + exp(-a)))
    for shown in ("relu(a)", "abs(a)", "max(a, b)", "min(a, b)", "sigmoid(a)", "tanh(a)"):
        name = {"abs": "absolute", "max": "maxi", "min": "mini"}.get(shown[:3], shown.partition("(")[0])
        assert to_text(globals()[name](*((a, b) if "," in shown else (a,)))) == shown
    assert to_text(relu(a) * 2) == "relu(a)*2"
    assert to_text(function("relu", "R>R")(a)) == "'relu'(a)"  # a symbol of that name is told apart


def test_quantifiers_and_ranges():
    inside = kt.imp(kt.lt(kt.var(0, "N"), kt.symbol("n", ">N")), kt.symbol("P", "N>F", kt.var(0, "N")))
    assert to_term(ForAll(k < n, P(k))) is term("all", "N", (inside,))
    assert to_term(ForAll(j, k < n, P(j))) is to_term(ForAll(j, ForAll(k, Implies(Lt(k, n), P(j)))))
    assert to_term(Exists(k < n, P(k))) is to_term(Not(ForAll(k, Not(And(k < n, P(k))))))
    assert to_term(ForAll(t > 0, Lt(0, f(t)))) is to_term(ForAll(t, Implies(Gt(t, 0), Gt(f(t), 0))))
    assert to_text(ForAll(j, t > 0, Exists(k < j, w, Eq(t, k)))) == (
        "for all natural j, real t > 0: there is k < j, outcome w: t = k"
    )
    for refused in ((j, k), Le(k, n), Lt(3 * k, n), Lt(k, k + 1), a + b):
        with pytest.raises(TypeError, match="cannot be bound"):
            ForAll(refused, P(k))


def test_other_heads():
    group = [
        Ne(a, b),
        Ge(a, b),
        Or(P(j), P(k)),
        Iff(P(j), P(k)),
        ~P(j) & P(k) | P(m),
        P(j) >> P(k),
        bracket(Eq(j, k)) + 0,
        D(t, f(t + a), 0, b),
        lim(t, "oo", f(t), a),
        lim(t, "0+", f(t), a),
        lim(n, "n", x(n), a),
        Integrable(w, W(w, j, k) ** 2),
        SameLaw(w, (k,), W(w, j, k), -W(w, j, k)),
        SameLaw(w, (), W(w, 0, 0), 0),
        Independent(w, (j,), (k,), W(w, j, k)),
        Independent(w, j, (), W(w, j, k)),
    ]
    texts = {to_text(g) for g in group}
    assert len(texts) == len(group)
    for g in group:
        read, names = named(g)
        assert to_term(to_sympy(read, names)) is read
        assert copy.deepcopy(g) == g == pickle.loads(pickle.dumps(g))  # noqa: S301 (our own bytes)
    assert to_term(Gt(a, b)) is kt.lt(real("b"), real("a"))
    assert to_term(a > b) is to_term(Gt(a, b))
    assert to_term(sympy.Integer(0) <= a) is kt.le(kt.ZERO, real("a"))
    assert to_term(D(t, t, t, 1)).args[1] is real("t")  # the point is outside of the binder


@pytest.mark.parametrize("count", [0, 1, 3, n, n + 1, n * m, n + m, n + m + 1, m * (n + 1) + 1, k**2])
def test_counts_of_sums(count):
    read = to_term(S(j, count, x(j)))
    assert read.args[0] is to_term(count)
    shown = to_sympy(read)
    assert isinstance(shown, sympy.Sum)
    assert shown.args[1][1] == 0
    assert to_term(shown) is read


def test_sums_of_sympy_are_read():
    assert to_term(sympy.Sum(x(j), (j, 0, n - 1))) is to_term(S(j, n, x(j)))
    both = sympy.Sum(sympy.Sum(W(w, j, k), (k, 0, j)), (j, 0, n - 1))  # SymPy makes one sum with two limits of it
    assert to_term(both) is to_term(S(j, n, S(k, j + 1, W(w, j, k))))
    with pytest.raises(TypeError, match="limits"):
        to_term(sympy.Sum(x(j), (j, 1, n)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: to_term(x(a)), r"x\(a\): argument 1 of x is a, of sort real; expected: natural"),
        (lambda: to_term(1 + W(j, j, k)), "argument 1 of W is j, of sort natural; expected: outcome"),
        (lambda: to_term(a**b), "the exponent is b, of sort real"),
        (lambda: to_term(S(j, a, 1)), "the number of terms is a, of sort real"),
        (lambda: to_term(S(j, n - 1, 1)), "the number of terms is n - 1, of sort real"),
        (lambda: to_term(a + w), "a part is w, of sort outcome"),
        (lambda: W(w, j), "2 arguments given, 3 expected"),
        (lambda: a + 0.5, "write a Fraction"),
        (lambda: a + "b", "no exact expression"),
        (lambda: a + (a < b), "is a formula"),
        (lambda: And(a, a < b), "is no formula"),
        (lambda: And(a == b, a < b), "truth value"),
        (lambda: And(sympy.true, a < b), "truth value"),
        (lambda: E(a, a), "a symbol for an? outcome is expected"),
        (lambda: S(a, n, a), "a symbol for an? natural is expected"),
        (lambda: to_term(sympy.Symbol("q")), "not in the language"),
        (lambda: to_term(sympy.pi * a), "pi .* not in the language"),
        (lambda: to_term(bracket(ForAll(t, Lt(0, t)))), "no bracket of quantifiers over reals"),
        (lambda: bool(a < b), "neither true nor false"),
        (lambda: to_term(True), "truth value"),
    ],
)
def test_errors_name_the_place_and_the_reason(make, said):
    with pytest.raises(TypeError, match=said):
        make()


def test_names_that_the_kernel_refuses():
    for name, kind in (("exp", "N>R"), ("log", ">R"), ("no name", ">R"), ("x", "Q>R"), ("x", "N>W")):
        with pytest.raises(ValueError, match="signature"):
            function(name, kind)
    with pytest.raises(ValueError, match="predicate"):
        function("P", "N>F")


def test_one_name_two_signatures():
    other = function("x", "NN>R")
    assert x(j) != other(j, j)
    assert naturals("a") != a
    assert to_text(x(j) + other(j, j)) == "x{N>R}(j) + x{NN>R}(j, j)"
    assert legend(x(j) + other(j, j) + W(w, j, 0))["W"] == "outcome, natural, natural -> real"
    assert "mathrm{x}" in to_latex(x(j) + other(j, j))


def test_substitution_captures_nothing():
    shown = ForAll(j < m, Lt(v, S(k, d, W(w, j, k))))
    for changed in (shown.subs(v, x(j) + k), shown.xreplace({v: x(j) + k})):
        assert to_term(changed) is kt.substitute(to_term(shown), {("v", ">R"): to_term(x(j) + k)})
    assert S(j, 3, S(k, j, 1)).doit() == S(k, 0, 1).doit() + 3  # evaluation, on demand only


def test_sympy_leaves_it_alone():
    statement = norm()
    assert not isinstance(statement, bool)
    assert statement.func(*statement.args) == statement
    assert sympy.simplify(statement) == statement
    assert statement.free_symbols == {m, d, v}
    assert sympy.latex(statement) == to_latex(statement)
    assert str(statement) == to_text(statement)


def test_latex():
    assert to_latex(norm()) == (
        r"\mathbb{E}\left[\sum_{j < m} \left(\sum_{k < d} W_{j,k} \, x_{k}\right)^{2}\right]"
        r" = m \, v \sum_{k < d} x_{k}^{2}"
    )
    assert to_latex(E(w, W(w, j, k)), outcomes=True) == r"\mathbb{E}_{\omega}\left[W_{j,k}(\omega)\right]"
    assert to_latex(E(w, W(w, j, k)) + W(w, j, k)).endswith(r"W_{j,k}(\omega)")
    sigma, lambda_, x1 = reals("sigma lambda_ x1")
    assert to_latex(exp(-lambda_ / (2 * sigma**2))) == r"\exp\left(-\frac{\lambda}{2 \, \sigma^{2}}\right)"
    assert to_latex(x1) == "x_{1}"
    assert to_latex(x1 + x(1)) == r"\mathtt{x1} + x_{1}"  # not to be taken for one another
    assert to_latex(a - b - 1) == "a - b - 1"
    assert to_latex(-(a + b) / v) == r"-\frac{a + b}{v}"


def test_latex_of_anything_is_balanced():
    for original in random_terms.terms(800, depth=4, seed=11):
        line = to_latex(original)
        assert line.count("{") - line.count(r"\{") == line.count("}") - line.count(r"\}")
        assert line.count(r"\left") - line.count(r"\leftrightarrow") == len(re.findall(r"\\right(?!arrow)", line))


def test_rows():
    rows = split(ForAll(j < m, Implies(Lt(0, v), And(Eq(a, b), Le(a, v), P(j)))))
    assert rows[0] == (r"\forall j < m \colon 0 < v \Rightarrow", "a", "=", "b")
    assert rows[1] == (r"\wedge", "a", r"\le", "v")
    assert rows[2] == (r"\wedge", "P(j)", "", "")
    assert split(Iff(Eq(a, b), P(k)))[0] == ("", "a = b", r"\Leftrightarrow", "P(k)")
