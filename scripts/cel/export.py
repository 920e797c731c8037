"""Writes the trained student as TorchScript with its facts inside, and the manifest beside it."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch

from .network import CelNet

FACTS: dict[str, Any] = {
    "name": "cel",
    "aliases": ["default"],
    "title": "Cel",
    "description": "Anime cel look: flat shading, coloured ink lines, vivid colours. Works offline, free for any use.",
    "family": "animegan",
    "domain": "frame",
    "input": {
        "range": [0, 1],
        "layout": "NCHW",
        "multiple_of": 4,
        "minimum": 8,
        "recommended_size": 768,
    },
    "output": {"range": [0, 1], "rounding": "nearest"},
    "reference": False,
    "requires": [],
    "licence": {
        "text": "MIT",
        "commercial": True,
        "origin": "trained by this project with scripts/train_cel.py "
        "on procedurally made and public-domain/CC0 pictures",
    },
    "source": {"urls": []},
}


def _replace(path: Path, write: Any) -> None:
    """Calls write(part) and renames the part file to path, so that no reader sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    write(part)
    os.replace(part, path)


def export(model: CelNet, model_path: Path, arguments: list[str]) -> None:
    """Saves model in half precision at model_path (.pt) and the manifest at the same place with .json."""
    facts = {**FACTS, "export": {"script": "scripts/train_cel.py", "args": arguments}}
    half = copy.deepcopy(model).cpu().eval().half().to(memory_format=torch.contiguous_format)
    half.requires_grad_(False)
    scripted = torch.jit.script(half)
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    _replace(model_path, lambda part: torch.jit.save(scripted, str(part), _extra_files={"stylize.json": text}))
    data = model_path.read_bytes()
    manifest = dict(facts)
    manifest.update(file=model_path.name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    whole = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    _replace(model_path.with_suffix(".json"), lambda part: part.write_text(whole, encoding="utf-8"))
