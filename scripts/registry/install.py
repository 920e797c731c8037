"""Puts a prepared style into the models folder: all of it or nothing, whenever the process is killed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import PullError
from .files import read_object, remove, sha256_of, sync, write_json
from .workplace import Workplace

Facts = Mapping[str, Any]


def read_manifest(path: Path) -> dict[str, Any]:
    """What an exporter wrote. Raises PullError."""
    content = read_object(path)
    if not content:
        raise PullError(path, "the exporter wrote no manifest", "report this")
    return content


def merged(base: Facts, over: Facts) -> dict[str, Any]:
    """`over` put onto `base`; objects inside are merged too."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def _refuse_taken_file(models: Path, name: str, file: str) -> None:
    """A file that another style's manifest speaks of must stay what it is. Raises PullError."""
    for path in models.glob("*.json"):
        if path.name != f"{name}.json" and read_object(path).get("file") == file:
            raise PullError(name, f"{models / file} belongs to the style {path.stem}", "use another name")


def install(place: Workplace, model: Path, file: str, facts: Facts) -> Path:
    """Moves `model`, in the workplace, to its final name, with a manifest of the facts. Raises PullError, OSError.

    The order is what makes it safe: a manifest stands in the models folder only while the very file that it
    speaks of stands beside it. So the manifest of other bytes goes first, and the new one comes last.
    """
    models = place.models
    _refuse_taken_file(models, place.name, file)
    sha256 = sha256_of(model)
    prepared = place.scratch / f"{place.name}.ready.json"
    write_json(prepared, {**facts, "name": place.name, "file": file, "sha256": sha256, "size": model.stat().st_size})
    sync(model)
    final_manifest = models / f"{place.name}.json"
    if read_object(final_manifest).get("sha256", sha256) != sha256:
        remove(final_manifest)
        sync(models)
    os.replace(model, models / file)
    sync(models)
    os.replace(prepared, final_manifest)
    sync(models)
    return models / file
