"""Gets a checkpoint from the first source that has the right file."""

from __future__ import annotations

from collections.abc import Sequence

from .addresses import shown
from .client import Client
from .download import Download
from .entry import Entry
from .errors import BodyRefused, PullError, SourceError
from .files import lacking_space, megabytes
from .making import check_checkpoint
from .part import Part
from .progress import Progress
from .transfer import Transfer
from .workplace import Workplace

_MUCH_LARGER = 4  # times the size in the catalogue: another file, or nonsense


def _blame(name: str, failures: Sequence[tuple[str, SourceError]]) -> PullError:
    """All sources and their reasons, in one line."""
    # What is wrong with a file says more than what is wrong with a server; with many servers no one remedy fits.
    refused = [failure.remedy for _, failure in failures if isinstance(failure, BodyRefused) and failure.remedy]
    own = [failure.remedy for _, failure in failures] if len(failures) == 1 else []
    general = f"check the network and the proxy variables; or by hand: stylize models import {name} --from FILE"
    remedy = next(filter(None, refused + own), general)
    listed = "; ".join(f"{shown(url)}: {failure.reason}" for url, failure in failures)
    reason = f"no source has it: {listed}" if len(failures) > 1 else f"cannot be downloaded: {listed}"
    return PullError(name, reason, remedy.replace(" NAME ", f" {name} "))


class Fetch:
    """Downloads into a workplace that is locked."""

    def __init__(self, entry: Entry, place: Workplace, trusted: str, progress: Progress) -> None:
        self._entry = entry
        self._place = place
        self._trusted = trusted
        self._progress = progress
        self._client = Client()
        self._part = Part(place.part, place.part_state)

    @property
    def received(self) -> int:
        """How many bytes the next pull need not ask for."""
        return self._part.size

    def _room_after(self, total: int) -> int:
        """What the exported file may take beside the download."""
        return total if self._entry.export or self._entry.source_file != self._entry.file else 0

    def _guard(self, total: int, here: int) -> None:
        """Refuses a size that the disk or the catalogue contradicts. Raises SourceError."""
        expected = self._entry.size
        if expected and total > _MUCH_LARGER * expected + 1_000_000:
            raise BodyRefused(f"{megabytes(total)} are offered, where about {megabytes(expected)} are expected")
        lacking = lacking_space(self._place.models, total - here + self._room_after(total))
        if lacking:
            raise SourceError(lacking, "make room, or name a folder elsewhere with --models-dir")

    def _check_space(self) -> None:
        """Before anything is asked for. Raises PullError."""
        missing = max(self._entry.size - self._part.size, 0)
        if lacking := lacking_space(self._place.models, missing + self._room_after(self._entry.size)):
            raise PullError(self._entry.name, lacking, "make room, or name a folder elsewhere with --models-dir")

    def _from(self, url: str) -> str:
        """The hash of the complete and checked part. Raises SourceError, OSError."""
        hash_known = bool(self._entry.sha256 or self._trusted)
        while True:
            transfer = Transfer(self._client, url, self._part, self._guard, self._progress, hash_known)
            continued = transfer.continues
            self._announce(url, self._part.size if continued else 0)
            try:
                Download(transfer, self._part, self._progress, self._client.timeout).run()
                self._progress.close()
                return check_checkpoint(self._part.path, self._entry, self._trusted)
            except BodyRefused:
                self._part.discard()
                if not continued:
                    raise
                self._progress.note("what was here already does not fit; starting over")
            finally:
                self._progress.close()

    def _announce(self, url: str, size: int) -> None:
        known = f" ({'' if self._entry.sha256 else 'about '}{megabytes(self._entry.size)})" if self._entry.size else ""
        begin = f"continuing at {megabytes(size)}" if size else "downloading"
        self._progress.note(f"{begin} from {shown(url)}{known}")

    def run(self, urls: Sequence[str]) -> str:
        """Leaves the whole file in the part and returns its hash. Raises PullError, OSError."""
        if not urls:
            remedy = f"get it by hand, then: stylize models import {self._entry.name} --from FILE"
            raise PullError(self._entry.name, "nobody publishes its file under an address", remedy)
        self._check_space()
        failures: list[tuple[str, SourceError]] = []
        for url in urls:
            try:
                return self._from(url)
            except SourceError as failure:
                failures.append((url, failure))
                if url != urls[-1]:
                    self._progress.note(f"{failure.reason}; trying the next source")
        raise _blame(self._entry.name, failures)
