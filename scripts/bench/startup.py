"""How long `stylize` takes from the shell's view: --help, --version, one picture of 512 x 512, and a large photo.

    .venv/bin/python scripts/bench/startup.py --runs 15 --photo 12

The commands take turns, in random order within each round. Needs no package but Python itself; --photo needs Pillow.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parents[2]
SIDE = 512


@dataclass
class Timing:
    command: str
    median_ms: float
    min_ms: float
    max_ms: float
    peak_mb: float


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_picture(path: Path) -> None:
    """A SIDE x SIDE RGB PNG: two gradients under a checkerboard, so that there is something to draw."""
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)  # no PNG filter
        for x in range(SIDE):
            rows += bytes((x // 2, y // 2, 220 if (x // 64 + y // 64) % 2 else 60))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    data = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(rows))) + _chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def write_photo(path: Path, megapixels: float) -> None:
    """A 4:3 JPEG as cameras write them: the portrait in docs/, enlarged."""
    from PIL import Image

    height = round(math.sqrt(megapixels * 1e6 * 3 / 4))
    size = (round(height * 4 / 3), height)
    with Image.open(ROOT / "docs" / "astronaut.jpg") as photo:
        photo.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(path, quality=92)


def run(command: list[str]) -> tuple[float, float]:
    """Wall time in ms and peak resident size in MB of one run; ends the program when the command fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)  # the one call that reports this child's own peak
    milliseconds = 1000 * (time.perf_counter() - begun)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(command)} ended with {process.returncode}: {message.strip()}")
    return milliseconds, usage.ru_maxrss * 1024 / 1e6


def measure(commands: dict[str, list[str]], runs: int, warmup: int) -> list[Timing]:
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    order = random.Random(1)
    for number in range(warmup + runs):
        names = list(commands)
        order.shuffle(names)
        for name in names:
            sample = run(commands[name])
            if number >= warmup:
                samples[name].append(sample)
    timings = []
    for name, values in samples.items():
        times = [milliseconds for milliseconds, _ in values]
        peak = max(megabytes for _, megabytes in values)
        timings.append(Timing(name, statistics.median(times), min(times), max(times), peak))
    return timings


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--binary", type=Path, default=ROOT / "build/release/stylize")
    parser.add_argument("--style", help="name or file (default: the bundled style)")
    parser.add_argument("--photo", type=float, metavar="MP", help="also a JPEG of so many megapixels")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the numbers here")
    options = parser.parse_args(argv)
    if options.runs < 1 or options.warmup < 0:
        parser.error("--runs must be at least 1 and --warmup at least 0")
    if not options.binary.is_file():
        sys.exit(f"error: {options.binary} is not there (cmake --build build/release)")
    facts = machine.cpu()
    with tempfile.TemporaryDirectory() as folder:
        binary = str(options.binary)
        style = ["--style", options.style] if options.style else []

        def drawing(picture: Path) -> list[str]:
            result = picture.with_stem("out")
            return [binary, str(picture), "-o", str(result), "-y", "--quiet", *style]

        picture, photo = Path(folder, "in.png"), Path(folder, "in.jpg")
        write_picture(picture)
        commands = {"--help": [binary, "--help"], "--version": [binary, "--version"]}
        commands[f"a {SIDE}² picture"] = drawing(picture)
        if options.photo:
            write_photo(photo, options.photo)
            commands[f"a {options.photo:g}-megapixel photo"] = drawing(photo)
        timings = measure(commands, options.runs, options.warmup)
    print(f"{machine.describe(facts)}; {options.runs} runs\n")
    print("| stylize … | median ms | min | max | peak MB |\n|---|---:|---:|---:|---:|")
    for t in timings:
        print(f"| {t.command} | {t.median_ms:.0f} | {t.min_ms:.0f} | {t.max_ms:.0f} | {t.peak_mb:.0f} |")
    if options.json:
        report = {"cpu": facts, "rounds": options.runs, "timings": [asdict(t) for t in timings]}
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
