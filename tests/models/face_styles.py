"""The face networks through the C++ side: builds each synthetic network, exports it with the real exporter, unpacks its
golden results and runs the C++ test of that name on them. One after the other, each deleted before the next, since the
large ones take 1.5 GB.

    face_styles.py --binary build/release/stylize_model_tests --shared SHARED [--only NAME...]

Files for the C++ test: network.pt, and for each array KEY of STEM.npz: STEM.KEY.f32 (little-endian float32, its shape in
shapes.json), or STEM.KEY_I.png for pictures; photo_I.png are the photos that the results were made from.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
# Name of the C++ test's tag: kind, size and seed of the synthetic file, exporter, golden results.
NETWORKS: dict[str, tuple[str, int, int, str, list[str]]] = {
    "g128": ("stylegan2", 128, 20212, "jojogan", ["stylegan2/g128.npz", "stylegan2/truncation_mixing128.npz"]),
    "g1024": ("jojogan", 1024, 20213, "jojogan", ["stylegan2/g1024.npz"]),
    "e4e": ("e4e", 1024, 20216, "e4e", ["encoders/e4e.npz"]),
    "psp": ("psp", 1024, 20217, "psp", ["encoders/psp.npz"]),
    "blendgan": ("blendgan", 128, 20219, "blendgan", ["blendgan/embedder.npz", "blendgan/generator128.npz"]),
}


def unpack(parity: Path, names: list[str], folder: Path) -> None:
    shapes: dict[str, list[int]] = {}
    for name in names:
        stem = Path(name).stem
        with np.load(parity / name) as arrays:
            for key in arrays.files:
                array = arrays[key]
                if array.dtype == np.uint8:
                    for i, pixels in enumerate(array.reshape(-1, *array.shape[-3:])):
                        Image.fromarray(pixels).save(folder / f"{stem}.{key}_{i}.png", compress_level=1)
                    continue
                array.astype("<f4").tofile(folder / f"{stem}.{key}.f32")
                shapes[f"{stem}.{key}"] = list(array.shape)
    (folder / "shapes.json").write_text(json.dumps(shapes))
    records = json.loads((parity / "manifest.json").read_text())["files"]
    record = records[names[0]]
    for i, photo in enumerate([*record.get("photos", []), *record.get("inputs", [])]):
        with Image.open(parity / photo) as image:
            image.convert("RGB").save(folder / f"photo_{i}.png", compress_level=1)
    (folder / "atol.json").write_text(json.dumps({Path(name).stem: records[name]["atol"] for name in names}))


def run(name: str, binary: Path, shared: Path) -> int:
    kind, size, seed, exporter, results = NETWORKS[name]
    with tempfile.TemporaryDirectory(prefix="stylize-faces-") as temporary:
        folder = Path(temporary)
        checkpoint = folder / "checkpoint.pt"
        started = time.monotonic()
        fill = [shared / "parity" / "fill_weights.py", kind, "--size", size, "--seed", seed, "--out", checkpoint]
        export = [SCRIPTS / f"export_{exporter}.py", checkpoint, "-o", folder / "network.pt"]
        for command in (fill, export):
            subprocess.run([sys.executable, *map(str, command)], check=True)
        checkpoint.unlink()
        unpack(shared / "parity", results, folder)
        made = time.monotonic()
        environment = {**os.environ, "STYLIZE_FACE_FIXTURES": str(folder)}
        test = [str(binary), f"[face_styles][{name}]", "--warn", "NoTests"]
        code = subprocess.run(test, env=environment, check=False).returncode
        print(f"{name}: made in {made - started:.0f} s, tested in {time.monotonic() - made:.0f} s", flush=True)
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    options = parser.parse_args()
    failed = [name for name in options.only if run(name, options.binary.resolve(), options.shared) != 0]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
