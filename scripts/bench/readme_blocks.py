"""The parts of a Markdown file that are written by a program: `<!-- bench:NAME -->` … `<!-- /bench:NAME -->`."""

from __future__ import annotations

import re

_MARKER = re.compile(r"<!-- (/?)bench:([\w-]+) -->")


class MarkerError(Exception):
    """A block is missing, doubled, or not closed before the next."""


def names(text: str) -> list[str]:
    """The blocks of a text in their order. Raises MarkerError."""
    found: list[str] = []
    opened: str | None = None
    for match in _MARKER.finditer(text):
        closes, name = bool(match[1]), match[2]
        if closes != (opened is not None) or (closes and name != opened):
            raise MarkerError(f"{match[0]} is out of place")
        if not closes and name in found:
            raise MarkerError(f"{match[0]} is there twice")
        opened = None if closes else name
        if not closes:
            found.append(name)
    if opened is not None:
        raise MarkerError(f"bench:{opened} is not closed")
    return found


def replace(text: str, name: str, body: str) -> str:
    """The text with this block's contents replaced. Raises MarkerError where the markers are not right."""
    if name not in names(text):
        raise MarkerError(f"no <!-- bench:{name} -->")
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    return f"{before}{begin}\n\n{body.strip()}\n\n{end}{after}"
