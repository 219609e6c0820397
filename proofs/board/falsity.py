"""How a false statement is shown underivable: a model of its hypotheses violates it, or its negation is proved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..kernel.definition import defined
from ..kernel.rules import RuleError
from ..kernel.term import Term
from ..kernel.theorem import Theorem
from . import archive
from .bridge import to_term
from .finite import Model, Reading
from .proposition import FalseStatement, Hypothesis, Proposition


def assumed(claim: Proposition, false: FalseStatement) -> dict[str, Hypothesis]:
    """The hypotheses of the false statement: those of the claim, with what it replaces, drops or adds."""
    changed = {h.name: h for h in claim.hypotheses} | dict(false.hypotheses)
    return {name: h for name, h in changed.items() if h is not None}


def stated(claim: Proposition, false: FalseStatement) -> dict[str, Term]:
    """What the false statement says: the parts that it changes, or all parts if it changes hypotheses alone."""
    return {name: to_term(part) for name, part in false.parts.items()} or dict(claim.terms)


def underivable(claim: Proposition, false: FalseStatement) -> bool:
    """Whether the evidence on record, checked just now, shows that the kernel cannot derive the false statement."""
    hypotheses, parts = assumed(claim, false).values(), stated(claim, false).values()
    if false.countermodel is not None:
        reading = satisfied(false.countermodel(), hypotheses)
        return reading is not None and any(reading.truth(part) is False for part in parts)
    if false.negation is None:
        return False
    terms = {h.term for h in hypotheses}
    on_file = archive.read(f"{claim.id}.{false.name}")
    return (on_file is not None and negates(on_file[0], terms, parts)) or negates(false.negation(), terms, parts)


def satisfied(model: Model, hypotheses: Iterable[Hypothesis]) -> Reading | None:
    """The model with the symbols that the hypotheses define, if all other hypotheses hold in it, exactly; else None."""
    definitions = tuple(h.term for h in hypotheses if h.role == "definition")
    reading = Reading(replace(model, definitions=(*model.definitions, *definitions)))
    held = all(reading.truth(h.term) is True for h in hypotheses if h.role != "definition")
    return reading if held else None


def negates(theorem: Theorem, hypotheses: set[Term], parts: Iterable[Term]) -> bool:
    """Whether the theorem says `not` of a part at named sizes, from definitions and these hypotheses alone."""
    statement = theorem.statement
    grounded = all(h in hypotheses or _is_definition(h) for h in theorem.hypotheses)
    return grounded and statement.head == "not" and any(_is_instance(part, statement.args[0], {}) for part in parts)


def _is_definition(h: Term) -> bool:
    try:
        defined(h)
    except RuleError:
        return False
    return True


def _is_instance(general: Term, special: Term, known: dict[Term, Term]) -> bool:
    """Whether `special` is `general` with closed terms put for nullary symbols, the same for the same."""
    if general.head == "app" and not general.args and general is not special:
        return known.setdefault(general, special) is special
    return (general.head, general.data, len(general.args)) == (special.head, special.data, len(special.args)) and all(
        _is_instance(a, b, known) for a, b in zip(general.args, special.args, strict=True)
    )
