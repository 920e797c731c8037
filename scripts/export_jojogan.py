"""Turns a StyleGAN2 face generator into one TorchScript file: a JoJoGAN style, or the base that styles start from.

    .venv/bin/python scripts/export_jojogan.py jojo.pt -o jojo_style.pt --name jojo
    .venv/bin/python scripts/export_jojogan.py stylegan2-ffhq-config-f.pt -o ffhq.pt --name stylegan2_ffhq

Takes JoJoGAN's files ({"g": ...}) and those of rosinality/stylegan2-pytorch ({"g_ema": ...}), any size from 8 to 1024.
Where both are inside, --weights auto takes "g_ema" beside a discriminator (a base or training file, where "g" is the
unaveraged generator), and else "g" (a style). A file without "latent_avg" gets the mean of 10,000 mapped codes.

The file holds forward(latents), synthesis(latents, noise), mapping(z), truncate(w, psi) and stored_noise(), with
latents [N,n_latent,512]. Its weights stay trainable and keep the checkpoint's names.

Exit codes: 0 done, 1 the checkpoint or a file is unusable, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

try:
    import torch

    from export.face_export import (
        JOJOGAN_FACE, Built, Kind, generator_facts, parse, parser_of, require_agreement, run,
    )  # fmt: skip
    from export.facts import Defaults
    from export.released import filled, generator_shape, part_of, read_document, with_mean_code
    from export.stylegan2 import Generator
except ImportError as error:  # the light set-up has LibTorch without what Python needs of it
    sys.exit(f"error: {error} (run scripts/setup.sh --full, then use .venv/bin/python)")

KIND = Kind(
    script="export_jojogan.py",
    family="stylegan2",
    defaults=Defaults(
        description="A StyleGAN2 face style (JoJoGAN).",
        licence="JoJoGAN's code: MIT; weights derived from NVIDIA's StyleGAN2: Nvidia Source Code License-NC",
        origin="fine-tuned from NVIDIA's StyleGAN2 FFHQ weights",
    ),
)
REMEDY = "name a JoJoGAN style or a checkpoint of rosinality/stylegan2-pytorch; convert NVIDIA's pickles first"


def _names(document: dict[str, object], weights: str) -> list[str]:
    """The parts to look for, in this order (see the top of this file)."""
    if weights != "auto":
        return [weights]
    return ["g_ema", "g"] if "d" in document or "g" not in document else ["g"]


@torch.inference_mode()
def _check(network: Generator, scripted: torch.jit.ScriptModule, checkpoint: Path) -> None:
    z = torch.linspace(-1, 1, 512).square().reshape(1, 512)
    latents = network.truncate(network.mapping(z), 0.5).unsqueeze(1).repeat(1, network.n_latent, 1)
    expected = (network.mapping(z), network(latents))
    require_agreement(expected, (scripted.mapping(z), scripted(latents)), checkpoint)


def build(checkpoint: Path, weights: str = "auto", base: str | None = None) -> Built:
    """The generator as a scripted module, checked against the plain one. Raises ExportError."""
    document = read_document(checkpoint)
    names = _names(document, weights)
    state = part_of(document, names, checkpoint, REMEDY)
    size, multiplier = generator_shape(state, checkpoint, REMEDY)
    with torch.device("meta"):
        network = Generator(size, multiplier)
    network = filled(network, with_mean_code(state, document, checkpoint, REMEDY), checkpoint, REMEDY)
    scripted = torch.jit.script(network)
    _check(network, scripted, checkpoint)
    facts = generator_facts(size, network.n_latent, JOJOGAN_FACE, "e4e", reference=False)
    arguments = [] if weights == "auto" else ["--weights", weights]
    if base:
        facts["base"] = base
        arguments += ["--base", base]
    return Built(scripted, facts, arguments)


def main(argv: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__, KIND)
    parser.add_argument("--weights", choices=("auto", "g", "g_ema"), default="auto", help="see below (default: auto)")
    parser.add_argument("--base", metavar="NAME", help="the model it was fine-tuned from, for --strength below 1")
    options: argparse.Namespace = parse(parser, KIND, argv)
    return run(options, KIND, lambda: build(options.checkpoint, options.weights, options.base))


if __name__ == "__main__":
    sys.exit(main())
