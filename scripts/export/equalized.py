"""Layers that StyleGAN2's generator and discriminator, the encoders and BlendGAN share.

Equalized learning rate (Karras et al., "Progressive Growing of GANs", section 4.1): weights are stored as drawn from
N(0, 1) and scaled by their fan-in when used. They stay stored like that, since Adam's steps, when a style is learned,
have to be as large as in the original programs, and since fp16 keeps more of them.
No `from __future__ import annotations` here: TorchScript does not see `Final` behind it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# TorchScript takes constants from Final attributes of a module only: layers name these two there.
LEAK = 0.2  # of every leaky ReLU of StyleGAN2
GAIN = math.sqrt(2.0)  # makes up for what the leaky ReLU takes from the variance
STYLE_WIDTH = 512  # entries of z, w and of one row of W+


class PixelNorm(nn.Module):
    """x [N,C] to x / sqrt(mean over C of x^2 + 1e-8): unit length a channel. No keys."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


class EqualLinear(nn.Module):
    """x [...,I] to x (W scale)^T + bias rate, scale = rate / sqrt(I); then sqrt(2) leaky_relu(., 0.2) if `activate`."""

    scale: torch.jit.Final[float]
    rate: torch.jit.Final[float]
    activate: torch.jit.Final[bool]
    leak: torch.jit.Final[float] = LEAK
    gain: torch.jit.Final[float] = GAIN

    def __init__(self, inputs: int, outputs: int, rate: float = 1.0, activate: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.scale = rate / math.sqrt(inputs)
        self.rate = rate
        self.activate = activate

    def forward(self, x: Tensor) -> Tensor:
        y = F.linear(x, self.weight * self.scale, self.bias * self.rate)
        if self.activate:
            y = F.leaky_relu(y, self.leak) * self.gain
        return y


def mapping_network() -> nn.Sequential:
    """Eight activated layers 512 to 512 behind a PixelNorm: z to w (StyleGAN, section 2). Keys `1.*` to `8.*`."""
    layers: list[nn.Module] = [PixelNorm()]
    layers += [EqualLinear(STYLE_WIDTH, STYLE_WIDTH, rate=0.01, activate=True) for _ in range(8)]
    return nn.Sequential(*layers)


class Fir(nn.Module):
    """The 4x4 smoothing filter [1,3,3,1] x [1,3,3,1] / 64 times its gain, from the checkpoint's buffer `kernel`.

    One channel at a time, as a depthwise convolution: five to fifteen times as fast on the CPU as folding the channels
    into the batch, which is how the original programs do without their CUDA kernel.
    """

    kernel: Tensor
    padding: torch.jit.Final[int]
    stride: torch.jit.Final[int]

    def __init__(self, padding: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.padding = padding
        self.stride = stride
        self.register_buffer("kernel", torch.empty(4, 4))

    def _each(self, channels: int) -> Tensor:
        return self.kernel.view(1, 1, 4, 4).expand(channels, 1, 4, 4)

    @torch.jit.export
    def smooth(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """x [N,C,H,W] filtered, zeros outside, to sides (side + 2 padding - 4) / stride + 1; bias [C] added."""
        kernel = self._each(x.size(1)).flip(2, 3)  # a filter convolves, conv2d correlates
        return F.conv2d(x, kernel, bias, stride=self.stride, padding=self.padding, groups=x.size(1))

    @torch.jit.export
    def double(self, x: Tensor) -> Tensor:
        """x [N,C,H,W] to [N,C,2H,2W]: zeros put between the pixels, then filtered."""
        return F.conv_transpose2d(x, self._each(x.size(1)), stride=2, padding=1, groups=x.size(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.smooth(x, None)
