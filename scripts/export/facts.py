"""What a style is, as its user and the program have to know it: from an exporter's options, or a catalogue entry.

Shared by the exporters. An option that is given wins over --facts, and --facts over the exporter's own default.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ExportError

UNKNOWN_LICENCE = "unknown: see the checkpoint's authors"
# Facts that no option sets: they come from --facts or are the exporter's own.
_WITHOUT_OPTION = ("domain", "face", "requires", "reference")


@dataclass(frozen=True)
class Defaults:
    """What an exporter says of its styles where neither options nor --facts do."""

    description: str
    recommended_size: int | None = None  # None: its styles have no such size
    minimum_side: int = 1  # of the recommended size
    licence: str = UNKNOWN_LICENCE
    origin: str = ""
    urls: tuple[str, ...] = ()


def parser_of(doc: str | None, checkpoint: str, defaults: Defaults) -> argparse.ArgumentParser:
    """The options that all exporters have. `doc` is the exporter's own, `checkpoint` says what it takes."""
    summary, _, rest = (doc or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path, help=checkpoint)
    parser.add_argument("-o", "--output", metavar="FILE.pt", type=Path, required=True, help="TorchScript to write")
    parser.add_argument("--manifest", metavar="FILE.json", type=Path, help="also write the facts, hash and size here")
    parser.add_argument("--facts", metavar="FILE.json", type=Path, help="take the defaults of the options below, and "
                        "face, domain, requires, reference, from this catalogue entry")  # fmt: skip
    parser.add_argument("--name", help="the style's name for --style (default: the output's stem)")
    parser.add_argument("--alias", action="append", metavar="NAME", help="another name; may be repeated")
    parser.add_argument("--title", help="one line for lists (default: made from the name)")
    parser.add_argument("--description", default=defaults.description, help="a sentence for `models info`")
    if defaults.recommended_size is not None:
        parser.add_argument(
            "--recommended-size", type=int, default=defaults.recommended_size, metavar="PX",
            help="long side to run at (default %(default)s)",
        )  # fmt: skip
    parser.add_argument("--licence", default=defaults.licence, metavar="TEXT", help="default: %(default)s")
    parser.add_argument("--origin", default=defaults.origin, metavar="TEXT", help="who made the weights, from what")
    parser.add_argument(
        "--commercial", action=argparse.BooleanOptionalAction, default=False, help="may be used commercially"
    )
    parser.add_argument("--source-url", action="append", metavar="URL", help="may be repeated")
    return parser


def read_catalogue(path: Path) -> dict[str, Any]:
    """A catalogue entry. Raises ExportError."""
    remedy = "name a style's JSON file, such as those in models/"
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ExportError(path, f"cannot be read: {error.strerror}", remedy) from None
    except ValueError as error:
        raise ExportError(path, f"not valid JSON: {error}", remedy) from None
    if not isinstance(content, dict):
        raise ExportError(path, "not a JSON object", remedy)
    return content


def _section(path: Path, facts: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = facts.get(key) or {}
    if not isinstance(value, dict):
        raise ExportError(path, f"'{key}' is not an object", "correct the file")
    return value


def _option_defaults(path: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The entry's facts by the names of the options that they are the defaults of. Raises ExportError."""
    licence, source = _section(path, facts, "licence"), _section(path, facts, "source")
    found: dict[str, tuple[Any, type]] = {
        "name": (facts.get("name"), str),
        "alias": (facts.get("aliases"), list),
        "title": (facts.get("title"), str),
        "description": (facts.get("description"), str),
        "recommended_size": (_section(path, facts, "input").get("recommended_size"), int),
        "licence": (licence.get("text") or licence.get("spdx"), str),
        "origin": (licence.get("origin"), str),
        "commercial": (licence.get("commercial"), bool),
        "source_url": (source.get("urls"), list),
        "base": (facts.get("base"), str),
    }
    for key, (value, kind) in found.items():
        listed = value if isinstance(value, list) else []
        if value is not None and (not isinstance(value, kind) or not all(isinstance(item, str) for item in listed)):
            raise ExportError(path, f"the fact for --{key.replace('_', '-')} has the wrong type", "correct the file")
    return {key: value for key, (value, _) in found.items() if value is not None}


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace, minimum_side: int) -> None:
    """Exits with 2 on wrong usage."""
    places = [path.resolve() for path in (options.checkpoint, options.output, options.manifest, options.facts) if path]
    if len(set(places)) != len(places):
        parser.error("CHECKPOINT, --output, --manifest and --facts must be different files")
    if options.manifest and options.manifest.resolve().parent != options.output.resolve().parent:
        parser.error("--manifest must lie beside --output: a manifest speaks of the file beside it")
    for name in (options.name, *options.alias):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", name):
            parser.error(f"not a style's name: {name!r} (use a-z, 0-9, '_', '.', '-')")
    if options.recommended_size is not None and options.recommended_size < minimum_side:
        parser.error(f"--recommended-size must be at least {minimum_side}")


def parse(parser: argparse.ArgumentParser, defaults: Defaults, argv: Sequence[str] | None) -> argparse.Namespace:
    """The options, with all that depends on others filled in. Raises ExportError; exits with 2 on wrong usage."""
    parser.set_defaults(catalogue={}, recommended_size=defaults.recommended_size)
    options = parser.parse_args(argv)
    lists: dict[str, list[str]] = {"alias": [], "source_url": list(defaults.urls)}
    if options.facts:
        catalogue = read_catalogue(options.facts)
        known = _option_defaults(options.facts, catalogue)
        # Repeatable options add to a default, so theirs are filled in afterwards.
        lists = {key: known.pop(key, default) for key, default in lists.items()}
        parser.set_defaults(catalogue=catalogue, **known)
        options = parser.parse_args(argv)
    options.alias = options.alias or lists["alias"]
    options.source_url = options.source_url or lists["source_url"]
    if options.name is None:
        options.name = re.sub(r"[^a-z0-9_.-]+", "_", options.output.stem.lower()).strip("_.-") or "style"
    _check(parser, options, defaults.minimum_side)
    if options.title is None:
        options.title = re.sub(r"[_.-]+", " ", options.name).title()
    return options


def style_facts(options: argparse.Namespace, own: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    """All facts of a style: `own` are those that only its exporter knows, `sha256` is the checkpoint's."""
    facts: dict[str, Any] = {
        "name": options.name,
        "aliases": options.alias,
        "title": options.title,
        "description": options.description,
        **own,
        **{key: options.catalogue[key] for key in _WITHOUT_OPTION if key in options.catalogue},
        "licence": {"text": options.licence, "commercial": options.commercial, "origin": options.origin},
        "source": {"urls": options.source_url, "checkpoint": options.checkpoint.name, "sha256": sha256},
    }
    if options.recommended_size is not None:
        facts["input"] = {**facts["input"], "recommended_size": options.recommended_size}
    return facts
