"""Pulls of face styles, from checkpoint to a file that draws; what the catalogue says of them. Run by test_pull.py."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from pull_case import ROOT, PullCase, Settings, sha256

sys.path.insert(0, str(ROOT / "scripts"))
from registry.entry import read_entry
from registry.manifest_rules import first_fault

FACE_STYLES = {
    "jojo", "jojo_yasuho", "disney", "arcane_jinx", "arcane_caitlyn", "arcane_multi", "sketch_multi", "art",
    "supergirl",
}  # fmt: skip
PARTS = {"stylegan2_ffhq", "e4e", "psp", "blendgan", "landmarks"}


class Catalogue(PullCase):
    """The entries in models/ without a file beside them."""

    def entries(self) -> dict[str, dict[str, Any]]:
        paths = sorted((ROOT / "models").glob("*.json"))
        return {path.stem: read_entry(path).facts for path in paths if not path.with_suffix(".pt").exists()}

    def test_entries_are_readable_and_name_each_other(self) -> None:
        entries = self.entries()
        self.assertLessEqual(FACE_STYLES | PARTS, set(entries))
        for name, facts in entries.items():
            with self.subTest(name):
                self.assertEqual((name, first_fault(facts)), (facts["name"], ""))
                self.assertLessEqual({*facts["requires"], facts.get("base", "e4e")}, set(entries))
                script = facts.get("export", {}).get("script")
                self.assertTrue(script is None or (ROOT / "scripts" / Path(script).name).is_file(), script)

    def test_no_name_means_two_styles(self) -> None:
        names = [name for facts in self.entries().values() for name in (facts["name"], *facts["aliases"])]
        self.assertEqual(sorted(names), sorted(set(names)))

    def test_face_styles_have_all_that_drawing_needs(self) -> None:
        entries = self.entries()
        for name in FACE_STYLES:
            facts = entries[name]
            self.assertEqual((facts["family"], facts["domain"], facts["base"]), ("stylegan2", "face", "stylegan2_ffhq"))
            self.assertEqual(facts["requires"], ["e4e", "landmarks"])
            self.assertEqual((facts["output"]["size"], facts["generator"]["n_latent"]), (1024, 18))
        for name in FACE_STYLES | PARTS:
            self.assertIs(entries[name]["licence"]["commercial"], False, name)


class FaceStyles(PullCase):
    """A small network in the layout of JoJoGAN's files, as an entry of one's own."""

    SIDE = 64
    checkpoint: ClassVar[bytes]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        script = Settings.checkpoint.parents[1] / "parity" / "fill_weights.py"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "style.pt"
            fill = ["jojogan", "--size", str(cls.SIDE), "--seed", "7", "--out", str(path)]
            subprocess.run([sys.executable, str(script), *fill], check=True, capture_output=True)
            cls.checkpoint = path.read_bytes()
        cls.server.shared.files["style.pt"] = cls.checkpoint

    def style(self, **more: Any) -> dict[str, Any]:
        """As jojo's, but with a dependency and a base that are here, and the size left to the exporter."""
        entry = json.loads((ROOT / "models" / "jojo.json").read_text())
        for key in ("output", "generator"):
            del entry[key]
        source = {"file": "style.pt", "urls": [self.plan("good", "style.pt")], "size": len(self.checkpoint)}
        own = {"name": "tiny_face", "aliases": ["tiny"], "requires": ["stand_in"], "base": "tiny_base"}
        return {**entry, **own, "source": source, "file": "tiny_face.pt", **more}

    def place_dependency(self) -> None:
        """Something small for the style to require; the program gets it first."""
        self.server.shared.files["stand_in.dat"] = self.data
        entry = self.entry(self.plan("good", "stand_in.dat"), name="stand_in", file="stand_in.dat", family="encoder")
        if Settings.binary is None:
            self.assertEqual(self.pull(entry)[0], 0)  # the script gets one model only
        else:
            (self.models / "stand_in.json").write_text(json.dumps(entry))

    def test_a_face_style_becomes_ready(self) -> None:
        import torch

        self.place_dependency()
        entry = self.style()
        code, said = self.pull(entry)
        self.assertEqual(code, 0, said)
        self.assert_whole()
        self.assert_tidy()
        self.assertTrue(self.is_here("stand_in"))
        if Settings.binary:
            self.assertLess(said.index("stand_in: getting it"), said.index("tiny_face: getting it"))
        manifest = self.manifest("tiny_face")
        extra = {"stylize.json": ""}
        network = torch.jit.load(self.models / "tiny_face.pt", _extra_files=extra)
        inside = json.loads(extra["stylize.json"])
        same = ("name", "aliases", "title", "description", "family", "domain", "face", "reference", "requires", "base")
        for facts in (manifest, inside):
            for key in same:
                self.assertEqual(facts[key], entry[key], key)
            self.assertEqual(facts["licence"], entry["licence"])
            self.assertEqual((facts["output"]["size"], facts["generator"]["n_latent"]), (self.SIDE, network.n_latent))
            self.assertEqual(first_fault(facts), "")
        self.assertEqual(manifest["source"]["sha256"], sha256(self.checkpoint))
        with torch.inference_mode():
            picture = network(network.latent_avg.expand(1, network.n_latent, -1))
        self.assertEqual(tuple(picture.shape), (1, 3, self.SIDE, self.SIDE))
        if Settings.binary:
            command = [str(Settings.binary), "models", "verify", "tiny_face"]
            result = subprocess.run(command, env=self.environment(), check=False, capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_entry_may_have_options_for_the_exporter(self) -> None:
        self.place_dependency()
        entry = self.style()
        del entry["base"]
        entry["export"]["args"] = ["--half", "--base", "another_base"]
        code, said = self.pull(entry)
        self.assertEqual(code, 0, said)
        self.assertEqual(self.manifest("tiny_face")["base"], "another_base")
        self.assertLess((self.models / "tiny_face.pt").stat().st_size, 0.6 * len(self.checkpoint))

    def test_a_checkpoint_of_something_else_is_refused(self) -> None:
        self.place_dependency()
        for exporter in ("e4e", "psp", "blendgan", "discriminator"):
            with self.subTest(exporter):
                entry = self.style(export={"script": f"export_{exporter}.py", "args": []})
                code, said = self.pull(entry)
                self.assertNotEqual(code, 0, said)
                self.assertIn("cannot be exported: style.pt", said)
                self.assertFalse(self.is_here("tiny_face"))
                self.assert_tidy()
