"""P1: literal Monte Carlo of E norm(relu(W x))^2, W drawn afresh each time, m = d = 512, float32, 32 draws.

python benchmarks/literal_sampling.py [--quick]

Against a loop over draws in NumPy and against torch's normals alone (what the random numbers cost, with no product at
all), interleaved in one process, one thread, medians. Goals: at least 4.5 times the speed of the loop, at most 1.15 of
the time of torch's normals, at most 4 MiB of extra memory. Two samplers: `gaussian_norm_sampler` makes its own normals;
`squared_norm_sampler` calls torch.nn.init, so that it cannot beat torch's normals, nor any goal that they miss.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from twinproof.numerics.harness.workers import limit_threads

limit_threads()  # before NumPy is loaded

import numpy as np  # noqa: E402
import torch  # noqa: E402

from twinproof.numerics.harness.sampling import gaussian_norm_sampler, squared_norm_sampler  # noqa: E402
from twinproof.numerics.harness.streams import Stream  # noqa: E402

SIZE, DRAWS = 512, 32


def kaiming(weight: torch.Tensor) -> None:
    torch.nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu")


def samplers(size: int = SIZE) -> dict[str, Callable[[Stream], object]]:
    x = torch.ones(size) / size**0.5
    std = (2 / size) ** 0.5
    own = gaussian_norm_sampler(std, x, rows=size, activation=torch.relu)
    init = squared_norm_sampler(kaiming, x, rows=size, activation=torch.relu)
    weight, vector = torch.empty(size, size), x.numpy()

    def normals(stream: Stream) -> None:
        generator = stream.torch()
        for _ in range(DRAWS):
            weight.normal_(generator=generator)

    def loop(stream: Stream) -> list[float]:
        generator, found = np.random.default_rng(stream.number()), []
        for _ in range(DRAWS):
            matrix = (std * generator.standard_normal((size, size))).astype(np.float32)
            y = np.maximum(matrix @ vector, 0)
            found.append(float(y @ y))
        return found

    return {
        "own normals": lambda stream: own(stream, DRAWS),
        "torch.nn.init": lambda stream: init(stream, DRAWS),
        "torch's normals alone": normals,
        "NumPy loop": loop,
    }


def memory(name: str) -> float:
    """Return how many MiB the peak of a fresh process grows by while it samples."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); import literal_sampling as b\n"
        "from twinproof.numerics.harness.streams import Stream\n"
        "run = b.samplers()[sys.argv[1]]; b.samplers(48)[sys.argv[1]](Stream(1))\n"  # load the code first
        "read = lambda key: int(next(l for l in open('/proc/self/status') if l.startswith(key)).split()[1])\n"
        "open('/proc/self/clear_refs', 'w').write('5')\n"  # forget the peak of importing torch (Linux only)
        "before = read('VmRSS'); run(Stream(0)); print(read('VmHWM') - before)"
    )
    here = str(Path(__file__).resolve().parent)
    command = [sys.executable, "-c", code, name, here]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - starts itself
    return int(done.stdout) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    rounds = 7 if parser.parse_args().quick else 31
    torch.set_num_threads(1)
    runs = samplers()
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for i in range(rounds + 2):
        for name, run in runs.items():
            started = time.perf_counter()
            run(Stream(0).spawn(i))
            if i >= 2:  # two rounds to warm up
                taken[name].append(time.perf_counter() - started)
    median = {name: float(np.median(times)) for name, times in taken.items()}
    for name, seconds in median.items():
        print(f"{name:24s} {1e3 * seconds / DRAWS:7.3f} ms a draw")
    normals, loop = median["torch's normals alone"], median["NumPy loop"]
    print(f"torch's normals alone: {loop / normals:.2f} times the speed of the loop, a ceiling for torch.nn.init")
    missed = 0
    for name in ("own normals", "torch.nn.init"):
        faster, share, extra = loop / median[name], median[name] / normals, memory(name)
        bad = [faster < 4.5, share > 1.15, extra > 4.0]
        missed += sum(bad) if name == "own normals" else 0
        print(
            f"{name}: {faster:.2f} times the loop (goal 4.5){' MISSED' * bad[0]}, {share:.2f} of torch's normals "
            f"(goal 1.15){' MISSED' * bad[1]}, {extra:.1f} MiB extra (goal 4){' MISSED' * bad[2]}"
        )
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
