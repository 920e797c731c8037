"""The face networks that the benchmarks run: which there are, and synthetic full-sized files of them.

Their released checkpoints cannot be passed on. Time and memory do not depend on the weights' values.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import rounds

SIZE = 1024
ROWS = 18  # of W+ at that size
FILL = rounds.SHARED / "parity" / "fill_weights.py"
_CODES = f"1,{ROWS},512"


@dataclass(frozen=True)
class FaceFile:
    """An exported file: its exporter, and the kind and seed of the synthetic checkpoint."""

    exporter: str
    kind: str
    seed: int


@dataclass(frozen=True)
class FaceNetwork:
    """One method of a file, timed on an input of this shape."""

    title: str
    file: str
    method: str
    shape: str
    generates: bool = False  # StyleGAN2: there is an "as published", and it takes noise besides
    stays_fp32: bool = False  # whatever the precision

    @property
    def our_arguments(self) -> list[str]:
        """For stylize_infer_bench, as the program calls the network."""
        noise = ["--shape", "[]"] if self.generates else []
        return ["--method", self.method, "--shape", self.shape, *noise]

    @property
    def their_method(self) -> str:
        """For the peers; a generator's forward is its synthesis with the stored noise."""
        return "forward" if self.generates else self.method


FILES = {
    "jojo": FaceFile("jojogan", "jojogan", 20213),
    "e4e": FaceFile("e4e", "e4e", 20216),
    "psp": FaceFile("psp", "psp", 20217),
    "blendgan": FaceFile("blendgan", "blendgan", 20219),
}
NETWORKS = {
    "jojogan": FaceNetwork("JoJoGAN: generator, W+ to 1024 × 1024", "jojo", "synthesis", _CODES, generates=True),
    "e4e": FaceNetwork("JoJoGAN: e4e, 256 × 256 to W+", "e4e", "forward", "1,3,256,256"),
    "blendgan": FaceNetwork("BlendGAN: generator, W+ to 1024 × 1024", "blendgan", "synthesis", _CODES, generates=True),
    "embed": FaceNetwork(
        "BlendGAN: embed, a style of 1024 × 1024", "blendgan", "embed", f"1,3,{SIZE},{SIZE}", stays_fp32=True
    ),
    "psp": FaceNetwork("BlendGAN: pSp, 1024 × 1024 to W+", "psp", "forward", f"1,3,{SIZE},{SIZE}"),
}


def add_option(parser: argparse.ArgumentParser) -> None:
    text = (
        "folder of the exported files jojo.pt, e4e.pt, psp.pt, blendgan.pt; a missing one is made (default %(default)s)"
    )
    parser.add_argument("--models", type=Path, default=rounds.FOLDER / "faces", help=text)


def model_file(folder: Path, name: str) -> Path:
    """FOLDER/NAME.pt; made with synthetic weights where it is missing. Ends the program where it cannot be made."""
    path = folder / f"{name}.pt"
    if path.is_file():
        return path
    if not FILL.is_file():
        sys.exit(f"error: {path}: no such file (and no {FILL} to make a synthetic one)")
    print(f"making {path} with synthetic weights", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    made = FILES[name]
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        checkpoint = Path(temporary) / "checkpoint.pt"
        rounds.run_python(FILL, made.kind, "--size", SIZE, "--seed", made.seed, "--out", checkpoint)
        exporter = rounds.ROOT / "scripts" / f"export_{made.exporter}.py"
        rounds.run_python(exporter, checkpoint, "-o", path, "--name", name)
    return path
