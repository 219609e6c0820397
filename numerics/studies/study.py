"""What a study is: settings, independent runs, statements about their results, figures and a table of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..harness.evidence import Evidence, Json, jsonable
from ..harness.experiment import Experiment, Trial, Twin
from ..harness.streams import Stream

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Key: TypeAlias = tuple[int | str, ...]
"""The address of a run within its study: what it does and draws depends on settings, key and seed alone."""

Settings: TypeAlias = Mapping[str, Any]
"""Hyper-parameters by name; values that JSON can hold."""

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
"""What a run leaves: arrays by name, of numbers, truth values or strings (no objects)."""

Results: TypeAlias = Mapping[Key, Arrays]

QUICK_SECONDS = 20.0
"""What a study may take with its quick settings on two cores."""


@dataclass(frozen=True)
class Expectation:
    """A statement about the results of a study, and whether it holds.

    Attributes:
        name: slug, unique within the study.
        statement: what is expected, in words, with the bound.
        holds: whether it does.
        measured: the numbers that decide.
    """

    name: str
    statement: str
    holds: bool
    measured: Mapping[str, object]

    def to_dict(self) -> dict[str, Json]:
        """Return the entry of ``expectations`` in a summary."""
        measured = jsonable(self.measured)
        return {"name": self.name, "statement": self.statement, "holds": bool(self.holds), "measured": measured}


@dataclass(frozen=True)
class Table:
    """Figures for a reader: column heads with units, and rows of text or numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def _nothing(settings: Settings, results: Results) -> Sequence[str]:
    return ()


def _no_table(settings: Settings, results: Results) -> Table | None:
    return None


def measurements(settings: Settings, results: Results) -> Table:
    """Return a table of every number that the runs left, a row a run."""
    names = [name for name, value in next(iter(results.values())).items() if np.ndim(value) == 0]
    rows = tuple((" ".join(map(str, key)), *(arrays[name].item() for name in names)) for key, arrays in results.items())
    return Table("What each run measured", ("", *names), rows)


@dataclass(frozen=True)
class Study:
    """A coding part of the sources.

    Attributes:
        id, title, sources: as listed; literal in the source, so that a list needs no import.
        settings: the sources' own hyper-parameters.
        quick: what replaces some of them where only `QUICK_SECONDS` are allowed.
        subject: dotted path of the live object that the study rests on; a test breaks it and sees an expectation fail.
        keys: the runs that the settings ask for.
        run: one of them; a function of settings, key and the stream at the key's address.
        expect: the statements about the results, checked.
        figures: drawings of the results, by file name without ending.
        table: a table of the results, or None.
        discussion: answers to the sources' discussion questions, in sentences with the measured figures.
        twins: misconceptions: settings under which an expectation must fail.
    """

    id: str
    title: str
    sources: tuple[tuple[str, str], ...]
    settings: Settings
    quick: Settings
    subject: str
    keys: Callable[[Settings], Sequence[Key]]
    run: Callable[[Settings, Key, Stream], Arrays]
    expect: Callable[[Settings, Results], Sequence[Expectation]]
    figures: Mapping[str, Callable[[Settings, Results], Figure]]
    table: Callable[[Settings, Results], Table | None] = _no_table
    discussion: Callable[[Settings, Results], Sequence[str]] = _nothing
    twins: tuple[Twin, ...] = ()

    def chosen(self, profile: str, changes: Settings | None = None) -> dict[str, Any]:
        """Return the settings of a profile, some of them replaced.

        Raises:
            ValueError: a change of a setting that the study does not have.
        """
        unknown = sorted(set(changes or {}) - set(self.settings))
        if unknown:
            raise ValueError(f"settings: found {', '.join(unknown)}, expected of {', '.join(sorted(self.settings))}")
        return {**self.settings, **(self.quick if profile == "quick" else {}), **(changes or {})}

    def stream(self, seed: int, key: Key) -> Stream:
        """Return the randomness of a run."""
        return Stream(seed).spawn(self.id, *key)

    @property
    def experiment(self) -> Experiment:
        """The study as one experiment of `verify`: corroborated if every expectation holds."""
        summary = f"{self.title}: every expectation about the results"
        return Experiment("expectations", summary, self.subject, self._try, dict.fromkeys(self.settings))

    def _try(self, trial: Trial) -> Evidence:
        changes = {name: value for name, value in trial.options.items() if value is not None}
        settings = self.chosen(trial.profile, changes)
        results: dict[Key, Arrays] = {}
        for key in self.keys(settings):
            trial.check_deadline()
            results[key] = self.run(settings, key, self.stream(trial.stream.seed, key))
        found = tuple(self.expect(settings, results))
        broken = [one for one in found if not one.holds]
        if not found:
            return Evidence("expectations", "undecided", "the study expects nothing of these settings", samples=0)
        if broken:
            witness = {"expected": broken[0].statement, "measured": broken[0].measured, "settings": changes}
            told = f"does not hold: {', '.join(one.statement for one in broken)}"
            return Evidence("expectations", "refuted", told, samples=len(results), witness=witness)
        told = f"all {len(found)} expectations hold in {len(results)} runs"
        return Evidence("expectations", "corroborated", told, samples=len(results))
