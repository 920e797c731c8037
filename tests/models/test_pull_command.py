"""What only the program does around a pull: requirements, licences, questions, and the picture; run by test_pull.py."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import unittest
from pathlib import Path
from typing import Any

from pull_case import PullCase, Settings, sha256


class Commands(PullCase):
    """Needs --binary and the real checkpoint."""

    def setUp(self) -> None:
        super().setUp()
        if Settings.binary is None:
            self.skipTest("needs --binary")
        self.server.shared.files["face_paint_512_v2.pt"] = Settings.checkpoint.read_bytes()

    def stylize(self, *arguments: str, **settings: str) -> tuple[int, str]:
        result = subprocess.run(
            [str(Settings.binary), *arguments], env=self.environment(STYLIZE_DEVICE="cpu", **settings), check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.folder,
        )  # fmt: skip
        return result.returncode, result.stderr

    def place(self, name: str, **more: Any) -> None:
        """An entry of a style that is not here."""
        entry = self.entry(self.plan("good"), name=name, **more)
        (self.models / f"{name}.json").write_text(json.dumps(entry))

    def test_from_pull_to_picture(self) -> None:
        """Real weights, by the official name, drawn as the original program draws."""
        import numpy as np
        from PIL import Image

        golden = Settings.checkpoint.parents[1] / "parity" / "animegan2"
        code, said = self.stylize("models", "pull", "animegan2", "--from-mirror", f"{self.server.url}/good")
        self.assertEqual(code, 0, said)
        shutil.copy(golden / "0_360x480_input.png", self.folder / "photo.png")
        drawing = ("photo.png", "-s", "animegan2", "--work-size", "native", "--precision", "fp32")
        code, said = self.stylize(*drawing)
        self.assertEqual(code, 0, said)
        got = np.asarray(Image.open(self.folder / "photo.face_paint_512_v2.png")).astype(int)
        wanted = np.asarray(Image.open(golden / "0_360x480_align1.png")).astype(int)
        difference = np.abs(got - wanted)
        self.assertLessEqual(difference.max(), 1)
        self.assertLess((difference > 0).mean(), 0.002)
        self.assertEqual(self.stylize("models", "verify", "animegan2")[0], 0)

        # Here already: nothing is asked of the server. Removed and got again: the hash is known.
        self.server.shared.seen.clear()
        self.assertEqual(self.stylize("models", "pull", "face_paint")[0], 0)
        self.assertEqual(self.server.shared.seen, [])
        self.assertEqual(self.stylize("models", "remove", "animegan2")[0], 0)
        self.server.shared.files["face_paint_512_v2.pt"] = self.data
        code, said = self.stylize("models", "pull", "animegan2", "--from-mirror", f"{self.server.url}/good")
        self.assertEqual(code, 1, said)
        self.assertEqual(self.stylize(*drawing, "-y")[0], 1)

    def test_a_damaged_style_is_got_again(self) -> None:
        self.place("model")
        self.assertEqual(self.stylize("models", "pull", "model")[0], 0)
        (self.models / "model.dat").write_bytes(b"\x01\x01damaged")
        code, said = self.stylize("models", "pull", "model")
        self.assertEqual(code, 0, said)
        self.assertEqual(sha256((self.models / "model.dat").read_bytes()), sha256(self.data))

    def test_requirements_come_once_and_first(self) -> None:
        self.server.shared.files["encoder.dat"] = self.data
        self.place("encoder")
        for name in ("one", "two"):
            self.place(name, requires=["encoder"], **{"file": f"{name}.dat"})
        code, said = self.stylize("models", "pull", "two", "one")
        self.assertEqual(code, 0, said)
        self.assertEqual(said.count("encoder: getting it"), 1, said)
        self.assertLess(said.index("encoder: getting it"), said.index("two: getting it"))
        code, said = self.stylize("models", "remove", "encoder")
        self.assertEqual(code, 2, said)

    def test_all_missing_goes_on_after_a_failure_and_heeds_licences(self) -> None:
        free = {"text": "CC0-1.0", "commercial": True, "origin": "made by a test"}
        self.place("free", licence=free)
        code, said = self.stylize("models", "pull", "--all-missing", "--commercial-only")
        self.assertEqual(code, 0, said)
        self.assertTrue(self.is_here("free"))
        self.assertIn("paprika: left out", said)
        self.server.shared.files["bound.dat"] = self.data
        self.place("bound", file="bound.dat")
        mirror = f"{self.server.url}/good"  # which has none of the official files but one
        code, said = self.stylize("models", "pull", "--all-missing", "--from-mirror", mirror)
        self.assertEqual(code, 3, said)
        self.assertTrue(self.is_here("bound"))
        self.assertIn("error: paprika: ", said)

    def test_a_style_of_a_file_runs_and_quiet_is_quiet(self) -> None:
        from PIL import Image

        Image.new("RGB", (40, 24), (90, 160, 200)).save(self.folder / "photo.png")
        checkpoint = str(Settings.checkpoint)
        code, said = self.stylize("models", "import", "mine", "--from", checkpoint, "--quiet")
        self.assertEqual((code, said), (0, ""))
        code, said = self.stylize("photo.png", "-s", "mine", "--quiet")
        self.assertEqual((code, said), (0, ""))
        self.assertTrue((self.folder / "photo.mine.png").exists())
        self.assertEqual(self.stylize("photo.png", "-s", "mine", "-y", "--commercial-only")[0], 2)
        code, said = self.stylize("models", "import", "other", "--from", "photo.png", "--quiet")
        self.assertEqual(code, 1)
        self.assertIn("photo.png", said)
        self.place("model")
        code, said = self.stylize("models", "pull", "model", "--quiet")
        self.assertEqual((code, said), (0, ""))

    def test_offline_and_unreachable(self) -> None:
        self.place("model")
        for offline in ((("--offline",), {}), ((), {"STYLIZE_OFFLINE": "1"})):
            code, said = self.stylize("models", "pull", "model", *offline[0], **offline[1])
            self.assertEqual(code, 1, said)
            self.assertIn("--offline", said)
        self.assertEqual(self.server.shared.seen, [])

    def on_terminal(self, answer: str, *arguments: str) -> tuple[int, str]:
        """Runs the program on a terminal of its own, where it may ask."""
        terminal, end = pty.openpty()
        process = subprocess.Popen(
            [str(Settings.binary), *arguments], env=self.environment(STYLIZE_DEVICE="cpu"), cwd=self.folder,
            stdin=end, stdout=end, stderr=end, start_new_session=True,
        )  # fmt: skip
        os.close(end)
        os.write(terminal, answer.encode())
        said = b""
        try:
            while block := os.read(terminal, 4096):
                said += block
        except OSError:  # the terminal is gone with the program
            pass
        os.close(terminal)
        return process.wait(timeout=60), said.decode(errors="replace")

    def test_a_missing_style_is_offered_on_a_terminal(self) -> None:
        from PIL import Image

        Image.new("RGB", (48, 32), (90, 160, 200)).save(self.folder / "photo.png")
        root = Path(__file__).resolve().parents[2]
        entry = json.loads((root / "models" / "face_paint_512_v2.json").read_text())
        entry["source"]["urls"] = [self.plan("good", "face_paint_512_v2.pt")]
        (self.models / "face_paint_512_v2.json").write_text(json.dumps(entry))
        code, said = self.on_terminal("n\n", "photo.png", "--style", "animegan2")
        self.assertEqual(code, 1, said)
        self.assertIn("Get it now? [y/N]", said)
        self.assertIn("commercial use: no", said)
        self.assertEqual(self.server.shared.seen, [])
        code, said = self.on_terminal("y\n", "photo.png", "--style", "animegan2")
        self.assertEqual(code, 0, said)
        self.assertTrue((self.folder / "photo.face_paint_512_v2.png").exists(), said)


if __name__ == "__main__":
    unittest.main()
