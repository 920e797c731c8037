"""Interleaved measurement: every engine a process of its own that stays loaded, all run once a round, in random order.

A busy moment of the machine hits all alike; ratios are medians of the ratios within rounds.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import machine
from worker_process import WorkerFailed, WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
WORKERS = Path(__file__).resolve().parent / "workers"
FOLDER = ROOT / "build" / "bench"
BINARY = ROOT / "build/release/stylize_infer_bench"
_TABLE_HEAD = (
    "| engine | precision | median ms | p95 ms | peak MB | ÷ ours |",
    "|---|---|---:|---:|---:|---:|",
)


@dataclass
class Result:
    """One engine on one network. `ratio` is its time over ours: above 1 means that ours is faster."""

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


@dataclass(frozen=True)
class Plan:
    """How many rounds, in which order, and how long a worker may take for one answer."""

    runs: int
    warmup: int
    seed: int
    timeout: float


def add_options(parser: argparse.ArgumentParser, runs: int) -> None:
    """What every interleaved benchmark is told."""
    parser.add_argument("--runs", type=int, default=runs, help="rounds that count (default %(default)s)")
    parser.add_argument("--warmup", type=int, default=3, help="rounds that do not (default %(default)s)")
    parser.add_argument("--threads", type=int, default=machine.threads(), help="default: all usable cores")
    parser.add_argument("--seed", type=int, default=1, help="of the order within rounds")
    parser.add_argument("--timeout", type=float, default=600, metavar="S", help="for one answer (default %(default)s)")
    parser.add_argument("--binary", type=Path, default=BINARY, help="our worker")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything here")


def plan_of(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Plan:
    """The plan in the options; ends the program where they make none."""
    if options.runs < 1 or options.warmup < 0:
        parser.error("--runs must be at least 1 and --warmup at least 0")
    return Plan(options.runs, options.warmup, options.seed, options.timeout)


def run_python(script: Path, *arguments: object) -> None:
    """Runs one of our scripts; ends the program with its message when it fails."""
    done = subprocess.run([sys.executable, script, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"error: {script.name} ended with {done.returncode}")


def _start(stack: ExitStack, command: list[str], result: Result, timeout: float) -> WorkerProcess | None:
    """The worker, or None with the reason in `result`."""
    if not Path(command[0]).is_file():
        result.failure = f"{command[0]} is not there (cmake --build build/release)"
        return None
    try:
        worker = WorkerProcess(result.key, command, FOLDER / f"{result.key}.log", timeout)
    except (WorkerFailed, OSError) as error:
        result.failure = str(error)
        return None
    stack.callback(worker.close)
    result.engine = str(worker.ready.get("engine", result.key))
    result.version = str(worker.ready.get("version", ""))
    result.precision = str(worker.ready.get("precision", ""))
    result.load_ms = float(worker.ready.get("load_ms", 0.0))
    return worker


def _run_rounds(plan: Plan, workers: dict[str, WorkerProcess], results: dict[str, Result]) -> None:
    """Runs every worker once a round; one that fails drops out with the reason."""
    order = random.Random(plan.seed)
    for number in range(plan.warmup + plan.runs):
        keys = list(workers)
        order.shuffle(keys)
        for key in keys:
            try:
                milliseconds = workers[key].run()
            except WorkerFailed as error:
                results[key].failure = str(error)
                workers.pop(key).close()
                continue
            if number >= plan.warmup:
                results[key].times_ms.append(milliseconds)
        print(f"\rround {number + 1} of {plan.warmup + plan.runs}", end="", file=sys.stderr, flush=True)
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


def measure(plan: Plan, commands: Mapping[str, list[str]]) -> dict[str, Result]:
    """Runs the workers, given as their command lines by the engines' keys; ratios are to the first, ours."""
    results = {key: Result(key) for key in commands}
    with ExitStack() as stack:
        workers: dict[str, WorkerProcess] = {}
        for key, command in commands.items():
            worker = _start(stack, command, results[key], plan.timeout)
            if worker:
                workers[key] = worker
            else:
                print(f"skipped {key}: {results[key].failure}", file=sys.stderr)
        if workers:
            _run_rounds(plan, workers, results)
        for key, worker in workers.items():
            results[key].peak_mb = round(worker.peak_mb(), 1)
    _summarize(results, next(iter(commands)))
    return results


def table(title: str, results: Mapping[str, Result]) -> str:
    """The results in Markdown."""
    lines = [f"### {title}", "", *_TABLE_HEAD]
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
