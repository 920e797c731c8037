"""Reports as the benchmarks write them with --json, with made-up figures that are easy to find again."""

from __future__ import annotations

from typing import Any

Report = dict[str, Any]
PEERS = {
    "pytorch": "PyTorch eager",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO default",
    "openvino-f32": "OpenVINO f32",
}


def cpu() -> Report:
    return {
        "model": "Made-Up(R) Processor 9000 CPU @ 2.00GHz",
        "flags": ["avx2", "avx512f"],
        "cores": 2,
        "memory_mb": 16000,
        "load_1min": 0.1,
        "date": "2031-02-03",
    }


def _engine(key: str, name: str, milliseconds: float, ratio: float) -> Report:
    return {
        "key": key, "engine": name, "version": "2.11.0+cpu", "precision": "fp32", "load_ms": 1.0,
        "times_ms": [milliseconds], "median_ms": milliseconds, "p95_ms": milliseconds + 1, "peak_mb": 1225.0,
        "ratio": ratio, "failure": None,
    }  # fmt: skip


def engines() -> Report:
    """Ours takes 1385 ms."""
    rows = [_engine("stylize-fp32", "stylize", 1385.0, 1.0)]
    rows += [_engine(key, name, 2000.0 + number, 1.5 + number) for number, (key, name) in enumerate(PEERS.items())]
    return {"cpu": cpu(), "rounds": 15, "sizes": [{"height": 512, "width": 512, "engines": rows}]}


def _points(sizes: list[float], slope_mb: float, memory_mb: float) -> list[Report]:
    points = []
    for size in sizes:
        peak: float | None = 200 + slope_mb * size
        lost = peak is not None and peak > memory_mb
        points.append({
            "asked": size, "megapixels": size * 0.99, "height": 32, "width": 32, "times_ms": [],
            "median_ms": None if lost else 1000 * size, "peak_mb": None if lost else peak, "out_of_memory": lost,
            "failure": "would take too much" if lost else None,
        })  # fmt: skip
    return points


def scaling() -> Report:
    """PyTorch does not fit at 8 megapixels."""
    networks = []
    for name, title in (("hayao", "AnimeGANv2"), ("cel", "cel")):
        ours = {"stylize": "stylize", "stylize-limit": "stylize --max-memory 1G", "stylize-fast": "stylize --tile fast"}
        sizes = [1.0, 4.0, 8.0]
        series = [(key, label, _points([*sizes, 24.0], 40.0, 16000)) for key, label in ours.items()]
        series += [
            (key, label, _points(sizes, 3000.0 if key == "pytorch" else 900.0, 16000)) for key, label in PEERS.items()
        ]
        entries = [{"key": key, "name": label, "version": "1", "precision": "fp32", "points": points}
                   for key, label, points in series]  # fmt: skip
        networks.append({"name": name, "title": title, "series": entries})
    return {"cpu": cpu(), "rounds": 3, "networks": networks}


def faces() -> Report:
    """The encoders have no row `published`."""
    networks = []
    for name in ("jojogan", "blendgan", "e4e", "psp"):
        rows = [_engine("stylize-fp32", "stylize", 701.0, 1.0), _engine("stylize-bf16", "stylize", 1000.0, 1.43)]
        rows += [_engine("published", "PyTorch", 4000.0, 5.96)] if name in ("jojogan", "blendgan") else []
        rows += [_engine(key, label, 900.0, 1.18) for key, label in PEERS.items()]
        networks.append({"name": name, "engines": rows})
    return {"cpu": cpu(), "rounds": 7, "networks": networks}


def startup() -> Report:
    commands = ("--help", "--version", "a 512² picture", "a 12-megapixel photo")
    timings = [{"command": command, "median_ms": 333.0, "min_ms": 300.0, "max_ms": 401.0, "peak_mb": 456.0}
               for command in commands]  # fmt: skip
    return {"cpu": cpu(), "rounds": 15, "timings": timings}


def folder() -> Report:
    """Twelve pictures in ten seconds."""
    seconds = {"network": [9.0, 9.0], "stylize": [10.0, 10.0], "python": [20.0, 20.0]}
    return {"cpu": cpu(), "rounds": 2, "pictures": 12, "work_size": 768, "seconds": seconds}


def video() -> Report:
    names = ("network", "stylize", "stylize --temporal off", "OpenCV loop", "ffmpeg")
    seconds = {name: [20.0 + number] for number, name in enumerate(names)}
    return {"cpu": cpu(), "rounds": 1, "frames": 48, "work_size": 768, "seconds": seconds}


def reports() -> dict[str, Report]:
    """By the names of the README's blocks."""
    return {
        "engines": engines(),
        "cel": engines(),
        "scaling": scaling(),
        "faces": faces(),
        "startup": startup(),
        "folder": folder(),
        "video": video(),
    }
