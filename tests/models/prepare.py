"""Exports the Hayao weights in both modes with the real exporter, and unpacks what C++ cannot read.

Writes to --output: hayao_align0.pt, hayao_align1.pt, and each raw network output of the parity set as
NAME.f32 (little-endian float32, NCHW).
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np

EXPORTER = Path(__file__).resolve().parents[2] / "scripts" / "export_animegan2.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    checkpoint = options.shared / "weights" / "animegan2_hayao_int8_dequantized.pt"
    for mode, flag in ((0, "--no-align-corners"), (1, "--align-corners")):
        target = options.output / f"hayao_align{mode}.pt"
        command = [sys.executable, str(EXPORTER), str(checkpoint), "-o", str(target), "--name", "hayao", flag]
        subprocess.run(command, check=True)
    for packed in sorted((options.shared / "parity" / "animegan2").glob("*_raw.npz")):
        with np.load(packed) as arrays:
            (name,) = arrays.files
            arrays[name].astype("<f4").tofile(options.output / f"{packed.stem}.f32")


if __name__ == "__main__":
    main()
