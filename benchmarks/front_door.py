"""What a user waits for: importing twinproof, the list, all replays, verifying everything.

python benchmarks/front_door.py [--quick]

Wall-clock seconds of whole processes, medians. Goals: import at most 0.15 s above a bare interpreter (both in turn),
`twinproof list` 1.5 s, all stored proofs replayed in 5 s, `twinproof verify` in 30 s on two cores.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import twinproof as tp

IMPORT, LIST, REPLAY, VERIFY = 0.15, 1.5, 5.0, 30.0


def seconds(*arguments: str, folder: str) -> float:
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - starts this interpreter
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return taken


def median(rounds: int, *arguments: str, folder: str) -> float:
    return statistics.median(seconds(*arguments, folder=folder) for _ in range(rounds))


def show(what: str, taken: float, goal: float) -> bool:
    missed = taken > goal
    print(f"{what:44s} {taken:7.3f} s, {taken / goal:.2f} of the goal {goal} s{' MISSED' * missed}", flush=True)
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        seconds("-c", "import twinproof", folder=folder)  # compiles what was not compiled yet
        bare, full = [], []
        for _ in range(7 if quick else 21):
            bare.append(seconds("-c", "pass", folder=folder))
            full.append(seconds("-c", "import twinproof", folder=folder))
        missed = [
            show(
                "import twinproof, above a bare interpreter", statistics.median(full) - statistics.median(bare), IMPORT
            )
        ]
        missed.append(show("twinproof list", median(3 if quick else 9, "-m", "twinproof", "list", folder=folder), LIST))
        files = []
        for claim in tp.claims(kind="theory"):
            seconds("-m", "twinproof", "show", claim.id, "--trace", f"{claim.id}.json", folder=folder)
            files.append(str(Path(folder) / f"{claim.id}.json"))
        replay = median(1 if quick else 3, "-m", "twinproof", "replay", *files, folder=folder)
        missed.append(show(f"twinproof replay, {len(files)} proofs", replay, REPLAY))
        verify = median(1 if quick else 3, "-m", "twinproof", "verify", "--jobs", "2", folder=folder)
        missed.append(show(f"twinproof verify, {len(files)} claims, two processes", verify, VERIFY))
    raise SystemExit(1 if any(missed) else 0)


if __name__ == "__main__":
    main()
