"""`stylize models import` of the kinds of files that people have; run by test_pull.py."""

from __future__ import annotations

import json
import random
from collections import OrderedDict
from pathlib import Path
from typing import Any, ClassVar

from pull_case import ROOT, PullCase, Settings, sha256


class Imports(PullCase):
    """Checkpoints in all their forms, styles, and what is neither."""

    torch: ClassVar[Any]  # imported late: the other tests do without
    weights: ClassVar[dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        import torch

        cls.torch = torch
        cls.weights = torch.load(Settings.checkpoint, weights_only=True)

    def save(self, content: object, **options: bool) -> Path:
        path = self.folder / "mine.pth"
        self.torch.save(content, path, **options)
        return path

    def official(self, **source: Any) -> dict[str, Any]:
        entry = json.loads((ROOT / "models" / "face_paint_512_v2.json").read_text())
        entry["source"].update(source)
        return dict(entry)

    def assert_style(self, name: str, result: tuple[int, str]) -> dict[str, Any]:
        self.assertEqual(result[0], 0, result[1])
        self.assert_whole()
        self.assert_tidy()
        return self.manifest(name)

    def assert_import_refused(self, path: Path, *words: str, entry: dict[str, Any] | None = None) -> None:
        code, said = self.import_file(entry["name"] if entry else "mine", path, entry)
        self.assertEqual(code, 1, said)
        for word in (str(path), *words):
            self.assertIn(word, said)
        self.assertLessEqual({file.name for file in self.models.iterdir()}, {".pull"})

    def test_old_new_nested_and_prefixed_checkpoints_are_the_same_style(self) -> None:
        prefixed = OrderedDict((f"module.{key}", value) for key, value in self.weights.items())
        networks = []
        for content, options in (
            (self.weights, {}),
            (self.weights, {"_use_new_zipfile_serialization": False}),
            ({"epoch": 3, "state_dict": prefixed}, {}),
        ):
            path = self.save(content, **options)
            before = path.read_bytes()
            manifest = self.assert_style("mine", self.import_file("mine", path))
            self.assertEqual(path.read_bytes(), before)
            self.assertEqual(manifest["family"], "animegan")
            self.assertEqual(manifest["licence"]["text"], "unknown: see the checkpoint's authors")
            self.assertFalse(manifest["licence"]["commercial"])
            with self.torch.inference_mode():
                probe = self.torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
                networks.append(self.torch.jit.load(self.models / "mine.pt")(probe))
        self.assertTrue(all(self.torch.equal(networks[0], other) for other in networks[1:]))

    def test_an_official_name_has_its_facts(self) -> None:
        entry = self.official()
        manifest = self.assert_style(entry["name"], self.import_file(entry["name"], self.save(self.weights), entry))
        for key in ("aliases", "title", "description", "licence", "face", "export", "file"):
            self.assertEqual(manifest[key], entry[key], key)
        self.assertEqual(manifest["source"]["sha256_from"], "import")
        self.assertFalse((self.models / ".pull" / "trusted_hashes.json").exists())

    def test_published_hashes_bind_and_recorded_ones_warn(self) -> None:
        path = self.save(self.weights)
        self.assert_import_refused(path, "not the published file", entry=self.official(sha256="0" * 64))
        record = self.models / ".pull" / "trusted_hashes.json"
        record.parent.mkdir(exist_ok=True)
        content = json.dumps({"face_paint_512_v2.pt": [{"sha256": "1" * 64, "urls": []}]})
        record.write_text(content)
        result = self.import_file("face_paint_512_v2", path, self.official())
        self.assert_style("face_paint_512_v2", result)
        self.assertIn("warning: ", result[1])
        self.assertIn("1" * 64, result[1])
        self.assertEqual(record.read_text(), content)

    def test_a_torchscript_style_is_taken_as_it_is(self) -> None:
        source = ROOT / "models" / "cel.pt"
        manifest = self.assert_style("mine", self.import_file("mine", source))
        bundled = json.loads((ROOT / "models" / "cel.json").read_text())
        self.assertEqual(manifest["sha256"], bundled["sha256"])
        self.assertEqual(manifest["licence"], bundled["licence"])
        self.assertEqual((manifest["name"], manifest["file"], manifest["aliases"]), ("mine", "mine.pt", []))
        again = self.import_file("mine", self.models / "mine.pt")  # from its own place
        self.assertEqual(self.assert_style("mine", again)["sha256"], bundled["sha256"])

    def test_a_file_that_needs_no_export(self) -> None:
        path = self.folder / "landmarks"
        path.write_bytes(self.data)
        entry = self.entry(source={"sha256": sha256(self.data)})
        self.assert_style("model", self.import_file("model", path, entry))
        self.assertEqual((self.models / "model.dat").read_bytes(), self.data)

    def test_what_is_no_style_is_refused(self) -> None:
        path = self.folder / "file.pt"
        self.torch.jit.script(self.torch.nn.ReLU()).save(self.folder / "foreign.pt")
        whole = Settings.checkpoint.read_bytes()
        for content, word in (
            (b"", "empty"),
            (b"<html><title>Sign in</title>", "“Sign in”"),
            (b"\x89PNG\r\n\x1a\n" + bytes(99), "a PNG picture"),
            (whole[:200_000], "truncated"),
            (whole[:5_000_000] + b"????" + whole[5_000_004:], "checksum"),
            (random.Random(3).randbytes(999), "not a PyTorch checkpoint"),
            ((self.folder / "foreign.pt").read_bytes(), "stylize.json"),
        ):
            path.write_bytes(content)
            self.assert_import_refused(path, word)
        self.assert_import_refused(self.folder / "missing.pt", "no such file")
        self.assert_import_refused(self.folder, "not a file")
        self.assert_import_refused(self.save({"x": self.torch.zeros(2)}), "do not fit")

    def test_a_style_of_another_name_keeps_its_file(self) -> None:
        (self.models / "other.json").write_text(json.dumps({"name": "other", "file": "mine.pt"}))
        code, said = self.import_file("mine", ROOT / "models" / "cel.pt")
        self.assertEqual(code, 1, said)
        self.assertIn("belongs to the style other", said)
