"""What the program's own reader of manifests (src/style/manifest.cpp) accepts, for facts that strangers wrote.

At least as strict as that reader: a style that was put in place and then cannot be read would be worse than none.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

# Those that the program runs, and those that other styles are to be made of.
_FAMILIES = ("animegan", "stylegan2", "blendgan", "encoder", "discriminator", "landmarks")
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_LARGEST_SIDE = 1 << 16
_WIDEST = 4  # times the face's usual cut-out
_USUAL_FACE = 1024  # pixels, where a manifest does not say
_LARGEST_COUNT = 1 << 63
_LARGEST_FLOAT = 3.4e38  # the program keeps ranges as 32-bit floats
_LARGEST_DOUBLE = 1e308  # a JSON number beyond it ends the program's reading of the whole file


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "is not a text"


def _texts(value: Any) -> str:
    right = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return "" if right else "is not a list of texts"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "is neither true nor false"


def _count(value: Any) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT
    return "" if right else "is not a number of bytes"


def _side(value: Any) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _LARGEST_SIDE
    return "" if right else f"must be between 1 and {_LARGEST_SIDE}"


def _range(value: Any) -> str:
    problem = "must be [low, high]"
    if not isinstance(value, list) or len(value) != 2:
        return problem
    if not all(_is_number(end) and abs(end) <= _LARGEST_FLOAT for end in value):
        return problem
    low, high = struct.unpack("2f", struct.pack("2f", *value))
    return "" if low < high else problem


def _rounding(value: Any) -> str:
    return "" if value in ("nearest", "truncate") else "must be nearest or truncate"


def _name(value: Any) -> str:
    right = isinstance(value, str) and _NAME.fullmatch(value)
    return "" if right else "may hold letters, digits, '.', '_' and '-' only"


def _family(value: Any) -> str:
    return "" if value in _FAMILIES else f"must be one of {', '.join(_FAMILIES)}"


def _domain(value: Any) -> str:
    return "" if value in ("frame", "face") else "must be frame or face"


def _expand(value: Any) -> str:
    return "" if _is_number(value) and 1 <= value <= _WIDEST else f"must be between 1 and {_WIDEST}"


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "is not an object"


# What is wrong with a value, in words; empty if nothing is.
_Rule = Callable[[Any], str]
_SECTIONS: dict[str, dict[str, _Rule]] = {
    "input": {"range": _range, "layout": _text, "multiple_of": _side, "minimum": _side, "recommended_size": _side},
    "output": {"range": _range, "rounding": _rounding, "size": _side},
    "face": {"size": _side, "expand": _expand, "transform_size": _side},
    "generator": {"n_latent": _side},
    "licence": {"text": _text, "spdx": _text, "commercial": _flag, "origin": _text},
    "source": {"urls": _texts, "file": _text, "sha256": _text, "size": _count},
}
_RULES: dict[str, _Rule] = {
    "name": _name, "family": _family, "aliases": _texts, "title": _text, "description": _text, "domain": _domain,
    "reference": _flag, "requires": _texts, "base": _text, "export": _object, "file": _text, "sha256": _text,
    "size": _count, **dict.fromkeys(_SECTIONS, _object),
}  # fmt: skip
_REQUIRED = ("name", "family")
# Elsewhere null is as good as nothing.
_NEVER_NULL = ("input.recommended_size", "output.size", "generator.n_latent", *_SECTIONS)


def _break(facts: dict[str, Any], rules: dict[str, _Rule], prefix: str) -> str:
    for key, rule in rules.items():
        value = facts.get(key)
        if value is None and not (key in facts and prefix + key in _NEVER_NULL):
            continue
        if problem := rule(value):
            return f"'{prefix}{key}' {problem}"
    return ""


def _impossible_face(face: dict[str, Any]) -> str:
    size = face.get("size") or _USUAL_FACE
    possible = (face.get("transform_size") or size) >= size
    return "" if possible else "'face.transform_size' must not be less than face.size"


def _unreadable_number(facts: dict[str, Any]) -> str:
    """Numbers that Python reads and the program does not, wherever they are."""
    waiting: list[tuple[str, Any]] = list(facts.items())
    while waiting:
        key, value = waiting.pop()
        if _is_number(value) and not abs(value) <= _LARGEST_DOUBLE:  # nor is NaN
            return f"'{key}' is not a number that stylize can read"
        if isinstance(value, dict):
            waiting += [(f"{key}.{name}", inner) for name, inner in value.items()]
        if isinstance(value, list):
            waiting += [(key, inner) for inner in value]
    return ""


def first_fault(facts: dict[str, Any]) -> str:
    """Which key the program would refuse, and why; empty if it takes them all."""
    if missing := next((key for key in _REQUIRED if not facts.get(key)), ""):
        return f"'{missing}' is missing"
    if fault := _break(facts, _RULES, ""):
        return fault
    faults = (_break(facts.get(key, {}), rules, f"{key}.") for key, rules in _SECTIONS.items())
    return next(filter(None, faults), "") or _impossible_face(facts.get("face", {})) or _unreadable_number(facts)
