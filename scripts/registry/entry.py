"""A catalogue entry: the manifest of a style that is not here yet, and where its checkpoint comes from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PullError
from .text import key_with_controls

_STYLE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
# Exporters name themselves with their folder in the manifests that they write.
_EXPORTER = re.compile(r"(scripts/)?export_[a-z0-9_]+\.py")
# source.sha256_from: who vouches for the hash in a manifest. A catalogue entry without it means its authors do.
PUBLISHED, FIRST_USE, FROM_IMPORT = "published", "first use", "import"


@dataclass(frozen=True)
class Export:
    """How a checkpoint becomes TorchScript: a script beside ours, and its arguments."""

    script: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """What a pull has to know; `facts` is all that the catalogue says."""

    name: str
    file: str  # the style's own file
    source_file: str  # the checkpoint's name, as its authors and mirrors have it
    urls: tuple[str, ...]
    size: int  # of the checkpoint; approximate unless there is a hash; 0: unknown
    sha256: str  # as published; empty if it is not
    export: Export | None  # None: the downloaded file is used as it is
    facts: dict[str, Any]
    path: Path | None = None


def is_style_name(name: str) -> bool:
    """Whether a name can become files' names, beside those that a pull makes for itself."""
    own = name in ("lock", "trusted_hashes.json") or name.endswith((".part", ".part.json"))
    return bool(_STYLE_NAME.fullmatch(name)) and not own


class _Reader:
    """Takes values out of an entry and names the one at fault."""

    def __init__(self, path: Path, facts: dict[str, Any]) -> None:
        self._path = path
        self._facts = facts

    def fail(self, key: str, problem: str) -> PullError:
        return PullError(self._path, f"catalogue entry: '{key}' {problem}", "correct the file")

    def section(self, key: str) -> _Reader:
        value = self._facts.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, "is not an object")
        return _Reader(self._path, value)

    def text(self, key: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self._facts.get(key) or ""
        if not isinstance(value, str) or (value and pattern and not pattern.fullmatch(value)):
            raise self.fail(key, f"cannot be {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._facts.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, "is not a list of texts")
        return tuple(value)

    def number(self, key: str) -> int:
        value = self._facts.get(key) or 0
        if not isinstance(value, int) or value < 0:
            raise self.fail(key, "is not a number of bytes")
        return value


def read_entry(path: Path) -> Entry:
    """Reads and checks a catalogue entry. Raises PullError."""
    try:
        facts = json.loads(path.read_bytes())
    except OSError as error:
        raise PullError(path, f"cannot be read: {error.strerror}", "name a style's catalogue entry") from None
    except (ValueError, RecursionError) as error:
        raise PullError(path, f"not valid JSON: {error}", "name a style's catalogue entry") from None
    if not isinstance(facts, dict):
        raise PullError(path, "not a JSON object", "name a style's catalogue entry")
    reader = _Reader(path, facts)
    if strange := key_with_controls(facts):
        raise reader.fail(strange, "holds control characters")
    for key in ("input", "output", "licence"):
        reader.section(key)
    source, export = reader.section("source"), reader.section("export")
    name, file = reader.text("name"), reader.text("file", _FILE_NAME)
    for key, value in (("name", name), ("file", file)):
        if not value:
            raise reader.fail(key, "is missing")
    if not is_style_name(name):
        raise reader.fail("name", f"cannot be {name!r}")
    if file == f"{name}.json":
        raise reader.fail("file", "cannot be the manifest's own name")
    script = export.text("script", _EXPORTER).removeprefix("scripts/")
    sha256 = source.text("sha256", re.compile("[0-9a-fA-F]{64}")).lower()
    return Entry(
        name=name,
        file=file,
        source_file=source.text("file", _FILE_NAME) or file,
        urls=source.texts("urls"),
        size=source.number("size"),
        # A manifest that an earlier pull wrote may have the hash that was first seen: not the authors' word.
        sha256=sha256 if source.text("sha256_from") in ("", PUBLISHED) else "",
        export=Export(script, export.texts("args")) if script else None,
        facts=facts,
        path=path,
    )
