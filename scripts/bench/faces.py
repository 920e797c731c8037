"""Compares stylize's face networks with other engines on one machine: same weights, interleaved in one run.

    .venv/bin/python scripts/bench/faces.py --networks jojogan e4e --json build/bench/faces.json

JoJoGAN's generator and e4e, BlendGAN's generator, its style encoder (embed) and pSp, at 1024 x 1024. Engines, rounds
and ratios are those of engines.py. See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import face_models
import machine
import rounds
from face_models import NETWORKS, FaceNetwork

PEERS = ("published", "pytorch", "onnxruntime", "openvino", "openvino-f32")
_ONNX_PEERS = ("onnxruntime", "openvino", "openvino-f32")


def _parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, rounds.Plan]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS, help="default: all")
    parser.add_argument("--engines", nargs="+", default=list(PEERS), choices=PEERS, help="peers (default: all)")
    parser.add_argument(
        "--precision", nargs="+", default=["fp32", "bf16"], choices=("auto", "fp32", "bf16"),
        help="ours; several make several rows, and ratios are to the first (default: fp32 bf16)",
    )  # fmt: skip
    face_models.add_option(parser)
    rounds.add_options(parser, runs=7)
    options = parser.parse_args(argv)
    return options, rounds.plan_of(parser, options)


def _onnx(network: FaceNetwork, model: Path) -> Path:
    """The file for the peers; a generator's with constant weights, which they are faster with."""
    path = rounds.FOLDER / f"face_{network.file}_{network.method}.onnx"
    if not path.is_file() or path.stat().st_mtime < model.stat().st_mtime:
        print(f"exporting {path}", file=sys.stderr)
        constant = ["--constant-weights"] if network.generates else []
        arguments = ["--shape", network.shape, "--method", network.their_method, *constant]
        rounds.run_python(Path(__file__).parent / "export_onnx.py", model, path, *arguments)
    return path


def _commands(options: argparse.Namespace, network: FaceNetwork, model: Path) -> dict[str, list[str]]:
    """The workers' command lines by the engines' keys, ours first."""
    threads = ["--threads", str(options.threads)]
    ours = [str(options.binary), "--model", str(model), *network.our_arguments, *threads, "--serve", "--precision"]
    precisions = options.precision[:1] if network.stays_fp32 else options.precision
    commands = {f"stylize-{precision}": [*ours, precision] for precision in precisions}
    eager = ["eager_worker.py", "--model", str(model), "--method", network.their_method]
    peers = {"published": [*eager, "--as-published"], "pytorch": eager}
    if not network.generates:
        peers.pop("published")  # the same operations as ours
    if any(key in options.engines for key in _ONNX_PEERS):
        onnx = str(_onnx(network, model))
        peers["onnxruntime"] = ["ort_worker.py", "--model", onnx]
        peers["openvino"] = ["ov_worker.py", "--model", onnx]
        peers["openvino-f32"] = ["ov_worker.py", "--model", onnx, "--f32"]
    for key, (script, *more) in peers.items():
        if key in options.engines:
            worker = [sys.executable, str(rounds.WORKERS / script), *more]
            commands[key] = [*worker, "--shape", network.shape, *threads]
    return commands


def main(argv: Sequence[str] | None = None) -> int:
    options, plan = _parse(argv)
    rounds.FOLDER.mkdir(parents=True, exist_ok=True)
    facts = machine.cpu()
    print(f"{machine.describe(facts)}; {options.threads} threads, {options.runs} rounds\n")
    report = {"cpu": facts, "threads": options.threads, "rounds": options.runs, "warmup": options.warmup,
              "seed": options.seed, "networks": []}  # fmt: skip
    failed = False
    for name in options.networks:
        network = NETWORKS[name]
        model = face_models.model_file(options.models, network.file)
        results = rounds.measure(plan, _commands(options, network, model))
        failed = failed or any(result.failure for result in results.values())
        print(rounds.table(network.title, results), flush=True)
        report["networks"].append({"name": name, "engines": [asdict(result) for result in results.values()]})
        if options.json:  # after every network, so that an interrupted run keeps what it has
            options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
