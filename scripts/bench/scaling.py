"""How time and memory grow with the picture: stylize and its peers at sizes from 0.25 megapixels on.

    .venv/bin/python scripts/bench/scaling.py --json build/bench/scaling.json --plot docs

Every measurement is a process of its own, because a peak cannot be taken back: it loads the network, runs --warmup
forwards that do not count (unless one takes longer than --seconds), then up to five in --seconds. At each size all
engines take turns, in random order, in --runs rounds. An engine whose smaller sizes say that it would not fit into the
free memory is not started; one that takes nearly all of it is ended. See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import frame_networks
import machine
import rounds
from frame_networks import PEERS, FrameNetwork, Size
from worker_process import OutOfMemory, WorkerFailed, WorkerProcess

MULTIPLE = 32  # of both sides: what every engine takes as it is
RESERVE_MB = 1000.0  # a worker that leaves less is ended
MOST_FORWARDS = 5
PLAIN = "stylize"
OURS = {PLAIN: (), "stylize-limit": ("--max-memory",), "stylize-fast": ("--tile", "fast")}
NETWORKS: dict[str, tuple[str, Callable[[argparse.Namespace], FrameNetwork]]] = {
    "hayao": ("AnimeGANv2", lambda options: frame_networks.hayao(options.checkpoint)),
    "cel": ("cel", lambda options: frame_networks.network(frame_networks.CEL)),
}


@dataclass
class Point:
    """One engine at one size; medians over the rounds, the peak is the largest. `asked` is the size before rounding."""

    asked: float
    megapixels: float
    height: int
    width: int
    times_ms: list[float] = field(default_factory=list)
    median_ms: float | None = None
    peak_mb: float | None = None
    out_of_memory: bool = False
    failure: str | None = None


@dataclass
class Series:
    """One engine at all its sizes."""

    key: str
    name: str
    version: str = ""
    precision: str = ""
    points: list[Point] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """How each process measures."""

    runs: int
    warmup: int
    seconds: float
    timeout: float


def size_of(megapixels: float) -> Size:
    """About that many, 4:3, sides that are multiples of MULTIPLE."""
    height = max(1, round(math.sqrt(megapixels * 1e6 * 3 / 4) / MULTIPLE)) * MULTIPLE
    return Size(height, max(1, round(megapixels * 1e6 / height / MULTIPLE)) * MULTIPLE)


def picture_name(network: str) -> str:
    """Of a network's plot; the first has no name in it."""
    return "scaling.svg" if network == next(iter(NETWORKS)) else f"scaling_{network}.svg"


def expected_mb(points: Sequence[Point], megapixels: float) -> float | None:
    """The peak at that size by the line through the last two measured ones; by proportion from one alone."""
    known = [(point.megapixels, point.peak_mb) for point in points if point.peak_mb is not None]
    if len(known) < 2:
        return known[0][1] * megapixels / known[0][0] if known else None
    (x0, y0), (x1, y1) = known[-2:]
    return y1 + max(0.0, (y1 - y0) / (x1 - x0)) * (megapixels - x1)


def _sample(key: str, command: list[str], plan: Plan) -> tuple[WorkerProcess, list[float]]:
    """The times of one process, which is still there; a forward longer than plan.seconds needs no other before it."""
    worker = WorkerProcess(key, command, rounds.FOLDER / f"{key}.log", plan.timeout, RESERVE_MB)
    try:
        for _ in range(plan.warmup):
            first = worker.run()
            if first / 1000 > plan.seconds:
                return worker, [first]
        times = [worker.run()]
        begun = time.monotonic()
        while len(times) < MOST_FORWARDS and time.monotonic() - begun + times[-1] / 1000 < plan.seconds:
            times.append(worker.run())
    except BaseException:
        worker.close()
        raise
    return worker, times


def _measure_once(series: Series, point: Point, command: list[str], plan: Plan) -> None:
    """One process; what stops it is noted in the point."""
    try:
        worker, times = _sample(series.key, command, plan)
        point.peak_mb = round(max(point.peak_mb or 0.0, worker.peak_mb()), 1)
        worker.close()
    except OutOfMemory as error:
        point.failure, point.out_of_memory = str(error), True
        return
    except (WorkerFailed, OSError) as error:
        point.failure = str(error)
        return
    series.version = str(worker.ready.get("version", ""))
    series.precision = str(worker.ready.get("precision", ""))
    point.times_ms.append(round(statistics.median(times), 3))


def _fits(series: Series, point: Point) -> bool:
    """Whether the engine may be started; if not, the point says why."""
    before = series.points[-1] if series.points else None
    if before is not None and before.out_of_memory:
        point.failure, point.out_of_memory = "a smaller size was out of memory", True
        return False
    expected, free = expected_mb(series.points, point.megapixels), machine.available_mb() - RESERVE_MB
    if expected is None or expected <= free:
        return True
    point.failure = f"would take about {expected:.0f} MB, {free:.0f} MB are free"
    point.out_of_memory = True
    return False


def _measure_size(
    all_series: Sequence[Series], asked: float, commands: Mapping[str, list[str]], plan: Plan, order: random.Random
) -> None:
    """Adds a point to every series."""
    size = size_of(asked)
    megapixels = size.height * size.width / 1e6
    points = {series.key: Point(asked, megapixels, size.height, size.width) for series in all_series}
    going = [series for series in all_series if _fits(series, points[series.key])]
    for _ in range(plan.runs):
        for series in order.sample(going, len(going)):
            if points[series.key].failure is None:
                _measure_once(series, points[series.key], commands[series.key], plan)
    for series in all_series:
        point = points[series.key]
        if point.failure is None:
            point.median_ms = statistics.median(point.times_ms)
            print(f"{megapixels:8.2f} MP  {series.name:24} {point.median_ms:10.0f} ms {point.peak_mb:9.0f} MB")
        else:
            point.times_ms, point.peak_mb = [], None
            print(f"{megapixels:8.2f} MP  {series.name:24} {point.failure}")
        series.points.append(point)
    sys.stdout.flush()


def _offered(options: argparse.Namespace) -> list[str]:
    """The chosen engines but for those of ours that the binary has no option for."""
    if not options.binary.is_file():
        sys.exit(f"error: {options.binary} is not there (cmake --build build/release)")
    usage = subprocess.run([options.binary], stdin=subprocess.DEVNULL, capture_output=True, text=True).stderr
    keys = []
    for key in options.engines:
        needed = OURS.get(key, ())[:1]
        if all(option in usage for option in needed):
            keys.append(key)
        else:
            print(f"skipped {key}: {options.binary} has no {needed[0]}", file=sys.stderr)
    return keys


def _name(key: str, options: argparse.Namespace) -> str:
    """As readers know it."""
    limit = f"stylize --max-memory {options.max_memory}"
    return {
        PLAIN: "stylize",
        "stylize-limit": limit,
        "stylize-fast": "stylize --tile fast",
        "pytorch": "PyTorch eager",
        "onnxruntime": "ONNX Runtime",
        "openvino": "OpenVINO default",
        "openvino-f32": "OpenVINO f32",
    }[key]


def _command(key: str, network: FrameNetwork, size: Size, options: argparse.Namespace) -> list[str]:
    if key not in OURS:
        return network.peer_command(key, size, options.threads)
    more = [*OURS[key], *([options.max_memory] if key == "stylize-limit" else [])]
    return network.our_command(options.binary, size, options.threads, "auto", more)


def _parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, Plan]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS, help="default: all")
    parser.add_argument(
        "--checkpoint", type=Path, default=frame_networks.CHECKPOINT, help="AnimeGANv2 checkpoint to export"
    )
    engines = [*OURS, *PEERS]
    parser.add_argument("--engines", nargs="+", default=engines, choices=engines, help="default: all")
    parser.add_argument(
        "--sizes-mp", type=float, nargs="+", default=[0.25, 1, 2, 4, 8], metavar="MP",
        help="megapixels, for all engines (default: 0.25 1 2 4 8)",
    )  # fmt: skip
    parser.add_argument("--ours-mp", type=float, nargs="*", default=[24], metavar="MP", help="ours alone (default: 24)")
    parser.add_argument("--huge", action="store_true", help="ours at 100 megapixels, too")
    parser.add_argument("--max-memory", default="1G", metavar="SIZE", help="of stylize-limit (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=10, help="forwards of one process (default %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FOLDER", help="also draw the pictures there")
    rounds.add_options(parser, runs=3)
    parser.set_defaults(warmup=1, timeout=1800)
    options = parser.parse_args(argv)
    if min([*options.sizes_mp, *options.ours_mp]) <= 0:
        parser.error("sizes must be above 0")
    plan = rounds.plan_of(parser, options)
    return options, Plan(plan.runs, plan.warmup, options.seconds, plan.timeout)


def _measure_network(name: str, options: argparse.Namespace, plan: Plan, keys: Sequence[str]) -> list[Series]:
    """All sizes, small ones first."""
    network = NETWORKS[name][1](options)
    series = [Series(key, _name(key, options)) for key in keys]
    ours = {*options.ours_mp, *([100.0] if options.huge else [])}
    order = random.Random(options.seed)
    for megapixels in sorted({*options.sizes_mp, *ours}):
        wanted = [one for one in series if megapixels in options.sizes_mp or one.key in OURS]
        commands = {one.key: _command(one.key, network, size_of(megapixels), options) for one in wanted}
        _measure_size(wanted, megapixels, commands, plan, order)
    return series


def main(argv: Sequence[str] | None = None) -> int:
    options, plan = _parse(argv)
    rounds.FOLDER.mkdir(parents=True, exist_ok=True)
    keys = _offered(options)
    facts = machine.cpu()
    print(f"{machine.describe(facts)}; {options.threads} threads, {plan.runs} rounds")
    report = {"cpu": facts, "threads": options.threads, "rounds": plan.runs, "warmup": plan.warmup,
              "seed": options.seed, "networks": []}  # fmt: skip
    failed = False
    for name in options.networks:
        title = NETWORKS[name][0]
        print(f"\n{title}")
        series = _measure_network(name, options, plan, keys)
        failed = failed or any(p.failure and not p.out_of_memory for one in series for p in one.points)
        report["networks"].append({"name": name, "title": title, "series": [asdict(one) for one in series]})
        if options.json:
            options.json.write_text(json.dumps(report, indent=2) + "\n")
    if options.plot:
        import scaling_plot  # needs matplotlib

        for path in scaling_plot.draw_all(report, options.plot):
            print(path)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
