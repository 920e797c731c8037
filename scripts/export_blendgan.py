"""Turns BlendGAN (a face in the style of any picture) into one TorchScript file.

    .venv/bin/python scripts/export_blendgan.py blendgan.pt -o blendgan_style.pt --name blendgan --half

The file holds the generator (forward, synthesis, mapping, truncate, stored_noise as export_jojogan.py writes them) and
embed(picture), style_code(z_embed), blend(w_face, w_style, index), blend_rows(w_face, w_style, face_share).
1.46 GB, of which the style encoder is 1.33; --half makes it 0.73. Without "latent_avg" in the checkpoint, the mean
code is that of 10,000 mapped codes.

Exit codes: 0 done, 1 the checkpoint or a file is unusable, 2 wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

try:
    import torch

    from export.blendgan import BlendGan
    from export.face_export import (
        BLENDGAN_FACE, Built, Kind, generator_facts, parse, parser_of, require_agreement, run,
    )  # fmt: skip
    from export.facts import Defaults
    from export.released import filled, generator_shape, part_of, read_document, with_mean_code
except ImportError as error:  # the light set-up has LibTorch without what Python needs of it
    sys.exit(f"error: {error} (run scripts/setup.sh --full, then use .venv/bin/python)")

KIND = Kind(
    script="export_blendgan.py",
    family="blendgan",
    defaults=Defaults(
        description="Faces in the style of any picture (BlendGAN).",
        licence="BlendGAN's code: MIT; its authors name no licence for the weights, derived from NVIDIA's StyleGAN2",
        origin="onion-liu/BlendGAN",
        urls=("https://drive.google.com/uc?id=1eF04jKMLAb9DvzI72m8Akn5ykWf3EafE",),
    ),
)
REMEDY = "name blendgan.pt of onion-liu/BlendGAN"


@torch.inference_mode()
def _check(network: BlendGan, scripted: torch.jit.ScriptModule, checkpoint: Path) -> None:
    """A style from a small picture, on the mean face."""
    picture = torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
    results = []
    for form in (network, scripted):
        style = form.style_code(form.embed(picture))
        face = form.latent_avg.expand(1, network.n_latent, -1)
        results.append((style, form(form.blend(face, style, 6))))
    require_agreement(*results, checkpoint)


def build(checkpoint: Path) -> Built:
    """BlendGAN as a scripted module, checked against the plain one. Raises ExportError."""
    document = read_document(checkpoint)
    state = part_of(document, ["g_ema"], checkpoint, REMEDY)
    size, multiplier = generator_shape(state, checkpoint, REMEDY)
    with torch.device("meta"):
        network = BlendGan(size, multiplier)
    state = with_mean_code(state, document, checkpoint, REMEDY)
    network = filled(network, state, checkpoint, REMEDY).requires_grad_(False)
    scripted = torch.jit.script(network)
    _check(network, scripted, checkpoint)
    return Built(scripted, generator_facts(size, network.n_latent, BLENDGAN_FACE, "psp", reference=True))


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(parser_of(__doc__, KIND), KIND, argv)
    return run(options, KIND, lambda: build(options.checkpoint))


if __name__ == "__main__":
    sys.exit(main())
