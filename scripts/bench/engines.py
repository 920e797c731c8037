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
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import machine
import rounds

CHECKPOINT = rounds.SHARED / "weights" / "animegan2_hayao_int8_dequantized.pt"
PEERS = ("pytorch", "onnxruntime", "openvino", "openvino-f32")


def _size(text: str) -> tuple[int, int]:
    """HEIGHTxWIDTH."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH")
    return int(match[1]), int(match[2])


def _parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, rounds.Plan]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--model", type=Path, help="exported .pt (default: Hayao, exported from --checkpoint)")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="AnimeGANv2 checkpoint to export")
    parser.add_argument("--sizes", type=_size, nargs="+", default=[(512, 512)], metavar="HxW", help="height x width")
    parser.add_argument("--engines", nargs="+", default=list(PEERS), choices=PEERS, help="peers (default: all)")
    parser.add_argument(
        "--precision", nargs="+", default=["auto"], choices=("auto", "fp32", "bf16"),
        help="ours; several make several rows, and ratios are to the first",
    )  # fmt: skip
    rounds.add_options(parser, runs=15)
    options = parser.parse_args(argv)
    return options, rounds.plan_of(parser, options)


def _model(options: argparse.Namespace) -> Path:
    if options.model:
        return Path(options.model)
    if not options.checkpoint.is_file():
        sys.exit(f"error: {options.checkpoint}: no such file (name an exported --model or a --checkpoint)")
    model = rounds.FOLDER / "hayao.pt"
    rounds.run_python(rounds.ROOT / "scripts/export_animegan2.py", options.checkpoint, "-o", model, "--name", "hayao")
    return model


def _onnx(model: Path, digest: str, height: int, width: int) -> Path:
    path = rounds.FOLDER / f"{digest[:16]}_{height}x{width}.onnx"
    if not path.is_file():
        rounds.run_python(Path(__file__).parent / "export_onnx.py", model, path, "--shape", f"1,3,{height},{width}")
    return path


def _commands(
    options: argparse.Namespace, model: Path, onnx: Path | None, size: tuple[int, int]
) -> dict[str, list[str]]:
    """The workers' command lines by the engines' keys, ours first."""
    height, width = map(str, size)
    threads = ["--threads", str(options.threads)]
    ours = [str(options.binary), "--model", str(model), "--height", height, "--width", width, *threads, "--serve"]
    commands = {f"stylize-{precision}": [*ours, "--precision", precision] for precision in options.precision}
    peers = {
        "pytorch": ("eager_worker.py", model, []),
        "onnxruntime": ("ort_worker.py", onnx, []),
        "openvino": ("ov_worker.py", onnx, []),
        "openvino-f32": ("ov_worker.py", onnx, ["--f32"]),
    }
    for key in options.engines:
        script, file, more = peers[key]
        worker = [sys.executable, str(rounds.WORKERS / script), "--model", str(file)]
        commands[key] = [*worker, "--shape", f"1,3,{height},{width}", *threads, *more]
    return commands


def main(argv: Sequence[str] | None = None) -> int:
    options, plan = _parse(argv)
    rounds.FOLDER.mkdir(parents=True, exist_ok=True)
    model = _model(options)
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    facts = machine.cpu()
    print(f"{machine.describe(facts)}; {options.threads} threads, {options.runs} rounds\n")
    report = {"cpu": facts, "threads": options.threads, "model": {"file": model.name, "sha256": digest},
              "rounds": options.runs, "warmup": options.warmup, "seed": options.seed, "sizes": []}  # fmt: skip
    needs_onnx = any(key != "pytorch" for key in options.engines)
    failed = False
    for height, width in options.sizes:
        onnx = _onnx(model, digest, height, width) if needs_onnx else None
        results = rounds.measure(plan, _commands(options, model, onnx, (height, width)))
        failed = failed or any(result.failure for result in results.values())
        print(rounds.table(f"{height} × {width} (height × width)", results), flush=True)
        entry = {"height": height, "width": width, "engines": [asdict(result) for result in results.values()]}
        report["sizes"].append(entry)
        if options.json:  # after every size, so that an interrupted run keeps what it has
            options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
