"""The residual network whose gradients the residual claims describe."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .activations import make_activation


class ResidualMLP(nn.Module):
    """A fully connected network with skip connections between its hidden layers of equal width.

    With n inputs, hidden width m and K hidden layers (depth L = K + 1 >= 2):

        h_0 = x,   h_1 = act(A_0 x + b_0),   h_{l+1} = act(A_l h_l + b_l) + h_l  (l = 1, ..., K-1),
        out = c . h_K + c_0.

    The first layer changes the width and the last has one output, so neither has a skip. Shapes: A_0 (m, n),
    A_l (m, m), b_l (m,), c (m,), c_0 a scalar; input (..., n), output (...). With `skip=False` the summand
    h_l is left out: the plain network to compare with.
    Raises ValueError unless n, m, K >= 1.
    """

    def __init__(
        self,
        n: int,
        m: int,
        hidden: int,
        activation: str | nn.Module = "tanh",
        *,
        skip: bool = True,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        for name, value in (("n", n), ("m", m), ("hidden", hidden)):
            if value < 1:
                raise ValueError(f"{name}: expected a positive integer, got {value!r}")
        self.n, self.m, self.skip = n, m, skip
        self.activation = make_activation(activation)
        self.blocks = nn.ModuleList(nn.Linear(n if index == 0 else m, m, dtype=dtype) for index in range(hidden))
        self.output = nn.Linear(m, 1, dtype=dtype)

    @property
    def hidden(self) -> int:
        """The number K of hidden layers."""
        return len(self.blocks)

    def block(self, index: int) -> nn.Linear:
        """Return the linear map of hidden layer `index` (0 is the first)."""
        layer = self.blocks[index]
        if not isinstance(layer, nn.Linear):
            raise TypeError(f"block {index} is a {type(layer).__name__}, expected nn.Linear")
        return layer

    def layer(self, index: int, h: Tensor) -> Tensor:
        """Map h_index of shape (..., n or m) to h_{index+1} of shape (..., m)."""
        value: Tensor = self.activation(self.blocks[index](h))
        return value + h if self.skip and index >= 1 else value

    def states(self, x: Tensor) -> list[Tensor]:
        """Return [h_0, ..., h_K] for the input x of shape (..., n)."""
        states = [x]
        for index in range(self.hidden):
            states.append(self.layer(index, states[-1]))
        return states

    def head(self, h: Tensor) -> Tensor:
        """Map h_K of shape (..., m) to the output of shape (...)."""
        value: Tensor = self.output(h)
        return value.squeeze(-1)

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (..., n) to the output of shape (...)."""
        return self.head(self.states(x)[-1])

    def normal_(self, std: float, generator: torch.Generator) -> ResidualMLP:
        """Redraw every weight and bias from N(0, std^2), in place; return the module itself."""
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=std, generator=generator)
        return self
