"""The one error an exporter shows to its user."""

from __future__ import annotations

from pathlib import Path


class ExportError(Exception):
    """A file cannot be exported: which one, why, and what to do about it."""

    def __init__(self, file: str | Path, reason: str, remedy: str) -> None:
        super().__init__(f"{file}: {reason} ({remedy})")
