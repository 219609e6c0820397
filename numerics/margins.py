"""Support vector machines with a bias on live programs: convexity, one point, and the constraints of two points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

import numpy as np
import scipy.optimize
import torch

from . import convex_margins
from .comparison import Check, Key, compare
from .harness.evidence import Evidence
from .harness.experiment import Experiment, Trial, Twin
from .margin_cases import SHARP, Program, Solution, dyadic, grid, grid_checks, live, solver_checks, tensor, values

# --- one point -------------------------------------------------------------------------------------------------------


def _single_solver(trial: Trial) -> Evidence:
    """Solve the live program of one point from several starts, and judge the answers by their certificates."""
    program = cast("Program", trial.options["program"])
    solution = "first solution" if program == "first" else "second solutions"

    def examine(key: Key) -> Iterator[Check]:
        d = int(key[0])
        draw = trial.stream.spawn(*key).generator()
        start = [0.0] * (d + 1) if int(key[1]) == 0 else [*draw.uniform(-1.0, 1.0, d).tolist(), float(key[1])]
        yield from solver_checks(trial.formulas, f"{program} program", solution, program, d, None, start)
        if program == "second":
            problem = live(program, d, None)
            biases = [float(problem.solve(tensor([Fraction(0)] * d + [Fraction(q)]))[-1]) for q in (2, 3)]
            yield Check("the bias found from 2, from 3", biases[0], biases[1], 0.0, "!=", {"d": d})

    starts = 2 if trial.profile == "quick" else 6
    return compare(
        trial,
        f"{program}-solver",
        [(d, number) for d in (1, 2, 4, 7) for number in range(starts)],
        examine,
        holds="one solution from every start" if program == "first" else "v = 0 from every start, with various biases",
    )


def _single_grid(trial: Trial) -> Evidence:
    """Find the live minimisers on a grid, and compare them with the solutions of the statement."""
    program = cast("Program", trial.options["program"])
    solution = "first solution" if program == "first" else "second solutions"

    def examine(key: Key) -> Iterator[Check]:
        points = grid(int(key[0]), -2, 3, Fraction(1, 4 if trial.profile == "quick" else 8))
        yield from grid_checks(trial.formulas, f"{program} program", solution, program, int(key[0]), None, points)

    return compare(
        trial, f"{program}-grid", [(1,), (2,)], examine, holds="the minimisers on the grid are the stated solutions"
    )


# --- two points ------------------------------------------------------------------------------------------------------

PLACES = tuple(Fraction(q) for q in ("3", "-3", "-1", "-1/2", "0", "1", "7/8", "4", "100"))


def _random(trial: Trial, key: Key, d: int) -> Solution:
    """Return a solution with entries that are multiples of 1/8; the first ones of a run are unit vectors."""
    number = int(key[-1])
    if number <= d:
        return tuple(Fraction(int(k == number)) for k in range(d + 1))
    return tuple(dyadic(trial.stream.spawn(*key).generator(), (d + 1,)).tolist())


def _margins(trial: Trial) -> Evidence:
    """Compare the live margins of both programs with both sides of the constraints, and who is feasible."""

    def examine(key: Key) -> Iterator[Check]:
        a, d = PLACES[int(key[0])], int(key[1])
        solution = _random(trial, key, d)
        detail = {"a": str(a), "solution": [str(entry) for entry in solution]}
        for program in ("first", "second"):
            margins = live(program, d, a).margins(tensor(solution)).numpy()
            at = values(program, solution, a)
            for point in (0, 1):
                part = f"{program} program, point {point}"
                for side, found in (("left", trial.formulas.left), ("right", trial.formulas.right)):
                    yield Check(f"{part}: live, {side}", margins[point], float(found(part, **at)), detail=detail)
            part = f"{program} program"
            feasible = float(margins.min() >= 1.0)
            stated = [float(trial.formulas.left(part, **at)), float(trial.formulas.right(part, **at))]
            yield Check(f"{part}: is feasible live, by either side", feasible, stated, detail=detail)

    count = 8 if trial.profile == "quick" else 80
    return compare(
        trial,
        "live-margins",
        [(place, d, number) for place in range(len(PLACES)) for d in (1, 2, 5) for number in range(count)],
        examine,
        holds="the live margins are the constraints as written out, exactly",
    )


def _jacobian(trial: Trial) -> Evidence:
    """Differentiate the live margins: the coefficients are those of the constraints."""

    def examine(key: Key) -> Iterator[Check]:
        a, d = PLACES[int(key[0])], int(key[1])
        units = [tuple(Fraction(int(k == axis)) for k in range(d + 1)) for axis in range(d + 1)]
        for program in ("first", "second"):
            rows = torch.autograd.functional.jacobian(live(program, d, a).margins, torch.zeros(d + 1).double())
            for point in (0, 1):
                part = f"{program} program, point {point}"
                stated = [float(trial.formulas.right(part, **values(program, unit, a))) for unit in units]
                yield Check(
                    f"{part}: Jacobian, coefficients", rows[point].numpy(), stated, detail={"a": str(a), "d": d}
                )

    return compare(
        trial,
        "jacobian",
        [(place, d) for place in range(len(PLACES)) for d in (1, 2, 5)],
        examine,
        holds="the live Jacobian has the coefficients of the constraints, and 0 elsewhere",
    )


SPREAD = tuple(Fraction(q) for q in ("1", "-1/2", "0", "2", "3", "4", "10", "100"))
APART = tuple(Fraction(q) for q in ("7", "1", "-1/2", "0", "3"))


def _feasible(trial: Trial) -> Evidence:
    """Look at every point of a grid with feasible live margins: its first coordinate obeys the bound."""
    places = [Fraction(str(a)) for a in cast("Sequence[str]", trial.options["places"])]

    def examine(key: Key) -> Iterator[Check]:
        a, d = places[int(key[0])], 1 + int(key[1])
        scale = 2 / (a + 1)  # so that the corner, where both constraints are active, lies on the grid
        points = [tuple(scale * entry for entry in point) for point in grid(d, -2, 3, Fraction(1, 2) if d == 1 else 1)]
        corner = (2 / (a + 1), *[Fraction(1)] * (d - 1), (a - 1) / (a + 1))
        for program in ("first", "second"):
            problem = live(program, d, a)
            part, attained = f"{program} program", f"{program} attained"
            for solution in (corner, *points):
                at = values(program, solution, a)
                margins = problem.margins(tensor(solution))
                detail = {"a": str(a), "solution": [str(entry) for entry in solution], "margins": margins.tolist()}
                yield Check(f"{part}: the statement holds", float(trial.formulas.holds(part, **at)), 1.0, detail=detail)
                if bool((margins >= 1.0).all()):
                    bound = trial.formulas.left(part, **at)
                    yield Check(f"{part}: bound, first coordinate", float(bound), float(solution[0]), 0.0, "<=", detail)
            yield Check(f"{attained}: live margins", problem.margins(tensor(corner)).numpy(), 1.0, detail={"a": str(a)})
            at = values(program, corner, a)
            yield Check(f"{attained}: the statement holds", float(trial.formulas.holds(attained, **at)), 1.0)

    return compare(
        trial,
        "feasible-points",
        [(place, extra) for place in range(len(places)) for extra in (0, 1)],
        examine,
        holds="no feasible point of the grid has a smaller first coordinate, and the corner attains the bound",
    )


def _linear_program(trial: Trial) -> Evidence:
    """Let a linear solver minimise the first coordinate; its answer, scaled to be feasible, is judged exactly."""

    def examine(key: Key) -> Iterator[Check]:
        a, d = SPREAD[int(key[0])], int(key[1])
        for program in ("first", "second"):
            part = f"{program} program"
            problem = live(program, d, a)
            objective = np.eye(d + 1)[0]
            found = scipy.optimize.linprog(
                objective, A_ub=-problem.constraints(), b_ub=-np.ones(2), bounds=[(None, None)] * (d + 1)
            )
            feasible = problem.certify(torch.from_numpy(np.array(found.x))).feasible
            at = values(program, feasible, a)
            detail = {"a": str(a), "d": d, "answer": list(found.x)}
            yield Check(f"{part}: the statement holds", float(trial.formulas.holds(part, **at)), 1.0, detail=detail)
            over = feasible[0] - Fraction(trial.formulas.left(part, **at))
            yield Check(f"{part}: bound, least first coordinate", float(-over), 0.0, 0.0, "<=", detail)
            yield Check(f"{part}: least first coordinate, bound", float(over), float(SHARP), 0.0, "<=", detail)

    return compare(
        trial,
        "linear-program",
        [(place, d) for place in range(len(SPREAD)) for d in (1, 3)],
        examine,
        holds="the least first coordinate that a linear solver finds is the bound",
    )


EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = {
    "svm-bias-convex": (
        Experiment(
            "mixed-solutions",
            "mixtures of two solutions: margins, values and the gap to the chord, exactly",
            "twinproof.models.primal_svm.MarginProgram.margins",
            convex_margins.mixed,
            {"weights": [str(t) for t in convex_margins.WEIGHTS]},
        ),
        Experiment(
            "hessian",
            "the Hessian of the live objective: the identity in v, 0 in b",
            "torch.autograd.functional.hessian",
            convex_margins.hessian_form,
        ),
    ),
    "svm-bias-single-point": (
        Experiment(
            "first-solver",
            "SLSQP on the program with an appended bias, with certificates: one solution from every start",
            "scipy.optimize.minimize",
            _single_solver,
            {"program": "first"},
        ),
        Experiment(
            "second-solver",
            "SLSQP on the program with a free bias, with certificates: v = 0 and another bias from every start",
            "scipy.optimize.minimize",
            _single_solver,
            {"program": "second"},
        ),
        Experiment(
            "first-grid",
            "the minimisers on an exact grid, with an appended bias",
            "twinproof.models.primal_svm.MarginProgram.value",
            _single_grid,
            {"program": "first"},
        ),
        Experiment(
            "second-grid",
            "the minimisers on an exact grid, with a free bias",
            "twinproof.models.primal_svm.MarginProgram.value",
            _single_grid,
            {"program": "second"},
        ),
    ),
    "svm-bias-constraints": (
        Experiment(
            "live-margins",
            "the margins of both programs at dyadic solutions, exactly",
            "twinproof.models.primal_svm.MarginProgram.margins",
            _margins,
        ),
        Experiment(
            "jacobian",
            "the Jacobian of the live margins: the coefficients of the constraints",
            "torch.autograd.functional.jacobian",
            _jacobian,
        ),
    ),
    "svm-bias-lower-bound": (
        Experiment(
            "feasible-points",
            "every feasible point of an exact grid, and the corner where both constraints are active",
            "twinproof.models.primal_svm.MarginProgram.margins",
            _feasible,
            {"places": [str(a) for a in APART]},
        ),
        Experiment(
            "linear-program",
            "the least first coordinate, by a linear solver whose answer is judged exactly",
            "scipy.optimize.linprog",
            _linear_program,
        ),
    ),
}


def _statements(experiment: str, *pairs: tuple[str, str]) -> tuple[Twin, ...]:
    """Return twins that change the formula alone."""
    return tuple(Twin(name, change, experiment, statement=name) for name, change in pairs)


TWINS: Mapping[str, tuple[Twin, ...]] = {
    "svm-bias-convex": (
        Twin(
            "any-weight",
            "any real weight t in place of 0 <= t <= 1",
            "mixed-solutions",
            {"weights": ["2", "-1"]},
            "any-weight",
        ),
        *_statements(
            "mixed-solutions",
            ("strictly-convex", "strictly convex in (v, b): solutions that differ have a positive gap"),
            ("minus-bias", "the objective 1/2 (|v|^2 - b^2) is convex"),
            ("one-normal-twice", "the constraint of the second solution is read with the normal vector of the first"),
            ("labels-mixed", "feasible for some labels each: the mixture is feasible for the mixed labels"),
            ("either-feasible", "one feasible solution is enough for the mixture to be feasible"),
        ),
    ),
    "svm-bias-single-point": (
        *_statements(
            "second-grid",
            ("only-one", "v = 0, b = 1 is the only solution with a free bias"),
            ("the-point-itself", "v = e_1, b = 0 is the solution with a free bias"),
            ("as-in-the-first", "with a free bias the solution is e_1/2 with the bias 1/2 too"),
            ("any-normal", "b >= 1 makes any feasible v a solution"),
        ),
        *_statements("first-grid", ("first-flat-too", "the first program is solved by all u with u(0) + u(d) = 1")),
        *_statements("first-solver", ("first-half", "the least value of the first program is 1/2, as at u = e_1")),
    ),
    "svm-bias-constraints": _statements(
        "live-margins",
        ("label-over-all", "the second constraint reads -(a u(0) + u(d)) >= 1"),
        ("second-axis", "the second point is e_2 in place of -a e_1"),
        ("one-label", "both labels are 1"),
        ("bias-without-label", "the label of the second point multiplies a v(0) and not b"),
        ("bias-forgotten", "the constraints of the second program without their bias"),
    ),
    "svm-bias-lower-bound": (
        *_statements(
            "feasible-points",
            ("two-over-a", "the bound 2/a in place of 2/(a+1)"),
            ("half-for-every-a", "the bound 1/2, which holds for the first program's solution, in the second"),
            ("one-constraint", "the constraint of e_1 gives the bound by itself"),
            ("never-attained", "the bound is strict"),
        ),
        Twin(
            "beyond-the-other",
            "any a in place of a > -1: the second point beyond the first, on the same side",
            "feasible-points",
            {"places": ["-2", "-3"]},
            "beyond-the-other",
        ),
    ),
}
