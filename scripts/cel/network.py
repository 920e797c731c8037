"""The student: AnimeGANv2's family, narrower, with no normalization layers.

AnimeGANv2 (Chen, Liu and Chen, 2020) works at quarter size with the inverted residual blocks of MobileNetV2
(Sandler et al., CVPR 2018). Without normalization every output pixel depends on its neighbourhood alone, so tiles
and video frames agree by themselves. All operations are plain ones that TorchScript, fp16 and bf16 share.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvAct(nn.Module):
    """Pad with the border's own values, convolve, LeakyReLU(0.2)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """[N,inputs,H,W] to [N,outputs,H/stride,W/stride]."""
        x = F.pad(x, [1, 1, 1, 1], mode="replicate")
        return F.leaky_relu(self.conv(x), 0.2)


class InvertedResidual(nn.Module):
    """1×1 expansion, depthwise 3×3, 1×1 projection, added to the input."""

    def __init__(self, channels: int, expansion: int) -> None:
        super().__init__()
        inner = channels * expansion
        self.expand = nn.Conv2d(channels, inner, 1)
        self.depthwise = ConvAct(inner, inner, groups=inner)
        self.project = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N,channels,H,W] to the same shape."""
        inner = self.depthwise(F.leaky_relu(self.expand(x), 0.2))
        return x + self.project(inner)


class ToneCurve(nn.Module):
    """Learned curve of each pixel's colour: 1×1, LeakyReLU(0.2), 1×1, added to the input.

    A chain of 3×3 convolutions is slow to learn the sharp steps of cel shading; here each hidden unit is one kink of
    the curve. The kinks start spread evenly over the luma; the curve starts straight, or fitted to given steps.
    """

    def __init__(self, kinks: int = 32) -> None:
        super().__init__()
        self.split = nn.Conv2d(3, kinks, 1)
        self.join = nn.Conv2d(kinks, 3, 1)

    def initialize(self, slope: float = 6.0) -> None:
        """Even kinks with the given slope (a larger one learns faster), no effect on the picture yet."""
        kinks = self.split.out_channels
        luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
        with torch.no_grad():
            self.split.weight.copy_(slope * luma.expand_as(self.split.weight))
            self.split.bias.copy_(-slope * torch.arange(kinks) / kinks)
            self.join.weight.zero_()
            self.join.bias.zero_()

    def fit(self, plain: Tensor, stepped: Tensor, share: float) -> None:
        """Least squares: greys `plain` [K] move by `share` of the way to `stepped` [K]."""
        with torch.no_grad():
            grey = plain.view(1, 1, 1, -1).expand(1, 3, 1, -1)
            units = F.leaky_relu(self.split(grey), 0.2)[0, :, 0].T
            units = torch.cat([units, torch.ones_like(units[:, :1])], 1).double()
            wanted = (share * (stepped - plain)).double().unsqueeze(1)
            # A little ridge keeps the weights small where kinks nearly cancel.
            ridge = 1e-4 * torch.eye(units.shape[1], dtype=units.dtype)
            weights = torch.linalg.solve(units.T @ units + ridge, units.T @ wanted).float()
            self.join.weight.copy_(weights[:-1].view(1, -1, 1, 1).expand_as(self.join.weight))
            self.join.bias.copy_(weights[-1].expand_as(self.join.bias))

    def forward(self, image: Tensor) -> Tensor:
        """[N,3,H,W] to the same shape."""
        return image + self.join(F.leaky_relu(self.split(image), 0.2))


class CelNet(nn.Module):
    """RGB [N,3,H,W] in [0,1] to the stylized picture of the same shape and range; H and W multiples of 4, from 8."""

    def __init__(
        self,
        full: int = 16,
        half: int = 40,
        quarter: int = 96,
        depth: int = 10,
    ) -> None:
        super().__init__()
        self.enter = ConvAct(3, full)
        self.down_half = ConvAct(full, half, stride=2)
        self.at_half = ConvAct(half, half)
        self.down_quarter = ConvAct(half, quarter, stride=2)
        self.blocks = nn.Sequential(*[InvertedResidual(quarter, 2) for _ in range(depth)])
        self.lift_half = nn.Conv2d(quarter, half, 1)
        self.fuse_half = ConvAct(half, half)
        self.fuse_half_more = ConvAct(half, half)
        self.lift_full = nn.Conv2d(half, full, 1)
        self.fuse_full = ConvAct(full, full)
        self.fuse_full_more = ConvAct(full, full)
        self.leave = nn.Conv2d(full, 3, 3)
        self.tones = ToneCurve()
        self._initialize()

    def _initialize(self) -> None:
        """He initialization; every residual branch starts near zero, so that training starts from the identity."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=0.2)
                nn.init.zeros_(module.bias)
        for block in self.blocks.children():
            nn.init.normal_(block.project.weight, std=1e-3)
        nn.init.normal_(self.leave.weight, std=1e-3)
        self.tones.initialize()

    def draw(self, image: Tensor) -> Tensor:
        """The picture before clamping: training needs gradients of values outside [0,1] too."""
        full = self.enter(image)
        half = self.at_half(self.down_half(full))
        deep = self.blocks(self.down_quarter(half))
        # Narrowing before the upsampling costs a quarter of narrowing after it, and gives the same numbers.
        up = F.interpolate(self.lift_half(deep), scale_factor=2.0, mode="bilinear", align_corners=False)
        up = self.fuse_half_more(self.fuse_half(up + half))
        up = F.interpolate(self.lift_full(up), scale_factor=2.0, mode="bilinear", align_corners=False)
        up = self.fuse_full_more(self.fuse_full(up + full))
        change = self.leave(F.pad(up, [1, 1, 1, 1], mode="replicate"))
        return self.tones(image + change)

    def forward(self, image: Tensor) -> Tensor:
        """The stylized picture, clamped to [0,1]."""
        return torch.clamp(self.draw(image), 0.0, 1.0)


def count_macs(model: CelNet, height: int = 512, width: int = 512) -> int:
    """Multiply-accumulates of all convolutions for one [1,3,height,width] input."""
    total = 0

    def add(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        assert isinstance(module, nn.Conv2d)
        total += output.numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(add) for m in model.modules() if isinstance(m, nn.Conv2d)]
    weight = next(model.parameters())
    with torch.no_grad():
        model(torch.zeros(1, 3, height, width, device=weight.device, dtype=weight.dtype))
    for hook in hooks:
        hook.remove()
    return total
