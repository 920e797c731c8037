"""Procedurally made training pictures: dead leaves, skies, text, strokes, faces. All [H,W,3] float32 RGB in [0,1].

Dead leaves after Lee, Mumford and Huang, "Occlusion Models for Natural Images" (IJCV 2001): opaque shapes with a
power law of sizes give natural statistics of edges.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np

Image = np.ndarray
Random = np.random.Generator

FONTS = [
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
]
LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&!?%+-")


def random_colour(rng: Random) -> np.ndarray:
    """A colour with a natural spread: mostly moderate saturation, any lightness."""
    saturation = rng.beta(1.5, 2.2)
    return np.array(colorsys.hsv_to_rgb(rng.random(), saturation, rng.beta(1.6, 1.2)), np.float32)


def clouds(rng: Random, size: int, roughness: float = 2.0, coarsest: int = 4) -> np.ndarray:
    """Fractal noise [size,size] in [0,1]: octaves of smooth noise whose strength falls by `roughness`."""
    total = np.zeros((size, size), np.float32)
    cells, strength = coarsest, 1.0
    while cells < size:
        grid = rng.standard_normal((cells, cells)).astype(np.float32)
        total += strength * cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
        cells, strength = cells * 2, strength / roughness
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def gradient(rng: Random, size: int) -> Image:
    """A smooth two-colour gradient, straight or round."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    if rng.random() < 0.3:
        cx, cy = rng.random(2)
        t = np.hypot(x - cx, y - cy)
    else:
        angle = rng.random() * 2 * np.pi
        t = x * np.cos(angle) + y * np.sin(angle)
    t = (t - t.min()) / (np.ptp(t) + 1e-6)
    return random_colour(rng) * (1 - t[..., None]) + random_colour(rng) * t[..., None]


def colour_field(rng: Random, size: int) -> Image:
    """Soft clouds of light and colour: every tone beside every other, half of them around the hues of skin."""
    hsv = np.stack([clouds(rng, size, rng.uniform(2, 4), 3) for _ in range(3)], -1)
    if rng.random() < 0.5:
        low, high = np.array([2, 0.1, 0.1]), np.array([38, 0.75, 1.0])
    else:
        hue = rng.uniform(0, 360)
        low, high = np.array([hue, 0.0, 0.0]), np.array([hue + rng.uniform(20, 200), 1.0, 1.0])
    hsv = (low + hsv * (high - low)).astype(np.float32)
    hsv[..., 0] %= 360
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).clip(0, 1)


def _outline(rng: Random, centre: np.ndarray, radius: float) -> np.ndarray:
    """Closed outline of a random leaf: a polygon, an ellipse or a wavy blob; [N,2] int32 with 4 fractional bits."""
    kind = rng.integers(3)
    count = int(rng.integers(3, 7)) if kind == 0 else 64
    t = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.random() * 2 * np.pi
    r = np.ones(count)
    if kind == 2:
        for harmonic in range(2, 6):
            r += rng.normal(0, 0.25 / harmonic) * np.cos(harmonic * t + rng.random() * 6.28)
    stretch = np.exp(rng.normal(0, 0.45))
    turn = rng.random() * np.pi
    points = np.stack([np.cos(t) * r * stretch, np.sin(t) * r / stretch], 1) * radius
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.round((points @ rotation + centre) * 16).astype(np.int32)


def _fill(rng: Random, size: int, textures: list[Image]) -> Image:
    """Surface of one leaf: plain, shaded, cloudy, striped or cut from a picture, [size,size,3]."""
    kind = rng.random()
    if kind < 0.25:
        return np.full((size, size, 3), random_colour(rng), np.float32)
    if kind < 0.5:
        return gradient(rng, size)
    if kind < 0.65:
        share = clouds(rng, size, rng.uniform(1.2, 2.2), int(rng.integers(3, 20)))[..., None]
        first = random_colour(rng)
        return first + share * (random_colour(rng) - first) * rng.uniform(0.15, 0.8)
    if kind < 0.75 or not textures:
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        angle, period = rng.random() * np.pi, rng.uniform(4, 30)
        wave = 0.5 + 0.5 * np.tanh(4 * np.sin((x * np.cos(angle) + y * np.sin(angle)) * 6.28 / period))
        first = random_colour(rng)
        return first + wave[..., None] * (random_colour(rng) - first)
    picture = textures[rng.integers(len(textures))]
    scale = rng.uniform(0.4, 1.4)
    side = min(int(size / scale), *picture.shape[:2])
    top = rng.integers(picture.shape[0] - side + 1)
    left = rng.integers(picture.shape[1] - side + 1)
    patch = picture[top : top + side, left : left + side]
    return cv2.resize(patch, (size, size), interpolation=cv2.INTER_AREA)


def dead_leaves(rng: Random, size: int, textures: list[Image], count: int | None = None) -> Image:
    """Overlapping opaque shapes of many sizes, with soft or hard borders and now and then a cast shadow."""
    canvas = gradient(rng, size).astype(np.float32)
    count = int(rng.integers(15, 90)) if count is None else count
    radii = np.sort(size * 0.3 * rng.pareto(1.6, count).clip(0.04, 1.2))[::-1]
    for radius in radii:
        mask = np.zeros((size, size), np.uint8)
        outline = _outline(rng, rng.random(2) * size, radius)
        cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA, 4)
        cover = mask.astype(np.float32) / 255
        if rng.random() < 0.25:
            cover = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.6, 4))
        if rng.random() < 0.3:
            shadow = cv2.GaussianBlur(np.roll(cover, (4, 3), (0, 1)), (0, 0), rng.uniform(2, 8))
            canvas *= 1 - 0.5 * shadow[..., None]
        canvas += cover[..., None] * (_fill(rng, size, textures) - canvas)
    return canvas.clip(0, 1)


def sky(rng: Random, size: int) -> Image:
    """Landscape: graded sky, clouds, sun or stars, hills and a lit skyline; by day, at dusk or at night."""
    y = np.linspace(0, 1, size, dtype=np.float32)[:, None, None]
    night = rng.random() < 0.35
    top, low = random_colour(rng), random_colour(rng)
    if rng.random() < 0.6:
        top = np.array([0.25, 0.5, 0.9], np.float32) * rng.uniform(0.6, 1.1)
        low = np.array([0.8, 0.88, 0.97], np.float32)
    canvas = np.repeat(top * (1 - y) + low * y, size, 1) * (0.18 if night else 1.0)
    cover = clouds(rng, size, rng.uniform(1.6, 2.4))
    cover = np.clip((cover - rng.uniform(0.35, 0.7)) * rng.uniform(1.5, 5), 0, 1)[..., None]
    canvas = canvas + cover * (canvas.max() * rng.uniform(0.9, 1.1) - canvas) * 0.9
    if night:
        stars = (rng.random((size, size, 1)) < 0.0008).astype(np.float32)
        canvas = canvas + cv2.GaussianBlur(stars, (0, 0), 0.8)[..., None] * 3
    for depth in range(int(rng.integers(1, 4))):
        profile = clouds(rng, size, 1.8, 3)[0] * 0.3 + 0.45 + 0.15 * depth
        land = 1 / (1 + np.exp(-(np.arange(size)[:, None] / size - profile[None]) * size))
        ground = random_colour(rng) * (0.12 if night else rng.uniform(0.25, 0.9))
        grain = 0.75 + 0.5 * clouds(rng, size, 1.15, 16)[..., None]
        canvas = canvas + land[..., None].astype(np.float32) * (ground * grain - canvas)
    if rng.random() < 0.5:
        _buildings(rng, canvas, night)
    return canvas.clip(0, 1).astype(np.float32)


def _buildings(rng: Random, canvas: Image, night: bool) -> None:
    """Draws boxes with window grids on the lower part of canvas, in place."""
    size = canvas.shape[0]
    for _ in range(int(rng.integers(3, 9))):
        left, width = int(rng.integers(size)), int(rng.integers(size // 12, size // 4))
        top = int(rng.uniform(0.35, 0.8) * size)
        wall = random_colour(rng) * (0.15 if night else 0.9)
        canvas[top:, left : left + width] = wall
        step = int(rng.integers(7, 18))
        glass = np.array([1.0, 0.85, 0.5], np.float32) if night else random_colour(rng) * 0.6
        for y in range(top + step // 2, size, step):
            for x in range(left + step // 3, min(left + width - step // 2, size), step):
                if rng.random() < 0.7:
                    canvas[y : y + step // 2, x : x + step // 2] = glass


def write_text(rng: Random, canvas: Image) -> None:
    """Writes lines of random words in several stroke fonts and sizes over canvas, in place."""
    size = canvas.shape[0]
    page = (canvas.clip(0, 1) * 255 + 0.5).astype(np.uint8)  # OpenCV writes on 8-bit pictures only.
    for _ in range(int(rng.integers(3, 12))):
        words = "".join(rng.choice(LETTERS, int(rng.integers(3, 12))))
        colour = (random_colour(rng) * 255).tolist()
        at = (int(rng.integers(-20, size // 2)), int(rng.integers(10, size)))
        scale = float(rng.uniform(0.4, 2.8))
        weight = max(1, int(scale * rng.uniform(0.8, 3)))
        cv2.putText(page, words, at, FONTS[rng.integers(len(FONTS))], scale, colour, weight, cv2.LINE_AA)
    canvas[:] = page.astype(np.float32) / 255


def draw_strokes(rng: Random, canvas: Image, bundles: int, box: tuple[int, int, int] | None = None) -> None:
    """Bundles of near-parallel curves (hair, grass, wires) over canvas, in place; box is (x, y, length)."""
    size = canvas.shape[0]
    for _ in range(bundles):
        colour, x, y = random_colour(rng), *rng.integers(0, size, 2)
        length = rng.uniform(0.15, 0.6) * size
        if box is not None:
            x, y, length = box[0], box[1], float(box[2])
        heading, bend = rng.random() * 6.28, rng.normal(0, 1.2)
        spread = rng.uniform(0.02, 0.12) * size
        for _ in range(int(rng.integers(8, 90))):
            t = np.linspace(0, 1, 24)
            angle = heading + bend * t + rng.normal(0, 0.06)
            path = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], 1) * length / 24, 0)
            path += np.array([x, y]) + rng.normal(0, spread, 2)
            tint = np.clip(colour * rng.uniform(0.55, 1.5), 0, 1)
            points = np.round(path * 16).astype(np.int32)[:, None]
            width = 1 if rng.random() < 0.8 else int(rng.integers(2, 5))
            cv2.polylines(canvas, [points], False, tint.tolist(), width, cv2.LINE_AA, 4)
