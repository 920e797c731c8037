"""Hashes of checkpoints whose authors publish none: what was seen first is what is accepted from then on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .entry import Entry
from .errors import BodyRefused, PullError
from .files import write_json


class TrustedHashes:
    """The record of first uses, a small JSON file: checkpoint's file name to [{sha256, urls}].

    There is a list, since different models of different authors may have the same file name. Whoever writes
    holds the lock of the workplace.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def _read(self) -> dict[str, list[dict[str, Any]]]:
        try:
            content = json.loads(self._path.read_bytes())
            for records in content.values():
                for record in records:
                    if not isinstance(record["sha256"], str) or not isinstance(record["urls"], list):
                        raise ValueError
            return dict(content)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise PullError(self._path, f"cannot be read: {error.strerror}", "check its permissions") from None
        except (ValueError, TypeError, KeyError, AttributeError):
            reason = "damaged, so that nothing can be compared with it"
            raise PullError(self._path, reason, "remove it to trust the next pull of each model anew") from None

    @staticmethod
    def _same(record: dict[str, Any], urls: Sequence[str]) -> bool:
        return not urls or not record["urls"] or bool(set(urls) & set(record["urls"]))

    def hash_of(self, entry: Entry) -> str:
        """The hash that was recorded for this checkpoint; empty if none was. Raises PullError."""
        records = self._read().get(entry.source_file, [])
        return next((str(record["sha256"]) for record in records if self._same(record, entry.urls)), "")

    def record(self, entry: Entry, sha256: str) -> None:
        """Replaces the record of this checkpoint. Raises PullError, OSError."""
        content = self._read()
        others = [r for r in content.get(entry.source_file, []) if not self._same(r, entry.urls)]
        content[entry.source_file] = [*others, {"sha256": sha256, "urls": list(entry.urls)}]
        write_json(self._path, content)


def refuse_wrong_hash(entry: Entry, sha256: str, trusted: str) -> None:
    """Compares with the published hash, else with the first one seen. Raises BodyRefused."""
    if entry.sha256:
        if sha256 != entry.sha256:
            raise BodyRefused(
                f"not the published file: its sha256 is {sha256}, published is {entry.sha256}",
                "damaged on its way, or another version: get it again, or elsewhere",
            )
    elif trusted and sha256 != trusted:
        raise BodyRefused(
            f"not the file that was pulled before: its sha256 is {sha256}, recorded is {trusted}",
            "if its authors replaced it, pull with --accept-new-hash",
        )
