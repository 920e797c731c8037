"""Measures how much drawn videos flicker: what changes from frame to frame that the source's motion does not explain.

    .venv/bin/python scripts/bench/flicker.py clip.mp4 off.mp4 auto.mp4 --json build/bench/flicker.json

The videos are drawn ones of the same source, all its frames; ratios are to the first. See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]

# Of Sundaram et al. (2010) and Ruder et al. (2016): a pixel is visible in both frames where the flow there and back
# again ends where it began, but for this part of its squared length and this much more (pixels²).
_PART_OF_LENGTH = 0.01
_MORE = 0.5
# A pair with less than this part visible is a scene cut.
_LEAST_VISIBLE = 0.25


@dataclass
class Flicker:
    """One video, means over the pairs of frames (error) or the frames (sharpness)."""

    video: str
    error: float = 0.0  # levels of 255, masked
    drift: float = 0.0  # of that what the whole picture does at once: brightness and colour that pump
    gradient: float = 0.0  # levels a pixel
    laplacian: float = 0.0  # variance
    errors: list[float] = field(default_factory=list)
    drifts: list[float] = field(default_factory=list)


@dataclass
class Motion:
    """From one source frame to the one before: where each pixel was, and whether it was visible there."""

    x: Array
    y: Array
    visible: Array


class VideoFailed(Exception):
    """A video cannot be read, or is no drawing of the source."""


def _frames(path: Path) -> Iterator[Array]:
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise VideoFailed(f"{path}: cannot be read")
    try:
        while True:
            done, frame = capture.read()
            if not done:
                return
            yield frame
    finally:
        capture.release()


def _grey(frame: Array) -> Array:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))


def _at_size_of(frame: Array, like: Array) -> Array:
    height, width = like.shape[:2]
    if frame.shape[:2] == (height, width):
        return frame
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA))


class MotionFinder:
    """Dense inverse search flow (Kroeger et al. 2016) between grey pictures of one size."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def find(self, now: Array, before: Array) -> Motion:
        back = np.asarray(self._flow.calc(now, before, None))  # type: ignore[call-overload]
        forth = np.asarray(self._flow.calc(before, now, None))  # type: ignore[call-overload]
        height, width = now.shape
        columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        x, y = columns + back[..., 0], rows + back[..., 1]
        there = np.asarray(cv2.remap(forth, x, y, cv2.INTER_LINEAR))
        gap = np.square(back + there).sum(axis=2)
        length = np.square(back).sum(axis=2) + np.square(there).sum(axis=2)
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        return Motion(x, y, inside & (gap <= _PART_OF_LENGTH * length + _MORE))


def _compare(flicker: Flicker, motion: Motion, now: Array, before: Array) -> None:
    # Cubic: linear interpolation blurs, which would count against sharp pictures.
    moved = cv2.remap(before, motion.x, motion.y, cv2.INTER_CUBIC)
    change = (now.astype(np.float32) - moved.astype(np.float32))[motion.visible]
    flicker.errors.append(float(np.abs(change).mean()))
    flicker.drifts.append(float(np.abs(change.mean(axis=0)).mean()))


def _add_sharpness(flicker: Flicker, frame: Array) -> None:
    grey = _grey(frame).astype(np.float32)
    x = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8)
    y = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)
    flicker.gradient += float(np.hypot(x, y).mean())
    flicker.laplacian += float(cv2.Laplacian(grey, cv2.CV_32F).var())


@dataclass
class Measurement:
    """The source first, then the videos."""

    results: list[Flicker]
    pairs: int = 0
    cuts: int = 0
    visible: float = 0.0  # part of the picture, mean


def measure(source: Path, videos: Sequence[Path], most: int | None = None) -> Measurement:
    """Reads all videos side by side, at most `most` frames. Throws VideoFailed."""
    paths = [source, *videos]
    measured = Measurement([Flicker(str(path)) for path in paths])
    streams = [_frames(path) for path in paths]
    finder = MotionFinder()
    visible: list[float] = []
    before: list[Array] = []
    frames = 0
    while most is None or frames < most:
        read = [next(stream, None) for stream in streams]
        now = [frame for frame in read if frame is not None]
        if len(now) < len(read):
            if now:
                ended = [str(path) for path, frame in zip(paths, read, strict=True) if frame is None]
                raise VideoFailed(f"{', '.join(ended)}: ends after {frames} frames, before the others")
            break
        now = [_at_size_of(frame, now[0]) for frame in now]
        for result, frame in zip(measured.results, now, strict=True):
            _add_sharpness(result, frame)
        if before:
            motion = finder.find(_grey(now[0]), _grey(before[0]))
            part = float(motion.visible.mean())
            if part < _LEAST_VISIBLE:
                measured.cuts += 1
            else:
                visible.append(part)
                for result, frame, earlier in zip(measured.results, now, before, strict=True):
                    _compare(result, motion, frame, earlier)
        before = now
        frames += 1
    if not visible:
        raise VideoFailed(f"{source}: needs two frames that belong together")
    measured.pairs = len(visible)
    measured.visible = statistics.fmean(visible)
    for result in measured.results:
        result.error = statistics.fmean(result.errors)
        result.drift = statistics.fmean(result.drifts)
        result.gradient /= frames
        result.laplacian /= frames
    return measured


def table(measured: Measurement) -> str:
    """The results in Markdown; ratios to the first drawn video."""
    source, *drawn = measured.results
    first = drawn[0]
    visible = f"{100 * measured.visible:.0f} % of the picture visible in both"
    lines = [
        f"{measured.pairs} pairs of frames, {visible}, {measured.cuts} cuts left out",
        "",
        "| video | warping error | ÷ first | whole picture | ÷ first | gradient | ÷ first | Laplacian variance | ÷ first |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for result in measured.results:
        cells = [Path(result.video).name + (" (source)" if result is source else "")]
        for key in ("error", "drift", "gradient", "laplacian"):
            value, reference = getattr(result, key), getattr(first, key)
            cells += [f"{value:.3f}", f"{value / reference:.3f}" if reference > 0 else "–"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("source", type=Path, metavar="SOURCE")
    parser.add_argument("videos", type=Path, nargs="+", metavar="DRAWN")
    parser.add_argument("--frames", type=int, metavar="N", help="only so many of the beginning")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything here, pair by pair")
    options = parser.parse_args(argv)
    try:
        measured = measure(options.source, options.videos, options.frames)
    except VideoFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(measured))
    if options.json:
        options.json.write_text(json.dumps(asdict(measured), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
