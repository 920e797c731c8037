"""BlendGAN: StyleGAN2 with an encoder of style pictures and a blend of face and style codes, row by row of W+.

Liu et al., "BlendGAN: Implicitly GAN Blending for Arbitrary Stylized Face Generation" (section 3: style encoder, WBM),
with the state-dict keys of the released `g_ema`. Noise is always the stored one in the original programs.
No `from __future__ import annotations` here: TorchScript does not see `Final` behind it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .equalized import GAIN, LEAK, STYLE_WIDTH, EqualLinear, mapping_network
from .stylegan2 import Generator

STYLE_SIDE = 256
# Channels of VGG19's convolutions, 0 for a halving; Gram matrices are taken where a level has its second one.
_VGG = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512)
_TAPPED = (64, 128, 256, 512, 512)
_GRAM_ENTRIES = sum(channels * channels for channels in _TAPPED)  # 610,304


class GramFeatures(nn.Module):
    """x [N,3,256,256] in [-1,1] to [N,610304]: the Gram matrices F F^T / (C H W) of five layers of VGG19, row-major.

    Gatys et al., "Image Style Transfer Using Convolutional Neural Networks". Without the normalization that VGG was
    trained with, like the original.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs in _VGG:
            if outputs == 0:
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            inputs = outputs
        self.vgg_layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        grams: list[Tensor] = []
        for i, layer in enumerate(self.vgg_layers):
            x = layer(x)
            if i in [3, 8, 17, 26, 35]:
                features = x.flatten(2).float()  # fp16 cannot hold the sums
                size = features.size(1) * features.size(2)
                grams.append((torch.bmm(features, features.transpose(1, 2)) / size).flatten(1))
        return torch.cat(grams, 1)


class FeatureExtractor(nn.Module):
    """One level of the checkpoint's names."""

    def __init__(self) -> None:
        super().__init__()
        self.feature_extractor = GramFeatures()

    def forward(self, x: Tensor) -> Tensor:
        return self.feature_extractor(x)


class WideEqualLinear(nn.Module):
    """An activated EqualLinear whose 1.2 GB of weights are not scaled, which would copy them: its output is."""

    scale: torch.jit.Final[float]
    leak: torch.jit.Final[float] = LEAK
    gain: torch.jit.Final[float] = GAIN

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.scale = 1 / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        y = F.linear(x, self.weight) * self.scale + self.bias
        return F.leaky_relu(y, self.leak) * self.gain


class StyleEncoder(nn.Module):
    """x [N,3,H,W] RGB in [-1,1], any size, to the style's code z_embed [N,512], spread as N(0, 1)."""

    side: torch.jit.Final[int]

    def __init__(self) -> None:
        super().__init__()
        self.side = STYLE_SIDE
        self.embedder = FeatureExtractor()
        self.embedder_mlp = nn.Sequential(
            WideEqualLinear(_GRAM_ENTRIES, STYLE_WIDTH),
            EqualLinear(STYLE_WIDTH, STYLE_WIDTH, activate=True),
            EqualLinear(STYLE_WIDTH, STYLE_WIDTH, activate=True),
            EqualLinear(STYLE_WIDTH, STYLE_WIDTH),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.adaptive_avg_pool2d(x, [self.side, self.side])
        if not (x.is_cuda and x.dtype == torch.float32):
            x = x.contiguous(memory_format=torch.channels_last)
        return self.embedder_mlp(self.embedder(x).to(x.dtype))


class BlendGan(Generator):
    """The generator of stylegan2.py, with a style's code mixed into a face's.

    A face is W+ from pSp, or `truncate(mapping(z), 0.75)` repeated; a style is `style_code(embed(picture))`, or
    `style_code(z)` of z from N(0, 1).
    """

    add_weight: Tensor

    def __init__(self, size: int, multiplier: int = 2) -> None:
        super().__init__(size, multiplier)
        self.embedding = mapping_network()
        self.embedder = StyleEncoder()
        self.add_weight = nn.Parameter(torch.empty(1, self.n_latent, 1))

    @torch.jit.export
    def embed(self, picture: Tensor) -> Tensor:
        """A style's picture [N,3,H,W] in [-1,1] to z_embed [N,512]."""
        return self.embedder(picture.to(self.latent_avg.dtype))

    @torch.jit.export
    def style_code(self, z_embed: Tensor) -> Tensor:
        """z_embed [N,512] to w_style [N,512]."""
        return self.embedding(z_embed.to(self.latent_avg.dtype))

    @torch.jit.export
    def blend_rows(self, w_face: Tensor, w_style: Tensor, face_share: Tensor) -> Tensor:
        """w_face [N,n_latent,512] and w_style [N,512] to W+; face_share [n_latent], clamped to [0,1], is the face's."""
        share = face_share.to(w_face).clamp(0, 1).view(1, -1, 1)
        return w_face * share + w_style.unsqueeze(1) * (1 - share)

    @torch.jit.export
    def blend(self, w_face: Tensor, w_style: Tensor, index: int) -> Tensor:
        """As blend_rows with the learned shares, but rows below `index` are the face's alone.

        0 (or less): the learned shares everywhere; 6: the original programs' default; n_latent or more: unstyled.
        """
        learned = self.add_weight.view(-1)
        rows = torch.arange(self.n_latent, device=learned.device)
        return self.blend_rows(w_face, w_style, learned.masked_fill(rows < index, 1.0))
