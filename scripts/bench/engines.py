"""Compares stylize with other engines on one machine: same weights, same size, interleaved in one run.

    .venv/bin/python scripts/bench/engines.py --sizes 512x512 1088x1920 --runs 15 --json build/bench/engines.json

Every engine is a process of its own that stays loaded. Each round lets every engine run once, in random order, so
that a busy moment of the machine hits all alike; ratios are medians of the ratios within rounds.
See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import frame_networks
import machine
import rounds
from frame_networks import PEERS, FrameNetwork, Size


def _size(text: str) -> Size:
    """HEIGHTxWIDTH."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH")
    return Size(int(match[1]), int(match[2]))


def _parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, rounds.Plan]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--model", type=Path, help="exported .pt (default: Hayao, exported from --checkpoint)")
    parser.add_argument(
        "--checkpoint", type=Path, default=frame_networks.CHECKPOINT, help="AnimeGANv2 checkpoint to export"
    )
    parser.add_argument(
        "--sizes", type=_size, nargs="+", default=[Size(512, 512)], metavar="HxW", help="height x width"
    )
    parser.add_argument("--engines", nargs="+", default=list(PEERS), choices=PEERS, help="peers (default: all)")
    parser.add_argument(
        "--precision", nargs="+", default=["auto"], choices=("auto", "fp32", "bf16"),
        help="ours; several make several rows, and ratios are to the first",
    )  # fmt: skip
    rounds.add_options(parser, runs=15)
    options = parser.parse_args(argv)
    return options, rounds.plan_of(parser, options)


def _commands(options: argparse.Namespace, network: FrameNetwork, size: Size) -> dict[str, list[str]]:
    """The workers' command lines by the engines' keys, ours first."""
    commands = {
        f"stylize-{precision}": network.our_command(options.binary, size, options.threads, precision)
        for precision in options.precision
    }
    return commands | {key: network.peer_command(key, size, options.threads) for key in options.engines}


def main(argv: Sequence[str] | None = None) -> int:
    options, plan = _parse(argv)
    rounds.FOLDER.mkdir(parents=True, exist_ok=True)
    network = frame_networks.network(options.model) if options.model else frame_networks.hayao(options.checkpoint)
    facts = machine.cpu()
    print(f"{machine.describe(facts)}; {options.threads} threads, {options.runs} rounds\n")
    report = {"cpu": facts, "threads": options.threads, "model": {"file": network.file.name, "sha256": network.digest},
              "rounds": options.runs, "warmup": options.warmup, "seed": options.seed, "sizes": []}  # fmt: skip
    failed = False
    for size in options.sizes:
        results = rounds.measure(plan, _commands(options, network, size))
        failed = failed or any(result.failure for result in results.values())
        print(rounds.table(f"{size.height} × {size.width} (height × width)", results), flush=True)
        report["sizes"].append(asdict(size) | {"engines": [asdict(result) for result in results.values()]})
        if options.json:  # after every size, so that an interrupted run keeps what it has
            options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
