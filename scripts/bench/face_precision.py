"""How far bf16 is from fp32 on a real portrait: PSNR of the codes and of the pictures, network by network.

    .venv/bin/python scripts/bench/face_precision.py [--portrait ALIGNED.jpg]

The portrait has to be an aligned face (FFHQ's, or what `stylize align` writes). Runs through stylize_infer_bench.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import face_models
import machine
import numpy as np
import rounds
from face_models import NETWORKS, FaceNetwork
from numpy.typing import NDArray
from PIL import Image
from worker_process import WorkerProcess

Array = NDArray[np.float32]
PORTRAIT = rounds.SHARED / "data" / "portraits" / "ffhq_000000.jpg"
STYLE = rounds.SHARED / "data" / "portraits" / "ffhq_000001.jpg"
_STYLE_CODE = FaceNetwork("", "blendgan", "style_code", "1,512")
_FIRST_STYLED_ROW = 6  # BlendGAN's default


class Runner:
    """Runs a network once in a process of its own."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options = options
        self._folder = folder

    def __call__(self, network: FaceNetwork, precision: str, x: Array) -> Array:
        """The result, flat."""
        given, result = self._folder / "in.f32", self._folder / "out.f32"
        np.ascontiguousarray(x, "<f4").tofile(given)
        model = face_models.model_file(self._options.models, network.file)
        files = ["--input", str(given), "--output", str(result)]
        command = [str(self._options.binary), "--model", str(model), *network.our_arguments, *files, "--serve"]
        worker = WorkerProcess(network.file, [*command, "--precision", precision], self._folder / "log", 600)
        try:
            worker.run()
        finally:
            worker.close()
        return np.fromfile(result, "<f4")


def _picture(path: Path, side: int) -> Array:
    """[1,3,side,side] in [-1,1]."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR), np.float32)
    return np.ascontiguousarray(((pixels / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None], np.float32)


def psnr(got: Array, expected: Array, peak: float) -> float:
    mean = float(np.mean((got.astype(np.float64) - expected) ** 2))
    return 10 * math.log10(peak * peak / mean) if mean > 0 else math.inf


def _line(what: str, got: Array, expected: Array, is_picture: bool) -> None:
    """A row of the table; pictures are compared as they are written, clipped to [-1,1]."""
    if is_picture:
        got, expected = got.clip(-1, 1), expected.clip(-1, 1)
    peak = 2.0 if is_picture else float(np.abs(expected).max())
    largest = float(np.abs(got - expected).max())
    print(f"| {what} | {psnr(got, expected, peak):.1f} | {largest:.3f} |", flush=True)


def _chain(run: Runner, encoder: str, generator: str, face: Array, style: Array | None) -> None:
    """An encoder and the generator behind it, each in fp32 and bf16."""
    codes = {precision: run(NETWORKS[encoder], precision, face) for precision in ("fp32", "bf16")}
    _line(f"{encoder}: codes", codes["bf16"], codes["fp32"], is_picture=False)
    if style is not None:
        for rows in codes.values():
            rows.reshape(face_models.ROWS, -1)[_FIRST_STYLED_ROW:] = style
    network = NETWORKS[generator]
    exact = run(network, "fp32", codes["fp32"])
    for what, encoded, drawn in (
        ("generator in bf16", "fp32", "bf16"), ("encoder in bf16", "bf16", "fp32"), ("both in bf16", "bf16", "bf16"),
    ):  # fmt: skip
        _line(f"{generator}: picture, {what}", run(network, drawn, codes[encoded]), exact, is_picture=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--portrait", type=Path, default=PORTRAIT, help="an aligned face (default %(default)s)")
    parser.add_argument("--style", type=Path, default=STYLE, help="BlendGAN's style picture (default %(default)s)")
    parser.add_argument("--binary", type=Path, default=rounds.BINARY, help="our worker")
    face_models.add_option(parser)
    options = parser.parse_args(argv)
    print(f"{machine.describe(machine.cpu())}\n\n| bf16 against fp32 | PSNR, dB | largest |\n|---|---:|---:|")
    with tempfile.TemporaryDirectory() as temporary:
        run = Runner(options, Path(temporary))
        _chain(run, "e4e", "jojogan", _picture(options.portrait, 256), None)
        embedded = run(NETWORKS["embed"], "fp32", _picture(options.style, face_models.SIZE))
        style = run(_STYLE_CODE, "fp32", embedded)
        _chain(run, "psp", "blendgan", _picture(options.portrait, face_models.SIZE), style)
    return 0


if __name__ == "__main__":
    sys.exit(main())
