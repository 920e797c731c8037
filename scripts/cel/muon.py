"""Optimizer for the student: orthogonalized momentum for full convolutions, Adam for everything else.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024), with the step size of Liu et al.,
"Muon is Scalable for LLM Training" (2025), which makes one learning rate serve both kinds of parameters. It needs
fewer steps than Adam alone, which matters where a step takes a second.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer


def orthogonalize(matrix: Tensor, iterations: int = 5) -> Tensor:
    """Nearest matrix with all singular values near 1, by Newton-Schulz iteration; [M,N] to [M,N]."""
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x if wide else x.T


class Muon(Optimizer):
    """Steps along the orthogonalized momentum of convolution weights [out,in,k,k], seen as [out,in·k·k]."""

    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """One update of every parameter that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if not state:
                    state["average"] = torch.zeros_like(weight)
                state["average"].lerp_(weight.grad, 1 - group["momentum"])
                ahead = weight.grad.lerp(state["average"], group["momentum"]).flatten(1)
                scale = 0.2 * max(ahead.shape) ** 0.5
                weight.add_(orthogonalize(ahead).view_as(weight), alpha=-group["lr"] * scale)


def make_optimizers(model: nn.Module, rate: float) -> list[Optimizer]:
    """Muon for the inner full convolutions; Adam for depthwise ones, biases, and the layers that touch RGB."""
    inner = [
        module.weight
        for module in model.modules()
        if isinstance(module, nn.Conv2d) and module.groups == 1 and 3 not in module.weight.shape[:2]
    ]
    chosen = {id(weight) for weight in inner}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    return [Muon(inner, rate), Adam(rest, rate, betas=(0.9, 0.99))]
