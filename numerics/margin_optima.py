"""Support vector machines with a bias on live programs: the solutions for two points, and their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

import numpy as np
import torch

from .comparison import Check, Key, compare
from .definitions import defined
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .margin_cases import SHARP, SHORT, Program, grid, grid_checks, live, region, solver_checks, tensor, values

PLACES = ("3", "2", "1", "0", "-1/2", "-3", "23/8", "4", "10", "100")
DYADIC = {"7": (-1, 2, "1/4"), "3": (-1, 2, "1/4"), "1": (-1, 2, "1/4"), "0": (-2, 3, "1/2"), "-1/2": (-3, 4, "1/2")}
"""Places a for which the solutions have short binary fractions, and the grid for each: from, to, step."""


def _program(trial: Trial) -> Program:
    return cast("Program", trial.options["program"])


def _places(trial: Trial) -> list[Fraction]:
    return [Fraction(str(a)) for a in cast("Sequence[str]", trial.options["places"])]


def _part(kind: str, program: Program, a: Fraction) -> str:
    """Return the part of the statement that applies; `kind` is "program" (the bound) or "solution"."""
    return f"{program} {kind}" + (region(a) if program == "first" else "")


# --- the solutions ---------------------------------------------------------------------------------------------------


def _solver(trial: Trial) -> Evidence:
    """Solve the live program for various a, and judge the answers by their certificates."""
    program, places = _program(trial), _places(trial)

    def examine(key: Key) -> Iterator[Check]:
        a, d, number = places[int(key[0])], int(key[1]), int(key[2])
        draw = trial.stream.spawn(*key).generator()
        start = [0.0] * (d + 1) if number == 0 else draw.uniform(-1.0, 1.0, d + 1).tolist()
        parts = _part("program", program, a), _part("solution", program, a)
        yield from solver_checks(trial.formulas, *parts, program, d, a, start)

    starts = 1 if trial.profile == "quick" else 8
    return compare(
        trial,
        f"{program}-solver",
        [(place, d, number) for place in range(len(places)) for d in (1, 3) for number in range(starts)],
        examine,
        holds="the certified bounds of the solver enclose the stated optimum, and its answer is the stated solution",
    )


def _grid(trial: Trial) -> Evidence:
    """Find the live minimisers on a grid, and compare them with the solutions of the statement."""
    program, places = _program(trial), _places(trial)

    def examine(key: Key) -> Iterator[Check]:
        a, d = places[int(key[0])], int(key[1])
        low, high, step = DYADIC.get(str(a), (-1, 2, "1/4"))
        part = str(trial.options["part"] or _part("solution", program, a))
        points = grid(d, low, high, Fraction(step))
        yield from grid_checks(trial.formulas, _part("program", program, a), part, program, d, a, points)

    return compare(
        trial,
        f"{program}-grid",
        [(place, d) for place in range(len(places)) for d in ((1, 2) if trial.profile == "quick" else (1, 2, 3))],
        examine,
        holds="one point of the grid is the minimiser, and it is the stated solution",
    )


def _stationary(trial: Trial) -> Evidence:
    """Differentiate the live objective at the solutions: the gradient is a nonnegative sum of active constraints."""

    def examine(key: Key) -> Iterator[Check]:
        a, d, program = Fraction(str(key[0])), int(key[1]), cast("Program", key[2])
        problem = live(program, d, a)
        found = tuple(Fraction(float(z)).limit_denominator(SHORT) for z in problem.solve())
        stated = trial.formulas.right(_part("solution", program, a), **values(program, found, a))
        detail = {"a": str(a), "d": d, "program": program, "solution": [str(z) for z in found]}
        yield Check("the solver's answer is the stated solution", float(stated), 1.0, detail=detail)
        point = tensor(found).requires_grad_()
        (gradient,) = torch.autograd.grad(problem.value(point), point)
        first, last = Fraction(float(gradient[0])), Fraction(float(gradient[-1]))
        margins = problem.margins(point.detach()).numpy()
        # the gradient m (1, 0, ..., 0, 1) + l (a, 0, ..., 0, -1), and l = 0 where the second constraint is slack
        second = (first - last) / (a + 1)
        multipliers = np.array([float(last + second), float(second)])
        yield Check("0, multipliers", 0.0, multipliers, 0.0, "<=", detail)
        yield Check("multiplier times slack", multipliers * (margins - 1.0), 0.0, detail=detail)
        rest = gradient.numpy() - problem.constraints().T @ multipliers
        yield Check("gradient minus the weighted constraints", rest, 0.0, detail=detail)

    return compare(
        trial,
        "stationary",
        [(a, d, program) for a in DYADIC for d in (1, 3) for program in ("first", "second")],
        examine,
        holds="the solutions satisfy the conditions of Karush, Kuhn and Tucker, exactly",
    )


# --- far apart -------------------------------------------------------------------------------------------------------


def _family(trial: Trial, program: Program, a: Fraction, d: int) -> list[Fraction]:
    """Return the solution of the statement for this a."""
    part = f"{program} program solved"
    entry = defined(trial.formulas, part, "U" if program == "first" else "V", d=d)
    if program == "first":
        return [Fraction(entry(a, k)) for k in range(d + 1)]
    bias = defined(trial.formulas, part, "B", d=d)
    return [*(Fraction(entry(a, k)) for k in range(d)), Fraction(bias(a))]


def _solved(trial: Trial) -> Evidence:
    """Put the stated solutions into the live programs: feasible, and no better than what a certificate allows."""
    places = _places(trial)

    def examine(key: Key) -> Iterator[Check]:
        a, d, program = places[int(key[0])], int(key[1]), cast("Program", key[2])
        problem = live(program, d, a)
        solution = _family(trial, program, a, d)
        detail = {"a": str(a), "d": d, "program": program, "solution": [str(z) for z in solution]}
        at = {**values(program, solution, a), "u": solution, "v": solution[:-1], "b": solution[-1]}
        part = f"{program} program solved"
        yield Check("the statement holds", float(trial.formulas.holds(part, **at)), 1.0, detail=detail)
        certificate = problem.certify(problem.solve())
        value = sum(z * z for z in (solution if program == "first" else solution[:-1])) / 2
        detail["certified"] = [float(certificate.lower), float(certificate.upper)]
        width = float(certificate.upper - certificate.lower)
        yield Check("width of the certificate", width, float(SHARP), 0.0, "<=", detail)
        yield Check("certified lower bound minus value", float(certificate.lower - value), 0.0, 0.0, "<=", detail)
        yield Check("value minus certified upper bound", float(value - certificate.upper), 0.0, 0.0, "<=", detail)
        stated = Fraction(trial.formulas.right(f"{program} value", d=d, a=a))
        if program == "second" or a >= 3 or trial.options["regions"] == "all":
            yield Check("value of the solution minus its formula", float(value - stated), 0.0, detail=detail)

    return compare(
        trial,
        "solved",
        [(place, d, program) for place in range(len(places)) for d in (1, 3) for program in ("first", "second")],
        examine,
        holds="the stated solutions are feasible and lie within the certified bounds of the solver",
    )


def _limits(trial: Trial) -> Evidence:
    """Follow the live values as a grows: within e of the limit from a = 3, or a = 2/e, on."""

    def examine(key: Key) -> Iterator[Check]:
        program, power, d = cast("Program", key[0]), int(key[1]), int(key[2])
        a = Fraction(2**power - 1)  # a + 1 is a power of two, so that the live values are exact
        limit = float(trial.formulas.right(f"{program} limit", d=d))
        value = float(live(program, d, a).value(tensor(_family(trial, program, a, d))))
        within = 2.0 ** (2 - power)  # e = 4/(a + 1), and a >= 2/e = (a + 1)/2
        detail = {"a": str(a), "d": d, "program": program, "value": value}
        yield Check("distance from the limit, e", abs(value - limit), within, 0.0, "<=", detail)

    powers = range(2, 24 if trial.profile == "quick" else 40)
    return compare(
        trial,
        "limits",
        [(program, power, d) for program in ("first", "second") for power in powers for d in (1, 4)],
        examine,
        holds="the live values approach the stated limits as fast as the derivation says",
    )


_SOLVER = {"places": PLACES}
_GRID = {"places": tuple(DYADIC), "part": ""}

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "svm-bias-optima": (
        Experiment(
            "first-solver",
            "SLSQP on the program with an appended bias, its answers judged by exact certificates",
            "scipy.optimize.minimize",
            _solver,
            _SOLVER | {"program": "first"},
        ),
        Experiment(
            "second-solver",
            "SLSQP on the program with a free bias, its answers judged by exact certificates",
            "scipy.optimize.minimize",
            _solver,
            _SOLVER | {"program": "second"},
        ),
        Experiment(
            "first-grid",
            "the minimiser on an exact grid, with an appended bias",
            "twinproof.models.primal_svm.MarginProgram.value",
            _grid,
            _GRID | {"program": "first"},
        ),
        Experiment(
            "second-grid",
            "the minimiser on an exact grid, with a free bias",
            "twinproof.models.primal_svm.MarginProgram.value",
            _grid,
            _GRID | {"program": "second"},
        ),
        Experiment(
            "stationary",
            "the gradient at the solutions as a nonnegative sum of active constraints, exactly",
            "torch.autograd.grad",
            _stationary,
        ),
    ),
    "svm-bias-limits": (
        Experiment(
            "solved",
            "the solutions as functions of a, between the certified bounds of SLSQP",
            "scipy.optimize.minimize",
            _solved,
            {"places": ("3", "1", "0", "-3", "4", "10", "1000"), "regions": "a >= 3"},
        ),
        Experiment(
            "limits",
            "the live values for a = 3, 7, 15, ..., against the limits",
            "twinproof.models.primal_svm.MarginProgram.value",
            _limits,
        ),
    ),
}


def _statements(experiment: str, *pairs: tuple[str, str]) -> tuple[Twin, ...]:
    """Return twins that change the formula alone."""
    return tuple(Twin(name, change, experiment, statement=name) for name, change in pairs)


_SAME_POINT = "the points may be the same: a = -1"

TWINS: Mapping[str, tuple[Twin, ...]] = {
    "svm-bias-optima": (
        Twin(
            "halves-for-every-a",
            "the first program is solved by (1/2, 0, ..., 0, 1/2) for every a, not from a = 3 on",
            "first-grid",
            {"places": ("1", "0"), "part": "first solution, a >= 3"},
            "halves-for-every-a",
        ),
        *_statements(
            "first-grid",
            ("all-halves", "the first program is solved by (1/2, 1/2, ..., 1/2)"),
            ("one-solution-for-both", "the first program has the solution of the second"),
        ),
        *_statements("first-solver", ("both-active", "both constraints are active in the first program for every a")),
        *_statements(
            "second-grid",
            ("no-bias", "the second program is solved with the bias 0"),
            ("half-the-normal", "the second program is solved by v(0) = 1/(a+1)"),
        ),
        *_statements("second-solver", ("quarter-in-the-second", "the least value of the second program is 1/4 too")),
        Twin("same-point", _SAME_POINT, "second-grid", {"places": ("-1",)}, "same-point"),
    ),
    "svm-bias-limits": (
        *_statements(
            "limits",
            ("both-vanish", "both values tend to 0"),
            ("both-quarter", "both values tend to 1/4"),
            ("first-half", "the first value tends to 1/2"),
        ),
        *_statements("solved", ("rate-without-square", "the second value is 2/(a+1), which tends to 0 as well")),
        Twin(
            "quarter-from-the-start",
            "the first value is 1/4 for every a, not from a = 3 on",
            "solved",
            {"regions": "all"},
            "quarter-from-the-start",
        ),
        Twin("same-point", _SAME_POINT, "solved", {"places": ("-1",)}, "same-point"),
    ),
}
