"""Compares a whole folder run with the bare network and with the loop that people write in Python.

    .venv/bin/python scripts/bench/folder.py --pictures 12 --rounds 5 --json build/bench/folder.json

Each round runs all three once, in random order, over the same 1080p JPEGs with the same weights at the same size of
drawing; ratios are medians of the ratios within rounds. See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import frame_networks
import machine
from PIL import Image
from worker_process import WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
WORKERS = Path(__file__).resolve().parent / "workers"
FOLDER = ROOT / "build" / "bench"
SHARED = ROOT.parent / "shared"
SIZE = (1920, 1080)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--model", type=Path, help="exported .pt (default: Hayao, exported from --checkpoint)")
    parser.add_argument(
        "--checkpoint", type=Path, default=frame_networks.CHECKPOINT, help="AnimeGANv2 checkpoint to export"
    )
    parser.add_argument("--photos", type=Path, default=SHARED / "data", help="folder of photos to make pictures of")
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work-size", type=int, default=768, help="long side at which the network runs")
    parser.add_argument("--threads", type=int, default=machine.threads(), help="default: all usable cores")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", type=Path, default=ROOT / "build/release/stylize")
    parser.add_argument("--json", type=Path, metavar="OUT")
    return parser.parse_args(argv)


def _make_pictures(options: argparse.Namespace) -> Path:
    """1080p JPEGs as cameras write them: photos, cut to 16:9 and enlarged where they are smaller."""
    folder = FOLDER / "folder_in"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    photos = sorted(path for path in options.photos.rglob("*.jpg"))
    if not photos:
        sys.exit(f"error: {options.photos}: holds no JPEG")
    for number in range(options.pictures):
        photo = Image.open(photos[number % len(photos)]).convert("RGB")
        height = min(photo.height, photo.width * SIZE[1] // SIZE[0])
        top = (photo.height - height) // 2
        photo.crop((0, top, photo.width, top + height)).resize(SIZE, Image.Resampling.BICUBIC).save(
            folder / f"{number:03}.jpg", quality=92
        )
    return folder


def _stylize(options: argparse.Namespace, model: Path, pictures: Path) -> float:
    """Seconds of a whole run, start of the program included."""
    output = FOLDER / "folder_out"
    shutil.rmtree(output, ignore_errors=True)
    command = [options.binary, "folder", pictures, "-o", output, "--style", model, "--quiet",
               "--work-size", options.work_size, "--threads", options.threads]  # fmt: skip
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True)
    return time.perf_counter() - start


def _python_loop(options: argparse.Namespace, model: Path, pictures: Path) -> float:
    """Seconds of the loop alone, without the start of Python and torch."""
    output = FOLDER / "loop_out"
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, WORKERS / "python_loop.py", "--model", model, "--input", pictures, "--output", output,
               "--work-size", options.work_size, "--threads", options.threads]  # fmt: skip
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return float(done.stdout)


def _bare_network(worker: WorkerProcess, pictures: int) -> float:
    """Seconds of as many forwards."""
    return sum(worker.run() for _ in range(pictures)) / 1000.0


def main(argv: Sequence[str] | None = None) -> int:
    options = _parse(argv)
    FOLDER.mkdir(parents=True, exist_ok=True)
    facts = machine.cpu()
    model = options.model or frame_networks.hayao(options.checkpoint).file
    pictures = _make_pictures(options)
    height = round(options.work_size * SIZE[1] / SIZE[0])
    bench = [str(options.binary.parent / "stylize_infer_bench"), "--model", str(model), "--height", str(height),
             "--width", str(options.work_size), "--threads", str(options.threads), "--serve"]  # fmt: skip
    worker = WorkerProcess("network", bench, FOLDER / "network.log", 600)
    _bare_network(worker, 2)
    runs = {
        "network": lambda: _bare_network(worker, options.pictures),
        "stylize": lambda: _stylize(options, model, pictures),
        "python": lambda: _python_loop(options, model, pictures),
    }
    seconds: dict[str, list[float]] = {key: [] for key in runs}
    order = random.Random(options.seed)
    for _ in range(options.rounds):
        for key in order.sample(list(runs), len(runs)):
            seconds[key].append(runs[key]())
    worker.close()
    share = statistics.median(a / b for a, b in zip(seconds["network"], seconds["stylize"], strict=True))
    faster = statistics.median(a / b for a, b in zip(seconds["python"], seconds["stylize"], strict=True))
    print(f"{machine.describe(facts)}; {options.threads} threads, {options.pictures} pictures, {options.rounds} rounds")
    for key, values in seconds.items():
        print(f"{key:8} {options.pictures / statistics.median(values):6.2f} pictures a second")
    print(f"end to end {100 * share:.0f} % of the bare network's rate, {faster:.2f} times the Python loop's")
    if options.json:
        report = {
            "cpu": facts,
            "pictures": options.pictures,
            "rounds": options.rounds,
            "work_size": options.work_size,
            "seconds": seconds,
            "share_of_network": share,
            "times_python_loop": faster,
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
