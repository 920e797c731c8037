"""`stylize models pull` for one model: fetch, check, export, record, put in place."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from .console import say
from .entry import FIRST_USE, PUBLISHED, Entry
from .errors import BodyRefused, Interrupted, PullError
from .exporting import ExportFailed, require_exporter
from .fetch import Fetch
from .files import megabytes, remove
from .install import install, merged
from .making import check_checkpoint, make_model, source_facts
from .progress import Progress
from .workplace import Workplace


@dataclass(frozen=True)
class PullOptions:
    models: Path
    mirror: str = ""  # an address under which the checkpoint's own name lies; empty: the entry's sources
    offline: bool = False
    accept_new_hash: bool = False
    quiet: bool = False  # no progress


def _addresses(entry: Entry, mirror: str) -> tuple[str, ...]:
    if not mirror:
        return tuple(dict.fromkeys(entry.urls))
    return (f"{mirror.rstrip('/')}/{urllib.parse.quote(entry.source_file)}",)


class Pull:
    """One pull, in a workplace of its own."""

    def __init__(self, entry: Entry, options: PullOptions) -> None:
        self._entry = entry
        self._options = options
        self._place = Workplace(options.models, entry.name)
        self._progress = Progress(entry.name, options.quiet)
        self._fetch: Fetch | None = None

    def run(self) -> None:
        """Raises PullError, Interrupted (with what is kept), OSError."""
        if self._entry.export:
            require_exporter(self._entry.name, self._entry.export)
        with self._place.locked():
            try:
                self._run()
            except Interrupted:
                self._progress.close()
                raise Interrupted(f"{self._entry.name}: {self._kept()}") from None

    def _kept(self) -> str:
        if self._place.checkpoint(self._entry.source_file).is_file():
            return "the download is complete; the next pull goes on from there"
        size = self._fetch.received if self._fetch else 0
        return f"the next pull continues from {megabytes(size)}" if size else "nothing was downloaded yet"

    def _run(self) -> None:
        entry, place = self._entry, self._place
        trusted = "" if self._options.accept_new_hash else place.trusted.hash_of(entry)
        checkpoint, sha256 = self._checkpoint(trusted)
        origin = PUBLISHED if entry.sha256 else FIRST_USE
        facts = source_facts(entry, sha256, checkpoint.stat().st_size, origin)
        try:
            model, made = make_model(entry, checkpoint, place)
        except (ExportFailed, BodyRefused) as failure:
            if isinstance(failure, BodyRefused) or failure.about_checkpoint:
                place.clear()
            if isinstance(failure, BodyRefused):
                raise PullError(entry.name, f"{entry.source_file}: {failure.reason}", failure.remedy) from None
            raise
        if not entry.sha256 and sha256 != trusted:
            place.trusted.record(entry, sha256)  # only now: the hash of a file that works
        path = install(place, model, entry.file, merged(made, facts))
        place.clear()
        say(f"{entry.name}: ready, {path} ({megabytes(path.stat().st_size)})")

    def _checkpoint(self, trusted: str) -> tuple[Path, str]:
        """The checked checkpoint and its hash; of an earlier pull, if that got so far. Raises PullError, OSError."""
        entry, place = self._entry, self._place
        path = place.checkpoint(entry.source_file)
        if path.is_file():
            try:
                sha256 = check_checkpoint(path, entry, trusted)
                say(f"{entry.name}: the download of an earlier pull is complete")
                return path, sha256
            except BodyRefused as refusal:
                say(f"{entry.name}: not using the download of an earlier pull: {refusal.reason}")
                remove(path)
        if self._options.offline:
            remedy = f"leave it out, or: stylize models import {entry.name} --from FILE"
            raise PullError(entry.name, "--offline forbids downloads", remedy)
        self._fetch = Fetch(entry, place, trusted, self._progress)
        sha256 = self._fetch.run(_addresses(entry, self._options.mirror))
        size = megabytes(self._fetch.received)
        say(f"{entry.name}: {size} downloaded and checked in {self._progress.seconds():.0f} s")
        return place.keep_checkpoint(entry.source_file), sha256
