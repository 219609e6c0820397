"""The program with a free bias is convex: live margins, values and Hessians at mixtures of two solutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np
import torch

from ..models.primal_svm import MarginProgram
from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Trial
from .margin_cases import dyadic, tensor


def _float(values: Any) -> torch.Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float64))


WEIGHTS = tuple(Fraction(q, 8) for q in (4, 0, 1, 3, 7, 8))


def _pair(trial: Trial, key: Key, weights: Sequence[Fraction]) -> dict[str, Any]:
    """Return two solutions, points, labels and a weight; by the kind of case equal ones, nearly feasible ones, any."""
    kind, number = str(key[0]), int(key[1])
    draw = trial.stream.spawn(*key).generator()
    t = weights[number % len(weights)]
    if kind == "line":  # the point 1 on a line, and small whole entries: the simplest solutions that can differ
        v, w, b, c = (Fraction(int(q)) - 1 for q in np.unravel_index(number % 81, (3, 3, 3, 3)))
        return {
            "v": [v],
            "w": [w if number < 81 else Fraction(-5)],
            "b": b,
            "c": c,
            "X": [[Fraction(1)]],
            "y": [Fraction(1)],
            "z": [Fraction(-1)],
            "t": weights[0],
            "n": 1,
            "d": 1,
        }
    n, d = int(draw.integers(1, 6)), int(draw.integers(1, 6))
    X, v = dyadic(draw, (n, d)), dyadic(draw, (d,))
    w = v if kind == "equal" else dyadic(draw, (d,))
    b, c = (Fraction(int(q), 8) for q in draw.integers(-16, 17, 2))
    y = [Fraction(int(q)) for q in draw.choice([-1, 1], n)]
    if kind == "feasible":  # labels that the first solution gives, and solutions scaled up until they are feasible
        y = [Fraction(1) if sum(X[i] * v) + b >= 0 else Fraction(-1) for i in range(n)]
        w, c = v + w / 16, b + c / 16
        least = min(y[i] * (sum(X[i] * p) + q) for i in range(n) for p, q in ((v, b), (w, c)))
        if least > 0:
            scale = 2 ** max(0, int(np.ceil(-np.log2(float(least)))))
            v, w, b, c = v * scale, w * scale, b * scale, c * scale
    return {"v": list(v), "w": list(w), "b": b, "c": c, "X": X.tolist(), "y": y, "z": y, "t": t, "n": n, "d": d}


def mixed(trial: Trial) -> Evidence:
    """Mix two solutions: live margins and values of the mix against the statement, which is evaluated exactly."""
    weights = tuple(Fraction(str(t)) for t in cast("Sequence[str]", trial.options["weights"]))
    each = 60 if trial.profile == "quick" else 600
    cases = [("line", q) for q in range(2 * 81)]
    cases += [(kind, q) for kind in ("equal", "feasible", "any") for q in range(each)]

    def examine(key: Key) -> Iterator[Check]:
        case = _pair(trial, key, weights)
        program = MarginProgram(_float(case["X"]), _float(case["y"]), penalised=False)
        first, second = tensor([*case["v"], case["b"]]), tensor([*case["w"], case["c"]])
        mix = torch.lerp(second, first, float(case["t"]))
        detail = {
            name: str(value) if isinstance(value, Fraction) else np.array(value, dtype=float).tolist()
            for name, value in case.items()
        }
        for part in ("feasible", "convex", "flat"):
            yield Check(f"{part}: the statement holds", float(trial.formulas.holds(part, **case)), 1.0, detail=detail)
        margins = program.margins(mix).numpy()
        stated = [float(trial.formulas.right("margins", **case, i=i)) for i in range(case["n"])]
        yield Check("live margins of the mix, mixed margins", margins, stated, detail=detail)
        if key[0] == "line":
            return
        value, ends = float(program.value(mix)), [float(program.value(end)) for end in (first, second)]
        yield Check("live value of the mix", value, float(trial.formulas.left("convex", **case)), detail=detail)
        chord = float(case["t"]) * ends[0] + float(1 - case["t"]) * ends[1]
        yield Check("live gap to the chord", chord - value, float(trial.formulas.right("gap", **case)), detail=detail)

    return compare(
        trial,
        "mixed-solutions",
        cases,
        examine,
        holds="mixtures of feasible solutions are feasible, and their value lies below the chord by the stated gap",
    )


def hessian_form(trial: Trial) -> Evidence:
    """Differentiate the live objective twice: the quadratic form of the Hessian is what the gap says, and flat in b."""

    def examine(key: Key) -> Iterator[Check]:
        case = _pair(trial, key, WEIGHTS)
        d, t = case["d"], case["t"]
        program = MarginProgram(_float(case["X"]), _float(case["y"]), penalised=False)
        away = tensor([*(p - q for p, q in zip(case["v"], case["w"], strict=True)), case["b"] - case["c"]])
        hessian = torch.autograd.functional.hessian(program.value, tensor([*case["v"], case["b"]]))
        form = float(t * (1 - t) / 2) * float(away @ hessian @ away)
        detail = {"d": d, "t": str(t), "difference": away.tolist()}
        yield Check(
            "t(1 - t)/2 times the form of the Hessian, gap",
            form,
            float(trial.formulas.left("gap", **case)),
            detail=detail,
        )
        yield Check("the Hessian in the direction of the bias", hessian[-1].numpy(), 0.0, detail=detail)

    return compare(
        trial,
        "hessian",
        [("any", q) for q in range(12 if trial.profile == "quick" else 200)],
        examine,
        holds="the live Hessian is the identity in v and 0 in b",
    )
