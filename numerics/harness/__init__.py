"""Machinery of the numeric arm; empty, so that a worker can limit its threads before NumPy is loaded."""
