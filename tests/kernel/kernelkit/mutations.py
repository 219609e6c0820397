"""Small changes to a trace: another rule, premise, parameter, head, number, index, name, order of arguments."""

from __future__ import annotations

import copy
import random
from fractions import Fraction
from typing import Any

from twinproof.proofs.kernel.language import HEADS
from twinproof.proofs.kernel.rules import RULES

JUNK = (None, True, -1, 10**9, 1.5, "", "x", [], {}, [[]], {"term": -1}, {"term": "0"}, [None], ["a", "N>R", 0])
PLAIN_HEADS = (*HEADS, "var", "app", "num", "all", "law", "ind", "lim", "sin")


def mutated(trace: dict[str, Any], rng: random.Random) -> tuple[str, dict[str, Any]]:
    """(what was changed, the changed trace)."""
    changed = copy.deepcopy(trace)
    kinds = [_premise, _premise, _rule, _parameter, _parameter, _parameter, _drop, _swap, _junk]
    if trace["terms"]:
        kinds += [_number, _number, _arguments, _arguments, _head, _data]
    kind = rng.choice(kinds)
    kind(changed, rng)
    return kind.__name__[1:], changed


def _rows(trace, rng, wanted) -> list[Any] | None:
    rows = [row for row in trace["terms"] if wanted(row)]
    return rng.choice(rows) if rows else None


def _number(trace, rng) -> None:
    row = _rows(trace, rng, lambda r: r[0] == "num")
    if row is not None:
        row[1] = str(Fraction(row[1]) + rng.choice((1, -1, Fraction(1, 2), -Fraction(row[1]), -2 * Fraction(row[1]))))


def _arguments(trace, rng) -> None:
    number = rng.randrange(len(trace["terms"]))
    args = trace["terms"][number][2]
    if len(args) > 1 and rng.random() < 0.4:
        i, j = rng.sample(range(len(args)), 2)
        args[i], args[j] = args[j], args[i]
    elif args:
        args[rng.randrange(len(args))] = rng.randrange(number)


def _head(trace, rng) -> None:
    row = rng.choice(trace["terms"])
    near = {"lt": ("le", "eq"), "le": ("lt", "eq"), "eq": ("le", "lt"), "and": ("or",), "or": ("and",), "add": ("mul",)}
    near |= {"mul": ("add",), "E": ("int",), "imp": ("iff",), "iff": ("imp",), "inv": ("bracket",)}
    row[0] = rng.choice(near.get(row[0], PLAIN_HEADS))


def _data(trace, rng) -> None:
    row = _rows(trace, rng, lambda r: r[1] is not None)
    if row is None:
        return
    if row[0] == "var":
        row[1] = (
            [max(0, row[1][0] + rng.choice((1, -1))), row[1][1]]
            if rng.random() < 0.7
            else [row[1][0], rng.choice("NRW")]
        )
    elif row[0] == "app":
        others = [r[1] for r in trace["terms"] if r[0] == "app"]
        row[1] = rng.choice([*others, [row[1][0] + "x", row[1][1]], [row[1][0], row[1][1][:-1] + rng.choice("NRF")]])
    else:
        row[1] = rng.choice(("N", "R", "W", "oo", "0+", "n", ["N", ""], ["", "N"], "NN"))


def _premise(trace, rng) -> None:
    steps = [(i, s) for i, s in enumerate(trace["steps"]) if i and s[1]]
    if steps:
        number, step = rng.choice(steps)
        if len(step[1]) > 1 and rng.random() < 0.3:
            rng.shuffle(step[1])
        else:
            step[1][rng.randrange(len(step[1]))] = rng.randrange(number)


def _rule(trace, rng) -> None:
    rng.choice(trace["steps"])[0] = rng.choice([*RULES, "magic"])


def _parameter(trace, rng) -> None:
    """Another term, index, text or value somewhere among the parameters of a step."""
    places: list[tuple[Any, int]] = []

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for i, v in enumerate(value):
                if isinstance(v, list):
                    walk(v)
                else:
                    places.append((value, i))

    for step in trace["steps"]:
        walk(step[2])
    if places:
        holder, i = rng.choice(places)
        old = holder[i]
        if isinstance(old, dict):
            holder[i] = {"term": rng.randrange(1 + len(trace["terms"]))}
        elif isinstance(old, int):
            holder[i] = old + rng.choice((1, -1))
        else:
            holder[i] = rng.choice(("gap", "bracket", ">N", ">R", ">W", "x", "n", "exp.add"))


def _drop(trace, rng) -> None:
    del trace["steps"][rng.randrange(len(trace["steps"]))]


def _swap(trace, rng) -> None:
    rows = rng.choice((trace["steps"], trace["terms"]))
    if len(rows) > 1:
        i = rng.randrange(len(rows) - 1)
        rows[i], rows[i + 1] = rows[i + 1], rows[i]


def _junk(trace, rng) -> None:
    row = rng.choice(rng.choice((trace["steps"], trace["terms"] or trace["steps"])))
    row[rng.randrange(len(row))] = rng.choice(JUNK)
