"""The StyleGAN2 generator, with the state-dict keys of rosinality/stylegan2-pytorch, JoJoGAN and BlendGAN.

The maths is that of Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (section 2 and appendix B),
configuration F. Batch size and noise are free, and the module computes in whatever type its weights have. Parameters
stay as stored and trainable, under the checkpoint's own names, so that a learned style can be written back.
No `from __future__ import annotations` here: TorchScript does not see `Final` behind it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .equalized import GAIN, LEAK, STYLE_WIDTH, EqualLinear, Fir, mapping_network

SMALLEST, LARGEST = 8, 1024


def channels_at(side: int, multiplier: int = 2) -> int:
    """Feature channels at side x side."""
    return 512 if side <= 32 else 256 * 64 // side * multiplier


def rows_of(size: int) -> int:
    """Rows of W+ for pictures of size x size."""
    return 2 * size.bit_length() - 4


class ModulatedConv(nn.Module):
    """Convolution whose input channels w scales; demodulation brings each output channel back to unit variance.

    x [N,I,H,W], w [N,512] to [N,O,H,W], or [N,O,2H,2W] if `upsample`; times `gain`, plus bias [O].
    With s = modulation(w) / sqrt(I k^2), the effective weight is W s d, d = 1 / sqrt(sum over I,k,k of (W s)^2 + 1e-8).
    """

    upsample: torch.jit.Final[bool]
    demodulate: torch.jit.Final[bool]
    scale: torch.jit.Final[float]

    def __init__(self, inputs: int, outputs: int, side: int, demodulate: bool = True, upsample: bool = False) -> None:
        super().__init__()
        self.upsample = upsample
        self.demodulate = demodulate
        self.scale = 1 / math.sqrt(inputs * side * side)
        self.weight = nn.Parameter(torch.empty(1, outputs, inputs, side, side))
        self.modulation = EqualLinear(STYLE_WIDTH, inputs)
        self.blur = Fir() if upsample else nn.Identity()

    def _demodulation(self, s: Tensor, gain: float) -> Tensor:
        """s [N,I] to gain times d [N,O], in fp32: squares leave the range of fp16."""
        if not self.demodulate:
            return torch.full([s.size(0), self.weight.size(1)], gain, dtype=torch.float32, device=s.device)
        energy = self.weight[0].float().square().sum([2, 3])
        return torch.rsqrt(F.linear(s.square(), energy) + 1e-8) * gain

    def _convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if self.upsample:
            wide = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)  # 2H + 1
            return self.blur.smooth(wide, bias)
        return F.conv2d(x, weight, bias, padding=weight.size(2) // 2)

    def forward(self, x: Tensor, w: Tensor, gain: float, bias: Tensor) -> Tensor:
        s = self.modulation(w).float() * self.scale
        d = self._demodulation(s, gain)
        if x.size(0) == 1:
            # Into the weights: they are far smaller than the feature maps of the high resolutions.
            factors = (d.view(-1, 1) * s).to(x.dtype)
            return self._convolve(x, self.weight[0] * factors[:, :, None, None], bias)
        # One convolution for the whole batch: s scales its input, d its output.
        y = self._convolve(x * s.to(x.dtype)[:, :, None, None], self.weight[0], None)
        return torch.addcmul(bias.view(1, -1, 1, 1), y, d.to(x.dtype)[:, :, None, None])


class Scalar(nn.Module):
    """The strength of a layer's noise, key `weight`."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1))


class Bias(nn.Module):
    """A layer's bias, key `bias`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.empty(channels))


class StyledConv(nn.Module):
    """x [N,I,H,W], w [N,512], noise [1 or N,1,H',W'] to sqrt(2) leaky_relu(conv + strength noise + bias, 0.2).

    sqrt(2) is taken inside, where it costs nothing: leaky_relu(c x) = c leaky_relu(x) for c > 0.
    """

    leak: torch.jit.Final[float] = LEAK
    gain: torch.jit.Final[float] = GAIN

    def __init__(self, inputs: int, outputs: int, upsample: bool = False) -> None:
        super().__init__()
        self.conv = ModulatedConv(inputs, outputs, 3, upsample=upsample)
        self.noise = Scalar()
        self.activate = Bias(outputs)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        y = self.conv(x, w, self.gain, self.activate.bias * self.gain)
        y = y.add_(noise.to(y.dtype) * (self.noise.weight * self.gain))
        return F.leaky_relu(y, self.leak, inplace=True)


class ToRgb(nn.Module):
    """x [N,I,H,W], w [N,512] to colours [N,3,H,W]; adds the previous resolution's, doubled."""

    doubles: torch.jit.Final[bool]

    def __init__(self, inputs: int, doubles: bool = True) -> None:
        super().__init__()
        self.doubles = doubles
        self.bias = nn.Parameter(torch.empty(1, 3, 1, 1))
        self.conv = ModulatedConv(inputs, 3, 1, demodulate=False)
        self.upsample = Fir() if doubles else nn.Identity()

    def forward(self, x: Tensor, w: Tensor, skip: Tensor) -> Tensor:
        rgb = self.conv(x, w, 1.0, self.bias.view(-1))
        if self.doubles:
            rgb = rgb + self.upsample.double(skip)
        return rgb


class StoredNoise(nn.Module):
    """The checkpoint's own noise, [1,1,side,side] a layer: buffers `noise_0` (4x4), `noise_1`, `noise_2` (8x8), …"""

    def __init__(self, count: int) -> None:
        super().__init__()
        for i in range(count):
            side = 2 ** ((i + 5) // 2)
            self.register_buffer(f"noise_{i}", torch.empty(1, 1, side, side))

    def forward(self) -> list[Tensor]:
        # TorchScript resolves hasattr() when it compiles, but has no getattr() with a computed name.
        found = [self.noise_0, self.noise_1, self.noise_2]
        if hasattr(self, "noise_3"):
            found += [self.noise_3, self.noise_4]
        if hasattr(self, "noise_5"):
            found += [self.noise_5, self.noise_6]
        if hasattr(self, "noise_7"):
            found += [self.noise_7, self.noise_8]
        if hasattr(self, "noise_9"):
            found += [self.noise_9, self.noise_10]
        if hasattr(self, "noise_11"):
            found += [self.noise_11, self.noise_12]
        if hasattr(self, "noise_13"):
            found += [self.noise_13, self.noise_14]
        if hasattr(self, "noise_15"):
            found += [self.noise_15, self.noise_16]
        return found


class Constant(nn.Module):
    """What every picture starts from, key `input` [1,512,4,4]."""

    def __init__(self) -> None:
        super().__init__()
        self.input = nn.Parameter(torch.empty(1, channels_at(4), 4, 4))


class Generator(nn.Module):
    """Codes to pictures. `latents` is W+ [N,n_latent,512]; pictures are [N,3,size,size], about [-1,1], not clamped.

    Row j of W+ (StyleGAN2 with skips): row 0 goes to conv1, row 1 to to_rgb1 and convs.0, row 2 to convs.1, row 3 to
    to_rgbs.0 and convs.2, and so on; the last row goes to the last ToRGB alone.
    """

    size: torch.jit.Final[int]
    n_latent: torch.jit.Final[int]
    n_noise: torch.jit.Final[int]
    latent_avg: Tensor

    def __init__(self, size: int, multiplier: int = 2) -> None:
        super().__init__()
        self.size = size
        self.n_latent = rows_of(size)
        self.n_noise = self.n_latent - 1
        self.style = mapping_network()
        self.input = Constant()
        self.conv1 = StyledConv(channels_at(4), channels_at(4))
        self.to_rgb1 = ToRgb(channels_at(4), doubles=False)
        self.convs = nn.ModuleList()
        self.to_rgbs = nn.ModuleList()
        side = 4
        while side < size:
            inputs, outputs = channels_at(side, multiplier), channels_at(2 * side, multiplier)
            self.convs.append(StyledConv(inputs, outputs, upsample=True))
            self.convs.append(StyledConv(outputs, outputs))
            self.to_rgbs.append(ToRgb(outputs))
            side *= 2
        self.noises = StoredNoise(self.n_noise)
        self.register_buffer("latent_avg", torch.empty(STYLE_WIDTH))

    @torch.jit.export
    def mapping(self, z: Tensor) -> Tensor:
        """z [N,512] from N(0, 1) to w [N,512]. In the type of latent_avg, which may stay fp32 beside a half synthesis."""
        return self.style(z.to(self.latent_avg.dtype))

    @torch.jit.export
    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """w [...,512] drawn toward the mean code: psi 1 changes nothing, 0 gives the mean (StyleGAN, appendix B)."""
        return self.latent_avg + psi * (w - self.latent_avg)

    @torch.jit.export
    def stored_noise(self) -> list[Tensor]:
        """The file's noise, [1,1,side,side] for each of n_noise layers: the shapes that `synthesis` takes."""
        return self.noises()

    def _render(self, latents: Tensor, noise: list[Tensor]) -> Tensor:
        x = self.input.input.expand(latents.size(0), -1, -1, -1)
        if not (x.is_cuda and x.dtype == torch.float32):
            x = x.contiguous(memory_format=torch.channels_last)
        x = self.conv1(x, latents[:, 0], noise[0])
        rgb = self.to_rgb1(x, latents[:, 1], x)
        row = 1
        # .forward, since TorchScript cannot call the members of a slice.
        for enlarge, refine, to_rgb in zip(self.convs[::2], self.convs[1::2], self.to_rgbs):
            x = enlarge.forward(x, latents[:, row], noise[row])
            x = refine.forward(x, latents[:, row + 1], noise[row + 1])
            rgb = to_rgb.forward(x, latents[:, row + 2], rgb)
            row += 2
        return rgb

    @torch.jit.export
    def synthesis(self, latents: Tensor, noise: list[Tensor]) -> Tensor:
        """W+ to pictures with this noise, n_noise tensors [1 or N,1,side,side]; an empty list means the stored one."""
        if latents.dim() != 3 or latents.size(1) != self.n_latent:
            raise ValueError("latents must be [N, n_latent, 512]")
        if len(noise) != 0 and len(noise) != self.n_noise:
            raise ValueError("noise must be empty or one tensor a layer")
        latents = latents.to(self.input.input.dtype)
        used = noise if len(noise) > 0 else self.noises()
        count = latents.size(0)
        if count == 1 or latents.is_cuda:
            return self._render(latents, used)
        # Nothing is gained by batches on the CPU, and so a picture does not depend on its neighbours.
        pictures: list[Tensor] = []
        for i in range(count):
            own = [layer[i : i + 1] if layer.size(0) == count else layer for layer in used]
            pictures.append(self._render(latents[i : i + 1], own))
        return torch.cat(pictures)

    def forward(self, latents: Tensor) -> Tensor:
        """W+ to pictures with the stored noise."""
        noise: list[Tensor] = []
        return self.synthesis(latents, noise)
