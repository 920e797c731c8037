"""L0 gradient minimization with a weight that varies over the picture.

Paper: Xu, Lu, Xu and Jia, "Image Smoothing via L0 Gradient Minimization" (SIGGRAPH Asia 2011), solved as there by
half-quadratic splitting: gradients below a threshold become zero, then the picture nearest to these gradients and
to the input is found in Fourier space. New here: the weight is a map, so that detail can be kept where it matters.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import fft


def _padded_sizes(height: int, width: int, margin: int) -> tuple[int, int]:
    return fft.next_fast_len(height + 2 * margin, True), fft.next_fast_len(width + 2 * margin, True)


def _pad(array: np.ndarray, margin: int, rows: int, columns: int) -> np.ndarray:
    bottom, right = rows - array.shape[0] - margin, columns - array.shape[1] - margin
    return cv2.copyMakeBorder(array, margin, bottom, margin, right, cv2.BORDER_REFLECT)


def l0_smooth(
    rgb: np.ndarray, weight: np.ndarray, kappa: float = 2.0, beta_max: float = 1e5
) -> np.ndarray:
    """Smooths rgb [H,W,3] in [0,1]; weight [H,W] is the paper's lambda (0.001 keeps much, 0.02 keeps little)."""
    height, width = rgb.shape[:2]
    margin = 12  # The Fourier solver wraps around; mirrored borders keep opposite sides apart.
    rows, columns = _padded_sizes(height, width, margin)
    image = np.ascontiguousarray(_pad(rgb, margin, rows, columns).transpose(2, 0, 1), np.float32)
    lam = _pad(np.ascontiguousarray(weight, np.float32), margin, rows, columns)

    spectrum = fft.rfft2(image)
    wave_y = 2 - 2 * np.cos(2 * np.pi * np.arange(rows) / rows)
    wave_x = 2 - 2 * np.cos(2 * np.pi * np.arange(spectrum.shape[2]) / columns)
    laplacian = (wave_y[:, None] + wave_x[None, :]).astype(np.float32)

    beta = 2 * float(lam.mean())
    while beta < beta_max:
        across = np.roll(image, -1, 2) - image
        down = np.roll(image, -1, 1) - image
        flat = (across * across + down * down).sum(0) < lam / beta
        across[:, flat] = 0
        down[:, flat] = 0
        divergence = np.roll(across, 1, 2) - across + np.roll(down, 1, 1) - down
        image = fft.irfft2(
            (spectrum + beta * fft.rfft2(divergence)) / (1 + beta * laplacian), s=(rows, columns)
        )
        beta *= kappa
    image = image[:, margin : margin + height, margin : margin + width]
    return np.ascontiguousarray(np.clip(image, 0, 1).transpose(1, 2, 0), np.float32)
