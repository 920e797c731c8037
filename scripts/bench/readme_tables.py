"""What README.md shows of each benchmark, made from what its script wrote with --json.

Every function takes the report of one script and returns Markdown; a figure that is not in it raises MissingFigure.
"""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import frame_networks
import machine
import scaling

Report = Mapping[str, Any]
FACE_NETWORKS = {
    "jojogan": "JoJoGAN's generator",
    "blendgan": "BlendGAN's generator",
    "e4e": "e4e",
    "psp": "pSp",
}
FACE_PEERS = {
    "published": "PyTorch eager, as published",
    "pytorch": "eager, our modules",
    "onnxruntime": "ONNX Runtime",
    "openvino-f32": "OpenVINO f32",
}
_SHOWN_SIZES = 3  # of the scaling table: the largest


class MissingFigure(Exception):
    """A report lacks what the README shows."""


def _get(values: Mapping[str, Any], key: str, where: str) -> Any:
    """A value that must be there."""
    value = values.get(key)
    if value is None:
        raise MissingFigure(f"{where}: no {key}" + (f" ({values['failure']})" if values.get("failure") else ""))
    return value


def _by(entries: Iterable[Mapping[str, Any]], field: str, wanted: Sequence[str], where: str) -> list[Any]:
    """The entries with these values of a field, in that order."""
    found = {entry[field]: entry for entry in entries}
    return [_get(found, key, where) for key in wanted]


def _text(words: str) -> str:
    """A paragraph in the README's width."""
    return textwrap.fill(words, 120, break_on_hyphens=False, break_long_words=False)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column to the left, the others to the right."""
    first, *others = ("| " + " | ".join(line) + " |" for line in (head, *rows))
    return "\n".join([first, "|---" + "|---:" * (len(head) - 1) + "|", *others]).replace("|  |", "| |")


def _measured(report: Report, script: str) -> str:
    """Where, when and by what."""
    cpu, rounds = _get(report, "cpu", script), _get(report, "rounds", script)
    load = f"load {cpu['load_1min']} before the run" if cpu["load_1min"] >= 0.5 else ""
    facts = [machine.label(cpu), load, f"{rounds} rounds" if rounds > 1 else "1 round", f"`scripts/bench/{script}`"]
    return "; ".join(fact for fact in facts if fact)


def _seconds(milliseconds: float) -> str:
    seconds = milliseconds / 1000
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def _gigabytes(megabytes: float) -> str:
    gigabytes = megabytes / 1000
    return f"{gigabytes:.2f} GB" if gigabytes < 1 else f"{gigabytes:.1f} GB"


def _engine(name: str, version: str) -> str:
    """ "PyTorch eager", "2.11.0+cu130" -> "PyTorch 2.11 eager"."""
    if name == "stylize":
        return "**stylize**"
    short = ".".join(version.partition("+")[0].split(".")[:2])
    for variant in (" eager", " TorchScript", " default", " f32"):
        if name.endswith(variant):
            return f"{name.removesuffix(variant)} {short}{variant}"
    return f"{name} {short}"


def _engines_table(report: Report, subject: str) -> str:
    size = _get(report, "sizes", "engines.py")[0]
    ours = [engine["key"] for engine in size["engines"] if engine["key"].startswith("stylize")]
    rows = []
    for engine in _by(size["engines"], "key", [*ours, *frame_networks.PEERS], subject):
        figures = [_get(engine, field, engine["key"]) for field in ("median_ms", "p95_ms", "peak_mb", "ratio")]
        name = _engine(engine["engine"], engine["version"])
        rows.append([name, engine["precision"], *(f"{value:.0f}" for value in figures[:3]), f"{figures[3]:.2f}"])
    words = (
        f"{subject} at {size['height']}×{size['width']}, one forward; all engines run in turn, and ÷ ours is the "
        f"median of the rounds' ratios ({_measured(report, 'engines.py')}):"
    )
    head = ["engine", "precision", "median ms", "p95 ms", "peak MB", "÷ ours"]
    return f"{_text(words)}\n\n{_table(head, rows)}"


def engines(report: Report) -> str:
    """AnimeGANv2 and its peers."""
    return _engines_table(report, "AnimeGANv2 (Hayao weights)")


def cel(report: Report) -> str:
    """The bundled style and its peers."""
    return _engines_table(report, "The bundled `cel`")


def _scaling_cell(point: Mapping[str, Any] | None, where: str) -> str:
    if point is None:  # a peer at a size that was asked of ours alone
        return "–"
    if point["out_of_memory"]:
        return "out of memory"
    return f"{_seconds(_get(point, 'median_ms', where))}, {_gigabytes(_get(point, 'peak_mb', where))}"


def _scaling_table(network: Mapping[str, Any]) -> str:
    keys = [*scaling.OURS, *frame_networks.PEERS]
    series = _by(network["series"], "key", keys, f"scaling of {network['title']}")
    asked = sorted({point["asked"] for one in series for point in one["points"]})[-_SHOWN_SIZES:]
    rows = []
    for one in series:
        points = {point["asked"]: point for point in one["points"]}
        name = f"**{one['name']}**" if one["key"] in scaling.OURS else one["name"]
        rows.append([name, *(_scaling_cell(points.get(size), f"{one['key']} at {size:g} MP") for size in asked)])
    return _table([network["title"], *(f"{size:g} MP" for size in asked)], rows)


def scaled(report: Report) -> str:
    """Pictures of time and memory against size, and the largest sizes in numbers."""
    networks = _by(report["networks"], "name", list(scaling.NETWORKS), "scaling.py")
    plain = _by(networks[0]["series"], "key", [scaling.PLAIN], "scaling.py")[0]
    ours = _get(plain, "precision", scaling.PLAIN)
    words = (
        f"Time and peak memory by the picture's size, every measurement a process of its own; ours in {ours}, which "
        "`--precision auto` takes there, the peers in fp32 but for OpenVINO's default where it takes bf16 "
        f"({_measured(report, 'scaling.py')}):"
    )
    parts = [_text(words)]
    for network in networks:
        picture = scaling.picture_name(network["name"])
        table = _scaling_table(network)
        parts += [f"![Time and memory of {network['title']} by megapixels](docs/{picture})", table]
    return "\n\n".join(parts)


def faces(report: Report) -> str:
    """The face networks; the others' times over ours."""
    rows, halves = [], []
    for network in _by(report["networks"], "name", list(FACE_NETWORKS), "faces.py"):
        engines = {engine["key"]: engine for engine in network["engines"]}
        # The encoders are published with the operations of our modules.
        engines.setdefault("published", engines.get("pytorch"))
        ours, half, *peers = (
            _get(engines, key, network["name"]) for key in ("stylize-fp32", "stylize-bf16", *FACE_PEERS)
        )
        milliseconds, megabytes = (_get(ours, field, network["name"]) for field in ("median_ms", "peak_mb"))
        cost = f"{_seconds(milliseconds)}, {_gigabytes(megabytes)}"
        ratios = [f"{_get(peer, 'ratio', peer['key']):.2f}" for peer in peers]
        halves.append(_get(half, "ratio", "stylize-bf16"))
        rows.append([FACE_NETWORKS[network["name"]], cost, *ratios])
    words = (
        "The face networks at 1024×1024 in fp32, and how many times as long the others take, medians of interleaved "
        f"rounds ({_measured(report, 'faces.py')}):"
    )
    table = _table(["network", "ours", *FACE_PEERS.values()], rows)
    return (
        f"{_text(words)}\n\n{table}\n\nOurs in bf16 takes {min(halves):.2f} to {max(halves):.2f} times as long there."
    )


def startup(report: Report) -> str:
    """Whole processes."""
    timings = _get(report, "timings", "startup.py")
    if not any("megapixel" in timing["command"] for timing in timings):
        raise MissingFigure("startup.py: no large photo (--photo)")
    rows = []
    for timing in timings:
        name = f"`{timing['command']}`" if timing["command"].startswith("--") else timing["command"]
        times = [_seconds(_get(timing, field, name)) for field in ("median_ms", "min_ms", "max_ms")]
        rows.append([name, *times, _gigabytes(_get(timing, "peak_mb", name))])
    words = (
        "Whole runs of `stylize` with `cel`, from the start of the program to the finished file "
        f"({_measured(report, 'startup.py')}):"
    )
    return f"{_text(words)}\n\n{_table(['`stylize` …', 'median', 'fastest', 'slowest', 'peak memory'], rows)}"


def _rates(report: Report, script: str, count: int, names: Mapping[str, str], unit: str) -> str:
    """Rates, shares of the bare network's rate, medians of ratios within rounds."""
    seconds = _get(report, "seconds", script)
    bare = _get(seconds, "network", script)
    rows = []
    for key, name in names.items():
        times = _get(seconds, key, script)
        share = statistics.median(a / b for a, b in zip(bare, times, strict=True))
        shown = "" if key == "ffmpeg" else f"{100 * share:.0f} %"
        rows.append([name, f"{count / statistics.median(times):.2f}", shown])
    return _table(["", f"{unit} a second", "of the network's rate"], rows)


def folder(report: Report) -> str:
    """A folder of photos."""
    count = _get(report, "pictures", "folder.py")
    words = (
        f"{count} photos of 1920×1080, AnimeGANv2 at {_get(report, 'work_size', 'folder.py')} pixels, from file to "
        f"file ({_measured(report, 'folder.py')}):"
    )
    names = {
        "network": "the network alone",
        "stylize": "**stylize folder**",
        "python": "a loop in Python, with PyTorch and Pillow",
    }
    return f"{_text(words)}\n\n{_rates(report, 'folder.py', count, names, 'pictures')}"


def video(report: Report) -> str:
    """A video."""
    count = _get(report, "frames", "video.py")
    words = (
        f"{count} frames of 1280×720, `cel` at {_get(report, 'work_size', 'video.py')} pixels, from file to file "
        f"({_measured(report, 'video.py')}):"
    )
    names = {
        "network": "the network alone",
        "stylize": "**stylize video**",
        "stylize --temporal off": "**stylize video --temporal off**",
        "OpenCV loop": "a loop with OpenCV and PyTorch",
        "ffmpeg": "ffmpeg, which encodes anew and draws nothing",
    }
    return f"{_text(words)}\n\n{_rates(report, 'video.py', count, names, 'frames')}"


BLOCKS: dict[str, Callable[[Report], str]] = {
    "engines": engines,
    "cel": cel,
    "scaling": scaled,
    "faces": faces,
    "startup": startup,
    "folder": folder,
    "video": video,
}
