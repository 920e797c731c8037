"""The AnimeGANv2 generator, with the state-dict keys of the official PyTorch checkpoints.

The architecture is that of bryandlee/animegan2-pytorch at 25d7b01: 77 keys, 2,143,552 parameters.
The code is scriptable, and neither sizes nor the dtype are baked in: batch, height and width are dynamic, and
the module computes in whatever type its weights have. No `from __future__ import annotations` here: TorchScript
does not see `Final` behind it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MINIMUM_SIDE = 8  # a side of 7 shrinks to 1 pixel at a quarter of the size, which cannot be reflected


def _conv_norm_act(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, bias: bool = False
) -> nn.Sequential:
    """Reflection padding, convolution, normalization over the whole picture, LeakyReLU.

    The strided convolutions pad on the right and at the bottom only, like the TensorFlow original.
    Keys: `1.*` is the convolution, `2.*` the normalization.
    """
    side = kernel // 2
    padding = (0, 1, 0, 1) if stride == 2 else (side, side, side, side)
    return nn.Sequential(
        nn.ReflectionPad2d(padding),
        nn.Conv2d(inputs, outputs, kernel, stride=stride, groups=groups, bias=bias),
        nn.GroupNorm(1, outputs, eps=1e-5),
        nn.LeakyReLU(0.2, inplace=True),
    )


class InvertedResidual(nn.Module):
    """Expand by two, filter depthwise, project back; adds its input where the shapes allow it."""

    residual: torch.jit.Final[bool]

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        wide = 2 * inputs
        self.residual = inputs == outputs
        self.layers = nn.Sequential(
            _conv_norm_act(inputs, wide, 1),
            # The only convolution of the network that has a bias.
            _conv_norm_act(wide, wide, 3, groups=wide, bias=True),
            nn.Conv2d(wide, outputs, 1, bias=False),
            nn.GroupNorm(1, outputs, eps=1e-5),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        if self.residual:
            y = x + y
        return y


class Generator(nn.Module):
    """x [N,3,H,W] RGB in [-1,1] to the stylized [N,3,H',W'] in [-1,1].

    `align_corners` is how the two enlargements sample: True maps corner to corner, False doubles. Both come out
    at the exact sizes of the way down, so H' = H and W' = W for every side of at least 8. (The reference, when
    doubling, cuts sides to 4*floor(side/4); here they are completed from repeated edges instead, which moves the
    common area by 0.03 to 0.4 of an 8-bit level, where padding the input to a multiple of 4 moves it by 0.3 to 1.6,
    since every normalization sees the padding.)
    """

    align_corners: torch.jit.Final[bool]

    def __init__(self, align_corners: bool = True) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.block_a = nn.Sequential(
            _conv_norm_act(3, 32, 7),
            _conv_norm_act(32, 64, 3, stride=2),
            _conv_norm_act(64, 64, 3),
        )
        self.block_b = nn.Sequential(
            _conv_norm_act(64, 128, 3, stride=2),
            _conv_norm_act(128, 128, 3),
        )
        self.block_c = nn.Sequential(
            _conv_norm_act(128, 128, 3),
            InvertedResidual(128, 256),
            InvertedResidual(256, 256),
            InvertedResidual(256, 256),
            InvertedResidual(256, 256),
            _conv_norm_act(256, 128, 3),
        )
        self.block_d = nn.Sequential(
            _conv_norm_act(128, 128, 3),
            _conv_norm_act(128, 128, 3),
        )
        self.block_e = nn.Sequential(
            _conv_norm_act(128, 64, 3),
            _conv_norm_act(64, 64, 3),
            _conv_norm_act(64, 32, 7),
        )
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def _enlarge(self, x: Tensor, height: int, width: int) -> Tensor:
        """To height x width, which are at most one more than twice x's sides."""
        if self.align_corners:
            return F.interpolate(x, size=[height, width], mode="bilinear", align_corners=True)
        right, bottom = (width + 1) // 2 - x.size(3), (height + 1) // 2 - x.size(2)
        if right > 0 or bottom > 0:
            x = F.pad(x, [0, right, 0, bottom], mode="replicate")
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return x[:, :, :height, :width]

    def forward(self, x: Tensor) -> Tensor:
        half = self.block_a(x)
        y = self.block_c(self.block_b(half))
        y = self._enlarge(y, half.size(2), half.size(3))
        y = self.block_d(y)
        y = self._enlarge(y, x.size(2), x.size(3))
        return self.out_layer(self.block_e(y))
