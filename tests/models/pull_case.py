"""What the tests of pull and import share: a models folder, the commands, and what must always be true."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar

from model_server import Server, web_server

ROOT = Path(__file__).resolve().parents[2]
PULL = ROOT / "scripts" / "pull_model.py"
IMPORT = ROOT / "scripts" / "import_model.py"
KEPT = {"lock", "trusted_hashes.json"}  # what may stay in .pull


class Settings:
    """Set by test_pull.py's own options."""

    binary: ClassVar[Path | None] = None  # None: the scripts are called directly
    checkpoint: ClassVar[Path] = Path()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class PullCase(unittest.TestCase):
    server: ClassVar[Server]
    data: bytes  # what the server has under model.dat

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(web_server())
        # Large enough for many pieces, and of a type that needs no export.
        cls.data = b"\x01\x01" + random.Random(5).randbytes(1_000_000)
        cls.server.shared.files["model.dat"] = cls.data

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.models = self.folder / "stylize" / "models"
        self.models.mkdir(parents=True)
        self.server.shared.counts.clear()
        self.server.shared.seen.clear()

    # The commands ----------------------------------------------------------------------------------------------------

    def entry(self, *urls: str, name: str = "model", file: str = "model.dat", **more: Any) -> dict[str, Any]:
        """A catalogue entry; `source` in `more` adds to the source."""
        source = {"file": file, "urls": list(urls), **more.pop("source", {})}
        licence = {"text": "test", "commercial": False, "origin": "made by a test"}
        base = {"name": name, "aliases": [f"{name}_too"], "title": "A Test", "description": "For tests."}
        facts = {"family": "animegan", "domain": "frame", "requires": [], "reference": False}
        return {**base, **facts, "licence": licence, "source": source, "file": file, **more}

    def plan(self, plan: str, file: str = "model.dat") -> str:
        return f"{self.server.url}/{plan}/{file}"

    def command(self, entry: dict[str, Any], *options: str, mirror: str = "") -> list[str]:
        """How a user pulls; `options` are the same for both forms."""
        if Settings.binary is None:
            catalogue = self.folder / f"{entry['name']}.catalogue.json"
            catalogue.write_text(json.dumps(entry))
            start = [sys.executable, str(PULL), str(catalogue), "--models-dir", str(self.models)]
            return [*start, *(["--mirror", mirror] if mirror else []), *options]
        manifest = self.models / f"{entry['name']}.json"
        if not self.is_here(entry["name"]):  # an entry of one's own lies where the styles do
            manifest.write_text(json.dumps(entry))
        start = [str(Settings.binary), "models", "pull", entry["name"]]
        return [*start, *(["--from-mirror", mirror] if mirror else []), *options]

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        own = {"XDG_DATA_HOME": str(self.folder), "STYLIZE_PYTHON": sys.executable, "STYLIZE_PULL_TIMEOUT": "1"}
        return {**kept, **own, **changes}

    def start(self, entry: dict[str, Any], *options: str, **settings: Any) -> subprocess.Popen[str]:
        """A pull in a process group of its own, not waited for."""
        command = self.command(entry, *options, mirror=settings.pop("mirror", ""))
        return subprocess.Popen(
            command, env=self.environment(**settings), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip

    def pull(self, entry: dict[str, Any], *options: str, **settings: Any) -> tuple[int, str]:
        """The exit code and what was said. `settings`: mirror, and environment variables."""
        with self.start(entry, *options, **settings) as process:
            _, said = process.communicate(timeout=120)
        self.assert_readable(said)
        return process.returncode, said

    def import_file(
        self, name: str, file: Path, entry: dict[str, Any] | None = None, cwd: Path | None = None
    ) -> tuple[int, str]:
        command = [sys.executable, str(IMPORT), name, "--from", str(file), "--models-dir", str(self.models)]
        if entry is not None:
            catalogue = self.folder / "catalogue.json"
            catalogue.write_text(json.dumps(entry))
            command += ["--catalogue", str(catalogue)]
        result = subprocess.run(command, capture_output=True, text=True, env=self.environment(), check=False, cwd=cwd)
        self.assert_readable(result.stderr)
        return result.returncode, result.stderr

    # What must be true -----------------------------------------------------------------------------------------------

    def assert_readable(self, said: str) -> None:
        """Lines for people and for terminals."""
        self.assertNotIn("Traceback", said)
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", said), ascii(said))

    def manifest(self, name: str = "model") -> dict[str, Any]:
        return dict(json.loads((self.models / f"{name}.json").read_text()))

    def is_here(self, name: str = "model") -> bool:
        path = self.models / f"{name}.json"
        return path.exists() and "sha256" in self.manifest(name)

    def forget(self, name: str = "model") -> None:
        """What `models remove` does."""
        (self.models / self.manifest(name)["file"]).unlink()
        (self.models / f"{name}.json").unlink()

    def assert_whole(self) -> None:
        """Every manifest has its very file; without a hash it is only an entry."""
        for path in self.models.glob("*.json"):
            manifest = json.loads(path.read_text())
            if "sha256" in manifest:
                self.assertEqual(sha256((self.models / manifest["file"]).read_bytes()), manifest["sha256"])

    def assert_pulled(self, result: tuple[int, str], data: bytes | None = None) -> None:
        code, said = result
        self.assertEqual(code, 0, said)
        self.assertEqual((self.models / "model.dat").read_bytes(), self.data if data is None else data)
        self.assert_whole()
        self.assert_tidy()

    def assert_tidy(self) -> None:
        self.assertLessEqual({path.name for path in (self.models / ".pull").iterdir()}, KEPT)

    def assert_refused(self, result: tuple[int, str], *words: str, tidy: bool = True) -> None:
        """Failed with one error line that has these words, and left nothing."""
        code, said = result
        self.assertEqual(code, 1, said)
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        self.assertEqual(len(errors), 1, said)
        for word in words:
            self.assertIn(word, errors[0])
        self.assertFalse(self.is_here())
        self.assertFalse((self.models / "model.dat").exists())
        if tidy:
            self.assert_tidy()
