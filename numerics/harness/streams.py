"""Random streams that are addressed, not consumed: a figure depends on its seed and its address alone."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

_TORCH_DEFAULT = threading.RLock()  # one default generator a process: one borrower at a time

_WORD = 2**32


def _words(part: int | str) -> tuple[int, ...]:
    """Return one part of an address as 32-bit words: an int is one word, a string four words of its SHA-256.

    Not `hash`: that changes with PYTHONHASHSEED.
    """
    if isinstance(part, str):
        digest = hashlib.sha256(part.encode()).digest()
        return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    if isinstance(part, bool) or not isinstance(part, (int, np.integer)):
        raise TypeError(f"key: found {part!r} ({type(part).__name__}), expected int or str")
    if not 0 <= part < _WORD:  # a larger one would spill into the next word and could meet another address
        raise ValueError(f"key: found {part}, expected an int from 0 to {_WORD - 1}")
    return (int(part),)


@dataclass(frozen=True)
class Stream:
    """An address of randomness: a seed and a spawn key of `numpy.random.SeedSequence`.

    Every call of `generator` or `torch` starts the same numbers anew. Give each use an address of its own:

    >>> stream = Stream(0).spawn("relu-norm-preservation", "fan-out")
    >>> draws = stream.spawn(3).generator().standard_normal(2)
    >>> bool((draws == stream.spawn(3).generator().standard_normal(2)).all())
    True

    Attributes:
        seed: the seed of the run, an int >= 0.
        key: the spawn key, 32-bit words.

    Reference: O'Neill's seed_seq as in NumPy's "Parallel random number generation".
    """

    seed: int
    key: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, (int, np.integer)):
            raise TypeError(f"seed: found {self.seed!r} ({type(self.seed).__name__}), expected an int >= 0")
        if self.seed < 0:
            raise ValueError(f"seed: found {self.seed}, expected an int >= 0")
        object.__setattr__(self, "seed", int(self.seed))

    def spawn(self, *key: int | str) -> Stream:
        """Return the stream at a longer address; `spawn(a).spawn(b)` is `spawn(a, b)`.

        Raises:
            TypeError, ValueError: for a part that is neither a string nor an int of 32 bits.
        """
        return Stream(self.seed, self.key + tuple(word for part in key for word in _words(part)))

    def sequence(self) -> np.random.SeedSequence:
        """Return the SeedSequence of this address."""
        return np.random.SeedSequence(self.seed, spawn_key=self.key)

    def generator(self) -> np.random.Generator:
        """Return a fresh NumPy generator (SFC64: the fastest of NumPy's, and it passes PractRand)."""
        return np.random.Generator(np.random.SFC64(self.sequence()))

    def number(self) -> int:
        """Return 63 bits as an int, for libraries that take one int as a seed."""
        return int(self.sequence().generate_state(1, np.uint64)[0] >> 1)

    def torch(self) -> torch.Generator:
        """Return a fresh torch generator on the CPU (its Mersenne twister keeps 32 of the 63 seed bits)."""
        import torch

        return torch.Generator().manual_seed(self.number())

    @contextlib.contextmanager
    def torch_default(self) -> Iterator[None]:
        """Let torch's default generator produce this stream inside the block; restore it afterwards.

        For objects that take no generator (`nn.Linear`, `nn.Dropout`). Holds a lock: threads take turns.
        """
        import torch

        with _TORCH_DEFAULT, torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self.number())
            yield
