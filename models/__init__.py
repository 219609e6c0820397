"""PyTorch and NumPy models and solvers: the real objects that experiments examine, and the coding parts of the sources.

    >>> from twinproof.models import ResNet
    >>> sum(parameter.numel() for parameter in ResNet(16, 8, 8).parameters())
    5018

Each file has its own subject; the names that a reader of a coding part looks for can be had from here as well.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .backprop import Network
    from .cafe import CAFENet
    from .faces import load_faces
    from .fitting import fit_and_validate, loss_batch
    from .idx import fashion_mnist
    from .kernels import polynomial, rbf
    from .mlp import MLP
    from .random_features import RandomFeatures
    from .residual import ResidualMLP
    from .resnet import Block, ResNet
    from .split_transform import Bottleneck, GroupedSplitTransformMerge, SplitTransformMerge
    from .svm import InfeasibleError, svm_grid_predictor, svm_predictor, svm_solver

__all__ = [
    "MLP",
    "Block",
    "Bottleneck",
    "CAFENet",
    "GroupedSplitTransformMerge",
    "InfeasibleError",
    "Network",
    "RandomFeatures",
    "ResNet",
    "ResidualMLP",
    "SplitTransformMerge",
    "fashion_mnist",
    "fit_and_validate",
    "load_faces",
    "loss_batch",
    "polynomial",
    "rbf",
    "svm_grid_predictor",
    "svm_predictor",
    "svm_solver",
]

_HOME = {
    "backprop": ("Network",),
    "cafe": ("CAFENet",),
    "faces": ("load_faces",),
    "fitting": ("fit_and_validate", "loss_batch"),
    "idx": ("fashion_mnist",),
    "kernels": ("polynomial", "rbf"),
    "mlp": ("MLP",),
    "random_features": ("RandomFeatures",),
    "residual": ("ResidualMLP",),
    "resnet": ("Block", "ResNet"),
    "split_transform": ("Bottleneck", "GroupedSplitTransformMerge", "SplitTransformMerge"),
    "svm": ("InfeasibleError", "svm_grid_predictor", "svm_predictor", "svm_solver"),
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for (PEP 562): the models of NumPy alone do without torch."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
