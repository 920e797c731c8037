"""The hidden folder `.pull` in the models folder, where everything happens that is not finished."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .console import say
from .errors import PullError
from .files import read_object, remove, sha256_of, sync
from .trust import TrustedHashes


def _is_file_of(facts: dict[str, Any], folder: Path) -> bool:
    """Whether the file that a manifest, or its `source`, speaks of is in the folder. Raises OSError."""
    file = folder / str(facts.get("file", ""))
    # The size first: hashing takes long.
    return file.is_file() and file.stat().st_size == facts.get("size") and sha256_of(file) == facts.get("sha256")


class Workplace:
    """Where one style is prepared. Usable only while `locked()`; others wait then."""

    def __init__(self, models: Path, name: str) -> None:
        self.models = models.absolute()
        self.root = self.models / ".pull"
        self.name = name
        self.scratch = self.root / name
        self.part = self.root / f"{name}.part"
        self.part_state = self.root / f"{name}.part.json"
        self.trusted = TrustedHashes(self.root / "trusted_hashes.json")
        self.lock = -1  # exporters inherit it, so that one that outlives its pull still keeps the next pull out

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Makes the folders and keeps other pulls and imports into them out. Raises PullError, OSError."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            remedy = "check its rights, or name another folder with --models-dir"
            raise PullError(self.models, f"cannot hold models: {error.strerror}", remedy) from None
        try:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"{self.name}: another pull or import works in {self.models}; waiting for it to end")
                fcntl.flock(self.lock, fcntl.LOCK_EX)
            self.sweep()
            yield
        finally:
            os.close(self.lock)  # lets go of the lock
            self.lock = -1

    def checkpoint(self, file: str) -> Path:
        """Where a checked checkpoint waits for its export; a folder of its own, as names may be the same."""
        return self.scratch / "checkpoint" / file

    def keep_checkpoint(self, file: str) -> Path:
        """Moves the finished and checked part to where it waits. Raises OSError."""
        place = self.checkpoint(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        sync(self.part)
        os.replace(self.part, place)
        sync(place.parent)
        remove(self.part_state)
        return place

    def sweep(self) -> None:
        """Removes what killed runs left and nobody will use. Raises OSError."""
        for leftover in self.scratch.glob("*"):
            if leftover.name != "checkpoint":
                remove(leftover)
        with contextlib.suppress(OSError):  # not there, or a checkpoint is in it
            self.scratch.rmdir()
        for folder in self.root.iterdir():
            if folder.is_dir() and folder != self.scratch and self._is_done_with(folder):
                remove(folder)

    def _is_done_with(self, folder: Path) -> bool:
        """Whether another style's pull was killed just after its last step. Raises OSError.

        A checkpoint that waits there belongs to a pull to come, unless the style was made of this very one.
        """
        manifest = read_object(self.models / f"{folder.name}.json")
        if not _is_file_of(manifest, self.models):
            return False
        source = manifest.get("source")
        waiting = folder / "checkpoint"
        return not any(waiting.glob("*")) or (isinstance(source, dict) and _is_file_of(source, waiting))

    def clear(self) -> None:
        """Removes what a finished or refused pull of this style needed. Raises OSError."""
        remove(self.scratch)
        remove(self.part)
        remove(self.part_state)
