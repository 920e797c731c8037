#!/usr/bin/env python3
"""Trains the bundled style `cel` from nothing and exports models/cel.pt with its manifest.

Teacher pairs are made once and cached, training resumes from its checkpoint: stop it at any time and run the same
command again. Preview sheets (input | teacher | student at 100 %) appear in WORK/preview from the first minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

# glibc hands large blocks back to the system after every layer; keeping them makes a CPU step about 1.5 times faster.
# It reads these at start-up only, hence the fresh start.
MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    "MALLOC_TOP_PAD_": str(1 << 28),
}

ROOT = Path(__file__).resolve().parent.parent
HELD_OUT_SEED_OFFSET = 1000


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Command line of the trainer."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    output, work = ROOT / "models" / "cel.pt", ROOT / "build" / "cel"
    add("-o", "--output", type=Path, default=output, help="TorchScript file; the manifest goes beside it")
    add("--work", type=Path, default=work, help="folder of the teacher cache, checkpoint and previews")
    wheel_help = "scipy 1.9.3's wheel, for its raccoon (pip download --no-deps scipy==1.9.3)"
    add("--scipy-wheel", type=Path, help=wheel_help)
    add("--pairs", type=int, default=268, help="teacher pairs to train on")
    add("--swatches", type=int, default=96, help="more pairs, of large soft areas and skin")
    add("--held-out", type=int, default=24, help="teacher pairs to measure on")
    add("--steps", type=int, default=5200, help="optimizer steps")
    add("--batch", type=int, default=6, help="crops a step")
    add("--crop", type=int, default=160, help="side of a crop in pixels")
    add("--rate", type=float, default=2e-3, help="highest learning rate")
    add("--seed", type=int, default=2, help="decides pictures, crops and first weights")
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes that make teacher pairs")
    add("--threads", type=int, default=0, help="CPU threads of the training; 0 leaves the choice to torch")
    add("--export-only", action="store_true", help="export the checkpoint as it is, without training")
    return parser.parse_args(arguments)


def export_arguments(options: argparse.Namespace) -> list[str]:
    """The arguments that decide the result, without paths, for the manifest."""
    names = ("pairs", "swatches", "steps", "batch", "crop", "rate", "seed")
    arguments = [word for name in names for word in (f"--{name}", str(getattr(options, name)))]
    return arguments + (["--scipy-wheel", options.scipy_wheel.name] if options.scipy_wheel else [])


def main() -> None:
    """Makes the pairs, trains, exports."""
    options = parse()
    if any(name not in os.environ for name in MALLOC):
        os.environ.update(MALLOC)
        os.execv(sys.executable, [sys.executable, *sys.argv])

    import numpy as np
    import torch

    from cel.data import build_pairs, load_pairs, make_picture, make_swatch
    from cel.export import export
    from cel.teacher import TeacherSettings
    from cel.training import Trainer, TrainingSettings

    if options.threads:
        torch.set_num_threads(options.threads)
    settings = TrainingSettings(
        options.work, options.seed, options.steps, options.batch, options.crop, options.rate
    )
    trainer = Trainer(settings)
    trainer.resume()
    if not options.export_only:
        # The teacher's settings name the folder: after a change of the look, old pairs are not used again.
        cache = options.work / "cache" / hashlib.sha256(repr(TeacherSettings()).encode()).hexdigest()[:12]
        wheel = options.scipy_wheel
        held_seed = options.seed + HELD_OUT_SEED_OFFSET
        pools = [
            (cache / "held", make_picture, held_seed, options.held_out),
            (cache / "train", make_picture, options.seed, options.pairs),
            (cache / "swatches", make_swatch, options.seed, options.swatches),
        ]
        for folder, make, seed, count in pools:
            build_pairs(folder, make, seed, count, wheel, options.workers)
        held_out, train, swatches = (load_pairs(folder, count) for folder, _, _, count in pools)
        trainer.run(np.concatenate([train, swatches]), held_out)
    export(trainer.averaged, options.output, export_arguments(options))
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
