"""Writes TorchScript files with their facts inside, and manifests beside them; whole files or none."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .errors import ExportError

METADATA_NAME = "stylize.json"  # under extra/ in the archive; the C++ side reads it before it loads the code

Facts = Mapping[str, Any]


def to_json(facts: Facts) -> str:
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a temporary file in the same folder and renames it. Raises ExportError."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files that only their owner may read
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        remedy = "check the folder, its rights and its space"
        raise ExportError(path, f"cannot write: {error.strerror}", remedy) from None
    finally:
        if temporary is not None:
            os.unlink(temporary)


def _sorted_constants(code: str) -> str:
    """TorchScript source with each run of constants in order: torch writes them in the order of a Python set."""
    lines = code.splitlines(keepends=True)
    groups = itertools.groupby(lines, key=lambda line: " : Final[" in line)
    return "".join(line for constant, group in groups for line in (sorted(group) if constant else group))


def _reproducible(archive: bytes) -> bytes:
    """The archive with its code in a fixed order, and without the .debug_pkl records.

    Those carry the exporting machine's paths, which would leak them and make the bytes depend on where the
    repository lies. The file writer of torch keeps the alignment that the loader maps tensors by.
    """
    buffer = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(buffer)
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        for info in source.infolist():
            name = info.filename.partition("/")[2]
            if name.endswith(".debug_pkl") or name in ("version", ".data/serialization_id"):
                continue  # the writer adds the last two itself
            data = source.read(info)
            if name.startswith("code/"):
                data = _sorted_constants(data.decode()).encode()
            writer.write_record(name, data, len(data))
    writer.write_end_of_file()
    return buffer.getvalue()


def archive_bytes(module: torch.jit.ScriptModule, facts: Facts) -> bytes:
    """The TorchScript file as bytes; the same module and facts give the same bytes.

    Saved to memory, since torch names the archive's inner folder after the file that it writes.
    """
    buffer = io.BytesIO()
    torch.jit.save(module, buffer, _extra_files={METADATA_NAME: to_json(facts)})
    return _reproducible(buffer.getvalue())


def read_facts(path: Path) -> dict[str, Any]:
    """The facts inside a TorchScript file, read without loading the code in it. Raises ExportError."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith(f"/extra/{METADATA_NAME}"))
            return dict(json.loads(archive.read(name)))
    except (OSError, zipfile.BadZipFile, StopIteration, ValueError):
        raise ExportError(path, f"no {METADATA_NAME} inside", "export it with scripts/export_*.py") from None


def write_manifest(path: Path, model: Path, facts: Facts) -> None:
    """The facts plus the model's file, hash and size, as JSON. Raises ExportError."""
    place = Path(os.path.relpath(model.resolve(), path.resolve().parent))
    manifest = {**facts, "file": place.as_posix(), "sha256": sha256_of(model), "size": model.stat().st_size}
    write_atomically(path, to_json(manifest).encode())
