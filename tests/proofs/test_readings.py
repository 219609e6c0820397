"""What the experiments ask of the statements, asked as they ask it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from twinproof.proofs.activations import PROPOSITIONS as ACTIVATIONS
from twinproof.proofs.dropout import PROPOSITIONS as DROPOUT
from twinproof.proofs.initialization import PROPOSITIONS as INITIALIZATION

LAYER = {"m": 3, "d": 2, "s2": Fraction(1, 4), "x": np.array([1.0, 2.0])}


@pytest.mark.parametrize(
    ("claim", "statement", "part", "value"),
    [
        ("linear-norm-preservation", None, "second moment", 3.75),
        ("linear-norm-preservation", None, "variance 1/m", 5.0),
        ("linear-norm-preservation", None, "only 1/m", False),
        ("linear-norm-preservation", None, "default fan-in", False),
        ("linear-norm-preservation", "counts-the-inputs", "second moment", 2.5),
        ("linear-norm-preservation", "square-of-the-sum", "second moment", 6.75),
        ("linear-norm-preservation", "default-always", "default fan-in", True),
        ("linear-norm-preservation", "almost-surely", "second moment", 3.75),
        ("linear-norm-preservation", "he-variance", "variance 1/m", 5.0),
        ("linear-norm-preservation", "nonzero-mean", "second moment", 3.75),
        ("relu-norm-preservation", None, "second moment", 1.875),
        ("relu-norm-preservation", None, "variance 2/m", 5.0),
        ("relu-norm-preservation", None, "only 2/m", False),
        ("relu-norm-preservation", None, "default fan-in", False),
        ("relu-norm-preservation", "no-half", "second moment", 3.75),
        ("relu-norm-preservation", "default-always", "default fan-in", True),
        ("relu-norm-preservation", "leaky-slope", "second moment", 1.875),
    ],
)
def test_norms(claim: str, statement: str | None, part: str, value: object) -> None:
    assert INITIALIZATION[claim].formulas(statement).right(part, **LAYER) == value


def test_the_conditions_hold_where_they_should() -> None:
    linear = INITIALIZATION["linear-norm-preservation"].formulas()
    relu = INITIALIZATION["relu-norm-preservation"].formulas()
    assert linear.right("only 1/m", m=4, d=8, s2=Fraction(1, 4), x=np.ones(8)) is True
    assert linear.right("default fan-in", m=4, d=8, s2=Fraction(1, 4), x=np.ones(8)) is True
    assert relu.right("only 2/m", m=4, d=4, s2=Fraction(1, 2), x=np.ones(4)) is True
    assert relu.right("default fan-in", m=4, d=4, s2=Fraction(1, 2), x=np.ones(4)) is True


def test_dropout() -> None:
    formulas = DROPOUT["dropout-commutes"].formulas()
    net = {"A": np.array([[1.0, 2.0]]), "b": np.array([0.5]), "x": np.array([1.0, -1.0]), "M": np.array([2.0])}
    assert formulas.left("layer", sg=abs, d=2, j=0, **net) == 1.0
    assert formulas.right("layer", sg=abs, d=2, j=0, **net) == 1.0
    assert formulas.left("criterion: zero", sg=lambda t: t + 1) == 1
    assert formulas.right("criterion: scale", sg=lambda t: t * t, p=0.5, z=3.0) == 18.0
    assert formulas.left("relu", z=-1.0, mu=2.0) == 0
    assert formulas.right("leaky relu", z=-1.0, mu=2.0, al=0.25) == -0.5
    assert formulas.left("sigmoid", z=1.0, mu=0.0) == 0.5
    assert formulas.right("sigmoid", z=1.0, mu=0.0) == 0
    tanh = DROPOUT["dropout-commutes"].formulas("tanh-commutes")
    assert tanh.left("layer", d=2, j=0, **net) == pytest.approx(np.tanh(-1.0))
    refused = DROPOUT["dropout-commutes"].formulas("leaky-refused")
    assert refused.left("leaky relu", z=-1.0, mu=2.0, al=0.25) == refused.right("leaky relu", z=-1.0, mu=2.0, al=0.25)
    homogeneous = DROPOUT["dropout-commutes"].formulas("homogeneity-is-needed")
    assert homogeneous.left("criterion: homogeneous", sg=lambda t: t * t, c=2, z=3) == 36
    assert DROPOUT["dropout-commutes"].formulas("zero-is-enough").left("criterion: zero", sg=lambda t: t) == 0


def test_converted_networks_agree_at_depth_three() -> None:
    rng = np.random.default_rng(7)
    widths, depth = [3, 4, 2, 5, 2], 3
    a, b = rng.normal(size=(depth, 5, 5)), rng.normal(size=(depth, 5))
    ao, bo = rng.normal(size=(2, 5)), rng.normal(size=2)
    given = {"K": depth, "n": lambda l: widths[l]}
    claim = ACTIVATIONS["tanh-sigmoid"].formulas()

    def network(act, weight, bias, last, shift):  # type: ignore[no-untyped-def]
        y = np.array([0.3, -1.2, 0.7])
        for l in range(depth):
            w = np.array([[weight(l, j, k) for k in range(widths[l])] for j in range(widths[l + 1])])
            y = act(w @ y + np.array([bias(l, j) for j in range(widths[l + 1])]))
        w = np.array([[last(j, k) for k in range(widths[depth])] for j in range(widths[depth + 1])])
        return w @ y + np.array([shift(j) for j in range(widths[depth + 1])])

    def sigmoid(t):  # type: ignore[no-untyped-def]
        return 1 / (1 + np.exp(-t))

    def entry(table):  # type: ignore[no-untyped-def]
        return lambda *indices: table[indices]

    original = {"A": a, "b": b, "Ao": ao, "bo": bo}
    tanh_net = [claim.function("sigmoid to tanh", s, **given, **original) for s in ("C", "D", "Co", "Do")]
    back = dict(zip(("C", "D", "Co", "Do"), tanh_net, strict=True))
    again = [claim.function("tanh to sigmoid", s, **given, **back) for s in ("A", "b", "Ao", "bo")]
    wanted = network(sigmoid, *map(entry, original.values()))
    assert network(np.tanh, *tanh_net) == pytest.approx(wanted, rel=1e-12)
    assert network(sigmoid, *again) == pytest.approx(wanted, rel=1e-12)
    half = ACTIVATIONS["tanh-sigmoid"].formulas("hidden-half")
    wrong = [half.function("sigmoid to tanh", s, **given, **original) for s in ("C", "D", "Co", "Do")]
    assert network(np.tanh, *wrong) != pytest.approx(wanted, rel=1e-3)
