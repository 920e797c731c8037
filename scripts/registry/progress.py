"""Shows how far a download is: a bar on a terminal, now and then a line elsewhere, or nothing."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from .console import say
from .files import megabytes

_SECONDS = 10.0  # between two lines: at least this long,
_SHARE = 0.1  # and at least this part of the file


class Progress:
    """One file's progress. `total` may be learned late, and `done` may go back when a download starts over."""

    def __init__(self, subject: str, quiet: bool) -> None:
        self._subject = subject
        self._quiet = quiet
        self._bar: Any = None
        self._last: tuple[float, int] | None = None
        self._begun = time.monotonic()
        # Some have no known width, such as those that `script` makes: a bar would be empty there.
        self._terminal = sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns > 0

    def note(self, text: str) -> None:
        """A message, above the bar if there is one; shown also when progress is not."""
        if self._bar is not None:
            self._bar.clear()
        say(f"{self._subject}: {text}")

    def show(self, done: int, total: int | None) -> None:
        """Called after each piece."""
        if self._quiet:
            return
        if self._terminal:
            self._draw(done, total)
        else:
            self._print(done, total)

    def _draw(self, done: int, total: int | None) -> None:
        if self._bar is None:
            from tqdm import tqdm  # only terminals need it

            self._bar = tqdm(
                bar_format="{desc}: {percentage:3.0f} %|{bar}| {n_fmt}B of {total_fmt}B, {rate_fmt}, {remaining} left"
                if total
                else None,
                desc=self._subject, total=total, initial=done, unit="B", unit_scale=True, dynamic_ncols=True,
                leave=False, file=sys.stderr,
            )  # fmt: skip
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def _print(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if self._last is None:
            self._last = (now, done)
        since, before = self._last
        if now - since < _SECONDS or (total and abs(done - before) < _SHARE * total):
            return
        rate = max(done - before, 0) / (now - since)
        text = megabytes(done)
        if total:
            text += f" of {megabytes(total)} ({100 * done // total} %)"
        text += f", {megabytes(rate)}/s"
        if total and rate > 0:
            text += f", {max(total - done, 0) / rate:.0f} s left"
        say(f"{self._subject}: {text}")
        self._last = (now, done)

    def close(self) -> None:
        """Takes the bar away. May be called twice."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def seconds(self) -> float:
        return time.monotonic() - self._begun
