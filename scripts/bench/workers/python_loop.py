"""The loop that people write: every picture of a folder read, drawn and saved, one after the other."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from networks import load_network  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--work-size", type=int, required=True, help="long side at which the network runs")
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    network, _ = load_network(options.model)
    options.output.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    for file in sorted(options.input.glob("*.jpg")):
        picture = Image.open(file).convert("RGB")
        scale = options.work_size / max(picture.size)
        small = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
        pixels = torch.from_numpy(np.asarray(small, dtype=np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
        with torch.inference_mode():
            drawn = network(pixels)[0]
        styled = ((drawn.clamp(-1, 1) + 1) * 127.5).permute(1, 2, 0).numpy().astype(np.uint8)
        result = Image.fromarray(styled).resize(picture.size, Image.Resampling.BICUBIC)
        result.save(options.output / file.name, quality=92)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
