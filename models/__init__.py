"""PyTorch and NumPy models and solvers: the real objects that experiments examine."""
