"""scripts/export_animegan2.py as a user calls it: what it takes, what it refuses, what it writes."""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import unittest
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch

EXPORTER = Path(__file__).resolve().parents[2] / "scripts" / "export_animegan2.py"
CHECKPOINT = Path()


def export(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXPORTER), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Exporter(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)
        self.output = self.folder / "out.pt"
        self.weights = torch.load(CHECKPOINT, weights_only=True)

    def save(self, content: object, **options: bool) -> Path:
        path = self.folder / "checkpoint.pt"
        torch.save(content, path, **options)
        return path

    def assert_refused(self, checkpoint: Path, *words: str) -> None:
        result = export(checkpoint, "-o", self.output)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(str(checkpoint), result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertFalse(self.output.exists())

    def test_any_size_comes_back_in_both_modes(self) -> None:
        for mode in ("--align-corners", "--no-align-corners"):
            self.assertEqual(export(CHECKPOINT, "-o", self.output, mode).returncode, 0)
            network = torch.jit.load(self.output)
            for height, width in ((8, 8), (9, 11), (31, 64), (66, 33)):
                with torch.inference_mode():
                    result = network(torch.zeros(2, 3, height, width))
                self.assertEqual(tuple(result.shape), (2, 3, height, width))

    def test_facts_travel_inside_and_in_the_manifest(self) -> None:
        manifest = self.folder / "out.json"
        result = export(CHECKPOINT, "-o", self.output, "--manifest", manifest, "--name", "hayao", "--half")
        self.assertEqual(result.returncode, 0, result.stderr)
        extra = {"stylize.json": ""}
        torch.jit.load(self.output, _extra_files=extra)
        inside = json.loads(extra["stylize.json"])
        beside = json.loads(manifest.read_text())
        self.assertEqual(inside["name"], "hayao")
        self.assertEqual(inside["input"], beside["input"])
        self.assertEqual(inside["output"]["rounding"], "truncate")
        self.assertFalse(inside["licence"]["commercial"])
        content = self.output.read_bytes()
        self.assertEqual(beside["sha256"], hashlib.sha256(content).hexdigest())
        self.assertEqual(beside["size"], len(content))
        self.assertLess(len(content), 5_000_000)  # fp16

    def test_facts_of_a_catalogue_entry_are_defaults(self) -> None:
        catalogue, manifest = EXPORTER.parents[1] / "models" / "face_paint_512_v2.json", self.folder / "out.json"
        arguments = (CHECKPOINT, "-o", self.output, "--manifest", manifest, "--facts", catalogue)
        result = export(*arguments, "--title", "Mine", "--alias", "own", "--recommended-size", "640")
        self.assertEqual(result.returncode, 0, result.stderr)
        entry, written = json.loads(catalogue.read_text()), json.loads(manifest.read_text())
        for key in ("name", "description", "domain", "face", "licence", "requires", "reference"):
            self.assertEqual(written[key], entry[key], key)
        self.assertEqual(written["source"]["urls"], entry["source"]["urls"])
        self.assertEqual(written["source"]["sha256"], hashlib.sha256(CHECKPOINT.read_bytes()).hexdigest())
        self.assertEqual((written["title"], written["aliases"]), ("Mine", ["own"]))  # options win
        self.assertEqual(written["input"]["recommended_size"], 640)
        self.assertEqual(written["input"]["minimum"], 8)  # the network's own
        extra = {"stylize.json": ""}
        torch.jit.load(self.output, _extra_files=extra)
        self.assertEqual(json.loads(extra["stylize.json"])["face"], entry["face"])

    def test_facts_that_cannot_be_used_are_refused(self) -> None:
        catalogue = self.folder / "facts.json"
        for content in ("{", "[]", '{"licence": "MIT"}', '{"aliases": [1]}', '{"input": {"recommended_size": "big"}}'):
            catalogue.write_text(content)
            result = export(CHECKPOINT, "-o", self.output, "--facts", catalogue)
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn(str(catalogue), result.stderr)
            self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(export(CHECKPOINT, "-o", self.output, "--facts", self.folder / "none").returncode, 1)
        self.assertFalse(self.output.exists())

    def test_old_new_nested_and_prefixed_files_are_the_same_style(self) -> None:
        prefixed = OrderedDict((f"module.{key}", value) for key, value in self.weights.items())
        reference = None
        for content, options in (
            (self.weights, {"_use_new_zipfile_serialization": True}),
            (self.weights, {"_use_new_zipfile_serialization": False}),
            ({"state_dict": prefixed}, {}),
        ):
            checkpoint = self.save(content, **options)
            self.assertEqual(export(checkpoint, "-o", self.output).returncode, 0)
            with torch.inference_mode():
                result = torch.jit.load(self.output)(torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16))
            if reference is not None:
                self.assertTrue(torch.equal(result, reference))
            reference = result

    def test_the_same_export_gives_the_same_bytes(self) -> None:
        contents = []
        for _ in range(2):
            self.assertEqual(export(CHECKPOINT, "-o", self.output).returncode, 0)
            contents.append(self.output.read_bytes())
        self.assertEqual(contents[0], contents[1])
        with zipfile.ZipFile(self.output) as archive:
            self.assertFalse(any(str(self.folder).encode() in archive.read(name) for name in archive.namelist()))

    def test_wrong_weights_are_refused(self) -> None:
        missing = dict(self.weights)
        missing.pop("out_layer.0.weight")
        self.assert_refused(self.save(missing), "out_layer.0.weight")
        misshapen = dict(self.weights)
        misshapen["out_layer.0.weight"] = torch.zeros(3, 31, 1, 1)
        self.assert_refused(self.save(misshapen), "out_layer.0.weight")
        self.assert_refused(self.save({"epoch": 3}))

    def test_files_that_are_no_checkpoints_are_refused(self) -> None:
        for content in (b"", b"<html>quota exceeded</html>", CHECKPOINT.read_bytes()[:200_000]):
            path = self.folder / "bad.pt"
            path.write_bytes(content)
            self.assert_refused(path)
        self.assert_refused(self.folder / "missing.pt")

    def test_wrong_usage_is_code_2(self) -> None:
        self.assertEqual(export(CHECKPOINT).returncode, 2)
        self.assertEqual(export("--nonsense").returncode, 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, required=True)
    options, rest = parser.parse_known_args()
    CHECKPOINT = options.shared / "weights" / "animegan2_hayao_int8_dequantized.pt"
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
