"""The networks for whole pictures that the benchmarks run, and the command lines of all engines' workers for them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import rounds

CHECKPOINT = rounds.SHARED / "weights" / "animegan2_hayao_int8_dequantized.pt"
CEL = rounds.ROOT / "models" / "cel.pt"
PEERS = ("pytorch", "onnxruntime", "openvino", "openvino-f32")
_TRACED = "1,3,64,64"  # the exporter's trace takes no memory worth counting there
_WORKERS = {
    "pytorch": ("eager_worker.py", ()),
    "onnxruntime": ("ort_worker.py", ()),
    "openvino": ("ov_worker.py", ()),
    "openvino-f32": ("ov_worker.py", ("--f32",)),
}


@dataclass(frozen=True)
class Size:
    """Of a picture, in pixels."""

    height: int
    width: int


@dataclass(frozen=True)
class FrameNetwork:
    """An exported file and its SHA-256."""

    file: Path
    digest: str

    def our_command(
        self, binary: Path, size: Size, threads: int, precision: str, more: Sequence[str] = ()
    ) -> list[str]:
        """The worker's command line for stylize itself."""
        sides = ["--height", str(size.height), "--width", str(size.width)]
        ours = [str(binary), "--model", str(self.file), *sides, "--threads", str(threads), "--serve"]
        return [*ours, "--precision", precision, *more]

    def peer_command(self, key: str, size: Size, threads: int) -> list[str]:
        """The worker's command line for one of PEERS; exports the network where the engine needs that."""
        script, more = _WORKERS[key]
        file = self.file if key == "pytorch" else self._onnx(size)
        worker = [sys.executable, str(rounds.WORKERS / script), "--model", str(file)]
        return [*worker, "--shape", f"1,3,{size.height},{size.width}", "--threads", str(threads), *more]

    def _onnx(self, size: Size) -> Path:
        path = rounds.FOLDER / f"{self.digest[:16]}_{size.height}x{size.width}.onnx"
        if not path.is_file():
            shapes = ["--shape", f"1,3,{size.height},{size.width}", "--trace-shape", _TRACED]
            rounds.run_python(Path(__file__).parent / "export_onnx.py", self.file, path, *shapes)
        return path


def network(file: Path) -> FrameNetwork:
    """An exported file; ends the program where it is not there."""
    if not file.is_file():
        sys.exit(f"error: {file}: no such file")
    return FrameNetwork(file, hashlib.sha256(file.read_bytes()).hexdigest())


def hayao(checkpoint: Path = CHECKPOINT) -> FrameNetwork:
    """An AnimeGANv2 checkpoint, exported into build/bench; ends the program where it is not there."""
    if not checkpoint.is_file():
        sys.exit(f"error: {checkpoint}: no such file (name an exported --model or a --checkpoint)")
    model = rounds.FOLDER / "hayao.pt"
    rounds.run_python(rounds.ROOT / "scripts/export_animegan2.py", checkpoint, "-o", model, "--name", "hayao")
    return network(model)
