"""Line drawing by flow-based extended difference of Gaussians.

The maths follows Kang, Lee and Chui, "Coherent Line Drawing" (NPAR 2007): lines are found across the edge and
then averaged along it; Kyprianidis and Döllner, "Image Abstraction by Structure Adaptive Filtering" (TPCG 2008):
the edge's direction comes from the smoothed structure tensor; Winnemöller, Kyprianidis and Olsen, "XDoG: an
eXtended Difference-of-Gaussians compendium" (Computers & Graphics 2012): sharpening and soft threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

Plane = np.ndarray  # [H,W] float32


@dataclass(frozen=True)
class LineSettings:
    """Widths in pixels of the working size; thresholds on lightness in [0,1]."""

    sigma_tensor: float = 3.0
    sigma_edge: float = 1.15
    sigma_edge_fine: float = 0.7
    edge_ratio: float = 1.6
    sharpness: float = 28.0
    sigma_along: float = 3.5
    sigma_along_coherent: float = 7.0
    threshold_gain: float = 0.70
    threshold_offset: float = 0.02
    softness: float = 9.0
    blur: float = 0.55
    smallest_area: int = 14


def blur(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur of a [H,W] or [H,W,C] array with mirrored borders."""
    return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)


def tangent_field(lightness: Plane, sigma: float) -> tuple[Plane, Plane, Plane]:
    """Unit edge tangent (tx, ty) and coherence in [0,1], each [H,W], from the smoothed structure tensor."""
    gx = cv2.Scharr(lightness, cv2.CV_32F, 1, 0, scale=1 / 32, borderType=cv2.BORDER_REFLECT)
    gy = cv2.Scharr(lightness, cv2.CV_32F, 0, 1, scale=1 / 32, borderType=cv2.BORDER_REFLECT)
    xx, yy, xy = blur(gx * gx, sigma), blur(gy * gy, sigma), blur(gx * gy, sigma)
    # The angle of the dominant eigenvector of [[xx,xy],[xy,yy]] is half of atan2(2xy, xx-yy): it crosses the edge.
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    spread = np.sqrt((xx - yy) ** 2 + 4 * xy * xy)
    coherence = spread / (xx + yy + 1e-5)
    return -np.sin(across), np.cos(across), coherence


def _sample(plane: Plane, x: Plane, y: Plane) -> Plane:
    return cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def gaussians_across(lightness: Plane, tx: Plane, ty: Plane, sigmas: list[float]) -> list[Plane]:
    """One-dimensional Gaussian averages along the gradient, one [H,W] plane a width in sigmas."""
    height, width = lightness.shape
    gy, gx = np.mgrid[0:height, 0:width].astype(np.float32)
    sums = [np.zeros_like(lightness) for _ in sigmas]
    totals = [0.0 for _ in sigmas]
    radius = int(np.ceil(2.5 * max(sigmas)))
    for step in range(-radius, radius + 1):
        value = _sample(lightness, gx + step * ty, gy - step * tx)
        for index, sigma in enumerate(sigmas):
            weight = float(np.exp(-0.5 * (step / sigma) ** 2))
            sums[index] += weight * value
            totals[index] += weight
    return [plane / total for plane, total in zip(sums, totals)]


def integrate_along(
    planes: list[Plane], tx: Plane, ty: Plane, sigmas: list[float]
) -> list[list[Plane]]:
    """Line integral convolution: averages each plane along the tangent with Gaussian weights.

    The tangent has no sign, so each step keeps the direction nearest to the previous one. Returns one list a
    sigma, with one [H,W] plane for each input plane.
    """
    height, width = tx.shape
    gy, gx = np.mgrid[0:height, 0:width].astype(np.float32)
    sums = [[plane.copy() for plane in planes] for _ in sigmas]
    totals = [1.0 for _ in sigmas]
    for sign in (1.0, -1.0):
        x, y = gx.copy(), gy.copy()
        dx, dy = sign * tx, sign * ty
        for step in range(1, int(np.ceil(2 * max(sigmas))) + 1):
            x, y = x + dx, y + dy
            ux, uy = _sample(tx, x, y), _sample(ty, x, y)
            flip = np.where(ux * dx + uy * dy < 0, -1.0, 1.0).astype(np.float32)
            norm = flip / np.maximum(np.sqrt(ux * ux + uy * uy), 1e-6)
            dx, dy = ux * norm, uy * norm
            values = [_sample(plane, x, y) for plane in planes]
            for index, sigma in enumerate(sigmas):
                weight = float(np.exp(-0.5 * (step / sigma) ** 2))
                totals[index] += weight
                for target, value in zip(sums[index], values):
                    target += weight * value
    return [[plane / total for plane in group] for group, total in zip(sums, totals)]


def remove_specks(ink: Plane, smallest_area: int) -> Plane:
    """Fades out connected strokes smaller than smallest_area pixels: grain, not drawing. [H,W] in [0,1]."""
    strokes = (ink > 0.25).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float32)
    keep = np.clip((area - 0.5 * smallest_area) / smallest_area, 0, 1)
    keep[0] = 1
    near = cv2.erode(keep[labels].astype(np.float32), np.ones((3, 3), np.uint8))
    return ink * near


def draw_lines(lightness: Plane, fine: Plane, settings: LineSettings = LineSettings()) -> Plane:
    """Ink coverage [H,W] in [0,1] (1 is full ink) of a lightness plane in [0,1].

    fine [H,W] in [0,1] says where detail is small: strokes get thinner there.
    """
    tx, ty, coherence = tangent_field(lightness, settings.sigma_tensor)
    broad, thin, ratio = settings.sigma_edge, settings.sigma_edge_fine, settings.edge_ratio
    broad_in, broad_out, thin_in, thin_out = gaussians_across(
        lightness, tx, ty, [broad, broad * ratio, thin, thin * ratio]
    )
    response = broad_in + settings.sharpness * (broad_in - broad_out)
    response += fine * (thin_in + settings.sharpness * (thin_in - thin_out) - response)
    (short,), (long,) = integrate_along(
        [response], tx, ty, [settings.sigma_along, settings.sigma_along_coherent]
    )
    # Long strokes only where one direction rules (hair, contours); corners and eyes keep the short ones.
    straight = np.clip((blur(coherence, 2.0) - 0.45) / 0.35, 0, 1) * (1 - 0.7 * fine)
    response = short + straight * (long - short)
    threshold = settings.threshold_gain * blur(lightness, 1.0) + settings.threshold_offset
    ink = np.tanh(settings.softness * np.maximum(threshold - response, 0))
    ink = remove_specks(ink.astype(np.float32), settings.smallest_area)
    return np.clip(blur(ink, settings.blur), 0, 1)
