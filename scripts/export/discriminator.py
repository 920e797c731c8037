"""The features of StyleGAN2's discriminator that JoJoGAN's loss compares, with the state-dict keys of rosinality's `d`.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (residual discriminator, figure 7c); Chong and
Forsyth, "JoJoGAN: One Shot Face Stylization" (section 3: the loss). Its parameters need no gradients, its input may.
No `from __future__ import annotations` here: TorchScript does not see `Final` behind it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .equalized import GAIN, LEAK, EqualLinear, Fir
from .stylegan2 import channels_at

TAPS = (1, 3, 4, 5)  # the layers whose outputs the loss compares


class EqualConv(nn.Module):
    """x [N,I,H,W] convolved with gain W / sqrt(I k^2), no bias. Key `weight`."""

    scale: torch.jit.Final[float]
    stride: torch.jit.Final[int]
    padding: torch.jit.Final[int]

    def __init__(
        self, inputs: int, outputs: int, side: int, gain: float = 1.0, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, side, side))
        self.scale = gain / math.sqrt(inputs * side * side)
        self.stride = stride
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, stride=self.stride, padding=self.padding)


class BiasAct(nn.Module):
    """x [N,C,H,W] to leaky_relu(x + gain bias, 0.2): gain leaky_relu(conv + bias) when the convolution has the gain."""

    gain: torch.jit.Final[float]
    leak: torch.jit.Final[float] = LEAK

    def __init__(self, channels: int, gain: float) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.empty(channels))
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(x + (self.bias * self.gain)[:, None, None], self.leak, inplace=True)


class ResBlock(nn.Module):
    """x [N,I,H,W] to (conv2(conv1(x)) + skip(x)) / sqrt(2), [N,O,H/2,W/2].

    The division is taken into the convolutions. The skip filters only the pixels that its stride keeps.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half = 1 / math.sqrt(2.0)
        self.conv1 = nn.Sequential(EqualConv(inputs, inputs, 3, GAIN, padding=1), BiasAct(inputs, GAIN))
        conv2 = EqualConv(inputs, outputs, 3, GAIN * half, stride=2)
        self.conv2 = nn.Sequential(Fir(padding=2), conv2, BiasAct(outputs, GAIN * half))
        self.skip = nn.Sequential(Fir(padding=1, stride=2), EqualConv(inputs, outputs, 1, half))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x)) + self.skip(x)


class Discriminator(nn.Module):
    """image [N,3,size,size] in [-1,1] to the features at TAPS, largest first; fewer where size is below 128.

    Made with every layer of the checkpoint, so that its layout can be checked; `keep_taps` drops what no tap needs.
    """

    size: torch.jit.Final[int]

    def __init__(self, size: int, multiplier: int = 2) -> None:
        super().__init__()
        self.size = size
        inputs = channels_at(size, multiplier)
        layers: list[nn.Module] = [nn.Sequential(EqualConv(3, inputs, 1, GAIN), BiasAct(inputs, GAIN))]
        side = size
        while side > 4:
            side //= 2
            outputs = channels_at(side, multiplier)
            layers.append(ResBlock(inputs, outputs))
            inputs = outputs
        self.convs = nn.ModuleList(layers)
        # One more channel comes from the statistics of the batch.
        self.final_conv = nn.Sequential(EqualConv(inputs + 1, inputs, 3, padding=1), BiasAct(inputs, GAIN))
        self.final_linear = nn.Sequential(EqualLinear(inputs * 16, inputs, activate=True), EqualLinear(inputs, 1))

    def keep_taps(self) -> "Discriminator":
        """Without the layers behind the last tap."""
        del self.final_conv, self.final_linear
        self.convs = self.convs[: TAPS[-1] + 1]
        return self

    def forward(self, image: Tensor) -> list[Tensor]:
        x = image
        if not (x.is_cuda and x.dtype == torch.float32):
            x = x.contiguous(memory_format=torch.channels_last)
        features: list[Tensor] = []
        for i, layer in enumerate(self.convs):
            x = layer(x)
            if i in [1, 3, 4, 5]:
                features.append(x)
        return features
