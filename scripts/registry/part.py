"""The part of a file that is here already, and what is needed to continue it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from .files import remove, write_json


@dataclass(frozen=True)
class Origin:
    """Which version of which file the bytes are of."""

    url: str
    validator: str  # ETag or Last-Modified, as If-Range takes it; empty: the server names none
    total: int | None


class Part:
    """Bytes from the beginning of a file, beside a small state file. Not for two at the same time."""

    def __init__(self, path: Path, state: Path) -> None:
        self.path = path
        self._state = state
        self.origin = self._read_origin()
        if self.origin is None:
            self.discard()  # bytes of which nobody knows where they are from

    def _read_origin(self) -> Origin | None:
        try:
            content = json.loads(self._state.read_bytes())
            total = content["total"]
            return Origin(str(content["url"]), str(content["validator"]), None if total is None else int(total))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def complete(self) -> bool:
        return self.origin is not None and self.origin.total is not None and 0 < self.size == self.origin.total

    def discard(self) -> None:
        """Forgets all bytes. Raises OSError."""
        remove(self.path)
        remove(self._state)
        self.origin = None

    def restart(self, origin: Origin) -> None:
        """Begins a new file. The old bytes go first: none may ever stand beside the new state. Raises OSError."""
        if self.origin == origin and self.size == 0:
            return
        remove(self.path)
        write_json(self._state, asdict(origin))
        self.origin = origin

    def appending(self) -> BinaryIO:
        """The file, open for more bytes, unbuffered: what was received counts also after a kill."""
        return self.path.open("ab", buffering=0)
