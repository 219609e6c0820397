"""Run the benchmarks: each prints what it measured against its goal.

python -m benchmarks [--quick] [NAME ...]

Each runs in a process of its own, one after the other, so that none disturbs another. Exit status 1 if one missed a
goal or failed, else 0; 2 for an unknown name.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; without a name all")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: a look, no measurement")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in NAMES]
    if unknown:
        parser.error(f"NAME: found {', '.join(unknown)}, expected of {', '.join(NAMES)}")
    outcomes = []
    for name in arguments.names or NAMES:
        print(f"== {name}", flush=True)
        command = [sys.executable, str(FOLDER / f"{name}.py"), *["--quick"] * arguments.quick]
        started = time.perf_counter()
        status = subprocess.run(command, check=False).returncode  # noqa: S603 - starts its own neighbours
        outcomes.append((name, status, time.perf_counter() - started))
    print("== summary")
    for name, status, taken in outcomes:
        found = "every goal met" if status == 0 else "MISSED a goal, or failed: see above"
        print(f"{name:20s} {found} ({taken:.0f} s)")
    raise SystemExit(1 if any(status for _, status, _ in outcomes) else 0)


if __name__ == "__main__":
    main()
