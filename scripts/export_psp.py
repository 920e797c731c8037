"""Turns BlendGAN's pSp encoder (an aligned face to StyleGAN2's W+ codes) into one TorchScript file.

    .venv/bin/python scripts/export_psp.py psp_encoder.pt -o psp.pt --half

BlendGAN needs it. forward(x) takes faces [N,3,H,W] of any size, RGB in [-1,1], averages them down to 256x256 and
returns codes [N,n_latent,512] with the mean code added.

Exit codes: 0 done, 1 the checkpoint or a file is unusable, 2 wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

try:
    from export.encoder_export import build
    from export.face_export import Kind, parse, parser_of, run
    from export.facts import Defaults
except ImportError as error:  # the light set-up has LibTorch without what Python needs of it
    sys.exit(f"error: {error} (run scripts/setup.sh --full, then use .venv/bin/python)")

KIND = Kind(
    script="export_psp.py",
    family="encoder",
    defaults=Defaults(
        description="BlendGAN's pSp encoder: faces to StyleGAN2 codes.",
        licence="BlendGAN's code: MIT; its authors name no licence for the weights",
        origin="onion-liu/BlendGAN, trained on FFHQ",
        urls=("https://drive.google.com/uc?id=14nevG94hNkkwaoK5eJLF1iv78cv5O8fN",),
    ),
)
REMEDY = "name psp_encoder.pt of onion-liu/BlendGAN"


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(parser_of(__doc__, KIND), KIND, argv)
    types = ("GradualStyleEncoder", "PSPEncoder")
    return run(options, KIND, lambda: build(options.checkpoint, False, True, types, REMEDY))


if __name__ == "__main__":
    sys.exit(main())
