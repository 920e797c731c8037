"""What the student is trained on and measured by. Tensors are [N,C,H,W] in [0,1]; ink is [N,1,H,W]."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

LINE_WEIGHT = 7.0
GRADIENT_WEIGHT = 2.0
COARSE_WEIGHT = 0.5


def charbonnier(difference: Tensor) -> Tensor:
    """Smooth L1, sqrt(d² + ε²) (Charbonnier et al., ICIP 1994), element by element."""
    return torch.sqrt(difference * difference + 1e-6)


def _gradients(image: Tensor) -> tuple[Tensor, Tensor]:
    return image[..., :, 1:] - image[..., :, :-1], image[..., 1:, :] - image[..., :-1, :]


def student_loss(drawn: Tensor, target: Tensor, ink: Tensor, margin: int = 8) -> Tensor:
    """Charbonnier with its own weight for inked pixels, L1 of gradients, and colour at quarter size.

    The outermost `margin` pixels are left out: there the teacher saw what the crop does not show.
    """
    inner = slice(margin, -margin)
    drawn, target, ink = (t[..., inner, inner] for t in (drawn, target, ink))
    weight = 1 + LINE_WEIGHT * ink
    pixels = (weight * charbonnier(drawn - target)).sum() / (3 * weight.sum())
    edges = torch.zeros_like(pixels)
    for ours, theirs in zip(_gradients(drawn), _gradients(target)):
        edges = edges + (ours - theirs).abs().mean()
    coarse = (F.avg_pool2d(drawn, 4) - F.avg_pool2d(target, 4)).abs().mean()
    return pixels + GRADIENT_WEIGHT * edges + COARSE_WEIGHT * coarse


def psnr(drawn: Tensor, target: Tensor) -> float:
    """Mean over the batch of the peak signal-to-noise ratio in dB."""
    error = ((drawn - target) ** 2).mean((1, 2, 3)).clamp_min(1e-10)
    return float((-10 * torch.log10(error)).mean())


def line_mask(image: Tensor, reach: int = 4, depth: float = 0.12) -> Tensor:
    """[N,1,H,W] bool: pixels on a dark stroke at most 2·reach wide (closing of the luma, less luma, over depth)."""
    red, green, blue = image.unbind(1)
    luma = (0.299 * red + 0.587 * green + 0.114 * blue).unsqueeze(1)
    size = 2 * reach + 1
    closed = -F.max_pool2d(-F.max_pool2d(luma, size, 1, reach), size, 1, reach)
    return closed - luma > depth


def line_agreement(drawn: Tensor, target: Tensor, source: Tensor) -> float:
    """F1 score, pixel by pixel without tolerance, of the strokes that student and teacher add to the source.

    Strokes that the source has already (hair, text) are left out: keeping them would earn points for no drawing.
    """
    there = line_mask(source)
    ours, theirs = line_mask(drawn) & ~there, line_mask(target) & ~there
    both = float((ours & theirs).sum())
    return 2 * both / max(float(ours.sum() + theirs.sum()), 1.0)
