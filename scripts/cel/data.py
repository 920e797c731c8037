"""Training pictures and the cached teacher pairs.

Pictures (all free of rights; nothing else is used):

| picture | from | author, licence |
| --- | --- | --- |
| astronaut | scikit-image | NASA, public domain |
| chelsea | scikit-image | Stefan van der Walt, CC0 |
| coffee | scikit-image | Rachel Michetti (Pikolo Espresso Bar), CC0 |
| rocket | scikit-image | SpaceX, public domain |
| hubble_deep_field | scikit-image | NASA, public domain |
| camera | scikit-image | Lav Varshney, CC0 (grey; tinted here) |
| brick, grass, gravel | scikit-image | CC0Textures, CC0 (grey; tinted here) |
| face (raccoon) | scipy 1.9.3's wheel, scipy/misc/face.dat | scipy documents it as public domain (via pixnio.com) |

Everything else is drawn by synthetic.py and faces.py. Sample i depends on the seed and i alone, so the cache can be
built by any number of workers, stopped and resumed.
"""

from __future__ import annotations

import bz2
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from .faces import draw_face
from .synthetic import colour_field, dead_leaves, draw_strokes, random_colour, sky, write_text
from .teacher import stylize_with_ink

Image = np.ndarray  # [H,W,3] float32 RGB in [0,1]
Random = np.random.Generator

COLOUR_PICTURES = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field")
COLOUR_SHARES = (0.34, 0.2, 0.2, 0.08, 0.03)
RACCOON_SHARE = 0.15
GREY_PICTURES = ("camera", "brick", "grass", "gravel")
PAIR_SIZE = 448


class Pictures:
    """The free pictures named above, as float arrays; the raccoon only where its wheel is given."""

    def __init__(self, scipy_wheel: Path | None) -> None:
        self.colour = [getattr(skimage.data, name)()[..., :3] for name in COLOUR_PICTURES]
        shares = list(COLOUR_SHARES)
        if scipy_wheel is not None:
            packed = zipfile.ZipFile(scipy_wheel).read("scipy/misc/face.dat")
            raw = np.frombuffer(bz2.decompress(packed), np.uint8)
            self.colour.append(raw.reshape(768, 1024, 3))
            shares.append(RACCOON_SHARE)
        self.colour = [picture.astype(np.float32) / 255 for picture in self.colour]
        self.shares = np.array(shares) / sum(shares)
        self.grey = [getattr(skimage.data, name)().astype(np.float32) / 255 for name in GREY_PICTURES]

    def textures(self, rng: Random) -> list[Image]:
        """Pictures to cut surfaces from: the colour ones, and the grey ones in random tints."""
        return self.colour + [self.tinted(rng, grey) for grey in self.grey]

    @staticmethod
    def tinted(rng: Random, grey: np.ndarray) -> Image:
        """Grey [H,W] to a random duotone [H,W,3]."""
        dark, light = random_colour(rng) * 0.4, 0.5 + 0.5 * random_colour(rng)
        return (dark + grey[..., None] * (light - dark)).astype(np.float32)


Maker = Callable[[int, int, Pictures], Image]  # (seed, index, pictures) to a clean picture


def random_view(rng: Random, picture: Image, size: int) -> Image:
    """A rotated, scaled, mirrored [size,size,3] crop of a picture, with borders mirrored."""
    height, width = picture.shape[:2]
    scale = float(np.exp(rng.uniform(np.log(0.55), np.log(2.6))))
    # Shrinking by warpAffine alone would alias.
    if scale < 0.9:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = picture.shape[:2]
        scale = 1.0
    angle = rng.normal(0, 12) if rng.random() < 0.7 else rng.uniform(-180, 180)
    reach = size / scale / 2
    x = rng.uniform(min(reach, width / 2), max(width - reach, width / 2))
    y = rng.uniform(min(reach, height / 2), max(height - reach, height / 2))
    matrix = cv2.getRotationMatrix2D((x, y), angle, scale)
    matrix[:, 2] += size / 2 - np.array([x, y])
    view = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.clip(view[:, ::-1] if rng.random() < 0.5 else view, 0, 1)


def change_colours(rng: Random, image: Image) -> Image:
    """Exposure, white balance, saturation and hue as other cameras and lights would give; sometimes night."""
    kind = rng.random()
    gamma = rng.uniform(1.8, 3.2) if kind < 0.16 else float(np.exp(rng.normal(0, 0.3)))
    image = np.power(np.clip(image, 0, 1), gamma) * (rng.uniform(0.35, 1) if kind < 0.16 else rng.uniform(0.8, 1.1))
    image = image * rng.normal(1, 0.06, 3).astype(np.float32)
    grey = image.mean(-1, keepdims=True)
    image = grey + (image - grey) * rng.uniform(0.4, 1.35)
    # Far hue changes teach that the style is not bound to the colours of a few pictures.
    if rng.random() < 0.35:
        image = image[..., rng.permutation(3)]
    if rng.random() < 0.06:
        image = np.repeat(image.mean(-1, keepdims=True), 3, -1)
    return np.ascontiguousarray(np.clip(image, 0, 1), np.float32)


def make_picture(seed: int, index: int, pictures: Pictures, size: int = PAIR_SIZE) -> Image:
    """Clean training picture number `index`, [size,size,3] in [0,1]."""
    rng = np.random.default_rng((seed, index))
    kind = rng.random()
    if kind < 0.5:
        picture = pictures.colour[rng.choice(len(pictures.colour), p=pictures.shares)]
        return change_colours(rng, random_view(rng, picture, size))
    if kind < 0.56:
        grey = pictures.tinted(rng, pictures.grey[rng.integers(len(pictures.grey))])
        return change_colours(rng, random_view(rng, grey, size))
    if kind < 0.66:
        return change_colours(rng, sky(rng, size))
    if kind < 0.84:
        canvas = sky(rng, size) if rng.random() < 0.4 else dead_leaves(rng, size, pictures.textures(rng), 14)
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 6))
        for _ in range(int(rng.integers(1, 4))):
            draw_face(rng, canvas)
        # No permuted channels here: faces keep the colours of faces.
        return np.clip(np.power(canvas, np.exp(rng.normal(0.1, 0.3))), 0, 1).astype(np.float32)
    canvas = dead_leaves(rng, size, pictures.textures(rng))
    if rng.random() < 0.35:
        write_text(rng, canvas)
    if rng.random() < 0.5:
        draw_strokes(rng, canvas, int(rng.integers(1, 7)))
    if rng.random() < 0.5:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 1.2))
    return change_colours(rng, canvas.clip(0, 1))


def make_swatch(seed: int, index: int, pictures: Pictures, size: int = PAIR_SIZE) -> Image:
    """Clean picture number `index` of the second pool: large soft areas, to learn tone steps, colours and skin."""
    rng = np.random.default_rng((seed, index, 1))
    kind = rng.random()
    if kind < 0.5:
        canvas = colour_field(rng, size)
        if rng.random() < 0.6:
            draw_strokes(rng, canvas, int(rng.integers(1, 4)))
        return canvas
    if kind < 0.75:
        canvas = cv2.GaussianBlur(sky(rng, size), (0, 0), rng.uniform(2, 8))
        draw_face(rng, canvas, 0.4)
    else:
        # The astronaut's face and hair, close up, in other lights and tones of skin.
        canvas = random_view(rng, pictures.colour[0][20:220, 130:330], size)
        canvas = canvas * rng.normal(1, 0.08, 3).astype(np.float32)
    canvas = np.power(canvas.clip(0, 1), np.exp(rng.normal(0.1, 0.45)))
    return canvas.astype(np.float32)


def to_bytes(image: np.ndarray) -> np.ndarray:
    """[0,1] to uint8 with rounding to the nearest level."""
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


@lru_cache(maxsize=1)
def _pictures(wheel: Path | None) -> Pictures:
    return Pictures(wheel)


def _build(job: tuple[Maker, int, int, Path, Path | None]) -> None:
    make, seed, index, folder, wheel = job
    target = folder / f"{index:05d}.npz"
    if target.exists():
        return
    cv2.setNumThreads(1)
    clean = to_bytes(make(seed, index, _pictures(wheel)))
    styled, ink = stylize_with_ink(clean.astype(np.float32) / 255)
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, clean=clean, styled=to_bytes(styled), ink=to_bytes(ink))
    part.replace(target)


def build_pairs(
    folder: Path, make: Maker, seed: int, count: int, wheel: Path | None, workers: int
) -> None:
    """Makes the missing ones of `count` teacher pairs in folder; each is written whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [index for index in range(count) if not (folder / f"{index:05d}.npz").exists()]
    jobs = [(make, seed, index, folder, wheel) for index in missing]
    if workers < 2:
        for job in jobs:
            _build(job)
        return
    with ProcessPoolExecutor(workers) as pool:
        for done, _ in enumerate(pool.map(_build, jobs, chunksize=4), 1):
            if done % 50 == 0:
                print(f"teacher pairs: {done} of {len(jobs)} made", flush=True)


def load_pairs(folder: Path, count: int) -> np.ndarray:
    """The cached pairs as one uint8 array [count,size,size,7]: clean RGB, styled RGB, ink."""
    pairs = []
    for index in range(count):
        with np.load(folder / f"{index:05d}.npz") as file:
            pairs.append(np.concatenate([file["clean"], file["styled"], file["ink"][..., None]], -1))
    return np.stack(pairs)


def spoil(rng: Random, clean: np.ndarray) -> np.ndarray:
    """Film grain, sensor noise and JPEG blocks on a uint8 crop, often none: the target stays clean."""
    if rng.random() < 0.45:
        return clean
    image = clean.astype(np.float32)
    if rng.random() < 0.7:
        sigma = rng.uniform(1, 9)
        noise = rng.standard_normal(image.shape).astype(np.float32)
        grey = rng.random() < 0.5
        noise = np.repeat(noise[..., :1], 3, -1) if grey else noise
        if rng.random() < 0.4:
            noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 2
        image = image + sigma * noise
    image = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(45, 96))
        _, packed = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1]
    return image


def random_batch(rng: Random, pairs: np.ndarray, batch: int, crop: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs [batch,3,crop,crop] and targets [batch,4,crop,crop] (styled RGB, ink), float32 in [0,1]."""
    inputs, targets = [], []
    for _ in range(batch):
        pair = pairs[rng.integers(len(pairs))]
        top, left = rng.integers(0, pair.shape[0] - crop + 1, 2)
        patch = np.rot90(pair[top : top + crop, left : left + crop], rng.integers(4))
        patch = patch[::-1] if rng.random() < 0.5 else patch
        inputs.append(spoil(rng, np.ascontiguousarray(patch[..., :3])).transpose(2, 0, 1))
        targets.append(patch[..., 3:].transpose(2, 0, 1))
    scale = np.float32(1 / 255)
    return np.stack(inputs).astype(np.float32) * scale, np.stack(targets).astype(np.float32) * scale
