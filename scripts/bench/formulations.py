"""Ways to compute StyleGAN2's modulated convolution, and the whole generator as the public repositories compute it.

Each is a class with the parameters of the one it stands in for, so that a network is changed by changing the classes
of its modules. All give the same numbers but for rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from export.equalized import Fir  # noqa: E402
from export.stylegan2 import ModulatedConv, StyledConv, ToRgb  # noqa: E402


def change(network: nn.Module, classes: Mapping[type[nn.Module], type[nn.Module]]) -> nn.Module:
    """The network with these classes in place of those."""
    for module in network.modules():
        if type(module) in classes:
            module.__class__ = classes[type(module)]
    return network


class ScaledInput(ModulatedConv):
    """One convolution for the whole batch: s scales its input, d its output."""

    def forward(self, x: Tensor, w: Tensor, gain: float, bias: Tensor) -> Tensor:
        s = self.modulation(w).float() * self.scale
        d = self._demodulation(s, gain)
        y = self._convolve(x * s.to(x.dtype)[:, :, None, None], self.weight[0], None)
        return torch.addcmul(bias.view(1, -1, 1, 1), y, d.to(x.dtype)[:, :, None, None])


class Grouped(ModulatedConv):
    """The batch folded into the channels, its weights side by side, in as many groups as there are pictures.

    What rosinality/stylegan2-pytorch, JoJoGAN and BlendGAN do.
    """

    def forward(self, x: Tensor, w: Tensor, gain: float = 1.0, bias: Tensor | None = None) -> Tensor:
        count, inputs, height, width = x.shape
        weight = self.scale * self.weight * self.modulation(w).view(count, 1, inputs, 1, 1)
        if self.demodulate:
            d = torch.rsqrt(weight.pow(2).sum([2, 3, 4]) + 1e-8)
            weight = weight * d.view(count, -1, 1, 1, 1)
        outputs, side = weight.size(1), weight.size(3)
        x = x.reshape(1, count * inputs, height, width)
        if self.upsample:
            weight = weight.transpose(1, 2).reshape(count * inputs, outputs, side, side)
            y = F.conv_transpose2d(x, weight, stride=2, groups=count)
        else:
            weight = weight.view(count * outputs, inputs, side, side)
            y = F.conv2d(x, weight, padding=side // 2, groups=count)
        y = y.view(count, outputs, y.size(2), y.size(3))
        if self.upsample:
            y = self.blur.smooth(y, None)
        return y if bias is None else y * gain + bias.view(1, -1, 1, 1)


class Looped(ModulatedConv):
    """A plain convolution a picture, with weights modulated for it."""

    def forward(self, x: Tensor, w: Tensor, gain: float, bias: Tensor) -> Tensor:
        own = super().forward
        if x.size(0) == 1:
            return own(x, w, gain, bias)
        return torch.cat([own(x[i : i + 1], w[i : i + 1], gain, bias) for i in range(x.size(0))])


def _upfirdn(x: Tensor, kernel: Tensor, up: int, pad: tuple[int, int]) -> Tensor:
    """Zeros put between pixels, padding, the filter; channels folded into the batch."""
    count, channels, height, width = x.shape
    grown, wide = height * up + sum(pad), width * up + sum(pad)
    x = x.reshape(-1, height, 1, width, 1, 1)
    x = F.pad(x, [0, 0, 0, up - 1, 0, 0, 0, up - 1]).view(-1, height * up, width * up, 1)
    x = F.pad(x, [0, 0, pad[0], pad[1], pad[0], pad[1]]).permute(0, 3, 1, 2)
    x = x.reshape(-1, 1, grown, wide)  # the strides of NCHW: without it, oneDNN would take a faster path
    y = F.conv2d(x, kernel.flip(0, 1).view(1, 1, 4, 4))
    y = y.reshape(-1, 1, grown - 3, wide - 3).permute(0, 2, 3, 1)
    return y.view(count, channels, grown - 3, wide - 3)


class FoldedFir(Fir):
    """The filter as the repositories' CPU path computes it."""

    def smooth(self, x: Tensor, bias: Tensor | None) -> Tensor:
        return _upfirdn(x, self.kernel, 1, (1, 1))

    def double(self, x: Tensor) -> Tensor:
        return _upfirdn(x, self.kernel, 2, (2, 1))


class SeparateStyledConv(StyledConv):
    """Noise, bias, leaky ReLU and gain one after the other."""

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        y = self.conv(x, w) + self.noise.weight * noise
        return F.leaky_relu(y + self.activate.bias.view(1, -1, 1, 1), self.leak) * self.gain


class SeparateToRgb(ToRgb):
    """The bias after the convolution."""

    def forward(self, x: Tensor, w: Tensor, skip: Tensor) -> Tensor:
        rgb = self.conv(x, w) + self.bias
        return rgb + self.upsample.double(skip) if self.doubles else rgb


# The generator as rosinality/stylegan2-pytorch, JoJoGAN and BlendGAN compute it where there is no GPU.
AS_PUBLISHED: dict[type[nn.Module], type[nn.Module]] = {
    ModulatedConv: Grouped,
    Fir: FoldedFir,
    StyledConv: SeparateStyledConv,
    ToRgb: SeparateToRgb,
}
