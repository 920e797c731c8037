"""Turns StyleGAN2's discriminator into one TorchScript file of the features that `stylize learn` compares.

    .venv/bin/python scripts/export_discriminator.py stylegan2-ffhq-config-f.pt -o discriminator.pt

Takes the base or a training file of rosinality/stylegan2-pytorch ({"d": ...}), any size from 8 to 1024.
forward(image) takes [N,3,size,size] in [-1,1] and returns the outputs of the layers 1, 3, 4 and 5 as a list. The
layers behind them are left out, and the weights need no gradients.

Exit codes: 0 done, 1 the checkpoint or a file is unusable, 2 wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

try:
    import torch

    from export.discriminator import Discriminator
    from export.face_export import Built, Kind, parse, parser_of, require_agreement, run
    from export.facts import Defaults
    from export.released import discriminator_shape, filled, part_of, read_document
except ImportError as error:  # the light set-up has LibTorch without what Python needs of it
    sys.exit(f"error: {error} (run scripts/setup.sh --full, then use .venv/bin/python)")

KIND = Kind(
    script="export_discriminator.py",
    family="discriminator",
    defaults=Defaults(
        description="StyleGAN2's discriminator, whose features `stylize learn` compares.",
        licence="weights by NVIDIA: Nvidia Source Code License-NC",
        origin="NVIDIA's StyleGAN2, trained on FFHQ",
    ),
)
REMEDY = "name the 381 MB stylegan2-ffhq-config-f.pt; copies of 133 MB hold the generator only"


@torch.inference_mode()
def _check(network: Discriminator, scripted: torch.jit.ScriptModule, checkpoint: Path) -> None:
    probe = torch.linspace(-1, 1, 3 * network.size * network.size).reshape(1, 3, network.size, network.size)
    require_agreement(network(probe), scripted(probe), checkpoint)


def build(checkpoint: Path) -> Built:
    """The discriminator's features as a scripted module, checked against the plain one. Raises ExportError."""
    state = part_of(read_document(checkpoint), ["d"], checkpoint, REMEDY)
    size, multiplier = discriminator_shape(state, checkpoint, REMEDY)
    with torch.device("meta"):
        network = Discriminator(size, multiplier)
    network = filled(network, state, checkpoint, REMEDY).keep_taps().requires_grad_(False)
    scripted = torch.jit.script(network)
    _check(network, scripted, checkpoint)
    facts = {
        "input": {"range": [-1, 1], "layout": "NCHW", "size": size},
        "reference": False,
        "requires": [],
    }
    return Built(scripted, facts)


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(parser_of(__doc__, KIND), KIND, argv)
    return run(options, KIND, lambda: build(options.checkpoint))


if __name__ == "__main__":
    sys.exit(main())
