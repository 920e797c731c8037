"""Turns an official AnimeGANv2 checkpoint into one TorchScript file that `stylize --style FILE` can run.

    .venv/bin/python scripts/export_animegan2.py face_paint_512_v2.pt -o face_paint_v2.pt --name face_paint_v2

The file holds the network (RGB [N,3,H,W] in [-1,1] to the same), its weights and, as `stylize.json`, what
`stylize` has to know about it: name, sizes, licence, source.

--align-corners is the default because it is the reference's own (its `forward` and `hubconf.face2paint`), keeps
every size of at least 8x8, and is what the face_paint styles are used with. --no-align-corners computes what the
reference's `test.py` does by default, but keeps sizes that are not multiples of 4, which `test.py` cuts.

--facts FILE.json takes what the style is (names, sizes, licence, source, ...) from a catalogue entry, such as those in
models/; options that are given too win over it.

--half stores the weights as fp16: half the file. `stylize` computes in the precision asked for either way.

Exit codes: 0 done, 1 the checkpoint or a file is unusable, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

try:
    import torch

    from export import facts
    from export.animegan2 import MINIMUM_SIDE, Generator
    from export.archive import archive_bytes, sha256_of, write_atomically, write_manifest
    from export.checkpoint import load_strictly, read_state_dict
    from export.errors import ExportError
except ImportError as error:  # the light set-up has LibTorch without what Python needs of it
    sys.exit(f"error: {error} (run scripts/setup.sh --full, then use .venv/bin/python)")

DEFAULTS = facts.Defaults("An AnimeGANv2 style.", recommended_size=768, minimum_side=MINIMUM_SIDE)
NOT_ANIMEGAN2 = (
    "is this a generator of bryandlee/animegan2-pytorch? AnimeGANv3, TensorFlow and ONNX files are other networks"
)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options with all defaults. Raises ExportError; exits with 2 on wrong usage."""
    parser = facts.parser_of(__doc__, "state dict as published (.pt, .pth)", DEFAULTS)
    parser.add_argument("--half", action="store_true", help="store the weights as fp16")
    parser.add_argument(
        "--align-corners", action=argparse.BooleanOptionalAction, default=True, help="see below (default: on)"
    )
    return facts.parse(parser, DEFAULTS, argv)


def _reproducing_arguments(options: argparse.Namespace) -> list[str]:
    """The options that shape the file, without the paths of this machine."""
    arguments = ["--name", options.name, "--align-corners" if options.align_corners else "--no-align-corners"]
    return arguments + (["--half"] if options.half else [])


def facts_of(options: argparse.Namespace) -> dict[str, Any]:
    """What `stylize` and its user have to know about the style (product.md: Models)."""
    own = {
        "family": "animegan",
        "domain": "frame",
        "input": {"range": [-1, 1], "layout": "NCHW", "multiple_of": 1, "minimum": MINIMUM_SIDE},
        "output": {"range": [-1, 1], "rounding": "truncate"},
        "reference": False,
        "requires": [],
    }
    described = facts.style_facts(options, own, sha256_of(options.checkpoint))
    return {**described, "export": {"script": "scripts/export_animegan2.py", "args": _reproducing_arguments(options)}}


@torch.inference_mode()
def _check(network: Generator, scripted: torch.jit.ScriptModule, checkpoint: Path) -> None:
    """Runs both forms at an odd size and batch: same shape, same finite values."""
    sides = (12, 16) if not network.align_corners else (11, 18)
    probe = torch.linspace(-1, 1, 2 * 3 * sides[0] * sides[1]).reshape(2, 3, *sides)
    expected, got = network(probe), scripted(probe)
    if got.shape != probe.shape or not torch.isfinite(got).all() or not torch.equal(expected, got):
        raise ExportError(checkpoint, "the exported network does not compute what the checkpoint does", "report this")


def build(checkpoint: Path, align_corners: bool = True, half: bool = False) -> torch.jit.ScriptModule:
    """The checkpoint as a scripted module in eval mode, checked against the plain one. Raises ExportError."""
    network = Generator(align_corners).eval().requires_grad_(False)
    load_strictly(network, read_state_dict(checkpoint), checkpoint, NOT_ANIMEGAN2)
    scripted = torch.jit.script(network)
    _check(network, scripted, checkpoint)
    return scripted.half() if half else scripted


def main(argv: Sequence[str] | None = None) -> int:
    try:
        options = _parse(argv)
        scripted = build(options.checkpoint, options.align_corners, options.half)
        described = facts_of(options)
        write_atomically(options.output, archive_bytes(scripted, described))
        if options.manifest:
            write_manifest(options.manifest, options.output, described)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {options.output.stat().st_size:,} bytes, style {options.name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
