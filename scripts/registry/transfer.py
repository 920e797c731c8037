"""One attempt to get a file, or the rest of it, from one URL."""

from __future__ import annotations

import re
from collections.abc import Callable

import requests

from .addresses import shown
from .client import Client
from .errors import BodyRefused, SourceError, TryAgain
from .file_kind import refuse_text
from .files import megabytes
from .part import Origin, Part
from .progress import Progress

# Called with the size that is to be expected in all and what of it is here; raises SourceError.
Guard = Callable[[int, int], None]
_GUARDED = 16_000_000  # bytes between two looks at the disk while nobody says how much is to come


def _validator(response: requests.Response) -> str:
    """What If-Range can hold: a strong ETag, else a date."""
    etag = response.headers.get("ETag", "").strip()
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "").strip()


def _length(response: requests.Response) -> int | None:
    """Content-Length, where it counts bytes of the file."""
    value = response.headers.get("Content-Length", "")
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        return None
    return int(value) if value.isdigit() and "Transfer-Encoding" not in response.headers else None


class Transfer:
    """Appends to a part what is missing. `hash_known`: the result will be compared with a hash."""

    def __init__(
        self, client: Client, url: str, part: Part, guard: Guard, progress: Progress, hash_known: bool
    ) -> None:
        self._client = client
        self._url = url
        self._part = part
        self._guard = guard
        self._progress = progress
        self._hash_known = hash_known
        self._started_here = False  # what the part holds came a moment ago

    @property
    def continues(self) -> bool:
        """Whether the part's bytes are surely those of this URL's file, or will be found out if they are not."""
        origin = self._part.origin
        if origin is None or self._part.size == 0:
            return False
        same = origin.url == shown(self._url) and (origin.validator != "" or self._started_here)
        return same or self._hash_known

    def attempt(self) -> None:
        """Returns when the part is complete. Raises TryAgain, SourceError, OSError."""
        if self._part.complete and self.continues:
            return
        with self._client.open(self._url, self._range_headers()) as response:
            if response.status_code == 416:
                self._settle_unsatisfiable(response)
            elif response.status_code == 206:
                self._continue(response)
            else:
                self._start(response)

    def _range_headers(self) -> dict[str, str]:
        origin = self._part.origin
        if origin is None or not self.continues:
            return {}
        headers = {"Range": f"bytes={self._part.size}-"}
        if origin.validator and origin.url == shown(self._url):
            headers["If-Range"] = origin.validator
        return headers

    def _start_over(self, reason: str) -> TryAgain:
        self._part.discard()
        return TryAgain(reason, wait=0.0)

    def _settle_unsatisfiable(self, response: requests.Response) -> None:
        """416: the part is the whole file, or no part of it."""
        found = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", "").strip())
        origin = self._part.origin
        if found and origin and int(found[1]) == self._part.size and origin.total in (None, self._part.size):
            return
        if self._part.size == 0:
            raise SourceError("416: the server gives no part of the file")
        raise self._start_over("the server does not continue the file; starting over")

    def _continue(self, response: requests.Response) -> None:
        origin, size = self._part.origin, self._part.size
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
        validator = _validator(response)
        encoded = response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity")
        if origin is None or found is None or int(found[1]) != size or encoded:
            raise self._start_over("the server continues at another place; starting over")
        total = int(found[2]) if found[2] != "*" else None
        other = validator and origin.validator and origin.url == shown(self._url) and validator != origin.validator
        if other or (total is not None and origin.total is not None and total != origin.total):
            raise self._start_over("the file on the server has changed; starting over")
        self._receive(response, origin.total if total is None else total, None)

    def _start(self, response: requests.Response) -> None:
        total = _length(response)
        if total == 0:
            raise SourceError("the file is empty")
        if total is not None:
            self._guard(total, 0)
        self._receive(response, total, Origin(shown(self._url), _validator(response), total))

    @staticmethod
    def _refuse_page(first: bytes, content_type: str) -> None:
        """Refuses an error page before it touches the part. Raises SourceError."""
        try:
            refuse_text(first, content_type)
        except BodyRefused as refusal:
            raise SourceError(refusal.reason, refusal.remedy) from None

    def _receive(self, response: requests.Response, total: int | None, new: Origin | None) -> None:
        """Writes the body: behind the part, or with `new` in its place."""
        content_type = response.headers.get("Content-Type", "")
        pieces = self._client.pieces(response)
        first = next(pieces, b"")
        if not first:
            raise SourceError("the file is empty") if new and total is None else TryAgain("the connection was cut")
        if new:
            self._refuse_page(first, content_type)
        if new:
            self._part.restart(new)
            self._started_here = True
        size, looked = self._part.size, 0
        with self._part.appending() as file:
            piece: bytes | None = first
            while piece:
                size += len(piece)
                if total is not None and size > total:
                    raise BodyRefused(f"more than the {megabytes(total)} that the server announced")
                if total is None and size >= looked:
                    self._guard(size, size)
                    looked = size + _GUARDED
                file.write(piece)
                self._progress.show(size, total)
                piece = next(pieces, None)
        if total is not None and size < total:
            raise TryAgain("the connection was cut")
