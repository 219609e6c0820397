"""The kernel: terms, rules, theorems, traces, replay. Standard library only; `rules` is the place to start reading."""

if not __name__.startswith("twinproof."):
    raise ImportError(
        f"import this package as twinproof.proofs.kernel, not as {__name__}: a second copy would have its own theorems"
    )

# brackets and sums fill the tables of `normal`; the last four register the inferences of `rules`
from . import brackets, chance, definition, logic, order, sums

__all__ = ["brackets", "chance", "definition", "logic", "order", "sums"]
