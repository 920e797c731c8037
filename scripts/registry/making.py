"""From a checkpoint to a style's file and facts; the same for pulls and imports."""

from __future__ import annotations

import bz2
import shutil
from pathlib import Path
from typing import Any

from .console import say
from .entry import Entry
from .errors import BodyRefused
from .exporting import export_checkpoint
from .file_kind import refuse_wrong_file
from .files import sha256_of
from .install import merged, read_manifest
from .trust import refuse_wrong_hash
from .workplace import Workplace


def check_checkpoint(path: Path, entry: Entry, trusted: str) -> str:
    """The hash of a file that is what the entry says. `trusted`: a recorded hash. Raises BodyRefused, OSError."""
    sha256 = sha256_of(path)
    refuse_kind = not (entry.sha256 and sha256 == entry.sha256)  # the authors' own file is right by definition
    if refuse_kind:
        refuse_wrong_file(path, entry.source_file)
    refuse_wrong_hash(entry, sha256, trusted)
    return sha256


def source_facts(entry: Entry, sha256: str, size: int, origin: str) -> dict[str, Any]:
    """The manifest's `source`, with the checkpoint that was used and who vouches for its hash."""
    return {"source": {"file": entry.source_file, "size": size, "sha256": sha256, "sha256_from": origin}}


def make_model(entry: Entry, checkpoint: Path, place: Workplace) -> tuple[Path, dict[str, Any]]:
    """The style's file in the workplace, and all facts but `source`. Raises PullError, OSError."""
    output = place.scratch / entry.file
    if entry.export:
        arguments = ["--facts", str(entry.path)]
        manifest = export_checkpoint(entry.name, entry.export, checkpoint, output, arguments, place.lock)
        return output, merged(read_manifest(manifest), entry.facts)
    if entry.source_file == f"{entry.file}.bz2":
        say(f"{entry.name}: unpacking")
        try:
            with bz2.open(checkpoint) as packed, output.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        except EOFError:
            raise BodyRefused("truncated: its end is missing", "get it again") from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise BodyRefused("damaged: it cannot be unpacked", "get it again") from None
        return output, dict(entry.facts)
    return checkpoint, dict(entry.facts)
