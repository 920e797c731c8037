"""Turns the e4e encoder (an aligned face to StyleGAN2's W+ codes) into one TorchScript file.

    .venv/bin/python scripts/export_e4e.py e4e_ffhq_encode.pt -o e4e.pt --half

The JoJoGAN styles need it. forward(x) takes faces [N,3,256,256], RGB in [-1,1], resized as Pillow's bilinear filter
does, and returns codes [N,n_latent,512] with the mean code added. The generator in the checkpoint is left out.

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
    script="export_e4e.py",
    family="encoder",
    defaults=Defaults(
        description="The e4e encoder: faces to StyleGAN2 codes, for the JoJoGAN styles.",
        licence="e4e's code: MIT; its authors name no licence for the weights",
        origin="omertov/encoder4editing, trained on FFHQ",
        urls=("https://drive.google.com/uc?id=1cUv_reLE6k3604or78EranS7XzuVMWeO",),
    ),
)
REMEDY = "name e4e_ffhq_encode.pt of omertov/encoder4editing"


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(parser_of(__doc__, KIND), KIND, argv)
    types = ("Encoder4Editing",)
    return run(options, KIND, lambda: build(options.checkpoint, True, False, types, REMEDY))


if __name__ == "__main__":
    sys.exit(main())
