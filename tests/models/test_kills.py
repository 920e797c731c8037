"""Pulls of checkpoints that become styles, stopped and killed at any moment; run by test_pull.py."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from typing import Any, ClassVar

from pull_case import PULL, PullCase, Settings, sha256


class Exports(PullCase):
    """A checkpoint that becomes a style, and kills."""

    checkpoints: ClassVar[list[bytes]]  # two of the same architecture

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.checkpoints = [Settings.checkpoint.read_bytes(), cls.other_checkpoint()]

    @staticmethod
    def other_checkpoint() -> bytes:
        import torch

        weights = torch.load(Settings.checkpoint, weights_only=True)
        weights["out_layer.0.weight"] = -weights["out_layer.0.weight"]
        buffer = io.BytesIO()
        torch.save(weights, buffer)
        return buffer.getvalue()

    def style(self, plan: str = "good") -> dict[str, Any]:
        """An official entry, served here."""
        entry = json.loads((PULL.parents[1] / "models" / "face_paint_512_v2.json").read_text())
        entry["source"]["urls"] = [self.plan(plan, entry["source"]["file"])]
        return {**entry, "name": "model", "file": "model.pt", "aliases": ["model_too"]}

    def serve(self, content: bytes) -> None:
        self.server.shared.files["face_paint_512_v2.pt"] = content

    def test_an_official_style_becomes_ready(self) -> None:
        self.serve(self.checkpoints[0])
        entry = self.style()
        code, said = self.pull(entry)
        self.assertEqual(code, 0, said)
        self.assert_whole()
        self.assert_tidy()
        manifest = self.manifest()
        for key in ("aliases", "title", "description", "licence", "face", "requires", "reference", "export"):
            self.assertEqual(manifest[key], entry[key], key)
        self.assertEqual(manifest["source"]["sha256"], sha256(self.checkpoints[0]))
        self.assertEqual(manifest["source"]["size"], len(self.checkpoints[0]))
        with zipfile.ZipFile(self.models / "model.pt") as archive:
            name = next(name for name in archive.namelist() if name.endswith("extra/stylize.json"))
            inside = json.loads(archive.read(name))
        self.assertEqual((inside["name"], inside["face"]), ("model", entry["face"]))

    def test_weights_of_another_network_leave_nothing(self) -> None:
        import torch

        buffer = io.BytesIO()
        torch.save({"layer.weight": torch.zeros(3)}, buffer)
        self.serve(buffer.getvalue())
        self.assert_refused(self.pull(self.style()), "face_paint_512_v2.pt: the weights do not fit")

    def test_a_finished_download_is_exported_offline(self) -> None:
        self.serve(self.checkpoints[0])
        with self.start(self.style()) as process:
            waiting = self.models / ".pull" / "model" / "checkpoint" / "face_paint_512_v2.pt"
            while process.poll() is None and not waiting.exists():
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate()
        self.assertEqual(process.returncode, 130, said)
        self.assertIn("the download is complete", said)
        self.server.shared.seen.clear()
        code, said = self.pull(self.style(), "--offline")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.server.shared.seen, [])
        self.assert_tidy()

    def assert_known(self, known: set[str]) -> None:
        """Whatever stands under a final name is whole."""
        self.assert_whole()
        model = self.models / "model.pt"
        if model.exists():
            self.assertIn(sha256(model.read_bytes()), known)

    def killed(self, entry: dict[str, Any], after: float, with_children: bool) -> float | None:
        """Kills a pull after so many seconds; if it ended before, how long it took."""
        begun = time.monotonic()
        with self.start(entry, "--accept-new-hash", "--no-progress") as process:
            try:
                process.wait(timeout=after)
                return time.monotonic() - begun
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL) if with_children else process.kill()
            return None

    def test_kill_9_at_30_random_moments(self) -> None:
        """The server's file changes between any two pulls, so that parts and files of both meet."""
        entry = self.style("slow/20000000")
        known, duration = set(), 0.0
        for checkpoint in self.checkpoints:
            self.serve(checkpoint)
            begun = time.monotonic()
            self.assertEqual(self.pull(entry, "--accept-new-hash")[0], 0)
            duration = time.monotonic() - begun
            known.add(self.manifest()["sha256"])
        self.assertEqual(len(known), 2)
        chance = random.Random(20)
        kills = trial = 0
        while kills < 30:
            trial += 1
            self.assertLess(trial, 90)
            self.serve(self.checkpoints[trial // 2 % 2])
            # In half of the trials the exporter lives on, as when somebody kills by number.
            ended_after = self.killed(entry, chance.uniform(0, duration), with_children=trial % 2 == 0)
            self.assert_known(known)
            if ended_after is None:
                kills += 1
            else:
                duration = ended_after  # the machine has less to do than before
        code, said = self.pull(entry, "--accept-new-hash")
        self.assertEqual(code, 0, said)
        self.assert_known(known)
        # A checkpoint that a killed pull had whole is used, so either may have won.
        self.assertIn(self.manifest()["source"]["sha256"], [sha256(checkpoint) for checkpoint in self.checkpoints])
        self.assert_tidy()


class Steps(PullCase):
    """A kill before every single change of a name on the disk, over a style of other bytes."""

    KILLER = """
import os, runpy, sys
left = int(sys.argv[1])
def counting(function):
    def call(*arguments, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return function(*arguments, **options)
    return call
for name in ("replace", "unlink", "rmdir", "fsync"):
    setattr(os, name, counting(getattr(os, name)))
sys.argv = sys.argv[2:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""

    def test_every_step(self) -> None:
        old, new = b"\x01\x01old" + bytes(50_000), b"\x01\x01new" + bytes(50_000)
        self.addCleanup(self.server.shared.files.update, {"model.dat": self.data})
        script = [str(PULL), str(self.folder / "model.json"), "--models-dir", str(self.models), "--accept-new-hash"]
        (self.folder / "model.json").write_text(json.dumps(self.entry(self.plan("good"))))
        for step in range(60):
            shutil.rmtree(self.models)
            self.models.mkdir()
            for content, limit in ((old, 10**6), (new, step)):
                self.server.shared.files["model.dat"] = content
                command = [sys.executable, "-c", self.KILLER, str(limit), *script]
                done = subprocess.run(command, env=self.environment(), capture_output=True, check=False)
            self.assert_whole()
            final = self.models / "model.dat"
            self.assertTrue(not final.exists() or final.read_bytes() in (old, new))
            if done.returncode == 0:
                self.assertGreater(step, 10)
                return
            self.assertEqual(done.returncode, -9, done.stderr)
            done = subprocess.run([sys.executable, *script], env=self.environment(), capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(final.read_bytes(), new)
            self.assert_tidy()
        self.fail("more steps than expected")
