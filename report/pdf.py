"""Running TeX with the door shut, and reading what it says.

TeX runs without shell escape, without reading or writing outside its folder, and within a time limit. Its log is
read for errors, boxes that stick out of the page, letters that a font lacks and references that lead nowhere: any of
them is a failure, because each is something that a reader would see or miss.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("texlive-latex-recommended", "lmodern")
"""The Debian packages whose contents the template may use."""

MISSING = f"no pdflatex here; on Debian: apt-get install {' '.join(PACKAGES)}"

_ENVIRONMENT = {
    "openin_any": "p",
    "openout_any": "p",
    "max_print_line": "10000",  # one message, one line
    "error_line": "254",
    "half_error_line": "238",
}
_FAULTS = (
    re.compile(r"^! .*"),
    re.compile(r"^[^\s:][^:]*:\d+: .*"),
    re.compile(r"^Overfull \\[hv]box .*"),
    re.compile(r"^Missing character: .*"),
    re.compile(r"^LaTeX Warning: .*(?:undefined|multiply defined).*"),
    re.compile(r"^LaTeX Font Warning: .*undefined.*"),
)


@dataclass
class TexError(Exception):
    """TeX failed, or set something that sticks out.

    Attributes:
        faults: the lines of the log that say so.
        log: where the log was kept, or None.
    """

    faults: tuple[str, ...]
    log: Path | None = None

    def __str__(self) -> str:
        shown = "\n  ".join(self.faults[:8])
        more = f"\n  and {len(self.faults) - 8} more" if len(self.faults) > 8 else ""
        where = f"\nthe whole log: {self.log}" if self.log else ""
        return f"TeX is not content with the report:\n  {shown}{more}{where}"


def available() -> bool:
    """Whether there is a pdflatex with the fonts that the template uses."""
    if shutil.which("pdflatex") is None:
        return False
    finder = shutil.which("kpsewhich")
    if finder is None:
        return True
    wanted = ["lmodern.sty", "scrartcl.cls", "booktabs.sty"]
    found = subprocess.run([finder, *wanted], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return found.returncode == 0


def faults(log: str) -> tuple[str, ...]:
    r"""The lines of a TeX log that a reader of the document would pay for, each once.

    >>> faults("Overfull \\hbox (3.1pt too wide) in paragraph at lines 4--5")
    ('Overfull \\hbox (3.1pt too wide) in paragraph at lines 4--5',)
    """
    found = [line.rstrip() for line in log.splitlines() if any(fault.match(line) for fault in _FAULTS)]
    return tuple(dict.fromkeys(found))


def compile_twice(folder: Path, name: str, *, seconds: float = 120.0) -> Path:
    """Compile ``folder/name.tex`` to ``folder/name.pdf``; the second run sets references and contents.

    Args:
        folder: holds the source and all that it reads; nothing else is reachable.
        name: of the source, without its ending.
        seconds: for both runs together.

    Returns:
        The PDF's path.

    Raises:
        TexError: with the lines of the log that say what is wrong, also when the time is over.
    """
    log = folder / f"{name}.log"
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error"]
    for _ in range(2):
        status = _run([*command, f"{name}.tex"], folder, seconds / 2)
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        if status is None:
            raise TexError((f"pdflatex was stopped after {seconds / 2:g} s",), log)
        if status != 0:
            raise TexError(faults(text) or (f"pdflatex ended with status {status}",), log)
    wrong = faults(text)
    if wrong:
        raise TexError(wrong, log)
    return folder / f"{name}.pdf"


def _run(command: list[str], folder: Path, seconds: float) -> int | None:
    """The exit status, or None when the time was over; the whole process group ends with it."""
    process = subprocess.Popen(  # noqa: S603 - the words are fixed above, the folder is ours
        command,
        cwd=folder,
        # nothing else of the environment: TEXINPUTS and its kin could lead out of the folder
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), **_ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
