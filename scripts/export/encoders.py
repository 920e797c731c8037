"""The e4e and pSp encoders: an aligned face to W+ codes, with the state-dict keys of the released files.

Richardson et al., "Encoding in Style" (pSp: section 3, figure 2) and Tov et al., "Designing an Encoder for StyleGAN
Image Manipulation" (e4e: section 5). One network for both: an IR-SE50 trunk, a feature pyramid of three levels and a
small head for each row of W+. They differ in what the heads mean: pSp's give the rows themselves, e4e's give row 0 and
every other row's difference from it.
No `from __future__ import annotations` here: TorchScript does not see `Final` behind it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .equalized import STYLE_WIDTH, EqualLinear

INPUT_SIDE = 256
_STAGES = ((64, 3), (128, 4), (256, 14), (512, 3))  # channels and units; the first unit of each halves the sides
_FINE, _MEDIUM = 6, 20  # units after which the pyramid takes its finer levels; the coarsest is the last unit's


class SqueezeExcite(nn.Module):
    """x [N,C,H,W] times a weight a channel, found from the channels' means (Hu et al.)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 16, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // 16, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean([2, 3], keepdim=True)
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(means))))


class Unit(nn.Module):
    """A residual unit of IR-SE50: norm, conv, PReLU, strided conv, norm, squeeze-excite, plus the shortcut."""

    stride: torch.jit.Final[int]
    projects: torch.jit.Final[bool]

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.projects = inputs != outputs
        shortcut = [nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)]
        self.shortcut_layer = nn.Sequential(*shortcut) if self.projects else nn.Identity()
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False),
            nn.PReLU(outputs),
            nn.Conv2d(outputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            SqueezeExcite(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.projects:
            shortcut = self.shortcut_layer(x)
        else:
            shortcut = x[:, :, :: self.stride, :: self.stride]  # what pooling over 1x1 with a stride does
        return self.res_layer(x) + shortcut


class StyleHead(nn.Module):
    """Features [N,512,2^k,2^k] to one row [N,512]: k times a strided conv and LeakyReLU(0.01), then a linear layer."""

    def __init__(self, halvings: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(halvings):
            layers += [nn.Conv2d(STYLE_WIDTH, STYLE_WIDTH, 3, 2, 1), nn.LeakyReLU(0.01)]
        self.convs = nn.Sequential(*layers)
        self.linear = EqualLinear(STYLE_WIDTH, STYLE_WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.convs(x).flatten(1))


def _halvings(row: int) -> int:
    """Rows 0-2 see the coarse level (16x16), 3-6 the medium one (32x32), the others the fine one (64x64)."""
    return 4 if row < 3 else 5 if row < 7 else 6


class Encoder(nn.Module):
    """x [N,3,256,256] RGB in [-1,1] to W+ [N,n_latent,512], `latent_avg` included.

    `relative` is e4e's way: the rows after the first are differences from it. `pools` takes pictures of any size, as
    BlendGAN's pSp does, by averaging them down to 256x256; else they have to come resized.
    """

    n_latent: torch.jit.Final[int]
    input_size: torch.jit.Final[int]
    relative: torch.jit.Final[bool]
    pools: torch.jit.Final[bool]
    medium: torch.jit.Final[int]
    fine: torch.jit.Final[int]
    latent_avg: Tensor

    def __init__(self, rows: int, relative: bool, pools: bool) -> None:
        super().__init__()
        self.n_latent = rows
        self.input_size = INPUT_SIDE
        self.relative = relative
        self.pools = pools
        self.fine, self.medium = _FINE, _MEDIUM
        self.input_layer = nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64))
        units: list[nn.Module] = []
        inputs = 64
        for outputs, count in _STAGES:
            for i in range(count):
                units.append(Unit(inputs, outputs, 2 if i == 0 else 1))
                inputs = outputs
        self.body = nn.ModuleList(units)
        self.styles = nn.ModuleList([StyleHead(_halvings(row)) for row in range(rows)])
        self.latlayer1 = nn.Conv2d(256, STYLE_WIDTH, 1)
        self.latlayer2 = nn.Conv2d(128, STYLE_WIDTH, 1)
        self.register_buffer("latent_avg", torch.empty(rows, STYLE_WIDTH))

    def _grow(self, coarse: Tensor, lateral: Tensor) -> Tensor:
        """A level of the pyramid: the coarser one at the finer one's size, plus the finer features."""
        size = [lateral.size(2), lateral.size(3)]
        return F.interpolate(coarse, size=size, mode="bilinear", align_corners=True) + lateral

    def _pyramid(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features at 16x16, 32x32 and 64x64, 512 channels each."""
        x = self.input_layer(x)
        fine, medium = x, x
        for i, unit in enumerate(self.body):
            x = unit(x)
            if i == self.fine:
                fine = x
            if i == self.medium:
                medium = x
        medium = self._grow(x, self.latlayer1(medium))
        return x, medium, self._grow(medium, self.latlayer2(fine))

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.latlayer1.weight.dtype)
        if self.pools:
            x = F.adaptive_avg_pool2d(x, [self.input_size, self.input_size])
        if x.size(2) != self.input_size or x.size(3) != self.input_size:
            raise ValueError("the encoder takes pictures of 256 x 256")
        if not (x.is_cuda and x.dtype == torch.float32):
            x = x.contiguous(memory_format=torch.channels_last)
        coarse, medium, fine = self._pyramid(x)
        rows: list[Tensor] = []
        for i, style in enumerate(self.styles):
            rows.append(style(coarse if i < 3 else medium if i < 7 else fine))
        codes = torch.stack(rows, 1)
        if self.relative:
            first = codes[:, :1]
            codes = torch.cat([first, codes[:, 1:] + first], 1)
        return codes + self.latent_avg
