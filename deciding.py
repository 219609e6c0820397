"""The page ``docs/decides.md``: what twinproof decides and on what that rests, made by running all of it.

``python -m twinproof.deciding FILE`` verifies the whole theory and writes the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import catalogue
from .discussions import DISCUSSIONS

if TYPE_CHECKING:
    from .numerics.harness.verdict import Verdict

_HEAD = """\
# What twinproof decides

Made by `python -m twinproof.deciding docs/decides.md`, from a run (quick profile, seed 0); not written by hand.
Axioms are facts of analysis that the kernel takes on trust; a twin is a false sibling that the experiments refuted in
this run; behind it stands how the proof arm knows that it cannot be derived.
"""


def page(verdicts: Mapping[str, Verdict]) -> str:
    """The page as Markdown.

    Args:
        verdicts: of all claims of theory, by id.
    """
    return "\n".join([_HEAD, *_summary(verdicts), *(line for id in verdicts for line in _claim(id, verdicts[id]))])


def _summary(verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    yield "| claim | verdict | axioms | experiments | twins |"
    yield "|---|---|---|---|---|"
    for id, verdict in verdicts.items():
        axioms = ", ".join(verdict.proof.axioms) or "none"
        yield f"| [{id}](#{id}) | {verdict.status} | {axioms} | {len(verdict.evidence)} | {len(verdict.twins)} |"
    yield ""
    names = ", ".join(f"`{question.id}`" for question in DISCUSSIONS)
    yield f"Questions without a verdict, for which only facts are listed (`twinproof show ID`): {names}."
    yield ""


def _claim(id: str, verdict: Verdict) -> Iterator[str]:
    found = catalogue.proposition(id)
    evidence = {false.name: _EVIDENCE[false.negation is not None] for false in found.false}
    yield f"## {id}"
    yield ""
    yield f"{found.title}."
    yield ""
    for hypothesis in found.hypotheses:
        if hypothesis.role != "definition":
            needed = hypothesis.needed_by
            place = f"needed: see `{needed}`" if needed else "gives the statement its meaning"
            yield f"- assumes that {hypothesis.words} ({place})"
    for twin in verdict.twins:
        declared = next(one for one in catalogue.claim(id).twins if one.name == twin.evidence.name)
        derivable = evidence.get(declared.statement or "", "changes the object, has no term")
        yield f"- twin `{declared.name}`, {twin.evidence.status}: {declared.change} ({derivable})"
    for sentence in found.not_covered:
        yield f"- not covered: {sentence}"
    yield ""


_EVIDENCE = {False: "a finite model violates it", True: "the kernel proves its negation"}


def main() -> int:
    """Verify everything and write the page to the file named on the command line."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m twinproof.deciding FILE\n")
        return 2
    from .records import write
    from .running import verified

    chosen = catalogue.claims(kind="theory")
    verdicts = {verdict.claim: verdict for verdict in verified(chosen, profile="quick", seed=0, jobs=None)}
    write(Path(sys.argv[1]), page(verdicts))
    return 0 if all(verdict.holds for verdict in verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
