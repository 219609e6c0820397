"""The search for counterexamples: small cases exactly, then edge points, then random ones."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from .evidence import Evidence, jsonable
from .streams import Stream

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Case = TypeVar("Case")
Array: TypeAlias = NDArray[np.float64]

SMALL_ENTRIES = (0, 1, -1, 2, -2)
"""Entries of small cases, simplest first: the first counterexample found is already a simple one."""

Kind = Literal["integers", "normal", "sparse", "coordinate", "ties", "tiny", "huge", "mixed"]
KINDS: tuple[Kind, ...] = ("integers", "normal", "sparse", "coordinate", "ties", "tiny", "huge", "mixed")


def small_shapes(axes: int, most: int) -> tuple[tuple[int, ...], ...]:
    """Return all shapes of `axes` axes with at most `most` entries, the smallest first."""
    shapes = itertools.product(range(1, most + 1), repeat=axes)
    return tuple(sorted((s for s in shapes if math.prod(s) <= most), key=lambda s: (math.prod(s), s)))


def small_arrays(
    shape: Sequence[int], entries: Sequence[int | Fraction] = SMALL_ENTRIES
) -> Iterator[NDArray[np.object_]]:
    """Yield every array of the shape with the given entries, as exact fractions (dtype object)."""
    values = [Fraction(entry) for entry in entries]
    for flat in itertools.product(values, repeat=math.prod(shape)):
        array = np.empty(len(flat), dtype=object)
        array[:] = flat
        yield array.reshape(tuple(shape))


def edge_values(*kinks: float, dtype: str = "float64", infinite: bool = False) -> tuple[float, ...]:
    """Return the numbers at which defects hide, each once, in both signs.

    0 and -0, the least subnormal and normal numbers, the unit of rounding, 1 and its neighbours, each kink
    with its neighbours on either side, numbers whose square or fourth power over- or underflows, the
    largest number; and the infinities on request.

    Args:
        kinks: thresholds of the function at hand (0 is always one).
        dtype: "float32" or "float64": in which the neighbours and extremes are taken.
        infinite: include both infinities.
    """
    kind = np.dtype(dtype).type
    info = np.finfo(kind)
    most, least, normal = float(info.max), float(info.smallest_subnormal), float(info.smallest_normal)
    sizes = [0.0, least, normal, float(info.eps), 1e-3, 0.5, 1.0, 2.0, math.pi, 20.0, 100.0]
    sizes += [normal**0.5, normal**0.25, most**0.25, most**0.5, most / 2, most]
    found: dict[str, float] = {}
    for size in sizes:
        for value in (size, -size):
            found.setdefault(repr(value), float(kind(value)))
    for kink in (0.0, 1.0, -1.0, *kinks):
        for value in (kind(kink), np.nextafter(kind(kink), kind(np.inf)), np.nextafter(kind(kink), kind(-np.inf))):
            found.setdefault(repr(float(value)), float(value))
    if infinite:
        found.update({"inf": math.inf, "-inf": -math.inf})
    return tuple(found.values())


@dataclass(frozen=True, order=True)
class Seeded:
    """A random array as its recipe: shape, kind and seed. Cheap to draw, to shrink, to print and to repeat.

    Attributes:
        shape: the array's shape.
        kind: "integers" in -3..3, "normal", "sparse" (about one entry in four), "coordinate" (one entry),
            "ties" (one normal number throughout, random signs), "tiny" and "huge" (normal times 1e-12 or
            1e12), "mixed" (magnitudes from 1e-12 to 1e12).
        seed: of the entries.
    """

    shape: tuple[int, ...]
    kind: Kind = "normal"
    seed: int = 0

    def array(self) -> Array:
        """Return the array, float64."""
        g = Stream(self.seed).spawn("seeded", self.kind, *self.shape).generator()
        size = math.prod(self.shape)
        x = g.standard_normal(size)
        if self.kind == "integers":
            x = g.integers(-3, 4, size).astype(np.float64)
        elif self.kind == "sparse":
            x *= g.random(size) < 0.25
        elif self.kind == "coordinate" and size:
            x *= np.arange(size) == g.integers(size)
        elif self.kind == "ties" and size:
            x = x[0] * g.choice(np.array([-1.0, 1.0]), size)
        elif self.kind == "tiny":
            x *= 1e-12
        elif self.kind == "huge":
            x *= 1e12
        elif self.kind == "mixed":
            x *= 10.0 ** g.integers(-12, 13, size)
        return np.asarray(x.reshape(self.shape))


def seeded(axes: int = 1, most: int = 8, kinds: Sequence[Kind] = KINDS) -> SearchStrategy[Seeded]:
    """Return a Hypothesis strategy of recipes: it draws a shape, a kind and a seed, not entry by entry.

    A vector of length 100 costs three choices instead of a hundred, and shrinks to small shapes at once.
    """
    from hypothesis import strategies as st

    shapes = st.tuples(*[st.integers(1, most)] * axes)
    return st.builds(Seeded, shapes, st.sampled_from(tuple(kinds)), st.integers(0, 2**31 - 1))


def shrink_array(fails: Callable[[Array], bool], array: Array, *, steps: int = 400) -> Array:
    """Return a simpler array for which `fails` still is True: fewer nonzero entries, and rounder ones.

    Greedy: blocks of entries, halving, are set to 0, then each entry is tried as 1, -1, a small integer and
    with one or two digits; at most `steps` calls of `fails`. The result is never worse than the argument.
    """
    best = np.array(array, dtype=np.float64)
    left = steps

    def attempt(trial: Array) -> bool:
        nonlocal best, left
        if left <= 0 or np.array_equal(trial, best):
            return False
        left -= 1
        if fails(trial):
            best = trial
            return True
        return False

    block = best.size
    while block >= 1:
        for start in range(0, best.size, block):
            trial = best.copy()
            trial.reshape(-1)[start : start + block] = 0.0
            attempt(trial)
        block //= 2
    for index in range(best.size):
        value = float(best.reshape(-1)[index])
        if value == 0.0 or not math.isfinite(value):
            continue
        for simpler in (1.0, -1.0, float(f"{value:.0e}"), float(round(value)), float(f"{value:.1e}")):
            trial = best.copy()
            trial.reshape(-1)[index] = simpler
            if simpler not in (0.0, value) and attempt(trial):
                break
    return best


def _show(case: object) -> Mapping[str, object]:
    if isinstance(case, Mapping):
        return case
    if isinstance(case, Seeded):
        return {"shape": list(case.shape), "kind": case.kind, "seed": case.seed, "array": case.array()}
    return {"case": case}


def search_counterexample(
    holds: Callable[[Any], bool],
    *,
    cases: Iterable[Any] = (),
    strategy: SearchStrategy[Any] | None = None,
    examples: int = 100,
    stream: Stream,
    shrink: Callable[[Callable[[Any], bool], Any], Any] | None = None,
    show: Callable[[Any], Mapping[str, object]] = _show,
    check: Callable[[], None] | None = None,
    name: str = "search",
    reproduce: str | None = None,
) -> Evidence:
    """Look for a case for which the property fails.

    First every one of `cases` in order (chain `small_arrays`, `edge_values`: simplest first), then
    `examples` drawn by Hypothesis, which shrinks what it finds. The witness is shrunk further by `shrink`,
    evaluated once more, and only then shown.

    Args:
        holds: the property, deterministic. What it raises is passed on: an exception is no counterexample.
        cases: tried first, all of them.
        strategy: of further cases.
        examples: how many of these.
        stream: address of randomness.
        shrink: called as shrink(fails, case); returns a simpler failing case (`shrink_array`).
        show: the witness as a mapping of numbers, lists and strings.
        check: called before each case; may raise, for instance `Trial.check_deadline`.
        name, reproduce: of the evidence.

    Returns:
        Evidence: "refuted" with the witness, "corroborated" with the number of cases tried, or "undecided" if
        nothing was tried or a counterexample did not repeat.
    """
    tried = 0

    def fails(case: Any) -> bool:
        nonlocal tried
        if check is not None:
            check()
        tried += 1
        return not holds(case)

    found: list[Any] = [next(itertools.islice(filter(fails, cases), 1), _NONE)]
    if found[0] is _NONE and strategy is not None:
        found[0] = _find(strategy, fails, examples, stream)
    count = tried
    if found[0] is _NONE:
        if not count:
            return Evidence(name, "undecided", "no case was tried", 0, reproduce=reproduce)
        return Evidence(name, "corroborated", f"holds for all {count:,} cases tried", count, reproduce=reproduce)
    case = found[0]
    if shrink is not None:
        simpler = shrink(fails, case)
        case = simpler if fails(simpler) else case
    if not fails(case):
        reason = "a counterexample was found but did not repeat: the property is not deterministic"
        return Evidence(name, "undecided", reason, count, reproduce=reproduce)
    witness = dict(show(case))
    shown = ", ".join(f"{key} = {jsonable(value)}" for key, value in witness.items())
    summary = f"fails for case {count:,}: {shown if len(shown) <= 200 else shown[:197] + '...'}"
    return Evidence(name, "refuted", summary, count, witness=witness, reproduce=reproduce)


class _None:
    """No case: None may be one."""


_NONE = _None()


def _find(
    strategy: SearchStrategy[Any], fails: Callable[[Any], bool], examples: int, stream: Stream
) -> Any:
    """Return Hypothesis's smallest failing case, or `_NONE`; the same for the same stream."""
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis.errors import NoSuchExample

    quiet = settings(
        max_examples=examples,
        database=None,  # nothing is remembered between runs: a figure depends on its seed alone
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=tuple(HealthCheck),
    )
    try:
        return find(strategy, fails, settings=quiet, random=random.Random(stream.number()))  # noqa: S311 - no secret
    except NoSuchExample:
        return _NONE
