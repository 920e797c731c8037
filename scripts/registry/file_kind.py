"""Tells a model file from the web pages, error messages and halves of files that servers send instead."""

from __future__ import annotations

import html
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from .errors import BodyRefused

SNIFFED = 65536  # bytes of the beginning that are looked at
_QUOTED = 120  # characters of someone else's text in a message of ours

# What a file of this ending begins with, and what it is called. Endings not listed may begin with anything.
_CHECKPOINT = ((b"PK\x03\x04", b"\x80"), "a PyTorch checkpoint")
_KINDS: dict[str, tuple[tuple[bytes, ...], str]] = {
    ".pt": _CHECKPOINT,
    ".pth": _CHECKPOINT,
    ".pkl": _CHECKPOINT,
    ".ckpt": _CHECKPOINT,
    ".bz2": ((b"BZh",), "a bzip2 file"),
    ".zip": ((b"PK\x03\x04",), "a zip file"),
    ".dat": ((b"\x01\x01",), "a dlib model"),  # dlib's way of writing the number 1, its format's version
}
_OTHERS = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x7fELF", "a program"),
    (b"version https://git-lfs", "a Git LFS pointer"),
)


def quotable(text: str) -> str:
    """Text of a server, fit for one line on a terminal: no control characters, not long."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    plain = re.sub(r"\s+", " ", plain).strip()
    return plain if len(plain) <= _QUOTED else plain[: _QUOTED - 1] + "…"


def title_of(page: str) -> str:
    """The title of a web page, empty if it has none."""
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    return quotable(html.unescape(found[1])) if found else ""


def _message_in(value: Any) -> str:
    """The text of a JSON error body, wherever services put it."""
    if isinstance(value, str):
        return quotable(value)
    if isinstance(value, dict):
        for key in ("message", "error_description", "error", "detail", "reason", "title"):
            if found := _message_in(value.get(key)):
                return found
    if isinstance(value, list) and value:
        return _message_in(value[0])
    return ""


def refuse_text(head: bytes, content_type: str = "") -> None:
    """Refuses web pages and JSON by their beginning, and by what the server calls them. Raises BodyRefused."""
    start = head[:SNIFFED].removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" in start or start[:1] == b"\x80":
        return  # no text, whatever a carelessly set up server calls it
    kind = content_type.partition(";")[0].strip().lower()
    text = start.decode("utf-8", "replace")
    if start[:1] == b"<" or kind in ("text/html", "application/xhtml+xml"):
        title = title_of(text)
        remedy = "open the address in a browser to see why"
        raise BodyRefused("a web page instead of the file" + (f": “{title}”" if title else ""), remedy)
    if kind == "application/json" or start[:1] in (b"{", b"["):
        try:
            message = _message_in(json.loads(text))
        except ValueError:
            message = ""
        if message or kind == "application/json" or re.match(rb'[\[{]\s*["{\]}]', start):
            raise BodyRefused("an error message instead of the file" + (f": “{message}”" if message else ""))


def _refuse_broken_zip(path: Path) -> None:
    """A zip file without its end record, or with a part that fails its checksum. Raises BodyRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except zipfile.BadZipFile:
        raise BodyRefused("truncated: its end is missing", "get it again") from None
    except (zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BodyRefused(f"damaged: {quotable(str(error))}", "get it again") from None
    if broken is not None:
        raise BodyRefused(f"damaged: {quotable(broken)} inside fails its checksum", "get it again")


def refuse_wrong_file(path: Path, name: str) -> None:
    """Refuses what cannot be a file called `name`. Raises BodyRefused, OSError."""
    with path.open("rb") as stream:
        head = stream.read(SNIFFED)
    if not head:
        raise BodyRefused("the file is empty", "get it again")
    magics, wanted = _KINDS.get(Path(name).suffix.lower(), ((), "a model file"))
    if not any(head.startswith(magic) for magic in magics):
        refuse_text(head)
        other = next((what for magic, what in _OTHERS if head.startswith(magic)), "")
        if other and (magics or "picture" in other):
            raise BodyRefused(f"{other}, not {wanted}")
        if magics:
            raise BodyRefused(f"not {wanted}, or damaged at its beginning")
    if head.startswith(b"PK\x03\x04"):
        _refuse_broken_zip(path)


def is_torchscript(path: Path) -> bool:
    """Whether a file is TorchScript rather than weights alone. Raises OSError."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
