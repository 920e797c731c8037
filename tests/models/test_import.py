"""`stylize models import` of the kinds of files that people have; run by test_pull.py."""

from __future__ import annotations

import json
import random
import zipfile
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

    def style(self, **changes: Any) -> Path:
        """A style in TorchScript whose description says other things; what is None is left out."""
        path = self.folder / "style.pt"
        with zipfile.ZipFile(ROOT / "models" / "cel.pt") as source, zipfile.ZipFile(path, "w") as target:
            for info in source.infolist():
                content = source.read(info)
                if info.filename.endswith("extra/stylize.json"):
                    facts = {**json.loads(content), **changes}
                    content = json.dumps({key: value for key, value in facts.items() if value is not None}).encode()
                target.writestr(info, content)
        return path

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

    def test_a_style_cannot_speak_for_an_official_name(self) -> None:
        claims = {
            "family": "animegan", "title": "Mine", "aliases": ["mine"], "homepage": "http://example.org",
            "licence": {"text": "MIT", "spdx": "MIT", "commercial": True, "origin": "me"},
            "source": {"urls": ["http://example.org/x"], "sha256": "1" * 64}, "input": {"range": [0, 1], "minimum": 8},
            "export": {"script": "export_animegan2.py", "args": ["--output", "/tmp/x"]},
        }  # fmt: skip
        entry = self.official()
        manifest = self.assert_style(entry["name"], self.import_file(entry["name"], self.style(**claims), entry))
        for key in ("aliases", "title", "description", "licence", "face", "export", "file", "requires"):
            self.assertEqual(manifest[key], entry[key], key)
        self.assertEqual(manifest["source"], {**entry["source"], "sha256_from": "import"})
        self.assertNotIn("homepage", manifest)
        # How to run this network is for the file to say: another range would spoil the picture.
        self.assertEqual(manifest["input"], {"range": [0, 1], "minimum": 8, "recommended_size": 512})
        published = self.official(sha256="2" * 64)
        manifest = self.assert_style(entry["name"], self.import_file(entry["name"], self.style(**claims), published))
        self.assertEqual(manifest["source"], published["source"])

        manifest = self.assert_style("mine", self.import_file("mine", self.style(**claims)))
        self.assertEqual(manifest["source"], {"sha256": "1" * 64, "sha256_from": "import"})
        self.assertNotIn("export", manifest)
        self.assertEqual(manifest["licence"], claims["licence"])
        (self.models / "mine.pt").unlink()
        (self.models / "mine.json").unlink()
        for name in (entry["file"], f"{entry['name']}.json"):
            (self.models / name).unlink()
        self.assert_import_refused(self.style(family="encoder"), "family encoder", entry=entry)

    def test_descriptions_that_the_program_would_not_read_are_refused(self) -> None:
        licence = {"text": "free", "commercial": True, "origin": "\x1b]0;me\x07"}
        for word, changes in (
            ("'title'", {"title": "Mine\nerror: none"}), ("'description'", {"description": "\x1b[2J"}),
            ("'aliases'", {"aliases": ["fine", "\x07"]}), ("'name'", {"name": "a\x7fb"}),
            ("'licence.origin'", {"licence": licence}), ("'title'", {"title": "\u2066"}),
        ):  # fmt: skip
            self.assert_import_refused(self.style(**changes), word, "its description holds control characters")
        for word, changes in (
            ("name' is missing", {"name": None}), ("'name'", {"name": ".x"}), ("'name'", {"name": ["x"]}),
            ("family' is missing", {"family": None}), ("'family'", {"family": "cats"}), ("'family'", {"family": [1]}),
            ("'aliases'", {"aliases": "x"}), ("'title'", {"title": 3}), ("'requires'", {"requires": [1]}),
            ("'input'", {"input": []}), ("'input.range'", {"input": {"range": [1, 1]}}),
            ("'input.range'", {"input": {"range": [0, 1, 2]}}), ("'input.range'", {"input": {"range": [0, 1e-60]}}),
            ("'input.range'", {"input": {"range": [0, float("inf")]}}), ("'input.minimum'", {"input": {"minimum": 0}}),
            ("'input.range'", {"input": {"range": [0, float("nan")]}}), ("'input.range'", {"input": {"range": "ab"}}),
            ("'input.multiple_of'", {"input": {"multiple_of": 65537}}), ("'output'", {"output": "x"}),
            ("'input.minimum'", {"input": {"minimum": True}}), ("'input.minimum'", {"input": {"minimum": 1.5}}),
            ("'input.recommended_size'", {"input": {"recommended_size": None}}),
            ("'output.range'", {"output": {"range": [False, True]}}), ("'licence'", {"licence": "MIT"}),
            ("'output.rounding'", {"output": {"rounding": "up"}}), ("'licence.text'", {"licence": {"text": 1}}),
            ("'licence.commercial'", {"licence": {"commercial": "yes"}}), ("'source'", {"source": []}),
            ("'source.size'", {"source": {"size": -1}}), ("'source.file'", {"source": {"file": {}}}),
            ("'extra.deep'", {"extra": {"deep": [10**400]}}), ("'reference'", {"reference": 1}),
            ("'domain'", {"domain": "face!"}), ("'base'", {"base": ["x"]}), ("'face'", {"face": 1}),
            ("'face.size'", {"face": {"size": 0}}), ("'face.expand'", {"face": {"expand": 0.9}}),
            ("'face.transform_size'", {"face": {"size": 1024, "transform_size": 512}}),
            ("'output.size'", {"output": {"size": None}}), ("'generator.n_latent'", {"generator": {"n_latent": "18"}}),
        ):  # fmt: skip
            with self.subTest(changes=changes):
                self.assert_import_refused(self.style(**changes), word, "stylize.json")

    def test_the_exporters_own_manifest_is_a_catalogue_entry(self) -> None:
        entry = self.official()
        entry["export"]["script"] = "scripts/export_animegan2.py"
        self.assert_style(entry["name"], self.import_file(entry["name"], self.save(self.weights), entry))

    def test_modules_are_not_taken_from_the_working_folder(self) -> None:
        there = self.folder / "there"
        there.mkdir()
        for name in ("torch", "json", "registry", "export", "zipfile"):
            (there / f"{name}.py").write_text("raise SystemExit(9)")
        self.assert_style("mine", self.import_file("mine", self.save(self.weights), cwd=there))

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
