"""What the exporters of face networks share: their options, the facts they embed, the order of their work."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from . import facts
from .archive import sha256_of, write_manifest
from .errors import ExportError
from .storage import halve, save_archive

# What the original programs cut out of a photo before anything else (models.md, section 7).
JOJOGAN_FACE = {"size": 1024, "transform_size": 1024, "expand": 1.0}
BLENDGAN_FACE = {"size": 1024, "transform_size": 4096, "expand": 1.0}
ENCODER_INPUT = {"range": [-1, 1], "layout": "NCHW", "size": 256}


@dataclass(frozen=True)
class Kind:
    """One exporter: what it makes, and the facts that hold unless the user says otherwise."""

    script: str
    family: str
    defaults: facts.Defaults


@dataclass(frozen=True)
class Built:
    """A scripted network, the facts that its shape gives, and the options that made it besides the common ones."""

    module: torch.jit.ScriptModule
    facts: dict[str, Any]
    arguments: list[str] = field(default_factory=list)


def parser_of(doc: str | None, kind: Kind) -> argparse.ArgumentParser:
    parser = facts.parser_of(doc, "the released file (.pt)", kind.defaults)
    stored = parser.add_mutually_exclusive_group()
    stored.add_argument("--half", action="store_true", help="store the weights as fp16: half the file")
    stored.add_argument("--bf16", action="store_true", help="store the weights as bf16: half the file, any range")
    return parser


def parse(parser: argparse.ArgumentParser, kind: Kind, argv: Sequence[str] | None) -> argparse.Namespace:
    """The options with all defaults; exits with 2 on wrong usage, and with 1 where --facts cannot be used."""
    try:
        return facts.parse(parser, kind.defaults, argv)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def _facts(options: argparse.Namespace, kind: Kind, built: Built) -> dict[str, Any]:
    """What `stylize` and its user have to know about the network (product.md: Models)."""
    arguments = ["--name", options.name, *built.arguments]
    arguments += [flag for flag in ("--half", "--bf16") if getattr(options, flag[2:])]
    own = {"family": kind.family, "domain": "face", **built.facts}
    described = facts.style_facts(options, own, sha256_of(options.checkpoint))
    return {**described, "export": {"script": f"scripts/{kind.script}", "args": arguments}}


def generator_facts(size: int, rows: int, face: dict[str, Any], encoder: str, reference: bool) -> dict[str, Any]:
    """The facts of a face style: an aligned face in, a picture of size x size out."""
    return {
        "input": ENCODER_INPUT,
        "output": {"range": [-1, 1], "rounding": "truncate", "size": size},
        "generator": {"n_latent": rows},
        "face": face,
        "reference": reference,
        "requires": [encoder, "landmarks"],
    }


def require_agreement(expected: Sequence[torch.Tensor], got: Sequence[torch.Tensor], checkpoint: Path) -> None:
    """Refuses an export that computes something else than the plain network, or no numbers. Raises ExportError."""
    for wanted, value in zip(expected, got, strict=True):
        if wanted.shape != value.shape or not bool(torch.isfinite(value).all()):
            break
        # The same operations on the same machine; only the order of sums may differ.
        if not torch.allclose(wanted, value, rtol=1e-4, atol=1e-4):
            break
    else:
        return
    raise ExportError(checkpoint, "the exported network does not compute what the checkpoint does", "report this")


def run(options: argparse.Namespace, kind: Kind, build: Callable[[], Built]) -> int:
    """Builds, stores and describes the network; 0, or 1 with a message on stderr."""
    try:
        built = build()
        if options.half or options.bf16:
            halve(built.module, torch.float16 if options.half else torch.bfloat16, options.checkpoint)
        described = _facts(options, kind, built)
        save_archive(options.output, built.module, described)
        if options.manifest:
            write_manifest(options.manifest, options.output, described)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {options.output.stat().st_size:,} bytes, {kind.family} {options.name}", file=sys.stderr)
    return 0
