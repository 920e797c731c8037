"""`stylize models import` for one file: a checkpoint, or a style that is TorchScript already."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .console import say
from .entry import FROM_IMPORT, PUBLISHED, Entry, Export
from .errors import BodyRefused, PullError
from .exporting import export_checkpoint, require_exporter
from .file_kind import is_torchscript, refuse_wrong_file
from .files import lacking_space, megabytes
from .install import install, merged, read_manifest
from .making import check_checkpoint, make_model, source_facts
from .manifest_rules import first_fault
from .text import key_with_controls
from .workplace import Workplace

_FACTS = "/extra/stylize.json"  # as scripts/export/archive.py writes it
_MOST_FACTS = 1_000_000  # bytes
# What a file under a known name may say of itself: how to run its network. The rest is the catalogue's to say.
_OF_NETWORK = ("family", "domain", "input", "output", "generator", "face", "reference", "requires")
_NEW = Export("export_animegan2.py", ())  # the family of checkpoints that a new name can be of


@dataclass(frozen=True)
class ImportOptions:
    models: Path
    file: Path
    accept_new_hash: bool = False  # no warning about a file that is not the one pulled before


def _facts_inside(path: Path) -> dict[str, Any]:
    """What a TorchScript file says of itself, read without its code. Raises PullError."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = next(info for info in archive.infolist() if info.filename.endswith(_FACTS))
            if info.file_size > _MOST_FACTS:
                raise ValueError
            facts = json.loads(archive.read(info))
        if not isinstance(facts, dict):
            raise ValueError
    except StopIteration:
        remedy = "name the checkpoint that it was made from, or export it with scripts/export_*.py"
        raise PullError(
            path, "TorchScript, but without what stylize must know about it (stylize.json)", remedy
        ) from None
    except (ValueError, RecursionError, zipfile.BadZipFile):
        raise PullError(path, "its stylize.json is damaged", "export it again") from None
    if strange := key_with_controls(facts):
        raise PullError(path, f"its description holds control characters: '{strange}'", "export it again without")
    if fault := first_fault(facts):
        raise PullError(path, f"its stylize.json: {fault}", "export it again")
    return facts


def _known_facts(entry: Entry, inside: dict[str, Any]) -> dict[str, Any]:
    """The facts of a TorchScript file that takes an official name: the catalogue's, and how to run this network."""
    said = entry.facts
    facts = {key: inside[key] for key in _OF_NETWORK if key in inside} | said
    # A range of another network would spoil the picture; the recommended size is about the style.
    facts["input"] = inside.get("input", {}) | {
        key: value for key, value in said.get("input", {}).items() if key == "recommended_size"
    }
    facts["output"], facts["generator"] = inside.get("output", {}), inside.get("generator", {})
    facts["source"] = dict(said.get("source", {}))
    if not entry.sha256:  # one that was recorded is of a checkpoint which this file need not be made of
        facts["source"].pop("sha256", None)
        facts["source"]["sha256_from"] = FROM_IMPORT
    return facts


def _new_facts(inside: dict[str, Any]) -> dict[str, Any]:
    """The facts of a TorchScript file under a name of its user's."""
    # What a stranger's file says must not lead later pulls to his addresses, nor exporters to his arguments.
    source = {key: value for key, value in inside.get("source", {}).items() if key != "urls"}
    facts = {key: value for key, value in inside.items() if key != "export"}
    # Its own other names may be those of the style that it is a copy of.
    return {**facts, "aliases": [], "source": {**source, "sha256_from": FROM_IMPORT}}


def _unpacked(entry: Entry, file: Path) -> Entry:
    """The entry for a file that its user has unpacked already; published is the hash of the packed one."""
    packed = entry.source_file == f"{entry.file}.bz2"
    return replace(entry, source_file=entry.file, sha256="") if packed and file.suffix != ".bz2" else entry


class Import:
    """One import of a user's file, which stays as it is. `entry`: what the catalogue says of the name, if anything."""

    def __init__(self, name: str, entry: Entry | None, options: ImportOptions) -> None:
        if entry is not None and entry.name != name:
            raise PullError(entry.path, f"is about {entry.name}, not about {name}", "name the right catalogue entry")
        self._name = name
        self._entry = _unpacked(entry, options.file) if entry else None
        self._options = options
        self._place = Workplace(options.models, name)

    def run(self) -> None:
        """Raises PullError, Interrupted, OSError."""
        file = self._options.file
        if not file.is_file():
            reason = "not a file" if file.exists() else "no such file"
            raise PullError(file, reason, "name the checkpoint that you downloaded")
        try:
            scripted = self._is_style(file)
        except BodyRefused as refusal:
            raise PullError(file, refusal.reason, refusal.remedy) from None
        except OSError as error:
            raise PullError(file, f"cannot be read: {error.strerror}", "check its permissions") from None
        with self._place.locked():
            size = file.stat().st_size
            if lacking := lacking_space(self._place.models, size):
                raise PullError(self._name, lacking, "make room, or name a folder elsewhere with --models-dir")
            self._place.scratch.mkdir(exist_ok=True)
            try:
                model, facts, name_of_file = self._style() if scripted else self._checkpoint()
                replaced = (self._place.models / f"{self._name}.json").is_file()
                path = install(self._place, model, name_of_file, facts)
            except BaseException:
                self._place.sweep()  # but keep what an unfinished pull of this style has
                raise
            self._place.clear()
        verb = "replaced" if replaced else "ready"
        say(f"{self._name}: {verb}, {path} ({megabytes(path.stat().st_size)})")

    def _is_style(self, file: Path) -> bool:
        """Looks at the file before anything is done. Raises BodyRefused, PullError, OSError."""
        refuse_wrong_file(file, self._entry.source_file if self._entry else "checkpoint.pt")
        return is_torchscript(file) and not (self._entry and self._entry.export is None)

    def _style(self) -> tuple[Path, dict[str, Any], str]:
        """A TorchScript file as it is, under the new name. Raises PullError, OSError."""
        entry, inside = self._entry, _facts_inside(self._options.file)
        family = entry.facts.get("family", inside["family"]) if entry else inside["family"]
        if family != inside["family"]:
            reason = f"of the family {inside['family']}, where {self._name} is of the family {family}"
            raise PullError(self._options.file, reason, "use another name")
        facts = _known_facts(entry, inside) if entry else _new_facts(inside)
        file = entry.file if entry else f"{self._name}.pt"
        copy = self._place.scratch / file
        shutil.copyfile(self._options.file, copy)
        return copy, facts, file

    def _checkpoint(self) -> tuple[Path, dict[str, Any], str]:
        """A checkpoint, exported. Raises PullError, OSError."""
        entry, path = self._entry, self._options.file.absolute()
        if entry is None:
            file = f"{self._name}.pt"
            self._refuse_own_place(file)
            require_exporter(self._name, _NEW)
            output, lock = self._place.scratch / file, self._place.lock
            manifest = export_checkpoint(self._name, _NEW, path, output, ["--name", self._name], lock)
            return output, merged(read_manifest(manifest), {"source": {"sha256_from": FROM_IMPORT}}), file
        self._refuse_own_place(entry.file)
        sha256 = self._check_hash(entry)
        if entry.export:
            require_exporter(self._name, entry.export)
        try:
            model, facts = make_model(entry, path, self._place)
        except BodyRefused as refusal:
            raise PullError(self._options.file, refusal.reason, refusal.remedy) from None
        if model == path:
            model = self._place.scratch / entry.file
            shutil.copyfile(path, model)
        origin = PUBLISHED if entry.sha256 else FROM_IMPORT
        return model, merged(facts, source_facts(entry, sha256, path.stat().st_size, origin)), entry.file

    def _check_hash(self, entry: Entry) -> str:
        """The file's hash. A published one must agree; one that was recorded is worth a warning. Raises PullError."""
        file = self._options.file
        try:
            sha256 = check_checkpoint(file, entry, trusted="")
        except BodyRefused as refusal:
            raise PullError(file, refusal.reason, refusal.remedy) from None
        trusted = "" if entry.sha256 or self._options.accept_new_hash else self._place.trusted.hash_of(entry)
        if trusted and sha256 != trusted:
            say(f"warning: {file}: not the file that was pulled before: its sha256 is {sha256}, recorded is {trusted}")
        return sha256

    def _refuse_own_place(self, file: str) -> None:
        """The user's checkpoint must not be what the style's own file replaces. Raises PullError."""
        target = self._place.models / file
        if target.exists() and target.samefile(self._options.file):
            raise PullError(self._options.file, "the style's own file goes to this very place", "move it elsewhere")
