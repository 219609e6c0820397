"""Machinery of proofs: notation, the search for lines, derivations, false siblings and the models that refute them."""
