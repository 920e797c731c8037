"""Files that are whole or not there, also after a kill or a power cut."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

MARGIN = 64_000_000  # bytes that a pull leaves free


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as hex digits. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Puts a file's content, or a folder's entries, on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any) -> None:
    """Replaces `path` in one step. The caller keeps others from writing it at the same time. Raises OSError."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sync(temporary)
    os.replace(temporary, path)


def read_object(path: Path) -> dict[str, Any]:
    """A JSON file's content, such as a manifest's; empty where there is no object that can be read."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def remove(path: Path) -> None:
    """Removes a file or a folder with all that is in it, if it is there. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def megabytes(count: float) -> str:
    """A size as people read it; every message of a pull says MB."""
    return f"{count / 1e6:,.1f} MB"


def lacking_space(folder: Path, needed: int) -> str:
    """Why `needed` bytes and the margin do not fit into `folder`, or nothing if they do. Raises OSError."""
    free = shutil.disk_usage(folder).free
    if needed + MARGIN <= free:
        return ""
    return f"needs {megabytes(needed + MARGIN)} of disk space, and {folder} has {megabytes(free)} free"
