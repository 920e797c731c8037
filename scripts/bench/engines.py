"""Compares stylize with other engines on one machine: same weights, same size, interleaved in one run.

    .venv/bin/python scripts/bench/engines.py --sizes 512x512 1088x1920 --runs 15 --json build/bench/engines.json

Every engine is a process of its own that stays loaded. Each round lets every engine run once, in random order, so
that a busy moment of the machine hits all alike; ratios are medians of the ratios within rounds.
See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import re
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import machine
from worker_process import WorkerFailed, WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
WORKERS = Path(__file__).resolve().parent / "workers"
FOLDER = ROOT / "build" / "bench"
CHECKPOINT = ROOT.parent / "shared" / "weights" / "animegan2_hayao_int8_dequantized.pt"
PEERS = ("pytorch", "onnxruntime", "openvino", "openvino-f32")


@dataclass
class Result:
    """One engine at one size. `ratio` is its time over ours: above 1 means that ours is faster."""

    key: str
    engine: str = ""
    version: str = ""
    precision: str = ""
    load_ms: float = 0.0
    times_ms: list[float] = field(default_factory=list)
    median_ms: float | None = None
    p95_ms: float | None = None
    peak_mb: float | None = None
    ratio: float | None = None
    failure: str | None = None


def _size(text: str) -> tuple[int, int]:
    """HEIGHTxWIDTH."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH")
    return int(match[1]), int(match[2])


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--model", type=Path, help="exported .pt (default: Hayao, exported from --checkpoint)")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="AnimeGANv2 checkpoint to export")
    parser.add_argument("--sizes", type=_size, nargs="+", default=[(512, 512)], metavar="HxW", help="height x width")
    parser.add_argument("--engines", nargs="+", default=list(PEERS), choices=PEERS, help="peers (default: all)")
    parser.add_argument(
        "--precision", nargs="+", default=["auto"], choices=("auto", "fp32", "bf16"),
        help="ours; several make several rows, and ratios are to the first",
    )  # fmt: skip
    parser.add_argument("--runs", type=int, default=15, help="rounds that count (default %(default)s)")
    parser.add_argument("--warmup", type=int, default=3, help="rounds that do not (default %(default)s)")
    parser.add_argument("--threads", type=int, default=machine.threads(), help="default: all usable cores")
    parser.add_argument("--seed", type=int, default=1, help="of the order within rounds")
    parser.add_argument("--timeout", type=float, default=600, metavar="S", help="for one answer (default %(default)s)")
    parser.add_argument("--binary", type=Path, default=ROOT / "build/release/stylize_infer_bench", help="our worker")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything here")
    options = parser.parse_args(argv)
    if options.runs < 1 or options.warmup < 0:
        parser.error("--runs must be at least 1 and --warmup at least 0")
    return options


def _python(script: Path, *arguments: object) -> None:
    """Runs one of our scripts; ends the program with its message when it fails."""
    done = subprocess.run([sys.executable, script, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"error: {script.name} ended with {done.returncode}")


def _model(options: argparse.Namespace) -> Path:
    if options.model:
        return Path(options.model)
    if not options.checkpoint.is_file():
        sys.exit(f"error: {options.checkpoint}: no such file (name an exported --model or a --checkpoint)")
    model = FOLDER / "hayao.pt"
    _python(ROOT / "scripts/export_animegan2.py", options.checkpoint, "-o", model, "--name", "hayao")
    return model


def _onnx(model: Path, digest: str, height: int, width: int) -> Path:
    path = FOLDER / f"{digest[:16]}_{height}x{width}.onnx"
    if not path.is_file():
        _python(Path(__file__).parent / "export_onnx.py", model, path, height, width)
    return path


def _commands(
    options: argparse.Namespace, model: Path, onnx: Path | None, size: tuple[int, int]
) -> dict[str, list[str]]:
    """The workers' command lines by the engines' keys, ours first."""
    shared = ["--height", str(size[0]), "--width", str(size[1]), "--threads", str(options.threads)]
    ours = [str(options.binary), "--model", str(model), *shared, "--serve", "--precision"]
    commands = {f"stylize-{precision}": [*ours, precision] for precision in options.precision}
    peers = {
        "pytorch": ("eager_worker.py", model, []),
        "onnxruntime": ("ort_worker.py", onnx, []),
        "openvino": ("ov_worker.py", onnx, []),
        "openvino-f32": ("ov_worker.py", onnx, ["--f32"]),
    }
    for key in options.engines:
        script, file, more = peers[key]
        commands[key] = [sys.executable, str(WORKERS / script), "--model", str(file), *shared, *more]
    return commands


def _start(stack: ExitStack, key: str, command: list[str], result: Result, timeout: float) -> WorkerProcess | None:
    """The worker, or None with the reason in `result`."""
    if not Path(command[0]).is_file():
        result.failure = f"{command[0]} is not there (cmake --build build/release)"
        return None
    try:
        worker = WorkerProcess(key, command, FOLDER / f"{key}.log", timeout)
    except (WorkerFailed, OSError) as error:
        result.failure = str(error)
        return None
    stack.callback(worker.close)
    result.engine = str(worker.ready.get("engine", key))
    result.version = str(worker.ready.get("version", ""))
    result.precision = str(worker.ready.get("precision", ""))
    result.load_ms = float(worker.ready.get("load_ms", 0.0))
    return worker


def _rounds(options: argparse.Namespace, workers: dict[str, WorkerProcess], results: dict[str, Result]) -> None:
    """Runs every worker once a round; one that fails drops out with the reason."""
    order = random.Random(options.seed)
    for number in range(options.warmup + options.runs):
        keys = list(workers)
        order.shuffle(keys)
        for key in keys:
            try:
                milliseconds = workers[key].run()
            except WorkerFailed as error:
                results[key].failure = str(error)
                workers.pop(key).close()
                continue
            if number >= options.warmup:
                results[key].times_ms.append(milliseconds)
        print(f"\rround {number + 1} of {options.warmup + options.runs}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def p95(times: Sequence[float]) -> float:
    """The smallest value that 95 % of the values do not exceed."""
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def _summarize(results: dict[str, Result], ours: str) -> None:
    reference = results[ours].times_ms if ours in results and results[ours].failure is None else []
    for result in results.values():
        if result.failure is not None:
            continue
        result.median_ms = statistics.median(result.times_ms)
        result.p95_ms = p95(result.times_ms)
        if reference:
            # Every engine that is still in ran in every round: the lists belong together index by index.
            result.ratio = statistics.median(a / b for a, b in zip(result.times_ms, reference, strict=True))


def measure(options: argparse.Namespace, model: Path, digest: str, size: tuple[int, int]) -> dict[str, Result]:
    """All engines at one size."""
    needs_onnx = any(key != "pytorch" for key in options.engines)
    onnx = _onnx(model, digest, *size) if needs_onnx else None
    commands = _commands(options, model, onnx, size)
    results = {key: Result(key) for key in commands}
    with ExitStack() as stack:
        workers: dict[str, WorkerProcess] = {}
        for key, command in commands.items():
            worker = _start(stack, key, command, results[key], options.timeout)
            if worker:
                workers[key] = worker
            else:
                print(f"skipped {key}: {results[key].failure}", file=sys.stderr)
        if workers:
            _rounds(options, workers, results)
        for key, worker in workers.items():
            results[key].peak_mb = round(worker.peak_mb(), 1)
    _summarize(results, f"stylize-{options.precision[0]}")
    return results


def _table(size: tuple[int, int], results: dict[str, Result]) -> str:
    lines = [
        f"### {size[0]} × {size[1]} (height × width)",
        "",
        "| engine | precision | median ms | p95 ms | peak MB | ÷ ours |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for result in results.values():
        if result.failure is not None:
            lines.append(f"| {result.key} | – | not measured: {result.failure} | | | |")
            continue
        ratio = "–" if result.ratio is None else f"{result.ratio:.2f}"
        lines.append(
            f"| {f'{result.engine} {result.version}'.strip()} | {result.precision} | {result.median_ms:.0f} "
            f"| {result.p95_ms:.0f} | {result.peak_mb:.0f} | {ratio} |"
        )
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    options = _parse(argv)
    FOLDER.mkdir(parents=True, exist_ok=True)
    model = _model(options)
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    facts = machine.cpu()
    print(f"{machine.describe(facts)}; {options.threads} threads, {options.runs} rounds\n")
    report = {"cpu": facts, "threads": options.threads, "model": {"file": model.name, "sha256": digest},
              "rounds": options.runs, "warmup": options.warmup, "seed": options.seed, "sizes": []}  # fmt: skip
    failed = False
    for size in options.sizes:
        results = measure(options, model, digest, size)
        failed = failed or any(result.failure for result in results.values())
        print(_table(size, results), flush=True)
        entry = {"height": size[0], "width": size[1], "engines": [asdict(result) for result in results.values()]}
        report["sizes"].append(entry)
        if options.json:  # after every size, so that an interrupted run keeps what it has
            options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
