"""Text of others on its way to a terminal, where control characters are commands."""

from __future__ import annotations

import re
from typing import Any

# Also what ends a line or turns its direction around, and halves of characters, which no file can hold.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """The text with control characters, line ends too, written out: a terminal shows them and obeys none."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def key_with_controls(facts: dict[str, Any]) -> str:
    """The first key of a JSON object that is or holds text with control characters; empty if none does."""
    waiting: list[tuple[str, Any]] = [("", facts)]  # no recursion: how deep they are is up to strangers
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, str) and _CONTROL.search(value):
            return key
        if isinstance(value, dict):
            if strange := next(filter(_CONTROL.search, value), None):
                return visible(strange)
            waiting += [(f"{key}.{name}" if key else name, inner) for name, inner in value.items()]
        if isinstance(value, list):
            waiting += [(key, inner) for inner in value]
    return ""
