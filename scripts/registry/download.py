"""Gets one file from one URL, through cuts, time-outs and busy servers."""

from __future__ import annotations

import time

from .errors import SourceError, TryAgain
from .files import megabytes
from .part import Part
from .progress import Progress
from .transfer import Transfer

_ATTEMPTS = 5  # in a row that bring nothing new


class Download:
    """Repeats a transfer until it is complete, or until it does not get any further."""

    def __init__(self, transfer: Transfer, part: Part, progress: Progress, timeout: float) -> None:
        self._transfer = transfer
        self._part = part
        self._progress = progress
        self._timeout = timeout
        self._vain = 0
        self._waits = 0
        # Servers that always begin anew get no further either, however much they send.
        self._furthest = self._size()

    def _size(self) -> int:
        """What is here of this very file; the part of another one will be replaced."""
        return self._part.size if self._transfer.continues else 0

    def run(self) -> None:
        """Returns when the part is complete. Raises SourceError, OSError."""
        while True:
            try:
                self._transfer.attempt()
                return
            except TryAgain as failure:
                self._consider(failure)

    def _consider(self, failure: TryAgain) -> None:
        """Waits as long as the failure asks for. Raises SourceError when it is one too many."""
        size = self._size()
        if size > self._furthest:
            self._furthest = size
            self._vain = self._waits = 0
            return  # a cut line, nothing to wait for
        self._vain += failure.weight
        if self._vain >= _ATTEMPTS:
            where = f" at {megabytes(size)}" if size else ""
            raise SourceError(f"{failure.reason}{where}, again and again")
        wait = failure.wait
        if wait is None:
            wait = min(self._timeout / 30 * 2.0**self._waits, self._timeout)
        if wait >= 1:
            self._progress.note(f"{failure.reason}; trying again in {wait:.0f} s")
        elif failure.wait is not None:
            self._progress.note(failure.reason)
        self._waits += 1
        time.sleep(wait)
