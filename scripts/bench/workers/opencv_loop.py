"""The loop that people write for videos: cv2.VideoCapture, the network on each frame, cv2.VideoWriter."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

sys.path[:0] = [str(Path(__file__).resolve().parents[level]) for level in (1, 2)]
from export.archive import read_facts  # noqa: E402
from networks import load_network  # noqa: E402

Frame = np.ndarray[Any, Any]


def _drawing(model: Path, work_size: int) -> Callable[[Frame], Frame]:
    network, _ = load_network(model)
    low, high = read_facts(model)["input"]["range"]
    scale = 255.0 / (high - low)

    def draw(frame: Frame) -> Frame:
        height, width = frame.shape[:2]
        factor = work_size / max(height, width)
        small = cv2.resize(frame, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.float32)
        pixels = torch.from_numpy(rgb).permute(2, 0, 1)[None] / scale + low
        with torch.inference_mode():
            drawn = network(pixels)[0]
        levels = ((drawn.clamp(low, high) - low) * scale).permute(1, 2, 0).numpy().astype(np.uint8)
        large = cv2.resize(levels, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.cvtColor(large, cv2.COLOR_RGB2BGR))

    return draw


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="default: frames stay as they are")
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--work-size", type=int, default=768, help="long side at which the network runs")
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    draw = _drawing(options.model, options.work_size) if options.model else (lambda frame: frame)
    start = time.perf_counter()
    capture = cv2.VideoCapture(str(options.input))
    writer = None
    while True:
        done, frame = capture.read()
        if not done:
            break
        if writer is None:
            size = (frame.shape[1], frame.shape[0])
            code = cv2.VideoWriter.fourcc(*"mp4v")  # the wheels have no H.264 encoder
            writer = cv2.VideoWriter(str(options.output), code, capture.get(cv2.CAP_PROP_FPS), size)
        writer.write(draw(frame))
    if writer is not None:
        writer.release()
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
