"""Replay traces in a process of its own: ``python -I replay.py FILE.json ...``

One JSON line a file: {"file", "claim", "status": "accepted" | "rejected" | "unreadable", "digest", "hypotheses",
"axioms", "rules", "steps", "seconds", "error"}, then one line {"modules": [...]} that names every module loaded. Exit
status 0 if every trace is accepted, 1 if one is rejected, 2 if a file cannot be read.
"""

from __future__ import annotations

import json
import sys
import time
import types
from collections import Counter
from pathlib import Path
from typing import Any


def _kernel() -> Any:
    """The trace module of the kernel beside this file, below empty parents: nothing else of the package is run."""
    here = Path(__file__).resolve().parent
    for name, folder in (("twinproof", here.parent.parent), ("twinproof.proofs", here.parent)):
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module
    from importlib import import_module

    return import_module("twinproof.proofs.kernel.trace")


def _replay(kernel: Any, path: str) -> dict[str, Any]:
    from twinproof.proofs.kernel.text import text

    started = time.perf_counter()
    row: dict[str, Any] = {"file": path, "claim": None, "status": "unreadable", "error": None}
    try:
        trace = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        return row | {"error": error.strerror or str(error)}
    except (ValueError, RecursionError) as error:
        return row | {"error": str(error)}
    row["claim"] = trace.get("claim") if isinstance(trace, dict) else None
    try:
        theorems = kernel.decode(trace)
    except (kernel.TraceError, kernel.RuleError) as error:
        return row | {"status": "rejected", "error": "; ".join([str(error), *getattr(error, "__notes__", [])])}
    last = theorems[-1]
    return row | {
        "status": "accepted",
        "digest": kernel.digest(last.hypotheses, last.statement),
        "hypotheses": sorted(map(text, last.hypotheses)),
        "statement": text(last.statement),
        "axioms": sorted(last.axioms),
        "rules": dict(sorted(Counter(t.step.rule for t in theorems).items())),
        "steps": len(theorems),
        "seconds": round(time.perf_counter() - started, 3),
    }


def main(paths: list[str]) -> int:
    """Replay the traces at these paths, print a line on each, and return the exit status."""
    sys.setrecursionlimit(20_000)
    kernel = _kernel()
    rows = [_replay(kernel, path) for path in paths]
    for row in rows:
        print(json.dumps(row), flush=True)
    print(json.dumps({"modules": sorted(sys.modules)}))
    found = {row["status"] for row in rows}
    return 2 if "unreadable" in found else 1 if "rejected" in found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
