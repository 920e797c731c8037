"""Measures every performance figure that README.md shows, peers included, and writes its tables and pictures.

    .venv/bin/python scripts/bench/all.py

Each benchmark's figures go to docs/bench/NAME.json, and from there into the README between <!-- bench:NAME --> and
<!-- /bench:NAME -->, as soon as it is done; one that fails leaves both as they were. See scripts/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import machine
import readme_blocks
import readme_tables
import rounds

HERE = Path(__file__).resolve().parent
WORKER, PROGRAM = "stylize_infer_bench", "stylize"


@dataclass(frozen=True)
class Benchmark:
    """A script, the binary that it measures, its options, and those that make a smoke run of it."""

    script: str
    binary: str
    options: tuple[str, ...]
    quick: tuple[str, ...]


def _precisions() -> tuple[str, ...]:
    """Of ours, the one to compare with first; bf16 only where the CPU is made for it."""
    flags = machine.cpu()["flags"]
    return ("fp32", "bf16") if isinstance(flags, list) and "amx_bf16" in flags else ("fp32",)


def benchmarks() -> dict[str, Benchmark]:
    """By the names of the README's blocks."""
    square = ("--sizes", "512x512", "--precision", *_precisions())
    networks, peers = tuple(readme_tables.FACE_NETWORKS), tuple(readme_tables.FACE_PEERS)
    once = ("--runs", "1", "--warmup", "0")
    small = ("--sizes-mp", "0.05", "0.1", "--ours-mp", "0.2", "--runs", "1", "--warmup", "0", "--seconds", "0")
    return {
        "engines": Benchmark("engines.py", WORKER, square, once),
        "cel": Benchmark("engines.py", WORKER, (*square, "--model", str(rounds.ROOT / "models/cel.pt")), once),
        "scaling": Benchmark("scaling.py", WORKER, ("--runs", "1"), small),  # a curve, no ratios
        "faces": Benchmark("faces.py", WORKER, ("--networks", *networks, "--engines", *peers), once),
        "startup": Benchmark("startup.py", PROGRAM, ("--photo", "12"), once),
        "folder": Benchmark("folder.py", PROGRAM, (), ("--pictures", "2", "--rounds", "1")),
        "video": Benchmark("video.py", PROGRAM, (), ("--frames", "6", "--rounds", "1")),
    }


@dataclass(frozen=True)
class Target:
    """What is written: the Markdown file, with its pictures in docs/ beside it, and the folder of figures."""

    readme: Path
    figures: Path


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text)
    os.replace(part, path)


def rendered(text: str, name: str, figures: Path) -> str:
    """The README's text with this block made anew. Raises MissingFigure, MarkerError."""
    path = figures / f"{name}.json"
    if not path.is_file():
        raise readme_tables.MissingFigure(f"{path}: no such file")
    try:
        return readme_blocks.replace(text, name, readme_tables.BLOCKS[name](json.loads(path.read_text())))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise readme_tables.MissingFigure(f"{path}: {type(error).__name__}: {error}") from error


def _draw(name: str, target: Target) -> None:
    """The pictures of a block, where it has some."""
    if name == "scaling":
        import scaling_plot  # needs matplotlib

        folder = target.readme.parent / "docs"
        folder.mkdir(parents=True, exist_ok=True)
        scaling_plot.draw_all(json.loads((target.figures / f"{name}.json").read_text()), folder)


def update(target: Target, names: Sequence[str]) -> None:
    """Makes these blocks and pictures anew, or changes nothing. Raises MissingFigure, MarkerError."""
    text = target.readme.read_text()
    for name in names:
        text = rendered(text, name, target.figures)
    for name in names:
        _draw(name, target)
    _write(target.readme, text)


def _measure(name: str, options: argparse.Namespace, target: Target) -> str | None:
    """Runs one benchmark and shows its figures in the README; says what went wrong."""
    benchmark = benchmarks()[name]
    fresh = rounds.FOLDER / "fresh"
    fresh.mkdir(parents=True, exist_ok=True)
    report = fresh / f"{name}.json"
    report.unlink(missing_ok=True)
    binary = options.build.resolve() / benchmark.binary
    more = [*benchmark.options, *(benchmark.quick if options.quick else ())]
    if options.huge and name == "scaling":
        more.append("--huge")
    command = [sys.executable, str(HERE / benchmark.script), "--binary", str(binary), *more, "--json", str(report)]
    print(f"\n==> {name}: {benchmark.script} {' '.join(more)}", flush=True)
    status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    if status != 0:
        return f"{benchmark.script} ended with {status}"
    try:
        rendered(target.readme.read_text(), name, fresh)
        _write(target.figures / report.name, report.read_text())
        update(target, [name])
    except (readme_tables.MissingFigure, readme_blocks.MarkerError) as error:
        return str(error)
    return None


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    names = list(readme_tables.BLOCKS)
    parser.add_argument("--only", nargs="+", default=names, choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="a smoke run, shown in build/bench/quick/README.md alone")
    parser.add_argument("--huge", action="store_true", help="scaling up to 100 megapixels")
    parser.add_argument("--from-json", type=Path, metavar="DIR", help="measure nothing, show these figures")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if the README shows other figures")
    parser.add_argument("--build", type=Path, default=rounds.ROOT / "build/release", help="folder of the binaries")
    parser.add_argument("--readme", type=Path, default=rounds.ROOT / "README.md")
    options = parser.parse_args(argv)
    if options.quick and (options.from_json or options.check):
        parser.error("--quick measures; --from-json and --check do not")
    return options


def _check(target: Target, names: Sequence[str]) -> int:
    """Whether the README's blocks are those of the figures."""
    text = target.readme.read_text()
    stale = [name for name in names if rendered(text, name, target.figures) != text]
    for name in stale:
        print(f"error: {target.readme}: bench:{name} is not what {target.figures / name}.json says", file=sys.stderr)
    return 1 if stale else 0


def main(argv: Sequence[str] | None = None) -> int:
    options = _parse(argv)
    readme = options.readme.resolve()
    target = Target(readme, options.from_json or readme.parent / "docs/bench")
    if options.quick:
        quick = rounds.FOLDER / "quick"
        _write(quick / "README.md", readme.read_text())
        target = Target(quick / "README.md", quick)
    names = [name for name in readme_tables.BLOCKS if name in options.only]
    try:
        readme_blocks.names(readme.read_text())
        if options.check:
            return _check(target, names)
        if options.from_json:
            update(target, names)
            return 0
    except (readme_tables.MissingFigure, readme_blocks.MarkerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    failures = {name: failure for name in names if (failure := _measure(name, options, target))}
    print()
    for name in names:
        print(f"{name:8} {'failed: ' + failures[name] if name in failures else f'is in {target.readme}'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
