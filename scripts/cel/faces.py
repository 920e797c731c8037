"""Procedural portraits: shaded heads with eyes, brows, nose, lips and hair, of any skin tone and size.

They are no portraits of anyone; they give the student the contrasts of a face (lips on skin, eyes, hair).
"""

from __future__ import annotations

import cv2
import numpy as np

from .synthetic import Random, clouds, draw_strokes, random_colour

Image = np.ndarray  # [H,W,3] float32 RGB in [0,1]

SKIN = np.array([[0.98, 0.85, 0.76], [0.9, 0.7, 0.57], [0.76, 0.55, 0.42], [0.5, 0.33, 0.24], [0.3, 0.19, 0.14]])
HAIR = np.array([[0.06, 0.05, 0.05], [0.22, 0.13, 0.08], [0.45, 0.3, 0.17], [0.8, 0.65, 0.4], [0.55, 0.2, 0.1]])


class _Pen:
    """Draws soft shapes in face coordinates: centre (0, 0), the face about 1 wide and 1.4 high, y down."""

    def __init__(self, canvas: Image, centre: tuple[float, float], scale: float, tilt: float) -> None:
        self.canvas, self.scale = canvas, scale
        self.centre = np.array(centre)
        self.turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])

    def place(self, points: np.ndarray) -> np.ndarray:
        """Face coordinates [N,2] to pixels."""
        return points @ self.turn * self.scale + self.centre

    def shape(self, points: np.ndarray, colour: np.ndarray, soft: float = 0.0, share: float = 1.0) -> None:
        """Fills a closed outline [N,2]; soft is the blur of its border in face units."""
        mask = np.zeros(self.canvas.shape[:2], np.uint8)
        pixels = np.round(self.place(points) * 16).astype(np.int32)
        cv2.fillPoly(mask, [pixels], 255, cv2.LINE_AA, 4)
        cover = mask.astype(np.float32) / 255
        if soft * self.scale > 0.4:
            cover = cv2.GaussianBlur(cover, (0, 0), soft * self.scale)
        self.canvas += share * cover[..., None] * (np.asarray(colour, np.float32) - self.canvas)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour, soft=0.0, share=1.0) -> None:
        """Fills an ellipse with the same options as shape."""
        t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        self.shape(np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], 1), colour, soft, share)


def _eye(rng: Random, pen: _Pen, x: float, side: float, tone: np.ndarray, opening: float) -> None:
    iris = random_colour(rng) * 0.6 * np.array([1.0, 0.8, 0.7])
    pen.ellipse(x, -0.12, 0.15, 0.09, tone * 0.72, 0.03, 0.7)
    t = np.linspace(-1, 1, 24)
    upper = np.stack([x + 0.115 * t, -0.12 - opening * (1 - t * t)], 1)
    lower = np.stack([x + 0.115 * t[::-1], -0.115 + 0.6 * opening * (1 - t * t)], 1)
    pen.shape(np.concatenate([upper, lower]), np.array([0.93, 0.91, 0.9]) * (0.6 + 0.4 * tone.max()), 0.004)
    pen.ellipse(x, -0.13, opening * 0.85, opening * 0.85, iris, 0.004)
    pen.ellipse(x, -0.13, opening * 0.4, opening * 0.4, np.full(3, 0.03), 0.003)
    pen.ellipse(x + 0.015, -0.15, 0.012, 0.012, np.ones(3), 0.003)
    lash = np.concatenate([upper - [0, 0.018], upper[::-1]])
    pen.shape(lash, tone * 0.15, 0.004)
    brow = np.stack([x + 0.15 * t, -0.27 - 0.03 * (1 - t * t) + 0.02 * side * t], 1)
    pen.shape(np.concatenate([brow - [0, 0.02], brow[::-1] + [0, 0.015]]), tone * 0.3, 0.008, 0.85)


def _mouth(rng: Random, pen: _Pen, tone: np.ndarray) -> None:
    t = np.linspace(-1, 1, 32)
    width, smile = rng.uniform(0.16, 0.24), rng.uniform(-0.02, 0.06)
    line = np.stack([width * t, 0.36 - smile * t * t], 1)
    lips = tone * np.array([0.95, 0.62, 0.62]) + np.array([0.06, 0.0, 0.01])
    bulge = (1 - t * t)[:, None] * np.array([[0.0, 1.0]])
    pen.shape(np.concatenate([line - 0.045 * bulge, (line + 0.065 * bulge)[::-1]]), lips, 0.006)
    if rng.random() < 0.5:
        gap = rng.uniform(0.02, 0.05) * bulge
        pen.shape(np.concatenate([line - 0.4 * gap, (line + gap)[::-1]]), [0.95, 0.93, 0.9], 0.004)
        return
    dark = 0.008 * bulge
    pen.shape(np.concatenate([line - dark, (line + dark)[::-1]]), lips * 0.4, 0.004)


def _hair(rng: Random, pen: _Pen, colour: np.ndarray, above: bool) -> None:
    """Strands from the crown; behind the face down to the shoulders, or above it as a fringe."""
    low, reach = (rng.uniform(-0.1, 0.3), 0.6) if above else (rng.uniform(0.3, 1.2), 1.0)
    for _ in range(160 if above else 260):
        side = rng.uniform(-1, 1)
        t = np.linspace(0, 1, 20)
        x = side * (0.25 + 0.36 * np.sqrt(t)) * (1.12 if not above else 1.0)
        y = -0.78 + t * reach * (low + 0.78) * (0.35 + 0.65 * abs(side)) + 0.03 * np.sin(9 * t + side * 5)
        path = pen.place(np.stack([x, y], 1)) * 16
        tint = np.clip(colour * rng.uniform(0.45, 1.9) + rng.uniform(0, 0.05), 0, 1).tolist()
        width = max(1, int(pen.scale * rng.uniform(0.004, 0.03)))
        cv2.polylines(pen.canvas, [np.round(path).astype(np.int32)[:, None]], False, tint, width, cv2.LINE_AA, 4)


def draw_face(rng: Random, canvas: Image, smallest: float = 0.05) -> None:
    """Draws one head over canvas, in place: random tilt, tone, light, hair; width from `smallest` of the picture."""
    size = canvas.shape[0]
    scale = size * rng.uniform(smallest, 0.62)
    pen = _Pen(canvas, tuple(rng.uniform(0.2, 0.8, 2) * size), scale, rng.normal(0, 0.2))
    tone = SKIN[rng.integers(len(SKIN))] * rng.uniform(0.85, 1.08)
    tone = np.clip(tone * rng.normal(1, 0.03, 3), 0, 1)
    hair = HAIR[rng.integers(len(HAIR))] * rng.uniform(0.8, 1.2)
    light = rng.choice([-1.0, 1.0])
    _hair(rng, pen, hair, above=False)
    neck = np.array([[-0.2, 0.5], [0.2, 0.5], [0.24, 0.95], [0.7, 1.3], [-0.7, 1.3], [-0.24, 0.95]])
    pen.shape(neck, tone * 0.82, 0.02)
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    jaw = 0.5 - 0.09 * np.clip(np.sin(t), 0, 1) ** 2
    pen.shape(np.stack([jaw * np.cos(t), 0.68 * np.sin(t)], 1), tone, 0.006)
    pen.ellipse(0.33 * light, 0.1, 0.22, 0.5, tone * rng.uniform(0.55, 0.85), 0.09, 0.7)
    pen.ellipse(-0.2 * light, -0.02, 0.16, 0.22, np.clip(tone * 1.15, 0, 1), 0.07, 0.6)
    for side in (-1.0, 1.0):
        pen.ellipse(0.24 * side, 0.18, 0.12, 0.09, np.clip(tone * [1.05, 0.86, 0.84], 0, 1), 0.05, 0.5)
    opening = rng.uniform(0.035, 0.065)
    _eye(rng, pen, -0.21, -1, tone, opening)
    _eye(rng, pen, 0.21, 1, tone, opening)
    pen.shape(np.array([[0.02, -0.1], [0.09 * light, 0.16], [0.0, 0.18]]), tone * 0.75, 0.02, 0.8)
    for side in (-1.0, 1.0):
        pen.ellipse(0.05 * side, 0.175, 0.022, 0.012, tone * 0.35, 0.006, 0.8)
    _mouth(rng, pen, tone)
    if rng.random() < 0.8:
        _hair(rng, pen, hair, above=True)
    grain = clouds(rng, size, 1.1, 32)[..., None] - 0.5
    canvas += grain * rng.uniform(0, 0.05)
    np.clip(canvas, 0, 1, out=canvas)
    if rng.random() < 0.4:
        x, y = pen.place(np.array([[0.0, -0.7]]))[0]
        draw_strokes(rng, canvas, 1, (int(x), int(y), int(scale)))
